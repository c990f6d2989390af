"""Backup and restore: the whole workspace as one file, and what a file holds before it replaces anything."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import streamlit as st

from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.storage.backups.keeping import copies
from funnel.storage.backups.looking import BackupInfo
from funnel.storage.backups.taking_over import ASIDE, inspect_backup
from funnel.storage.connection import translated
from funnel.storage.store import Store
from funnel.storage.workspaces import WorkspaceInfo, replace_damaged, workspace_from_backup
from pages.settings_parts import copies_part, draft, said, workspace_part
from pages.settings_parts.words import stage_line
from pages.shell import Shell
from pages.shell.acting import as_whoever_asks, is_allowed
from pages.shell.config import app_settings, backup_rules
from pages.shell.spool import restore_folder
from pages.shell.words import plain_text
from pages.shell.workspaces import choose, now, workspaces

_LOOKED_AT = "settings_backup"


@dataclass(frozen=True)
class _LookedAt:
    """A backup and what reading it gave. ``is_ours``: an upload that we spooled."""

    path: Path
    is_ours: bool
    outcome: BackupInfo | FunnelError


def show(shell: Shell, name: str) -> None:
    """Make a backup, look into one, restore it; the automatic ones."""
    t, store = shell.t, shell.store
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(t.term("backup"), help=t.help("backup"))
        st.caption(t("Leads, plan, funnel versions, settings and history: everything that any page shows."))
        st.download_button(
            t("Download a backup"),
            as_whoever_asks(lambda: _whole_file(store, name)),
            file_name=f"{_file_stem(store.name)}-{now():%Y%m%d-%H%M}.duckdb",
            mime="application/octet-stream",
            key="settings_backup_download",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
            disabled=not is_allowed("backup"),
        )
        copies_part.who_may(t)
    with right:
        st.subheader(t.term("restore"), help=t.help("restore"))
        _upload(t)
    _looked_at(shell, name)
    _automatic(shell)
    workspace_part.show(shell, name)


def restore_elsewhere(t: Translator) -> None:
    """Where no workspace is open, because there is none or because it is damaged: a backup as a new workspace, or in
    the place of a damaged one.
    """
    folder = app_settings().data_dir
    damaged = [info for info in workspaces() if info.state == "damaged"]
    found = copies(folder, backup_rules())
    with st.expander(t("Open a backup"), expanded=bool(damaged)):
        _upload(t)
        chosen = copies_part.table(found, t, "elsewhere", of_all=True) if found else None
        if chosen is not None:
            _look(chosen, t)
        seen = _looks_at()
        if seen is None or (info := _info(seen, t)) is None:
            return
        _holds(info, t)
        for one in damaged:
            if st.button(
                t("Put it in the place of the damaged “%(name)s”", name=plain_text(one.name)),
                key=f"settings_replace_{one.path.stem}",
                icon=":material/restore:",
                help=t("The damaged file is kept among the backups."),
            ):
                _replace(one, seen.path, t)
        _open_as_new(info, t)


def _replace(damaged: WorkspaceInfo, backup: Path, t: Translator) -> None:
    try:
        store = replace_damaged(damaged.path, backup, now=now(), rules=backup_rules())
    except FunnelError as error:
        st.error(plain_text(t.message(error)), icon=":material/error:")
        return
    _forget()
    choose(store.name)
    said.say(t("The backup is open as the workspace “%(name)s”.", name=plain_text(store.name)))


def _whole_file(store: Store, name: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix=ASIDE) as folder:
        to = Path(folder) / f"{_file_stem(store.name)}-{now():%Y%m%d-%H%M}.duckdb"
        store.backup(to, who=name, now=now())
        return to.read_bytes()


def _file_stem(name: str) -> str:
    return re.sub(r"[^\w\-]+", "_", name).strip("_") or "workspace"


def _upload(t: Translator) -> None:
    upload = st.file_uploader(
        t("A backup file (.duckdb); it is looked into first, nothing changes yet"),
        type=["duckdb"],
        key=f"settings_backup_file_{said.revision('backup')}",
    )
    if upload is not None:
        path = restore_folder() / f"{_file_stem(Path(upload.name).stem)}.duckdb"
        with translated(path), path.open("wb") as target:
            shutil.copyfileobj(upload, target)
        _look(path, t, is_ours=True)


def _look(path: Path, t: Translator, *, is_ours: bool = False) -> None:
    """Read a backup in full, once, and show from the next run on what it holds or why it is none."""
    _forget()
    with st.spinner(t("Reading the backup …")):
        try:
            found = _LookedAt(path, is_ours, inspect_backup(path))
        except FunnelError as error:
            found = _LookedAt(path, is_ours, error)
    st.session_state[_LOOKED_AT] = found
    said.next_revision("backup")
    st.rerun()


def _looks_at() -> _LookedAt | None:
    return st.session_state.get(_LOOKED_AT)


def _forget() -> None:
    """Stop looking at a backup; a spooled upload goes from the disk."""
    found: _LookedAt | None = st.session_state.pop(_LOOKED_AT, None)
    if found is not None and found.is_ours:
        shutil.rmtree(found.path.parent, ignore_errors=True)


def _info(found: _LookedAt, t: Translator) -> BackupInfo | None:
    """What the file holds; null with a sentence for one that is damaged, newer, or no workspace."""
    if isinstance(found.outcome, FunnelError):
        st.error(plain_text(t.message(found.outcome)), icon=":material/error:")
        return None
    return found.outcome


def _holds(info: BackupInfo, t: Translator) -> None:
    st.markdown(f"**{t('What this backup holds')}**")
    rows = {
        t.term("workspace"): info.name + (f" · {t('synthetic sample')}" if info.is_sample else ""),
        t("Made"): t.moment(info.made_at),
        t.term("funnel"): stage_line(info.definition, t),
        t("Imports that count"): t.number(info.n_imports),
        t("Last import"): t.moment(info.last_import_at),
        t("Leads"): t.number(info.n_leads),
        t("Entries of the plan"): t.number(info.n_records),
        t("Size"): f"{t.number(info.n_bytes / 1_000_000, 1)} MB",
    }
    # One table without a header row of its own would show column numbers: the first line is the file.
    st.table(
        pl.DataFrame(
            {t("File"): list(rows), plain_text(info.path.name): [plain_text(value) for value in rows.values()]}
        ),
        border="horizontal",
    )


def _looked_at(shell: Shell, name: str) -> None:
    found, t = _looks_at(), shell.t
    if found is None:
        return
    info = _info(found, t)
    if info is not None:
        _holds(info, t)
        st.caption(
            t(
                "Restoring replaces the content of “%(name)s”. It is copied to the automatic backups first, and stays "
                "in place until the restore has succeeded.",
                name=plain_text(shell.store.name),
            )
        )
        replace, aside, close = st.columns([2, 2, 1])
        with replace:
            sure = st.checkbox(t("Replace what this workspace holds now"), key="settings_restore_sure")
            if st.button(
                t("Restore"), key="settings_restore", type="primary", disabled=not sure, icon=":material/restore:"
            ):
                shell.store.restore(found.path, who=name, now=now())
                _forget()
                draft.drop()
                said.start_anew()
                said.say(t("Restored: every page shows the backup of %(at)s now.", at=info.made_at))
        with aside:
            _open_as_new(info, t)
        if close.button(t("Close"), key="settings_backup_close"):
            _forget()
            st.rerun()
    elif st.button(t("Close"), key="settings_backup_close"):
        _forget()
        st.rerun()


def _open_as_new(info: BackupInfo, t: Translator) -> None:
    taken = {one.name.casefold() for one in workspaces()}
    proposed = info.name if info.name.casefold() not in taken else t("%(name)s (backup)", name=info.name)
    name = st.text_input(t("Name of the new workspace"), value=proposed, key="settings_backup_name", max_chars=60)
    if st.button(t("Open as a new workspace"), key="settings_backup_open", icon=":material/add:"):
        try:
            made = workspace_from_backup(app_settings().data_dir, info.path, name)
        except FunnelError as error:
            st.error(plain_text(t.message(error)), icon=":material/error:")
            return
        _forget()
        choose(made.name)
        said.say(t("The backup is open as the workspace “%(name)s”.", name=plain_text(made.name)))


def _automatic(shell: Shell) -> None:
    t, store = shell.t, shell.store
    st.subheader(t("Automatic backups"))
    copies_part.last_in_words(shell)
    chosen = copies_part.table(store.automatic_backups(), t, "automatic")
    others = [copy for copy in copies(app_settings().data_dir, backup_rules()) if copy.stem != store.path.stem]
    if others:
        with st.expander(t("Backups of other workspaces, also of deleted ones")):
            chosen = chosen or copies_part.table(others, t, "others", of_all=True)
    if chosen is not None:
        _look(chosen, t)
