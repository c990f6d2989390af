"""Is "significantly below" honest? 2,000 simulated funnels with real durations, through the real horizons and verdicts.

Takes several minutes; run it with ``python -m pytest tests/benchmarks/test_bottleneck_calibration.py -o addopts=``.
A small version stays in ``tests/metrics/bottleneck/test_bottleneck.py``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from scipy.stats import binomtest

from funnel.definition.definition import FunnelDefinition
from funnel.filters import preset_window
from funnel.metrics.bottleneck.ranking import step_verdicts
from funnel.metrics.steps.cohorts import Span, count_spans, step_window
from funnel.metrics.steps.horizons import horizons
from tests.simulation import Simulation, funnel, simulate

AS_OF = date(2025, 12, 31)
START = date(2024, 12, 31)
WINDOW = preset_window("3m", AS_OF)
FLOORS = (0.30, 0.25, 0.20)


@pytest.fixture(autouse=True)
def frozen_garbage() -> Iterator[None]:
    """statsmodels collects garbage at every Holm adjustment; frozen objects are not looked at again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def unshifted(frame: pl.DataFrame, definition: FunnelDefinition) -> bool:
    """Any false alarm without shift and factor: the entries of the last three months as they stand, Bonferroni."""
    spans = [Span("w", p, WINDOW.start, WINDOW.end, 0.0) for p in range(2, len(definition.keys) + 1)]
    rows = [row for row in count_spans(frame.lazy(), definition, spans) if row["n"] >= 20]
    p_values = [
        binomtest(row["advanced"], row["n"], FLOORS[row["position"] - 2], alternative="less").pvalue for row in rows
    ]
    return any(p * len(rows) < 0.05 for p in p_values)


@pytest.mark.parametrize(("median_days", "runs"), [(10.0, 1000), (25.0, 1000)])
def test_true_rates_at_their_floors(benchmark: Any, median_days: float, runs: int) -> None:
    """At most 5 % of the funnels show any "significantly below"; without shift and factor far more do."""
    definition = funnel(FLOORS)
    plan = Simulation(definition, FLOORS, 3000, START, 365, AS_OF, median_days=median_days, silent=0.3)

    def run() -> tuple[int, int]:
        false = naive = 0
        for seed in range(runs):
            frame = simulate(plan, seed)
            found_days = horizons(frame.lazy(), definition, AS_OF)
            table = step_verdicts(frame.lazy(), definition, WINDOW, AS_OF, found_days)
            false += "significantly_below" in table["verdict"].to_list()
            naive += unshifted(frame, definition)
        return false, naive

    false, naive = benchmark.pedantic(run, rounds=1)
    benchmark.extra_info |= {"false_share": false / runs, "unshifted_false_share": naive / runs}
    print(f"median {median_days} days: false {false / runs:.3f}, without shift and factor {naive / runs:.3f}")
    assert false / runs <= 0.05
    assert naive / runs > 0.18


@pytest.mark.parametrize(("floor", "at_least"), [(0.30, 0.90), (0.25, 0.90), (0.20, 0.88)])
def test_half_the_floor_with_200_mature_leads_is_found(benchmark: Any, floor: float, at_least: float) -> None:
    """Four steps are judged; the last one runs at half its floor, with exactly 200 mature leads in the window."""
    definition = funnel([0.3, 0.3, 0.3, floor])
    plan = Simulation(definition, [0.9, 0.9, 0.9, floor / 2], 1700, START, 365, AS_OF, silent=0.3)
    runs = 500

    def run() -> int:
        found = 0
        for seed in range(runs):
            frame = simulate(plan, seed)
            found_days = horizons(frame.lazy(), definition, AS_OF)
            table = step_verdicts(with_mature(frame, found_days, 200).lazy(), definition, WINDOW, AS_OF, found_days)
            row = table.row(by_predicate=pl.col("stage") == "s5", named=True)
            assert row["n"] == 200
            found += row["verdict"] == "significantly_below"
        return found

    found = benchmark.pedantic(run, rounds=1)
    benchmark.extra_info |= {"power": found / runs}
    print(f"floor {floor}: found {found / runs:.3f}")
    assert found / runs > at_least


def with_mature(frame: pl.DataFrame, found: pl.DataFrame, wanted: int) -> pl.DataFrame:
    """The funnel without the leads that are too many in the mature window of the last step (and all others kept)."""
    start, end = step_window(WINDOW, AS_OF, found["days"][-1])
    assert start and end and end - start > timedelta(days=80)
    inside = pl.col("entered_s4").dt.date().is_between(pl.lit(start), pl.lit(end)).fill_null(False)
    kept = frame.with_columns(number=inside.cum_sum()).filter(~inside | (pl.col("number") <= wanted))
    return kept.select(frame.columns)
