"""The filters of the sidebar: shared by the pages, kept in the URL, so that a view can be sent as a link."""

from __future__ import annotations

from datetime import date
from typing import get_args

import streamlit as st

from funnel.filters import DIMENSIONS, NOT_STATED, Filters, Preset, Window, preset_window
from funnel.i18n.translator import Translator
from funnel.reports.workspace_data import WorkspaceData

_ALL = {"source": "All sources", "owner": "All owners", "segment": "All segments"}


def as_of_filter(t: Translator, latest: date | None) -> date | None:
    """The as-of day that the user set; null means the latest day of the data."""
    if latest is None:
        return None
    chosen = st.date_input(
        t.term("as_of"),
        value=None,
        max_value=latest,
        key="as_of",
        help=f"{t.help('as_of')} {t('Blank means the latest day of the data: %(day)s.', day=latest)}",
        bind="query-params",
        persist_state="session",
    )
    return chosen if isinstance(chosen, date) else None


def window_filter(t: Translator, as_of: date | None) -> Window:
    """The window: a preset, or two days (both included)."""
    labels = {
        "all": t.term("all_time"),
        "3m": t("3 months"),
        "6m": t("6 months"),
        "12m": t("12 months"),
        "dates": t("Dates"),
    }
    preset: Preset = (
        st.segmented_control(
            t.term("window"),
            list(get_args(Preset)),
            format_func=labels.__getitem__,
            default="all",
            required=True,
            key="window",
            help=t.help("window"),
            bind="query-params",
            persist_state="session",
        )
        or "all"
    )
    if as_of is None:
        return Window()
    if preset != "dates":
        return preset_window(preset, as_of)
    last = preset_window("3m", as_of)
    chosen = st.date_input(
        t("From – to"),
        value=(last.start, last.end),
        key="dates",
        bind="query-params",
        persist_state="session",
        help=t("Both days are included."),
    )
    days = [day for day in chosen if isinstance(day, date)] if isinstance(chosen, tuple) else []
    if len(days) < 2:
        st.caption(t("Choose the last day too; until then the last three months are shown."))
        return last
    return Window("dates", days[0], days[1])


def filters(t: Translator, data: WorkspaceData) -> Filters:
    """All filters of the sidebar as one value. A dimension without a second value is not offered."""
    window = window_filter(t, data.as_of)
    chosen: dict[str, tuple[str, ...]] = {}
    for dimension in DIMENSIONS:
        values = data.values_of(dimension) if data.has_leads else []
        if len(values) < 2:
            continue
        chosen[f"{dimension}s"] = tuple(
            st.multiselect(
                t.term(dimension),
                values,
                key=dimension,
                placeholder=t(_ALL[dimension]),
                format_func=lambda value: t("not stated") if value == NOT_STATED else value,
                help=t.help(dimension),
                bind="query-params",
                persist_state="session",
            )
        )
    return Filters(window, **chosen)
