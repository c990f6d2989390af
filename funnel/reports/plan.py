"""The Plan page without a screen: strategies with what was measured for them, targets with progress and pace, and what
a promise needs before it starts.

Everything works without data: then a strategy has no measured figure and a target is counted from what people report.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError, Message
from funnel.filters import Window, bounds
from funnel.metrics import statistics
from funnel.metrics.comparison.compare import choose_pair, promise_needs
from funnel.metrics.comparison.windows import PairChoice, Selection
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.steps.days import StepHistory, histories, step_days
from funnel.metrics.thresholds import ALPHA, MIN_LEADS, PROMISED_PP
from funnel.planning.fields import from_fields
from funnel.planning.strategies.stop_rules import (
    StopCheck,
    WeekValue,
    check_stop_rule,
    weekly_entries,
    weekly_lead_cost,
    weekly_rates,
    weekly_reported,
)
from funnel.planning.strategies.strategy import ACTIVE, Baseline, Strategy, problems
from funnel.planning.targets import (
    Progress,
    Target,
    measure,
    period_of,
    progress,
    reported_done,
)
from funnel.planning.tracking.periods import is_week, sheet_window
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import TargetProgress

WEEKS_AHEAD = 13
"""Leads of a quarter: what the smallest visible change is stated for."""


# --- what the data knows about the steps --------------------------------------------------------------------------


@dataclass(frozen=True)
class StepVolume:
    """The steps of the unfiltered data, counted once. ``counted``: ``schema.StepDays``; ``horizons``: H by position."""

    definition: FunnelDefinition
    counted: pl.DataFrame
    history: Mapping[int, StepHistory]
    horizons: Mapping[int, float]
    as_of: date


def step_volume(data: WorkspaceData) -> StepVolume | None:
    """Null without dated leads."""
    if not data.has_leads or data.as_of is None:
        return None
    positions = range(2, len(data.funnel.keys) + 1)
    counted = step_days(data.journeys.lazy(), data.funnel, data.horizons)
    known = {row["position"]: row["days"] for row in data.horizons.iter_rows(named=True) if row["days"] is not None}
    return StepVolume(data.funnel, counted, histories(counted, positions), known, data.as_of)


# --- before a strategy starts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a promise on a step needs. ``reason`` says why there is no baseline: "no_data", "no_step" (the first stage,
    or one that is not in the funnel), "history_too_short", "too_little_data"; else null.

    - ``weekly_entries``: leads that entered the step a week, over the last quarter.
    - ``detectable_pp``: smallest rise that the baseline and the leads of one quarter show with 80 % power.
    - ``needed_leads`` a side and ``needed_weeks`` (follow-up included) for ``promised_pp``; ``decision_on`` follows.
      Null where no number of leads would do, or nobody enters.
    """

    promised_pp: float
    baseline: Baseline | None = None
    reason: str | None = None
    weekly_entries: float = 0.0
    quarter_entries: int = 0
    detectable_pp: float | None = None
    needed_leads: int | None = None
    needed_weeks: int | None = None
    decision_on: date | None = None


def outlook(
    volume: StepVolume | None,
    stage: str,
    *,
    starts_on: date,
    promised_pp: float | None = None,
    selection: Selection | None = None,
) -> Outlook:
    """Measure the baseline of a step before ``starts_on`` and what the promise needs.

    The baseline ends H days before the start and covers three months; the whole window that selected the step is left
    out where there is an earlier one with at least 20 leads, else it is used and marked ``corrected``.
    """
    promised = promised_pp or PROMISED_PP
    if volume is None:
        return Outlook(promised, reason="no_data")
    if stage not in volume.definition.keys[1:]:
        return Outlook(promised, reason="no_step")
    position = volume.definition.position(stage)
    horizon = volume.horizons.get(position)
    if horizon is None:
        return Outlook(promised, reason="history_too_short")
    history, as_of = volume.history[position], volume.as_of
    change_on = min(starts_on, as_of + timedelta(days=1))
    pair, kind = choose_pair(history, horizon, change_on, PairChoice("change", change_on=change_on), selection)
    before = history.side(pair.before)
    quarter = history.side(Window("dates", as_of - timedelta(days=7 * WEEKS_AHEAD - 1), as_of)).n_entries
    weekly = quarter / WEEKS_AHEAD
    if before.n < MIN_LEADS or before.rate is None:
        return Outlook(promised, reason="too_little_data", weekly_entries=weekly, quarter_entries=quarter)
    start, end = bounds(pair.before)
    # The level that a verdict asks for when all steps are compared at once (Holm's first step).
    alpha = ALPHA / (len(volume.definition.keys) - 1)
    rise = statistics.detectable_rise(before.rate, before.n, quarter, alpha)
    leads, weeks = promise_needs(before.rate, promised, weekly, horizon, alpha=alpha)
    return Outlook(
        promised_pp=promised,
        baseline=Baseline(before.rate, before.x, before.n, horizon, start, end, kind == "shrunk"),
        weekly_entries=weekly,
        quarter_entries=quarter,
        detectable_pp=None if rise is None else 100 * rise,
        needed_leads=leads,
        needed_weeks=weeks,
        decision_on=None if weeks is None else starts_on + timedelta(weeks=weeks),
    )


