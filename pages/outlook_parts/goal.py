"""What would it take: a goal and a day → leads and entries, and from there targets of the plan."""

from __future__ import annotations

import math
import uuid
from datetime import date, timedelta

import streamlit as st

from funnel.exports.outlook.content import goal_section
from funnel.metrics.outlook.goals import GoalPlan
from funnel.planning.fields import to_fields
from funnel.planning.targets import Target
from funnel.reports.outlook.report import OutlookReport
from funnel.storage.records import Edit
from pages.retrospective_parts import show
from pages.shell import Shell
from pages.shell.boundary import safely
from pages.shell.plan_data import planning_day
from pages.shell.session import who
from pages.shell.url import dates_from_url, from_url, to_url
from pages.shell.words import plain_text
from pages.shell.workspaces import now

WINS, MONEY = "wins", "money"
_LONGEST = 366
_TOLD = "outlook_targets_made"


def choice(report: OutlookReport, shell: Shell) -> tuple[date, float, bool] | None:
    """The goal in the fields (kept in the link): its day, its amount, whether it is money; null while it is blank."""
    t = shell.t
    as_of = report.as_of
    amount_of = {WINS: t("customers"), MONEY: t.term("revenue")}
    from_url("goal_of", (WINS, MONEY), WINS)
    if report.forecast.money is None:
        st.session_state["goal_of"] = WINS
    linked = st.query_params.get("goal", "")
    if "goal" not in st.session_state:
        st.session_state["goal"] = _number(linked) or _first_goal(report)
    first, last = as_of + timedelta(days=1), as_of + timedelta(days=_LONGEST)
    dates_from_url("goal_by", 1, first, last)
    kept = st.session_state.get("goal_by")
    if not isinstance(kept, date) or not first <= kept <= last:
        st.session_state["goal_by"] = report.forecast.until
    what, amount, by = st.columns([2, 2, 2])
    what.segmented_control(
        t("Goal in"), [WINS] if report.forecast.money is None else [WINS, MONEY], format_func=amount_of.__getitem__,
        key="goal_of", required=True, persist_state="session",
    )  # fmt: skip
    typed = amount.number_input(t("Goal"), min_value=0.0, step=1.0, key="goal", persist_state="session", format="%.0f")
    until = by.date_input(t("By"), min_value=first, max_value=last, key="goal_by", persist_state="session")
    if typed == _first_goal(report) and not linked and not report.goal:
        st.caption(t("An example: a fifth more than expected. Type your own goal."))
    is_money = st.session_state["goal_of"] == MONEY
    to_url("goal_of", st.session_state["goal_of"], WINS)
    to_url("goal", f"{typed:g}" if typed else None)
    to_url("goal_by", until if isinstance(until, date) else None)
    return (until, float(typed), is_money) if typed and isinstance(until, date) else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 < value < 1e15 else None


def _first_goal(report: OutlookReport) -> float:
    """What the plan asks for; without a target a fifth more than expected, as an example to start from."""
    return float(math.ceil(report.goal)) if report.goal else float(math.ceil(1.2 * report.forecast.total) or 1)


def show_goal(report: OutlookReport, plan: GoalPlan, shell: Shell) -> None:
    """The plan of the goal, and the click that makes targets of it."""
    t = shell.t
    content = goal_section(plan, report.definition, t)
    with st.container(key="outlook_goal"):
        for sentence in content.lead:
            st.markdown(plain_text(sentence.text))
    show.notes(content.notes)
    for table in content.sheets:
        show.table(table, t)
    if plan.refusal is not None or plan.needs["new_leads"][1] is None:
        return
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.success(plain_text(told), icon=":material/flag:")
    st.button(
        t("Make weekly targets of it (8 times of 10)"), key="outlook_make_targets", icon=":material/flag:",
        on_click=safely(_make_targets), args=(report, plan, shell),
        help=t("One target a stage for the role that owns it, from today to the day of the goal; they stand on the "
               "page Plan and can be changed there."),
    )  # fmt: skip
    if plan.until.year >= 2027 and shell.data is not None and shell.data.settings.get("calendar_country") == "CN":
        st.caption(t("Days are calendar days; the shifted working days of that year are not known yet."))


def targets_of(report: OutlookReport, plan: GoalPlan, starts_on: date) -> list[Target]:
    """The role targets of the plan that is reached 8 times of 10: new leads and entries a week, rounded up."""
    definition = report.definition
    first = definition.stages[0]
    sure = plan.needs.row(1, named=True)
    rows = [(first, sure["leads_a_week"])]
    rows += [
        (definition.stage(stage), a_week)
        for chance, stage, a_week in plan.entries.select("chance", "stage", "a_week").iter_rows()
        if chance == sure["chance"]
    ]
    return [
        Target(
            uuid.uuid4().hex,
            stage.key,
            "entries",
            float(math.ceil(a_week - 1e-9)),
            "week",
            starts_on,
            role=stage.owner_role,
            ends_on=plan.until,
        )
        for stage, a_week in rows
        if a_week and a_week > 0 and starts_on <= plan.until
    ]


def _make_targets(report: OutlookReport, plan: GoalPlan, shell: Shell) -> None:
    made = targets_of(report, plan, planning_day(shell))
    edits = [Edit(one.target_id, to_fields(one), 0) for one in made]
    if edits:
        shell.store.save_records("target", edits, who=who(), now=now())
    st.session_state[_TOLD] = shell.t("%(n)s targets were made; they stand on the page Plan.", n=len(edits))
