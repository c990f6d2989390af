"""Widgets whose value stands in the URL, so that a view can be sent as a link and means the same in both languages.

Streamlit's own binding writes the words that are shown, which a session in the other language does not know; so the
values themselves are written here. A link that cannot be shown is shown as the nearest that can, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date

import streamlit as st

from funnel.i18n.translator import Translator
from pages.shell.words import plain_text

_NOTES = "_link_notes"


def from_url(key: str, allowed: Collection[str], default: str) -> None:
    """Before the widget ``key`` is drawn for the first time: its value from the link, if it is an allowed one, else the
    default. A kept value that is no longer allowed becomes the default too."""
    if st.session_state.get(key) not in allowed:
        linked = st.query_params.get(key)
        if linked is not None and linked not in allowed and key not in st.session_state:
            cannot_show(key, linked)
        st.session_state[key] = linked if linked in allowed else default


def many_from_url(key: str, allowed: Collection[str]) -> None:
    """The same for a widget of several values."""
    if key not in st.session_state and key in st.query_params:
        linked = st.query_params.get_all(key)
        for value in linked:
            if value not in allowed:
                cannot_show(key, value)
        st.session_state[key] = [value for value in linked if value in allowed]


def dates_from_url(key: str, n: int, first: date, last: date) -> None:
    """The same for ``n`` dates, written as ``2026-01-31``. Days before ``first`` or after ``last``, in the link or kept
    from other data, become the nearest of these, and days in the wrong order change places: a date field with a value
    outside its limits cannot be drawn at all."""
    if key not in st.session_state and key in st.query_params:
        linked = st.query_params.get_all(key)
        try:
            days = [date.fromisoformat(text) for text in linked]
        except ValueError:
            days = []
        if len(days) != n:
            cannot_show(key, " – ".join(linked))
            return
        st.session_state[key] = tuple(days) if n > 1 else days[0]
    kept = st.session_state.get(key)
    days = [day for day in (kept if isinstance(kept, tuple | list) else [kept]) if isinstance(day, date)]
    near = sorted(min(max(day, first), last) for day in days)
    if near != days:
        if key in st.query_params:
            cannot_show(key, " – ".join(str(day) for day in days), (first, last))
        st.session_state[key] = tuple(near) if n > 1 else near[0]


def number_from_url(key: str, low: float, high: float, default: float) -> None:
    """The same for a whole number between ``low`` and ``high``; one outside becomes the nearest of these."""
    if key not in st.session_state and key in st.query_params:
        linked = st.query_params[key]
        if re.fullmatch(r"-?\d{1,8}", linked, re.ASCII):
            st.session_state[key] = type(default)(int(linked))
        else:
            cannot_show(key, linked)
    st.session_state.setdefault(key, default)
    st.session_state[key] = min(max(st.session_state[key], low), high)


def to_url(key: str, value: str | date | Sequence[str] | Sequence[date] | None, default: str | None = None) -> None:
    """After the widget: write its value into the link; the default and nothing are not written."""
    if value is None or value == default or value in ((), []):
        st.query_params.pop(key, None)
    elif isinstance(value, str | date):
        st.query_params[key] = str(value)
    else:
        st.query_params[key] = [str(item) for item in value]


def cannot_show(key: str, given: str, days: tuple[date, date] | None = None) -> None:
    """Remember that a part of the link asks for what is not there. ``days``: between which days one may ask."""
    st.session_state.setdefault(_NOTES, {})[key, given] = days


def show_link_notes(t: Translator) -> None:
    """Say once what the link asked for and did not get."""
    for (_, given), days in st.session_state.pop(_NOTES, {}).items():
        asked = plain_text(given)
        if days is not None:
            said = t(
                "This link asks for %(given)s. Days from %(first)s to %(last)s can be shown: here are the nearest.",
                given=asked, first=days[0], last=days[1],
            )  # fmt: skip
        else:
            said = t(
                "This link asks for “%(given)s”, which is not there: the usual view is shown instead.", given=asked
            )
        st.info(said, icon=":material/link_off:")
