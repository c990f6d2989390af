"""Leads counted by their pattern, so that every figure of a table comes from one pass over the journeys.

A pattern says how far a lead came, how it ended, which stages it entered itself, how long it was followed in each step,
and which entries lie in the window. A million leads fold into a few hundred patterns with a count; all step figures are
sums over them. The key that is grouped by is one integer: bits are cheaper to group than twenty columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import add

import polars as pl

from funnel.definition import FunnelDefinition
from funnel.filters import Window
from funnel.schema import OUTCOMES

UNDATED, IMMATURE, MATURE, STALE = 0, 1, 2, 3
"""How long a lead was followed since it came to the stage before: no date, less than H, H days, longer than H."""

_FURTHEST_BITS, _OUTCOME_BITS = 4, 2


def whole_days(horizons: pl.DataFrame) -> dict[int, int]:
    """Position → H in whole days (rounded up), for the steps whose H is known."""
    known = horizons.select("position", "days").iter_rows()
    return {position: math.ceil(days) for position, days in known if days is not None}


def arrived_at(definition: FunnelDefinition, position: int) -> pl.Expr:
    """When a lead came to a stage: its own entry, else, imputed, the next own entry (J3)."""
    own = pl.col(f"entered_{definition.keys[position - 1]}")
    return pl.coalesce(own, f"next_{definition.keys[max(position, 2) - 1]}")


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def happened_in(at: pl.Expr, window: Window) -> pl.Expr:
    """Whether a dated instant lies in the window; an undated one never does, not even in *All time*."""
    if window.start is None or window.end is None:
        return at.is_not_null()
    return (at >= midnight(window.start)) & (at < midnight(window.end) + timedelta(days=1))


def created_in(journeys: pl.LazyFrame, window: Window) -> pl.LazyFrame:
    """The lead cohort: leads created in the window, undated ones only in *All time* (J7)."""
    return journeys if window.is_all_time else journeys.filter(happened_in(pl.col("created_at"), window))


@dataclass(frozen=True)
class Patterns:
    """Counted patterns: ``frame`` has ``n``, the pattern columns below and the group columns that were asked for.

    ``furthest``; ``outcome`` as in ``schema.OUTCOMES``; ``place_known``; ``own_<j>``; ``followed_<j>`` of the step into
    j (UNDATED … STALE); ``inside_<j>``: own entry into j in the window.
    """

    frame: pl.DataFrame
    n_stages: int


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
    n = len(definition.keys)
    days = whole_days(horizons)
    bits = _FURTHEST_BITS + _OUTCOME_BITS + 1 + n * (1 if window is None else 2) + 3 * len(days)
    dtype = pl.UInt32 if bits < 32 else pl.UInt64
    parts: list[pl.Expr] = []
    readers: list[pl.Expr] = []
    used = 0

    def read(width: int) -> pl.Expr:
        return pl.col("key") // (1 << used) % (1 << width)

    def flag(condition: pl.Expr) -> None:
        nonlocal used
        parts.append(pl.when(condition).then(pl.lit(1 << used, dtype)).otherwise(pl.lit(0, dtype)))
        used += 1

    def named_flag(condition: pl.Expr, name: str) -> None:
        readers.append((read(1) == 1).alias(name))
        flag(condition)

    parts.append(pl.col("furthest_stage").cast(dtype))
    readers.append(read(_FURTHEST_BITS).cast(pl.Int8).alias("furthest"))
    used += _FURTHEST_BITS
    parts.append(pl.col("outcome").to_physical().cast(dtype) * (1 << used))
    outcome = read(_OUTCOME_BITS).replace_strict(range(len(OUTCOMES)), OUTCOMES, return_dtype=pl.Enum(OUTCOMES))
    readers.append(outcome.alias("outcome"))
    used += _OUTCOME_BITS
    named_flag(pl.col("lost_stage").is_not_null(), "place_known")
    for j, stage in enumerate(definition.keys, 1):
        own = pl.col(f"entered_{stage}")
        named_flag(own.is_not_null(), f"own_{j}")
        if window is not None:
            named_flag(happened_in(own, window), f"inside_{j}")
    observed = pl.col("observed_until").clip(upper_bound=as_of).cast(pl.Datetime("us"))
    for j in range(2, n + 1):
        if j not in days:
            readers.append(pl.lit(UNDATED, pl.Int8).alias(f"followed_{j}"))
            continue
        came = arrived_at(definition, j - 1)
        readers.append((read(3).cast(pl.UInt8).bitwise_count_ones().cast(pl.Int8)).alias(f"followed_{j}"))
        flag(came.is_not_null())
        flag(came < observed - timedelta(days=days[j] - 1))
        flag(came < observed - timedelta(days=days[j]))
    key = reduce(add, parts)
    counted = (
        journeys.group_by(key.alias("key"), *by).agg(pl.len().cast(pl.Int64).alias("n")).collect(engine="streaming")
    )
    frame = counted.with_columns(readers).drop("key")
    if window is None:
        frame = frame.with_columns(pl.col(f"own_{j}").alias(f"inside_{j}") for j in range(1, n + 1))
    return Patterns(frame, n)
