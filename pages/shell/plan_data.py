"""The plan of a workspace and what was measured for it: cached on the versions, shared by all sessions."""

from __future__ import annotations

from datetime import date

import streamlit as st

from funnel.filters import Filters
from funnel.reports.tracking import HandoverReport, Measured, handover_report, measured_in
from funnel.reports.workspace_data import WorkspaceData
from pages.shell import Shell
from pages.shell.method import business_calendar
from pages.shell.workspaces import store_of

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


def measured_of(shell: Shell, sheet: str) -> Measured:
    """What the data says about a sheet's days."""
    assert shell.data is not None
    return _measured(_key(shell), sheet, shell.data)


def handovers_of(shell: Shell) -> HandoverReport:
    """Overdue leads and handovers under the sidebar's filters."""
    assert shell.data is not None
    return _handovers(_key(shell), shell.filters, shell.t.language, shell.data)
