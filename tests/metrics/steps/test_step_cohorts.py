"""Spans of a step cohort against a plain count, lead by lead; what was counted once tells the same as counting anew."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from funnel.filters import Filters, Window, apply_filters
from funnel.metrics.bottleneck.ranking import step_verdicts
from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.steps.cohorts import Span, count_groups, count_spans, step_cells, with_cells
from funnel.metrics.steps.conversion import horizons, step_table, trend
from funnel.metrics.steps.countings import countings
from funnel.metrics.steps.patterns import n_undated, patterns_by_day, with_patterns
from funnel.schema import BASES, ImportBatch
from tests.examples import examples
from tests.factories import GUIDE
from tests.metrics.test_invariants import FIRST, STORIES, WINDOWS, told

some = examples(30)
DAYS = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))
SPANS = st.tuples(st.integers(2, 5), st.none() | DAYS, st.none() | DAYS, st.sampled_from([0.0, 3.0, 6.5, 20.0]))


def counted_plainly(leads: list[dict[str, Any]], span: Span) -> dict[str, Any]:
    """The figures of one span by the words of ``schema.StepCounts``."""
    before, stage = GUIDE.keys[span.position - 2 : span.position]

    def inside(at: Any) -> bool:
        day = at and at.date()
        return day is not None and (span.start or day) <= day <= (span.end or day)

    def followed(lead: dict[str, Any], at: Any) -> bool:
        return (lead["observed_until"] - at.date()).days >= math.ceil(span.followed_days)

    def may_be_here(lead: dict[str, Any]) -> bool:
        created, lost = lead["created_at"], lead["lost_at"]
        not_later = span.end is None or created is None or created.date() <= span.end
        not_earlier = span.start is None or lost is None or lost.date() >= span.start
        is_unplaced = lead["outcome"] == "lost" and lead["lost_stage"] is None
        return (
            is_unplaced and lead["furthest_stage"] < span.position <= GUIDE.won_position and not_later and not_earlier
        )

    own, passed = f"entered_{before}", f"entered_{before}" if span.position == 2 else f"next_{before}"
    in_span = [lead for lead in leads if inside(lead[own])]
    cohort = [lead for lead in in_span if followed(lead, lead[own])]
    came = [lead for lead in leads if inside(lead[passed]) and followed(lead, lead[passed])]
    reached = [lead for lead in came if lead["furthest_stage"] >= span.position - 1]
    on = [lead for lead in cohort if lead["furthest_stage"] >= span.position]
    lost = [lead for lead in cohort if lead["outcome"] == "lost" and lead["furthest_stage"] < span.position]
    beyond = [lead for lead in reached if lead["furthest_stage"] >= span.position]
    days = sorted(lead[own].date() for lead in cohort)
    return {
        "n": len(cohort),
        "advanced": len(on),
        "lost": len(lost),
        "waiting": len(cohort) - len(on) - len(lost),
        "own_advanced": sum(lead[f"entered_{stage}"] is not None for lead in on),
        "reached_n": len(reached),
        "reached_advanced": len(beyond),
        "skipped": sum(lead[own] is None for lead in beyond),
        "n_immature": len(in_span) - len(cohort),
        "n_undated": sum(lead[own] is None and lead["furthest_stage"] >= span.position - 1 for lead in leads),
        "n_unknown_place": sum(may_be_here(lead) for lead in leads),
        "n_same_instant": sum(lead[f"next_{stage}"] == lead[own] for lead in on),
        "first_on": days[0] if days else None,
        "last_on": days[-1] if days else None,
    }


@given(STORIES, st.lists(SPANS, min_size=1, max_size=6))
@some
def test_every_span_agrees_with_a_plain_count(
    story: list[ImportBatch], asked: list[tuple[int, date | None, date | None, float]]
) -> None:
    known, as_of = told(story)
    journeys = build_journeys(known, GUIDE, as_of).collect()
    spans = [Span(f"s{i}", *span) for i, span in enumerate(asked)]
    leads = journeys.to_dicts()
    assert count_spans(journeys.lazy(), GUIDE, spans) == [
        counted_plainly(leads, span) | {"span": span.name, "position": span.position} for span in spans
    ]


@given(STORIES, st.lists(SPANS, min_size=1, max_size=3, unique_by=lambda span: span[0]), st.booleans())
@some
def test_the_groups_of_a_span_agree_with_a_plain_count(
    story: list[ImportBatch], asked: list[tuple[int, date | None, date | None, float]], is_ready: bool
) -> None:
    known, as_of = told(story)
    journeys = build_journeys(known, GUIDE, as_of).collect()
    spans = [Span("w", *span) for span in asked]
    leads, ready = journeys.to_dicts(), journeys.lazy()
    if is_ready:
        followed = {GUIDE.keys[span.position - 1]: max(1.0, span.followed_days) for span in spans}
        ready = with_cells(ready, GUIDE, horizons(ready, GUIDE, as_of, followed))
    found = count_groups(ready, GUIDE, spans, ["source", "owner"])
    for dimension, span in [(dimension, span) for dimension in ("source", "owner") for span in spans]:
        expected = []
        for group in [None, *sorted({lead[dimension] for lead in leads} - {None})]:
            counts = counted_plainly([lead for lead in leads if lead[dimension] == group], span)
            if counts["n"]:
                expected.append({"n": counts["n"], "advanced": counts["advanced"], "group": group})
        assert found[dimension, span.position] == expected


@given(STORIES, WINDOWS, st.sampled_from([(), ("web",), ("event", "")]))
@some
def test_leads_that_were_counted_once_tell_the_same(
    story: list[ImportBatch], window: Window, sources: tuple[str, ...]
) -> None:
    known, as_of = told(story)
    plain = build_journeys(known, GUIDE, as_of).collect().lazy()
    found = horizons(plain, GUIDE, as_of, {"intent": 6.5})
    filters = Filters(window, source=sources)
    ready = with_cells(with_patterns(plain, GUIDE, found, as_of), GUIDE, found).collect().lazy()
    plain, ready = apply_filters(plain, filters), apply_filters(ready, filters)
    by_day, cells = patterns_by_day(ready, GUIDE, found, as_of), step_cells(ready, GUIDE, found)
    assert n_undated(by_day) == plain.collect()["created_at"].null_count()
    for basis in BASES:
        fresh = step_table(plain, GUIDE, window, as_of, found, basis=basis)
        assert step_table(ready, GUIDE, window, as_of, found, basis=basis, by_day=by_day).equals(fresh)
        fresh = trend(plain, GUIDE, window, as_of, found, every="week", basis=basis)
        assert trend(ready, GUIDE, window, as_of, found, every="week", basis=basis, by_day=by_day).equals(fresh)
    assert countings(ready, GUIDE, window, by_day=by_day).equals(countings(plain, GUIDE, window))
    fresh = step_verdicts(plain, GUIDE, window, as_of, found)
    assert step_verdicts(ready, GUIDE, window, as_of, found, cells=cells).equals(fresh)
