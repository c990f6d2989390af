"""How many leads each way of counting finds at each stage, all in one pass over the journeys.

The same volumes as ``step_table(...)["n_counted"]`` of each basis, without their rates: for the page's comparison of
the ways of counting, which must not cost four tables.
"""

from __future__ import annotations

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window
from funnel.metrics.gathering import Asked, collected, one_row
from funnel.metrics.steps.figures import counted_at, framed, summed
from funnel.metrics.steps.patterns import Patterns, created_in, created_patterns, happened_in
from funnel.schema import Countings


def countings(
    journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window, *, by_day: Patterns | None = None
) -> pl.DataFrame:
    """One row per stage (schema ``Countings``). ``journeys`` are already filtered by dimension.

    ``by_day``: ``patterns_by_day`` of the same leads, where they are at hand.
    """
    keys = definition.keys
    entered = [happened_in(pl.col(f"entered_{key}"), window).sum().cast(pl.Int64).alias(key) for key in keys]
    if by_day is None:
        own = [pl.col(f"entered_{key}").is_not_null() for key in keys]
        furthest, sides = pl.col("furthest_stage"), [created_in(journeys, window), journeys]
        strict = [pl.all_horizontal(own[: j + 1]) for j in range(len(keys))]
        cohort = [
            condition.sum().cast(pl.Int64).alias(f"{j}.{name}")
            for j in range(len(keys))
            for name, condition in (("lead_cohort", furthest > j), ("own", own[j]), ("strict", strict[j]))
        ]
        asked = Asked(sides[0].select(cohort)), Asked(sides[1].select(entered))
        counted, happened = (frame.row(0, named=True) for frame in collected(*asked))
    else:
        patterns = created_patterns(by_day, window)
        counts = {
            f"{j}.{basis}": counted_at(patterns, basis, j + 1)
            for j in range(len(keys))
            for basis in ("lead_cohort", "own", "strict")
        }
        [counted] = summed(patterns.per_kind(), counts)
        if window.is_all_time:  # what happened at any time is what was entered
            happened = {key: counted[f"{j}.own"] for j, key in enumerate(keys)}
        else:
            happened = one_row(journeys.select(entered))
    rows = [
        {"position": j + 1, "stage": key, "activity": happened[key]}
        | {basis: counted[f"{j}.{basis}"] for basis in ("lead_cohort", "own", "strict")}
        for j, key in enumerate(keys)
    ]
    return Countings.validate(framed(rows, Countings.create_empty().schema))
