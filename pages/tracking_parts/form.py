"""The form: the editor with the guide's columns, and beside each row what was measured."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from funnel.definition.definition import FunnelDefinition
from funnel.exports.tracking import column_words, planned_word, rate_word, stage_word, state_word
from funnel.i18n.translator import Translator
from funnel.planning.tracking.rows import COLUMNS, ROW_STATES, TrackingRow
from funnel.reports.tracking import SheetLine, TrackingReport
from funnel.storage.store import Store
from pages.shell.boundary import safely
from pages.shell.conflicts import ConflictWords, show_conflicts, show_unsaved
from pages.shell.live_rows import Conflict
from pages.shell.table import WRAPPED_ROW
from pages.shell.words import width_of
from pages.tracking_parts.session import Opened, choose, close, on_edit, take

_ROW_HEIGHTS = (WRAPPED_ROW, 80)
"""Three or four lines of text: notes are sentences."""
_LETTER = 7.2
"""Pixels of a Latin letter in a cell."""
_WIDTHS = {
    "en": {
        "stage": 132, "key_action": 129, "owner": 70, "planned": 82, "actual": 68, "rate": 57, "notes": 72, "state": 58,
    },
    "zh_Hans": {
        "stage": 90, "key_action": 102, "owner": 74, "planned": 88, "actual": 88, "rate": 74, "notes": 96, "state": 60,
    },
}  # fmt: skip
"""The least that the heads and the stages need, so that all columns fit at 1024 px; on a wider screen they grow."""
_MANY = 12
"""Up to so many rows the form is as high as its rows and the measured figures stand beside it, always fresh; a longer
one scrolls, and then they must scroll with it."""
_WIDE = "<style>[data-testid='stMainBlockContainer'] { padding-left: 1rem; padding-right: 1rem; }</style>"
"""Eight columns and the measured figures stand side by side at 1024 px."""


def form(opened: Opened, report: TrackingReport, definition: FunnelDefinition, store: Store, t: Translator) -> None:
    """Draw the editor and the measured figures beside it."""
    rows = opened.sheet.shown
    if opened.frame is None:
        opened.frame = _frame(rows, t)
        opened.stages = _stages(rows, definition)
        opened.is_long = len(rows) > _MANY
        opened.height = _row_height(rows, t)
        if opened.is_long:
            figures = [_figures(report.by_id.get(row.row_id), t) for row in rows]
            opened.frame = opened.frame.with_columns(pl.Series("measured", figures, pl.String))
    st.html(_WIDE)
    height = opened.height
    edit, beside = (st.container(), None) if opened.is_long else st.columns([9, 1], gap="small")
    with edit:
        st.data_editor(
            opened.frame,
            key=opened.editor,
            num_rows="dynamic",
            hide_index=True,
            width="stretch",
            height=height * _MANY if opened.is_long else "content",
            row_height=height,
            placeholder="",
            disabled=["measured"],
            column_config=_columns(opened.stages, definition, t),
            on_change=safely(on_edit),
            args=(store,),
        )
    opened.was_drawn = True
    if opened.sheet.was_reset(st.session_state[opened.editor]):
        close()
        st.rerun()
    if take(opened, st.session_state[opened.editor], store):
        st.rerun()
    if beside is not None:
        with beside:
            _measured([report.by_id.get(row.row_id) for row in _screen_rows(opened)], height, t)
    _told(opened, t)


def _row_height(rows: Sequence[TrackingRow], t: Translator) -> int:
    """As high as the longest action or note of the sheet needs, within limits: all rows have one height.

    Asked when the sheet is opened: an editor of another height is another one, which would forget what was typed.
    """
    low, high = _ROW_HEIGHTS
    widths = _WIDTHS[t.language]
    lines = [
        width_of(text) * _LETTER / (widths[column] - 16)
        for row in rows
        for column in ("key_action", "notes")
        if (text := str(getattr(row, column) or ""))
    ]
    return high if max(lines, default=0) > 2.6 else low


def _screen_rows(opened: Opened) -> Sequence[TrackingRow]:
    return [*opened.sheet.shown, *(row for row in opened.sheet.added if row is not None)]


def _frame(rows: Sequence[TrackingRow], t: Translator) -> pl.DataFrame:
    """The snapshot. All text, so that a pasted "18 %" or "2026年7月3日" is read by our rules, not by the editor."""
    cells = [
        {column: getattr(row, column) for column in COLUMNS}
        | {"planned": planned_word(row.planned, t), "rate": rate_word(row.rate)}
        for row in rows
    ]
    return pl.DataFrame(cells, schema=dict.fromkeys(COLUMNS, pl.String))


def _stages(rows: Sequence[TrackingRow], definition: FunnelDefinition) -> list[str]:
    """The stages to choose from; one that is no longer in the funnel stays where rows have it."""
    return [*definition.keys, *sorted({row.stage for row in rows if row.stage} - set(definition.keys))]


def _columns(stages: Sequence[str], definition: FunnelDefinition, t: Translator) -> dict:
    words, config, widths = column_words(t), st.column_config, _WIDTHS[t.language]
    helps = {column: t.explained("row_state" if column == "state" else f"col_{column}") for column in COLUMNS}
    # Short heads, so that no column is cut; the whole word stands in the tooltip and in the exported file.
    heads = words | {"planned": t("Planned"), "actual": t("Actual"), "rate": t("Rate"), "notes": t("Notes")}
    found: dict = {
        column: config.TextColumn(heads[column], width=widths[column], help=f"{words[column]}. {helps[column]}")
        for column in COLUMNS
    }
    written = t("A day like 2026-07-03, a week like 2026-W27, a month like 2026-07, or “ongoing”.")
    found["stage"] = config.SelectboxColumn(
        words["stage"], width=widths["stage"], help=helps["stage"], options=stages,
        format_func=lambda key: stage_word(str(key), definition, t),
    )  # fmt: skip
    found["planned"] = config.TextColumn(
        heads["planned"], width=widths["planned"],
        help=f"{words['planned']}. {helps['planned']} {written}",
    )  # fmt: skip
    found["rate"] = config.TextColumn(
        heads["rate"], width=widths["rate"], alignment="right",
        help=f"{words['rate']}. {helps['rate']} {t('In per cent, like 18 or 18.5%.')}",
    )  # fmt: skip
    found["state"] = config.SelectboxColumn(
        words["state"], width=widths["state"], help=helps["state"], options=ROW_STATES, default=ROW_STATES[0],
        format_func=lambda state: state_word(str(state), t),
    )  # fmt: skip
    found["measured"] = _measured_column(t)
    return found


def _measured(lines: Sequence[SheetLine | None], height: int, t: Translator) -> None:
    """The read-only figures, row for row at the height of the form's rows."""
    if not lines:
        return
    shown = pl.DataFrame({"measured": [_figures(line, t) for line in lines]}, schema={"measured": pl.String})
    st.dataframe(
        shown,
        key="tracking_measured",
        hide_index=True,
        width="stretch",
        height="content",
        row_height=height,
        column_config={"measured": _measured_column(t)},
    )


