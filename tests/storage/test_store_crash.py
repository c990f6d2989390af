"""Killed with SIGKILL at many points of a save, an import, a restore, a migration or a forgetting: whole or nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork are POSIX")


def kills(work: str, folder: Path, n: int) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """What was there before, what the unkilled work leaves, and what each of the ``n`` kills left."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.store_crash", work, str(folder), str(n)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == n + 2
    return lines[0]["old"], lines[1]["new"], lines[2:]


def test_an_acknowledged_save_survives_a_kill(tmp_path: Path) -> None:
    _, new, trials = kills("save", tmp_path, 4)
    assert new["edits"] == 150
    for trial in trials:
        # At most the save that was under way may be there or not; its acknowledgement cannot have been sent before.
        assert trial["left"]["edits"] - 1 in (trial["acknowledged"], trial["acknowledged"] + 1)
    assert len({trial["acknowledged"] for trial in trials}) > 1


def test_a_killed_import_is_all_there_or_not_at_all(tmp_path: Path) -> None:
    old, new, trials = kills("import", tmp_path, 6)
    assert new["leads"] == old["leads"] + 20_000
    for trial in trials:
        assert trial["left"] in (old, new), "also no row that is stored but not shown"
        assert not trial["acknowledged"] or trial["left"] == new


def test_a_killed_restore_leaves_the_old_or_the_new_workspace(tmp_path: Path) -> None:
    old, new, trials = kills("restore", tmp_path, 5)
    assert (old["batches"], new["batches"]) == (2, 1)
    for trial in trials:
        assert trial["left"] in (old, new)
        assert not trial["acknowledged"] or trial["left"] == new
        assert [name for name in trial["files"] if name.startswith(".")] == [], "no unfinished copy stays"
    assert any(trial["left"] == old for trial in trials)


def test_a_killed_migration_leaves_whole_steps_and_goes_on(tmp_path: Path) -> None:
    old, new, trials = kills("migrate", tmp_path, 10)
    between = {"form": 9001, "extra": 0, "leftover": False}
    assert new == {"form": 9002, "extra": 400_000, "leftover": False}
    for trial in trials:
        assert trial["raw"] in (old, between, new)
        assert trial["left"] == trials[0]["left"]
        assert trial["left"]["leads"] == 40_000
    assert any(trial["raw"] != new for trial in trials)


def test_a_killed_forgetting_is_finished_or_never_began(tmp_path: Path) -> None:
    old, new, trials = kills("forget", tmp_path, 6)
    assert new["leads"] == old["leads"] - 1
    for trial in trials:
        assert trial["left"] in (old, new)
        assert [name for name in trial["files"] if name.startswith(".")] == []
