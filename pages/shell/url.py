"""Widgets whose value stands in the URL, so that a view can be sent as a link and means the same in both languages.

Streamlit's own binding writes the words that are shown, which a session in the other language does not know; so the
values themselves are written here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import streamlit as st


def from_url(key: str, allowed: Collection[str], default: str) -> None:
    """Before the widget ``key`` is drawn for the first time: its value from the link, if it is an allowed one, else the
    default. A kept value that is no longer allowed becomes the default too."""
    if st.session_state.get(key) not in allowed:
        linked = st.query_params.get(key)
        st.session_state[key] = linked if linked in allowed else default


def many_from_url(key: str, allowed: Collection[str]) -> None:
    """The same for a widget of several values."""
    if key not in st.session_state and key in st.query_params:
        st.session_state[key] = [value for value in st.query_params.get_all(key) if value in allowed]


def dates_from_url(key: str, n: int) -> None:
    """The same for ``n`` dates, written as ``2026-01-31``; anything else in the link is left out."""
    if key in st.session_state or key not in st.query_params:
        return
    try:
        days = tuple(date.fromisoformat(text) for text in st.query_params.get_all(key))
    except ValueError:
        return
    if len(days) == n:
        st.session_state[key] = days if n > 1 else days[0]


def to_url(key: str, value: str | date | Sequence[str] | Sequence[date] | None, default: str | None = None) -> None:
    """After the widget: write its value into the link; the default and nothing are not written."""
    if value is None or value == default or value in ((), []):
        st.query_params.pop(key, None)
    elif isinstance(value, str | date):
        st.query_params[key] = str(value)
    else:
        st.query_params[key] = [str(item) for item in value]
