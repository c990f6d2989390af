"""The form of one strategy: its fields, the executable-goal check beside them, and what the promise needs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import streamlit as st

from funnel.definition.definition import ROLES
from funnel.errors import ConflictError, InputError, Message
from funnel.i18n.translator import Translator
from funnel.metrics.comparison.windows import Selection
from funnel.planning.fields import to_fields
from funnel.planning.strategies.playbook import PlaybookEntry, concept_of, entries_for
from funnel.planning.strategies.stop_rules import DIRECTIONS, StopRule
from funnel.planning.strategies.strategy import Strategy, edit, from_playbook, pause_and_replace, problems
from funnel.reports.plan import Outlook, figure_now, outlook
from funnel.storage.records import Edit
from pages.plan_parts.words import field_names, metric_names, outlook_sentences, stage_names, stop_metric_names
from pages.shell import Shell
from pages.shell.boundary import error_boundary
from pages.shell.days import limits
from pages.shell.method import playbook
from pages.shell.plan_data import planning_day, volume_of
from pages.shell.session import who
from pages.shell.words import owner_role_name, plain_text
from pages.shell.workspaces import now

KIND = "strategy"
_OPEN = "plan_open_form"
_CONFLICT = "plan_conflict"
_WORKSPACE = "plan_workspace"


@dataclass(frozen=True)
class OpenForm:
    """A form that is being filled in. ``version``: of the record as it was opened, 0 for a new one. ``reason``: why
    the strategy that it replaces is stopped."""

    strategy: Strategy
    version: int
    reason: str = ""


def enter_workspace(path: str) -> None:
    """An open form belongs to one workspace: in another one it is closed."""
    if st.session_state.setdefault(_WORKSPACE, path) != path:
        for key in (_OPEN, _CONFLICT, "plan_chosen", "plan_target_chosen", "plan_target_seen"):
            st.session_state.pop(key, None)
        st.session_state[_WORKSPACE] = path


def current_form() -> OpenForm | None:
    """The form that this session has open."""
    return st.session_state.get(_OPEN)


def open_form(strategy: Strategy, version: int, reason: str = "") -> None:
    st.session_state[_OPEN] = OpenForm(strategy, version, reason)


def close_form() -> None:
    st.session_state.pop(_OPEN, None)


def new_strategy(shell: Shell, stage: str | None = None, **values: Any) -> Strategy:
    """An empty planned strategy of a stage."""
    assert shell.data is not None
    keys = shell.data.definition.keys
    chosen = stage if stage in keys else keys[1]
    return Strategy(uuid.uuid4().hex, chosen, starts_on=planning_day(shell), **values)


def planned_from(shell: Shell, entry: PlaybookEntry, stage: str, base: Strategy | None = None) -> Strategy:
    """A strategy prefilled from the playbook, with the measured baseline and the stop rule in numbers."""
    assert shell.data is not None
    start = (base.starts_on if base else None) or planning_day(shell)
    selected = _selection(base) if base else None
    volume = volume_of(shell)
    seen = outlook(volume, stage, starts_on=start, promised_pp=entry.promise_pp, selection=selected)
    figure = figure_now(shell.data, volume, stage, entry.stop.metric) if entry.stop else None
    made = from_playbook(
        entry, stage, strategy_id=uuid.uuid4().hex, language=shell.t.language, baseline=seen.baseline,
        figure_now=figure,
    )  # fmt: skip
    made = replace(made, starts_on=start)
    if base is None:
        return made
    kept = {name: getattr(base, name) for name in ("selected_start", "selected_end", "steps_compared", "replaces")}
    return replace(made, **kept, problem=base.problem or made.problem)


def take_prefill(shell: Shell) -> None:
    """Open the form with what the Bottleneck page found."""
    found: Mapping[str, Any] | None = st.session_state.pop("plan_prefill", None)
    data = shell.data
    if found is None or data is None:
        return
    base = new_strategy(
        shell,
        found.get("stage"),
        problem=str(found.get("problem") or ""),
        promise_pp=found.get("promise_pp"),
        expected_effect=str(found.get("expected_effect") or ""),
        # All time led to this step: then the whole history is the window that selected it.
        selected_start=found.get("selected_start") or data.history_start,
        selected_end=found.get("selected_end") or data.as_of,
        steps_compared=int(found.get("steps_compared") or 1),
    )
    entry = next((entry for entry in playbook(data.settings) if entry.key == found.get("playbook_key")), None)
    open_form(planned_from(shell, entry, base.stage, base) if entry else base, 0)


def _selection(strategy: Strategy) -> Selection | None:
    if strategy.selected_start is None or strategy.selected_end is None:
        return None
    return Selection(strategy.selected_start, strategy.selected_end, strategy.steps_compared)


def show_form(shell: Shell, form: OpenForm, strategies: Sequence[Strategy]) -> None:
    """Draw the form; saving stores it at once and closes it."""
    t, data = shell.t, shell.data
    assert data is not None
    start = form.strategy
    with st.container(border=True, key="plan_form"):
        st.subheader(t("New strategy") if not form.version else t("Change the strategy"))
        old = next((one for one in strategies if one.strategy_id == start.replaces), None)
        if old is not None and not form.version:
            st.caption(t("It replaces “%(title)s”.", title=plain_text(old.title)))
        _playbook_choice(shell, form)
        made = _fields(shell, start)
        save, cancel, _ = st.columns([1, 1, 4])
        if (
            save.button(t("Save"), type="primary", key="plan_save", icon=":material/save:", disabled=made is None)
            and made
        ):
            _save(shell, form, made, old)
        if cancel.button(t("Cancel"), key="plan_cancel"):
            close_form()
            st.rerun()


def _playbook_choice(shell: Shell, form: OpenForm) -> None:
    """One click takes a ready-made strategy over."""
    t, data, start = shell.t, shell.data, form.strategy
    if form.version or data is None:
        return
    stage = st.session_state.get(_key(start, "stage"), start.stage)
    entries = {entry.key: entry for entry in entries_for(playbook(data.settings), data.definition, stage)}
    pick, use = st.columns([5, 1], vertical_alignment="bottom")
    chosen = pick.selectbox(
        t.term("playbook"),
        ["", *entries],
        index=list(entries).index(start.playbook_key) + 1 if start.playbook_key in entries else 0,
        format_func=lambda key: t.localized(entries[key].problem) if key else t("– write my own –"),
        key=_key(start, f"playbook_{concept_of(data.definition, stage)}"),
        help=t.help("playbook"),
    )
    if use.button(t("Fill in"), key="plan_use_entry", disabled=not chosen, icon=":material/auto_fix_high:") and chosen:
        open_form(planned_from(shell, entries[chosen], stage, start), 0, form.reason)
        st.rerun()


def _key(start: Strategy, name: str) -> str:
    return f"plan_field_{start.strategy_id}_{name}"


def _fields(shell: Shell, start: Strategy) -> Strategy | None:
    """The widgets; null while what they hold makes no strategy, with the reason shown."""
    t, data = shell.t, shell.data
    assert data is not None
    fixed = start.has_started
    stages = stage_names(data.definition, t)
    stages.setdefault(start.stage, start.stage)
    value: dict[str, Any] = {}
    left, right = st.columns([1, 2])
    value["stage"] = left.selectbox(
        t.term("stage"), list(stages), index=list(stages).index(start.stage), format_func=stages.__getitem__,
        key=_key(start, "stage"), disabled=fixed, help=t.help("stage"),
    )  # fmt: skip
    value["title"] = right.text_input(t("Name"), start.title, key=_key(start, "title"), max_chars=120).strip()
    left, right = st.columns(2)
    value["problem"] = left.text_area(t.term("problem"), start.problem, key=_key(start, "problem"), height=110).strip()
    actions = right.text_area(
        t("Actions, one per line"), "\n".join(start.actions), key=_key(start, "actions"), height=110
    )
    value["actions"] = tuple(line.strip() for line in actions.splitlines() if line.strip())
    value["goal"] = st.text_input(
        t("Goal"), start.goal, key=_key(start, "goal"), placeholder=t("5 precise new leads a day"),
        help=t.help("executable_goal"),
    ).strip()  # fmt: skip
    owner, role, begins, due = st.columns(4)
    value["owner"] = owner.text_input(t.term("owner"), start.owner, key=_key(start, "owner"), max_chars=60).strip()
    value["role"] = role.selectbox(
        t("Role"), ROLES, index=ROLES.index(start.role), format_func=lambda r: owner_role_name(r, t),
        key=_key(start, "role"),
    )  # fmt: skip
    value["starts_on"] = begins.date_input(
        t("Start"), start.starts_on, key=_key(start, "starts_on"), **limits(start.starts_on)
    )
    value["due_on"] = due.date_input(t("Deadline"), start.due_on, key=_key(start, "due_on"), **limits(start.due_on))
    metrics = metric_names(t)
    works_on, promise, decision = st.columns(3)
    value["metric"] = works_on.selectbox(
        t("Works on"), list(metrics), index=list(metrics).index(start.metric), format_func=metrics.__getitem__,
        key=_key(start, "metric"),
    )  # fmt: skip
    seen: Outlook | None = None
    if value["metric"] == "conversion_rate":
        value["promise_pp"] = promise.number_input(
            t("Promised rise, points"), min_value=min(0.1, start.promise_pp or 0.1), max_value=100.0,
            value=start.promise_pp, step=1.0, format="%.1f",
            key=_key(start, "promise_pp"), disabled=fixed, help=t.help("promise"),
        )  # fmt: skip
        begin: date = value["starts_on"] or planning_day(shell)
        seen = outlook(
            volume_of(shell), value["stage"], starts_on=begin, promised_pp=value["promise_pp"],
            selection=_selection(start),
        )  # fmt: skip
        typed = decision.date_input(
            t.term("decision_date"),
            start.decision_on,
            key=_key(start, "decision_on"),
            **limits(start.decision_on),
            disabled=fixed,
            help=f"{t('Blank: the day that follows from the promise.')} {t.help('decision_date')}",
        )
        value["decision_on"] = typed if fixed or typed else seen.decision_on
        if not fixed:
            value["baseline"] = seen.baseline
            value["horizon_days"] = seen.baseline.horizon_days if seen.baseline else None
    elif not fixed:
        value |= {"promise_pp": None, "baseline": None, "horizon_days": None, "decision_on": None}
    value["expected_effect"] = st.text_input(
        t.term("expected_effect"), start.expected_effect, key=_key(start, "effect"), help=t.help("expected_effect")
    ).strip()
    stop = _stop_fields(shell, start)
    try:
        value |= {"stop": stop[0], "stop_text": stop[1]}
        made = edit(start, **value)
    except InputError as error:
        st.error(plain_text(t.message(error)))
        return None
    goal_check(problems(made), t)
    if seen is not None and not fixed:
        with st.container(key="plan_outlook"):
            st.info("  \n".join(plain_text(line) for line in outlook_sentences(seen, t)), icon=":material/timeline:")
    return made


def _stop_fields(shell: Shell, start: Strategy) -> tuple[StopRule | None, str]:
    t = shell.t
    names, rule = stop_metric_names(t), start.stop
    figure, direction, limit, weeks = st.columns([2, 1, 1, 1])
    metric = figure.selectbox(
        t.term("stop_rule"), list(names), index=list(names).index(rule.metric if rule else ""),
        format_func=names.__getitem__, key=_key(start, "stop_metric"), help=t.help("stop_rule"),
    )  # fmt: skip
    is_rate = metric == "conversion_rate"
    made = None
    if metric:
        side = {"above": t("above"), "below": t("below")}
        way = direction.selectbox(
            t("Stop when"), DIRECTIONS, index=DIRECTIONS.index(rule.direction if rule else "above"),
            format_func=side.__getitem__, key=_key(start, "stop_direction"),
        )  # fmt: skip
        unit = 100 if is_rate else 1
        amount = limit.number_input(
            t("Limit, %") if is_rate else t("Limit"), value=round(rule.threshold * unit, 2) if rule else 0.0,
            key=_key(start, f"stop_limit_{is_rate}"),
        )  # fmt: skip
        count = weeks.number_input(
            t("Weeks in a row"),
            min_value=1,
            max_value=max(52, rule.weeks if rule else 0),
            value=rule.weeks if rule else 4,
            key=_key(start, "stop_weeks"),
        )
        made = StopRule(metric, way, amount / unit, int(count))
    text = st.text_input(t("Stop rule in words"), start.stop_text, key=_key(start, "stop_text")).strip()
    return made, text


def goal_check(missing: Sequence[Message], t: Translator) -> None:
    """What a goal or a strategy still lacks, or that it can be carried out."""
    with st.container(key="plan_goal_check"):
        if missing:
            lines = "\n".join(f"- {plain_text(t.message(problem))}" for problem in missing)
            st.warning(f"{plain_text(t.labelled(t.term('goal_check'), ''))}\n{lines}", icon=":material/rule:")
        else:
            st.success(
                t("Executable: number, unit, period, owner and deadline are there."), icon=":material/check_circle:"
            )


def _save(shell: Shell, form: OpenForm, made: Strategy, old: Strategy | None) -> None:
    """Store the form; a replacement and the strategy that it stops are stored together."""
    t, store = shell.t, shell.store
    try:
        if not form.version:
            edits: list[Edit] = []
            if old is not None:
                stopped, made = pause_and_replace(old, made, who=who(), at=now(), reason=form.reason)
                seen = store.record(KIND, old.strategy_id).version
                edits.append(Edit(old.strategy_id, _changes(old, stopped), seen))
            edits.append(Edit(made.strategy_id, to_fields(made), 0))
            store.save_records(KIND, edits, who=who(), now=now())
        else:
            _store(shell, made.strategy_id, _changes(form.strategy, made), form.version)
    except (ConflictError, InputError) as error:
        st.error(plain_text(t.message(error)))
        return
    st.session_state["plan_chosen"] = made.strategy_id
    close_form()
    st.rerun()


def _store(shell: Shell, strategy_id: str, changes: dict[str, Any], version: int) -> None:
    """Store what was changed since ``version``. What met nobody is stored at once; what somebody else changed, too,
    waits for a choice."""
    try:
        shell.store.save_records(KIND, [Edit(strategy_id, changes, version)], who=who(), now=now())
    except ConflictError as error:
        met = {one["field"] for one in error.message.params.get("conflicts", ())}
        if not met:  # it was deleted: there is nothing to choose between
            raise
        rest = {name: value for name, value in changes.items() if name not in met}
        saved = shell.store.save_records(KIND, [Edit(strategy_id, rest, version)], who=who(), now=now())
        mine = {name: value for name, value in changes.items() if name in met}
        st.session_state[_CONFLICT] = strategy_id, mine, error, saved[0].version


def _changes(before: Strategy, after: Strategy) -> dict[str, Any]:
    values = to_fields(after)
    return {f.name: values[f.name] for f in fields(after) if getattr(before, f.name) != getattr(after, f.name)}


def show_conflict(shell: Shell) -> None:
    """Two people changed the same fields of a strategy: both values, and a choice."""
    if _CONFLICT not in st.session_state:
        return
    t = shell.t
    record_id, changes, error, seen = st.session_state[_CONFLICT]
    names = field_names(t)
    with st.container(border=True, key="plan_conflict"):
        st.warning(plain_text(t.message(error)), icon=":material/call_split:")
        for met in error.message.params.get("conflicts", ()):
            mine, other = plain_text(t.value(met["given"])), plain_text(t.value(met["stored"]))
            st.markdown(
                plain_text(
                    t(
                        "%(field)s: mine “%(mine)s”, the other “%(other)s”",
                        field=names.get(met["field"], met["field"]),
                        mine=mine,
                        other=other,
                    )
                )
            )
        left, right, _ = st.columns([1, 1, 3])
        if left.button(t("Keep mine"), key="plan_conflict_mine"):
            del st.session_state[_CONFLICT]
            with error_boundary(t):
                _store(shell, record_id, changes, seen)
                st.rerun()
        if right.button(t("Keep the other"), key="plan_conflict_other"):
            del st.session_state[_CONFLICT]
            st.rerun()
