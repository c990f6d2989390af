"""The funnel definition: what a template says, what a wrong file is told, and where a label goes."""

from __future__ import annotations

import copy
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from funnel.definition.definition import (
    EXITS,
    IGNORE,
    KEY_PATTERN,
    LOST,
    METRICS,
    ROLES,
    Benchmark,
    FunnelDefinition,
    Sla,
    Stage,
    Text,
    definition_from_labels,
    from_dict,
    from_toml,
    load_templates,
)
from funnel.errors import InputError
from tests.conftest import ROOT

TEMPLATES = ROOT / "data" / "templates"


def stages(*keys: str, won: str = "won") -> tuple[Stage, ...]:
    at = keys.index(won) if won in keys else len(keys)
    return tuple(
        Stage(key=key, name=Text(key, key), is_won=key == won, is_post_sale=i > at) for i, key in enumerate(keys)
    )


def funnel(*keys: str, **fields) -> FunnelDefinition:
    return FunnelDefinition("test", Text("Test", "测试"), stages(*keys), **fields)


def plain() -> dict:
    """A small valid definition as plain data, to be spoilt in one place by each test."""
    return {
        "key": "small",
        "name": {"en": "Small", "zh": "小"},
        "stages": [
            {"key": "lead", "name": "Lead"},
            {
                "key": "intent",
                "name": "Intent",
                "benchmark": {"low": 0.3, "high": 0.5, "source": "guide"},
                "sla": {"amount": 24, "unit": "hours"},
            },
            {"key": "won", "name": "Won", "is_won": True},
        ],
    }


def spoilt(path: tuple, value) -> dict:
    data = copy.deepcopy(plain())
    place = data
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return data


def without(path: tuple) -> dict:
    data = copy.deepcopy(plain())
    place = data
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return data


def code_of(make) -> tuple[str, dict]:
    with pytest.raises(InputError) as caught:
        make()
    return caught.value.message.code, dict(caught.value.message.params)


# --- the templates that ship ---


def test_the_default_funnel_is_the_guides():
    """Practice guide, step 1 (stages), step 2 (ranges), step 3 (24 hours, 3 working days)."""
    guide = load_templates(TEMPLATES)["general_b2b"]

    assert [(stage.name.en, stage.name.zh) for stage in guide.stages] == [
        ("Lead acquisition", "线索获取"),
        ("Intent screening", "意向筛选"),
        ("Opportunity nurturing", "商机培育"),
        ("Closing", "成交转化"),
        ("Repurchase & referral", "复购推荐"),
    ]
    assert guide.keys == ("lead", "intent", "opportunity", "won", "repeat")
    assert (guide.won_position, guide.won_key, guide.post_sale_key) == (4, "won", "repeat")
    intent, opportunity = guide.stage("intent"), guide.stage("opportunity")
    marks = [stage.benchmark for stage in guide.stages if stage.benchmark]
    assert [(mark.low, mark.high) for mark in marks] == [(0.30, 0.50), (0.20, 0.40)]
    assert {mark.source for mark in marks} == {Text("Practice guide", "实践指南")}
    assert [stage.key for stage in guide.stages if stage.benchmark] == ["intent", "won"]
    assert intent.sla == Sla(24, "hours") and opportunity.sla == Sla(3, "business_days")
    assert [stage.metrics for stage in guide.stages] == [
        ("total_leads", "lead_cost"),
        ("intent_leads", "intent_rate"),
        ("opportunities", "opportunity_rate"),
        ("customers_won", "win_rate", "average_deal_size"),
        ("repurchase_rate", "referral_rate"),
    ]


def test_the_other_templates_add_evaluation_and_drop_nurturing():
    templates = load_templates(TEMPLATES)

    assert templates["long_cycle"].keys == ("lead", "intent", "opportunity", "evaluation", "won", "repeat")
    assert templates["long_cycle"].stage("evaluation").name == Text("Solution evaluation", "方案评估")
    assert "opportunity" not in templates["fmcg"].keys
    assert templates["fmcg"].notes() == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_template_is_complete_in_both_languages_and_comes_back_as_it_was_written(path: Path):
    definition = from_toml(path.read_text(encoding="utf-8"))

    assert path.stem == definition.key
    for stage in definition.stages:
        for text in (stage.name, stage.definition, stage.key_action):
            assert text.en and text.zh, stage.key
            assert text.en.isascii() or "→" in text.en
        if stage.benchmark:
            assert stage.benchmark.source.en and stage.benchmark.definition.zh
    assert from_dict(definition.to_dict()) == definition
    assert from_toml(tomli_w.dumps(definition.to_dict())) == definition


# --- questions that a definition answers ---


