"""The plan of a workspace and what was measured for it: cached on the versions, shared by all sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from funnel.filters import Filters
from funnel.planning.fields import from_fields
from funnel.planning.strategies.strategy import ACTIVE
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.plan import PlanReport, StepVolume, plan_from, plan_report, step_volume
from funnel.reports.tracking import HandoverReport, Measured, handover_report, measured_in, working_day
from funnel.reports.workspace_data import WorkspaceData
from funnel.storage.records import Record
from funnel.storage.store import Store
from pages.shell import Shell
from pages.shell.method import business_calendar
from pages.shell.workspaces import now, store_of

_Key = tuple[str, tuple[int, int, int], date | None]


def _key(shell: Shell) -> _Key:
    """The workspace, the versions of its data, definition and settings, and the as-of day."""
    assert shell.workspace is not None and shell.data is not None
    versions = store_of(shell.workspace).versions()
    return str(shell.workspace.path), (versions.data, versions.definition, versions.settings), shell.data.as_of


@st.cache_resource(max_entries=32, show_spinner=False)
def _measured(key: _Key, sheet: str, _data: WorkspaceData) -> Measured:
    return measured_in(_data, sheet)


@st.cache_resource(max_entries=16, show_spinner=False)
def _handovers(key: _Key, filters: Filters, language: str, _data: WorkspaceData) -> HandoverReport:
    return handover_report(_data, filters, business_calendar(_data, language))


@st.cache_resource(max_entries=8, show_spinner=False)
def _volume(key: _Key, _data: WorkspaceData) -> StepVolume | None:
    return step_volume(_data)


@st.cache_resource(max_entries=8, show_spinner=False)
def _plan(key: _Key, plan_version: int, day: date, language: str, _shell: Shell) -> PlanReport:
    assert _shell.data is not None
    strategies, targets = ([one.fields for one in records_of(_shell, kind)] for kind in ("strategy", "target"))
    plan = replace(plan_from(strategies, targets), rows=rows_of(_shell))
    calendar = business_calendar(_shell.data, language)
    return plan_report(_shell.data, plan, _volume(key, _shell.data), day, calendar)


@st.cache_resource(max_entries=32, show_spinner=False)
def _records(path: str, plan_version: int, kind: str, _store: Store) -> tuple[Record, ...]:
    return tuple(_store.records(kind, with_deleted=True))


@st.cache_resource(max_entries=8, show_spinner=False)
def _rows(path: str, plan_version: int, _store: Store) -> tuple[TrackingRow, ...]:
    records = _records(path, plan_version, "tracking", _store)
    return tuple(from_fields(TrackingRow, record.fields) for record in records if not record.is_deleted)


def records_of(shell: Shell, kind: str, *, with_deleted: bool = False) -> list[Record]:
    """The records of a kind as they are stored now; read once per change of the plan."""
    assert shell.workspace is not None
    found = _records(str(shell.workspace.path), shell.store.versions().plan, kind, shell.store)
    return [record for record in found if with_deleted or not record.is_deleted]


def rows_of(shell: Shell) -> tuple[TrackingRow, ...]:
    """All rows of the tracking form, of every sheet."""
    assert shell.workspace is not None
    return _rows(str(shell.workspace.path), shell.store.versions().plan, shell.store)


def has_stop_rules(shell: Shell) -> bool:
    """Whether any running strategy has a stop rule: only then every page has something to look at."""
    if shell.workspace is None or shell.data is None:
        return False
    found = records_of(shell, "strategy")
    return any(record.fields.get("state") == ACTIVE and record.fields.get("stop") for record in found)


def planning_day(shell: Shell) -> date:
    """The day on which people plan: today, and in the sample the last day of its data."""
    assert shell.data is not None
    return working_day(shell.data, now().date())


def volume_of(shell: Shell) -> StepVolume | None:
    """The steps of the unfiltered data; null without leads."""
    assert shell.data is not None
    return _volume(_key(shell), shell.data)


def plan_of(shell: Shell) -> PlanReport:
    """The plan with what was measured for it."""
    version = shell.store.versions().plan
    return _plan(_key(shell), version, planning_day(shell), shell.t.language, shell)


def measured_of(shell: Shell, sheet: str) -> Measured:
    """What the data says about a sheet's days."""
    assert shell.data is not None
    return _measured(_key(shell), sheet, shell.data)


def handovers_of(shell: Shell) -> HandoverReport:
    """Overdue leads and handovers under the sidebar's filters."""
    assert shell.data is not None
    return _handovers(_key(shell), shell.filters, shell.t.language, shell.data)
