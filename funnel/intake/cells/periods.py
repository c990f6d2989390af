"""Periods of a file of totals: months, quarters, half years, weeks, years and days, as cells or as column headers.

The year has two or four digits (``Q1-24``, ``2024H1``, ``24年1月``). A month, quarter, half year or week may
name none (``1月``, ``Q1``, ``W05``): it is *bare*, and the year is asked. Fiscal years are read as calendar years.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from funnel.filters import month_end
from funnel.intake.cells.month_names import ANY_MONTH, MONTHS

Unit = Literal["month", "quarter", "half", "week"]
Span = tuple[date, date]

_YEAR = r"(?P<year>(?:19|20)\d{2})"
_FY = r"(?:fy|cy|gj|财年|ejercicio|exercice)?\s*"
_ANY_YEAR = rf"{_FY}(?P<year>(?:19|20)\d{{2}}|\d{{2}})(?:\s*(?:财年|年度?))?"
_GAP = r"[\s\-–/,_.']*"
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_CHINESE |= {"十一": 11, "十二": 12, "上": 1, "下": 2}
_DIGITS = "十一|十二|[一二三四五六七八九十]"

# What a period of a unit is called without its year; the group ``n`` is its number.
_BARE: tuple[tuple[Unit, str], ...] = (
    ("month", rf"(?P<n>{ANY_MONTH})\.?"),
    ("month", rf"(?P<n>0?[1-9]|1[0-2]|{_DIGITS})\s*月份?"),
    ("quarter", r"(?:q|qtr|quarter|quartal|trim(?:estre)?|t)\.?\s*(?P<n>[1-4])"),
    ("quarter", r"(?P<n>[1-4])\.?\s*(?:q|qtr|quarter|quartal|trim(?:estre)?)"),
    ("quarter", r"第?\s*(?P<n>[一二三四1-4])\s*季度?"),
    ("half", r"(?:h|hy|half|hj|halbjahr|semester|semestre|s)\.?\s*(?P<n>[12])"),
    ("half", r"(?P<n>[12])\.?\s*(?:h|hy|half|hj|halbjahr|semestre)"),
    ("half", r"(?P<n>[上下])半年?"),
    ("week", r"(?:w|wk|cw|kw|week|woche|semaine|semana)\.?\s*(?P<n>\d{1,2})"),
    ("week", r"第?\s*(?P<n>\d{1,2})\s*周"),
)
_TOO_SHORT = re.compile(r"[ts]\s*\d")  # "T1", "S2" alone are rather names of stages: they need a year


def _patterns() -> tuple[tuple[Unit, re.Pattern[str]], ...]:
    """Each bare form with its year behind it or in front of it."""
    found: list[tuple[Unit, re.Pattern[str]]] = []
    for unit, bare in _BARE:
        of = r"(?:\s+(?:of|de|del|di)\s+)?" if unit == "month" else ""
        found.append((unit, re.compile(rf"{bare}(?:{of}|{_GAP}){_ANY_YEAR}")))
        found.append((unit, re.compile(rf"{_ANY_YEAR}{_GAP}{bare}")))
    return tuple(found)


_DATED = _patterns()
_UNDATED = tuple((unit, re.compile(bare)) for unit, bare in _BARE)
_MONTH_NUMBER = (
    re.compile(rf"{_YEAR}\s*[-/.年]\s*(?P<n>\d{{1,2}})"),
    re.compile(rf"(?P<n>\d{{1,2}})\s*[-/.]\s*{_YEAR}"),
    re.compile(rf"{_YEAR}(?P<n>0[1-9]|1[0-2])"),
    re.compile(rf"{_YEAR}\s*[-_]?\s*m(?P<n>0?[1-9]|1[0-2])"),
)
_ONE_YEAR = (re.compile(rf"{_YEAR}\s*年?度?"), re.compile(r"fy\s*'?(?P<year>(?:19|20)?\d{2})"))
_DAY = rf"{_YEAR}\s*[-/.年]\s*(?P<month>\d{{1,2}})\s*[-/.月]\s*(?P<day>\d{{1,2}})\s*日?(?:[ t]00:00(?::00(?:\.0+)?)?)?"
_ONE_DAY = re.compile(_DAY)
_RANGE = re.compile(
    rf"(?P<first>{_YEAR}-\d{{2}}-\d{{2}})\s*(?:~|–|—|to|至|-)\s*(?P<last>(?:19|20)\d{{2}}-\d{{2}}-\d{{2}})"
)


def parse_period(text: str, year: int | None = None) -> Span | None:
    """First and last day (included) of a period: ``2024-03``, ``Mar-24``, ``2024Q1``, ``Q1-24``, ``2024H1``,
    ``2024-W05``, ``24年3月``, ``2024``, ``2024-03-05`` (one day). A bare one (``1月``) is of ``year``.

    None when the text is no such period, or bare without a ``year``.
    """
    word = _plain(text)
    for pattern in _MONTH_NUMBER:
        if match := pattern.fullmatch(word):
            return _span("month", int(match["year"]), int(match["n"]))
    if match := _RANGE.fullmatch(word):
        return _range(match["first"], match["last"])
    if match := _ONE_DAY.fullmatch(word):
        day = _date(int(match["year"]), int(match["month"]), int(match["day"]))
        return None if day is None else (day, day)
    for pattern in _ONE_YEAR:
        if match := pattern.fullmatch(word):
            whole = _full_year(match["year"])
            return date(whole, 1, 1), date(whole, 12, 31)
    for unit, pattern in _DATED:
        if match := pattern.fullmatch(word):
            return _span(unit, _full_year(match["year"]), _number(match["n"]))
    bare = _bare(word)
    return None if bare is None or year is None else _span(bare[0], year, bare[1])


def is_bare_period(text: str) -> bool:
    """Whether a cell or header names a month, quarter, half year or week, but no year."""
    return parse_period(text) is None and _bare(_plain(text)) is not None


def reads_as_period(text: str) -> bool:
    """Whether a header names a period, with its year or without."""
    return parse_period(text) is not None or is_bare_period(text)


def columns_by_period(headers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Headers of a period and what is counted in it ("Jan-24 Leads", "2024 Q1 Won"): header → (period, the rest).

    {} unless all headers are of this kind and name at least two periods.
    """
    found = {header: parts for header in headers if (parts := _period_and_rest(header)) is not None}
    several = len({period for period, _ in found.values()}) > 1
    return found if several and len(found) == len(headers) else {}


