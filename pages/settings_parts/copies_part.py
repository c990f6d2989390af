"""The automatic backups: the last one in a sentence, and all of them to look into or to download."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import streamlit as st

from funnel.i18n.translator import Translator
from funnel.storage.backups.keeping import KEPT_EVENTS, Copy
from funnel.storage.store import Store
from pages.settings_parts import said
from pages.shell import Shell
from pages.shell.acting import is_allowed
from pages.shell.boundary import sentence
from pages.shell.config import backup_rules
from pages.shell.daily import failed_today
from pages.shell.words import plain_text
from pages.shell.workspaces import now


def last_in_words(shell: Shell) -> None:
    """When the copy of the day was made and what it was found to hold, or why it could not be made."""
    t, store = shell.t, shell.store
    rules = backup_rules()
    if rules.daily:
        st.caption(
            plain_text(
                t(
                    "Made once a day, and before each restore, update of the file and deletion. The newest of each of "
                    "the last %(days)s days, %(weeks)s weeks and %(months)s months stays, and the last %(n)s of the "
                    "others.",
                    days=rules.daily,
                    weeks=rules.weekly,
                    months=rules.monthly,
                    n=KEPT_EVENTS,
                )
            )
        )
    else:
        st.caption(t("Made before each restore, update of the file and deletion; the last %(n)s stay.", n=KEPT_EVENTS))
    _last(store, t)
    if shell.workspace is not None and (error := failed_today(shell.workspace)) is not None:
        st.warning(
            f"{t('Today’s backup could not be made; it is tried again.')} {plain_text(sentence(error, t))}",
            icon=":material/warning:",
        )


def _last(store: Store, t: Translator) -> None:
    last = store.last_backup()
    if last is None:
        return
    about = {"at": t.moment(last.at), "time": f"{last.at:%H:%M}", "n": t.number(last.n_leads)}
    if last.at.date() == now().date():
        st.success(
            plain_text(t("Last backup today %(time)s, opened and counted: %(n)s leads, equal.", **about)),
            icon=":material/verified:",
        )
    else:
        st.info(
            plain_text(t("Last backup %(at)s, opened and counted: %(n)s leads, equal.", **about)),
            icon=":material/history:",
        )
    if last.is_elsewhere:
        st.warning(
            t(
                "The folder that is set for backups could not be written, so this one lies beside the workspaces: "
                "check that folder."
            ),
            icon=":material/warning:",
        )


def who_may(t: Translator) -> None:
    """Why a backup cannot be had: it holds more than the pages show, also leads that were forgotten later."""
    if not is_allowed("backup"):
        st.caption(t("Backups are made and downloaded by editors and admins."))


def table(found: Sequence[Copy], t: Translator, key: str, *, of_all: bool = False) -> Path | None:
    """The copies, one to be chosen and downloaded; the one that is to be looked into. ``of_all``: with their
    workspaces."""
    if not found:
        st.caption(t("There is no automatic backup yet."))
        return None
    reasons = {
        "daily": t("copy of the day"),
        "restore": t("before a restore"),
        "migration": t("before an update of the file"),
        "delete": t("before the workspace was deleted"),
    }
    columns = {
        "at": [t.moment(copy.made_at) for copy in found],
        "why": [reasons.get(copy.reason, copy.reason) for copy in found],
        "size": [t.number(copy.path.stat().st_size / 1_000_000, 1) if copy.path.exists() else "–" for copy in found],
        "file": [copy.path.name for copy in found],
    }
    event = st.dataframe(
        pl.DataFrame({"of": [copy.stem for copy in found], **columns} if of_all else columns),
        hide_index=True,
        width="stretch",
        height="content" if len(found) < 12 else 420,
        key=f"settings_{key}_{said.revision('backup')}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "of": st.column_config.TextColumn(t.term("workspace"), width=150),
            "at": st.column_config.TextColumn(t("Made"), width=150),
            "why": st.column_config.TextColumn(t("Why"), width=190),
            "size": st.column_config.TextColumn(t("Size, MB"), width=75, alignment="right"),
            "file": st.column_config.TextColumn(t("File"), width=320),
        },
    )
    rows = event["selection"]["rows"]
    if not rows or rows[0] >= len(found):
        st.caption(t("Choose one to look into it, to restore or to download it."))
        return None
    chosen = found[rows[0]].path
    look, download, _ = st.columns([1, 1, 2])
    download.download_button(
        t("Download"),
        chosen.read_bytes,
        file_name=chosen.name,
        mime="application/octet-stream",
        key=f"settings_{key}_download",
        icon=":material/download:",
        on_click="ignore",
        disabled=not is_allowed("backup"),
    )
    is_asked = look.button(t("Look into it"), key=f"settings_{key}_look", icon=":material/search:")
    return chosen if is_asked else None
