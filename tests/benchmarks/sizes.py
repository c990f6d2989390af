"""What the work costs at each size, beside pandas, DuckDB and ClickHouse in the same run.

``python -m tests.benchmarks.sizes [--leads 3000 100000 1000000] [--before FOLDER] [--import-rows 1000000]``

Every size runs in a process of its own with one thread (``--threads``), all caches of the pages off; what all sides
count is asserted equal and printed. ``--before``: a worktree of an older state, whose bottleneck report is measured in
turns with ours. The goals stand in ``GOALS``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from funnel.filters import Filters, Window
from funnel.metrics.journeys.build import build_journeys
from funnel.reports.kept_data import told_by, workspace_again
from funnel.reports.overview import overview_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Facts, Spend, empty, empty_facts
from funnel.storage.figures.kept import keep, read
from tests.benchmarks.measuring import Taken, apart, peak, side_by_side, with_threads
from tests.benchmarks.rivals import (
    WITHOUT_CHDB,
    bare_funnel,
    clickhouse,
    clickhouse_pivot,
    duckdb_pivot,
    pandas_pivot,
)
from tests.benchmarks.test_bench_import import BARE, OURS, measured, milestones_file
from tests.benchmarks.twins import AS_OF, for_duckdb, for_pandas, stage_log, with_duckdb, with_pandas
from tests.factories import GUIDE

RECENT = Window("dates", date(2024, 10, 1), date(2024, 12, 31))
ASKED: dict[str, tuple[Window, str | None]] = {
    "all time": (Window(), None),
    "three months": (RECENT, None),
    "one source": (Window(), "web"),
}
GOALS = {
    "overview, 3,000 leads": "≤ 0.6 × pandas",
    "overview, all time": "≤ 1/8 × ClickHouse",
    "overview, three months": "≤ 0.5 × pandas",
    "overview, one source": "≤ 0.5 × pandas",
    "journeys": "≤ 1.2 × DuckDB",
    "opening": "≤ 2 × DuckDB",
    "opening again": "≤ 0.2 × DuckDB",
}


def opened(facts: Facts) -> WorkspaceData:
    return load_workspace(
        name="bench", is_sample=False, facts=facts, definition=GUIDE, spend=empty(Spend), settings={}, as_of=AS_OF
    )


def opened_again(folder: Path) -> WorkspaceData:
    """The same out of what was kept of it."""
    found = read(folder / "w.duckdb", "s", "d")
    assert found is not None
    again = workspace_again(
        *found,
        read_facts=empty_facts,
        name="bench",
        is_sample=False,
        spend=empty(Spend),
        settings={},
        import_findings=(),
    )
    assert again is not None
    return again


def say(text: str = "") -> None:
    print(text, flush=True)


def table(title: str, taken: dict[str, Taken], ours: str, goal: str | None) -> None:
    """One line: what ours took, what the others took, and ours as a multiple of each (of processor time)."""
    mine = taken[ours]
    cells = [f"ours {mine.cpu * 1000:,.0f} ms ({mine.wall * 1000:,.0f} by the clock)"]
    for name, one in taken.items():
        if name != ours:
            cells.append(f"{name} {one.cpu * 1000:,.0f} ms: {mine.cpu / one.cpu:.2f} ×")
    say(f"| {title} | {' | '.join(cells)} | {goal or ''} |")


def reports(n: int, threads: int, times: int) -> None:
    """The overview report against the plain figures alone, and against one bare funnel of ClickHouse."""
    facts = stage_log(n)
    data, session = opened(facts), clickhouse(facts.entries, threads)
    frame, connection = for_pandas(data.journeys), for_duckdb(data.journeys)
    connection.execute(f"SET threads = {threads}")
    if session is None:
        say(f"ClickHouse: {WITHOUT_CHDB}")
    for name, (window, source) in ASKED.items():
        filters = Filters(window, source=() if source is None else (source,))
        ways: dict[str, Callable[[], Any]] = {
            "ours": lambda filters=filters: overview_report(data, filters),
            "pandas": lambda window=window, source=source: with_pandas(frame, window, source),
            "DuckDB": lambda window=window, source=source: with_duckdb(connection, window, source),
        }
        if session is not None and name == "all time":
            ways["ClickHouse"] = lambda: bare_funnel(session)
        counted = same_figures(ways)
        goal = GOALS["overview, 3,000 leads"] if n <= 3_000 else GOALS[f"overview, {name}"]
        table(f"{n:,}: overview, {name}", side_by_side(ways, times), "ours", goal)
        say(f"    equal: {counted}")


def same_figures(ways: dict[str, Callable[[], Any]]) -> str:
    """What every side counts, equal on all; as text."""
    report = ways["ours"]()
    figures = dict(report.key_figures.select("figure", "value").rows())
    reached = report.status["n_reached"].to_list()
    days = report.status.select("median_days", "p75_days", "p90_days").rows()[1:]
    for name in ("pandas", "DuckDB"):
        other = ways[name]()
        assert reached == other["reached"], name
        assert report.status["lost"].to_list()[1:] == other["lost"], name
        for mine, theirs in zip(days, other["days"], strict=True):
            assert mine == pytest.approx(tuple(theirs), rel=1e-5), name
        money = figures["revenue"], figures["sales_cycle"]
        assert money == pytest.approx(other["money"], rel=1e-5), name
    if "ClickHouse" in ways:
        assert ways["ClickHouse"]() == reached
    lost = report.status["lost"].to_list()[1:]
    median = [None if row[0] is None else round(row[0], 3) for row in days]
    return f"reached {reached}, lost {lost}, median days {median}, revenue {figures['revenue']:.2f}"


def opening(n: int, threads: int, times: int) -> None:
    """Journeys, and all that opening a workspace costs, against the first entries alone."""
    facts = stage_log(n)
    pivot, session = duckdb_pivot(facts.entries, threads), clickhouse(facts.entries, threads)
    plan = build_journeys(facts, GUIDE, AS_OF)
    ways: dict[str, Callable[[], Any]] = {"journeys": plan.collect, "opening": lambda: opened(facts), "DuckDB": pivot}
    if n <= 1_000_000:
        ways["pandas"] = pandas_pivot(facts.entries)
    if session is not None:
        ways["ClickHouse"] = lambda: clickhouse_pivot(session)
    built = plan.collect()
    entered = [int(built[f"entered_{key}"].count()) for key in GUIDE.keys]
    for name in ways.keys() - {"journeys", "opening"}:
        assert ways[name]() == entered, name
    folder = Path(tempfile.mkdtemp(prefix="funnel-bench-"))
    data = opened(facts)
    assert data.journeys.height == n
    keep(folder / "w.duckdb", "s", "d", data.journeys, told_by(data), at_most=10**11, is_current=lambda: True)
    ways["opening again"] = lambda: opened_again(folder)
    again = opened_again(folder)
    assert again.journeys.equals(data.journeys)
    assert overview_report(again, Filters()).status.equals(overview_report(data, Filters()).status)
    taken = side_by_side(ways, times if n < 1_000_000 else min(times, 3))
    shutil.rmtree(folder)
    mine = ("journeys", "opening", "opening again")
    for ours in mine:
        others = {name: one for name, one in taken.items() if name == ours or name not in mine}
        table(f"{n:,}: {ours}", others, ours, GOALS[ours])
    say(f"    equal: entered {entered}")


def memory(n: int, threads: int, what: str) -> None:
    """The peak of memory of one piece of work beyond the facts it starts with, in bytes."""
    facts = stage_log(n)
    if what == "DuckDB":
        pivot = duckdb_pivot(facts.entries, threads)
        before = peak()
        pivot()
    else:
        before = peak()
        opened(facts) if what == "opening" else build_journeys(facts, GUIDE, AS_OF).collect()
    print(json.dumps({"bytes": peak() - before, "all": peak()}))


_BOTTLENECK = """
import json, pickle, statistics, sys, time
import polars as pl
from datetime import date
from pathlib import Path
from funnel.filters import Filters, preset_window
from funnel.schema import Batches, Entries, Facts, Labels, LeadRows, Spend, StageCounts, empty
{imports}
folder = Path(sys.argv[1])
def read(name, schema):
    frame = pl.read_parquet(folder / f"{{name}}.parquet")
    return frame.select(empty(schema).columns)
