"""A million rows in and out of a workspace: ``pytest tests/benchmarks/test_bench_store.py --benchmark-only -n 0``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from funnel.schema import LeadRows, empty
from funnel.storage.workspaces import create_workspace, open_workspace
from tests.store_samples import DEFINITION, NOW, a_batch

N = 1_000_000


def a_million(content: str) -> Any:
    number = pl.int_range(N, dtype=pl.Int64)
    rows = pl.select(
        number.alias("row_no"),
        ("lead " + number.cast(pl.String)).alias("lead_id"),
        pl.from_epoch(number * 37 + 1_600_000_000, "s").cast(pl.Datetime("us")).alias("created_at"),
        ("stage " + (number % 5).cast(pl.String)).alias("stage_label"),
        ("owner " + (number % 40).cast(pl.String)).alias("owner"),
        (number % 1000).cast(pl.Float64).alias("amount"),
    )
    leads = pl.concat([empty(LeadRows), rows], how="diagonal").with_columns(pl.lit(0, dtype=pl.Int32).alias("batch_no"))
    entries = pl.concat([a_batch(content).entries] * N).with_columns(leads["lead_id"])
    return a_batch(content, lead_rows=leads, entries=entries, n_rows=N + 1, n_accepted=N)


def test_import_a_million_rows(benchmark: Any, tmp_path: Path) -> None:
    store = create_workspace(tmp_path, "large", DEFINITION, now=NOW)
    batches = iter([a_million(content) for content in "ab"])
    benchmark.pedantic(lambda: store.import_batch(next(batches), who="Li", now=NOW), rounds=2)
    store.close()


def test_load_the_facts_of_a_million_rows(benchmark: Any, tmp_path: Path) -> None:
    store = create_workspace(tmp_path, "large", DEFINITION, now=NOW)
    store.import_batch(a_million("a"), who="Li", now=NOW)
    assert benchmark(store.facts).lead_rows.height == N
    store.close()


def test_open_a_workspace_of_a_million_rows(benchmark: Any, tmp_path: Path) -> None:
    store = create_workspace(tmp_path, "large", DEFINITION, now=NOW)
    store.import_batch(a_million("a"), who="Li", now=NOW)
    store.close()

    def reopen() -> None:
        open_workspace(store.path).close()

    benchmark(reopen)
