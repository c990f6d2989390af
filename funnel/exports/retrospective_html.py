"""The retrospective as one HTML file: opens without a network, prints without cutting a chart.

Plotly is written into the file once; charts have the width of a printed page, so paper and screen show the same. All
text is escaped, names of people and files included.
"""

from __future__ import annotations

from html import escape

from funnel.charts.palette import LIGHT
from funnel.charts.paper import chart_html, plotly_script
from funnel.exports.retrospective_content import Section, Sentence, caption, section, sections_of
from funnel.exports.sheets import Column, Sheet
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.report import RetrospectiveReport

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
.better { color: #1F8A70; } .worse { color: #C0392B; }
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


def retrospective_html(report: RetrospectiveReport, t: Translator, workspace: str) -> str:
    """The whole file as text. ``workspace``: its name, for the title."""
    title = f"{workspace} · {t.term('retrospective')} {t.month(report.as_of)}"
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{"zh-Hans" if t.language == "zh_Hans" else "en"}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f"<script>{plotly_script()}</script></head><body>",
        f"<h1>{escape(t.term('page_retrospective_q'))}</h1>",
        f'<p class="muted">{escape(title)}<br>{escape(caption(report, t))}</p>',
    ]
    parts += [_section(section(key, report, t, LIGHT), t) for key in sections_of(report.basis)]
    parts.append("</body></html>")
    return "\n".join(parts)


def _section(one: Section, t: Translator) -> str:
    parts = [f'<section id="{one.key}"><h2>{escape(one.title)}</h2>']
    parts += [f'<p class="lead {said.tone}">{escape(said.text)}</p>' for said in one.lead]
    parts += [f'<p class="muted">{escape(said.text)}</p>' for said in one.windows]
    for chart in one.charts:
        if chart.title:
            parts.append(f"<h3>{escape(chart.title)}</h3>")
        parts.append(f"<figure>{chart_html(chart.figure, WIDTH, f'chart_{chart.key}')}</figure>")
    parts.append(_notes(one.notes))
    parts += [_table(sheet, t) for sheet in one.sheets if sheet.key not in _NOT_PRINTED and sheet.rows]
    parts.append("</section>")
    return "\n".join(parts)


def _notes(notes: tuple[Sentence, ...]) -> str:
    if not notes:
        return ""
    return f"<ul>{''.join(f'<li>{escape(one.text)}</li>' for one in notes)}</ul>"


def _table(one: Sheet, t: Translator) -> str:
    columns = [column for column in one.columns if not column.workbook_only]
    shown = one.shown(t).select(column.key for column in columns)
    head = "".join(f"<th{_mark(c, c.label)}>{escape(c.label)}</th>" for c in columns)
    rows = [
        "<tr>"
        + "".join(f"<td{_mark(c, cell)}>{escape(cell)}</td>" for c, cell in zip(columns, row, strict=True))
        + "</tr>"
        for row in shown.head(_PRINTED_ROWS).iter_rows()
    ]
    more = ""
    if shown.height > _PRINTED_ROWS:
        said = t("%(n)s further rows stand in the workbook.", n=shown.height - _PRINTED_ROWS)
        more = f'<p class="muted">{escape(said)}</p>'
    title = f"<h3>{escape(one.title)}</h3>"
    kind = ' class="short"' if len(rows) <= _UNBROKEN_ROWS else ""
    return f"<div{kind}>{title}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}</div>"


def _mark(column: Column, text: str) -> str:
    """Numbers to the right; days and short words on one line."""
    if column.is_number:
        return ' class="n"'
    is_short = column.kind in ("date", "month") or len(text) <= _SHORT_WORD
    return ' class="s"' if is_short else ""
