"""What was counted, held in memory for all sessions: bounded in bytes, the least lately asked goes first.

A number of entries bounds nothing: one may be a sample of 2 MB or a million leads. Held are facts, workspaces as
of a day and all that is made of them (``pages.shell.kept``); the frames are shared, so nobody may change them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np
import polars as pl
import streamlit as st

from funnel.schema import Facts
from pages.shell.config import app_settings

T = TypeVar("T")
LARGE = 100_000
"""Bytes; what is smaller is measured once."""
MANY = 64
"""So many values of one list are measured at most; what is made of a workspace has fewer fields."""
SELDOM = 16
"""While half of the room is free, what is large is measured anew once in so many new values."""


class Memory:
    """Values by key, as many as fit into ``at_most`` bytes, and the newest in any case. Safe between threads: a value
    that two ask for at once is made once."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._held: OrderedDict[Hashable, Any] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self._making: dict[Hashable, threading.Lock] = {}
        self._n_made = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of all that is held."""
        with self._lock:
            return sum(map(size_of, self._held.values()))

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value under a key, made where it is not held. What ``make`` raises is not held."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return cast(T, self._held[key])
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._held:
                    return cast(T, self._held[key])
            try:
                made = make()
                with self._lock:
                    self._held[key] = made
                    self._make_room(key)
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return made

    def forget(self, key: Hashable) -> None:
        """Hold the value under a key no longer."""
        with self._lock:
            self._held.pop(key, None)
            self._sizes.pop(key, None)

    def _make_room(self, newest: Hashable) -> None:
        self._sizes[newest] = size_of(self._held[newest])
        self._n_made += 1
        # What is large is measured anew: what a workspace finds out later stays with it.
        if sum(self._sizes.values()) > self._at_most / 2 or self._n_made % SELDOM == 0:
            for key, size in self._sizes.items():
                if size >= LARGE and key != newest:
                    self._sizes[key] = size_of(self._held[key])
        total = sum(self._sizes.values())
        while total > self._at_most and len(self._held) > 1:
            key, _ = self._held.popitem(last=False)
            total -= self._sizes.pop(key)


def size_of(value: Any, *, inside: bool = False) -> int:
    """Bytes of the frames and arrays of a value; facts that stand inside another one are held on their own."""
    if isinstance(value, pl.DataFrame | pl.Series):
        return int(value.estimated_size())
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, Facts) and inside:
        return 0
    if isinstance(value, Mapping):
        return _of_all(list(value.values()))
    if isinstance(value, tuple | list):
        return _of_all(value)
    if is_dataclass(value):
        if hasattr(value, "__dict__"):  # with what cached properties found, and may find meanwhile: so a list of them
            return _of_all(list(vars(value).values()))
        return _of_all([getattr(value, one.name) for one in fields(value)])
    return 0


def _of_all(values: Sequence[Any]) -> int:
    """Of many values some are measured: they are rows of one kind, and every change of a filter asks for their size."""
    some = values if len(values) <= MANY else values[:: -(-len(values) // MANY)]
    return sum(size_of(one, inside=True) for one in some) * len(values) // max(1, len(some))


@st.cache_resource(show_spinner=False)
def memory() -> Memory:
    """The memory of this process."""
    return Memory(app_settings().memory_mb * 1_000_000)
