"""A table for people: raw values with their kinds, so that a page, a file and a workbook show the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

import polars as pl

from funnel.i18n.translator import Translator

Kind = Literal[
    "text", "long_text", "count", "number", "percent", "probability", "points", "change", "days", "money", "date",
    "month",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """``key`` in the frame, the word above it, and how its values read. ``workbook_only``: too much to be
    seen at once."""

    key: str
    label: str
    kind: Kind = "text"
    workbook_only: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind not in ("text", "long_text", "date", "month")


class Cell(NamedTuple):
    """A value with a kind of its own, for a column that holds one unit a row; ``text``: how people read it."""

    value: float
    kind: Kind
    text: str


@dataclass(frozen=True)
class Sheet:
    """One table: ``rows`` hold raw values by column key (null where there is none)."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[dict[str, Any], ...]

    def shown(self, t: Translator) -> pl.DataFrame:
        """The table as text, headed in the session's words; what does not exist is a dash."""
        return pl.DataFrame(
            {c.key: [cell_text(row[c.key], c.kind, t) for row in self.rows] for c in self.columns},
            schema={c.key: pl.String for c in self.columns},
        )


def sheet(key: str, title: str, columns: Sequence[Column], rows: Sequence[dict[str, Any]]) -> Sheet:
    """A table of the named columns of ``rows``; further values of a row are left out."""
    return Sheet(key, title, tuple(columns), tuple({c.key: row.get(c.key) for c in columns} for row in rows))


def cell_text(value: Any, kind: Kind, t: Translator) -> str:
    """One value as text."""
    if value is None or value == "":
        return t.value(None)
    if isinstance(value, Cell):
        return value.text
    match kind:
        case "change":
            return t.signed(value, 0)
        case "percent":
            return t.percent(value)
        case "probability":
            return probability(value, t)
        case "points":
            return t.signed(value, 1)
        case "days":
            return t.number(value, 1)
        case "number":
            return t.number(value, 1)
        case "count":
            return t.number(value)
        case "money":
            return t.money(value)
        case "month":
            return t.month(value)
        case "date":
            return t.date(value) if isinstance(value, date) else str(value)
    return str(value)


def probability(p: float, t: Translator) -> str:
    """A probability as per cent; never 0 or 100, because nothing is certain."""
    if p > 0.999:
        return f"> {t.percent(0.999)}"
    return f"< {t.percent(0.001)}" if p < 0.001 else t.percent(p)
