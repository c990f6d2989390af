"""Deadlines, counted by hand: hours and midnights, weekends and holidays, leads that wait, years nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition, Sla
from funnel.errors import InputError
from funnel.filters import Window
from funnel.metrics.deadlines.business_days import (
    BusinessCalendar,
    calendar_from_dict,
    countries,
    known_years,
    working_days,
    working_table,
)
from funnel.metrics.deadlines.sla import deadline_effect, sla_table
from funnel.metrics.deadlines.states import (
    STATES,
    WHOLE_DAYS,
    days_in_question,
    due_at,
    in_whole_days,
    state_of,
    with_states,
)
from funnel.metrics.deadlines.waiting import waiting_leads
from funnel.metrics.steps.slow_steps import handovers, slow_steps
from tests.simulation import Simulation, day, funnel, horizons_of, leads, simulate

ALL = Window()
PLAIN = BusinessCalendar()
CHINA = BusinessCalendar("CN")


def with_deadline(amount: float, unit: Any) -> FunnelDefinition:
    return funnel([None, None], slas={2: Sla(amount, unit)})


def state(
    definition: FunnelDefinition, row: dict[str, Any], calendar: BusinessCalendar = PLAIN, as_of: date | None = None
) -> tuple[str, bool, datetime | None]:
    """State, judged in whole days, and due date of one lead in the step into s2."""
    frame = leads(definition, [row], as_of or date(2024, 12, 31))
    days = working_days(calendar, days_in_question(frame, definition, {2: pl.lit(True)}))
    found = state_of(definition, 2), in_whole_days(definition, 2), due_at(definition, 2, days)
    number, is_whole, due = (
        with_states(frame, definition, days).select(a=found[0], b=found[1], c=found[2]).collect().row(0)
    )
    return STATES[number % WHOLE_DAYS], is_whole, due


DAY = with_deadline(24, "hours")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-03-04 10:00", "2024-03-05 10:00", "on_time"),  # to the minute
        ("2024-03-04 10:00", "2024-03-05 10:01", "late"),
        ("2024-03-04 23:59", "2024-03-05 00:30", "on_time"),  # over midnight: half an hour, not a day
        ("2024-03-04 23:59", "2024-03-06 00:01", "late"),  # two midnights, 24 h 2 min
        ("2024-03-08 17:00", "2024-03-10 09:00", "late"),  # hours run through the weekend: 40 h
        ("2024-03-05 10:00", "2024-03-04 10:00", "unknown"),  # out of order
    ],
)
def test_hours_run_day_and_night(start: str, end: str, expected: str) -> None:
    assert state(DAY, {"s1": day(start), "s2": day(end)})[:2] == (expected, False)


def test_midnight_with_a_time_of_day_on_the_other_side_is_judged_to_the_minute() -> None:
    # entered at 00:00 exactly; 39 hours later is late, although only one date lies between
    found = state(DAY, {"s1": day("2024-03-04 00:00"), "s2": day("2024-03-05 15:00")})
    assert found[:2] == ("late", False)


@pytest.mark.parametrize(
    ("hours", "end", "expected"),
    [
        (24, "2024-03-05", "on_time"),
        (24, "2024-03-06", "late"),
        (4, "2024-03-04", "on_time"),
        (4, "2024-03-05", "on_time"),  # cannot be shown to be late: within one whole day
        (4, "2024-03-06", "late"),
        (48, "2024-03-06", "on_time"),
    ],
)
def test_dates_without_a_time_are_judged_in_whole_days(hours: float, end: str, expected: str) -> None:
    assert state(with_deadline(hours, "hours"), {"s1": day("2024-03-04"), "s2": day(end)})[:2] == (expected, True)


def test_whole_days_are_counted_so_that_the_page_can_say_so() -> None:
    rows = [
        {"s1": day("2024-03-04"), "s2": day("2024-03-05")},
        {"s1": day("2024-03-04 09:00"), "s2": day("2024-03-04 11:00")},
    ]
    assert sla_table(leads(DAY, rows), DAY, ALL, PLAIN)["n_whole_days"].to_list() == [1]
    days = with_deadline(3, "business_days")
    assert sla_table(leads(days, rows), days, ALL, PLAIN)["n_whole_days"].to_list() == [0]


THREE = with_deadline(3, "business_days")


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2024-03-04 08:00", "2024-03-07"),  # Monday → Thursday
        ("2024-03-08 17:00", "2024-03-13"),  # Friday → Wednesday
        ("2024-03-09", "2024-03-13"),  # Saturday: Monday is the first day
        ("2024-03-10", "2024-03-13"),
    ],
)
def test_business_days_leave_out_the_weekend(start: str, due: str) -> None:
    last = datetime.fromisoformat(due).replace(hour=23, minute=59)
    assert state(THREE, {"s1": day(start), "s2": last}) == ("on_time", True, day(due))
    assert state(THREE, {"s1": day(start), "s2": last.replace(day=last.day + 1)})[0] == "late"


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # Spring Festival 2024: 10-17 February free, Sundays 4 and 18 February worked (State Council notice for 2024)
        ("2024-02-08", "2024-02-19"),  # Thu → Fri 9, Sun 18 (shifted), Mon 19
        ("2024-02-02", "2024-02-06"),  # Fri → Sun 4 (shifted), Mon 5, Tue 6
        ("2024-02-12", "2024-02-20"),  # inside the holiday → Sun 18, Mon 19, Tue 20
        # National Day 2024: 1-7 October free, Sun 29 September and Sat 12 October worked
        ("2024-09-28", "2024-10-08"),  # Sat → Sun 29, Mon 30, Tue 8 October
        ("2024-10-10", "2024-10-14"),  # Thu → Fri 11, Sat 12 (shifted), Mon 14
    ],
)
def test_chinese_holidays_with_shifted_working_days(start: str, due: str) -> None:
    last = day(due)
    assert state(THREE, {"s1": day(start), "s2": last}, CHINA) == ("on_time", True, last)
    assert state(THREE, {"s1": day(start), "s2": last.replace(day=last.day + 1)}, CHINA)[0] == "late"


def test_the_companys_own_days_rule() -> None:
    off = BusinessCalendar(days_off=frozenset({date(2024, 3, 5)}))
    assert state(THREE, {"s1": day("2024-03-04"), "s2": day("2024-03-08")}, off)[2] == day("2024-03-08")
    worked = BusinessCalendar("CN", working_days=frozenset({date(2024, 3, 9)}))
    assert state(THREE, {"s1": day("2024-03-07"), "s2": day("2024-03-11")}, worked)[2] == day("2024-03-11")


def test_leads_that_wait_are_overdue_or_running_by_their_own_observation() -> None:
    waiting = {"s1": day("2024-03-04 10:00")}
    assert state(DAY, waiting, as_of=date(2024, 3, 4))[0] == "running"
    # the whole of 5 March was observed, the deadline was 10:00 of that day
    assert state(DAY, waiting, as_of=date(2024, 3, 5))[0] == "overdue"
    assert state(DAY, waiting | {"observed_until": date(2024, 3, 4)}, as_of=date(2024, 3, 31))[0] == "running"
    dated = {"s1": day("2024-03-04")}  # without a time the whole next day is allowed
    assert state(DAY, dated, as_of=date(2024, 3, 5))[0] == "running"
    assert state(DAY, dated, as_of=date(2024, 3, 6))[0] == "overdue"
    friday = {"s1": day("2024-03-08 15:00")}
    assert state(THREE, friday, as_of=date(2024, 3, 13))[0] == "running"
    assert state(THREE, friday, as_of=date(2024, 3, 14))[0] == "overdue"


def test_closing_in_time_is_an_outcome_of_its_own_and_what_cannot_be_dated_is_unknown() -> None:
    lost = {"s1": day("2024-03-04 10:00"), "outcome": "lost", "lost_stage": 2}
    assert state(DAY, lost | {"lost_at": day("2024-03-05 09:00")})[0] == "closed_in_time"
    assert state(DAY, lost | {"lost_at": day("2024-03-06 09:00")})[0] == "late"
    assert state(DAY, lost | {"lost_at": None})[0] == "unknown"
    # lost at an unknown place: in time is in time; later it may have advanced before
    nowhere = lost | {"lost_stage": None}
    assert state(DAY, nowhere | {"lost_at": day("2024-03-05 09:00")})[0] == "closed_in_time"
    assert state(DAY, nowhere | {"lost_at": day("2024-03-09 09:00")})[0] == "unknown"
    # a skipped stage: the date of the next own entry
    assert state(DAY, {"s1": day("2024-03-04 10:00"), "s3": day("2024-03-05 09:00")})[0] == "on_time"


def test_the_table_adds_up_and_groups_add_up_to_it() -> None:
    rows: list[dict[str, Any]] = [
        {"s1": day("2024-03-04 10:00"), "s2": day("2024-03-05 09:00"), "owner": "Li"},
        {"s1": day("2024-03-04 10:00"), "s2": day("2024-03-06 09:00"), "owner": "Li"},
        {"s1": day("2024-03-04 10:00"), "owner": "Wang"},
        {"s1": day("2024-03-31 10:00"), "owner": "Wang"},
        {"s1": day("2024-03-05 10:00"), "s2": day("2024-03-04 10:00"), "owner": None},
        {"s1": day("2023-03-05 10:00"), "s2": day("2023-03-05 11:00"), "owner": "Li"},  # before the window
        {"s1": day("2024-03-06 10:00"), "outcome": "lost", "lost_stage": 2, "lost_at": day("2024-03-07 09:00")},
    ]
    frame = leads(DAY, rows, date(2024, 3, 31))
    window = Window("dates", date(2024, 3, 1), date(2024, 3, 31))
    row = sla_table(frame, DAY, window, PLAIN).row(0, named=True)
    counts = ("n", "on_time", "closed_in_time", "late", "overdue", "running", "unknown", "n_judged")
    assert [row[name] for name in counts] == [6, 1, 1, 1, 1, 1, 1, 4]
    assert row["on_time_rate"] == pytest.approx(1 / 3)  # without the one that was closed in time, and with it
    assert row["with_closed_rate"] == pytest.approx(2 / 4)
    grouped = sla_table(frame, DAY, window, PLAIN, "owner")
    assert grouped.select("group", "n").rows() == [(None, 2), ("Li", 2), ("Wang", 2)]
    for name in counts:
        assert grouped[name].sum() == row[name]


def test_no_lead_in_the_window_is_a_row_without_a_rate() -> None:
    row = sla_table(leads(DAY, []), DAY, ALL, CHINA).row(0, named=True)
    assert (row["n"], row["on_time_rate"]) == (0, None)
    days = sla_table(leads(THREE, []), THREE, ALL, CHINA).row(0, named=True)
    assert (days["n"], days["on_time_rate"]) == (0, None)


# --- the calendar -------------------------------------------------------------------------------------------------


def test_a_year_that_the_calendar_does_not_know_is_refused_with_its_years() -> None:
    first, last = known_years("CN")
    assert first <= 2024 <= last
    unknown = last + 1
    row = {"s1": day(f"{last}-12-30"), "s2": day(f"{unknown}-01-04")}
    with pytest.raises(InputError) as caught:
        state(THREE, row, CHINA, as_of=date(unknown, 1, 31))
    assert caught.value.message.code == "sla.calendar_year"
    assert dict(caught.value.message.params) == {
        "given": str(unknown),
        "country": "CN",
        "first": str(first),
        "last": str(last),
    }
    confirmed = BusinessCalendar("CN", confirmed_years=frozenset({unknown}))
    assert state(THREE, row, confirmed, as_of=date(unknown, 1, 31))[0] in ("on_time", "late")
    # hours need no calendar
    assert state(DAY, row, CHINA, as_of=date(unknown, 1, 31))[0] == "late"


def test_working_days_of_a_country_with_another_weekend_and_of_none() -> None:
    # Saudi Arabia rests on Friday and Saturday: 4 March 2024 is a Monday
    week = working_table(BusinessCalendar("SA"), date(2024, 3, 4), date(2024, 3, 10))
    assert week["is_working"].to_list() == [True, True, True, True, False, False, True]
    none = working_table(PLAIN, date(2024, 12, 23), date(2024, 12, 29))
    assert none["is_working"].to_list() == [True] * 5 + [False] * 2  # Christmas is an ordinary Wednesday
    germany = working_table(BusinessCalendar("DE"), date(2024, 12, 23), date(2024, 12, 29))
    assert germany["is_working"].to_list() == [True, True, False, False, True, False, False]


def test_a_calendar_survives_the_settings_and_refuses_nonsense() -> None:
    calendar = BusinessCalendar("CN", frozenset({date(2024, 3, 5)}), frozenset({date(2024, 3, 9)}), frozenset({2027}))
    assert calendar_from_dict(calendar.to_dict()) == calendar
    assert calendar_from_dict({}) == PLAIN
    assert "CN" in countries()
    with pytest.raises(InputError) as caught:
        BusinessCalendar("Atlantis")
    assert caught.value.message.code == "sla.unknown_country"
    with pytest.raises(InputError) as caught:
        calendar_from_dict({"days_off": ["5.3.2024"]})
    assert caught.value.message.code == "sla.bad_date"


# --- who has to act -----------------------------------------------------------------------------------------------


def test_overdue_and_stale_leads_are_listed_longest_first() -> None:
    definition = funnel([None, None], post_sale=True, slas={2: Sla(24, "hours")})
    rows: list[dict[str, Any]] = [
        {"s1": day("2024-03-30 10:00"), "owner": "Li"},  # 1 day and 14 h past the deadline by the end of 1 April
        {"s1": day("2024-02-01 10:00")},  # overdue and stale
        {"s1": day("2024-03-01 10:00"), "s2": day("2024-03-02 10:00")},  # waits 30 days in the step into s3: stale
        {"s1": day("2024-03-31 20:00"), "s2": day("2024-03-31 21:00")},  # fresh
        {"s1": day("2024-01-01"), "s2": day("2024-01-02"), "s3": day("2024-01-03")},  # won: not yet, never stale
        {"s1": day("2024-01-01"), "outcome": "lost", "lost_stage": 2, "lost_at": day("2024-02-01")},
    ]
    listed = waiting_leads(
        leads(definition, rows, date(2024, 4, 1)), definition, horizons_of(definition, [40, 20, 9]), PLAIN
    )
    assert listed.select("lead_id", "stage", "is_overdue", "is_stale", "waiting_days").rows() == [
        ("L1", "s2", True, True, 60.0),
        ("L0", "s2", True, False, 2.0),
        ("L2", "s3", False, True, 30.0),
    ]
    assert listed["due_at"].to_list() == [day("2024-02-02 10:00"), day("2024-03-31 10:00"), None]
    assert listed["overdue_days"].to_list() == pytest.approx([59 + 14 / 24, 1 + 14 / 24, None])
    without = waiting_leads(
        leads(definition, rows, date(2024, 4, 1)), definition, horizons_of(definition, [40, 20, 9]), None
    )
    assert without.select("lead_id").to_series().to_list() == ["L1", "L2"]


# --- in time and converting ---------------------------------------------------------------------------------------


def stratified_rows(cells: list[tuple[str, bool, int, int]]) -> list[dict[str, Any]]:
    """(source, in time, n, of these advanced) → leads that came through s2 and may reach s3."""
    rows = []
    for source, inside, n, x in cells:
        for i in range(n):
            entered = day("2024-01-02 10:00") if inside else day("2024-01-05 10:00")
            row: dict[str, Any] = {"s1": day("2024-01-01 12:00"), "s2": entered, "source": source}
            rows.append(row | ({"s3": day("2024-01-20 10:00")} if i < x else {}))
    return rows


def test_association_is_stratified_by_source() -> None:
    # Simpson's trap: late leads do better by 10 points in one source and as well in the other, pooled they look worse
    cells = [("a", True, 80, 64), ("a", False, 20, 18), ("b", True, 20, 4), ("b", False, 80, 16)]
    frame = leads(DAY, stratified_rows(cells), date(2024, 6, 30))
    row = deadline_effect(frame, DAY, ALL, horizons_of(DAY, [30, 30]), PLAIN).row(0, named=True)
    assert (row["inside_n"], row["inside_advanced"], row["outside_n"], row["outside_advanced"]) == (100, 68, 100, 34)
    assert row["inside_rate"] > row["outside_rate"]
    # weights n1·n2/(n1+n2) = 16 and 16; differences −10 and 0 points
    assert row["difference_pp"] == pytest.approx(-5.0)
    # Mantel–Haenszel odds ratio by hand: Σ a·d/n over Σ b·c/n
    odds = (64 * 2 / 100 + 4 * 64 / 100) / (16 * 18 / 100 + 16 * 16 / 100)
    assert row["odds_ratio"] == pytest.approx(odds)
    assert row["verdict"] == "no_clear_difference"


def test_a_clear_difference_is_called_an_association_in_time() -> None:
    frame = leads(DAY, stratified_rows([("a", True, 100, 60), ("a", False, 100, 20)]), date(2024, 6, 30))
    arguments = (DAY, ALL, horizons_of(DAY, [30, 30]), PLAIN)
    row = deadline_effect(frame, *arguments).row(0, named=True)
    assert (row["verdict"], row["difference_pp"]) == ("inside_better", pytest.approx(40.0))
    assert row["odds_low"] < row["odds_ratio"] < row["odds_high"]
    few = leads(DAY, stratified_rows([("a", True, 100, 60), ("a", False, 19, 2)]), date(2024, 6, 30))
    assert deadline_effect(few, *arguments)["verdict"].to_list() == ["too_little_data"]
    young = leads(DAY, stratified_rows([("a", True, 100, 0), ("a", False, 100, 0)]), date(2024, 1, 31))
    assert deadline_effect(young, *arguments).row(0, named=True)["inside_n"] == 0  # followed 29 days, H is 30


def test_the_step_into_won_has_no_next_step_and_no_row() -> None:
    definition = funnel([None, None], slas={3: Sla(3, "business_days")})
    assert deadline_effect(leads(definition, []), definition, ALL, horizons_of(definition, [9, 9]), PLAIN).is_empty()


# --- slow steps and handovers -------------------------------------------------------------------------------------


def test_shares_of_the_cycle_by_hand() -> None:
    rows = [
        {"s1": day("2024-01-01"), "s2": day("2024-01-03"), "s3": day("2024-01-11")},  # 2 and 8 of 10 days
        {"s1": day("2024-01-01"), "s2": day("2024-01-04"), "s3": day("2024-01-05")},  # 3 and 1 of 4
        {"s1": day("2024-01-01"), "s2": None, "s3": day("2024-01-05")},  # skipped: all 4 in the first step, imputed
        {"s1": day("2024-01-01"), "s2": day("2024-01-01"), "s3": day("2024-01-01")},  # a cycle of zero: left out
        {"s1": day("2024-01-01"), "s2": day("2024-01-02")},  # not won
    ]
    definition = funnel([None, None], post_sale=True)
    table = slow_steps(
        leads(definition, rows, date(2024, 2, 1)), definition, ALL, horizons_of(definition, [20, 20, 20])
    )
    assert table["cycle_share"].to_list()[:3] == pytest.approx([0.0, (0.2 + 0.75 + 1) / 3, (0.8 + 0.25 + 0) / 3])
    assert table["cycle_share"].to_list()[3] is None
    assert table["median_days"].to_list()[1:3] == pytest.approx([2.0, 1.0])  # of 2, 3, 0 and 8, 1, 0
    assert table["n_won"].to_list() == [3] * 4
    assert table["n_left_out"].to_list() == [1] * 4
    assert table["n_imputed"].to_list() == [0, 1, 1, 0]
    # the lead that is not won waits in the step into s3, 30 days > 20; the four won ones wait for a repeat: not yet
    assert table.select("n_waiting", "n_stale").rows() == [(0, None), (0, 0), (1, 1), (4, None)]


def test_shares_add_up_to_one_on_simulated_funnels() -> None:
    definition = funnel([None, None, None])
    plan = Simulation(definition, [0.7, 0.7, 0.7], 500, date(2024, 1, 1), 300, date(2024, 12, 31), skips={"s2": 0.4})
    table = slow_steps(simulate(plan, 3).lazy(), definition, ALL, horizons_of(definition, [30, 30, 30]))
    assert table["cycle_share"].sum() == pytest.approx(1.0, abs=1e-12)


def test_handovers_between_roles_are_timed() -> None:
    definition = funnel([None, None])  # s1 belongs to marketing, s2 and s3 to sales
    rows = [
        {"s1": day("2024-01-01"), "s2": day(f"2024-01-{1 + days:02}"), "owner": owner, "source": "web"}
        for days, owner in ((2, "Li"), (4, None), (6, "Li"))
    ] + [{"s1": day("2024-01-01"), "source": "web"}]
    row = handovers(leads(definition, rows), definition, ALL).row(0, named=True)
    assert (row["from_role"], row["to_role"], row["n_handed"], row["n_days"]) == ("marketing", "sales", 3, 3)
    assert (row["median_days"], row["n_without_owner"], row["n_without_source"]) == (4.0, 1, 0)
    assert row["p90_days"] == pytest.approx(np.quantile([2, 4, 6], 0.9))
    window = Window("dates", date(2023, 1, 1), date(2023, 1, 31))
    assert handovers(leads(definition, rows), definition, window).row(0, named=True)["n_handed"] == 0


def test_a_funnel_of_one_role_has_no_handover() -> None:
    definition = funnel([None, None])
    sales = replace(definition, stages=tuple(replace(stage, owner_role="sales") for stage in definition.stages))
    assert handovers(leads(sales, [{"s1": day("2024-01-01")}]), sales, ALL).is_empty()