def figure_now(data: WorkspaceData, volume: StepVolume | None, stage: str, metric: str) -> float | None:
    """The present value of a figure that a stop rule can watch: its mean over the last 13 weeks that have one."""
    if volume is None or metric == "reported":
        return None
    known = [week.value for week in _weeks(data, stage, metric, volume) if week.value is not None]
    last = [value for value in known if math.isfinite(value)][-WEEKS_AHEAD:]
    return sum(last) / len(last) if last else None


# --- the plan as it stands ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """The stored plan as values, in the order of creation."""

    strategies: tuple[Strategy, ...] = ()
    targets: tuple[Target, ...] = ()
    rows: tuple[TrackingRow, ...] = ()


def plan_from(
    strategies: Iterable[Mapping[str, Any]],
    targets: Iterable[Mapping[str, Any]] = (),
    rows: Iterable[Mapping[str, Any]] = (),
) -> Plan:
    """A plan from the fields that the Store keeps. Raises InputError ``plan.*``."""
    return Plan(
        tuple(from_fields(Strategy, fields) for fields in strategies),
        tuple(from_fields(Target, fields) for fields in targets),
        tuple(from_fields(TrackingRow, fields) for fields in rows),
    )


@dataclass(frozen=True, slots=True)
class Since:
    """The step's rate since a strategy started, within H days: ``x`` of ``n`` followed leads of ``n_entries``."""

    rate: float | None
    x: int
    n: int
    n_entries: int


