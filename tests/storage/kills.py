"""Kills a process that works on a workspace with SIGKILL at random moments, and checks what is left.

``python -m tests.storage.kills [N] [SEED]`` (N kills, 200 unless given). A series of calls is carried out once:
imports, undoing, edits, settings, definitions, freezing, forgetting, backups, restores, on a file of an old form.
Then each child opens the file as it was somewhere in the series, carries out the next three calls, and acknowledges
each; every fifth is killed while it opens and migrates the old file. What a kill leaves must be the state after the
last acknowledged call or after the one that was under way: nothing that was acknowledged is lost, nothing is there by
halves, every backup whose making was acknowledged is whole, and no unfinished file stays beside the workspaces.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from funnel.definition.definition import Text
from funnel.errors import StorageError
from funnel.storage.backups.taking_over import inspect_backup
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace
from tests.store_crash import forked
from tests.store_samples import NOW, a_batch

OLD = Path(__file__).parent / "old" / "workspace_2.duckdb.gz"
N_CALLS = 24
WINDOW = 3
"""Calls that a child carries out, unless it is killed."""


def _import(store: Store, i: int, _: Path) -> None:
    rows = [{"lead_id": f"{i}-{n}", "stage_label": "意向", "amount": float(n)} for n in range(500)]
    store.import_batch(a_batch(f"file{i}", *rows), who="Li", now=NOW)


def _undo(store: Store, i: int, _: Path) -> None:
    numbers = store.history()["batch_no"].to_list()
    (store.undo_batch if i % 2 else store.redo_batch)(numbers[i % len(numbers)], who="Li", now=NOW)


def _edit(store: Store, i: int, _: Path) -> None:
    known = {record.id for record in store.records("tracking")}
    row = f"row{i % 3}"
    store.save_record("tracking", row, {"n": i}, expected_version=None if row in known else 0, who="Li", now=NOW)


def _define(store: Store, i: int, _: Path) -> None:
    definition = replace(store.definition(), name=Text(f"Funnel {i}", f"漏斗 {i}"))
    store.save_definition(definition, who="Li", now=NOW, reason="")


def _freeze(store: Store, i: int, _: Path) -> None:
    store.save_record("retrospective", None, {"title": f"Q{i}", "figures": list(range(200))}, who="Li", now=NOW)


def _set(store: Store, i: int, _: Path) -> None:
    store.set_setting("currency", f"C{i}")


def _forget(store: Store, i: int, _: Path) -> None:
    leads = sorted(set(store.facts().lead_rows["lead_id"]))
    store.forget_lead(leads[i % len(leads)], keep_figures=False, who="Li", now=NOW)


def _backup(store: Store, i: int, away: Path) -> None:
    store.backup(away / f"copy{i}.duckdb", who="Li", now=NOW)


def _daily(store: Store, i: int, _: Path) -> None:
    store.daily_backup(now=NOW + timedelta(days=i))


def _restore(store: Store, i: int, away: Path) -> None:
    copies = sorted(away.glob("copy*.duckdb"))
    store.restore(copies[i % len(copies)], who="Li", now=NOW + timedelta(hours=i))


CALLS: dict[str, tuple[int, Callable[[Store, int, Path], None]]] = {
    "import": (4, _import),
    "undo": (2, _undo),
    "edit": (5, _edit),
    "define": (2, _define),
    "freeze": (2, _freeze),
    "set": (2, _set),
    "forget": (2, _forget),
    "backup": (2, _backup),
    "daily": (2, _daily),
    "restore": (1, _restore),
}
"""Name → how often it comes, and what it does."""


def series(seed: int) -> list[str]:
    """The calls of a run. It begins with what the others need."""
    names = [name for name, (weight, _) in CALLS.items() for _ in range(weight)]
    rng = random.Random(seed)
    return ["import", "edit", "backup", *(rng.choice(names) for _ in range(N_CALLS - 4)), "restore"]


def state(path: Path) -> dict[str, Any]:
    """What a workspace holds, as far as two runs of the same series share it: no random ids, no versions."""
    store = open_workspace(path)
    facts = store.facts()
    found = {
        "leads": int(facts.lead_rows["lead_id"].hash(seed=1).sum() or 0) % 2**31,
        "n_leads": facts.lead_rows.height,
        "entries": facts.entries.height,
        "history": store.history().select("file_name", "state").rows(),
        "edits": [[dict(r.fields), r.version] for r in store.records("tracking", with_deleted=True)],
        "frozen": [dict(r.fields)["title"] for r in store.records("retrospective")],
        "definition": [version.definition.name.en for version in store.definition_versions()],
        "settings": store.settings(),
        "daily": str(store.last_backup()),
    }
    store.close()
    hidden = [one.name for one in path.parent.rglob(".*") if one.parent.name != "away"]
    return json.loads(json.dumps(found)) | {"leftovers": hidden}


def work(folder: Path, names: list[str], first: int, said: Callable[[int], object]) -> None:
    """Open the file in ``folder`` and carry out the calls of the series from ``first`` (from 1) on; ``said`` is told
    the number of each that is done, 0 after opening."""
    store = open_workspace(folder / "work.duckdb", now=NOW)
    said(0)
    for i, name in enumerate(names[first - 1 : first - 1 + WINDOW], first):
        CALLS[name][1](store, i, folder / "away")
        said(i)


def reference(folder: Path, names: list[str]) -> tuple[list[dict[str, Any]], list[float]]:
    """The state after each number of calls (0: the old file), and the seconds of the first opening and of each call.

    ``folder/0``, ``folder/1`` … hold the files as they were.
    """
    old = folder / "0"
    (old / "away").mkdir(parents=True)
    (old / "work.duckdb").write_bytes(gzip.decompress(OLD.read_bytes()))

    def stepwise() -> tuple[list[dict[str, Any]], list[float]]:
        shutil.copytree(old, folder / "now")
        begun = time.perf_counter()
        found = [state(folder / "now" / "work.duckdb")]
        seconds = [time.perf_counter() - begun]
        for i, name in enumerate(names, 1):
            store = open_workspace(folder / "now" / "work.duckdb", now=NOW)
            begun = time.perf_counter()
            CALLS[name][1](store, i, folder / "now" / "away")
            seconds.append(time.perf_counter() - begun)
            store.close()
            found.append(state(folder / "now" / "work.duckdb"))
            shutil.copytree(folder / "now", folder / str(i))
        return found, seconds

    states, seconds = forked(stepwise)
    return states, seconds


def killed(folder: Path, names: list[str], first: int, after: float, *, opened: bool) -> int | None:
    """The last call that was acknowledged before the kill; null where not even the opening was. ``after``: seconds
    after the file is opened, or after the start."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        work(folder, names, first, lambda n: os.write(write, n.to_bytes(2)))
        os._exit(0)
    os.close(write)
    if opened:
        assert os.read(read, 2) == bytes(2)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as answer:
        said = answer.read()
    return int.from_bytes(said[-2:]) if said else 0 if opened else None


