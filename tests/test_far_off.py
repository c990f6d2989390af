"""Dates far away from all others: the rule, against hand-made rows."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from funnel.far_off import near_days
from tests.examples import examples

FIRST = date(2024, 1, 1)


def near(*days: date) -> tuple[date, date] | None:
    """Each day is of a row of its own."""
    return near_days(pl.DataFrame({"id": range(len(days)), "day": [(d - date(1970, 1, 1)).days for d in days]}))


WEEKS = [FIRST + timedelta(days=7 * i) for i in range(20)]
LAST = WEEKS[-1]


def test_one_mistyped_year_is_far_off_on_either_side() -> None:
    assert near(*WEEKS) == (FIRST, LAST)
    assert near(*WEEKS, date(2025, 5, 5)) == (FIRST, LAST)
    assert near(*WEEKS, date(2003, 1, 1)) == (FIRST, LAST)


def test_two_rows_of_twenty_are_too_many() -> None:
    assert near(*WEEKS, date(2025, 5, 5), date(2025, 5, 6)) == (FIRST, date(2025, 5, 6))
    both = near(*WEEKS, date(2025, 5, 5), date(2003, 1, 1))
    assert both == (FIRST, date(2025, 5, 5))  # one row may be far off: the farther one, measured against the rest


def test_of_two_thousand_rows_two_may_be_far_off() -> None:
    many = WEEKS * 100
    assert near(*many, date(2025, 5, 5), date(2003, 1, 1)) == (FIRST, LAST)
    assert near(*many, date(2025, 5, 5), date(2025, 6, 1), date(2025, 7, 1)) == (FIRST, date(2025, 7, 1))


def test_a_gap_is_measured_against_the_longest_other_one() -> None:
    later = [day + timedelta(days=60) for day in WEEKS[10:]]  # a quiet spell of 67 days
    assert near(*WEEKS[:10], *later, later[-1] + timedelta(days=300)) == (FIRST, later[-1] + timedelta(days=300))
    assert near(*WEEKS[:10], *later, later[-1] + timedelta(days=340)) == (FIRST, later[-1])


def test_a_month_is_no_gap_and_few_dates_show_no_habit() -> None:
    assert near(*WEEKS, LAST + timedelta(days=30)) == (FIRST, LAST + timedelta(days=30))
    assert near(FIRST, LAST, date(2025, 5, 5)) == (FIRST, date(2025, 5, 5))
    assert near() is None


@examples(100)
@given(st.lists(st.integers(0, 300), min_size=8, max_size=60, unique=True), st.integers(-9000, 9000))
def test_the_near_days_never_leave_out_more_than_one_of_few_rows(days: list[int], extra: int) -> None:
    dates = [FIRST + timedelta(days=n) for n in [*days, extra]]
    found = near(*dates)
    assert found is not None
    assert sum(not found[0] <= day <= found[1] for day in dates) <= 1
