"""The Plan page without a screen: baselines, what a promise needs, stop rules, targets with pace; also without data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from funnel.metrics.comparison.windows import Selection
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.planning.fields import to_fields
from funnel.planning.strategies.stop_rules import StopRule
from funnel.planning.strategies.strategy import ACTIVE, PAUSED, StateChange, Strategy, change_state
from funnel.planning.targets import Target
from funnel.reports.plan import Plan, figure_now, outlook, plan_from, plan_report, step_volume
from tests.factories import GUIDE, lead, log
from tests.plan_samples import data_of, row

WEEKENDS = BusinessCalendar()
LAST = date(2025, 7, 19)
"""The day of the last of 200 days of leads."""


def steady(rate: float, per_day: int, days: int, first: date = date(2025, 1, 1), advance_after: int = 5):
    """``per_day`` leads every day; the first ``rate`` of each ten go on after five days."""
    leads = []
    for n in range(days):
        day = first + timedelta(days=n)
        for i in range(per_day):
            number = n * per_day + i
            events = f"{day} lead"
            if number % 10 < rate * 10:
                events += f", {day + timedelta(days=advance_after)} intent"
            leads.append(lead(f"L{number}", events))
    return log(*leads, exported_on=str(first + timedelta(days=days)))


@pytest.fixture(scope="module")
def data():
    """Ten leads a day for 200 days, three of ten pass screening after five days."""
    return data_of(steady(0.3, 10, 200), as_of=LAST)


def strategy(**fields) -> Strategy:
    return Strategy("s", fields.pop("stage", "intent"), **fields)


def active(start: date, **fields) -> Strategy:
    history = (StateChange(ACTIVE, datetime(start.year, start.month, start.day, 9), "Ann"),)
    return strategy(state=ACTIVE, starts_on=start, history=history, **fields)


# --- before a strategy starts ---


def test_the_baseline_ends_h_days_before_the_start(data) -> None:
    start = date(2025, 7, 1)
    found = outlook(step_volume(data), "intent", starts_on=start)
    base = found.baseline
    assert base is not None and base.horizon_days == 5
    assert base.end == start - timedelta(days=1 + 5)
    assert base.rate == pytest.approx(0.3) and base.x * 10 == base.n * 3
    assert base.n == 10 * ((base.end - base.start).days + 1)
    assert not base.corrected


def test_the_window_that_selected_the_step_is_left_out(data) -> None:
    start = date(2025, 7, 1)
    selection = Selection(date(2025, 4, 1), date(2025, 6, 30), 3)
    base = outlook(step_volume(data), "intent", starts_on=start, selection=selection).baseline
    assert base is not None and base.end == date(2025, 3, 31) and not base.corrected
    everything = Selection(date(2025, 1, 1), date(2025, 7, 20), 3)
    corrected = outlook(step_volume(data), "intent", starts_on=start, selection=everything).baseline
    assert corrected is not None and corrected.corrected


def test_five_points_on_thirty_per_cent_need_about_1670_leads_a_side(data) -> None:
    """By hand: (z of 0.9875 + z of 0.8)² · 2 · p(1 - p) / 0.05², p = 0.325: the data name three stages, two steps."""
    found = outlook(step_volume(data), "intent", starts_on=date(2025, 7, 1), promised_pp=5)
    by_hand = (2.2414 + 0.8416) ** 2 * 2 * 0.325 * 0.675 / 0.05**2
    assert found.needed_leads == pytest.approx(by_hand, rel=0.01)
    assert found.needed_leads == pytest.approx(1670, rel=0.01)
    assert found.weekly_entries == pytest.approx(70, rel=0.02)
    assert found.needed_weeks == pytest.approx(1670 / 70 + 5 / 7, abs=1)
    assert found.decision_on == date(2025, 7, 1) + timedelta(weeks=found.needed_weeks or 0)


def test_a_larger_promise_needs_fewer_leads_and_less_volume_shows_less(data) -> None:
    volume = step_volume(data)
    small, large = (outlook(volume, "intent", starts_on=date(2025, 7, 1), promised_pp=pp) for pp in (5, 15))
    assert (small.needed_leads or 0) > 5 * (large.needed_leads or 0)
    thin = outlook(step_volume(data_of(steady(0.3, 1, 200))), "intent", starts_on=date(2025, 7, 1))
    assert (thin.detectable_pp or 0) > 2 * (small.detectable_pp or 99)
    assert outlook(volume, "intent", starts_on=date(2025, 7, 1), promised_pp=80).needed_leads is None


@pytest.mark.parametrize(
    ("batches", "stage", "reason"),
    [
        ((), "intent", "no_data"),
        ((steady(0.3, 10, 60),), "lead", "no_step"),
        ((steady(0.3, 10, 60),), "gone", "no_step"),
        ((steady(0.3, 10, 60),), "won", "history_too_short"),
        ((steady(0.3, 1, 7),), "intent", "history_too_short"),
    ],
)
def test_why_there_is_no_baseline(batches, stage, reason) -> None:
    found = outlook(step_volume(data_of(*batches)), stage, starts_on=date(2025, 7, 1))
    assert found.reason == reason and found.baseline is None and found.needed_leads is None


def test_too_few_leads_before_the_start_make_no_baseline(data) -> None:
    found = outlook(step_volume(data), "intent", starts_on=date(2025, 1, 7))
    assert found.reason == "too_little_data"


# --- strategies ---


def test_measured_since_the_start(data) -> None:
    """Started on 1 July: ten leads a day up to the last day of the data, those of the last five not followed yet."""
    line = report(data, active(date(2025, 7, 1))).line("s")
    assert line.since is not None
    assert (line.since.n_entries, line.since.n, line.since.x) == (190, 140, 42)
    assert line.since.rate == pytest.approx(0.3)


def report(data, *strategies: Strategy, targets=(), rows=(), day: date | None = None):
    plan = Plan(tuple(strategies), tuple(targets), tuple(rows))
    return plan_report(
        data, plan, volume=step_volume(data), day=day or data.as_of or date(2025, 7, 1), calendar=WEEKENDS
    )


def lead_cost(limit: float, weeks: int = 4) -> StopRule:
    return StopRule("lead_cost", "above", limit, weeks)


def test_an_active_strategy_over_its_rule_is_flagged_until_it_is_dealt_with() -> None:
    """1,000 a day for ten leads a day: a lead costs 100."""
    months = {date(2025, m, 1): 1000.0 * days for m, days in ((4, 30), (5, 31), (6, 30), (7, 31))}
    data = data_of(steady(0.3, 10, 200), spend=months, as_of=LAST)
    over = active(date(2025, 6, 2), stage="lead", stop=lead_cost(90))
    found = report(data, over)
    (line,) = found.flagged
    assert line.check is not None and line.check.last == pytest.approx(100) and line.check.n_over >= 4
    assert report(data, replace(over, stop=lead_cost(110))).flagged == ()
    assert report(data, replace(over, stop=lead_cost(90, weeks=40))).line("s").stop_state == "over"
    paused = change_state(over, PAUSED, who="Ann", at=datetime(2025, 7, 20), reason="too dear")
    assert report(data, paused).flagged == ()
    assert figure_now(data, step_volume(data), "lead", "lead_cost") == pytest.approx(100)


@pytest.mark.parametrize(
    ("stop", "state"),
    [
        (None, "none"),
        (StopRule("reported", "above", 3, 2), "no_data"),  # nobody wrote anything down
        (StopRule("lead_cost", "above", 3, 2), "no_data"),
        (StopRule("conversion_rate", "below", 0.2, 2), "fine"),
        (StopRule("conversion_rate", "below", 0.4, 2), "broken"),
        (StopRule("entries", "below", 10, 2), "fine"),
    ],
)
def test_every_kind_of_stop_rule(data, stop, state) -> None:
    assert report(data, active(date(2025, 5, 5), stop=stop)).line("s").stop_state == state


@pytest.mark.parametrize(("limit", "state"), [(9, "fine"), (10, "over"), (12, "broken")])
def test_a_rule_on_reported_figures_is_judged_by_the_weekly_form(data, limit, state) -> None:
    """8, 11 and 9 demos in the three whole weeks up to Sunday 25 May; the fourth week is not over yet."""
    sheets = {"2025-W19": "8 demos", "2025-W20": "11", "2025-W21": "9", "2025-W22": "0"}
    rows = [row(sheet, sheet, actual=actual) for sheet, actual in sheets.items()]
    demos = active(date(2025, 5, 5), stop=StopRule("reported", "below", limit, 3))
    (line,) = report(data, demos, rows=rows, day=date(2025, 5, 31)).lines
    assert line.stop_state == state
    assert line.check is not None and (line.check.last, line.check.n_known) == (9, 3)
    nothing = report(data_of(), demos, rows=rows, day=date(2025, 5, 31)).line("s")
    assert nothing.stop_state == state  # a workspace without leads has its weekly form as well


def test_a_planned_strategy_says_what_it_lacks(data) -> None:
    line = report(data, strategy(goal="improve conversion")).line("s")
    assert {m.code for m in line.missing} >= {"goal.no_number", "goal.no_owner", "goal.no_due", "strategy.no_actions"}
    assert line.since is None and line.stop_state == "none"


# --- targets ---


def test_targets_are_judged_on_the_last_day_of_the_data(data) -> None:
    """Nobody is behind on days that were not imported."""
    target = Target("t", "lead", "entries", 70, "week", date(2025, 1, 1))
    line = report(data, targets=[target], day=date(2026, 3, 1)).targets[0]
    assert line.day == data.as_of
    assert line.progress is not None and line.progress.end >= data.as_of


def test_progress_and_pace_by_hand() -> None:
    """Thursday 10 July 2025: four days of ten leads of a goal of 100, one working day left of five."""
    data = data_of(steady(0.3, 10, 200), as_of=date(2025, 7, 10))
    target = Target("t", "lead", "entries", 100, "week", date(2025, 1, 1))
    found = report(data, targets=[target])
    bar = found.progress.row(0, named=True)
    assert (bar["done"], bar["goal"], bar["share"]) == (40, 100, 0.4)
    assert (bar["share_of_days"], bar["days_left"], bar["pace_needed"]) == (0.8, 1, 60)
    assert (bar["state"], bar["is_measured"]) == ("behind", True)


def test_growth_needs_the_whole_period_before(data) -> None:
    early = data_of(steady(0.3, 10, 40))  # 1 January to 9 February
    target = Target("t", "lead", "growth", 0.2, "month", date(2025, 1, 1))
    bar = report(early, targets=[target]).progress.row(0, named=True)
    assert bar["goal"] == 372  # 310 in January, one fifth more
    first_month = data_of(steady(0.3, 10, 20))
    assert report(first_month, targets=[target]).progress.row(0, named=True)["state"] == "not_measured"


def test_what_the_data_cannot_measure_is_counted_from_the_form() -> None:
    target = Target("t", "repeat", "reported", 3, "week", date(2026, 6, 1), person="Zhou Lan")
    rows = [
        row("a", "2026-W27", "repeat", owner="Zhou Lan", actual="2 interviews"),
        row("b", "2026-W27", "repeat", owner="Zhou Lan", actual="1"),
        row("c", "2026-W27", "repeat", owner="Li Na", actual="9"),
        row("d", "2026-W26", "repeat", owner="Zhou Lan", actual="9"),
        row("e", "2026-07", "repeat", owner="Zhou Lan", actual="9"),
    ]
    found = report(data_of(), targets=[target], rows=rows, day=date(2026, 7, 2)).progress.row(0, named=True)
    assert (found["done"], found["state"], found["is_measured"]) == (3, "reached", False)


def test_a_month_counts_its_week_sheets_before_its_month_sheet() -> None:
    target = Target("t", "intent", "reported", 10, "month", date(2026, 6, 1))
    weeks = [row("a", "2026-W28", actual="2"), row("b", "2026-W29", actual="3"), row("c", "2026-07", actual="5")]
    both, only_month = (
        report(data_of(), targets=[target], rows=rows, day=date(2026, 7, 20)).progress["done"][0]
        for rows in (weeks, weeks[2:])
    )
    assert (both, only_month) == (5, 5)


def test_a_plan_without_any_data() -> None:
    """A new team plans before its first import: measured targets have no figure, nothing is invented."""
    target = Target("t", "intent", "entries", 10, "week", date(2025, 1, 1))
    found = report(data_of(), active(date(2025, 6, 2), stop=lead_cost(10)), targets=[target])
    assert found.progress["state"].to_list() == ["not_measured"]
    assert found.line("s").stop_state == "no_data" and found.line("s").since is None
    assert found.flagged == ()


def test_a_year_that_the_calendar_does_not_know_is_told() -> None:
    target = Target("t", "intent", "entries", 10, "week", date(2025, 1, 1))
    plan = Plan(targets=(target,))
    line = plan_report(data_of(), plan, volume=None, day=date(2090, 1, 3), calendar=BusinessCalendar("CN")).targets[0]
    assert line.progress is None and line.problem is not None and line.problem.code == "sla.calendar_year"


def test_a_plan_comes_back_from_the_store_as_it_was() -> None:
    one = active(date(2025, 6, 2), stop=lead_cost(10), actions=("call",))
    target = Target("t", "intent", "entries", 10, "week", date(2025, 1, 1))
    mine = row("r", "2026-W27")
    assert plan_from([to_fields(one)], [to_fields(target)], [to_fields(mine)]) == Plan((one,), (target,), (mine,))


def test_the_definition_of_the_tests_is_the_guides() -> None:
    assert GUIDE.keys == ("lead", "intent", "opportunity", "won", "repeat")
