"""A million rows from a CSV into the workspace, against a bare read and a bare insert in the same run.

``pytest tests/benchmarks/test_bench_import.py --benchmark-only -n 0 -s`` prints both times and peaks of memory. Each
side runs in a process of its own, since memory that a process once held counts against it for ever.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from tests.benchmarks.measuring import apart

ROWS = 1_000_000
MOST_TIME, MOST_MEMORY = 3.0, 1.5

_MEASURED = """
import json, resource, sys, time
def peak():
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024
def used():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
{imports}
idle, begin, cpu = peak(), time.perf_counter(), used()
{work}
print(json.dumps({{"seconds": time.perf_counter() - begin, "cpu": used() - cpu, "bytes": peak() - idle}}))
"""
BARE = (
    "import duckdb, polars as pl\ncon = duckdb.connect(sys.argv[2])",
    "frame = pl.read_csv(sys.argv[1], infer_schema=False)\ncon.register('frame', frame)\n"
    "con.execute('CREATE TABLE rows AS SELECT * FROM frame')\ncon.execute('CHECKPOINT')",
)
OURS = (
    "from datetime import datetime\nfrom pathlib import Path\n"
    "from funnel.definition.definition import load_templates\n"
    "from funnel.intake.proposing.propose import propose_mapping\n"
    "from funnel.intake.batches.normalizing import normalize\nfrom funnel.intake.reading.reader import read_table\n"
    "from funnel.storage.workspaces import create_workspace\n"
    "definition = load_templates(Path('data/templates'))['general_b2b']\n"
    "store, now = create_workspace(Path(sys.argv[2]), 'bench', definition), datetime(2026, 1, 1)",
    "table = read_table(Path(sys.argv[1]), 'million.csv')\nmapping = propose_mapping(table, definition).mapping\n"
    "batch = normalize(table, mapping, import_day=now.date())\ndel table\n"
    "assert store.import_batch(batch, who='', now=now).batch_no == 1 and batch.n_accepted == int(sys.argv[3])",
)


def measured(side: tuple[str, str], *arguments: Path | int, threads: int | None = None) -> dict[str, float]:
    """``seconds`` by the clock, ``cpu`` of the processor, ``bytes`` at the peak, all beyond what loading took."""
    return apart(["-c", _MEASURED.format(imports=side[0], work=side[1]), *map(str, arguments)], threads=threads)


def milestones_file(path: Path, n: int) -> Path:
    """A milestones file of ``n`` leads."""
    rng = np.random.default_rng(1)
    created = np.datetime64("2024-01-01T00:00:00", "ms") + (rng.random(n) * 365 * 86_400_000).astype("timedelta64[ms]")

    def later(before: np.ndarray, share: float, days: float) -> np.ndarray:
        at = before + (rng.lognormal(np.log(days), 0.8, n) * 86_400_000).astype("timedelta64[ms]")
        at[rng.random(n) >= share] = np.datetime64("NaT")
        return at

    intent = later(created, 0.25, 5)
    opportunity = later(intent, 0.5, 8)
    won = later(opportunity, 0.3, 8)
    frame = pl.DataFrame(
        {
            "Lead ID": pl.int_range(n, eager=True).cast(pl.String).str.zfill(7),
            "Source": rng.choice(["web", "fair", "ads"], n),
            "Owner": rng.choice([f"owner {i}" for i in range(20)], n),
            "Created At": created,
            "Qualified Date": intent,
            "Opportunity Date": opportunity,
            "Won Date": won,
            "Amount": rng.integers(100, 9_999, n),
        }
    )
    frame.with_columns(pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M:%S")).write_csv(path)
    return path


def test_a_million_rows(benchmark, tmp_path: Path) -> None:
    million = milestones_file(tmp_path / "million.csv", ROWS)
    bare = measured(BARE, million, tmp_path / "bare.duckdb")
    ours = benchmark.pedantic(measured, (OURS, million, tmp_path / "ours", ROWS), rounds=1)
    time, memory = ours["seconds"] / bare["seconds"], ours["bytes"] / bare["bytes"]
    print(
        f"\nbare {bare['seconds']:.2f} s, {bare['bytes'] / 1e6:.0f} MB; "
        f"import {ours['seconds']:.2f} s, {ours['bytes'] / 1e6:.0f} MB; ratios {time:.2f} and {memory:.2f}"
    )
    assert time <= MOST_TIME
    assert memory <= MOST_MEMORY