def _period_and_rest(header: str) -> tuple[str, str] | None:
    words = header.split()
    for n in range(len(words) - 1, 0, -1):
        for period, rest in ((words[:n], words[n:]), (words[-n:], words[:-n])):
            if reads_as_period(" ".join(period)):
                return " ".join(period), " ".join(rest)
    return None


def spans_of_periods(texts: Iterable[str], first_year: int | None = None) -> dict[str, Span]:
    """What the cells (or headers) of one table mean together; what is no period is left out.

    ``texts`` stand in their order in the file: bare ones begin in ``first_year`` and go over into the next where they
    start again from the front (11月, 12月, 1月); without a ``first_year`` they are left out. See also ``widened``.
    """
    distinct = list(dict.fromkeys(texts))
    found = {text: span for text in distinct if (span := parse_period(text)) is not None}
    meant = widened(found.values())
    found = {text: meant[span] for text, span in found.items()}
    bare = {text: kind for text in distinct if text not in found and (kind := _bare(_plain(text))) is not None}
    if first_year is not None:
        for text, years_on in _turns([(text, *kind) for text, kind in bare.items()]).items():
            span = _span(*_of_year(bare[text], first_year + years_on))
            if span is not None:
                found[text] = span
    return found


def widened(periods: Iterable[Span]) -> dict[Span, Span]:
    """What the periods of one column mean together: single days that are all firsts (or all lasts) of a month are
    months, days that are all seven days (or multiples) apart are weeks. Keys are as parsed, values as meant.
    """
    found = sorted(set(periods))
    days = [first for first, last in found if first == last]
    if len(days) < 2 or len(days) < len(found):
        return {p: p for p in found}
    if all(day.day == 1 for day in days) or all(day == month_end(day) for day in days):
        return {(d, d): (d.replace(day=1), month_end(d)) for d in days}
    if all((b - a).days % 7 == 0 for a, b in pairwise(days)):
        return {(d, d): (d, d + timedelta(days=6)) for d in days}
    return {p: p for p in found}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").strip().casefold()


def _bare(word: str) -> tuple[Unit, int] | None:
    for unit, pattern in _UNDATED:
        if (match := pattern.fullmatch(word)) and not _TOO_SHORT.fullmatch(word):
            return unit, _number(match["n"])
    return None


def _of_year(kind: tuple[Unit, int], year: int) -> tuple[Unit, int, int]:
    return kind[0], year, kind[1]


def _turns(bare: Sequence[tuple[str, Unit, int]]) -> dict[str, int]:
    """How many years after the first each bare period lies: forward or backward in the file, whichever follows on
    more often, and a year on where the numbers start again.
    """
    most = {"month": 12, "quarter": 4, "half": 2, "week": 52}

    def followed(way: Sequence[tuple[str, Unit, int]]) -> int:
        return sum(b[2] == a[2] % most[a[1]] + 1 for a, b in pairwise(way) if a[1] == b[1])

    backward = bare[::-1]
    way = backward if followed(backward) > followed(bare) else bare
    found: dict[str, int] = {}
    years_on = 0
    for i, (text, _, n) in enumerate(way):
        years_on += i > 0 and n < way[i - 1][2]
        found[text] = years_on
    # in no order at all (sorted by name, say) they are of one year
    return dict.fromkeys(found, 0) if years_on > 1 and years_on * 4 > len(way) else found


def _number(text: str) -> int:
    return MONTHS.get(text) or _CHINESE.get(text) or int(text)


def _full_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _span(unit: Unit, year: int, n: int) -> Span | None:
    if unit == "week":
        try:
            first = date.fromisocalendar(year, n, 1)
        except ValueError:  # a week the year does not have
            return None
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "half": 6}[unit]
    if not 1 <= n * months <= 12:
        return None
    return date(year, n * months - months + 1, 1), month_end(date(year, n * months, 1))


def _range(first: str, last: str) -> Span | None:
    try:
        found = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:  # 30 February
        return None
    return found if found[0] <= found[1] else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # 30 February
        return None
