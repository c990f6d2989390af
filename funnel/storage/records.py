"""The plan: strategies, targets, tracking rows and the like, kept as append-only events.

A record is a bag of named fields (their meaning belongs to ``funnel.planning``). Its state is what its events add up
to, so no edit can erase another: two people who change different fields of one row both keep their change, and two who
change the same field get a conflict with both values. Every save is one committed transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import duckdb

from funnel.errors import ConflictError, InputError
from funnel.storage import plain
from funnel.storage.connection import Connected, bump, one

KINDS = ("strategy", "target", "tracking", "feedback", "decision", "retrospective", "forecast")
FROZEN = ("retrospective", "forecast")
"""Kinds that are written once: what was decided on cannot be rewritten."""

Action = Literal["create", "change", "delete", "restore"]


@dataclass(frozen=True, slots=True)
class Change:
    """Who last changed a field, when, and at which version of its record."""

    version: int
    who: str
    at: datetime


@dataclass(frozen=True)
class Record:
    """The present state of a record. ``version`` counts its events; ``field_changes``: who last changed a field."""

    kind: str
    id: str
    version: int
    fields: Mapping[str, Any]
    field_changes: Mapping[str, Change]
    is_deleted: bool
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True)
class RecordEvent:
    """One saved edit: ``changes`` holds the new values, ``before`` the ones they replaced (None: was not set)."""

    version: int
    action: Action
    changes: Mapping[str, Any]
    before: Mapping[str, Any]
    who: str
    at: datetime


@dataclass(frozen=True)
class Edit:
    """A change of some fields of a record, as seen at ``expected_version`` (0: it did not exist yet).

    ``record_id`` None makes a record under a new id; an unknown id with version 0 makes one under that id.
    """

    record_id: str | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    expected_version: int | None = None


class Records(Connected):
    """Read and write the records of the plan."""

    def records(self, kind: str, *, with_deleted: bool = False) -> list[Record]:
        """All records of a kind in the order of their creation. Raises InputError ``storage.unknown_kind``."""
        _check_kind(kind)
        with self.reading() as cursor:
            found = _fold(kind, _events(cursor, kind))
        return [record for record in found.values() if with_deleted or not record.is_deleted]

    def record(self, kind: str, record_id: str) -> Record:
        """One record, deleted or not. Raises InputError ``storage.unknown_record``."""
        _check_kind(kind)
        with self.reading() as cursor:
            return _current(cursor, kind, record_id)

    def record_history(self, kind: str, record_id: str) -> list[RecordEvent]:
        """Every edit of a record, oldest first. Raises InputError ``storage.unknown_record``."""
        _check_kind(kind)
        with self.reading() as cursor:
            rows = _events(cursor, kind, record_id)
        if not rows:
            raise InputError("storage.unknown_record", given=record_id)
        state: dict[str, Any] = {}
        history = []
        for _, version, action, changes, who, at in rows:
            history.append(RecordEvent(version, action, changes, {name: state.get(name) for name in changes}, who, at))
            state.update(changes)
        return history

    def save_record(
        self,
        kind: str,
        record_id: str | None,
        changes: Mapping[str, Any],
        *,
        expected_version: int | None = None,
        who: str,
        now: datetime,
    ) -> Record:
        """Create a record (see ``Edit``) or change the named fields of one, and return its new state.

        Values are plain data; dates, instants and messages come back as such. An edit that changes nothing is not
        stored. ``expected_version`` is the version that the person saw: ConflictError ``storage.field_changed`` when
        one of the *same* fields got another value since (``conflicts`` holds field, given and stored value), or
        ``storage.record_deleted``. Without it the last writer wins; the history keeps both.
        """
        edit = Edit(record_id, changes, expected_version)
        return self.save_records(kind, [edit], who=who, now=now)[0]

    def save_records(self, kind: str, edits: Sequence[Edit], *, who: str, now: datetime) -> list[Record]:
        """Save many edits in one transaction, all or none; for errors see ``save_record``."""
        _check_kind(kind)
        with self.writing("record", who=who, about=kind) as cursor:
            saved = []
            known: dict[str, list[_Row]] = {}
            stored: list[_Row] = []
            for edit in edits:
                record_id = edit.record_id or uuid.uuid4().hex
                if record_id not in known:
                    known[record_id] = [] if edit.record_id is None else _events(cursor, kind, record_id)
                rows = known[record_id]
                if rows:
                    current = _fold(kind, rows)[record_id]
                    changes = _checked(current, edit)
                    if not changes:
                        saved.append(current)
                        continue
                    event = _event(record_id, current.version + 1, "change", changes, who=who, at=now)
                elif edit.record_id is None or edit.expected_version == 0:
                    event = _event(record_id, 1, "create", edit.changes, who=who, at=now)
                else:
                    raise InputError("storage.unknown_record", given=record_id)
                rows.append(event)
                stored.append(event)
                saved.append(_fold(kind, rows)[record_id])
            if stored:
                _append(cursor, kind, stored)
                bump(cursor, "plan")
            return saved

    def delete_record(
        self, kind: str, record_id: str, *, expected_version: int | None = None, who: str, now: datetime
    ) -> Record:
        """Mark a record as deleted; its history stays, and ``restore_record`` brings it back.

        ConflictError ``storage.record_changed`` when it was changed after ``expected_version``.
        """
        return self._mark(kind, record_id, "delete", expected_version, who=who, now=now)

    def restore_record(self, kind: str, record_id: str, *, who: str, now: datetime) -> Record:
        """Bring a deleted record back as it was."""
        return self._mark(kind, record_id, "restore", None, who=who, now=now)

    def _mark(
        self, kind: str, record_id: str, action: Action, expected_version: int | None, *, who: str, now: datetime
    ) -> Record:
        _check_kind(kind)
        with self.writing("record", who=who, about=kind) as cursor:
            current = _current(cursor, kind, record_id)
            if current.is_deleted == (action == "delete"):
                return current
            if expected_version is not None and expected_version < current.version:
                raise ConflictError("storage.record_changed", who=current.changed_by, at=current.changed_at)
            _append(cursor, kind, [_event(record_id, current.version + 1, action, {}, who=who, at=now)])
            bump(cursor, "plan")
            return _current(cursor, kind, record_id)


_Row = tuple[str, int, Action, Mapping[str, Any], str, datetime]


def _events(cursor: duckdb.DuckDBPyConnection, kind: str, record_id: str | None = None) -> list[_Row]:
    rows = cursor.execute(
        """
        SELECT record_id, version, action, changes, who, "at" FROM record_events
        WHERE kind = ? AND (record_id = ? OR ? IS NULL) ORDER BY event_no
        """,
        [kind, record_id, record_id],
    ).fetchall()
    return [(key, version, action, plain.loads(text), who, at) for key, version, action, text, who, at in rows]


def _event(record_id: str, version: int, action: Action, changes: Mapping[str, Any], *, who: str, at: datetime) -> _Row:
    """An event as it will be read back."""
    return record_id, version, action, plain.loads(plain.dumps(changes)), who, at


def _append(cursor: duckdb.DuckDBPyConnection, kind: str, events: list[_Row]) -> None:
    (last,) = one(cursor, "SELECT coalesce(max(event_no), 0) FROM record_events")
    cursor.executemany(
        "INSERT INTO record_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [no, kind, record_id, version, action, plain.dumps(changes), who, at]
            for no, (record_id, version, action, changes, who, at) in enumerate(events, last + 1)
        ],
    )


def _fold(kind: str, rows: list[_Row]) -> dict[str, Record]:
    """Records by id, in the order of their creation, as the events leave them."""
    states: dict[str, dict[str, Any]] = {}
    for record_id, version, action, changes, who, at in rows:
        state = states.setdefault(record_id, {"fields": {}, "field_changes": {}, "created_at": at, "created_by": who})
        state["fields"].update(changes)
        state["field_changes"].update(dict.fromkeys(changes, Change(version, who, at)))
        state |= {"version": version, "is_deleted": action == "delete", "changed_at": at, "changed_by": who}
    return {record_id: Record(kind=kind, id=record_id, **state) for record_id, state in states.items()}


def _current(cursor: duckdb.DuckDBPyConnection, kind: str, record_id: str) -> Record:
    found = _fold(kind, _events(cursor, kind, record_id))
    if record_id not in found:
        raise InputError("storage.unknown_record", given=record_id)
    return found[record_id]


def _checked(current: Record, edit: Edit) -> dict[str, Any]:
    """What of the edit is new, or the conflict that it meets."""
    if current.is_deleted:
        raise ConflictError("storage.record_deleted", who=current.changed_by, at=current.changed_at)
    new = {
        name: value
        for name, value in edit.changes.items()
        if name not in current.fields or not _same(current.fields[name], value)
    }
    if new and current.kind in FROZEN:
        raise InputError("storage.frozen", at=current.created_at)
    seen = edit.expected_version
    if seen is not None:
        changes = current.field_changes
        conflicts = [name for name in new if name in changes and changes[name].version > seen]
        if conflicts:
            name = conflicts[0]
            raise ConflictError(
                "storage.field_changed",
                field=name,
                given=new[name],
                stored=current.fields[name],
                who=changes[name].who,
                at=changes[name].at,
                version=current.version,
                conflicts=[{"field": n, "given": new[n], "stored": current.fields[n]} for n in conflicts],
            )
    return new


def _same(stored: Any, given: Any) -> bool:
    """Equal as stored values: 1 and 1.0 or True and 1 are not the same cell."""
    return plain.dumps(stored) == plain.dumps(given)


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise InputError("storage.unknown_kind", given=kind, allowed=list(KINDS))