facts = Facts(read("batches", Batches), read("lead_rows", LeadRows), read("entries", Entries), read("labels", Labels),
    read("counts", StageCounts))
definition = load_templates(Path("data/templates"))["general_b2b"]
data = load_workspace(name="b", is_sample=False, facts=facts, definition=definition, spend=empty(Spend), settings={{}})
filters = Filters(preset_window("12m", data.as_of))
def report():
    return {call}
found = report()
cpu, wall = [], []
for _ in range(7):
    c, w = time.process_time(), time.perf_counter()
    report()
    cpu.append(time.process_time() - c)
    wall.append(time.perf_counter() - w)
print(json.dumps({{"cpu": statistics.median(cpu), "wall": statistics.median(wall), "leads": data.journeys.height,
    "n_leads": found.n_leads, "steps": found.steps["n"].to_list()}}))
"""
_NOW = (
    "from funnel.definition.definition import load_templates\n"
    "from funnel.reports.bottleneck.report import bottleneck_report\n"
    "from funnel.reports.workspace_data import load_workspace",
    "bottleneck_report(data, filters)",
)
_AT_9607BEE = (
    "from funnel.definition import load_templates\nfrom funnel.reports.bottleneck import bottleneck_report\n"
    "from funnel.reports.workspace_data import load_workspace",
    "bottleneck_report(data.journeys.lazy(), definition, filters, data.day, data.horizons)",
)


def sample_facts() -> Facts:
    """The facts of the sample company: 2,400 leads."""
    from datetime import datetime

    from funnel.definition.definition import load_templates
    from funnel.intake.batches.normalizing import normalize
    from funnel.intake.proposing.propose import propose_mapping
    from funnel.intake.reading.reader import read_table
    from funnel.schema import facts_of

    path, now = Path("data/sample/leads_en.csv"), datetime(2026, 7, 1)
    read = read_table(path, path.name)
    mapping = propose_mapping(read, load_templates(Path("data/templates"))["general_b2b"]).mapping
    return facts_of([normalize(read, mapping, import_day=now.date())], now)


def bottleneck(before: Path, threads: int) -> None:
    """The bottleneck report of the sample, in turns with that of an older state (commit 9607bee)."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("batches", "lead_rows", "entries", "labels", "counts"):
            getattr(sample_facts(), name).write_parquet(Path(folder) / f"{name}.parquet")
        runs: dict[str, list[dict[str, Any]]] = {"ours": [], "before": []}
        for _ in range(3):
            for name, (imports, call), where in (("ours", _NOW, Path.cwd()), ("before", _AT_9607BEE, before)):
                code = _BOTTLENECK.format(imports=imports, call=call)
                runs[name].append(apart(["-c", code, folder], folder=where, threads=threads))
    taken = {
        name: Taken(*(statistics.median(run[clock] for run in found) for clock in ("cpu", "wall")))
        for name, found in runs.items()
    }
    table(f"{runs['ours'][0]['leads']:,}: bottleneck report", taken, "ours", "≤ 1/6 × 9607bee")
    say(f"    n of the steps, ours {runs['ours'][0]['steps']}, before {runs['before'][0]['steps']}")


