"""Which leads and which days a question is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, get_args

import polars as pl

from funnel.errors import InputError

Preset = Literal["all", "3m", "6m", "12m", "dates"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
PRESET_MONTHS = {"3m": 3, "6m": 6, "12m": 12}
"""Calendar months of the presets that count backwards."""

DIMENSIONS = ("source", "owner", "segment", "region")
"""By what leads are grouped and filtered. A further one is an entry here, a column of the facts and of the journeys,
and its words; nowhere else is the list written down."""
SPENT_BY = ("source", "region")
"""The dimensions that a row of the spend table may name; each is a column of ``schema.Spend`` and of its storage."""
NOT_STATED = ""
"""How a blank value of a dimension stands in a filter; in frames it is null."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days from ``start`` to ``end``, both included. *All time* has neither, and only it counts undated leads."""

    preset: Preset = "all"
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if (self.preset == "all") != (self.start is None and self.end is None):
            raise InputError("filters.window_needs_dates", given=self.preset)
        if self.start and self.end and self.start > self.end:
            raise InputError("filters.window_reversed", start=self.start, end=self.end)

    @property
    def is_all_time(self) -> bool:
        return self.preset == "all"

    @property
    def n_days(self) -> int | None:
        """Length in days; null for *All time*."""
        return None if self.start is None or self.end is None else (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True, init=False)
class Filters:
    """What the sidebar says: ``Filters(window, source=("web", "fair"))``.

    ``groups``: the chosen values of each narrowed dimension, in the order of ``DIMENSIONS``; ``NOT_STATED`` selects the
    leads where the value is blank. Raises InputError (``filters.unknown_dimension``).
    """

    window: Window
    groups: tuple[tuple[str, tuple[str, ...]], ...]

    def __init__(self, window: Window = Window(), **chosen: Sequence[str]) -> None:
        for dimension in chosen:
            checked_dimension(dimension)
        object.__setattr__(self, "window", window)
        object.__setattr__(self, "groups", tuple((d, tuple(chosen[d])) for d in DIMENSIONS if chosen.get(d)))

    def chosen(self, dimension: str) -> tuple[str, ...]:
        """The chosen values of a dimension; empty means all."""
        return dict(self.groups).get(dimension, ())

    def during(self, window: Window) -> Filters:
        """The same leads in another window."""
        return Filters(window, **dict(self.groups))

    @property
    def selects_leads(self) -> bool:
        """Whether any dimension is narrowed."""
        return bool(self.groups)


def checked_dimension(dimension: str) -> str:
    """The dimension, if it is one. Raises InputError (``filters.unknown_dimension``)."""
    if dimension not in DIMENSIONS:
        raise InputError("filters.unknown_dimension", given=dimension, allowed=list(DIMENSIONS))
    return dimension


def month_start(day: date, months_back: int = 0) -> date:
    """The first day of the month that lies ``months_back`` months before ``day``'s."""
    months = day.year * 12 + day.month - 1 - months_back
    return date(months // 12, months % 12 + 1, 1)


def month_end(day: date) -> date:
    """The last day of ``day``'s month."""
    return month_start(day, -1) - timedelta(days=1)


def months_before(day: date, months: int) -> date:
    """The same day ``months`` calendar months earlier; the last day of the month where it has no such day."""
    start = month_start(day, months)
    return start.replace(day=min(day.day, month_end(start).day))


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def days_window(start: date, end: date) -> Window:
    """The window of two days, both included."""
    return Window("dates", start, end)


def bounds(window: Window) -> tuple[date, date]:
    """First and last day of a window by dates. *All time* has none: InputError ``comparison.window_without_dates``."""
    if window.start is None or window.end is None:
        raise InputError("comparison.window_without_dates")
    return window.start, window.end


def preset_window(preset: Preset, as_of: date) -> Window:
    """The window of a preset: *All time*, or the last 3, 6 or 12 calendar months ending with the month of ``as_of``."""
    if preset == "all":
        return Window()
    if preset not in PRESET_MONTHS:
        raise InputError("filters.unknown_preset", given=preset, allowed=[p for p in PRESETS if p != "dates"])
    return Window(preset, month_start(as_of, PRESET_MONTHS[preset] - 1), month_end(as_of))


def compared_windows(window: Window, as_of: date) -> tuple[Window, Window] | None:
    """The window as far as its days have come, and the one right before it; null for *All time* or a future window.

    Whole calendar months stand against as many whole calendar months. A window whose last days lie after ``as_of``
    stands against the same number of days directly before it, and so does a window given by dates.
    """
    if window.start is None or window.end is None or window.start > as_of:
        return None
    end = min(window.end, as_of)
    if window.preset in PRESET_MONTHS and end == window.end:
        start = month_start(window.start, PRESET_MONTHS[window.preset])
    else:
        start = window.start - timedelta(days=(end - window.start).days + 1)
    return Window("dates", window.start, end), Window("dates", start, window.start - timedelta(days=1))


def in_window(at: pl.Expr, window: Window) -> pl.Expr:
    """Whether an instant lies in the window (last day included). Null instants are in *All time* only."""
    if window.start is None or window.end is None:
        return pl.lit(True)
    return at.is_between(instant(window.start), instant(window.end + timedelta(days=1)), closed="left").fill_null(False)


@lru_cache(maxsize=256)
def instant(day: date) -> pl.Expr:
    """The begin of a day in a plan. Kept: to make one costs more than all else of a condition."""
    return pl.lit(midnight(day))


def midnight(day: date) -> datetime:
    """The instant at which a day begins."""
    return datetime.combine(day, time.min)


def apply_filters(journeys: pl.LazyFrame, filters: Filters) -> pl.LazyFrame:
    """Leads of the chosen groups. The window is left to each basis, which knows its own date."""
    for dimension in DIMENSIONS:
        chosen = filters.chosen(dimension)
        if chosen:
            named = [value for value in chosen if value != NOT_STATED]
            keep = pl.col(dimension).is_in(named)
            if NOT_STATED in chosen:
                keep = keep | pl.col(dimension).is_null()
            journeys = journeys.filter(keep.fill_null(False))
    return journeys
