"""How a column is read, in words for the person who is asked."""

from __future__ import annotations

from datetime import date, datetime, time

from funnel.errors import Message
from funnel.intake.cells.numbers import taken_apart
from funnel.intake.years import year_of


def reading_in_words(reading: str, kind: str) -> Message:
    """What a date or number reading says, for a person."""
    if kind == "number":
        return _number_in_words(reading)
    if year_of(reading) is not None:
        return Message("intake.reading.year", {"year": str(year_of(reading))})
    first, *rest = (_date_in_words(key) for key in reading.split("+"))
    found = first
    for further in rest:
        found = Message("intake.reading_both", {"first": found, "then": further})
    return found


def _date_in_words(key: str) -> Message:
    base, _, separator = key.partition("@")
    found = Message(f"intake.reading.{base}")
    return Message("intake.reading.written_with", {"reading": found, "mark": separator}) if separator else found


def _number_in_words(reading: str) -> Message:
    how = taken_apart(reading)
    found = Message(f"intake.reading.{how.mark}")
    switches = reading.split("|")[1:]
    if how.factor != 1.0:
        found = Message("intake.reading.times", {"reading": found, "factor": how.factor})
    for switch in ("about", "exact", "positive"):
        if switch in switches:
            found = Message(f"intake.reading.{switch}", {"reading": found})
    return found


def day_where_no_time(read: datetime | float | None) -> date | float | None:
    """Midnight is how a day without a time is held: then only the day is said."""
    return read.date() if isinstance(read, datetime) and read.time() == time() else read
