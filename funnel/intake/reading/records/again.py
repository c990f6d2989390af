"""A header that stands again inside a table: with its columns in another order, or in the words of another language.

Two exports pasted under one another are one table whose later rows are read by the header above them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import polars as pl

from funnel.intake.cells.spelling import plain
from funnel.intake.words import header_words, whose_id

_DIGIT = r"[0-9]"
_FEWEST = 3
_MATCHED = 0.75
"""Share of the cells of a line that must name a column of the header; the rest may be columns of its own."""
_OF_VALUES = 0.6
_MOST = 50
"""Lines without a digit where the columns hold digits; of more no header is looked for."""

Order = Mapping[int, int]
"""Column of the lines below → column of the table."""


def headers_again(header: Sequence[str | None], body: pl.DataFrame) -> dict[int, Order]:
    """The rows of ``body`` (String columns named "0", "1", …) that are the header once more → how its columns lie.

    A row that repeats the header cell for cell is not among them.
    """
    named = [i for i, cell in enumerate(header) if cell is not None]
    valued = [i for i in named if not _holds_digits(header[i])]
    head = body.head(200)
    shares = {i: _values(head[str(i)]) for i in valued if str(i) in body.columns}
    valued = sorted((i for i, part in shares.items() if part >= _OF_VALUES), key=lambda i: -shares[i])[:2]
    if not valued or len(named) < _FEWEST:
        return {}
    wordy = pl.all_horizontal(pl.col(str(i)).is_not_null() & ~pl.col(str(i)).str.contains(_DIGIT) for i in valued)
    rows = body.select(wordy.fill_null(False)).to_series().arg_true().to_list()
    if not rows or len(rows) > _MOST:
        return {}
    found = {}
    for row in rows:
        cells = [None] * len(header)
        for name, cell in zip(body.columns, body.row(row), strict=True):
            cells[int(name)] = cell
        order = same_columns(header, cells)
        if order is not None and any(i != to or cells[i] != header[to] for i, to in order.items()):
            found[row] = order
    return found


def _holds_digits(cell: str | None) -> bool:
    return any(char.isdigit() for char in cell or "")


def _values(cells: pl.Series) -> float:
    """Share of the filled cells that hold a digit."""
    filled = cells.drop_nulls()
    part = filled.str.contains(_DIGIT).mean() if filled.len() else None
    return part if isinstance(part, float) else 0.0


def same_columns(header: Sequence[str | None], cells: Sequence[str | None]) -> Order | None:
    """Which column of ``header`` each of ``cells`` names, by the same word or by a word of the same role (in whatever
    language); None where they are not a header of the same table.
    """
    filled = [i for i, cell in enumerate(cells) if cell is not None]
    if len(filled) < _FEWEST or any(_holds_digits(cells[i]) for i in filled):
        return None
    free = [i for i, cell in enumerate(header) if cell is not None]
    order: dict[int, int] = {}
    names = {i: plain(header[i] or "") for i in free}
    roles = {i: _roles(header[i]) for i in free}
    for by_name in (True, False):
        for i in filled:
            if i in order:
                continue
            fits = [k for k in free if names[k] == plain(cells[i] or "")] if by_name else []
            fits = fits if by_name else [k for k in free if roles[k] & _roles(cells[i])]
            chosen = i if i in fits else fits[0] if len(fits) == 1 or (fits and by_name) else None
            if chosen is not None:
                order[i] = chosen
                free.remove(chosen)
    if len(order) < max(_FEWEST, _MATCHED * len(filled)):
        return None
    return order | {i: i for i in filled if i not in order and i in free}


def _roles(cell: str | None) -> set[str]:
    whose, says_id = whose_id(cell or "")
    named = {"lead_id"} if says_id and whose in ("lead", "bare", "row") else set()
    return ({word.role for word in header_words(cell or "")} | named) - {"ignore"}


def laid_anew(body: pl.DataFrame, again: Mapping[int, Order]) -> pl.DataFrame:
    """The rows below each header once more with their cells in the columns of the table."""
    starts = [0, *sorted(again), body.height]
    parts = [body.slice(0, starts[1])]
    for start, stop in pairwise(starts[1:]):
        below, of = body.slice(start, stop - start), {to: str(i) for i, to in again[start].items()}
        blank = pl.lit(None, dtype=pl.String)
        parts.append(below.select((pl.col(of[int(c)]) if int(c) in of else blank).alias(c) for c in body.columns))
    return pl.concat(parts)


def unplaced(cells: Sequence[str | None], order: Order) -> list[str]:
    """Headings that the table has no column for."""
    return [cell for i, cell in enumerate(cells) if cell is not None and i not in order]
