"""How long it takes from creation to the win. Unit of observation: a won lead with both dates, in order."""

from __future__ import annotations

import polars as pl

from funnel.filters import Window, checked_dimension
from funnel.metrics.steps.patterns import created_in, happened_in
from funnel.schema import Basis, SalesCycle

_QUANTILES = {"median_days": 0.5, "p75_days": 0.75, "p90_days": 0.9}


def sales_cycle(
    journeys: pl.LazyFrame, window: Window, *, basis: Basis = "lead_cohort", by: str | None = None
) -> pl.DataFrame:
    """Median and tail of the sales cycle (schema ``SalesCycle``), in total or per value of a dimension.

    Leads created in the window, or on the activity basis leads won in it. A win without a date, or dated before the
    creation, is left out and counted as such.
    """
    if by is not None:
        checked_dimension(by)
    in_time = created_in(journeys, window)
    if basis == "activity" and not window.is_all_time:
        in_time = journeys.filter(happened_in(pl.col("won_at"), window))
    won = in_time.filter(pl.col("outcome") == "won")
    days = pl.col("cycle_days")
    figures = (
        days.count().cast(pl.Int64).alias("n"),
        days.null_count().cast(pl.Int64).alias("n_left_out"),
        *[days.quantile(q, interpolation="linear").cast(pl.Float64).alias(name) for name, q in _QUANTILES.items()],
    )
    if by is None:
        found = won.select(pl.lit(None, pl.String).alias("group"), *figures)
    else:
        found = won.group_by(pl.col(by).cast(pl.String).alias("group")).agg(figures).sort("group", nulls_last=True)
    return SalesCycle.validate(found.collect())
