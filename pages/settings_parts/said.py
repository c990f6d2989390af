"""What the page says after a change has been saved: shown once, on the run after it."""

from __future__ import annotations

import streamlit as st

_SAID, _GENERATION, _WORKSPACE = "settings_said", "settings_generation", "settings_workspace"


def say(text: str) -> None:
    """Show ``text`` on the next run, and start that run now."""
    st.session_state[_SAID] = text
    st.rerun()


def show() -> None:
    """What was said before this run."""
    if text := st.session_state.pop(_SAID, None):
        st.success(text, icon=":material/check_circle:")


def revision(key: str) -> str:
    """What stands in the keys of a form's widgets: ``next_revision`` lets them start anew, ``start_anew`` all."""
    form, page = st.session_state.get(f"settings_revision_{key}", 0), st.session_state.get(_GENERATION, 0)
    return f"{page}.{form}" if page else str(form)


def next_revision(key: str) -> None:
    st.session_state[f"settings_revision_{key}"] = st.session_state.get(f"settings_revision_{key}", 0) + 1


def start_anew(path: str | None = None) -> None:
    """Forget what was typed but not saved: always, or where ``path`` is another workspace than on the run before."""
    if path is not None and st.session_state.setdefault(_WORKSPACE, path) == path:
        return
    if path is not None:
        st.session_state[_WORKSPACE] = path
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
