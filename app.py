"""The front door: page frame, navigation, language, workspace and filters, error boundaries.

Run it with ``streamlit run app.py``. Whatever a workspace holds, the choice of workspace and of language are drawn, and
the pages of ``ALWAYS_OPEN`` run: an error in the figures is told in the page's body, with the ways out of it.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page
from streamlit.runtime.scriptrunner import RerunException

from funnel.filters import Filters
from funnel.i18n.translator import Translator
from pages.shell import SHELL_KEY, Shell, age, in_parts, logs, path
from pages.shell.boundary import caught, error_boundary, sentence, show_callback_errors
from pages.shell.daily import keep_daily
from pages.shell.data import load, load_without_figures
from pages.shell.flags import show_flags
from pages.shell.kept import start_giving_back, use
from pages.shell.navigation import ENTERED_KEY, page_list
from pages.shell.session import current_language, language_switch
from pages.shell.sidebar import as_of_filter, filters
from pages.shell.sign_in import let_in, whose
from pages.shell.spool import spool_folder, sweep_at_start
from pages.shell.uploader import translate_upload_fields
from pages.shell.url import show_link_notes
from pages.shell.ways_out import ALWAYS_OPEN, ways_out
from pages.shell.words import plain_text
from pages.shell.workspaces import apply_choice, current_workspace, workspace_picker

GLOSSARY = "glossary"
"""The address of the glossary beside every other page."""
STYLE = Path(__file__).parent / "pages" / "shell" / "style.css"
LINKS = Path(__file__).parent / "pages" / "shell" / "links.html"


@st.cache_resource(show_spinner=False)
def freeze_startup_objects() -> None:
    """Keep what start-up made out of the garbage collection that ends every rerun (48 → 9 ms measured)."""
    gc.collect()
    gc.freeze()


def prepare(t: Translator, place: DeltaGenerator) -> tuple[Shell, Exception | None]:
    """The workspace with its data and filters, drawn into ``place``; and what kept its figures from being made.

    Then the data are there without figures; a workspace that cannot be read at all is none.
    """
    workspace, data, chosen = None, None, Filters()
    with caught() as found:
        workspace = current_workspace()
        if workspace is not None:
            use(workspace.path)
            data = load(workspace)
            t = Translator(t.language, data.currency, glossary=GLOSSARY)
            if not data.is_empty:
                with place:
                    # The day decides the data, so it is asked first; it stands last, since it is changed least.
                    above = st.container()
                    day = as_of_filter(t, data.days)
                    if day is not None:
                        data = load(workspace, day)
                    with above:
                        chosen = filters(t, data)
    if found.error is not None and workspace is not None:
        with caught() as worse:
            data = load_without_figures(workspace)
        if worse.error is not None:
            workspace = data = None
    return Shell(t, workspace, data, chosen), found.error


def show_page(page: Page, shell: Shell, trouble: Exception | None) -> None:
    """The page, or what stands in its place; what its link asked for in vain is told above it."""
    notes = st.container()
    show_callback_errors(shell.t)
    if trouble is not None:
        ways_out(shell, trouble)
    with error_boundary(shell.t):
        show_flags(in_parts.without_leads(shell))
        age.show(shell)
        path.bar(shell, page.url_path)
    try:
        if in_parts.stands_in(shell, page.url_path):
            st.session_state.pop(ENTERED_KEY, None)
        elif trouble is None or page.url_path in ALWAYS_OPEN:
            with caught() as found:
                page.run()
            if found.error is not None and trouble is None:
                ways_out(shell, found.error)
            elif found.error is not None:  # the ways out stand above it
                st.error(plain_text(sentence(found.error, shell.t)), icon=":material/error:")
        else:
            st.session_state.pop(ENTERED_KEY, None)
    finally:
        if not isinstance(sys.exception(), RerunException):  # the next run says it
            with notes:
                show_link_notes(shell.t)


def main() -> None:
    st.session_state[ENTERED_KEY] = True
    logs.set_up()
    sweep_at_start(str(spool_folder()))
    apply_choice()
    t = Translator(current_language(), glossary=GLOSSARY)
    st.set_page_config(page_title=t("Sales funnel"), page_icon="📊", layout="wide")
    st.html(STYLE)
    translate_upload_fields(t)
    st.html(LINKS, unsafe_allow_javascript=True)
    if not let_in(t):
        st.navigation(page_list(t), position="hidden")  # else the folder of the pages would be shown
        return
    page = st.navigation(page_list(t), position="sidebar")
    with st.sidebar:
        with error_boundary(t):
            workspace_picker(t)
        place = st.container()
        with error_boundary(t):
            language_switch()
        with error_boundary(t):
            whose(t)
    shell, trouble = prepare(t, place)
    st.session_state[SHELL_KEY] = shell if page.url_path in in_parts.COUNTED else in_parts.without_leads(shell)
    try:
        show_page(page, shell, trouble)
    finally:
        st.session_state.pop(SHELL_KEY, None)  # a tab that is left open holds no data
    keep_daily(shell.workspace)
    start_giving_back()
    freeze_startup_objects()


main()
