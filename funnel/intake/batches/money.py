"""The money of a file: which amount of a row counts, in which unit and currency."""

from __future__ import annotations

import polars as pl

from funnel.errors import Message
from funnel.intake.batches.lead_rows import Work, read_numbers
from funnel.intake.cells.blanks import tidy
from funnel.intake.cells.numbers import parse_numbers, taken_apart
from funnel.intake.questions import Readings
from funnel.schema import Finding


def add_amount(work: Work, readings: Readings) -> None:
    """``amount`` of each row; unreadable cells are blanked. A unit that was counted is told."""
    column = work.mapping.column("amount")
    if column is None:
        return
    reading = readings.numbers.get(column)
    if reading is None:  # a blank column
        work.frame = work.frame.with_columns(amount=pl.lit(None, dtype=pl.Float64))
        return
    cells = work.table.frame[column]
    value, ok = read_numbers(cells, reading)
    work.frame = work.frame.with_columns(value.alias("amount"))
    if not ok.all():
        work.blanked[column] = (int((~ok).sum()), work.examples(~ok))
    work.found += _units(work, column, reading, value)


def _units(work: Work, column: str, reading: str, value: pl.Series) -> list[Finding]:
    """What is to be told of the units that were applied: the header's, and those of the cells."""
    how = taken_apart(reading)
    cells = work.table.frame[column]
    if how.factor == 1.0 and not cells.str.contains(r"[^0-9.,\s-]").any():
        return []
    bare = parse_numbers(tidy(cells).str.extract(r"([0-9][0-9.,' ’]*)"), how.mark)["value"].abs()
    has_own = (value.abs() != bare * how.factor).fill_null(False) & ~cells.str.contains("[%‰]").fill_null(False)
    found = []
    for code, mask in (
        ("unit_of_header", ~has_own & value.is_not_null() if how.factor != 1.0 else None),
        ("unit_of_cells", has_own),
    ):
        if mask is None or not mask.any():
            continue
        row = int(mask.arg_max() or 0)
        told = {"column": column, "written": cells[row], "read": value[row], "n": int(mask.sum())}
        found.append(
            Finding(Message(f"intake.{code}", told), "note", told["n"], "intake.done.multiplied", work.examples(mask))
        )
    return found
