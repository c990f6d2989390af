"""Where an error becomes a sentence. Nothing below shows anything; nothing above sees a traceback.

What people do is guarded in pieces, so that a broken piece leaves the others: the sidebar's choices, the figures, the
page, each part of a page that must open whatever the workspace holds, and every callback of a widget (``safely``),
which Streamlit runs before the page and outside of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from funnel.errors import FunnelError, StorageError
from funnel.i18n.translator import Translator
from pages.shell.acting import act_as_who_is_there
from pages.shell.logs import note, number_of
from pages.shell.words import plain_text

_TOLD = "_callback_errors"


@dataclass
class Caught:
    """What a guarded block ended with; null while nothing went wrong."""

    error: Exception | None = None


@contextmanager
def caught() -> Generator[Caught]:
    """Keep an error instead of raising it; the server's log has a line about it."""
    found = Caught()
    try:
        yield found
    except Exception as error:  # noqa: BLE001  (here it becomes a sentence, and a line in the log)
        note(error, "on a page")
        found.error = error


def sentence(error: Exception, t: Translator, unforeseen: str = "app.unexpected") -> str:
    """What a person is told about an error; ``unforeseen``: the code for one that carries no sentence of its own.

    What is the machine's fault or ours names its line in the server's log.
    """
    said = t.message(error) if isinstance(error, FunnelError) else t.message_of(unforeseen)
    number = number_of(error)
    is_theirs = isinstance(error, FunnelError) and not isinstance(error, StorageError)
    if number is None or (is_theirs and error.message.code != "app.unexpected"):
        return said
    return f"{said} {t('(Number in the server log: %(number)s.)', number=number)}"


@contextmanager
def error_boundary(t: Translator) -> Generator[None]:
    """Show what went wrong as one plain sentence, in the place where it went wrong."""
    with caught() as found:
        yield
    if found.error is not None:
        st.error(plain_text(sentence(found.error, t)), icon=":material/error:")


@contextmanager
def apart(t: Translator) -> Generator[None]:
    """Inside a dialog or a fragment, around all that it does: it runs again without ``app.py``, in a thread of its own,
    so who acts is said here, and what goes wrong is a sentence."""
    with error_boundary(t):
        act_as_who_is_there()
        yield


def safely(callback: Callable[..., object], text_key: str | None = None) -> Callable[..., None]:
    """A widget's callback whose error is a sentence on the next run.

    ``text_key``: the widget whose text the callback stores; where that failed, the text is shown with the sentence, so
    that nothing typed is lost.
    """

    @functools.wraps(callback)
    def guarded(*args: object, **kwargs: object) -> None:
        with caught() as found:
            act_as_who_is_there()
            callback(*args, **kwargs)
        if found.error is not None:
            text = str(st.session_state.get(text_key) or "") if text_key else ""
            st.session_state.setdefault(_TOLD, []).append((found.error, text))

    return guarded


def show_callback_errors(t: Translator) -> None:
    """What callbacks of the click before ended with. A text that could not be stored stays until it is read."""
    told: list[tuple[Exception, str]] = st.session_state.pop(_TOLD, [])
    for error, text in told:
        st.error(plain_text(sentence(error, t)), icon=":material/error:")
        if text:
            st.caption(t("This is what you typed; it is not stored yet:"))
            st.code(text, language=None, wrap_lines=True)
    if kept := [one for one in told if one[1]]:
        st.session_state[_TOLD] = kept
        st.button(t("Understood"), key="callback_errors_seen", on_click=safely(st.session_state.pop), args=(_TOLD,))
