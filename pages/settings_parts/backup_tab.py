"""Backup and restore: the whole workspace as one file, and what a file holds before it replaces anything."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import streamlit as st

from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.storage.backups.backup import KEPT_BACKUPS
from funnel.storage.backups.looking import BackupInfo
from funnel.storage.backups.taking_over import inspect_backup
from funnel.storage.store import Store
from funnel.storage.workspaces import workspace_from_backup
from pages.settings_parts import draft, said, workspace_part
from pages.settings_parts.words import stage_line
from pages.shell import Shell
from pages.shell.config import app_settings
from pages.shell.words import plain_text
from pages.shell.workspaces import choose, now, workspaces

_LOOKED_AT = "settings_backup"
_AUTOMATIC = re.compile(r"(\d{8}-\d{6})-\d+-(\w+)\.duckdb")


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
            lambda: _whole_file(store, name),
            file_name=f"{_file_stem(store.name)}-{now():%Y%m%d-%H%M}.duckdb",
            mime="application/octet-stream",
            key="settings_backup_download",
            icon=":material/download:",
            type="primary",
        )
    with right:
        st.subheader(t.term("restore"), help=t.help("restore"))
        _upload(t)
    _looked_at(shell, name)
    _automatic(store, t)
    workspace_part.show(shell, name)


def restore_elsewhere(t: Translator) -> None:
    """On a machine without any workspace: open a backup as its first one."""
    with st.expander(t("Open a backup")):
        _upload(t)
        found = _looks_at()
        if found is not None and (info := _info(found, t)) is not None:
            _holds(info, t)
            _open_as_new(info, t)


def _whole_file(store: Store, name: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="funnel-backup-") as folder:
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
        folder = Path(tempfile.mkdtemp(prefix="funnel-restore-"))
        path = folder / Path(upload.name).name
        with path.open("wb") as target:
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
            workspace_from_backup(app_settings().data_dir, info.path, name)
        except FunnelError as error:
            st.error(plain_text(t.message(error)), icon=":material/error:")
            return
        _forget()
        choose(" ".join(name.split()))
        said.say(t("The backup is open as the workspace “%(name)s”.", name=plain_text(name)))


def _automatic(store: Store, t: Translator) -> None:
    st.subheader(t("Automatic backups"))
    st.caption(t("Made before each restore, update of the file and deletion; the last %(n)s are kept.", n=KEPT_BACKUPS))
    paths = store.automatic_backups()
    if not paths:
        st.caption(t("There is no automatic backup yet."))
        return
    reasons = {
        "restore": t("before a restore"),
        "migration": t("before an update of the file"),
        "delete": t("before the workspace was deleted"),
    }
    named = [_AUTOMATIC.fullmatch(path.name) for path in paths]
    event = st.dataframe(
        pl.DataFrame(
            {
                "at": [t.moment(datetime.strptime(one[1], "%Y%m%d-%H%M%S")) if one else "–" for one in named],
                "why": [reasons.get(one[2], one[2]) if one else "–" for one in named],
                "size": [t.number(path.stat().st_size / 1_000_000, 1) for path in paths],
                "file": [path.name for path in paths],
            }
        ),
        hide_index=True,
        width="stretch",
        height="content",
        key=f"settings_automatic_{said.revision('backup')}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "at": st.column_config.TextColumn(t("Made"), width=150),
            "why": st.column_config.TextColumn(t("Why"), width=190),
            "size": st.column_config.TextColumn(t("Size, MB"), width=75, alignment="right"),
            "file": st.column_config.TextColumn(t("File"), width=320),
        },
    )
    rows = event["selection"]["rows"]
    if not rows or rows[0] >= len(paths):
        st.caption(t("Choose one to look into it, to restore or to download it."))
        return
    chosen = paths[rows[0]]
    look, download, _ = st.columns([1, 1, 2])
    if look.button(t("Look into it"), key="settings_automatic_look", icon=":material/search:"):
        _look(chosen, t)
    download.download_button(
        t("Download"),
        chosen.read_bytes,
        file_name=chosen.name,
        mime="application/octet-stream",
        key="settings_automatic_download",
        icon=":material/download:",
    )
