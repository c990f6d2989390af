"""The tracking sheet in the guide's layout, as an Excel workbook or CSV, in either language.

Every cell is text as people read it ("18%", "ongoing"), so that a spreadsheet neither calculates nor changes it, and
the same file can be read back (``funnel.planning.tracking.pasting``).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from funnel.definition.definition import FunnelDefinition
from funnel.exports.tables import csv_bytes
from funnel.i18n.translator import Translator
from funnel.planning.tracking.cells import ONGOING
from funnel.planning.tracking.pasting import STATE_WORDS
from funnel.planning.tracking.rows import COLUMNS, TrackingRow
from funnel.reports.tracking import SheetLine, TrackingReport

_WIDTHS = {
    "stage": 20,
    "key_action": 34,
    "owner": 14,
    "planned": 14,
    "actual": 22,
    "rate": 12,
    "notes": 44,
    "state": 10,
}


def column_words(t: Translator) -> dict[str, str]:
    """The form's columns in the session's words; the import knows them in both languages."""
    return {column: t.term("row_state" if column == "state" else f"col_{column}") for column in COLUMNS}


def state_word(state: str, t: Translator) -> str:
    """A row's state as the form writes and reads it."""
    english, chinese = STATE_WORDS[state][:2]
    return chinese if t.language == "zh_Hans" else english


def planned_word(planned: str, t: Translator) -> str:
    """A stored planned time as the form writes it."""
    return t("ongoing") if planned == ONGOING else planned


def rate_word(rate: float | None) -> str:
    """A reported rate with the digits it was written with; blank where there is none."""
    return "" if rate is None else f"{rate * 100:.6f}".rstrip("0").rstrip(".") + "%"


def stage_word(key: str, definition: FunnelDefinition, t: Translator) -> str:
    """A stage's name; the key of one that is no longer in the funnel."""
    return t.localized(definition.stage(key).name) if key in definition.keys else key


def sheet_frame(rows: Iterable[TrackingRow], definition: FunnelDefinition, t: Translator) -> pl.DataFrame:
    """The guide's seven columns and the state, headed and filled in the session's words; all text."""
    words = column_words(t)
    return pl.DataFrame(
        [
            {
                words["stage"]: stage_word(row.stage, definition, t),
                words["key_action"]: row.key_action,
                words["owner"]: row.owner,
                words["planned"]: planned_word(row.planned, t),
                words["actual"]: row.actual,
                words["rate"]: rate_word(row.rate),
                words["notes"]: row.notes,
                words["state"]: state_word(row.state, t),
            }
            for row in rows
        ],
        schema=dict.fromkeys(words.values(), pl.String),
    )


def sheet_csv(report: TrackingReport, definition: FunnelDefinition, t: Translator) -> bytes:
    """The sheet as CSV; cells that a spreadsheet would calculate carry an apostrophe, which the import takes off."""
    return csv_bytes(sheet_frame([line.row for line in report.lines], definition, t))


def sheet_workbook(report: TrackingReport, definition: FunnelDefinition, t: Translator) -> bytes:
    """The sheet as an Excel workbook, and on a second sheet the measured figures beside the reported ones."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    cell = book.add_format({"text_wrap": True, "valign": "top"})
    form = sheet_frame([line.row for line in report.lines], definition, t)
    _write(book, t.term("tracking_form"), form, list(_WIDTHS.values()), head, cell)
    _write(book, t.term("measured"), _measured_frame(report.lines, definition, t), [20, 34, 14, 14, 14, 14], head, cell)
    book.close()
    return buffer.getvalue()


def _measured_frame(lines: Sequence[SheetLine], definition: FunnelDefinition, t: Translator) -> pl.DataFrame:
    reported, measured = t.term("reported"), t.term("measured")
    count, rate = t("count"), t("rate")
    return pl.DataFrame(
        {
            t.term("col_stage"): [stage_word(line.row.stage, definition, t) for line in lines],
            t.term("col_key_action"): [line.row.key_action for line in lines],
            f"{reported}: {count}": [line.row.count for line in lines],
            f"{measured}: {count}": [line.measured_count for line in lines],
            f"{reported}: {rate} (%)": [_per_cent(line.row.rate) for line in lines],
            f"{measured}: {rate} (%)": [_per_cent(line.measured_rate) for line in lines],
        },
        schema_overrides={f"{measured}: {count}": pl.Float64},
    )


def _per_cent(rate: float | None) -> float | None:
    return None if rate is None else round(rate * 100, 2)


def _write(
    book: xlsxwriter.Workbook,
    name: str,
    frame: pl.DataFrame,
    widths: Sequence[int],
    head: Format,
    cell: Format,
) -> None:
    page = book.add_worksheet(name[:31])
    for at, (word, width) in enumerate(zip(frame.columns, widths, strict=True)):
        page.set_column(at, at, width)
        page.write_string(0, at, word, head)
    for line, row in enumerate(frame.iter_rows(), 1):
        for at, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(line, at, value, cell)
            elif value is not None:
                page.write_number(line, at, value, cell)
    page.freeze_panes(1, 0)
    page.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(frame.width - 1)}1048576"})
