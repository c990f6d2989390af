"""What a person should know about the leads' stories before trusting the figures: findings over all imports together.

Each finding says how many leads (or rows) it concerns, names a few, and says what was done with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.metrics.journeys.build import lead_states
from funnel.metrics.journeys.evidence import (
    DAY_US,
    STATED_LOST,
    STATED_WON,
    day_number,
    events,
    has_any,
    import_days,
    named_stages,
    packed_day,
    per_batch,
    stated_rows,
)
from funnel.metrics.journeys.follow_up import uncovered_files
from funnel.metrics.journeys.meanings import meanings
from funnel.metrics.thresholds import DATED_SHARE, MIN_LEADS
from funnel.schema import Facts, Finding, journeys_schema

Severity = Literal["question", "warning", "note"]
N_EXAMPLES = 5
ASKED_FROM, ASKED_SHARE = 3, 0.05
"""A person is asked about so many leads, or such a share of the wins (the losses) that they are among."""


def journeys_with_findings(
    facts: Facts, definition: FunnelDefinition, as_of: date
) -> tuple[pl.DataFrame, tuple[Finding, ...]]:
    """The journeys (``journeys.build_journeys``) as seen on ``as_of`` and the findings about them, those that may
    change figures first: both from one look at every lead.

    Codes ``trust.*``; ``done`` are codes ``trust.done.*``. No findings for a workspace without leads.
    """
    schema, flags = journeys_schema(definition), _flags(definition, _dated(facts, definition))
    looked_at = (
        lead_states(facts, definition, as_of)
        .select(
            *[pl.col(name).cast(dtype) for name, dtype in schema.items()],
            *[flag.fill_null(False).alias(f"is {name}") for name, flag in flags.items()],
        )
        .collect()
    )
    journeys = looked_at.filter("is there").select(list(schema))
    if facts.lead_rows.is_empty() and facts.entries.is_empty():
        return journeys, ()
    found = [
        *_about_leads(flagged := looked_at.select("lead_id", **{name: pl.col(f"is {name}") for name in flags}), as_of),
        *_asked(flagged, facts),
        *_about_rows(facts, definition, as_of),
        *_about_labels(facts, definition),
        *_far_off(facts),
    ]
    order = {"question": 0, "warning": 1, "note": 2}
    ranked = sorted(found, key=lambda finding: (order[finding.severity], -finding.n, finding.message.code))
    return journeys, tuple(ranked)


def _far_off(facts: Facts) -> Iterator[Finding]:
    """Leads with a date far off all others; it stays theirs, and decides nothing for the rest."""
    near = facts.near_days
    if near is None:
        return
    rows, beyond = facts.lead_rows, []
    dated = ("created_at", "changed_at", "closed_at", "lost_at")
    for frame, name in ((facts.entries, "at"), *((rows, name) for name in dated)):
        day = pl.col(name).dt.date()
        beyond.append(frame.filter((day < near[0]) | (day > near[1])).select("batch_no", "lead_id", day=day))
    imported = pl.col("day").cast(pl.Int32).cast(pl.Int64) <= per_batch(import_days(facts))
    found = pl.concat(beyond).filter(imported).unique().sort("day", "lead_id")
    if not found.is_empty():
        leads = found["lead_id"].unique(maintain_order=True)
        days = found["day"].unique().sort().head(N_EXAMPLES).to_list()
        message = Message("trust.far_off_dates", {"n": leads.len(), "days": days, "first": near[0], "last": near[1]})
        yield Finding(
            message, "warning", leads.len(), "trust.done.far_off", (), tuple(leads.head(N_EXAMPLES).to_list())
        )


def follow_up_findings(facts: Facts, definition: FunnelDefinition, journeys: pl.DataFrame) -> tuple[Finding, ...]:
    """What files say of days up to which nobody followed the other leads, and which leads they no longer hold.

    ``journeys``: with ``later_outcome`` (``build.with_later_ends``).
    """
    found: list[Finding] = []
    for _, name, n in uncovered_files(facts, definition).iter_rows():
        message = Message("trust.covers_nobody", {"file": name, "n": n})
        found.append(Finding(message, "warning", n, "trust.done.follows_nobody"))
    later = journeys.filter(pl.col("later_outcome").is_not_null())["lead_id"]
    found += _finding(later, Message("trust.known_later", {"n": len(later)}), "warning", "trust.done.in_no_rate")
    gone = journeys.filter(pl.col("gone_on").is_not_null())["lead_id"]
    found += _finding(gone, Message("trust.gone", {"n": len(gone)}), "warning", "trust.done.not_open")
    return tuple(found)


def kind_findings(kind: str | None, n_won: int, n_lost: int, n_leads: int) -> tuple[Finding, ...]:
    """Whether nearly all leads are of one ``kind`` (``support.Kind``): then a person is asked who is in the files."""
    if kind is None:
        return ()
    n = {"won": n_won, "closed": n_won + n_lost, "open": n_leads - n_won - n_lost}[kind]
    message = Message(f"trust.only_{kind}", {"n": n, "n_leads": n_leads})
    return (Finding(message, "question", n, f"trust.done.only_{kind}"),)


def missing_closings_finding(on: date, n: int, expected: float) -> Finding:
    """That the list seems to be drawn by the day of closing (``steps.first_closings``)."""
    message = Message("trust.missing_closings", {"on": on, "n": n, "expected": round(expected)})
    return Finding(message, "warning", n, "trust.done.missing_closings")


def _dated(facts: Facts, definition: FunnelDefinition) -> frozenset[int]:
    """The stages that are dated: only of those a lead without an entry has skipped them, else its date is missing."""
    named = named_stages(facts, definition)
    return frozenset(named.filter(pl.col("n_dated") >= DATED_SHARE * pl.col("n_named"))["position"])


def _flags(definition: FunnelDefinition, dated: frozenset[int]) -> dict[str, pl.Expr]:
    """What is to be told of a lead, out of ``lead_states``; all but the last three only of leads that are ``there``."""
    keys, won = definition.keys, definition.won_position
    result_won, result_lost = pl.col("outcome") == "won", pl.col("outcome") == "lost"
    skipped = [
        pl.col(f"dated_{j}") & pl.col(f"p{j}").is_null() & (pl.col("furthest_stage") > j)
        for j in range(2, won)
        if j in dated
    ]
    backwards = [
        pl.col(f"p{j - 1}").is_not_null()
        & pl.col(f"next_{key}").is_not_null()
        & pl.col(f"days_next_{key}").is_null()
        & (pl.col("enters_first_stage") if j == 2 else pl.lit(True))
        for j, key in enumerate(keys, 1)
        if j > 1
    ]
    created_day = packed_day(pl.col("created_seen"))
    entered = [packed_day(pl.col(f"p{j}")) < created_day for j in range(2, won)]
    goes_on = pl.any_horizontal(pl.col(name) > pl.col("loss") for name in ("last_stage", "last_open"))
    is_dated = pl.any_horizontal(pl.col("created_at").is_not_null(), pl.col("lost_at").is_not_null())
    kept = {
        "skipped": _any_of(skipped),
        "out_of_order": _any_of(backwards),
        "before_created": _any_of(entered),
        "win_revoked": pl.col("win_revoked"),
        "reopened": ~result_lost & (goes_on.fill_null(False) | pl.col("was_lost")),
        "moved_back": (pl.col("outcome") == "open") & (pl.col("last_position") < pl.col("furthest_stage")),
        "undated": ~is_dated,
        "no_creation": pl.col("created_seen").is_null() & is_dated,
        "closed_undated": (result_won & pl.col("won_at").is_null()) | (result_lost & pl.col("lost_at").is_null()),
        "unknown_place": result_lost & pl.col("lost_stage").is_null(),
        "won_without_amount": result_won & pl.col("amount").is_null(),
        "went_back": pl.col("went_back"),
        "reason_on_won": result_won & pl.col("reason_said").is_not_null(),
        "reason_on_open": pl.col("notes_reason").fill_null(False) & (pl.col("outcome") != "won"),
        "open": pl.col("outcome") == "open",
        "with_reason": pl.col("reason_said").is_not_null(),
        "won": result_won,
    }
    is_there = ~pl.col("is_later") & ~pl.col("is_duplicate")
    return {name: is_there & flag for name, flag in kept.items()} | {
        "there": is_there,
        "duplicate": pl.col("is_duplicate") & ~pl.col("is_later"),
        "later": pl.col("is_later"),
        "no_lead": pl.col("says_no_lead") & ~pl.col("is_later"),
        "lost": is_there & result_lost,
    }


def _any_of(flags: Sequence[pl.Expr]) -> pl.Expr:
    """Whether any of the flags holds; false where there are none: a win at the second stage has no stages between."""
    return pl.any_horizontal(flags) if flags else pl.lit(False)


def _about_leads(flags: pl.DataFrame, as_of: date) -> Iterator[Finding]:
    """Findings that one look at the finished states answers. ``flags``: ``lead_id`` and the ``_flags``."""
    n = {name: int(flags[name].sum()) for name in flags.columns if name != "lead_id"}
    n_leads = n["there"]
    total = {"n_leads": n_leads}

    def of(name: str, message: Message, severity: Severity, done: str) -> Iterator[Finding]:
        yield from _finding(flags.filter(pl.col(name))["lead_id"], message, severity, done)

    yield from of("skipped", Message("trust.skipped", {"n": n["skipped"]} | total), "note", "trust.done.reached")
    yield from of(
        "out_of_order", Message("trust.out_of_order", {"n": n["out_of_order"]}), "warning", "trust.done.no_days"
    )
    yield from of(
        "before_created",
        Message("trust.entry_before_created", {"n": n["before_created"]}),
        "warning",
        "trust.done.no_days",
    )
    yield from of(
        "win_revoked", Message("trust.win_revoked", {"n": n["win_revoked"]}), "warning", "trust.done.fell_back"
    )
    yield from of("reopened", Message("trust.reopened", {"n": n["reopened"]}), "note", "trust.done.open_again")
    yield from of("moved_back", Message("trust.moved_back", {"n": n["moved_back"]}), "note", "trust.done.furthest")
    yield from of(
        "undated", Message("trust.undated", {"n": n["undated"]} | total), "warning", "trust.done.all_time_only"
    )
    yield from of("no_creation", Message("trust.no_creation", {"n": n["no_creation"]}), "note", "trust.done.first_date")
    yield from of(
        "closed_undated", Message("trust.closed_undated", {"n": n["closed_undated"]}), "warning", "trust.done.no_date"
    )
    yield from of(
        "unknown_place", Message("trust.unknown_place", {"n": n["unknown_place"]}), "warning", "trust.done.own_line"
    )
    yield from of(
        "won_without_amount",
        Message("trust.won_without_amount", {"n": n["won_without_amount"], "n_won": n["won"]}),
        "warning",
        "trust.done.left_out_of_money",
    )
    yield from of(
        "reason_on_won", Message("trust.reason_on_won", {"n": n["reason_on_won"]}), "warning", "trust.done.win_stays"
    )
    if n["with_reason"] == n_leads >= MIN_LEADS:
        yield from of(
            "with_reason", Message("trust.every_lead_has_reason", {"n": n_leads}), "warning", "trust.done.counted_lost"
        )
    yield from of("duplicate", Message("trust.duplicates", {"n": n["duplicate"]}), "note", "trust.done.left_out")
    yield from of("later", Message("trust.later", {"n": n["later"], "as_of": as_of}), "note", "trust.done.left_out")


def _asked(flags: pl.DataFrame, facts: Facts) -> Iterator[Finding]:
    """What only a person can decide (``schema.QUESTIONS``): asked where it matters, a note once it is answered."""
    n = {name: int(flags[name].sum()) for name in ("went_back", "won", "no_lead", "lost", "reason_on_open", "open")}
    noted_as_lost = n["reason_on_open"] if facts.answer("reason_on_open") == "lost" else 0
    asked = (
        ("won_then_back", "went_back", n["won"] + (n["went_back"] if facts.answer("won_then_back") != "reset" else 0)),
        ("not_leads", "no_lead", n["lost"] + (n["no_lead"] if facts.answer("not_leads") == "out" else 0)),
        ("reason_on_open", "reason_on_open", n["open"] + noted_as_lost),
    )
    for question, flag, n_all in asked:
        is_asked = n[flag] >= ASKED_FROM or n[flag] >= ASKED_SHARE * n_all
        if not is_asked and question != "reason_on_open":
            continue  # told elsewhere
        message = Message(f"trust.{question}", {"n": n[flag], "n_all": n_all})
        severity: Severity = "question" if is_asked and question not in facts.answers else "note"
        done = f"trust.done.{question}.{facts.answer(question)}"
        yield from _finding(flags.filter(pl.col(flag))["lead_id"], message, severity, done)


def _about_rows(facts: Facts, definition: FunnelDefinition, as_of: date) -> Iterator[Finding]:
    """Findings that need all entries and rows of a lead, not only the ones that count."""
    dated = events(facts, definition).filter(pl.col("code") > 0)
    again = (
        dated.filter(packed_day(pl.col("at")) <= day_number(as_of))
        .group_by("lead_id", "code")
        .agg(_differ(pl.col("at")).alias("differ"))
        .filter("differ")
    )
    ids = again.select(pl.col("lead_id").unique()).collect()["lead_id"]
    yield from _finding(ids, Message("trust.reentered", {"n": len(ids)}), "note", "trust.done.first_entry")

    rows = stated_rows(facts, definition, as_of)
    twice = (
        rows.filter(pl.col("created").is_not_null()).group_by("lead_id").agg(_differ(pl.col("created")).alias("differ"))
    )
    ids = twice.filter("differ").select("lead_id").collect()["lead_id"]
    yield from _finding(ids, Message("trust.two_creations", {"n": len(ids)}), "warning", "trust.done.first_creation")

    is_closed = pl.col("state").is_in((STATED_WON, STATED_LOST)).fill_null(False)
    day_of = {name: pl.col(name).dt.epoch("us").floordiv(DAY_US) for name in ("closed_at", "expected_close_at")}
    created, day_created = packed_day(pl.col("created")), pl.col("created_day")
    forecast = pl.when(~is_closed).then(pl.coalesce(day_of["expected_close_at"], day_of["closed_at"]))
    closed_later = is_closed & (day_of["closed_at"] > pl.col("import_day"))
    wrong = {
        "closed_early": is_closed & (day_of["closed_at"] < day_created),
        "expected_early": pl.col("state").is_not_null() & (forecast < day_created),
        "future": (created > pl.col("import_day")).fill_null(False) | closed_later,
    }
    dated_rows = rows.with_columns(created.min().over("lead_id").alias("created_day")).select("lead_id", **wrong)
    told = dated_rows.filter(pl.any_horizontal(*wrong)).collect()

    def leads(name: str) -> pl.Series:
        return told.filter(pl.col(name))["lead_id"].unique()

    ids = leads("closed_early")
    yield from _finding(ids, Message("trust.closed_before_created", {"n": len(ids)}), "warning", "trust.done.no_days")
    ids = leads("expected_early")
    yield from _finding(ids, Message("trust.expected_before_created", {"n": len(ids)}), "note", "trust.done.forecast")
    future = events(facts, definition).filter(packed_day(pl.col("at")) > per_batch(import_days(facts)))
    ids = pl.concat([future.select("lead_id").collect()["lead_id"], leads("future")]).unique()
    yield from _finding(ids, Message("trust.future_dates", {"n": len(ids)}), "warning", "trust.done.not_a_date")


def _about_labels(facts: Facts, definition: FunnelDefinition) -> Iterator[Finding]:
    """Labels that neither the mapping of their batch nor the definition knows: they say nothing."""
    known = meanings(facts, definition).lazy()
    heard = [facts.entries.lazy().select("batch_no", "scope", "label", "lead_id")]
    for scope in ("stage", "status"):
        if has_any(facts, f"{scope}_label"):
            rows = facts.lead_rows.lazy().filter(pl.col(f"{scope}_label").is_not_null())
            heard.append(
                rows.select(
                    "batch_no", pl.lit(scope).alias("scope"), pl.col(f"{scope}_label").alias("label"), "lead_id"
                )
            )
    unknown = pl.concat(heard).join(known, on=["batch_no", "scope", "label"], how="anti").collect()
    labels = sorted(unknown["label"].unique().to_list())
    message = Message("trust.unmapped_labels", {"n": unknown.height, "labels": labels})
    yield from _finding(unknown["lead_id"], message, "warning", "trust.done.ignored")


def _differ(at: pl.Expr) -> pl.Expr:
    """Whether packed instants of a group are more than one: by day, or by time where they carry one."""
    day, timed = packed_day(at), at.filter(at % 2 == 1)
    return (day.min() != day.max()) | (timed.min() != timed.max()).fill_null(False)


def _finding(leads: pl.Series, message: Message, severity: Severity, done: str) -> Iterator[Finding]:
    """One finding when there is anything to tell; ``n`` is the length of ``leads``, examples are the first by id."""
    if leads.is_empty():
        return
    examples = tuple(leads.unique().sort().head(N_EXAMPLES).to_list())
    yield Finding(message, severity, leads.len(), done, leads=examples)
