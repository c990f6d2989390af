"""What it costs to understand a file, against an earlier version of this project in a folder of its own.

``git worktree add ../earlier 9607bee``, then
``python -m tests.benchmarks.reading_cost ../earlier``: 100,000 and a million
rows of 30 columns are read and a mapping is proposed, here with the trial of what would follow. Both sides run in turn,
each in a process of its own; what counts is the median of their seconds of processor, of all threads: those by the
clock depend on what else the machine does. Exit status 1 where a ratio is above what is accepted.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from tests.conftest import ROOT

ACCEPTED = {100_000: 2.5, 1_000_000: 1.3}
"""Rows → the most that it may cost, as a multiple of the earlier version."""
ROUNDS = 5
N_COLUMNS = 30

_BEGIN = """
import sys, time
from pathlib import Path
"""
_EARLIER = """
from funnel.definition import load_templates
from funnel.intake.mapping import propose_mapping
from funnel.intake.reading import read_table
definition = load_templates(Path("data/templates"))["general_b2b"]
begin = time.process_time()
table = read_table(Path(sys.argv[1]), "deals.csv")
proposal = propose_mapping(table, definition)
"""
_NOW = """
from funnel.definition.definition import load_templates
from funnel.intake.proposing.propose import propose
from funnel.intake.reading.reader import read_table
from funnel.trial import judge
definition = load_templates(Path("data/templates"))["general_b2b"]
begin = time.process_time()
table = read_table(Path(sys.argv[1]), "deals.csv")
proposal = propose(table, definition, judge)
judge(table, proposal.mapping, definition)
"""
_END = """
print(time.process_time() - begin)
assert table.frame.height == int(sys.argv[2])
"""


def seconds(code: str, folder: Path, file: Path, rows: int) -> float:
    """Seconds of processor for one reading in a process that starts in ``folder``."""
    command = [sys.executable, "-c", _BEGIN + code + _END, str(file), str(rows)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def deals(rows: int) -> pl.DataFrame:
    """The export of a CRM: 30 columns of ids, labels, money, dates, and what people write."""
    rng = np.random.default_rng(7)
    day = np.datetime64("2023-01-01T08:00:00", "ms")
    created = day + (rng.random(rows) * 700 * 86_400_000).astype("timedelta64[ms]")
    closed = created + (rng.lognormal(3.4, 0.6, rows) * 86_400_000).astype("timedelta64[ms]")
    stages = np.array(["Prospecting", "Qualification", "Proposal", "Negotiation", "Closed Won", "Closed Lost"])
    stage = rng.choice(stages, rows, p=[0.1, 0.1, 0.1, 0.1, 0.2, 0.4])
    is_open = ~np.isin(stage, stages[4:])
    ended = np.where(is_open, np.datetime64("NaT", "ms"), closed)

    def one_of(word: str, n: int, share: float = 1.0) -> pl.Series:
        picked = pl.Series(rng.integers(0, n, rows)).cast(pl.String)
        return pl.select(
            pl.when(pl.Series(rng.random(rows) < share)).then(pl.lit(f"{word} ") + pl.lit(picked))
        ).to_series()

    number = pl.int_range(rows, eager=True).cast(pl.String).str.zfill(9)
    money = pl.Series(rng.integers(300, 90_000, rows))
    columns = {
        "Opportunity ID": pl.select(pl.lit("006") + pl.lit(number)).to_series(),
        "Opportunity Name": one_of("Offer for site", rows // 2),
        "Account ID": one_of("001", rows // 5),
        "Account Name": one_of("Company", rows // 5),
        "Owner": one_of("Rep", 30),
        "Stage": pl.Series(stage),
        "Amount": money,
        "Expected Revenue": money // 2,
        "Currency": one_of("EUR", 1).str.slice(0, 3),
        "Probability (%)": pl.Series(rng.choice([10, 20, 50, 75, 100, 0], rows)),
        "Created Date": pl.Series(created).dt.to_string("%Y-%m-%d %H:%M:%S"),
        "Close Date": pl.Series(ended).dt.to_string("%Y-%m-%d"),
        "Expected Close Date": pl.Series(closed).dt.to_string("%Y-%m-%d"),
        "Last Modified Date": pl.Series(closed).dt.to_string("%Y-%m-%d %H:%M:%S"),
        "Last Activity": pl.Series(closed).dt.to_string("%Y-%m-%d"),
        "Lead Source": one_of("Source", 8, 0.9),
        "Campaign": one_of("Campaign", 60, 0.4),
        "Type": one_of("Type", 3),
        "Industry": one_of("Industry", 20, 0.8),
        "Region": one_of("Region", 9),
        "Country": one_of("Country", 40),
        "Product": one_of("Product", 12),
        "Next Step": one_of("Call about point", 5_000, 0.5),
        "Loss Reason": one_of("Reason", 7, 0.4),
        "Forecast Category": one_of("Category", 5),
        "Fiscal Period": one_of("Q", 12),
        "Employees": pl.Series(rng.integers(1, 5_000, rows)),
        "Age": pl.Series(rng.integers(1, 400, rows)),
        "Has Products": pl.Series(rng.choice(["true", "false"], rows)),
        "Description": one_of("What was talked about in call", rows, 0.7),
    }
    assert len(columns) == N_COLUMNS
    return pl.DataFrame(columns)


def main(arguments: list[str]) -> int:
    """Prints a line per size."""
    if not arguments:
        print("skipped: name the folder of the earlier version")
        return 0
    earlier, worst = Path(arguments[0]).resolve(), 0
    sizes = [int(one) for one in arguments[1:]] or list(ACCEPTED)
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            file = Path(folder) / f"{rows}.csv"
            deals(rows).write_csv(file)
            sides = [(_EARLIER, earlier), (_NOW, ROOT)]
            taken = [[seconds(code, where, file, rows) for code, where in sides] for _ in range(ROUNDS)]
            before, now = (median(side) for side in zip(*taken, strict=True))
            print(f"{rows:>9,} rows: earlier {before:.2f} s, now {now:.2f} s, ratio {now / before:.2f}", flush=True)
            worst |= now / before > ACCEPTED.get(rows, max(ACCEPTED.values()))
    return int(worst)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
