"""Leads counted by their pattern, so that every figure of a table comes from one pass over the journeys.

A pattern says how far a lead came, how it ended, which stages it entered itself, how long it was followed in each step,
and which entries lie in the window. A million leads fold into a few hundred patterns with a count; all step figures are
sums over them. The key that is grouped by is one integer: bits are cheaper to group than twenty columns. After that one
pass everything is small arrays: a query for each of a hundred sums would cost more than the pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, reduce
from operator import add

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, in_window
from funnel.metrics.gathering import Asked, collected

UNDATED, IMMATURE, MATURE, STALE = 0, 1, 2, 3
"""How long a lead was followed since it came to the stage before: no date, less than H, H days, longer than H."""

_FURTHEST_BITS, _OUTCOME_BITS = 4, 2
NO_DAY = -4_000_000
"""Where stands what has no day: thousands of years before any."""
_EPOCH = date(1970, 1, 1)


def whole_days(horizons: pl.DataFrame) -> dict[int, int]:
    """Position → H in whole days (rounded up), for the steps whose H is known."""
    known = zip(horizons["position"], horizons["days"], strict=True)
    return {position: math.ceil(days) for position, days in known if days is not None}


def arrived_at(definition: FunnelDefinition, position: int) -> pl.Expr:
    """When a lead came to a stage: its own entry, else, imputed, the next own entry (J3)."""
    own = pl.col(f"entered_{definition.keys[position - 1]}")
    return pl.coalesce(own, f"next_{definition.keys[max(position, 2) - 1]}")


def happened_in(at: pl.Expr, window: Window) -> pl.Expr:
    """Whether a dated instant lies in the window; an undated one never does, not even in *All time*."""
    return at.is_not_null() if window.is_all_time else in_window(at, window)


def created_in(journeys: pl.LazyFrame, window: Window) -> pl.LazyFrame:
    """The lead cohort: leads created in the window, undated ones only in *All time* (J7)."""
    return journeys if window.is_all_time else journeys.filter(happened_in(pl.col("created_at"), window))


@dataclass(frozen=True)
class Patterns:
    """Counted patterns: ``n`` leads in each row of ``groups`` (the columns that were asked for, maybe none), of which
    ``kind_of`` says the pattern, a place in ``kinds``.

    All that is asked of a pattern is an array over the kinds: ``furthest``; ``outcome``, a place in
    ``schema.OUTCOMES``; ``place_known``; ``own(j)``; ``followed(j)`` of the step into j (UNDATED … STALE);
    ``inside(j)``: own entry into j in the window.
    """

    kinds: np.ndarray
    kind_of: np.ndarray
    n: np.ndarray
    groups: pl.DataFrame
    bits: _Bits
    has_window: bool

    @property
    def n_stages(self) -> int:
        return self.bits.n_stages

    @cached_property
    def furthest(self) -> np.ndarray:
        return self._read(0, _FURTHEST_BITS)

    @cached_property
    def outcome(self) -> np.ndarray:
        return self._read(_FURTHEST_BITS, _OUTCOME_BITS)

    @cached_property
    def place_known(self) -> np.ndarray:
        return self._read(self.bits.own - 1, 1) == 1

    def own(self, j: int) -> np.ndarray:
        return self._read(self.bits.own + j - 1, 1) == 1

    def followed(self, j: int) -> np.ndarray:
        at = self.bits.followed_at(j)
        return np.full(len(self.kinds), UNDATED) if at is None else np.bitwise_count(self._read(at, 3))

    def inside(self, j: int) -> np.ndarray:
        return self._read(self.bits.used + j - 1, 1) == 1 if self.has_window else self.own(j)

    def per_kind(self, row: np.ndarray | None = None, n_rows: int = 1) -> np.ndarray:
        """Leads per kind, in one row or in ``n_rows``; ``row`` says in which each of the groups counts."""
        place = self.kind_of if row is None else row * len(self.kinds) + self.kind_of
        # Sums in floats are exact up to 2^53.
        counted = np.bincount(place, weights=self.n, minlength=n_rows * len(self.kinds))
        return counted.reshape(n_rows, len(self.kinds))

    def only(self, rows: np.ndarray) -> Patterns:
        """The rows that are marked."""
        kept = np.flatnonzero(rows)
        return replace(self, kind_of=self.kind_of[kept], n=self.n[kept], groups=self.groups[kept])

    def days(self, name: str) -> np.ndarray:
        """A column of ``groups`` as days since 1970-01-01; null long before any."""
        days = self.groups[name].to_physical()
        return (days.fill_null(NO_DAY) if days.null_count() else days).to_numpy()

    def _read(self, at: int, width: int) -> np.ndarray:
        return (self.kinds >> at) & ((1 << width) - 1)


def with_patterns(
    journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, as_of: date
) -> pl.LazyFrame:
    """The journeys with their patterns as one more column, so that a filter change need not find them out again.

    The column's name says for which stages, horizons and day it holds: ``count_patterns`` uses it for these only.
    """
    bits = _Bits(definition, horizons, as_of)
    return journeys.with_columns(bits.key().alias(bits.column))


def count_patterns(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    horizons: pl.DataFrame,
    as_of: date,
    *,
    window: Window | None = None,
    by: tuple[pl.Expr, ...] = (),
) -> Patterns:
    """Fold the journeys into patterns, one set per value of ``by``. ``window`` marks entries, it leaves no lead out.

    Leads were followed to their own ``observed_until``, at most to ``as_of``.
    """
    bits = _Bits(definition, horizons, as_of)
    is_ready = bits.column in journeys.collect_schema().names()
    key = pl.col(bits.column) if is_ready else bits.key()
    if window is not None:
        marks = [
            _flag(happened_in(pl.col(f"entered_{stage}"), window), bits.used + j, pl.UInt64)
            for j, stage in enumerate(definition.keys)
        ]
        key = reduce(add, marks, key.cast(pl.UInt64))
    grouped = journeys.group_by(key.alias("key"), *by).agg(pl.len().cast(pl.Int64).alias("n"))
    [counted] = collected(Asked(grouped, ("key", *(one.meta.output_name() for one in by))))
    kinds, kind_of = np.unique(counted.drop_in_place("key").to_numpy().astype(np.uint64), return_inverse=True)
    n = counted.drop_in_place("n").to_numpy()
    return Patterns(kinds.astype(np.int64), kind_of, n, counted, bits, window is not None)


def patterns_by_day(
    journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, as_of: date
) -> Patterns:
    """The patterns per ``day`` of creation (null: undated) and ``observed_until``.

    All that a window of creation counts is a sum over them, so a change of window need not read the leads again.
    """
    by = (pl.col("created_at").dt.date().alias("day"), pl.col("observed_until"))
    return count_patterns(journeys, definition, horizons, as_of, by=by)


def created_patterns(by_day: Patterns, window: Window) -> Patterns:
    """The lead cohort of a window out of ``patterns_by_day``: undated leads are in *All time* only (J7)."""
    if window.start is None or window.end is None:
        return by_day
    days = by_day.days("day")
    return by_day.only((days >= (window.start - _EPOCH).days) & (days <= (window.end - _EPOCH).days))


def n_undated(by_day: Patterns) -> int:
    """The leads without any date, which every window but *All time* leaves out (J7)."""
    return int(by_day.n[by_day.days("day") == NO_DAY].sum())


class _Bits:
    """Where each part of a pattern stands in the key."""

    def __init__(self, definition: FunnelDefinition, horizons: pl.DataFrame, as_of: date) -> None:
        self._definition, self._as_of = definition, as_of
        self._days = whole_days(horizons)
        self.n_stages = len(definition.keys)
        self.own = _FURTHEST_BITS + _OUTCOME_BITS + 1
        self._followed = self.own + self.n_stages
        self.used = self._followed + 3 * len(self._days)
        self.dtype = pl.UInt32 if self.used < 32 else pl.UInt64

    @property
    def column(self) -> str:
        days = ",".join(f"{j}:{days}" for j, days in sorted(self._days.items()))
        return f"pattern of {','.join(self._definition.keys)} by {days} at {self._as_of}"

    def followed_at(self, j: int) -> int | None:
        """The three bits that say how long a lead was followed in the step into j; null where its H is not known."""
        return self._followed + 3 * sorted(self._days).index(j) if j in self._days else None

    def key(self) -> pl.Expr:
        """The pattern of a lead as one integer."""
        parts = [
            pl.col("furthest_stage").cast(self.dtype),
            pl.col("outcome").to_physical().cast(self.dtype) * (1 << _FURTHEST_BITS),
            _flag(pl.col("lost_stage").is_not_null(), self.own - 1, self.dtype),
        ]
        for j, stage in enumerate(self._definition.keys):
            parts.append(_flag(pl.col(f"entered_{stage}").is_not_null(), self.own + j, self.dtype))
        observed = pl.col("observed_until").clip(upper_bound=self._as_of).cast(pl.Datetime("us"))
        for i, (j, days) in enumerate(sorted(self._days.items())):
            came, at = arrived_at(self._definition, j - 1), self._followed + 3 * i
            parts.append(_flag(came.is_not_null(), at, self.dtype))
            parts.append(_flag(came < observed - timedelta(days=days - 1), at + 1, self.dtype))
            parts.append(_flag(came < observed - timedelta(days=days), at + 2, self.dtype))
        return reduce(add, parts)


def _flag(condition: pl.Expr, at: int, dtype: type[pl.UInt32] | type[pl.UInt64]) -> pl.Expr:
    return pl.when(condition).then(pl.lit(1 << at, dtype)).otherwise(pl.lit(0, dtype))
