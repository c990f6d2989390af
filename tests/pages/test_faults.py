"""A damaged workspace, a full disk, a stopped server: every page opens, says one sentence and loses nothing."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from funnel.errors import StorageError
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace
from pages.shell import daily, spool
from pages.shell.config import app_settings
from pages.shell.navigation import GROUPS
from tests.conftest import ROOT
from tests.opening import NOW, assert_sound, empty_workspace, open_page, sample_workspace, texts, use_folder
from tests.pages.test_page_settings import upload_backup

PAGES = [stem for group in GROUPS.values() for stem, _, _ in group]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    use_folder(data, monkeypatch)
    return data


def damaged(folder: Path, name: str) -> Path:
    path = folder / f"{name}.duckdb"
    path.write_bytes(b"no database" * 1000)
    return path


def opened(stem: str, language: str = "en") -> AppTest:
    """A page as it opens, whatever it says."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = language
    if stem != "overview":
        at.switch_page(f"pages/{stem}.py")
    return at.run()


def test_a_damaged_workspace_is_nobody_s_start(folder: Path) -> None:
    damaged(folder, "A first")
    sample_workspace(folder)
    at = open_page("overview")
    assert at.metric
    assert at.selectbox(key="workspace").options == ["A first", "Sample"]
    assert at.selectbox(key="workspace").value == "Sample"


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_only_workspace_is_damaged_and_every_page_opens(folder: Path, language: str) -> None:
    damaged(folder, "Only")
    for stem in PAGES:
        at = opened(stem, language)
        assert not at.exception, stem
        said = [error.value for error in at.error]
        assert len(said) == 1 and "Only.duckdb" in said[0].replace("\\", ""), (stem, said)
    assert opened("import_data").get("file_uploader")


def test_a_backup_takes_the_place_of_the_damaged_file(folder: Path, tmp_path: Path) -> None:
    sample_workspace(folder)
    path = next(folder.glob("*.duckdb"))
    backup = tmp_path / "kept.duckdb"
    shutil.copy(path, backup)
    path.write_bytes(b"no database" * 1000)
    at = upload_backup(opened("settings"), backup)
    assert "What this backup holds" in texts(at)
    at.button(key=f"settings_replace_{path.stem}").click().run()
    assert_sound(at)
    assert "is open as the workspace" in texts(at)
    assert open_page("overview").metric
    assert list((folder / "backups" / path.stem).glob("*.damaged"))
    assert not list((folder / "unfinished").glob("restore-*")), "the upload is gone"


def test_automatic_backups_are_offered_where_nothing_can_be_opened(folder: Path) -> None:
    sample_workspace(folder)
    path = next(folder.glob("*.duckdb"))
    store = open_workspace(path)
    store.automatic_backup("restore", who="", now=NOW)
    store.close()
    path.write_bytes(b"no database" * 1000)
    at = opened("settings")
    (table,) = [frame.value for frame in at.dataframe if "of" in frame.value]
    assert table["of"].to_list() == [path.stem]


def test_pasted_rows_stay_until_they_are_stored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_workspace(folder)
    at = open_page("tracking", sheet="2026-07")
    text = "Closing\tcalls\tLi Na\t2026-07-03\t480\t18%\tlate"

    def full(*_: object, **__: object) -> None:
        raise StorageError("storage.disk_full", file="Empty.duckdb", given="")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "save_records", full)
        at.text_area(key="tracking_paste").set_value(text)
        at.button(key="tracking_paste_add").click().run()
        assert "The disk is full" in at.error[0].value
        assert at.text_area(key="tracking_paste").value == text
    at.button(key="tracking_paste_add").click().run()
    assert_sound(at)
    assert "Rows stored: 1" in texts(at)
    assert at.text_area(key="tracking_paste").value == ""


def test_a_start_sweeps_what_a_stopped_server_left(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = spool.restore_folder() / "backup.duckdb"
    upload.write_bytes(b"x")
    waiting = spool.spool_folder() / "file-1"
    waiting.write_bytes(b"x")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(spool, "_ABANDONED", -1.0)
    (tmp_path / "funnel-apart-1").mkdir()
    spool.sweep_at_start.clear()
    open_page("guide")
    assert not upload.parent.exists() and not (tmp_path / "funnel-apart-1").exists()
    assert waiting.exists(), "an unfinished import outlives a restart"


# --- the copy of the day ---------------------------------------------------------------------------------------------


@pytest.fixture
def every_day(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FUNNEL_BACKUPS_DAILY", "7")
    app_settings.cache_clear()
    monkeypatch.setattr(daily, "_BEFORE", 0.0)
    monkeypatch.setattr(daily, "_tried", {})
    sample_workspace(folder)
    return folder


def finish() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(60)


def test_the_copy_of_the_day_makes_itself_and_is_told(every_day: Path) -> None:
    open_page("overview")
    finish()
    open_page("plan")
    finish()
    copies = list((every_day / "backups").glob("*/*-daily.duckdb"))
    assert len(copies) == 1
    said = texts(open_page("settings", tab="backup"))
    assert "opened and counted: 2,396 leads, equal" in said and "Last backup today" in said
    assert "完全一致" in texts(open_page("settings", "zh_Hans", tab="backup"))


def test_a_copy_that_fails_is_told_and_tried_again(every_day: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("storage.disk_full", file="x.duckdb", given="")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "_copy", full)
        open_page("overview")
        finish()
    said = texts(open_page("settings", tab="backup"))
    assert "could not be made" in said and "The disk is full" in said
    monkeypatch.setattr(daily, "_AGAIN", -1.0)
    open_page("overview")
    finish()
    said = texts(open_page("settings", tab="backup"))
    assert "could not be made" not in said and "Last backup today" in said
