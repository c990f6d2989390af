"""The chain: from hazards per stage to the chance that a lead wins within t days.

P_k(a, t) = Σ_{j<t} S_k(a, j) · q_k(a + j) · M_{k+1}(t - 1 - j): a lead that has been a days in stage k wins within t
days. M_k(u) is the mean of P_k(0, u) and P_k(0, u + 1), because it arrives somewhere within the day. Computed forwards:
P_k(a, t) = q_k(a) · M_{k+1}(t - 1) + stay_k(a) · P_k(a + 1, t - 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from funnel.metrics.outlook.hazards import Hazard
from funnel.metrics.outlook.stays import MAX_AGE

Changed = Callable[[int, np.ndarray], np.ndarray]
"""Stage of the chain and its M (by days left) → the M that fresh entries have instead."""


def within(table: Hazard, following: np.ndarray) -> np.ndarray:
    """P (days t = 0 … T, ages) of one stage, from M of the stage that follows (``following``, t = 0 … T - 1)."""
    chances = np.zeros((len(following) + 1, MAX_AGE))
    stay, advance = table.stay, table.advance
    for t in range(1, len(chances)):
        row, before = chances[t], chances[t - 1]
        row[:-1] = before[1:]
        row[-1] = before[-1]
        row *= stay
        row += advance * following[t - 1]
    return chances


def midpoints(fresh: np.ndarray) -> np.ndarray:
    """M(u) = (P(u) + P(u + 1)) / 2 for u = 0 … T - 1."""
    return (fresh[:-1] + fresh[1:]) / 2


def win_chances(
    tables: Sequence[Hazard], days: int, *, stage: int | None = None, changed: Changed | None = None
) -> list[np.ndarray]:
    """P_k for every stage k before won: chance to win (or to reach ``stage``, an index) within t = 0 … ``days``.

    ``changed`` gives other chances to fresh entries of a stage (what-if).
    """
    goal = len(tables) if stage is None else stage
    following = np.ones(days)
    found: list[np.ndarray] = []
    for k in range(goal - 1, -1, -1):
        chances = within(tables[k], following)
        found.append(chances)
        following = midpoints(chances[:, 0])
        if changed is not None:
            following = changed(k, following)
    return found[::-1]


def from_new_leads(fresh: np.ndarray) -> np.ndarray:
    """Wins within t = 0 … T days from one new lead a day, where ``fresh`` is P_0(0, t)."""
    return np.concatenate(([0.0], np.cumsum(midpoints(fresh))))
