"""How each lead stands against the deadline of a step, as expressions over the journeys.

The clock of a step starts at the own entry into the stage before. Hours run day and night; business days end with the
day. Where a date carries no time of day an hour deadline is judged in whole days (24 h = the next day, 4 h likewise).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition, Sla
from funnel.filters import Window, in_window
from funnel.metrics.asking import Asking, Metric
from funnel.metrics.deadlines.business_days import WorkingDays
from funnel.metrics.gathering import Sums

STATES = ("on_time", "closed_in_time", "late", "overdue", "running", "unknown")
ON_TIME, CLOSED_IN_TIME, LATE, OVERDUE, RUNNING, UNKNOWN = range(len(STATES))
WHOLE_DAYS = 8
"""Beside the state in one number: hours that had to be judged in whole days."""
_DAY_US = 86_400_000_000


def with_states(journeys: pl.LazyFrame, definition: FunnelDefinition, days: WorkingDays) -> pl.LazyFrame:
    """The journeys with how each lead stands against the deadline of every step that has one: see ``state_of``.

    ``days``: for the deadlines in business days. A lead that left at an unknown place after the deadline is unknown: it
    may have advanced before.
    """
    for position in steps_with_deadline(definition):
        journeys = _with_state(journeys, definition, position, days)
    return journeys


def state_of(definition: FunnelDefinition, position: int) -> pl.Expr:
    """The place of a lead's state in ``STATES``, plus ``WHOLE_DAYS`` where *hours* were judged in whole days; null as
    long as the clock of the step has not started."""
    return pl.col(_column(definition, position))


def is_state(definition: FunnelDefinition, position: int, state: int) -> pl.Expr:
    """Whether a lead is in this state, however it was judged."""
    return state_of(definition, position) % WHOLE_DAYS == state


def due_at(definition: FunnelDefinition, position: int, days: WorkingDays) -> pl.Expr:
    """When a lead that is still in the step has to be out of it: midnight of the last day where that is judged in whole
    days; null where it lies after all days that are known."""
    deadline, start = deadline_of(definition, position), started(definition, position)
    if deadline.unit == "business_days":
        return days.after(start.dt.date(), math.ceil(deadline.amount)).cast(pl.Datetime("us"))
    last_day = start.dt.date().cast(pl.Datetime("us")) + pl.duration(days=math.ceil(deadline.amount / 24))
    return pl.when(in_whole_days(definition, position)).then(last_day).otherwise(start + _limit(deadline.amount))


def in_whole_days(definition: FunnelDefinition, position: int) -> pl.Expr:
    """Whether a lead is judged in whole days; a deadline in business days means whole days anyhow."""
    is_in_hours = deadline_of(definition, position).unit == "hours"
    return state_of(definition, position) >= WHOLE_DAYS if is_in_hours else pl.lit(True)


def steps_with_deadline(definition: FunnelDefinition) -> list[int]:
    """Positions of the stages whose step has a deadline."""
    return [position for position, stage in enumerate(definition.stages, 1) if position > 1 and stage.sla is not None]


def clock_stages(definition: FunnelDefinition) -> list[str]:
    """Keys of the stages whose entry starts the clock of a deadline."""
    return [definition.step(position)[0].key for position in steps_with_deadline(definition)]


def deadline_of(definition: FunnelDefinition, position: int) -> Sla:
    """The deadline of a step that has one."""
    sla = definition.stages[position - 1].sla
    if sla is None:
        raise ValueError(f"the step into position {position} has no deadline")
    return sla


def started(definition: FunnelDefinition, position: int) -> pl.Expr:
    """When the clock of a step started."""
    return pl.col(f"entered_{definition.step(position)[0].key}")


def starts_in(definition: FunnelDefinition, position: int, window: Window) -> pl.Expr:
    """Whether the clock of a step started in the window."""
    start = started(definition, position)
    return start.is_not_null() & in_window(start, window)


def waits(position: int) -> pl.Expr:
    """Whether a lead is work of somebody in the step: not lost, and the CRM still holds it."""
    still_here = (pl.col("outcome") != "lost") & pl.col("gone_on").is_null()
    return still_here & (pl.col("furthest_stage") == position - 1)


@Metric
def days_in_question(
    journeys: pl.LazyFrame, definition: FunnelDefinition, chosen: Mapping[int, pl.Expr]
) -> Asking[tuple[date, date] | None]:
    """First and last day that the deadlines in business days ask about; null where nobody's clock runs.

    ``chosen``: position → which leads are judged in that step; those of other deadlines need no days.
    """
    sums: dict[str, pl.Expr] = {}
    for position, these in chosen.items():
        if deadline_of(definition, position).unit == "business_days":
            start = started(definition, position)
            mine, last = these & start.is_not_null(), _last_day(_left(definition, position))
            sums[f"first {position}"] = start.filter(mine).min().dt.date()
            sums[f"last {position}"] = pl.max_horizontal(last, start.dt.date()).filter(mine).max()
    if not sums:
        return None
    first, last = (tuple(name for name in sums if name.startswith(side)) for side in ("first", "last"))
    [found] = yield [Sums(journeys, sums, least=first, most=last)]
    days = [day for day in found.values() if day is not None]
    return (min(days), max(days)) if days else None


def _with_state(journeys: pl.LazyFrame, definition: FunnelDefinition, position: int, days: WorkingDays) -> pl.LazyFrame:
    deadline = deadline_of(definition, position)
    start, end, within = pl.col("_start"), pl.col("_end"), pl.col("_within")
    advanced = pl.col("furthest_stage") >= position
    lost = ~advanced & (pl.col("outcome") == "lost")
    plan = journeys.with_columns(
        _start=started(definition, position), _end=_left(definition, position), _has_left=advanced | lost, _lost=lost
    )
    if deadline.unit == "hours":
        plan = _within_hours(plan, definition.stages[position - 1].key, deadline.amount)
    else:
        took = days.count(_last_day(end)) - days.count(start.dt.date())
        plan = plan.with_columns(_within=took <= math.ceil(deadline.amount), _whole=pl.lit(False))
    is_unplaced = pl.col("_lost") & pl.col("lost_stage").is_null()
    unknown = (pl.col("_has_left") & (end.is_null() | (end < start))) | (is_unplaced & ~within)
    closed = pl.when("_lost").then(_number(CLOSED_IN_TIME)).otherwise(_number(ON_TIME))
    known = (
        pl.when("_has_left")
        .then(pl.when(~within).then(_number(LATE)).otherwise(closed))
        .otherwise(pl.when(within).then(_number(RUNNING)).otherwise(_number(OVERDUE)))
    )
    state = pl.when(unknown).then(_number(UNKNOWN)).otherwise(known + pl.col("_whole").cast(pl.UInt8) * WHOLE_DAYS)
    return plan.with_columns(pl.when(start.is_not_null()).then(state).alias(_column(definition, position))).drop(
        "_start", "_end", "_has_left", "_lost", "_within", "_whole"
    )


def _column(definition: FunnelDefinition, position: int) -> str:
    return f"state of {definition.stages[position - 1].key}"


def _number(state: int) -> pl.Expr:
    return pl.lit(state, pl.UInt8)


def _left(definition: FunnelDefinition, position: int) -> pl.Expr:
    """When a lead left a step, by going on or by getting lost; null while it is in it, and where nobody knows."""
    advanced = pl.col("furthest_stage") >= position
    lost = ~advanced & (pl.col("outcome") == "lost")
    stage = definition.stages[position - 1]
    return pl.when(advanced).then(pl.col(f"next_{stage.key}")).when(lost).then(pl.col("lost_at"))


def _last_day(end: pl.Expr) -> pl.Expr:
    return pl.coalesce(end.dt.date(), pl.col("observed_until"))


def _within_hours(plan: pl.LazyFrame, key: str, hours: float) -> pl.LazyFrame:
    """``_within`` a deadline in hours, and whether that was judged in ``_whole`` days.

    Journeys do not say which instant carries a time of day; midnight is taken not to, unless the days to the advance
    are no whole number, which shows that both ends carry one.
    """
    start, end = pl.col("_start"), pl.col("_end")
    fraction = (pl.col(f"days_next_{key}") % 1 != 0).fill_null(False)
    is_whole = (_is_midnight(start) | _is_midnight(end).fill_null(False)) & ~fraction
    now = pl.col("observed_until").cast(pl.Datetime("us")) + pl.duration(days=1)
    exact = pl.when(end.is_not_null()).then(end - start <= _limit(hours)).otherwise(now - start <= _limit(hours))
    in_days = (_last_day(end) - start.dt.date()).dt.total_days() <= math.ceil(hours / 24)
    return plan.with_columns(_whole=is_whole).with_columns(_within=pl.when("_whole").then(in_days).otherwise(exact))


def _limit(hours: float) -> pl.Expr:
    return pl.duration(microseconds=round(hours * 3_600_000_000))


def _is_midnight(at: pl.Expr) -> pl.Expr:
    return at.to_physical() % _DAY_US == 0
