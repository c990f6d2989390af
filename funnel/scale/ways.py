"""The ways to work through the parts of a history: one after the other on this machine, or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Literal, Protocol, TypeVar

import polars as pl

from funnel.dataset.parted import Parted
from funnel.errors import StorageError

WAYS: Final = ("memory", "here", "cluster")
WayName = Literal["memory", "here", "cluster"]
"""All in one memory, part by part on this machine, or on the machines of a cluster."""

Found = TypeVar("Found")
Tell = Callable[[int, int], None]
_TELL: ContextVar[Tell | None] = ContextVar("_TELL", default=None)


@contextmanager
def telling(tell: Tell) -> Generator[None]:
    """Within it ``tell`` hears how many of the parts are done: 0 of n when a pass begins, n of n when it ends."""
    before = _TELL.set(tell)
    try:
        yield
    finally:
        _TELL.reset(before)


def told(done: int, n: int) -> None:
    if (tell := _TELL.get()) is not None:
        tell(done, n)


class Way(Protocol):
    """How parts are worked through."""

    def each(self, work: Callable[[int], Found], parted: Parted) -> Iterator[tuple[int, Found]]:
        """Part and what ``work`` (to be pickled) finds in it, for every part, in whatever order.

        Raises what ``work`` raises, and StorageError ``scale.part_failed`` with the name of a part that cannot be
        worked through: nothing is ever counted without it.
        """

    def answers(
        self, recipe: Any, plans: list[pl.LazyFrame], parted: Parted
    ) -> Iterator[tuple[int, list[pl.DataFrame]]]:
        """What each part answers to plans over its journeys (``funnel.scale.kept.Recipe``)."""


class Here:
    """Part by part on this machine: no more than one part is in memory."""

    def each(self, work: Callable[[int], Found], parted: Parted) -> Iterator[tuple[int, Found]]:
        for part in range(parted.n):
            told(part, parted.n)
            try:
                found = work(part)
            except (pl.exceptions.PolarsError, OSError, MemoryError) as error:
                raise StorageError("scale.part_failed", given=parted.name_of(part), problem=str(error)) from error
            yield part, found
        told(parted.n, parted.n)

    def answers(
        self, recipe: Any, plans: list[pl.LazyFrame], parted: Parted
    ) -> Iterator[tuple[int, list[pl.DataFrame]]]:
        return self.each(lambda part: recipe.answers(plans, part), parted)
