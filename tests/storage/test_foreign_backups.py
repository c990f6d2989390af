"""A backup is a file of anybody: it is taken over table by table, or refused in one sentence, and then nothing changed.

The crafted files are small and harmless; what would take a reader's time or the disk's space is tested by lower limits.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from pathlib import Path

import duckdb
import pytest

from funnel.errors import FunnelError, StorageError
from funnel.i18n.translator import LANGUAGES, Translator
from funnel.storage.backups import taking_over, worker
from funnel.storage.backups.taking_over import inspect_backup
from funnel.storage.connection import translated
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace, list_workspaces, open_workspace, workspace_from_backup
from tests.storage.test_store_backup import everything
from tests.store_samples import DEFINITION, NOW, a_batch, new_workspace, refused


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    store = create_workspace(folder / "data", "x", DEFINITION, now=NOW)
    store.import_batch(a_batch("first"), who="Li", now=NOW)
    store.save_record("tracking", None, {"n": 1}, who="Li", now=NOW)
    store.set_setting("currency", "CNY")
    path = store.backup(folder / "good.duckdb", now=NOW).path
    store.close()
    return path


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = new_workspace(tmp_path / "data", "present", DEFINITION, now=NOW)
    opened.import_batch(a_batch("present"), who="Li", now=NOW)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def present(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store]:
    """The same for all refusals, each of which proves that it is as it was."""
    opened = new_workspace(tmp_path_factory.mktemp("present") / "data", "present", DEFINITION, now=NOW)
    opened.import_batch(a_batch("present"), who="Li", now=NOW)
    yield opened
    opened.close()


def changed(good: Path, folder: Path, *statements: str) -> Path:
    path = folder / "crafted.duckdb"
    shutil.copyfile(good, path)
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


DEEP = "[" * 20_000 + "]" * 20_000
REFUSED = {
    "no versions": ("DELETE FROM versions", "versions"),
    "a version twice": ("INSERT INTO versions VALUES ('plan', 1)", "versions"),
    "a version that cannot grow": ("UPDATE versions SET n = 2147483647", "numbers"),
    "a table is gone": ("DROP TABLE spend", "spend"),
    "a column is gone": ("ALTER TABLE settings DROP COLUMN value", "settings"),
    "a column of another type": ("ALTER TABLE lead_rows ALTER amount TYPE VARCHAR", "lead_rows"),
    "a view for a table": ("DROP TABLE spend; CREATE VIEW spend AS SELECT 1 AS version", "spend"),
    "null where none may be": (
        "ALTER TABLE settings ALTER value DROP NOT NULL; INSERT INTO settings VALUES ('a', NULL)",
        "settings",
    ),
    "a setting that is no JSON": ("INSERT INTO settings VALUES ('a', 'no json')", "settings"),
    "a rate without a worth": (
        """INSERT INTO settings VALUES ('currency_rates', '{"EUR": {"to": "USD"}}')""",
        "settings",
    ),
    "a day off that is a number": ("INSERT INTO settings VALUES ('days_off', '[7]')", "settings"),
    "a setting that is no number": ("INSERT INTO settings VALUES ('a', 'NaN')", "settings"),
    "a setting without end": (f"INSERT INTO settings VALUES ('a', '{DEEP}')", "settings"),
    "a day that is none": ("""INSERT INTO settings VALUES ('a', '{"$on":"yesterday"}')""", "settings"),
    "no name": ("DELETE FROM workspace WHERE key = 'name'", "workspace"),
    "two names": ("INSERT INTO workspace VALUES ('name', '\"y\"')", "workspace"),
    "a name that is a list": ("UPDATE workspace SET value = '[1]' WHERE key = 'name'", "workspace"),
    "no funnel": ("DELETE FROM definitions", "definitions"),
    "a funnel without stages": ("UPDATE definitions SET definition = '{}'", "definitions"),
    "a finding that is none": ("UPDATE findings SET finding = '{}'", "findings"),
    "a plan that is no plan": ("UPDATE record_events SET changes = '{'", "record_events"),
    "an import twice": ("INSERT INTO batches FROM batches", "batches"),
    "an import of no shape": ("UPDATE batches SET shape = 'x'", "batches"),
    "a scope of no label": ("UPDATE entries SET scope = 'x'", "entries"),
    "a way back without end": ("INSERT INTO corrections VALUES (1, 2), (2, 1)", "corrections"),
    "a day that never comes": ("UPDATE lead_rows SET created_at = 'infinity'", "instants"),
    "a day before the first": ("UPDATE batches SET exported_on = DATE '0044-03-15 (BC)'", "instants"),
}


@pytest.mark.parametrize(("statements", "part"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_workspace_is_refused_before_anything_is_replaced(
    good: Path, present: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statements: str, part: str
) -> None:
    path = changed(good, tmp_path, statements)
    monkeypatch.setattr("funnel.storage.backups.backup.take_over", worker.take_over)  # a process each takes a minute
    before, versions = everything(present), present.versions()
    with pytest.raises(StorageError) as caught:
        present.restore(path, who="Li", now=NOW)
    assert caught.value.message.code == "storage.backup_content"
    assert caught.value.message.params["given"] == part
    assert (everything(present), present.versions(), present.automatic_backups()) == (before, versions, [])
    assert list(present.path.parent.glob(".*")) == []
    for language in LANGUAGES:
        assert "crafted.duckdb" in Translator(language).message(caught.value)


def test_what_is_none_of_ours_stays_behind(good: Path, tmp_path: Path) -> None:
    """Macros over built-in names, views, triggers' helpers and further tables are not taken along."""
    path = changed(
        good,
        tmp_path,
        "CREATE MACRO sum(x) AS 'sum of nothing'; CREATE MACRO coalesce_(x) AS 1; CREATE MACRO max(x) AS -1",
        "CREATE TABLE further (n INT); CREATE VIEW looked AS FROM further; CREATE SCHEMA aside",
        "CREATE TABLE aside.settings (key VARCHAR)",
        "ALTER TABLE settings ADD COLUMN further VARCHAR DEFAULT 'x'",
    )
    opened = workspace_from_backup(tmp_path / "data", path)
    assert opened.save_record("tracking", None, {"n": 2}, who="Li", now=NOW).version == 1
    assert opened.import_batch(a_batch("second"), who="Li", now=NOW).batch_no == 2
    assert opened.settings() == {"currency": "CNY"}
    with opened.reading() as cursor:
        names = cursor.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal "
            "UNION SELECT function_name FROM duckdb_functions() WHERE NOT internal"
        ).fetchall()
        columns = cursor.execute("SELECT * FROM settings").fetchall()
    assert not {"further", "looked", "max", "sum"} & {name for (name,) in names}
    assert columns == [("currency", '"CNY"')]
    opened.close()


