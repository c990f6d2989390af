"""One open sheet of one session: what the editor's delta means, and storing it at once without losing anything.

The editor shows a snapshot that does not change while somebody types, and reports everything that was changed since.
What was handled already is remembered here, so each run stores only what is new; the version that the person saw goes
with every edit, so that two people in one cell meet in a conflict and never overwrite each other silently. No screen
is touched here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from funnel.errors import ConflictError, FunnelError
from funnel.planning.fields import from_fields, to_fields
from funnel.planning.tracking.rows import BadCell, TrackingRow, apply_delta
from funnel.storage.records import Edit, Record
from funnel.storage.store import Store

KIND = "tracking"
_Cell = tuple[str, int, str]
"""Where an editor's value stands: "edited" or "added", the index there, the column."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit that met another one and waits for a choice.

    ``kind``: "field" (somebody changed the same cell), "deleted" (somebody deleted the row), "changed" (this session
    wanted to delete a row that somebody changed). ``given`` is this session's value, ``stored`` the other one.
    """

    kind: str
    row: TrackingRow
    field: str
    given: Any
    stored: Any
    who: str
    at: datetime
    version: int


@dataclass
class OpenSheet:
    """A sheet as one session sees it. ``shown``: the snapshot's rows; ``added``: the editor's new rows, null while
    blank; ``known``: the version of each row that this session has seen."""

    sheet: str
    shown: list[TrackingRow]
    known: dict[str, int]
    added: list[TrackingRow | None] = field(default_factory=list)
    own: dict[tuple[str, str], int] = field(default_factory=dict)
    handled: dict[_Cell, Any] = field(default_factory=dict)
    added_cells: list[dict[str, Any]] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)
    bad: dict[_Cell, BadCell] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    saved_at: datetime | None = None
    stage_changed: bool = False
    """Whether a row got another stage since the snapshot, so that its measured figure is another one."""

    @property
    def rows(self) -> list[TrackingRow]:
        """All rows that are stored, in the order of the screen."""
        standing = [row for index, row in enumerate(self.shown) if index not in self.deleted]
        return [*standing, *(row for row in self.added if row is not None)]

    def is_outdated(self, records: Iterable[Record]) -> bool:
        """Whether the stored sheet is not what this session has seen: somebody else was here."""
        now = {record.id: record.version for record in records if record.fields.get("sheet") == self.sheet}
        mine = {row.row_id: self.known[row.row_id] for row in self.rows}
        return now != mine

    def take(self, delta: Mapping[str, Any], store: Store, *, who: str, now: datetime) -> bool:
        """Store what is new in the editor's delta. True when rows were deleted, so that the snapshot must be made anew.

        Edits that cannot be read are kept in ``bad``, edits that met another one in ``conflicts``. Where the store
        fails, nothing counts as handled: the next call stores it again.
        """
        before = dict(self.handled), list(self.shown), list(self.added), list(self.added_cells), set(self.deleted)
        try:
            return self._take(delta, store, who=who, now=now)
        except FunnelError:
            self.handled, self.shown, self.added, self.added_cells, self.deleted = before
            raise

    def _take(self, delta: Mapping[str, Any], store: Store, *, who: str, now: datetime) -> bool:
        added = [dict(cells) for cells in delta.get("added_rows", ())]
        removed = self._drop_removed(added, store, who=who, now=now)
        edits = self._new_cells("edited", self.shown, {int(i): c for i, c in delta.get("edited_rows", {}).items()})
        edits += self._new_cells("added", self.added, dict(enumerate(added)))
        edits += self._new_rows(added)
        self.added_cells = added
        if edits:
            self._save(edits, store, who=who, now=now)
        fresh = {int(index) for index in delta.get("deleted_rows", ())} - self.deleted
        for index in sorted(fresh):
            self.deleted.add(index)
            self._delete(self.shown[index], store, who=who, now=now)
        return removed or bool(fresh)

    def _new_cells(
        self, place: str, rows: Sequence[TrackingRow | None], cells_of: Mapping[int, Mapping[str, Any]]
    ) -> list[Edit]:
        """Changed cells of rows that are stored already."""
        found: list[Edit] = []
        for index, cells in cells_of.items():
            row = rows[index] if index < len(rows) else None
            if row is None or (place == "edited" and index in self.deleted):
                continue
            new = {c: v for c, v in cells.items() if self.handled.get((place, index, c), _NEVER) != v}
            changes, bad = apply_delta([row], {"edited_rows": {0: new}}, (), self.sheet)
            self._remember(place, index, new, bad)
            for change in changes:
                self._put(place, index, change.row)
                self.stage_changed |= place == "edited" and "stage" in change.fields
                found += self._edits(change.row, change.fields)
        return found

    def _new_rows(self, added: Sequence[Mapping[str, Any]]) -> list[Edit]:
        """Rows that got their first content."""
        found = []
        self.added += [None] * (len(added) - len(self.added))
        for index, cells in enumerate(added):
            if self.added[index] is not None:
                continue
            changes, bad = apply_delta(self.rows, {"added_rows": [cells]}, [uuid.uuid4().hex], self.sheet)
            self._remember("added", index, cells, bad)
            for change in changes:
                self.added[index] = change.row
                self.known[change.row.row_id] = 0
                found.append(Edit(change.row.row_id, to_fields(change.row), 0))
        return found

    def _put(self, place: str, index: int, row: TrackingRow) -> None:
        if place == "edited":
            self.shown[index] = row
        else:
            self.added[index] = row

    def _remember(self, place: str, index: int, cells: Mapping[str, Any], bad: Iterable[BadCell]) -> None:
        for column, value in cells.items():
            self.handled[place, index, column] = value
            self.bad.pop((place, index, column), None)
        for cell in bad:
            self.bad[place, index, cell.column] = cell

    def _edits(self, row: TrackingRow, names: Iterable[str]) -> list[Edit]:
        """One edit per version seen: the row's, or that of this session's own last edit of the cell."""
        values = to_fields(row)
        by_version: dict[int, dict[str, Any]] = {}
        for name in names:
            seen = max(self.known[row.row_id], self.own.get((row.row_id, name), 0))
            by_version.setdefault(seen, {})[name] = values[name]
        return [Edit(row.row_id, changes, seen) for seen, changes in by_version.items()]

    def _save(self, edits: list[Edit], store: Store, *, who: str, now: datetime) -> None:
        try:
            saved = store.save_records(KIND, edits, who=who, now=now)
        except ConflictError as error:
            if len(edits) > 1:  # one by one, so that a conflict in one cell holds up no other
                for edit in edits:
                    self._save([edit], store, who=who, now=now)
                return
            rest = self._conflict(edits[0], error)
            if rest:
                self._save([rest], store, who=who, now=now)
            return
        for edit, record in zip(edits, saved, strict=True):
            self._seen(record, edit.changes)
        self.saved_at = now

    def _seen(self, record: Record, names: Iterable[str]) -> None:
        """The version after the one seen holds only the own edit; in a later one only the own cells are known."""
        if record.version == self.known[record.id] + 1:
            self.known[record.id] = record.version
        for name in names:
            self.own[record.id, name] = record.version

    def _conflict(self, edit: Edit, error: ConflictError) -> Edit | None:
        """Keep the conflict for a choice; returns what of the edit met nobody."""
        assert edit.record_id is not None
        row = next(row for row in self.rows if row.row_id == edit.record_id)
        params = error.message.params
        if error.message.code == "storage.record_deleted":
            for name, given in edit.changes.items():
                self.conflicts.append(Conflict("deleted", row, name, given, None, params["who"], params["at"], 0))
            return None
        met = {conflict["field"]: conflict for conflict in params["conflicts"]}
        for name, conflict in met.items():
            self.conflicts.append(
                Conflict(
                    "field", row, name, conflict["given"], conflict["stored"],
                    params["who"], params["at"], params["version"],
                )
            )  # fmt: skip
        rest = {name: value for name, value in edit.changes.items() if name not in met}
        return Edit(edit.record_id, rest, edit.expected_version) if rest else None

    def _drop_removed(self, added: list[dict[str, Any]], store: Store, *, who: str, now: datetime) -> bool:
        """Delete the new rows that are gone from the editor, which drops them from its list, by what is left."""
        if len(added) >= len(self.added_cells):
            return False
        left = list(added)
        gone = []
        for index, cells in enumerate(self.added_cells):
            if left and left[0] == cells:
                left.pop(0)
            else:
                gone.append(index)
        for index in gone:
            row = self.added[index]
            if row is not None:
                self._delete(row, store, who=who, now=now)
        keep = [index for index in range(len(self.added)) if index not in gone]
        self.added = [self.added[index] for index in keep]
        places = {old: new for new, old in enumerate(keep)}
        self.handled = _moved(self.handled, places)
        self.bad = _moved(self.bad, places)
        return True

    def _delete(self, row: TrackingRow, store: Store, *, who: str, now: datetime) -> None:
        try:
            store.delete_record(KIND, row.row_id, expected_version=self.known[row.row_id], who=who, now=now)
        except ConflictError as error:
            params = error.message.params
            self.conflicts.append(Conflict("changed", row, "", None, None, params["who"], params["at"], 0))
            return
        self.saved_at = now


_NEVER = object()
V = TypeVar("V")


def _moved(cells: Mapping[_Cell, V], places: Mapping[int, int]) -> dict[_Cell, V]:
    """Cells of new rows under their new places; those of rows that went are dropped."""
    return {
        (place, places[index] if place == "added" else index, column): value
        for (place, index, column), value in cells.items()
        if place != "added" or index in places
    }


def open_sheet(records: Iterable[Record], sheet: str) -> OpenSheet:
    """The rows of a sheet as they are stored now."""
    mine = [record for record in records if record.fields.get("sheet") == sheet]
    rows = sorted((from_fields(TrackingRow, record.fields) for record in mine), key=lambda row: row.position)
    return OpenSheet(sheet, rows, {record.id: record.version for record in mine})


def settle(conflict: Conflict, *, keep_mine: bool, store: Store, who: str, now: datetime) -> Conflict | None:
    """Carry out the choice. Returns a new conflict when somebody changed the cell once more."""
    if not keep_mine:
        return None
    row_id = conflict.row.row_id
    if conflict.kind == "changed":
        store.delete_record(KIND, row_id, who=who, now=now)
        return None
    if conflict.kind == "deleted":
        store.restore_record(KIND, row_id, who=who, now=now)
        store.save_record(KIND, row_id, {conflict.field: conflict.given}, who=who, now=now)
        return None
    return save_cell(conflict.row, conflict.version, conflict.field, conflict.given, store, who=who, now=now)


def save_cell(
    row: TrackingRow, version: int, name: str, value: Any, store: Store, *, who: str, now: datetime
) -> Conflict | None:
    """Store one cell of a row that was seen at ``version``; the conflict where somebody changed or deleted it since."""
    sheet = OpenSheet(row.sheet, [row], {row.row_id: version})
    sheet._save([Edit(row.row_id, {name: value}, version)], store, who=who, now=now)
    return sheet.conflicts[0] if sheet.conflicts else None
