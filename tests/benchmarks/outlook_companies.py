"""Invented companies of known truth for the outlook: kinds of company, their past as journeys, their real future.

A company has steps with true rates and waiting times; every lead's whole life is drawn at once and cut at the as-of
day, so that what really came afterwards is known. Nothing here uses the product's outlook code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from tests.simulation import funnel, journeys_frame

START = date(2024, 1, 1)
MONTH = 30.4


@dataclass(frozen=True)
class Kind:
    """What sort of company: leads a month, months of history, and in what it departs from a steady one."""

    name: str
    leads: float = 120
    is_heavy: bool = False
    growth: float = 0.0
    season: float = 0.0
    swing: float = 0.0
    unrecorded: float = 0.15
    changed_months_ago: float | None = None
    changed_step: str = "any"
    quarter: float = 0.0
    giants: float = 0.0
    is_plain: bool = False
    months: tuple[int, int] = (12, 24)


KINDS = (
    Kind("steady, 120, exponential", is_plain=True),
    Kind("steady, 400, exponential", leads=400, is_plain=True),
    Kind("steady, 120, heavy tails", is_heavy=True, is_plain=True),
    Kind("steady, 400, heavy tails", leads=400, is_heavy=True, is_plain=True),
    Kind("steady, 40, exponential", leads=40, is_plain=True),
    Kind("steady, 15, heavy tails", leads=15, is_heavy=True, is_plain=True),
    Kind("growth 5 %", growth=0.05),
    Kind("growth 8 %", growth=0.08),
    Kind("season 40 %", season=0.4),
    Kind("rates swing", swing=0.3),
    Kind("half of losses unrecorded", unrecorded=0.5),
    Kind("changed 3 months ago, 120", changed_months_ago=3),
    Kind("changed 3 months ago, 400, last step", leads=400, changed_months_ago=3, changed_step="last"),
    Kind("changed 5 months ago, 120", changed_months_ago=5),
    Kind("quarter ends", quarter=0.4),
    Kind("money: 2 % giants", giants=0.02),
)


@dataclass
class Draws:
    """The chance of every lead: the same draws give the same life, also in a changed world."""

    u: np.ndarray
    wait: np.ndarray
    loss_wait: np.ndarray
    recorded: np.ndarray
    closing: np.ndarray
    amount: np.ndarray


@dataclass
class Lives:
    """Days since ``START`` per lead: entry of every stage (nan: never), recorded loss (nan: none)."""

    at: np.ndarray
    lost: np.ndarray

    @property
    def won(self) -> np.ndarray:
        return self.at[-1]


@dataclass
class Company:
    """One company of a kind: its true rates and waits, and the day (as a number) up to which its past is known."""

    kind: Kind
    rates: np.ndarray
    waits: np.ndarray
    today: int
    rng: np.random.Generator
    created: np.ndarray = field(init=False)
    draws: Draws = field(init=False)
    month_factor: np.ndarray = field(init=False)
    change: tuple[int, float, float] | None = None

    def __post_init__(self) -> None:
        self.month_factor = np.exp(self.kind.swing * self.rng.standard_normal(60))
        end = self.today + 100
        days = np.arange(end)
        month = days / MONTH
        a_day = self.kind.leads / MONTH * np.ones(end)
        if self.kind.growth:
            a_day *= (1 + self.kind.growth) ** (month - self.today / MONTH)
        if self.kind.season:
            a_day *= 1 + self.kind.season * np.sin(2 * np.pi * (days / 365 + self.rng.random()))
        n = self.rng.poisson(a_day)
        self.created = np.sort(np.repeat(days, n) + self.rng.random(n.sum()))
        self.draws = self.new_draws(len(self.created))

    @property
    def n_steps(self) -> int:
        return len(self.rates)

    @property
    def as_of(self) -> date:
        """The last known day; everything before day ``today`` 00:00 is known."""
        return START + timedelta(days=self.today - 1)

    def new_draws(self, n: int) -> Draws:
        rng, k = self.rng, self.n_steps
        wait = rng.standard_exponential((k, n)) if not self.kind.is_heavy else np.exp(rng.normal(-0.5, 1.1, (k, n)))
        loss = rng.standard_exponential((k, n)) if not self.kind.is_heavy else np.exp(rng.normal(-0.5, 1.1, (k, n)))
        amount = np.exp(rng.normal(9.5, 0.6, n))
        amount *= np.where(rng.random(n) < self.kind.giants, 15.0, 1.0)
        return Draws(rng.random((k, n)), wait, loss, rng.random((k, n)), rng.random(n), amount)

    def lives(
        self,
        created: np.ndarray,
        draws: Draws,
        what_if: Callable[[int, np.ndarray, np.ndarray], np.ndarray] | None = None,
    ) -> Lives:
        """The lives of leads created at ``created``. ``what_if`` (step, entry, rate) → rate of another world."""
        at = [created.copy()]
        lost = np.full(len(created), np.nan)
        for k in range(self.n_steps):
            entry = at[-1]
            rate = np.full(len(created), self.rates[k])
            known = ~np.isnan(entry)
            if self.kind.swing:
                months = np.clip(np.nan_to_num(entry) // MONTH, 0, 59).astype(int)
                rate = np.clip(rate * self.month_factor[months], 0, 0.95)
            if self.change is not None and self.change[0] == k:
                rate = np.where(entry >= self.change[1], np.clip(rate * self.change[2], 0, 0.95), rate)
            if what_if is not None:
                rate = what_if(k, entry, rate)
            moves = known & (draws.u[k] < rate)
            loses = known & ~moves & (draws.recorded[k] >= self.kind.unrecorded)
            lost = np.where(loses, entry + draws.loss_wait[k] * self.waits[k] * 1.5, lost)
            arrival = entry + draws.wait[k] * self.waits[k]
            if k == self.n_steps - 1 and self.kind.quarter:
                # Some deals are pushed over the line in the last days of the quarter they would close in.
                ends = (arrival // 91.25 + 1) * 91.25
                late = draws.closing < self.kind.quarter
                arrival = np.where(late, np.maximum(entry, ends - 7 * draws.closing / self.kind.quarter), arrival)
            at.append(np.where(moves, arrival, np.nan))
        return Lives(np.array(at), lost)

    def journeys(self, lives: Lives) -> tuple[pl.DataFrame, Any]:
        """What is known at the end of the as-of day, as the journeys frame, and its definition."""
        definition = funnel([None] * max(self.n_steps, 2))
        there = lives.at[0] < self.today
        seen = np.where(lives.at[:, there] < self.today, lives.at[:, there], np.nan)
        lost = np.where(lives.lost[there] < self.today, lives.lost[there], np.nan)
        keys = list(definition.keys)
        if self.n_steps == 1:
            # A funnel has three stages at least: one that nobody enters stands between.
            seen = np.stack([seen[0], np.full(seen.shape[1], np.nan), seen[1]])
        dates = {key: _instants(days) for key, days in zip(keys, seen, strict=True)}
        reached = np.stack([~np.isnat(dates[key]) for key in keys])
        furthest = np.array([np.flatnonzero(column)[-1] + 1 for column in reached.T])
        won = furthest >= len(keys)
        frame = journeys_frame(
            definition,
            dates,
            furthest=furthest,
            lost_at=np.where(won, np.datetime64("NaT", "us"), _instants(lost)),
            amount=np.where(won, self.draws.amount[there], np.nan),
            source=["web"] * int(there.sum()),
            as_of=self.as_of,
        )
        return frame, definition


def _instants(days: np.ndarray) -> np.ndarray:
    known = ~np.isnan(days)
    out = np.full(len(days), np.datetime64("NaT", "us"))
    micros = (days[known] * 86_400_000_000).astype(np.int64)
    out[known] = np.datetime64(START.isoformat(), "us") + micros.astype("timedelta64[us]")
    return out


def company(kind: Kind, seed: int) -> Company:
    """The company of a kind and seed: one to three steps, 4–30 days each, 8–25 % of leads won in all."""
    rng = np.random.default_rng([seed, len(kind.name), *kind.name.encode()[:8]])
    steps = int(rng.integers(1, 4))
    overall = rng.uniform(0.08, 0.25)
    shares = rng.dirichlet(np.full(steps, 3.0))
    rates = np.clip(overall**shares, 0.1, 0.9)
    waits = rng.uniform(4, 30, steps)
    months = rng.integers(kind.months[0], kind.months[1] + 1)
    made = Company(kind, rates, waits, int(months * MONTH), rng)
    if kind.changed_months_ago is not None:
        step = steps - 1 if kind.changed_step == "last" else int(rng.integers(0, steps))
        factor = float(rng.choice([0.6, 1.5]))
        made.change = (step, made.today - kind.changed_months_ago * MONTH, factor)
    return made
