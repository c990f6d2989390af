"""Where the time goes: the share of each step in the sales cycle, leads that wait too long, handovers between roles.

Beside the ranking by conversion, never mixed with it into one score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, in_window
from funnel.metrics.asking import Asking, Metric
from funnel.metrics.gathering import Spread, Sums
from funnel.metrics.steps.cohorts import horizon_of
from funnel.schema import Handovers, SlowSteps


@Metric
def slow_steps(
    journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window, horizons: pl.DataFrame
) -> Asking[pl.DataFrame]:
    """Mean share of the sales cycle per step over the leads won in the window, with the median days of those with two
    own dates, and who waits now (``schema.SlowSteps``).

    Shares of single leads are averaged because medians of steps do not add up to the cycle. A skipped stage takes the
    date of the next own entry. Left out: won leads without a dated creation and win, with a cycle of zero, or with an
    entry before the creation.
    """
    shares, took, waits = yield [
        *_shares(journeys, definition, window),
        Sums(journeys, _waiting(definition, horizon_of(horizons))),
    ]
    rows: list[dict[str, Any]] = []
    for position, stage in enumerate(definition.stages, 1):
        in_cycle = position <= definition.won_position
        days = _median(took, stage.key) if in_cycle else (None, 0)
        n_waiting, n_stale = waits.get(f"waiting_{stage.key}", 0), waits.get(f"stale_{stage.key}")
        n_shares = shares[f"n_{stage.key}"] if in_cycle else 0
        rows.append(
            {
                "position": position,
                "stage": stage.key,
                "owner_role": stage.owner_role,
                "n_won": shares["n_won"],
                "n_left_out": shares["n"] - shares["n_won"],
                "n_imputed": shares[f"imputed_{stage.key}"] if in_cycle else 0,
                "cycle_share": shares[f"share_{stage.key}"] / n_shares if n_shares else None,
                "median_days": days[0],
                "n_days": days[1],
                "n_waiting": n_waiting,
                "n_stale": n_stale,
                "stale_share": None if n_stale is None or not n_waiting else n_stale / n_waiting,
            }
        )
    return SlowSteps.validate(pl.DataFrame(rows, schema=SlowSteps.create_empty().schema))


def often_skipped(slow: pl.DataFrame) -> tuple[int, ...]:
    """Positions of the steps up to won whose time rests on the date of a later stage for more than half of the wins
    (``schema.SlowSteps``): their share of the cycle is not known, and that of the step after them holds their time."""
    return tuple(
        row["position"]
        for row in slow.iter_rows(named=True)
        if row["n_won"] > 0 and row["cycle_share"] is not None and row["position"] > 1
        if 2 * row["n_imputed"] > row["n_won"]
    )


@Metric
def handovers(journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window) -> Asking[pl.DataFrame]:
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
    counts: dict[str, pl.Expr] = {}
    took: dict[str, pl.Expr] = {}
    for position in positions:
        before, stage = definition.step(position)
        entered = pl.col(f"entered_{before.key}")
        cohort = in_window(entered, window) & entered.is_not_null()
        arrived = cohort & (pl.col("furthest_stage") >= position)
        took[str(position)] = pl.col(f"days_{stage.key}").filter(cohort).cast(pl.Float64)
        counts[f"n_handed_{position}"] = arrived.sum()
        counts[f"n_without_owner_{position}"] = (arrived & pl.col("owner").is_null()).sum()
        counts[f"n_without_source_{position}"] = (arrived & pl.col("source").is_null()).sum()
    found, days = yield [Sums(journeys, counts), Spread(journeys, took)]
    schema = Handovers.create_empty().schema
    rows: list[dict[str, Any]] = []
    for position in positions:
        before, stage = definition.step(position)
        names = {"position": position, "from_stage": before.key, "stage": stage.key}
        roles = {"from_role": before.owner_role, "to_role": stage.owner_role}
        mine = days[str(position)]
        times = {"n_days": len(mine), "median_days": mine.quantile(0.5, "linear")}
        times |= {"p75_days": mine.quantile(0.75, "linear"), "p90_days": mine.quantile(0.9, "linear")}
        counted = ("n_handed", "n_without_owner", "n_without_source")
        rows.append(names | roles | times | {name: found[f"{name}_{position}"] for name in counted})
    return Handovers.validate(pl.DataFrame(rows, schema=schema))


def _shares(journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window) -> tuple[Sums, Spread]:
    """Sums of shares of the won leads, and their days in each step, with own dates (``own``) or any (``all``).

    Dates are the first own entries at or beyond a stage."""
    keys = definition.keys[: definition.won_position]
    won = journeys.filter(pl.col("outcome") == "won", in_window(pl.col("won_at"), window))
    arrivals = [
        pl.min_horizontal(f"entered_{keys[0]}", f"next_{keys[1]}"),
        *(pl.col(f"next_{key}") for key in keys[1:]),
    ]
    dated = won.select(
        "created_at", *[f"entered_{key}" for key in keys], *(at.alias(f"at_{i}") for i, at in enumerate(arrivals))
    )
    cycle = _days(pl.col("created_at"), pl.col(f"at_{len(keys) - 1}"))
    in_order = pl.col("created_at") <= pl.col("at_0")
    usable = in_order & (cycle > 0)
    timed = in_order & (cycle >= 0)
    sums: dict[str, pl.Expr] = {"n": pl.len().cast(pl.Int64), "n_won": usable.fill_null(False).sum().cast(pl.Int64)}
    days: dict[str, pl.Expr] = {}
    for i, key in enumerate(keys):
        took = _days(pl.col("created_at") if i == 0 else pl.col(f"at_{i - 1}"), pl.col(f"at_{i}"))
        imputed = pl.col(f"entered_{key}").is_null()
        if i > 0:
            imputed |= pl.col(f"entered_{keys[i - 1]}").is_null()
        shares = (took / cycle).filter(usable)
        sums |= {f"share_{key}": shares.sum(), f"n_{key}": shares.count().cast(pl.Int64)}
        sums[f"imputed_{key}"] = imputed.filter(usable).sum().cast(pl.Int64)
        days |= {f"own {key}": took.filter(timed & ~imputed), f"all {key}": took.filter(timed)}
    return Sums(dated, sums), Spread(dated, days)


def _median(days: Mapping[str, pl.Series], key: str) -> tuple[Any, int]:
    """The median of a step and of how many wins: of those with two own dates, where there are none of all."""
    told = days[f"own {key}"] if len(days[f"own {key}"]) else days[f"all {key}"]
    return told.median(), len(told)


def _waiting(definition: FunnelDefinition, days: Mapping[int, float]) -> dict[str, pl.Expr]:
    """Leads that wait in the step into each stage, and longer than H: not told where H is unknown or after won."""
    counts: dict[str, pl.Expr] = {}
    here = (pl.col("outcome") != "lost") & pl.col("gone_on").is_null()
    for position in range(2, len(definition.keys) + 1):
        before, stage = definition.step(position)
        waits = here & (pl.col("furthest_stage") == position - 1)
        counts[f"waiting_{stage.key}"] = waits.sum().cast(pl.Int64)
        if not stage.is_post_sale and position in days:
            waited = (pl.col("observed_until") - pl.col(f"entered_{before.key}").dt.date()).dt.total_days()
            stale = (waits & (waited > math.ceil(days[position]))).fill_null(False)
            counts[f"stale_{stage.key}"] = stale.sum().cast(pl.Int64)
    return counts


def _days(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_microseconds() / 86_400_000_000
