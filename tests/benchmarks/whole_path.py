"""Is a verdict honest from the file on? Companies in which nothing changes, written as CSV, read, and judged.

    python -m tests.benchmarks.whole_path [--runs 600] [--leads 120] [--rise] [--seed 1]

The road is the one of a person's file: CSV → reading → proposed columns → facts → journeys → verdict. The company knows
nothing of our code: delays with heavy tails (log-normal), a number of leads that grows or falls by a few per cent a
month, entries on weekdays only, losses, a file that ends in the middle of a month. A false verdict is any step called
improved or worsened. ``--rise`` lifts the first step from 15 to 28 % three months before the end: how often that is
found by the windows that the page opens with, and by those around the day of the change, where somebody names it; by
how long the step takes (H). At most 6.5 % of 600 companies may be judged falsely; the exit status is 1 where a
one-sided test of that fails.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import binom

from funnel.filters import Filters
from funnel.metrics.comparison.windows import PairChoice
from funnel.reports.retrospective.report import retrospective_report
from tests.claims.loading import batch_of, general, workspace

MOST_FALSE = 0.065
FIRST = date(2024, 1, 1)
CHANGED_BEFORE_END = 92
"""Days before the end on which a rise begins."""
BANDS = (20, 40, 60, 10_000)
"""Upper ends of the groups of companies by how long their first step takes."""
STAGES = ("Qualified Date", "Opportunity Date", "Won Date")


def weekday(day: float) -> date:
    """The day, or the Monday after it."""
    found = FIRST + timedelta(days=int(day))
    return found + timedelta(days=max(0, 7 - found.weekday()) if found.weekday() > 4 else 0)


def company(rng: np.random.Generator, leads_a_month: int, *, rise: bool) -> tuple[list[dict[str, str]], date]:
    """Rows as they are known on the last day, and the day from which the first step is another."""
    last = date(2025, 12, 1) + timedelta(days=int(rng.integers(0, 30)))
    n_days = (last - FIRST).days + 1
    rates = [0.15 if rise else rng.uniform(0.2, 0.6), rng.uniform(0.3, 0.6), rng.uniform(0.2, 0.5)]
    middles, tails = rng.uniform(2, 15, 3), rng.uniform(0.7, 1.3, 3)
    growth = rng.uniform(-0.01, 0.04)
    changed_on = n_days - CHANGED_BEFORE_END
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
    return rows, FIRST + timedelta(days=changed_on)


def comparisons(rows: list[dict[str, str]], folder: Path, choices: Sequence[PairChoice]) -> list[pl.DataFrame]:
    """What is said of each step, out of the rows as a file, by each choice of windows."""
    path = folder / "leads.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["Lead ID", "Created", *STAGES, "Lost Date", "Status"], restval="")
        writer.writeheader()
        writer.writerows(rows)
    data = workspace([batch_of(path, general())], general())
    won = sum(row["Status"] == "Won" for row in rows)
    if data.journeys.height != len(rows) or (data.journeys["outcome"] == "won").sum() != won:
        raise AssertionError("the file was not read as it was written")
    return [retrospective_report(data, Filters(), choice=choice).comparison for choice in choices]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=600)
    parser.add_argument("--leads", type=int, default=120, help="a month, at the beginning")
    parser.add_argument("--rise", action="store_true", help="lift the first step from 15 to 28 %%")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng, false, judged = np.random.default_rng(asked.seed), 0, 0
    found: dict[int, list[tuple[bool, ...]]] = {band: [] for band in BANDS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(asked.runs):
            rows, changed_on = company(rng, asked.leads, rise=asked.rise)
            choices = [PairChoice(), *([PairChoice("change", change_on=changed_on)] if asked.rise else [])]
            tables = comparisons(rows, Path(folder), choices)
            said = tables[0]["verdict"].to_list()
            judged += sum(one in ("improved", "worsened", "no_clear_change", "this_step_alone") for one in said)
            false += any(one in ("improved", "worsened") for one in said)
            takes = tables[0]["horizon_days"][0] or 0
            band = next(band for band in BANDS if takes <= band)
            found[band].append(tuple(table["verdict"][0] == "improved" for table in tables))
    print(f"{asked.runs} companies, {asked.leads} leads a month; steps judged {judged / asked.runs:.2f}")
    if not asked.rise:
        print(f"judged falsely: {false} ({false / asked.runs:.1%})")
        return int(false > binom.ppf(0.95, asked.runs, MOST_FALSE))
    print("H up to | companies | found by the default windows | found when the day is named")
    everybody = [one for band in BANDS for one in found[band]]
    for band, hits in [*found.items(), ("all", everybody)]:
        shares = " | ".join(f"{sum(side) / len(hits):.0%}" for side in zip(*hits, strict=True))
        print(f"{band} | {len(hits)} | {shares}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
