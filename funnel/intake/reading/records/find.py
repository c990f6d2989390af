"""Rows below a header that are no records: totals, counts, group headings, titles of parts, footers, signatures.

Such a row is left out on two signs that do not depend on each other, one of them in its first filled cell or its id:

- a word for a total, or for a signature, is the whole cell up to ":" and a number (or is put to another label, as
  Excel's "Closed Won Total" is) · it is the only filled cell, unlike the ids of other rows · it has no id, where nearly
  all rows have one · it is the count of the rows above;
- **and** a number in it is the sum, count, mean or extreme of the rows since the last such row, or of all · it has no
  date and no stage, where nearly all rows have · it follows a blank line, or another such row · the header stands below
  it again · the rows below it lack just this cell (a group's heading).

One sign is not enough: a new lead is sparse too, and 300 = 100 + 200 by chance. Such a row is kept, and listed.
Cells of groups that stand in the first row of each group only are filled down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from funnel.intake.reading.records.columns import MANY_ROWS, Columns
from funnel.intake.reading.records.groups import filled_children, filled_groups
from funnel.intake.reading.records.rows import OddRow
from funnel.intake.reading.records.sums import Sums

_MOST_ODD = 50_000
"""Of more odd rows only those with a word are looked at: so many are a habit of the file."""


@dataclass(frozen=True)
class Leftovers:
    """``left_out``: row of the body → code of the reason, in order. ``doubtful``: rows kept in spite of one sign.

    ``filled``: column → the cells of a group column filled down, in ``filled_rows``. ``are_lines``: those are lines
    of the record above them, which the first column identifies.
    """

    left_out: dict[int, str] = field(default_factory=dict)
    doubtful: tuple[int, ...] = ()
    filled: dict[str, pl.Series] = field(default_factory=dict)
    filled_rows: tuple[int, ...] = ()
    are_lines: bool = False


def leftovers(body: pl.DataFrame, skip: pl.Series, repeated: pl.Series) -> Leftovers:
    """Look at the rows of a table (String columns, blanks null). ``skip``: blank rows and repeated headers, of which
    ``repeated`` are headers.
    """
    if body.width < 2 or body.height < 2:
        return Leftovers()
    children, lines = filled_children(body, skip)
    of = Columns(body.with_columns(children.values()), skip)
    if of.usual < 2 or not of.usual_rows.height:
        return Leftovers()
    left_out, doubtful = _judged(of, _odd_rows(of), repeated)
    footer = _rest_of_footer(of, left_out)
    left_out |= dict.fromkeys(footer, "reading.left_out.note")
    filled, rows = (children, lines) if children else filled_groups(of, left_out)
    kept = tuple(i for i in doubtful if i not in footer)
    return Leftovers(dict(sorted(left_out.items())), kept, filled, rows, are_lines=bool(children))


def _odd_rows(of: Columns) -> list[int]:
    """Rows in which anything is odd, cheaply: words, few cells, no id, a bare number as the id."""
    words = of.words
    odd = (of.counts * 2 <= of.usual) | (of.counts < 2)
    if of.keys:
        odd = odd | of.body.select(pl.all_horizontal(pl.col(of.keys).is_null())).to_series()
        if of.body.height <= MANY_ROWS or of.keys[0] != of.body.columns[0]:
            words = words | of.said_by(of.body[of.keys[0]])
    if of.body.height <= MANY_ROWS:
        for column in of.labels:
            words = words | of.said_by(of.body[column])
    if int(odd.sum()) <= _MOST_ODD:
        words = words | odd
    return (words & ~of.skip).arg_true().to_list()


def _judged(of: Columns, odd: Sequence[int], repeated: pl.Series) -> tuple[dict[int, str], list[int]]:
    """The rows to leave out, with reasons, and those kept in spite of a sign; one after the other, since the sums of a
    row begin below the last one that was left out.
    """
    left_out: dict[int, str] = {}
    doubtful: list[int] = []
    if not odd:
        return left_out, doubtful
    sums = Sums(of, of.marked(odd))
    rows = of.body.select(pl.all().gather(list(odd))).rows()
    for i, cells in zip(odd, rows, strict=True):
        row = OddRow(of, i, cells, left_out, repeated)
        first = row.first_signs()
        second = row.second_signs(sums) if first else set()
        if first and second and not (row.is_record and not row.is_total(second)):
            left_out[i] = row.reason(second)
            sums.leave_out(i)
            continue
        if first & {"word", "unlike", "alone"}:
            doubtful.append(i)
        sums.keep(i)
    return left_out, doubtful


def _rest_of_footer(of: Columns, left_out: Mapping[int, str]) -> list[int]:
    """Single cells after the last blank line are one footer, when one of them is: the others of them."""
    filled = (~of.blank).arg_true()
    end = int(filled[-1]) + 1
    blanks = of.blank.head(end).arg_true()
    block = range(int(blanks[-1]) + 1, end) if blanks.len() else range(0)
    if any(i in left_out for i in block) and all(of.counts[i] == 1 for i in block):
        return [i for i in block if i not in left_out]
    return []
