"""The retrospective report: one story, the sample company, freezing to the last digit, and what differs later."""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.sample import generator as sample
from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.filters import Filters, Window
from funnel.i18n.translator import Translator
from funnel.metrics.comparison.promise import KnownChange, StrategyRun
from funnel.metrics.comparison.simplification import StageChange, simplified
from funnel.metrics.comparison.windows import PairChoice
from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.steps.horizons import horizons
from funnel.planning.feedback.decisions import Decision
from funnel.planning.feedback.voices import Feedback
from funnel.planning.strategies.playbook import load_playbook
from funnel.reports.retrospective.freezing import freeze, thaw
from funnel.reports.retrospective.frozen_figures import differences, reasons
from funnel.reports.retrospective.report import ImportMark, RetrospectiveReport, retrospective_report
from funnel.reports.retrospective.windows import activity_windows, cohort_windows
from tests.conftest import ROOT
from tests.factories import GUIDE, facts, journeys, lead, log, workspace
from tests.simulation import journeys_frame

QUESTIONNAIRE = StrategyRun(
    "q",
    "Needs questionnaire",
    "intent",
    sample.QUESTIONNAIRE_FROM,
    decision_on=sample.AS_OF,
    promised_pp=10.0,
    stated_rate=0.15,
)


@cache
def sample_journeys(seed: int) -> pl.DataFrame:
    """The generator's leads as journeys, without files and without our import."""
    leads = sample.generate(seed)

    def column(*names: str) -> np.ndarray:
        found = [min((at for name in names if (at := getattr(one, name))), default=None) for one in leads]
        return np.array(found, dtype="datetime64[us]")

    entered = {
        "lead": column("created_at"),
        "intent": column("intent_at"),
        "opportunity": column("opportunity_at"),
        "won": column("won_at"),
        "repeat": column("repurchase_at", "referral_at"),
    }
    reached = np.stack([~np.isnat(values) for values in entered.values()])
    return journeys_frame(
        GUIDE,
        entered,
        furthest=reached.sum(axis=0),
        lost_at=column("lost_at"),
        amount=np.array([one.amount if one.amount else np.nan for one in leads], dtype=float),
        source=[one.source for one in leads],
        as_of=sample.AS_OF,
    ).with_columns(owner=pl.Series([one.owner for one in leads]).cast(pl.Categorical))


@cache
def sample_report(seed: int = sample.SEED, **changes: Any) -> RetrospectiveReport:
    table = sample_journeys(seed).lazy()
    asked: dict[str, Any] = {
        "strategies": (QUESTIONNAIRE,),
        "imports": (ImportMark(1, "leads.csv"),),
    } | changes
    return retrospective_report(
        workspace(table, GUIDE, sample.AS_OF, horizons(table, GUIDE, sample.AS_OF)), Filters(), **asked
    )


# --- the sample company --------------------------------------------------------------------------------------------


def test_screening_improved_as_the_generator_made_it() -> None:
    """The true rates within H days, from the parameters the generator publishes, lie in the intervals."""
    row = sample_report().comparison.row(0, named=True)
    assert row["verdict"] == "improved"
    truth = [sample.true_within(row["horizon_days"], questionnaire=q) for q in (False, True)]
    assert row["low_before"] <= truth[0] <= row["high_before"]
    assert row["low_after"] <= truth[1] <= row["high_after"]
    assert row["change_low_pp"] <= 100 * (truth[1] - truth[0]) <= row["change_high_pp"]


def test_nothing_else_is_said_to_have_changed() -> None:
    """For at least 95 % of the seeds, whose later steps are the same in all months."""
    seeds = range(1, 8)
    false = [
        seed
        for seed in seeds
        if sample_report(seed).comparison[1:]["verdict"].is_in(["improved", "worsened", "depends_on_skips"]).any()
    ]
    found = [seed for seed in seeds if sample_report(seed).comparison["verdict"][0] == "improved"]
    assert len(false) <= 1  # a binomial of 7 and 5 % exceeds 1 in 4 % of the cases
    assert len(found) == len(seeds)


