"""Money of what is to come: every future win brings an amount drawn from the wins there have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.outlook.changes import YEAR
from funnel.metrics.outlook.ranges import HIGH, LOW
from funnel.metrics.outlook.stays import MAX_AGE, with_arrivals

LEAST_AMOUNTS = 20
DRAWS = 2000
_MOST_DRAWN = 1_000_000
"""Beyond so many drawn amounts a sum follows its normal limit."""


@dataclass(frozen=True)
class Money:
    """Amounts of all dated wins up to as-of (``amounts``), of those of the last 365 days the ``mean``, ``last_year``
    their sum; ``open_value``: stated amounts of the open leads per stage and age, ``open_blank``: how many state none.
    """

    amounts: np.ndarray
    mean: float
    last_year: float
    open_value: tuple[np.ndarray, ...]
    open_blank: tuple[np.ndarray, ...]

    def expected(self, chances: Sequence[np.ndarray]) -> np.ndarray:
        """Money expected from the open leads within t days: their own amount, else the mean of the year's wins."""
        parts = zip(chances, self.open_value, self.open_blank, strict=True)
        return np.sum([p @ (value + blank * self.mean) for p, value, blank in parts], axis=0)


def money_of(journeys: pl.LazyFrame, definition: FunnelDefinition, as_of: date, chain: Sequence[str]) -> Money | None:
    """The money that the journeys know; null below 20 wins with an amount."""
    leads = with_arrivals(journeys, definition, chain, as_of).filter(pl.col("is_placed_in_time"))
    won = pl.col(f"t{len(chain) - 1}")
    entered = pl.coalesce(*[pl.when(pl.col("step") == k).then(pl.col(f"t{k}")) for k in range(len(chain) - 1)])
    age = (pl.lit(as_of) - entered.dt.date()).dt.total_days().clip(0, MAX_AGE - 1)
    wins, opened = pl.collect_all(
        [
            leads.filter((pl.col("outcome") == "won") & pl.col("amount").is_not_null())
            .select(won.dt.date().alias("on"), "amount")
            .sort("on", "amount"),
            leads.filter(pl.col("is_open"))
            .group_by("step", age.alias("age"))
            .agg(pl.col("amount").sum().alias("value"), pl.col("amount").null_count().alias("blank")),
        ]
    )
    if wins.height < LEAST_AMOUNTS:
        return None
    recent = wins.filter(pl.col("on") > as_of - timedelta(days=YEAR))["amount"]
    amounts = wins["amount"].to_numpy()
    n_steps = len(chain) - 1
    value, blank = np.zeros((n_steps, MAX_AGE)), np.zeros((n_steps, MAX_AGE))
    steps, ages = opened["step"].cast(pl.Int64).to_numpy(), opened["age"].cast(pl.Int64).to_numpy()
    value[steps, ages] = opened["value"].to_numpy()
    blank[steps, ages] = opened["blank"].to_numpy()
    mean = float(np.mean(recent.to_numpy())) if len(recent) else float(amounts.mean())
    return Money(amounts, mean, float(recent.sum()), tuple(value), tuple(blank))


def counts_drawn(mean: float, c: float, uniforms: np.random.Generator, draws: int) -> np.ndarray:
    """Draws of the count: Gamma-mixed Poisson with mean f and variance f + c f²."""
    rate = np.full(draws, mean) if c < 1e-9 or mean <= 0 else uniforms.gamma(1 / c, c * mean, draws)
    return uniforms.poisson(rate)


def sums_drawn(counts: np.ndarray, amounts: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """For every count the sum of so many amounts, drawn from ``amounts``."""
    total = int(counts.sum())
    if total > _MOST_DRAWN:
        spread = np.sqrt(counts) * amounts.std()
        return counts * amounts.mean() + spread * draw.standard_normal(len(counts))
    drawn = np.concatenate(([0.0], np.cumsum(draw.choice(amounts, total))))
    ends = np.cumsum(counts)
    return drawn[ends] - drawn[ends - counts]


def money_range(mean: float, c: float, amounts: np.ndarray, *, seed: int, draws: int = DRAWS) -> tuple[float, float]:
    """The 80 % range of the money of N wins."""
    sums = _sums(mean, c, amounts, seed, draws)
    low, high = np.quantile(sums, (LOW, HIGH))
    return float(low), float(high)


def without_the_largest(mean: float, c: float, amounts: np.ndarray, *, seed: int, draws: int = DRAWS) -> float:
    """The middle of the money if no win were as large as the largest so far."""
    return float(np.median(_sums(mean, c, np.sort(amounts)[:-1], seed, draws)))


def _sums(mean: float, c: float, amounts: np.ndarray, seed: int, draws: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return sums_drawn(counts_drawn(mean, c, draw, draws), amounts, draw)
