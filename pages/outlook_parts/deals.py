"""The open deals: by stage, and one by one, longest in their stage first."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.exports.outlook.tables import deals_sheet, open_by_stage
from funnel.exports.tables import csv_bytes
from funnel.reports.outlook.report import OutlookReport
from pages.outlook_parts.data import Asked
from pages.retrospective_parts import show
from pages.shell import Shell
from pages.shell.drawn import drawn

_ROW_HEIGHT, _MOST_ROWS = 36, 14


def show_deals(report: OutlookReport, asked: Asked, shell: Shell) -> None:
    """The table of stages, the list with a search, and its download."""
    t = shell.t
    if report.deals.is_empty():
        st.caption(t("No deal is open."))
        return
    show.table(asked.made("open by stage", lambda: open_by_stage(report, t)), t)
    sheet = asked.made("deals", lambda: deals_sheet(report, t))
    raw = drawn(sheet, t, lambda: pl.DataFrame(sheet.rows, infer_schema_length=None))
    typed = st.text_input(
        t("Search"), key="outlook_search", placeholder=t("a deal, an owner, a stage"), persist_state="session"
    ).strip()
    if typed:
        words = pl.concat_str(
            [pl.col(c).cast(pl.String).fill_null("") for c in ("name", "stage_name", "owner", "lead_id") if c in raw],
            separator=" ",
        )
        raw = raw.filter(words.str.to_lowercase().str.contains(typed.lower(), literal=True))
    if raw.is_empty():
        st.caption(t("No deal matches."))
        return
    labels = {column.key: column.label for column in sheet.columns}
    tip = t(
        "Of all deals that were still in this stage after as many days, how many were won within the next 90 days: "
        "what became of deals like this, not a forecast of this one. Good and bad deals of the same age share it. In "
        "brackets: the range of that share, right 8 times of 10."
    )
    config = st.column_config
    shapes = {
        "name": config.TextColumn(labels["name"], width=150),
        "stage_name": config.TextColumn(labels["stage_name"], width=130),
        "owner": config.TextColumn(t.term("owner"), width=80),
        "age_days": config.NumberColumn(labels["age_days"], width=76),
        "amount": config.NumberColumn(t.term("amount"), width=96, format="localized"),
        "expected": config.DateColumn(t("Expected close"), width=96, format="YYYY-MM-DD"),
        "overdue": config.TextColumn(t("Past?"), width=56),
        "odds": config.TextColumn(labels["odds"], width=348, help=tip),
    }
    shown = [column.key for column in sheet.columns if not column.workbook_only]
    st.dataframe(
        raw.select(shown), hide_index=True, width="stretch", key="outlook_deals", placeholder="–",
        height="content" if raw.height <= _MOST_ROWS else _ROW_HEIGHT * (_MOST_ROWS + 1),
        column_config={key: shapes[key] for key in shown},
    )  # fmt: skip
    st.download_button(
        t("Download these deals"), lambda: csv_bytes(raw.rename(labels)), file_name="open_deals.csv", mime="text/csv",
        key="outlook_deals_csv", icon=":material/download:", type="tertiary", on_click="ignore",
    )  # fmt: skip
