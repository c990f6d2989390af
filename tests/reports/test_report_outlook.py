"""The outlook's report: the days ahead, past days as they were known, what a target asks for, open value, kept ones."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from funnel.filters import Filters
from funnel.metrics.outlook.hazards import exposure
from funnel.metrics.outlook.stays import day_number
from funnel.planning.targets import Target
from funnel.reports.outlook.earlier import earlier_journeys
from funnel.reports.outlook.kept import kept_fields, kept_forecasts
from funnel.reports.outlook.report import (
    first_horizon,
    goal_of_plan,
    horizon_days,
    outlook_report,
    prepare,
    with_expected_close,
)
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Facts, Spend, empty
from tests import factories
from tests.factories import GUIDE, lead, log, snapshot


def workspace(facts: Facts, as_of: date | None = None) -> WorkspaceData:
    return load_workspace(
        name="test", is_sample=False, facts=facts, definition=GUIDE, spend=empty(Spend), settings={}, as_of=as_of
    )


def steady(n: int = 300, start: date = date(2025, 1, 1)) -> list[factories.Lead]:
    """Two leads every three days; a third is won after 20–30 days, a third lost, a third stays open."""
    leads = []
    for i in range(n):
        day = start + timedelta(days=i * 3 // 2)
        then = day + timedelta(days=20 + i % 11)
        end = (f", {then} won", f", {then} @lost", "")[i % 3]
        source = "fair" if i % 2 else "web"
        leads.append(lead(f"L{i:03}", f"{day} lead, {day + timedelta(days=5)} intent{end}", amount=1000, source=source))
    return leads


@pytest.mark.parametrize(
    ("key", "as_of", "days"),
    [
        ("30", "2026-06-30", 30),
        ("month", "2026-06-10", 20),
        ("month", "2026-06-30", 31),  # the last day of a month: the next one is meant
        ("quarter", "2026-05-31", 30),
        ("quarter", "2026-06-30", 92),
        ("quarter", "2025-12-31", 90),
        ("year", "2026-12-01", 30),
        ("year", "2025-12-31", 365),
    ],
)
def test_days_to_the_end_of_a_period(key: str, as_of: str, days: int) -> None:
    assert horizon_days(key, date.fromisoformat(as_of)) == days


def test_what_a_target_of_the_plan_asks_for() -> None:
    """30 customers a month from 1 July on: nothing in June, 30 in July, half of August's by the 15th or so."""
    month = Target("a", "won", "entries", 31.0, "month", date(2026, 7, 1), ends_on=date(2026, 8, 10))
    other = Target("b", "intent", "entries", 99.0, "month", date(2026, 7, 1))
    personal = Target("c", "won", "entries", 99.0, "month", date(2026, 7, 1), person="Li Na")
    asked = goal_of_plan((month, other, personal), GUIDE, date(2026, 6, 20), 90)
    assert asked == pytest.approx(31 + 10)
    assert goal_of_plan((month,), GUIDE, date(2026, 6, 20), 5) is None


def test_one_file_needs_no_rebuilding() -> None:
    data = workspace(factories.facts(log(*steady())))
    assert earlier_journeys(data).journeys == {}


def test_files_every_month_rebuild_the_past_from_what_was_known() -> None:
    """Each month end a file with all leads so far; wins reach the system ten days late."""
    leads = steady()
    batches, ends = [], [date(2025, 3, 31) + timedelta(days=30 * k) for k in range(13)]
    for end in ends:
        known = []
        for one in leads:
            seen = [
                (label, at, timed)
                for label, at, timed in one.events
                if at.date() + timedelta(days=10 if label == "won" else 0) <= end
            ]
            if seen:
                known.append(factories.Lead(one.lead_id, tuple(seen), one.says))
        batches.append(log(*known, exported_on=f"{end}"))
    facts = factories.facts(*batches)
    data = workspace(facts, ends[-1])
    found = earlier_journeys(data)
    assert len(found.by_files) >= 5
    day = max(found.by_files)
    wins = found.journeys[day].filter(pl.col("outcome") == "won")
    all_wins = data.journeys.filter(pl.col("won_at").dt.date() <= day)
    assert 0 < wins.height < all_wins.height, "the wins of the last ten days were not known yet"
    report = outlook_report(data, Filters(), prepare(data, Filters(), found), found, horizon="30")
    assert report.n_days_by_files > 0


