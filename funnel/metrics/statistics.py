"""Intervals, tests and adjustments: the only module that imports scipy and statsmodels.

They are imported inside the functions that use them, because they cost half a second to a second of start-up time.
What is asked often is written by hand (the intervals of Wilson and Newcombe, the rank test, Holm's adjustment); the
tests hold it against scipy and statsmodels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from funnel.metrics.thresholds import ALPHA

# --- two proportions, months that swing, two samples of days ------------------------------------------------------
#
# x of n on the *after* side comes first, x0 of n0 on the *before* side second; differences are after - before.

BOSCHLOO_LIMIT = 200
"""Up to this many leads on both sides Boschloo's exact test is used; beyond it the score test agrees and is fast."""


def newcombe_interval(x1: float, n1: float, x0: float, n0: float) -> tuple[float, float]:
    """95 % interval of x1/n1 - x0/n0 from two Wilson intervals (Newcombe 1998, method 10); nan when an n is 0."""
    if n1 <= 0 or n0 <= 0:
        return math.nan, math.nan
    now, then, z = x1 / n1, x0 / n0, _critical(ALPHA)
    (low1, high1), (low0, high0) = _wilson(x1, n1, z), _wilson(x0, n0, z)
    change = now - then
    return change - math.hypot(now - low1, high0 - then), change + math.hypot(then - low0, high1 - now)


def score_p(x1: float, n1: float, x0: float, n0: float) -> float:
    """Two-sided p of equal rates by the score test. All or none on both sides: 1. nan when an n is 0."""
    from statsmodels.stats.proportion import test_proportions_2indep

    if n1 <= 0 or n0 <= 0:
        return math.nan
    if x1 + x0 in (0, n1 + n0):
        return 1.0
    result = test_proportions_2indep(x1, n1, x0, n0, method="score", compare="diff")
    return float(result.pvalue)


@lru_cache(maxsize=4096)
def boschloo_p(x1: int, n1: int, x0: int, n0: int) -> float:
    """Two-sided p of equal rates by Boschloo's exact test (1970). All or none on both sides: 1. nan when an n is 0.

    Up to 0.3 s at 200 leads a side, hence remembered.
    """
    from scipy.stats import boschloo_exact

    if n1 <= 0 or n0 <= 0:
        return math.nan
    if x1 + x0 in (0, n1 + n0):
        return 1.0
    return min(1.0, float(boschloo_exact([[x1, x0], [n1 - x1, n0 - x0]], alternative="two-sided").pvalue))


def fisher_p(x1: int, n1: int, x0: int, n0: int) -> float:
    """Two-sided exact p of two shares, for a glance at whether a difference could be chance (Fisher 1935)."""
    from scipy.stats import fisher_exact

    return float(fisher_exact([[x1, n1 - x1], [x0, n0 - x0]]).pvalue)


def two_proportion_p(x1: int, n1: int, x0: int, n0: int) -> tuple[float, str]:
    """Two-sided p of equal rates and the test used: "boschloo" where both n ≤ 200, else "score"."""
    if max(n1, n0) <= BOSCHLOO_LIMIT:
        return boschloo_p(int(x1), int(n1), int(x0), int(n0)), "boschloo"
    return score_p(x1, n1, x0, n0), "score"


def detectable_rise(rate: float, n0: float, n1: float, alpha: float = ALPHA, power: float = 0.8) -> float | None:
    """The smallest rise from ``rate`` (0–1) that n0 leads before and n1 after show with ``power`` at level ``alpha``.

    Two-sided, normal approximation with pooled variance under no change (statsmodels). None when no rise up to 100 %
    is large enough. A fall is the rise of the leads that do *not* advance: ``detectable_rise(1 - rate, …)``.
    """
    from scipy.optimize import brentq
    from statsmodels.stats.proportion import power_proportions_2indep

    most = 1.0 - rate
    if n0 <= 0 or n1 <= 0 or most <= 0:
        return None

    def missing(rise: float) -> float:
        reached = power_proportions_2indep(rise, rate, n1, ratio=n0 / n1, alpha=alpha, return_results=False)
        return float(reached) - power

    # At 0 and 1 the variance vanishes and the approximation with it: stay a hair inside.
    low, high = 1e-6, most - 1e-9
    if high <= low or missing(high) < 0:
        return None
    if missing(low) >= 0:
        return low
    return float(brentq(missing, low, high, xtol=1e-6))


