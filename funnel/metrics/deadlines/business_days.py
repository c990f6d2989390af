"""Working days: weekends and a country's public holidays left out, shifted working days counted, own days off.

Public holidays come from the package ``holidays``. Where a government moves working days to weekends (China, Vietnam …)
they are announced year by year: a year that the package does not know is refused, never counted as plain weekdays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from funnel.errors import InputError

if TYPE_CHECKING:
    from holidays import HolidayBase

WEEKEND = frozenset({5, 6})
"""Saturday and Sunday: the weekend where no country is chosen."""


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Which days are worked.

    ``country``: ISO code (two letters), null: only weekends are free. ``days_off`` and ``working_days`` are the
    company's own and rule over the country's. ``confirmed_years``: years that the package does not know and for which
    the user says that the typed days are complete. Raises InputError (``sla.unknown_country``).
    """

    country: str | None = None
    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()
    confirmed_years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.country is not None and self.country not in countries():
            raise InputError("sla.unknown_country", given=self.country)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the settings; ``calendar_from_dict`` is its inverse."""
        return {
            "country": self.country,
            "days_off": [day.isoformat() for day in sorted(self.days_off)],
            "working_days": [day.isoformat() for day in sorted(self.working_days)],
            "confirmed_years": sorted(self.confirmed_years),
        }


def calendar_from_dict(data: Mapping[str, Any]) -> BusinessCalendar:
    """A calendar from plain data. Raises InputError (``sla.bad_date``, ``sla.unknown_country``)."""
    return BusinessCalendar(
        country=data.get("country") or None,
        days_off=_days(data.get("days_off", ())),
        working_days=_days(data.get("working_days", ())),
        confirmed_years=frozenset(int(year) for year in data.get("confirmed_years", ())),
    )


@lru_cache
def countries() -> tuple[str, ...]:
    """Two-letter codes of the countries whose public holidays are known, sorted."""
    import holidays

    return tuple(sorted(code for code in holidays.list_supported_countries() if len(code) == 2))


@lru_cache
def known_years(country: str) -> tuple[int, int]:
    """First and last year whose working days the package knows for a country."""
    calendar = _public_holidays(country)
    announced = getattr(calendar, "special_public_holidays", None)
    if calendar.has_substituted_holidays and announced:
        return min(announced), max(announced)
    return calendar.start_year, calendar.end_year


def weekend_of(calendar: BusinessCalendar, year: int) -> frozenset[int]:
    """The weekdays (Monday is 0) that are a weekend in the calendar's country."""
    if calendar.country is None:
        return WEEKEND
    return frozenset(_public_holidays(calendar.country, [year]).weekend)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The working days of a calendar from a day on, to be counted in plans. ``so_far``: per day how many there are up
    to it; ``days``: which they are."""

    first: date
    so_far: pl.Series
    days: pl.Series

    def count(self, day: pl.Expr) -> pl.Expr:
        """The working days up to a day (date), from the first one on."""
        place = day.cast(pl.Int32) - (self.first - date(1970, 1, 1)).days
        return pl.lit(self.so_far).gather(place, null_on_oob=True)

    def after(self, day: pl.Expr, n: int) -> pl.Expr:
        """The n-th working day after a day (date); null where it lies after all that are known."""
        return pl.lit(self.days).gather(self.count(day) + (n - 1), null_on_oob=True)


@lru_cache(maxsize=32)
def working_days(calendar: BusinessCalendar, span: tuple[date, date] | None) -> WorkingDays:
    """The working days from the first to the last day of ``span`` (null: nobody asks for any).

    Raises InputError (``sla.calendar_year``) for a year that the country's calendar does not know and nobody has
    confirmed.
    """
    day = date(1970, 1, 1)
    table = working_table(BusinessCalendar(), day, day).clear() if span is None else working_table(calendar, *span)
    days = table.filter("is_working")["day"]
    return WorkingDays(day if span is None else span[0], table["n_working"], days)


@lru_cache(maxsize=32)
def working_table(calendar: BusinessCalendar, first: date, last: date) -> pl.DataFrame:
    """One row per day from ``first`` to ``last``: ``day``, ``is_working``, ``n_working`` (working days so far).

    The working days after day a up to day b are ``n_working(b) − n_working(a)``. Raises InputError
    (``sla.calendar_year``) for a year that the country's calendar does not know and nobody has confirmed.
    """
    years = range(first.year, last.year + 1)
    free: frozenset[date] = frozenset()
    moved: frozenset[date] = frozenset()
    weekend = WEEKEND
    if calendar.country is not None:
        low, high = known_years(calendar.country)
        for year in years:
            if not low <= year <= high and year not in calendar.confirmed_years:
                raise InputError(
                    "sla.calendar_year", given=str(year), country=calendar.country, first=str(low), last=str(high)
                )  # as text: a year is no number to be grouped by thousands
        known = _public_holidays(calendar.country, years)
        # A confirmed year has no announced shifts: its weekends are free, its fixed holidays are those of the package.
        free, moved = frozenset(known), frozenset(known.weekend_workdays)
        weekend = frozenset(known.weekend)
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]

    def is_working(day: date) -> bool:
        if day in calendar.working_days or day in calendar.days_off:
            return day in calendar.working_days
        return day in moved if day.weekday() in weekend else day not in free

    working = [is_working(day) for day in days]
    return pl.DataFrame({"day": pl.Series(days, dtype=pl.Date), "is_working": working}).with_columns(
        n_working=pl.col("is_working").cum_sum().cast(pl.Int64)
    )


def _public_holidays(country: str, years: Iterable[int] | None = None) -> HolidayBase:
    import holidays

    return holidays.country_holidays(country, years=years)


def _days(values: Iterable[date | str]) -> frozenset[date]:
    return frozenset(value if isinstance(value, date) else _day(value) for value in values)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError("sla.bad_date", given=value) from error
