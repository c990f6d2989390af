"""A source, as a person meets it: read once, looked into again, asked about, and its age above each page."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnel.sources.requests import request
from funnel.sources.source import source_of
from pages.shell.workspaces import store_of, workspaces
from tests.opening import assert_sound, open_page, texts, use_folder
from tests.pages.test_import_several import through
from tests.pages.test_page_import import button, settle
from tests.storage.test_refresh import DEALS, STAGES


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path / "data", monkeypatch)
    folder = tmp_path / "data" / "sources" / "crm"
    folder.mkdir(parents=True)
    (folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    (folder / "stages.csv").write_text(STAGES, encoding="utf-8")
    return folder


def test_a_source_is_read_once_and_then_by_itself(source: Path) -> None:
    at = open_page("import_data")
    button(at, "Read it").click().run()
    assert_sound(settle(at))
    through(at, "Import 3 stage names")
    through(at, "Import 5 rows")
    (info,) = workspaces()
    store = store_of(info)
    known = source_of(store)
    assert known is not None and known.place == "crm"
    assert {(one.name, one.use) for one in known.tables} == {("deals.csv", "deals"), ("stages.csv", "lookup")}

    (source / "deals.csv").write_text(DEALS + "6,7,open,90,2024-05-31,,\n", encoding="utf-8")
    at = open_page("import_data")
    button(at, "Look for newer data").click().run()
    assert_sound(at)
    assert "Taken in from the source: 6 rows." in texts(at)
    assert "Data up to 31 May 2024" in texts(open_page("overview"))

    (source / "deals.csv").write_text(DEALS.replace("5,8,open", "5,8,parked"), encoding="utf-8")
    request(info.path)  # the nightly command found the workspace open
    over = open_page("overview")
    assert_sound(over)
    assert "newer ones wait for an answer on the Import page" in texts(over)
    at = open_page("import_data")
    assert "parked" in " ".join(one.value for one in at.warning)
    assert source_of(store).asks is not None
    button(at, "Look at it and import").click().run()
    assert_sound(settle(at))
    assert "This upload has 2 files" in " ".join(one.label for one in at.expander)


def test_without_a_file_the_page_says_where_to_put_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_folder(tmp_path / "data", monkeypatch)
    at = open_page("import_data", "zh_Hans")
    assert_sound(at)
    assert "sources" in texts(at)
