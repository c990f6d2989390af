"""The playbook that ships: complete, in both languages, executable; and what a wrong file is told."""

from __future__ import annotations

import tomllib

import pytest
import tomli_w

from funnel.definition.definition import load_templates
from funnel.errors import InputError
from funnel.metrics.bottleneck.causes import CAUSES
from funnel.planning.strategies.goal_check import check_goal
from funnel.planning.strategies.playbook import (
    CONCEPTS,
    FIGURES,
    concept_of,
    entries_for,
    from_toml,
    judge,
    load_playbook,
    own_entries,
    with_own,
)
from tests.conftest import ROOT
from tests.factories import funnel

PATH = ROOT / "data" / "playbook.toml"
ENTRIES = load_playbook(PATH)
TEMPLATES = load_templates(ROOT / "data" / "templates")


# --- what ships ---


def test_the_guides_own_strategies_are_there():
    """Step 3: actions, owners and targets; step 4: a referral reward for a dear channel; step 5: the cost breakdown."""
    guide = {entry.key: entry for entry in ENTRIES if entry.from_guide}
    words = {
        key: " ".join([*(a.en for a in e.actions), *(a.zh for a in e.actions), e.target.en, e.target.zh])
        for key, e in guide.items()
    }

    more = guide["lead_more_channels"]
    assert more.owner_role == "marketing" and (more.aim.metric, more.aim.amount, more.aim.period) == (
        "growth",
        0.2,
        "month",
    )
    for word in ("communities", "short video", "salon", "行业社群", "短视频", "线下沙龙", "20%"):
        assert word in words["lead_more_channels"]

    asks = guide["intent_questionnaire"]
    assert asks.owner_role == "sales" and (asks.aim.amount, asks.aim.period) == (10, "week")
    for word in ("main pain today", "expect to buy", "24 hours", "24 小时"):
        assert word in words["intent_questionnaire"]

    assert "tailored" in words["opportunity_tailored_demo"] or "demo" in words["opportunity_tailored_demo"]
    assert "technical expert" in words["opportunity_expert"] and "技术专家" in words["opportunity_expert"]
    assert "3 working days" in words["opportunity_feedback"] and "3 个工作日" in words["opportunity_feedback"]
    assert "cost breakdown" in words["won_cost_breakdown"] and "成本明细" in words["won_cost_breakdown"]
    assert "referrals" in words["lead_replace_dear_channel"] and "转介绍" in words["lead_replace_dear_channel"]
    assert guide["repeat_referral"].owner_role == "customer_success"


def test_every_kind_of_stage_has_several_entries():
    assert {concept: sum(entry.concept == concept for entry in ENTRIES) >= 2 for concept in CONCEPTS} == dict.fromkeys(
        CONCEPTS, True
    )


def test_every_cause_that_the_bottleneck_judges_has_an_answer_and_every_figure_is_used():
    assert set(CAUSES) == {cause for entry in ENTRIES for cause in entry.causes}
    assert set(FIGURES) == {entry.figure.key for entry in ENTRIES if entry.figure}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_the_playbook_keeps_the_rule_it_preaches(entry):
    """K3: every suggested target passes the executable-goal check, in both languages."""
    assert check_goal(entry.target.en).is_executable, entry.target.en
    assert check_goal(entry.target.zh).is_executable, entry.target.zh
    for text in (entry.problem, entry.cause, entry.target, entry.stop_text, *entry.actions):
        assert not any("一" <= letter <= "鿿" for letter in text.en)
        assert any("一" <= letter <= "鿿" for letter in text.zh)
    if entry.promise_pp is not None:
        assert 0 < entry.promise_pp <= 20


def test_a_stop_rule_in_numbers_says_what_its_words_say():
    numbers = {
        4: ("four", "四周"),
        6: ("six", "六周"),
        8: ("eight", "八周"),
        10: ("ten", "十周"),
        12: ("twelve", "十二周"),
    }
    for entry in ENTRIES:
        if entry.stop:
            en, zh = numbers[entry.stop.weeks]
            assert f"for {en} weeks" in entry.stop_text.en and zh in entry.stop_text.zh, entry.key
            if entry.stop.factor != 1:
                assert f"{entry.stop.factor:g} times" in entry.stop_text.en, entry.key
                assert f"{entry.stop.factor:g} 倍" in entry.stop_text.zh, entry.key


# --- which entries a stage gets ---


