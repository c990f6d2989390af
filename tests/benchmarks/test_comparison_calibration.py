"""Is before / after honest? 2,000 simulated companies for each claim of metrics.md section 6, the naive way beside.

Takes an hour on two cores; run it with
``python -m pytest tests/benchmarks/test_comparison_calibration.py -o addopts= -s``.
Small versions stay in ``tests/metrics/comparison/test_comparison.py`` and ``tests/metrics/comparison/test_promise.py``.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from funnel.metrics.comparison.compare import compare_days
from funnel.metrics.comparison.windows import PairChoice
from tests.simulation_comparison import (
    AS_OF,
    FOUR_STEPS,
    GUIDE_RATES,
    Company,
    changed,
    company,
    naive_alarm,
    swinging,
    upper_limit,
)

RUNS = 2000


@pytest.fixture(autouse=True)
def frozen_garbage() -> Iterator[None]:
    """statsmodels collects garbage at every Holm adjustment; frozen objects are not looked at again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def verdicts(one: Company, **kwargs: Any) -> pl.DataFrame:
    return compare_days(one.counted(), FOUR_STEPS, one.horizons_frame(), AS_OF, **kwargs)


def any_change(table: pl.DataFrame) -> bool:
    return bool(table["verdict"].is_in(["improved", "worsened"]).any())


def once(benchmark: Any, work: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Run the simulation one time, measured, and say its figures."""
    found = benchmark.pedantic(work, rounds=1, iterations=1)
    print(found)
    return found


@pytest.mark.parametrize("leads_a_month", [60, 120, 200, 400])
def test_false_verdicts_without_a_change(benchmark: Any, leads_a_month: int) -> None:
    def work() -> dict[str, float]:
        rng = np.random.default_rng(1000 + leads_a_month)
        false = judged = naive = 0
        for _ in range(RUNS):
            one = company(rng, leads_a_month)
            table = verdicts(one)
            false += any_change(table)
            judged += table["p_adjusted"].count()
            naive += naive_alarm(one)
        return {"leads": leads_a_month, "false": false / RUNS, "judged": judged / RUNS, "naive": naive / RUNS}

    found = once(benchmark, work)
    assert found["false"] * RUNS <= upper_limit(RUNS, 0.05)
    assert found["judged"] >= 2 or leads_a_month == 60
    assert found["naive"] > 0.30


@pytest.mark.parametrize(("leads_a_month", "at_least"), [(60, 0.0), (120, 0.85), (200, 0.95)])
def test_true_rise_from_15_to_28(benchmark: Any, leads_a_month: int, at_least: float) -> None:
    def work() -> dict[str, float]:
        rng = np.random.default_rng(2000 + leads_a_month)
        rates = (changed(0.15, 0.28, date(2025, 10, 1)), *GUIDE_RATES[1:])
        hits = sum(verdicts(company(rng, leads_a_month, rates))["verdict"][0] == "improved" for _ in range(RUNS))
        return {"leads": leads_a_month, "found": hits / RUNS}

    assert once(benchmark, work)["found"] >= at_least


@pytest.mark.parametrize("leads_a_month", [120, 200, 400])
def test_months_that_really_swing(benchmark: Any, leads_a_month: int) -> None:
    def work() -> dict[str, float]:
        rng = np.random.default_rng(3000 + leads_a_month)
        corrected = uncorrected = 0
        for _ in range(RUNS):
            one = company(rng, leads_a_month, [swinging(rng, rate, 0.25) for rate in GUIDE_RATES])
            corrected += any_change(verdicts(one))
            uncorrected += any_change(verdicts(one, swings=False))
        return {"leads": leads_a_month, "corrected": corrected / RUNS, "uncorrected": uncorrected / RUNS}

    found = once(benchmark, work)
    assert found["corrected"] * RUNS <= upper_limit(RUNS, 0.13)
    assert found["uncorrected"] >= 0.19


@pytest.mark.parametrize("leads_a_month", [120, 200])
def test_change_date_without_a_change(benchmark: Any, leads_a_month: int) -> None:
    """The other default of the page: a strategy's start, its before window moved back by H."""

    def work() -> dict[str, float]:
        rng = np.random.default_rng(4000 + leads_a_month)
        choice = PairChoice("change", change_on=date(2025, 9, 15))
        false = sum(any_change(verdicts(company(rng, leads_a_month), choice=choice)) for _ in range(RUNS))
        return {"leads": leads_a_month, "false": false / RUNS}

    assert once(benchmark, work)["false"] * RUNS <= upper_limit(RUNS, 0.05)
