"""Where an error becomes a sentence. Nothing below shows anything; nothing above sees a traceback."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager

import streamlit as st

from funnel.errors import FunnelError
from funnel.i18n.translator import Translator

log = logging.getLogger("funnel")


@contextmanager
def error_boundary(t: Translator) -> Generator[None]:
    """Show what went wrong as one plain sentence; an unexpected error goes to the server's log with its traceback."""
    try:
        yield
    except FunnelError as error:
        log.info("shown to the user: %s", error)
        st.error(t.message(error), icon=":material/error:")
    except Exception:
        log.exception("unexpected error on a page")
        st.error(t.message_of("app.unexpected"), icon=":material/error:")
