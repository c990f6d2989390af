"""What is held in memory is bounded in bytes, made once, and kept beside a large workspace for the next start."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from funnel.filters import Filters
from funnel.storage.figures import kept
from funnel.storage.store import Store
from pages.shell import data as shell_data
from pages.shell.data import load, overview_of
from pages.shell.memory import Memory, memory, size_of
from pages.shell.workspaces import workspaces
from tests import factories
from tests.factories import lead, log
from tests.opening import NOW, new_workspace, use_folder


def frame(n: int) -> pl.DataFrame:
    return pl.DataFrame({"a": range(n)}, schema={"a": pl.Int64})


def test_so_many_bytes_and_the_least_lately_asked_goes_first() -> None:
    held, made = Memory(2_500), []

    def ask(key: str) -> None:
        def make() -> pl.DataFrame:
            made.append(key)
            return frame(100)  # 800 bytes

        held.get(key, make)

    for key in "abcadb":
        ask(key)
        assert held.size <= 2_500
    assert made == ["a", "b", "c", "d", "b"], "b was asked for longest ago when d came"
    held.get("large", lambda: frame(1_000))
    assert held.size == 8_000, "the newest stays whatever its size"


def test_what_two_ask_for_at_once_is_made_once_and_an_error_is_not_held() -> None:
    held, made = Memory(10**6), []

    def make() -> int:
        made.append(1)
        time.sleep(0.1)
        if len(made) == 1:
            raise ValueError
        return 7

    with pytest.raises(ValueError):
        held.get("k", make)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(held.get("k", make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(made)) == ([7] * 4, 2)


def test_a_value_is_measured_while_others_find_out_more_about_it() -> None:
    @dataclass
    class Known:
        frames: dict[int, pl.DataFrame]

    known, done = Known({}), threading.Event()

    def find_out() -> None:
        for i in range(20_000):
            known.__dict__[f"found_{i % 500}"] = known.frames[i % 500] = frame(1)
            if i % 500 == 499:
                for j in range(500):
                    del known.__dict__[f"found_{j}"], known.frames[j]
        done.set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        thread = threading.Thread(target=find_out)
        thread.start()
        while not done.is_set():
            size_of(known)
        thread.join()
    finally:
        sys.setswitchinterval(before)
    assert size_of(known) == 0


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    use_folder(tmp_path, monkeypatch)
    opened = new_workspace(tmp_path, "Ours", factories.GUIDE)
    leads = [lead(f"L{i}", f"2024-01-{1 + i % 28:02} lead, 2024-02-03 intent", source="web") for i in range(40)]
    opened.import_batch(log(*leads), who="test", now=NOW)
    memory.clear()  # another test's workspace may have stood at this place
    return opened


def test_the_facts_are_held_once_for_all_days(store: Store) -> None:
    (info,) = workspaces()
    days = [load(info, date(2024, 1, day)) for day in (10, 20, 30)]
    assert len({id(data.facts.entries) for data in days}) == 1
    assert size_of(days[0]) < days[0].journeys.estimated_size() * 2
    assert [data.journeys.height for data in days] == [20, 32, 40]


def test_a_large_workspace_is_opened_out_of_what_was_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    (info,) = workspaces()
    monkeypatch.setattr(shell_data, "WORTH_KEEPING", 1)
    first = load(info)
    wait_for_the_keeping()
    memory.clear()
    with monkeypatch.context() as patched:
        patched.delattr(shell_data, "load_workspace")
        again = load(info)
        assert again is not first
        assert overview(again).equals(overview(first))
    assert again.facts.entries.height == 80
    store.import_batch(log(lead("N", "2024-02-01 lead")), who="test", now=NOW)
    assert load(info).journeys.height == 41
    wait_for_the_keeping()
    memory.clear()
    (frames,) = [file for file in kept.folder_of(store.path).iterdir() if file.suffix == ".arrow"]
    frames.write_bytes(b"harmed")
    assert load(info).journeys.height == 41, "what is kept is only a copy"


def overview(data) -> pl.DataFrame:
    return overview_of(data, Filters(), basis="lead_cohort", every="month", by="source").status


def wait_for_the_keeping() -> None:
    for thread in threading.enumerate():
        if thread.name == "funnel-keep":
            thread.join()


def test_of_many_alike_some_are_measured() -> None:
    days = [np.zeros(100) for _ in range(5000)]
    assert size_of({"days": days}) == sum(day.nbytes for day in days)
    assert size_of((*range(3), np.zeros(10))) == 80
