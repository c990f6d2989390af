"""The playbook by stage, each entry one click away from a strategy; and the goal check to try out."""

from __future__ import annotations

import streamlit as st

from funnel.planning.strategies.goal_check import check_goal
from funnel.planning.strategies.playbook import entries_for
from pages.plan_parts.form import open_form, planned_from
from pages.shell import Shell
from pages.shell.method import origin, playbook
from pages.shell.words import owner_role_name, plain_text


def show(shell: Shell) -> None:
    """Every entry of the stages of this funnel."""
    t, data = shell.t, shell.data
    assert data is not None
    st.caption(t("Ready-made strategies for the usual problems: those of the guide first. Take one over and fit it."))
    everything = playbook(data.settings)
    for stage in data.definition.stages:
        entries = entries_for(everything, data.definition, stage.key)
        if not entries:
            continue
        with st.expander(f"{plain_text(t.localized(stage.name))} ({len(entries)})"):
            for entry in entries:
                words, way = st.columns([5, 1], vertical_alignment="center")
                actions = "\n".join(f"- {plain_text(t.localized(action))}" for action in entry.actions)
                words.markdown(
                    f"**{plain_text(t.localized(entry.problem))}** {plain_text(t.localized(entry.cause))}\n\n{actions}"
                )
                words.caption(
                    plain_text(
                        f"{origin(entry, t)} · {owner_role_name(entry.owner_role, t)} · "
                        f"{t.labelled(t('Goal'), t.localized(entry.target))} · {t.localized(entry.stop_text)}"
                    )
                )
                if way.button(t("Plan this"), key=f"plan_entry_{stage.key}_{entry.key}", icon=":material/flag:"):
                    open_form(planned_from(shell, entry, stage.key), 0)
                    st.rerun()


def try_goal(shell: Shell) -> None:
    """A field that says at once whether a goal can be carried out."""
    t = shell.t
    text = st.text_input(
        t("Is this goal executable?"), key="plan_try_goal", placeholder=t("5 precise new leads a day"),
        help=t.help("goal_check"),
    )  # fmt: skip
    if not text.strip():
        return
    found = check_goal(text)
    with st.container(key="plan_try_result"):
        if found.is_executable:
            parts = t.joined(part for part in (found.number, found.unit, found.period) if part)
            st.success(
                t("Executable: %(parts)s. It still needs an owner and a deadline.", parts=plain_text(parts)),
                icon=":material/check_circle:",
            )
        else:
            st.warning(" ".join(plain_text(t.message(problem)) for problem in found.problems), icon=":material/rule:")
