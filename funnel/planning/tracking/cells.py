"""How a person writes a plan, an amount or a rate into a cell, in either language."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from funnel.errors import InputError
from funnel.filters import month_end

ONGOING = "ongoing"
_ONGOING_WORDS = frozenset(
    {"ongoing", "continuous", "continuously", "always", "持续", "持续进行", "长期", "进行中", "每周", "常态化"}
)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_WEEK = re.compile(r"(\d{4})\s*(?:-\s*w|年第?|w)\s*(\d{1,2})\s*周?")


_TWO_WAY = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})")


def day_order(values: Iterable[str]) -> str | None:
    """Whether the days of a column that end in the year are written day first ("dmy") or month first ("mdy").

    Null when none of the values decides it (all could be read both ways), or when they contradict each other.
    """
    found = [match for value in values if (match := _TWO_WAY.fullmatch(value.strip()))]
    is_dmy, is_mdy = (any(int(match[i]) > 12 for match in found) for i in (1, 3))
    return None if is_dmy == is_mdy else "dmy" if is_dmy else "mdy"


def parse_planned(text: str, order: str | None = None) -> str:
    """A planned time in its stored form: ``2026-07-03``, ``2026-W27``, ``2026-07``, ``ongoing`` or blank.

    Read are year-first dates (2026-07-03, 2026/7/3, 2026年7月3日), months (2026-07, 2026年7月), weeks (2026-W27,
    2026年第27周) and words for "ongoing"; days that end in the year (3/7/2026) only where ``order`` ("dmy", "mdy") of
    their column is known, or where they can be read in one way only. Anything else raises InputError:
    ``tracking.two_way_planned`` when there are two readings, else ``tracking.bad_planned``.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if not plain:
        return ""
    if plain in _ONGOING_WORDS:
        return ONGOING
    try:
        if found := _DAY.fullmatch(plain):
            return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
        if (found := _WEEK.fullmatch(plain)) and (plain.endswith("周") or "w" in plain):
            date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return f"{int(found[1]):04d}-W{int(found[2]):02d}"
        if found := _TWO_WAY.fullmatch(plain):
            order = order or day_order([plain])
            if order is None and found[1] != found[3]:
                raise InputError("tracking.two_way_planned", given=text.strip())
            day, month = (found[1], found[3]) if order == "dmy" else (found[3], found[1])
            return date(int(found[4]), int(month), int(day)).isoformat()
        if found := _MONTH.fullmatch(plain):
            return f"{date(int(found[1]), int(found[2]), 1):%Y-%m}"
    except ValueError as error:
        raise InputError("tracking.bad_planned", given=text.strip()) from error
    raise InputError("tracking.bad_planned", given=text.strip())


def planned_end(planned: str) -> date | None:
    """The last day of a stored planned time; null for ``ongoing`` and blank."""
    if planned in ("", ONGOING):
        return None
    if "W" in planned:
        return date.fromisocalendar(int(planned[:4]), int(planned[6:]), 1) + timedelta(days=6)
    return month_end(date.fromisoformat(f"{planned}-01")) if len(planned) == 7 else date.fromisoformat(planned)


def parse_rate(value: Any) -> float | None:
    """A reported rate as 0–1: "18 %", "18", "0.18" and 0.18 are all 0.18; blank and "–" are null.

    Text without a percent sign is a share only with a decimal point and a value up to 1 ("0.18"); "1" is one per cent.
    A number is a share up to 1 and per cent above, as an editor's cell gives it. Raises InputError
    (``tracking.bad_rate``) for anything else, negative values included.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _rate(float(value) if value <= 1 else float(value) / 100, value)
    plain = unicodedata.normalize("NFKC", str(value)).strip()
    if plain in ("", "-", "–", "—", "/", "n/a", "N/A", "无"):
        return None
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(%)?", plain)
    if not found:
        raise InputError("tracking.bad_rate", given=str(value))
    number = float(found[1].replace(",", "."))
    is_share = not found[2] and number <= 1 and ("." in found[1] or "," in found[1])
    return _rate(number if is_share else number / 100, value)


def _rate(rate: float, given: Any) -> float:
    if not 0 <= rate < 100:
        raise InputError("tracking.bad_rate", given=str(given))
    return round(rate, 8)


def reported_count(actual: str) -> float | None:
    """The amount that "actual completed" states: "480" → 480, "2024-03 · 500 leads" → 500; null where it names none.

    Dates, months and rates in the text are no amounts. Of several numbers the first one counts.
    """
    plain = unicodedata.normalize("NFKC", actual)
    for pattern in (_DAY, _WEEK, _MONTH, re.compile(r"\d{1,2}月(?:\d{1,2}[日号])?"), re.compile(r"\d+(?:\.\d+)?\s*%")):
        plain = pattern.sub(" ", plain)
    found = re.search(r"(?<![A-Za-z\d.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*([万千])?", plain)
    if not found:
        return None
    return float(found[1].replace(",", "") + (found[2] or "")) * {"万": 10_000, "千": 1_000, None: 1}[found[3]]
