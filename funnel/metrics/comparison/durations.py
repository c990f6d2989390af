"""Did a step get faster? Days of the leads that advanced within H days, before and after (metrics/README.md).

No log-rank test: at equal speed it reacts to a change of the rate.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics import statistics
from funnel.metrics.thresholds import ALPHA, MIN_LEADS
from funnel.schema import DurationComparison


def compare_durations(journeys: pl.LazyFrame, definition: FunnelDefinition, comparison: pl.DataFrame) -> pl.DataFrame:
    """Every step's days before and after (schema ``DurationComparison``), in the windows of ``comparison``.

    Only mature leads with two own dates that advanced within H days; steps without H have no rows.
    """
    steps = comparison.filter(pl.col("horizon_days").is_not_null()).rows(named=True)
    parts = [_days(journeys, definition, step, side) for step in steps for side in ("before", "after")]
    found = pl.concat(parts).collect() if parts else pl.DataFrame()
    rows = []
    for step in steps:
        before, after = (
            found.filter((pl.col("position") == step["position"]) & (pl.col("side") == side))["days"]
            for side in ("before", "after")
        )
        row: dict[str, Any] = dict.fromkeys(DurationComparison.column_names())
        row |= {"position": step["position"], "stage": step["stage"], "n_before": len(before), "n_after": len(after)}
        row |= {"median_before": before.median(), "median_after": after.median(), "verdict": "too_little_data"}
        if len(before) and len(after):
            row["change_days"] = row["median_after"] - row["median_before"]
        if min(len(before), len(after)) >= MIN_LEADS:
            row["p_value"] = statistics.mann_whitney_p(after.to_list(), before.to_list())
        rows.append(row)
    judged = [row for row in rows if row["p_value"] is not None]
    for row, adjusted in zip(judged, statistics.holm([row["p_value"] for row in judged]), strict=True):
        row |= {"p_adjusted": adjusted, "verdict": "no_clear_change"}
        if adjusted < ALPHA and row["change_days"]:
            row["verdict"] = "faster" if row["change_days"] < 0 else "slower"
    return DurationComparison.validate(pl.DataFrame(rows, schema=DurationComparison.create_empty().schema))


def _days(journeys: pl.LazyFrame, definition: FunnelDefinition, step: dict[str, Any], side: str) -> pl.LazyFrame:
    before, stage = definition.step(step["position"])
    day, days = pl.col(f"entered_{before.key}").dt.date(), pl.col(f"days_{stage.key}")
    followed = (pl.col("observed_until") - day).dt.total_days() >= math.ceil(step["horizon_days"])
    inside = day.is_between(pl.lit(step[f"{side}_start"]), pl.lit(step[f"{side}_end"]))
    return journeys.filter(inside & followed & (days <= step["horizon_days"])).select(
        pl.lit(step["position"], dtype=pl.Int8).alias("position"),
        pl.lit(side).alias("side"),
        days.cast(pl.Float64).alias("days"),
    )
