"""How old the data of a page are, and a look for newer ones that was asked for while the app was running."""

from __future__ import annotations

import streamlit as st

from funnel.sources.outcomes import in_words
from funnel.sources.requests import take_request
from funnel.sources.source import source_of
from funnel.team import may
from pages.shell import Shell
from pages.shell.config import source_folder
from pages.shell.words import plain_text
from pages.shell.workspaces import now


def show(shell: Shell) -> None:
    """One line above the page: up to which day the data know, how long ago that was, and when they came in."""
    data, t = shell.data, shell.t
    if shell.workspace is None or data is None:
        return
    if may("import") and take_request(shell.workspace.path):
        from funnel.sources.refreshing import refresh  # the reading of files: no page without a source waits for it

        with st.spinner(t("Looking for newer data …")):
            outcome = refresh(shell.store, source_folder(), who="refresh", now=now())
        st.toast(plain_text(in_words(outcome, t)))
        if outcome.state == "taken_in":
            st.rerun()
    if data.latest is None or data.is_sample:
        return
    parts = [t("Data up to %(day)s", day=t.date(data.latest))]
    days = (now().date() - data.latest).days
    if days > 0:
        parts.append(t("%(n)s days old", n=days))
    source = source_of(shell.store)
    if source is not None and source.looked_at is not None:
        parts.append(t("looked for newer ones %(at)s", at=t.moment(source.looked_at)))
    if source is not None and source.asks is not None:
        parts.append(t("newer ones wait for an answer on the Import page"))
    st.caption(plain_text(" · ".join(parts)))
