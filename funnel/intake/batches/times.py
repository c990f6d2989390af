"""The times of a file: in which zone they are kept, which of them only say "never", and up to when the file reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import polars as pl

from funnel.errors import Message
from funnel.far_off import near_days
from funnel.intake.cells.dates import zones_of
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.questions import Readings
from funnel.intake.values import date_keys
from funnel.schema import Finding

UTC = "UTC"
_YEARS_AHEAD = 15
"""From so many years after the import on a date that many rows share, or the turn of a year, means "open"."""
_MANY_ROWS = 3
_NEVER = ("1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01")
"""First days of calendars: what systems write where there is no date, if all other dates are decades later."""
_YEARS_BACK = 20


@dataclass(frozen=True, slots=True)
class Zone:
    """To which zone the zoned times of a file are converted (null: none is, they stay as written), and what to tell."""

    name: str | None
    finding: Finding | None = None

    @property
    def is_used(self) -> bool:
        """Whether the file has zoned times that were converted: then the zone belongs to the identity of the import."""
        return self.name is not None and self.finding is not None


def zone_of(table: RawTable, mapping: ColumnMapping, readings: Readings, time_zone: str | None) -> Zone:
    """How the zoned times of a file are kept: in the workspace's zone, else as written where they name one zone, else
    in UTC, so that their order is right.
    """
    zones: dict[str, frozenset[str]] = {}
    for key, cells in date_keys(table, mapping).items():
        if key in readings.dates and (found := zones_of(cells, readings.dates[key])):
            zones[key] = found
    if not zones:
        return Zone(time_zone)
    named = frozenset().union(*zones.values())
    columns = list(zones)
    n = max(table.frame.height - date_keys(table, mapping)[key].null_count() for key in zones)
    if time_zone is not None:
        message = Message("intake.zoned_times", {"columns": columns, "zone": time_zone, "n": n})
        return Zone(time_zone, Finding(message, "note", n, "intake.done.converted"))
    if len(named) > 1:
        return Zone(
            UTC, Finding(Message("intake.zones_in_utc", {"columns": columns}), "warning", n, "intake.done.converted")
        )
    written = {"columns": columns, "written": next(iter(named)).upper()}
    return Zone(None, Finding(Message("intake.zones_as_written", written), "warning", n, "intake.done.kept"))


def open_ends(at: pl.Series, import_day: date) -> pl.Series:
    """Which instants are no dates but a way to write "none": 9999-12-31, 2100-01-01 in many rows, 1900-01-01."""
    none = pl.repeat(False, at.len(), eager=True)
    last, first = at.max(), at.min()
    if not isinstance(last, datetime) or not isinstance(first, datetime):
        return none
    days = at.dt.date()
    found = none
    if last.year >= import_day.year + _YEARS_AHEAD:
        far = days.dt.year() >= import_day.year + _YEARS_AHEAD
        counted = days.to_frame("day").select(pl.len().over("day")).to_series()
        turn = ((days.dt.month() == 12) & (days.dt.day() == 31)) | ((days.dt.month() == 1) & (days.dt.day() == 1))
        found = far & ((days.dt.year() >= 9000) | (counted >= _MANY_ROWS) | turn)
    middle = at.median()
    if isinstance(middle, datetime) and first.year + _YEARS_BACK <= middle.year:
        never = days.is_in([date.fromisoformat(day) for day in _NEVER]) & (days.dt.year() + _YEARS_BACK <= middle.year)
        found = found | never
    return found.fill_null(False)


def reaches_to(frame: pl.DataFrame, columns: Sequence[pl.Series], import_day: date) -> date | None:
    """The latest day in ``columns`` (instants of the rows of ``frame``) that is neither after ``import_day`` nor far
    off all others; None without one.
    """
    end = datetime.combine(import_day, time.max)
    parts = [pl.DataFrame({"id": frame["row_no"], "day": series}) for series in columns]
    if not parts:
        return None
    dates = pl.concat(parts).filter(pl.col("day") <= end)
    near = near_days(dates.select("id", pl.col("day").dt.epoch("d").cast(pl.Int64)))
    return near[1] if near else None
