"""Strategies: what is done about a weak step, by whom, until when, and what it promised before it started.

A strategy is a value: every change gives a new one, with the old ones in its history. The Store keeps it as a record.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from funnel.definition.definition import ROLES, FunnelDefinition
from funnel.errors import InputError, Message
from funnel.metrics.comparison.promise import StrategyRun
from funnel.metrics.comparison.windows import Selection
from funnel.metrics.thresholds import PROMISED_PP
from funnel.planning.strategies.goal_check import check_commitment
from funnel.planning.strategies.playbook import PlaybookEntry
from funnel.planning.strategies.stop_rules import StopRule

PLANNED, ACTIVE, PAUSED, REPLACED, DONE = STATES = ("planned", "active", "paused", "replaced", "done")
TRANSITIONS: dict[str, tuple[str, ...]] = {
    PLANNED: (ACTIVE, REPLACED, DONE),
    ACTIVE: (PAUSED, REPLACED, DONE),
    PAUSED: (ACTIVE, REPLACED, DONE),
    REPLACED: (),
    DONE: (ACTIVE,),
}
"""Which state may follow which. A replaced strategy stays replaced: its successor carries on."""
FIXED_AFTER_START = ("stage", "baseline", "promise_pp", "horizon_days", "decision_on")
"""What a strategy is judged by is stated before it starts and cannot be changed afterwards."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The measured rate (0–1) before the strategy: ``x`` of ``n`` within ``horizon_days`` days, entered from ``start``
    to ``end``. ``corrected``: the window that selected the step is inside, because there was nothing earlier."""

    rate: float
    x: int
    n: int
    horizon_days: float
    start: date
    end: date
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class StateChange:
    """Who moved a strategy into ``state``, when and why."""

    state: str
    at: datetime
    who: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy.

    - ``goal``: in words, checked by ``goal_check``; ``metric``: what it works on (``conversion_rate`` of the step into
      ``stage``, or a target metric). ``baseline`` and ``promise_pp`` (percentage points) are stated within
      ``horizon_days`` days.
    - ``selected_start``/``selected_end``: the window whose figures led to it; it is left out of the baseline.
      ``steps_compared``: among how many steps it was the weakest.
    - ``replaces``, ``replaced_by``: ids of the strategy before and after it.
    """

    strategy_id: str
    stage: str
    title: str = ""
    problem: str = ""
    actions: tuple[str, ...] = ()
    goal: str = ""
    owner: str = ""
    role: str = "sales"
    starts_on: date | None = None
    due_on: date | None = None
    metric: str = "conversion_rate"
    baseline: Baseline | None = None
    promise_pp: float | None = None
    expected_effect: str = ""
    horizon_days: float | None = None
    decision_on: date | None = None
    stop: StopRule | None = None
    stop_text: str = ""
    selected_start: date | None = None
    selected_end: date | None = None
    steps_compared: int = 1
    playbook_key: str = ""
    state: str = PLANNED
    history: tuple[StateChange, ...] = ()
    replaces: str | None = None
    replaced_by: str | None = None

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise InputError("strategy.unknown_state", given=self.state, allowed=list(STATES))
        if self.role not in ROLES:
            raise InputError("strategy.unknown_role", given=self.role, allowed=list(ROLES))
        if self.starts_on and self.due_on and self.due_on < self.starts_on:
            raise InputError("strategy.due_before_start", start=self.starts_on, due=self.due_on)
        if self.promise_pp is not None and not 0 < self.promise_pp <= 100:
            raise InputError("strategy.promise", given=self.promise_pp)

    @property
    def has_started(self) -> bool:
        """Whether it was ever active."""
        return any(change.state == ACTIVE for change in self.history)

    @property
    def is_open(self) -> bool:
        """Planned, active or paused: something is still to be done."""
        return self.state in (PLANNED, ACTIVE, PAUSED)

    @property
    def started_on(self) -> date | None:
        """The first day of the strategy: the stated start once it was active, else the day it was activated."""
        first = next((change.at.date() for change in self.history if change.state == ACTIVE), None)
        return None if first is None else self.starts_on or first

    @property
    def ended_on(self) -> date | None:
        """The day it stopped working: paused, replaced or done; null while it is planned or active."""
        return self.history[-1].at.date() if self.history and self.state in (PAUSED, REPLACED, DONE) else None


def problems(strategy: Strategy) -> tuple[Message, ...]:
    """What is still missing to be executable: words of the goal, owner, deadline, stage, actions, the promise."""
    missing = list(check_commitment(strategy.goal, owner=strategy.owner, due_on=strategy.due_on, stage=strategy.stage))
    if not any(action.strip() for action in strategy.actions):
        missing.append(Message("strategy.no_actions"))
    if strategy.metric == "conversion_rate" and strategy.promise_pp is None:
        missing.append(Message("strategy.no_promise"))
    return tuple(missing)