def leads_needed(rate: float, change: float, alpha: float = ALPHA, power: float = 0.8) -> int | None:
    """Leads on each side, equally many, that show a change from ``rate`` to ``rate + change`` (statsmodels).

    None when the change is 0 or leads outside 0–1, where no number of leads could show it.
    """
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    if change == 0 or not 0 <= rate + change <= 1 or not 0 <= rate <= 1:
        return None
    n = samplesize_proportions_2indep_onetail(change, rate, power, ratio=1, alpha=alpha, alternative="two-sided")
    return math.ceil(float(n))


def probability_of_rise(x1: float, n1: float, x0: float, n0: float, at_least: float = 0.0) -> float:
    """P(rate after - rate before ≥ ``at_least``) with rates Beta(½ + x, ½ + n - x), by numerical integration.

    Integrated over the quantiles of the rate before, which keeps the integrand bounded where a Beta density is not
    (x = 0 or x = n). ``x`` may be fractional: a baseline corrected for having been selected.
    """
    from scipy.integrate import quad
    from scipy.special import betainc, betaincinv

    a0, b0, a1, b1 = x0 + 0.5, n0 - x0 + 0.5, x1 + 0.5, n1 - x1 + 0.5

    def above(quantile: float) -> float:
        rate = betaincinv(a0, b0, quantile) + at_least
        return 1.0 if rate <= 0 else 0.0 if rate >= 1 else 1.0 - float(betainc(a1, b1, rate))

    tails = [1e-6, 1e-4, 1e-2, 0.1, 0.5, 0.9, 0.99, 1 - 1e-4, 1 - 1e-6]
    value, _ = quad(above, 0.0, 1.0, points=tails, limit=400, epsabs=1e-10, epsrel=1e-10)
    return min(1.0, max(0.0, float(value)))


@dataclass(frozen=True, slots=True)
class Swing:
    """How much the monthly rates of a step vary beyond chance.

    ``sigma_z`` = max(1, mean moving range of z / 1.128) with z = (p - p̄) / √(p̄(1 - p̄)/n) (Laney 2002);
    ``varies``: Σz² exceeds the 95 % point of χ² with months - 1 degrees of freedom.
    """

    centre: float
    sigma_z: float
    chi2: float
    chi2_limit: float
    varies: bool
    n_months: int

    @property
    def divisor(self) -> float:
        """What z is divided by: σ_z only where the months vary beyond chance, since it always costs power."""
        return self.sigma_z if self.varies else 1.0


def swing(x: Sequence[float], n: Sequence[float]) -> Swing | None:
    """The swing of monthly x of n, in time order; months without leads are left out. None below two months."""
    from scipy.stats import chi2

    months = [(float(a), float(b)) for a, b in zip(x, n, strict=True) if b > 0]
    if len(months) < 2:
        return None
    leads = sum(b for _, b in months)
    centre = sum(a for a, _ in months) / leads
    limit = float(chi2.ppf(1 - ALPHA, len(months) - 1))
    if centre in (0.0, 1.0):
        return Swing(centre, 1.0, 0.0, limit, False, len(months))
    z = [(a / b - centre) / math.sqrt(centre * (1 - centre) / b) for a, b in months]
    moving = sum(abs(later - earlier) for earlier, later in pairwise(z)) / (len(z) - 1)
    total = sum(value * value for value in z)
    return Swing(centre, max(1.0, moving / 1.128), total, limit, total > limit, len(months))


def p_of_smaller_z(p: float, sigma_z: float) -> float:
    """The two-sided p after dividing its z by ``sigma_z`` (≥ 1): what is left when months vary by themselves."""
    from scipy.stats import norm

    if math.isnan(p) or sigma_z == 1.0:
        return p
    return float(min(1.0, 2 * norm.sf(norm.isf(p / 2) / sigma_z)))


def mann_whitney_p(after: Any, before: Any) -> float | None:
    """Two-sided p that two samples of days come from one distribution (Mann & Whitney 1947; ties corrected).

    None when a side is empty; 1 when all values are equal. Sequences or numpy arrays.
    """
    import numpy as np
    from scipy.special import ndtr

    n, m = len(after), len(before)
    if not n or not m:
        return None
    # By hand: scipy ranks both sides at once, which on many thousand values takes ten times as long as sorting them.
    first, second = np.sort(np.asarray(after, dtype=float)), np.sort(np.asarray(before, dtype=float))
    if first[0] == first[-1] == second[0] == second[-1]:
        return 1.0
    behind = np.searchsorted(second, first, "left").sum() + np.searchsorted(second, first, "right").sum()
    both = np.sort(np.concatenate((first, second)))
    starts = np.flatnonzero(np.concatenate(([True], both[1:] != both[:-1], [True])))
    ties = np.diff(starts).astype(float)
    wins = max(behind / 2, n * m - behind / 2)
    spread = math.sqrt(n * m / 12 * (n + m + 1 - float(np.sum(ties**3 - ties)) / ((n + m) * (n + m - 1))))
    return min(1.0, 2 * float(ndtr(-(wins - n * m / 2 - 0.5) / spread)))


