"""History as a dataset: written, read back equal, and what does not fit is named with its file and column."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from funnel.dataset.contract import BESIDE, FACTS, MANIFEST
from funnel.dataset.reading import read_dataset
from funnel.dataset.writing import dataset_zip
from funnel.errors import InputError, Message
from funnel.filters import Filters
from funnel.reports.overview import overview_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Finding, Spend, empty
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace, open_workspace, workspace_from_dataset
from tests.opening import sample_workspace
from tests.store_samples import DEFINITION, NOW, a_batch

FOUND = (Finding(Message("reading.zero_bytes", {"n": 3}), "note", 3, "reading.done.left_out", rows=(2,)),)
LATER = datetime(2025, 7, 1, 8)


def loaded(store: Store) -> WorkspaceData:
    return load_workspace(
        name="same",
        is_sample=False,
        facts=store.facts(),
        definition=store.definition(),
        spend=store.spend(),
        settings=store.settings(),
        import_findings=store.live_findings(),
    )


def again(store: Store, folder: Path) -> Store:
    """The history of a workspace, exported and imported into a new one."""
    file = folder / "history.zip"
    file.write_bytes(dataset_zip(store.dataset()))
    return workspace_from_dataset(folder, read_dataset(file), "hash", "Again", who="Bo", now=LATER)


def assert_equal_history(one: Store, other: Store) -> None:
    before, after = one.dataset(), other.dataset()
    for name in FACTS | BESIDE:
        assert_frame_equal(before.frame(name), after.frame(name))
    assert (before.definition, before.settings) == (after.definition, after.settings)


@pytest.fixture(scope="module")
def exported(store: Store) -> bytes:
    return dataset_zip(store.dataset())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Imports of which one was undone and one corrected, spend, and settings."""
    store = create_workspace(tmp_path_factory.mktemp("here"), "Here", DEFINITION)
    store.import_batch(a_batch("a", findings=FOUND), who="Ann", now=NOW)
    gone = store.import_batch(a_batch("b"), who="Ann", now=NOW).batch_no
    store.undo_batch(gone, who="Ann", now=NOW)
    wrong = store.import_batch(a_batch("c"), who="Ann", now=NOW).batch_no
    store.import_batch(a_batch("d", findings=FOUND), who="Ann", now=NOW)
    right = a_batch("c", findings=FOUND, mapping={"roles": {"id": "lead_id"}})
    store.import_batch(right, who="Bo", now=LATER, replaces=wrong)
    store.set_setting("currency", "EUR")
    store.set_setting("confirmed_days", [date(2019, 1, 1)])
    store.set_setting("playbook", [{"key": "own"}])
    spend = [{"month": date(2025, 5, 1), "source": "fair", "amount": 12.5}]
    store.save_spend(pl.DataFrame(spend, schema=empty(Spend).schema), who="Ann", now=NOW)
    return store


def test_an_exported_history_is_read_back_equal(store: Store, tmp_path: Path) -> None:
    other = again(store, tmp_path)
    assert_equal_history(store, other)
    assert other.facts().batches["batch_no"].to_list() == [1, 3, 4], "the order of the imports stays"
    assert other.settings() == {"currency": "EUR", "confirmed_days": [date(2019, 1, 1)]}, "what is of the plan stays"
    assert other.history()["n_rejected"].to_list() == [1, 1, 1]
    assert other.history()["who"].to_list() == ["Ann", "Bo", "Ann"]
    assert [f.message.code for f in other.live_findings()] == ["reading.zero_bytes"] * 3
    other.undo_batch(3, who="Bo", now=LATER)
    assert other.facts().batches["batch_no"].to_list() == [1, 4], "an import can be undone there, too"


def test_the_sample_has_equal_figures_in_its_new_workspace(tmp_path: Path) -> None:
    sample_workspace(tmp_path)
    (file,) = tmp_path.glob("*.duckdb")
    sample = open_workspace(file)
    one, other = loaded(sample), loaded(again(sample, tmp_path))
    assert_frame_equal(one.journeys, other.journeys, check_row_order=False)
    asked = {"basis": "lead_cohort", "every": "month", "by": "source"}
    reports = [overview_report(data, Filters(), **asked) for data in (one, other)]
    for part in fields(reports[0]):
        left, right = (getattr(report, part.name) for report in reports)
        if isinstance(left, pl.DataFrame):
            assert_frame_equal(left, right)
    assert one.journeys.height > 100


def test_a_folder_is_read_like_the_zip(store: Store, exported: bytes, tmp_path: Path) -> None:
    folder = unpacked(exported, tmp_path)
    for name in BESIDE:
        (folder / f"{name}.parquet").unlink()  # a company's own pipeline knows nothing of these
    dataset = read_dataset(folder)
    assert_frame_equal(dataset.facts.entries, store.facts().entries)
    assert dataset.spend.is_empty()


