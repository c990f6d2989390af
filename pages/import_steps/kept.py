"""Nothing typed into an import is lost: going back, another page and a reload find it as it was left.

Streamlit forgets the state of every widget that a run does not draw. What was answered, and the tables as they were
edited, are kept in the draft; the draft is kept for its browser until it is imported or discarded, at most a day after
it was last looked at. ``unfinished`` keeps it over a restart of the server.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from datetime import date

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.import_steps import unfinished
from pages.import_steps.draft import Draft
from pages.shell.acting import signed_in
from pages.shell.session import browser_id

_KEY = "_import"
_ANSWERS = (
    "encoding", "delimiter", "sheet", "table", "header", "shape", "destination", "template", "workspace_name",
    "measure", "rule", "reading", "meaning", "exported", "covers", "unit", "lines",
)  # fmt: skip
"""What the keys of the widgets begin with whose values are answers; then the draft's revision follows."""
_ANSWER = re.compile(rf"({'|'.join(_ANSWERS)})_\d")


@dataclass
class _Kept:
    """A draft, the session that works on it, and when it was last looked at (seconds of the system's clock)."""

    draft: Draft
    session: str
    seen_at: float


_kept: dict[str, list[_Kept]] = {}
"""Browser, and who has signed in there → their unfinished imports."""
_lock = threading.Lock()


def current() -> Draft:
    """The draft of this session; else the one that this browser left behind; else a new one."""
    draft: Draft | None = st.session_state.get(_KEY)
    context = get_script_run_ctx()
    session, browser = context.session_id if context else "", _owner()
    with _lock:
        _sweep()
        mine = _kept.setdefault(browser, [])
        if draft is None:
            # newest first; what another open tab works on is that tab's
            left = [one for one in reversed(mine) if not _is_open_elsewhere(one, session)]
            found = left[0].draft if left else unfinished.left_by(browser, [one.draft for one in mine])
            draft = st.session_state[_KEY] = found or Draft()
        mine[:] = [one for one in mine if one.draft is not draft]
        if draft.upload is not None:
            mine.append(_Kept(draft, session, time.time()))
    _answers(draft)
    return draft


def keep(draft: Draft) -> None:
    """At the end of a run: what it left, over a restart of the server."""
    unfinished.keep(draft, _owner())


def drop() -> None:
    """Discard the draft, its spooled files, and its answers.

    The next draft counts its revisions from the start: what stood under the same key would be an answer about its file.
    """
    draft: Draft | None = st.session_state.pop(_KEY, None)
    if draft is None:
        return
    for key in [one for one in st.session_state if _ANSWER.match(str(one))]:
        del st.session_state[key]
    with _lock:
        for kept in _kept.values():
            kept[:] = [one for one in kept if one.draft is not draft]
    unfinished.remove(draft, _owner())


def _owner() -> str:
    """Whose drafts these are: the browser's, and where people sign in those of who has; another one who signs in at the
    same browser has drafts of their own."""
    who = signed_in()
    return browser_id() if who is None else f"{browser_id()} {who.email}"


def _answers(draft: Draft) -> None:
    """Take over the answers of the run before, and give back those whose widgets were not drawn since.

    Their keys hold the draft's revision: another reading of the file asks anew.
    """
    ours = tuple(f"{name}_{draft.revision}" for name in _ANSWERS)
    for key, value in st.session_state.items():
        if str(key).startswith(ours) and isinstance(value, str | int | float | date) and not isinstance(value, bool):
            draft.chosen[str(key)] = value
    for key, value in draft.chosen.items():
        if key not in st.session_state and key.startswith(ours):
            st.session_state[key] = value


def _is_open_elsewhere(kept: _Kept, session: str) -> bool:
    if kept.session == session or not runtime.exists():
        return False
    return runtime.get_instance().is_active_session(kept.session)


def _sweep() -> None:
    """Drop what nobody has looked at for a day, also what a stopped server has left."""
    now = time.time()
    for browser in list(_kept):
        _kept[browser] = [one for one in _kept[browser] if now - one.seen_at < unfinished.A_DAY]
        if not _kept[browser]:
            del _kept[browser]
    unfinished.sweep()