def edit(strategy: Strategy, **changes: Any) -> Strategy:
    """The strategy with other values. State and links change by ``change_state`` and ``pause_and_replace`` only.

    Raises InputError: ``strategy.not_editable`` for these, ``strategy.fixed_after_start`` for what a started strategy
    is judged by.
    """
    guarded = ("strategy_id", "state", "history", "replaces", "replaced_by")
    names = {field.name for field in fields(strategy)}
    for name, value in changes.items():
        if name in guarded or name not in names:
            raise InputError("strategy.not_editable", given=name)
        if strategy.has_started and name in FIXED_AFTER_START and value != getattr(strategy, name):
            raise InputError("strategy.fixed_after_start", field=name, given=value, stands=getattr(strategy, name))
    return replace(strategy, **changes)


def change_state(strategy: Strategy, state: str, *, who: str, at: datetime, reason: str = "") -> Strategy:
    """Move a strategy into another state; pausing, replacing and reopening need a reason.

    Raises InputError: ``strategy.transition`` with the states that may follow, ``strategy.no_reason``,
    ``strategy.not_executable`` when a strategy is to start that still lacks something (``problems``).
    """
    allowed = TRANSITIONS[strategy.state]
    if state not in allowed:
        raise InputError("strategy.transition", given=state, state=strategy.state, allowed=list(allowed))
    if not reason.strip() and (state in (PAUSED, REPLACED) or strategy.state == DONE):
        raise InputError("strategy.no_reason", given=state)
    if state == ACTIVE and not strategy.has_started and (missing := problems(strategy)):
        raise InputError("strategy.not_executable", missing=list(missing))
    starts_on = at.date() if state == ACTIVE and strategy.starts_on is None else strategy.starts_on
    change = StateChange(state, at, who, reason.strip())
    return replace(strategy, state=state, starts_on=starts_on, history=(*strategy.history, change))


def pause_and_replace(
    old: Strategy, new: Strategy, *, who: str, at: datetime, reason: str
) -> tuple[Strategy, Strategy]:
    """Stop one strategy and put another in its place: the old one is *replaced*, both know each other.

    Raises InputError as ``change_state`` does, and ``strategy.already_linked`` when ``new`` replaces another one.
    """
    if new.strategy_id == old.strategy_id or new.replaces not in (None, old.strategy_id):
        raise InputError("strategy.already_linked", given=new.title or new.strategy_id)
    stopped = change_state(old, REPLACED, who=who, at=at, reason=reason)
    return replace(stopped, replaced_by=new.strategy_id), replace(new, replaces=old.strategy_id)


def from_playbook(
    entry: PlaybookEntry,
    stage: str,
    *,
    strategy_id: str,
    language: str,
    baseline: Baseline | None = None,
    figure_now: float | None = None,
) -> Strategy:
    """A planned strategy prefilled from the playbook, in one language.

    ``figure_now``: the present value of the figure that the entry's stop rule watches; without it (or the baseline, for
    a rule on the step's rate) the rule stands in words only.
    """
    stop = None
    now = baseline.rate if entry.stop and entry.stop.metric == "conversion_rate" and baseline else figure_now
    if entry.stop and now is not None:
        stop = StopRule(entry.stop.metric, entry.stop.direction, now * entry.stop.factor, entry.stop.weeks)
    return Strategy(
        strategy_id=strategy_id,
        stage=stage,
        title=entry.problem.in_language(language),
        problem=entry.cause.in_language(language),
        actions=tuple(action.in_language(language) for action in entry.actions),
        goal=entry.target.in_language(language),
        role=entry.owner_role,
        metric="conversion_rate" if entry.promise_pp is not None else entry.aim.metric,
        baseline=baseline,
        promise_pp=entry.promise_pp,
        horizon_days=baseline.horizon_days if baseline else None,
        stop=stop,
        stop_text=entry.stop_text.in_language(language),
        playbook_key=entry.key,
    )


def to_run(strategy: Strategy, definition: FunnelDefinition, stop_rule_broken: bool = False) -> StrategyRun | None:
    """What the comparison needs to judge a strategy; null when it has not started, or its stage has no step."""
    if strategy.started_on is None or strategy.stage not in definition.keys[1:]:
        return None
    selection = None
    if strategy.selected_start and strategy.selected_end:
        selection = Selection(strategy.selected_start, strategy.selected_end, strategy.steps_compared)
    return StrategyRun(
        strategy_id=strategy.strategy_id,
        title=strategy.title,
        stage=strategy.stage,
        starts_on=strategy.started_on,
        ends_on=strategy.ended_on,
        decision_on=strategy.decision_on,
        promised_pp=PROMISED_PP if strategy.promise_pp is None else strategy.promise_pp,
        stated_rate=strategy.baseline.rate if strategy.baseline else None,
        state=strategy.state,
        stop_rule_broken=stop_rule_broken,
        selection=selection,
    )
