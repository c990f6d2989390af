"""B · What a goal takes: new leads and entries so that a number of wins, or a sum, is reached by a day.

The plan sets the number of new leads itself, so its range comes from past forecasts given the leads that really came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.metrics.outlook.chain import midpoints, win_chances
from funnel.metrics.outlook.changes import YEAR
from funnel.metrics.outlook.forecasting import SEED, Prospects, prospects_of
from funnel.metrics.outlook.ranges import TOLERANCE, chance_of_at_least
from funnel.metrics.outlook.record import View
from funnel.metrics.statistics import poisson_quantile
from funnel.schema.outlook import PlanEntries, PlanNeeds

CHANCES = (0.5, 0.8, 0.9)
MOST_TIMES = 10
_MONEY_DRAWS = 1000
_MOST_SUMMED = 4000
"""Beyond so many wins their sum follows its normal limit."""


@dataclass(frozen=True)
class GoalPlan:
    """What ``goal`` wins (or ``is_money``: so much money) by ``until`` take.

    - ``refusal``: the forecast has not been checked enough, or nothing can be said; everything else is empty then.
    - ``needs``: schema ``PlanNeeds``; ``entries``: schema ``PlanEntries``; ``leads_a_week_today`` beside them.
    - ``wins_per_lead``: y, wins by the day per lead that comes spread evenly up to it; ``wins_of_open``: expected from
      the leads open today.
    - ``last_useful_day``: a lead that comes later wins more likely after the day than before; ``last_useful_day_90``
      likewise for nine of ten wins. Null where no lead ever wins.
    """

    until: date
    goal: float
    is_money: bool
    refusal: Message | None
    needs: pl.DataFrame
    entries: pl.DataFrame
    leads_a_week_today: float = 0.0
    wins_per_lead: float = 0.0
    wins_of_open: float = 0.0
    last_useful_day: date | None = None
    last_useful_day_90: date | None = None


def plan(
    journeys: pl.DataFrame,
    definition: FunnelDefinition,
    as_of: date,
    until: date,
    *,
    wins: float | None = None,
    money: float | None = None,
    stages: tuple[str, ...] | None = None,
) -> GoalPlan:
    """What ``wins`` customers, or ``money``, won in (as_of, until] take; ``until`` 1–366 days after ``as_of``."""
    return plan_of(prospects_of(journeys, definition, as_of, stages=stages), until, wins=wins, money=money)


def plan_of(prospects: Prospects, until: date, *, wins: float | None = None, money: float | None = None) -> GoalPlan:
    """The plan of one goal, from what ``prospects_of`` prepared. Exactly one of ``wins`` and ``money``."""
    horizon = (until - prospects.as_of).days
    goal = money if money is not None else wins if wins is not None else 0.0
    needs, entries = PlanNeeds.create_empty(), PlanEntries.create_empty()
    refusal = prospects.refusal
    if refusal is None and not prospects.spread(horizon).is_earned:
        refusal = Message("outlook.not_checked_yet")
    if refusal is None and money is not None and prospects.money is None:
        refusal = Message("outlook.no_amounts")
    if refusal is not None:
        return GoalPlan(until, goal, money is not None, refusal, needs, entries)
    today, c = prospects.today, prospects.spread(horizon).c_given
    of_open, per_lead = float(today.from_open[horizon]), wins_per_lead(today, horizon)
    most = MOST_TIMES * today.new_per_day * horizon
    reached = _chance(prospects, goal, of_open, per_lead, c, is_money=money is not None)
    rows, plans = [], []
    for chance in CHANCES:
        n = leads_needed(reached, chance, most)
        per_week = None if n is None else 7 * n / horizon
        rows.append(
            {
                "chance": chance,
                "new_leads": n,
                "leads_a_week": per_week,
                "reason": "out_of_reach" if n is None else None,
            }
        )
        if n is not None:
            plans.append((chance, n))
    half, most_of_them = useful_days(today.fresh)
    return GoalPlan(
        until=until,
        goal=goal,
        is_money=money is not None,
        refusal=None,
        needs=PlanNeeds.validate(pl.DataFrame(rows, schema=needs.schema)),
        entries=_entries(prospects, plans, horizon),
        leads_a_week_today=7 * today.new_per_day,
        wins_per_lead=per_lead,
        wins_of_open=of_open,
        last_useful_day=None if half is None else until - timedelta(days=half),
        last_useful_day_90=None if most_of_them is None else until - timedelta(days=most_of_them),
    )


def wins_per_lead(view: View, horizon: int) -> float:
    """Wins by the end per lead that comes spread evenly over the next ``horizon`` days."""
    return float(midpoints(view.fresh[: horizon + 1]).mean())


def leads_needed(reached: Callable[[int], float], chance: float, most: float) -> int | None:
    """The smallest n ≥ 0 with ``reached(n)`` ≥ ``chance``; null beyond ``most``."""
    if reached(0) >= chance - TOLERANCE:
        return 0
    low, high = 0, int(most)
    if high < 1 or reached(high) < chance - TOLERANCE:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle) >= chance - TOLERANCE:
            high = middle
        else:
            low = middle
    return high


def useful_days(fresh: np.ndarray) -> tuple[int | None, int | None]:
    """Days within which half, and nine of ten, of the wins of a year come that a new lead ever brings."""
    year = fresh[: YEAR + 1]
    if year[-1] <= 0:
        return None, None
    half, most = (int(np.argmax(year >= share * year[-1] - TOLERANCE)) for share in (0.5, 0.9))
    return half, most


def _chance(
    prospects: Prospects, goal: float, of_open: float, per_lead: float, c: float, *, is_money: bool
) -> Callable[[int], float]:
    """The chance to reach the goal with n new leads."""
    if not is_money:
        return lambda n: chance_of_at_least(goal, of_open + n * per_lead, c)
    assert prospects.money is not None
    amounts = prospects.money.amounts

    # The same random numbers for every n, so that more leads never look worse.
    draw = np.random.default_rng(SEED)
    factor = np.ones(_MONEY_DRAWS) if c < 1e-9 else draw.gamma(1 / c, c, _MONEY_DRAWS)
    at, normal = draw.random(_MONEY_DRAWS), draw.standard_normal(_MONEY_DRAWS)
    width = int(min(_MOST_SUMMED, 50 + 4 * goal / max(float(amounts.mean()), 1e-9)))
    sums = np.cumsum(draw.choice(amounts, (_MONEY_DRAWS, width)), axis=1)
    mean_amount, spread = float(amounts.mean()), float(amounts.std())

    def with_money(n: int) -> float:
        counts = poisson_quantile(at, (of_open + n * per_lead) * factor)
        exact = sums[np.arange(_MONEY_DRAWS), np.clip(counts, 1, width) - 1]
        wide = counts * mean_amount + np.sqrt(counts) * spread * normal
        came = np.where(counts == 0, 0.0, np.where(counts <= width, exact, wide))
        return float((came >= goal - TOLERANCE).mean())

    return with_money


def _entries(prospects: Prospects, plans: list[tuple[float, int]], horizon: int) -> pl.DataFrame:
    """Expected entries into each later stage up to the day: of the new leads, and of those open today."""
    today, stages = prospects.today, prospects.history.stages
    rows = []
    for index in range(1, len(stages)):
        chances = win_chances(today.tables, horizon, stage=index)
        per_lead = float(midpoints(chances[0][:, 0]).mean())
        of_open = float(sum(p[horizon] @ n for p, n in zip(chances, today.open_now, strict=False)))
        for chance, n in plans:
            entries = n * per_lead + of_open
            rows.append({"chance": chance, "stage": stages[index], "entries": entries, "a_week": 7 * entries / horizon})
    empty = PlanEntries.create_empty()
    return PlanEntries.validate(pl.DataFrame(rows, schema=empty.schema).sort("chance", maintain_order=True))