def excel(threads: int) -> None:
    """100,000 rows of 20 columns of Excel: our reading against fastexcel's own."""
    code = (
        "import json, sys, time\nfrom pathlib import Path\nimport fastexcel\n"
        "from funnel.intake.reading.reader import read_table\npath = Path(sys.argv[1])\n"
        "c = time.process_time(), time.perf_counter()\n"
        "fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes='string').to_polars()\n"
        "m = time.process_time(), time.perf_counter()\n"
        "table = read_table(path, 'book.xlsx')\ne = time.process_time(), time.perf_counter()\n"
        "import resource\nkids = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps({'bare': [m[0] - c[0], m[1] - c[1]], "
        "'ours': [e[0] - m[0] + kids.ru_utime + kids.ru_stime, e[1] - m[1]], 'rows': table.frame.height}))"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        cells = {f"c{j}": pl.int_range(100_000, eager=True) * (j + 1) % 9973 for j in range(12)}
        cells |= {f"t{j}": pl.Series([f"word {i * (j + 3) % 977}" for i in range(100_000)]) for j in range(8)}
        pl.DataFrame(cells).write_excel(path)
        found = [apart(["-c", code, path], threads=threads) for _ in range(3)]
    taken = {
        name: Taken(*(statistics.median(run[side][i] for run in found) for i in (0, 1)))
        for name, side in (("ours", "ours"), ("fastexcel", "bare"))
    }
    table("Excel, 100,000 × 20", taken, "ours", "≤ 2 × fastexcel")


def importing(rows: int, threads: int) -> None:
    """A CSV of milestones into a workspace against a bare read and insert: time and peak of memory."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path = milestones_file(folder / "leads.csv", rows)
        sides: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
        for i in range(3 if rows <= 1_000_000 else 1):
            sides["bare"].append(measured(BARE, path, folder / f"bare{i}.duckdb", threads=threads))
            sides["ours"].append(measured(OURS, path, folder / f"ours{i}", rows, threads=threads))
            shutil.rmtree(folder / f"ours{i}")
    taken = {
        name: Taken(*(statistics.median(run[clock] for run in found) for clock in ("cpu", "seconds")))
        for name, found in sides.items()
    }
    table(f"{rows:,}: import", taken, "ours", "≤ 3 × bare")
    held = {name: statistics.median(run["bytes"] for run in found) for name, found in sides.items()}
    ratio = held["ours"] / held["bare"]
    say(f"| {rows:,}: import, memory | ours {held['ours'] / 1e6:,.0f} MB | bare {ratio:.2f} × | ≤ 1.5 × bare |")


def run_apart(command: list[str], threads: int) -> None:
    """A part in a process of its own, which prints for itself."""
    subprocess.run([sys.executable, *command], env=os.environ | with_threads(threads), check=True)


def machine() -> str:
    names = ("polars", "duckdb", "pandas", "chdb", "numpy")
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except ImportError:
            found.append(f"{name} missing")
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    return f"{model or platform.processor()}, Python {platform.python_version()}, {', '.join(found)}; {commit.strip()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--leads", type=int, nargs="*", default=[3_000, 100_000, 1_000_000])
    asked.add_argument("--before", type=Path, help="a worktree of commit 9607bee")
    asked.add_argument("--import-rows", type=int, nargs="*", default=[])
    asked.add_argument("--excel", action="store_true")
    asked.add_argument("--threads", type=int, default=1)
    asked.add_argument("--times", type=int, default=5)
    asked.add_argument("--part", choices=("reports", "opening", "memory"), help="only this, in this process")
    asked.add_argument("--what", default="opening", help="of memory: opening, journeys or DuckDB")
    given = asked.parse_args()
    if given.part == "memory":
        return memory(given.leads[0], given.threads, given.what)
    if given.part:
        return {"reports": reports, "opening": opening}[given.part](given.leads[0], given.threads, given.times)
    say(f"{machine()}; {given.threads} thread(s), median of {given.times}, processor time")
    for n in given.leads:
        same = ["--leads", str(n), "--threads", str(given.threads), "--times", str(given.times)]
        for part in ("reports", "opening"):
            run_apart(["-m", "tests.benchmarks.sizes", "--part", part, *same], given.threads)
        held = {
            what: apart(["-m", "tests.benchmarks.sizes", "--part", "memory", "--what", what, *same])["bytes"]
            for what in ("opening", "journeys", "DuckDB")
        }
        say(f"| {n:,}: memory | {', '.join(f'{what} {size / 1e6:,.0f} MB' for what, size in held.items())} |")
    if given.before:
        bottleneck(given.before.resolve(), given.threads)
    for rows in given.import_rows:
        importing(rows, given.threads)
    if given.excel:
        excel(given.threads)


if __name__ == "__main__":
    main()
