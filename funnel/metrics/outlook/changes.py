"""Whether a step changed lately: then only the days since are used for its table.

Exits of the last year after a cut against those before it, cuts at 90 and 180 days, pooled z test, Holm over all tests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from funnel.metrics.outlook.stays import ADVANCED, LOST, History, Stays
from funnel.metrics.statistics import holm, pooled_z_p
from funnel.metrics.thresholds import ALPHA

YEAR = 365
CUTS = (90, 180)
LEAST_EXITS = 30


@dataclass(frozen=True, slots=True)
class Change:
    """Step ``step`` (index of the stage left) advanced ``x_before`` of ``n_before`` exits before ``day``, ``x_since``
    of ``n_since`` since. ``p`` is adjusted for all steps and cuts."""

    step: int
    day: int
    x_before: int
    n_before: int
    x_since: int
    n_since: int
    p: float


def exits_between(stays: Stays, start: int, end: int) -> tuple[int, int]:
    """Advances and exits with a date in (start, end], of leads followed to that date."""
    inside = (stays.exit > start) & (stays.exit <= end) & (stays.exit <= stays.until)
    moved = int(stays.n[inside & (stays.kind == ADVANCED)].sum())
    return moved, moved + int(stays.n[inside & (stays.kind == LOST)].sum())


def changes(history: History, day: int) -> tuple[Change | None, ...]:
    """Per step the change that is in use on ``day``, or null."""
    tests: list[Change] = []
    for step, stays in enumerate(history.stays):
        for cut in CUTS:
            x1, n1 = exits_between(stays, day - cut, day)
            x0, n0 = exits_between(stays, day - YEAR, day - cut)
            enough = min(n1, n0) >= LEAST_EXITS
            p = pooled_z_p(x1, n1, x0, n0) if enough else 1.0
            tests.append(Change(step, day - cut, x0, n0, x1, n1, p))
    adjusted = [replace(test, p=p) for test, p in zip(tests, holm([test.p for test in tests]), strict=True)]
    found: list[Change | None] = [None] * history.n_steps
    # The smaller p first; the adjusted ones of two tests may be equal where the raw ones are not.
    for _, best in sorted(zip((test.p for test in tests), adjusted, strict=True), key=lambda pair: pair[0]):
        if best.p < ALPHA and found[best.step] is None:
            found[best.step] = best
    return tuple(found)


def window_starts(found: tuple[Change | None, ...], day: int) -> np.ndarray:
    """The first day (excluded) of the days that each step's table uses."""
    return np.array([day - YEAR if one is None else one.day for one in found])
