"""What the facts say about each lead, gathered once: dated events and stated rows, one row per lead.

Instants are *packed* while they are compared: microseconds · 2 + 1 where a time of day is carried, · 2 where not, so
that the smallest one keeps its flag without a sort. Rows and events after the as-of date are invisible; what they hide
(*hidden*: after as-of, not after the day of their import) is remembered, because a status that was written later must
not be read into an earlier day.
"""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS
from funnel.metrics.journeys.looks import once
from funnel.metrics.journeys.meanings import (
    CODE_DUPLICATE,
    CODE_JUNK,
    CODE_LOST,
    CODE_OPEN,
    CODE_REASON,
    batches_of_versions,
    dated_columns,
    dated_stages,
    meanings,
    with_code,
)
from funnel.schema import Facts

DAY_US = 86_400_000_000
STATED_OPEN, STATED_WON, STATED_LOST, STATED_DUPLICATE = 0, 1, 2, 3
_REPEATING = ("lost_reason", *DIMENSIONS, "pipeline", "currency")
"""Attributes of few different values: as categories they are picked four times as fast as texts."""

ATTRIBUTES = ("lead_name", "amount", "customer_id", "referrer_id", *_REPEATING)
_EPOCH = date(1970, 1, 1)
_POST_SALE = ("repeat_at", "referral_at")
_COMES_BACK = (*_POST_SALE, "customer_id", "referrer_id")
"""What tells of customers who came back or brought others: each is an entry into the last stage after won."""


def pack(at: str, has_time: pl.Expr) -> pl.Expr:
    """An instant column as a packed integer (null stays null)."""
    return pl.col(at).dt.epoch("us") * 2 + has_time.fill_null(False).cast(pl.Int64)


def packed_day(packed: pl.Expr) -> pl.Expr:
    """Days since 1970-01-01."""
    return packed.floordiv(2 * DAY_US)


def unpack(packed: pl.Expr) -> pl.Expr:
    return packed.floordiv(2).cast(pl.Datetime("us"))


def at_end_of_day(packed: pl.Expr) -> pl.Expr:
    """A loss without a time of day happens last on its day; ``start_again`` is the way back."""
    return pl.when(packed % 2 == 0).then(packed + 2 * (DAY_US - 1)).otherwise(packed)


def start_again(packed: pl.Expr) -> pl.Expr:
    return pl.when(packed % 2 == 0).then(packed.floordiv(2 * DAY_US) * (2 * DAY_US)).otherwise(packed)


def day_number(day: date) -> int:
    return (day - _EPOCH).days


@once
def import_days(facts: Facts) -> dict[int, int]:
    """Batch number → the day of its import, as days since 1970-01-01: what lies after it is a future date."""
    imported = facts.batches.select("batch_no", pl.col("imported_at").dt.date()).iter_rows()
    return {batch_no: day_number(day) for batch_no, day in imported}


def per_batch(values: dict[int, int]) -> pl.Expr:
    """A number of each row's batch."""
    if len(set(values.values())) == 1:
        return pl.lit(next(iter(values.values())), dtype=pl.Int64) + pl.col("batch_no") * 0
    return pl.col("batch_no").replace_strict(list(values), list(values.values()), return_dtype=pl.Int64, default=None)


def has_any(facts: Facts, column: str) -> bool:
    """Whether any lead row says something in ``column``: what nobody says needs no work."""
    said = facts.lead_rows[column]
    return said.null_count() < len(said) if facts.whole is None else column in facts.whole.columns


@once
def events(facts: Facts, definition: FunnelDefinition) -> pl.LazyFrame:
    """Every dated event: ``lead_id``, ``batch_no``, ``code``, ``at`` (packed).

    ``code`` is null where the label means nothing, and after the day of the import: that is a plan, or a wrong date.

    Dated losses of lead rows (``lost_at``, a loss reason with ``changed_at``) stand beside the entries. A row that says
    where its lead stands says its loss itself: there ``changed_at`` is the day of a load, not of the reason.
    """
    columns = ("lead_id", "batch_no", "code", "at")
    meant = meanings(facts, definition).lazy()
    found = [
        facts.entries.lazy()
        .join(meant, on=["batch_no", "scope", "label"], how="left")
        .with_columns(pack("at", pl.col("has_time")).alias("at"))
        .select(columns)
    ]
    rows = facts.lead_rows.lazy()
    if has_any(facts, "lost_at"):
        lost = rows.filter(pl.col("lost_at").is_not_null()).with_columns(pl.lit(CODE_LOST, pl.Int8).alias("code"))
        found.append(lost.with_columns(pack("lost_at", pl.col("lost_has_time")).alias("at")).select(columns))
    if has_any(facts, "lost_reason") and has_any(facts, "changed_at"):
        states_nothing = pl.all_horizontal(pl.col("stage_label", "status_label").is_null())
        reasons = rows.filter(pl.col("lost_reason").is_not_null(), pl.col("changed_at").is_not_null(), states_nothing)
        timed = pl.col("changed_at").dt.time() != datetime.min.time()
        reasons = reasons.with_columns(
            pl.lit(CODE_REASON, pl.Int8).alias("code"), pack("changed_at", timed).alias("at")
        )
        found.append(reasons.select(columns))
    is_future = packed_day(pl.col("at")) > per_batch(import_days(facts))
    return pl.concat(found).with_columns(pl.when(~is_future).then(pl.col("code")).alias("code"))


