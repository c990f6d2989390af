"""Plan: what do we do about it?"""

from __future__ import annotations

import streamlit as st

from funnel.harmless import plain_text
from pages.plan_parts import library, strategies, targets
from pages.plan_parts.form import (
    current_form,
    enter_workspace,
    new_strategy,
    open_form,
    show_conflict,
    show_form,
    take_prefill,
)
from pages.shell import enter
from pages.shell.plan_data import plan_of
from pages.shell.session import ask_who
from pages.shell.start import start_workspace
from pages.shell.title import page_title

shell = enter()
t, data = shell.t, shell.data

page_title(t, "plan")
if data is None or shell.workspace is None:
    start_workspace(t, "plan")
    st.stop()

enter_workspace(str(shell.workspace.path))
take_prefill(shell)
report = plan_of(shell)
records = {record.id: record for kind in ("strategy", "target") for record in shell.plan.of(kind)}
if data.as_of is not None:
    basis = t(
        "Measured: leads that entered each step, each followed for its usual time · %(as_of)s %(day)s · n = %(n)s",
        as_of=t.term("as_of"), day=data.as_of, n=data.journeys.height,
    )  # fmt: skip
    st.caption(f"{t('synthetic sample')} · {basis}" if data.is_sample else plain_text(basis))

name, new, _ = st.columns([2, 2, 3], vertical_alignment="bottom")
with name:
    ask_who(t("Your name"), t("It is written beside every change you make. Asked once per browser."))
if new.button(t("New strategy"), type="primary", key="plan_new", icon=":material/add:"):
    open_form(new_strategy(shell), 0)
show_conflict(shell)
form = current_form()
if form is not None:
    show_form(shell, form, [line.strategy for line in report.lines])
    st.stop()

first, second, third = st.tabs([t("Strategies"), t("Targets"), t.term("playbook")])
with first:
    if report.lines:
        strategies.table(report, shell)
        strategies.detail(report, records, shell)
    else:
        st.info(t("There are no strategies yet. Take one from the playbook, or write your own."))
    library.try_goal(shell)
with second:
    targets.show(report, records, shell)
with third:
    library.show(shell)
