"""Backups that make themselves: one a day, opened and found equal; which stay, and where they go."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from funnel.errors import StorageError
from funnel.storage.backups import backup
from funnel.storage.backups.keeping import DAILY, Copy, Rules, copies, surplus
from funnel.storage.backups.taking_over import inspect_backup
from funnel.storage.store import Store
from funnel.storage.workspaces import (
    create_workspace,
    delete_workspace,
    list_workspaces,
    open_workspace,
    replace_damaged,
    workspace_from_backup,
)
from tests.storage.test_store_backup import everything
from tests.store_samples import DEFINITION, NOW, a_batch, new_workspace, refused


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = new_workspace(tmp_path / "data", "x[1]", DEFINITION, now=NOW)
    opened.import_batch(a_batch("first", {"lead_id": "1"}, {"lead_id": "2"}), who="Li", now=NOW)
    yield opened
    opened.close()


def test_one_copy_a_day_opened_and_equal(store: Store) -> None:
    assert store.last_backup() is None
    last = store.daily_backup(now=NOW)
    assert last is not None and (last.at, last.n_leads, last.is_elsewhere) == (NOW, 2, False)
    assert store.last_backup() == last
    assert store.daily_backup(now=NOW + timedelta(hours=9)) is None
    store.import_batch(a_batch("second"), who="Li", now=NOW)
    later = store.daily_backup(now=NOW + timedelta(days=1))
    assert later is not None and later.n_leads == 3
    assert [(copy.reason, copy.made_at) for copy in store.automatic_backups()] == [
        (DAILY, NOW + timedelta(days=1)),
        (DAILY, NOW),
    ]
    assert [inspect_backup(copy.path).n_leads for copy in store.automatic_backups()] == [3, 2]
    store.close()
    assert open_workspace(store.path).last_backup() == later
    assert open_workspace(store.path, rules=Rules(daily=0)).daily_backup(now=NOW + timedelta(days=9)) is None


def test_a_clock_that_was_ahead_costs_no_copy(store: Store) -> None:
    store.daily_backup(now=NOW + timedelta(days=400))
    assert store.daily_backup(now=NOW) is not None


def test_a_restore_keeps_the_word_about_the_last_backup(store: Store) -> None:
    last = store.daily_backup(now=NOW)
    (copy,) = store.automatic_backups()
    store.restore(copy.path, who="Li", now=NOW)
    assert store.last_backup() == last


def test_a_copy_that_differs_is_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = backup._write_whole

    def other_file(source: object, to: Path) -> None:
        other = create_workspace(to.parent / "aside", "other", DEFINITION, now=NOW)
        other.close()
        shutil.move(other.path, to)

    monkeypatch.setattr(backup, "_write_whole", other_file)
    with refused(StorageError, "storage.backup_differs"):
        store.daily_backup(now=NOW)
    assert (store.automatic_backups(), store.last_backup()) == ([], None)
    monkeypatch.setattr(backup, "_write_whole", real)
    assert store.daily_backup(now=NOW) is not None


def test_seven_days_four_weeks_twelve_months() -> None:
    """Told by the calendar alone: one copy a day for 400 days."""
    start = datetime(2025, 1, 1, 9)
    found = [Copy(Path(f"{i}.duckdb"), start + timedelta(days=i), DAILY) for i in range(400)][::-1]
    kept = sorted({copy.made_at.date() for copy in found} - {copy.made_at.date() for copy in surplus(found, Rules())})
    assert [f"{day:%y-%m-%d}" for day in kept] == [
        *("25-03-31", "25-04-30", "25-05-31", "25-06-30", "25-07-31", "25-08-31", "25-09-30", "25-10-31", "25-11-30"),
        "25-12-31",
        *("26-01-18", "26-01-25"),  # Sundays: the newest of their weeks
        *("26-01-29", "26-01-30", "26-01-31", "26-02-01"),  # the last of January, and the week before as days
        *("26-02-02", "26-02-03", "26-02-04"),
    ]
    few = Rules(daily=1, weekly=0, monthly=2)
    assert len(found) - len(surplus(found, few)) == 2
    # Copies before a restore are counted for themselves.
    events = [Copy(Path(f"e{i}.duckdb"), start + timedelta(days=i), "restore") for i in range(12)][::-1]
    both = sorted([*found, *events], key=lambda copy: copy.made_at, reverse=True)
    assert {copy.path.name for copy in surplus(both, Rules()) if copy.reason == "restore"} == {"e0.duckdb", "e1.duckdb"}


def test_what_the_rules_do_not_keep_goes(store: Store) -> None:
    store.rules = Rules(daily=2, weekly=0, monthly=0)
    for i in range(4):
        store.daily_backup(now=NOW + timedelta(days=i))
    assert [copy.made_at for copy in store.automatic_backups()] == [NOW + timedelta(days=3), NOW + timedelta(days=2)]


def test_a_folder_elsewhere_and_what_happens_when_it_is_gone(store: Store, tmp_path: Path) -> None:
    away = tmp_path / "another disk"
    store.rules = Rules(folder=away)
    assert store.daily_backup(now=NOW) is not None
    (copy,) = store.automatic_backups()
    assert copy.path.parent == away / "x_1_"
    shutil.rmtree(away)
    away.write_text("not a folder any more")
    last = store.daily_backup(now=NOW + timedelta(days=1))
    assert last is not None and last.is_elsewhere
    (copy,) = store.automatic_backups()
    assert copy.path.parent == store.path.parent / "backups" / "x_1_"


def test_backups_of_a_deleted_workspace_are_found_and_opened(store: Store, tmp_path: Path) -> None:
    before, folder = everything(store), store.path.parent
    delete_workspace(store, who="Li", now=NOW)
    (copy,) = copies(folder, Rules())
    assert (copy.stem, copy.reason) == ("x_1_", "delete")
    again = workspace_from_backup(folder, copy.path)
    assert everything(again) == before
    again.close()


@pytest.mark.parametrize("backup_is", ["good", "damaged"])
def test_a_damaged_file_is_replaced_and_kept(store: Store, tmp_path: Path, backup_is: str) -> None:
    before, path = everything(store), store.path
    copy = store.backup(tmp_path / "copy.duckdb", now=NOW).path
    store.close()
    noise = b"no database" * 1000
    path.write_bytes(noise)
    path.with_name(f"{path.name}.wal").write_bytes(b"log")
    if backup_is == "damaged":
        copy.write_bytes(b"no database" * 1000)
        with refused(StorageError, "storage.damaged"):
            replace_damaged(path, copy, now=NOW, rules=Rules())
        assert path.read_bytes() == noise
        return
    opened = replace_damaged(path, copy, now=NOW, rules=Rules())
    assert everything(opened) == before
    assert [info.state for info in list_workspaces(path.parent)] == ["ready"]
    kept = sorted((path.parent / "backups" / path.stem).iterdir())
    damaged = "20250630-093000-x_1_.duckdb.damaged"
    assert [one.name for one in kept] == [damaged, f"{damaged}.wal"]
    assert kept[0].read_bytes() == noise
    opened.close()
