"""Companies in numpy, counted in numpy: the second computation that before / after is checked against.

Nothing here uses our counting code: leads, dwell and outcomes are drawn as arrays, H is found by its definition, and
the days that a comparison sums are counted with ``bincount``. ``test_comparison`` shows that ``step_days`` counts the
same from the journeys of such a company.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition, Stage, Text
from funnel.schema import StepDays
from tests.simulation import horizons_of, journeys_frame

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
    """Per step: which lead entered, when (days since START) and the days until it advanced (inf: not by AS_OF)."""

    leads: tuple[np.ndarray, ...]
    at: tuple[np.ndarray, ...]
    takes: tuple[np.ndarray, ...]
    horizons: tuple[int | None, ...]

    @property
    def entered(self) -> list[np.ndarray]:
        """Whole days of entry."""
        return [np.floor(at).astype(np.int64) for at in self.at]

    def journeys(self, definition: FunnelDefinition = FOUR_STEPS) -> pl.DataFrame:
        n = len(self.at[0])
        days = {key: np.full(n, np.nan) for key in definition.keys}
        furthest = np.ones(n, dtype=int)
        for i, (lead, at, takes) in enumerate(zip(self.leads, self.at, self.takes, strict=True)):
            days[definition.keys[i]][lead] = at
            gone = np.isfinite(takes)
            days[definition.keys[i + 1]][lead[gone]] = (at + takes)[gone]
            furthest[lead[gone]] = i + 2
        return journeys_frame(
            definition,
            {key: _instants(value) for key, value in days.items()},
            furthest=furthest,
            lost_at=np.full(n, np.datetime64("NaT", "us")),
            amount=np.full(n, np.nan),
            source=[None] * n,
            as_of=AS_OF,
        )

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
    lead = np.arange(len(at))
    leads, entries, takes, horizons = [], [], [], []
    for rate in rates:
        day = np.floor(at).astype(np.int64)
        chance = np.asarray(rate(day)) if callable(rate) else np.full(len(at), rate)
        took = np.exp(rng.normal(math.log(median_days), sigma, len(at)))
        took = np.where(rng.random(len(at)) < chance, took, np.inf)
        seen = np.where(at + took < N_DAYS, took, np.inf)  # what is in the data on AS_OF
        leads.append(lead)
        entries.append(at)
        takes.append(seen)
        horizons.append(horizon(day, seen))
        advanced = np.isfinite(seen)
        lead, at = lead[advanced], (at + took)[advanced]
    return Company(tuple(leads), tuple(entries), tuple(takes), tuple(horizons))


def _instants(days: np.ndarray) -> np.ndarray:
    origin, known = np.datetime64(START.isoformat(), "us"), ~np.isnan(days)
    out = np.full(len(days), np.datetime64("NaT", "us"))
    out[known] = origin + (days[known] * 86_400_000_000).astype("timedelta64[us]")
    return out


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
            return wanted
        horizon = wanted


def swinging(rng: np.random.Generator, rate: float, sd: float) -> Callable[[np.ndarray], np.ndarray]:
    """A rate that differs from month to month by itself: normal on the logit with ``sd``."""
    days = [START + timedelta(days=d) for d in range(N_DAYS)]
    months = np.array([12 * (day.year - START.year) + day.month - 1 for day in days])
    logits = math.log(rate / (1 - rate)) + rng.normal(0, sd, months.max() + 1)
    by_day = 1 / (1 + np.exp(-logits[months]))
    return lambda day: by_day[day]


def changed(before: float, after: float, on: date) -> Callable[[np.ndarray], np.ndarray]:
    """A rate that changes for the leads that enter from ``on``."""
    since = (on - START).days
    return lambda day: np.where(day >= since, after, before)


def naive_alarm(one: Company) -> bool:
    """Does the comparison that everybody makes (the last month against the one before, advanced so far, an uncorrected
    test a step) find a change? The companies here do not change: every alarm is false."""
    last, before = N_DAYS - 31, N_DAYS - 61  # December, November
    for day, takes in zip(one.entered, one.takes, strict=True):
        sides = [np.isfinite(takes[(day >= start) & (day < end)]) for start, end in ((before, last), (last, N_DAYS))]
        n0, n1 = (len(side) for side in sides)
        if min(n0, n1) == 0:
            continue
        x0, x1 = (side.sum() for side in sides)
        pooled = (x0 + x1) / (n0 + n1)
        spread = math.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
        if spread > 0 and abs(x1 / n1 - x0 / n0) / spread > 1.96:
            return True
    return False


def upper_limit(n: int, p: float) -> int:
    """The count that a binomial of n and p exceeds in less than 1 % of the seeds: simulation error."""
    at_most, k = (1 - p) ** n, 0
    term = at_most
    while at_most < 0.99:
        k += 1
        term *= (n - k + 1) / k * p / (1 - p)
        at_most += term
    return k
