"""The only caching of the application: the data of a workspace as of a day, shared by all sessions.

What data were loaded as is their ``key``; the reports made of them are cached on it and on nothing else of the store.
"""

from __future__ import annotations

import threading
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from funnel.errors import StorageError
from funnel.filters import Filters
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.steps.trends import Every
from funnel.reports.bottleneck.likely_causes import LikelyCauses, likely_causes
from funnel.reports.bottleneck.report import BottleneckReport, bottleneck_report, waiting_list
from funnel.reports.kept_data import WORTH_KEEPING, program, told_by, workspace_again
from funnel.reports.overview import OverviewReport, overview_report
from funnel.reports.workspace_data import (
    DataKey,
    WorkspaceData,
    as_told,
    load_workspace,
    workspace_without_figures,
)
from funnel.scale.history import history_of, read_whole, state_of
from funnel.scale.loading import PartedData
from funnel.schema import Basis, Facts
from funnel.storage.figures.kept import keep, read
from funnel.storage.store import Store
from funnel.storage.workspaces import WorkspaceInfo
from pages.shell import in_parts
from pages.shell.config import app_settings, source_folder
from pages.shell.kept import kept
from pages.shell.method import playbook
from pages.shell.workspaces import store_of

_TRIES = 5
"""How often a workspace is read anew while others write into it."""


@kept(8)
def _load(asked: DataKey, _info: WorkspaceInfo) -> WorkspaceData:
    """The data as they were asked for, or newer: their own ``key`` says as what they were read."""
    store = store_of(_info)
    for _ in range(_TRIES):
        key, state = _key(store, asked.day), store.state()
        newest = store.definition_versions()[0]
        spend, settings, findings = store.spend(), store.settings(), store.live_findings()
        found = None
        if app_settings().kept_mb:
            found = read(store.path, state, _question(key))
        facts = None if found else _facts(key.file, (key.data, key.history), store)
        if (_key(store, asked.day), store.state()) == (key, state):  # else somebody wrote in between: two states
            break
    known: dict[str, Any] = {
        "name": _info.name,
        "is_sample": _info.is_sample,
        "spend": spend,
        "settings": settings,
        "import_findings": findings,
        "key": key,
        "definition_version": newest.version,
    }

    def facts_of_it() -> Facts:
        return facts or _facts(key.file, (key.data, key.history), store)

    if found is not None:
        # Read when a page asks for them; should somebody have written since, they are of that state for this one run.
        again = workspace_again(*found, read_facts=lambda: as_told(facts_of_it(), settings), **known)
        if again is not None and again.definition == newest.definition:
            return again
    data = load_workspace(facts=facts_of_it(), definition=newest.definition, as_of=asked.day, **known)
    if data.journeys.height >= WORTH_KEEPING and app_settings().kept_mb:
        threading.Thread(target=_keep, args=(store, state, data), name="funnel-keep", daemon=True).start()
    return data


def _keep(store: Store, state: str, data: WorkspaceData) -> None:
    """Keep what opening found out, beside the workspace, for the next start of the application."""

    def is_current() -> bool:
        try:
            return store.state() == state
        except StorageError:  # closed: it was deleted meanwhile
            return False

    room = app_settings().kept_mb * 1_000_000
    asked = _question(key_of(data))
    keep(store.path, state, asked, data.journeys, told_by(data), at_most=room, is_current=is_current)


def _question(key: DataKey) -> str:
    return f"{key.day} by {program()} {key.history}".strip()


@kept(2)
def _facts(path: str, version: tuple[int, str], _store: Store) -> Facts:
    """The facts of a version of the data, once for all days that they are looked at: the workspace's own, or those of
    the dataset that is its history."""
    history = history_of(_store.settings())
    return _store.facts() if history is None else read_whole(history, source_folder()).facts


def _key(store: Store, day: date | None) -> DataKey:
    versions = store.versions()
    history = history_of(store.settings())
    state = "" if history is None else state_of(history, source_folder())
    return DataKey(str(store.path), versions.data, versions.definition, versions.settings, day, state)


