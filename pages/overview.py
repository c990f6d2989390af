"""Overview: how is the funnel doing?"""

from __future__ import annotations

import streamlit as st

from funnel.charts.funnel_chart import counts_chart, funnel_chart
from funnel.charts.trend_chart import trend_chart
from funnel.exports.overview.content import headline, totals_headline
from funnel.exports.tables import csv_bytes
from funnel.filters import DIMENSIONS
from funnel.harmless import plain_text
from funnel.reports.counts import counts_report
from funnel.reports.overview import COUNTINGS, OVERALL, stage_leads
from funnel.reports.plain_list import plain_list
from pages.overview_parts import plain, tables, taking, tiles
from pages.shell import enter
from pages.shell.captions import basis_caption
from pages.shell.chart import draw
from pages.shell.data import overview_of
from pages.shell.drawn import drawn
from pages.shell.empty import empty_state
from pages.shell.horizon import offer_horizons
from pages.shell.session import palette
from pages.shell.title import page_title
from pages.shell.url import from_url, to_url
from pages.shell.welcome import welcome

shell = enter()
t, data = shell.t, shell.data

if shell.workspace is None:
    st.title(t("Where does your sales funnel leak, and what helps?"))
    welcome(t)
    st.stop()
page_title(t, "overview")
if data is None or data.is_empty:
    empty_state(t)
    st.stop()
if not data.has_leads:
    counts = counts_report(data, shell.filters)
    said = basis_caption(shell, "activity", int(counts.totals["n"][0] if counts.totals.height else 0))
    st.info(t.message_of("overview.counts_only"), icon=":material/info:")
    if counts.n_left_out:
        st.caption(t("%(n)s rows lie outside the window or have no period.", n=counts.n_left_out))
    draw(counts_chart(counts.totals, counts.definition, t, palette()), "counts", " ".join(totals_headline(counts, t)))
    tables.counts_view(counts, t)
    taking.offer(shell, counts, said)
    st.stop()

names = {
    "lead_cohort": t("Reached or beyond"),
    "own": t.term("own_entry"),
    "strict": t.term("strict"),
    "activity": t.term("activity"),
}
stages = data.funnel.stages
from_url("basis", COUNTINGS, COUNTINGS[0])
from_url("every", ("month", "week"), "month")
dimensions = data.dimensions or DIMENSIONS[:1]
from_url("by", dimensions, dimensions[0])
basis, every, by = (st.session_state[key] for key in ("basis", "every", "by"))
report = overview_of(data, shell.filters, basis=basis, every=every, by=by)
from_url("step", (OVERALL, *data.funnel.keys[1:]), report.telling_step)
step = st.session_state["step"]
for key, default in (("basis", COUNTINGS[0]), ("every", "month"), ("by", dimensions[0]), ("step", report.telling_step)):
    to_url(key, st.session_state[key], default)
position = 0 if step == OVERALL else data.funnel.position(step)
definition = report.definition

said = basis_caption(shell, basis, report.n_leads, report.n_undated)

# The first screen holds the answer: the whole funnel, and beside it the key figures.
left, right = st.columns([3, 2], gap="medium")
with left:
    st.subheader(t("Funnel"), help=t.help("funnel_chart"))
    st.segmented_control(
        t.term("basis"), list(COUNTINGS), format_func=lambda one: plain_text(names[one]), required=True, key="basis",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    event = draw(
        drawn(report, t, lambda: funnel_chart(report.status, definition, t, palette()), "funnel"),
        "funnel",
        " ".join(headline(report, t)),
        on_select="rerun",
        selection_mode="points",
    )
with right:
    tiles.show(report, t)
for limit in report.limits:
    st.info(plain_text(t.message(limit)), icon=":material/info:")

chosen = [point["customdata"] for point in event["selection"]["points"] if point.get("customdata")]
if chosen:
    key = chosen[0][0] if isinstance(chosen[0], list) else chosen[0]
    leads = stage_leads(data, shell.filters, definition.position(key), basis)
    of_stage = report.countings.row(definition.position(key) - 1, named=True)[basis]
    tables.lead_list(leads, leads.height if data.parts is None else of_stage, definition, key, t)
else:
    left.caption(t("Click a bar to list its leads."))
with st.expander(t("How far each way of counting moves the numbers")):
    tables.countings(report.countings, definition, names, t)

steps = {OVERALL: t.term("overall_conversion")} | {stage.key: f"→ {t.localized(stage.name)}" for stage in stages[1:]}
st.subheader(t.term("trend"), help=t.help("trend"))
pick, period = st.columns(2)
pick.selectbox(
    t.term("step"), list(steps), format_func=steps.__getitem__, key="step", label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip
period.segmented_control(
    t("Grouped by"), ["month", "week"], format_func=lambda unit: {"month": t("month"), "week": t("week")}[unit],
    required=True, key="every", label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip
mark = stages[position - 1].benchmark if position else None
band = None
if mark is not None:
    band = (mark.low, mark.high, f"{t.localized(mark.source)} {t.percent_range(mark.low, mark.high, 0)}")
periods = report.step_trend(position)
if periods["rate"].null_count() == periods.height:
    reasons = sorted({reason for reason in periods["reason"] if reason})
    why = t.joined(t.message_of(f"overview.reason.{reason}") for reason in reasons)
    st.caption(plain_text(t("No rate to draw: %(reason)s", reason=why or t.message_of("overview.reason.no_leads"))))
else:
    figure = drawn(
        report, t, lambda: trend_chart(periods, t, palette(), every, band), "trend", position, every
    )  # fmt: skip
    draw(figure, "trend", f"{t.term('trend')}, {steps[step]}")

st.subheader(t.term("status_table"), help=t.help("status_table"))
tables.status(report.status, definition, t)
st.download_button(
    t("Download the table"), csv_bytes(tables.status_file(report.status, definition, t)), file_name="funnel_status.csv",
    mime="text/csv", key="status_csv", icon=":material/download:", type="tertiary", on_click="ignore",
)  # fmt: skip
offer_horizons(shell)

if data.support.is_plain_list and data.parts is None:
    plain.show(plain_list(data, shell.filters), definition, t)

st.subheader(t.term("breakdown"), help=t.help("breakdown"))
pick, step_pick = st.columns(2)
pick.segmented_control(
    t.term("breakdown"), list(dimensions), format_func=t.term, required=True, key="by",
    label_visibility="collapsed", persist_state="session",
)  # fmt: skip
if note := report.group_note(position):
    st.caption(plain_text(t.message(note)))
tables.breakdown(report.step_breakdown(position or definition.won_position), definition, position or 0, t)

taking.offer(shell, report, said)
