"""How many leads each way of counting finds at each stage, all in one pass over the journeys.

The same volumes as ``step_table(...)["n_counted"]`` of each basis, without their rates: for the page's comparison of
the ways of counting, which must not cost four tables.
"""

from __future__ import annotations

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window
from funnel.metrics.steps.patterns import Patterns, created_in, created_patterns, happened_in
from funnel.schema import Countings


def countings(
    journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window, *, by_day: Patterns | None = None
) -> pl.DataFrame:
    """One row per stage (schema ``Countings``). ``journeys`` are already filtered by dimension.

    ``by_day``: ``patterns_by_day`` of the same leads, where they are at hand.
    """
    own = {f"own_{j}": pl.col(f"entered_{key}").is_not_null() for j, key in enumerate(definition.keys, 1)}
    if by_day is None:
        leads = created_in(journeys, window).select(furthest="furthest_stage", n=1, **own)
    else:
        leads = created_patterns(by_day, window).frame.lazy()
    cohort, happened = [], []
    for j, key in enumerate(definition.keys, 1):
        strict = pl.all_horizontal(f"own_{earlier}" for earlier in range(1, j + 1))
        counted = {"lead_cohort": pl.col("furthest") >= j, "own": pl.col(f"own_{j}"), "strict": strict}
        cohort += [pl.col("n").filter(at).sum().cast(pl.Int64).alias(f"{j}.{name}") for name, at in counted.items()]
        happened.append(happened_in(pl.col(f"entered_{key}"), window).sum().cast(pl.Int64).alias(f"{j}.activity"))
    created, entered = (
        frame.row(0, named=True) for frame in pl.collect_all([leads.select(cohort), journeys.select(happened)])
    )
    found = created | entered
    rows = [
        {"position": j, "stage": key} | {b: found[f"{j}.{b}"] for b in ("lead_cohort", "own", "strict", "activity")}
        for j, key in enumerate(definition.keys, 1)
    ]
    return Countings.validate(pl.DataFrame(rows, schema=Countings.create_empty().schema))
