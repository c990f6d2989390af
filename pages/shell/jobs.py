"""Long work in one worker thread, with progress that a page can show and a way to cancel it.

Any click on a widget ends the running script, so an import inside the script would be cut in half: it runs beside it.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from funnel.errors import FunnelError
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from pages.shell.boundary import apart
from pages.shell.logs import log, note, same_line

Report = Callable[[float, str], None]
"""Called by the work as ``report(share_done, what it does)``; raises ``Cancelled`` when the user has cancelled."""


class Cancelled(BaseException):
    """Ends the work of a cancelled job."""


@dataclass
class Job:
    """One piece of work. ``result`` is there when ``done`` and neither ``error`` nor ``crash`` nor ``cancelled``."""

    work: Callable[[Report], Any]
    share: float = 0.0
    text: str = ""
    result: Any = None
    error: FunnelError | None = None
    crash: Exception | None = None
    cancelled: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def outcome(self) -> Any:
        """The result of a finished job. Raises its FunnelError, or ``app.unexpected`` when it crashed."""
        if self.error is not None:
            raise self.error
        if self.crash is not None:
            raise same_line(FunnelError("app.unexpected"), self.crash) from self.crash
        return self.result

    def start(self) -> Job:
        context = contextvars.copy_context()  # the work is done as whoever asked for it
        threading.Thread(target=context.run, args=(self._run,), name="funnel-job", daemon=True).start()
        return self

    def report(self, share: float, text: str) -> None:
        if self.cancelled:
            raise Cancelled
        self.share, self.text = share, text

    def _run(self) -> None:
        try:
            self.result = self.work(self.report)
        except Cancelled:
            log.info("a job was cancelled by the user")
        except FunnelError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001  (here it gets a line in the log)
            note(error, "in a worker")
            self.crash = error
        finally:
            self.done.set()


def run(key: str, work: Callable[[Report], Any]) -> Job:
    """The job under ``key`` of this session, started when there is none. Quick work is done when this returns."""
    job: Job | None = st.session_state.get(key)
    if job is None:
        job = st.session_state[key] = Job(work).start()
        job.done.wait(1.0)
    return job


def forget(key: str) -> None:
    """Drop a job; one that still runs is cancelled."""
    job: Job | None = st.session_state.pop(key, None)
    if job is not None:
        job.cancelled = True


def show_progress(key: str, t: Translator, *, can_cancel: bool = True) -> None:
    """A moving progress bar for a running job, with a cancel button; runs the page again when the job is done."""

    @st.fragment(run_every=0.5)
    def progress() -> None:
        with apart(t):
            _progress(key, t, can_cancel=can_cancel)

    progress()


def _progress(key: str, t: Translator, *, can_cancel: bool) -> None:
    job: Job | None = st.session_state.get(key)
    if job is None or job.done.is_set():
        st.rerun()
    st.progress(min(max(job.share, 0.02), 1.0), text=plain_text(job.text) or t("Working …"))
    if can_cancel and st.button(t("Cancel"), key=f"{key}_cancel"):
        forget(key)
        st.rerun()
