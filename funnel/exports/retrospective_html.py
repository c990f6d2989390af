"""The retrospective as one HTML file."""

from __future__ import annotations

from funnel.charts.palette import LIGHT
from funnel.exports.report_files import html_file
from funnel.exports.retrospective_content import caption, section, sections_of
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.report import RetrospectiveReport


def retrospective_html(report: RetrospectiveReport, t: Translator, workspace: str) -> str:
    """The whole file as text. ``workspace``: its name, for the title."""
    title = f"{workspace} · {t.term('retrospective')} {t.month(report.as_of)}"
    parts = [section(key, report, t, LIGHT) for key in sections_of(report.basis)]
    return html_file(t.term("page_retrospective_q"), title, caption(report, t), parts, t)
