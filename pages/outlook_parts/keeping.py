"""Keeping a forecast, what became of the kept ones, and the files to take away."""

from __future__ import annotations

import streamlit as st

from funnel.charts.palette import LIGHT
from funnel.exports.outlook.content import all_sections, caption
from funnel.exports.outlook.tables import kept_sheet
from funnel.exports.report_files import html_file, workbook_file
from funnel.i18n.translator import Translator
from funnel.metrics.outlook.goals import GoalPlan
from funnel.metrics.outlook.what_ifs import WhatIf
from funnel.reports.outlook.kept import BY_HAND, KIND, WITH_RETROSPECTIVE, kept_fields, kept_forecasts
from funnel.reports.outlook.report import OutlookReport, first_horizon
from pages.outlook_parts.data import Asked
from pages.retrospective_parts import show
from pages.shell import Shell
from pages.shell.boundary import safely
from pages.shell.data import key_of
from pages.shell.session import who
from pages.shell.words import plain_text
from pages.shell.workspaces import now

_TOLD = "outlook_kept"


def keep_button(report: OutlookReport, shell: Shell) -> None:
    """Freeze what is said today, so that it can be scored when its days are over."""
    t = shell.t
    if report.forecast.refusal is not None:
        return
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.success(plain_text(told), icon=":material/ac_unit:")
    st.button(
        t("Keep this forecast"), key="outlook_keep", icon=":material/ac_unit:", type="tertiary",
        on_click=safely(_keep), args=(report, shell),
        help=t("Frozen with day and version; this page and the retrospective will show what came of it."),
    )  # fmt: skip


def _keep(report: OutlookReport, shell: Shell) -> None:
    if shell.data is None:
        return
    key = key_of(shell.data)  # of the data that the forecast was made of, not of what the store holds by now
    fields = kept_fields(report, data_version=key.data, definition_version=key.definition, origin=BY_HAND)
    if fields is not None:
        shell.store.save_record(KIND, None, fields, who=who(), now=now())
        st.session_state[_TOLD] = shell.t("Kept: the forecast of %(day)s.", day=report.as_of)


def forecast_to_keep(shell: Shell) -> dict | None:
    """The forecast that is frozen with a saved retrospective; null where nothing can be said."""
    data = shell.data
    if data is None or not data.has_leads or data.as_of is None:
        return None
    asked = Asked(shell)
    prospects = asked.prospects(quiet=True)
    key = key_of(data)
    return kept_fields(
        asked.report(first_horizon(prospects)),
        data_version=key.data,
        definition_version=key.definition,
        origin=WITH_RETROSPECTIVE,
    )


def kept_table(shell: Shell) -> None:
    """The kept forecasts with what came so far."""
    t, data = shell.t, shell.data
    assert data is not None
    kept = kept_forecasts(data, ((one.id, one.fields) for one in shell.plan.of(KIND)))
    if not kept.is_empty():
        st.markdown(f"**{t('Kept forecasts')}**")
        show.table(kept_sheet(kept, t), t)


def downloads(report: OutlookReport, plan: GoalPlan | None, gain: WhatIf | None, shell: Shell) -> None:
    """The same as one HTML file and as a workbook."""
    t, data = shell.t, shell.data
    assert data is not None
    name, stem = data.name, f"outlook_{report.as_of:%Y-%m-%d}"
    page, book, _ = st.columns([2, 2, 2])
    page.download_button(
        t("HTML for sharing and printing"), lambda: _html(report, plan, gain, t, name),
        file_name=f"{stem}.html", mime="text/html", key="outlook_html", icon=":material/download:",
        width="stretch", on_click="ignore",
    )  # fmt: skip
    book.download_button(
        t("Excel workbook"), lambda: _workbook(report, plan, gain, t, name), file_name=f"{stem}.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", key="outlook_xlsx",
        icon=":material/table_view:", width="stretch", on_click="ignore",
    )  # fmt: skip


def _title(report: OutlookReport, t: Translator, name: str) -> str:
    return f"{name} · {t.term('page_outlook')} {t.date(report.as_of)}"


def _html(report: OutlookReport, plan: GoalPlan | None, gain: WhatIf | None, t: Translator, name: str) -> bytes:
    parts = all_sections(report, t, LIGHT, goal=plan, gain=gain)
    heading = t.term("page_outlook_q")
    return html_file(heading, _title(report, t, name), caption(report, t), parts, t).encode()


def _workbook(report: OutlookReport, plan: GoalPlan | None, gain: WhatIf | None, t: Translator, name: str) -> bytes:
    parts = all_sections(report, t, LIGHT, goal=plan, gain=gain)
    sheets = {one.key: one for part in parts for one in part.sheets}
    return workbook_file(
        t.term("page_outlook"), _title(report, t, name), caption(report, t), parts, list(sheets.values()), t
    )