def test_positions_count_from_one_and_a_step_is_named_by_both_stages():
    definition = funnel("lead", "intent", "won", "repeat")

    assert [definition.position(key) for key in definition.keys] == [1, 2, 3, 4]
    assert [stage.key for stage in definition.step(2)] == ["lead", "intent"]
    assert definition.stage("won").is_won
    assert code_of(lambda: definition.position("won2")) == (
        "definition.unknown_stage",
        {"given": "won2", "allowed": ["lead", "intent", "won", "repeat"]},
    )


def test_without_a_stage_after_won_there_is_no_post_sale_stage():
    assert funnel("lead", "intent", "won").post_sale_key is None


def test_a_text_falls_back_to_the_other_language():
    text = Text("Lead", "")
    assert (text.in_language("zh_Hans"), text.in_language("en"), Text("", "线索").in_language("en")) == (
        "Lead",
        "Lead",
        "线索",
    )


def test_a_label_of_a_merged_stage_follows_the_merge_to_the_end():
    definition = funnel(
        "lead", "intent", "won", merged={"proposal": "negotiation", "negotiation": "won", "demo": IGNORE}
    )

    assert definition.resolve("proposal") == "won"
    assert definition.resolve("demo") == IGNORE
    assert definition.resolve("intent") == "intent"
    assert [definition.resolve(exit_) for exit_ in EXITS] == list(EXITS)
    assert definition.resolve("never_heard") == IGNORE


def test_a_stage_that_came_back_wins_over_its_old_merge():
    definition = funnel("lead", "demo", "won", merged={"demo": "won"})
    assert definition.resolve("demo") == "demo"


@pytest.mark.parametrize(("n", "noted"), [(3, True), (4, False), (6, False), (7, True), (10, True)])
def test_outside_four_to_six_stages_is_accepted_with_a_note(n: int, noted: bool):
    definition = funnel(*(f"s{i}" for i in range(1, n)), "won")
    notes = definition.notes()
    assert bool(notes) == noted
    if noted:
        assert notes[0].code == "definition.stage_count" and notes[0].params == {"given": n, "low": 4, "high": 6}


# --- a funnel from the labels of a file ---


def test_a_funnel_is_made_from_labels_in_any_script():
    definition = definition_from_labels("售后", ["报修", "报价", "签约", "回访", "报价"], won_label="签约")

    assert [stage.name.zh for stage in definition.stages] == ["报修", "报价", "签约", "回访"]
    assert definition.won_key == "stage_3" and definition.post_sale_key == "stage_4"
    for scope in ("stage", "milestone", "status"):
        assert definition.labels[(scope, "报价")] == "stage_2"
    assert all(KEY_PATTERN.fullmatch(key) for key in definition.keys)
    assert from_dict(definition.to_dict()) == definition


def test_the_won_label_must_be_one_of_the_labels():
    assert code_of(lambda: definition_from_labels("x", ["a", "b", "c"], won_label="d")) == (
        "definition.won_not_in_labels",
        {"given": "d", "allowed": ["a", "b", "c"]},
    )


def test_a_post_sale_label_before_won_is_refused():
    code, params = code_of(lambda: definition_from_labels("x", ["a", "b", "c"], won_label="c", post_sale_labels=["b"]))
    assert (code, params) == ("definition.post_sale_order", {"given": "stage_2", "won": "stage_3"})


# --- stages that do not make a funnel ---


@pytest.mark.parametrize("n", [1, 11])
def test_fewer_than_two_or_more_than_ten_stages_are_refused(n: int):
    code, params = code_of(lambda: funnel(*(f"s{i}" for i in range(1, n)), "won"))
    assert (code, params) == ("definition.stage_count_not_allowed", {"given": n, "low": 2, "high": 10})


def replaced(**fields) -> tuple[Stage, ...]:
    """Lead, intent, won: with ``fields`` changed on intent."""
    lead, intent, won = stages("lead", "intent", "won")
    return (lead, replace(intent, **fields), won)