def test_the_waterfall_of_the_sample_adds_up() -> None:
    for basis in ("activity", "lead_cohort"):
        report = sample_report(basis=basis)
        assert report.basis == basis
        before, after = report.funnel["n_before"][-1], report.funnel["n_after"][-1]
        amounts = report.funnel.row(-1, named=True)
        assert math.fsum(report.drivers["customers"]) == pytest.approx(after - before, abs=1e-9)
        change = amounts["amount_after"] - amounts["amount_before"]
        assert math.fsum(report.drivers["revenue"]) == pytest.approx(change, abs=1e-9 * amounts["amount_after"])


def test_a_window_at_the_beginning_of_the_data_is_named() -> None:
    """The sample begins on 1 January: early in it no lead could have been won yet."""
    assert "retrospective.start_of_data" in [message.code for message in sample_report().facts]
    cohort = sample_report(basis="lead_cohort")
    assert "retrospective.start_of_data" not in [message.code for message in cohort.facts]
    month = sample_report(choice=PairChoice("month", month=date(2026, 6, 1)))
    assert "retrospective.start_of_data" not in [message.code for message in month.facts]


def windows_of(report: RetrospectiveReport, **asked: bool) -> list[tuple[str, str, date | None]]:
    """Code, step and first day of the window after (null: a note without one) of each note on windows."""
    said = report.window_notes(**asked)
    named = [(one, Translator("en").message(one.params["step"])) for one in said]
    return [(one.code.removeprefix("comparison."), step, one.params.get("after_start")) for one, step in named]


def test_the_headline_names_the_months_of_the_steps_that_it_judges() -> None:
    """Around a change: of the one step that improved; the section of steps names those of all three."""
    change = date(2026, 3, 15)
    report = sample_report(choice=PairChoice("change", change_on=change))
    assert [message.code for message in report.headline][1:] == ["comparison.improved"]
    assert windows_of(report, of_headline=True) == [
        ("shifted", "lead → intent", change), ("cut", "lead → intent", None),
    ]  # fmt: skip
    assert len(windows_of(report)) == 6
    assert windows_of(sample_report(), of_headline=True) == [], "those of the caption"


def test_that_no_step_changed_is_said_of_named_months() -> None:
    """June is too young to be followed: the steps compare May with April, and the headline says so of each."""
    report = sample_report(choice=PairChoice("months", months=1))
    assert [message.code for message in report.headline][-1] == "comparison.headline.no_change"
    steps = ["lead → intent", "intent → opportunity", "opportunity → won"]
    assert windows_of(report, of_headline=True) == [("moved_back", step, date(2026, 5, 1)) for step in steps]


def test_customers_of_the_sample_counted_by_hand() -> None:
    leads = sample.generate()
    won = [one.won_at.date() for one in leads if one.won_at]
    report = sample_report()
    assert report.funnel["n_before"][-1] == sum(date(2026, 1, 1) <= day <= date(2026, 3, 31) for day in won)
    assert report.funnel["n_after"][-1] == sum(date(2026, 4, 1) <= day <= date(2026, 6, 30) for day in won)
    figures = {row["figure"]: row for row in report.figures.iter_rows(named=True)}
    assert figures["customers"]["value_after"] == report.funnel["n_after"][-1]
    assert figures["customers"]["change"] == report.funnel["n_after"][-1] - report.funnel["n_before"][-1]
    assert figures["leads"]["value_before"] == sum(sample.LEADS_PER_MONTH[:3])


def test_the_promise_of_the_questionnaire_is_judged() -> None:
    row = sample_report().promises.row(0, named=True)
    assert 0.95 <= row["p_rose"] <= 1 and row["p_rose"] >= row["p_half"] >= row["p_promise"] > 0
    assert (row["recommendation"], row["is_interim"], row["stated_rate"]) == ("continue", False, 0.15)
    assert row["before_end"] < sample.QUESTIONNAIRE_FROM - timedelta(days=int(row["horizon_days"]))


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_everything_the_report_says_is_a_sentence(language: str) -> None:
    report, t = sample_report(changes=(KnownChange("p", "New price list", date(2026, 5, 1)),)), Translator(language)
    said = [*report.headline, *report.facts, *report.mix_notes(), *report.proposals(), report.promise("q")]
    for stage in GUIDE.keys[1:]:
        said += [report.verdict(stage), *report.notes(stage)]
        note = report.month_note(stage)
        said += [note] if note else []
    said += [report.duration(stage) for stage in report.durations["stage"]]
    said += [report.control_note(stage) for stage in report.control["stage"].unique()]
    for message in said:
        sentence = t.message(message)
        assert sentence and not re.search(r"%\(|None|nan", sentence), message


