"""What lies around an expected count: the range that holds 8 times of 10, and the chance to reach a goal.

Counts are negative binomial with mean f and variance f + c·f²; c says how far past forecasts missed beyond chance. The
quantiles are mid-p quantiles, because plain ones hold 86–89 % where five wins are expected.
"""

from __future__ import annotations

import numpy as np

from funnel.metrics.statistics import count_at_most

LOW, HIGH = 0.1, 0.9
TOLERANCE = 1e-9
"""What decides on equality: a probability that is reached exactly must not hang on the last bit."""

PRIOR_DISPERSION, PRIOR_WEIGHT, MOST_DISPERSION = 0.02, 4.0, 4.0
CHANGE_ADDS = 0.04
PLAN_DISPERSION = 0.005
"""What c shrinks to where the leads are given, as in a plan: their number adds no uncertainty. With 0.02, plans of 80
and 90 % are reached in 86 and 95 % of the futures of invented companies (tests/benchmarks/README.md)."""


def dispersion(expected: np.ndarray, came: np.ndarray, n_eff: float, *, prior: float = PRIOR_DISPERSION) -> float:
    """c from past forecasts: Σ((y - f)² - f) / Σf², shrunk to ``prior`` with the weight of four independent windows."""
    squares = float((expected**2).sum())
    own = float(((came - expected) ** 2 - expected).sum()) / squares if squares > 0 else 0.0
    shrunk = (PRIOR_WEIGHT * prior + n_eff * own) / (PRIOR_WEIGHT + n_eff)
    return min(MOST_DISPERSION, max(0.0, shrunk))


def count_range(mean: float, c: float) -> tuple[int, int]:
    """The 80 % range of a count: the lowest k with F(k) - p(k)/2 ≥ 0.1, the highest with F(k) - p(k)/2 ≤ 0.9."""
    spread = np.sqrt(mean + c * mean * mean)
    top = 16
    while True:
        k = np.arange(top + 1)
        at_most = count_at_most(k, mean, c)
        middle = (at_most + np.concatenate(([0.0], at_most[:-1]))) / 2
        if middle[-1] > HIGH + TOLERANCE:
            break
        top = int(max(2 * top, mean + 4 * spread))
    low = int(np.argmax(middle >= LOW - TOLERANCE))
    high = int(np.flatnonzero(middle <= HIGH + TOLERANCE)[-1])
    return low, max(low, high)


def chance_of_at_least(goal: float, mean: float, c: float) -> float:
    """P(N ≥ goal)."""
    return 1.0 - float(count_at_most(np.ceil(goal) - 1, mean, c))


def gain_range(gain: float, wins_of_year: int) -> tuple[int, int]:
    """The 80 % range of a gain: negative binomial, variance g (1 + g / S), S the wins of a year; a loss mirrored."""
    low, high = count_range(abs(gain), 1 / max(wins_of_year, 1))
    return (low, high) if gain >= 0 else (-high, -low)
