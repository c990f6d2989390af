"""How far date fields reach: Streamlit's own limits are ten years around today, and a value beyond them is an error."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

_FIRST, _LAST = date(1900, 1, 1), date(2100, 12, 31)


class Limits(TypedDict):
    """What ``st.date_input`` takes."""

    min_value: date
    max_value: date


def limits(*values: date | None, last: date | None = None) -> Limits:
    """Limits of a date field that hold every value it may show; ``last``: the last day that can be chosen."""
    shown = [value for value in values if value is not None]
    return Limits(min_value=min([_FIRST, *shown]), max_value=max([last or _LAST, *shown]))
