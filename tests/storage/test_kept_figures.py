"""Figures kept beside a workspace: what comes back is what was kept, and what is in doubt counts as not kept."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from funnel.storage.figures import kept
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace, delete_workspace
from tests.store_samples import DEFINITION, NOW, a_batch

FRAME = pl.DataFrame(
    {
        "lead_id": [f"lead {i}" for i in range(2_000)],
        "at": [datetime(2025, 1, 1 + i % 28) if i % 3 else None for i in range(2_000)],
        "source": pl.Series([("web", "fair", None)[i % 3] for i in range(2_000)], dtype=pl.Categorical),
        "outcome": pl.Series([("open", "won")[i % 2] for i in range(2_000)], dtype=pl.Enum(["open", "won"])),
        "days": pl.Series([i / 7 for i in range(2_000)], dtype=pl.Float32),
    }
)


def keep(
    path: Path,
    state: str = "s",
    asked: str = "day",
    frame: pl.DataFrame = FRAME,
    at_most: int = 10**9,
    is_current: Callable[[], bool] = lambda: True,
) -> None:
    kept.keep(path, state, asked, frame, "told", at_most=at_most, is_current=is_current)


def files(path: Path) -> list[Path]:
    folder = kept.folder_of(path)
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "ours.duckdb").touch()
    return tmp_path / "ours.duckdb"


def test_a_frame_comes_back_with_its_types(path: Path) -> None:
    keep(path)
    found = kept.read(path, "s", "day")
    assert found is not None
    assert found[0].schema == FRAME.schema
    assert found[0].equals(FRAME)
    assert found[1] == "told"
    assert found[0].filter(pl.col("source") == "web").height == 667
    assert kept.read(path, "s", "another day") is None
    assert kept.read(path, "another state", "day") is None
    assert kept.read(path.with_stem("theirs"), "s", "day") is None


def cut(frame: Path, told: Path) -> None:
    with frame.open("rb+") as file:
        file.truncate(frame.stat().st_size // 2)


def flipped(frame: Path, told: Path) -> None:
    content = bytearray(frame.read_bytes())
    content[len(content) // 2] ^= 1
    frame.write_bytes(content)


def brought_from_elsewhere(frame: Path, told: Path) -> None:
    stat = frame.stat()
    shutil.copyfile(frame, frame.with_suffix(".copy"))
    frame.with_suffix(".copy").replace(frame)
    os.utime(frame, ns=(stat.st_atime_ns, stat.st_mtime_ns - 1_000_000))


def no_frame_at_all(frame: Path, told: Path) -> None:
    """A whole file of another kind, with a text that says it was written here."""
    frame.write_bytes(b"no frame" * 500)
    told.write_text(json.dumps(json.loads(told.read_text()) | {"file": kept._mark(frame)}))


def no_text(frame: Path, told: Path) -> None:
    told.write_text("{")


def a_list(frame: Path, told: Path) -> None:
    told.write_text("[]")


def gone(frame: Path, told: Path) -> None:
    frame.unlink()


@pytest.mark.parametrize("harm", [cut, flipped, brought_from_elsewhere, no_frame_at_all, no_text, a_list, gone])
def test_what_is_in_doubt_counts_as_not_kept_and_is_made_anew(path: Path, harm: Callable[[Path, Path], None]) -> None:
    keep(path)
    frame, told = files(path)
    harm(frame, told)
    assert kept.read(path, "s", "day") is None
    keep(path)
    assert kept.read(path, "s", "day") is not None


def test_only_the_newest_state_and_so_many_bytes_stay(path: Path) -> None:
    one = int(FRAME.estimated_size()) * 3 // 2  # a file is a little larger than its frame
    keep(path, "old")
    keep(path, "s", "monday", at_most=2 * one)
    assert kept.read(path, "old", "day") is None
    keep(path, "s", "tuesday", at_most=2 * one)
    os.utime(next(file for file in files(path) if "monday" in file.read_text(errors="replace")), ns=(0, 10**18))
    keep(path, "s", "wednesday", at_most=2 * one)
    assert [kept.read(path, "s", day) is not None for day in ("monday", "tuesday", "wednesday")] == [False, True, True]
    assert len(files(path)) == 4
    keep(path, "s", "thursday", at_most=1)
    assert kept.read(path, "s", "thursday") is None


def test_nothing_stays_of_a_state_that_is_gone_when_it_is_written(path: Path) -> None:
    """Somebody asked for a lead to be forgotten while the figures were being kept."""
    keep(path, is_current=lambda: False)
    assert files(path) == []


def test_a_folder_that_cannot_be_written_is_no_error(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept.folder_of(path).write_text("a file stands there")
    keep(path)
    assert kept.read(path, "s", "day") is None
    assert "cannot be kept" in caplog.text


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = create_workspace(tmp_path / "data", "Ours", DEFINITION, now=NOW)
    store.import_batch(a_batch("a"), who="Li", now=NOW)
    keep(store.path, store.state())
    assert len(files(store.path)) == 2
    return store


def test_a_forgotten_lead_is_in_no_kept_figures(store: Store) -> None:
    store.forget_lead("a-1", keep_figures=False, who="Li", now=NOW)
    assert files(store.path) == []


def test_restoring_and_deleting_take_them_along(store: Store, tmp_path: Path) -> None:
    backup = store.backup(tmp_path / "copy.duckdb", who="Li", now=NOW)
    store.restore(tmp_path / "copy.duckdb", who="Li", now=NOW)
    assert backup
    assert files(store.path) == []
    keep(store.path, store.state())
    delete_workspace(store, who="Li", now=NOW)
    assert not kept.folder_of(store.path).exists()


def test_the_state_changes_with_what_figures_are_made_of_and_with_nothing_else(store: Store, tmp_path: Path) -> None:
    before = store.state()
    store.save_record("tracking", None, {"n": 1}, who="Li", now=NOW)
    assert store.state() == before, "a weekly report is in no journey"
    store.import_batch(a_batch("b"), who="Li", now=NOW)
    after = store.state()
    store.set_setting("currency", "CNY")
    assert len({before, after, store.state()}) == 3
    other = create_workspace(tmp_path / "other", "Ours", DEFINITION, now=NOW.replace(year=2024))
    other.import_batch(a_batch("c"), who="Li", now=NOW)
    assert other.state() != before, "another file of this name with as many writes"
    other.close()
