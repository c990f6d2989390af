"""Journeys: one row per lead, from the facts and the current definition, as seen on the as-of date.

Everything is computed from this frame. ``build_journeys`` is one lazy plan without Python functions inside; the rules
J1–J10 of the metric definitions are applied here and nowhere else, and ``lead_states`` keeps beside the journeys what
the findings need (what was revoked, reopened, left out).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.journeys.customers import NEVER, with_customers
from funnel.metrics.journeys.cutting import as_followed
from funnel.metrics.journeys.evidence import (
    ATTRIBUTES,
    DAY_US,
    STATED_DUPLICATE,
    STATED_LOST,
    STATED_OPEN,
    STATED_WON,
    at_end_of_day,
    day_number,
    events,
    gathered_events,
    gathered_rows,
    has_any,
    packed_day,
    start_again,
    unpack,
)
from funnel.metrics.journeys.follow_up import as_day, known_until, newest_day
from funnel.metrics.journeys.meanings import CODE_JUNK, CODE_LOST, CODE_OPEN, CODE_REASON
from funnel.metrics.journeys.no_leads import with_junk_label, without_no_leads
from funnel.metrics.journeys.order import in_order
from funnel.schema import ONE_ROW_PER_LEAD, OUTCOMES, Facts, journeys_schema

_OPEN, _WON, _LOST, _DUPLICATE = STATED_OPEN, STATED_WON, STATED_LOST, STATED_DUPLICATE


def default_as_of(facts: Facts, definition: FunnelDefinition) -> date | None:
    """The newest day up to which leads were followed (J8); null when no row carries a date.

    Not the last event: a file of wins that goes on after the list of leads ends tells nothing of the others. For a
    workspace of counts: the last day of a period.
    """
    last = newest_day(facts, definition)
    return None if last is None else as_day(last)


def build_journeys(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """The journeys of all leads that existed on ``as_of``; columns and dtypes of ``schema.journeys_schema``.

    Left out: leads created after ``as_of`` and duplicates by meaning (``trust.journeys_with_findings`` reports them).
    One row per lead, in no particular order.
    """
    schema = journeys_schema(definition)
    kept = lead_states(facts, definition, as_of).filter(~pl.col("is_later") & ~pl.col("is_duplicate"))
    return kept.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def with_later_ends(journeys: pl.DataFrame, facts: Facts, definition: FunnelDefinition) -> pl.DataFrame:
    """The journeys (as of the default day) with the wins and losses that files tell of later days as ``later_outcome``.

    They count in *All time*, and in no rate: nobody knows whether the other leads were followed so long.
    """
    as_of = default_as_of(facts, definition)
    return journeys if as_of is None else with_ends_after(journeys, facts, definition, as_of)


def with_ends_after(journeys: pl.DataFrame, facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.DataFrame:
    """``with_later_ends`` of journeys as of ``as_of``, which is the default day of all facts."""
    days = [known_until(facts, definition), *facts.batches["exported_on"]]
    last = max((day for day in days if day is not None), default=None)
    if last is None or last <= as_of:
        return journeys
    ended = build_journeys(facts, definition, last).select(
        "lead_id",
        pl.coalesce("later_outcome", pl.when(pl.col("outcome") != "open").then(pl.col("outcome"))).alias("end"),
    )
    joined = journeys.lazy().join(ended, on="lead_id", how="left", maintain_order="left")
    later = pl.coalesce("later_outcome", pl.when(pl.col("outcome") == "open").then(pl.col("end")))
    return joined.with_columns(later.alias("later_outcome")).drop("end").collect()


def lead_states(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """The journeys of every lead, also later and duplicate ones, with what the findings need beside them.

    Among them ``is_later`` (did not exist yet on ``as_of``), ``is_duplicate``, ``win_revoked``, ``created_seen`` (the
    stated creation, packed), ``enters_first_stage`` (by its own event), ``dated_<j>``, ``loss`` (last dated loss),
    ``was_lost``, ``last_position``, ``reason_said`` and ``closed`` (packed).
    """
    facts = in_order(facts)
    leads = _joined(facts, definition, as_of)
    leads = _with_outcome(leads, facts, definition, as_of)
    leads = _with_wins_that_stand(leads, facts, definition, as_of)
    leads = _with_entries(leads, definition, as_of)
    leads = as_followed(leads, facts, definition, as_of)
    leads = with_customers(leads, facts, definition, as_of)
    leads = without_no_leads(with_junk_label(leads, facts, definition), facts)
    return _finished(leads, definition)


def _joined(facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """Events and rows of a lead side by side; what only one of them has is null in the other."""
    dated = range(2, definition.won_position)
    both = gathered_events(facts, definition, as_of).join(
        gathered_rows(facts, definition, as_of), on="lead_id", how="full", coalesce=True
    )
    missing = [name for name in ATTRIBUTES if not has_any(facts, name)]
    types = facts.lead_rows.schema  # ids may be categories (``Facts.with_short_ids``): joined, they must match
    return both.with_columns(
        *[
            (pl.col(f"e_dated_{j}").fill_null(False) | pl.col(f"r_dated_{j}").fill_null(False)).alias(f"dated_{j}")
            for j in dated
        ],
        *[pl.lit(None, types[name]).alias(name) for name in missing],
        pl.col("known_won", "late_won", "was_lost", "undated_reason", "state_is_late", "says_place").fill_null(False),
    )


def _with_outcome(leads: pl.LazyFrame, facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """``result`` (a STATED_* number) and ``cut``: wins up to it do not stand (J5). ``loss`` becomes the last loss."""
    won, until = definition.won_position, day_number(as_of)
    # A loss reason without a status is a loss, but never on a lead that reached won.
    counts_reason = pl.col("last_win").is_null() & ~pl.col("known_won") & ~pl.col("late_won")
    # A return into an earlier stage after the win takes the win back, as an explicit reopening does (J5b), unless
    # somebody has said that the CRM resets its deals.
    is_reset = facts.answer("won_then_back") == "reset"
    returned = (packed_day(pl.col("reentry")) > packed_day(pl.col("last_win"))).fill_null(False)
    stated_back = (pl.col("state") == _OPEN).fill_null(False) & pl.col("known_won")
    came_back = returned & pl.lit(not is_reset)
    leads = leads.with_columns(
        pl.when(stated_back & pl.lit(is_reset)).then(_WON).otherwise(pl.col("state")).alias("state"),
        (returned | stated_back).alias("went_back"),
        pl.max_horizontal("last_open", pl.when(came_back).then(pl.col("reentry"))).alias("last_open"),
        pl.max_horizontal("loss", pl.when(counts_reason).then(pl.col("reason_loss"))).alias("loss"),
        (pl.col("undated_reason") & counts_reason).alias("undated_reason"),
        counts_reason.alias("counts_reason"),
    )
    # The newest statement rules, unless its batch speaks of days after as-of and a dated event is hidden behind as-of:
    # then the statement describes that later day.
    closed_day = packed_day(pl.col("closed"))
    seen_win, seen_loss = pl.col("last_win").is_not_null(), pl.col("loss").is_not_null()
    undated_close = ((pl.col("state") == _WON) & ~seen_win) | ((pl.col("state") == _LOST) & ~seen_loss)
    close_hidden = undated_close & (closed_day > until) & (closed_day <= pl.col("closed_import_day"))
    speaks_later = pl.col("state_is_late") & (pl.col("hidden_code").is_not_null() | close_hidden.fill_null(False))
    leads = leads.with_columns(
        speaks_later.fill_null(False).alias("speaks_later"), pl.when(~speaks_later).then(pl.col("state")).alias("state")
    )
    leads = _with_later_events(leads, facts, definition, as_of)

    def latest(loss: str, opened: str, stage: str, win: str) -> pl.Expr:
        """Won if the last win is after the last loss and not reopened since; lost if nothing follows the last loss."""
        after_loss = pl.col(loss).is_null()
        wins = pl.col(win).is_not_null() & (after_loss | (pl.col(win) > pl.col(loss)))
        wins = wins & (pl.col(opened).is_null() | (pl.col(win) >= pl.col(opened)))
        goes_on = (pl.col(stage) > pl.col(loss)) | (pl.col(opened) > pl.col(loss))
        return (
            pl.when(wins)
            .then(_WON)
            .when(pl.col(loss).is_not_null() & ~goes_on.fill_null(False))
            .then(_LOST)
            .otherwise(_OPEN)
        )

    by_events = (
        pl.when(pl.col("undated_reason") & ~seen_win)
        .then(_LOST)
        .otherwise(latest("loss", "last_open", "last_stage", "last_win"))
    )
    by_later = (
        pl.when((pl.col("state") == _WON) & pl.col("later_loss").is_null() & pl.col("later_open").is_null())
        .then(_WON)
        .otherwise(latest("later_loss", "later_open", "later_stage", "later_win"))
    )
    has_later = pl.any_horizontal(pl.col("later_loss", "later_open", "later_stage").is_not_null())
    result = (
        pl.when(pl.col("state").is_null()).then(by_events).when(has_later).then(by_later).otherwise(pl.col("state"))
    )
    event_cut = pl.max_horizontal("loss", pl.col("last_open") - 1)
    later_cut = pl.max_horizontal("later_loss", pl.col("later_open") - 1)
    stated_end = pl.when(pl.col("state") != _WON).then((pl.col("state_until") + 1) * (2 * DAY_US) - 1)
    cut = (
        pl.when(pl.col("state").is_null())
        .then(event_cut)
        .when(has_later)
        .then(pl.max_horizontal(later_cut, stated_end))
        .otherwise(NEVER)
    )
    duplicate_event = pl.col("last_duplicate") >= pl.max_horizontal("last_duplicate", "last_stage", "last_open", "loss")
    is_duplicate = (pl.col("state") == _DUPLICATE) | (pl.col("state").is_null() & duplicate_event)
    first_win = pl.min_horizontal(f"p{j}" for j in range(won, len(definition.keys) + 1))
    return leads.with_columns(
        result.alias("result"),
        cut.alias("cut"),
        is_duplicate.fill_null(False).alias("is_duplicate"),
        first_win.alias("first_win"),
    )


def _with_later_events(leads: pl.LazyFrame, facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """``later_*``: events of batches after the stating one, on days after the one it is complete up to.

    They go on from what was stated. ``state_until``: that day (as-of where the batch does not say). A stage that the
    lead had been in before, entered again after a stated win, takes the win back (J5b).
    """
    names = ("later_loss", "later_open", "later_back", "later_stage", "later_win")
    exported = facts.batches.select("batch_no", "exported_on").iter_rows()
    until = {no: day_number(as_of if day is None else day) for no, day in exported}
    leads = leads.with_columns(
        pl.col("state_batch")
        .replace_strict(list(until), list(until.values()), default=None, return_dtype=pl.Int64)
        .alias("state_until")
    )
    stating = facts.batches.filter(pl.col("shape").is_in(ONE_ROW_PER_LEAD) & (pl.col("exported_on") < as_of))
    first = min(stating["batch_no"].to_list(), default=None)
    if first is None or max(facts.batches["batch_no"].to_list()) <= first:
        return leads.with_columns(pl.lit(None, pl.Int64).alias(name) for name in names)
    code, at, before_won = pl.col("code"), pl.col("at"), range(1, definition.won_position)
    is_again = pl.any_horizontal(
        (code == j) & ((packed_day(at) > packed_day(pl.col(f"p{j}"))) | (pl.col("known_position") >= j))
        for j in before_won
    ).fill_null(False)
    is_back = is_again & (pl.col("state") == _WON)
    is_loss = code.is_in((CODE_LOST, CODE_JUNK)) | ((code == CODE_REASON) & pl.col("counts_reason"))
    earliest = pl.lit(stating["exported_on"].min())
    later = (
        events(facts, definition)
        .filter(
            (pl.col("batch_no") > first) & (packed_day(at) <= day_number(as_of)) & (unpack(at).dt.date() > earliest)
        )
        .join(
            leads.filter(pl.col("state").is_not_null()).select(
                "lead_id",
                "state",
                "state_batch",
                "state_until",
                "counts_reason",
                "known_position",
                *(f"p{j}" for j in before_won),
            ),
            on="lead_id",
        )
        .filter((pl.col("batch_no") > pl.col("state_batch")) & (packed_day(at) > pl.col("state_until")))
        .group_by("lead_id")
        .agg(
            pl.when(is_loss).then(at_end_of_day(at)).max().alias("later_loss"),
            pl.when(code == CODE_OPEN).then(at).max().alias("later_open"),
            pl.when(is_back).then(at).max().alias("later_back"),
            pl.when(code > 0).then(at).max().alias("later_stage"),
            pl.when(code >= definition.won_position).then(at).max().alias("later_win"),
        )
    )
    went_back = pl.col("later_back").is_not_null() & ~(pl.col("later_win") >= pl.col("later_back")).fill_null(False)
    opened = pl.col("later_open")
    if facts.answer("won_then_back") == "reopened":
        opened = pl.max_horizontal("later_open", "later_back")
    return leads.join(later, on="lead_id", how="left").with_columns(
        (pl.col("went_back") | went_back.fill_null(False)).alias("went_back"), opened.alias("later_open")
    )


def _with_wins_that_stand(leads: pl.LazyFrame, facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """First entries into won and later stages after ``cut``; only leads that won, lost the win and won again are looked
    up once more, all others keep what is known."""
    stages = range(definition.won_position, len(definition.keys) + 1)
    is_won, cut, at = pl.col("result") == _WON, pl.col("cut"), pl.col("at")
    won_again = leads.filter(is_won & (pl.col("first_win") <= cut)).select("lead_id", "cut")
    again = (
        events(facts, definition)
        .filter((pl.col("code") >= definition.won_position) & (packed_day(at) <= day_number(as_of)))
        .join(won_again, on="lead_id")
        .filter(at > cut)
        .group_by("lead_id")
        .agg(pl.when(pl.col("code") == j).then(at).min().alias(f"again{j}") for j in stages)
    )
    stands = is_won & (cut.is_null() | (pl.col("first_win") > cut) | pl.col("first_win").is_null())
    return leads.join(again, on="lead_id", how="left").with_columns(
        pl.when(stands).then(pl.col(f"p{j}")).when(is_won).then(pl.col(f"again{j}")).alias(f"p{j}") for j in stages
    )


def _with_entries(leads: pl.LazyFrame, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """Creation, the entry of each stage, the furthest stage and where the lead was lost (J1, J2, J6, J7)."""
    n, won, until = len(definition.keys), definition.won_position, day_number(as_of)
    is_won, is_lost = pl.col("result") == _WON, pl.col("result") == _LOST
    closed_day = packed_day(pl.col("closed"))
    closed = pl.when((closed_day <= until) & (closed_day <= pl.col("closed_import_day"))).then(pl.col("closed"))
    created_is_later = packed_day(pl.col("created")) > until
    created = pl.when(~created_is_later).then(pl.col("created"))
    leads = leads.with_columns(
        created.alias("created_seen"),
        created_is_later.fill_null(False).alias("created_is_later"),
        pl.coalesce("p1", created).alias("p1"),
        pl.col("p1").is_not_null().alias("enters_first_stage"),
        pl.when(is_won).then(pl.coalesce(f"p{won}", closed)).otherwise(pl.col(f"p{won}")).alias(f"p{won}"),
        pl.when(is_lost)
        .then(pl.coalesce(start_again(pl.col("loss")), closed, start_again(pl.col("reason_loss"))))
        .alias("lost"),
    )
    first_known = pl.min_horizontal(*[f"p{j}" for j in range(1, n + 1)], "lost")
    only_later = first_known.is_null() & (pl.col("hidden_code").is_not_null() | pl.col("speaks_later"))
    late_position = pl.when(
        ~(pl.col("hidden_code") >= pl.col("late_position")).fill_null(False) & ~pl.col("speaks_later")
    ).then(pl.col("late_position"))
    was_won = pl.col("first_win").is_not_null() | pl.col("known_won") | (pl.col("late_won") & ~pl.col("speaks_later"))
    before_won = pl.max_horizontal(
        *[pl.when(pl.col(f"p{j}").is_not_null()).then(j) for j in range(1, won)],
        pl.coalesce("known_position", late_position),
        pl.when(was_won).then(won - 1),
        pl.lit(1),
    )
    after_won = pl.max_horizontal(
        *[pl.when(pl.col(f"p{j}").is_not_null()).then(j) for j in range(won + 1, n + 1)], "post_position", pl.lit(won)
    )
    return leads.with_columns(
        pl.coalesce("created_seen", first_known).alias("first"),
        (pl.col("created_is_later") | only_later).alias("is_later"),
        pl.when(is_won).then(after_won).otherwise(before_won).cast(pl.Int8).alias("furthest_stage"),
        (was_won & ~is_won).alias("win_revoked"),
    )


def _finished(leads: pl.LazyFrame, definition: FunnelDefinition) -> pl.LazyFrame:
    """The journey columns under their names and types."""
    keys, won = definition.keys, definition.won_position
    n = len(keys)
    is_lost = pl.col("result") == _LOST
    nexts = {j: pl.min_horizontal(f"p{i}" for i in range(j, n + 1)) for j in range(2, n + 1)}
    leads = leads.with_columns(nexts[j].alias(f"next{j}") for j in nexts)
    lost_next = (pl.col("furthest_stage") + 1).cast(pl.Int8)
    place_known = pl.col("furthest_stage") == won - 1
    for j in range(2, won):
        place_known = place_known | ((lost_next == j) & (pl.col(f"dated_{j}") | pl.col("says_place")))
    cycle_from = pl.coalesce("created_seen", pl.min_horizontal(f"p{j}" for j in range(1, won)))
    return leads.with_columns(
        pl.col("lost_reason").alias("reason_said"),
        *[unpack(pl.col(f"p{j}")).alias(f"entered_{key}") for j, key in enumerate(keys, 1)],
        *[unpack(pl.col(f"next{j}")).alias(f"next_{key}") for j, key in enumerate(keys, 1) if j > 1],
        *[
            days_between(pl.col(f"p{j - 1}"), pl.col(f"p{j}")).alias(f"days_{key}")
            for j, key in enumerate(keys, 1)
            if j > 1
        ],
        *[
            days_between(pl.col(f"p{j - 1}"), pl.col(f"next{j}")).alias(f"days_next_{key}")
            for j, key in enumerate(keys, 1)
            if j > 1
        ],
        unpack(pl.col("first")).alias("created_at"),
        pl.col("result")
        .replace_strict([_OPEN, _WON, _LOST], ["open", "won", "lost"], default=None, return_dtype=pl.Enum(OUTCOMES))
        .alias("outcome"),
        pl.when(pl.col("result") == _WON).then(unpack(pl.coalesce(f"p{won}", f"next{won}"))).alias("won_at"),
        unpack(pl.col("lost")).alias("lost_at"),
        pl.when(is_lost & place_known).then(lost_next).alias("lost_stage"),
        pl.when(is_lost)
        .then(pl.coalesce(pl.col("lost_reason").cast(pl.Categorical), "junk_label"))
        .alias("lost_reason"),
        unpack(pl.col("repeat")).alias("repeat_at"),
        unpack(pl.col("referral")).alias("referral_at"),
        pl.col("later_result")
        .replace_strict([_OPEN, _WON, _LOST], ["open", "won", "lost"], default=None, return_dtype=pl.Enum(OUTCOMES))
        .alias("later_outcome"),
        *[
            pl.col(name).cast(pl.Int32).cast(pl.Date).alias(column)
            for name, column in (
                ("observed", "observed_until"),
                ("observed_wins", "wins_until"),
                ("gone", "gone_on"),
            )
        ],
        days_between(cycle_from, pl.col(f"p{won}")).alias("cycle_days"),
    )


def days_between(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Days of two packed instants (J9): hours / 24 where both carry a time, else the difference of dates.

    Null when the end lies before the start (J4): a negative duration is left out, never clipped.
    """
    timed = (start % 2 == 1) & (end % 2 == 1)
    days = pl.when(timed).then((end - start) / (2 * DAY_US)).otherwise(packed_day(end) - packed_day(start))
    return pl.when(days >= 0).then(days).cast(pl.Float32)
