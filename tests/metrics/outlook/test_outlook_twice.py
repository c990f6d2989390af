"""The outlook against a second computation that shares no code with it, on random journeys."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.outlook import deals_by_age
from funnel.metrics.outlook.deals import odds_by_age
from funnel.metrics.outlook.forecasting import forecast, prospects_of
from funnel.metrics.outlook.ranges import count_range
from funnel.metrics.outlook.record import view_on
from funnel.metrics.outlook.stays import dated_chain, day_number, history_of
from tests import factories, simulation
from tests.examples import examples
from tests.factories import GUIDE
from tests.metrics.outlook import by_hand
from tests.simulation import Simulation, simulate

AS_OF = date(2025, 12, 31)
FUNNEL = simulation.funnel([None, None, None])
STAGES = ("s1", "s2", "s3", "s4")


@st.composite
def random_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Leads with skipped stages, losses with and without a date, times of day, and follow-up that ends early."""
    rows = []
    for _ in range(draw(st.integers(3, 40))):
        at = datetime(2025, 12, 31) - timedelta(days=draw(st.integers(0, 700)))
        timed = draw(st.booleans())
        row: dict[str, Any] = {}
        for k, key in enumerate(STAGES):
            if timed:
                at = at.replace(hour=draw(st.integers(1, 23)))
            if at.date() > AS_OF:
                break
            if k in (0, 3) or draw(st.integers(0, 9)) > 0:
                row[key] = at
            if k == 3 or draw(st.integers(0, 9)) < 3:
                break
            at += timedelta(days=draw(st.sampled_from([0, 1, 2, 5, 9, 20, 40, 100])), hours=timed)
        if "s4" not in row and draw(st.booleans()):
            row["outcome"] = "lost"
            lost = max(row.values(), key=lambda v: v if isinstance(v, datetime) else datetime.min)
            lost += timedelta(days=draw(st.sampled_from([0, 3, 30])))
            if lost.date() <= AS_OF and draw(st.integers(0, 9)) > 0:
                row["lost_at"] = lost
        if draw(st.integers(0, 9)) == 0:
            row["observed_until"] = AS_OF - timedelta(days=draw(st.integers(0, 200)))
            row["wins_until"] = draw(st.sampled_from([row["observed_until"], AS_OF]))
        rows.append(row)
    return rows


@examples(25)
@given(rows=random_rows(), back=st.integers(0, 200), horizon=st.sampled_from([1, 7, 30]))
def test_expected_wins_agree_on_any_day(rows: list[dict[str, Any]], back: int, horizon: int) -> None:
    journeys = simulation.leads(FUNNEL, rows, AS_OF).collect()
    day = AS_OF - timedelta(days=back)
    view = view_on(history_of(journeys, FUNNEL, AS_OF, STAGES), day_number(day), horizon)
    known = by_hand.expected(journeys.to_dicts(), STAGES, "s1", day, horizon)
    assert view.from_open[horizon] == pytest.approx(known["of_open"], abs=1e-9)
    assert view.from_new[horizon] == pytest.approx(known["of_new"], abs=1e-9)


@examples(25)
@given(rows=random_rows(), k=st.integers(0, 2), landmark=st.sampled_from([0, 1, 5, 10, 90]))
def test_odds_by_age_agree(rows: list[dict[str, Any]], k: int, landmark: int) -> None:
    journeys = simulation.leads(FUNNEL, rows, AS_OF)
    table = odds_by_age(journeys, FUNNEL, AS_OF, STAGES)
    found = table.row(by_predicate=(pl.col("step") == k) & (pl.col("landmark_days") == landmark), named=True)
    known = by_hand.odds(journeys.collect().to_dicts(), STAGES, "s1", AS_OF, k, landmark)
    assert (found["n"], found["x"]) == known


def company(seed: int, rates: Any = (0.5, 0.5), n_leads: int = 240) -> pl.DataFrame:
    plan = Simulation(
        simulation.funnel([None] * len(rates)), rates, n_leads, date(2025, 1, 1), 365, date(2025, 12, 31), silent=0.3
    )
    return simulate(plan, seed)


