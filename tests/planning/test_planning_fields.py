"""Every record of the plan survives the way to the Store's plain data and back."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.definition.definition import ROLES
from funnel.errors import InputError
from funnel.planning.feedback.decisions import DECISION_STATES, Decision
from funnel.planning.feedback.voices import VOICES, Feedback
from funnel.planning.fields import from_fields, to_fields
from funnel.planning.strategies.stop_rules import DIRECTIONS, STOP_METRICS, StopRule
from funnel.planning.strategies.strategy import STATES, Baseline, StateChange, Strategy
from funnel.planning.targets import PERIODS, TARGET_METRICS, Target
from funnel.planning.tracking.rows import ROW_STATES, TrackingRow

words = st.text(max_size=8)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1))
numbers = st.floats(0.001, 1e9)
stops = st.builds(StopRule, st.sampled_from(STOP_METRICS), st.sampled_from(DIRECTIONS), numbers, st.integers(1, 52))
baselines = st.builds(Baseline, numbers, st.integers(0), st.integers(0), numbers, days, days, st.booleans())
strategies = st.builds(
    Strategy,
    strategy_id=words,
    stage=words,
    title=words,
    actions=st.lists(words, max_size=3).map(tuple),
    owner=words,
    role=st.sampled_from(ROLES),
    starts_on=st.none() | days.filter(lambda day: day < date(2050, 1, 1)),
    due_on=st.none() | days.filter(lambda day: day >= date(2050, 1, 1)),
    baseline=st.none() | baselines,
    promise_pp=st.none() | st.floats(0.1, 100),
    horizon_days=st.none() | numbers,
    decision_on=st.none() | days,
    stop=st.none() | stops,
    state=st.sampled_from(STATES),
    history=st.lists(st.builds(StateChange, st.sampled_from(STATES), moments, words, words), max_size=3).map(tuple),
    replaces=st.none() | words,
)
targets = st.builds(
    Target,
    words,
    words,
    st.sampled_from([metric for metric in TARGET_METRICS if metric != "on_time"]),
    numbers,
    st.sampled_from(PERIODS),
    days,
    st.sampled_from(ROLES),
    words,
)
rows = st.builds(
    TrackingRow,
    row_id=words,
    sheet=words,
    stage=words,
    actual=words,
    rate=st.none() | st.floats(0, 99),
    state=st.sampled_from(ROW_STATES),
    position=st.integers(0, 1000),
    carried_from=st.none() | words,
)
voices = st.builds(Feedback, words, days, st.sampled_from(VOICES), words, words, words, words, words)
months = days.map(lambda day: day.replace(day=1))
decisions = st.builds(Decision, words, months, words, words, st.none() | days, st.sampled_from(DECISION_STATES))


@given(st.one_of(strategies, targets, rows, voices, decisions))
def test_a_record_comes_back_from_json_as_it_was(record):
    written = json.dumps(to_fields(record), ensure_ascii=False)
    assert from_fields(type(record), json.loads(written)) == record


def test_the_plain_form_is_readable():
    rule = StopRule("lead_cost", "above", 120.0, 4)
    found = to_fields(Strategy("s1", "intent", starts_on=date(2026, 4, 1), stop=rule, actions=("call", "ask")))
    assert found["starts_on"] == "2026-04-01"
    assert found["actions"] == ["call", "ask"]
    assert found["stop"] == {"metric": "lead_cost", "direction": "above", "threshold": 120.0, "weeks": 4}


def test_days_and_moments_may_also_come_as_such():
    """The Store writes them as text and hands them back as what they were."""
    done = StateChange("done", datetime(2026, 6, 30, 9), "Li Na")
    fields = to_fields(Strategy("s1", "intent", starts_on=date(2026, 4, 1), history=(done,)))
    fields["starts_on"] = date(2026, 4, 1)
    fields["history"][0]["at"] = datetime(2026, 6, 30, 9)
    assert from_fields(Strategy, fields).history == (done,)
    with pytest.raises(InputError, match=r"plan\.bad_field"):
        from_fields(Strategy, fields | {"starts_on": datetime(2026, 4, 1, 12)})


def test_fields_that_are_left_out_take_their_default_and_whole_numbers_count_as_numbers():
    assert from_fields(TrackingRow, {"row_id": "r", "sheet": "2026-07"}) == TrackingRow("r", "2026-07")
    assert from_fields(TrackingRow, {"row_id": "r", "sheet": "2026-07", "rate": 1}).rate == 1.0


@pytest.mark.parametrize(
    ("fields", "code", "names"),
    [
        ({"row_id": "r", "sheet": "2026-07", "colour": "red"}, "plan.unknown_field", {"given": "colour"}),
        ({"row_id": "r"}, "plan.missing_field", {"field": "sheet"}),
        ({"row_id": "r", "sheet": "2026-07", "rate": "much"}, "plan.bad_field", {"field": "rate", "given": "much"}),
        ({"row_id": "r", "sheet": "2026-07", "position": True}, "plan.bad_field", {"field": "position", "given": True}),
        ({"row_id": 7, "sheet": "2026-07"}, "plan.bad_field", {"field": "row_id", "given": 7}),
    ],
)
def test_nothing_is_dropped_or_bent_silently(fields, code, names):
    with pytest.raises(InputError) as caught:
        from_fields(TrackingRow, fields)
    message = caught.value.message
    assert message.code == code and message.params["record"] == "TrackingRow"
    assert {name: message.params[name] for name in names} == names


@pytest.mark.parametrize(
    ("field", "value"),
    [("starts_on", "1 April"), ("starts_on", 20260401), ("actions", "call"), ("stop", "later"), ("baseline", [1])],
)
def test_days_tuples_and_inner_records_are_checked(field, value):
    with pytest.raises(InputError, match=r"plan\.bad_field"):
        from_fields(Strategy, {"strategy_id": "s", "stage": "intent", field: value})
