"""Workspaces whose history is a dataset in parts: loaded and counted with progress, kept for all sessions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from funnel.dataset.parted import open_parted
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.reports.workspace_data import DataKey, workspace_without_figures
from funnel.scale.choosing import way_named
from funnel.scale.history import History
from funnel.scale.loading import PartedData, load_in_parts
from funnel.scale.ways import telling
from funnel.scale.whole import what_parts_say
from funnel.storage.store import Store
from pages.shell import Shell
from pages.shell.config import cluster_address, parts_folder, source_folder
from pages.shell.navigation import page_path
from pages.shell.session import current_language

_MOST = 48
COUNTED = ("", "overview", "bottleneck")
"""The addresses of the pages that count a history in parts."""
_NOT_COUNTED = ("outlook", "retrospective")


@dataclass
class _Shelf:
    """What was counted, for all sessions. One counts at a time: a second session waits for the first one's answer."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    found: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)

    def get(self, key: Hashable, count: Callable[[], Any]) -> Any:
        if key not in self.found:
            with self.lock:
                if key not in self.found:
                    with _progress():
                        self.found[key] = count()
                    while len(self.found) > _MOST:
                        self.found.popitem(last=False)
        return self.found[key]


@st.cache_resource(show_spinner=False)
def _shelf() -> _Shelf:
    return _Shelf()


@contextmanager
def _progress() -> Generator[None]:
    """A bar that shows how many parts are counted. A click meanwhile ends the count; what was built stays."""
    t = Translator(current_language())
    bar = st.progress(0.0, text=t("Counting the parts of the history …"))

    def tell(done: int, n: int) -> None:
        bar.progress(done / n, text=t("Counting the parts of the history: %(done)s of %(n)s", done=done, n=n))

    try:
        with telling(tell):
            yield
    finally:
        bar.empty()


def load(store: Store, history: History, key: DataKey) -> PartedData:
    """The data of a workspace whose history lies in parts, as they were asked for."""
    settings, newest = store.settings(), store.definition_versions()[0]
    way = way_named(history.way, cluster_address())
    folder = history.folder(source_folder())

    def known() -> tuple[Any, Any]:
        parted = open_parted(folder)
        return parted, what_parts_say(parted, newest.definition, settings, way)

    def data(parted: Any, known: Any) -> PartedData:
        return load_in_parts(
            name=store.name, definition=newest.definition, spend=store.spend(), settings=settings, parted=parted,
            known=known, way=way, folder=parts_folder(), as_of=key.day, key=key, definition_version=newest.version,
        )  # fmt: skip

    all_days = replace(key, day=None)
    said = _shelf().get(("known", all_days), known)
    return _shelf().get(("data", key), lambda: data(*said))


def report(data: PartedData, asked: tuple[Any, ...], count: Callable[[], Any]) -> Any:
    """A report of data in parts, counted once for what was ``asked``."""
    return _shelf().get((data.key, asked), count)


def without_leads(shell: Shell) -> Shell:
    """The same run for what cannot count parts: the workspace with its plan, and no lead."""
    data = shell.data
    if not isinstance(data, PartedData):
        return shell
    empty = workspace_without_figures(
        name=data.name, is_sample=False, facts=data.facts, definition=data.definition, settings=data.settings,
        key=data.key,
    )  # fmt: skip
    return replace(shell, data=empty)


def stands_in(shell: Shell, url_path: str) -> bool:
    """Whether the page cannot be shown for a history in parts: then this says why, and where it can be."""
    if not isinstance(shell.data, PartedData) or url_path in COUNTED:
        return False
    t = shell.t
    if url_path not in _NOT_COUNTED:
        if url_path in ("plan", "tracking"):
            st.info(
                t(
                    "The history of this workspace is counted in parts: what was planned and reported stands here, "
                    "nothing measured beside it."
                ),
                icon=":material/info:",
            )
        return False
    st.title(t.term(f"page_{url_path}"))
    why = {
        "outlook": t("A forecast follows every open deal by itself, on many past days."),
        "retrospective": t("Before and after are compared lead by lead."),
    }
    st.info(
        plain_text(
            t(
                "The history of this workspace is counted in parts, and this page needs all leads in one memory: "
                "%(why)s Overview and Bottleneck are counted wholly. On a machine with enough memory the history can "
                "be held in one memory: Import, History in parts.",
                why=why[url_path],
            )
        ),
        icon=":material/info:",
    )
    st.page_link(page_path("overview"), label=t.term("page_overview"), icon=":material/filter_alt:")
    st.page_link(page_path("import_data"), label=t.term("page_import"), icon=":material/upload_file:")
    return True
