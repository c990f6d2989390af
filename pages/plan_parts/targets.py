"""Targets by role or person: bars, a table with the pace that is needed, and the form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import streamlit as st

from funnel.charts.plan_charts import amount_words, state_words, target_bars
from funnel.definition.definition import ROLES
from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.planning.fields import to_fields
from funnel.planning.targets import PERIODS, SHARE_METRICS, TARGET_METRICS, Target
from funnel.reports.plan import PlanReport, TargetLine
from funnel.storage.records import Edit, Record
from pages.plan_parts.words import metric_names, period_names, stage_names
from pages.shell import Shell
from pages.shell.chart import draw
from pages.shell.days import limits
from pages.shell.plan_data import planning_day
from pages.shell.session import palette, who
from pages.shell.table import Figures, meanings
from pages.shell.table import show as table_of
from pages.shell.words import owner_role_name, plain_text
from pages.shell.workspaces import now

KIND = "target"


def target_name(target: Target, shell: Shell) -> str:
    """A target as people call it: its own words, else amount, metric and period."""
    t, data = shell.t, shell.data
    assert data is not None
    whose = target.person or owner_role_name(target.role, t)
    if target.text:
        return f"{target.text} · {whose}"
    stage = stage_names(data.definition, t).get(target.stage, target.stage)
    return f"{_amount(target, t)} · {stage} · {metric_names(t)[target.metric]} · {whose}"


def _amount(target: Target, t: Translator) -> str:
    figure = t.percent(target.amount, 0) if target.metric in SHARE_METRICS else t.number(target.amount)
    if target.metric == "growth":
        figure = f"+{figure}"
    return t("%(amount)s a %(period)s", amount=figure, period=period_names(t)[target.period])


def show(report: PlanReport, records: Mapping[str, Record], shell: Shell) -> None:
    """Bars, table and form."""
    t = shell.t
    names = {line.target.target_id: target_name(line.target, shell) for line in report.targets}
    if report.targets:
        day = max(line.day for line in report.targets)
        st.caption(
            t(
                "Each bar runs to its goal of the present period as of %(day)s; the upright mark is where an even pace "
                "would be.",
                day=day,
            )
        )
        if report.progress.height:
            draw(target_bars(report.progress, names, t, palette()), "plan_bars", t.term("target"))
        _table(report, names, shell)
        for line in report.targets:
            if line.problem is not None:
                st.caption(plain_text(t.labelled(names[line.target.target_id], t.message(line.problem))))
    else:
        st.info(t("There are no targets yet. Begin with one amount, one person and one period."))
    with st.expander(t("Add or change a target"), expanded=not report.targets):
        _form(report, names, records, shell)


def _table(report: PlanReport, names: Mapping[str, str], shell: Shell) -> None:
    t = shell.t
    lines = report.targets
    pace = t("What each working day that is left must bring, so that the goal is reached.")
    basis = t("Measured from the data, or added up from the tracking form.")
    words = {
        t.term("target"): [names[line.target.target_id] for line in lines],
        t("Period"): Figures([_period(line) for line in lines]),
        t("Done of goal"): Figures([_done(line, t) for line in lines]),
        t("Needed a day"): Figures([_pace(line, t) for line in lines], pace),
        t.term("row_state"): [state_words(line.progress.state, t) if line.progress else "–" for line in lines],
        t("Counted from"): Figures(
            [t.term("measured") if line.target.metric != "reported" else t("reported only") for line in lines], basis
        ),
    }
    table_of(words, "plan_targets", t.term("target"))
    meanings(words, t)


def _period(line: TargetLine) -> str:
    """The days of the period, short enough for a column in both languages."""
    return f"{line.progress.start:%Y-%m-%d} – {line.progress.end:%m-%d}" if line.progress else "–"


def _done(line: TargetLine, t: Translator) -> str:
    found = line.progress
    if found is None:
        return "–"
    metric = line.target.metric
    return t("%(done)s of %(goal)s", done=amount_words(found.done, metric, t), goal=amount_words(found.goal, metric, t))


def _pace(line: TargetLine, t: Translator) -> str:
    return t.number(line.progress.pace_needed, 1) if line.progress and line.progress.pace_needed is not None else "–"


def _form(report: PlanReport, names: Mapping[str, str], records: Mapping[str, Record], shell: Shell) -> None:
    t, data = shell.t, shell.data
    assert data is not None
    targets = {line.target.target_id: line.target for line in report.targets}
    chosen = st.selectbox(
        t.term("target"), ["", *targets], format_func=lambda key: names[key] if key else t("– a new target –"),
        key="plan_target_chosen",
    )  # fmt: skip
    start = targets.get(chosen) if chosen else None
    # The version that the form shows is kept until another target is chosen or it is saved.
    seen = st.session_state.setdefault("plan_target_seen", {})
    if chosen and chosen not in seen:
        seen.clear()
        seen[chosen] = records[chosen].version
    stages, metrics, periods = stage_names(data.definition, t), metric_names(t), period_names(t)
    if start is not None:
        stages.setdefault(start.stage, start.stage)
    with st.form(f"plan_target_form_{chosen}", border=False):
        stage, metric, amount, period = st.columns([2, 2, 1, 1])
        role, person, begins, ends = st.columns(4)
        keys = list(stages)
        base = start or Target("", keys[min(1, len(keys) - 1)], "entries", 10.0, "week", planning_day(shell))
        value = {
            "stage": stage.selectbox(
                t.term("stage"), keys, index=keys.index(base.stage), format_func=stages.__getitem__
            ),
            "metric": metric.selectbox(
                t("What is counted"),
                TARGET_METRICS,
                index=TARGET_METRICS.index(base.metric),
                format_func=metrics.__getitem__,
            ),
            "period": period.selectbox(
                t("Period"), PERIODS, index=PERIODS.index(base.period), format_func=periods.__getitem__
            ),
            "role": role.selectbox(
                t("Role"), ROLES, index=ROLES.index(base.role), format_func=lambda one: owner_role_name(one, t)
            ),
            "person": person.text_input(
                t("Person"), base.person, help=t("The owner’s name as it stands in the data; blank: everybody.")
            ).strip(),
            "starts_on": begins.date_input(t("From"), base.starts_on, **limits(base.starts_on)),
            "ends_on": ends.date_input(
                t("To"), base.ends_on, **limits(base.ends_on), help=t("Blank: until further notice.")
            ),
            "text": st.text_input(t("In words"), base.text, placeholder=t("50 leads screened a month")).strip(),
        }
        typed = amount.number_input(
            t("Target value"),
            min_value=0.0,
            value=round(base.amount * (100 if base.metric in SHARE_METRICS else 1), 6),
            help=t("A number; growth and shares in per cent."),
        )
        saved = st.form_submit_button(t("Save the target"), type="primary", icon=":material/save:")
    if saved:
        _store(start, value, typed, seen.get(chosen), shell)
    if start is not None and st.button(t("Delete the target"), key="plan_target_delete", icon=":material/delete:"):
        shell.store.delete_record(KIND, start.target_id, expected_version=seen.get(chosen), who=who(), now=now())
        seen.clear()
        st.rerun()


def _store(start: Target | None, value: dict, typed: float, version: int | None, shell: Shell) -> None:
    share = value["metric"] in SHARE_METRICS
    try:
        target = Target(
            target_id=start.target_id if start else uuid.uuid4().hex, amount=typed / 100 if share else typed, **value
        )
        changes = to_fields(target)
        if start is not None:
            before = to_fields(start)
            changes = {name: field for name, field in changes.items() if before[name] != field}
        edit = Edit(target.target_id, changes, version if start else 0)
        shell.store.save_records(KIND, [edit], who=who(), now=now())
    except FunnelError as error:
        st.error(plain_text(shell.t.message(error)))
        return
    st.session_state.pop("plan_target_seen", None)
    st.rerun()
