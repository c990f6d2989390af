"""A table of records as one session edits it: what the editor's delta means, and storing it at once without a loss.

The editor shows a snapshot that does not change while somebody types, and reports everything that was changed since.
What was handled already is remembered here, so each run stores only what is new; the version that the person saw goes
with every edit, so that two people in one cell meet in a conflict and never overwrite each other silently. No screen
is touched here. The weekly form, feedback and decisions are edited by it: ``Rules`` say what their rows are.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from funnel.errors import ConflictError, FunnelError
from funnel.planning.tracking.rows import BadCell
from funnel.storage.records import Edit, Record
from funnel.storage.store import Store

R = TypeVar("R")
_Cell = tuple[str, int, str]
"""Where an editor's value stands: "edited" or "added", the index there, the column."""


@dataclass(frozen=True, slots=True)
class Rules(Generic[R]):
    """What the rows of one kind of record are.

    - ``id_of``, ``fields_of``: the record's id and its stored fields.
    - ``changed``: a row with some cells changed, the names of the fields that differ, and what cannot be read.
    - ``back``: a row with some columns as they are in another one, and the names of the fields that differ.
    - ``new``: a row under an id from its first cells beside the rows that stand; null while it is blank.
    """

    kind: str
    id_of: Callable[[R], str]
    fields_of: Callable[[R], Mapping[str, Any]]
    changed: Callable[[R, Mapping[str, Any]], tuple[R, tuple[str, ...], Sequence[BadCell]]]
    back: Callable[[R, R, Iterable[str]], tuple[R, tuple[str, ...]]]
    new: Callable[[str, Mapping[str, Any], Sequence[R]], tuple[R | None, Sequence[BadCell]]]


@dataclass(frozen=True, slots=True)
class Conflict(Generic[R]):
    """An edit that met another one and waits for a choice.

    ``kind``: "field" (somebody changed the same cell), "deleted" (somebody deleted the row), "changed" (this session
    wanted to delete a row that somebody changed). ``given`` is this session's value, ``stored`` the other one.
    """

    kind: str
    rules: Rules[R]
    row: R
    field: str
    given: Any
    stored: Any
    who: str
    at: datetime
    version: int