def test_stages_of_the_templates_find_their_entries():
    long_cycle, fmcg = TEMPLATES["long_cycle"], TEMPLATES["fmcg"]
    assert [concept_of(long_cycle, key) for key in long_cycle.keys] == list(CONCEPTS)
    for key in long_cycle.keys:
        found = entries_for(ENTRIES, long_cycle, key)
        assert found and [entry.from_guide for entry in found] == sorted((e.from_guide for e in found), reverse=True)
    concepts = {entry.concept for entry in entries_for(ENTRIES, fmcg, "won")}
    assert concepts == {"opportunity", "won"}, "without nurturing, closing takes its entries over"


def test_a_funnel_with_other_keys_is_served_by_the_place_of_its_stages():
    other = funnel("a", "b", "c", "d", "signed", "again", won="signed")
    assert [concept_of(other, key) for key in other.keys] == [
        "lead",
        "intent",
        "opportunity",
        "opportunity",
        "won",
        "repeat",
    ]


# --- what the data says ---


def entry_of(key: str):
    return next(entry for entry in ENTRIES if entry.key == key)


def test_one_supporting_cause_supports_and_an_unknown_one_does_not_hide_a_contradiction():
    first_contact = entry_of("intent_first_contact")  # slow_follow_up, late_converts_less

    def stand(**stands: str):
        (found,) = judge([first_contact], stands, {})
        return found.stand, found.by

    assert stand(slow_follow_up="contradicts", late_converts_less="supports") == ("supports", ("late_converts_less",))
    assert stand(slow_follow_up="contradicts", late_converts_less="unclear") == ("unclear", ("late_converts_less",))
    assert stand(slow_follow_up="contradicts") == ("contradicts", ("slow_follow_up",))
    assert stand() == ("cannot_know", ("slow_follow_up", "late_converts_less"))


@pytest.mark.parametrize(
    ("value", "stand"), [(0.21, "supports"), (0.20, "contradicts"), (-0.3, "contradicts"), (None, "cannot_know")]
)
def test_a_figure_supports_beyond_its_threshold(value, stand):
    """The entry about dear channels: supported when a lead costs more than one fifth more than before."""
    (found,) = judge([entry_of("lead_replace_dear_channel")], {}, {"lead_cost_change": value})
    assert (found.stand, found.by) == (stand, ("lead_cost_change",))


def test_a_figure_may_also_support_from_below():
    (found,) = judge([entry_of("repeat_referral")], {}, {"referral_rate": 0.04})
    assert found.stand == "supports"


def test_supported_entries_come_first_and_contradicted_ones_last():
    intent = [entry for entry in ENTRIES if entry.concept == "intent"]
    stands = {"not_reached": "supports", "uneven_owners": "contradicts", "weak_segment": "unclear"}
    keys = [one.entry.key for one in judge(intent, stands, {})]
    assert keys[0] == "intent_not_reached" and keys[1] == "intent_best_segment" and keys[-1] == "intent_questionnaire"


# --- a wrong file ---


def plain() -> dict:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


def told(data: dict) -> tuple[str, dict]:
    with pytest.raises(InputError) as caught:
        from_toml(tomli_w.dumps(data))
    return caught.value.message.code, dict(caught.value.message.params)


def test_a_file_with_one_entry_is_read_as_it_was():
    data = plain()
    assert from_toml(tomli_w.dumps(data)) == ENTRIES


def test_a_playbook_that_is_no_toml_or_empty_is_told():
    with pytest.raises(InputError, match=r"playbook\.not_toml"):
        from_toml("[[entries]")
    assert told({})[0] == told({"entries": []})[0] == "playbook.no_entries"
    assert told({"entry": []}) == (
        "playbook.unknown_key",
        {"where": "playbook", "given": "entry", "allowed": ["entries"]},
    )


