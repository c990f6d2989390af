"""The only caching of the application: the data of a workspace as of a day, shared by all sessions."""

from __future__ import annotations

from datetime import date

import streamlit as st

from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.storage.workspaces import WorkspaceInfo
from pages.shell.workspaces import store_of


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(path: str, versions: tuple[int, int, int], as_of: date | None, _info: WorkspaceInfo) -> WorkspaceData:
    """The key: the file, the versions of its data, definition and settings, and the day; any change makes a new one."""
    store = store_of(_info)
    return load_workspace(
        name=_info.name,
        is_sample=_info.is_sample,
        facts=store.facts(),
        definition=store.definition(),
        spend=store.spend(),
        settings=store.settings(),
        as_of=as_of,
    )


def load(info: WorkspaceInfo, as_of: date | None = None) -> WorkspaceData:
    """The workspace's data as of a day (default: the latest day of the data). Frames are shared: never change them."""
    versions = store_of(info).versions()
    return _load(str(info.path), (versions.data, versions.definition, versions.settings), as_of, info)