@dataclass
class LiveRows(Generic[R]):
    """The rows as one session sees them. ``shown``: the snapshot's rows; ``added``: the editor's new rows, null while
    blank; ``known``: the version of each row that this session has seen. ``changed``: fields that changed in a shown
    row since the snapshot."""

    rules: Rules[R]
    shown: list[R]
    known: dict[str, int]
    added: list[R | None] = field(default_factory=list)
    own: dict[tuple[str, str], int] = field(default_factory=dict)
    handled: dict[_Cell, Any] = field(default_factory=dict)
    added_cells: list[dict[str, Any]] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)
    bad: dict[_Cell, BadCell] = field(default_factory=dict)
    conflicts: list[Conflict[R]] = field(default_factory=list)
    saved_at: datetime | None = None
    changed: set[str] = field(default_factory=set)
    opened_with: list[R] = field(init=False)

    def __post_init__(self) -> None:
        self.opened_with = list(self.shown)

    @property
    def rows(self) -> list[R]:
        """All rows that are stored, in the order of the screen."""
        standing = [row for index, row in enumerate(self.shown) if index not in self.deleted]
        return [*standing, *(row for row in self.added if row is not None)]

    def is_outdated(self, records: Iterable[Record]) -> bool:
        """Whether what is stored is not what this session has seen: somebody else was here."""
        ids = map(self.rules.id_of, self.rows)
        return {record.id: record.version for record in records} != {one: self.known[one] for one in ids}

    def was_reset(self, delta: Mapping[str, Any]) -> bool:
        """Whether the editor has forgotten edits that it reported before: it was made anew, since something about it
        changed (a day that new rows begin with, a column's choices). Nobody deleted what its delta lacks then."""
        return len(delta.get("added_rows", ())) < len(self.added_cells) or bool(self._unsaid(_edited(delta)))

    def take(self, delta: Mapping[str, Any], store: Store, *, who: str, now: datetime) -> bool:
        """Store what is new in the editor's delta. True when rows were deleted, so that the snapshot must be made anew.

        Edits that cannot be read are kept in ``bad``, edits that met another one in ``conflicts``. Where the store
        fails, nothing counts as handled: the next call stores it again.
        """
        before = dict(self.handled), list(self.shown), list(self.added), list(self.added_cells), set(self.deleted)
        bad = dict(self.bad)
        try:
            return self._take(delta, store, who=who, now=now)
        except FunnelError:
            self.handled, self.shown, self.added, self.added_cells, self.deleted = before
            self.bad = bad
            raise

    def _take(self, delta: Mapping[str, Any], store: Store, *, who: str, now: datetime) -> bool:
        added = [dict(cells) for cells in delta.get("added_rows", ())]
        removed = self._drop_removed(added, store, who=who, now=now)
        edited = _edited(delta)
        edits = self._put_back(edited)
        edits += self._new_cells("edited", self.shown, edited)
        edits += self._new_cells("added", self.added, dict(enumerate(self._with_cleared(added))))
        edits += self._new_rows(added)
        self.added_cells = added
        if edits:
            self._save(edits, store, who=who, now=now)
        fresh = {int(index) for index in delta.get("deleted_rows", ())} - self.deleted
        for index in sorted(fresh):
            self.deleted.add(index)
            self._delete(self.shown[index], store, who=who, now=now)
        return removed or bool(fresh)

    def _new_cells(self, place: str, rows: Sequence[R | None], cells_of: Mapping[int, Mapping[str, Any]]) -> list[Edit]:
        """Changed cells of rows that are stored already."""
        found: list[Edit] = []
        for index, cells in cells_of.items():
            row = rows[index] if index < len(rows) else None
            if row is None or (place == "edited" and index in self.deleted):
                continue
            new = {c: v for c, v in cells.items() if self.handled.get((place, index, c), _NEVER) != v}
            after, names, bad = self.rules.changed(row, new)
            self._remember(place, index, new, bad)
            if names:
                self._put(place, index, after)
                if place == "edited":
                    self.changed.update(names)
                found += self._edits(after, names)
        return found

    def _unsaid(self, edited: Mapping[int, Mapping[str, Any]]) -> list[tuple[int, str]]:
        """The cells of shown rows that were reported before and are not any more: row and column."""
        return [
            (index, column)
            for place, index, column in self.handled
            if place == "edited" and index not in self.deleted and column not in edited.get(index, {})
        ]

    def _with_cleared(self, added: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The new rows with null in the cells that were cleared again: the editor no longer reports those."""
        gone: list[dict[str, Any]] = [{} for _ in added]
        for (place, index, column), value in self.handled.items():
            if place == "added" and index < len(added) and column not in added[index] and value is not None:
                gone[index][column] = None
        return [{**cells, **cleared} for cells, cleared in zip(added, gone, strict=True)]

    def _put_back(self, edited: Mapping[int, Mapping[str, Any]]) -> list[Edit]:
        """Cells that were typed back to what the snapshot shows: the editor then drops them from what it reports."""
        gone: dict[int, list[str]] = {}
        for index, column in self._unsaid(edited):
            gone.setdefault(index, []).append(column)
        found: list[Edit] = []
        for index, columns in gone.items():
            for column in columns:
                del self.handled["edited", index, column]
                self.bad.pop(("edited", index, column), None)
            after, names = self.rules.back(self.shown[index], self.opened_with[index], columns)
            if names:
                self.shown[index] = after
                found += self._edits(after, names)
        return found

    def _new_rows(self, added: Sequence[Mapping[str, Any]]) -> list[Edit]:
        """Rows that got their first content."""
        found = []
        self.added += [None] * (len(added) - len(self.added))
        for index, cells in enumerate(added):
            if self.added[index] is not None:
                continue
            row, bad = self.rules.new(uuid.uuid4().hex, cells, self.rows)
            self._remember("added", index, cells, bad)
            if row is not None:
                self.added[index] = row
                self.known[self.rules.id_of(row)] = 0
                found.append(Edit(self.rules.id_of(row), self.rules.fields_of(row), 0))
        return found

    def _put(self, place: str, index: int, row: R) -> None:
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

    def _edits(self, row: R, names: Iterable[str]) -> list[Edit]:
        """One edit per version seen: the row's, or that of this session's own last edit of the cell."""
        values, record_id = self.rules.fields_of(row), self.rules.id_of(row)
        by_version: dict[int, dict[str, Any]] = {}
        for name in names:
            seen = max(self.known[record_id], self.own.get((record_id, name), 0))
            by_version.setdefault(seen, {})[name] = values[name]
        return [Edit(record_id, changes, seen) for seen, changes in by_version.items()]

    def _save(self, edits: list[Edit], store: Store, *, who: str, now: datetime) -> None:
        try:
            saved = store.save_records(self.rules.kind, edits, who=who, now=now)
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
        row = next(row for row in self.rows if self.rules.id_of(row) == edit.record_id)
        params = error.message.params
        if error.message.code == "storage.record_deleted":
            for name, given in edit.changes.items():
                self.conflicts.append(
                    Conflict("deleted", self.rules, row, name, given, None, params["who"], params["at"], 0)
                )
            return None
        fields = {conflict["field"]: conflict for conflict in params["conflicts"]}
        for name, conflict in fields.items():
            self.conflicts.append(
                Conflict(
                    "field", self.rules, row, name, conflict["given"], conflict["stored"],
                    params["who"], params["at"], params["version"],
                )
            )  # fmt: skip
        rest = {name: value for name, value in edit.changes.items() if name not in fields}
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

    def _delete(self, row: R, store: Store, *, who: str, now: datetime) -> None:
        try:
            record_id = self.rules.id_of(row)
            store.delete_record(self.rules.kind, record_id, expected_version=self.known[record_id], who=who, now=now)
        except ConflictError as error:
            params = error.message.params
            self.conflicts.append(Conflict("changed", self.rules, row, "", None, None, params["who"], params["at"], 0))
            return
        self.saved_at = now


_NEVER = object()


def _edited(delta: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """The changed cells of the shown rows, as the editor reports them: index → column → value."""
    return {int(index): cells for index, cells in delta.get("edited_rows", {}).items()}


V = TypeVar("V")


def _moved(cells: Mapping[_Cell, V], places: Mapping[int, int]) -> dict[_Cell, V]:
    """Cells of new rows under their new places; those of rows that went are dropped."""
    return {
        (place, places[index] if place == "added" else index, column): value
        for (place, index, column), value in cells.items()
        if place != "added" or index in places
    }


def settle(conflict: Conflict[R], *, keep_mine: bool, store: Store, who: str, now: datetime) -> Conflict[R] | None:
    """Carry out the choice. Returns a new conflict when somebody changed the cell once more."""
    if not keep_mine:
        return None
    rules, row_id = conflict.rules, conflict.rules.id_of(conflict.row)
    if conflict.kind == "changed":
        store.delete_record(rules.kind, row_id, who=who, now=now)
        return None
    if conflict.kind == "deleted":
        store.restore_record(rules.kind, row_id, who=who, now=now)
        store.save_record(rules.kind, row_id, {conflict.field: conflict.given}, who=who, now=now)
        return None
    return save_cell(rules, conflict.row, conflict.version, conflict.field, conflict.given, store, who=who, now=now)


def save_cell(
    rules: Rules[R], row: R, version: int, name: str, value: Any, store: Store, *, who: str, now: datetime
) -> Conflict[R] | None:
    """Store one cell of a row that was seen at ``version``; the conflict where somebody changed or deleted it since."""
    row_id = rules.id_of(row)
    alone = LiveRows(rules, [row], {row_id: version})
    alone._save([Edit(row_id, {name: value}, version)], store, who=who, now=now)
    return alone.conflicts[0] if alone.conflicts else None
