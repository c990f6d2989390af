"""What the page says after a change has been saved: shown once, on the run after it."""

from __future__ import annotations

import streamlit as st

_SAID = "settings_said"


def say(text: str) -> None:
    """Show ``text`` on the next run, and start that run now."""
    st.session_state[_SAID] = text
    st.rerun()


def show() -> None:
    """What was said before this run."""
    if text := st.session_state.pop(_SAID, None):
        st.success(text, icon=":material/check_circle:")


def revision(key: str) -> int:
    """The number in the keys of a form: ``next_revision`` makes its widgets start anew."""
    return int(st.session_state.get(f"settings_revision_{key}", 0))


def next_revision(key: str) -> None:
    st.session_state[f"settings_revision_{key}"] = revision(key) + 1
