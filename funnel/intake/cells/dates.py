"""Dates as people and systems write them: which conventions fit a whole column, and reading it under one of them.

A *reading* is a convention by name. A column is judged by all its values: a reading is a candidate when it fits every
value that is a date at all. Several candidates, or none that fits them all (``mixed``), is a question for the person
who imports; nothing here picks one. Readings joined by ``+`` ("ymd+excel_serial") are tried in that order per value:
the answer to a mixed column. ``@`` and a separator keep a reading to the cells that use it ("mdy@/+dmy@-"): a column
that was written in two ways is asked, since 10/25/2016 says nothing about 01-11-16.

| reading | examples |
|---|---|
| ymd | 2024-03-05, 2024/3/5 14:05, 2024年3月5日 10时30分, 2024-03-05T14:05:00.123+08:00 |
| dmy, mdy | 05/03/2024, 5.3.24 14:05, 3/5/2024 2:05 PM |
| ymd_short | 24/03/05 |
| month_name | 15 Apr, 2021 00:02:00; April 15, 2021; 15-Apr-21; Mon, 15 Apr 2021 10:00:00 +0000; 15. März 2024 |
| ym | 2024-03, 2024年3月, 03/2024, Mar 2024 (the first day of the month) |
| ymd_compact, dmy_compact, mdy_compact | 20240305, 20240305140500; 05032024; 03052024 |
| excel_serial | 45356, 45356.4375 (days of Excel's 1900 system) |
| epoch_s, epoch_ms, epoch_us | 1709610000, 1709610000000, 1709610000000000 (UTC) |
| year:2024 | 3月5日, 5 March, Mar 5 (a day without a year, which only a person can name) |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import cast

import polars as pl

from funnel.errors import InputError
from funnel.intake.cells.blanks import cells_of, spread
from funnel.intake.cells.date_patterns import (
    CUT_STAMP,
    FIRST_YEAR,
    READINGS,
    SPELLING,
    ZONE_WRITTEN,
    Matches,
    parse_cells,
)

__all__ = ["ANY_YEAR", "READINGS", "YEAR", "DateInference", "infer_dates", "parse_dates", "zones_of"]

_DAY_ORDERS = ("dmy", "mdy", "ymd_short")

YEAR = "year:"
"""Begins a reading of days without a year."""
ANY_YEAR = f"{YEAR}2024"
"""The reading in a leap year: every day without a year exists in it, and their order does not depend on the year."""
_BARE_DAY = (
    r"(?i)^\s*(?:[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*[日号]?"
    r"|[0-9]{1,2}(?:st|nd|rd|th|er|\.)?\s+\p{L}{3,12}\.?|\p{L}{3,12}\.?\s+[0-9]{1,2}(?:st|nd|rd|th)?)\s*$"
)

_ENOUGH_VALUES = 8  # different two-digit-year dates that show which part is the year
_N_EXAMPLES = 5

# What most exports hold; strptime reads a million of them in a few hundredths of a second.
_FAST_ISO = (
    ("%Y-%m-%d", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    ("%Y-%m-%d %H:%M:%S", r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"),
    ("%Y-%m-%dT%H:%M:%S", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"),
)


@dataclass(frozen=True, slots=True)
class DateInference:
    """What a column's values allow. Counts are of non-blank values (placeholders such as "-" or "n/a" are blank).

    ``candidates``: the readings that fit every value that any reading fits, best first; several that give different
    dates mean: ask. ``mixed``: there are dates, but no single reading fits them all; ``combinations`` then are the
    readings joined by ``+`` that would. ``fits``: reading → number of values it fits. ``n_unreadable`` values fit no
    reading; ``examples`` shows some of them. ``share_parsed`` = readable / non-blank (0.0 for an empty column).
    ``n_with_time``: values with a time of day other than midnight, under the best candidate. ``n_cut``: time stamps
    whose digits a spreadsheet cut (1.7E+12); they count in ``share_parsed``, and no reading fits them. ``is_bare``: all
    dates are days without a year; they count, too.
    """

    candidates: tuple[str, ...]
    mixed: bool
    n_values: int
    n_unreadable: int
    share_parsed: float
    examples: tuple[str, ...] = ()
    fits: Mapping[str, int] = field(default_factory=dict)
    combinations: tuple[str, ...] = ()
    n_with_time: int = 0
    n_cut: int = 0
    is_bare: bool = False

    @property
    def is_ambiguous(self) -> bool:
        return len(self.candidates) > 1


def infer_dates(values: pl.Series) -> DateInference:
    """Which readings fit the column ``values`` (String, any length). Judged from all values, never from a sample."""
    fast = _parse_fast(values)
    if fast is not None:
        n = fast.height - fast["at"].null_count()
        return DateInference(("ymd",), False, n, 0, 1.0, fits={"ymd": n}, n_with_time=int(fast["has_time"].sum() or 0))
    cells = cells_of(values)
    weights = cells.n.filter(cells.text.is_not_null())
    text = cells.text.drop_nulls()
    n_values = int(weights.sum() or 0)
    if n_values == 0:
        return DateInference((), False, 0, 0, 0.0)
    if not text.str.contains("[0-9]").any():  # no reading knows a date without digits
        return DateInference((), False, n_values, n_values, 0.0, tuple(text.head(_N_EXAMPLES).to_list()))
    if text.str.contains(_BARE_DAY).all() and parse_dates(text, ANY_YEAR)["ok"].all():
        return DateInference((), False, n_values, 0, 1.0, is_bare=True)
    n_cut = int(weights.filter(text.str.contains(CUT_STAMP)).sum() or 0)
    matches = Matches(text)
    found_any = matches.look_for_all()
    tried = {key: parse_cells(matches, key, None, proposing=True) for key in READINGS if found_any}
    parsed = {key: frame for key, frame in tried.items() if frame["at"].null_count() < frame.height}
    if not parsed:
        examples = tuple(text.head(_N_EXAMPLES).to_list())
        return DateInference((), False, n_values, n_values - n_cut, n_cut / n_values, examples, n_cut=n_cut)
    fitting = {key: frame["at"].is_not_null() for key, frame in parsed.items()}
    fits = {key: int(weights.filter(fitting[key]).sum() or 0) for key in parsed}
    readable = pl.select(pl.any_horizontal(*fitting.values())).to_series()
    n_readable = int(weights.filter(readable).sum() or 0)
    candidates = [key for key in fits if fits[key] == n_readable]
    candidates = _without_implausible(candidates, parsed, text)
    # only where days and months can change places, or no reading fits all
    may_differ = n_readable > 0 and set(candidates) <= set(_DAY_ORDERS)
    by_spelling = _by_spelling(text, parsed, fitting, readable) if may_differ else []
    if candidates and any("@" in reading for reading in by_spelling):
        candidates = list(dict.fromkeys([*(c for c in candidates if c in by_spelling), *by_spelling, *candidates]))
    return DateInference(
        candidates=tuple(candidates),
        mixed=not candidates and n_readable > 0,
        n_values=n_values,
        n_unreadable=n_values - n_readable - n_cut,
        share_parsed=(n_readable + n_cut) / n_values,
        examples=tuple(text.filter(~readable).head(_N_EXAMPLES).to_list()),
        fits=fits,
        combinations=() if candidates else tuple(by_spelling) or _combinations(fitting, readable),
        n_with_time=int(weights.filter(_with_time(parsed[candidates[0]]).fill_null(False)).sum() or 0)
        if candidates and candidates[0] in parsed
        else 0,
        n_cut=n_cut,
    )


def zones_of(values: pl.Series, reading: str) -> frozenset[str]:
    """The zones that the times of a column name, in lower case ("z" and UTC are "utc"); epoch times are UTC."""
    if all(key.startswith("epoch_") for key in reading.split("+")):
        return frozenset({"utc"})
    first = values.drop_nulls().head(1)
    if any(first.str.contains(pattern).any() for _, pattern in _FAST_ISO):
        return frozenset()
    found = values.str.strip_chars().str.extract(ZONE_WRITTEN).drop_nulls().unique().to_list()
    plain = {zone.lower().removeprefix("utc").removeprefix("gmt").replace(":", "").lstrip("z") for zone in found}
    # a day without a clock ("05-03-24") has no zone, whatever its last part looks like
    has_clock = values.str.contains(r"[0-9][:h点时][0-9]|[0-9][tT][0-9]").any() if plain else False
    offsets = {"utc" if zone.strip("+-0") == "" else zone[:3] + zone[3:].ljust(2, "0") for zone in plain}
    return frozenset(offsets) if has_clock else frozenset()


def _by_spelling(
    text: pl.Series, parsed: dict[str, pl.DataFrame], fitting: dict[str, pl.Series], readable: pl.Series
) -> list[str]:
    """Readings of a column in which days and months stand with more than one separator, the same order for all first.

    Each separator is judged by its own cells; () where one is used, or one has no reading for all its cells.
    """
    used = text.str.extract(SPELLING)
    marks = used.filter(readable).unique().sort().to_list()
    if len(marks) < 2 or None in marks:
        return []
    options: list[list[str]] = []
    years: dict[tuple[str, str], tuple[int, int]] = {}
    for mark in marks:
        here = (used == mark) & readable
        fits = [key for key in _DAY_ORDERS if key in fitting and fitting[key].filter(here).all()]
        if not fits:
            return []
        if mark == "." and "dmy" in fits:
            fits = ["dmy"]  # nobody writes 03.05.2024 for 5 March
        years |= {(mark, key): _years(parsed[key]["at"].filter(here)) for key in fits}
        options.append(fits)
    # a two-digit year in front is meant only where it lies among the years of the other spelling
    known = [years[mark, fits[0]] for mark, fits in zip(marks, options, strict=True) if "ymd_short" not in fits]
    if known:
        low, high = min(first for first, _ in known) - 2, max(last for _, last in known) + 2
        options = [
            [k for k in fits if k != "ymd_short" or (low <= years[mark, k][0] and years[mark, k][1] <= high)] or fits
            for mark, fits in zip(marks, options, strict=True)
        ]
    found = []
    for chosen in product(*options):
        together = zip(chosen, marks, strict=True)
        found.append(chosen[0] if len(set(chosen)) == 1 else "+".join(f"{key}@{mark}" for key, mark in together))
    return sorted(found, key=lambda reading: "@" in reading)


def parse_dates(values: pl.Series, reading: str, time_zone: str | None = None) -> pl.DataFrame:
    """Read the column under ``reading``: one row per value with ``at`` (Datetime us), ``has_time``, ``ok``.

    Readings joined by ``+`` are tried in that order, value by value.
    ``at`` and ``has_time`` are null for blanks and for values that do not fit; ``ok`` is false only for the latter.
    A column whose times are all midnight is date-only: ``has_time`` is false throughout. Values with a zone (and epoch
    seconds, which are UTC) are converted to ``time_zone`` (IANA name); without one they stay as written.
    Raises InputError for an unknown reading.
    """
    if reading.startswith(YEAR):
        return _in_year(values, reading.removeprefix(YEAR))
    keys = reading.split("+")
    if any(key.partition("@")[0] not in READINGS for key in keys):
        raise InputError("reading.unknown_date_reading", given=reading, allowed=list(READINGS))
    if "ymd" in keys:
        fast = _parse_fast(values)
        if fast is not None:
            return fast
    cells = cells_of(values)
    matches = Matches(cells.text)
    # a mixed column was asked about with the numbers that are likely dates; alone, a reading takes all it can
    likely = len(keys) > 1 and "@" not in reading
    parsed = parse_cells(matches, keys[0], time_zone, proposing=likely)
    for key in keys[1:]:
        second = parse_cells(matches, key, time_zone, proposing=likely)
        parsed = pl.DataFrame(
            {
                name: pl.select(pl.when(parsed["at"].is_null()).then(second[name]).otherwise(parsed[name])).to_series()
                for name in ("at", "timed")
            }
        )
    return spread(values, cells, parsed.select("at", has_time=_with_time(parsed)))


def _in_year(values: pl.Series, year: str) -> pl.DataFrame:
    """Days without a year, in a year: ``3月5日`` with it in front, ``5 March`` with it behind."""
    cells = cells_of(values)
    bare = pl.when(cells.text.str.contains(_BARE_DAY)).then(pl.lit(cells.text))
    written = pl.select(han=pl.lit(f"{year}年") + bare, word=bare + pl.lit(f" {year}"))
    han, word = (
        parse_cells(Matches(written["han"]), "ymd", None),
        parse_cells(Matches(written["word"]), "month_name", None),
    )
    at = pl.select(pl.coalesce(pl.lit(han["at"]), pl.lit(word["at"])).alias("at")).to_series()
    return spread(values, cells, pl.select(at=at, has_time=pl.when(at.is_not_null()).then(False)))


def _parse_fast(values: pl.Series) -> pl.DataFrame | None:
    """The column as ISO dates or date-times in one uniform spelling without blanks inside, or None."""
    first = values.drop_nulls().head(1)
    for form, pattern in _FAST_ISO if first.len() else ():
        if not first.str.contains(pattern)[0]:
            continue
        if not values.str.contains(pattern).all():
            return None
        at = values.str.to_datetime(form, strict=False, time_unit="us", cache=False)
        if at.null_count() != values.null_count() or _years(at)[0] < FIRST_YEAR:
            return None
        timed = at.is_not_null() if "H" in form else at.is_null()
        parsed = pl.select(at=at, timed=pl.when(at.is_not_null()).then(timed))
        return pl.select(at=at, has_time=_with_time(parsed), ok=pl.repeat(True, at.len()))
    return None


def _with_time(parsed: pl.DataFrame) -> pl.Series:
    """``has_time`` per value. Times that are midnight throughout the column are how a system writes a date."""
    timed, at = parsed["timed"], parsed["at"]
    if timed.any() and not (timed & (at != at.dt.truncate("1d"))).any():
        return pl.select(pl.when(timed.is_not_null()).then(False).alias("has_time")).to_series()
    return timed.rename("has_time")


def _years(at: pl.Series) -> tuple[int, int]:
    year = at.dt.year()
    return cast(int, year.min()), cast(int, year.max())


def _without_implausible(candidates: list[str], parsed: dict[str, pl.DataFrame], text: pl.Series) -> list[str]:
    """Drop readings that fit by accident.

    - Dates with dots are day first where that fits (nobody writes 03.05.2024 for 5 March).
    - With two-digit years, day and year can change places: the reading whose years spread over decades is the wrong
      one where another keeps to a few years and the column has enough different values to tell.
    - Readings that give the same dates throughout are one.
    """
    if "dmy" in candidates and "mdy" in candidates and not text.str.contains(r"[0-9][-/][0-9]").any():
        candidates = [key for key in candidates if key != "mdy"]
    if "ymd_short" in candidates and len(candidates) > 1 and text.n_unique() >= _ENOUGH_VALUES:
        years = {key: _years(parsed[key]["at"]) for key in candidates}
        spans = {key: last - first for key, (first, last) in years.items()}
        tight = min(spans.values())
        candidates = [key for key in candidates if spans[key] <= max(3 * tight, tight + 5)]
    kept: list[str] = []
    for key in candidates:
        if not any(parsed[key]["at"].equals(parsed[other]["at"], null_equal=True) for other in kept):
            kept.append(key)
    return kept


def _combinations(fitting: dict[str, pl.Series], readable: pl.Series) -> tuple[str, ...]:
    """The fewest readings that together fit every readable value, joined by ``+``; in both orders where it matters."""
    # only which readings fit together matters, not how often: a few rows, however long the column
    patterns = [
        {key for key, fits in row.items() if fits} for row in pl.DataFrame(fitting).filter(readable).unique().to_dicts()
    ]
    keys = [key for key in fitting if any(key in pattern for pattern in patterns)]
    for size in (2, 3):
        found: dict[tuple[str | None, ...], str] = {}
        for chosen in permutations(keys, size):
            # the order matters only where two of them fit the same value
            first_fit = tuple(next((key for key in chosen if key in pattern), None) for pattern in patterns)
            if None not in first_fit:
                found.setdefault(first_fit, "+".join(chosen))
        if found:
            return tuple(found.values())
    return ()