def test_headline_names_customers_and_what_changed() -> None:
    headline = sample_report().headline
    # The sample's first window lies at the start of its data: a split would credit what is only missing there.
    assert [message.code for message in headline] == ["retrospective.wins_at_the_start", "comparison.improved"]
    assert headline[0].params["said"].code == "comparison.headline.customers_rose_only"
    calm = retrospective_report(
        workspace(
            journeys(log(*[lead(f"L{i}", "2024-01-01 lead") for i in range(3)]), as_of="2024-06-30"),
            GUIDE,
            date(2024, 6, 30),
            horizons(sample_journeys(1).lazy(), GUIDE, sample.AS_OF),
        ),
        Filters(),
    )
    assert [message.code for message in calm.headline] == [
        "comparison.headline.customers_same",
        "comparison.headline.none_judged",
    ]


def test_an_empty_workspace_has_a_report() -> None:
    table = sample_journeys(1).clear().lazy()
    report = retrospective_report(
        workspace(table, GUIDE, sample.AS_OF, horizons(table, GUIDE, sample.AS_OF)), Filters()
    )
    assert report.n_leads == 0
    assert report.comparison["verdict"].unique().to_list() == ["history_too_short"]
    assert thaw(freeze(report)) is not None


def test_filters_narrow_the_leads_and_not_the_horizon() -> None:
    table = sample_journeys(sample.SEED).lazy()
    known = horizons(table, GUIDE, sample.AS_OF)
    web = retrospective_report(workspace(table, GUIDE, sample.AS_OF, known), Filters(source=("video",)))
    assert web.n_leads == sum(one.source == "video" for one in sample.generate())
    assert web.comparison["horizon_days"].to_list() == sample_report().comparison["horizon_days"].to_list()


