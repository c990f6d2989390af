"""The server's log: one line per write and error. It names no person, no lead and no value of a file.

What a page says about an error of the machine or of ours carries the number of its line. The parameters of a sentence
and the texts of other errors may quote a cell, so only codes, types and places of the code are written down.
"""

from __future__ import annotations

import logging
import sys
import traceback
import uuid
from functools import lru_cache

from funnel.errors import FunnelError

log = logging.getLogger("funnel")

_NUMBER = "log line "


@lru_cache
def set_up() -> None:
    """Write our lines to the standard error output, once per process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def note(error: Exception, where: str) -> None:
    """Write a line about an error, once, under a number of its own; an unforeseen one with the places of the code."""
    if number_of(error) is not None:
        return
    number = uuid.uuid4().hex[:6]
    error.add_note(f"{_NUMBER}{number}")
    if isinstance(error, FunnelError):
        log.info("%s %s: %s", number, where, error.message.code)
        return
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        parts += [type(cause).__name__, "\n", *traceback.format_tb(cause.__traceback__)]
        cause = cause.__cause__ or cause.__context__
    log.error("%s %s: %s", number, where, "".join(parts))


def same_line(error: FunnelError, of: Exception) -> FunnelError:
    """The error with the number of the line about another one, in whose place it is told."""
    number = number_of(of)
    if number is not None:
        error.add_note(f"{_NUMBER}{number}")
    return error


def number_of(error: Exception) -> str | None:
    """The number of the line about an error; null where there is none."""
    notes: list[str] = getattr(error, "__notes__", [])
    return next((note.removeprefix(_NUMBER) for note in notes if note.startswith(_NUMBER)), None)
