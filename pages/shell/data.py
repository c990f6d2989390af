"""The only caching of the application: the data of a workspace as of a day, shared by all sessions."""

from __future__ import annotations

from datetime import date

import streamlit as st

from funnel.filters import Filters
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.journeys.owners import owner_changes
from funnel.metrics.steps.trends import Every
from funnel.reports.bottleneck.report import BottleneckReport, bottleneck_report
from funnel.reports.overview import OverviewReport, overview_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Basis
from funnel.storage.workspaces import WorkspaceInfo
from pages.shell.workspaces import store_of


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(path: str, versions: tuple[int, int, int], as_of: date | None, _info: WorkspaceInfo) -> WorkspaceData:
    """The key: the file, the versions of its data, definition and settings, and the day; any change makes a new one."""
    store = store_of(_info)
    facts = store.facts()
    return load_workspace(
        name=_info.name,
        is_sample=_info.is_sample,
        facts=facts,
        definition=store.definition(),
        spend=store.spend(),
        settings=store.settings(),
        import_findings=tuple(f for number in facts.batches["batch_no"] for f in store.findings(number)),
        as_of=as_of,
    )


def load(info: WorkspaceInfo, as_of: date | None = None) -> WorkspaceData:
    """The workspace's data as of a day (default: the latest day of the data). Frames are shared: never change them."""
    versions = store_of(info).versions()
    return _load(str(info.path), (versions.data, versions.definition, versions.settings), as_of, info)


@st.cache_resource(max_entries=32, show_spinner=False)
def _overview(
    key: tuple[str, ...], _data: WorkspaceData, _filters: Filters, _basis: Basis, _every: Every, _by: str
) -> OverviewReport:
    """The key holds everything that the other arguments say, as plain text."""
    return overview_report(_data, _filters, basis=_basis, every=_every, by=_by)


def overview_of(
    info: WorkspaceInfo, data: WorkspaceData, filters: Filters, *, basis: Basis, every: Every, by: str
) -> OverviewReport:
    """The overview of the workspace's data under the filters. ``data`` must have leads."""
    versions = store_of(info).versions()
    state = (versions.data, versions.definition, versions.settings, data.as_of, filters)
    return _overview((str(info.path), repr(state), basis, every, by), data, filters, basis, every, by)


@st.cache_resource(max_entries=32, show_spinner=False)
def _bottleneck(
    key: tuple[str, ...],
    _data: WorkspaceData,
    _filters: Filters,
    _calendar: BusinessCalendar,
    _own_past: frozenset[str],
) -> BottleneckReport:
    """The key holds everything that the other arguments say, as plain text."""
    return bottleneck_report(
        _data.journeys.lazy(),
        _data.definition,
        _filters,
        _data.day,
        _data.horizons,
        calendar=_calendar,
        owner_changes=owner_changes(_data.facts),
        own_past=_own_past,
    )


def bottleneck_of(
    info: WorkspaceInfo, data: WorkspaceData, filters: Filters, calendar: BusinessCalendar, own_past: frozenset[str]
) -> BottleneckReport:
    """The bottleneck report of the workspace's data under the filters. ``data`` must have leads and a day."""
    versions = store_of(info).versions()
    state = (versions.data, versions.definition, versions.settings, data.as_of, filters)
    key = (str(info.path), repr(state), repr(sorted(calendar.to_dict().items())), repr(sorted(own_past)))
    return _bottleneck(key, data, filters, calendar, own_past)