def load(info: WorkspaceInfo, as_of: date | None = None) -> WorkspaceData:
    """The workspace's data as of a day (default: the latest day of the data). Frames are shared: never change them."""
    store = store_of(info)
    history = history_of(store.settings())
    if history is not None and history.way != "memory":
        return in_parts.load(store, history, _key(store, as_of))
    return _load(_key(store, as_of), info)


def load_without_figures(info: WorkspaceInfo) -> WorkspaceData:
    """What a workspace holds where its figures cannot be made; not cached, so that a repair shows at once."""
    store = store_of(info)
    return workspace_without_figures(
        name=info.name,
        is_sample=info.is_sample,
        facts=store.facts(),
        definition=store.definition(),
        settings=store.settings(),
        key=_key(store, None),
    )


def key_of(data: WorkspaceData) -> DataKey:
    """What the data were loaded as. Data of the application always come from a store."""
    if data.key is None:
        raise RuntimeError("a report is cached on data that no store gave")
    return data.key


@kept(32)
def _overview(
    key: DataKey,
    asked: tuple[str, ...],
    _data: WorkspaceData,
    _filters: Filters,
    _basis: Basis,
    _every: Every,
    _by: str,
) -> OverviewReport:
    """``asked`` holds everything that the other arguments say, as plain text."""
    return overview_report(_data, _filters, basis=_basis, every=_every, by=_by)


def overview_of(data: WorkspaceData, filters: Filters, *, basis: Basis, every: Every, by: str) -> OverviewReport:
    """The overview of the workspace's data under the filters. ``data`` must have leads."""
    asked = (repr(filters), basis, every, by)
    if isinstance(data, PartedData):
        return in_parts.report(data, asked, lambda: overview_report(data, filters, basis=basis, every=every, by=by))
    return _overview(key_of(data), asked, data, filters, basis, every, by)


@kept(32)
def _bottleneck(
    key: DataKey,
    asked: tuple[str, ...],
    _data: WorkspaceData,
    _filters: Filters,
    _calendar: BusinessCalendar,
    _own_past: frozenset[str],
) -> BottleneckReport:
    """``asked`` holds everything that the other arguments say, as plain text."""
    return bottleneck_report(_data, _filters, calendar=_calendar, own_past=_own_past)


def bottleneck_of(
    data: WorkspaceData, filters: Filters, calendar: BusinessCalendar, own_past: frozenset[str]
) -> BottleneckReport:
    """The bottleneck report of the workspace's data under the filters. ``data`` must have leads and a day."""
    asked = _asked(filters, calendar, own_past)
    if isinstance(data, PartedData):
        return in_parts.report(
            data, asked, lambda: bottleneck_report(data, filters, calendar=calendar, own_past=own_past)
        )
    return _bottleneck(key_of(data), asked, data, filters, calendar, own_past)


def _asked(filters: Filters, calendar: BusinessCalendar, own_past: frozenset[str]) -> tuple[str, ...]:
    return repr(filters), repr(sorted(calendar.to_dict().items())), repr(sorted(own_past))


@kept(64)
def _causes(
    key: DataKey, asked: tuple[str, ...], position: int, _report: BottleneckReport, _data: WorkspaceData
) -> LikelyCauses:
    return likely_causes(_report, _data, playbook(_data.settings), position)


def causes_of(
    data: WorkspaceData, report: BottleneckReport, calendar: BusinessCalendar, own_past: frozenset[str], position: int
) -> LikelyCauses:
    """The likely causes at a stage of the report that ``bottleneck_of`` made for the same calendar and own past."""
    asked = _asked(report.filters, calendar, own_past)
    if isinstance(data, PartedData):
        count = partial(likely_causes, report, data, playbook(data.settings), position)
        return in_parts.report(data, (*asked, "causes", position), count)
    return _causes(key_of(data), asked, position, report, data)


def waiting_of(
    data: WorkspaceData, report: BottleneckReport, calendar: BusinessCalendar, position: int | None
) -> pl.DataFrame:
    """``waiting_list`` of the report; of leads in parts asked when somebody looks at it."""
    if isinstance(data, PartedData):
        asked = (*_asked(report.filters, calendar, frozenset()), "waiting", position)
        return in_parts.report(data, asked, lambda: waiting_list(data, report, calendar, position))
    return waiting_list(data, report, calendar, position)
