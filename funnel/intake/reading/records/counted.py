"""Lines that head the group below them and say how many rows it has: "New (16)" in a list grouped by stage (Odoo).

The count proves them: as many rows follow up to the next such line, through the whole table. What a line says holds for
its rows and becomes a column of its own, since it stands in no other cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

_COUNTED = re.compile(
    r"^\s*(?P<label>.*\S)\s*[(（]\s*(?P<n>\d{1,6})\s*(?:records?|rows?|deals?|items?|条记录|条|个|项|笔)?\s*[)）]\s*$"
)
_NAMED = re.compile(r"^(?P<name>[^:：]{1,40})[:：]\s*(?P<label>.+)$")
_DEEPEST = 4


@dataclass(frozen=True)
class CountedGroups:
    """``rows``: the lines that head groups. ``columns``: name → what they say of each row of the body."""

    rows: tuple[int, ...] = ()
    columns: tuple[tuple[str, pl.Series], ...] = ()


def counted_groups(body: pl.DataFrame, skip: pl.Series) -> CountedGroups:
    """The groups of a table (String columns, blanks null; ``skip`` marks blank rows and repeated headers), if its first
    row heads one and every row belongs to one.
    """
    rows = (~skip).arg_true().to_list()
    first = body.to_series(0)
    if len(rows) < 3 or not _COUNTED.match(first[rows[0]] or ""):
        return CountedGroups()
    is_named = first.str.contains(r"[(（]\s*\d{1,6}[^()（）]{0,8}[)）]\s*$").fill_null(False).to_list()
    found = {i: m for i in rows if is_named[i] and (m := _COUNTED.match(first[i]))}
    counts = [int(found[i]["n"]) if i in found else -1 for i in rows]
    heads = _heads(counts)
    if heads is None:
        return CountedGroups()
    depth = 1 + max(heads.values())
    said: list[list[str | None]] = [[None] * body.height for _ in range(depth)]
    now: list[str | None] = [None] * depth
    for place, i in enumerate(rows):
        if place in heads:
            now = [*now[: heads[place]], found[i]["label"], *[None] * depth][:depth]
            continue
        for level in range(depth):
            said[level][i] = now[level]
    columns = []
    for level, labels in enumerate(said):
        name, cells = _named(labels, f"[group {level + 1}]" if level else "[group]")
        if not any(_same(cells, body[column]) for column in body.columns):
            columns.append((name, cells))
    return CountedGroups(tuple(rows[place] for place in sorted(heads)), tuple(columns))


def _heads(counts: list[int]) -> dict[int, int] | None:
    """Place of each heading → how deep it stands; None where rows and counts do not agree."""
    heads: dict[int, int] = {}
    place = 0
    while place < len(counts):
        end = _group(counts, place, 0, heads)
        if end is None:
            return None
        place = end
    return heads


def _group(counts: list[int], place: int, depth: int, heads: dict[int, int]) -> int | None:
    """The place after the group that is headed at ``place``; None if it has another number of rows than it says."""
    n = counts[place]
    if n < 0 or depth >= _DEEPEST:
        return None
    end = place + 1 + n
    if end == len(counts) or (end < len(counts) and counts[end] >= 0):
        heads[place] = depth
        return end
    inner: dict[int, int] = {}
    within, here = 0, place + 1
    while within < n and here < len(counts):
        after = _group(counts, here, depth + 1, inner)
        if after is None:
            return None
        within, here = within + counts[here], after
    if within != n:
        return None
    heads |= {place: depth, **inner}
    return here


def _named(labels: list[str | None], name: str) -> tuple[str, pl.Series]:
    """The column of one level; "Stage: Won" throughout names the column, too."""
    cells = pl.Series(labels, dtype=pl.String)
    parts = [_NAMED.match(label) for label in cells.drop_nulls().unique()]
    names = {part["name"].strip() for part in parts if part}
    if len(names) == 1 and all(parts):
        return names.pop(), cells.replace({part[0]: part["label"] for part in parts if part})
    return name, cells


def _same(cells: pl.Series, other: pl.Series) -> bool:
    """Whether a column of the table says the same already."""
    has = cells.is_not_null()
    return bool((cells.filter(has) == other.filter(has).str.strip_chars()).fill_null(False).all())
