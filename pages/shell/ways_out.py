"""What a person can do when the figures of a workspace cannot be shown: take back what came last, or look elsewhere."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.errors import ConflictError, StorageError
from funnel.storage.definitions import DefinitionVersion
from funnel.storage.store import Store
from pages.shell import Shell
from pages.shell.boundary import caught, safely, sentence
from pages.shell.navigation import page_path
from pages.shell.session import who
from pages.shell.words import plain_text
from pages.shell.workspaces import choose, forget_filters, now, workspaces

ALWAYS_OPEN = ("import_data", "settings", "guide", "glossary")
"""The pages that open whatever a workspace holds: here its content can be put right, or is not asked for."""
_OTHERS = 5


def ways_out(shell: Shell, error: Exception) -> None:
    """The sentence about an error, and the ways out of it. A conflict and a busy disk have nothing to take back."""
    t = shell.t
    st.error(plain_text(sentence(error, t, "app.figures")), icon=":material/error:")
    if isinstance(error, ConflictError):
        return
    with st.container(key="ways_out", horizontal=True):
        if shell.workspace is not None and not isinstance(error, StorageError):
            with caught():  # whatever cannot be read has no way back; the other ways stay
                _take_back(shell)
        with caught():
            here = shell.workspace.path if shell.workspace else None
            for info in [one for one in workspaces() if one.path != here and one.state == "ready"][:_OTHERS]:
                st.button(
                    t("Open “%(name)s”", name=plain_text(info.name)), key=f"way_open_{info.path.stem}",
                    icon=":material/folder_open:", on_click=safely(choose), args=(info.name,),
                )  # fmt: skip
    to_import, to_settings, _ = st.columns([1, 1, 3])
    to_import.page_link(page_path("import_data"), label=t.term("page_import"), icon=":material/upload_file:")
    to_settings.page_link(page_path("settings"), label=t.term("page_settings"), icon=":material/tune:")


def _take_back(shell: Shell) -> None:
    """Show without filters, undo the newest import, go back to the funnel before."""
    t, store = shell.t, shell.store
    st.button(
        t("Show without filters"), key="way_filters", icon=":material/filter_alt_off:", on_click=safely(forget_filters)
    )
    live = store.history().filter(pl.col("state") == "live").sort("batch_no")
    if live.height:
        newest = live.row(-1, named=True)
        st.button(
            t("Undo the import of %(file)s", file=plain_text(newest["file_name"])), key="way_undo",
            icon=":material/undo:", on_click=safely(_undo), args=(store, newest["batch_no"]),
            help=t("Undo restores the figures to what they would be if this file had never been imported; nothing is "
                   "deleted."),
        )  # fmt: skip
    versions = store.definition_versions()
    before = funnel_before(versions)
    if before is not None:
        reason = t("Back to version %(n)s", n=before.version)
        st.button(
            t("Take back the last change of the funnel (to version %(n)s)", n=before.version), key="way_funnel",
            icon=":material/history:", on_click=safely(_back), args=(store, before, versions[0].version, reason),
        )  # fmt: skip


def funnel_before(versions: list[DefinitionVersion]) -> DefinitionVersion | None:
    """The version before the one whose funnel stands now (``versions``: newest first); going back several times leads
    further back, never to and fro. Null for the first funnel of the workspace."""
    first = max(i for i, one in enumerate(versions) if one.definition == versions[0].definition)
    return versions[first + 1] if first + 1 < len(versions) else None


def _undo(store: Store, batch_no: int) -> None:
    store.undo_batch(batch_no, who=who(), now=now())


def _back(store: Store, before: DefinitionVersion, version: int, reason: str) -> None:
    store.save_definition(before.definition, who=who(), now=now(), reason=reason, expected_version=version)
