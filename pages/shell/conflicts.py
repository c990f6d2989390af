"""Where two people changed one thing: both values, and the choice. The same box for every table that is edited live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from funnel.i18n.translator import Translator
from funnel.planning.tracking.rows import BadCell
from funnel.storage.store import Store
from pages.shell.boundary import safely
from pages.shell.live_rows import Conflict
from pages.shell.words import plain_text

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ConflictWords(Generic[R]):
    """How a table names its rows and columns, and writes a stored value of a column."""

    row: Callable[[R], str]
    columns: Mapping[str, str]
    value: Callable[[str, Any], str]


def show_unsaved(cells: Iterable[BadCell], columns: Mapping[str, str], t: Translator) -> None:
    """A line per cell that could not be stored, and why. ``columns``: how the table names them."""
    for cell in cells:
        st.error(
            t(
                "Not saved: %(column)s. %(reason)s",
                column=columns[cell.column],
                reason=plain_text(t.message(cell.message)),
            ),
            icon=":material/edit_off:",
        )


def show_conflicts(
    conflicts: Sequence[Conflict[R]],
    words: ConflictWords[R],
    choose: Callable[[Conflict[R], bool, Store], None],
    store: Store,
    t: Translator,
    *,
    key: str,
) -> None:
    """A box per conflict; ``choose`` is called with the conflict and whether this session's value is kept."""

    def value(column: str, given: Any) -> str:
        return plain_text(words.value(column, given)) or t("(blank)")

    for index, conflict in enumerate(conflicts):
        row = plain_text(words.row(conflict.row))
        with st.container(border=True, key=f"{key}_conflict_{index}"):
            who, at = plain_text(conflict.who or t("somebody without a name")), t.moment(conflict.at)
            if conflict.kind == "field":
                said = t(
                    "%(who)s changed “%(column)s” of “%(row)s” at %(at)s, while you changed it too.",
                    who=who, column=words.columns[conflict.field], row=row, at=at,
                )  # fmt: skip
                keep = t("Keep mine: %(value)s", value=value(conflict.field, conflict.given))
                leave = t("Keep the other: %(value)s", value=value(conflict.field, conflict.stored))
            elif conflict.kind == "deleted":
                said = t("%(who)s deleted “%(row)s” at %(at)s, while you changed it.", who=who, row=row, at=at)
                keep = t("Bring it back with mine: %(value)s", value=value(conflict.field, conflict.given))
                leave = t("Leave it deleted")
            else:
                said = t("%(who)s changed “%(row)s” at %(at)s, while you deleted it.", who=who, row=row, at=at)
                keep, leave = t("Delete it all the same"), t("Keep the row")
            st.warning(said, icon=":material/call_split:")
            left, right, _ = st.columns([2, 2, 1])
            left.button(keep, key=f"{key}_mine_{index}", on_click=safely(choose), args=(conflict, True, store))
            right.button(leave, key=f"{key}_other_{index}", on_click=safely(choose), args=(conflict, False, store))
