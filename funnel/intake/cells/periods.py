"""Periods of a counts file: months, quarters, weeks, years and days, as cells or as column headers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from funnel.filters import month_end
from funnel.intake.cells.month_names import ANY_MONTH, MONTHS

_YEAR = r"((?:19|20)\d{2})"

_QUARTER = (
    re.compile(rf"^{_YEAR}\s*[-/年]?\s*q([1-4])$"),
    re.compile(rf"^q([1-4])[\s\-/']*{_YEAR}$"),
    re.compile(rf"^{_YEAR}\s*年?\s*第?\s*([一二三四1-4])\s*季度?$"),
)
_WEEK = (
    re.compile(rf"^{_YEAR}\s*[-/]?\s*(?:w|wk|week)\s*(\d{{1,2}})$"),
    re.compile(rf"^(?:w|wk|week)\s*(\d{{1,2}})[\s\-/,]+{_YEAR}$"),
    re.compile(rf"^{_YEAR}\s*年\s*第?\s*(\d{{1,2}})\s*周$"),
)
_MONTH = (
    re.compile(rf"^{_YEAR}\s*[-/.年]\s*(\d{{1,2}})\s*月?份?$"),
    re.compile(rf"^(\d{{1,2}})\s*[-/.]\s*{_YEAR}$"),
    re.compile(rf"^{_YEAR}(0[1-9]|1[0-2])$"),
    re.compile(rf"^{_YEAR}-(\d{{2}})-01\s*(?:~|–|to|至)\s*{_YEAR}-\d{{2}}-(?:28|29|30|31)$"),
)
_NAMED_MONTH = (
    re.compile(rf"^({ANY_MONTH})\.?(?:\s+(?:of|de|del|di)\s+|[\s\-/,']*){_YEAR}$"),
    re.compile(rf"^{_YEAR}[\s\-/,]*({ANY_MONTH})\.?$"),
)
_ONE_YEAR = re.compile(rf"^{_YEAR}\s*年?$")
_DAY = re.compile(rf"^{_YEAR}\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*日?(?:[ t]00:00(?::00(?:\.0+)?)?)?$")
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4}


def parse_period(text: str) -> tuple[date, date] | None:
    """First and last day (included) of a period that names its year: ``2024-03``, ``Mar 2024``, ``2024Q1``,
    ``2024-W05``, ``2024年3月``, ``2024``, ``2024-03-05`` (one day). None when the text is no such period.
    """
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    for pattern in _QUARTER:
        if match := pattern.match(word):
            year, quarter = _sorted(match.groups())
            first = date(year, 3 * quarter - 2, 1)
            return first, month_end(date(year, 3 * quarter, 1))
    for pattern in _WEEK:
        if match := pattern.match(word):
            year, week = _sorted(match.groups())
            try:
                first = date.fromisocalendar(year, week, 1)
            except ValueError:  # a week the year does not have
                return None
            return first, first + timedelta(days=6)
    for pattern in _MONTH:
        if match := pattern.match(word):
            year, month = _sorted(match.groups()[:2])
            return _month(year, month)
    for pattern in _NAMED_MONTH:
        if match := pattern.match(word):
            name = next(g for g in match.groups() if g in MONTHS)
            year = next(int(g) for g in match.groups() if g not in MONTHS)
            return _month(year, MONTHS[name])
    if match := _ONE_YEAR.match(word):
        year = int(match.group(1))
        return date(year, 1, 1), date(year, 12, 31)
    if match := _DAY.match(word):
        try:
            day = date(*(int(g) for g in match.groups()))
        except ValueError:  # 30 February
            return None
        return day, day
    return None


def reads_as_period(text: str) -> bool:
    """Whether a header names a period."""
    return parse_period(text) is not None


def widened(periods: Iterable[tuple[date, date]]) -> dict[tuple[date, date], tuple[date, date]]:
    """What the periods of one column mean together: single days that are all firsts of a month are months, days that
    are all seven days (or multiples) apart are weeks. Keys are the periods as parsed, values as meant.
    """
    found = sorted(set(periods))
    days = [first for first, last in found if first == last]
    if not days or len(days) < len(found):
        return {p: p for p in found}
    if len(days) >= 2 and all(day.day == 1 for day in days):
        return {(d, d): (d, month_end(d)) for d in days}
    if len(days) >= 2 and all((b - a).days % 7 == 0 for a, b in pairwise(days)):
        return {(d, d): (d, d + timedelta(days=6)) for d in days}
    return {p: p for p in found}


def _sorted(groups: tuple[str, ...]) -> tuple[int, int]:
    """(year, number) of two groups in either order."""
    a, b = (_CHINESE.get(g) or int(g) for g in groups)
    return (a, b) if a >= 1900 else (b, a)


def _month(year: int, month: int) -> tuple[date, date] | None:
    if not 1 <= month <= 12:
        return None
    first = date(year, month, 1)
    return first, month_end(first)
