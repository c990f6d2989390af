"""Sheets of the tracking form: a week (``2026-W27``) or a month (``2026-07``)."""

from __future__ import annotations

import re
from datetime import date, timedelta

from funnel.errors import InputError
from funnel.filters import Window, month_end, month_start

_WEEK, _MONTH = re.compile(r"(\d{4})-W(\d{2})"), re.compile(r"(\d{4})-(\d{2})")


def week_sheet(day: date) -> str:
    """The sheet of a day's week (ISO: weeks start on Monday and belong to the year of their Thursday)."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def month_sheet(day: date) -> str:
    """The sheet of a day's month."""
    return f"{day:%Y-%m}"


def is_week(sheet: str) -> bool:
    return _WEEK.fullmatch(sheet) is not None


def sheet_window(sheet: str) -> Window:
    """The days of a sheet. Raises InputError (``tracking.unknown_sheet``)."""
    try:
        if found := _WEEK.fullmatch(sheet):
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return Window("dates", monday, monday + timedelta(days=6))
        if found := _MONTH.fullmatch(sheet):
            first = date(int(found[1]), int(found[2]), 1)
            return Window("dates", first, month_end(first))
    except (ValueError, OverflowError) as error:
        raise InputError("tracking.unknown_sheet", given=sheet) from error
    raise InputError("tracking.unknown_sheet", given=sheet)


def last_day(sheet: str) -> date:
    """The last day of a sheet."""
    end = sheet_window(sheet).end
    assert end is not None  # a sheet is never all time
    return end


def next_sheet(sheet: str) -> str:
    """The week after a week, the month after a month."""
    following = last_day(sheet) + timedelta(days=1)
    return week_sheet(following) if is_week(sheet) else month_sheet(month_start(following))
