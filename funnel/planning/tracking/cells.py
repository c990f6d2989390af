"""How a person writes a plan, an amount or a rate into a cell, in either language."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from funnel.errors import InputError
from funnel.filters import month_end
from funnel.intake.cells.numbers import READINGS, infer_numbers, parse_numbers

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


# The words behind a number that may belong to it (5k, 3 万元); a Latin word only as a whole.
_NUMBER = re.compile(r"(?<![A-Za-z\d.])(\d(?:[\d.,'’]|[ \u00a0\u202f](?=\d{3}(?!\d)))*)(?:\s?([^\W\d_]{1,6}))?")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it stands in a text from ``start`` to ``end``, and its values by the decimal mark they go with; two
    of them differ where the text does not say which one is meant."""

    written: str
    start: int
    end: int
    values: Mapping[str, float]

    @property
    def is_two_way(self) -> bool:
        return len(set(self.values.values())) > 1


@lru_cache(maxsize=8192)
def first_amount(actual: str) -> Amount | None:
    """The amount that "actual completed" states, read as the import reads numbers: 480, 1 200, 5k, 1.5万, 1,234.5.

    Dates, months and rates in the text are no amounts. Of several numbers the first one counts; null where there is
    none.
    """
    plain = unicodedata.normalize("NFKC", actual)
    for pattern in (_DAY, _WEEK, _MONTH, re.compile(r"\d{1,2}月(?:\d{1,2}[日号])?"), re.compile(r"\d[\d.,]*\s*%")):
        plain = pattern.sub(lambda found: " " * len(found[0]), plain)
    for found in _NUMBER.finditer(plain):
        digits, word = found[1].rstrip(".,'’"), found[2] or ""
        if digits.isdecimal() and not word:
            return Amount(digits, found.start(1), found.start(1) + len(digits), dict.fromkeys(READINGS, float(digits)))
        words = [word] if word.isascii() else [word[:n] for n in range(len(word), 0, -1)]
        for unit in dict.fromkeys([*words, ""]):
            if unit and digits != found[1]:
                continue  # a comma between them: the word belongs to the sentence
            values = _readings(f"{digits}{unit}")
            if values:
                end = found.start(2) + len(unit) if unit else found.start(1) + len(digits)
                return Amount(plain[found.start(1) : end], found.start(1), end, values)
    return None


def _readings(written: str) -> dict[str, float]:
    """Decimal mark → value: the marks under which the import can read the number, all of them where it would not ask
    because they agree."""
    column = pl.Series([written], dtype=pl.String)
    known = infer_numbers(column)
    if known.n_about or known.n_unreadable:
        return {}
    read = {mark: parse_numbers(column, mark)["value"][0] for mark in READINGS}
    agree = len(set(read.values())) == 1
    return {mark: float(value) for mark, value in read.items() if agree or mark in known.candidates}


def amount_reading(values: Iterable[str]) -> str | None:
    """The decimal mark that all amounts of a column fit ("plain", "comma_decimal"); null when both or neither do."""
    found = [amount.values for value in values if (amount := first_amount(value)) is not None]
    marks = [mark for mark in READINGS if found and all(mark in readings for readings in found)]
    return marks[0] if len(marks) == 1 else None


def settled_amount(actual: str, reading: str | None = None) -> str:
    """The text with an amount that can be read in one way only: one that allows two is written out as ``reading`` has
    it. Raises InputError ``tracking.two_way_amount`` where there is no reading: nothing is guessed.
    """
    amount = first_amount(actual)
    if amount is None or not amount.is_two_way:
        return actual
    if reading is None:
        first, second = sorted(set(amount.values.values()), reverse=True)
        raise InputError("tracking.two_way_amount", given=amount.written, first=first, second=second)
    plain = unicodedata.normalize("NFKC", actual)
    return f"{plain[: amount.start]}{amount.values[reading]:g}{plain[amount.end :]}"


def reported_count(actual: str) -> float | None:
    """The amount that "actual completed" states: "480" → 480, "2024-03 · 500 leads" → 500; null where it names none, or
    one that can be read in two ways."""
    amount = first_amount(actual)
    return None if amount is None or amount.is_two_way else next(iter(amount.values.values()))
