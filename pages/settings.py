"""Settings: what does our funnel look like? Stages, benchmarks, calendar, spend, backup, data trust, forgetting."""

from __future__ import annotations

import streamlit as st

from pages.settings_parts import (
    backup_tab,
    forget_tab,
    funnel_tab,
    journal_tab,
    marks_tab,
    money_tab,
    said,
    spend_tab,
    trust_tab,
)
from pages.shell import enter
from pages.shell.empty import empty_state
from pages.shell.session import ask_who
from pages.shell.title import page_title
from pages.shell.url import cannot_show, to_url
from pages.shell.words import plain_text

shell = enter()
t, data = shell.t, shell.data

title, name_field = st.columns([3, 1], vertical_alignment="bottom")
with title:
    page_title(t, "settings")

if shell.workspace is None or data is None:
    said.show()
    backup_tab.restore_elsewhere(t)
    empty_state(t)
    st.stop()

said.start_anew(str(shell.workspace.path))
versions = shell.store.definition_versions()
newest = versions[0]
st.caption(
    t(
        "Workspace %(name)s · funnel version %(version)s of %(day)s · %(n)s stages",
        name=plain_text(data.name),
        version=newest.version,
        day=newest.at.date(),
        n=len(data.definition.stages),
    )
)
with name_field:
    name = ask_who(t("Your name"), t("Stands beside what you change here. Asked once."))
said.show()

TAB, WRITTEN = "settings_tab", "settings_tab_written"
labels = {
    "funnel": t.term("funnel"),
    "benchmarks": t("Benchmarks & deadlines"),
    "money": t("Calendar & money"),
    "spend": t.term("spend"),
    "backup": t.term("backup"),
    "trust": t.term("data_trust"),
    "forget": t("Forget a lead"),
    "journal": t("Who did what"),
}
key = f"settings_tabs_{t.language}"
linked = st.query_params.get("tab")
if linked is not None and linked not in labels:
    cannot_show("tab", linked)
if linked in labels and linked != st.session_state.get(WRITTEN):
    st.session_state[key] = labels[linked]
elif st.session_state.get(key) not in labels.values():
    st.session_state[key] = labels.get(st.session_state.get(TAB, ""), next(iter(labels.values())))
tabs = dict(zip(labels, st.tabs(list(labels.values()), key=key, on_change="rerun"), strict=True))
chosen = next(code for code, label in labels.items() if label == st.session_state[key])
st.session_state[TAB] = st.session_state[WRITTEN] = chosen
to_url("tab", chosen)

with tabs[chosen]:
    match chosen:
        case "funnel":
            funnel_tab.show(shell, data, name, versions)
        case "benchmarks":
            marks_tab.show(shell, data, name, newest.version)
        case "money":
            money_tab.show(shell, data)
        case "spend":
            spend_tab.show(shell, data, name)
        case "backup":
            backup_tab.show(shell, name)
        case "trust":
            trust_tab.show(shell, data)
        case "forget":
            forget_tab.show(shell, data, name)
        case "journal":
            journal_tab.show(shell)