# --- one rate, families of tests ----------------------------------------------------------------------------------


def wilson_interval(x: float, n: float, level: float = 1 - ALPHA) -> tuple[float | None, float | None]:
    """Interval of x of n (Wilson 1927), 95 % unless said otherwise; (None, None) when n is 0."""
    if n <= 0:
        return None, None
    return _wilson(x, n, _critical(1 - level))


def wilson_intervals(x: Sequence[float], n: Sequence[float]) -> tuple[list[float | None], list[float | None]]:
    """Lower and upper 95 % limits of every x of n (Wilson 1927); null where n is 0."""
    z = _critical(ALPHA)
    limits = [_wilson(some, of, z) if of > 0 else (None, None) for some, of in zip(x, n, strict=True)]
    return [low for low, _ in limits], [high for _, high in limits]


def _wilson(x: float, n: float, z: float) -> tuple[float, float]:
    # By hand, step by step as statsmodels does it: proportion_confint spends a millisecond on what it was given.
    rate, squared = x / n, z * z
    whole = 1 + squared / n
    center = (rate + squared / (2 * n)) / whole
    reach = z * math.sqrt(rate * (1 - rate) / n + squared / (4 * n * n)) / whole
    return max(center - reach, 0.0), min(center + reach, 1.0)


@cache
def _critical(alpha: float) -> float:
    """How many standard errors a two-sided interval of level 1 - alpha reaches."""
    from scipy.special import ndtri

    return float(-ndtri(alpha / 2))


def binomial_test_less(x: int, n: int, rate: float) -> float:
    """P(at most x of n) under ``rate``: one-sided exact binomial test that the true rate is below. 1 when n is 0."""
    return binomial_tests_less([x], [n], rate)[0]


def binomial_tests_less(x: Sequence[int], n: Sequence[int], rate: float | Sequence[float]) -> list[float]:
    """``binomial_test_less`` of every x of n, against one rate or each against its own. All at once: a single test
    costs as much as a hundred."""
    from scipy.stats import binom

    p_values: list[float] = binom.cdf(list(x), list(n), rate).tolist() if len(x) else []
    return [p if some > 0 else 1.0 for p, some in zip(p_values, n, strict=True)]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the given order (Holm 1979): the family error stays below the level compared with."""
    # By hand, not by statsmodels: multipletests collects garbage at every call, which costs 40 ms. They agree exactly.
    adjusted, least, left = [0.0] * len(p_values), 0.0, len(p_values)
    for i in sorted(range(left), key=lambda i: p_values[i]):
        least = max(least, min(1.0, p_values[i] * left))
        adjusted[i], left = least, left - 1
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the given order (Benjamini & Hochberg 1995): bounds the share of false findings."""
    # By hand like holm: scipy's false_discovery_control spends a quarter of a millisecond on what it was given.
    adjusted, least, n = [0.0] * len(p_values), 1.0, len(p_values)
    for rank, i in zip(range(n, 0, -1), sorted(range(n), key=lambda i: p_values[i], reverse=True), strict=True):
        least = min(least, p_values[i] * (n / rank))
        adjusted[i] = least
    return adjusted


# --- time to an event, with another event in the way ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StakeRange:
    """80 % ranges of what lifting a step would bring; ``revenue`` is None without a deal size."""

    customers: tuple[float, float]
    revenue: tuple[float, float] | None


