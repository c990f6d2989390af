"""An editable table of records: every edit is stored at once, and two people in one cell meet in a question.

The editor shows a snapshot that does not change while somebody types, and reports everything that was changed since;
what was handled already is remembered, so each run stores only what is new. After rows were deleted the snapshot is
made anew under a new key.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from funnel.errors import ConflictError, FunnelError
from funnel.i18n.translator import Translator
from funnel.storage.records import Edit, Record
from funnel.storage.store import Store
from pages.shell.boundary import safely
from pages.shell.session import who
from pages.shell.workspaces import now

_DATES = ("on", "due_on", "month")
"""Fields that hold a day; in a record it stands as text."""

_CONFLICTS = "retrospective_conflicts"


@dataclass(frozen=True)
class Spec:
    """``kind`` of the records, the ``columns`` that can be seen (the editor's frame has them in this order), and
    ``make``: all fields of a new record under an id, from the cells that were filled."""

    name: str
    kind: str
    columns: Mapping[str, pl.DataType | type[pl.DataType]]
    make: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


@dataclass
class Opened:
    """The snapshot that one session has open. ``added``: ids of the editor's new rows, null while blank; ``own``: the
    version at which this session last wrote a cell."""

    identity: tuple[Any, ...]
    key: str
    frame: pl.DataFrame
    ids: list[str]
    versions: dict[str, int]
    added: list[str | None] = field(default_factory=list)
    cells: list[dict[str, Any]] = field(default_factory=list)
    handled: dict[tuple[str, str], Any] = field(default_factory=dict)
    own: dict[tuple[str, str], int] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    just_edited: bool = False
    was_drawn: bool = False


@dataclass(frozen=True)
class Conflict:
    """A value that met another one: ``error`` says it in a sentence."""

    kind: str
    record_id: str
    changes: Mapping[str, Any]
    error: FunnelError


def editable_table(
    spec: Spec, records: Sequence[Record], store: Store, identity: tuple[Any, ...], t: Translator, **options: Any
) -> None:
    """Draw the editor; ``identity`` says which rows it shows, ``options`` go to ``st.data_editor``."""
    opened = _opened(spec, records, identity)
    st.data_editor(
        opened.frame,
        key=opened.key,
        on_change=safely(_on_edit),
        args=(spec, store),
        hide_index=True,
        width="stretch",
        placeholder="",
        **options,
    )
    opened.just_edited, opened.was_drawn = False, True


def conflict_boxes(store: Store, t: Translator) -> None:
    """Ask what counts, where somebody else was faster."""
    for index, conflict in enumerate(list(st.session_state.get(_CONFLICTS, ()))):
        with st.container(border=True):
            st.warning(t.message(conflict.error), icon=":material/call_split:")
            mine, theirs, _ = st.columns([1, 1, 3])
            mine.button(
                t("Use mine"), key=f"retrospective_mine_{index}", on_click=safely(_settle), args=(conflict, True, store)
            )
            theirs.button(
                t("Leave the other"), key=f"retrospective_theirs_{index}", on_click=safely(_settle),
                args=(conflict, False, store),
            )  # fmt: skip


def close(name: str) -> None:
    """Let the next run read the table anew."""
    st.session_state.pop(f"retrospective_open_{name}", None)


def _opened(spec: Spec, records: Sequence[Record], identity: tuple[Any, ...]) -> Opened:
    place = f"retrospective_open_{spec.name}"
    kept: Opened | None = st.session_state.get(place)
    if kept is not None and kept.identity == identity:
        left_the_page = kept.was_drawn and kept.key not in st.session_state
        known = {id_: kept.versions[id_] for id_ in _standing(kept)}
        outdated = not kept.just_edited and known != {record.id: record.version for record in records}
        if not left_the_page and not outdated:
            return kept
    count = st.session_state["retrospective_opened"] = st.session_state.get("retrospective_opened", 0) + 1
    rows = [{column: _shown(column, record.fields.get(column)) for column in spec.columns} for record in records]
    fresh = Opened(
        identity,
        f"retrospective_{spec.name}_{count}",
        pl.DataFrame(rows, schema=dict(spec.columns)),
        [record.id for record in records],
        {record.id: record.version for record in records},
    )
    st.session_state[place] = fresh
    return fresh


def _standing(opened: Opened) -> list[str]:
    kept = [id_ for index, id_ in enumerate(opened.ids) if index not in opened.deleted]
    return [*kept, *(id_ for id_ in opened.added if id_ is not None)]


def _on_edit(spec: Spec, store: Store) -> None:
    """The editor's callback: store what is new in its delta before the page runs."""
    opened: Opened | None = st.session_state.get(f"retrospective_open_{spec.name}")
    if opened is None or opened.key not in st.session_state:
        return
    opened.just_edited = True
    if take(opened, st.session_state[opened.key], spec, store):
        close(spec.name)


def take(opened: Opened, delta: Mapping[str, Any], spec: Spec, store: Store) -> bool:
    """Store what is new in a delta. True when rows went, so that the snapshot must be made anew."""
    added = [dict(cells) for cells in delta.get("added_rows", ())]
    gone = _gone(opened, added)
    for index in gone:
        if (record_id := opened.added[index]) is not None:
            _delete(record_id, opened, spec, store)
    if gone:
        return True
    for index, cells in delta.get("edited_rows", {}).items():
        if int(index) not in opened.deleted:
            _change(opened.ids[int(index)], cells, opened, spec, store)
    opened.added += [None] * (len(added) - len(opened.added))
    opened.cells = added
    for index, cells in enumerate(added):
        record_id = opened.added[index]
        if record_id is not None:
            _change(record_id, cells, opened, spec, store)
        elif any(value not in (None, "") for value in cells.values()):
            record_id = uuid.uuid4().hex
            fields = spec.make(record_id, _clean(cells))
            saved = store.save_records(spec.kind, [Edit(record_id, fields, 0)], who=who(), now=now())
            opened.added[index] = record_id
            opened.versions[record_id] = saved[0].version
            opened.handled |= {(record_id, column): value for column, value in cells.items()}
    fresh = {int(index) for index in delta.get("deleted_rows", ())} - opened.deleted
    for index in fresh:
        opened.deleted.add(index)
        _delete(opened.ids[index], opened, spec, store)
    return bool(fresh)


def _gone(opened: Opened, added: Sequence[Mapping[str, Any]]) -> list[int]:
    """The new rows that are no longer in the editor, which drops them from its list, by what is left."""
    if len(added) >= len(opened.cells):
        return []
    left = list(added)
    gone = []
    for index, cells in enumerate(opened.cells):
        if left and left[0] == cells:
            left.pop(0)
        else:
            gone.append(index)
    return gone


def _change(record_id: str, cells: Mapping[str, Any], opened: Opened, spec: Spec, store: Store) -> None:
    new = {c: v for c, v in cells.items() if opened.handled.get((record_id, c), _NEVER) != v}
    if not new:
        return
    opened.handled |= {(record_id, column): value for column, value in new.items() if column.startswith("_")}
    for column, value in _clean(new).items():
        seen = max(opened.versions[record_id], opened.own.get((record_id, column), 0))
        try:
            saved = store.save_record(
                spec.kind, record_id, {column: value}, expected_version=seen, who=who(), now=now()
            )
        except ConflictError as error:
            st.session_state.setdefault(_CONFLICTS, []).append(Conflict(spec.kind, record_id, {column: value}, error))
            opened.handled[record_id, column] = new[column]
            continue
        opened.handled[record_id, column] = new[column]
        opened.own[record_id, column] = saved.version
        if saved.version == opened.versions[record_id] + 1:
            opened.versions[record_id] = saved.version


def _delete(record_id: str, opened: Opened, spec: Spec, store: Store) -> None:
    try:
        store.delete_record(spec.kind, record_id, expected_version=opened.versions[record_id], who=who(), now=now())
    except ConflictError as error:
        st.session_state.setdefault(_CONFLICTS, []).append(Conflict(spec.kind, record_id, {}, error))


def _settle(conflict: Conflict, keep_mine: bool, store: Store) -> None:
    if keep_mine and not conflict.changes:
        store.delete_record(conflict.kind, conflict.record_id, who=who(), now=now())
    elif keep_mine:
        if conflict.error.message.code == "storage.record_deleted":
            store.restore_record(conflict.kind, conflict.record_id, who=who(), now=now())
        store.save_record(conflict.kind, conflict.record_id, conflict.changes, who=who(), now=now())
    # last: what could not be stored goes on waiting
    waiting = st.session_state.get(_CONFLICTS, [])
    if conflict in waiting:
        waiting.remove(conflict)


def _clean(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells of the editor as fields: days as ISO text, blanks as blank text (a blank day stays none)."""
    return dict(_cell(column, value) for column, value in cells.items() if not column.startswith("_"))


def _cell(column: str, value: Any) -> tuple[str, Any]:
    if column in _DATES:
        return column, str(value)[:10] if value else None
    return column, "" if value is None else value


def _shown(column: str, value: Any) -> Any:
    if column in _DATES and isinstance(value, str):
        return date.fromisoformat(value)
    return value


_NEVER = object()
