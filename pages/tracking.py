"""Tracking: the weekly form. Are we doing what we planned?"""

from __future__ import annotations

import streamlit as st

from funnel.exports.tracking import sheet_csv, sheet_workbook
from funnel.harmless import plain_text
from funnel.planning.tracking.periods import is_week
from funnel.planning.tracking.rows import OPEN
from funnel.reports.tracking import tracking_report
from pages.shell import enter
from pages.shell.boundary import safely
from pages.shell.plan_data import handovers_of, measured_of, planning_day
from pages.shell.records import load_records
from pages.shell.session import ask_who
from pages.shell.start import start_workspace
from pages.shell.title import page_title
from pages.tracking_parts import below
from pages.tracking_parts.choice import choose_sheet, sheet_name
from pages.tracking_parts.editing import KIND, of_sheet
from pages.tracking_parts.form import conflict_boxes, form
from pages.tracking_parts.session import carry, close, conflicts, enter_workspace, opened, start_next

shell = enter()
t, data = shell.t, shell.data

page_title(t, "tracking")
if data is None or shell.workspace is None:
    start_workspace(t, "tracking")
    st.stop()

enter_workspace(str(shell.workspace.path))
store, definition = shell.store, data.definition
day = planning_day(shell)
records, rows = shell.plan.of(KIND), shell.plan.rows

pick, name, step = st.columns([5, 2, 2], vertical_alignment="bottom")
with pick:
    sheet = choose_sheet(rows, day, data.as_of, t)
with name:
    ask_who(t("Your name"), t("It is written beside every change you make. Asked once per browser."))
step.button(
    t.term("next_week") if is_week(sheet) else t("Start next month"),
    key="tracking_next",
    icon=":material/arrow_forward:",
    on_click=safely(start_next),
    args=(sheet, store),
    help=t.help("next_week"),
)

measured = measured_of(shell, sheet)
report = tracking_report(data, rows, sheet=sheet, day=day, measured=measured)
if measured.figures.is_empty():
    basis = t("The imported data says nothing about these days; what you report stands alone.")
elif measured.until is not None:
    basis = t(
        "Measured up to %(day)s: the data ends inside these days, so nothing is compared yet.", day=measured.until
    )
elif measured.from_counts:
    basis = t("Measured: stage totals that were imported for these days.")
else:
    basis = t(
        "Measured: first own entries into each stage in these days, all owners together (n = %(n)s).",
        n=int(measured.figures["n"].sum()),
    )
st.caption(f"{t('synthetic sample')} · {basis}" if data.is_sample else plain_text(basis))

told = st.session_state.pop("tracking_told", None)
if told:
    st.success(t("Open rows carried into this sheet: %(n)s", n=told[1]), icon=":material/arrow_forward:")
conflict_boxes(conflicts(), definition, store, t)
below.paste_result(t)

identity = (str(shell.workspace.path), sheet, t.language, data.definition_version)
current = opened(identity, sheet, records)
earlier = sorted(
    {row.sheet for row in rows if row.sheet < sheet and is_week(row.sheet) == is_week(sheet) and row.state == OPEN}
)
if (
    not report.lines
    and earlier
    and st.button(
        plain_text(t("Carry the open rows of %(sheet)s into this sheet", sheet=sheet_name(earlier[-1], t))),
        key="tracking_carry",
        icon=":material/redo:",
    )
):
    carry(earlier[-1], sheet, store)
    st.rerun()
form(current, report, definition, store, t)
if current.just_edited:
    current.just_edited = False
    if current.sheet.is_outdated(of_sheet(load_records(store).of(KIND), sheet)):
        st.info(t("Somebody else changed this sheet in the meantime."), icon=":material/group:")
        st.button(t("Show the newest"), key="tracking_newest", on_click=safely(close))

below.reasons(report, definition, records, store, t)
below.differences(report, definition, t)

excel, csv, _ = st.columns([1, 1, 3])
excel.download_button(
    t("Download Excel"), lambda: sheet_workbook(report, definition, t), file_name=f"tracking_{sheet}.xlsx",
    key="tracking_xlsx", icon=":material/download:", type="tertiary", on_click="ignore",
)  # fmt: skip
csv.download_button(
    t("Download CSV"), lambda: sheet_csv(report, definition, t), file_name=f"tracking_{sheet}.csv", mime="text/csv",
    key="tracking_csv", icon=":material/download:", type="tertiary", on_click="ignore",
)  # fmt: skip

with st.expander(t("Paste rows from Excel")):
    below.paste_area(rows, definition, sheet, store, t)
with st.expander(t("Import a sheet")):
    below.import_area(rows, definition, sheet, records, store, t)
with st.expander(t("History of a row")):
    below.history(sheet, shell.plan.of(KIND, with_deleted=True), definition, store, t)
if data.has_leads:
    below.handovers(handovers_of(shell), definition, t)
