"""Runs one piece of work on a workspace in a child process, kills it with SIGKILL, and says what is left.

``python -m tests.store_crash WORK FOLDER N`` prints one JSON line per kill. Each trial is a fork of this process, which
itself never touches DuckDB or Polars: so a trial costs no new interpreter. The delays are spread evenly over the time
that the unkilled work takes.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from funnel.schema import LeadRows, empty
from funnel.storage import migrating
from funnel.storage.connection import connect
from funnel.storage.workspaces import create_workspace, open_workspace
from tests.store_samples import DEFINITION, NOW, a_batch

N_LEADS = 20_000


def large(content: str) -> Any:
    """An import that takes a moment."""
    numbers = pl.DataFrame([pl.int_range(N_LEADS, dtype=pl.Int64, eager=True).alias("row_no")])
    rows = pl.concat([empty(LeadRows), numbers], how="diagonal").with_columns(
        pl.lit(0, dtype=pl.Int32).alias("batch_no"), (content + pl.col("row_no").cast(pl.String)).alias("lead_id")
    )
    entries = pl.concat([a_batch(content).entries] * N_LEADS).with_columns(rows["lead_id"])
    return a_batch(content, lead_rows=rows, entries=entries, n_rows=N_LEADS + 1, n_accepted=N_LEADS)


def digest(path: Path) -> dict[str, Any]:
    """What a workspace holds, after a full check by opening it."""
    store = open_workspace(path)
    facts = store.facts()
    with store.reading() as cursor:
        tables = ("batches", "batch_events", "lead_rows", "entries", "labels", "rejected", "findings")
        stored = [cursor.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in tables]
    found = {
        "stored": stored,
        "leads": facts.lead_rows.height,
        "ids": int(facts.lead_rows["lead_id"].hash(seed=1).sum() or 0) % 2**31,
        "entries": facts.entries.height,
        "batches": facts.batches.height,
        "history": store.history().height,
        "edits": sum(len(store.record_history("tracking", record.id)) for record in store.records("tracking")),
        "definition": len(store.definition_versions()),
    }
    store.close()
    return found


def prepare(folder: Path) -> None:
    """``present.duckdb`` with two imports and a row of the plan; ``backup.duckdb``, made after the first of them."""
    store = create_workspace(folder, "present", DEFINITION, now=NOW)
    store.import_batch(large("a"), who="Li", now=NOW)
    store.backup(folder / "copies" / "backup.duckdb", now=NOW)
    store.import_batch(large("b"), who="Li", now=NOW)
    store.save_record("tracking", None, {"n": 0}, who="Li", now=NOW)
    store.close()


def do_import(path: Path, acknowledge: Callable[[int], object]) -> None:
    store = open_workspace(path)
    acknowledge(0)
    store.import_batch(large("c"), who="Li", now=NOW)
    acknowledge(1)


def do_restore(path: Path, acknowledge: Callable[[int], object]) -> None:
    store = open_workspace(path)
    acknowledge(0)
    store.restore(path.parent / "copies" / "backup.duckdb", who="Li", now=NOW)
    acknowledge(1)


def do_forget(path: Path, acknowledge: Callable[[int], object]) -> None:
    store = open_workspace(path)
    acknowledge(0)
    store.forget_lead("a7", keep_figures=False, who="Li", now=NOW)
    acknowledge(1)


def do_migrate(path: Path, acknowledge: Callable[[int], object]) -> None:
    acknowledge(0)
    open_workspace(path)
    acknowledge(1)


def do_save(path: Path, acknowledge: Callable[[int], object]) -> None:
    store = open_workspace(path)
    (row,) = store.records("tracking")
    acknowledge(0)
    for n in range(1, 150):
        store.save_record("tracking", row.id, {"n": n}, who="Li", now=NOW)
        acknowledge(n)


WORK = {"import": do_import, "restore": do_restore, "forget": do_forget, "migrate": do_migrate, "save": do_save}


def with_later_migrations(folder: Path) -> None:
    """Two more migrations, the second slow enough to be killed in: both must be seen whole or not at all."""
    later = folder / "migrations"
    if not later.exists():
        shutil.copytree(migrating.MIGRATIONS, later)
        (later / "9001_extra.sql").write_text(
            "ALTER TABLE settings ADD COLUMN extra VARCHAR;\nCREATE TABLE extra (n INT);"
        )
        (later / "9002_fill.sql").write_text(
            "INSERT INTO extra SELECT range FROM range(400000);\n"
            "CREATE TABLE copied AS SELECT * FROM lead_rows;\nUPDATE copied SET source = 'x';\nDROP TABLE lead_rows;\n"
            "ALTER TABLE copied RENAME TO lead_rows;"
        )
    migrating.MIGRATIONS = later


def form_of(path: Path) -> dict[str, Any]:
    """The raw form of a file, without migrating it."""
    connection = connect(path)
    tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    form = connection.execute("SELECT max(version) FROM migrations").fetchall()[0][0]
    rows = connection.execute("SELECT count(*) FROM extra").fetchall()[0][0] if "extra" in tables else None
    connection.close()
    return {"form": form, "extra": rows, "leftover": "copied" in tables}


def forked(work: Callable[[], Any]) -> Any:
    """The JSON result of ``work`` in a child process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, json.dumps(work()).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text)


def killed(work: Callable[[Path, Callable[[int], object]], None], path: Path, delay: float | None) -> tuple[int, float]:
    """Run ``work``, SIGKILL it ``delay`` seconds after its start, and return the last acknowledgement and the time."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        work(path, lambda n: os.write(write, n.to_bytes(4)))
        os._exit(0)
    os.close(write)
    assert os.read(read, 4) == bytes(4), "the work did not begin"
    begun = time.perf_counter()
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    taken = time.perf_counter() - begun
    with os.fdopen(read, "rb") as answer:
        said = answer.read()
    return int.from_bytes(said[-4:]) if said else 0, taken


def main() -> None:
    name, folder, n = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    work = WORK[name]
    base = folder / "base"
    forked(lambda: prepare(base))
    if name == "migrate":
        with_later_migrations(folder)

    def fresh(i: int) -> Path:
        shutil.copytree(base, folder / str(i))
        return folder / str(i) / "present.duckdb"

    old = form_of if name == "migrate" else digest
    print(json.dumps({"old": forked(lambda: old(base / "present.duckdb"))}))  # noqa: T201
    whole = fresh(0)
    _, taken = killed(work, whole, None)
    print(json.dumps({"new": forked(lambda: old(whole)), "seconds": taken}))  # noqa: T201
    for i in range(1, n + 1):
        path = fresh(i)
        said, _ = killed(work, path, taken * (i - 0.5) / n)
        left: dict[str, Any] = {"acknowledged": said}
        if name == "migrate":
            left["raw"] = forked(lambda p=path: form_of(p))
        left["left"] = forked(lambda p=path: digest(p))
        left["files"] = sorted(p.name for p in path.parent.iterdir())
        print(json.dumps(left), flush=True)  # noqa: T201
        shutil.rmtree(path.parent)


if __name__ == "__main__":
    main()
