"""Present mode for the shared screen: no sidebar, larger type, one section at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from funnel.exports.retrospective_content import section_titles
from funnel.i18n.translator import Translator
from pages.shell.boundary import safely
from pages.shell.config import ROOT
from pages.shell.url import cannot_show, to_url

_KEY = "retrospective_present"
STYLE = ROOT / "pages" / "retrospective_parts" / "style.css"
PRESENT_STYLE = ROOT / "pages" / "retrospective_parts" / "present.css"


def position(sections: Sequence[str]) -> int | None:
    """The place of the section that is presented; null outside present mode."""
    linked = st.query_params.get("present", "")
    if _KEY not in st.session_state and linked:
        if re.fullmatch(r"\d{1,4}", linked, re.ASCII):
            st.session_state[_KEY] = int(linked)
        else:
            cannot_show("present", linked)
    place = st.session_state.get(_KEY)
    if place is not None:  # another workspace may have fewer sections
        place = st.session_state[_KEY] = min(place, len(sections) - 1)
    to_url("present", None if place is None else str(place))
    return place


def start_button(t: Translator) -> None:
    """The way into present mode."""
    st.button(
        t.term("present_mode"), key="retrospective_start", icon=":material/slideshow:", on_click=safely(_go), args=(0,),
        help=t.help("present_mode"), width="stretch",
    )  # fmt: skip


def bar(place: int, sections: Sequence[str], t: Translator) -> None:
    """Which section it is, and the way on, back and out: buttons, or the keys ← → and Esc."""
    st.html(PRESENT_STYLE)
    title, back, on, out = st.columns([5, 1.2, 1.2, 1.2], vertical_alignment="center")
    title.subheader(f"{place + 1} / {len(sections)} · {section_titles(t)[sections[place]]}")
    back.button(
        t("Previous"), key="retrospective_prev", icon=":material/arrow_back:", on_click=safely(_go), args=(place - 1,),
        disabled=place == 0, shortcut="Left", width="stretch",
    )  # fmt: skip
    on.button(
        t("Next"), key="retrospective_on", icon=":material/arrow_forward:", on_click=safely(_go), args=(place + 1,),
        disabled=place == len(sections) - 1, shortcut="Right", width="stretch", type="primary",
    )  # fmt: skip
    out.button(
        t("Leave"), key="retrospective_leave", icon=":material/close:", on_click=safely(_go), args=(None,),
        shortcut="Esc", width="stretch",
    )  # fmt: skip


def _go(place: int | None) -> None:
    st.session_state[_KEY] = place
