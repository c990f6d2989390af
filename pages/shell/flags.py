"""Strategies over their stop rule: said on every page until somebody has dealt with them."""

from __future__ import annotations

import streamlit as st

from funnel.reports.plan import StrategyLine
from pages.shell import Shell
from pages.shell.navigation import page_path
from pages.shell.plan_data import has_stop_rules, plan_of
from pages.shell.words import plain_text


def stop_sentence(line: StrategyLine, shell: Shell) -> str:
    """What the stop rule of a strategy says, and how its figure stands."""
    t, rule, check = shell.t, line.strategy.stop, line.check
    assert rule is not None
    words = {
        "lead_cost": t("the lead cost"),
        "conversion_rate": t("the conversion"),
        "entries": t("the number of entries a week"),
        "reported": t("the amount reported in the weekly form"),
    }
    show = t.percent if rule.metric == "conversion_rate" else t.money if rule.metric == "lead_cost" else t.number
    parts = {"figure": words[rule.metric], "limit": show(rule.threshold), "weeks": rule.weeks}
    said = (
        t("Stop when %(figure)s is above %(limit)s for %(weeks)s weeks in a row.", **parts)
        if rule.direction == "above"
        else t("Stop when %(figure)s is below %(limit)s for %(weeks)s weeks in a row.", **parts)
    )
    if check is None or check.last is None:
        return said
    now = t("Last week: %(value)s; weeks over the limit: %(n)s.", value=show(check.last), n=check.n_over)
    return f"{said} {now}"


def show_flags(shell: Shell) -> None:
    """One warning per strategy whose stop rule is broken, with the way to the plan."""
    if not has_stop_rules(shell):
        return
    t = shell.t
    for line in plan_of(shell).flagged:
        with st.container(key=f"stop_flag_{line.strategy.strategy_id}"):
            words, way = st.columns([5, 1], vertical_alignment="center")
            title = plain_text(line.strategy.title or t.term("strategy"))
            said = f"{t('“%(title)s” is over its stop rule.', title=title)} {plain_text(stop_sentence(line, shell))}"
            words.warning(said, icon=":material/front_hand:")
            way.page_link(page_path("plan"), label=t("Deal with it"), icon=":material/flag:")
