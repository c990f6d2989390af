"""What a page shows before there is data: the next step."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.exports.tables import csv_bytes
from funnel.filters import DIMENSIONS
from funnel.i18n.translator import Translator
from pages.shell.sample import try_sample_button
from pages.shell.workspaces import FIRST_TEMPLATE, templates


def empty_state(t: Translator) -> None:
    """No data yet: upload a file, or try the sample."""
    st.info(t("No data yet. Upload a file from your CRM or spreadsheet, or look around in a synthetic sample company."))
    sample, upload, template = st.columns(3)
    with sample:
        try_sample_button(t, key="try_sample_empty")
    with upload:
        st.page_link("pages/import_data.py", label=t("Upload a file"), icon=":material/upload_file:")
    with template:
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
    )
