"""Stop rules: whole weeks, in a row, since the start."""

from __future__ import annotations

import math
from datetime import date, timedelta

import polars as pl
import pytest

from funnel.errors import InputError
from funnel.filters import monday_of
from funnel.metrics.steps.days import step_days
from funnel.planning.strategies.stop_rules import (
    StopRule,
    WeekValue,
    broken,
    check_stop_rule,
    weekly_entries,
    weekly_lead_cost,
    weekly_rates,
    weekly_reported,
)
from funnel.schema import Horizons, Spend
from tests import factories
from tests.factories import GUIDE, journeys, lead, log
from tests.plan_samples import row

MONDAY = date(2026, 4, 6)
COST = StopRule("lead_cost", "above", 100.0, 3)


def weeks(*values: float | None, first: date = MONDAY) -> list[WeekValue]:
    return [WeekValue(first + timedelta(days=7 * i), value) for i, value in enumerate(values)]


def check(*values: float | None, rule: StopRule = COST, starts_on: date = MONDAY, as_of: date = date(2026, 12, 31)):
    return check_stop_rule(rule, weeks(*values), starts_on=starts_on, as_of=as_of)


@pytest.mark.parametrize(
    ("values", "n_over", "is_broken"),
    [
        ((120, 130, 140), 3, True),
        ((90, 120, 130, 140), 3, True),
        ((120, 130), 2, False),
        ((120, 130, 90, 140, 150), 2, False),
        ((120, 130, 140, 90), 0, False),
        ((100, 100, 100), 0, False),  # the limit itself is allowed
        ((120, None, 130, None, 140), 3, True),  # silence neither counts nor helps
        ((120, 130, math.inf), 3, True),  # money without a single lead
        ((), 0, False),
        ((None, None, None), 0, False),
    ],
)
def test_only_so_many_weeks_in_a_row_break_the_rule(values, n_over, is_broken):
    found = check(*values)
    assert (found.n_over, found.is_broken) == (n_over, is_broken)


def test_the_check_says_since_when_and_what_was_last():
    found = check(90, 120, None, 140)
    assert (found.since, found.last, found.n_known) == (MONDAY + timedelta(days=7), 140, 3)
    nothing = check(None)
    assert (nothing.since, nothing.last, nothing.n_known) == (None, None, 0)


def test_weeks_before_the_start_and_the_week_that_is_not_over_do_not_count():
    values = (120, 130, 140, 150)
    assert check(*values, starts_on=MONDAY + timedelta(days=1)).n_over == 3, "the first week began before the start"
    last_sunday = MONDAY + timedelta(days=27)
    assert check(*values, as_of=last_sunday).n_over == 4
    assert check(*values, as_of=last_sunday - timedelta(days=1)).n_over == 3


