"""The filters of the sidebar: shared by the pages, kept in the URL, so that a view can be sent as a link."""

from __future__ import annotations

from datetime import date
from typing import get_args

import streamlit as st

from funnel.filters import DIMENSIONS, NOT_STATED, Filters, Preset, Window, month_end, month_start, preset_window
from funnel.i18n.translator import Translator
from funnel.reports.workspace_data import WorkspaceData
from pages.shell.url import dates_from_url, from_url, many_from_url, to_url


def as_of_filter(t: Translator, days: tuple[date, date] | None) -> date | None:
    """The as-of day that the user set; null means the latest day of the data. ``days``: the first and the latest."""
    if days is None:
        return None
    first, latest = days
    dates_from_url("as_of", 1, first, latest)
    chosen = st.date_input(
        t.term("as_of"),
        value=None,
        min_value=first,
        max_value=latest,
        key="as_of",
        help=f"{t('Blank means the latest day of the data: %(day)s.', day=latest)} {t.help('as_of')}",
        persist_state="session",
    )
    day = chosen if isinstance(chosen, date) else None
    to_url("as_of", day)
    return day


def window_filter(t: Translator, as_of: date | None, days: tuple[date, date] | None) -> Window:
    """The window: a preset, or two days (both included) in the months of the data."""
    labels = {
        "all": t.term("all_time"),
        "3m": t("3 months"),
        "6m": t("6 months"),
        "12m": t("12 months"),
        "dates": t("Dates"),
    }
    from_url("window", get_args(Preset), "all")
    preset: Preset = (
        st.segmented_control(
            t.term("window"),
            list(get_args(Preset)),
            format_func=labels.__getitem__,
            required=True,
            key="window",
            help=t.help("window"),
            persist_state="session",
        )
        or "all"
    )
    to_url("window", preset, "all")
    if as_of is None or days is None:
        return Window()
    if preset != "dates":
        return preset_window(preset, as_of)
    last = preset_window("3m", as_of)
    first_day, last_day = month_start(days[0]), month_end(days[1])
    dates_from_url("dates", 2, first_day, last_day)
    if last.start is not None:
        st.session_state.setdefault("dates", (max(last.start, first_day), last.end))
    chosen = st.date_input(
        t("From – to"),
        key="dates",
        min_value=first_day,
        max_value=last_day,
        persist_state="session",
        help=t("Both days are included."),
    )
    asked = [day for day in chosen if isinstance(day, date)] if isinstance(chosen, tuple) else []
    if len(asked) < 2:
        st.caption(t("Choose the last day too; until then the last three months are shown."))
        return last
    to_url("dates", asked)
    return Window("dates", asked[0], asked[1])


def filters(t: Translator, data: WorkspaceData) -> Filters:
    """All filters of the sidebar as one value. A dimension without a second value is not offered."""
    window = window_filter(t, data.as_of, data.days)
    chosen: dict[str, tuple[str, ...]] = {}
    for dimension in DIMENSIONS:
        values = data.values_of(dimension) if data.has_leads else []
        if len(values) < 2:
            continue
        many_from_url(dimension, values)
        if kept := st.session_state.get(dimension):
            # After an undo a value may be gone.
            st.session_state[dimension] = [value for value in kept if value in values]
        chosen[dimension] = tuple(
            st.multiselect(
                t.term(dimension),
                values,
                key=dimension,
                placeholder=t("All"),
                format_func=lambda value: t("not stated") if value == NOT_STATED else value,
                help=t.help(dimension),
                persist_state="session",
            )
        )
        to_url(dimension, chosen[dimension])
    return Filters(window, **chosen)