def test_track_record_and_range_agree() -> None:
    journeys = company(1)
    definition = simulation.funnel([None, None])
    found = forecast(journeys, definition, AS_OF, 30)
    rows = journeys.to_dicts()
    stages = dated_chain(journeys, definition)
    assert stages == ("s1", "s2", "s3")
    known = by_hand.expected(rows, stages, "s1", AS_OF, 30)
    spread = by_hand.spread(rows, stages, "s1", AS_OF, 30)
    assert found.total == pytest.approx(known["of_open"] + known["of_new"], abs=1e-9)
    assert found.spread is not None and found.past is not None
    assert found.spread.n_days == spread["n_days"] == found.past.height > 3
    assert found.spread.n_eff == pytest.approx(spread["n_eff"])
    for name in ("c", "c_open", "c_given"):
        assert getattr(found.spread, name) == pytest.approx(spread[name], abs=1e-9), name
    assert (found.low, found.high) == by_hand.negative_binomial_range(found.total, spread["c"])
    line = found.past.row(2, named=True)
    past = by_hand.expected(rows, stages, "s1", line["on"], 30)
    assert line["expected"] == pytest.approx(past["of_open"] + past["of_new"], abs=1e-9)
    assert (line["wins"], line["wins_of_open"]) == (past["wins"], past["wins_of_open"])


def test_a_step_that_changed_is_found_by_both() -> None:
    """A rate that falls from 90 to 20 % in summer: the same cut, the same table."""
    journeys = company(7, (lambda at: (at < 200) * 0.7 + 0.2, 0.9), 500)
    definition = simulation.funnel([None, None])
    stages = ("s1", "s2", "s3")
    found = forecast(journeys, definition, AS_OF, 30)
    leads = [by_hand.story(row, stages, "s1") for row in journeys.to_dicts()]
    cuts = by_hand.holm_changes([one for one in leads if one is not None], 2, AS_OF)
    assert cuts[0] is not None
    assert [(AS_OF - timedelta(days=cut), k) for k, cut in enumerate(cuts) if cut is not None] == [
        (date(1970, 1, 1) + timedelta(days=one.day), one.step) for one in found.changes
    ]
    known = by_hand.expected(journeys.to_dicts(), stages, "s1", AS_OF, 30)
    assert found.total == pytest.approx(known["of_open"] + known["of_new"], abs=1e-9)
    assert "outlook.step_changed" in [note.code for note in found.notes]


@given(mean=st.floats(0, 60), c=st.sampled_from([0.0, 0.007, 0.02, 0.3, 4.0]))
def test_ranges_agree_with_the_recursion(mean: float, c: float) -> None:
    assert count_range(mean, c) == by_hand.negative_binomial_range(mean, c)


STAGE_DAYS = st.lists(st.integers(0, 60), min_size=0, max_size=3)


@examples(20)
@given(
    stories=st.lists(st.tuples(st.integers(0, 300), STAGE_DAYS, st.booleans()), min_size=5, max_size=30),
    back=st.integers(1, 250),
)
def test_an_earlier_day_cut_out_by_dates_is_the_day_as_it_was_built(stories: Any, back: int) -> None:
    """With one change log in which nothing is taken back, dates cut at a day give what was known on it."""
    names = ("lead", "intent", "opportunity", "won")
    leads = []
    for number, (start, waits, is_lost) in enumerate(stories):
        day = date(2025, 1, 1) + timedelta(days=start)
        events = [f"{day} lead"]
        for key, wait in zip(names[1:], waits, strict=False):
            day += timedelta(days=wait)
            events.append(f"{day} {key}")
        if is_lost and len(waits) < 3:
            events.append(f"{day + timedelta(days=3)} @lost")
        leads.append(factories.lead(f"L{number}", ", ".join(events)))
    facts = factories.facts(factories.log(*leads))
    as_of = date(2026, 3, 1)
    then = as_of - timedelta(days=back)
    today = build_journeys(facts, GUIDE, as_of).collect()
    earlier = build_journeys(facts, GUIDE, then).collect()
    cut = view_on(history_of(today, GUIDE, as_of, names), day_number(then), 60)
    built = view_on(history_of(earlier, GUIDE, then, names), day_number(then), 60)
    assert cut.expected == pytest.approx(built.expected, abs=1e-12)
    assert cut.from_open == pytest.approx(built.from_open, abs=1e-12)


