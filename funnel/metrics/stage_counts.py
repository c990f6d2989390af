"""Stage totals of counts imports: the activity basis only, never mixed with leads.

Unit of observation: a total that a file states for a stage (of a period, of a group). Totals are added up as they
stand; who advanced cannot be known, so a rate is a ratio of two totals and may exceed 100 %.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from funnel.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.filters import DIMENSIONS, Filters, apply_filters
from funnel.schema import CountSteps, Facts

By = Literal["source", "owner", "segment", "period"]


def counted_stages(facts: Facts, definition: FunnelDefinition) -> pl.LazyFrame:
    """The live totals with the ``stage`` and ``position`` that their labels mean now; other labels are left out."""
    own = {label: target for (scope, label), target in definition.labels.items() if scope == "stage"}
    labels = (
        facts.labels.lazy()
        .filter(pl.col("scope") == "stage")
        .with_columns(pl.col("label").replace_strict(own, default=pl.col("target"), return_dtype=pl.String).alias("target"))
    )
    known = sorted({target for target in (*own.values(), *facts.labels["target"])})
    resolved = {target: definition.resolve(target) for target in known}
    positions = {key: i for i, key in enumerate(definition.keys, 1)}
    return (
        facts.counts.lazy()
        .join(labels.select("batch_no", "label", "target"), on=["batch_no", "label"])
        .with_columns(pl.col("target").replace_strict(resolved, default=None, return_dtype=pl.String).alias("stage"))
        .with_columns(pl.col("stage").replace_strict(positions, default=None, return_dtype=pl.Int8).alias("position"))
        .drop_nulls("position")
    )


def count_steps(facts: Facts, definition: FunnelDefinition, filters: Filters, by: By | None = None) -> pl.DataFrame:
    """Totals and ratios per stage (schema ``CountSteps``), in total or per value of ``by``, groups with most first.

    A window keeps the periods that lie wholly inside it; totals without a period count in *All time* only.
    Raises InputError for an unknown ``by``.
    """
    if by is not None and by not in (*DIMENSIONS, "period"):
        raise InputError("filters.unknown_dimension", given=by, allowed=[*DIMENSIONS, "period"])
    counted = apply_filters(counted_stages(facts, definition), filters)
    window = filters.window
    if not window.is_all_time:
        counted = counted.filter((pl.col("period_start") >= window.start) & (pl.col("period_end") <= window.end))
    group = pl.col(by).cast(pl.String) if by in DIMENSIONS else pl.lit(None, pl.String)
    period = pl.col("period_start") if by == "period" else pl.lit(None, pl.Date)
    cells = counted.group_by(group.alias("group"), period.alias("period_start"), "position").agg(pl.col("n").sum())
    groups = cells.select("group", "period_start").unique()
    stages = pl.LazyFrame(
        {"position": list(range(1, len(definition.keys) + 1)), "stage": list(definition.keys)},
        schema={"position": pl.Int8, "stage": pl.String},
    )
    keys = ["group", "period_start"]
    full = groups.join(stages, how="cross").join(cells, on=[*keys, "position"], how="left", nulls_equal=True)
    before = pl.col("n").shift(1).over(keys, order_by="position")
    rate = pl.when(pl.col("n_before") > 0).then(pl.col("n") / pl.col("n_before"))
    table = (
        full.with_columns(pl.col("n").fill_null(0.0))
        .with_columns(before.alias("n_before"))
        .with_columns(rate.alias("rate"))
        .with_columns(
            pl.when(pl.col("n_before") == 0)
            .then(pl.lit("no_leads"))
            .when(pl.col("rate") > 1)
            .then(pl.lit("more_arrived_than_entered"))
            .alias("reason"),
            pl.col("n").max().over(keys).alias("size"),
        )
        .sort(["period_start", "size", "group", "position"], descending=[False, True, False, False], nulls_last=True)
        .select(CountSteps.create_empty().columns)
        .collect()
    )
    return CountSteps.validate(table)


def left_out(facts: Facts, definition: FunnelDefinition, filters: Filters) -> float:
    """How much of the totals a window leaves out because their period is unknown or reaches outside it."""
    window = filters.window
    if window.is_all_time:
        return 0.0
    counted = apply_filters(counted_stages(facts, definition), filters)
    inside = (pl.col("period_start") >= window.start) & (pl.col("period_end") <= window.end)
    return float(counted.filter(~inside.fill_null(False)).select(pl.col("n").sum()).collect().item() or 0.0)
