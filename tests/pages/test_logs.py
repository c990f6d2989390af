"""The server's log: a line per write and error, a number that the page carries, and nothing of anybody's data."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from funnel.errors import InputError, StorageError
from funnel.i18n.translator import Translator
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace
from pages.shell import logs
from pages.shell.boundary import caught, sentence
from pages.shell.health import health
from tests.opening import NOW, open_page, sample_workspace, use_folder
from tests.store_samples import DEFINITION, a_batch

SECRET = "zhang.wei@example.com"


def test_an_unforeseen_error_has_a_number_and_no_data(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "funnel"), caught() as found:
        try:
            raise ValueError(f"cannot read {SECRET}")
        except ValueError as error:
            raise KeyError(SECRET) from error
    assert found.error is not None
    number = logs.number_of(found.error)
    assert number is not None and number in sentence(found.error, Translator("en"))
    assert number in sentence(found.error, Translator("zh_Hans"))
    assert number in caplog.text and "KeyError" in caplog.text and "ValueError" in caplog.text
    assert "test_logs.py" in caplog.text, "where it happened"
    assert SECRET not in caplog.text


@pytest.mark.parametrize(("kind", "is_told"), [(StorageError, True), (InputError, False)])
def test_only_what_is_no_fault_of_the_person_carries_a_number(
    kind: type[StorageError] | type[InputError], is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "funnel"), caught() as found:
        raise kind("storage.disk_full", file=SECRET)
    assert found.error is not None
    number = logs.number_of(found.error)
    assert number is not None and (number in sentence(found.error, Translator("en"))) is is_told
    assert number in caplog.text and "storage.disk_full" in caplog.text and SECRET not in caplog.text


def test_every_write_has_a_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "funnel"):
        store = create_workspace(tmp_path, "x", DEFINITION, now=NOW)
        store.import_batch(a_batch("first", {"lead_id": SECRET}), who=SECRET, now=NOW)
        store.save_record("tracking", None, {"note": SECRET}, who=SECRET, now=NOW)
        store.close()
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["stored: import, x.duckdb", "stored: record, x.duckdb"]


def test_a_page_says_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_folder(tmp_path, monkeypatch)
    sample_workspace(tmp_path)
    at = open_page("settings")

    def broken(*_: object, **__: object) -> None:
        raise StorageError("storage.disk_full", file="x.duckdb", given="")

    monkeypatch.setattr(Store, "definition_versions", broken)
    at.run()
    assert "Number in the server log" in at.error[0].value


def test_health_tells_the_oldest_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_folder(tmp_path, monkeypatch)
    assert health(NOW) == ({"status": "ok", "workspaces": {}, "last_backup_hours": None}, 200)
    one, two = (create_workspace(tmp_path, name, DEFINITION, now=NOW) for name in ("one", "two"))
    one.daily_backup(now=NOW - timedelta(hours=50))
    one.daily_backup(now=NOW - timedelta(hours=26))
    assert health(NOW)[0]["last_backup_hours"] is None, "the other has none"
    two.daily_backup(now=NOW - timedelta(hours=2))
    assert health(NOW) == ({"status": "ok", "workspaces": {"ready": 2}, "last_backup_hours": 26.0}, 200)
    one.close()
    (tmp_path / "two.duckdb.wal").unlink(missing_ok=True)
    two.close()
    (tmp_path / "two.duckdb").write_bytes(b"no database" * 1000)
    answer, status = health(NOW)
    assert (answer["status"], answer["workspaces"], status) == ("trouble", {"damaged": 1, "ready": 1}, 503)
