"""The tables of a retrospective as an Excel workbook: numbers stay numbers, text is never run as a formula."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter

from funnel.charts.palette import LIGHT
from funnel.exports import retrospective_notes as written
from funnel.exports import retrospective_tables as tables
from funnel.exports.retrospective_content import caption, section, section_titles, sections_of
from funnel.exports.sheets import Cell, Column, Kind, Sheet, cell_text
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.report import RetrospectiveReport

_FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "number": "#,##0.0###",
    "percent": "0.0%",
    "probability": "0.0%",
    "points": "+#,##0.0;-#,##0.0;0.0",
    "change": "+#,##0;-#,##0;0",
    "days": "0.0",
    "money": "#,##0",
    "date": "yyyy-mm-dd",
    "month": "yyyy-mm",
}
_WIDTHS = {"text": 24, "long_text": 60}


def retrospective_workbook(report: RetrospectiveReport, t: Translator, workspace: str) -> bytes:
    """The workbook: the words first, then a sheet per table that has rows."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    _words(book, report, t, workspace)
    used: set[str] = set()
    for one in _sheets(report, t):
        if one.rows:
            _table(book, one, _name(one.title, used), t)
    book.close()
    return stream.getvalue()


def _sheets(report: RetrospectiveReport, t: Translator) -> list[Sheet]:
    return [
        tables.figures(report, t),
        tables.verdicts(report, t),
        tables.verdict_details(report, t),
        tables.durations(report, t),
        tables.funnels(report, t),
        tables.drivers(report, t),
        tables.mix(report, t),
        tables.groups(report, t),
        tables.control(report, t),
        tables.promises(report, t),
        tables.overlaps(report, t),
        written.feedback(report, t),
        written.themes(report, t),
        written.growing(report, t),
        written.use(report, t),
        written.decisions(report, t, earlier=True),
        written.decisions(report, t, earlier=False),
    ]


def _name(title: str, used: set[str]) -> str:
    """A sheet name that Excel accepts: no forbidden letter, at most 31, no two alike."""
    named = title.replace(" / ", " – ")
    plain = "".join(letter for letter in named if letter not in "[]:*?/\\'").strip() or "-"
    name, number = plain[:31].strip(), 2
    while name.lower() in used:
        name, number = f"{plain[:28].strip()} {number}", number + 1
    used.add(name.lower())
    return name


def _words(book: xlsxwriter.Workbook, report: RetrospectiveReport, t: Translator, workspace: str) -> None:
    """The sentences of all sections on the first sheet."""
    page = book.add_worksheet(_name(t.term("retrospective"), set()))
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 110, wrapped)
    page.write_string(0, 0, f"{workspace} · {t.term('retrospective')} {t.month(report.as_of)}", bold)
    page.write_string(1, 0, caption(report, t))
    row = 3
    for key in sections_of(report.basis):
        content = section(key, report, t, LIGHT)
        if not content.lead and not content.windows and not content.notes:
            continue
        page.write_string(row, 0, section_titles(t)[key], bold)
        row += 1
        for one in (*content.lead, *content.windows, *content.notes):
            page.write_string(row, 0, one.text)
            row += 1
        row += 1


def _table(book: xlsxwriter.Workbook, one: Sheet, name: str, t: Translator) -> None:
    page = book.add_worksheet(name)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": shown, "valign": "top"}) for kind, shown in _FORMATS.items()}
    for place, column in enumerate(one.columns):
        page.write_string(0, place, column.label, head)
        page.set_column(place, place, _width(one, column, t))
    for row, values in enumerate(one.rows, 1):
        for place, column in enumerate(one.columns):
            value, kind = values[column.key], column.kind
            if isinstance(value, Cell):
                value, kind = value.value, value.kind
            _cell(page, row, place, value, formats.get(kind, text))
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, len(one.rows), len(one.columns) - 1)


def _width(one: Sheet, column: Column, t: Translator) -> float:
    if column.is_number or column.kind in ("date", "month"):
        return 13
    longest = max((len(cell_text(row[column.key], column.kind, t)) for row in one.rows), default=0)
    return min(_WIDTHS.get(column.kind, 24) * 1.5, max(10, longest * 1.2))


def _cell(page: Any, row: int, place: int, value: Any, shape: Any) -> None:
    if value is None or value == "":
        page.write_blank(row, place, None, shape)
    elif isinstance(value, date | datetime):
        page.write_datetime(row, place, value, shape)
    elif isinstance(value, bool | str):
        page.write_string(row, place, str(value), shape)
    else:
        page.write_number(row, place, value, shape)
