"""The records of the plan (strategies, targets, weekly form, feedback, decisions) as one state of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from funnel.planning.fields import from_fields
from funnel.planning.tracking.rows import TrackingRow
from funnel.storage.records import KINDS, Record
from funnel.storage.store import Store
from pages.shell.kept import kept

_TRIES = 5
"""How often records are read anew while others write."""


@dataclass(frozen=True)
class PlanRecords:
    """All records but the saved retrospectives, read once for a run. ``key``: what is made of them is cached on it.

    ``by_kind`` holds the deleted ones too.
    """

    key: tuple[str, int]
    by_kind: Mapping[str, tuple[Record, ...]]

    def of(self, kind: str, *, with_deleted: bool = False) -> list[Record]:
        """The records of a kind in the order of their creation."""
        return [record for record in self.by_kind[kind] if with_deleted or not record.is_deleted]

    @cached_property
    def rows(self) -> tuple[TrackingRow, ...]:
        """All rows of the weekly form, of every sheet."""
        return tuple(from_fields(TrackingRow, record.fields) for record in self.of("tracking"))


@kept(8)
def _read(asked: tuple[str, int], _store: Store) -> PlanRecords:
    for _ in range(_TRIES):
        key = _key(_store)
        found = {kind: tuple(_store.records(kind, with_deleted=True)) for kind in KINDS if kind != "retrospective"}
        if _key(_store) == key:  # else somebody wrote in between: parts of two states
            break
    return PlanRecords(key, found)


def _key(store: Store) -> tuple[str, int]:
    return str(store.path), store.versions().plan


def load_records(store: Store) -> PlanRecords:
    """The records as they are stored now."""
    return _read(_key(store), store)
