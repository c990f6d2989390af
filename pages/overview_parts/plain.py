"""The part of the Overview for a plain list of deals: what closed by month, and the deals that are open."""

from __future__ import annotations

from typing import Literal

import polars as pl
import streamlit as st

from funnel.definition.definition import FunnelDefinition
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.reports.plain_list import PlainList
from pages.shell.table import Figures, grid

_MOST_ROWS = 12
_ROW_HEIGHT = 36


def show(found: PlainList, definition: FunnelDefinition, t: Translator) -> None:
    """Won among the closed by month of closing, or why not; the open deals without any odds."""
    st.subheader(t("Won among the closed, by month of closing"))
    if found.why_not is not None:
        st.caption(plain_text(t.message(found.why_not)))
    elif found.closings.is_empty():
        st.caption(t("No deal was closed in this window."))
    else:
        rows = list(found.closings.iter_rows(named=True))
        words = {
            t("Month"): [t.month(row["month"]) + (f" · {t('not over yet')}" if row["goes_on"] else "") for row in rows],
            t.term("won"): Figures([t.number(row["won"]) for row in rows]),
            t("Closed deals"): Figures([t.number(row["closed"]) for row in rows]),
            t.term("conversion"): Figures([t.rate(row["rate"], row["low"], row["high"]) for row in rows]),
        }
        grid(words, "plain_closings")
    st.subheader(t("Open deals: %(n)s", n=t.number(found.deals.height)))
    if found.deals.is_empty():
        st.caption(t("No deal is open under these filters."))
        return
    names = {stage.key: t.localized(stage.name) for stage in definition.stages}
    shown = {
        t("Lead id"): found.deals["lead_id"],
        t("Name"): found.deals["lead_name"],
        t.term("stage"): [names[key] for key in found.deals["stage"]],
        t.term("amount"): [t.money(amount) for amount in found.deals["amount"]],
        t("Age, days"): found.deals["age_days"],
        t("Expected close"): [
            f"{t.date(at.date())}{' · ' + t('past') if late else ''}" if at is not None else "–"
            for at, late in found.deals.select("expected_close_at", "is_overdue").iter_rows()
        ],
    }
    if found.deals["lead_name"].null_count() == found.deals.height:
        del shown[t("Name")]
    st.dataframe(
        pl.DataFrame(shown), hide_index=True, width="stretch", height=_height(found.deals.height), key="plain_deals",
        placeholder="–",
    )  # fmt: skip


def _height(rows: int) -> int | Literal["content"]:
    return "content" if rows <= _MOST_ROWS else _ROW_HEIGHT * (_MOST_ROWS + 1)