def test_deals_carry_the_odds_of_their_stage_and_age() -> None:
    journeys = company(3, n_leads=600)
    definition = simulation.funnel([None, None])
    deals = deals_by_age(journeys.lazy(), definition, AS_OF)
    assert deals.height == journeys.filter(pl.col("outcome") == "open").height
    assert deals["age_days"].is_sorted(descending=True)
    rows, shown = journeys.to_dicts(), 0
    for deal in deals.iter_rows(named=True):
        landmark = max(one for one in by_hand.LANDMARKS if one <= deal["age_days"])
        n, x = by_hand.odds(rows, ("s1", "s2", "s3"), "s1", AS_OF, deal["step"], landmark)
        assert deal["n_known"] == n
        assert (deal["n"], deal["x"]) == ((n, x) if n >= 20 else (None, None))
        shown += deal["n"] is not None
    assert shown > 20


def test_past_days_built_from_their_own_journeys_replace_those_cut_by_dates() -> None:
    """Wins entered late: on the past day nobody knew them, so the forecast of that day was lower."""
    journeys = company(4)
    definition = simulation.funnel([None, None])
    days = [AS_OF - timedelta(days=30 * k) for k in range(1, 9)]
    known_then = {}
    for day in days:
        seen = journeys.filter(pl.col("created_at").dt.date() <= day)
        late = (pl.col("won_at").dt.date() > day - timedelta(days=20)).fill_null(False)
        outcome = pl.when(late).then(pl.lit("open")).otherwise(pl.col("outcome").cast(pl.String))
        hidden = seen.with_columns(pl.when(~late).then("won_at").alias("won_at"), outcome.alias("outcome"))
        known_then[day] = hidden
    by_dates = prospects_of(journeys, definition, AS_OF)
    rebuilt = prospects_of(journeys, definition, AS_OF, earlier=known_then)
    shared = set(by_dates.record.views) & set(rebuilt.record.views)
    assert len(shared) >= 3
    lower = [rebuilt.record.views[day].from_open[30] - by_dates.record.views[day].from_open[30] for day in shared]
    assert sum(abs(one) > 0.01 for one in lower) >= 3
    assert [d.wins for d in rebuilt.record.days(30)][:3] == [d.wins for d in by_dates.record.days(30)][:3]


def test_a_lead_that_left_the_list_is_no_deal_and_no_event() -> None:
    """Gone from the newest file, or known to have ended on a later day: at risk until then, open no more."""
    journeys = company(5)
    definition = simulation.funnel([None, None])
    opened = journeys.filter(pl.col("outcome") == "open").sort("created_at")
    gone, later = opened["lead_id"][10], opened["lead_id"][20]
    is_gone, is_later = pl.col("lead_id") == gone, pl.col("lead_id") == later
    told = journeys.with_columns(
        pl.when(is_gone).then(pl.lit(date(2025, 11, 1))).alias("gone_on"),
        pl.when(is_later).then(pl.lit("won")).otherwise("outcome").alias("later_outcome"),
        pl.when(is_later).then(pl.lit(date(2025, 10, 1))).otherwise("observed_until").alias("observed_until"),
    ).with_columns(pl.when(pl.col("outcome") == "open").then("later_outcome").alias("later_outcome"))
    before, after = (history_of(one, definition, AS_OF) for one in (journeys, told))
    assert after.wins_until(after.as_of) == before.wins_until(before.as_of)
    counts = [sum(int(s.open_on(day_number(AS_OF)).sum()) for s in one.stays) for one in (before, after)]
    assert counts[0] - counts[1] == 2
    in_october = [sum(int(s.open_on(day_number(date(2025, 9, 1))).sum()) for s in one.stays) for one in (before, after)]
    assert in_october[0] == in_october[1], "on an earlier day they were deals like all others"
    deals = deals_by_age(told.lazy(), definition, AS_OF)
    assert not {gone, later} & set(deals["lead_id"])
