"""Columns of a table of totals that only add up other columns: "Grand Total", "2024 Total", a block of totals."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.cells.periods import reads_as_period
from funnel.intake.reading.records.words import folded, is_total_word, without_total
from funnel.intake.words import concept_of

_ROUNDING = 0.0051  # of each number shown


def total_columns(frame: pl.DataFrame) -> list[str]:
    """The columns of ``frame`` (data rows, named) whose header says total and that are, in every row, the sum of other
    columns: of all periods or stages, of those since the last such column, or of those that share the rest of its name.

    Only beside columns whose headers are periods or stages: the total of an amount and its tax is an amount.
    """
    named = [c for c in frame.columns if is_total_word(c) or without_total(c) is not None]
    if not named:
        return []
    counted = [c for c in frame.columns if c not in named and _is_counted(c)]
    numbers = {c: values for c in (*counted, *named) if (values := _numbers(frame[c])) is not None}
    counted = [c for c in counted if c in numbers]
    if len(counted) < 2:
        return []
    found: list[str] = []
    for column in named:
        if column in numbers and any(
            _is_sum(numbers, column, parts) for parts in _summed(frame.columns, column, counted, found)
        ):
            found.append(column)
    return found


def _is_counted(header: str) -> bool:
    words = folded(header).split()
    ends = (header, " ".join(words[:1]), " ".join(words[:2]), " ".join(words[-1:]))
    return any(map(reads_as_period, ends)) or concept_of(header) is not None


def _numbers(cells: pl.Series) -> pl.Series | None:
    """The cells as numbers; None where one is none."""
    inferred = infer_numbers(cells)
    if not inferred.candidates or inferred.share_parsed < 1:
        return None
    return parse_numbers(cells, inferred.candidates[0])["value"]


def _summed(columns: Sequence[str], total: str, counted: list[str], totals: list[str]) -> list[list[str]]:
    """What a column of totals may add up."""
    place = columns.index(total)
    since = max((columns.index(c) + 1 for c in totals if columns.index(c) < place), default=0)
    rest = without_total(total)
    sharing = [c for c in counted if rest and (folded(c).startswith(rest) or folded(c).endswith(rest))]
    return [counted, [c for c in counted if since <= columns.index(c) < place], sharing]


def _is_sum(numbers: dict[str, pl.Series], total: str, parts: list[str]) -> bool:
    if not parts or not numbers[total].count():
        return False
    summed = pl.select(pl.sum_horizontal(numbers[c].fill_null(0.0) for c in parts)).to_series()
    off = (summed - numbers[total]).abs()
    return bool((off.drop_nulls() <= _ROUNDING * len(parts) ** 0.5 + 1e-9 * summed.abs().max()).all())  # ty: ignore[unsupported-operator]
