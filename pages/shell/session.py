"""What belongs to one browser session: its language, its colours and the name of who sits there.

Language and name are kept in a cookie, so that next week's session opens as this one closed.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote, unquote

import streamlit as st

from funnel.charts.palette import DARK, LIGHT, Palette
from funnel.i18n.translator import DEFAULT_LANGUAGE, LANGUAGES, language_of_browser
from pages.shell.acting import signed_in
from pages.shell.url import to_url

LANGUAGE_KEY = "lang"
WHO_KEY = "who"
BROWSER_KEY = "browser"
_A_YEAR = 365 * 24 * 3600


def cookie(name: str) -> str | None:
    """A cookie of ours as this session's browser sent it."""
    value = st.context.cookies.get(f"funnel_{name}")
    return unquote(value) if value and isinstance(value, str) else None


def keep_cookie(name: str, value: str) -> None:
    """Ask the browser to keep a value for a year. The value is percent-encoded, so it cannot leave the script."""
    encoded = quote(value, safe="")
    st.html(
        f'<script>document.cookie="funnel_{name}={encoded};path=/;max-age={_A_YEAR};samesite=lax"</script>',
        unsafe_allow_javascript=True,
    )


def browser_id() -> str:
    """A name for this browser that says nothing about it, by which it finds again what it left unfinished."""
    known = cookie(BROWSER_KEY) or st.session_state.get(BROWSER_KEY)
    if known is None:
        known = st.session_state[BROWSER_KEY] = uuid.uuid4().hex
    if cookie(BROWSER_KEY) is None:
        keep_cookie(BROWSER_KEY, known)
    return known


def initial_language() -> str:
    """The language kept in the browser, else the browser's own."""
    kept = cookie(LANGUAGE_KEY)
    return kept if kept in LANGUAGES else language_of_browser(st.context.locale)


def current_language() -> str:
    """The language this session shows: the switch's, else the one of the link, the cookie or the browser."""
    chosen = st.session_state.get(LANGUAGE_KEY) or st.query_params.get(LANGUAGE_KEY)
    return chosen if chosen in LANGUAGES else initial_language() or DEFAULT_LANGUAGE


def language_switch() -> None:
    """The switch at the foot of the sidebar."""
    options: dict[str, Any] = {}
    if LANGUAGE_KEY not in st.session_state:
        options["default"] = current_language()
    chosen = st.segmented_control(
        "Language · 语言",
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key=LANGUAGE_KEY,
        required=True,
        persist_state="session",
        **options,
    )
    to_url(LANGUAGE_KEY, chosen)
    if chosen and chosen != cookie(LANGUAGE_KEY):
        keep_cookie(LANGUAGE_KEY, chosen)


def palette() -> Palette:
    """The chart colours of the theme that the browser shows."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def who() -> str:
    """The name under which this browser's changes are stored; blank until given."""
    if (known := signed_in()) is not None:
        return str(st.user.get("name") or known.email)
    return str(st.session_state.get("who_kept") or cookie(WHO_KEY) or "")


def ask_who(label: str, help_text: str) -> str:
    """The field that asks for the name, once per browser; returns the name as it stands."""
    if signed_in() is not None:
        st.text_input(label, value=who(), disabled=True, key="who_signed_in")
        return who()
    name = st.text_input(label, value=who(), key=WHO_KEY, help=help_text, max_chars=60).strip()
    if name != who():
        st.session_state["who_kept"] = name
        keep_cookie(WHO_KEY, name)
    return name