@pytest.mark.parametrize(
    ("made_of", "code", "params"),
    [
        (replaced(key="Intent"), "definition.bad_key", {"given": "Intent"}),
        (replaced(key="意向"), "definition.bad_key", {"given": "意向"}),
        (replaced(key="lead"), "definition.duplicate_key", {"given": "lead"}),
        (replaced(is_won=True), "definition.one_won_stage", {"given": ["intent", "won"]}),
        (stages("lead", "intent", "deal"), "definition.one_won_stage", {"given": []}),
        (stages("won", "a", "b"), "definition.won_first", {"given": "won"}),
        (
            (*stages("lead", "won"), Stage("repeat", Text("Repeat", "复购"))),
            "definition.post_sale_order",
            {"given": "repeat", "won": "won"},
        ),
        (replaced(is_post_sale=True), "definition.post_sale_order", {"given": "intent", "won": "won"}),
        (
            replaced(owner_role="boss"),
            "definition.unknown_role",
            {"given": "boss", "stage": "intent", "allowed": list(ROLES)},
        ),
        (
            replaced(benchmark=Benchmark(0.5, 0.3, Text("x", "x"))),
            "definition.bad_benchmark",
            {"stage": "intent", "low": 0.5, "high": 0.3},
        ),
        (
            replaced(benchmark=Benchmark(30, 50, Text("x", "x"))),
            "definition.bad_benchmark",
            {"stage": "intent", "low": 30, "high": 50},
        ),
        (replaced(sla=Sla(0, "hours")), "definition.bad_sla", {"stage": "intent", "given": 0}),
        (replaced(sla=Sla(float("inf"), "hours")), "definition.bad_sla", {"stage": "intent", "given": float("inf")}),
    ],
)
def test_stages_that_do_not_make_a_funnel_are_refused_with_the_reason(made_of, code, params):
    assert code_of(lambda: FunnelDefinition("x", Text("x", "x"), made_of)) == (code, params)


@pytest.mark.parametrize(
    ("merged", "code"),
    [
        ({"a": "b", "b": "a"}, "definition.circular_merge"),
        ({"a": "a"}, "definition.circular_merge"),
        ({"a": "gone"}, "definition.unknown_stage"),
        ({"a": LOST}, "definition.unknown_stage"),
    ],
)
def test_a_merge_must_end_at_a_stage_of_the_funnel_or_be_ignored(merged, code):
    assert code_of(lambda: funnel("lead", "intent", "won", merged=merged))[0] == code


# --- files with a mistake: the sentence names the place ---


def test_a_good_file_is_read_and_a_plain_text_stands_for_both_languages():
    definition = from_dict(plain())
    assert definition.stage("intent").name == Text("Intent", "Intent")
    assert definition.stage("intent").sla == Sla(24.0, "hours")
    assert definition.stage("lead").metrics == ("conversion_rate",)


def test_text_that_is_not_toml_is_told_with_the_line():
    code, params = code_of(lambda: from_toml("key = \nname = 1"))
    assert code == "definition.not_toml" and "line 1" in params["given"]


@pytest.mark.parametrize("path", [("key",), ("name",), ("stages",)])
def test_a_missing_part_of_the_funnel_is_named(path):
    assert code_of(lambda: from_dict(without(path))) == ("definition.missing_key", {"given": "funnel", "key": path[-1]})


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("stages", 1, "key"), "stages[2]"),
        (("stages", 1, "name"), "stages[2]"),
        (("stages", 1, "benchmark", "low"), "stages[2].benchmark"),
        (("stages", 1, "benchmark", "high"), "stages[2].benchmark"),
        (("stages", 1, "benchmark", "source"), "stages[2].benchmark"),
        (("stages", 1, "sla", "unit"), "stages[2].sla"),
        (("stages", 1, "sla", "amount"), "stages[2].sla"),
    ],
)
def test_a_missing_part_of_a_stage_is_named_with_its_place(path, where):
    assert code_of(lambda: from_dict(without(path))) == (
        "definition.missing_key",
        {"given": where, "key": path[-1]},
    )


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("colour",), "funnel"),
        (("stages", 0, "colour"), "stages[1]"),
        (("stages", 1, "benchmark", "colour"), "stages[2].benchmark"),
        (("stages", 1, "sla", "colour"), "stages[2].sla"),
        (("name", "colour"), "funnel.name"),
    ],
)
def test_an_unknown_key_is_named_with_the_allowed_ones(path, where):
    code, params = code_of(lambda: from_dict(spoilt(path, "red")))
    assert code == "definition.unknown_key"
    assert (params["given"], params["where"]) == ("colour", where)
    assert params["allowed"] and "colour" not in params["allowed"]


