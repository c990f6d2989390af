"""Estimated conversion: what share of the leads in a step will have advanced by day τ, unfinished ones included.

Unit of observation: a lead with an own entry into the stage before. A loss is the other way out (a competing event),
not a lead that was followed for less: Kaplan–Meier with losses as censored reads far too high.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window
from funnel.metrics import statistics
from funnel.metrics.steps.figures import FEW_LEADS, framed, unplaced
from funnel.metrics.steps.patterns import created_in, happened_in
from funnel.schema import EstimatedConversion

_CENSORED, _ADVANCED, _LOST, _UNDATED = 0, 1, 2, 3


def estimated_conversion(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    as_of: date,
    *,
    by_entry: bool = False,
) -> pl.DataFrame:
    """Aalen–Johansen estimate per step (schema ``EstimatedConversion``), never a final rate.

    Leads created in the window, or with ``by_entry`` those that entered the stage before in it. Days count from the own
    entry; open leads are followed to their ``observed_until``, at most to ``as_of``. Out-of-order leads are left out.
    """
    rows = []
    for position in range(2, len(definition.keys) + 1):
        before, stage = definition.step(position)
        entered = pl.col(f"entered_{before.key}")
        cohort = journeys.filter(happened_in(entered, window)) if by_entry else created_in(journeys, window)
        lost_here = (pl.col("outcome") == "lost") & (pl.col("lost_stage") == position)
        reached = pl.col("furthest_stage") >= position
        days_lost = (pl.col("lost_at").dt.date() - entered.dt.date()).dt.total_days()
        followed = (pl.col("observed_until").clip(upper_bound=as_of) - entered.dt.date()).dt.total_days()
        may_be_here = unplaced(position) if position <= definition.won_position else pl.lit(False)
        undated = (reached & pl.col(f"next_{stage.key}").is_null()) | (lost_here & pl.col("lost_at").is_null())
        leads = (
            cohort.filter(entered.is_not_null())
            .select(
                pl.when(undated | may_be_here)
                .then(_UNDATED)
                .when(reached)
                .then(_ADVANCED)
                .when(lost_here)
                .then(_LOST)
                .otherwise(_CENSORED)
                .alias("event"),
                pl.when(reached)
                .then(pl.col(f"days_next_{stage.key}").cast(pl.Float64))
                .when(lost_here)
                .then(days_lost)
                .otherwise(followed)
                .alias("days"),
            )
            .filter((pl.col("event") == _UNDATED) | (pl.col("days") >= 0))
            .collect()
        )
        rows.append({"position": position, "stage": stage.key, "n": leads.height} | _estimate(leads))
    return EstimatedConversion.validate(framed(rows, EstimatedConversion.create_empty().schema))


def _estimate(leads: pl.DataFrame) -> dict[str, float | str | None]:
    if leads.height < FEW_LEADS:
        return {"reason": "few_leads"}
    if (leads["event"] == _UNDATED).any():
        return {"reason": "undated_losses"}
    if not (leads["event"] == _ADVANCED).any():
        return {"reason": "no_events"}
    found = statistics.cumulative_incidence(leads["days"].to_list(), leads["event"].to_list())
    return {"tau_days": found.tau, "rate": found.estimate, "rate_low": found.low, "rate_high": found.high}