def test_undated_leads_are_named() -> None:
    table = sample_journeys(sample.SEED).with_columns(
        created_at=pl.when(pl.col("lead_id") == "L0").then(None).otherwise(pl.col("created_at"))
    )
    report = retrospective_report(workspace(table, GUIDE, sample.AS_OF, sample_report().horizons), Filters())
    assert ("retrospective.undated", 1) in [(m.code, m.params.get("n")) for m in report.facts]
    won = table.filter(pl.col("outcome").cast(pl.String) == "won")["lead_id"][0]
    dateless = table.with_columns(next_won=pl.when(pl.col("lead_id") != won).then(pl.col("next_won")))
    n_won = int((table["outcome"].cast(pl.String) == "won").sum())
    for undated, code in ((1, "retrospective.wins_at_the_start"), (n_won // 5, "retrospective.wins_undated")):
        data = workspace(dateless, GUIDE, sample.AS_OF, sample_report().horizons)
        carried = replace(data, support=replace(data.support, wins=(n_won, n_won - undated)))
        report = retrospective_report(carried, Filters())
        assert report.headline[0].code == code
        assert report.drivers.is_empty() == (code == "retrospective.wins_undated")
        said = Translator("en").message(report.headline[0])
        assert f"{undated} of {n_won} wins" in said


# --- windows -------------------------------------------------------------------------------------------------------


def dates(first: tuple[int, int], last: tuple[int, int], years: tuple[int, int] = (2026, 2026)) -> Window:
    return Window("dates", date(years[0], *first), date(years[1], *last))


def test_an_unfinished_month_is_compared_with_as_many_days() -> None:
    assert activity_windows(PairChoice(), date(2026, 6, 30)) == (dates((1, 1), (3, 31)), dates((4, 1), (6, 30)))
    # 1 April to 10 June are 71 days; the 71 days before end on 31 March.
    assert activity_windows(PairChoice(), date(2026, 6, 10)) == (dates((1, 20), (3, 31)), dates((4, 1), (6, 10)))
    change = PairChoice("change", change_on=date(2026, 5, 1))
    assert activity_windows(change, date(2026, 6, 10)) == (dates((3, 21), (4, 30)), dates((5, 1), (6, 10)))
    ended = replace(change, until=date(2026, 5, 10))
    assert activity_windows(ended, date(2026, 6, 10)) == (dates((4, 21), (4, 30)), dates((5, 1), (5, 10)))


def test_cohorts_are_old_enough_to_be_followed() -> None:
    # Followed for 40 days: the last whole month is April.
    assert cohort_windows(PairChoice(), date(2026, 6, 30), 40) == (
        dates((11, 1), (1, 31), (2025, 2026)),
        dates((2, 1), (4, 30)),
    )
    change = PairChoice("change", change_on=date(2026, 5, 1))
    assert cohort_windows(change, date(2026, 6, 30), 40) == (dates((3, 1), (3, 21)), dates((5, 1), (5, 21)))
    assert cohort_windows(change, date(2026, 6, 30), 70) is None
    assert cohort_windows(PairChoice("month", month=date(2026, 6, 1)), date(2026, 6, 30), 10) is None


def test_a_cohort_too_young_falls_back_and_says_so() -> None:
    report = sample_report(basis="lead_cohort", choice=PairChoice("month", month=date(2026, 6, 1)))
    assert report.basis == "activity"
    assert "retrospective.cohort_too_young" in [message.code for message in report.facts]


# --- feedback and decisions ----------------------------------------------------------------------------------------


NASTY = Feedback(
    "f1",
    date(2026, 6, 5),
    "lost",
    "won",
    'too <b>dear</b> "really"',
    "<script>alert('x')</script> 😀 太贵了",
    "L7",
    "Li",
)


def story_report() -> RetrospectiveReport:
    lost = [lead(f"L{i}", f"2026-06-0{1 + i} lead, 2026-06-1{i} @lost", lost_reason="Price too high") for i in range(4)]
    lost += [lead("M", "2026-05-01 lead, 2026-05-09 @lost", lost_reason="No need")]
    known = facts(log(*lost), imported_at=datetime(2026, 7, 1))
    table = build_journeys(known, GUIDE, date(2026, 6, 30)).collect().lazy()
    return retrospective_report(
        workspace(table, GUIDE, date(2026, 6, 30), horizons(table, GUIDE, date(2026, 6, 30))),
        Filters(),
        feedback=[NASTY, Feedback("f2", date(2026, 6, 8), "won", "won", "honest demo", "…")],
        decisions=[
            Decision("d1", date(2026, 5, 1), "Cost breakdown in every quote", "Li", date(2026, 6, 15)),
            Decision("d2", date(2026, 6, 1), "Keep the questionnaire"),
            Decision("d3", date(2026, 4, 1), "Old and done", state="done"),
        ],
        playbook=load_playbook(ROOT / "data" / "playbook.toml"),
    )


def test_voices_of_people_and_loss_reasons_are_counted_together() -> None:
    report = story_report()
    june = report.themes.filter(pl.col("month") == date(2026, 6, 1))
    assert june.select("voice", "stage", "theme", "n", "n_import").rows() == [
        ("won", "won", "honest demo", 1, 0),
        ("lost", "intent", "Price too high", 4, 4),
        ("lost", "won", NASTY.theme, 1, 0),
    ]
    grown = report.growing.row(0, named=True)
    assert (grown["theme"], grown["n"], grown["total"], grown["n_before"]) == ("Price too high", 4, 4, 0)
    assert report.feedback["feedback_id"].to_list() == ["f2", "f1"]


def test_last_months_decisions_come_first() -> None:
    rows = story_report().decisions.select("decision_id", "is_earlier", "is_overdue").rows()
    assert rows == [("d1", True, True), ("d2", False, False)]


# --- freezing ------------------------------------------------------------------------------------------------------


def same(one: RetrospectiveReport, other: RetrospectiveReport) -> bool:
    for field in fields(one):
        mine, its = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, pl.DataFrame):
            if mine.schema != its.schema or not mine.equals(its):
                return False
        elif mine != its:
            return False
    return True


def test_a_frozen_report_reads_back_to_the_last_digit() -> None:
    for report in (sample_report(), story_report(), sample_report(basis="lead_cohort")):
        text = freeze(report)
        assert same(thaw(text), report)
        assert freeze(thaw(text)) == text
        json.loads(text)


def test_floats_keep_every_digit() -> None:
    values = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 30.0]
    frame = pl.DataFrame({"x": values, "at": [datetime(2026, 1, 2, 3, 4, 5, 678901)] * 6})
    back = thaw(freeze(frame))
    assert back.schema == frame.schema and back["x"].to_list() == values
    assert [math.copysign(1, v) for v in back["x"]] == [math.copysign(1, v) for v in values]
    assert back["at"].to_list() == frame["at"].to_list()


