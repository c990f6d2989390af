"""Reports as files: one HTML page that opens without a network and prints well, and an Excel workbook.

Plotly is written into the page once; charts have the width of a printed page, so paper and screen show the same. All
text is escaped, names of people and files included. In the workbook numbers stay numbers, text is never run as a
formula.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

from funnel.charts.paper import chart_html, plotly_script
from funnel.exports.retrospective_content import Section, Sentence
from funnel.exports.sheets import Cell, Column, Kind, Sheet, cell_text
from funnel.harmless import html_text
from funnel.i18n.translator import Translator

WIDTH = 700
"""Pixels: an A4 page less its margins."""

_PRINTED_ROWS = 60
"""A longer table stands in the workbook."""

_UNBROKEN_ROWS = 14
"""A table of at most so many rows stands on one page."""

_SHORT_WORD = 8
"""A text of at most so many letters is not broken."""

_NOT_PRINTED = ("control", "themes")
"""Tables that only repeat what a chart shows."""

_STYLE = """
@page { size: A4; margin: 14mm 12mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 10px; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 12px; width: 724px; color: #1C2530; background: #fff; font: 14px/1.5
  "Source Sans 3", "Source Sans Pro", "Segoe UI", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 32px 0 8px; padding-top: 10px; border-top: 1px solid #DDE2E8; break-after: avoid; }
h3 { font-size: 14px; margin: 16px 0 4px; break-after: avoid; }
.muted { color: #6B7785; font-size: 13px; margin: 0 0 12px; }
.lead { font-size: 18px; margin: 6px 0; }
.better { color: #197560; } .worse { color: #C0392B; }
.warning::before { content: "⚠ "; }
ul { padding-left: 18px; margin: 8px 0; } li { margin: 3px 0; break-inside: avoid; }
figure { margin: 4px 0 10px; break-inside: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 12.5px; margin: 4px 0 14px; }
thead { display: table-header-group; } tr { break-inside: avoid; }
th { text-align: left; color: #6B7785; font-weight: 600; border-bottom: 1px solid #B9C2CC; padding: 4px 6px; }
td { border-bottom: 1px solid #E6EAEE; padding: 4px 6px; vertical-align: top; overflow-wrap: anywhere; }
th.n, td.n { text-align: right; white-space: nowrap; } th.n { white-space: normal; }
td.s { white-space: nowrap; } div.short { break-inside: avoid; }
@media print { body { padding: 0; width: 700px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  a { color: inherit; } }
"""


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
_SCRIPT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)
_WIDTHS = {"text": 24, "long_text": 60}


def html_file(heading: str, title: str, caption: str, sections: Sequence[Section], t: Translator) -> str:
    """The whole file as text. ``heading``: the question it answers; ``title`` names workspace, report and day."""
    body = [_section(one, t) for one in sections]
    scripts = [plotly_script(), *_SCRIPT.findall("".join(body))]
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{"zh-Hans" if t.language == "zh_Hans" else "en"}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html_text(title)}</title><style>{_STYLE}</style>",
        f"<script>{plotly_script()}</script></head><body>",
        f"<h1>{html_text(heading)}</h1>",
        f'<p class="muted">{html_text(title)}<br>{html_text(caption)}</p>',
    ]
    parts += [*body, "</body></html>"]
    return "\n".join(parts)


def _policy(scripts: Sequence[str]) -> str:
    """What a browser lets the file do: run the very scripts that we wrote into it, and reach nothing outside."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{one}'" for one in dict.fromkeys(hashes))
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def workbook_file(
    sheet_name: str, title: str, caption: str, sections: Sequence[Section], sheets: Sequence[Sheet], t: Translator
) -> bytes:
    """The workbook: the words of all sections first, on a sheet of that name, then a sheet per table that has rows."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    used: set[str] = set()
    _words(book, _name(sheet_name, used), title, caption, sections)
    for one in sheets:
        if one.rows:
            _book_table(book, one, _name(one.title, used), t)
    book.close()
    return stream.getvalue()


def _section(one: Section, t: Translator) -> str:
    parts = [f'<section id="{one.key}"><h2>{html_text(one.title)}</h2>']
    parts += [f'<p class="lead {said.tone}">{html_text(said.text)}</p>' for said in one.lead]
    parts += [f'<p class="muted">{html_text(said.text)}</p>' for said in one.windows]
    for chart in one.charts:
        if chart.title:
            parts.append(f"<h3>{html_text(chart.title)}</h3>")
        parts.append(f"<figure>{chart_html(chart.figure, WIDTH, f'chart_{chart.key}')}</figure>")
    parts.append(_notes(one.notes))
    parts += [_table(sheet, t) for sheet in one.sheets if sheet.key not in _NOT_PRINTED and sheet.rows]
    parts.append("</section>")
    return "\n".join(parts)


def _notes(notes: tuple[Sentence, ...]) -> str:
    if not notes:
        return ""
    return f"<ul>{''.join(f'<li>{html_text(one.text)}</li>' for one in notes)}</ul>"


def _table(one: Sheet, t: Translator) -> str:
    columns = [column for column in one.columns if not column.workbook_only]
    shown = one.shown(t).select(column.key for column in columns)
    head = "".join(f"<th{_mark(c, c.label)}>{html_text(c.label)}</th>" for c in columns)
    rows = [
        "<tr>"
        + "".join(f"<td{_mark(c, cell)}>{html_text(cell)}</td>" for c, cell in zip(columns, row, strict=True))
        + "</tr>"
        for row in shown.head(_PRINTED_ROWS).iter_rows()
    ]
    more = ""
    if shown.height > _PRINTED_ROWS:
        said = t("%(n)s further rows stand in the workbook.", n=shown.height - _PRINTED_ROWS)
        more = f'<p class="muted">{html_text(said)}</p>'
    title = f"<h3>{html_text(one.title)}</h3>"
    kind = ' class="short"' if len(rows) <= _UNBROKEN_ROWS else ""
    return f"<div{kind}>{title}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}</div>"


def _mark(column: Column, text: str) -> str:
    """Numbers to the right; days and short words on one line."""
    if column.is_number:
        return ' class="n"'
    is_short = column.kind in ("date", "month") or len(text) <= _SHORT_WORD
    return ' class="s"' if is_short else ""


def _name(title: str, used: set[str]) -> str:
    """A sheet name that Excel accepts: no forbidden letter, at most 31, no two alike."""
    named = title.replace(" / ", " – ")
    plain = "".join(letter for letter in named if letter not in "[]:*?/\\'").strip() or "-"
    name, number = plain[:31].strip(), 2
    while name.lower() in used:
        name, number = f"{plain[:28].strip()} {number}", number + 1
    used.add(name.lower())
    return name


def _words(book: xlsxwriter.Workbook, name: str, title: str, caption: str, sections: Sequence[Section]) -> None:
    """The sentences of all sections on the first sheet."""
    page = book.add_worksheet(name)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 110, wrapped)
    page.write_string(0, 0, title, bold)
    page.write_string(1, 0, caption)
    row = 3
    for content in sections:
        if not content.lead and not content.windows and not content.notes:
            continue
        page.write_string(row, 0, content.title, bold)
        row += 1
        for one in (*content.lead, *content.windows, *content.notes):
            page.write_string(row, 0, one.text)
            row += 1
        row += 1


def _book_table(book: xlsxwriter.Workbook, one: Sheet, name: str, t: Translator) -> None:
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
