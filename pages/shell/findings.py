"""The findings table: what was found in the data, how often, where, and what was done about it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from funnel.i18n.translator import Translator
from funnel.schema import Finding

_ORDER = {"question": 0, "warning": 1, "note": 2}
_MARK = {"question": "❓", "warning": "⚠️", "note": "·"}


def findings_table(findings: Sequence[Finding], t: Translator, key: str) -> None:
    """All findings, the serious ones first; a sentence where there are none."""
    if not findings:
        st.success(t("Nothing unusual was found."), icon=":material/verified:")
        return
    ordered = sorted(findings, key=lambda finding: (_ORDER[finding.severity], -finding.n))
    frame = pl.DataFrame(
        {
            "mark": [_MARK[finding.severity] for finding in ordered],
            "what": [t.message(finding.message) for finding in ordered],
            "n": [finding.n for finding in ordered],
            "done": [t.message_of(finding.done) for finding in ordered],
            "where": [_where(finding, t) for finding in ordered],
        }
    )
    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        width="stretch",
        height=min(36 * (frame.height + 1) + 2, 560),
        column_config={
            "mark": st.column_config.TextColumn("", width=30),
            "what": st.column_config.TextColumn(t("What was found"), width=480),
            "n": st.column_config.NumberColumn(t("Rows or leads"), width=90, format="localized"),
            "done": st.column_config.TextColumn(t("What was done"), width=210),
            "where": st.column_config.TextColumn(t("Examples"), width=170),
        },
    )


def _where(finding: Finding, t: Translator) -> str:
    if finding.rows:
        return t("rows %(rows)s", rows=t.joined(str(row) for row in finding.rows))
    return t.joined(finding.leads)
