"""An editable table of records: every edit is stored at once, and two people in one cell meet in a question.

The editor shows a snapshot that does not change while somebody types (``pages.shell.live_rows``); after rows were
deleted the snapshot is made anew under a new key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from funnel.errors import Message
from funnel.exports.retrospective_notes import state_word, voice_word
from funnel.i18n.translator import Translator
from funnel.planning.tracking.rows import BadCell
from funnel.storage.records import Record
from funnel.storage.store import Store
from pages.shell.boundary import safely
from pages.shell.conflicts import ConflictWords, show_conflicts, show_unsaved
from pages.shell.live_rows import Conflict, LiveRows, Rules, settle
from pages.shell.session import who
from pages.shell.table import WRAPPED_ROW
from pages.shell.words import width_of
from pages.shell.workspaces import now

_DATES = ("on", "due_on", "month")
"""Fields that hold a day; in a record it stands as text."""

_NEEDED = ("on", "voice", "state")
"""Fields that a record cannot lack. The editor must not require them: it would not report the rest of such a row."""

_CONFLICTS = "retrospective_conflicts"
_ONE_LINE = 30
"""Latin letters that the column of a decision or a quote shows in one line at 1024 px."""


@dataclass(frozen=True)
class Spec:
    """``kind`` of the records, the ``columns`` that can be seen (the editor's frame has them in this order), and
    ``make``: all fields of a new record under an id, from the cells that were filled."""

    name: str
    kind: str
    columns: Mapping[str, pl.DataType | type[pl.DataType]]
    make: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """One record as the editor knows it."""

    record_id: str
    fields: Mapping[str, Any]


@dataclass
class Opened:
    """The snapshot that one session has open. ``row_height``: null for a line of text; chosen with the snapshot, since
    an editor of another height is another one, which would forget what was typed."""

    identity: tuple[Any, ...]
    key: str
    frame: pl.DataFrame
    lines: LiveRows[Line]
    row_height: int | None
    just_edited: bool = False
    was_drawn: bool = False


def rules(spec: Spec) -> Rules[Line]:
    """What a line of a table is: its cells are stored as they are, days as ISO text."""

    def changed(line: Line, cells: Mapping[str, Any]) -> tuple[Line, tuple[str, ...], Sequence[BadCell]]:
        new, bad = _clean(cells), []
        for name in [name for name in _NEEDED if name in new and new[name] in (None, "")]:
            del new[name]
            bad.append(BadCell(None, line.record_id, name, "", Message("plan.blank_cell")))
        names = tuple(name for name, value in new.items() if line.fields.get(name) != value)
        return replace(line, fields={**line.fields, **new}), names, bad

    def back(line: Line, other: Line, columns: Iterable[str]) -> tuple[Line, tuple[str, ...]]:
        names = tuple(name for name in columns if line.fields.get(name) != other.fields.get(name))
        return replace(line, fields={**line.fields, **{name: other.fields.get(name) for name in names}}), names

    def made(record_id: str, cells: Mapping[str, Any], standing: Sequence[Line]) -> tuple[Line | None, Sequence[Any]]:
        if all(value in (None, "") for value in cells.values()):
            return None, ()
        return Line(record_id, spec.make(record_id, _clean(cells))), ()

    return Rules(spec.kind, lambda line: line.record_id, lambda line: line.fields, changed, back, made)


def lines_of(spec: Spec, records: Sequence[Record]) -> LiveRows[Line]:
    """The records as they are stored now."""
    lines = [Line(record.id, record.fields) for record in records]
    return LiveRows(rules(spec), lines, {record.id: record.version for record in records})


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
        row_height=opened.row_height,
        **options,
    )
    opened.just_edited, opened.was_drawn = False, True
    show_unsaved(opened.lines.bad.values(), _column_words(t), t)
    if opened.lines.was_reset(st.session_state[opened.key]):
        close(spec.name)
        st.rerun()


def conflict_boxes(store: Store, t: Translator) -> None:
    """Ask what counts, where somebody else was faster."""
    words: ConflictWords[Line] = ConflictWords(
        lambda line: str(line.fields.get("theme") or line.fields.get("text") or line.fields.get("quote") or "") or "–",
        _column_words(t),
        lambda column, value: _word(column, value, t),
    )
    show_conflicts(list(_waiting(store)), words, choose, store, t, key="retrospective")


def _waiting(store: Store) -> list[Conflict[Line]]:
    """What waits for an answer in this workspace; an answer given in another one would be stored there."""
    return st.session_state.setdefault(f"{_CONFLICTS} {store.path}", [])


def _column_words(t: Translator) -> dict[str, str]:
    """The columns of all tables, as people read them."""
    return {
        "on": t("Date"), "voice": t("Voice"), "stage": t.term("stage"), "theme": t("Theme"), "quote": t("Quote"),
        "lead_id": t("Lead id"), "text": t.term("decision"), "owner": t.term("owner"), "due_on": t("Due"),
        "state": t("State"), "note": t("Note"),
    }  # fmt: skip


def close(name: str) -> None:
    """Let the next run read the table anew."""
    st.session_state.pop(f"retrospective_open_{name}", None)


def _opened(spec: Spec, records: Sequence[Record], identity: tuple[Any, ...]) -> Opened:
    place = f"retrospective_open_{spec.name}"
    kept: Opened | None = st.session_state.get(place)
    if kept is not None and kept.identity == identity:
        left_the_page = kept.was_drawn and kept.key not in st.session_state
        outdated = not kept.just_edited and kept.lines.is_outdated(records)
        if not left_the_page and not outdated:
            return kept
    count = st.session_state["retrospective_opened"] = st.session_state.get("retrospective_opened", 0) + 1
    rows = [{column: _shown(column, record.fields.get(column)) for column in spec.columns} for record in records]
    frame = pl.DataFrame(rows, schema=dict(spec.columns))
    texts = (cell for row in rows for cell in row.values() if isinstance(cell, str))
    height = WRAPPED_ROW if max(map(width_of, texts), default=0) > _ONE_LINE else None
    fresh = Opened(identity, f"retrospective_{spec.name}_{count}", frame, lines_of(spec, records), height)
    st.session_state[place] = fresh
    return fresh


def _on_edit(spec: Spec, store: Store) -> None:
    """The editor's callback: store what is new in its delta before the page runs."""
    opened: Opened | None = st.session_state.get(f"retrospective_open_{spec.name}")
    if opened is None or opened.key not in st.session_state:
        return
    opened.just_edited = True
    if take(opened.lines, st.session_state[opened.key], store):
        close(spec.name)


def take(lines: LiveRows[Line], delta: Mapping[str, Any], store: Store) -> bool:
    """Store what is new in a delta. True when rows went, so that the snapshot must be made anew."""
    rows_went = lines.take(delta, store, who=who(), now=now())
    _waiting(store).extend(lines.conflicts)
    lines.conflicts.clear()
    return rows_went


def choose(conflict: Conflict[Line], keep_mine: bool, store: Store) -> None:
    """Carry out a choice between two values; what could not be stored goes on waiting."""
    again = settle(conflict, keep_mine=keep_mine, store=store, who=who(), now=now())
    waiting = _waiting(store)
    if conflict in waiting:
        waiting.remove(conflict)
    if again is not None:
        waiting.append(again)


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


def _word(column: str, value: Any, t: Translator) -> str:
    """A stored value in words."""
    if value in (None, ""):
        return ""
    if column in _DATES:
        return t.date(date.fromisoformat(str(value)))
    return {"voice": voice_word, "state": state_word}.get(column, lambda text, _: text)(str(value), t)
