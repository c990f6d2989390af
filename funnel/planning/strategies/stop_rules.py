"""When to stop: a figure over (under) its limit for so many weeks, looked at in whole weeks only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from funnel.errors import InputError
from funnel.filters import monday_of, month_start
from funnel.planning.tracking.periods import is_week, sheet_window
from funnel.planning.tracking.rows import TrackingRow

DIRECTIONS = ("above", "below")
STOP_METRICS = ("lead_cost", "conversion_rate", "entries", "reported")
"""``lead_cost``: money per lead created in the week; ``conversion_rate``: of the strategy's step, within H days, by
week of entry (0–1); ``entries``: entries into the stage; ``reported``: the amounts
typed into the weekly form, not measured."""


@dataclass(frozen=True, slots=True)
class StopRule:
    """Stop when ``metric`` lies above (below) ``threshold`` for ``weeks`` whole weeks in a row."""

    metric: str
    direction: str
    threshold: float
    weeks: int

    def __post_init__(self) -> None:
        if self.metric not in STOP_METRICS:
            raise InputError("stop.unknown_metric", given=self.metric, allowed=list(STOP_METRICS))
        if self.direction not in DIRECTIONS:
            raise InputError("stop.unknown_direction", given=self.direction, allowed=list(DIRECTIONS))
        if self.weeks < 1:
            raise InputError("stop.weeks", given=self.weeks)
        if not math.isfinite(self.threshold):
            raise InputError("stop.threshold", given=self.threshold)

    def is_over(self, value: float) -> bool:
        """Whether a week's figure is on the wrong side; the limit itself is still allowed."""
        return value > self.threshold if self.direction == "above" else value < self.threshold


@dataclass(frozen=True, slots=True)
class WeekValue:
    """A figure of the week that begins on ``monday``; null: not known (no leads, or not followed long enough yet)."""

    monday: date
    value: float | None


@dataclass(frozen=True, slots=True)
class StopCheck:
    """How a stop rule stands. ``n_over``: weeks over the limit in a row, up to the last known one, the first of them
    ``since``; ``last``: the last known figure; ``n_known``: weeks with a figure since the start."""

    is_broken: bool
    n_over: int
    since: date | None
    last: float | None
    n_known: int


def check_stop_rule(rule: StopRule, weeks: Iterable[WeekValue], *, starts_on: date, as_of: date) -> StopCheck:
    """Judge the whole weeks between the start of a strategy and ``as_of`` (included).

    A week without a figure neither counts nor ends a row: silence is no proof that things are better.
    """
    known = sorted(
        (week for week in weeks if week.value is not None and starts_on <= week.monday <= as_of - timedelta(days=6)),
        key=lambda week: week.monday,
    )
    over: list[WeekValue] = []
    for week in reversed(known):
        if week.value is None or not rule.is_over(week.value):
            break
        over.append(week)
    return StopCheck(
        is_broken=len(over) >= rule.weeks,
        n_over=len(over),
        since=over[-1].monday if over else None,
        last=known[-1].value if known else None,
        n_known=len(known),
    )


def weekly_lead_cost(journeys: pl.LazyFrame, spend: pl.DataFrame, as_of: date) -> list[WeekValue]:
    """Spend per lead created, by week up to ``as_of``. ``spend``: ``schema.Spend``, spread evenly over a month's days.

    Null where a day of the week has no spend recorded for its month; infinite for money without a single lead. A last
    week that ``as_of`` cuts is left out.
    """
    per_month = dict(spend.group_by("month").agg(pl.col("amount").sum()).iter_rows())
    if not per_month:
        return []
    created = (
        journeys.select(pl.col("created_at").dt.date().dt.truncate("1w").alias("monday"))
        .drop_nulls()
        .group_by("monday")
        .len()
        .collect()
    )
    leads = dict(created.iter_rows())
    monday, weeks = monday_of(min(per_month)), []
    while monday + timedelta(days=6) <= as_of:
        days = [monday + timedelta(days=i) for i in range(7)]
        daily = [_spend_of_day(day, per_month) for day in days]
        money = (
            None if any(amount is None for amount in daily) else sum(amount for amount in daily if amount is not None)
        )
        n = leads.get(monday, 0)
        weeks.append(WeekValue(monday, None if money is None else money / n if n else math.inf if money else None))
        monday += timedelta(days=7)
    return weeks


def weekly_rates(counted: pl.DataFrame, position: int) -> list[WeekValue]:
    """The rate of the step into ``position`` within H days, by week of entry into the stage before.

    ``counted``: ``schema.StepDays`` without groups. Null until every lead of the week was followed for H days.
    """
    weeks = (
        counted.filter(pl.col("position") == position)
        .with_columns(pl.col("day").dt.truncate("1w").alias("monday"))
        .group_by("monday")
        .agg(pl.col("n_entries").sum(), pl.col("n").sum(), pl.col("x").sum())
        .sort("monday")
    )
    return [
        WeekValue(row["monday"], row["x"] / row["n"] if row["n"] and row["n"] == row["n_entries"] else None)
        for row in weeks.iter_rows(named=True)
    ]


def weekly_entries(journeys: pl.LazyFrame, stage: str, as_of: date) -> list[WeekValue]:
    """Own entries into a stage by whole week, from the first one up to ``as_of``; 0 in empty weeks."""
    found = (
        journeys.select(pl.col(f"entered_{stage}").dt.date().dt.truncate("1w").alias("monday"))
        .drop_nulls()
        .group_by("monday")
        .len()
        .collect()
    )
    counts: dict[date, int] = dict(found.iter_rows())
    if not counts:
        return []
    monday, weeks = min(counts), []
    while monday + timedelta(days=6) <= as_of:
        weeks.append(WeekValue(monday, float(counts.get(monday, 0))))
        monday += timedelta(days=7)
    return weeks


def weekly_reported(rows: Iterable[TrackingRow], strategy_id: str, stage: str) -> list[WeekValue]:
    """What people reported by week: the amounts under "actual completed", added up over the rows of the sheet.

    The rows that name the strategy, or else all rows of its stage. Only week sheets: a month says nothing about its
    weeks. Null where no row of the week states an amount.
    """
    listed = [row for row in rows if is_week(row.sheet)]
    mine = [row for row in listed if row.strategy_id == strategy_id] or [row for row in listed if row.stage == stage]
    amounts: dict[date, list[float]] = {}
    for row in mine:
        monday = sheet_window(row.sheet).start
        assert monday is not None
        stated = amounts.setdefault(monday, [])
        if row.count is not None:
            stated.append(row.count)
    return [WeekValue(monday, sum(stated) if stated else None) for monday, stated in sorted(amounts.items())]


def _spend_of_day(day: date, per_month: dict[date, float]) -> float | None:
    first = day.replace(day=1)
    if first not in per_month:
        return None
    following = month_start(first, -1)
    return per_month[first] / (following - first).days


def broken(checks: Sequence[tuple[str, StopCheck]]) -> list[str]:
    """Ids of the strategies whose stop rule is broken, in the order given."""
    return [strategy_id for strategy_id, check in checks if check.is_broken]
