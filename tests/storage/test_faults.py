"""What goes wrong around a workspace: a disk that is full at the worst moment. One sentence, and work goes on."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from funnel.errors import StorageError
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace
from tests.conftest import ROOT
from tests.store_crash import large
from tests.store_samples import DEFINITION, NOW, a_batch, new_workspace, refused

FULL = 'Failed to create checkpoint because of error: Could not write file "x": No space left on device'
GIVEN_UP = f"Failed: database has been invalidated because of a previous fatal error.\nOriginal error: {FULL}"


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = new_workspace(tmp_path, "x", DEFINITION, now=NOW)
    opened.import_batch(a_batch("first"), who="Li", now=NOW)
    yield opened
    opened.close()


class GivenUp:
    """A connection that DuckDB has given up: no cursor of it does anything, it can only be closed."""

    def __init__(self, real: duckdb.DuckDBPyConnection) -> None:
        self.real = real
        self.n_closed = 0

    def __getattr__(self, name: str) -> Any:
        raise duckdb.FatalException(GIVEN_UP)

    def close(self) -> None:
        self.n_closed += 1
        self.real.close()


class FullAtCheckpoint(GivenUp):
    """One that works until its checkpoint finds no space."""

    is_invalid = False

    def __getattr__(self, name: str) -> Any:
        if self.is_invalid:
            raise duckdb.FatalException(GIVEN_UP)
        return getattr(self.real, name)

    def checkpoint(self) -> None:
        self.is_invalid = True
        raise duckdb.FatalException(FULL)


def replaced(store: Store, kind: type[GivenUp]) -> GivenUp:
    assert store._connection is not None
    store._connection = given_up = kind(store._connection)  # ty: ignore[invalid-assignment]
    return given_up


@pytest.mark.parametrize("call", ["facts", "save"])
def test_a_connection_that_was_given_up_is_opened_again(store: Store, call: str) -> None:
    def ask() -> object:
        if call == "facts":
            return store.facts()
        return store.save_record("tracking", None, {"n": 1}, who="Li", now=NOW)

    before = store.facts().lead_rows
    given_up = replaced(store, GivenUp)
    with refused(StorageError, "storage.disk_full"):
        ask()
    ask()
    assert store.facts().lead_rows.equals(before, null_equal=True)
    assert given_up.n_closed == 1
    assert store.is_open


def test_a_backup_on_a_full_disk_costs_the_backup_and_nothing_else(store: Store, tmp_path: Path) -> None:
    replaced(store, FullAtCheckpoint)
    with refused(StorageError, "storage.disk_full"):
        store.backup(tmp_path / "b.duckdb", now=NOW)
    assert store.history().height == 1
    assert store.backup(tmp_path / "b.duckdb", now=NOW).n_imports == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A disk of 40 MB of its own, where the machine allows to make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)], capture_output=True, check=False
    ) if sys.platform == "linux" and os.geteuid() == 0 else None  # fmt: skip
    if made is None or made.returncode:
        pytest.skip("this machine does not let a test make a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True, cwd=ROOT)


def leave(disk: Path, n: int) -> Path:
    """Fill the disk but for ``n`` bytes."""
    stat = os.statvfs(disk)
    fill = disk / "fill"
    fill.write_bytes(bytes(stat.f_bavail * stat.f_frsize - n))
    return fill


def test_a_full_disk_at_any_write_is_told_and_forgotten_once_there_is_space(small_disk: Path, tmp_path: Path) -> None:
    """The log passes 16 MB in the fourth import, which makes DuckDB write all of it into the file."""
    store = create_workspace(small_disk / "data", "x", DEFINITION, now=NOW)
    fill = leave(small_disk, 12_000_000)
    stored = 0
    for i in range(6):
        with contextlib.suppress(StorageError):
            store.import_batch(large(f"b{i}"), who="Li", now=NOW)
            stored += 1
        assert store.history().height == stored
    assert 0 < stored < 6
    with refused(StorageError, "storage.disk_full"):
        store.backup(tmp_path / "b.duckdb", now=NOW)
    assert store.history().height == stored
    fill.unlink()
    store.import_batch(large("later"), who="Li", now=NOW)
    assert store.history().height == stored + 1
    assert store.backup(tmp_path / "b.duckdb", now=NOW).n_imports == stored + 1
    store.close()