def unpacked(exported: bytes, folder: Path) -> Path:
    target = folder / "dataset"
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        archive.extractall(target)
    return target


def edited(folder: Path, file: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    path = folder / f"{file}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def manifest(folder: Path, **changes: Any) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")


def column(file: str, **cells: Any) -> Callable[[Path], None]:
    """Every cell of these columns of a file gets one value."""
    return lambda folder: edited(folder, file, lambda d: d.with_columns(**{k: pl.lit(v) for k, v in cells.items()}))


SPOILED: dict[str, tuple[Callable[[Path], Any], str, dict[str, Any]]] = {
    "a file that is missing": (
        lambda f: (f / "entries.parquet").unlink(),
        "missing_file",
        {"given": ["entries.parquet"]},
    ),
    "a file too many": (
        lambda f: shutil.copy(f / "spend.parquet", f / "x.parquet"),
        "unknown_file",
        {"given": ["x.parquet"]},
    ),
    "a column that is missing": (
        lambda f: edited(f, "entries", lambda d: d.drop("at")),
        "missing_column",
        {"file": "entries.parquet", "given": ["at"]},
    ),
    "a column too many": (column("labels", x=1), "unknown_column", {"file": "labels.parquet", "given": ["x"]}),
    "a word instead of a time": (
        column("lead_rows", created_at="soon"),
        "wrong_type",
        {"file": "lead_rows.parquet", "column": "created_at"},
    ),
    "numbers that would lose their fraction": (
        column("batches", n_rows=1.5),
        "wrong_type",
        {"file": "batches.parquet", "column": "n_rows"},
    ),
    "a blank id": (
        lambda f: edited(f, "entries", lambda d: d.with_columns(lead_id=pl.lit(None, pl.String))),
        "bad_rows",
        {"file": "entries.parquet", "column": "lead_id", "rule": "nullability", "n": 3},
    ),
    "an unknown scope": (
        column("labels", scope="mood"),
        "unknown_value",
        {"file": "labels.parquet", "given": ["mood"]},
    ),
    "an unknown shape": (column("batches", shape="x"), "unknown_value", {"file": "batches.parquet", "given": ["x"]}),
    "an import that is not listed": (
        column("entries", batch_no=9),
        "unknown_batch",
        {"file": "entries.parquet", "given": [9]},
    ),
    "an import listed twice": (
        lambda f: edited(f, "batches", lambda d: pl.concat([d, d])),
        "bad_rows",
        {"file": "batches.parquet", "column": "batch_no"},
    ),
    "a finding that no sentence tells": (column("findings", finding="{}"), "bad_finding", {}),
    "a newer form": (lambda f: manifest(f, version=2), "other_version", {}),
    "a manifest that is none": (lambda f: (f / MANIFEST).write_text("[]"), "bad_manifest", {}),
    "a setting of another kind": (
        lambda f: manifest(f, settings={"currency": 7}),
        "bad_setting",
        {"given": ["currency"]},
    ),
    "a setting that no figure needs": (
        lambda f: manifest(f, settings={"x": "y"}),
        "bad_setting",
        {"given": ["x"]},
    ),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_does_not_fit_is_named(what: str, exported: bytes, tmp_path: Path) -> None:
    spoil, code, params = SPOILED[what]
    folder = unpacked(exported, tmp_path)
    spoil(folder)
    with pytest.raises(InputError) as caught:
        read_dataset(folder)
    message = caught.value.message
    assert message.code == f"dataset.{code}"
    assert {name: message.params[name] for name in params} == params


def test_types_that_lose_nothing_are_taken(store: Store, exported: bytes, tmp_path: Path) -> None:
    """Other programs write wider numbers and coarser clocks."""
    folder = unpacked(exported, tmp_path)
    edited(folder, "batches", lambda d: d.cast({"n_rows": pl.Int32, "batch_no": pl.Int64}))
    edited(folder, "lead_rows", lambda d: d.with_columns(pl.col("created_at").cast(pl.Datetime("ms"))).drop("region"))
    assert_frame_equal(read_dataset(folder).facts.lead_rows, store.facts().lead_rows)


def test_labels_without_a_stage_are_told(exported: bytes, tmp_path: Path) -> None:
    folder = unpacked(exported, tmp_path)
    assert read_dataset(folder).unplaced == []
    edited(folder, "labels", lambda d: d.with_columns(target=pl.lit("heaven")))
    assert read_dataset(folder).unplaced == ["意向"]
