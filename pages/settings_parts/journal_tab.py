"""Who did what in this workspace, and as whom one acts here."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.exports.tables import csv_bytes
from funnel.i18n.translator import Translator
from funnel.team import actor
from pages.shell import Shell
from pages.shell.words import plain_text

_SHOWN = 200


def show(shell: Shell) -> None:
    """The role of who looks, and the journal, newest first; whole as a download."""
    t, who = shell.t, actor()
    if who is None:
        st.caption(
            t(
                "Nobody signs in here: everybody who can open this app may change everything. docs/team.md says how to "
                "set up sign-in and roles."
            )
        )
    else:
        role = t.message_of(f"team.role.{who.role()}")
        st.caption(t("You signed in as %(who)s with the role %(role)s.", who=plain_text(who.email), role=role))
    st.subheader(t("Who did what"))
    lines = shell.store.journal()
    if lines.is_empty():
        st.info(t("Nothing has been changed since this is kept."), icon=":material/info:")
        return
    st.caption(
        t(
            "Every change of this workspace, newest first; lines are never changed or deleted. Changes made before "
            "this was kept are not listed."
        )
    )
    shown = lines.head(_SHOWN)
    st.dataframe(
        pl.DataFrame(
            {
                t("When"): [t.moment(at) for at in shown["at"]],
                t("Who"): shown["who"],
                t("Role in the team"): [t.message_of(f"team.role.{role}") if role else "" for role in shown["role"]],
                t("What"): [t.message_of(f"team.deed.{deed}") for deed in shown["deed"]],
                t("About"): [_about(deed, about, t) for deed, about in shown.select("deed", "about").iter_rows()],
            }
        ),
        hide_index=True,
        width="stretch",
        key="settings_journal",
    )
    st.download_button(
        t("Download who did what"),
        csv_bytes(lines),
        file_name="journal.csv",
        mime="text/csv",
        key="settings_journal_csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _about(deed: str, about: str, t: Translator) -> str:
    """What a change was about, in words; the key of a setting says nothing to a person and stands in the download."""
    if deed == "record":
        return t.message_of(f"team.kind.{about}")
    return "" if deed == "setting" else about
