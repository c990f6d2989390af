"""What must hold for every story: a recount agrees, counts add up, order does not matter, undo is exact.

Which file speaks last (``order.in_order``) is asked of the product here; ``tests/claims/test_follow_up.py`` tests it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.filters import Filters, Window, apply_filters
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.journeys.evidence import named_stages
from funnel.metrics.journeys.follow_up import known_until, uncovered_files
from funnel.metrics.journeys.looks import one_look
from funnel.metrics.journeys.order import in_order
from funnel.metrics.journeys.trust import journeys_with_findings
from funnel.metrics.steps.conversion import breakdown, horizons, step_table
from funnel.schema import BASES, Facts, ImportBatch, facts_of
from tests.examples import examples
from tests.factories import GUIDE, IMPORTED_AT, Lead, at, facts, log, milestones, snapshot
from tests.recount import days_between, inside, recount, step_counts

FIRST = date(2024, 1, 1)
STAGES = ("lead", "intent", "opportunity", "won", "repeat")
SOURCES = ("web", "event", None)


@st.composite
def instants(draw: st.DrawFn) -> tuple[Any, bool]:
    """A day of two months, often without a time, seldom the same time twice."""
    text = str(FIRST + timedelta(days=draw(st.integers(0, 60))))
    hour = draw(st.sampled_from([None, None, 9, 14]))
    return at(text if hour is None else f"{text} {hour:02d}:00"), hour is not None


@st.composite
def batches(draw: st.DrawFn) -> ImportBatch:
    """One file about some of six leads, in any of the three shapes, with contradictions."""
    shape = draw(st.sampled_from(["log", "milestones", "snapshot"]))
    exported = draw(st.sampled_from([None, "2024-01-20", "2024-02-15", "2024-03-05"]))
    ids = draw(st.lists(st.sampled_from("ABCDEF"), unique=True, max_size=6))
    leads = []
    for lead_id in ids:
        says: dict[str, Any] = {}
        if draw(st.booleans()):
            says["created_at"], says["created_has_time"] = draw(instants())
        says["source"] = draw(st.sampled_from(SOURCES))
        says["amount"] = draw(st.sampled_from([None, 10.0, 25.5]))
        reason = draw(st.sampled_from([None, None, None, "price"]))
        if reason:
            says["lost_reason"] = reason
        if shape == "log":
            labels = [*STAGES, "@lost", "@open", "@junk", "@duplicate"]
            if reason or draw(st.booleans()):
                says["changed_at"] = draw(instants())[0]
        else:
            labels = [*STAGES, "@lost"]
            if draw(st.booleans()):
                says["status"] = draw(
                    st.sampled_from(["won", "@lost", "@open", "@junk", "@on_hold", "intent", "@duplicate", "?"])
                )
            if shape == "snapshot" and draw(st.booleans()):
                says["stage"] = draw(st.sampled_from([*STAGES, "@lost", "?"]))
            if draw(st.booleans()):
                says["closed_at"], says["closed_has_time"] = draw(instants())
            if draw(st.integers(0, 5)) == 0:
                says["lost_at"], says["lost_has_time"] = draw(instants())
        events = []
        if shape != "snapshot":
            chosen = draw(st.lists(st.sampled_from(labels), max_size=5, unique=shape == "milestones"))
            events = [(label, *draw(instants())) for label in chosen]
        leads.append(Lead(lead_id, tuple(events), says))
    if shape == "log":
        return log(*leads, exported_on=exported)
    if shape == "milestones":
        columns = tuple(draw(st.lists(st.sampled_from(STAGES), unique=True)))
        return milestones(*leads, columns=columns, exported_on=exported)
    return snapshot(*leads, exported_on=exported)


STORIES = st.lists(batches(), min_size=1, max_size=3)
WINDOWS = st.sampled_from(
    [Window(), Window("dates", date(2024, 1, 10), date(2024, 2, 10)), Window("dates", FIRST, FIRST + timedelta(days=8))]
)
many = examples(80)
some = examples(30)


def told(story: list[ImportBatch]) -> tuple[Facts, date]:
    """The facts, and a day from which every file and event of the story has been seen."""
    known = facts(*story)
    days = [known_until(known, GUIDE), default_as_of(known, GUIDE), *known.batches["exported_on"]]
    days += known.entries["at"].dt.date().to_list()  # one far off all others decides nothing, but it happened
    days += [day for name in ("created_at", "closed_at", "lost_at") for day in known.lead_rows[name].dt.date()]
    return known, max((day for day in days if day is not None), default=date(2024, 3, 31))


@given(STORIES)
@many
def test_journeys_agree_with_the_recount(story: list[ImportBatch]) -> None:
    known, as_of = told(story)
    expected = recount(in_order(known), GUIDE, as_of)
    found = {row["lead_id"]: row for row in build_journeys(known, GUIDE, as_of).collect().iter_rows(named=True)}
    assert set(found) == set(expected)
    for lead_id, journey in expected.items():
        row = found[lead_id]
        entered = {j: row[f"entered_{key}"] for j, key in enumerate(STAGES, 1) if row[f"entered_{key}"] is not None}
        assert row["outcome"] == journey.outcome, lead_id
        assert row["furthest_stage"] == journey.furthest, lead_id
        assert entered == {j: when[0] for j, when in journey.entered.items()}, lead_id
        assert (row["lost_at"], row["lost_stage"]) == (journey.lost_at, journey.lost_stage), lead_id
        assert row["created_at"] == (journey.created[0] if journey.created else None), lead_id
        assert (row["observed_until"], row["gone_on"]) == (journey.observed, journey.gone), lead_id
        assert row["later_outcome"] == journey.later, lead_id
        assert (row["amount"], row["source"]) == (journey.amount, journey.source)
        for j, key in enumerate(STAGES[1:], 2):
            whens = journey.entered.get(j - 1), journey.entered.get(j)
            days = days_between(*whens) if whens[0] and whens[1] else None
            assert row[f"days_{key}"] == (None if days is None else pytest.approx(days, rel=1e-6)), (lead_id, key)


@given(STORIES, WINDOWS, st.sampled_from(BASES), st.sampled_from([(), ("web",), ("event", "")]))
@many
def test_counts_agree_with_the_recount_and_add_up(
    story: list[ImportBatch], window: Window, basis: Any, sources: tuple[str, ...]
) -> None:
    known, as_of = told(story)
    journeys = build_journeys(known, GUIDE, as_of).collect().lazy()
    table = step_table(
        apply_filters(journeys, Filters(window, source=sources)),
        GUIDE,
        window,
        as_of,
        horizons(journeys, GUIDE, as_of),
        basis=basis,
    )
    chosen = [j for j in recount(in_order(known), GUIDE, as_of).values() if not sources or (j.source or "") in sources]
    for row, counts in zip(table.iter_rows(named=True), step_counts(chosen, GUIDE, window, basis), strict=True):
        assert row["n_counted"] == counts["n_counted"]
        if row["position"] == 1:
            continue
        assert (row["n"], row["advanced"]) == (counts["n"], counts["advanced"])
        if basis == "activity":
            continue
        names = ("passed_over", "lost", "lost_unknown", "waiting")
        assert {name: row[name] for name in names} == {name: counts[name] for name in names}
        assert row["n"] == row["advanced"] + row["passed_over"] + row["lost"] + row["waiting"]
        if basis in ("lead_cohort", "step_cohort"):
            assert row["passed_over"] == 0
        if row["rate"] is not None:
            assert row["rate"] == row["advanced"] / row["n"]
            assert row["rate_low"] <= row["rate"] <= row["rate_high"]


@given(STORIES, WINDOWS)
@some
def test_the_lead_cohort_never_rises_and_groups_add_up(story: list[ImportBatch], window: Window) -> None:
    known, as_of = told(story)
    journeys = build_journeys(known, GUIDE, as_of).collect().lazy()
    found = horizons(journeys, GUIDE, as_of)
    table = step_table(journeys, GUIDE, window, as_of, found)
    reached = table["n_reached"].to_list()
    assert reached == sorted(reached, reverse=True)
    groups = breakdown(journeys, GUIDE, window, as_of, found, by="source")
    for name in ("n_counted", "n", "advanced", "lost", "waiting"):
        sums = dict(groups.group_by("position").agg(pl.col(name).sum()).iter_rows())
        if groups.height:
            assert [sums[j] for j in range(2, 6)] == table[name].to_list()[1:], name


@given(STORIES, st.randoms(use_true_random=False))
@some
def test_the_order_of_rows_does_not_matter(story: list[ImportBatch], random: Any) -> None:
    known, as_of = told(story)
    seed = random.randint(0, 10**6)
    shuffled = Facts(
        known.batches.sample(fraction=1, shuffle=True, seed=seed),
        known.lead_rows.sample(fraction=1, shuffle=True, seed=seed),
        known.entries.sample(fraction=1, shuffle=True, seed=seed),
        known.labels.sample(fraction=1, shuffle=True, seed=seed),
        known.counts,
    )
    assert default_as_of(shuffled, GUIDE) == default_as_of(known, GUIDE)
    plan = build_journeys(known, GUIDE, as_of)
    first, second = plan.sort("lead_id").collect(), build_journeys(shuffled, GUIDE, as_of).sort("lead_id").collect()
    assert first.equals(second)
    assert first.equals(plan.sort("lead_id").collect(engine="streaming"))


@given(STORIES)
@some
def test_one_look_finds_what_many_find(story: list[ImportBatch]) -> None:
    """Opening a workspace asks the facts once for what plans ask each time, and by short ids: the same journeys, days
    and findings, also of customers with several leads who refer others."""
    asked, as_of = told(story)
    lead = pl.col("lead_id")
    rows = asked.lead_rows.with_columns(
        customer_id=lead.replace_strict({"A": "c1", "B": "c1", "C": "A"}, default=None, return_dtype=pl.String),
        referrer_id=lead.replace_strict({"D": "A", "E": "c1", "F": "B"}, default=None, return_dtype=pl.String),
    )
    asked = replace(asked, lead_rows=rows)
    short = asked.with_short_ids()

    def found(known: Facts) -> tuple[pl.DataFrame, ...]:
        journeys, findings = journeys_with_findings(known, GUIDE, as_of)
        told = pl.DataFrame([(repr(finding),) for finding in findings], {"finding": pl.String}, orient="row")
        days = pl.DataFrame({"day": [default_as_of(known, GUIDE), known_until(known, GUIDE)]}, {"day": pl.Date})
        return journeys, told, days, uncovered_files(known, GUIDE), named_stages(known, GUIDE)

    with one_look():
        several = found(asked), found(asked), found(short)
    plain = found(asked)
    for one in (*several, found(short)):
        assert all(
            one_frame.sort(one_frame.columns[0]).equals(frame.sort(frame.columns[0]))
            for one_frame, frame in zip(one, plain, strict=True)
        )


@given(STORIES, st.integers(0, 2))
@some
def test_undoing_an_import_equals_never_having_made_it(story: list[ImportBatch], which: int) -> None:
    """The Store keeps the numbers of the other imports; only their order may count, never the numbers."""
    without = [batch for i, batch in enumerate(story) if i != which]
    known = facts_of(story, IMPORTED_AT)

    def others(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("batch_no") != which + 1)

    undone = Facts(*(others(f) for f in (known.batches, known.lead_rows, known.entries, known.labels, known.counts)))
    never = facts_of(without, IMPORTED_AT)
    as_of = default_as_of(never, GUIDE) or date(2024, 3, 31)
    assert default_as_of(undone, GUIDE) == default_as_of(never, GUIDE)
    left = build_journeys(undone, GUIDE, as_of).sort("lead_id").collect()
    assert left.equals(build_journeys(never, GUIDE, as_of).sort("lead_id").collect())


@given(st.lists(batches().filter(lambda batch: batch.shape == "stage_log"), min_size=1, max_size=1), st.integers(5, 55))
@some
def test_an_earlier_day_shows_what_a_log_said_by_then(story: list[ImportBatch], day: int) -> None:
    """A log dates everything: as of an earlier day it tells what the log cut off on that day tells."""
    as_of = FIRST + timedelta(days=day)
    known = facts(*story)
    cut = Facts(
        known.batches,
        known.lead_rows.filter(
            ((pl.col("changed_at").dt.date() <= as_of).fill_null(True) | pl.col("created_at").is_not_null())
            & (pl.col("created_at").dt.date() <= as_of).fill_null(True)
        ),
        known.entries.filter(pl.col("at").dt.date() <= as_of),
        known.labels,
        known.counts,
    )
    # Leads whose creation, or else first date, comes later do not exist yet.
    reasons = known.lead_rows.filter(pl.col("lost_reason").is_not_null()).select(
        "lead_id", pl.col("changed_at").alias("at")
    )
    created = known.lead_rows.group_by("lead_id").agg(pl.col("created_at").min())
    events = pl.concat([known.entries.select("lead_id", "at"), reasons]).group_by("lead_id").agg(pl.col("at").min())
    first = created.join(events, on="lead_id", how="full", coalesce=True)
    later = first.filter(pl.coalesce("created_at", "at").dt.date() > as_of)
    early = build_journeys(known, GUIDE, as_of).collect()
    seen = build_journeys(cut, GUIDE, as_of).collect().filter(~pl.col("lead_id").is_in(later["lead_id"].implode()))
    columns = ["lead_id", "outcome", "furthest_stage", *[f"entered_{key}" for key in STAGES], "lost_at", "lost_stage"]
    dated = [
        frame.filter(pl.col("created_at").is_not_null()).select(columns).sort("lead_id") for frame in (early, seen)
    ]
    assert dated[0].equals(dated[1])


def test_the_recount_is_not_blind() -> None:
    """The recount itself on a story counted by hand: one won, one lost at step 3, one waiting, one undated."""
    story = [
        log(
            Lead("A", tuple((s, at(f"2024-01-0{i}"), False) for i, s in enumerate(STAGES[:4], 1))),
            Lead(
                "B",
                (
                    ("lead", at("2024-01-01"), False),
                    ("intent", at("2024-01-02"), False),
                    ("@lost", at("2024-01-09"), False),
                ),
            ),
            Lead("C", (("lead", at("2024-02-01"), False),)),
        ),
        snapshot(Lead("D")),
    ]
    known, as_of = told(story)
    found = recount(in_order(known), GUIDE, as_of)
    assert {k: (v.furthest, v.outcome, v.lost_stage) for k, v in found.items()} == {
        "A": (4, "won", None),
        "B": (2, "lost", 3),
        "C": (1, "open", None),
        "D": (1, "open", None),
    }
    january = Window("dates", date(2024, 1, 1), date(2024, 1, 31))
    rows = step_counts(list(found.values()), GUIDE, january, "lead_cohort")
    assert [row["n_counted"] for row in rows] == [2, 2, 1, 1, 0]
    assert rows[2] == {
        "n_counted": 1,
        "n": 2,
        "advanced": 1,
        "passed_over": 0,
        "lost": 1,
        "lost_unknown": 0,
        "waiting": 0,
    }
    assert inside(None, Window(), undated_too=True)
    assert not inside(None, january)
