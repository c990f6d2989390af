"""How the figures of leads are asked for, wherever the leads lie: in this memory, or in parts (``funnel.scale``).

A metric asks with a plan over the journeys. What it asks must add up: sums by keys, the least and the largest of a
column, or all values of a column. In one memory the plan is run as it is. Over parts it is run on each of them, and
what the parts answer is added up; of values the parts answer how often each occurs.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import polars as pl

FINEST_SHARE = 0.01
"""Durations and amounts of very many leads are told in spans of at most this share of their value."""
_FIRST, _SPANS = 25.0, round(1 / FINEST_SHARE)
"""From 25 · 2^i to 25 · 2^(i+1) there are a hundred spans, so whole days up to 200 stay what they are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan whose rows add up: per combination of ``by`` (none: one row) all other columns are sums, but those in
    ``least`` and ``most``, of which the smallest and the largest value counts. Nulls count for nothing."""

    plan: pl.LazyFrame
    by: tuple[str, ...] = ()
    least: tuple[str, ...] = ()
    most: tuple[str, ...] = ()

    def added(self, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The answers of parts as one answer."""
        stacked = pl.concat(frames)
        others = [name for name in stacked.columns if name not in self.by]
        sums = [name for name in others if name not in (*self.least, *self.most)]
        found = [pl.col(name).min() for name in self.least] + [pl.col(name).max() for name in self.most]
        found += [pl.col(name).sum() for name in sums]
        if not self.by:
            return stacked.select(found).select(stacked.columns)
        return stacked.group_by(self.by).agg(found).select(stacked.columns)


@dataclass(frozen=True, slots=True)
class Parts:
    """Leads in parts. ``run``: the answers of one part after the other to some plans; ``is_exact``: few enough leads
    for durations and amounts to be told as they are, else rounded (``FINEST_SHARE``)."""

    run: Callable[[Sequence[pl.LazyFrame]], Iterable[Sequence[pl.DataFrame]]]
    is_exact: bool


_PARTS: ContextVar[Parts | None] = ContextVar("_PARTS", default=None)


@contextmanager
def over(parts: Parts | None) -> Generator[None]:
    """Within it, what is asked for is asked of these parts (null: of the one memory)."""
    before = _PARTS.set(parts)
    try:
        yield
    finally:
        _PARTS.reset(before)


def collected(*asked: Asked) -> list[pl.DataFrame]:
    """The answers, each with the columns of its plan and in no particular order of rows."""
    parts = _PARTS.get()
    if parts is None:
        # Streamed, groups of a million leads are counted in half the time; single rows are not.
        engine = "streaming" if any(one.by for one in asked) else "auto"
        return pl.collect_all([one.plan for one in asked], engine=engine)
    found: list[pl.DataFrame] | None = None
    for answers in parts.run([one.plan for one in asked]):
        if found is None:
            found = list(answers)
        else:
            found = [one.added(pair) for one, *pair in zip(asked, found, answers, strict=True)]
    if found is None:
        raise ValueError("a history has at least one part")
    return found


def one_row(sums: pl.LazyFrame) -> dict[str, Any]:
    """The one row of a plan of sums, by column."""
    [found] = collected(Asked(sums))
    return found.row(0, named=True)


def values(*plans: pl.LazyFrame) -> list[dict[str, pl.Series]]:
    """Per plan all values of each of its columns (numbers) that are not null, in no particular order, by column.

    Of parts with very many leads together they are told to ``FINEST_SHARE`` of their value: the middle of each span
    stands for all in it, so a quantile is off by at most half of that.
    """
    parts = _PARTS.get()
    if parts is None:
        frames = pl.collect_all([plan.select(pl.all().drop_nulls().implode()) for plan in plans])
        # In one piece: ten times as fast as the same quantiles of a column of a plan.
        return [{one.name: one[0].rechunk() for one in frame.iter_columns()} for frame in frames]
    asked, names = [], []
    for plan in plans:
        names.append(plan.collect_schema())
        for name in names[-1].names():
            value = pl.col(name) if parts.is_exact else _rounded(pl.col(name)).cast(names[-1][name])
            counted = plan.select(value.alias("value")).drop_nulls().group_by("value").agg(n=pl.len().cast(pl.Int64))
            asked.append(Asked(counted, ("value",)))
    found = iter(collected(*asked))
    return [{name: _repeated(next(found), name) for name in schema.names()} for schema in names]


def _repeated(counted: pl.DataFrame, name: str) -> pl.Series:
    return counted.select(pl.col("value").repeat_by("n").explode(empty_as_null=False).alias(name)).to_series()


def _rounded(value: pl.Expr) -> pl.Expr:
    """A number as the middle of its span."""
    doublings = (value.abs().cast(pl.Float64) / _FIRST).log(2).floor()
    width = _FIRST / _SPANS * pl.lit(2.0).pow(doublings)
    return pl.when(value == 0).then(0.0).otherwise((value / width).round() * width)