def test_a_loss_without_a_date_leaves_on_the_last_day_it_was_seen_open() -> None:
    """Two files: on 31 January A is open, on 28 February it is lost, nobody says when. It was at risk for 30 days."""
    first = snapshot(
        lead("A", created_at="2026-01-01", status="@open"), lead("B", created_at="2026-01-10", status="@open"),
        exported_on="2026-01-31",
    )  # fmt: skip
    second = snapshot(
        lead("A", created_at="2026-01-01", status="@lost"), lead("B", created_at="2026-01-10", status="@open"),
        exported_on="2026-02-28",
    )  # fmt: skip
    data = workspace(factories.facts(first, second), date(2026, 2, 28))
    lost = data.journeys.filter(pl.col("outcome") == "lost")
    assert lost["lead_id"].to_list() == ["A"] and lost["lost_at"].null_count() == 1
    (stays,) = prepare(data, Filters(), earlier_journeys(data)).history.stays
    risk, _, left = exposure(stays, day_number(date(2026, 2, 28)), day_number(date(2025, 3, 1)))
    assert left.sum() == 0, "no event: nobody knows the day"
    assert risk.sum() == 30 + 49, "A to 31 January, B to 28 February"


def test_filters_count_their_leads_and_borrow_the_chances_of_all() -> None:
    data = workspace(factories.facts(log(*steady())))
    found = earlier_journeys(data)
    all_of_them, one_source = (prepare(data, chosen, found) for chosen in (Filters(), Filters(source=("fair",))))
    assert one_source.from_all and not all_of_them.from_all
    assert one_source.today.tables[0].advance == pytest.approx(all_of_them.today.tables[0].advance)
    parts = [prepare(data, Filters(source=(name,)), found).today.expected[60] for name in ("fair", "web")]
    assert sum(parts) == pytest.approx(float(all_of_them.today.expected[60]))
    codes = [fact.code for fact in outlook_report(data, Filters(source=("fair",)), one_source, found).facts]
    assert "outlook.from_all" in codes


def test_the_first_horizon_is_the_longest_that_earned_a_range() -> None:
    data = workspace(factories.facts(log(*steady())))
    prospects = prepare(data, Filters(), earlier_journeys(data))
    key = first_horizon(prospects)
    earned = {h: prospects.spread(int(h)).is_earned for h in ("30", "60", "90")}
    assert earned[key] and not any(is_one for h, is_one in earned.items() if int(h) > int(key))
    few = prepare(workspace(factories.facts(log(*steady(20)))), Filters(), earlier_journeys(data))
    assert first_horizon(few) == "90"


def test_open_deals_know_their_expected_close_and_their_value() -> None:
    story = snapshot(
        lead("A", created_at="2026-01-01", status="@open", amount=100, expected_close_at="2026-02-01"),
        lead("B", created_at="2026-01-05", status="@open", amount=50, closed_at="2026-12-01"),
        lead("C", created_at="2026-03-01", status="@open"),
        lead("D", created_at="2026-03-02", closed_at="2026-03-20", status="won", amount=900),
    )
    data = workspace(factories.facts(story))
    found = earlier_journeys(data)
    report = outlook_report(data, Filters(), prepare(data, Filters(), found), found)
    deals = {row["lead_id"]: row for row in report.deals.to_dicts()}
    assert set(deals) == {"A", "B", "C"}
    assert (deals["A"]["expected_close_at"], deals["A"]["is_overdue"]) == (datetime(2026, 2, 1), True)
    assert (deals["B"]["expected_close_at"], deals["B"]["is_overdue"]) == (datetime(2026, 12, 1), False)
    assert (deals["C"]["expected_close_at"], deals["C"]["is_overdue"]) == (None, False)
    (stage,) = report.open_value.to_dicts()
    assert (stage["stage"], stage["n"], stage["value"], stage["n_with_amount"]) == ("lead", 3, 150.0, 2)
    assert stage["n_overdue"] == 1
    assert with_expected_close(report.deals.drop("is_overdue"), data).height == 3


def test_a_kept_forecast_is_scored_with_what_came_of_its_own_leads() -> None:
    facts = factories.facts(log(*steady()))
    then = workspace(facts, date(2026, 1, 1))
    found = earlier_journeys(then)
    chosen = Filters(source=("web",))
    report = outlook_report(then, chosen, prepare(then, chosen, found), found, horizon="30")
    fields = kept_fields(report, data_version=3, definition_version=1, origin="hand")
    assert fields is not None
    now = workspace(facts, date(2026, 2, 15))
    (row,) = kept_forecasts(now, [("r", fields)]).to_dicts()
    came = sum(
        label == "won" and date(2026, 1, 1) < at.date() <= date(2026, 1, 31)
        for one in steady()
        if one.says["source"] == "web"
        for label, at, _ in one.events
    )
    assert (row["came"], row["money_came"]) == (came, came * 1000.0)
    assert row["is_over"] and row["until"] == date(2026, 1, 31)
    assert row["is_inside"] == (row["low"] <= came <= row["high"])
    # On the day itself, and before, there is nothing to score.
    assert kept_forecasts(then, [("r", fields)]).is_empty()
    (running,) = kept_forecasts(workspace(facts, date(2026, 1, 20)), [("r", fields)]).to_dicts()
    assert not running["is_over"] and running["is_inside"] is None