def stake_range(
    x: int,
    n: int,
    low: float,
    later: Sequence[tuple[int, int]],
    deal: tuple[float, float] | None,
    *,
    seed: int,
    draws: int = 4000,
) -> StakeRange:
    """10th and 90th percentile of n · max(0, low - rate) · Π later rates (· deal size), from seeded draws.

    The rate of the step (x of n) and the later ones (pairs x, n) are drawn from Beta(x + ½, n - x + ½), whose mean for
    the later ones is the point estimate (x + ½) / (n + 1); the deal size (mean, standard error) from the Gamma
    distribution with these moments, which is never negative.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    customers = n * np.maximum(0.0, low - rng.beta(x + 0.5, n - x + 0.5, draws))
    for later_x, later_n in later:
        customers = customers * rng.beta(later_x + 0.5, later_n - later_x + 0.5, draws)
    first, last = np.quantile(customers, (0.1, 0.9))
    if deal is None:
        return StakeRange((float(first), float(last)), None)
    mean, error = deal
    size = rng.gamma((mean / error) ** 2, error**2 / mean, draws) if mean > 0 and error > 0 else np.full(draws, mean)
    low_revenue, high_revenue = np.quantile(customers * size, (0.1, 0.9))
    return StakeRange((float(first), float(last)), (float(low_revenue), float(high_revenue)))


@dataclass(frozen=True, slots=True)
class StratifiedAssociation:
    """Mantel–Haenszel over strata: pooled odds ratio with 95 % interval and p, and the pooled difference of rates."""

    odds_ratio: float | None
    low: float | None
    high: float | None
    p_value: float
    difference: float


def mantel_haenszel(strata: Sequence[tuple[int, int, int, int]]) -> StratifiedAssociation | None:
    """Association of two groups with an outcome over strata of (x of the first, n, x of the second, n).

    Odds ratio, interval and test from statsmodels ``StratifiedTable``; the difference of rates is weighted by
    n₁n₂/(n₁+n₂).
    Strata in which a group is empty say nothing; None when none is left. The odds ratio is None where it is not finite,
    p is 1 where nobody or everybody has the outcome.
    """
    import numpy as np
    from statsmodels.stats.contingency_tables import StratifiedTable

    told = [row for row in strata if row[1] > 0 and row[3] > 0]
    if not told:
        return None
    weights = [n1 * n2 / (n1 + n2) for _, n1, _, n2 in told]
    difference = sum(w * (x1 / n1 - x2 / n2) for w, (x1, n1, x2, n2) in zip(weights, told, strict=True)) / sum(weights)
    informative = [row for row in told if 0 < row[0] + row[2] < row[1] + row[3]]
    if not informative:
        return StratifiedAssociation(None, None, None, 1.0, difference)
    tables = [np.array([[x1, n1 - x1], [x2, n2 - x2]], dtype=float) for x1, n1, x2, n2 in informative]
    pooled = StratifiedTable(tables)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = float(pooled.oddsratio_pooled)
        low, high = (float(value) for value in pooled.oddsratio_pooled_confint())
        p_value = float(pooled.test_null_odds(correction=False).pvalue)
    if not (math.isfinite(odds) and odds > 0 and math.isfinite(low) and math.isfinite(high)):
        return StratifiedAssociation(None, None, None, p_value, difference)
    return StratifiedAssociation(odds, low, high, p_value, difference)


# --- counts that are to come ------------------------------------------------------------------------------------------


def count_at_most(k: Any, mean: Any, dispersion: float) -> Any:
    """P(N ≤ k) of a negative binomial count with variance mean + dispersion · mean² (Poisson at 0); k < 0: 0.

    Numbers or numpy arrays of ``k`` and ``mean``.
    """
    import numpy as np
    from scipy.special import betainc, gammaincc

    k, mean = np.asarray(k, dtype=float), np.asarray(mean, dtype=float)
    if dispersion < 1e-9:
        below = gammaincc(k + 1, mean)
    else:
        below = betainc(1 / dispersion, k + 1, 1 / (1 + dispersion * mean))
    return np.where(k < 0, 0.0, np.where(mean <= 0, 1.0, below))


def poisson_quantile(at: Any, mean: Any) -> Any:
    """The smallest k with P(N ≤ k) ≥ ``at`` for Poisson counts; numpy arrays."""
    import numpy as np
    from scipy.special import pdtrik

    mean = np.asarray(mean, dtype=float)
    reached = pdtrik(at, np.maximum(mean, 1e-12))
    return np.where(mean <= 0, 0, np.ceil(np.nan_to_num(reached) - 1e-9).clip(0)).astype(np.int64)


def pooled_z_p(x1: float, n1: float, x0: float, n0: float) -> float:
    """Two-sided p of equal rates by the pooled z test; 1 where both sides are all or none."""
    from scipy.special import ndtr

    pooled = (x1 + x0) / (n1 + n0)
    if pooled in (0.0, 1.0):
        return 1.0
    z = (x1 / n1 - x0 / n0) / math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    return float(2 * ndtr(-abs(z)))
