"""Edits of a funnel: after any of them the figures are those of a fresh import under the new funnel."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from funnel.definition.definition import IGNORE, Benchmark, FunnelDefinition, Sla, Text, load_templates
from funnel.definition.edits import (
    add,
    adopt,
    benchmark_from_percent,
    edit_stage,
    gone,
    merge,
    move,
    remove,
    rename,
    split_back,
)
from funnel.definition.file import definition_to_toml
from funnel.errors import InputError
from funnel.filters import Window
from funnel.i18n.translator import Translator
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.steps.conversion import breakdown, horizons, step_table
from funnel.planning.process_file import process_from_toml, process_to_toml, template_of, with_entries
from funnel.planning.targets import Target
from funnel.schema import Facts, facts_of
from tests import real_facts
from tests.conftest import ROOT
from tests.factories import IMPORTED_AT, funnel

TEMPLATES = load_templates(ROOT / "data" / "templates")
GUIDE = TEMPLATES["general_b2b"]
SIX = funnel("lead", "call", "intent", "opportunity", "won", "repeat", won="won")
MARK = Benchmark(0.3, 0.5, Text("guide", "指南"))


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(InputError) as refused:
        action()
    assert all(Translator(language).message(refused.value) for language in ("en", "zh_Hans"))
    return refused.value.message.code


# --- the same figures as a fresh import ------------------------------------------------------------------------------


def freshly_mapped(facts: Facts, old: FunnelDefinition, new: FunnelDefinition) -> tuple[Facts, FunnelDefinition]:
    """The same rows, imported by somebody who only ever knew the new funnel: every label is mapped to one of its
    stages, and the definition has no history."""
    where = {key: key if key in new.keys else new.merged[key] for key in old.keys}
    mapped = pl.col("target").replace(where)
    labels = {place: where.get(target, target) for place, target in new.labels.items()}
    return replace(facts, labels=facts.labels.with_columns(mapped)), replace(new, labels=labels, merged={})


def assert_same_funnel(
    facts: Facts, edited: FunnelDefinition, fresh: tuple[Facts, FunnelDefinition], as_of: date
) -> None:
    fresh_facts, plain = fresh
    ours = build_journeys(facts, edited, as_of).sort("lead_id").collect()
    theirs = build_journeys(fresh_facts, plain, as_of).sort("lead_id").collect()
    assert_frame_equal(ours, theirs, categorical_as_str=True)
    known = horizons(theirs.lazy(), plain, as_of)
    assert_frame_equal(horizons(ours.lazy(), edited, as_of), known)
    for basis in ("lead_cohort", "step_cohort", "own", "strict", "activity"):
        tables = [
            step_table(journeys.lazy(), one, Window(), as_of, known, basis=basis)
            for journeys, one in ((ours, edited), (theirs, plain))
        ]
        assert_frame_equal(*tables)
    for by in ("source", "owner"):
        groups = [
            breakdown(journeys.lazy(), one, Window(), as_of, known, by=by)
            for journeys, one in ((ours, edited), (theirs, plain))
        ]
        assert_frame_equal(*groups, categorical_as_str=True)


def story(definition: FunnelDefinition) -> list[FunnelDefinition]:
    """Merge, rename, reorder, remove, and back: every definition on the way. The last equals the first."""
    keys = definition.keys
    at = definition.won_position
    second, third = (keys[1], keys[2]) if at > 3 else (keys[0], keys[1])
    merged = merge(definition, third, second).definition if len(keys) > 3 else definition
    renamed = rename(merged, second, Text("Talking", "洽谈")).definition
    back = split_back(renamed, third, definition).definition if len(keys) > 3 else renamed
    moved = move(back, third, back.position(second)).definition
    removed = remove(moved, third).definition if len(keys) > 3 else moved
    restored = split_back(removed, third, moved).definition if len(keys) > 3 else removed
    again = move(restored, third, definition.position(third)).definition
    return [merged, renamed, back, moved, removed, restored, again]


def assert_story(facts: Facts, definition: FunnelDefinition) -> None:
    as_of = default_as_of(facts, definition)
    assert as_of is not None
    before = build_journeys(facts, definition, as_of).sort("lead_id").collect()
    for edited in story(definition):
        assert_same_funnel(facts, edited, freshly_mapped(facts, definition, edited), as_of)
    last = story(definition)[-1]
    assert last.keys == definition.keys and last.merged == definition.merged
    assert_frame_equal(build_journeys(facts, last, as_of).sort("lead_id").collect(), before, categorical_as_str=True)


def sample_facts() -> Facts:
    table = read_table(ROOT / "data" / "sample" / "leads_en.csv", "leads_en.csv")
    batch = normalize(table, propose_mapping(table, GUIDE).mapping, import_day=date(2026, 7, 1))
    return facts_of([batch], IMPORTED_AT)


def test_the_sample_counts_as_freshly_imported_after_every_edit() -> None:
    assert_story(sample_facts(), GUIDE)


@pytest.mark.real_data
def test_maven_counts_as_freshly_imported_after_every_edit(real_data: Path) -> None:
    assert_story(real_facts.maven(real_data), real_facts.MAVEN)


@pytest.mark.real_data
def test_enpal_counts_as_freshly_imported_after_every_edit(real_data: Path) -> None:
    assert_story(real_facts.enpal(real_data), real_facts.ENPAL)


def test_a_file_read_again_under_the_merged_funnel_agrees() -> None:
    """Through the intake itself: the file is mapped by hand onto the merged funnel, without any history."""
    edited = merge(GUIDE, "opportunity", "intent").definition
    table = read_table(ROOT / "data" / "sample" / "leads_en.csv", "leads_en.csv")
    proposed = propose_mapping(table, GUIDE).mapping
    labels = {place: "intent" if target == "opportunity" else target for place, target in proposed.labels.items()}
    batch = normalize(table, replace(proposed, labels=labels), import_day=date(2026, 7, 1))
    fresh = facts_of([batch], IMPORTED_AT), replace(edited, merged={})
    assert_same_funnel(sample_facts(), edited, fresh, date(2026, 6, 30))


# --- single edits ------------------------------------------------------------------------------------------------


def test_rename_keeps_the_key_and_everything_else() -> None:
    edited = rename(GUIDE, "intent", Text("Screening", "筛选")).definition
    assert edited.stage("intent") == replace(GUIDE.stage("intent"), name=Text("Screening", "筛选"))
    assert edited.keys == GUIDE.keys
    assert code_of(lambda: rename(GUIDE, "intent", Text(" ", ""))) == "definition.stage_without_name"
    assert code_of(lambda: edit_stage(GUIDE, "intent", owner_role="sails")) == "definition.unknown_role"
    assert code_of(lambda: edit_stage(GUIDE, "intent", is_won=True)) == "definition.unknown_key"


def test_a_stage_that_follows_another_one_loses_its_marks_and_says_so() -> None:
    marked = edit_stage(
        edit_stage(SIX, "opportunity", benchmark=MARK).definition, "call", sla=Sla(1, "hours")
    ).definition
    moved = move(marked, "call", 3)
    assert moved.definition.keys == ("lead", "intent", "call", "opportunity", "won", "repeat")
    # The steps into call, intent and opportunity begin elsewhere; call had a deadline, opportunity a benchmark.
    assert {note.params["stage"].en for note in moved.notes} == {"call", "opportunity"}
    assert moved.definition.stage("call").sla is None and moved.definition.stage("opportunity").benchmark is None
    assert move(marked, "call", 2).notes == ()


def test_moving_over_the_win_makes_it_an_after_sales_stage() -> None:
    moved = move(SIX, "opportunity", 5).definition
    assert moved.keys == ("lead", "call", "intent", "won", "opportunity", "repeat")
    assert moved.stage("opportunity").is_post_sale and moved.won_position == 4
    assert not move(moved, "opportunity", 4).definition.stage("opportunity").is_post_sale
    assert code_of(lambda: move(SIX, "won", 1)) == "definition.won_first"
    assert code_of(lambda: move(SIX, "won", 9)) == "definition.unknown_position"


def test_a_new_stage_gets_a_key_that_no_version_had() -> None:
    edited = add(SIX, Text("Demo call!", ""), 3).definition
    assert edited.keys == ("lead", "call", "demo_call", "intent", "opportunity", "won", "repeat")
    assert add(SIX, Text("Call", ""), 2).definition.keys[1] == "call_2"
    assert add(SIX, Text("", "演示"), 2, taken=["stage"]).definition.keys[1] == "stage_2"
    gone_again = remove(edited, "demo_call").definition
    assert add(gone_again, Text("Demo call", ""), 3).definition.keys[2] == "demo_call_2"
    assert add(SIX, Text("Gift", ""), 7).definition.stages[-1].is_post_sale
    assert code_of(lambda: add(SIX, Text("", " "), 2)) == "definition.stage_without_name"


def test_merge_and_split_back_give_every_mark_back() -> None:
    marked = SIX
    for key in ("call", "intent", "opportunity"):
        marked = edit_stage(marked, key, benchmark=replace(MARK, low=0.1), sla=Sla(2, "hours")).definition
    for key, into in (("call", "intent"), ("intent", "call")):
        merged = merge(marked, key, into)
        assert [note.code for note in merged.notes] == ["simplification.benchmark_dropped"]
        back = split_back(merged.definition, key, marked)
        assert back.definition == marked and back.notes == ()
    removed = remove(marked, "intent").definition
    assert removed.merged == {"intent": IGNORE} and list(gone(removed, [removed, marked])) == ["intent"]
    assert split_back(removed, "intent", marked).definition == marked
    assert code_of(lambda: split_back(marked, "intent", marked)) == "definition.unknown_stage"


def test_a_template_takes_over_what_labels_mean_where_it_has_the_stages() -> None:
    here = replace(GUIDE, labels={("stage", "Pitch"): "opportunity", ("stage", "Tasting"): "evaluation_x"})
    assert adopt(here, TEMPLATES["long_cycle"]).labels == {("stage", "Pitch"): "opportunity"}
    merged = merge(merge(SIX, "call", "intent").definition, "intent", "opportunity").definition
    assert adopt(merged, GUIDE).merged == {"call": "opportunity"}
    assert adopt(merged, SIX) == SIX


def test_benchmarks_as_people_type_them() -> None:
    typed = benchmark_from_percent(30, 50, source=Text("survey", ""), year=2025, definition=Text("", ""))
    assert typed == Benchmark(0.3, 0.5, Text("survey", ""), 2025)
    nothing = Text("", "")
    assert benchmark_from_percent(None, None, source=nothing, year=None, definition=nothing) is None
    for low, high, source, code in (
        (30, None, "x", "definition.half_benchmark"),
        (30, 50, "", "definition.benchmark_without_source"),
    ):
        assert code == code_of(
            lambda low=low, high=high, source=source: benchmark_from_percent(
                low, high, source=Text(source, ""), year=None, definition=nothing
            )
        )


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_definition_file_comes_back_as_it_was(key: str) -> None:
    definition = replace(
        merge(TEMPLATES[key], TEMPLATES[key].keys[1], TEMPLATES[key].keys[0]).definition,
        labels={("stage", 'Hot "lead"'): "won", ("status", "成交"): "won"},
    )
    assert process_from_toml(definition_to_toml(definition)).definition == definition


WRITTEN = definition_to_toml(GUIDE)
BY_HAND = (ROOT / "data" / "templates" / "general_b2b.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [WRITTEN, BY_HAND], ids=["written", "by hand"])
@pytest.mark.parametrize(
    ("old", "new", "code", "at", "choice"),
    [
        ('owner_role = "marketing"', 'owner_role = "marekting"', "unknown_role", "marekting", "customer_success"),
        ('key = "repeat"', 'key = "repeat"\nis_won = true', "one_won_stage", "is_won", "repeat"),
        ('key = "repeat"', 'key = "repeat"\nowner = "sales"', "unknown_key", "owner =", "owner_role"),
        ('"total_leads"', '"total_leeds"', "unknown_metric", "total_leeds", "total_leads"),
        ('unit = "hours"', 'unit = "hour"', "unknown_unit", '"hour"', "business_days"),
        ('key = "won"', 'key = "intent"', "duplicate_key", 'key = "intent"', "intent"),
        ('key = "won"', "key = won", "not_toml", "key = won", "Invalid value"),
        ("low = 0.2", "low = 2.2", "bad_benchmark", "low = 2.2", "0.3"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_names_the_line_and_the_choices(
    text: str, old: str, new: str, code: str, at: str, choice: str
) -> None:
    wrong = text.replace(old, new, 1)
    assert wrong != text
    with pytest.raises(InputError) as told:
        process_from_toml(wrong)
    line = line_told(told.value, wrong, f"definition.{code}", choice)
    assert at in line or (code == "duplicate_key" and "intent" in line)


def line_told(error: InputError, text: str, code: str, choice: str) -> str:
    """The line of ``text`` that the error names; its sentences name it too, and the choice, in both languages."""
    params = error.message.params
    assert error.message.code == "definition.at_line"
    assert params["problem"].code == code
    for language in ("en", "zh_Hans"):
        sentence = Translator(language).message(error)
        assert choice in sentence and str(params["line"]) in sentence
    return text.splitlines()[params["line"] - 1]


@pytest.mark.parametrize(
    ("more", "code", "line"),
    [
        ('[merged]\nold = "older"\nolder = "old"\n', "circular_merge", 'old = "older"'),
        ('[merged]\nold = "leed"\n', "unknown_stage", 'old = "leed"'),
        ('[[labels]]\nscope = "stage"\nlabel = "x"\n', "missing_key", "[[labels]]"),
        ('[[labels]]\nscope = "stages"\nlabel = "x"\ntarget = "won"\n', "unknown_scope", 'scope = "stages"'),
    ],
)
def test_a_mistake_after_the_stages_names_its_line(more: str, code: str, line: str) -> None:
    text = f"{BY_HAND}\n{more}"
    with pytest.raises(InputError) as told:
        process_from_toml(text)
    assert told.value.message.params["problem"].code == f"definition.{code}"
    assert text.splitlines()[told.value.message.params["line"] - 1] == line


def test_two_won_stages_name_the_second_one() -> None:
    text = BY_HAND.replace('key = "repeat"', 'key = "repeat"\nis_won = true')
    with pytest.raises(InputError) as told:
        process_from_toml(text)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line == "is_won = true"]
    assert told.value.message.params["line"] == lines[1]


def test_a_process_for_a_new_team_holds_no_data() -> None:
    here = replace(GUIDE, labels={("stage", "Acme"): "won"}, merged={"call": "intent"})
    shared = Target("a", "intent", "entries", 50, "month", date(2026, 1, 1))
    personal = Target("b", "intent", "entries", 20, "month", date(2026, 1, 1), person="Li Na")
    text = process_to_toml(template_of(here, Text("Ours", "我们")), [shared, personal])
    read = process_from_toml(text)
    assert read.definition == replace(GUIDE, name=Text("Ours", "我们")) and read.targets == (shared,)
    assert "Li Na" not in text and "Acme" not in text and "call" not in read.definition.merged
    assert process_from_toml(definition_to_toml(GUIDE)).targets == ()
    assert (
        code_of(lambda: process_from_toml(text.replace('period = "month"', 'period = "moon"')))
        == "target.unknown_value"
    )


ENTRIES = (ROOT / "data" / "playbook.toml").read_text(encoding="utf-8").replace("[[entries]]", "[[playbook]]")
"""The shipped playbook as own entries of a process file."""


def test_a_process_carries_own_entries_of_the_playbook_unchanged() -> None:
    read = process_from_toml(f"{BY_HAND}\n{ENTRIES}")
    assert read.definition == GUIDE
    assert list(read.playbook) == tomllib.loads(ENTRIES)["playbook"] and len(read.playbook) > 10
    again = process_from_toml(process_to_toml(read.definition, (), read.playbook))
    assert again == read
    assert "playbook" not in process_to_toml(GUIDE)


def test_a_file_read_later_replaces_entries_of_the_same_key() -> None:
    old, kept = {"key": "a", "concept": "lead"}, {"key": "b", "concept": "lead"}
    new, more = {"key": "a", "concept": "won"}, {"key": "c", "concept": "won"}
    assert with_entries([old, kept], [new, more]) == [new, kept, more]


@pytest.mark.parametrize(
    ("old", "new", "code", "at", "choice"),
    [
        ('concept = "won"', 'concept = "wan"', "unknown_value", 'concept = "wan"', "evaluation"),
        ('owner_role = "technical"', 'owner_role = "tech"', "unknown_value", '"tech"', "customer_success"),
        ('causes = ["price"]', 'causes = ["pryce"]', "unknown_value", "pryce", "no_decision"),
        ('metric = "growth"', 'metric = "grows"', "unknown_value", '"grows"', "on_time"),
        ('amount = 10, period = "month"', 'amount = 10, period = "moon"', "unknown_value", '"moon"', "quarter"),
        ("promise_pp = 5", 'promise_pp = "five"', "wrong_kind", '"five"', "promise_pp"),
        ("guide = false", "guide = false\ncolour = 1", "unknown_key", "colour = 1", "stop_text"),
        ('key = "lead_one_channel"', 'key = "lead_more_channels"', "duplicate_key", "lead_more_channels", ""),
        ("above\", threshold = 0.50", 'over", threshold = 0.50', "unknown_value", '"over"', "below"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_own_entry_names_its_line_and_the_choices(
    old: str, new: str, code: str, at: str, choice: str
) -> None:
    text = f"{BY_HAND}\n{ENTRIES.replace(old, new, 1)}"
    with pytest.raises(InputError) as told:
        process_from_toml(text)
    assert at in line_told(told.value, text, f"playbook.{code}", choice)


def test_what_an_own_entry_lacks_is_told_with_the_line_where_it_begins() -> None:
    head, _, rest = ENTRIES.partition('target = { en = "60 new leads')
    text = f"{BY_HAND}\n{head}{rest.partition(chr(10))[2]}"
    with pytest.raises(InputError) as told:
        process_from_toml(text)
    params = told.value.message.params
    assert (params["problem"].code, params["problem"].params["key"]) == ("playbook.missing_key", "target")
    lines = text.splitlines()
    assert lines[params["line"] - 1] == "[[playbook]]" and lines[params["line"]] == 'key = "lead_one_channel"'
