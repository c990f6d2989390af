"""The Store: one workspace, one DuckDB file, one handle. Each of its parts stands in a file of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from funnel.dataset.contract import SETTINGS, Dataset
from funnel.errors import StorageError
from funnel.schema import facts_in
from funnel.storage import plain
from funnel.storage.definitions import Definitions
from funnel.storage.forgetting import Forgetting
from funnel.storage.imports import Imports
from funnel.storage.journal import Journal
from funnel.storage.preferences import Preferences
from funnel.storage.records import Records


@dataclass(frozen=True, slots=True)
class Versions:
    """Numbers that grow with each write of their kind: the keys of every cache. Spend counts as data."""

    data: int
    definition: int
    plan: int
    settings: int


class Store(Imports, Definitions, Preferences, Records, Forgetting, Journal):
    """An open workspace. Safe to share between threads; opened by ``funnel.storage.workspaces``.

    Every write is one committed transaction before the call returns. Raises StorageError (``storage.*``) when the file
    cannot be read or written.
    """

    _said: tuple[int, dict[str, Any]] | None = None

    @property
    def name(self) -> str:
        """What people call this workspace."""
        return str(self._about()["name"])

    @property
    def is_sample(self) -> bool:
        """Whether it holds the synthetic sample."""
        return bool(self._about()["is_sample"])

    def versions(self) -> Versions:
        """The present version of each kind of content."""
        with self.reading() as cursor:
            rows = cursor.execute("SELECT kind, n FROM versions").fetchall()
        return Versions(**dict(rows))

    def state(self) -> str:
        """What tells this state of data, definition and settings from any other, also of another file at this place."""
        with self.reading() as cursor:
            versions = cursor.execute("SELECT kind, n FROM versions WHERE kind <> 'plan' ORDER BY kind").fetchall()
            made = cursor.execute("SELECT value FROM workspace WHERE key = 'created_at'").fetchall()
            last = cursor.execute("SELECT max(no), max(\"at\") FROM journal WHERE deed <> 'record'").fetchall()
        return repr((versions, made, last))

    def dataset(self) -> Dataset:
        """Everything that the figures are made of, of one state of the workspace, for another program or workspace."""
        while True:
            before = self.versions()
            frames, settings = self.live_frames(), self.settings()
            dataset = Dataset(
                name=self.name,
                definition=self.definition(),
                facts=facts_in(frames),
                spend=self.spend(),
                rejected=frames["rejected"],
                findings=frames["findings"],
                settings={key: value for key, value in settings.items() if key in SETTINGS},
            )
            if self.versions() == before:  # else somebody wrote in between: parts of two states
                return dataset

    def _about(self) -> dict[str, Any]:
        """What it says about itself, read once for each change: every list of workspaces asks."""
        n_changes = self._n_changes
        if self._said is None or self._said[0] != n_changes:
            with self.reading() as cursor:
                self._said = n_changes, about(cursor)
        return self._said[1]


def about(cursor: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What a workspace says about itself: ``name``, ``is_sample`` and more. Raises StorageError ``storage.value``."""
    rows = cursor.execute("SELECT key, value FROM workspace").fetchall()
    said = {key: plain.loads(text) for key, text in rows}
    if not {"name", "is_sample"} <= said.keys():
        raise StorageError("storage.value")
    return said
