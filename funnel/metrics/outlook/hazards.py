"""Hazards: the chance per day, by age in a stage, to advance and to be lost.

Counted over the lead-days of a window, in buckets that are joined until each holds enough exits. A lead whose loss was
never recorded stays at risk and lowers the hazard of old ages, which is why nothing is ever divided by "closed".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnel.metrics.outlook.stays import ADVANCED, GONE, LOST, MAX_AGE, Stays

EDGES = np.array([0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 540])
"""First age of every bucket; the last one has no end."""

MIN_EXITS = 3
"""A group of buckets holds at least so many exits."""

MIN_LEAD_DAYS = 200
"""A rest with fewer exits stands alone from so many lead-days on, else it joins the group before it."""


@dataclass(frozen=True)
class Hazard:
    """Per age (0 … ``MAX_AGE`` - 1): chance per day to advance, and to be lost. Never more than 1 together."""

    advance: np.ndarray
    lost: np.ndarray

    @property
    def stay(self) -> np.ndarray:
        return np.maximum(0.0, 1.0 - self.advance - self.lost)

    def rate(self) -> float:
        """The share of fresh entries that advance sooner or later (before the last age)."""
        left = np.concatenate(([1.0], np.cumprod(self.stay)[:-1]))
        return float(left @ self.advance)


def exposure(stays: Stays, day: int, since: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lead-days at risk, advances and exits per bucket (``EDGES``), as known at the end of ``day``, from ``since`` on.

    A stay that ended counts its ages to the exit, the last one included; one that goes on to today's, excluded.
    """
    seen = np.minimum(stays.until, day)
    ended = (stays.exit <= seen) & ((stays.kind == ADVANCED) | (stays.kind == LOST))
    over = ended | ((stays.exit <= seen) & (stays.kind == GONE))
    first = np.maximum(0, since - stays.entry)
    end = np.where(ended, stays.age + 1, np.minimum(seen, stays.exit) - stays.entry)
    keep = (stays.entry <= seen) & (end > first) & ~(over & (stays.exit < since))
    first, end, n, ended = first[keep], end[keep], stays.n[keep], ended[keep]
    size = max(int(end.max(initial=0)), int(EDGES[-1])) + 2
    risk = np.cumsum(np.bincount(first, n, minlength=size) - np.bincount(end, n, minlength=size))
    at, exits = end[ended] - 1, n[ended]
    advanced = stays.kind[keep][ended] == ADVANCED
    left = np.bincount(at, exits, minlength=size)
    moved = np.bincount(at[advanced], exits[advanced], minlength=size)
    risk, moved, left = (np.add.reduceat(counted, EDGES) for counted in (risk, moved, left))
    return risk, moved, left


def hazard(risk: np.ndarray, moved: np.ndarray, left: np.ndarray, min_exits: int = MIN_EXITS) -> Hazard:
    """The table of one step from the counts per bucket."""
    groups: list[list[int]] = []
    current: list[int] = []
    for bucket in range(len(EDGES)):
        current.append(bucket)
        if left[current].sum() >= min_exits:
            groups.append(current)
            current = []
    if current:
        if groups and risk[current].sum() < MIN_LEAD_DAYS:
            groups[-1] += current
        else:
            groups.append(current)
    advance, lost = np.zeros(MAX_AGE), np.zeros(MAX_AGE)
    ends = [*EDGES[1:], MAX_AGE]
    for group in groups:
        at_risk = risk[group].sum()
        if at_risk > 0:
            ages = slice(EDGES[group[0]], ends[group[-1]])
            advance[ages] = moved[group].sum() / at_risk
            lost[ages] = (left[group].sum() - moved[group].sum()) / at_risk
    return Hazard(advance, lost)
