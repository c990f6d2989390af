"""Backup, restore, migration and forgetting: the whole workspace, and nothing of a person who asked to be forgotten."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Generator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from funnel.errors import InputError, Message, StorageError
from funnel.schema import Finding, Rejected, empty
from funnel.storage import migrating
from funnel.storage.backups.keeping import KEPT_EVENTS
from funnel.storage.backups.taking_over import inspect_backup
from funnel.storage.backups.worker import take_over
from funnel.storage.store import Store
from funnel.storage.workspaces import (
    create_workspace,
    delete_workspace,
    list_workspaces,
    open_workspace,
    workspace_from_backup,
)
from tests.conftest import ROOT
from tests.factories import spend
from tests.store_samples import DEFINITION, NOW, a_batch, refused, same, workspace_like


def filled(folder: Path) -> Store:
    opened = create_workspace(folder, "华东区", DEFINITION, who="Li", now=NOW)
    opened.import_batch(a_batch("first"), who="Li", now=NOW)
    opened.import_batch(a_batch("second"), who="Li", now=NOW + timedelta(hours=1))
    opened.undo_batch(2, who="Li", now=NOW)
    opened.save_record("tracking", None, {"notes": "x", "on": date(2025, 7, 1)}, who="Li", now=NOW)
    opened.set_setting("currency", "CNY")
    opened.save_spend(spend((date(2025, 1, 1), "展会", 9.5, "华东")), who="Li", now=NOW)
    return opened


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = workspace_like(filled, tmp_path / "data")
    yield opened
    opened.close()


def everything(store: Store) -> dict[str, object]:
    """All that pages read, in comparable form."""
    facts = store.facts()
    return {
        "facts": [getattr(facts, name).rows() for name in ("batches", "lead_rows", "entries", "labels", "counts")],
        "history": store.history().rows(),
        "findings": store.findings(1),
        "rejected": store.rejected_rows(1).rows(),
        "definition": store.definition_versions(),
        "settings": store.settings(),
        "spend": store.spend().rows(),
        "plan": store.records("tracking", with_deleted=True),
    }


def test_a_backup_says_what_it_holds(store: Store, tmp_path: Path) -> None:
    to = tmp_path / "away" / "backup.duckdb"
    info = store.backup(to, who="Li", now=NOW)
    assert info == inspect_backup(to)
    assert (info.name, info.is_sample, info.definition) == ("华东区", False, DEFINITION)
    assert (info.n_imports, info.n_leads, info.n_records) == (1, 1, 1)
    assert (info.made_at, info.last_import_at) == (NOW, NOW)
    assert info.n_bytes == to.stat().st_size
    assert [path.name for path in to.parent.iterdir()] == ["backup.duckdb"]
    with refused(InputError, "storage.backup_onto_itself"):
        store.backup(store.path)


def test_backup_to_a_new_machine_shows_the_same(store: Store, tmp_path: Path) -> None:
    before = everything(store)
    to = tmp_path / "backup.duckdb"
    store.backup(to, now=NOW)
    bytes_before = to.read_bytes()
    elsewhere = workspace_from_backup(tmp_path / "other machine", to)
    assert elsewhere.name == "华东区"
    assert everything(elsewhere) == before
    elsewhere.import_batch(a_batch("third"), who="Li", now=NOW)
    assert to.read_bytes() == bytes_before
    assert everything(store) == before
    renamed = workspace_from_backup(tmp_path / "other machine", to, "华北区")
    assert everything(renamed) == before
    elsewhere.close()
    renamed.close()


def test_restore_brings_everything_back_and_keeps_the_present(store: Store, tmp_path: Path) -> None:
    before = everything(store)
    to = tmp_path / "backup.duckdb"
    store.backup(to, now=NOW)
    store.import_batch(a_batch("third"), who="Wang", now=NOW)
    store.save_record("tracking", None, {"notes": "y"}, who="Wang", now=NOW)
    present, versions = everything(store), store.versions()
    info = store.restore(to, who="Wang", now=NOW)
    assert info.n_imports == 1
    assert everything(store) == before
    after = store.versions()
    assert all(getattr(after, kind) > getattr(versions, kind) for kind in ("data", "definition", "plan", "settings"))
    assert open_workspace(store.path) is store, "handles that pages hold stay good"
    (kept,) = store.automatic_backups()
    store.restore(kept.path, who="Wang", now=NOW + timedelta(minutes=1))
    assert everything(store) == present


def test_restore_keeps_the_name_of_the_workspace(store: Store, tmp_path: Path) -> None:
    other = create_workspace(tmp_path / "data", "other", DEFINITION, now=NOW)
    other.restore(store.backup(tmp_path / "b.duckdb", now=NOW).path, who="Li", now=NOW)
    assert (other.name, other.path.name) == ("other", "other.duckdb")
    assert everything(other) == everything(store)
    other.close()


def test_a_wrong_backup_is_refused_and_changes_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = store.backup(tmp_path / "good.duckdb", now=NOW).path.read_bytes()
    newer = tmp_path / "newer.duckdb"
    newer.write_bytes(good)
    with duckdb.connect(str(newer)) as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, 'later')")
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE t (a INT)")
    empty_file = tmp_path / "nothing.duckdb"
    duckdb.connect(str(empty_file)).close()
    text = tmp_path / "text.duckdb"
    text.write_text("id,stage\n" * 500)
    before, versions = everything(store), store.versions()
    for path, code in (
        (newer, "storage.newer_version"),
        (other, "storage.not_a_workspace"),
        (empty_file, "storage.not_a_workspace"),
        (text, "storage.damaged"),
        (tmp_path / "none.duckdb", "storage.missing"),
    ):
        with refused(StorageError, code):
            inspect_backup(path)
        with monkeypatch.context() as here:
            if path.exists():  # it has just been read in a process of its own
                here.setattr("funnel.storage.backups.backup.take_over", take_over)
            with refused(StorageError, code):
                store.restore(path, who="Li", now=NOW)
    assert (everything(store), store.versions()) == (before, versions)
    assert store.automatic_backups() == []


def test_every_damaged_block_is_found(store: Store, tmp_path: Path) -> None:
    """Any flipped byte is either refused or harmless (in a block that holds nothing): never other figures."""
    good = store.backup(tmp_path / "good.duckdb", now=NOW).path.read_bytes()
    expected = everything(store)
    refusals = 0
    for n, at in enumerate(range(5000, len(good), len(good) // 40)):
        path = tmp_path / f"flipped{n}.duckdb"
        path.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        try:
            take_over(path, tmp_path / f"taken{n}.duckdb")  # in this process: forty processes take a minute
        except StorageError as error:
            assert error.message.code == "storage.damaged"
            refusals += 1
            continue
        opened = open_workspace(path)
        assert everything(opened) == expected
        opened.close()
    assert refusals > 20


def test_a_restore_that_fails_late_leaves_the_present_open(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from funnel.storage.backups import backup

    to = store.backup(tmp_path / "b.duckdb", now=NOW).path
    store.import_batch(a_batch("third"), who="Wang", now=NOW)
    before = everything(store)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_fit", full)
    with refused(StorageError, "storage.disk_full"):
        store.restore(to, who="Li", now=NOW)
    assert everything(store) == before
    assert list(store.path.parent.glob(".*")) == []


def test_the_file_stays_locked_after_a_backup(store: Store, tmp_path: Path) -> None:
    """Copying must not open and close the file in our own process: that would give our lock on it away."""
    store.backup(tmp_path / "b.duckdb", now=NOW)
    store.restore(tmp_path / "b.duckdb", who="Li", now=NOW)
    store.backup(tmp_path / "b.duckdb", now=NOW)
    list_workspaces(store.path.parent)
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\nfrom funnel.errors import StorageError\n"
        "from funnel.storage.workspaces import open_workspace\n"
        f"try: open_workspace(Path({str(store.path)!r}))\nexcept StorageError as error: print(error.message.code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "storage.in_use"


def test_the_last_ten_automatic_backups_are_kept(store: Store) -> None:
    made = [store.automatic_backup("restore", who="Li", now=NOW + timedelta(minutes=i)) for i in range(KEPT_EVENTS + 3)]
    assert [copy.path for copy in store.automatic_backups()] == [info.path for info in made[:-11:-1]]
    assert len(list_workspaces(store.path.parent)) == 1, "backups are no workspaces"


def test_deleting_a_workspace_leaves_a_backup(store: Store, tmp_path: Path) -> None:
    before, path = everything(store), store.path
    kept = delete_workspace(store, who="Li", now=NOW)
    assert list_workspaces(path.parent) == []
    with refused(StorageError, "storage.missing"):
        open_workspace(path)
    again = workspace_from_backup(tmp_path / "data", kept)
    assert everything(again) == before
    again.close()


# --- migrations ---


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations of a later version of the app: one more, to be written by the test."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrating.MIGRATIONS, folder)
    monkeypatch.setattr(migrating, "MIGRATIONS", folder)
    return folder


def test_an_older_file_is_backed_up_and_migrated(store: Store, later: Path, tmp_path: Path) -> None:
    before = everything(store)
    old_backup = store.backup(tmp_path / "old.duckdb", now=NOW).path
    store.close()
    (later / "0900_colour.sql").write_text("ALTER TABLE settings ADD COLUMN colour VARCHAR DEFAULT 'blue';")
    opened = open_workspace(store.path, now=NOW + timedelta(days=1))
    with opened.reading() as cursor:
        assert cursor.execute("SELECT colour FROM settings").fetchall() == [("blue",)]
        assert cursor.execute("SELECT version FROM migrations ORDER BY 1").fetchall()[-1] == (900,)
    assert everything(opened) == before
    (kept,) = opened.automatic_backups()
    assert kept.reason == "migration"
    assert inspect_backup(kept.path).form < 900
    assert inspect_backup(kept.path).made_at == NOW + timedelta(days=1)
    # A backup of the older version can be looked at and restored, and is not changed by that.
    content = old_backup.read_bytes()
    assert inspect_backup(old_backup).n_imports == 1
    opened.restore(old_backup, who="Li", now=NOW)
    assert everything(opened) == before
    assert old_backup.read_bytes() == content
    opened.close()


def test_a_migration_that_fails_changes_nothing(store: Store, later: Path) -> None:
    before = everything(store)
    store.close()
    broken = later / "0900_broken.sql"
    broken.write_text("DROP TABLE lead_rows; ALTER TABLE settings ADD COLUMN a INT; SELECT * FROM missing_table;")
    with refused(StorageError, "storage.failed"):
        open_workspace(store.path)
    broken.unlink()
    opened = open_workspace(store.path)
    assert everything(opened) == before
    opened.close()


# --- forgetting ---

ID, NAME, CUSTOMER = "zhang.wei@example.com", "张伟的公司-SECRETNAME", "CUSTOMER-SECRET-77"


@pytest.fixture
def personal(tmp_path: Path) -> Generator[Store]:
    """A lead with rows in two imports (one undone), a rejected row, a finding, a referral and a feedback."""
    opened = create_workspace(tmp_path / "data", "people", DEFINITION, now=NOW)
    first = a_batch(
        "first",
        {
            "lead_id": ID,
            "lead_name": NAME,
            "customer_id": CUSTOMER,
            "amount": 100.0,
            "created_at": datetime(2025, 1, 2),
        },
        {"lead_id": "other", "lead_name": "李", "referrer_id": ID},
    )
    rejected = pl.DataFrame(
        [
            {"row_no": 4, "code": "c", "column": "created", "value": ID, "cells": f'["{ID}","x"]'},
            {"row_no": 5, "code": "c", "column": None, "value": None, "cells": f"9,{NAME},x"},
            {"row_no": 6, "code": "c", "column": None, "value": None, "cells": '{"id":"other","amount":null}'},
        ],
        schema=empty(Rejected).schema,
    )
    findings = (Finding(Message("f", {"lead": ID}), "note", 2, "kept", leads=(ID, "other")),)
    opened.import_batch(first, who="Li", now=NOW)
    opened.import_batch(
        a_batch("second", {"lead_id": ID, "lead_name": NAME}, rejected=rejected, findings=findings), who="Li", now=NOW
    )
    opened.undo_batch(2, who="Li", now=NOW)
    opened.save_record("feedback", None, {"lead_id": ID, "quote": "too slow"}, who="Li", now=NOW)
    yield opened
    opened.close()


def traces(path: Path) -> set[str]:
    content = path.read_bytes()
    return {word for word in (ID, NAME, CUSTOMER) if word.encode() in content}


def test_forgetting_who_a_lead_is_keeps_every_figure(personal: Store, tmp_path: Path) -> None:
    before = personal.facts()
    held = personal.backup(tmp_path / "held.duckdb", now=NOW).path
    gone = personal.backup(tmp_path / "gone.duckdb", now=NOW).path
    gone.unlink()
    assert traces(held) == {ID, NAME, CUSTOMER}
    data = personal.versions().data
    done = personal.forget_lead(ID, keep_figures=True, who="Li", now=NOW)
    assert done.pseudonym is not None
    assert (done.n_rows, done.n_records) == (4, 1), "two rows and two entries; one edit of the plan"
    assert (done.held_by, done.not_checked) == ((held,), (gone,))
    assert personal.versions().data == data + 1
    assert traces(personal.path) == set()
    expected = before.lead_rows.with_columns(
        pl.when(pl.col("lead_id") == ID).then(pl.lit(None)).otherwise("lead_name").alias("lead_name"),
        *(
            pl.col(name).replace({ID: done.pseudonym, CUSTOMER: done.pseudonym})
            for name in ("lead_id", "referrer_id", "customer_id")
        ),
    )
    assert personal.facts().lead_rows.equals(expected, null_equal=True)
    assert personal.facts().entries["lead_id"].to_list() == [done.pseudonym]
    (finding,) = personal.findings(2)
    assert (finding.leads, finding.message.params) == ((done.pseudonym, "other"), {"lead": done.pseudonym})
    assert personal.rejected_rows(2)["cells"].to_list() == ["", "", '{"id":"other","amount":null}']
    (feedback,) = personal.records("feedback")
    assert feedback.fields == {"lead_id": done.pseudonym, "quote": "too slow"}
    with refused(InputError, "storage.unknown_lead"):
        personal.forget_lead(ID, keep_figures=True, who="Li", now=NOW)


def test_forgetting_a_lead_altogether_removes_its_rows(personal: Store) -> None:
    done = personal.forget_lead(ID, keep_figures=False, who="Li", now=NOW)
    assert done.pseudonym is None
    facts = personal.facts()
    assert facts.lead_rows.select("lead_id", "referrer_id").rows() == [("other", None)]
    assert facts.entries.is_empty()
    assert personal.findings(2)[0].leads == ("other",)
    assert traces(personal.path) == set()
    personal.redo_batch(2, who="Li", now=NOW)
    assert personal.facts().lead_rows["lead_id"].to_list() == ["other"]


@pytest.mark.parametrize("keep_figures", [True, False])
def test_a_restored_backup_forgets_again(personal: Store, tmp_path: Path, keep_figures: bool) -> None:
    held = personal.backup(tmp_path / "held.duckdb", now=NOW).path
    personal.forget_lead(ID, keep_figures=keep_figures, who="Li", now=NOW)
    without = personal.facts()
    personal.restore(held, who="Li", now=NOW)
    assert same(personal.facts(), without)
    assert traces(personal.path) == set()


def test_a_shared_customer_stays_with_the_other_lead(tmp_path: Path) -> None:
    store = create_workspace(tmp_path, "shared", DEFINITION, now=NOW)
    rows = [{"lead_id": lead, "customer_id": "ACME"} for lead in ("1", "2")]
    store.import_batch(a_batch("a", *rows), who="Li", now=NOW)
    store.forget_lead("1", keep_figures=True, who="Li", now=NOW)
    assert store.facts().lead_rows["customer_id"].to_list() == ["ACME", "ACME"]
    store.close()
