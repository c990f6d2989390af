"""Process simplification: a simulated merge or removal is the import of the same data under that definition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from funnel.definition.definition import IGNORE, Benchmark, FunnelDefinition, Sla, Text, load_templates
from funnel.errors import InputError
from funnel.filters import Filters, Window
from funnel.i18n.translator import Translator
from funnel.metrics.comparison import verdicts
from funnel.metrics.comparison.simplification import StageChange, possible_changes, simplified, simulate, stage_use
from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.steps import conversion
from funnel.schema import Facts
from tests.conftest import ROOT
from tests.factories import Lead, facts, funnel, lead, log
from tests.simulation import horizons_of

SIX = funnel("lead", "call", "intent", "opportunity", "won", "repeat", won="won")
AS_OF = date(2024, 12, 31)


def random_leads(seed: int, n: int = 150) -> list[Lead]:
    """Leads that skip stages, go back, are lost, reopened and won, on random days."""
    rng = np.random.default_rng(seed)
    leads = []
    for i in range(n):
        day, events = date(2024, 1, 1) + timedelta(days=int(rng.integers(200))), []
        for label in ("lead", "call", "intent", "opportunity", "won"):
            if rng.random() < 0.8:
                events.append(f"{day} {label}")
            if rng.random() < 0.15:
                back = rng.choice(["call", "intent", "@lost", "opportunity"])
                events.append(f"{day + timedelta(days=1)} {back}")
            if rng.random() < 0.2:
                events.append(f"{day + timedelta(days=2)} @lost")
                break
            day += timedelta(days=int(rng.integers(0, 25)))
        leads.append(lead(f"L{i}", ", ".join(events) or f"{day} lead", source=str(rng.choice(["web", "fair"]))))
    return leads


def imported_under(
    leads: list[Lead], change: StageChange, definition: FunnelDefinition
) -> tuple[Facts, FunnelDefinition]:
    """The same data imported with a mapping that knows only the stages left, the definition without history."""
    target = change.into if change.kind == "merge" else IGNORE
    assert target is not None
    return facts(log(*leads, labels={change.stage: target})), replace(definition, merged={})


@pytest.mark.parametrize("change", possible_changes(SIX), ids=str)
def test_a_simulation_equals_the_import_under_the_changed_definition(change: StageChange) -> None:
    leads = random_leads(seed=7)
    simulation = simulate(facts(log(*leads)), SIX, AS_OF, change)
    other_facts, plain = imported_under(leads, change, simulation.definition)
    ours = build_journeys(facts(log(*leads)), simulation.definition, AS_OF).sort("lead_id").collect()
    theirs = build_journeys(other_facts, plain, AS_OF).sort("lead_id").collect()
    assert_frame_equal(ours, theirs, categorical_as_str=True)

    known = conversion.horizons(theirs.lazy(), plain, AS_OF)
    table = conversion.step_table(theirs.lazy(), plain, Window(), AS_OF, known)
    simulated = simulation.stages.filter(pl.col("side") == "simulated").drop("side")
    assert_frame_equal(simulated, table.select(simulated.columns))
    totals = simulation.totals.row(1, named=True)
    assert (totals["n_leads"], totals["n_stages"]) == (150, 5)
    assert totals["n_won"] == theirs.filter(pl.col("furthest_stage") >= plain.won_position).height


def test_the_change_can_be_undone() -> None:
    """The facts are untouched: under the old definition the figures are what they were."""
    story = facts(log(*random_leads(seed=3)))
    before = build_journeys(story, SIX, AS_OF).sort("lead_id").collect()
    simulate(story, SIX, AS_OF, StageChange("remove", "call"))
    assert_frame_equal(build_journeys(story, SIX, AS_OF).sort("lead_id").collect(), before)


def test_counts_and_cycle_by_hand() -> None:
    story = [
        lead(f"W{i}", "2024-01-01 lead, 2024-01-02 call, 2024-01-05 intent, 2024-01-09 opportunity, 2024-01-21 won")
        for i in range(3)
    ]
    story += [lead("only called", "2024-01-01 lead, 2024-01-03 call"), lead("waiting", "2024-02-01 lead")]
    found = simulate(facts(log(*story)), SIX, AS_OF, StageChange("merge", "call", "intent"))
    stages = found.stages.filter(pl.col("side") == "simulated")
    # Who was called counts as screened now: 4 of 5, and 3 of these 4 became opportunities 7 days after the call.
    assert stages.select("stage", "n", "advanced", "median_days").rows()[:3] == [
        ("lead", None, None, None),
        ("intent", 5, 4, 1.0),
        ("opportunity", 4, 3, 7.0),
    ]
    totals = found.totals.to_dicts()
    assert [row["median_cycle_days"] for row in totals] == [20.0, 20.0]  # counting differently makes nobody faster
    assert [row["shortest_cycle_days"] for row in totals] == [None, 17.0]  # without the three days of the call
    said = [Translator("en").message(message) for message in verdicts.simulation_messages(SIX, found)]
    assert said[0] == "With “call” merged into “intent” the funnel has 5 stages; customers won: 3 of 5 leads."
    assert "stays 20 days" in said[1] and "17 days at best" in said[1]
    removal = simulate(facts(log(*story)), SIX, AS_OF, StageChange("remove", "intent"))
    assert "去掉“intent”" in Translator("zh_Hans").message(verdicts.simulation_messages(SIX, removal)[0])


def test_simulation_keeps_to_the_filters() -> None:
    story = facts(log(*random_leads(seed=9)))
    web = simulate(story, SIX, AS_OF, StageChange("remove", "call"), filters=Filters(source=("web",)))
    window = Window("dates", date(2024, 1, 1), date(2024, 2, 29))
    early = simulate(story, SIX, AS_OF, StageChange("remove", "call"), filters=Filters(window=window))
    table = build_journeys(story, SIX, AS_OF).collect()
    assert web.totals["n_leads"].to_list() == [(table["source"].cast(pl.String) == "web").sum()] * 2
    # A lead whose only date was that of the removed stage is undated then, and in no window.
    after = build_journeys(story, early.definition, AS_OF).collect()
    created = [(one["created_at"].dt.date() <= date(2024, 2, 29)).sum() for one in (table, after)]
    assert early.totals["n_leads"].to_list() == created


# --- what may be changed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (StageChange("remove", "won"), "simplification.won_stays"),
        (StageChange("merge", "opportunity", "won"), "simplification.won_stays"),
        (StageChange("merge", "repeat", "won"), "simplification.won_stays"),
        (StageChange("remove", "lead"), "simplification.first_stays"),
        (StageChange("merge", "lead", "intent"), "simplification.not_neighbours"),
        (StageChange("remove", "demo"), "definition.unknown_stage"),
    ],
)
def test_changes_that_are_refused(change: StageChange, code: str) -> None:
    with pytest.raises(InputError) as refused:
        simplified(SIX, change)
    assert refused.value.message.code == code
    assert all(Translator(language).message(refused.value) for language in ("en", "zh_Hans"))


def test_two_stages_stay() -> None:
    three = funnel("lead", "intent", "won", won="won")
    assert StageChange("remove", "intent") in possible_changes(three)
    two, _ = simplified(three, StageChange("remove", "intent"))
    assert possible_changes(two) == ()
    with pytest.raises(InputError, match="too_few_stages"):
        simplified(two, StageChange("remove", "lead"))


def test_every_possible_change_is_accepted_by_every_template() -> None:
    for definition in load_templates(ROOT / "data" / "templates").values():
        for change in possible_changes(definition):
            assert len(simplified(definition, change)[0].keys) == len(definition.keys) - 1


def test_benchmarks_and_deadlines_that_no_longer_fit_are_dropped_and_named() -> None:
    def marked(key: str, low: float) -> FunnelDefinition:
        stages = [
            replace(stage, benchmark=Benchmark(low, 1.0, Text("guide", "指南")), sla=Sla(24, "hours"))
            if stage.key == key
            else stage
            for stage in SIX.stages
        ]
        return replace(SIX, stages=tuple(stages))

    # The step into the merged stage is the step into the earlier of both: its mark stays.
    merged, notes = simplified(marked("call", 0.3), StageChange("merge", "call", "intent"))
    assert merged.stage("intent").benchmark is not None and merged.stage("intent").sla == Sla(24, "hours")
    assert notes == ()
    # The step out of it begins earlier than before: its mark would be wrong.
    merged, notes = simplified(marked("opportunity", 0.3), StageChange("merge", "call", "intent"))
    assert merged.stage("opportunity").benchmark is None and merged.stage("opportunity").sla is None
    assert [note.code for note in notes] == ["simplification.benchmark_dropped"]
    removed, notes = simplified(marked("opportunity", 0.3), StageChange("remove", "intent"))
    assert removed.stage("opportunity").benchmark is None and len(notes) == 1


def test_a_merge_after_a_merge_still_knows_the_oldest_label() -> None:
    once, _ = simplified(SIX, StageChange("merge", "call", "intent"))
    twice, _ = simplified(once, StageChange("merge", "intent", "opportunity"))
    assert twice.resolve("call") == "opportunity"


# --- candidates ----------------------------------------------------------------------------------------------------


def use_of(leads: list[Lead], horizon: float = 10.0) -> dict[str, dict[str, object]]:
    journeys = build_journeys(facts(log(*leads)), SIX, AS_OF)
    return {
        row["stage"]: row for row in stage_use(journeys, SIX, horizons_of(SIX, [horizon] * 5)).iter_rows(named=True)
    }


def test_a_stage_that_lets_everybody_through_is_a_merge_candidate() -> None:
    steady = "2024-01-01 lead, 2024-01-03 call, 2024-01-06 intent"
    story = [lead(f"L{i}", steady) for i in range(38)] + [
        lead(f"M{i}", "2024-01-01 lead, 2024-01-03 call") for i in range(2)
    ]
    row = use_of(story)["call"]
    assert (row["pass_advanced"], row["pass_n"], row["passes_nearly_all"]) == (38, 40, True)  # 95 %
    assert (row["proposal"], row["into"], row["median_dwell_days"]) == ("merge", "intent", 3.0)
    story.append(lead("one more", "2024-01-01 lead, 2024-01-03 call"))
    assert use_of(story)["call"]["proposal"] is None  # 38 of 41


def test_a_stage_that_takes_no_time_is_a_merge_candidate() -> None:
    story = [lead(f"L{i}", "2024-01-01 lead, 2024-01-03 09:00 call, 2024-01-03 15:00 intent") for i in range(20)]
    story += [lead(f"M{i}", "2024-01-01 lead, 2024-01-03 09:00 call") for i in range(20)]
    row = use_of(story)["call"]
    assert (row["takes_no_time"], row["passes_nearly_all"], row["proposal"]) == (True, False, "merge")
    assert row["median_dwell_days"] == 0.25


def test_a_stage_that_is_often_skipped_is_a_removal_candidate() -> None:
    story = [lead(f"L{i}", "2024-01-01 lead, 2024-01-09 intent") for i in range(9)]
    story += [lead(f"M{i}", "2024-01-01 lead, 2024-01-03 call, 2024-01-09 intent") for i in range(21)]
    row = use_of(story)["call"]
    assert (row["skip_share"], row["is_often_skipped"], row["proposal"]) == (0.3, True, "remove")


def test_a_formality_right_before_won_is_removed_not_merged() -> None:
    story = [lead(f"L{i}", "2024-01-01 lead, 2024-01-03 opportunity, 2024-01-08 won") for i in range(25)]
    rows = use_of(story)
    assert (rows["opportunity"]["proposal"], rows["opportunity"]["into"]) == ("remove", None)
    assert rows["won"]["proposal"] is None
    assert rows["call"]["skip_share"] is None  # nobody has an entry: not recorded, which is not "always skipped"
    assert rows["call"]["proposal"] is None


def test_a_young_stage_is_not_judged() -> None:
    story = [lead(f"L{i}", "2024-12-28 lead, 2024-12-29 call, 2024-12-31 intent") for i in range(30)]
    row = use_of(story)["call"]
    assert (row["pass_n"], row["pass_rate"], row["proposal"]) == (0, None, None)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_proposals_are_sentences(language: str) -> None:
    story = [lead(f"L{i}", "2024-01-01 lead, 2024-01-03 call, 2024-01-03 intent") for i in range(40)]
    messages = verdicts.proposal_messages(SIX, use_of(story)["call"])
    assert [message.code for message in messages] == [
        "simplification.passes_nearly_all",
        "simplification.takes_no_time",
        "simplification.propose_merge",
    ]
    assert all(
        "%" not in Translator(language).message(message).replace("100%", "").replace("100 %", "")
        for message in messages
    )
