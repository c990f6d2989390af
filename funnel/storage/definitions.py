"""The funnel definition of a workspace in versions. Saving one never touches the imported facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from funnel.definition.definition import FunnelDefinition, from_dict
from funnel.errors import ConflictError, InputError
from funnel.storage import plain
from funnel.storage.connection import Connected, bump, one


@dataclass(frozen=True)
class DefinitionVersion:
    """A saved state of the funnel definition: who saved it, when and why."""

    version: int
    definition: FunnelDefinition
    who: str
    at: datetime
    reason: str


class Definitions(Connected):
    """The current funnel definition and its history."""

    def definition(self, version: int | None = None) -> FunnelDefinition:
        """The newest definition, or that of a version. Raises InputError ``storage.unknown_definition``."""
        with self.reading() as cursor:
            rows = cursor.execute(
                "SELECT definition FROM definitions WHERE version = ? OR ? IS NULL ORDER BY version DESC LIMIT 1",
                [version, version],
            ).fetchall()
        if not rows:
            raise InputError("storage.unknown_definition", given=version)
        return from_dict(plain.loads(rows[0][0]))

    def save_definition(
        self, definition: FunnelDefinition, *, who: str, now: datetime, reason: str, expected_version: int | None = None
    ) -> int:
        """Save a new version and return its number; an unchanged definition makes none.

        ``expected_version`` is the version that the edit began from: ConflictError ``storage.definition_changed`` when
        somebody saved another one since.
        """
        text = plain.dumps(definition.to_dict())
        with self.writing("funnel", who=who, about=reason) as cursor:
            current, stored, author = one(
                cursor, "SELECT version, definition, who FROM definitions ORDER BY version DESC LIMIT 1"
            )
            if stored == text:
                return int(current)
            if expected_version is not None and expected_version != current:
                raise ConflictError("storage.definition_changed", given=expected_version, stored=current, who=author)
            return add_definition(cursor, definition, who=who, now=now, reason=reason)

    def definition_versions(self) -> list[DefinitionVersion]:
        """Every saved version, newest first."""
        with self.reading() as cursor:
            rows = cursor.execute(
                'SELECT version, definition, who, "at", reason FROM definitions ORDER BY version DESC'
            ).fetchall()
        return [
            DefinitionVersion(version, from_dict(plain.loads(text)), who, at, reason)
            for version, text, who, at, reason in rows
        ]


def add_definition(
    cursor: duckdb.DuckDBPyConnection, definition: FunnelDefinition, *, who: str, now: datetime, reason: str
) -> int:
    """Write the next version inside the caller's transaction."""
    version = int(one(cursor, "SELECT coalesce(max(version), 0) + 1 FROM definitions")[0])
    cursor.execute(
        "INSERT INTO definitions VALUES (?, ?, ?, ?, ?)",
        [version, plain.dumps(definition.to_dict()), who, now, reason],
    )
    bump(cursor, "definition")
    return version
