"""A strategy from plan to replacement, as a team lives it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from funnel.errors import InputError
from funnel.planning.strategies.playbook import load_playbook
from funnel.planning.strategies.stop_rules import StopRule
from funnel.planning.strategies.strategy import (
    STATES,
    TRANSITIONS,
    Baseline,
    Strategy,
    change_state,
    edit,
    from_playbook,
    pause_and_replace,
    problems,
    to_run,
)
from tests.conftest import ROOT
from tests.factories import GUIDE

PLAYBOOK = {entry.key: entry for entry in load_playbook(ROOT / "data" / "playbook.toml")}
BASELINE = Baseline(0.15, 72, 480, 19, date(2026, 1, 1), date(2026, 2, 28))
QUESTIONNAIRE = Strategy(
    "s1",
    "intent",
    title="Needs questionnaire",
    actions=("Ask for the main pain",),
    goal="10 high-intent leads a week",
    owner="Li Na",
    starts_on=date(2026, 4, 1),
    due_on=date(2026, 6, 30),
    baseline=BASELINE,
    promise_pp=10,
    horizon_days=19,
    decision_on=date(2026, 6, 30),
)


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00")


def moved(strategy: Strategy, *states: str) -> Strategy:
    for i, state in enumerate(states):
        strategy = change_state(strategy, state, who="Li Na", at=on(f"2026-04-{i + 1:02d}"), reason="because")
    return strategy


def told(make) -> tuple[str, dict]:
    with pytest.raises(InputError) as caught:
        make()
    return caught.value.message.code, dict(caught.value.message.params)


def test_a_strategy_is_planned_started_and_done_with_its_history():
    started = change_state(QUESTIONNAIRE, "active", who="Wang Wei", at=on("2026-04-02"))
    done = change_state(started, "done", who="Li Na", at=on("2026-06-30"), reason=" reached ")

    assert (QUESTIONNAIRE.state, started.state, done.state) == ("planned", "active", "done")
    assert [(c.state, c.who, c.reason) for c in done.history] == [
        ("active", "Wang Wei", ""),
        ("done", "Li Na", "reached"),
    ]
    assert QUESTIONNAIRE.history == () and not QUESTIONNAIRE.has_started and started.has_started
    assert started.started_on == date(2026, 4, 1), "the stated start counts, also when it is entered a day later"
    assert (started.ended_on, done.ended_on) == (None, date(2026, 6, 30))
    assert [s.is_open for s in (QUESTIONNAIRE, started, done)] == [True, True, False]


def test_without_a_stated_start_the_day_of_activation_is_the_start():
    started = moved(replace(QUESTIONNAIRE, starts_on=None), "active")
    assert started.starts_on == started.started_on == date(2026, 4, 1)


ALLOWED = {
    ("planned", "active"), ("planned", "replaced"), ("planned", "done"),
    ("active", "paused"), ("active", "replaced"), ("active", "done"),
    ("paused", "active"), ("paused", "replaced"), ("paused", "done"),
    ("done", "active"),
}  # fmt: skip
WAY = {
    "planned": (),
    "active": ("active",),
    "paused": ("active", "paused"),
    "replaced": ("replaced",),
    "done": ("done",),
}


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_only_sensible_states_follow_each_other(before: str, after: str):
    strategy = moved(QUESTIONNAIRE, *WAY[before])
    if (before, after) in ALLOWED:
        assert moved(strategy, after).state == after
    else:
        code, params = told(lambda: moved(strategy, after))
        assert code == "strategy.transition"
        assert params == {"given": after, "state": before, "allowed": list(TRANSITIONS[before])}


@pytest.mark.parametrize(("way", "state"), [(("active",), "paused"), (("active",), "replaced"), (("done",), "active")])
def test_stopping_and_reopening_need_a_reason(way, state):
    strategy = moved(QUESTIONNAIRE, *way)
    code, params = told(lambda: change_state(strategy, state, who="x", at=on("2026-05-01"), reason="  "))
    assert (code, params["given"]) == ("strategy.no_reason", state)


def test_a_wish_cannot_be_started():
    wish = replace(QUESTIONNAIRE, goal="raise conversion", owner="", due_on=None, actions=(" ",), promise_pp=None)
    codes = [message.code for message in problems(wish)]
    assert codes == [
        "goal.no_number",
        "goal.no_period",
        "goal.no_owner",
        "goal.no_due",
        "strategy.no_actions",
        "strategy.no_promise",
    ]
    code, params = told(lambda: moved(wish, "active"))
    assert code == "strategy.not_executable" and [m.code for m in params["missing"]] == codes
    assert problems(QUESTIONNAIRE) == ()


def test_a_strategy_that_was_paused_goes_on_although_its_owner_left():
    paused = edit(moved(QUESTIONNAIRE, "active", "paused"), owner="")
    assert moved(paused, "active").state == "active"


def test_a_strategy_that_works_on_no_rate_promises_none():
    channels = replace(QUESTIONNAIRE, stage="lead", metric="growth", promise_pp=None, baseline=None)
    assert problems(channels) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("promise_pp", 3.0),
        ("baseline", replace(BASELINE, rate=0.1)),
        ("horizon_days", 30),
        ("decision_on", date(2026, 12, 31)),
        ("stage", "won"),
    ],
)
def test_what_a_strategy_is_judged_by_is_fixed_once_it_has_started(field, value):
    assert getattr(edit(QUESTIONNAIRE, **{field: value}), field) == value
    for way in (("active",), ("active", "paused")):
        code, params = told(lambda way=way: edit(moved(QUESTIONNAIRE, *way), **{field: value}))
        assert (code, params["field"], params["given"]) == ("strategy.fixed_after_start", field, value)


def test_words_and_owner_of_a_running_strategy_can_be_edited():
    running = moved(QUESTIONNAIRE, "active")
    assert edit(running, owner="Chen Jie", promise_pp=10).owner == "Chen Jie"


@pytest.mark.parametrize("field", ["state", "history", "replaced_by", "replaces", "strategy_id", "colour"])
def test_state_and_links_are_not_edited_by_hand(field):
    assert told(lambda: edit(QUESTIONNAIRE, **{field: "done"})) == ("strategy.not_editable", {"given": field})


def test_pause_and_replace_links_both_strategies():
    """The guide: an online channel whose leads cost too much is paused at once and replaced by a referral incentive."""
    channel = moved(replace(QUESTIONNAIRE, strategy_id="channel", title="Search ads"), "active")
    referral = replace(QUESTIONNAIRE, strategy_id="referral", title="Referral reward")
    old, new = pause_and_replace(channel, referral, who="Li Na", at=on("2026-05-04"), reason="a lead costs ¥ 310")

    assert (old.state, old.replaced_by, new.replaces, new.state) == ("replaced", "referral", "channel", "planned")
    assert (old.history[-1].reason, old.history[-1].who) == ("a lead costs ¥ 310", "Li Na")
    assert old.ended_on == date(2026, 5, 4)


def test_a_replacement_needs_a_reason_and_a_strategy_of_its_own():
    channel = moved(QUESTIONNAIRE, "active")
    other = replace(QUESTIONNAIRE, strategy_id="s2", replaces="s0", title="Other")
    at = on("2026-05-04")
    assert told(lambda: pause_and_replace(channel, replace(other, replaces=None), who="x", at=at, reason=""))[0] == (
        "strategy.no_reason"
    )
    assert told(lambda: pause_and_replace(channel, other, who="x", at=at, reason="r")) == (
        "strategy.already_linked",
        {"given": "Other"},
    )
    assert told(lambda: pause_and_replace(channel, channel, who="x", at=at, reason="r"))[0] == "strategy.already_linked"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "sleeping"}, "strategy.unknown_state"),
        ({"role": "boss"}, "strategy.unknown_role"),
        ({"due_on": date(2026, 3, 1)}, "strategy.due_before_start"),
        ({"promise_pp": 0.0}, "strategy.promise"),
        ({"promise_pp": 101.0}, "strategy.promise"),
        ({"promise_pp": float("nan")}, "strategy.promise"),
    ],
)
def test_values_that_cannot_be_are_refused(changes, code):
    assert told(lambda: replace(QUESTIONNAIRE, **changes))[0] == code


def test_the_playbook_prefills_a_strategy_in_the_language_of_the_session():
    entry = PLAYBOOK["intent_questionnaire"]
    zh = from_playbook(entry, "intent", strategy_id="s9", language="zh_Hans", baseline=BASELINE)
    en = from_playbook(entry, "intent", strategy_id="s9", language="en", baseline=BASELINE)

    assert zh.goal == "每周新增 10 条高意向线索" and en.goal == "10 high-intent leads a week"
    assert zh.actions[0].startswith("使用标准需求问卷") and len(en.actions) == 3
    assert (en.promise_pp, en.horizon_days, en.role, en.state) == (10, 19, "sales", "planned")
    assert en.stop == StopRule("conversion_rate", "below", 0.15, 8), (
        "the rule of the entry: below the baseline, 8 weeks"
    )
    assert {message.code for message in problems(en)} == {"goal.no_owner", "goal.no_due"}


def test_a_stop_rule_on_cost_needs_the_present_cost():
    entry = PLAYBOOK["lead_more_channels"]
    without = from_playbook(entry, "lead", strategy_id="s", language="en")
    with_cost = from_playbook(entry, "lead", strategy_id="s", language="en", figure_now=200.0)
    assert without.stop is None and "1.3 times" in without.stop_text
    assert with_cost.stop == StopRule("lead_cost", "above", 260.0, 4)
    assert with_cost.metric == "growth"


def test_the_comparison_gets_what_it_needs():
    planned = replace(QUESTIONNAIRE, selected_start=date(2026, 1, 1), selected_end=date(2026, 3, 31), steps_compared=3)
    assert to_run(planned, GUIDE) is None, "not started"
    run = to_run(moved(planned, "active"), GUIDE, stop_rule_broken=True)
    assert run is not None and run.selection is not None
    assert (run.promised_pp, run.stated_rate, run.starts_on, run.ends_on) == (10, 0.15, date(2026, 4, 1), None)
    assert (run.selection.start, run.selection.end, run.selection.n_compared) == (
        date(2026, 1, 1),
        date(2026, 3, 31),
        3,
    )
    assert run.stop_rule_broken and run.state == "active"
    assert to_run(moved(replace(planned, stage="lead"), "active"), GUIDE) is None, "the first stage has no step"