@pytest.mark.parametrize(
    ("does", "code"),
    [("import os; os.abort()", "storage.damaged"), ("while True: pass", "storage.backup_too_slow")],
)
def test_a_reader_that_dies_costs_only_itself(
    good: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, code: str
) -> None:
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text(does, encoding="utf-8")
    monkeypatch.setattr(taking_over, "_WORKER", stand_in)
    monkeypatch.setattr(taking_over, "SECONDS", 1)
    before = everything(store)
    with refused(StorageError, code):
        store.restore(good, who="Li", now=NOW)
    assert everything(store) == before
    assert list(store.path.parent.glob(".*")) == []


def test_limits_of_size(good: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as limits, refused(StorageError, "storage.backup_too_large"):
        limits.setattr(taking_over, "MOST_BYTES", 1000)
        inspect_backup(good)
    with monkeypatch.context() as limits, refused(StorageError, "storage.backup_too_large"):
        limits.setattr(worker, "MOST_ROWS", 3)
        worker.take_over(good, tmp_path / "taken.duckdb")
    with monkeypatch.context() as limits, refused(StorageError, "storage.backup_too_large"):
        limits.setattr(taking_over, "_SMALL", 100_000)
        limits.setattr(taking_over, "_GROWTH", 0)
        store.restore(good, who="Li", now=NOW)
    assert list(store.path.parent.glob(".*")) == []


def test_names_of_files_are_no_code(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "it's; DROP TABLE x.duckdb"
    shutil.copyfile(good, path)
    assert inspect_backup(path).n_imports == 1


def test_an_open_workspace_whose_values_are_damaged_says_so(store: Store) -> None:
    with store.writing("setting") as cursor:
        cursor.execute("INSERT INTO settings VALUES ('a', 'no json')")
        cursor.execute("UPDATE findings SET finding = '{}'")
    for read in (store.settings, store.live_findings):
        with refused(StorageError, "storage.value"):
            read()


def test_an_immutable_folder_is_a_right_that_is_missing(tmp_path: Path) -> None:
    """``chattr +i`` answers "operation not permitted", also to root. The sentence names the file, never its path."""

    def fail() -> None:
        with translated(tmp_path / "x.duckdb"):
            raise duckdb.IOException(f'Cannot open file "{tmp_path}/x.duckdb": Operation not permitted')

    with pytest.raises(StorageError) as caught:
        fail()
    assert caught.value.message.code == "storage.not_allowed"
    assert str(tmp_path) not in str(caught.value)


def make_full(_: Path) -> None:
    raise OSError(28, "No space left on device")


def test_creating_on_a_full_disk_names_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(building: Path, *_: object, **__: object) -> None:
        with translated(building):
            make_full(building)

    monkeypatch.setattr("funnel.storage.workspaces._build", full)
    with pytest.raises(FunnelError) as caught:
        create_workspace(tmp_path, "华东区", DEFINITION)
    assert caught.value.message.code == "storage.disk_full"
    assert caught.value.message.params["file"] == "华东区"


@pytest.mark.parametrize("how", ["text", "truncated", "values", "nameless"])
def test_a_damaged_workspace_is_listed_and_lets_the_others_be(
    store: Store, tmp_path: Path, how: str, good: Path
) -> None:
    other = tmp_path / "data" / "a first.duckdb"
    damage: dict[str, Callable[[], object]] = {
        "text": lambda: other.write_text("id,stage\n" * 500),
        "truncated": lambda: other.write_bytes(good.read_bytes()[:50_000]),
        "values": lambda: shutil.move(
            changed(good, tmp_path, "UPDATE workspace SET value = 'no json' WHERE key = 'name'"), other
        ),
        "nameless": lambda: shutil.move(changed(good, tmp_path, "DELETE FROM workspace"), other),
    }
    damage[how]()
    found = list_workspaces(tmp_path / "data")
    assert [(info.name, info.state) for info in found] == [("a first", "damaged"), ("present", "ready")]
    assert create_workspace(tmp_path / "data", "third", DEFINITION, now=NOW).name == "third"
    open_workspace(tmp_path / "data" / "third.duckdb").close()
