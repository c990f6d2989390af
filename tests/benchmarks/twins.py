"""What the benchmarks count, and the same counted by plain pandas and DuckDB: both as they stood at commit 9607bee.

Read by an older state of the project too (``tests.benchmarks.sizes --before``): it rests on nothing that moved since.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl

from funnel.filters import Window
from funnel.schema import Batches, Entries, Facts, Labels, LeadRows, StageCounts, empty
from tests.factories import GUIDE

AS_OF = date(2025, 6, 30)
IMPORTED = datetime(2025, 7, 1)
STEPS = (("intent", 0.75), ("opportunity", 0.7), ("won", 0.6), ("repeat", 0.2))


def stage_log(n: int) -> Facts:
    """A stage log of 3.2 rows a lead in no order, and a file with source, owner and amount of each of ``n`` leads."""
    rng = np.random.default_rng(7)
    ids = np.array([f"L{i:07d}" for i in range(n)])
    created = np.datetime64("2023-01-01", "us") + (rng.random(n) * 730 * 86_400e6).astype("timedelta64[us]")
    parts = [(ids, np.full(n, "lead"), created)]
    alive, at = np.ones(n, dtype=bool), created.copy()
    for stage, rate in STEPS:
        advances = alive & (rng.random(n) < rate)
        at = at + (rng.exponential(9, n) * 86_400e6).astype("timedelta64[us]")
        parts.append((ids[advances], np.full(advances.sum(), stage), at[advances]))
        lost = alive & ~advances & (rng.random(n) < 0.85) if stage != "repeat" else np.zeros(n, dtype=bool)
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
            "source": rng.choice(["web", "event", "referral", "ads", "cold"], n),
            "owner": rng.choice([f"rep {i}" for i in range(20)], n),
            "amount": rng.lognormal(8, 1, n),
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


def plain_columns() -> list[str]:
    """What the plain figures are counted of."""
    columns = ["created_at", "furthest_stage", "outcome", "lost_stage", "amount", "cycle_days", "source"]
    return columns + [f"days_{key}" for key in GUIDE.keys[1:]]


def for_pandas(journeys: pl.DataFrame) -> Any:
    """The journeys as pandas keeps them best."""
    import pandas

    plain = journeys.select(plain_columns()).with_columns(pl.col("outcome", "source").cast(pl.String))
    frame = pandas.DataFrame({name: plain[name].to_numpy() for name in plain.columns if plain[name].dtype != pl.String})
    for name in ("outcome", "source"):
        frame[name] = pandas.Categorical(plain[name].to_list())
    return frame


def for_duckdb(journeys: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    """The journeys as a table of their own."""
    connection = duckdb.connect()
    plain = journeys.select(plain_columns()).with_columns(pl.col("outcome", "source").cast(pl.String))
    connection.register("plain", plain.to_arrow())
    connection.execute("CREATE TABLE journeys AS SELECT * FROM plain")
    return connection


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
