"""Targets: an amount of work per role or person and period, and how far it is (the guide's step 4).

What the data can measure is measured: entries into a stage, leads decided in a step, growth against the period before,
the share inside a step's deadline. Everything else is *reported only* and counted from the tracking form.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from funnel.definition.definition import ROLES, FunnelDefinition
from funnel.errors import InputError
from funnel.filters import Window, monday_of, month_end, month_start
from funnel.metrics.deadlines.business_days import BusinessCalendar, working_table
from funnel.metrics.deadlines.sla import sla_table
from funnel.metrics.deadlines.states import steps_with_deadline

TARGET_METRICS = ("entries", "decided", "growth", "on_time", "reported")
"""``entries``: own entries into the stage. ``decided``: leads that advanced into it or were lost on the way ("50
screenings"). ``growth``: entries against the period before (0.2 = one fifth more). ``on_time``: share inside the step's
deadline, of the leads whose clock started in the period (0–1). ``reported``: only what people write down."""
SHARE_METRICS = ("growth", "on_time")
PERIODS = ("day", "week", "month", "quarter")


@dataclass(frozen=True, slots=True)
class Target:
    """``amount`` of ``metric`` in every ``period``, for a role or for one person.

    ``person`` is the owner's name as it stands in the data; blank: everybody of the role together. ``starts_on`` to
    ``ends_on`` (included, null: open) are the days for which it holds.
    """

    target_id: str
    stage: str
    metric: str
    amount: float
    period: str
    starts_on: date
    role: str = "sales"
    person: str = ""
    ends_on: date | None = None
    text: str = ""

    def __post_init__(self) -> None:
        for field, value, allowed in (
            ("metric", self.metric, TARGET_METRICS),
            ("period", self.period, PERIODS),
            ("role", self.role, ROLES),
        ):
            if value not in allowed:
                raise InputError("target.unknown_value", field=field, given=value, allowed=list(allowed))
        if not (math.isfinite(self.amount) and self.amount > 0):
            raise InputError("target.amount", given=self.amount)
        if self.metric == "on_time" and self.amount > 1:
            raise InputError("target.share", given=self.amount)
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise InputError("target.ends_before_start", start=self.starts_on, end=self.ends_on)

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a target is in one period.

    - ``done`` of ``goal`` (in the metric's own unit; for growth both are numbers of entries); null: not measured, or
      for growth no period before to compare with. ``share`` = done / goal.
    - ``working_days``, ``days_left``: of the period, and of these after the day looked at.
    - ``pace_so_far`` per working day, ``pace_needed`` for the rest (null: nothing left to do, no day left, or a share).
    - ``state``: reached, on_pace, behind, missed, not_started, ended or not_measured. ``is_measured``: from the data,
      else from what people report.
    """

    start: date
    end: date
    done: float | None
    goal: float | None
    share: float | None
    working_days: int
    days_left: int
    pace_so_far: float | None
    pace_needed: float | None
    state: str
    is_measured: bool


def period_of(period: str, day: date) -> tuple[date, date]:
    """First and last day of the period that holds ``day``. Weeks start on Monday."""
    if period == "day":
        return day, day
    if period == "week":
        return monday_of(day), monday_of(day) + timedelta(days=6)
    if period == "month":
        return month_start(day), month_end(day)
    if period == "quarter":
        first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        return first, month_end(month_start(first, -2))
    raise InputError("target.unknown_value", field="period", given=period, allowed=list(PERIODS))


def measure(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    target: Target,
    *,
    start: date,
    end: date,
    calendar: BusinessCalendar,
) -> float | None:
    """What the data says about a target from ``start`` to ``end`` (included), of one owner where a person is set.

    A count for ``entries``, ``decided`` and ``growth``, a share for ``on_time``. Null where the data cannot say: a
    reported target, a stage that is no longer in the funnel, a step without deadline or without a judged lead.
    """
    if target.metric == "reported" or target.stage not in definition.keys:
        return None
    position = definition.position(target.stage)
    if target.person:
        journeys = journeys.filter(pl.col("owner").cast(pl.String) == target.person)
    if target.metric == "on_time":
        if position not in steps_with_deadline(definition):
            return None
        row = sla_table(journeys, definition, Window("dates", start, end), calendar).filter(
            pl.col("position") == position
        )
        return row["with_closed_rate"][0] if row.height else None
    happened = _between(f"entered_{target.stage}", start, end)
    if target.metric == "decided" and position > 1:
        lost = (pl.col("lost_stage") == position) & _between("lost_at", start, end)
        happened = _between(f"next_{target.stage}", start, end) | lost.fill_null(False)
    return float(journeys.select(happened.sum()).collect().item())


def reported_done(amounts: Iterable[float | None]) -> float | None:
    """What the rows of the tracking form add up to; null where none of them states an amount."""
    stated = [amount for amount in amounts if amount is not None]
    return sum(stated) if stated else None


def progress(
    target: Target,
    day: date,
    done: float | None,
    before: float | None = None,
    calendar: BusinessCalendar | None = None,
) -> Progress:
    """Judge a target on ``day``, in the period that holds it.

    - ``done``: from ``measure`` (or ``reported_done``) up to ``day``; ``before``: entries of the whole period before,
      for ``growth`` only.
    - *on pace*: at least the part of the goal that the working days up to ``day`` are of the period's.
    Raises InputError (``sla.calendar_year``) when the calendar does not know a day's year.
    """
    start, end = period_of(target.period, day)
    table = working_table(calendar or BusinessCalendar(), start, end)
    working = int(table["is_working"].sum())
    left = int(table.filter(pl.col("day") > day)["is_working"].sum())
    goal = target.amount
    if target.metric == "growth":
        goal = math.ceil(round(before * (1 + target.amount), 9)) if before else None
    is_measured = target.metric != "reported"
    if not target.holds_on(day):
        state = "not_started" if day < target.starts_on else "ended"
        return Progress(start, end, done, goal, None, working, left, None, None, state, is_measured)
    if done is None or goal is None:
        return Progress(start, end, done, goal, None, working, left, None, None, "not_measured", is_measured)
    is_share = target.metric == "on_time"
    gone = working - left
    missing = max(0.0, goal - done)
    if missing == 0:
        state = "reached"
    elif day >= end:
        state = "missed"
    elif is_share:
        state = "behind"
    else:
        state = "on_pace" if working and done >= goal * gone / working else "behind"
    return Progress(
        start=start,
        end=end,
        done=done,
        goal=goal,
        share=done / goal,
        working_days=working,
        days_left=left,
        pace_so_far=done / gone if gone and not is_share else None,
        pace_needed=missing / left if missing and left and not is_share else None,
        state=state,
        is_measured=is_measured,
    )


def _between(column: str, start: date, end: date) -> pl.Expr:
    return pl.col(column).dt.date().is_between(pl.lit(start), pl.lit(end)).fill_null(False)
