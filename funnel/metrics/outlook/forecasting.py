"""A · What will come: wins and money within a number of days, with the range that past forecasts have earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from funnel.definition.definition import FunnelDefinition, Text
from funnel.errors import Message
from funnel.filters import month_end, month_start
from funnel.metrics.outlook.chain import win_chances
from funnel.metrics.outlook.changes import YEAR, Change
from funnel.metrics.outlook.money import Money, money_of, money_range, without_the_largest
from funnel.metrics.outlook.ranges import count_range
from funnel.metrics.outlook.record import (
    LEAST_HISTORY,
    LEAST_WINS,
    LONGEST,
    RANGE_WINDOWS,
    RANGE_WINS,
    STEP,
    PastDay,
    Record,
    Spread,
    View,
    past_days,
    view_on,
)
from funnel.metrics.outlook.stays import History, day_of, history_of
from funnel.schema.outlook import PastForecasts, Path

SEED = 20_240_101
OWN_TABLE_WINS = 50
QUARTER_SHARE, QUARTER_WINS, QUARTER_DAYS = 0.25, 30, 10
DEAD_AGE = 365


@dataclass(frozen=True)
class Prospects:
    """Everything that is known before a horizon is chosen: today's view, the track record, the money.

    ``from_all``: the hazards are those of all leads, because the filtered ones have too few wins of their own.
    ``withheld``: why these data carry no forecast, whatever their history.
    """

    as_of: date
    definition: FunnelDefinition
    history: History
    today: View
    record: Record
    money: Money | None
    from_all: bool
    withheld: Message | None = None

    def name(self, index: int) -> Text:
        """The name of a stage of the chain."""
        return self.definition.stage(self.history.stages[index]).name

    @property
    def refusal(self) -> Message | None:
        """Why nothing at all can be forecast; null where it can."""
        if self.withheld is not None:
            return self.withheld
        days, wins = self.history.as_of - self.history.first, self.history.wins_until(self.history.as_of)
        if days < LEAST_HISTORY or wins < LEAST_WINS:
            return Message("outlook.too_little_history", {"d": max(days, 0), "w": wins})
        if self.today.new_per_day == 0 and not any(counted.any() for counted in self.today.open_now):
            return Message("outlook.nothing_ahead")
        return None

    def spread(self, horizon: int) -> Spread:
        return self.record.spread(horizon, self.today)


@dataclass(frozen=True)
class MoneyForecast:
    """Expected money (``mean``, of which ``of_open`` and ``of_new``), its range (null: none earned), and what the
    largest win does: its share of the last 365 days' revenue, and the middle without such a win."""

    mean: float
    of_open: float
    of_new: float
    low: float | None
    high: float | None
    largest_share: float | None
    middle_without_largest: float | None


@dataclass(frozen=True)
class Forecast:
    """Wins within ``horizon`` days of ``as_of``, after ``until`` = as_of + horizon none.

    - ``refusal``: nothing can be said, and why; all figures are 0 or null then.
    - ``total`` = ``of_open`` + ``of_new`` expected wins; ``low``–``high`` (80 %) and ``open_low``–``open_high`` of the
      part from deals that are open today; null while no range is earned (``no_range`` says why and from when). The
      ranges of parts do not add up.
    - ``spread``: what the range rests on; ``n_open``, ``new_per_day``, ``n_wins`` known.
    - ``changes``: steps whose table uses only the days since a change. ``notes``: what else must be said.
    - ``path``: schema ``Path``, ``past``: schema ``PastForecasts``; ``money``: null without 20 wins with an amount.
    """

    as_of: date
    horizon: int
    refusal: Message | None
    total: float = 0.0
    of_open: float = 0.0
    of_new: float = 0.0
    low: int | None = None
    high: int | None = None
    open_low: int | None = None
    open_high: int | None = None
    no_range: Message | None = None
    spread: Spread | None = None
    n_open: int = 0
    new_per_day: float = 0.0
    n_wins: int = 0
    changes: tuple[Change, ...] = ()
    notes: tuple[Message, ...] = ()
    path: pl.DataFrame | None = None
    past: pl.DataFrame | None = None
    money: MoneyForecast | None = None

    @property
    def until(self) -> date:
        return self.as_of + timedelta(days=self.horizon)


