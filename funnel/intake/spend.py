"""The spend table from a file: a month, optionally a source, and an amount per row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from funnel.errors import InputError
from funnel.filters import SPENT_BY
from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.cells.periods import parse_period
from funnel.intake.cells.units import split_header
from funnel.intake.mapping import RawTable
from funnel.intake.reading.reader import read_table
from funnel.intake.values import text_of
from funnel.intake.words import has_part, header_words
from funnel.schema import Spend, empty


@dataclass(frozen=True)
class SpendFile:
    """A spend table read from a file: ``spend`` (``schema.Spend``), the column that was taken as money, and all columns
    that could be. ``by``: dimension → the column that was taken for it.
    """

    spend: pl.DataFrame
    amount: str
    amounts: tuple[str, ...]
    by: Mapping[str, str]


def read_spend(source: bytes | Path, file_name: str, amount: str | None = None) -> SpendFile:
    """A spend table from a CSV or Excel file. ``amount``: the column of money that a person chose.

    The month is the column whose cells all name a calendar month; source and region are the columns called so, and a
    further column that is no number is the source where none is called so. The amount is the column of numbers that is
    called spend, cost or the like, else the only one that is no count of clicks or leads; a unit in its header counts.
    Rows of one month, source and region are added up. Raises InputError (``spend.*``) when a file has no month or no
    amount, when nothing tells which column is the money, or names the first row that cannot be read.
    """
    table = read_table(source, file_name)
    month = next((c for c in table.columns if _months(table, c) is not None), None)
    if month is None:
        raise InputError("spend.no_month", file=file_name, columns=list(table.columns))
    numbers = [c for c in table.columns if c != month and infer_numbers(table.frame[c]).share_parsed == 1.0]
    if not numbers:
        raise InputError("spend.no_amount", file=file_name, columns=list(table.columns))
    amount = amount if amount in numbers else _money_column(numbers)
    if amount is None:
        raise InputError("spend.which_amount", file=file_name, columns=numbers)
    inferred = infer_numbers(table.frame[amount], split_header(amount)[1])
    if len(inferred.candidates) != 1:
        raise InputError("spend.amount_unclear", file=file_name, column=amount)
    by = _groups([c for c in table.columns if c not in (month, *numbers)])
    blank_column = pl.Series([None] * table.frame.height, dtype=pl.String)
    frame = pl.DataFrame(
        {
            "month": _months(table, month),
            **{name: text_of(table, by[name]) if name in by else blank_column for name in SPENT_BY},
            "amount": parse_numbers(table.frame[amount], inferred.candidates[0])["value"],
        }
    )
    blank = frame["amount"].is_null() | frame["month"].is_null()
    if blank.any():
        raise InputError("spend.blank_cell", file=file_name, row=int(table.row_numbers.filter(blank)[0]))
    if (frame["amount"] < 0).any():
        raise InputError("spend.negative", file=file_name, row=int(table.row_numbers.filter(frame["amount"] < 0)[0]))
    summed = frame.group_by("month", *SPENT_BY).agg(pl.col("amount").sum()).sort("month", *SPENT_BY, nulls_last=True)
    spend = Spend.validate(pl.concat([empty(Spend), summed.select(empty(Spend).columns)]))
    return SpendFile(spend, amount, tuple(numbers), by)


def _groups(columns: list[str]) -> dict[str, str]:
    """Dimension → its column among those that are neither month nor number."""
    by: dict[str, str] = {}
    for column in columns:
        meant = next((word.role for word in header_words(column) if word.role in SPENT_BY), None)
        if meant is not None:
            by.setdefault(meant, column)
    rest = [c for c in columns if c not in by.values()]
    return by if "source" in by or not rest else {**by, "source": rest[0]}


def _money_column(numbers: list[str]) -> str | None:
    """The column of numbers that is money by its name, or the only one that counts nothing; None where names tell
    nothing.
    """
    counts = [c for c in numbers if has_part(c, "tally_word")]
    for use in ("spend_word", "money_word"):
        named = [c for c in numbers if has_part(split_header(c)[0], use) and c not in counts]
        if named:
            return named[0]
    rest = [c for c in numbers if c not in counts]
    return rest[0] if len(rest) == 1 else None


def typed_spend(rows: pl.DataFrame) -> pl.DataFrame:
    """``schema.Spend`` from typed rows of its columns (``month``: any day of it); empty rows are left out.

    Raises InputError ``spend.row_incomplete`` or ``spend.row_negative`` (``row`` from 1, as typed) and
    ``spend.row_twice``.
    """
    typed = rows.with_row_index("row", offset=1).with_columns(
        pl.col("month").dt.truncate("1mo"), pl.col(*SPENT_BY).str.strip_chars().replace("", None)
    )
    typed = typed.filter(~pl.all_horizontal(pl.col("month", "amount", *SPENT_BY).is_null()))
    for row, month, amount in typed.select("row", "month", "amount").iter_rows():
        if month is None or amount is None:
            raise InputError("spend.row_incomplete", row=row)
        if not (math.isfinite(amount) and amount >= 0):
            raise InputError("spend.row_negative", row=row, given=amount)
    twice = typed.filter(typed.select("month", *SPENT_BY).is_duplicated())
    if twice.height:
        raise InputError("spend.row_twice", row=int(twice["row"][-1]), first=int(twice["row"][0]))
    return Spend.validate(typed.select(empty(Spend).columns).sort("month", *SPENT_BY, nulls_last=True))


def with_months_of(spend: pl.DataFrame, further: pl.DataFrame) -> pl.DataFrame:
    """``spend`` with the months that ``further`` holds taken from there, all others as they are (both ``Spend``)."""
    kept = spend.join(further, on="month", how="anti")
    return Spend.validate(pl.concat([kept, further]).sort("month", *SPENT_BY, nulls_last=True))


def _months(table: RawTable, column: str) -> pl.Series | None:
    """The first days of the months that a column names; null when a filled cell names anything else."""
    texts = text_of(table, column)
    periods = [parse_period(text) if text is not None else None for text in texts]
    if not any(periods) or any(p is None and text is not None for p, text in zip(periods, texts, strict=True)):
        return None
    if any(p is not None and (p[1].month, p[1].year) != (p[0].month, p[0].year) for p in periods):
        return None
    return pl.Series([p[0].replace(day=1) if p is not None else None for p in periods], dtype=pl.Date)