@pytest.mark.parametrize(
    ("path", "value", "code", "params"),
    [
        (("stages",), "lead, won", "definition.not_a_list", {"given": "lead, won", "where": "stages"}),
        (("stages", 0), "lead", "definition.not_a_table", {"given": "lead", "where": "stages[1]"}),
        (("stages", 1, "benchmark"), 0.3, "definition.not_a_table", {"given": 0.3, "where": "stages[2].benchmark"}),
        (("stages", 1, "sla"), "24 h", "definition.not_a_table", {"given": "24 h", "where": "stages[2].sla"}),
        (("merged",), ["a"], "definition.not_a_table", {"given": ["a"], "where": "merged"}),
        (("labels",), {"a": "b"}, "definition.not_a_list", {"given": {"a": "b"}, "where": "labels"}),
        (("name",), 3, "definition.bad_text", {"where": "funnel.name"}),
        (
            ("stages", 1, "benchmark", "low"),
            "30 %",
            "definition.not_a_number",
            {"given": "30 %", "where": "stages[2].benchmark.low"},
        ),
        (
            ("stages", 1, "benchmark", "high"),
            True,
            "definition.not_a_number",
            {"given": True, "where": "stages[2].benchmark.high"},
        ),
        (
            ("stages", 1, "benchmark", "year"),
            "2024",
            "definition.not_a_number",
            {"given": "2024", "where": "stages[2].benchmark.year"},
        ),
        (
            ("stages", 1, "sla", "amount"),
            "24",
            "definition.not_a_number",
            {"given": "24", "where": "stages[2].sla.amount"},
        ),
        (
            ("stages", 1, "sla", "unit"),
            "days",
            "definition.unknown_unit",
            {"given": "days", "allowed": ["hours", "business_days"]},
        ),
        (("stages", 2, "is_won"), "yes", "definition.not_a_flag", {"given": "yes", "where": "stages[3].is_won"}),
        (
            ("stages", 2, "is_post_sale"),
            0,
            "definition.not_a_flag",
            {"given": 0, "where": "stages[3].is_post_sale"},
        ),
        (
            ("stages", 1, "metrics"),
            "win_rate",
            "definition.not_a_list",
            {"given": "win_rate", "where": "stages[2].metrics"},
        ),
        (
            ("stages", 1, "metrics"),
            ["luck"],
            "definition.unknown_metric",
            {"given": "luck", "allowed": list(METRICS)},
        ),
        (
            ("labels",),
            [{"scope": "colour", "label": "x", "target": "won"}],
            "definition.unknown_scope",
            {"given": "colour", "allowed": ["stage", "milestone", "status"]},
        ),
        (
            ("labels",),
            [{"scope": "stage", "label": "x"}],
            "definition.missing_key",
            {"given": "labels", "key": "target"},
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_its_place(path, value, code, params):
    assert code_of(lambda: from_dict(spoilt(path, value))) == (code, params)


# --- nothing is lost on the way to a file and back ---

texts = st.builds(Text, st.text(max_size=8), st.text(max_size=8))
rates = st.floats(0, 1, allow_nan=False)
benchmarks = st.builds(
    lambda low, width, source, year, meaning: Benchmark(low, min(1.0, low + width), source, year, meaning),
    rates,
    rates,
    texts,
    st.none() | st.integers(1900, 2100),
    texts,
)
slas = st.builds(Sla, st.floats(0.5, 1000), st.sampled_from(["hours", "business_days"]))


@st.composite
def definitions(draw) -> FunnelDefinition:
    keys = draw(st.lists(st.from_regex(KEY_PATTERN, fullmatch=True), min_size=3, max_size=10, unique=True))
    won_at = draw(st.integers(1, len(keys) - 1))
    made = tuple(
        Stage(
            key=key,
            name=draw(texts),
            definition=draw(texts),
            key_action=draw(texts),
            owner_role=draw(st.sampled_from(ROLES)),
            metrics=tuple(draw(st.lists(st.sampled_from(METRICS), max_size=3))),
            benchmark=draw(st.none() | benchmarks),
            sla=draw(st.none() | slas),
            is_won=i == won_at,
            is_post_sale=i > won_at,
        )
        for i, key in enumerate(keys)
    )
    scopes = st.sampled_from(["stage", "milestone", "status"])
    labels = draw(st.dictionaries(st.tuples(scopes, st.text(max_size=6)), st.sampled_from([*keys, *EXITS]), max_size=4))
    merged = {"old_" + draw(st.from_regex(r"[a-z]{1,4}", fullmatch=True)): draw(st.sampled_from([*keys, IGNORE]))}
    merged = {old: target for old, target in merged.items() if old not in keys}
    return FunnelDefinition(draw(st.text(max_size=6)), draw(texts), made, labels, merged)


@given(definitions())
def test_any_definition_comes_back_from_plain_data_as_it_was(definition: FunnelDefinition):
    again = from_dict(definition.to_dict())
    assert (again.key, again.name, again.stages) == (definition.key, definition.name, definition.stages)
    assert dict(again.labels) == dict(definition.labels) and dict(again.merged) == dict(definition.merged)


@given(definitions())
def test_any_definition_comes_back_from_a_toml_file_as_it_was(definition: FunnelDefinition):
    written = tomli_w.dumps(definition.to_dict())
    assert from_dict(tomllib.loads(written)) == definition
