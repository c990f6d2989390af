"""Planning and tracking before any data: a new team needs a workspace, and nothing else."""

from __future__ import annotations

import streamlit as st

from funnel.i18n.translator import Translator
from pages.shell.sample import try_sample_button
from pages.shell.workspaces import FIRST_TEMPLATE, new_workspace, templates


def start_workspace(t: Translator, key: str) -> None:
    """What a page of the plan shows while there is no workspace: begin one with the guide's funnel, or the sample."""
    st.info(t("A plan needs no data. Name your team or market, and begin; files can be imported later."))
    name_field, _ = st.columns([2, 3])
    name = name_field.text_input(t("Name"), value=t("Our team"), key=f"{key}_start_name", max_chars=60).strip()
    begin, sample, _ = st.columns([1, 1, 3])
    if begin.button(t("Begin"), type="primary", key=f"{key}_start", disabled=not name, icon=":material/add:"):
        new_workspace(name, templates()[FIRST_TEMPLATE])
        st.rerun()
    with sample:
        try_sample_button(t, key=f"{key}_try_sample")
