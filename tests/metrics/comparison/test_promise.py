"""Promise against result: probabilities against a simulation, recommendations, steps picked as the worst."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from funnel.i18n.translator import Translator
from funnel.metrics import statistics
from funnel.metrics.comparison import verdicts
from funnel.metrics.comparison.compare import compare_days
from funnel.metrics.comparison.promise import KnownChange, StrategyRun, judge_promises, overlaps, recommendation
from funnel.metrics.comparison.windows import Selection
from tests.metrics.comparison.test_comparison import ONE_STEP, counted
from tests.simulation import horizons_of
from tests.simulation_comparison import upper_limit

START = date(2025, 4, 1)
AS_OF = date(2025, 6, 30)
EARLIER, BEFORE, AFTER = "2024-11-10", "2025-02-10", "2025-05-10"  # H = 10: before the change from 11 December on


def judged(days: pl.DataFrame, **changes: Any) -> dict[str, Any]:
    run = replace(StrategyRun("q", "Questionnaire", "intent", START), **changes)
    known = horizons_of(ONE_STEP, [10.0, 10.0])
    return judge_promises(days, ONE_STEP, known, AS_OF, [run]).row(0, named=True)


def test_probabilities_against_a_simulation() -> None:
    row = judged(counted((BEFORE, 360, 54), (AFTER, 250, 62)), promised_pp=10.0)
    rng = np.random.default_rng(1)
    rise = rng.beta(62.5, 188.5, 2_000_000) - rng.beta(54.5, 306.5, 2_000_000)
    for name, least in (("p_rose", 0.0), ("p_half", 0.05), ("p_promise", 0.10)):
        assert row[name] == pytest.approx(np.mean(rise >= least), abs=1.5e-3)
    assert (row["recommendation"], row["reason"]) == ("continue", "rose")


def test_leads_of_a_swinging_step_say_less() -> None:
    """Nine months that swing σ times as widely as chance: the same counts weigh 1/σ², as a simulation of so many
    leads shows."""
    before = [0.30, 0.12, 0.27, 0.10, 0.31, 0.15, 0.28, 0.07, 0.20]
    days = [date(2024 + (5 + i) // 12, (5 + i) % 12 + 1, 10) for i in range(9)]  # June 2024 to February 2025
    sides = [(day.isoformat(), 400, round(400 * rate)) for day, rate in zip(days, before, strict=True)]
    row = judged(counted(*sides, (AFTER, 250, 62)), promised_pp=10.0)
    swing = statistics.swing([x for _, _, x in sides], [n for _, n, _ in sides])
    assert swing is not None and swing.varies
    weight = 1 / swing.sigma_z**2
    rng = np.random.default_rng(2)

    def rate(x: float, n: float) -> np.ndarray:
        return rng.beta(weight * x + 0.5, weight * (n - x) + 0.5, 1_000_000)

    rise = rate(62, 250) - rate(row["x_before"], row["n_before"])
    assert row["p_rose"] == pytest.approx(np.mean(rise >= 0), abs=2e-3)
    assert row["p_promise"] == pytest.approx(np.mean(rise >= 0.10), abs=2e-3)


def test_probability_of_a_rise_in_closed_form() -> None:
    """Two uniform rates (½ + x = 1 on both sides): P(later - earlier ≥ d) = (1 - d)² / 2, the area of a triangle."""
    for d in (0.0, 0.1, 0.5, 0.9):
        assert statistics.probability_of_rise(0.5, 1, 0.5, 1, d) == pytest.approx((1 - d) ** 2 / 2, abs=1e-8)
    assert statistics.probability_of_rise(0, 50, 0, 50) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("probabilities", "stop", "expected"),
    [
        ((0.96, 0.60, 0.30), False, ("continue", "rose")),
        ((0.96, 0.45, 0.30), False, ("undecided", "not_settled")),
        ((0.70, 0.15, 0.04), False, ("replace", "promise_out_of_reach")),
        ((0.70, 0.25, 0.04), False, ("undecided", "not_settled")),
        ((0.05, 0.01, 0.00), False, ("pause", "fell")),
        ((0.99, 0.90, 0.80), True, ("pause", "stop_rule")),
        ((None, None, None), False, ("undecided", "too_little_data")),
        ((None, None, None), True, ("pause", "stop_rule")),
    ],
)
def test_recommendations(probabilities: tuple[Any, Any, Any], stop: bool, expected: tuple[str, str]) -> None:
    assert recommendation(*probabilities, stop) == expected


def test_reasons_where_nothing_can_be_said() -> None:
    few = judged(counted((BEFORE, 360, 54), (AFTER, 19, 9)))
    assert (few["recommendation"], few["reason"], few["p_rose"]) == ("undecided", "too_little_data", None)
    undated = judged(counted((BEFORE, 360, 54), (AFTER, 250, 70), n_undated=30))
    assert (undated["recommendation"], undated["reason"]) == ("undecided", "undated")
    run = StrategyRun("q", "Questionnaire", "intent", START)
    no_h = judge_promises(counted((BEFORE, 360, 54)), ONE_STEP, horizons_of(ONE_STEP, [None, 10.0]), AS_OF, [run])
    assert no_h["reason"].to_list() == ["history_too_short"]


def test_only_started_strategies_of_a_step_are_judged() -> None:
    runs = [
        StrategyRun("later", "later", "intent", date(2025, 7, 1)),
        StrategyRun("first stage", "more leads", "lead", START),
        StrategyRun("gone", "gone", "demo", START),
        StrategyRun("yes", "yes", "won", START, decision_on=date(2025, 8, 1)),
    ]
    table = judge_promises(counted((BEFORE, 60, 5)), ONE_STEP, horizons_of(ONE_STEP, [10.0, 10.0]), AS_OF, runs)
    assert table.select("strategy_id", "is_interim").rows() == [("yes", True)]


def test_a_strategy_that_has_ended_is_judged_by_its_own_days() -> None:
    days = counted((BEFORE, 360, 54), ("2025-04-20", 100, 30), (AFTER, 250, 62))
    row = judged(days, ends_on=date(2025, 4, 30), state="paused")
    assert (row["after_end"], row["n_after"], row["x_after"]) == (date(2025, 4, 30), 100, 30)


def test_what_ran_at_the_same_time_is_listed() -> None:
    days = counted((BEFORE, 360, 54), (AFTER, 250, 62))
    known = horizons_of(ONE_STEP, [10.0, 10.0])
    runs = [
        StrategyRun("q", "Questionnaire", "intent", START),
        StrategyRun("d", "Demo", "won", date(2025, 5, 1)),
        StrategyRun("old", "Old", "won", date(2023, 1, 1), ends_on=date(2024, 6, 30)),
    ]
    changes = [KnownChange("price", "New price list", date(2025, 2, 1), ends_on=date(2025, 2, 28))]
    comparison = compare_days(days, ONE_STEP, known, AS_OF).head(1)
    promises = judge_promises(days, ONE_STEP, known, AS_OF, runs[:1])
    found = overlaps(comparison, promises, runs, changes)
    assert found.select("subject", "other_id", "in_before", "in_after").rows() == [
        (None, "q", False, True),
        (None, "d", False, True),
        (None, "price", True, False),
        ("q", "d", False, True),
        ("q", "price", True, False),
    ]


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_every_reason_is_a_sentence(language: str) -> None:
    row = judged(counted((BEFORE, 360, 54), (AFTER, 250, 62)))
    reasons = ["rose", "fell", "stop_rule", "promise_out_of_reach", "not_settled", "too_little_data"]
    for reason in [*reasons, "history_too_short", "undated"]:
        sentence = Translator(language).message(verdicts.promise_message(ONE_STEP, row | {"reason": reason}))
        assert "Questionnaire" in sentence and not re.search(r"%\(|None", sentence)


# --- regression to the mean ----------------------------------------------------------------------------------------


N, RATE = 300, 0.20
"""Leads of each of five equal steps in each window, and the rate of all of them."""


def _told(rng: np.random.Generator, with_history: bool) -> dict[str, Any]:
    """The worst of the five, judged with the knowledge that it was picked. Nothing changed."""
    sides = [(BEFORE, N, int(rng.binomial(N, RATE, 5).min())), (AFTER, N, int(rng.binomial(N, RATE)))]
    if with_history:
        sides.append((EARLIER, N, int(rng.binomial(N, RATE))))
    return judged(counted(*sides), selection=Selection(date(2025, 1, 1), date(2025, 3, 31), 5))


@pytest.mark.parametrize(("with_history", "baseline"), [(True, "before_selection"), (False, "shrunk")])
def test_the_worst_of_five_steps_does_not_rise_by_being_picked(with_history: bool, baseline: str) -> None:
    rng, n = np.random.default_rng(5), 150
    rows = [_told(rng, with_history) for _ in range(n)]
    assert {row["baseline"] for row in rows} == {baseline}
    assert abs(np.mean([row["change_pp"] for row in rows])) <= 1.0
    assert sum(row["p_rose"] > 0.9 for row in rows) <= upper_limit(n, 0.12)


def test_without_the_correction_picked_steps_seem_to_rise() -> None:
    """The control: the same steps against the window that selected them."""
    rng, n = np.random.default_rng(6), 1000
    picked, after = rng.binomial(N, RATE, (n, 5)).min(axis=1), rng.binomial(N, RATE, n)
    assert np.mean(after - picked) / N > 0.015
    seems = [statistics.probability_of_rise(int(x1), N, int(x0), N) > 0.9 for x1, x0 in zip(after, picked, strict=True)]
    assert np.mean(seems) >= 0.25
