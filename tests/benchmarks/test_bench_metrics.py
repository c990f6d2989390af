"""A million leads: the whole overview after a change of filter, opening the workspace, and building the journeys.

``pytest tests/benchmarks/test_bench_metrics.py --benchmark-only -n 0 -s`` prints the times beside those of plain pandas
and DuckDB for the plain figures in it, in the same run. The figures must agree.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from funnel.filters import Filters, Window
from funnel.metrics.journeys.build import build_journeys
from funnel.reports.overview import OverviewReport, overview_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Facts, Spend, empty
from tests.benchmarks.twins import AS_OF, for_duckdb, for_pandas, stage_log, with_duckdb, with_pandas
from tests.factories import GUIDE

N = 1_000_000
WINDOW = Window("dates", date(2024, 1, 1), date(2024, 6, 30))
RECENT = Window("dates", date(2024, 10, 1), date(2024, 12, 31))


@pytest.fixture(scope="module")
def facts() -> Facts:
    return stage_log(N)


def opened(facts: Facts) -> WorkspaceData:
    return load_workspace(
        name="bench", is_sample=False, facts=facts, definition=GUIDE, spend=empty(Spend), settings={}, as_of=AS_OF
    )


@pytest.fixture(scope="module")
def data(facts: Facts) -> WorkspaceData:
    return opened(facts)


def say(text: str) -> None:
    sys.stdout.write(f"\n  {text}")


def seconds(run: Callable[[], Any], times: int = 7) -> float:
    """The median of a few runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


@pytest.mark.parametrize(("window", "source"), [(Window(), None), (WINDOW, None), (RECENT, None), (WINDOW, "web")])
def test_a_filter_change(benchmark: Any, data: WorkspaceData, window: Window, source: str | None) -> None:
    """The whole overview report: status table with verdicts, key figures with their change, four ways of counting,
    trend and breakdown. The others answer the plain questions alone."""
    pytest.importorskip("pandas")
    filters = Filters(window, source=() if source is None else (source,))

    def overview() -> OverviewReport:
        return overview_report(data, filters)

    report = benchmark(overview)
    frame, connection = for_pandas(data.journeys), for_duckdb(data.journeys)
    figures = report.key_figures.select("figure", "value").rows()
    for other in (with_pandas(frame, window, source), with_duckdb(connection, window, source)):
        assert report.status["n_reached"].to_list() == other["reached"]
        assert report.status["lost"].to_list()[1:] == other["lost"]
        ours = report.status.select("median_days", "p75_days", "p90_days").rows()[1:]
        for mine, theirs in zip(ours, other["days"], strict=True):
            assert mine == pytest.approx(tuple(theirs), rel=1e-5)
        money = dict(figures)
        assert (money["revenue"], money["sales_cycle"]) == pytest.approx(other["money"], rel=1e-5)
    ours = seconds(overview)
    for name, run in (
        ("pandas", lambda: with_pandas(frame, window, source)),
        ("DuckDB", lambda: with_duckdb(connection, window, source)),
    ):
        theirs = seconds(run)
        ratio = f"whole report {1000 * ours:.0f} ms, {name} {1000 * theirs:.0f} ms: {theirs / ours:.1f} times as long"
        say(f"{window.preset} {window.start or ''}, {source or 'all sources'}: {ratio}")


def test_open_a_workspace(benchmark: Any, facts: Facts) -> None:
    """Journeys with all rules, horizons, findings, and what later changes of a filter rest on."""
    data = benchmark.pedantic(lambda: opened(facts), rounds=2)
    assert data.journeys.height == N


def test_build_the_journeys(benchmark: Any, facts: Facts) -> None:
    plan = build_journeys(facts, GUIDE, AS_OF)
    built = benchmark.pedantic(plan.collect, rounds=2)
    assert built.height == N
    connection = duckdb.connect()
    connection.register("log", facts.entries.select("lead_id", "label", "at").to_arrow())
    connection.execute("CREATE TABLE entries AS SELECT * FROM log")
    firsts = ", ".join(f"min(\"at\") FILTER (label = '{key}') AS at_{key}" for key in GUIDE.keys)
    firsts += ", max(\"at\") FILTER (label = '@lost') AS lost"
    query = f"CREATE OR REPLACE TABLE wide AS SELECT lead_id, {firsts} FROM entries GROUP BY 1"
    ours, theirs = seconds(plan.collect, 2), seconds(lambda: connection.execute(query), 2)
    say(f"journeys with all rules {ours:.2f} s, first entries alone in DuckDB {theirs:.2f} s")
    won = connection.execute("SELECT count(at_won) FROM wide").fetchall()[0][0]
    assert built["entered_won"].count() == won
