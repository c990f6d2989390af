"""The retrospective as an Excel workbook."""

from __future__ import annotations

from funnel.charts.palette import LIGHT
from funnel.exports import retrospective_notes as written
from funnel.exports import retrospective_tables as tables
from funnel.exports.outlook.tables import kept_sheet
from funnel.exports.report_files import workbook_file
from funnel.exports.retrospective_content import caption, section, sections_of
from funnel.exports.sheets import Sheet
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.report import RetrospectiveReport


def retrospective_workbook(report: RetrospectiveReport, t: Translator, workspace: str) -> bytes:
    """The workbook: the words first, then a sheet per table that has rows."""
    title = f"{workspace} · {t.term('retrospective')} {t.month(report.as_of)}"
    parts = [section(key, report, t, LIGHT) for key in sections_of(report.basis)]
    return workbook_file(t.term("retrospective"), title, caption(report, t), parts, _sheets(report, t), t)


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
        *([] if report.kept is None else [kept_sheet(report.kept, t)]),
    ]
