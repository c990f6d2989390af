"""What a page shows before there is data: the ways in."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.exports.tables import csv_bytes
from funnel.filters import DIMENSIONS
from funnel.i18n.translator import Translator
from pages.shell.navigation import page_path
from pages.shell.sample import try_sample_button
from pages.shell.workspaces import FIRST_TEMPLATE, current_workspace, new_workspace_dialog, templates


def empty_state(t: Translator) -> None:
    """No data yet: upload a file, try the sample, or begin without data."""
    st.info(t("No data yet. Upload a file from your CRM or spreadsheet, or look around in a synthetic sample company."))
    three_ways(t, key="empty", has_workspace=current_workspace() is not None)


def three_ways(t: Translator, key: str, *, has_workspace: bool) -> None:
    """The sample, a file, or a template: three equals. In a workspace without data the third is its plan."""
    sample, upload, template = st.columns(3)
    with sample, st.container(border=True, height="stretch", key=f"{key}_way_sample"):
        st.markdown(f"**{t('Look around')}**")
        st.caption(t("A made-up company of six months, with plan, weekly form and retrospective. Nothing of yours."))
        try_sample_button(t, key="try_sample_empty", is_wide=True)
    with upload, st.container(border=True, height="stretch", key=f"{key}_way_upload"):
        st.markdown(f"**{t('Bring your list')}**")
        st.caption(t("An export of your CRM, or any list with one row per lead: Excel, CSV, Parquet."))
        if st.button(t("Upload a file"), key=f"{key}_upload", icon=":material/upload_file:", width="stretch"):
            st.switch_page(page_path("import_data"))
    with template, st.container(border=True, height="stretch", key=f"{key}_way_template"):
        if has_workspace:
            st.markdown(f"**{t('Begin with the plan')}**")
            st.caption(t("Strategies and the weekly form need no data; what is measured joins them later."))
            if st.button(t.term("page_plan"), key=f"{key}_plan", icon=":material/flag:", width="stretch"):
                st.switch_page(page_path("plan"))
        else:
            st.markdown(f"**{t('Begin without data')}**")
            st.caption(t("Take a ready-made funnel, plan and keep the weekly form; files can come later."))
            if st.button(t("Start from a template"), key=f"{key}_template", icon=":material/add:", width="stretch"):
                new_workspace_dialog(t)
    csv_template_button(t)


def csv_template_button(t: Translator) -> None:
    """A CSV whose header the import understands without a question, in the session's language."""
    definition = templates()[FIRST_TEMPLATE]
    columns = [t("Lead id"), t("Created"), *(t.localized(stage.name) for stage in definition.stages[1:])]
    columns += [
        t.term("outcome"),
        t.term("lost_reason"),
        t.term("amount"),
        *(t.term(dimension) for dimension in DIMENSIONS),
    ]
    st.download_button(
        t("Download a CSV template"),
        csv_bytes(pl.DataFrame(schema=dict.fromkeys(columns, pl.String))),
        file_name="funnel_template.csv",
        mime="text/csv",
        icon=":material/download:",
        key="csv_template",
        type="tertiary",
        on_click="ignore",
    )
