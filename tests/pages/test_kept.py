"""What a workspace holds in memory is given back when nobody has looked at it for ten minutes, and nothing is lost."""

from __future__ import annotations

import gc
import shutil
import threading
import time
import weakref
from pathlib import Path

import pytest

from funnel.errors import StorageError
from funnel.storage.workspaces import open_workspace
from pages.shell import kept
from pages.shell.data import load
from pages.shell.kept import UNUSED, give_back_unused, use
from pages.shell.workspaces import new_workspace, store_of, templates, workspaces
from tests.opening import NOW, assert_sound, open_page, sample_workspace, texts, use_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    kept._used.clear()
    sample_workspace(tmp_path)
    return tmp_path


def held() -> weakref.ref:
    (info,) = [one for one in workspaces() if one.is_sample]
    return weakref.ref(load(info))


def test_what_nobody_looks_at_is_given_back_and_comes_again(folder: Path) -> None:
    tab = open_page("bottleneck")
    (store,) = [store_of(one) for one in workspaces()]
    data, before = held(), texts(tab)
    give_back_unused(time.monotonic() + UNUSED - 60)  # however slow the machine is
    assert data() is not None and not store.is_resting
    give_back_unused(time.monotonic() + UNUSED)
    gc.collect()
    assert data() is None, "the tab that is still open, or a cache, holds the data"
    assert store.is_resting
    assert [info.name for info in workspaces()] == ["Sample"] and store.is_resting, "a list of the folder wakes nobody"
    tab.run()
    assert_sound(tab)
    assert texts(tab) == before and not store.is_resting


def test_a_workspace_in_use_keeps_its_own(folder: Path) -> None:
    open_page("overview")
    other = new_workspace("Other", templates()["general_b2b"])
    of_other, of_sample = load(other), held()
    now = time.monotonic()
    use(other.path, now=now + UNUSED)
    give_back_unused(now + UNUSED + 1)
    gc.collect()
    assert of_sample() is None and load(other) is of_other and not store_of(other).is_resting


def test_an_edit_from_a_tab_that_slept_is_stored(folder: Path) -> None:
    (info,) = workspaces()
    store = store_of(info)
    store.rest()
    store.save_record("tracking", "r1", {"notes": "late"}, expected_version=0, who="Li", now=NOW)
    assert not store.is_resting and store.record("tracking", "r1").fields == {"notes": "late"}
    store.rest()
    store.backup(folder / "copy.duckdb", who="Li", now=NOW)
    store.rest()
    store.restore(folder / "copy.duckdb", who="Li", now=NOW)
    assert store.record("tracking", "r1").fields == {"notes": "late"}


def test_a_file_that_somebody_changed_meanwhile_is_opened_with_all_its_checks(folder: Path) -> None:
    (info,) = workspaces()
    store = store_of(info)
    store.rest()
    shutil.copy(info.path, folder / "kept")
    info.path.write_bytes(b"no workspace")
    with pytest.raises(StorageError) as told:
        store.settings()
    assert told.value.message.code == "storage.closed"
    assert [one.state for one in workspaces()] == ["damaged"]
    info.path.unlink()
    shutil.copy(folder / "kept", info.path)
    assert store_of(info) is not store and store_of(info).settings()["currency"] == "CNY"


def test_a_list_says_a_new_name_at_once(folder: Path) -> None:
    from funnel.storage.workspaces import rename_workspace

    (info,) = workspaces()
    store = open_workspace(info.path)
    assert store.name == "Sample"
    rename_workspace(store, "Ours")
    assert [one.name for one in workspaces()] == ["Ours"]


def test_nothing_is_lost_where_it_goes_to_rest_while_people_write(folder: Path) -> None:
    (info,) = workspaces()
    store = store_of(info)
    before, failed = len(store.records("tracking")), []

    def write(who: int) -> None:
        for i in range(10):
            try:
                store.save_record("tracking", f"{who}-{i}", {"n": i}, expected_version=0, who="Li", now=NOW)
                assert [one.state for one in workspaces()] == ["ready"]
            except (StorageError, AssertionError) as error:
                failed.append(error)

    people = [threading.Thread(target=write, args=(who,)) for who in range(3)]
    for one in people:
        one.start()
    while any(one.is_alive() for one in people):
        store.rest()
        time.sleep(0.02)
    assert not failed and len(store.records("tracking")) == before + 30
