"""How many leads each way of counting finds at each stage, all in one pass over the journeys.

The same volumes as ``step_table(...)["n_counted"]`` of each basis, without their rates: for the page's comparison of
the ways of counting, which must not cost four tables.
"""

from __future__ import annotations

import polars as pl

from funnel.definition import FunnelDefinition
from funnel.filters import Window, in_window
from funnel.metrics.patterns import happened_in
from funnel.schema import Countings


def countings(journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window) -> pl.DataFrame:
    """One row per stage (schema ``Countings``). ``journeys`` are already filtered by dimension."""
    created = in_window(pl.col("created_at"), window)
    own = {key: pl.col(f"entered_{key}").is_not_null() for key in definition.keys}
    sums = []
    for j, key in enumerate(definition.keys, 1):
        strict = pl.all_horizontal(own[earlier] for earlier in definition.keys[:j])
        sums += [
            (created & (pl.col("furthest_stage") >= j)).sum().cast(pl.Int64).alias(f"{j}.lead_cohort"),
            (created & own[key]).sum().cast(pl.Int64).alias(f"{j}.own"),
            (created & strict).sum().cast(pl.Int64).alias(f"{j}.strict"),
            happened_in(pl.col(f"entered_{key}"), window).fill_null(False).sum().cast(pl.Int64).alias(f"{j}.activity"),
        ]
    found = journeys.select(sums).collect().row(0, named=True)
    rows = [
        {"position": j, "stage": key} | {b: found[f"{j}.{b}"] for b in ("lead_cohort", "own", "strict", "activity")}
        for j, key in enumerate(definition.keys, 1)
    ]
    return Countings.validate(pl.DataFrame(rows, schema=Countings.create_empty().schema))