def prospects_of(
    journeys: pl.DataFrame,
    definition: FunnelDefinition,
    as_of: date,
    *,
    stages: tuple[str, ...] | None = None,
    earlier: Mapping[date, pl.DataFrame] | None = None,
    all_journeys: pl.DataFrame | None = None,
    longest: int = LONGEST,
) -> Prospects:
    """What is known on ``as_of`` before a horizon is chosen; see ``forecast`` for the arguments."""
    history = history_of(journeys, definition, as_of, stages)
    model: History | None = None
    if all_journeys is not None:
        recent = history.wins_until(history.as_of) - history.wins_until(history.as_of - YEAR)
        if recent < OWN_TABLE_WINS:
            model = history_of(all_journeys, definition, as_of, history.stages)
    today = view_on(history, history.as_of, LONGEST, model)
    views = {day: view_on(history, day, longest, model) for day in past_days(history)}
    for day, known in (earlier or {}).items():
        then = history_of(known, definition, day, history.stages)
        views.pop(then.as_of, None)
        if then.as_of >= then.first + LEAST_HISTORY and then.wins_until(then.as_of) >= LEAST_WINS:
            views[then.as_of] = view_on(then, then.as_of, longest)
    money = money_of(journeys.lazy(), definition, as_of, history.stages)
    return Prospects(as_of, definition, history, today, Record(history, views), money, model is not None)


def forecast(
    journeys: pl.DataFrame,
    definition: FunnelDefinition,
    as_of: date,
    horizon: int = 90,
    *,
    stages: tuple[str, ...] | None = None,
    earlier: Mapping[date, pl.DataFrame] | None = None,
    all_journeys: pl.DataFrame | None = None,
) -> Forecast:
    """How many wins, and how much money, will come within ``horizon`` days (1–366).

    ``journeys``: schema ``journeys_schema``, as of ``as_of``. ``stages``: keys of the dated stages, first and won among
    them (default: those that the journeys date). ``earlier``: the journeys as they were known on past days
    (``grid_days``); the other past days are cut out of ``journeys`` by their dates. ``all_journeys``: the unfiltered
    journeys, whose hazards are used where the filtered ones hold fewer than 50 wins in 365 days.
    """
    return forecast_of(
        prospects_of(journeys, definition, as_of, stages=stages, earlier=earlier, all_journeys=all_journeys), horizon
    )


