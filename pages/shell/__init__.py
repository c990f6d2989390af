"""What the pages share. A page begins with ``shell = enter()`` and draws with what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import streamlit as st

from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.reports.workspace_data import WorkspaceData
from funnel.storage.store import Store
from funnel.storage.workspaces import WorkspaceInfo
from pages.shell.navigation import ensure_app_ran
from pages.shell.records import PlanRecords, load_records
from pages.shell.session import current_language
from pages.shell.workspaces import store_of

SHELL_KEY = "_shell"


@dataclass(frozen=True)
class Shell:
    """One run of one page: the words, the workspace with its data (null while there is none), the filters."""

    t: Translator
    workspace: WorkspaceInfo | None
    data: WorkspaceData | None
    filters: Filters

    @property
    def store(self) -> Store:
        """The workspace's store. Only for pages that have a workspace."""
        if self.workspace is None:
            raise RuntimeError("a page asked for the store without a workspace")
        return store_of(self.workspace)

    @cached_property
    def plan(self) -> PlanRecords:
        """The records of the plan, read once in this run. Only for pages that have a workspace."""
        return load_records(self.store)


def enter() -> Shell:
    """The first call of every page file: passes the guard and hands out what app.py prepared for this run."""
    ensure_app_ran(Translator(current_language()))
    return st.session_state[SHELL_KEY]
