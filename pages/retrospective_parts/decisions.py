"""Decisions: last month's with their state open the page, this month's are written down at its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from funnel.exports.retrospective_notes import STATES, state_word
from funnel.exports.sheets import Sheet
from funnel.filters import month_start
from funnel.i18n.translator import Translator
from funnel.planning.feedback.decisions import Decision, to_review
from funnel.planning.fields import from_fields, to_fields
from funnel.storage.store import Store
from pages.retrospective_parts.editor import Spec, editable_table
from pages.retrospective_parts.show import table
from pages.shell.words import plain_text


def earlier(as_of: date, store: Store, t: Translator, presented: Sheet | None = None) -> bool:
    """What was decided before and how it stands: state and note can be changed. False when there is nothing.

    ``presented``: the same as a table in large letters, which a shared screen shows in place of the editor.
    """
    records = {record.id: record for record in store.records("decision")}
    review = to_review([from_fields(Decision, record.fields) for record in records.values()], as_of)
    if not review:
        return False
    st.subheader(t("What we decided last time"))
    late = [one for one in review if one.is_overdue(as_of)]
    if late:
        st.warning(
            t(
                "Still open after their date: %(n)s (%(which)s)",
                n=len(late),
                which=[plain_text(one.text) for one in late],
            ),
            icon=":material/event_busy:",
        )
    if presented is not None:
        table(presented, t)
        return True
    spec = Spec(
        "earlier_decisions",
        "decision",
        {"text": pl.String, "state": pl.String, "note": pl.String, "owner": pl.String, "due_on": pl.Date,
         "month": pl.Date},
        _none,
    )  # fmt: skip
    editable_table(
        spec, [records[one.decision_id] for one in review], store, (str(store.name), t.language, month_start(as_of)), t,
        num_rows="fixed",
        disabled=["month", "text", "owner", "due_on"],
        column_config={"month": st.column_config.DateColumn(t("Month"), format="YYYY-MM", width=78), **_columns(t)},
    )  # fmt: skip
    return True


def own(as_of: date, store: Store, t: Translator, presented: Sheet | None = None) -> None:
    """This month's decisions; each edit is stored at once. ``presented``: they stand above it in large letters too."""
    if presented is not None:
        table(presented, t)
    month = month_start(as_of)
    records = [one for one in store.records("decision") if from_fields(Decision, one.fields).month == month]

    def make(record_id: str, cells: Mapping[str, Any]) -> dict[str, Any]:
        filled = {name: value for name, value in cells.items() if value not in (None, "")}
        start = {"decision_id": record_id, "month": month.isoformat(), "text": ""}
        return to_fields(from_fields(Decision, start | filled))

    spec = Spec(
        "decisions",
        "decision",
        {"text": pl.String, "owner": pl.String, "due_on": pl.Date, "state": pl.String, "note": pl.String},
        make,
    )
    editable_table(
        spec, records, store, (str(store.name), t.language, month), t, num_rows="dynamic", column_config=_columns(t)
    )
    st.caption(
        t(
            "Decisions of %(month)s. The next retrospective opens with them. Every change is stored at once.",
            month=t.month(month),
        )
    )


def _columns(t: Translator) -> dict[str, Any]:
    """Narrow enough for all of them, the month too, at 1024 px; on a wider screen they grow."""
    return {
        "text": st.column_config.TextColumn(t.term("decision"), width=296, max_chars=500),
        "owner": st.column_config.TextColumn(t.term("owner"), width=76, max_chars=60),
        "due_on": st.column_config.DateColumn(t("Due"), width=92),
        "state": st.column_config.SelectboxColumn(
            t("State"), options=list(STATES), default="open", width=74,
            format_func=lambda key: state_word(str(key), t),
        ),
        "note": st.column_config.TextColumn(t("Note"), width=110, max_chars=500),
    }  # fmt: skip


def _none(record_id: str, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Last time's decisions are not added to."""
    raise ValueError("earlier decisions have no new rows")
