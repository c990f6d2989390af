"""Is a verdict honest from the file on? Companies in which nothing changes, written as CSV, read, and judged.

    python -m tests.benchmarks.whole_path [--runs 600] [--leads 120] [--rise] [--seed 1]

The road is the one of a person's file: CSV → reading → proposed columns → facts → journeys → verdict. The company knows
nothing of our code: delays with heavy tails (log-normal), a number of leads that grows or falls by a few per cent a
month, entries on weekdays only, losses, a file that ends in the middle of a month. A false verdict is any step called
improved or worsened. ``--rise`` lifts the first step from 15 to 28 % three months before the end: how often that is
found. At most 6.5 % of 600 companies may be judged falsely; the exit status is 1 where a one-sided test of that fails.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from scipy.stats import binom

from funnel.filters import Filters
from funnel.reports.retrospective.report import retrospective_report
from tests.claims.loading import batch_of, general, workspace

MOST_FALSE = 0.065
FIRST = date(2024, 1, 1)
STAGES = ("Qualified Date", "Opportunity Date", "Won Date")


def weekday(day: float) -> date:
    """The day, or the Monday after it."""
    found = FIRST + timedelta(days=int(day))
    return found + timedelta(days=max(0, 7 - found.weekday()) if found.weekday() > 4 else 0)


def company(rng: np.random.Generator, leads_a_month: int, *, rise: bool) -> tuple[list[dict[str, str]], date]:
    """Rows as they are known on the last day, and that day."""
    last = date(2025, 12, 1) + timedelta(days=int(rng.integers(0, 30)))
    n_days = (last - FIRST).days + 1
    rates = [0.15 if rise else rng.uniform(0.2, 0.6), rng.uniform(0.3, 0.6), rng.uniform(0.2, 0.5)]
    middles, tails = rng.uniform(2, 15, 3), rng.uniform(0.7, 1.3, 3)
    growth = rng.uniform(-0.01, 0.04)
    changed_on = n_days - 92
    rows = []
    for day in range(n_days):
        for _ in range(rng.poisson(leads_a_month / 30.4 * (1 + growth) ** (day / 30.4))):
            at = weekday(day)
            if at > last:
                continue
            row = {"Lead ID": f"L{len(rows):05}", "Created": f"{at}"}
            for step, name in enumerate(STAGES):
                rate = 0.28 if rise and step == 0 and (at - FIRST).days >= changed_on else rates[step]
                takes = rng.lognormal(np.log(middles[step]), tails[step])
                after = weekday((at - FIRST).days + takes)
                if rng.random() >= rate:
                    if after <= last:
                        row |= {"Status": "Lost", "Lost Date": f"{after}"}
                    break
                if after > last:
                    break
                row[name], at = f"{after}", after
            else:
                row["Status"] = "Won"
            rows.append({"Status": "Open"} | row)
    return rows, last


def verdicts(rows: list[dict[str, str]], folder: Path) -> list[str]:
    """The verdict on each step, out of the rows as a file."""
    path = folder / "leads.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["Lead ID", "Created", *STAGES, "Lost Date", "Status"], restval="")
        writer.writeheader()
        writer.writerows(rows)
    data = workspace([batch_of(path, general())], general())
    won = sum(row["Status"] == "Won" for row in rows)
    if data.journeys.height != len(rows) or (data.journeys["outcome"] == "won").sum() != won:
        raise AssertionError("the file was not read as it was written")
    return retrospective_report(data, Filters()).comparison["verdict"].to_list()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=600)
    parser.add_argument("--leads", type=int, default=120, help="a month, at the beginning")
    parser.add_argument("--rise", action="store_true", help="lift the first step from 15 to 28 %%")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng, hits, judged = np.random.default_rng(asked.seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(asked.runs):
            rows, _last = company(rng, asked.leads, rise=asked.rise)
            found = verdicts(rows, Path(folder))
            judged += sum(one in ("improved", "worsened", "no_clear_change", "this_step_alone") for one in found)
            hits += found[0] == "improved" if asked.rise else any(v in ("improved", "worsened") for v in found)
    share = hits / asked.runs
    per_company = judged / asked.runs
    what = "found the rise" if asked.rise else "judged falsely"
    print(f"{asked.runs} companies, {asked.leads} leads a month: {share:.1%} {what}; steps judged {per_company:.2f}")
    return int(not asked.rise and hits > binom.ppf(0.95, asked.runs, MOST_FALSE))


if __name__ == "__main__":
    raise SystemExit(main())
