"""A million leads: the whole overview after a change of filter, opening the workspace, and building the journeys.

``pytest tests/benchmarks/test_bench_metrics.py --benchmark-only -n 0 -s`` prints the times beside those of plain pandas
and DuckDB for the plain figures in it, in the same run. The figures must agree.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from funnel.filters import Filters, Window
from funnel.metrics.journeys.build import build_journeys
from funnel.reports.overview import OverviewReport, overview_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Batches, Entries, Facts, Labels, LeadRows, Spend, StageCounts, empty
from tests.factories import GUIDE

N = 1_000_000
AS_OF = date(2025, 6, 30)
IMPORTED = datetime(2025, 7, 1)
WINDOW = Window("dates", date(2024, 1, 1), date(2024, 6, 30))
RECENT = Window("dates", date(2024, 10, 1), date(2024, 12, 31))
STEPS = (("intent", 0.75), ("opportunity", 0.7), ("won", 0.6), ("repeat", 0.2))


@pytest.fixture(scope="module")
def facts() -> Facts:
    """A stage log of 3.2 million rows in no order, and a file with source, owner and amount of each lead."""
    rng = np.random.default_rng(7)
    ids = np.array([f"L{i:07d}" for i in range(N)])
    created = np.datetime64("2023-01-01", "us") + (rng.random(N) * 730 * 86_400e6).astype("timedelta64[us]")
    parts = [(ids, np.full(N, "lead"), created)]
    alive, at = np.ones(N, dtype=bool), created.copy()
    for stage, rate in STEPS:
        advances = alive & (rng.random(N) < rate)
        at = at + (rng.exponential(9, N) * 86_400e6).astype("timedelta64[us]")
        parts.append((ids[advances], np.full(advances.sum(), stage), at[advances]))
        lost = alive & ~advances & (rng.random(N) < 0.85) if stage != "repeat" else np.zeros(N, dtype=bool)
        parts.append((ids[lost], np.full(lost.sum(), "@lost"), at[lost]))
        alive = advances
    columns = [np.concatenate([part[i] for part in parts]) for i in range(3)]
    order = rng.permutation(len(columns[0]))
    entries = pl.DataFrame({"lead_id": columns[0][order], "label": columns[1][order], "at": columns[2][order]}).select(
        pl.lit(1, pl.Int32).alias("batch_no"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row_no"),
        "lead_id",
        pl.lit("stage").alias("scope"),
        "label",
        "at",
        pl.lit(True).alias("has_time"),
    )
    rows = pl.DataFrame(
        {
            "lead_id": ids,
            "source": rng.choice(["web", "event", "referral", "ads", "cold"], N),
            "owner": rng.choice([f"rep {i}" for i in range(20)], N),
            "amount": rng.lognormal(8, 1, N),
        }
    ).with_columns(pl.lit(2, pl.Int32).alias("batch_no"), pl.int_range(pl.len(), dtype=pl.Int64).alias("row_no"))
    batches = [
        {
            "batch_no": no,
            "shape": shape,
            "file_name": "",
            "imported_at": IMPORTED,
            "exported_on": AS_OF,
            "who": "",
            "n_rows": 0,
            "n_accepted": 0,
        }
        for no, shape in ((1, "stage_log"), (2, "snapshot"))
    ]
    labels = [(1, "stage", label, label) for label in (*GUIDE.keys, "@lost")]
    return Facts(
        pl.DataFrame(batches, schema=empty(Batches).schema),
        pl.concat([empty(LeadRows), rows], how="diagonal"),
        pl.concat([empty(Entries), entries]),
        pl.DataFrame(labels, schema=empty(Labels).schema, orient="row"),
        empty(StageCounts),
    )


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


def with_pandas(frame: Any, window: Window, source: str | None) -> dict[str, Any]:
    """Totals, days, by source and by month, the way one would write them without much thought."""
    if source is not None:
        frame = frame[frame["source"] == source]
    if window.start is not None and window.end is not None:
        end = datetime.combine(window.end, datetime.min.time()) + timedelta(days=1)
        frame = frame[
            (frame["created_at"] >= datetime.combine(window.start, datetime.min.time())) & (frame["created_at"] < end)
        ]
    found: dict[str, Any] = {"reached": [int((frame["furthest_stage"] >= j).sum()) for j in range(1, 6)]}
    found["lost"] = [int(((frame["outcome"] == "lost") & (frame["lost_stage"] == j)).sum()) for j in range(2, 6)]
    days = [frame[f"days_{key}"] for key in GUIDE.keys[1:]]
    found["days"] = [series.quantile([0.5, 0.75, 0.9]).tolist() for series in days]
    frame = frame.assign(month=frame["created_at"].dt.to_period("M"), won=frame["outcome"] == "won")
    for by in ("source", "month"):
        reached = frame.assign(**{f"r{j}": frame["furthest_stage"] >= j for j in range(1, 6)})
        found[by] = reached.groupby(by, observed=True)[[f"r{j}" for j in range(1, 6)]].sum()
    won = frame[frame["won"]]
    found["money"] = (won["amount"].sum(), won["cycle_days"].median())
    return found


def with_duckdb(connection: duckdb.DuckDBPyConnection, window: Window, source: str | None) -> dict[str, Any]:
    """The same in SQL over the same wide table."""
    where = ["true"]
    if source is not None:
        where.append(f"source = '{source}'")
    if window.start is not None and window.end is not None:
        where.append(f"created_at >= '{window.start}' AND created_at < '{window.end + timedelta(days=1)}'")
    chosen = " AND ".join(where)
    reached = ", ".join(f"count(*) FILTER (furthest_stage >= {j})" for j in range(1, 6))
    lost = ", ".join(f"count(*) FILTER (outcome = 'lost' AND lost_stage = {j})" for j in range(2, 6))
    days = ", ".join(f"quantile_cont(days_{key}, [0.5, 0.75, 0.9])" for key in GUIDE.keys[1:])
    money = "sum(amount) FILTER (outcome = 'won'), median(cycle_days) FILTER (outcome = 'won')"

    def ask(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    total = ask(f"SELECT {reached}, {lost}, {days}, {money} FROM journeys WHERE {chosen}")[0]
    return {
        "reached": list(total[:5]),
        "lost": list(total[5:9]),
        "days": [list(quantiles) for quantiles in total[9:13]],
        "money": total[13:],
        "source": ask(f"SELECT source, {reached} FROM journeys WHERE {chosen} GROUP BY 1"),
        "month": ask(f"SELECT date_trunc('month', created_at), {reached} FROM journeys WHERE {chosen} GROUP BY 1"),
    }


@pytest.mark.parametrize(("window", "source"), [(Window(), None), (WINDOW, None), (RECENT, None), (WINDOW, "web")])
def test_a_filter_change(benchmark: Any, data: WorkspaceData, window: Window, source: str | None) -> None:
    """The whole overview report: status table with verdicts, key figures with their change, four ways of counting,
    trend and breakdown. The others answer the plain questions alone."""
    pandas = pytest.importorskip("pandas")
    filters = Filters(window, source=() if source is None else (source,))

    def overview() -> OverviewReport:
        return overview_report(data, filters)

    report = benchmark(overview)
    columns = ["created_at", "furthest_stage", "outcome", "lost_stage", "amount", "cycle_days", "source"]
    columns += [f"days_{key}" for key in GUIDE.keys[1:]]
    plain = data.journeys.select(columns).with_columns(pl.col("outcome", "source").cast(pl.String))
    frame = pandas.DataFrame({name: plain[name].to_numpy() for name in columns if name not in ("outcome", "source")})
    for name in ("outcome", "source"):
        frame[name] = pandas.Categorical(plain[name].to_list())
    connection = duckdb.connect()
    connection.register("plain", plain.to_arrow())
    connection.execute("CREATE TABLE journeys AS SELECT * FROM plain")

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
