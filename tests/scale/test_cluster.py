"""The same figures from two workers of a small cluster on the loopback; its traps, each once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from funnel.dataset.parted import Parted, open_parted
from funnel.dataset.parts import file_of
from funnel.errors import InputError, StorageError
from funnel.scale.choosing import way_named
from funnel.scale.cluster import Address, Cluster, _state
from tests.conftest import ROOT
from tests.scale.worlds import (
    DEFINITION,
    assert_same_bottleneck,
    assert_same_overview,
    customers,
    dataset_of,
    folder_of,
    in_memory,
    in_parts,
    with_deadlines,
    with_owner_changes,
)

MADE = dataset_of(customers(400), DEFINITION, currency="EUR")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two worker processes of one thread, started without POLARS_MAX_THREADS, as somebody would who has not read on."""
    from distributed import LocalCluster

    before = os.environ.pop("POLARS_MAX_THREADS", None)
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)
    # a worker begins by importing the main module, which after a page's test is app.py: with Polars, before any setting
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        with LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
            silence_logs="CRITICAL",
        ) as local:  # fmt: skip
            yield local.scheduler_address
    finally:
        sys.modules["__main__"] = main
        for name, value in (("POLARS_MAX_THREADS", before), ("PYTHONPATH", path)):
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@pytest.fixture(scope="module")
def cluster(address: str) -> Iterator[Cluster]:
    cluster = Cluster(Address(address))
    yield cluster
    cluster._client().close()


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(MADE, 4, tmp_path_factory.mktemp("made"))


def test_workers_count_what_one_memory_counts(cluster: Cluster, four: Path) -> None:
    assert_same_overview(in_memory(MADE), in_parts(four, cluster), most=2)


def test_workers_count_the_bottleneck_of_one_memory(cluster: Cluster, tmp_path: Path) -> None:
    made = dataset_of(with_owner_changes(customers(300)), with_deadlines(DEFINITION))
    assert_same_bottleneck(in_memory(made), in_parts(folder_of(made, 4, tmp_path), cluster), most=1)


def test_a_worker_has_as_many_threads_as_it_was_given(cluster: Cluster) -> None:
    assert set(cluster._client().run(pl.thread_pool_size).values()) == {1}


def test_a_rewritten_file_is_counted_anew(cluster: Cluster, tmp_path: Path) -> None:
    folder = folder_of(MADE, 4, tmp_path)
    before = in_parts(folder, cluster).n_leads
    lead = pl.read_parquet(folder / file_of("lead_rows", 0))["lead_id"][0]
    for name in ("lead_rows", "entries", "followed"):
        path = folder / file_of(name, 0)
        pl.read_parquet(path).filter(pl.col("lead_id") != lead).write_parquet(path)
    assert in_parts(folder, cluster).n_leads == before - 1


def _dies(marks: Path, times: int, part: int) -> int:
    """The work of a part; for part 0 the worker is killed the first ``times`` times."""
    if part == 0:
        n = len(list(marks.iterdir()))
        if n < times:
            (marks / str(n)).touch()
            os.kill(os.getpid(), 9)
    return part


def _cannot(part: int) -> int:
    if part == 2:
        raise OSError("the disk is gone")
    return part


def test_a_worker_that_is_killed_twice_changes_nothing(cluster: Cluster, four: Path, tmp_path: Path) -> None:
    parted = open_parted(four)
    found = dict(cluster.each(partial(_dies, tmp_path, 2), parted))
    assert found == {part: part for part in range(4)}
    assert len(list(tmp_path.iterdir())) == 2
    data = in_parts(four, cluster)
    assert_same_overview(in_memory(MADE), data, most=1)
    assert set(cluster._client().run(pl.thread_pool_size).values()) == {1}, "the new workers, too"


def test_a_part_that_stays_missing_is_an_error_with_its_name(cluster: Cluster, four: Path) -> None:
    with pytest.raises(StorageError) as caught:
        list(cluster.each(_cannot, open_parted(four)))
    assert caught.value.message.params == {"given": "*-00002.parquet", "problem": "the disk is gone"}


def test_what_is_asked_and_answered_is_small(cluster: Cluster, four: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No frame of leads travels: what the workers are sent and what they answer are some thousand bytes a part."""
    from funnel.reports.overview import overview_report
    from tests.scale.worlds import questions

    data = in_parts(four, cluster)
    client = cluster._client()
    sent: list[int] = []
    submit = client.submit

    def counted(function: Any, content: bytes, *rest: Any, **named: Any) -> Any:
        sent.append(len(content))
        return submit(function, content, *rest, **named)

    monkeypatch.setattr(client, "submit", counted)
    filters, asked = questions(data)[1]
    overview_report(data, filters, **asked)
    assert 0 < len(sent) <= 4 * 14
    assert max(sent) < 100_000


def test_nobody_there_is_told(four: Path) -> None:
    with pytest.raises(InputError, match=r"scale\.no_address"):
        way_named("cluster", None)
    parted: Parted = open_parted(four)
    with pytest.raises(InputError, match=r"scale\.no_cluster"):
        list(Cluster(Address("nonsense://x")).each(_cannot, parted))


def test_another_state_of_the_code_is_refused(address: str, four: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnel.scale.cluster.code_state", lambda: "something else")
    assert _state()[1] == "something el"
    with pytest.raises(InputError, match=r"scale\.other_workers"):
        list(Cluster(Address(address)).each(_cannot, open_parted(four)))


def test_the_app_starts_without_dask() -> None:
    code = (
        "import sys; sys.modules['distributed'] = None; sys.modules['dask'] = None\n"
        "from funnel.scale.cluster import Address, Cluster\n"
        "from funnel.errors import InputError\n"
        "try: Cluster(Address('tcp://127.0.0.1:1'))._client()\n"
        "except InputError as error: print(error.message.code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["scale.no_dask"]