@pytest.mark.parametrize(
    ("change", "code", "names"),
    [
        ({"colour": "red"}, "playbook.unknown_key", {"given": "colour"}),
        (
            {"concept": "leads"},
            "playbook.unknown_value",
            {"key": "concept", "given": "leads", "allowed": list(CONCEPTS)},
        ),
        ({"owner_role": "boss"}, "playbook.unknown_value", {"key": "owner_role", "given": "boss"}),
        ({"causes": ["bad_luck"]}, "playbook.unknown_value", {"key": "causes", "given": "bad_luck"}),
        ({"causes": "price"}, "playbook.wrong_kind", {"key": "causes", "given": "price"}),
        ({"causes": []}, "playbook.causes_or_figure", {}),
        ({"figure": {"key": "skip_share", "direction": "above", "threshold": 0.2}}, "playbook.causes_or_figure", {}),
        ({"guide": "yes"}, "playbook.wrong_kind", {"key": "guide", "given": "yes"}),
        ({"promise_pp": "ten"}, "playbook.wrong_kind", {"key": "promise_pp", "given": "ten"}),
        ({"actions": []}, "playbook.missing_key", {"key": "actions"}),
        ({"actions": [{"en": "only English", "zh": ""}]}, "playbook.both_languages", {"key": "actions"}),
        ({"problem": "in one language"}, "playbook.both_languages", {"key": "problem"}),
        ({"aim": 5}, "playbook.not_a_table", {"given": 5}),
        ({"aim": {"metric": "luck", "amount": 1, "period": "week"}}, "playbook.unknown_value", {"key": "metric"}),
        ({"aim": {"metric": "entries", "amount": 1, "period": "era"}}, "playbook.unknown_value", {"key": "period"}),
        (
            {"stop": {"metric": "lead_cost", "direction": "above", "factor": 1.3}},
            "playbook.missing_key",
            {"key": "weeks"},
        ),
        ({"key": ""}, "playbook.wrong_kind", {"key": "key", "given": ""}),
        ({"key": "lead_one_channel"}, "playbook.duplicate_key", {"given": "lead_one_channel"}),
    ],
)
def test_a_wrong_value_is_named_with_its_place(change, code, names):
    data = plain()
    data["entries"][0] |= change
    found, params = told(data)
    assert found == code
    assert {name: params[name] for name in names} == names
    if "where" in params:
        assert str(params["where"]).startswith("entries[1]")


def test_a_figure_is_checked_as_well():
    data = plain()
    row = next(row for row in data["entries"] if "figure" in row)
    row["figure"]["key"] = "mood"
    assert told(data)[1]["allowed"] == list(FIGURES)


@pytest.mark.parametrize(
    "key", ["key", "concept", "guide", "problem", "cause", "target", "aim", "stop_text", "owner_role"]
)
def test_a_missing_part_is_named(key):
    data = plain()
    del data["entries"][0][key]
    code, params = told(data)
    assert (code, params["key"]) == ("playbook.missing_key", key)


# --- a company's own entries ---

OWN = tomllib.loads("""
[[playbook]]
key = "ours_trade_fair"
concept = "lead"
guide = false
problem = { en = "Fair contacts grow cold.", zh = "展会线索放凉。" }
cause = { en = "Nobody calls within a week.", zh = "一周内没人联系。" }
causes = ["few_leads"]
actions = [{ en = "Call on the day after the fair.", zh = "展会次日就打电话。" }]
owner_role = "marketing"
target = { en = "40 calls a week", zh = "每周打 40 个电话" }
aim = { metric = "reported", amount = 40, period = "week" }
stop_text = { en = "Pause after four weeks below 20.", zh = "连续四周低于 20 就暂停。" }
""")["playbook"]


def test_own_entries_stand_first_and_in_the_place_of_a_shipped_one_of_their_key() -> None:
    (own,) = own_entries(OWN)
    assert own.is_own and not any(entry.is_own for entry in ENTRIES)
    both = with_own(ENTRIES, [own])
    assert both == (own, *ENTRIES)
    assert entries_for(both, TEMPLATES["general_b2b"], "lead")[0] is own
    (ours,) = own_entries([OWN[0] | {"key": ENTRIES[0].key}])
    replaced = with_own(ENTRIES, [ours])
    assert len(replaced) == len(ENTRIES) and [e.is_own for e in replaced if e.key == ours.key] == [True]
    found = judge(entries_for(both, TEMPLATES["general_b2b"], "lead"), {"few_leads": "unclear"}, {})
    assert next(one.entry.key for one in found if one.stand == "unclear") == own.key


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"concept": "moon"}, "unknown_value"),
        ({"aim": {"metric": "reported", "amount": "many", "period": "week"}}, "wrong_kind"),
        ({"problem": "cold"}, "both_languages"),
        ({"colour": "red"}, "unknown_key"),
        ({"causes": []}, "causes_or_figure"),
    ],
)
def test_own_entries_are_checked_like_shipped_ones(change, code) -> None:
    with pytest.raises(InputError) as told:
        own_entries([OWN[0] | change])
    assert told.value.message.code == f"playbook.{code}"
    assert "playbook[1] ours_trade_fair" in str(told.value.message.params["where"])


def test_no_own_entries_is_fine_and_a_wrong_kind_is_told() -> None:
    assert own_entries([]) == ()
    with pytest.raises(InputError) as told:
        own_entries({"key": "x"})
    assert told.value.message.code == "playbook.not_a_table"
