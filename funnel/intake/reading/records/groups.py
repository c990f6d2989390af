"""Cells of groups that stand in the first row of each group only, filled down."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from funnel.intake.reading.records.columns import Columns
from funnel.intake.words import concept_of

_FEWEST_LINES = 3


def filled_groups(of: Columns, left_out: Mapping[int, str]) -> tuple[dict[str, pl.Series], tuple[int, ...]]:
    """Columns before the id whose cells stand in the first row of each group only, filled down."""
    if not of.keys:
        return {}, ()
    place = of.body.columns.index(of.keys[0])
    gone = of.marked(left_out) | of.skip
    headings = [i for i, code in left_out.items() if code == "reading.left_out.group"]
    filled: dict[str, pl.Series] = {}
    touched: set[int] = set()
    outer = pl.Series("outer", [0]).new_from_index(0, of.body.height)
    for column in of.body.columns[:place]:
        cells = of.body[column]
        is_heading = of.marked(headings) & cells.is_not_null()
        source = pl.select(pl.when(~gone | is_heading).then(cells).alias("cells")).to_series()
        is_full = of.is_full(source.filter(~gone))
        if not is_full and (of.kind(column) != "text" or not _is_group_column(of, left_out, source, gone, outer)):
            break
        down = pl.DataFrame([source, outer]).select(pl.col("cells").forward_fill().over("outer")).to_series()
        changed = down.is_not_null() & cells.is_null() & ~gone
        if changed.any() and not is_full:
            filled[column] = pl.select(pl.when(changed).then(down).otherwise(cells).alias(column)).to_series()
            touched.update(changed.arg_true().to_list())
        outer = pl.DataFrame([down, outer]).select(pl.struct("cells", "outer").rle_id().alias("outer")).to_series()
    return filled, tuple(sorted(touched))


def filled_children(body: pl.DataFrame, skip: pl.Series) -> tuple[dict[str, pl.Series], tuple[int, ...]]:
    """Rows of lines below the row of their record (an export of a form with its table of items): what the record's row
    says, filled down over its lines.

    Told by the first column, the id: each once, blank in the lines together with at least two more columns that every
    record fills, while the lines fill others.
    """
    first = body.columns[0]
    is_line = body[first].is_null() & ~skip
    n_lines, records = int(is_line.sum()), body.filter(body[first].is_not_null() & ~skip)
    if n_lines < _FEWEST_LINES or not 0.1 <= n_lines / (n_lines + records.height) <= 0.9 or records.height < 2:
        return {}, ()
    if records[first].n_unique() < records.height or body[first].is_not_null().arg_max() != (~skip).arg_max():
        return {}, ()
    lines = body.filter(is_line)
    of_record = [c for c in body.columns if lines[c].null_count() == n_lines and records[c].count()]
    of_line = [c for c in body.columns if lines[c].null_count() <= 0.1 * n_lines]
    always = [c for c in of_record if records[c].null_count() <= 0.05 * records.height]
    named = [c for c in of_line if lines[c].str.contains(r"\p{L}").all()]  # totals of groups have numbers alone
    if len(always) < 3 or len(of_line) < 2 or not named:
        return {}, ()
    record = body[first].is_not_null().cum_sum().alias("_record")
    down = body.with_columns(record).select(pl.col(of_record).first().over("_record"))
    filled = {c: pl.select(pl.when(is_line).then(down[c]).otherwise(body[c]).alias(c)).to_series() for c in of_record}
    return filled, tuple(is_line.arg_true().to_list())


def _is_group_column(
    of: Columns, left_out: Mapping[int, str], source: pl.Series, gone: pl.Series, outer: pl.Series
) -> bool:
    """Blank below the first row of each group, each group once, and something else that tells of groups."""
    first = int((~gone).arg_max() or 0)
    if source.head(first + 1).null_count() == first + 1:
        return False
    named = pl.DataFrame([source, outer]).drop_nulls()
    if named.is_duplicated().any() or named.height < 2:
        return False
    starts = source.is_not_null().arg_true().to_list()
    below = [i for i in starts if i in left_out or _follows_a_total(of, left_out, i)]
    words = [concept_of(label) is not None for label in named["cells"].unique().to_list()]
    return len(below) >= len(starts) - 1 or _cycles(of, source, gone) or sum(words) * 2 > len(words)


def _follows_a_total(of: Columns, left_out: Mapping[int, str], i: int) -> bool:
    """The nearest row above that is not blank was left out."""
    before = i - 1
    while before >= 0 and of.skip[before]:
        before -= 1
    return before in left_out


def _cycles(of: Columns, source: pl.Series, gone: pl.Series) -> bool:
    """The next column goes through the same words in several groups: (East: Lead, Won), (West: Lead, Won)."""
    after = of.keys[0]
    if of.kind(after) != "text" or source.str.contains(r"\d").any():
        return False
    pairs = pl.DataFrame({"group": source.forward_fill(), "word": of.body[after]}).filter(~gone).drop_nulls()
    groups = pairs.group_by("group").agg(pl.len(), pl.col("word").first())
    if pairs.is_duplicated().any() or groups.height < 2:
        return False
    return int(groups["len"].min() or 0) > 1 and groups["word"].n_unique() == 1  # ty: ignore[invalid-argument-type]
