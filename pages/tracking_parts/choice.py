"""Which sheet: week or month, and one of those that stand or lie near today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import streamlit as st

from funnel.errors import InputError
from funnel.i18n.translator import Translator
from funnel.planning.tracking.periods import is_week, last_day, month_sheet, next_sheet, sheet_window, week_sheet
from funnel.planning.tracking.rows import TrackingRow
from pages.shell.url import cannot_show, from_url, to_url

UNITS = ("week", "month")
_WEEKS_BACK = 4
_YEARS = 99


def sheet_name(sheet: str, t: Translator) -> str:
    """A sheet as people call it."""
    window = sheet_window(sheet)
    assert window.start is not None
    if not is_week(sheet):
        return t.month(window.start)
    return t("Week %(week)s: %(days)s", week=str(int(sheet[-2:])), days=t.period(window.start, window.end))


def choose_sheet(rows: Iterable[TrackingRow], day: date, data_day: date | None, t: Translator) -> str:
    """The two widgets; the choice stands in the link. ``day``: on which people plan; ``data_day``: the last one
    of the data, whose weeks can be chosen too: they are those with measured figures."""
    pending = st.session_state.pop("_tracking_next", None) or _linked(day)
    if pending:
        st.session_state["tracking_unit"] = "week" if is_week(pending) else "month"
        st.session_state["tracking_sheet"] = pending
    from_url("tracking_unit", UNITS, "week")
    unit_pick, sheet_pick = st.columns([2, 3], vertical_alignment="bottom")
    unit = unit_pick.segmented_control(
        t("Week or month"), UNITS, format_func={"week": t("week"), "month": t("month")}.__getitem__, required=True,
        key="tracking_unit", persist_state="session",
    )  # fmt: skip
    today = week_sheet(day) if unit == "week" else month_sheet(day)
    near = [today, next_sheet(today)]
    name_of = week_sheet if unit == "week" else month_sheet
    for last in (day, data_day):
        if last is not None:
            near += [name_of(last - timedelta(weeks=n)) for n in range(_WEEKS_BACK)]
    chosen = st.session_state.get("tracking_sheet")
    sheets = {row.sheet for row in rows} | set(near) | ({chosen} if chosen else set())
    sheets = sorted((sheet for sheet in sheets if is_week(sheet) == (unit == "week")), reverse=True)
    if chosen not in sheets:
        st.session_state["tracking_sheet"] = today
    sheet = sheet_pick.selectbox(
        t.term("tracking_form"), sheets, format_func=lambda sheet: sheet_name(sheet, t), key="tracking_sheet",
        persist_state="session",
    )  # fmt: skip
    to_url("sheet", sheet, today)
    return sheet or today


def _linked(day: date) -> str | None:
    """The sheet that the link names, the first time only; one that does not exist, or lies a lifetime away from
    ``day``, is told and left out."""
    if "tracking_sheet" in st.session_state or "sheet" not in st.query_params:
        return None
    try:
        far = abs(last_day(st.query_params["sheet"]).year - day.year) > _YEARS
    except InputError:
        far = True
    if far:
        cannot_show("sheet", st.query_params["sheet"])
        return None
    return st.query_params["sheet"]