def unreadable_backups(folder: Path, names: list[str], done: int) -> list[str]:
    """Backups whose making was acknowledged and that cannot be read."""
    bad = []
    for i, name in enumerate(names[:done], 1):
        if name == "backup":
            try:
                inspect_backup(folder / "away" / f"copy{i}.duckdb")
            except StorageError as error:
                bad.append(f"copy{i}: {error}")
    return bad


def run(n: int, seed: int) -> list[str]:
    """What was wrong after ``n`` kills; nothing, as it should be."""
    rng = random.Random(seed)
    wrong: list[str] = []
    under_way: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="funnel-kills-") as place:
        names = series(seed)
        states, seconds = reference(Path(place), names)
        for k in range(n):
            migrates = k % 5 == 0
            first = 1 if migrates else rng.randint(1, len(names) - WINDOW + 1)
            folder = Path(place) / f"kill{k}"
            shutil.copytree(Path(place) / str(first - 1), folder)
            longest = seconds[0] if migrates else sum(seconds[first : first + WINDOW])
            said = killed(folder, names, first, rng.uniform(0, longest), opened=not migrates)
            done = said or first - 1
            is_over = done == first - 1 + WINDOW
            under_way["opening" if said is None else "nothing" if is_over else names[done]] += 1
            left = forked(lambda folder=folder: state(folder / "work.duckdb"))
            if left not in states[done : done + 1 if is_over else done + 2]:
                wrong.append(f"kill {k} after call {done} of {names[done - 1 : done + 1]}: {left}")
            if k % 10 == 0:
                wrong += forked(lambda folder=folder, done=done: unreadable_backups(folder, names, done))
            shutil.rmtree(folder)
    print(f"{n} kills in a series of {len(names)} calls; under way: {dict(under_way)}")  # noqa: T201
    return wrong


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    wrong = run(n, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    print(*wrong or ["nothing was lost, nothing is there by halves"], sep="\n")  # noqa: T201
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
