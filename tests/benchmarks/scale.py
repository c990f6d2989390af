"""``python -m tests.benchmarks.scale``: how long histories in parts take, and how much memory.

Writes a history of so many events in parts (generated part by part, taken away afterwards), counts the overview of its
last six months part by part in a process of its own, and on clusters of one and two workers of one thread each. What is
printed: seconds by the clock, seconds of the processor, the largest memory of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from funnel.dataset.contract import FORMAT, MANIFEST, VERSION
from funnel.dataset.parts import about_parts, file_of, part_of
from funnel.schema import Batches, Entries, Labels, LeadRows, StageCounts, empty
from tests.conftest import ROOT
from tests.scale.worlds import DEFINITION, folder_of

EVENTS_PER_LEAD = 4
START, DAYS = datetime(2021, 1, 1), 1460
EXPORTED = date(2024, 12, 31)
SOURCES = ["web", "fair", "partner", "cold call", None]


def write(folder: Path, n_events: int, n_parts: int) -> None:
    """A stage log of about ``n_events``: customers of one to three leads, made part by part."""
    folder.mkdir(parents=True)
    about = {"format": FORMAT, "version": VERSION, "name": "Generated", "definition": DEFINITION.to_dict()}
    (folder / MANIFEST).write_text(json.dumps(about | {"settings": {"currency": "EUR"}, "parts": about_parts(n_parts)}))
    batch = (1, "stage_log", "log", datetime(2025, 1, 1), EXPORTED, "", n_events, n_events, None, None)
    pl.DataFrame([batch], schema=empty(Batches).schema, orient="row").write_parquet(folder / file_of("batches"))
    labels = [(1, "stage", key, key) for key in DEFINITION.keys] + [(1, "stage", "lost", "@lost")]
    pl.DataFrame(labels, schema=empty(Labels).schema, orient="row").write_parquet(folder / file_of("labels"))
    empty(StageCounts).write_parquet(folder / file_of("counts"))
    n_customers = n_events // EVENTS_PER_LEAD // 2
    step = max(1, n_customers // 50)
    waiting: dict[int, list[np.ndarray]] = {part: [] for part in range(n_parts)}
    for first in range(0, n_customers, step):  # the part of each customer, without holding all their names
        numbers = np.arange(first, min(first + step, n_customers))
        places = np.array(part_of((f"c{number}" for number in numbers), n_parts))
        for part in range(n_parts):
            waiting[part].append(numbers[places == part])
    for part in range(n_parts):
        rows, entries = _part(np.concatenate(waiting.pop(part)), np.random.default_rng(part))
        rows.write_parquet(folder / file_of("lead_rows", part))
        entries.write_parquet(folder / file_of("entries", part))


def _part(customers: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    n_each = rng.integers(1, 4, len(customers))
    customer = np.repeat(customers, n_each)
    number = np.concatenate([np.arange(n) for n in n_each]) if len(n_each) else n_each
    n = len(customer)
    created = rng.uniform(0, DAYS, n)
    furthest = rng.choice([1, 2, 3, 4], n, p=[0.2, 0.25, 0.25, 0.3])
    is_lost = (furthest < 4) & (rng.random(n) < 0.75)
    leads = pl.DataFrame({"customer": customer, "number": number, "created": created}).with_columns(
        lead_id=pl.format("c{}-{}", "customer", "number"), customer_id=pl.format("c{}", "customer")
    )

    def instant(days: pl.Expr) -> pl.Expr:
        return pl.lit(START) + pl.duration(microseconds=(days * 86_400e6).cast(pl.Int64))

    source, amount = rng.integers(0, len(SOURCES), n), rng.gamma(2, 2_000, n)
    rows = leads.select(
        "lead_id", "customer_id",
        batch_no=pl.lit(1, pl.Int32), row_no=pl.int_range(pl.len()), created_at=instant(pl.col("created")),
        created_has_time=pl.lit(True), amount=pl.Series(amount), owner=pl.lit("Ann"),
        source=pl.Series([SOURCES[one] for one in source], dtype=pl.String), currency=pl.lit("EUR"),
    )  # fmt: skip
    missing = [pl.lit(None).alias(name) for name in LeadRows.column_names() if name not in rows.columns]
    rows = rows.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in empty(LeadRows).schema.items())
    events, at = [], created.copy()
    for place, key in enumerate(DEFINITION.keys[:4], 1):
        at = at if place == 1 else at + rng.exponential(12, n)
        came = furthest >= place
        events.append(leads.select("lead_id", label=pl.lit(key), at=pl.Series(at)).filter(pl.Series(came)))
    ended = leads.select("lead_id", label=pl.lit("lost"), at=pl.Series(at + rng.exponential(20, n)))
    events.append(ended.filter(pl.Series(is_lost)))
    entries = pl.concat(events).with_columns(at=instant(pl.col("at"))).select(
        batch_no=pl.lit(1, pl.Int32), row_no=pl.int_range(pl.len()), lead_id="lead_id", scope=pl.lit("stage"),
        label="label", at="at", has_time=pl.lit(True),
    )  # fmt: skip
    return rows, entries.select(pl.col(name).cast(kind) for name, kind in empty(Entries).schema.items())


_COUNT = """
import json, os, resource, sys, time
from pathlib import Path
from funnel.filters import Filters, preset_window
from funnel.reports.overview import overview_report
from funnel.scale.choosing import way_named
from funnel.scale.cluster import Address
from tests.scale.worlds import in_parts
folder, address = Path(sys.argv[1]), sys.argv[2]
way = way_named("cluster" if address else "here", Address(address) if address else None)
began = time.monotonic()
data = in_parts(folder, way)
built = time.monotonic()
report = overview_report(data, Filters(preset_window("6m", data.day)))
done = time.monotonic()
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF,)]
print(json.dumps({
    "leads": data.n_leads, "in_window": report.n_leads, "building_s": round(built - began, 1),
    "overview_s": round(done - built, 1), "cpu_s": round(sum(u.ru_utime + u.ru_stime for u in used), 1),
    "peak_mb": round(max(u.ru_maxrss for u in used) / 1024),
}))
"""


def count(folder: Path, address: str = "") -> dict[str, float]:
    shutil.rmtree(folder.parent / "kept", ignore_errors=True)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, str(folder), address], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def on_workers(folder: Path, n: int) -> dict[str, float]:
    from distributed import LocalCluster

    # Set before they start: a spawned worker imports this file, and Polars with it, before the app can tell it.
    os.environ |= {"PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "1"}
    with LocalCluster(
        n_workers=n, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as local:
        return count(folder, local.scheduler_address)


@contextmanager
def killing(address: str, times: int) -> Iterator[list[int]]:
    """Within it a worker that has worked on a part for half a second is killed, so many times; yields their ids."""
    from distributed import Client

    is_over, killed = threading.Event(), list[int]()

    def kill(client: Client) -> None:
        while len(killed) < times and not is_over.wait(0.5):
            at_work = [worker for worker, tasks in client.processing().items() if tasks]
            ids = list(client.run(os.getpid, workers=at_work[:1]).values()) if at_work else []
            if ids and not is_over.wait(0.5):
                with suppress(ProcessLookupError):
                    os.kill(ids[0], signal.SIGKILL)
                    killed.append(ids[0])
                is_over.wait(3)  # until another has taken its place

    with Client(address, set_as_default=False) as client:
        thread = threading.Thread(target=kill, args=(client,))
        thread.start()
        try:
            yield killed
        finally:
            is_over.set()
            thread.join()


def same(n_events: int, workers: int) -> None:
    """Overview and Bottleneck of a generated history, of whose customers most have several leads: part by part in 1, 4
    and 64 parts and, of 4, on workers, also while two of them are killed, each held against one memory. Raises
    AssertionError at the first difference.
    """
    from distributed import LocalCluster

    from funnel.dataset.reading import read_dataset
    from funnel.metrics import gathering
    from funnel.scale.choosing import way_named
    from funnel.scale.cluster import Address
    from tests.scale.worlds import assert_same_bottleneck, assert_same_overview, in_memory, in_parts

    with tempfile.TemporaryDirectory(prefix="funnel-scale-") as temporary:
        folder = Path(temporary, "one", "history")
        write(folder, n_events, 1)
        dataset = read_dataset(folder)
        one = in_memory(dataset)
        print(f"one memory: {one.n_leads:,} leads", flush=True)
        gathering.MOST_LISTED = one.n_leads  # the whole list of waiting leads is compared, not its first thousand

        def compare(name: str, other_folder: Path, address: str = "") -> None:
            way = way_named("cluster" if address else "here", Address(address) if address else None)
            other = in_parts(other_folder, way)
            assert_same_overview(one, other, medians=gathering.FINEST_SHARE)
            assert_same_bottleneck(one, other, medians=gathering.FINEST_SHARE)
            print(f"  {name}: equal", flush=True)

        compare("1 part", folder)
        for n_parts in (64, 4):
            other_folder = folder_of(dataset, n_parts, Path(temporary, str(n_parts)))
            compare(f"{n_parts} parts", other_folder)
        os.environ["PYTHONPATH"] = str(ROOT)
        with LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as local:
            shutil.rmtree(other_folder.parent / "kept", ignore_errors=True)
            compare(f"4 parts on {workers} workers", other_folder, local.scheduler_address)
            shutil.rmtree(other_folder.parent / "kept", ignore_errors=True)
            with killing(local.scheduler_address, 2) as killed:
                compare("the same, a worker killed at work, twice", other_folder, local.scheduler_address)
            assert len(killed) == 2, f"only {len(killed)} were killed before it was counted"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--same", type=float, default=0, help="millions of events: only compare the ways, time nothing")
    asked.add_argument("--events", type=float, nargs="+", default=[10, 100], help="millions")
    asked.add_argument("--parts", type=int, nargs="+", default=[16, 64], help="one number for each of --events")
    asked.add_argument("--cluster", type=float, default=10, help="millions of events counted on workers; 0: none")
    said = asked.parse_args()
    if said.same:
        same(int(said.same * 1e6), 2)
        return
    for millions, n_parts in zip(said.events, said.parts, strict=True):
        with tempfile.TemporaryDirectory(prefix="funnel-scale-") as temporary:
            folder = Path(temporary, "history")
            began = time.monotonic()
            write(folder, int(millions * 1e6), n_parts)
            size = sum(one.stat().st_size for one in folder.iterdir()) / 1e9
            n = sum(pl.scan_parquet(one).select(pl.len()).collect().item() for one in folder.glob("entries-*"))
            print(f"{n:,} events in {n_parts} parts, {size:.1f} GB, written in {time.monotonic() - began:.0f} s")
            print("  part by part:", count(folder), flush=True)
            if millions == said.cluster:
                for workers in (1, 2):
                    print(f"  workers: {workers}:", on_workers(folder, workers), flush=True)


if __name__ == "__main__":
    main()