def _measured_column(t: Translator) -> ColumnConfig:
    return st.column_config.TextColumn(
        t.term("measured"), width=64, alignment="right", help=f"{t.explained('measured')} {_marks(t)}", disabled=True
    )


def _marks(t: Translator) -> str:
    return t(
        "Entries into the stage in these days, and their share of the entries into the stage before. "
        "≠: differs from what was reported; !: the reason of a miss is asked for."
    )


def _figures(line: SheetLine | None, t: Translator) -> str:
    """Count, rate and mark of a row."""
    if line is None or line.measured_count is None:
        return " ".join(part for part in ("–", "" if line is None else _mark(line)) if part)
    figures = [t.number(line.measured_count)]
    figures += [] if line.measured_rate is None else [t.percent(line.measured_rate)]
    return f"{' · '.join(figures)} {_mark(line)}".strip()


def _mark(line: SheetLine | None) -> str:
    if line is None:
        return ""
    return ("≠" if line.differences else "") + ("!" if line.needs_reason else "")


def _told(opened: Opened, t: Translator) -> None:
    """When the last edit was stored, and what could not be read."""
    if opened.sheet.saved_at:
        with st.container(key="tracking_saved"):
            st.caption(t("Saved at %(time)s", time=f"{opened.sheet.saved_at:%H:%M:%S}"))
    else:
        st.caption(t("Click a cell and type; every edit is saved at once. The last, empty line takes a new row."))
    show_unsaved(opened.sheet.bad.values(), column_words(t), t)


def conflict_boxes(
    conflicts: Sequence[Conflict[TrackingRow]], definition: FunnelDefinition, store: Store, t: Translator
) -> None:
    """Every edit that met another one: both values, and a choice."""
    words = ConflictWords(
        lambda row: row.key_action or t("row without an action"),
        column_words(t),
        lambda column, value: cell_text(column, value, definition, t),
    )
    show_conflicts(conflicts, words, choose, store, t, key="tracking")


def cell_text(column: str, value: object, definition: FunnelDefinition, t: Translator) -> str:
    """A stored value of a column as the form writes it."""
    match column, value:
        case _, None:
            return ""
        case "rate", float() | int():
            return rate_word(float(value))
        case "stage", str():
            return stage_word(value, definition, t)
        case "planned", str():
            return planned_word(value, t)
        case "state", str():
            return state_word(value, t)
    return str(value)
