"""The track record: the same forecast on past days, from what was known then, against what came.

One grid of days, 30 days apart, serves every horizon. A past day counts when 90 days of history and ten wins lay
behind it. Windows overlap, so they count by their span: ``n_eff``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from funnel.metrics.outlook.chain import from_new_leads, win_chances
from funnel.metrics.outlook.changes import YEAR, Change, changes, window_starts
from funnel.metrics.outlook.hazards import Hazard, exposure, hazard
from funnel.metrics.outlook.ranges import CHANGE_ADDS, PLAN_DISPERSION, count_range, dispersion
from funnel.metrics.outlook.stays import History

STEP = 30
MOST_DAYS = 24
LEAST_HISTORY, LEAST_WINS = 90, 10
RANGE_WINS, RANGE_WINDOWS = 20, 2.0
LONGEST = 366


@dataclass(frozen=True)
class View:
    """What one day says about the days after it, from what was known on it.

    ``tables`` per step, ``changes`` in use, ``open_now`` leads per stage and age; by days t = 0 … T: ``from_open`` and
    ``from_new`` (expected wins), ``fresh`` (P_0(0, t)); ``new_per_day``: λ, null below 90 days of history.
    """

    day: int
    history: History
    tables: tuple[Hazard, ...]
    changes: tuple[Change | None, ...]
    open_now: tuple[np.ndarray, ...]
    from_open: np.ndarray
    from_new: np.ndarray
    fresh: np.ndarray
    new_per_day: float

    @property
    def expected(self) -> np.ndarray:
        return self.from_open + self.from_new

    @property
    def uses_a_change(self) -> bool:
        return any(one is not None for one in self.changes)


def view_on(history: History, day: int, days: int = LONGEST, tables_of: History | None = None) -> View:
    """The view of ``day``. ``tables_of``: whose hazards to use where ``history`` has too few wins of its own."""
    model = tables_of or history
    found = changes(model, day)
    since = window_starts(found, day)
    tables = tuple(hazard(*exposure(stays, day, start)) for stays, start in zip(model.stays, since, strict=True))
    chances = win_chances(tables, days)
    open_now = tuple(stays.open_on(day) for stays in history.stays)
    from_open = np.sum([p @ n for p, n in zip(chances, open_now, strict=True)], axis=0)
    fresh = chances[0][:, 0]
    known = min(day, max(history.leads_until, history.first + LEAST_HISTORY))
    rate = float(history.created_between(known - LEAST_HISTORY, known).sum()) / LEAST_HISTORY
    return View(day, history, tables, found, open_now, from_open, rate * from_new_leads(fresh), fresh, rate)


def past_days(history: History) -> list[int]:
    """The grid of past days that count, newest first: enough days and wins known on each."""
    earliest = history.first + LEAST_HISTORY
    days = (history.as_of - STEP * k for k in range(1, MOST_DAYS + 1 + YEAR // STEP))
    return [day for day in days if day >= earliest and history.wins_until(day) >= LEAST_WINS]


@dataclass(frozen=True)
class PastDay:
    """One line of the record: said ``expected`` (``of_open`` from the leads open then), came ``wins``
    (``wins_of_open``); ``given``: what would have been said of the leads that really came. ``low``–``high``: the range
    of the time, null where none was earned yet."""

    day: int
    expected: float
    of_open: float
    given: float
    wins: int
    wins_of_open: int
    low: int | None
    high: int | None

    @property
    def is_inside(self) -> bool | None:
        return None if self.low is None or self.high is None else self.low <= self.wins <= self.high


@dataclass(frozen=True)
class Spread:
    """How far forecasts of one horizon missed: ``n_days`` past days, ``n_eff`` of them independent, ``c`` of the total,
    ``c_open`` of the leads open then, ``c_given`` with the leads that really came. ``is_earned``: a range may be
    shown."""

    n_days: int
    n_eff: float
    c: float
    c_open: float
    c_given: float
    is_earned: bool


class Record:
    """Past views and what came after them."""

    def __init__(self, history: History, views: Mapping[int, View]) -> None:
        self.history = history
        self.views = dict(sorted(views.items(), reverse=True))
        self._spread = lru_cache(maxsize=4096)(self._spread_on)
        self._wins = lru_cache(maxsize=4096)(self._wins_after)

    def spread(self, horizon: int, today: View) -> Spread:
        """The spread of forecasts of ``horizon`` days made today."""
        return self._spread(horizon, today.day, today.uses_a_change)

    def days(self, horizon: int) -> list[PastDay]:
        """Every past day of the record of ``horizon``, newest first."""
        lines = []
        for day in self._usable(horizon, self.history.as_of):
            view = self.views[day]
            spread = self._spread(horizon, day, view.uses_a_change)
            low, high = count_range(float(view.expected[horizon]), spread.c) if spread.is_earned else (None, None)
            f, f_open, given = self._said(day, horizon)
            wins, of_open = self._came(self.history.as_of, day, horizon)
            lines.append(PastDay(day, f, f_open, given, wins, of_open, low, high))
        return lines

    def _usable(self, horizon: int, now: int) -> list[int]:
        first = now - STEP * -(-horizon // STEP)
        return [day for day in self.views if day <= first and day < now][:MOST_DAYS]

    def _said(self, day: int, horizon: int) -> tuple[float, float, float]:
        """Expected in all, of the leads open then, and with the leads that really came."""
        view = self.views[day]
        came = self.history.created_between(day, day + horizon)
        given = view.from_open[horizon] + float(came @ view.fresh[horizon - 1 :: -1][: len(came)])
        return float(view.expected[horizon]), float(view.from_open[horizon]), given

    def _came(self, known_on: int, day: int, horizon: int) -> tuple[int, int]:
        """Wins after ``day`` within the horizon, in all and of the leads that there were, as known on ``known_on``."""
        wins, of_open = self._wins(known_on, day)
        return int(wins[horizon]), int(of_open[horizon])

    def _wins_after(self, known_on: int, day: int) -> tuple[np.ndarray, np.ndarray]:
        known = self._known(known_on)
        return known.wins_within(day, LONGEST), known.wins_within(day, LONGEST, created_until=day)

    def _known(self, day: int) -> History:
        return self.history if day == self.history.as_of else self.views[day].history

    def _spread_on(self, horizon: int, now: int, has_change: bool) -> Spread:
        known = self._known(now)
        days = self._usable(horizon, now)
        n_eff = independent_windows(len(days), horizon)
        said = np.array([self._said(day, horizon) for day in days]).reshape(-1, 3)
        came = np.array([self._came(now, day, horizon) for day in days], dtype=float).reshape(-1, 2)
        c = dispersion(said[:, 0], came[:, 0], n_eff) + (CHANGE_ADDS if has_change else 0.0)
        is_earned = n_eff >= RANGE_WINDOWS - 1e-9 and known.wins_until(now) >= RANGE_WINS
        return Spread(
            n_days=len(days),
            n_eff=n_eff,
            c=c,
            c_open=dispersion(said[:, 1], came[:, 1], n_eff) + (CHANGE_ADDS if has_change else 0.0),
            c_given=dispersion(said[:, 2], came[:, 0], n_eff, prior=PLAN_DISPERSION),
            is_earned=is_earned,
        )


def independent_windows(n_days: int, horizon: int) -> float:
    """How many windows without overlap ``n_days`` windows, 30 days apart, are worth: their span, not their number."""
    return 0.0 if n_days == 0 else min(float(n_days), (n_days - 1) * STEP / horizon + 1)
