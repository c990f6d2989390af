"""What the Outlook page asks for, cached on the versions of all it rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

import streamlit as st

from funnel.filters import Filters, Window
from funnel.metrics.outlook.forecasting import Prospects
from funnel.metrics.outlook.goals import GoalPlan, plan_of
from funnel.metrics.outlook.what_ifs import WhatIf, what_if_of
from funnel.planning.fields import from_fields
from funnel.planning.targets import Target
from funnel.reports.outlook.earlier import Earlier, earlier_journeys
from funnel.reports.outlook.report import OutlookReport, outlook_report, prepare
from funnel.reports.workspace_data import WorkspaceData
from pages.shell import Shell
from pages.shell.plan_data import records_of
from pages.shell.workspaces import store_of

_Key = tuple[str, tuple[int, int, int], date | None]
T = TypeVar("T")


@st.cache_resource(max_entries=4, show_spinner=False)
def _earlier(key: _Key, _data: WorkspaceData) -> Earlier:
    return earlier_journeys(_data)


@st.cache_resource(max_entries=16, show_spinner=False)
def _prospects(key: _Key, filters: Filters, _data: WorkspaceData) -> Prospects:
    return prepare(_data, filters, _earlier(key, _data))


@st.cache_resource(max_entries=32, show_spinner=False)
def _report(
    key: _Key, filters: Filters, horizon: str, plan_version: int, _data: WorkspaceData, _targets: tuple[Target, ...]
) -> OutlookReport:
    prospects = _prospects(key, filters, _data)
    return outlook_report(_data, filters, prospects, _earlier(key, _data), horizon=horizon, targets=_targets)


@st.cache_resource(max_entries=32, show_spinner=False)
def _goal(key: _Key, filters: Filters, until: date, amount: float, is_money: bool, _data: WorkspaceData) -> GoalPlan:
    prospects = _prospects(key, filters, _data)
    return plan_of(prospects, until, money=amount) if is_money else plan_of(prospects, until, wins=amount)


@st.cache_resource(max_entries=64, show_spinner=False)
def _gain(
    key: _Key,
    filters: Filters,
    horizon: int,
    step: str | None,
    factor: float,
    extra: float,
    quality: float,
    since: date | None,
    _data: WorkspaceData,
) -> WhatIf:
    prospects = _prospects(key, filters, _data)
    return what_if_of(
        prospects, horizon, step=step, factor=factor, extra_leads_a_day=extra, quality=quality, since=since
    )


class Asked:
    """The questions of one run of a page: one workspace, one day, one choice of groups."""

    def __init__(self, shell: Shell, *, whole: bool = False) -> None:
        assert shell.workspace is not None and shell.data is not None
        versions = store_of(shell.workspace).versions()
        self._data = shell.data
        self._key: _Key = (
            str(shell.workspace.path),
            (versions.data, versions.definition, versions.settings),
            shell.data.as_of,
        )
        self._plan_version = versions.plan
        self._filters = Filters() if whole else shell.filters.during(Window())
        self._shell = shell

    def prospects(self) -> Prospects:
        """Today's view with its record; on a first look of a data version a skeleton stands in its place meanwhile."""
        return _with_skeleton((*self._key, self._filters), lambda: _prospects(self._key, self._filters, self._data))

    def report(self, horizon: str) -> OutlookReport:
        targets = tuple(from_fields(Target, record.fields) for record in records_of(self._shell, "target"))
        return _report(self._key, self._filters, horizon, self._plan_version, self._data, targets)

    def goal(self, until: date, amount: float, *, is_money: bool) -> GoalPlan:
        return _goal(self._key, self._filters, until, amount, is_money, self._data)

    def gain(
        self,
        horizon: int,
        *,
        step: str | None = None,
        factor: float = 1.0,
        extra_leads_a_day: float = 0.0,
        quality: float = 1.0,
        since: date | None = None,
    ) -> WhatIf:
        return _gain(
            self._key, self._filters, horizon, step, factor, extra_leads_a_day, quality, since, self._data
        )  # fmt: skip


@st.cache_resource(max_entries=1, show_spinner=False)
def _looked_at() -> set[object]:
    """What has been computed once, so that no skeleton flashes for it."""
    return set()


def _with_skeleton(key: object, compute: Callable[[], T]) -> T:
    known = _looked_at()
    if key in known:
        return compute()
    place = st.empty()
    with place.container():
        st.html('<div class="outlook-skeleton"></div><div class="outlook-skeleton tall"></div>')
    found = compute()
    place.empty()
    known.add(key)
    return found
