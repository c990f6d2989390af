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
from funnel.reports.workspace_data import WorkspaceData
from pages.shell import Shell
from pages.shell.data import key_of
from pages.shell.kept import kept

T = TypeVar("T")


# Caches are asked with one text for the data and the filters: to take a dataclass apart on every call costs more than
# most of what is kept here.


@kept(4)
def _earlier(key: str, _data: WorkspaceData) -> Earlier:
    return earlier_journeys(_data)


@kept(16)
def _prospects(at: str, _filters: Filters, _data: WorkspaceData) -> Prospects:
    return prepare(_data, _filters, _earlier(repr(key_of(_data)), _data))


@kept(256)
def _made(key: str, _make: Callable[[], Any]) -> Any:
    return _make()


class Asked:
    """The questions of one run of a page: one workspace, one day, one choice of groups."""

    def __init__(self, shell: Shell, *, whole: bool = False) -> None:
        assert shell.data is not None
        self._data = shell.data
        self._key = key_of(shell.data)
        self._filters = Filters() if whole else shell.filters.during(Window())
        self._at = repr((self._key, self._filters))
        self._plan = shell.plan
        self._t = shell.t

    def prospects(self, *, quiet: bool = False) -> Prospects:
        """Today's view with its record; on a first look of a data version a skeleton stands in its place meanwhile,
        unless ``quiet`` (a callback draws nothing)."""
        if quiet:
            return _prospects(self._at, self._filters, self._data)
        return _with_skeleton(self._at, lambda: _prospects(self._at, self._filters, self._data))

    def report(self, horizon: str) -> OutlookReport:
        def make() -> OutlookReport:
            targets = tuple(from_fields(Target, record.fields) for record in self._plan.of("target"))
            earlier = _earlier(repr(self._key), self._data)
            prospects = self.prospects(quiet=True)
            return outlook_report(self._data, self._filters, prospects, earlier, horizon=horizon, targets=targets)

        return _made(repr((self._at, self._plan.key, "report", horizon)), make)

    def made(self, of: object, make: Callable[[], T]) -> T:
        """What ``make`` makes of the same data, plan and filters, once; ``of`` says what it is (horizon, language,
        colours …). It is shared by the sessions: never change it."""
        t = self._t
        return _made(repr((self._at, self._plan.key, t.language, t.currency, of)), make)

    def goal(self, until: date, amount: float, *, is_money: bool) -> GoalPlan:
        def make() -> GoalPlan:
            prospects = self.prospects(quiet=True)
            return plan_of(prospects, until, money=amount) if is_money else plan_of(prospects, until, wins=amount)

        return _made(repr((self._at, "goal", until, amount, is_money)), make)

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
        def make() -> WhatIf:
            prospects = self.prospects(quiet=True)
            return what_if_of(
                prospects, horizon, step=step, factor=factor, extra_leads_a_day=extra_leads_a_day, quality=quality,
                since=since,
            )  # fmt: skip

        return _made(repr((self._at, "gain", horizon, step, factor, extra_leads_a_day, quality, since)), make)


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
