"""The list of pages, and the guard that every page file passes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.navigation.page import Page

from funnel.i18n.translator import Translator
from pages.shell.config import ROOT

ENTERED_KEY = "_app_entered"

# group → (file stem = URL path, icon); the words are the glossary's ``nav_*`` and ``page_*``.
GROUPS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "nav_look": (
        ("overview", "page_overview", ":material/filter_alt:"),
        ("bottleneck", "page_bottleneck", ":material/search_insights:"),
    ),
    "nav_act": (
        ("outlook", "page_outlook", ":material/trending_up:"),
        ("plan", "page_plan", ":material/flag:"),
        ("tracking", "page_tracking", ":material/edit_note:"),
        ("retrospective", "page_retrospective", ":material/history:"),
    ),
    "nav_data": (
        ("import_data", "page_import", ":material/upload_file:"),
        ("settings", "page_settings", ":material/tune:"),
    ),
    "nav_help": (
        ("guide", "page_guide", ":material/school:"),
        ("glossary", "page_glossary", ":material/menu_book:"),
    ),
}  # fmt: skip


def page_list(t: Translator) -> dict[str, list[Page]]:
    """The pages in their groups, titled in the session's language. The first one is served at ``/``."""
    return {
        t.term(group): [
            st.Page(
                ROOT / "pages" / f"{stem}.py",
                title=t.term(term),
                icon=icon,
                default=stem == "overview",
                url_path=None if stem == "overview" else stem,
            )
            for stem, term, icon in pages
        ]
        for group, pages in GROUPS.items()
    }


def page_path(stem: str) -> str:
    """What ``st.switch_page`` and ``st.page_link`` take for a page."""
    return f"pages/{stem}.py"


def page_look(stem: str, t: Translator) -> tuple[str, str]:
    """The name and the icon of a page, for a link to it."""
    return next((t.term(term), icon) for pages in GROUPS.values() for one, term, icon in pages if one == stem)


def ensure_app_ran(t: Translator) -> None:
    """Send a page file that a fresh server runs by itself (a cold deep link) through app.py.

    Streamlit runs ``pages/<stem>.py`` without app.py when its URL is the first request: no language, no sidebar.
    Declaring the navigation here and running again leads through app.py to the same page. The mark is good for one run:
    a mark left over from an earlier one says nothing about this one.
    """
    if not st.session_state.pop(ENTERED_KEY, False):
        st.navigation(page_list(t), position="hidden")
        st.rerun()
