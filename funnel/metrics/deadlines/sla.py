"""Deadlines: who is on time, who is overdue, and whether being on time goes with more conversion."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window
from funnel.metrics import statistics
from funnel.metrics.asking import Asking, Metric
from funnel.metrics.deadlines.business_days import BusinessCalendar, working_days
from funnel.metrics.deadlines.states import (
    LATE,
    ON_TIME,
    STATES,
    WHOLE_DAYS,
    days_in_question,
    deadline_of,
    is_state,
    starts_in,
    state_of,
    steps_with_deadline,
    with_states,
)
from funnel.metrics.gathering import Asked
from funnel.metrics.journeys.owners import owner_at
from funnel.metrics.steps.cohorts import horizon_of
from funnel.metrics.thresholds import ALPHA, MIN_LEADS
from funnel.schema import DeadlineEffect, SlaTable


@Metric
def sla_table(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    calendar: BusinessCalendar,
    by: str | None = None,
) -> Asking[pl.DataFrame]:
    """On time, late, overdue and running per step with a deadline (``schema.SlaTable``), optionally per group.

    Leads whose clock started in the window. Grouped by ``owner`` each lead counts for its owner when the clock started
    where that is known (``owners.with_owners``), else for its latest. Raises InputError (``sla.calendar_year``) when a
    deadline in business days needs a year that the calendar does not know.
    """
    journeys = yield from _with_states(journeys, definition, steps_with_deadline(definition), window, calendar)
    whole, grouped = yield from sla_tables.asked(journeys, definition, window, by)
    return whole if by is None else grouped


@Metric
def sla_tables(
    journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window, by: str | None
) -> Asking[tuple[pl.DataFrame, pl.DataFrame]]:
    """``sla_table`` of all leads and per group; the journeys are those of ``with_states``."""
    positions = steps_with_deadline(definition)
    frames = yield [_states(journeys, definition, position, window, by) for position in positions]
    whole: list[dict[str, Any]] = []
    grouped: list[dict[str, Any]] = []
    for position, frame in zip(positions, frames, strict=True):
        before, stage = definition.step(position)
        deadline = deadline_of(definition, position)
        place: dict[str, Any] = {"position": position, "from_stage": before.key, "stage": stage.key}
        place |= {"amount": deadline.amount, "unit": deadline.unit}
        counted = frame.rows()
        whole.append(place | _rates(_counted((state, n) for _, state, n in counted)))
        for name in sorted({row[0] for row in counted}, key=_by_name):
            grouped.append(place | _rates(_counted((state, n) for group, state, n in counted if group == name), name))
    schema = SlaTable.create_empty().schema
    found = [SlaTable.validate(pl.DataFrame(rows, schema=schema)) for rows in (whole, grouped)]
    return found[0], found[1]


def _with_states(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    positions: Sequence[int],
    window: Window,
    calendar: BusinessCalendar,
) -> Asking[pl.LazyFrame]:
    """The journeys ``with_states``, for those whose clock started in the window."""
    chosen = {position: starts_in(definition, position, window) for position in positions}
    span = yield from days_in_question.asked(journeys, definition, chosen)
    return with_states(journeys, definition, working_days(calendar, span))


def _states(
    journeys: pl.LazyFrame, definition: FunnelDefinition, position: int, window: Window, by: str | None
) -> Asked:
    """``n`` leads of each ``group`` and ``state``."""
    group = pl.lit(None, pl.String)
    if by is not None:
        group = owner_at(journeys, definition.step(position)[0].key) if by == "owner" else pl.col(by)
    clocks = journeys.filter(starts_in(definition, position, window))
    counted = clocks.group_by(group.alias("group"), state=state_of(definition, position)).agg(n=pl.len().cast(pl.Int64))
    return Asked(counted.with_columns(pl.col("group").cast(pl.String)), ("group", "state"))


def _counted(states: Iterable[tuple[int, int]]) -> dict[str, int]:
    row = dict.fromkeys((*STATES, "n", "n_whole_days"), 0)
    for state, n in states:
        row[STATES[state % WHOLE_DAYS]] += n
        row["n"] += n
        row["n_whole_days"] += n if state >= WHOLE_DAYS else 0
    return row


def _rates(row: Mapping[str, int], group: str | None = None) -> dict[str, Any]:
    moving = row["on_time"] + row["late"] + row["overdue"]
    n_judged = moving + row["closed_in_time"]
    low, high = statistics.wilson_interval(row["on_time"], moving)
    return {
        "group": group,
        "n_judged": n_judged,
        "on_time_rate": row["on_time"] / moving if moving else None,
        "with_closed_rate": (row["on_time"] + row["closed_in_time"]) / n_judged if n_judged else None,
        "on_time_low": low,
        "on_time_high": high,
        **row,
    }


def _by_name(name: str | None) -> tuple[bool, str]:
    """By name, what is not stated first."""
    return name is not None, name or ""


@Metric
def deadline_effect(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    horizons: pl.DataFrame,
    calendar: BusinessCalendar | None = None,
) -> Asking[pl.DataFrame]:
    """Do leads that came through a step in time go on more often in the next one? (``schema.DeadlineEffect``)

    The outcome is taken from the *next* step on purpose: within the same step, leads that advanced fast are inside by
    definition, and losses that were closed late would make any deadline look good. Stratified by source
    (Mantel–Haenszel), so that a fast source with good leads does not pass for an effect. An association, not a cause.
    ``calendar`` null: the journeys are those of ``with_states``.
    """
    horizon = horizon_of(horizons)
    positions = [position for position in steps_with_deadline(definition) if position < definition.won_position]
    if calendar is not None:
        journeys = yield from _with_states(journeys, definition, positions, window, calendar)
    frames = yield [
        _outcomes(journeys, definition, position, window, horizon.get(position + 1)) for position in positions
    ]
    rows = [
        _effect(definition, position, frame.to_dicts(), horizon.get(position + 1))
        for position, frame in zip(positions, frames, strict=True)
    ]
    tested = [row for row in rows if row["verdict"] is None]
    adjusted = statistics.holm([row["p_adjusted"] for row in tested])
    for row, p_value in zip(tested, adjusted, strict=True):
        row["p_adjusted"] = p_value
        better = row["difference_pp"] > 0
        row["verdict"] = "no_clear_difference" if p_value >= ALPHA else "inside_better" if better else "inside_worse"
    return DeadlineEffect.validate(pl.DataFrame(rows, schema=DeadlineEffect.create_empty().schema))


def _outcomes(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    position: int,
    window: Window,
    horizon: float | None,
) -> Asked:
    """Of the leads that came through a step, inside the deadline or not, by source: ``n``, ``x`` that went on from the
    next step, too, and losses whose place is ``unknown``."""
    clocks = journeys.filter(starts_in(definition, position, window), pl.col("furthest_stage") >= position)
    inside, late = (is_state(definition, position, state) for state in (ON_TIME, LATE))
    counted = (
        clocks.filter(inside | late, _followed(definition, position, horizon))
        .group_by("source", inside=inside)
        .agg(
            n=pl.len().cast(pl.Int64),
            x=(pl.col("furthest_stage") > position).sum().cast(pl.Int64),
            unknown=((pl.col("outcome") == "lost") & pl.col("lost_stage").is_null()).sum().cast(pl.Int64),
        )
    )
    return Asked(counted.with_columns(pl.col("source").cast(pl.String)), ("source", "inside"))


def _followed(definition: FunnelDefinition, position: int, horizon: float | None) -> pl.Expr:
    """Own entry into the stage itself, followed at least H of the next step."""
    entered = pl.col(f"entered_{definition.keys[position - 1]}").dt.date()
    followed = (pl.col("observed_until") - entered).dt.total_days() >= math.ceil(horizon or 0.0)
    return followed.fill_null(False)


def _effect(
    definition: FunnelDefinition, position: int, counted: Sequence[Mapping[str, Any]], horizon: float | None
) -> dict[str, Any]:
    stage, following = definition.stages[position - 1], definition.stages[position]
    (inside_n, inside_x), (outside_n, outside_x) = (
        [sum(row[name] for row in counted if row["inside"] is side) for name in ("n", "x")] for side in (True, False)
    )
    row: dict[str, Any] = {
        "position": position,
        "stage": stage.key,
        "next_stage": following.key,
        "inside_n": inside_n,
        "inside_advanced": inside_x,
        "inside_rate": inside_x / inside_n if inside_n else None,
        "outside_n": outside_n,
        "outside_advanced": outside_x,
        "outside_rate": outside_x / outside_n if outside_n else None,
        "n_sources": len({row["source"] for row in counted}),
        **dict.fromkeys(("difference_pp", "odds_ratio", "odds_low", "odds_high", "p_adjusted", "verdict")),
    }
    if any(row["unknown"] for row in counted):
        return row | {"verdict": "cannot_know", "inside_rate": None, "outside_rate": None}
    pooled = statistics.mantel_haenszel(_strata(counted))
    if horizon is None or pooled is None or min(inside_n, outside_n) < MIN_LEADS:
        return row | {"verdict": "too_little_data"}
    return row | {
        "difference_pp": 100 * pooled.difference,
        "odds_ratio": pooled.odds_ratio,
        "odds_low": pooled.low,
        "odds_high": pooled.high,
        "p_adjusted": pooled.p_value,
    }


def _strata(counted: Sequence[Mapping[str, Any]]) -> Sequence[tuple[int, int, int, int]]:
    sides: dict[str | None, dict[bool, tuple[int, int]]] = {}
    for row in sorted(counted, key=lambda row: _by_name(row["source"])):
        sides.setdefault(row["source"], {})[row["inside"]] = (row["x"], row["n"])
    return [(*side.get(True, (0, 0)), *side.get(False, (0, 0))) for side in sides.values()]
