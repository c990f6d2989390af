"""What the Outlook page asks for, cached on the versions of all it rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import streamlit as st

from funnel.filters import Filters, Window
from funnel.metrics.outlook.forecasting import Prospects
from funnel.metrics.outlook.goals import GoalPlan, plan_of
from funnel.metrics.outlook.what_ifs import WhatIf, what_if_of
from funnel.planning.fields import from_fields
from funnel.planning.targets import Target
from funnel.reports.outlook.earlier import Earlier, earlier_journeys
from funnel.reports.outlook.report import OutlookReport, outlook_report, prepare
from funnel.reports.workspace_data import DataKey, WorkspaceData
from pages.shell import Shell
from pages.shell.data import key_of
from pages.shell.records import PlanRecords

T = TypeVar("T")


@st.cache_resource(max_entries=4, show_spinner=False)
def _earlier(key: DataKey, _data: WorkspaceData) -> Earlier:
    return earlier_journeys(_data)


@st.cache_resource(max_entries=16, show_spinner=False)
def _prospects(key: DataKey, filters: Filters, _data: WorkspaceData) -> Prospects:
    return prepare(_data, filters, _earlier(key, _data))


@st.cache_resource(max_entries=32, show_spinner=False)
def _report(
    key: DataKey,
    plan_key: tuple[str, int],
    filters: Filters,
    horizon: str,
    _data: WorkspaceData,
    _records: PlanRecords,
) -> OutlookReport:
    targets = tuple(from_fields(Target, record.fields) for record in _records.of("target"))
    prospects = _prospects(key, filters, _data)
    return outlook_report(_data, filters, prospects, _earlier(key, _data), horizon=horizon, targets=targets)


@st.cache_resource(max_entries=32, show_spinner=False)
def _goal(key: DataKey, filters: Filters, until: date, amount: float, is_money: bool, _data: WorkspaceData) -> GoalPlan:
    prospects = _prospects(key, filters, _data)
    return plan_of(prospects, until, money=amount) if is_money else plan_of(prospects, until, wins=amount)


@st.cache_resource(max_entries=64, show_spinner=False)
def _gain(
    key: DataKey,
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


@st.cache_resource(max_entries=64, show_spinner=False)
def _made(key: str, _make: Callable[[], Any]) -> Any:
    return _make()


class Asked:
    """The questions of one run of a page: one workspace, one day, one choice of groups."""

    def __init__(self, shell: Shell, *, whole: bool = False) -> None:
        assert shell.data is not None
        self._data = shell.data
        self._key = key_of(shell.data)
        self._filters = Filters() if whole else shell.filters.during(Window())
        self._plan = shell.plan
        self._t = shell.t

    def prospects(self, *, quiet: bool = False) -> Prospects:
        """Today's view with its record; on a first look of a data version a skeleton stands in its place meanwhile,
        unless ``quiet`` (a callback draws nothing)."""
        if quiet:
            return _prospects(self._key, self._filters, self._data)
        return _with_skeleton((self._key, self._filters), lambda: _prospects(self._key, self._filters, self._data))

    def report(self, horizon: str) -> OutlookReport:
        return _report(self._key, self._plan.key, self._filters, horizon, self._data, self._plan)

    def made(self, of: object, make: Callable[[], T]) -> T:
        """What ``make`` makes of the same data, plan and filters, once; ``of`` says what it is (horizon, language,
        colours …). It is shared by the sessions: never change it."""
        t = self._t
        return _made(repr((self._key, self._plan.key, self._filters, t.language, t.currency, of)), make)

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
