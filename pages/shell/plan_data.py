"""The plan of a workspace and what was measured for it: cached on what data and records were read as."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from funnel.filters import Filters
from funnel.planning.strategies.strategy import ACTIVE
from funnel.reports.plan import PlanReport, StepVolume, plan_from, plan_report, step_volume
from funnel.reports.tracking import HandoverReport, Measured, handover_report, measured_in, working_day
from funnel.reports.workspace_data import DataKey, WorkspaceData
from pages.shell import Shell
from pages.shell.data import key_of
from pages.shell.kept import kept
from pages.shell.method import business_calendar
from pages.shell.records import PlanRecords
from pages.shell.workspaces import now


@kept(32)
def _measured(key: DataKey, sheet: str, _data: WorkspaceData) -> Measured:
    return measured_in(_data, sheet)


@kept(16)
def _handovers(key: DataKey, filters: Filters, language: str, _data: WorkspaceData) -> HandoverReport:
    return handover_report(_data, filters, business_calendar(_data, language))


@kept(8)
def _volume(key: DataKey, _data: WorkspaceData) -> StepVolume | None:
    return step_volume(_data)


@kept(8)
def _plan(
    key: DataKey, plan_key: tuple[str, int], day: date, language: str, _data: WorkspaceData, _records: PlanRecords
) -> PlanReport:
    strategies, targets = ([one.fields for one in _records.of(kind)] for kind in ("strategy", "target"))
    plan = replace(plan_from(strategies, targets), rows=_records.rows)
    return plan_report(_data, plan, volume=_volume(key, _data), day=day, calendar=business_calendar(_data, language))


def has_stop_rules(shell: Shell) -> bool:
    """Whether any running strategy has a stop rule: only then every page has something to look at."""
    if shell.workspace is None or shell.data is None:
        return False
    found = shell.plan.of("strategy")
    return any(record.fields.get("state") == ACTIVE and record.fields.get("stop") for record in found)


def planning_day(shell: Shell) -> date:
    """The day on which people plan: today, and in the sample the last day of its data."""
    return working_day(_data(shell), now().date())


def volume_of(shell: Shell) -> StepVolume | None:
    """The steps of the unfiltered data; null without leads."""
    data = _data(shell)
    return _volume(key_of(data), data)


def plan_of(shell: Shell) -> PlanReport:
    """The plan with what was measured for it."""
    data = _data(shell)
    return _plan(key_of(data), shell.plan.key, planning_day(shell), shell.t.language, data, shell.plan)


def measured_of(shell: Shell, sheet: str) -> Measured:
    """What the data says about a sheet's days."""
    data = _data(shell)
    return _measured(key_of(data), sheet, data)


def handovers_of(shell: Shell) -> HandoverReport:
    """Overdue leads and handovers under the sidebar's filters."""
    data = _data(shell)
    return _handovers(key_of(data), shell.filters, shell.t.language, data)


def _data(shell: Shell) -> WorkspaceData:
    if shell.data is None:
        raise RuntimeError("a page asked for the plan without a workspace")
    return shell.data
