"""Workspaces: another name, away with one, the one used last, and which template comes first."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st

from funnel.storage.workspaces import list_workspaces
from pages.shell.workspaces import is_taken, store_of, templates, workspaces
from pages.shell.workspaces import new_workspace as new_workspace_here
from tests import factories
from tests.factories import lead, log
from tests.opening import NOW, assert_sound, empty_workspace, new_workspace, open_page, texts, use_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def names(folder: Path) -> list[str]:
    return [info.name for info in list_workspaces(folder)]


def test_a_workspace_is_renamed(folder: Path) -> None:
    empty_workspace(folder, "North")
    empty_workspace(folder, "South")
    at = open_page("settings", workspace="South", tab="backup")
    at.text_input(key="settings_rename_South_0").set_value(" North ").run()
    at.button(key="settings_rename").click().run()
    assert len(at.error) == 1 and names(folder) == ["North", "South"], "a taken name is refused"
    at.text_input(key="settings_rename_South_0").set_value("South-East").run()
    at.button(key="settings_rename").click().run()
    assert_sound(at)
    assert names(folder) == ["North", "South-East"]
    assert at.sidebar.selectbox(key="workspace").value == "South-East"


def test_a_workspace_goes_only_with_its_name_typed(folder: Path) -> None:
    empty_workspace(folder, "North")
    empty_workspace(folder, "South")
    at = open_page("settings", workspace="South", tab="backup")
    assert at.button(key="settings_delete").disabled
    at.text_input(key="settings_delete_name_South").set_value("south").run()
    assert at.button(key="settings_delete").disabled
    at.text_input(key="settings_delete_name_South").set_value("South").run()
    at.button(key="settings_delete").click().run()
    assert_sound(at)
    assert names(folder) == ["North"] and at.sidebar.selectbox(key="workspace").value == "North"
    assert "is deleted" in texts(at) and len(list(folder.rglob("*delete*.duckdb"))) == 1


def test_the_last_workspace_can_go_too(folder: Path) -> None:
    empty_workspace(folder, "North")
    at = open_page("settings", tab="backup")
    at.text_input(key="settings_delete_name_North").set_value("North").run()
    at.button(key="settings_delete").click().run()
    assert_sound(at)
    assert names(folder) == [] and "No data yet" in texts(at)


def test_a_new_workspace_in_the_place_of_a_deleted_one_shows_its_own_figures(folder: Path) -> None:
    def filled(n: int) -> None:
        store = new_workspace(folder, "Ours", factories.GUIDE)
        leads = [lead(f"L{i}", "2024-01-05 lead, 2024-01-09 intent") for i in range(n)]
        store.import_batch(log(*leads), who="test", now=NOW)

    filled(3)
    assert "n\u00a0=\u00a03" in texts(open_page("overview"))
    at = open_page("settings", tab="backup")
    at.text_input(key="settings_delete_name_Ours").set_value("Ours").run()
    at.button(key="settings_delete").click().run()
    filled(5)
    assert store_of(workspaces()[0]).is_open
    assert "n\u00a0=\u00a05" in texts(open_page("overview"))


def test_the_app_opens_the_workspace_that_this_browser_used_last(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A", "B & 二", "C"):
        empty_workspace(folder, name)
    monkeypatch.setattr(
        st, "context", SimpleNamespace(**_context(), cookies={"funnel_workspace": "B%20%26%20%E4%BA%8C"})
    )
    assert open_page("overview").sidebar.selectbox(key="workspace").value == "B & 二"
    assert open_page("overview", workspace="C").sidebar.selectbox(key="workspace").value == "C"


def _context() -> dict[str, object]:
    return {"locale": "en-US", "timezone": "UTC", "url": None, "theme": SimpleNamespace(type="light")}


def test_the_guides_funnel_is_the_first_template_everywhere(folder: Path) -> None:
    assert next(iter(templates())) == "general_b2b"
    empty_workspace(folder)
    at = open_page("settings", tab="funnel")
    assert at.selectbox(key="settings_template").value == "general_b2b"


def test_a_name_is_kept_without_its_blanks_and_found_under_it(folder: Path) -> None:
    made = new_workspace_here("  North   East ", templates()["general_b2b"])
    assert made.name == "North East" and names(folder) == ["North East"]
    assert is_taken("NORTH EAST") and not is_taken("North")