def gathered_events(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """One row per lead with an event: first entry per stage and the latest event of each kind, as seen at ``as_of``.

    ``p1`` … first entries; ``last_stage``; ``last_win`` (won or later); ``loss`` and ``reason_loss`` (without a time of
    day: the end of the day); ``last_open``; ``reentry``: the latest return into a stage before won that the lead had
    entered on an earlier day; ``last_duplicate``; ``hidden_code``: the largest code that as-of hides; ``e_dated_<j>``
    of the batches that hold the lead.
    """
    n, won = len(definition.keys), definition.won_position
    code, at = pl.col("code"), pl.col("at")
    seen = packed_day(at) <= day_number(as_of)
    dated = events(facts, definition).with_columns(
        pl.when(seen).then(code).alias("code"), pl.when(~seen).then(code).alias("hidden_code")
    )
    return dated.group_by("lead_id").agg(
        *[pl.when(code == j).then(at).min().alias(f"p{j}") for j in range(1, n + 1)],
        pl.when(code > 0).then(at).max().alias("last_stage"),
        pl.when(code >= won).then(at).max().alias("last_win"),
        pl.when(code.is_in((CODE_LOST, CODE_JUNK))).then(at_end_of_day(at)).max().alias("loss"),
        pl.when(code == CODE_REASON).then(at_end_of_day(at)).max().alias("reason_loss"),
        pl.when(code == CODE_OPEN).then(at).max().alias("last_open"),
        pl.max_horizontal(_again(j) for j in range(1, won)).alias("reentry"),
        pl.when(code == CODE_DUPLICATE).then(at).max().alias("last_duplicate"),
        pl.col("hidden_code").max(),
        *_of_batches("e", facts, definition),
    )


def _again(position: int) -> pl.Expr:
    """The last entry into a stage, where an entry on an earlier day came before it."""
    at = pl.when(pl.col("code") == position).then(pl.col("at"))
    return pl.when(packed_day(at.max()) > packed_day(at.min())).then(at.max())


@once
def known_days(facts: Facts, definition: FunnelDefinition) -> pl.LazyFrame:
    """``batch_no``, ``day`` of every creation, entry, loss, repeat and referral, of counts, and of closed states.

    No future dates, and none far off all others (``Facts.near_days``). A close date counts where the row is closed and
    no dated win (or loss) of its lead beats it; it is a forecast otherwise.
    """
    won = definition.won_position
    dated = events(facts, definition).filter(pl.col("code").is_not_null())
    code = pl.col("code")
    end = pl.when(code >= won).then(STATED_WON).when(code.is_in((CODE_LOST, CODE_JUNK))).then(STATED_LOST)
    rows = _with_state(facts, definition)
    closed = rows.filter(pl.col("state").is_in((STATED_WON, STATED_LOST)) & pl.col("closed").is_not_null()).join(
        dated.select("lead_id", end.cast(pl.Int8).alias("state")), on=["lead_id", "state"], how="anti"
    )
    days = [
        dated.select("batch_no", packed_day(pl.col("at")).alias("day")),
        rows.select("batch_no", packed_day(pl.col("created")).alias("day")),
        closed.select("batch_no", packed_day(pl.col("closed")).alias("day")),
        *[rows.select("batch_no", pl.col(name).dt.epoch("us").floordiv(DAY_US).alias("day")) for name in _POST_SALE],
        facts.counts.lazy().select("batch_no", pl.col("period_end").cast(pl.Int32).cast(pl.Int64).alias("day")),
    ]
    known = pl.concat(days).filter(pl.col("day") <= per_batch(import_days(facts)))
    if (near := facts.near_days) is None or not facts.counts.is_empty():
        return known
    return known.filter(pl.col("day").is_between(day_number(near[0]), day_number(near[1])))


@once
def stated_rows(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """Lead rows with what they state (see ``_with_state``) as seen on ``as_of``.

    ``is_late``: the row's batch is of a day after ``as_of`` (or tells of such days, where it names no day), so that
    older batches know better what was true on that day, unless the row was won or lost on a known day up to ``as_of``:
    that is a late correction of what was true then. Of late rows, changes of mere attributes that took effect after
    ``as_of`` are left out.
    """
    last = _last_days(facts, definition)
    late = pl.col("batch_last_day") > day_number(as_of)
    rows = _with_state(facts, definition).join(last, on="batch_no", how="left")
    closed_day = pl.min_horizontal(packed_day(pl.col("closed")), pl.col("lost_at").dt.epoch("us").floordiv(DAY_US))
    was_closed = pl.col("state").is_in((STATED_WON, STATED_LOST)) & (closed_day <= day_number(as_of))
    rows = rows.with_columns((late.fill_null(False) & ~was_closed.fill_null(False)).alias("is_late"))
    changed_day = pl.col("changed_at").dt.epoch("us").floordiv(DAY_US)
    took_effect_later = (changed_day > day_number(as_of)) & (changed_day <= pl.col("import_day")) & pl.col("is_late")
    says_more = pl.col("state").is_not_null() | pl.col("created_at").is_not_null()
    return rows.filter(says_more | ~took_effect_later.fill_null(False))


def only_reasons_say_lost(facts: Facts, definition: FunnelDefinition) -> bool:
    """Whether nothing but a reason of loss can say in these facts that a lead is lost (J5): no label, no date of it."""
    codes = set(meanings(facts, definition)["code"])
    return not codes & {CODE_LOST, CODE_JUNK} and not has_any(facts, "lost_at") and has_any(facts, "lost_reason")


def _last_days(facts: Facts, definition: FunnelDefinition) -> pl.LazyFrame:
    """``batch_no``, ``batch_last_day``: the day of each file, or else the last one that it tells of."""
    told = known_days(facts, definition).group_by("batch_no").agg(pl.col("day").max().alias("told"))
    told = told if facts.whole is None else facts.whole.last_days
    exported = facts.batches.lazy().select("batch_no", pl.col("exported_on").cast(pl.Int32).cast(pl.Int64).alias("on"))
    joined = exported.join(told, on="batch_no", how="left")
    return joined.select("batch_no", pl.coalesce("on", "told").alias("batch_last_day"))


@once
def _with_state(facts: Facts, definition: FunnelDefinition) -> pl.LazyFrame:
    """Lead rows with ``state`` (null: the row states nothing) and packed dates.

    A row's status label rules over its stage label unless it means nothing. A stage before won says *open*, or *lost*
    where the row has a loss reason and no status, in a file without a label for lost. ``position``: of the stage that
    rules, ``before_won`` / ``after_won``: the furthest of its two labels on either side of won. ``says_place``: its
    status says lost and its stage label still names the stage in which the lead died (J6). ``notes_reason``: a reason
    of loss on a deal that the row calls open, in a file with a label for lost. ``closed``: only where the row is not
    open.
    """
    meant, won = meanings(facts, definition), definition.won_position
    rows = facts.lead_rows.lazy()
    for scope in ("status", "stage"):
        if has_any(facts, f"{scope}_label"):
            rows = with_code(rows, meant, scope, f"{scope}_label", f"{scope}_code")
        else:
            rows = rows.with_columns(pl.lit(None, pl.Int8).alias(f"{scope}_code"))
    codes = (pl.col("status_code"), pl.col("stage_code"))
    imported = per_batch(import_days(facts))
    said = pl.coalesce("status_code", "stage_code")
    # In a file whose labels can say lost, a reason on a deal that stands at a stage is a note (a reopened deal).
    says_lost = meant.filter(pl.col("code").is_in((CODE_LOST, CODE_JUNK)))["batch_no"].unique()
    cannot_say_lost = ~pl.col("batch_no").is_in(says_lost.implode())
    is_reason_only = pl.col("status_code").is_null() & pl.col("lost_reason").is_not_null() & cannot_say_lost
    notes = pl.col("lost_reason").is_not_null() & ~cannot_say_lost & ((said == CODE_OPEN) | said.is_between(1, won - 1))
    counts_note = notes & pl.lit(facts.answer("reason_on_open") == "lost")
    rows = rows.with_columns(
        pl.when(said >= won)
        .then(STATED_WON)
        .when(said.is_in((CODE_LOST, CODE_JUNK)) | ((said > 0) & is_reason_only) | counts_note)
        .then(STATED_LOST)
        .when(said == CODE_DUPLICATE)
        .then(STATED_DUPLICATE)
        .when(said.is_not_null())
        .then(STATED_OPEN)
        .cast(pl.Int8)
        .alias("state"),
        pl.coalesce(*[pl.when(code > 0).then(code) for code in codes]).alias("position"),
        pl.max_horizontal(pl.when(code.is_between(1, won - 1)).then(code) for code in codes).alias("before_won"),
        pl.max_horizontal(pl.when(code > won).then(code) for code in codes).alias("after_won"),
        (pl.col("status_code").is_in((CODE_LOST, CODE_JUNK)) & pl.col("stage_code").is_between(1, won - 1))
        .fill_null(False)
        .alias("says_place"),
        notes.fill_null(False).alias("notes_reason"),
        pack("created_at", pl.col("created_has_time")).alias("created"),
        pack("closed_at", pl.col("closed_has_time")).alias("closed"),
        imported.alias("import_day"),
    )
    is_closed = pl.col("state").is_null() | pl.col("state").is_in((STATED_WON, STATED_LOST))
    return rows.with_columns(pl.when(is_closed).then(pl.col("closed")).alias("closed"))


def gathered_rows(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """One row per lead with a lead row: its newest statement, its attributes, and the days its rows carry.

    ``state`` with ``state_batch``, ``state_is_late``, ``says_place``; ``known_won`` / ``late_won`` / ``was_lost``: any
    row stated a win, a loss; ``last_position``: the newest stage label, ``known_position`` / ``late_position``: the
    furthest before won, ``post_position``: after it; ``created`` (earliest, future dates left out); ``closed`` with
    ``closed_import_day``; ``undated_reason``: a loss reason without date or status; each attribute of the newest row
    that has one; ``repeat``, ``referral`` (no time of day).
    """
    created_known = packed_day(pl.col("created")) <= pl.col("import_day")
    no_date = pl.col("changed_at").is_null() & pl.col("lost_at").is_null() & pl.col("state").is_null()
    ordered = stated_rows(facts, definition, as_of).sort(
        pl.col("is_late").not_(), "batch_no", "changed_at", "row_no", nulls_last=False
    )
    seen_until = pl.min_horizontal(pl.col("import_day"), pl.lit(day_number(as_of)))
    seen = {k: pl.col(f"{k}_at").dt.epoch("us").floordiv(DAY_US) <= seen_until for k in ("repeat", "referral")}
    closed_day = packed_day(pl.col("closed"))
    closed_later = (closed_day > day_number(as_of)) & (closed_day <= pl.col("import_day"))
    attributes = [name for name in ATTRIBUTES if has_any(facts, name)]
    return ordered.group_by("lead_id").agg(
        pl.col("state").last(ignore_nulls=True),
        pl.when(pl.col("state").is_not_null()).then(pl.col("batch_no")).last(ignore_nulls=True).alias("state_batch"),
        pl.when(pl.col("state").is_not_null()).then(pl.col("is_late")).last(ignore_nulls=True).alias("state_is_late"),
        ((pl.col("state") == STATED_WON) & ~pl.col("is_late")).any().alias("known_won"),
        # A win on a known later day says nothing of the stages that the lead had passed by then.
        ((pl.col("state") == STATED_WON) & pl.col("is_late") & ~closed_later.fill_null(False)).any().alias("late_won"),
        (pl.col("state") == STATED_LOST).any().alias("was_lost"),
        pl.when(pl.col("state").is_not_null()).then(pl.col("says_place")).last(ignore_nulls=True).alias("says_place"),
        pl.when(pl.col("state").is_not_null())
        .then(pl.col("notes_reason"))
        .last(ignore_nulls=True)
        .alias("notes_reason"),
        pl.col("position").last(ignore_nulls=True).alias("last_position"),
        pl.when(~pl.col("is_late")).then(pl.col("before_won")).max().alias("known_position"),
        pl.when(pl.col("is_late")).then(pl.col("before_won")).max().alias("late_position"),
        pl.col("after_won").max().alias("post_position"),
        pl.when(created_known).then(pl.col("created")).min().alias("created"),
        pl.col("closed").last(ignore_nulls=True),
        pl.when(pl.col("closed").is_not_null())
        .then(pl.col("import_day"))
        .last(ignore_nulls=True)
        .alias("closed_import_day"),
        (no_date & pl.col("lost_reason").is_not_null()).any().alias("undated_reason"),
        *[
            (pl.col(name).cast(pl.Categorical) if name in _REPEATING else pl.col(name)).last(ignore_nulls=True)
            for name in attributes
            if name != "currency"
        ],
        *([_currency_of_amount()] if "currency" in attributes else []),
        *[pl.when(seen[k]).then(pl.col(f"{k}_at").dt.epoch("us") * 2).min().alias(k) for k in ("repeat", "referral")],
        *_of_batches("r", facts, definition),
    )


def _currency_of_amount() -> pl.Expr:
    """The currency of the row that gives the amount; else (a log that changes them apart) the newest one stated."""
    code = pl.col("currency").cast(pl.Categorical)
    return pl.coalesce(code.filter(pl.col("amount").is_not_null()).last(), code.last(ignore_nulls=True)).alias(
        "currency"
    )


@once
def named_stages(facts: Facts, definition: FunnelDefinition) -> pl.DataFrame:
    """``position``, ``n_named``, ``n_dated``: leads that the data name each stage for, and those with its date.

    A label names a stage, dated or not; an entry, a win's close date and a creation (of the first stage) date it. A
    date column without a single date names no stage: nobody knows who passed it. Only of the win and what comes after
    it a blank column says that nobody came so far: ``n_named`` is 0.
    """
    won = definition.won_position
    rows = _with_state(facts, definition)
    entries = events(facts, definition).filter(pl.col("code") > 0).select("lead_id", position="code", is_dated=True)
    labels = [
        rows.filter(pl.col(f"{scope}_code") > 0).select("lead_id", position=f"{scope}_code", is_dated=False)
        for scope in ("status", "stage")
    ]
    closed = rows.filter((pl.col("state") == STATED_WON) & pl.col("closed").is_not_null())
    created = rows.filter(pl.col("created").is_not_null())
    named = [
        entries,
        *labels,
        closed.select("lead_id", pl.lit(won, pl.Int8).alias("position"), is_dated=True),
        created.select("lead_id", pl.lit(1, pl.Int8).alias("position"), is_dated=True),
    ]
    if definition.post_sale_key is not None:
        back = rows.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in _POST_SALE))
        named.append(back.select("lead_id", pl.lit(len(definition.keys), pl.Int8).alias("position"), is_dated=True))
    counted = (
        pl.concat([part.with_columns(pl.col("position").cast(pl.Int8)) for part in named])
        .group_by("position", "lead_id")
        .agg(pl.col("is_dated").any())
        .group_by("position")
        .agg(pl.len().cast(pl.Int64).alias("n_named"), pl.col("is_dated").sum().cast(pl.Int64).alias("n_dated"))
        .collect()
    )
    columns = {place for places in dated_columns(facts, definition).values() for place in places if place >= won}
    counts = meanings(facts, definition).join(facts.counts.select("batch_no", "label"), on=["batch_no", "label"])
    heard = columns | set(counts.filter(pl.col("code") > 0)["code"])
    if definition.post_sale_key is not None and any(has_any(facts, name) for name in _COMES_BACK):
        heard.add(len(definition.keys))
    blank = pl.DataFrame({"position": sorted(heard - set(counted["position"]))}, schema={"position": pl.Int8})
    nobody = blank.with_columns(n_named=pl.lit(0, pl.Int64), n_dated=pl.lit(0, pl.Int64))
    return pl.concat([counted, nobody]).sort("position")


@once
def stated_ends(facts: Facts, definition: FunnelDefinition) -> pl.Series:
    """The ids of the leads of which any file tells a win or a loss, dated or not."""
    closing = (pl.col("code") >= definition.won_position) | pl.col("code").is_in((CODE_LOST, CODE_JUNK, CODE_REASON))
    dated = events(facts, definition).filter(closing).select("lead_id")
    rows = _with_state(facts, definition).filter(pl.col("state").is_in((STATED_WON, STATED_LOST))).select("lead_id")
    return pl.concat([dated, rows]).unique().collect()["lead_id"]


def _of_batches(prefix: str, facts: Facts, definition: FunnelDefinition) -> list[pl.Expr]:
    """Which stages before won any of the batches that hold the lead dates. ``prefix``: "e" for batches that hold an
    event of the lead, "r" for those that hold a row of it.
    """
    dated = dated_stages(facts, definition)
    if prefix == "e":  # of a table of versions: for the leads that it saw change
        dated |= {no: set(range(1, len(definition.keys) + 1)) for no in batches_of_versions(facts)}
    return [
        pl.col("batch_no").is_in([no for no, stages in dated.items() if j in stages]).any().alias(f"{prefix}_dated_{j}")
        for j in range(2, definition.won_position)
    ]
