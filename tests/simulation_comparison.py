"""Companies in numpy, counted in numpy: the second computation that before / after is checked against.

Nothing here uses our counting code: leads, dwell and outcomes are drawn as arrays, H is found by its definition, and the
days that a comparison sums are counted with ``bincount``. ``test_comparison`` shows that ``step_days`` counts the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from funnel.definition import FunnelDefinition, Stage, Text
from funnel.schema import StepDays
from tests.simulation import horizons_of

START = date(2024, 1, 1)
AS_OF = date(2025, 12, 31)
N_DAYS = (AS_OF - START).days + 1

Rate = float | Callable[[np.ndarray], np.ndarray]
"""A true rate, or a function of the day of entry (whole days since START)."""

FOUR_STEPS = FunnelDefinition(
    "four",
    Text("four", "four"),
    tuple(Stage(f"s{i}", Text(f"s{i}", f"s{i}"), is_won=i == 5) for i in range(1, 6)),
)
GUIDE_RATES = (0.40, 0.40, 0.50, 0.45)
"""Lead → intent → opportunity → proposal → won, within the guide's ranges."""


@dataclass(frozen=True)
class Company:
    """Per step: the day of entry (whole days since START) and the days until the advance (inf: never)."""

    entered: tuple[np.ndarray, ...]
    takes: tuple[np.ndarray, ...]
    horizons: tuple[int | None, ...]

    def horizons_frame(self, definition: FunnelDefinition = FOUR_STEPS) -> pl.DataFrame:
        return horizons_of(definition, self.horizons)

    def counted(self, definition: FunnelDefinition = FOUR_STEPS) -> pl.DataFrame:
        """The days of entry as ``step_days`` would count them (nobody skips a stage here)."""
        frames = []
        for i, (day, takes, horizon) in enumerate(zip(self.entered, self.takes, self.horizons, strict=True)):
            followed = (N_DAYS - 1 - day >= horizon) if horizon is not None else np.zeros(len(day), dtype=bool)
            advanced = followed & (takes <= (horizon or 0))
            counts = [np.bincount(day, weights=w, minlength=N_DAYS) for w in (np.ones(len(day)), followed, advanced)]
            keep = counts[0] > 0
            n_entries, n, x = (count[keep].astype(np.int64) for count in counts)
            nothing = np.zeros(keep.sum(), dtype=np.int64)
            frames.append(
                pl.DataFrame(
                    {
                        "position": np.full(keep.sum(), i + 2, dtype=np.int8),
                        "stage": [definition.keys[i + 1]] * int(keep.sum()),
                        "group": pl.Series([None] * int(keep.sum()), dtype=pl.String),
                        "day": [START + timedelta(days=int(d)) for d in np.flatnonzero(keep)],
                        "n_entries": n_entries,
                        "n": n,
                        "x": x,
                        "x_own": x,
                        "n_undated": nothing,
                        "reached_n": n,
                        "reached_x": x,
                        "reached_skips": nothing,
                    }
                )
            )
        return pl.concat(frames).select(StepDays.column_names())


def company(
    rng: np.random.Generator,
    leads_a_month: int,
    rates: Sequence[Rate] = GUIDE_RATES,
    median_days: float = 11.0,
    sigma: float = 0.6,
) -> Company:
    """Two years of leads that end on AS_OF, created evenly (a Poisson number a day); lognormal dwell per step."""
    per_day = rng.poisson(leads_a_month / (365 / 12), N_DAYS)
    at = np.repeat(np.arange(N_DAYS, dtype=float), per_day) + rng.random(per_day.sum())
    entered, takes, horizons = [], [], []
    for rate in rates:
        day = np.floor(at).astype(np.int64)
        chance = rate(day) if callable(rate) else rate
        took = np.exp(rng.normal(math.log(median_days), sigma, len(at)))
        took = np.where(rng.random(len(at)) < chance, took, np.inf)
        seen = np.where(at + took < N_DAYS, took, np.inf)  # what is in the data on AS_OF
        entered.append(day)
        takes.append(seen)
        horizons.append(horizon(day, seen))
        advanced = np.isfinite(seen)
        at = (at + took)[advanced]
    return Company(tuple(entered), tuple(takes), tuple(horizons))


def horizon(day: np.ndarray, seen: np.ndarray) -> int | None:
    """H by its definition: the 95th percentile of days to advance among the leads that entered at least 2·H before
    as-of, from all leads upwards, rounded up; at least 20 such advanced leads, else None."""
    horizon = 0
    while True:
        old_enough = (N_DAYS - 1 - day >= 2 * horizon) & np.isfinite(seen)
        if old_enough.sum() < 20:
            return None
        wanted = math.ceil(np.quantile(seen[old_enough], 0.95))
        if wanted <= horizon:
            return horizon
        horizon = wanted


def swinging(rng: np.random.Generator, rate: float, sd: float) -> Callable[[np.ndarray], np.ndarray]:
    """A rate that differs from month to month by itself: normal on the logit with ``sd``."""
    months = np.array([(START + timedelta(days=d)).month + 12 * ((START + timedelta(days=d)).year - START.year) - 1 for d in range(N_DAYS)])  # fmt: skip
    logits = math.log(rate / (1 - rate)) + rng.normal(0, sd, months.max() + 1)
    by_day = 1 / (1 + np.exp(-logits[months]))
    return lambda day: by_day[day]


def changed(before: float, after: float, on: date) -> Callable[[np.ndarray], np.ndarray]:
    """A rate that changes for the leads that enter from ``on``."""
    since = (on - START).days
    return lambda day: np.where(day >= since, after, before)
