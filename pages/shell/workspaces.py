"""Which workspace this session looks at, and the process's one handle on each."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import streamlit as st

from funnel.definition.definition import FunnelDefinition, load_templates
from funnel.filters import DIMENSIONS
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.storage.store import Store
from funnel.storage.workspaces import WorkspaceInfo, create_workspace, delete_workspace, list_workspaces, open_workspace
from pages.shell.boundary import apart, safely
from pages.shell.config import DATA, app_settings, backup_rules
from pages.shell.session import cookie, keep_cookie
from pages.shell.url import cannot_show, to_url

WORKSPACE_KEY = "workspace"
FIRST_TEMPLATE = "general_b2b"
FILTER_KEYS = ("window", "dates", *DIMENSIONS, "as_of", "own_past", "bottleneck_step")


@st.cache_resource(show_spinner=False)
def _store(path: str) -> Store:
    return open_workspace(Path(path), rules=backup_rules())


@st.cache_resource(show_spinner=False)
def templates() -> dict[str, FunnelDefinition]:
    """The funnel templates that ship with the application, by key; the guide's own funnel first."""
    found = load_templates(DATA / "templates")
    return {FIRST_TEMPLATE: found[FIRST_TEMPLATE], **found}


def workspaces() -> list[WorkspaceInfo]:
    """The workspaces of the data folder, by name; the sample last."""
    return list_workspaces(app_settings().data_dir)


def is_taken(name: str) -> bool:
    """Whether a workspace has this name, in small or capital letters."""
    return any(info.name.casefold() == name.casefold() for info in workspaces())


def current_workspace() -> WorkspaceInfo | None:
    """The chosen workspace, else the one that this browser used last, else the first that can be opened; null when
    there are none.
    """
    found = sorted(workspaces(), key=lambda info: info.state != "ready")
    chosen = st.session_state.get(WORKSPACE_KEY) or st.query_params.get(WORKSPACE_KEY) or cookie(WORKSPACE_KEY)
    return next((info for info in found if info.name == chosen), found[0] if found else None)


def store_of(info: WorkspaceInfo) -> Store:
    """The open store of a workspace: one connection per process, shared by all sessions."""
    store = _store(str(info.path))
    if not store.is_open:  # its file was deleted, and another one stands in its place
        _store.clear()
        store = _store(str(info.path))
    return store


def forget_filters() -> None:
    """Filters belong to the data they were chosen on: a change of workspace starts without any."""
    for key in FILTER_KEYS:
        st.session_state.pop(key, None)
        st.query_params.pop(key, None)


def choose(name: str, *, keep_filters: bool = False) -> None:
    """Look at another workspace, or at this one under another name (``keep_filters``), from the next run on."""
    if not keep_filters:
        forget_filters()
    st.query_params.pop(WORKSPACE_KEY, None)
    st.session_state["_next_workspace"] = name


def apply_choice() -> None:
    """Carry out ``choose`` before the sidebar's widget of the same key is drawn, when its state may still be set."""
    name = st.session_state.pop("_next_workspace", None)
    if name:
        st.session_state[WORKSPACE_KEY] = name


def new_workspace(name: str, definition: FunnelDefinition, *, is_sample: bool = False) -> WorkspaceInfo:
    """Create a workspace and look at it. Raises ConflictError when the name is taken."""
    made = create_workspace(app_settings().data_dir, name, definition, is_sample=is_sample)
    choose(made.name)  # the name as it is kept: blanks and accents may be written otherwise
    return WorkspaceInfo(made.name, made.path, is_sample)


def remove_workspace(store: Store, *, who: str) -> Path:
    """Delete a workspace and look at another one, if there is one. Returns the automatic backup that stays.

    A new file may take the place of the old one: nothing that was made of the old one may be shown for it.
    """
    name = store.name
    kept = delete_workspace(store, who=who, now=now())
    st.cache_resource.clear()
    choose(next((info.name for info in workspaces() if info.name != name), ""))
    return kept


def now() -> datetime:
    """The moment that is written beside a change."""
    return datetime.now().replace(microsecond=0)


def workspace_picker(t: Translator) -> None:
    """The workspace of the sidebar, and the way to a new one."""
    found = workspaces()
    if found:
        names = [info.name for info in found]
        current = current_workspace()
        if st.session_state.get(WORKSPACE_KEY) not in names and current:
            linked = st.query_params.get(WORKSPACE_KEY)
            if linked is not None and linked not in names:
                cannot_show(WORKSPACE_KEY, linked)
            st.session_state[WORKSPACE_KEY] = current.name
        st.selectbox(
            t.term("workspace"), names, key=WORKSPACE_KEY, help=t.help("workspace"), on_change=safely(forget_filters),
            persist_state="session",
        )  # fmt: skip
        chosen = st.session_state[WORKSPACE_KEY]
        to_url(WORKSPACE_KEY, chosen)
        if chosen != cookie(WORKSPACE_KEY):
            keep_cookie(WORKSPACE_KEY, chosen)
    if st.button(t("New workspace"), icon=":material/add:", type="tertiary", key="new_workspace"):
        new_workspace_dialog(t)


def new_workspace_dialog(t: Translator) -> None:
    """Ask for the name and the template of a new workspace, and make it."""

    @st.dialog(t("New workspace"))
    def dialog() -> None:
        with apart(t):
            _new_workspace_form(t)

    dialog()


def _new_workspace_form(t: Translator) -> None:
    st.caption(t("A workspace holds one funnel with its own data: a product line, a market, a team."))
    name = st.text_input(t("Name"), key="new_workspace_name", max_chars=60).strip()
    kinds = templates()
    key = st.radio(
        t.term("template"),
        list(kinds),
        format_func=lambda key: plain_text(t.localized(kinds[key].name)),
        captions=[plain_text(" → ".join(t.localized(stage.name) for stage in kinds[key].stages)) for key in kinds],
        key="new_workspace_template",
    )
    st.caption(t("The stages can be changed later, or made from the labels of your file when you import it."))
    taken = is_taken(name)
    if taken:
        st.warning(t("A workspace with this name exists already. Choose another name."))
    if st.button(t("Create"), type="primary", disabled=not name or taken, key="create_workspace"):
        new_workspace(name, kinds[key or next(iter(kinds))])
        st.rerun()
