"""The sheet that this session has open, and the actions on it. What is stored is the store's; nothing waits here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import streamlit as st

from funnel.planning.fields import to_fields
from funnel.planning.tracking.periods import next_sheet
from funnel.planning.tracking.rows import TrackingRow, carry_forward
from funnel.storage.records import Edit, Record
from funnel.storage.store import Store
from pages.shell.live_rows import Conflict, LiveRows, save_cell, settle
from pages.shell.records import load_records
from pages.shell.session import who
from pages.shell.workspaces import now
from pages.tracking_parts.editing import KIND, of_sheet, open_sheet, rules

_KEY = "tracking_open"
_CONFLICTS = "tracking_conflicts"
_COUNT = "tracking_opened"
_WORKSPACE = "tracking_workspace"
_SAVED = "tracking_saved_at"


@dataclass
class Opened:
    """An open sheet with its editor.

    ``identity``: what it belongs to; another one opens anew. ``just_edited``: this run was made by an edit, so the
    snapshot must stay. ``is_long``: the measured figures stand inside the editor, which scrolls. ``frame``, ``stages``
    and ``height`` (of a row, in pixels): what the editor shows, made once.
    """

    identity: tuple[Any, ...]
    editor: str
    sheet: LiveRows[TrackingRow]
    was_drawn: bool = False
    just_edited: bool = False
    is_long: bool = False
    height: int = 0
    frame: pl.DataFrame | None = None
    stages: list[str] = field(default_factory=list)


def enter_workspace(path: str) -> None:
    """What waits for an answer belongs to one workspace: in another one it is gone."""
    if st.session_state.get(_WORKSPACE) != path:
        for key in (_KEY, _CONFLICTS, "tracking_pasted", "tracking_told"):
            st.session_state.pop(key, None)
        st.session_state[_WORKSPACE] = path


def opened(identity: tuple[Any, ...], sheet: str, records: Sequence[Record]) -> Opened:
    """The open sheet: kept while somebody edits it, made anew after anything else that changed its rows.

    Its editor gets a new key then: an editor whose rows change under one key would lose what was typed.
    """
    kept: Opened | None = st.session_state.get(_KEY)
    is_fresh = kept is not None and kept.identity == identity
    if kept is not None and is_fresh:
        left_the_page = kept.was_drawn and kept.editor not in st.session_state
        outdated = not kept.just_edited and not kept.sheet.bad and kept.sheet.is_outdated(of_sheet(records, sheet))
        is_fresh = not (left_the_page or outdated)
    if kept is None or not is_fresh:
        count = st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
        kept = st.session_state[_KEY] = Opened(identity, f"tracking_editor_{count}", open_sheet(records, sheet))
        kept.sheet.saved_at = st.session_state.get(_SAVED, {}).get(identity)
    return kept


def close() -> None:
    """Let the next run read the sheet anew."""
    st.session_state.pop(_KEY, None)


def on_edit(store: Store) -> None:
    """The editor's callback: store what is new in its delta, before the page runs."""
    kept: Opened | None = st.session_state.get(_KEY)
    if kept is not None and kept.editor in st.session_state:
        kept.just_edited = True
        take(kept, st.session_state[kept.editor], store)


def take(kept: Opened, delta: Mapping[str, Any], store: Store) -> bool:
    """Store what is new in a delta; true when the sheet was closed, since its snapshot does not stand any more."""
    rows_went = kept.sheet.take(delta, store, who=who(), now=now())
    conflicts().extend(kept.sheet.conflicts)
    kept.sheet.conflicts.clear()
    st.session_state[_SAVED] = {kept.identity: kept.sheet.saved_at}
    is_over = rows_went or (kept.is_long and "stage" in kept.sheet.changed)
    if is_over:
        close()
    return is_over


def conflicts() -> list[Conflict[TrackingRow]]:
    """The edits that wait for a choice."""
    return st.session_state.setdefault(_CONFLICTS, [])


def store_reason(row: TrackingRow, version: int, key: str, store: Store) -> None:
    """The callback of a reason's field ``key``: store what was typed. Where somebody else wrote into the row since it
    was seen at ``version``, both texts wait for a choice."""
    reason = str(st.session_state[key]).strip()
    if not reason:
        return
    met = save_cell(rules(row.sheet), row, version, "notes", reason, store, who=who(), now=now())
    if met is not None:
        conflicts().append(met)
    close()


def choose(conflict: Conflict[TrackingRow], keep_mine: bool, store: Store) -> None:
    """Carry out a choice between two values."""
    again = settle(conflict, keep_mine=keep_mine, store=store, who=who(), now=now())
    waiting = conflicts()
    if conflict in waiting:
        waiting.remove(conflict)
    if again:
        waiting.append(again)
    close()


def add_rows(rows: Iterable[TrackingRow], store: Store) -> int:
    """Store new rows in one transaction."""
    edits = [Edit(row.row_id, to_fields(row), 0) for row in rows]
    store.save_records(KIND, edits, who=who(), now=now())
    close()
    return len(edits)


def change_rows(rows: Iterable[TrackingRow], records: Sequence[Record], store: Store) -> int:
    """Store rows that an imported sheet changes, as seen now."""
    versions = {record.id: record.version for record in records}
    edits = [Edit(row.row_id, to_fields(row), versions[row.row_id]) for row in rows]
    store.save_records(KIND, edits, who=who(), now=now())
    close()
    return len(edits)


def carry(source: str, target: str, store: Store) -> int:
    """Carry the open rows of one sheet into another, as both are stored now: what somebody else carried since this page
    was drawn is not carried twice. Returns how many were new there."""
    rows = load_records(store).rows
    ids = (uuid.uuid4().hex for _ in rows)
    carried = carry_forward(
        [row for row in rows if row.sheet == source], target, [row for row in rows if row.sheet == target], ids
    )
    return add_rows(carried, store) if carried else 0


def show_sheet(sheet: str) -> None:
    """Look at another sheet from the next run on."""
    st.session_state["_tracking_next"] = sheet
    close()


def start_next(sheet: str, store: Store) -> None:
    """The button *start next week*."""
    following = next_sheet(sheet)
    st.session_state["tracking_told"] = ("carried", carry(sheet, following, store))
    show_sheet(following)
