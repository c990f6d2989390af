"""Where the time goes: the share of each step in the sales cycle, leads that wait too long, handovers between roles.

Beside the ranking by conversion, never mixed with it into one score.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, in_window
from funnel.metrics.steps.cohorts import horizon_of
from funnel.schema import Handovers, SlowSteps


def slow_steps(
    journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window, horizons: pl.DataFrame
) -> pl.DataFrame:
    """Mean share of the sales cycle per step over the leads won in the window, with the median days of those with two
    own dates, and who waits now (``schema.SlowSteps``).

    Shares of single leads are averaged because medians of steps do not add up to the cycle. A skipped stage takes the
    date of the next own entry. Left out: won leads without a dated creation and win, with a cycle of zero, or with an
    entry before the creation.
    """
    shares = _share_row(journeys, definition, window)
    waits = _waiting_row(journeys, definition, horizon_of(horizons))
    rows: list[dict[str, Any]] = []
    for position, stage in enumerate(definition.stages, 1):
        in_cycle = position <= definition.won_position
        n_waiting, n_stale = waits[f"waiting_{stage.key}"], waits[f"stale_{stage.key}"]
        rows.append(
            {
                "position": position,
                "stage": stage.key,
                "owner_role": stage.owner_role,
                "n_won": shares["n_won"],
                "n_left_out": shares["n_left_out"],
                "n_imputed": shares[f"imputed_{stage.key}"] if in_cycle else 0,
                "cycle_share": shares[f"share_{stage.key}"] if in_cycle else None,
                "median_days": shares[f"days_{stage.key}"] if in_cycle else None,
                "n_days": shares[f"n_days_{stage.key}"] if in_cycle else 0,
                "n_waiting": n_waiting,
                "n_stale": n_stale,
                "stale_share": None if n_stale is None or not n_waiting else n_stale / n_waiting,
            }
        )
    return SlowSteps.validate(pl.DataFrame(rows, schema=SlowSteps.create_empty().schema))


def often_skipped(slow: pl.DataFrame) -> tuple[int, ...]:
    """Positions of the steps up to won whose time rests on the date of a later stage for more than half of the wins
    (``schema.SlowSteps``): their share of the cycle is not known, and that of the step after them holds their time."""
    rows = slow.filter(pl.col("n_won") > 0, pl.col("cycle_share").is_not_null(), pl.col("position") > 1)
    return tuple(rows.filter(2 * pl.col("n_imputed") > pl.col("n_won"))["position"].to_list())


def handovers(journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window) -> pl.DataFrame:
    """How long leads take from one owner role to the next (``schema.Handovers``).

    Entries into the giving stage in the window. Empty when one role owns the whole funnel.
    """
    positions = [
        position
        for position in range(2, len(definition.keys) + 1)
        if definition.step(position)[0].owner_role != definition.step(position)[1].owner_role
    ]
    if not positions:
        return Handovers.create_empty()
    figures: list[pl.Expr] = []
    for position in positions:
        before, stage = definition.step(position)
        entered = pl.col(f"entered_{before.key}")
        cohort = in_window(entered, window) & entered.is_not_null()
        arrived = cohort & (pl.col("furthest_stage") >= position)
        days = pl.col(f"days_{stage.key}").filter(cohort).cast(pl.Float64)
        figures += [
            arrived.sum().cast(pl.Int64).alias(f"n_handed_{position}"),
            days.count().cast(pl.Int64).alias(f"n_days_{position}"),
            days.quantile(0.5, "linear").alias(f"median_days_{position}"),
            days.quantile(0.75, "linear").alias(f"p75_days_{position}"),
            days.quantile(0.9, "linear").alias(f"p90_days_{position}"),
            (arrived & pl.col("owner").is_null()).sum().cast(pl.Int64).alias(f"n_without_owner_{position}"),
            (arrived & pl.col("source").is_null()).sum().cast(pl.Int64).alias(f"n_without_source_{position}"),
        ]
    found = journeys.select(figures).collect().row(0, named=True)
    schema = Handovers.create_empty().schema
    rows: list[dict[str, Any]] = []
    for position in positions:
        before, stage = definition.step(position)
        names = {"position": position, "from_stage": before.key, "stage": stage.key}
        roles = {"from_role": before.owner_role, "to_role": stage.owner_role}
        rows.append(
            names | roles | {name: found[f"{name}_{position}"] for name in schema if name not in {**names, **roles}}
        )
    return Handovers.validate(pl.DataFrame(rows, schema=schema))


def _share_row(journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window) -> dict[str, Any]:
    """Mean shares and median days of the won leads in one row; dates are the first own entries at or beyond a stage."""
    keys = definition.keys[: definition.won_position]
    won = journeys.filter(pl.col("outcome") == "won", in_window(pl.col("won_at"), window))
    arrivals = [
        pl.min_horizontal(f"entered_{keys[0]}", f"next_{keys[1]}"),
        *(pl.col(f"next_{key}") for key in keys[1:]),
    ]
    dated = won.select(
        "created_at", *[f"entered_{key}" for key in keys], *(at.alias(f"at_{i}") for i, at in enumerate(arrivals))
    )
    last = f"at_{len(keys) - 1}"
    cycle = _days(pl.col("created_at"), pl.col(last))
    in_order = pl.col("created_at") <= pl.col("at_0")
    usable = in_order & (cycle > 0)
    timed = in_order & (cycle >= 0)
    figures: list[pl.Expr] = []
    for i, key in enumerate(keys):
        took = _days(pl.col("created_at") if i == 0 else pl.col(f"at_{i - 1}"), pl.col(f"at_{i}"))
        imputed = pl.col(f"entered_{key}").is_null()
        if i > 0:
            imputed |= pl.col(f"entered_{keys[i - 1]}").is_null()
        figures += [
            (took / cycle).filter(usable).mean().alias(f"share_{key}"),
            pl.coalesce(took.filter(timed & ~imputed).median(), took.filter(timed).median()).alias(f"days_{key}"),
            pl.when(took.filter(timed & ~imputed).count() > 0)
            .then(took.filter(timed & ~imputed).count())
            .otherwise(took.filter(timed).count())
            .cast(pl.Int64)
            .alias(f"n_days_{key}"),
            imputed.filter(usable).sum().cast(pl.Int64).alias(f"imputed_{key}"),
        ]
    n_won = usable.fill_null(False).sum().cast(pl.Int64)
    row = dated.select(*figures, n_won=n_won, n_left_out=pl.len().cast(pl.Int64) - n_won).collect()
    return row.row(0, named=True)


def _waiting_row(journeys: pl.LazyFrame, definition: FunnelDefinition, days: dict[int, float]) -> dict[str, Any]:
    """Leads that wait in the step into each stage, and longer than H; stale is null where H is unknown or after won."""
    figures: list[pl.Expr] = [pl.lit(0, dtype=pl.Int64).alias(f"waiting_{definition.keys[0]}")]
    unknown = pl.lit(None, dtype=pl.Int64)
    figures.append(unknown.alias(f"stale_{definition.keys[0]}"))
    for position in range(2, len(definition.keys) + 1):
        before, stage = definition.step(position)
        waits = (pl.col("outcome") != "lost") & (pl.col("furthest_stage") == position - 1)
        waits &= pl.col("gone_on").is_null()
        waited = (pl.col("observed_until") - pl.col(f"entered_{before.key}").dt.date()).dt.total_days()
        figures.append(waits.sum().cast(pl.Int64).alias(f"waiting_{stage.key}"))
        if stage.is_post_sale or position not in days:
            figures.append(unknown.alias(f"stale_{stage.key}"))
        else:
            stale = (waits & (waited > math.ceil(days[position]))).fill_null(False)
            figures.append(stale.sum().cast(pl.Int64).alias(f"stale_{stage.key}"))
    return journeys.select(figures).collect().row(0, named=True)


def _days(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_microseconds() / 86_400_000_000
