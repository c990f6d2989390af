"""Leads to act on: still waiting in a step and past its deadline, or waiting longer than its H."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS
from funnel.metrics.asking import Asking, Metric
from funnel.metrics.deadlines.business_days import BusinessCalendar, WorkingDays, working_days
from funnel.metrics.deadlines.states import (
    OVERDUE,
    days_in_question,
    due_at,
    in_whole_days,
    is_state,
    started,
    steps_with_deadline,
    waits,
    with_states,
)
from funnel.metrics.gathering import Asked, Listed
from funnel.metrics.steps.cohorts import horizon_of
from funnel.schema import WaitingCounts, WaitingLeads

_KINDS = ("overdue", "stale")
_NO_INSTANT = pl.lit(None, pl.Datetime("us"))


@Metric
def waiting_leads(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    horizons: pl.DataFrame,
    calendar: BusinessCalendar | WorkingDays | None,
    *,
    position: int | None = None,
) -> Asking[pl.DataFrame]:
    """Leads past a deadline or waiting longer than H (``schema.WaitingLeads``): a list to work on, whatever the window.

    A lead waits in the step after its furthest stage. After won, waiting means "not yet": such leads are listed only
    where that step has a deadline of its own. ``calendar`` null: no deadlines are judged (its year is not known); the
    days of one: the journeys are those of ``with_states``. ``position``: the leads of this step only. Of leads in parts
    the first ``MOST_LISTED``.
    """
    if isinstance(calendar, BusinessCalendar):
        waiting = {place: waits(place) for place in steps_with_deadline(definition)}
        calendar = working_days(calendar, (yield from days_in_question.asked(journeys, definition, waiting)))
        journeys = with_states(journeys, definition, calendar)
    plan = _listed(journeys, definition, horizons, calendar)
    if plan is None:
        return WaitingLeads.create_empty()
    if position is not None:
        plan = plan.filter(pl.col("position") == position)
    order = ("overdue_days", "waiting_days", "lead_id")
    keys, place = pl.lit(pl.Series(definition.keys)), pl.col("position")
    named = plan.with_columns(stage=keys.gather(place - 1), from_stage=keys.gather(place - 2))
    order = ("overdue_days", "waiting_days", "lead_id")
    [rows] = yield [Listed(named.select(WaitingLeads.column_names()), order, (True, True, False))]
    return WaitingLeads.validate(rows)


@Metric
def waiting_counts(
    journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, days: WorkingDays
) -> Asking[pl.DataFrame]:
    """How many leads ``waiting_leads`` lists in each step (``schema.WaitingCounts``)."""
    plan = _listed(journeys, definition, horizons, days)
    counts = [pl.len().cast(pl.Int64).alias("n")]
    counts += [pl.col(f"is_{one}").sum().cast(pl.Int64).alias(f"n_{one}") for one in _KINDS]
    frames = [] if plan is None else (yield [Asked(plan.group_by("position").agg(counts), ("position",))])
    return WaitingCounts.validate(frames[0].sort("position")) if frames else WaitingCounts.create_empty()


def counts_of(listed: pl.DataFrame) -> pl.DataFrame:
    """``waiting_counts`` of the whole list."""
    position, n = listed["position"].to_numpy(), {}
    for name, these in (("n", slice(None)), *((f"n_{one}", listed[f"is_{one}"].to_numpy()) for one in _KINDS)):
        n[name] = np.bincount(position[these], minlength=int(position.max(initial=0)) + 1)
    places = np.flatnonzero(n["n"])
    schema = WaitingCounts.create_empty().schema
    return WaitingCounts.validate(pl.DataFrame({"position": places} | {k: v[places] for k, v in n.items()}, schema))


def _listed(
    journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, days: WorkingDays | None
) -> pl.LazyFrame | None:
    """The leads of the list with its figures; null where no step has a deadline or an H. ``days`` null: no deadlines
    are judged."""
    longest = {
        place: math.ceil(most)
        for place, most in horizon_of(horizons).items()
        if not definition.stages[place - 1].is_post_sale
    }
    deadlines = [] if days is None else steps_with_deadline(definition)
    places = sorted({*longest, *deadlines})
    if not places:
        return None
    start, waited = pl.col("entered_at"), pl.col("waiting_days")
    waiting = (
        journeys.filter(pl.any_horizontal(waits(place) for place in places))
        .with_columns(position=(pl.col("furthest_stage") + 1).cast(pl.Int8))
        .with_columns(entered_at=_per_step({place: started(definition, place) for place in places}, _NO_INSTANT))
        .filter(start.is_not_null())
        .with_columns(
            waiting_days=(pl.col("observed_until") - start.dt.date()).dt.total_days().cast(pl.Float64),
            is_overdue=_per_step({place: is_state(definition, place, OVERDUE) for place in deadlines}, pl.lit(False)),
        )
        .with_columns(is_stale=_per_step({place: waited > most for place, most in longest.items()}, pl.lit(False)))
        .filter(pl.col("is_overdue") | pl.col("is_stale"))
    )
    due = {} if days is None else {place: due_at(definition, place, days) for place in deadlines}
    return (
        waiting.with_columns(pl.col(name).cast(pl.String) for name in DIMENSIONS)
        .with_columns(
            due_at=_per_step(due, _NO_INSTANT),
            is_whole_days=_per_step({place: in_whole_days(definition, place) for place in deadlines}, pl.lit(False)),
        )
        .with_columns(overdue_days=pl.when("is_overdue").then(_days_past(pl.col("due_at"))))
    )


def _per_step(found: Mapping[int, pl.Expr], otherwise: pl.Expr) -> pl.Expr:
    """What holds for a lead in the step in which it waits."""
    chosen = otherwise
    for place, one in found.items():
        chosen = pl.when(pl.col("position") == place).then(one).otherwise(chosen)
    return chosen


def _days_past(due_at: pl.Expr) -> pl.Expr:
    """Calendar days from the deadline to the end of the last day observed."""
    now = pl.col("observed_until").cast(pl.Datetime("us")) + pl.duration(
        days=pl.when("is_whole_days").then(0).otherwise(1)
    )
    return (now - due_at).dt.total_microseconds() / 86_400_000_000
