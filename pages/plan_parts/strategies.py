"""The strategies: a table of all, and one in detail with its state, its history and what was measured for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from funnel.errors import FunnelError
from funnel.planning.fields import to_fields
from funnel.planning.strategies.strategy import (
    ACTIVE,
    DONE,
    PAUSED,
    PLANNED,
    REPLACED,
    TRANSITIONS,
    Strategy,
    change_state,
)
from funnel.planning.strategies.strategy import pause_and_replace as replace_strategy
from funnel.reports.plan import PlanReport, StrategyLine
from funnel.storage.records import Edit, Record
from pages.outlook_parts.supposing import expected_gain
from pages.plan_parts.form import KIND, goal_check, new_strategy, open_form
from pages.plan_parts.words import field_names, metric_names, stage_names, state_names
from pages.shell import Shell
from pages.shell.flags import stop_sentence
from pages.shell.session import who
from pages.shell.table import Figures, meanings
from pages.shell.table import show as table_of
from pages.shell.words import owner_role_name, plain_text
from pages.shell.workspaces import now

_ORDER = {ACTIVE: 0, PLANNED: 1, PAUSED: 2, DONE: 3, REPLACED: 4}


def in_order(lines: Sequence[StrategyLine]) -> list[StrategyLine]:
    """What runs first, then what is planned, then what is over."""
    return sorted(lines, key=lambda line: _ORDER[line.strategy.state])


def table(report: PlanReport, shell: Shell) -> None:
    """All strategies in a line each."""
    t, data = shell.t, shell.data
    assert data is not None
    names, states = stage_names(data.definition, t), state_names(t)
    lines = in_order(report.lines)
    strategies = [line.strategy for line in lines]
    since = t("Measured within the usual time of the step, of the leads that were followed that long.")
    words = {
        t.term("strategy"): [one.title or "–" for one in strategies],
        t.term("stage"): [names.get(one.stage, one.stage) for one in strategies],
        t.term("owner"): [one.owner or "–" for one in strategies],
        t.term("row_state"): [states[one.state] for one in strategies],
        t("Deadline"): Figures([f"{one.due_on:%Y-%m-%d}" if one.due_on else "–" for one in strategies]),
        t.term("promise"): Figures([_promise(one, shell) for one in strategies], t.explained("promise")),
        t("Since the start"): Figures([_since(line, shell) for line in lines], since),
        t.term("stop_rule"): Figures([_stop_words(line, shell) for line in lines], t.explained("stop_rule")),
    }
    table_of(words, "plan_strategies", t.term("strategy"))
    meanings(words, t)


def _promise(strategy: Strategy, shell: Shell) -> str:
    t = shell.t
    if strategy.promise_pp is None:
        return "–"
    if strategy.baseline is None:
        return t.points(strategy.promise_pp)
    before = strategy.baseline.rate
    return f"{t.percent(before)} → {t.percent(before + strategy.promise_pp / 100)}"


def _since(line: StrategyLine, shell: Shell) -> str:
    if line.since is None or line.since.rate is None:
        return "–"
    return f"{shell.t.percent(line.since.rate)} ({line.since.x}/{line.since.n})"


def _stop_words(line: StrategyLine, shell: Shell) -> str:
    t = shell.t
    return {
        "none": "–",
        "not_running": "–",
        "no_data": t("no figure yet"),
        "fine": t("kept"),
        "over": t("over, %(n)s weeks", n=line.check.n_over if line.check else 0),
        "broken": t("over: stop"),
    }[line.stop_state]


def detail(report: PlanReport, records: Mapping[str, Record], shell: Shell) -> None:
    """One strategy in full."""
    t, data = shell.t, shell.data
    assert data is not None
    lines = {line.strategy.strategy_id: line for line in in_order(report.lines)}
    states = state_names(t)
    if st.session_state.get("plan_chosen") not in lines:
        st.session_state["plan_chosen"] = next(iter(lines))
    chosen = st.selectbox(
        t("Strategy in detail"),
        list(lines),
        format_func=lambda key: f"{lines[key].strategy.title or '–'} · {states[lines[key].strategy.state]}",
        key="plan_chosen",
    )
    line = lines[chosen]
    what, change, past = st.tabs([t("What and how"), t("Change its state"), t("History")])
    with what:
        _facts(line, report, shell)
        if st.button(t("Edit"), key=f"plan_edit_{chosen}", icon=":material/edit:"):
            open_form(line.strategy, records[chosen].version)
            st.rerun()
    with change:
        _state_change(line, report, records, shell)
    with past:
        _history(line.strategy, shell)


def _facts(line: StrategyLine, report: PlanReport, shell: Shell) -> None:
    t, data, strategy = shell.t, shell.data, line.strategy
    assert data is not None
    names, titles = (
        stage_names(data.definition, t),
        {one.strategy.strategy_id: one.strategy.title for one in report.lines},
    )
    words = field_names(t)
    facts = [
        (words["stage"], names.get(strategy.stage, strategy.stage)),
        (words["problem"], strategy.problem),
        (words["actions"], " ".join(f"({number}) {action}" for number, action in enumerate(strategy.actions, 1))),
        (words["goal"], strategy.goal),
        (words["owner"], " · ".join(part for part in (strategy.owner, owner_role_name(strategy.role, t)) if part)),
        (
            t("Start – due"),
            " – ".join(t.date(day) if day else t("no date yet") for day in (strategy.starts_on, strategy.due_on)),
        ),
        (words["metric"], metric_names(t).get(strategy.metric, strategy.metric)),
    ]
    base = strategy.baseline
    if base is not None:
        said = t(
            "%(rate)s within %(days)s days (%(x)s of %(n)s leads, entered %(period)s)",
            rate=t.percent(base.rate), days=base.horizon_days, x=base.x, n=base.n,
            period=t.period(base.start, base.end),
        )  # fmt: skip
        facts.append((words["baseline"], said))
    if strategy.promise_pp is not None:
        facts.append((words["promise_pp"], t.points(strategy.promise_pp)))
    facts += [
        (words["expected_effect"], strategy.expected_effect),
        (t("Expected gain"), expected_gain(strategy, shell)),
    ]
    if strategy.decision_on is not None:
        facts.append((words["decision_on"], t.date(strategy.decision_on)))
    if line.since is not None:
        said = t(
            "%(rate)s within the usual time (%(x)s of %(n)s leads followed that long, %(all)s entered)",
            rate=t.percent(line.since.rate), x=line.since.x, n=line.since.n, all=line.since.n_entries,
        )  # fmt: skip
        facts.append((t("Since the start"), said))
    if strategy.stop is not None:
        facts.append((words["stop"], stop_sentence(line, shell)))
    facts += [(words["stop_text"], strategy.stop_text)]
    facts += [(words["replaces"], titles.get(strategy.replaces or "", ""))]
    facts += [(words["replaced_by"], titles.get(strategy.replaced_by or "", ""))]
    kept = [(name, plain_text(text)) for name, text in facts if text]
    with st.container(key="plan_facts"):
        st.table(
            pl.DataFrame({t("About"): [name for name, _ in kept], t("What stands"): [text for _, text in kept]}),
            border="horizontal",
        )
    if not strategy.has_started and strategy.is_open:
        goal_check(line.missing, t)


def _state_change(line: StrategyLine, report: PlanReport, records: Mapping[str, Record], shell: Shell) -> None:
    """The buttons of the states that may follow; pausing, replacing and reopening ask for the reason."""
    t, strategy = shell.t, line.strategy
    key, following = strategy.strategy_id, TRANSITIONS[strategy.state]
    if not following:
        st.caption(t("A replaced strategy stays replaced; its successor carries on."))
        return
    reason = st.text_input(
        t("Reason"), key=f"plan_reason_{key}", placeholder=t("for example: the channel costs more every month")
    ).strip()
    labels = {
        ACTIVE: t("Start it") if not strategy.has_started else t("Take it up again"),
        PAUSED: t("Pause it"),
        DONE: t("It is done"),
    }
    buttons = [state for state in following if state in labels]
    for column, state in zip(st.columns(4), buttons, strict=False):
        if column.button(labels[state], key=f"plan_{state}_{key}", type="primary" if state == ACTIVE else "secondary"):
            needs_reason = state == PAUSED or strategy.state == DONE
            if needs_reason and not reason:
                st.warning(t("Write the reason first: later nobody remembers it."))
                return
            _store_states([(strategy, state)], reason, records, shell)
    if REPLACED in following:
        _replacement(line, report, records, reason, shell)


def _replacement(
    line: StrategyLine, report: PlanReport, records: Mapping[str, Record], reason: str, shell: Shell
) -> None:
    """Pause and replace: by a planned strategy, or by a new one."""
    t, strategy = shell.t, line.strategy
    key = strategy.strategy_id
    planned = {
        other.strategy.strategy_id: other.strategy
        for other in report.lines
        if other.strategy.state == PLANNED and other.strategy.strategy_id != key and other.strategy.replaces is None
    }
    pick, go = st.columns([3, 1], vertical_alignment="bottom")
    chosen = pick.selectbox(
        t("Replace it by"), ["", *planned], key=f"plan_successor_{key}",
        format_func=lambda other: planned[other].title if other else t("a new strategy"),
    )  # fmt: skip
    if not go.button(t("Pause and replace"), key=f"plan_replace_{key}", icon=":material/swap_horiz:"):
        return
    if not reason:
        st.warning(t("Write the reason first: later nobody remembers it."))
        return
    if not chosen:
        open_form(new_strategy(shell, strategy.stage, replaces=key), 0, reason)
        st.rerun()
    try:
        old, new = replace_strategy(strategy, planned[chosen], who=who(), at=now(), reason=reason)
        edits = [
            Edit(one.strategy_id, _differing(before, one), records[one.strategy_id].version)
            for before, one in ((strategy, old), (planned[chosen], new))
        ]
        shell.store.save_records(KIND, edits, who=who(), now=now())
    except FunnelError as error:
        st.error(plain_text(t.message(error)))
        return
    st.rerun()


def _store_states(
    moves: Sequence[tuple[Strategy, str]], reason: str, records: Mapping[str, Record], shell: Shell
) -> None:
    try:
        edits = []
        for strategy, state in moves:
            moved = change_state(strategy, state, who=who(), at=now(), reason=reason)
            edits.append(Edit(strategy.strategy_id, _differing(strategy, moved), records[strategy.strategy_id].version))
        shell.store.save_records(KIND, edits, who=who(), now=now())
    except FunnelError as error:
        st.error(plain_text(shell.t.message(error)))
        return
    st.rerun()


def _differing(before: Strategy, after: Strategy) -> dict:
    old, new = to_fields(before), to_fields(after)
    return {name: value for name, value in new.items() if old[name] != value}


def _history(strategy: Strategy, shell: Shell) -> None:
    """Changes of state with their reasons, and every edit with who and when."""
    t = shell.t
    states, words = state_names(t), field_names(t)
    if strategy.history:
        st.table(
            pl.DataFrame(
                {
                    t("When"): [t.moment(change.at) for change in strategy.history],
                    t.term("row_state"): [states[change.state] for change in strategy.history],
                    t("Who"): [plain_text(change.who or t("without a name")) for change in strategy.history],
                    t("Reason"): [plain_text(change.reason or "–") for change in strategy.history],
                }
            ),
            border="horizontal",
        )
    events = shell.store.record_history(KIND, strategy.strategy_id)
    st.table(
        pl.DataFrame(
            {
                t("When"): [t.moment(event.at) for event in reversed(events)],
                t("Who"): [plain_text(event.who or t("without a name")) for event in reversed(events)],
                t("What"): [
                    t("written") if event.action == "create" else
                    t("changed: %(fields)s", fields=t.joined(words[name] for name in event.changes if name in words))
                    for event in reversed(events)
                ],
            }
        ),
        border="horizontal",
    )  # fmt: skip
