"""Periods of totals in all usual spellings: first and last day, by hand; years of bare ones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.intake.cells.periods import is_bare_period, parse_period, reads_as_period, spans_of_periods

JANUARY, MARCH = (date(2024, 1, 1), date(2024, 1, 31)), (date(2024, 3, 1), date(2024, 3, 31))
FIRST_QUARTER, FIRST_HALF = (date(2024, 1, 1), date(2024, 3, 31)), (date(2024, 1, 1), date(2024, 6, 30))
SECOND_HALF = (date(2024, 7, 1), date(2024, 12, 31))
WEEK_5 = (date(2024, 1, 29), date(2024, 2, 4))  # ISO 8601: the week of 1 February 2024
YEAR = (date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("texts", "span"),
    [
        (("Jan-24", "Jan'24", "Jan’24", "JAN 2024", "January 2024", "Jan. 24", "2024 Jan", "2024-01", "2024/1",
          "01/2024", "2024.01", "202401", "2024-M01", "2024年1月", "2024年01月份", "24年1月",
          "２０２４年１月", "Januar 2024", "janv. 24",
          "enero de 2024", "2024-01-01 ~ 2024-01-31"), JANUARY),
        (("Mär-24", "März 2024", "Mrz 24", "mars 2024", "三月 2024", "2024年三月", "24年3月"), MARCH),
        (("Q1-24", "Q1'24", "Q1 2024", "2024Q1", "2024-Q1", "1Q24", "24Q1", "FY24 Q1", "FY2024Q1", "Q1 FY24",
          "T1 2024", "2024年第一季度", "24年一季度", "第1季度 2024", "1. Quartal 2024"), FIRST_QUARTER),
        (("2024H1", "H1 2024", "H1-24", "1H24", "2024 H1",
          "2024上半年", "24年上半年", "1. Halbjahr 2024", "S1 2024"), FIRST_HALF),
        (("2024H2", "2024年下半年"), SECOND_HALF),
        (("2024-W05", "2024W5", "W05-24", "W5 2024", "Week 5 2024", "KW 5/2024", "CW05 2024", "2024年第5周"), WEEK_5),
        (("2024", "2024年", "2024年度", "FY24", "FY 2024"), YEAR),
        (("2024-03-05", "2024/3/5", "2024年3月5日", "2024-03-05 00:00:00"), (date(2024, 3, 5), date(2024, 3, 5))),
    ],
)  # fmt: skip
def test_spellings(texts: tuple[str, ...], span: tuple[date, date]) -> None:
    assert {text: parse_period(text) for text in texts} == dict.fromkeys(texts, span)
    assert all(map(reads_as_period, texts)) and not any(map(is_bare_period, texts))


@pytest.mark.parametrize(
    "text",
    [
        "Lead",
        "Won",
        "24",
        "24-03",
        "12-24",
        "2024-13",
        "Q5 2024",
        "2024-W54",
        "2024-02-30",
        "H3",
        "45292",
        "",
        "S2",
        "T1",
    ],
)
def test_what_is_no_period(text: str) -> None:
    assert parse_period(text) is None and not reads_as_period(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1月", JANUARY), ("一月份", JANUARY), ("Jan", JANUARY), ("march", MARCH), ("Q1", FIRST_QUARTER),
        ("1Q", FIRST_QUARTER), ("第一季度", FIRST_QUARTER), ("H1", FIRST_HALF), ("上半年", FIRST_HALF), ("W05", WEEK_5),
        ("第5周", WEEK_5), ("KW 5", WEEK_5),
    ],
)  # fmt: skip
def test_a_bare_period_is_of_the_year_that_is_said(text: str, span: tuple[date, date]) -> None:
    assert is_bare_period(text) and parse_period(text) is None and parse_period(text, 2024) == span


def _starts(texts: list[str], year: int) -> list[str]:
    spans = spans_of_periods(texts, year)
    return [spans[text][0].isoformat()[:7] for text in texts]


def test_bare_periods_go_over_into_the_next_year() -> None:
    assert _starts(["11月", "12月", "1月", "2月"], 2023) == ["2023-11", "2023-12", "2024-01", "2024-02"]
    assert _starts(["Q4", "Q1", "Q2"], 2023) == ["2023-10", "2024-01", "2024-04"]
    assert _starts(["Mar", "Feb", "Jan"], 2024) == ["2024-03", "2024-02", "2024-01"]  # the newest first
    assert _starts(["2月", "1月", "12月", "11月"], 2023) == ["2024-02", "2024-01", "2023-12", "2023-11"]
    assert _starts(["Apr", "Aug", "Dec", "Feb", "Jan", "Jul", "Jun", "Mar", "May"], 2024)[:3] == [
        "2024-04", "2024-08", "2024-12",
    ]  # sorted by name: one year  # fmt: skip


def test_without_a_year_bare_periods_mean_nothing() -> None:
    assert spans_of_periods(["1月", "2024年2月"]) == {"2024年2月": (date(2024, 2, 1), date(2024, 2, 29))}


def test_days_that_stand_for_months_and_weeks() -> None:
    """Excel shows mmm-yy and keeps the first of the month; others write the last."""
    months = {"2024-01-01 00:00:00": JANUARY, "2024-03-01 00:00:00": MARCH}
    assert spans_of_periods(months) == months
    assert spans_of_periods(["2024-01-31", "2024-03-31"]) == {"2024-01-31": JANUARY, "2024-03-31": MARCH}
    monday = date(2024, 1, 29)
    weeks = [(monday + timedelta(days=7 * i)).isoformat() for i in range(3)]
    assert spans_of_periods(weeks)[weeks[0]] == WEEK_5
    assert spans_of_periods(["2024-01-01", "2024-01-02"])["2024-01-01"] == (date(2024, 1, 1), date(2024, 1, 1))


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2049, 12, 31)))
def test_every_month_in_every_form_holds_its_days(day: date) -> None:
    for form in ("%b-%y", "%B %Y", "%Y-%m", "%Y%m", "%m/%Y", "%Y年%m月", "%b'%y"):
        if "%y" in form and day.year < 2000:
            continue
        span = parse_period(day.strftime(form))
        assert span is not None and span[0] <= day <= span[1] and span[0].day == 1
        assert (span[1] + timedelta(days=1)).day == 1 and (span[1] - span[0]).days < 31