def grid_days(first: date, as_of: date) -> list[date]:
    """The past days that a track record may look at, newest first."""
    days = (as_of - timedelta(days=STEP * k) for k in range(1, 1 + (as_of - first).days // STEP))
    return [day for day in days if day >= first + timedelta(days=LEAST_HISTORY)][: 24 + YEAR // STEP]


def forecast_of(prospects: Prospects, horizon: int) -> Forecast:
    """The forecast of one horizon, from what ``prospects_of`` prepared."""
    history, today = prospects.history, prospects.today
    if prospects.refusal is not None:
        return Forecast(prospects.as_of, horizon, prospects.refusal)
    spread = prospects.spread(horizon)
    of_open, of_new = float(today.from_open[horizon]), float(today.from_new[horizon])
    low, high, open_low, open_high = None, None, None, None
    if spread.is_earned:
        low, high = count_range(of_open + of_new, spread.c)
        open_low, open_high = count_range(of_open, spread.c_open)
    return Forecast(
        as_of=prospects.as_of,
        horizon=horizon,
        refusal=None,
        total=of_open + of_new,
        of_open=of_open,
        of_new=of_new,
        low=low,
        high=high,
        open_low=open_low,
        open_high=open_high,
        no_range=_no_range(history, spread, horizon),
        spread=spread,
        n_open=int(sum(counted.sum() for counted in today.open_now)),
        new_per_day=today.new_per_day,
        n_wins=history.wins_until(history.as_of),
        changes=tuple(one for one in today.changes if one is not None),
        notes=_notes(prospects, spread),
        path=_path(prospects, horizon),
        past=past_forecasts(prospects.record.days(horizon), horizon),
        money=_money(prospects, horizon, spread),
    )


def past_forecasts(lines: list[PastDay], horizon: int) -> pl.DataFrame:
    """The record as a frame (schema ``PastForecasts``)."""
    rows = [
        {
            "on": day_of(line.day),
            "until": day_of(line.day + horizon),
            "expected": line.expected,
            "of_open": line.of_open,
            "wins": line.wins,
            "wins_of_open": line.wins_of_open,
            "low": line.low,
            "high": line.high,
            "is_inside": line.is_inside,
        }
        for line in lines
    ]
    return PastForecasts.validate(pl.DataFrame(rows, schema=PastForecasts.create_empty().schema))


def _no_range(history: History, spread: Spread, horizon: int) -> Message | None:
    """Why no range is shown, and from which day there can be one."""
    if spread.is_earned:
        return None
    wins = history.wins_until(history.as_of)
    if spread.n_eff >= RANGE_WINDOWS - 1e-9:
        return Message("outlook.no_range_wins", {"w": wins, "needed": RANGE_WINS})
    tenth = history.day_of_win(LEAST_WINS)
    earliest = max(history.first + LEAST_HISTORY, tenth if tenth is not None else history.as_of)
    windows = -(-horizon // STEP)
    needed = max(windows + 1, 2)
    from_day = earliest + STEP * (windows + needed - 1)
    return Message(
        "outlook.no_range",
        {"n_eff": round(spread.n_eff, 1), "h": horizon, "date": day_of(max(from_day, history.as_of + 1))},
    )


def _notes(prospects: Prospects, spread: Spread) -> tuple[Message, ...]:
    history, today = prospects.history, prospects.today
    notes = []
    if spread.is_earned and spread.n_eff < RANGE_WINDOWS + 1 - 1e-9:
        notes.append(Message("outlook.few_windows"))
    for one in today.changes:
        if one is not None:
            notes.append(
                Message(
                    "outlook.step_changed",
                    {
                        "before": prospects.name(one.step),
                        "stage": prospects.name(one.step + 1),
                        "date": day_of(one.day),
                        "p0": round(100 * one.x_before / one.n_before, 1),
                        "p1": round(100 * one.x_since / one.n_since, 1),
                        "n": one.n_since,
                    },
                )
            )
    share = quarter_end_share(history)
    if share is not None:
        notes.append(Message("outlook.quarter_ends", {"p": round(100 * share)}))
    chances = win_chances(today.tables, YEAR)
    for k, counted in enumerate(today.open_now):
        old = counted[DEAD_AGE + 1 :]
        if old.sum() > 0:
            chance = round(100 * float(chances[k][YEAR, DEAD_AGE + 1 :] @ old / old.sum()), 1)
            about = {"n": int(old.sum()), "stage": prospects.name(k), "p": chance}
            notes.append(Message("outlook.dead_pipeline", about))
    return tuple(notes)


def quarter_end_share(history: History) -> float | None:
    """The share of wins in the last ten days of a quarter, where it is at least 25 % of at least 30 wins; else null."""
    wins = int(history.win_n.sum())
    if wins < QUARTER_WINS:
        return None
    late = 0
    for number, n in zip(history.win_day, history.win_n, strict=True):
        day = day_of(number)
        last = month_end(month_start(day, -(-(day.month) % 3)))
        late += int(n) if (last - day).days < QUARTER_DAYS else 0
    share = late / wins
    return share if share >= QUARTER_SHARE else None


def _path(prospects: Prospects, horizon: int) -> pl.DataFrame:
    """Expected wins and money added up week by week to the horizon."""
    today, money = prospects.today, prospects.money
    money_open = money.expected(win_chances(today.tables, horizon)) if money is not None else None
    rows = []
    for days in [*range(7, horizon, 7), horizon]:
        total = float(today.from_open[days] + today.from_new[days])
        spread = prospects.spread(days)
        low, high = count_range(total, spread.c) if prospects.spread(horizon).is_earned else (None, None)
        row = {
            "days": days,
            "on": prospects.as_of + timedelta(days=days),
            "of_open": float(today.from_open[days]),
            "of_new": float(today.from_new[days]),
            "total": total,
            "low": low,
            "high": high,
        }
        if money is not None and money_open is not None:
            around = low is not None
            m_low, m_high = money_range(total, spread.c, money.amounts, seed=SEED) if around else (None, None)
            row |= {
                "money_open": float(money_open[days]),
                "money_new": float(today.from_new[days]) * money.mean,
                "money_low": m_low,
                "money_high": m_high,
            }
        rows.append(row)
    return Path.validate(pl.DataFrame(rows, schema=Path.create_empty().schema))


def _money(prospects: Prospects, horizon: int, spread: Spread) -> MoneyForecast | None:
    money, today = prospects.money, prospects.today
    if money is None:
        return None
    of_open = float(money.expected(win_chances(today.tables, horizon))[horizon])
    of_new = float(today.from_new[horizon]) * money.mean
    total = float(today.expected[horizon])
    low, high = money_range(total, spread.c, money.amounts, seed=SEED) if spread.is_earned else (None, None)
    largest = float(money.amounts.max())
    return MoneyForecast(
        mean=of_open + of_new,
        of_open=of_open,
        of_new=of_new,
        low=low,
        high=high,
        largest_share=largest / money.last_year if money.last_year > 0 else None,
        middle_without_largest=without_the_largest(total, spread.c, money.amounts, seed=SEED)
        if spread.is_earned
        else None,
    )
