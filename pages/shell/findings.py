"""The findings table: what was found in the data, how often, where, and what was done about it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from funnel.i18n.translator import Translator
from funnel.schema import Finding
from pages.shell.words import plain_text

_ORDER = {"question": 0, "warning": 1, "note": 2}
_MARK = {"question": "❓", "warning": "⚠️", "note": "·"}


def findings_table(findings: Sequence[Finding], t: Translator) -> None:
    """All findings, the serious ones first; a sentence where there are none."""
    if not findings:
        st.success(t("Nothing unusual was found."), icon=":material/verified:")
        return
    ordered = sorted(findings, key=lambda finding: (_ORDER[finding.severity], -finding.n))
    st.table(
        pl.DataFrame(
            {
                t("What was found"): [f"{_MARK[f.severity]} {plain_text(t.message(f.message))}" for f in ordered],
                t("Rows or leads"): [t.number(f.n) for f in ordered],
                t("What was done"): [plain_text(t.message_of(f.done)) for f in ordered],
                t("Examples"): [plain_text(_where(f, t)) for f in ordered],
            }
        ),
        border="horizontal",
    )


def _where(finding: Finding, t: Translator) -> str:
    return rows_in_words(finding.rows, t) if finding.rows else t.joined(finding.leads)


def rows_in_words(rows: Sequence[int], t: Translator, most: int | None = None) -> str:
    """Rows of a file by their numbers; at most so many of them (null: all)."""
    if len(rows) == 1:
        return t("row %(row)s", row=str(rows[0]))
    named = t.joined(str(row) for row in rows[:most])
    return t("rows %(rows)s", rows=named if most is None or len(rows) <= most else f"{named} …")
