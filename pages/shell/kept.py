"""What is made of a workspace: kept for all sessions while somebody looks at that workspace, then given back."""

from __future__ import annotations

import gc
import inspect
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import streamlit as st

from funnel.storage.workspaces import rest_workspace
from pages.shell.boundary import caught
from pages.shell.logs import log
from pages.shell.memory import memory

UNUSED = 600.0
"""Seconds after the last run of a page of a workspace: then what it holds in memory is given back."""
_LOOKS = 60.0

P = ParamSpec("P")
Made = TypeVar("Made")


class _Kept(Generic[P, Made]):
    """A function whose answers are kept, the ``max_entries`` that were asked for last, while the memory holds them.

    Arguments whose names begin with an underscore stand behind the others and say nothing that those do not say.
    """

    def __init__(self, make: Callable[P, Made], max_entries: int) -> None:
        self._make = make
        self._n_named = sum(not name.startswith("_") for name in inspect.signature(make).parameters)
        self._max_entries = max_entries
        self._asked: OrderedDict[tuple[Any, ...], None] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Made:
        named = args[: self._n_named]
        with self._lock:
            self._asked[named] = None
            self._asked.move_to_end(named)
            while len(self._asked) > self._max_entries:
                memory().forget((self, self._asked.popitem(last=False)[0]))
        return memory().get((self, named), lambda: self._make(*args, **kwargs))

    def forget(self, path: str) -> None:
        """Drop the answers about the workspace in this file: each names it in its first argument."""
        with self._lock:
            about = [named for named in self._asked if _names(named[0], path)]
            for named in about:
                del self._asked[named]
        for named in about:
            memory().forget((self, named))


_all: list[_Kept[..., Any]] = []
_used: dict[str, float] = {}
_lock = threading.Lock()


def kept(max_entries: int) -> Callable[[Callable[P, Made]], _Kept[P, Made]]:
    """For a function of what a workspace holds: its answers are made once and shared by all sessions, so never change
    them. The first argument names the workspace's file: a ``DataKey``, or a text or a tuple with the path in it."""

    def decorate(make: Callable[P, Made]) -> _Kept[P, Made]:
        made = _Kept(make, max_entries)
        _all.append(made)
        return made

    return decorate


def use(path: Path, *, now: float | None = None) -> None:
    """Somebody looks at this workspace now (``now``: seconds of a steady clock)."""
    with _lock:
        _used[str(path.resolve())] = time.monotonic() if now is None else now


def give_back_unused(now: float) -> None:
    """Drop what was made of workspaces that nobody has looked at for ten minutes, and let go of their files.

    Nothing is lost: the next look opens the file and makes it again.
    """
    with _lock:
        unused = [path for path, at in _used.items() if now - at >= UNUSED]
        for path in unused:
            del _used[path]
    for path in unused:
        for function in _all:
            function.forget(path)
        with caught():
            rest_workspace(Path(path))
        log.info("given back: %s", Path(path).name)
    if unused:
        gc.collect()


@st.cache_resource(show_spinner=False)
def start_giving_back() -> None:
    """Once per process: look every minute for what is not used any more."""

    def look() -> None:
        while True:
            time.sleep(_LOOKS)
            give_back_unused(time.monotonic())

    threading.Thread(target=look, name="funnel-giving-back", daemon=True).start()


def _names(first: object, path: str) -> bool:
    said = first if isinstance(first, str) else repr(first)
    return path in said or repr(path)[1:-1] in said