@dataclass(frozen=True, slots=True)
class StrategyLine:
    """A strategy with what is known of it.

    ``missing``: what it lacks to be executable (only before its start). ``since``: measured since the start, null
    where the data has nothing to say. ``check``: how its stop rule stands, null where nobody can measure it;
    ``stop_state``: "none", "no_data", "fine", "over" (but not long enough yet),
    "broken" (stop!), "not_running".
    """

    strategy: Strategy
    missing: tuple[Message, ...]
    since: Since | None
    check: StopCheck | None
    stop_state: str


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target in the period that holds ``day``. ``problem``: why it could not be measured, else null."""

    target: Target
    day: date
    progress: Progress | None
    problem: Message | None = None


@dataclass(frozen=True)
class PlanReport:
    """The Plan page. ``progress``: ``schema.TargetProgress``, one row per target that holds now, for the bars."""

    day: date
    lines: tuple[StrategyLine, ...]
    targets: tuple[TargetLine, ...]
    progress: pl.DataFrame

    @property
    def flagged(self) -> tuple[StrategyLine, ...]:
        """Active strategies over their stop rule: to be dealt with."""
        return tuple(line for line in self.lines if line.stop_state == "broken")

    def line(self, strategy_id: str) -> StrategyLine:
        return next(line for line in self.lines if line.strategy.strategy_id == strategy_id)


def plan_report(
    data: WorkspaceData, plan: Plan, *, volume: StepVolume | None, day: date, calendar: BusinessCalendar
) -> PlanReport:
    """Strategies and targets are about all leads, so there are no filters. ``day``: the day on which people plan, up to
    which reported figures count. Measured targets are judged on the last day of the data where that is earlier: nobody
    can be behind on days that were not imported."""
    lines = tuple(_strategy_line(data, strategy, volume, plan.rows, day) for strategy in plan.strategies)
    targets = tuple(_target_line(data, target, plan.rows, day, calendar) for target in plan.targets)
    return PlanReport(day, lines, targets, _progress_frame(targets))


# --- strategies ---------------------------------------------------------------------------------------------------


def _strategy_line(
    data: WorkspaceData, strategy: Strategy, volume: StepVolume | None, rows: Sequence[TrackingRow], day: date
) -> StrategyLine:
    missing = () if strategy.has_started else problems(strategy)
    check, state = stop_check(data, strategy, volume, rows, day)
    return StrategyLine(strategy, missing, _since(strategy, volume), check, state)


def _since(strategy: Strategy, volume: StepVolume | None) -> Since | None:
    start = strategy.started_on
    if volume is None or start is None or start > volume.as_of or strategy.stage not in volume.definition.keys[1:]:
        return None
    end = min(strategy.ended_on or volume.as_of, volume.as_of)
    if end < start:
        return None
    side = volume.history[volume.definition.position(strategy.stage)].side(Window("dates", start, end))
    return Since(side.rate, side.x, side.n, side.n_entries)


def stop_check(
    data: WorkspaceData, strategy: Strategy, volume: StepVolume | None, rows: Sequence[TrackingRow], day: date
) -> tuple[StopCheck | None, str]:
    """How a strategy's stop rule stands, and in a word: ``check`` and ``stop_state`` of ``StrategyLine``.

    Measured figures count up to the last day of ``volume`` (all leads), reported ones (``rows``) up to ``day``.
    """
    rule, start = strategy.stop, strategy.started_on
    if rule is None:
        return None, "none"
    if strategy.state != ACTIVE or start is None:
        return None, "not_running"
    weeks: Sequence[WeekValue]
    if rule.metric == "reported":
        weeks, until = weekly_reported(rows, strategy.strategy_id, strategy.stage), day
    else:
        weeks, until = _weeks(data, strategy.stage, rule.metric, volume), volume.as_of if volume else day
    if not weeks:
        return None, "no_data"
    check = check_stop_rule(rule, weeks, starts_on=start, as_of=until)
    if not check.n_known:
        return check, "no_data"
    return check, "broken" if check.is_broken else "over" if check.n_over else "fine"


def _weeks(data: WorkspaceData, stage: str, metric: str, volume: StepVolume | None) -> Sequence[WeekValue]:
    """The figure that a stop rule watches, by week."""
    if volume is None or stage not in data.funnel.keys:
        return ()
    position = data.funnel.position(stage)
    if metric == "lead_cost":
        return weekly_lead_cost(data.journeys.lazy(), data.spend, volume.as_of)
    if metric == "entries":
        return weekly_entries(data.journeys.lazy(), stage, volume.as_of)
    return weekly_rates(volume.counted, position) if position in volume.horizons else ()


# --- targets ------------------------------------------------------------------------------------------------------


def _target_line(
    data: WorkspaceData, target: Target, rows: Sequence[TrackingRow], day: date, calendar: BusinessCalendar
) -> TargetLine:
    is_reported = target.metric == "reported"
    on = day if is_reported or data.as_of is None else min(day, data.as_of)
    try:
        start, end = period_of(target.period, on)
        if is_reported:
            done, before = reported_done(_amounts(target, rows, start, end)), None
        elif data.has_leads:
            journeys = data.journeys.lazy()
            done = measure(journeys, data.funnel, target, start=start, end=on, calendar=calendar)
            before = _before(data, target, start, calendar)
        else:
            done, before = None, None
        return TargetLine(target, on, progress(target, on, done, before, calendar))
    except InputError as error:  # a year that the business calendar does not know
        return TargetLine(target, on, None, error.message)


def _before(data: WorkspaceData, target: Target, start: date, calendar: BusinessCalendar) -> float | None:
    """The whole period before, for growth; null where the data does not reach back to its first day."""
    if target.metric != "growth":
        return None
    first, last = period_of(target.period, start - timedelta(days=1))
    if data.history_start is None or first < data.history_start.replace(day=1):
        return None
    return measure(data.journeys.lazy(), data.funnel, target, start=first, end=last, calendar=calendar)


def _amounts(target: Target, rows: Sequence[TrackingRow], start: date, end: date) -> list[float | None]:
    """What people reported for the target's stage and person in sheets that begin in the period.

    Week sheets count; month sheets only where no week sheet says anything, since both tell of the same days.
    """
    mine = [row for row in rows if row.stage == target.stage and target.person in ("", row.owner)]
    inside = [row for row in mine if _begins_in(row.sheet, start, end)]
    weeks = [row.count for row in inside if is_week(row.sheet)]
    return weeks or [row.count for row in inside]


def _begins_in(sheet: str, start: date, end: date) -> bool:
    first = sheet_window(sheet).start
    return first is not None and start <= first <= end


def _progress_frame(targets: Sequence[TargetLine]) -> pl.DataFrame:
    rows = []
    for line in targets:
        found = line.progress
        if found is None or found.state in ("ended", "not_started"):
            continue
        gone = (found.working_days - found.days_left) / found.working_days if found.working_days else None
        rows.append(
            {
                "target_id": line.target.target_id,
                "stage": line.target.stage,
                "metric": line.target.metric,
                "start": found.start,
                "end": found.end,
                "done": found.done,
                "goal": found.goal,
                "share": found.share,
                "share_of_days": None if line.target.metric == "on_time" else gone,
                "pace_needed": found.pace_needed,
                "days_left": found.days_left,
                "state": found.state,
                "is_measured": found.is_measured,
            }
        )
    return TargetProgress.validate(pl.DataFrame(rows, schema=TargetProgress.create_empty().schema))
