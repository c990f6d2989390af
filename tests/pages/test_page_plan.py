"""The Plan page: before any data, with the sample, both languages; strategies from the form to pause and replace."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from funnel.i18n.translator import LANGUAGES, Translator
from funnel.planning.fields import from_fields, to_fields
from funnel.planning.plan_file import load_plan
from funnel.planning.strategies.stop_rules import StopRule
from funnel.planning.strategies.strategy import ACTIVE, StateChange, Strategy
from funnel.planning.targets import Target
from funnel.storage.records import Edit
from funnel.storage.store import Store
from pages.shell.method import playbook
from pages.shell.workspaces import _store
from tests.conftest import ROOT
from tests.opening import assert_sound, empty_workspace, open_page, sample_workspace, texts, use_folder

NOW = datetime(2026, 7, 1, 9)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def the_store(folder: Path) -> Store:
    """The handle that the application has on the only workspace."""
    return _store(str(next(folder.glob("*.duckdb"))))


def sample_plan(folder: Path) -> Store:
    """The sample with its plan, as *Try the sample* loads it."""
    sample_workspace(folder)
    store = the_store(folder)
    for kind, planned in load_plan(ROOT / "data" / "sample" / "plan_en.toml").items():
        store.save_records(kind, [Edit(key, fields, 0) for key, fields in planned.items()], who="Sample", now=NOW)
    return store


def strategies(store: Store) -> dict[str, Strategy]:
    found = [from_fields(Strategy, record.fields) for record in store.records("strategy")]
    return {one.title: one for one in found}


def field(at: AppTest, kind: str, name: str) -> Any:
    """A widget of the strategy form, by the end of its key."""
    return next(
        w for w in getattr(at, kind) if str(w.key).startswith("plan_field_") and str(w.key).endswith(f"_{name}")
    )


def button(at: AppTest, label: str) -> Any:
    return next(b for b in at.button if b.label == label)


# --- before any data ---


def test_nothing_at_all_offers_a_beginning(folder: Path) -> None:
    at = open_page("plan")
    assert at.title[0].value == "What do we do about it?"
    assert "A plan needs no data" in texts(at)
    at.button(key="plan_start").click().run()
    assert_sound(at)
    assert "There are no strategies yet" in texts(at)


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_playbook_is_there_with_every_entry(folder: Path, language: str) -> None:
    empty_workspace(folder)
    at = open_page("plan", language)
    shown = texts(at).replace("\\", "")
    keys = {str(b.key).split("_", 3)[3] for b in at.button if str(b.key).startswith("plan_entry_")}
    for entry in playbook({}):
        if entry.concept == "evaluation":
            continue  # the guide's funnel has no such stage
        assert entry.key in keys
        assert entry.problem.in_language("zh" if language == "zh_Hans" else "en").replace("\\", "") in shown


@pytest.mark.parametrize(
    ("language", "goal", "word"),
    [
        ("en", "improve conversion", "no number"),
        ("en", "5 precise new leads a day", "Executable"),
        ("zh_Hans", "提升转化率", "数字"),
        ("zh_Hans", "每天新增5条精准线索", "可执行"),
    ],
)
def test_the_goal_check_answers_at_once(folder: Path, language: str, goal: str, word: str) -> None:
    empty_workspace(folder)
    at = open_page("plan", language)
    at.text_input(key="plan_try_goal").set_value(goal).run()
    assert_sound(at)
    said = " ".join(str(one.value) for one in (*at.warning, *at.success))
    assert word in said


def test_a_strategy_without_data_from_the_playbook_to_its_start(folder: Path) -> None:
    empty_workspace(folder)
    at = open_page("plan")
    at.button(key="plan_entry_intent_intent_questionnaire").click().run()
    assert_sound(at)
    assert "no measured baseline" in " ".join(str(one.value) for one in at.info)
    field(at, "text_input", "owner").set_value("Li Na").run()
    field(at, "date_input", "due_on").set_value(date(2030, 1, 1)).run()
    at.button(key="plan_save").click().run()
    assert_sound(at)
    (made,) = strategies(the_store(folder)).values()
    assert (made.state, made.owner, made.playbook_key) == ("planned", "Li Na", "intent_questionnaire")
    button(at, "Start it").click().run()
    assert_sound(at)
    (made,) = strategies(the_store(folder)).values()
    assert made.state == "active" and made.history[0].state == "active"


def test_a_goal_that_cannot_be_carried_out_does_not_start(folder: Path) -> None:
    empty_workspace(folder)
    store = the_store(folder)
    one = Strategy("s", "intent", title="Better", goal="improve conversion")
    store.save_record("strategy", "s", to_fields(one), expected_version=0, who="", now=NOW)
    at = open_page("plan")
    button(at, "Start it").click().run()
    assert any("cannot start yet" in str(error.value) for error in at.error)
    assert strategies(store)["Better"].state == "planned"


# --- strategies of the sample ---


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_sample_shows_its_strategies_and_targets(folder: Path, language: str) -> None:
    store = sample_plan(folder)
    at = open_page("plan", language)
    table = at.table[0].value
    assert sorted(table[Translator(language).term("strategy")]) == sorted(strategies(store))
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    names = " ".join(str(note.get("text")) for note in figure["layout"]["annotations"])
    for record in store.records("target"):
        assert record.fields["text"] in names
    assert not [word for word in ("None", "nan") if word in texts(at).split()]


def test_pausing_asks_for_the_reason_and_keeps_it(folder: Path) -> None:
    store = sample_plan(folder)
    at = open_page("plan")
    at.selectbox(key="plan_chosen").set_value("questionnaire").run()
    button(at, "Pause it").click().run()
    assert any("Write the reason first" in str(one.value) for one in at.warning)
    at.text_input(key="plan_reason_questionnaire").set_value("no capacity").run()
    button(at, "Pause it").click().run()
    assert_sound(at)
    paused = strategies(store)["Standard needs questionnaire"]
    assert (paused.state, paused.history[-1].reason) == ("paused", "no capacity")


def test_pause_and_replace_by_a_new_strategy_links_the_two(folder: Path) -> None:
    store = sample_plan(folder)
    at = open_page("plan")
    at.selectbox(key="plan_chosen").set_value("questionnaire").run()
    at.text_input(key="plan_reason_questionnaire").set_value("nobody asks the questions").run()
    at.button(key="plan_replace_questionnaire").click().run()
    assert_sound(at)
    field(at, "text_input", "title").set_value("Call within an hour").run()
    at.button(key="plan_save").click().run()
    assert_sound(at)
    found = strategies(store)
    old, new = found["Standard needs questionnaire"], found["Call within an hour"]
    assert (old.state, old.replaced_by, new.replaces) == ("replaced", new.strategy_id, old.strategy_id)
    assert old.history[-1].reason == "nobody asks the questions"


def test_what_a_running_strategy_is_judged_by_stays_fixed(folder: Path) -> None:
    store = sample_plan(folder)
    before = strategies(store)["Standard needs questionnaire"]
    at = open_page("plan")
    at.selectbox(key="plan_chosen").set_value("questionnaire").run()
    at.button(key="plan_edit_questionnaire").click().run()
    assert field(at, "number_input", "promise_pp").disabled and field(at, "selectbox", "stage").disabled
    field(at, "text_input", "owner").set_value("Chen Jie").run()
    at.button(key="plan_save").click().run()
    assert_sound(at)
    after = strategies(store)["Standard needs questionnaire"]
    assert after.owner == "Chen Jie"
    assert (after.baseline, after.promise_pp, after.decision_on) == (
        before.baseline,
        before.promise_pp,
        before.decision_on,
    )


def test_two_people_change_one_strategy(folder: Path) -> None:
    store = sample_plan(folder)
    at = open_page("plan")
    at.selectbox(key="plan_chosen").set_value("questionnaire").run()
    at.button(key="plan_edit_questionnaire").click().run()
    store.save_record("strategy", "questionnaire", {"owner": "Ben", "goal": "20 calls a day"}, who="Ben", now=NOW)
    field(at, "text_input", "owner").set_value("Ann").run()
    at.button(key="plan_save").click().run()
    assert not at.exception
    said = texts(at)
    assert "Ann" in said and "Ben" in said
    assert strategies(store)["Standard needs questionnaire"].owner == "Ben"
    at.button(key="plan_conflict_mine").click().run()
    assert_sound(at)
    after = strategies(store)["Standard needs questionnaire"]
    assert (after.owner, after.goal) == ("Ann", "20 calls a day"), "the goal, which nobody else changed, stays Ben's"


def test_a_choice_between_two_values_loses_no_third(folder: Path) -> None:
    """What met nobody is stored at once; a third value that came while the box was open is asked about anew."""
    store = sample_plan(folder)
    at = open_page("plan")
    at.selectbox(key="plan_chosen").set_value("questionnaire").run()
    at.button(key="plan_edit_questionnaire").click().run()
    store.save_record("strategy", "questionnaire", {"owner": "Ben"}, who="Ben", now=NOW)
    field(at, "text_input", "owner").set_value("Ann").run()
    field(at, "text_area", "problem").set_value("Nobody asks.").run()
    at.button(key="plan_save").click().run()
    assert strategies(store)["Standard needs questionnaire"].problem == "Nobody asks."
    store.save_record("strategy", "questionnaire", {"owner": "Carl"}, who="Carl", now=NOW)
    at.button(key="plan_conflict_mine").click().run()
    assert_sound(at)
    assert "Carl" in texts(at)
    assert strategies(store)["Standard needs questionnaire"].owner == "Carl"
    at.button(key="plan_conflict_mine").click().run()
    assert strategies(store)["Standard needs questionnaire"].owner == "Ann"


def test_before_the_start_the_page_says_what_the_promise_needs(folder: Path) -> None:
    sample_plan(folder)
    at = open_page("plan")
    at.button(key="plan_new").click().run()
    said = " ".join(str(one.value) for one in at.info)
    assert "Baseline" in said and "leads on each side" in said and "can be decided on" in said


def test_the_bottleneck_page_hands_over_a_step(folder: Path) -> None:
    store = sample_plan(folder)
    at = open_page("plan")
    at.session_state["plan_prefill"] = {
        "stage": "intent",
        "cause": None,
        "playbook_key": "intent_questionnaire",
        "problem": "Intent screening converts 15 %.",
        "baseline": None,
        "selected_start": date(2026, 1, 1),
        "selected_end": date(2026, 3, 31),
        "steps_compared": 4,
    }
    at.run()
    assert_sound(at)
    assert field(at, "text_area", "problem").value == "Intent screening converts 15 %."
    at.button(key="plan_save").click().run()
    made = next(one for one in strategies(store).values() if one.problem.startswith("Intent screening converts"))
    assert (made.selected_start, made.steps_compared, made.stage) == (date(2026, 1, 1), 4, "intent")
    assert made.baseline is not None


# --- stop rules on every page ---


@pytest.mark.parametrize("stem", ["overview", "plan", "tracking", "import_data"])
def test_a_broken_stop_rule_is_flagged_everywhere_until_it_is_dealt_with(folder: Path, stem: str) -> None:
    store = sample_plan(folder)
    started = (StateChange(ACTIVE, datetime(2026, 5, 4, 9), "Ann"),)
    dear = Strategy(
        "dear", "lead", title="Dear ads", starts_on=date(2026, 5, 4), state=ACTIVE, history=started,
        metric="growth", stop=StopRule("lead_cost", "above", 10.0, 2),
    )  # fmt: skip
    store.save_record("strategy", "dear", to_fields(dear), expected_version=0, who="Ann", now=NOW)
    assert "“Dear ads” is over its stop rule" in texts(open_page(stem))
    store.save_record("strategy", "dear", {"state": "paused"}, who="Ann", now=NOW)
    assert "is over its stop rule" not in texts(open_page(stem))


# --- targets ---


def test_a_target_is_added_changed_and_deleted(folder: Path) -> None:
    empty_workspace(folder)
    store = the_store(folder)
    at = open_page("plan")
    next(n for n in at.number_input if n.label == "Target value").set_value(50.0)
    next(i for i in at.text_input if i.label == "In words").set_value("50 screenings a week")
    button(at, "Save the target").click().run()
    assert_sound(at)
    (record,) = store.records("target")
    made = from_fields(Target, record.fields)
    assert (made.amount, made.metric, made.period, made.text) == (50.0, "entries", "week", "50 screenings a week")
    assert "no figure yet" in str(at.table[0].value.to_dict()), "nothing is invented without data"
    at.selectbox(key="plan_target_chosen").set_value(record.id).run()
    next(n for n in at.number_input if n.label == "Target value").set_value(60.0)
    button(at, "Save the target").click().run()
    assert_sound(at)
    assert store.record("target", record.id).fields["amount"] == 60.0
    at.button(key="plan_target_delete").click().run()
    assert_sound(at)
    assert store.records("target") == []


def test_a_share_is_typed_in_per_cent(folder: Path) -> None:
    sample_plan(folder)
    at = open_page("plan")
    at.selectbox(key="plan_target_chosen").set_value("first_screening").run()
    assert next(n for n in at.number_input if n.label == "Target value").value == 90.0
