"""ClickHouse (chdb) beside the twins, and the bare pivot of a stage log by each of them."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from tests.benchmarks.twins import AS_OF
from tests.factories import GUIDE

AFTER = AS_OF + timedelta(days=1)
WITHOUT_CHDB = "not measured: chdb is not installed (requirements-bench.txt)"


def clickhouse(entries: pl.DataFrame, threads: int) -> Any | None:
    """A session of ClickHouse with the stage log as table ``log``; null where it is not installed."""
    try:
        sessions = importlib.import_module("chdb.session")
    except ImportError:
        return None
    session = sessions.Session()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        # windowFunnel takes no instants finer than seconds, only numbers
        entries.select("lead_id", "label", "at", us=pl.col("at").dt.epoch("us").cast(pl.UInt64)).write_parquet(path)
        session.query(f"SET max_threads = {threads}")
        columns = "lead_id String, label LowCardinality(String), at DateTime64(6), us UInt64"
        session.query("CREATE DATABASE bench ENGINE = Atomic")
        session.query(f"CREATE TABLE bench.log ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        session.query(f"INSERT INTO bench.log SELECT * FROM file('{path}', Parquet)")
    return session


def bare_funnel(session: Any) -> list[int]:
    """Leads that reached each stage, by ``windowFunnel``: the funnel alone, without a filter."""
    steps = ", ".join(f"label = '{key}'" for key in GUIDE.keys)
    level = f"windowFunnel(100000000000000)(us, {steps}) AS level"
    per_lead = f"SELECT lead_id, {level} FROM bench.log WHERE at < '{AFTER}' GROUP BY lead_id"
    query = f"SELECT level, count() FROM ({per_lead}) GROUP BY level"
    found = dict(tuple(map(int, line.split("\t"))) for line in str(session.query(query, "TSV")).splitlines())
    return [sum(n for level, n in found.items() if level >= j) for j in range(1, len(GUIDE.keys) + 1)]


def duckdb_pivot(entries: pl.DataFrame, threads: int) -> Callable[[], list[int]]:
    """The first entry of each lead into each stage, as a table; its columns counted."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    connection.register("log", entries.select("lead_id", "label", "at").to_arrow())
    connection.execute("CREATE TABLE entries AS SELECT * FROM log")
    connection.unregister("log")
    firsts = ", ".join(f"min(\"at\") FILTER (label = '{key}') AS at_{key}" for key in GUIDE.keys)
    firsts += ", max(\"at\") FILTER (label = '@lost') AS lost"
    query = f"CREATE OR REPLACE TABLE wide AS SELECT lead_id, {firsts} FROM entries GROUP BY 1"
    counts = ", ".join(f"count(at_{key})" for key in GUIDE.keys)

    def pivot() -> list[int]:
        connection.execute(query)
        return list(connection.execute(f"SELECT {counts} FROM wide").fetchall()[0])

    return pivot


def clickhouse_pivot(session: Any) -> list[int]:
    firsts = ", ".join(f"minIf(at, label = '{key}') AS at_{key}" for key in GUIDE.keys)
    counts = ", ".join(f"countIf(n_{key} > 0)" for key in GUIDE.keys)
    seen = ", ".join(f"countIf(label = '{key}') AS n_{key}" for key in GUIDE.keys)
    session.query("DROP TABLE IF EXISTS bench.wide")
    session.query(
        "CREATE TABLE bench.wide ENGINE = Memory AS SELECT lead_id, "
        f"{firsts}, {seen}, maxIf(at, label = '@lost') AS lost FROM bench.log GROUP BY lead_id"
    )
    return [int(n) for n in str(session.query(f"SELECT {counts} FROM bench.wide", "TSV")).split("\t")]


def pandas_pivot(entries: pl.DataFrame) -> Callable[[], list[int]]:
    import pandas

    frame = pandas.DataFrame(
        {"lead_id": pandas.Series(entries["lead_id"].to_list(), dtype="str"), "at": entries["at"].to_numpy()}
    )
    frame["label"] = pandas.Categorical(entries["label"].to_list())

    def pivot() -> list[int]:
        wide = frame.groupby(["lead_id", "label"], observed=True)["at"].min().unstack()
        return [int(wide[key].count()) for key in GUIDE.keys]

    return pivot
