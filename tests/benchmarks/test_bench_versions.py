"""A million rows of versions against a million rows of a plain log: from the file to the batch that would be stored.

``pytest tests/benchmarks/test_bench_versions.py --benchmark-only -n 0 -s`` prints both times. Both files tell the same
changes of the same deals; each is read in a process of its own, and what counts is its seconds of processor: those by
the clock depend on what else the machine does.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.conftest import ROOT

LEADS, ROWS_OF_ONE = 250_000, 4
MOST_TIME = 1.5

_READ = """
import sys, time
from datetime import date
from pathlib import Path
from funnel.definition.definition import load_templates
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
definition = load_templates(Path("data/templates"))["general_b2b"]
begin = time.process_time()
table = read_table(Path(sys.argv[1]), "million.csv")
mapping = propose_mapping(table, definition).mapping
batch = normalize(table, mapping, import_day=date(2026, 1, 1))
print(time.process_time() - begin)
assert batch.n_accepted == 1_000_000 and batch.lead_rows["lead_id"].n_unique() == 250_000
"""


def seconds(file: Path) -> float:
    command = [sys.executable, "-c", _READ, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A log and a table of versions: each deal goes through four stages."""
    rng, folder = np.random.default_rng(1), tmp_path_factory.mktemp("versions")
    n = LEADS * ROWS_OF_ONE
    created = np.datetime64("2024-01-01T00:00:00", "ms") + (rng.random(LEADS) * 300 * 86_400_000).astype(
        "timedelta64[ms]"
    )
    steps = (rng.lognormal(1, 0.5, (LEADS, ROWS_OF_ONE)) * 86_400_000).astype("timedelta64[ms]")
    steps[:, 0] = 0
    at = (created[:, None] + steps.cumsum(axis=1)).ravel()
    lead = np.repeat(np.arange(LEADS), ROWS_OF_ONE)
    frame = pl.DataFrame(
        {
            "deal_id": lead,
            "dealstage": np.tile(["New", "Qualified", "Proposal", "Closed Won"], LEADS),
            "amount": np.repeat(rng.integers(100, 9_999, LEADS), ROWS_OF_ONE),
            "owner_id": np.repeat(rng.integers(1, 20, LEADS), ROWS_OF_ONE),
            "createdate": np.repeat(created, ROWS_OF_ONE),
            "changed_at": at,
        }
    ).with_columns(pl.col("changed_at").shift(-1).over("deal_id").alias("until"))
    frame = frame.sample(n, shuffle=True, seed=1).with_columns(pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M:%S"))
    log, versions = folder / "log.csv", folder / "versions.csv"
    frame.drop("until").write_csv(log)
    frame.rename({"changed_at": "_dlt_valid_from", "until": "_dlt_valid_to"}).write_csv(versions)
    return log, versions


def test_a_million_versions(benchmark, files: tuple[Path, Path]) -> None:
    log = min(seconds(files[0]) for _ in range(3))
    versions = min(seconds(files[1]) for _ in range(2))
    versions = min(versions, benchmark.pedantic(seconds, (files[1],), rounds=1))
    print(f"\na million rows of a log {log:.2f} s, of versions {versions:.2f} s; ratio {versions / log:.2f}")
    assert versions <= MOST_TIME * log