def test_what_is_not_a_report_is_refused() -> None:
    with pytest.raises(TypeError):
        freeze({"x": object()})
    for text in ("not json", '{"$":"nothing"}', '{"no":"tag"}'):
        with pytest.raises(InputError, match=r"retrospective\.unreadable"):
            thaw(text)


def test_a_later_import_changes_today_and_not_what_was_frozen() -> None:
    table = sample_journeys(sample.SEED)
    known = sample_report().horizons

    def report(leads: pl.DataFrame, *files: str, definition: FunnelDefinition = GUIDE) -> RetrospectiveReport:
        marks = [ImportMark(i, name) for i, name in enumerate(files, 1)]
        return retrospective_report(workspace(leads, definition, sample.AS_OF, known), Filters(), imports=marks)

    early = report(table.head(1500), "a.csv")
    text = freeze(early)
    today = report(table, "a.csv", "b.csv")
    frozen = thaw(text)
    assert same(frozen, early)
    changed = differences(frozen, today)
    row = changed.filter(
        (pl.col("section") == "comparison") & (pl.col("row") == "intent") & (pl.col("figure") == "n_after")
    )
    assert row.select("frozen", "today").row(0) == (early.comparison["n_after"][0], today.comparison["n_after"][0])
    assert [(m.code, m.params.get("files")) for m in reasons(frozen, today)] == [
        ("retrospective.new_imports", ["b.csv"])
    ]
    assert [m.code for m in reasons(today, early)] == ["retrospective.undone_imports"]
    assert differences(frozen, early).is_empty() and reasons(frozen, early) == ()


def test_a_new_definition_is_named_as_the_reason() -> None:
    today = sample_report()
    other, _ = simplified(GUIDE, StageChange("remove", "opportunity"))
    assert [m.code for m in reasons(replace(today, definition=other), today)] == ["retrospective.new_definition"]
    later = replace(today, as_of=date(2026, 7, 1), choice=PairChoice(months=6), lines=today.lines.clear())
    assert [m.code for m in reasons(today, later)] == [
        "retrospective.other_day",
        "retrospective.other_question",
        "retrospective.edited_strategies",
    ]


def test_text_and_missing_rows_differ_as_text_and_nothing() -> None:
    today = sample_report()
    other = replace(today, comparison=today.comparison.with_columns(verdict=pl.lit("worsened")).head(1))
    found = differences(today, other).filter(pl.col("figure") == "verdict")
    assert found.filter(pl.col("row") == "intent").select("frozen_text", "today_text").row(0) == (
        "improved",
        "worsened",
    )
    assert found.filter(pl.col("row") == "won")["today_text"].to_list() == [None]


def test_a_key_figure_that_is_added_later_is_no_difference() -> None:
    today = sample_report()
    frozen = replace(today, figures=today.figures.filter(pl.col("figure") != "revenue"))
    assert differences(frozen, today).is_empty()
    assert set(differences(today, frozen)["row"]) == {"revenue"}
