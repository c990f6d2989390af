"""Bottleneck: where do we lose most, why there, and what is it worth?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from funnel.charts.bottleneck_charts import can_draw, interval_chart, stake_chart, step_name
from funnel.errors import InputError
from funnel.harmless import plain_text
from funnel.metrics.deadlines.business_days import BusinessCalendar
from pages.bottleneck_parts import causes, places, ranges, times
from pages.bottleneck_parts.words import headline, limits, said
from pages.shell import enter
from pages.shell.captions import basis_caption
from pages.shell.chart import draw
from pages.shell.data import bottleneck_of, causes_of, waiting_of
from pages.shell.drawn import drawn
from pages.shell.empty import empty_state
from pages.shell.method import business_calendar
from pages.shell.session import palette
from pages.shell.title import page_title
from pages.shell.url import from_url, to_url

AUTO = "auto"

shell = enter()
t, data = shell.t, shell.data

page_title(t, "bottleneck")

if data is None or shell.workspace is None or data.is_empty:
    empty_state(t)
    st.stop()
if not data.has_leads:
    st.info(
        t(
            "This workspace holds totals per stage, no single leads: how long they were followed, where they were lost "
            "and who is overdue cannot be known, so no step is judged. The totals stand on the overview."
        ),
        icon=":material/info:",
    )
    st.page_link("pages/overview.py", label=t.term("page_overview"), icon=":material/filter_alt:")
    st.stop()
if data.as_of is None:
    st.info(
        t(
            "No lead carries a date: how long leads were followed and how long steps take cannot be known, so no step "
            "is judged. Import a file with dates."
        ),
        icon=":material/info:",
    )
    st.page_link("pages/import_data.py", label=t("Upload a file"), icon=":material/upload_file:")
    st.stop()

try:
    calendar = business_calendar(data, t.language)
except InputError as error:
    st.warning(plain_text(t.message(error)), icon=":material/calendar_month:")
    calendar = BusinessCalendar()
own_past = ranges.own_past_choice(data.definition, shell.workspace.name)
report = bottleneck_of(data, shell.filters, calendar, own_past)
definition = report.definition

basis_caption(shell, "step_cohort", report.n_in_window)
headline(report.headline, t)
if not report.n_leads:
    st.stop()
limits([fact for fact in report.facts if not fact.code.startswith(("sla.", "bottleneck.losses_left_out"))], t)

keys = definition.keys[1:]
rows = {row["stage"]: row for row in report.steps.iter_rows(named=True)}
from_url("bottleneck_step", (AUTO, *definition.keys), AUTO)

st.subheader(t("Every step against its range"), help=f"{t.explained('benchmark')} {t.help('interval_95')}")
if any(can_draw(row) for row in rows.values()):
    figure = drawn(report, t, lambda: interval_chart(report.steps, definition, t, palette()), "intervals")
    draw(figure, "bottleneck_intervals", t.message(report.headline))
    note = t("Dot: leads that entered the step and were followed long enough; line: its 95% interval; band: the range.")
    if shell.filters.window.preset not in ("all", "dates"):
        note += " " + t("Each step's window lies earlier by the days that leads must be followed.")
    if report.steps["shows_both_counts"].any():
        note += " " + t("Hollow dot below: the rate that also counts the leads that jumped ahead.")
    st.caption(plain_text(note))
else:
    st.caption(t("No rate is drawn, because this data cannot tell any of them."))
ranges.ranges(report, shell.workspace.name, t)

st.subheader(t.term("at_stake"), help=t.help("at_stake"))
if report.steps["quarter_customers"].drop_nulls().is_empty():
    st.caption(t("What a better step would bring cannot be told: no step has both a range and a known rate."))
else:
    figure = drawn(report, t, lambda: stake_chart(report.steps, definition, t, palette()), "stakes")
    draw(figure, "bottleneck_stakes", t.term("at_stake"))
    note = t(
        "At most, per quarter, if the step reached the low end of its range and the extra leads were as good; "
        "line: 80% range."
    )
    missing = ranges.not_staked(report, t)
    st.caption(f"{note} {t('Cannot be told: %(steps)s.', steps=missing)}" if missing else plain_text(note))

st.divider()
names = {key: step_name(rows[key], definition, t) for key in keys}
names |= {definition.keys[0]: t("New leads")}
suggested = definition.keys[report.focus - 1] if report.focus else None
options = {AUTO: t("Suggested: %(step)s", step=names[suggested]) if suggested else t("Choose a step")} | names
title, pick, plan = st.columns([2, 4, 2], vertical_alignment="bottom")
title.header(t("Why there?") if suggested else t("Step by step"))
chosen = pick.selectbox(
    t("Step to look into"), list(options), format_func=options.__getitem__, key="bottleneck_step",
    persist_state="session",
)  # fmt: skip
to_url("bottleneck_step", chosen, AUTO)
stage = suggested if chosen == AUTO else chosen
position = definition.position(stage) if stage else None
step = position if position and position > 1 else None
if position == 1:
    causes.show(report, position, causes_of(data, report, calendar, own_past, position), t)
if position and step:
    with plan:
        causes.plan_button(report, position, t, key="bottleneck_plan", label=t("Plan a strategy"))
    st.markdown(said(report.step_message(position), t))
    causes.show(report, position, causes_of(data, report, calendar, own_past, position), t)
    places.where_it_is(report, position, t)
places.loss_reasons(report, step, t)

st.divider()
st.header(t("Where does the time go?"))
times.slow_stages(report, t)
times.deadlines(report, step, calendar, partial(waiting_of, data, report, calendar), t)
times.effects(report, t)
times.handovers(report, t)
