"""H, the horizon of a step: how long to wait before a rate can be judged.

Unit of observation: a lead with an own entry into the stage before that came at or beyond the stage, in order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.metrics.gathering import Asked, collected
from funnel.metrics.thresholds import HORIZON_SHARE, MIN_LEADS
from funnel.schema import Horizons


def horizons(
    journeys: pl.LazyFrame, definition: FunnelDefinition, as_of: date, typed: Mapping[str, float] | None = None
) -> pl.DataFrame:
    """H per step (schema ``Horizons``), in whole days, at least 1. ``journeys`` must be unfiltered.

    H is the 95th percentile of the days from the own entry into the stage before to the first own entry at or beyond
    the stage, among leads that were followed at least 2·H days (to their own ``observed_until``, at most ``as_of``):
    iterated upward from all leads, rounded up each time. Fewer than 20 such leads on the way: ``days`` is null and
    ``origin`` "too_short". ``typed``: stage key → days that the user has set, which rule.

    Raises InputError (``definition.unknown_stage``, ``horizons.not_positive``, ``horizons.first_stage``) for a typed
    value that cannot be used.
    """
    wanted = dict(typed or {})
    for key, days in wanted.items():
        if definition.position(key) == 1:
            raise InputError("horizons.first_stage", given=key)
        if not (math.isfinite(days) and days > 0):
            raise InputError("horizons.not_positive", given=days, stage=key)
    rows = []
    for position in range(2, len(definition.keys) + 1):
        before, stage = definition.step(position)
        advanced = journeys.filter(pl.col(f"days_next_{stage.key}").is_not_null()).select(
            pl.col(f"days_next_{stage.key}").alias("days"),
            (pl.min_horizontal("observed_until", pl.lit(as_of)) - pl.col(f"entered_{before.key}").dt.date())
            .dt.total_days()
            .alias("followed"),
        )
        days, n = _horizon(advanced)
        origin = "data" if days is not None else "too_short"
        if stage.key in wanted:
            days, origin = float(wanted[stage.key]), "typed"
        rows.append((position, stage.key, days, n, origin))
    return Horizons.validate(pl.DataFrame(rows, schema=Horizons.create_empty().schema, orient="row"))


def overall_horizon(journeys: pl.LazyFrame, as_of: date) -> float | None:
    """H of the whole way from creation to the win, found like that of a step; null where the history is too short.

    It needs no date of a stage between the two. ``journeys`` must be unfiltered.
    """
    created = pl.col("created_at").dt.date()
    won = journeys.filter(pl.col("outcome") == "won", pl.col("won_at").dt.date() >= created)
    days = won.select(
        (pl.col("won_at").dt.date() - created).dt.total_days().alias("days"),
        (pl.min_horizontal("wins_until", pl.lit(as_of)) - created).dt.total_days().alias("followed"),
    )
    return _horizon(days)[0]


def longest(found: pl.DataFrame) -> float | None:
    """The longest H of the steps that have one: what a page offers where history is too short. Null when none has."""
    return max(found["days"].drop_nulls().to_list(), default=None)


def _horizon(advanced: pl.LazyFrame) -> tuple[float | None, int]:
    """H and the number of leads it rests on; H is null when there are too few of them at any turn.

    ``advanced``: ``days`` and ``followed`` (days, too) of the leads that came on.
    """
    days, keys = pl.col("days"), ("whole", "followed")
    counted = advanced.group_by(days.ceil().cast(pl.Int64).alias("whole"), "followed").agg(
        n=pl.len().cast(pl.Int64), least=days.min(), most=days.max()
    )
    [cells] = collected(Asked(counted, keys, least=("least",), most=("most",)))
    horizon, followed = 0, cells
    while True:
        n = int(followed["n"].sum())
        if n < MIN_LEADS:
            return None, n
        rounded = max(1, _quantile_up(followed, n))
        if rounded <= horizon:  # it no longer rises: the value among the leads that were followed long enough
            return float(rounded), int(cells.filter(pl.col("followed") >= 2 * rounded)["n"].sum())
        horizon = rounded
        followed = cells.filter(pl.col("followed") >= 2 * horizon)


def _quantile_up(cells: pl.DataFrame, n: int) -> int:
    """The quantile of the days of ``n`` leads by linear interpolation, rounded up to whole days: exact, although only
    the counts of each whole day are known, with the least and the most days in it.

    Where both neighbours of the quantile round up to the same day, so does whatever lies between them; else they are
    the most of one day and the least of another.
    """
    days = cells.group_by("whole").agg(pl.col("n").sum(), pl.col("least").min(), pl.col("most").max()).sort("whole")
    place = HORIZON_SHARE * (n - 1)
    below = math.floor(place)
    up_to = days["n"].cum_sum()
    low, high = (int((up_to <= rank).sum()) for rank in (below, min(below + 1, n - 1)))
    if low == high:
        return int(days["whole"][low])
    lower, upper = float(days["most"][low]), float(days["least"][high])
    return math.ceil(lower + (place - below) * (upper - lower))
