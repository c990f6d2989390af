"""The Bottleneck page without a screen: one report, two languages, every number from its frames."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition, Sla, load_templates
from funnel.errors import InputError, Message
from funnel.filters import Filters, Window, preset_window
from funnel.i18n.messages.bottleneck import MESSAGES
from funnel.i18n.translator import Translator
from funnel.metrics.bottleneck.causes import CAUSES
from funnel.metrics.deadlines.business_days import BusinessCalendar, known_years
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.steps.horizons import horizons
from funnel.planning.strategies.playbook import load_playbook
from funnel.reports.bottleneck.likely_causes import LikelyCauses, likely_causes
from funnel.reports.bottleneck.report import BottleneckReport, bottleneck_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Facts, Spend, empty, facts_of
from tests import real_facts
from tests.conftest import ROOT
from tests.factories import workspace
from tests.simulation import Simulation, day, funnel, horizons_of, leads, simulate

EVERYTHING = Filters()
ENGLISH, CHINESE = Translator("en"), Translator("zh_Hans")
AS_OF = date(2025, 12, 31)


def report_of(facts: Facts, definition: FunnelDefinition, window: Window, **options: Any) -> BottleneckReport:
    as_of = options.pop("as_of", None) or default_as_of(facts, definition)
    assert as_of is not None
    journeys = build_journeys(facts, definition, as_of).collect().lazy()
    found = horizons(journeys, definition, as_of)
    return bottleneck_report(workspace(journeys, definition, as_of, found), Filters(window=window), **options)


def everything_said(report: BottleneckReport) -> list[Message]:
    """All sentences that the page can show of a report."""
    steps = [report.step_message(position) for position in report.steps["position"]]
    causes = [report.cause_message(row) for row in report.causes.iter_rows(named=True)]
    return [report.headline, *report.facts, *steps, *causes]


# --- the sample ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["en", "zh"])
def sample(request: pytest.FixtureRequest) -> tuple[Facts, FunnelDefinition]:
    from funnel.intake.batches.normalizing import normalize
    from funnel.intake.proposing.propose import propose_mapping
    from funnel.intake.reading.reader import read_table

    definition = load_templates(ROOT / "data" / "templates")["general_b2b"]
    path = ROOT / "data" / "sample" / f"leads_{request.param}.csv"
    table = read_table(path, path.name)
    batch = normalize(table, propose_mapping(table, definition).mapping, import_day=date(2026, 7, 1))
    return facts_of([batch], datetime(2026, 7, 1)), definition


def test_the_sample_names_screening_before_the_questionnaire(sample: tuple[Facts, FunnelDefinition]) -> None:
    facts, definition = sample
    report = report_of(facts, definition, Window("dates", date(2026, 1, 1), date(2026, 3, 31)), as_of=date(2026, 6, 30))
    assert report.bottleneck == definition.position("intent") == report.focus
    assert report.headline.code == "bottleneck.found"
    row = report.steps.row(by_predicate=pl.col("stage") == "intent", named=True)
    assert row["verdict"] == "significantly_below"
    assert (row["low"], row["high"], row["reference"]) == (0.30, 0.50, "benchmark")
    assert row["rate"] == pytest.approx(0.158, abs=0.03)  # the published true rate of the generator
    assert row["stake_customers_low"] < row["stake_customers"] < row["stake_customers_high"]
    # against the truth: n · (0.30 − 0.158) · 0.56 · 0.33 customers
    assert row["stake_customers"] == pytest.approx(row["n"] * (0.30 - 0.158) * 0.56 * 0.33, rel=0.25)
    assert row["stake_revenue"] == pytest.approx(row["stake_customers"] * row["deal_size"])
    worth = report.headline.params["worth"]
    assert worth.code == "bottleneck.worth_revenue"
    assert worth.params["customers"] == pytest.approx(row["quarter_customers"], rel=0.05)
    assert worth.params["revenue"] == pytest.approx(row["quarter_revenue"], rel=0.05)


def test_the_sample_no_longer_names_screening_afterwards(sample: tuple[Facts, FunnelDefinition]) -> None:
    facts, definition = sample
    report = report_of(facts, definition, Window("dates", date(2026, 5, 1), date(2026, 6, 30)), as_of=date(2026, 6, 30))
    row = report.steps.row(by_predicate=pl.col("stage") == "intent", named=True)
    assert row["verdict"] in ("below_not_certain", "within")
    assert report.bottleneck is None
    assert report.headline.code in ("bottleneck.none", "bottleneck.none_but_below")


# --- simulated and hand-written -----------------------------------------------------------------------------------


PLAN = Simulation(
    funnel([0.30, None, 0.20], post_sale=True, slas={2: Sla(24 * 10, "hours"), 3: Sla(5, "business_days")}),
    [0.15, 0.5, 0.4, 0.2],
    3000,
    date(2025, 1, 1),
    360,
    AS_OF,
    sources={"web": (0.5, 1.0), "": (0.5, 0.8)},
    silent=0.2,
)


def simulated(filters: Filters = EVERYTHING, **options: Any) -> BottleneckReport:
    found = horizons_of(PLAN.definition, [35, 35, 35, 35])
    options = {"calendar": BusinessCalendar("CN")} | options
    return bottleneck_report(workspace(simulate(PLAN, 4), PLAN.definition, AS_OF, found), filters, **options)


def test_frames_of_one_report_agree_with_each_other() -> None:
    report = simulated(Filters(window=preset_window("6m", AS_OF), source=("web",)))
    assert report.n_leads == simulate(PLAN, 4).filter(pl.col("source").cast(pl.String) == "web").height
    step = report.steps.row(by_predicate=pl.col("is_bottleneck"), named=True)
    parts = report.parts.filter(pl.col("position") == report.bottleneck)
    for dimension in ("source", "owner", "segment"):
        mine = parts.filter(pl.col("dimension") == dimension)
        assert mine["n"].sum() == step["n"]
        assert mine["part_leads"].sum() == pytest.approx(step["shortfall_leads"], abs=1e-9)
    assert report.sla_by_owner["n"].sum() == report.sla["n"].sum()
    late = report.causes.row(by_predicate=(pl.col("cause") == "slow_follow_up") & (pl.col("stage") == "s2"), named=True)
    row = report.sla.row(by_predicate=pl.col("stage") == "s2", named=True)
    assert (late["x"], late["n"]) == (row["late"] + row["overdue"], row["n_judged"] - row["closed_in_time"])
    assert report.waiting_counts["n"].sum() == report.waiting.height
    for row in report.waiting_counts.iter_rows(named=True):
        mine = report.waiting.filter(pl.col("position") == row["position"])
        assert (mine.height, mine["is_overdue"].sum(), mine["is_stale"].sum()) == tuple(row.values())[1:]


def test_the_focus_is_the_bottleneck_or_what_was_asked_for() -> None:
    assert (simulated().bottleneck, simulated().focus) == (2, 2)
    assert simulated(focus="s4").focus == 4
    with pytest.raises(InputError):
        simulated(focus="nowhere")


def test_a_benchmark_can_be_switched_to_the_own_past() -> None:
    window = Filters(window=Window("dates", date(2025, 9, 1), date(2025, 10, 31)))
    assert simulated(window).bottleneck == 2
    switched = simulated(window, own_past=frozenset({"s2"}))
    row = switched.steps.row(by_predicate=pl.col("stage") == "s2", named=True)
    assert row["reference"] == "own_past"
    assert switched.bottleneck is None
    assert "bottleneck.own_past" in {fact.code.removesuffix(".several") for fact in switched.facts}


def test_a_year_without_a_calendar_is_said_and_the_rest_of_the_report_stands() -> None:
    unknown = known_years("CN")[1] + 1
    definition = PLAN.definition
    rows = [{"s1": day(f"{unknown}-03-01 10:00"), "s2": day(f"{unknown}-03-05 10:00")} for _ in range(30)]
    frame = leads(definition, rows, date(unknown, 6, 30))
    report = bottleneck_report(
        workspace(frame, definition, date(unknown, 6, 30), horizons_of(definition, [35, 35, 35, 35])),
        Filters(),
        calendar=BusinessCalendar("CN"),
    )
    assert "sla.calendar_year" in [fact.code for fact in report.facts]
    assert report.sla["unit"].to_list() == ["hours"]  # the deadline in business days is left out
    assert report.steps["n"][0] == 30
    assert str(unknown) in ENGLISH.message(next(f for f in report.facts if f.code == "sla.calendar_year"))


def test_no_leads_and_no_reference() -> None:
    definition = funnel([None, None])
    found = horizons_of(definition, [10, 10])
    empty = bottleneck_report(workspace(leads(definition, []), definition, AS_OF, found), Filters())
    assert (empty.headline.code, empty.n_leads, empty.focus) == ("bottleneck.no_leads", 0, None)
    rows = [{"s1": day("2025-01-01"), "s2": day("2025-01-02")} for _ in range(40)]
    rows += [{"s1": day("2025-01-01"), "s2": day("2025-01-02"), "s3": day("2025-01-04")} for _ in range(10)]
    rows += [{"s1": day("2025-01-01")} for _ in range(50)]
    report = bottleneck_report(workspace(leads(definition, rows), definition, AS_OF, found), Filters())
    assert report.headline.code == "bottleneck.weakest"
    assert (report.headline.params["advanced"], report.headline.params["n"]) == (10, 50)
    assert report.focus == 3


def test_losses_of_unknown_place_are_the_headline_when_nothing_else_is_known() -> None:
    definition = funnel([None, None])
    rows = [{"s1": day("2025-01-01"), "outcome": "lost", "lost_at": day("2025-02-01")} for _ in range(50)]
    report = bottleneck_report(
        workspace(leads(definition, rows), definition, AS_OF, horizons_of(definition, [9, 9])), Filters()
    )
    assert report.headline.code == "bottleneck.cannot_know_where"
    assert report.facts[0].code == "bottleneck.cannot_know.unknown_place.several"
    assert report.focus is None


def test_a_post_sale_step_below_its_range_is_a_fact_of_its_own() -> None:
    definition = funnel([None, None], post_sale=True)
    mark = funnel([0.5, 0.5]).stages[1].benchmark
    stages = (*definition.stages[:-1], replace(definition.stages[-1], benchmark=mark))
    definition = replace(definition, stages=stages)
    rows = [{"s1": day("2025-01-01"), "s2": day("2025-01-02"), "s3": day("2025-01-04")} for _ in range(100)]
    report = bottleneck_report(
        workspace(leads(definition, rows), definition, AS_OF, horizons_of(definition, [9, 9, 9])), Filters()
    )
    assert report.bottleneck is None
    assert "bottleneck.post_sale_below" in [fact.code for fact in report.facts]


def test_a_report_is_frozen() -> None:
    report = simulated()
    with pytest.raises(FrozenInstanceError):
        report.bottleneck = 3  # ty: ignore[invalid-assignment]


# --- sentences ----------------------------------------------------------------------------------------------------


def test_every_sentence_of_a_report_can_be_said_in_both_languages() -> None:
    reports = [
        simulated(),
        simulated(Filters(window=preset_window("3m", AS_OF))),
        simulated(own_past=frozenset({"s2"})),
    ]
    for report in reports:
        for message in everything_said(report):
            for translator in (ENGLISH, CHINESE):
                text = translator.message(message)
                assert "%(" not in text
                assert text != MESSAGES[message.code] or "%(" not in MESSAGES[message.code]


def test_the_catalogue_is_complete_and_keeps_its_placeholders() -> None:
    for code, english in MESSAGES.items():
        chinese = CHINESE(english)
        assert chinese != english or code == "bottleneck.step", code
        assert set(re.findall(r"%\((\w+)\)s", chinese)) == set(re.findall(r"%\((\w+)\)s", english)), code
    for cause in CAUSES:
        assert f"causes.{cause}" in MESSAGES
        assert f"causes.{cause}.unknown" in MESSAGES


# --- real files ---------------------------------------------------------------------------------------------------


@pytest.mark.real_data
def test_enpal_names_its_weakest_step_with_n_and_interval(real_data: Path) -> None:
    """The last step has the lowest rate, but three of four won deals never stood in stage 8: it is not the weakest."""
    report = report_of(real_facts.enpal(real_data), real_facts.ENPAL, Window())
    assert report.headline.code == "bottleneck.weakest_both"
    assert report.focus == 5
    last = report.steps.row(by_predicate=pl.col("position") == 9, named=True)
    # the deals with an own entry into stage 8 are 479 (counted independently), one of them younger than H
    assert 470 <= last["n"] <= 479
    assert last["advanced"] == 80
    assert last["rate"] == pytest.approx(0.167, abs=0.0015)
    assert last["reached_rate"] == pytest.approx(0.448, abs=0.003)
    assert last["rate_low"] < last["rate"] < last["rate_high"]


@pytest.mark.real_data
def test_the_salesforce_snapshot_says_that_it_cannot_place_losses(real_data: Path) -> None:
    report = report_of(real_facts.salesforce(real_data, ("snapshot",)), real_facts.SALESFORCE, Window())
    assert set(report.steps["verdict"]) == {"cannot_know"}
    assert set(report.steps["reason"]) == {"unknown_place"}
    assert report.steps["n_unknown_place"].to_list() == [8] * 8  # 20 closed, 12 won
    assert report.headline.code == "bottleneck.cannot_know_where"
    assert report.steps["rate"].null_count() == 8


@pytest.mark.real_data
def test_maven_says_that_nothing_is_dated_before_engaging(real_data: Path) -> None:
    report = report_of(real_facts.maven(real_data), real_facts.MAVEN, Window())
    first = report.steps.row(0, named=True)
    assert (first["verdict"], first["reason"], first["n_undated"]) == ("cannot_know", "undated", 8800)
    won = report.steps.row(1, named=True)
    assert won["n"] == won["advanced"] + won["lost"] + won["waiting"]
    assert report.headline.code == "bottleneck.only_one"
    assert report.loss_reasons["n"].sum() == 2473
    assert set(report.loss_reasons["kind"]) == {"not_recorded"}


# --- what the page asks the report --------------------------------------------------------------------------------


def test_stakes_per_quarter_are_the_stakes_of_the_window_by_its_length() -> None:
    row = simulated().steps.row(by_predicate=pl.col("stage") == "s2", named=True)
    ratios = [
        row[f"quarter_{name}"] / row[f"stake_{name}"]
        for name in ("customers", "customers_low", "customers_high", "revenue", "revenue_low", "revenue_high")
    ]
    assert ratios == pytest.approx([ratios[0]] * 6)
    # 360 days of entries less H = 35 at the end: the leads of 326 days or a few less
    assert ratios[0] == pytest.approx((365.25 / 4) / 326, rel=0.05)


def test_leads_in_the_window_entered_a_stage_there() -> None:
    window = Filters(window=Window("dates", date(2025, 3, 1), date(2025, 3, 31)))
    keys = ("s1", "s2", "s3", "s4")  # the last stage, repeat, begins no step
    by_hand = sum(
        any(row[f"entered_{key}"] and row[f"entered_{key}"].date().isoformat()[:7] == "2025-03" for key in keys)
        for row in simulate(PLAN, 4).iter_rows(named=True)
    )
    assert simulated(window).n_in_window == by_hand > 0
    assert simulated().n_in_window == simulated().n_leads == 3000


def test_the_baseline_of_a_strategy_is_the_row_of_its_step() -> None:
    report = simulated()
    row = report.steps.row(by_predicate=pl.col("position") == 2, named=True)
    facts = report.baseline(2)
    assert (facts["x"], facts["n"], facts["rate"]) == (row["advanced"], row["n"], row["advanced"] / row["n"])
    assert (facts["low"], facts["reference"], facts["horizon_days"]) == (0.30, "benchmark", 35)
    verdicts = ["significantly_below", "below_not_certain", "within", "above"]
    judged = report.steps.filter(pl.col("verdict").is_in(verdicts))
    assert report.steps_compared == judged.height


def test_a_step_without_dates_of_its_own_is_named() -> None:
    """Stage 2 is never dated: the steps into it and out of it rest on borrowed dates."""
    definition = funnel([None, None, None])
    rows = [{"s1": day("2025-01-01"), "s3": day("2025-01-05"), "s4": day("2025-01-09")} for _ in range(30)]
    found = horizons_of(definition, [9, 9, 9])
    report = bottleneck_report(workspace(leads(definition, rows), definition, AS_OF, found), Filters())
    assert report.seldom_timed == (2, 3)
    slow = report.causes.filter(pl.col("cause") == "long_wait")
    assert set(slow["stand"]) == {"cannot_know"}
    assert simulated().seldom_timed == ()


def test_a_share_of_the_cycle_is_not_told_where_most_wins_skip_a_stage() -> None:
    """Of 30 wins 10 enter stage 2, on the fifth of eight days: among those the step takes half of the time, while the
    other 20 would add nothing but zeros."""
    definition = funnel([None, None, None])
    whole = {"s1": day("2025-01-01"), "s2": day("2025-01-05"), "s3": day("2025-01-05"), "s4": day("2025-01-09")}
    jumping = {"s1": day("2025-01-01"), "s3": day("2025-01-01"), "s4": day("2025-01-09")}
    found = horizons_of(definition, [9, 9, 9])

    def told(n_jumping: int) -> tuple[tuple[int, ...], set[str]]:
        rows = [jumping] * n_jumping + [whole] * (30 - n_jumping)
        report = bottleneck_report(workspace(leads(definition, rows), definition, AS_OF, found), Filters())
        return report.seldom_timed, set(report.causes.filter(pl.col("cause") == "long_wait")["stand"])

    assert told(20) == ((2, 3), {"cannot_know"})
    assert told(15)[0] == ()
    assert "cannot_know" not in told(15)[1]


def test_who_waits_is_known_by_a_deadline_or_a_usual_duration() -> None:
    definition = funnel([None, None])
    rows = [{"s1": day("2025-01-01")} for _ in range(30)]
    unknown = horizons_of(definition, [9, 9]).with_columns(days=pl.lit(None, dtype=pl.Float64))
    asked = {"h": horizons_of(definition, [9, 9]), "none": unknown}
    reports = {
        name: bottleneck_report(workspace(leads(definition, rows), definition, AS_OF, found), Filters())
        for name, found in asked.items()
    }
    assert reports["h"].knows_who_waits
    assert not reports["none"].knows_who_waits
    assert simulated().knows_who_waits


def test_all_groups_below_are_not_blamed_on_one() -> None:
    definition = funnel([0.5, None])
    rows = [{"s1": day("2025-01-01"), "source": name} for name in ("a", "b") for _ in range(30)]
    report = bottleneck_report(
        workspace(leads(definition, rows), definition, AS_OF, horizons_of(definition, [9, 9])), Filters()
    )
    row = report.causes.row(by_predicate=(pl.col("cause") == "weak_source") & (pl.col("stage") == "s2"), named=True)
    assert row["stand"] == "contradicts"
    assert "Not one source alone" in ENGLISH.message(report.cause_message(row))


# --- likely causes ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample_data(sample: tuple[Facts, FunnelDefinition]) -> WorkspaceData:
    facts, definition = sample
    return load_workspace(
        name="sample", is_sample=True, facts=facts, definition=definition, spend=empty(Spend), settings={}
    )


def causes_at(data: WorkspaceData, stage: str) -> tuple[BottleneckReport, LikelyCauses]:
    assert data.as_of is not None
    report = bottleneck_report(workspace(data.journeys, data.definition, data.as_of, data.horizons), Filters())
    entries = load_playbook(ROOT / "data" / "playbook.toml")
    return report, likely_causes(report, data, entries, data.definition.position(stage))


def test_every_cause_of_the_playbook_has_a_figure_that_says_how_it_stands(sample_data: WorkspaceData) -> None:
    order = ["supports", "unclear", "cannot_know", "contradicts"]
    for stage in sample_data.definition.keys[1:]:
        report, found = causes_at(sample_data, stage)
        stands = [order.index(cause.stand) for cause in found.entries]
        assert stands == sorted(stands)
        assert found.entries
        told = {code for cause in found.entries for code in cause.entry.causes}
        rows = report.causes.filter(pl.col("stage") == stage)
        assert set(found.others["cause"]) == set(rows["cause"]) - told
        for cause in found.entries:
            assert cause.evidence, cause.entry.key
            for translator in (ENGLISH, CHINESE):
                assert all(translator.message(message) for message in cause.evidence)


def test_slow_follow_up_is_supported_in_screening(sample_data: WorkspaceData) -> None:
    report, found = causes_at(sample_data, "intent")
    cause = next(cause for cause in found.entries if cause.entry.key == "intent_first_contact")
    row = report.sla.row(by_predicate=pl.col("stage") == "intent", named=True)
    assert cause.stand == "supports"
    figure = next(message for message in cause.evidence if message.code == "causes.slow_follow_up")
    assert (figure.params["x"], figure.params["n"]) == (
        row["late"] + row["overdue"],
        row["n_judged"] - row["closed_in_time"],
    )


def test_figures_of_the_playbook_itself_are_counted(sample_data: WorkspaceData) -> None:
    """Skips and repeat purchases counted here from the journeys in plain Python."""
    rows = sample_data.journeys.to_dicts()
    reached = [row for row in rows if row["furthest_stage"] >= 3]
    skipped = [row for row in reached if row["entered_opportunity"] is None]
    _, found = causes_at(sample_data, "opportunity")
    figure = next(cause for cause in found.entries if cause.entry.key == "opportunity_skipped").evidence[0]
    assert (figure.params["x"], figure.params["n"]) == (len(skipped), len(reached))
    customers = [row for row in rows if row["outcome"] == "won" and row["is_first_win"]]
    again = [row for row in customers if row["has_repeat"]]
    _, found = causes_at(sample_data, "repeat")
    figure = next(cause for cause in found.entries if cause.entry.key == "repeat_follow_up").evidence[0]
    assert (figure.params["x"], figure.params["n"]) == (len(again), len(customers))


def test_a_figure_that_the_data_does_not_carry_is_said(sample_data: WorkspaceData) -> None:
    """Stage 3 without any own entry: whether it is skipped cannot be known."""
    definition = sample_data.definition
    rows = [{"lead": day("2025-01-01"), "won": day("2025-01-09")} for _ in range(30)]
    journeys = leads(definition, rows).collect()
    found = horizons(journeys.lazy(), definition, AS_OF)
    data = replace(sample_data, journeys=journeys, horizons=found, as_of=AS_OF, latest=AS_OF)
    _, causes = causes_at(data, "opportunity")
    cause = next(cause for cause in causes.entries if cause.entry.key == "opportunity_skipped")
    assert cause.stand == "cannot_know"
    assert [message.code for message in cause.evidence] == ["figures.skip_share.unknown"]