def test_a_rule_may_also_look_below():
    rate = StopRule("conversion_rate", "below", 0.15, 2)
    assert check(0.14, 0.10, rule=rate).is_broken and not check(0.14, 0.15, rule=rate).is_broken


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("mood", "above", 1.0, 1), "stop.unknown_metric"),
        (("lead_cost", "beside", 1.0, 1), "stop.unknown_direction"),
        (("lead_cost", "above", 1.0, 0), "stop.weeks"),
        (("lead_cost", "above", math.nan, 1), "stop.threshold"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(values, code):
    with pytest.raises(InputError, match=code.replace(".", r"\.")):
        StopRule(*values)


def test_broken_rules_are_listed():
    assert broken([("a", check(120, 130, 140)), ("b", check(90))]) == ["a"]


def test_lead_cost_by_week_counted_by_hand():
    """April: 3,000 a month = 100 a day, 700 a week. Week of the 6th: 7 leads → 100; of the 13th: 2 → 350; of the 20th:
    none → infinite. The week of 27 April reaches into May, for which nothing is recorded → null."""
    frame = journeys(
        log(
            *(lead(f"A{i}", f"2026-04-{6 + i:02d} lead") for i in range(7)),
            lead("B", "2026-04-13 lead"),
            lead("C", "2026-04-19 23:59 lead"),
            lead("D", "2026-04-28 lead"),
        ),
        as_of="2026-05-31",
    )
    spend = factories.spend((date(2026, 4, 1), "web", 2000.0), (date(2026, 4, 1), None, 1000.0))
    found = {week.monday: week.value for week in weekly_lead_cost(frame.lazy(), spend, date(2026, 5, 3))}

    assert found[date(2026, 4, 6)] == pytest.approx(100)
    assert found[date(2026, 4, 13)] == pytest.approx(350)
    assert found[date(2026, 4, 20)] == math.inf
    assert found[date(2026, 4, 27)] is None
    assert found[date(2026, 3, 30)] is None, "two of its days lie in March, for which nothing is recorded"
    assert max(found) == date(2026, 4, 27), "the last week ends on as-of"
    assert weekly_lead_cost(frame.lazy(), Spend.create_empty(), date(2026, 5, 3)) == []


def test_rates_by_week_wait_until_every_lead_was_followed():
    """H = 10 days. Week of 6 April: 4 leads, 1 advanced within H, 1 later → 1/4. Of the week of 20 April one lead was
    followed for 12 days and one for 7; the week of 27 April is not mature at all."""
    frame = journeys(
        log(
            lead("A", "2026-04-06 lead, 2026-04-08 intent"),
            lead("B", "2026-04-07 lead, 2026-04-27 intent"),
            lead("C", "2026-04-10 lead"),
            lead("D", "2026-04-12 lead"),
            lead("E", "2026-04-27 lead, 2026-04-28 intent"),
            lead("F", "2026-04-20 lead, 2026-04-21 intent"),
            lead("G", "2026-04-25 lead"),
        ),
        as_of="2026-05-02",
    )
    horizons = pl.DataFrame(
        {"position": [2], "stage": ["intent"], "days": [10.0], "n_advanced": [20], "origin": ["typed"]},
        schema=Horizons.create_empty().schema,
    )
    counted = step_days(frame.lazy(), GUIDE, horizons)
    assert weekly_rates(counted, 2) == [
        WeekValue(date(2026, 4, 6), 0.25),
        WeekValue(date(2026, 4, 20), None),
        WeekValue(date(2026, 4, 27), None),
    ]


def test_entries_by_week_include_the_empty_weeks():
    frame = journeys(
        log(
            lead("A", "2026-04-06 lead, 2026-04-08 intent"),
            lead("B", "2026-04-07 lead, 2026-04-23 intent"),
            lead("C", "2026-04-10 lead, 2026-04-23 intent"),
        ),
        as_of="2026-05-02",
    )
    found = weekly_entries(frame.lazy(), "intent", date(2026, 4, 26))
    assert [week.value for week in found] == [1, 0, 2] and found[0].monday == date(2026, 4, 6)
    assert weekly_entries(frame.lazy(), "won", date(2026, 4, 26)) == []


def test_a_week_begins_on_monday():
    assert [monday_of(MONDAY + timedelta(days=i)) for i in range(8)] == [MONDAY] * 7 + [MONDAY + timedelta(days=7)]


# --- what people report ---


def test_reported_amounts_add_up_by_week():
    rows = [
        row("a", "2026-W15", actual="4 demos"),
        row("b", "2026-W15", actual="2026-04-10 · 3 demos"),
        row("c", "2026-W16", actual="customer ill"),  # no amount
        row("d", "2026-W17", actual="5"),
        row("e", "2026-W17", "won", actual="50"),  # another stage
        row("f", "2026-04", actual="90"),  # a month says nothing about its weeks
    ]
    found = weekly_reported(rows, "s", "intent")
    assert found == [
        WeekValue(date(2026, 4, 6), 7), WeekValue(date(2026, 4, 13), None), WeekValue(date(2026, 4, 20), 5)
    ]  # fmt: skip
    rule = StopRule("reported", "below", 8, 2)
    judged = check_stop_rule(rule, found, starts_on=MONDAY, as_of=date(2026, 4, 26))
    assert (judged.is_broken, judged.last) == (True, 5)
    assert not check_stop_rule(rule, found, starts_on=MONDAY, as_of=date(2026, 4, 25)).is_broken  # Sunday is missing


def test_rows_that_name_the_strategy_count_alone():
    rows = [
        row("a", "2026-W15", actual="4", strategy_id="s"),
        row("b", "2026-W15", actual="100"),
        row("c", "2026-W16", actual="100"),
    ]
    assert weekly_reported(rows, "s", "intent") == [WeekValue(date(2026, 4, 6), 4)]
    assert [week.value for week in weekly_reported(rows, "other", "intent")] == [104, 100]
    assert weekly_reported([], "s", "intent") == []
