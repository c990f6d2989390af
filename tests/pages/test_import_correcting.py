"""A file that takes the place of its earlier import: in the workspace that was looked at, and of that import only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from funnel.storage.store import Store
from funnel.storage.workspaces import list_workspaces, open_workspace
from pages.import_steps.correcting import without_replaced
from pages.import_steps.draft import Draft
from tests import factories
from tests.factories import lead, log
from tests.opening import NOW, assert_sound, new_workspace, open_page, texts, use_folder
from tests.pages.test_page_import import SMALL, bring_in, button, check, settle, small, upload


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def states(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Workspace → file and state of its imports."""
    stores = {info.name: open_workspace(info.path) for info in list_workspaces(folder)}
    return {name: store.history().select("file_name", "state").rows() for name, store in stores.items()}


def in_two_workspaces(folder: Path) -> AppTest:
    """small.csv in "small", other.csv in "other"; and small.csv again, checked to take the place of its import."""
    bring_in(upload(open_page("import_data"), small(folder)))
    other = "\n".join("x" + line if line[0].isdigit() else line for line in SMALL.splitlines()) + "\n"
    at = upload(open_page("import_data"), small(folder, other, "other.csv"))
    next(radio for radio in at.radio if radio.label == "Where does it go?").set_value("new_from_labels").run()
    bring_in(at)
    at = check(upload(open_page("import_data", workspace="small"), small(folder)))
    assert "What the correction changes" in texts(at)
    return at


def test_another_workspace_is_not_corrected_by_what_was_checked_for_this_one(folder: Path) -> None:
    at = in_two_workspaces(folder)
    at.sidebar.selectbox(key="workspace").select("other").run()
    assert_sound(settle(at))
    assert "What the correction changes" not in texts(at)
    assert not [one for one in at.button if one.label.startswith("Import ")], "it is asked anew where it goes"
    check(at)
    assert "What the correction changes" not in texts(at)
    button(at, "Import 3 rows").click().run()
    assert_sound(settle(at))
    assert states(folder) == {
        "other": [("other.csv", "live"), ("small.csv", "live")],
        "small": [("small.csv", "live")],
    }


def test_a_checked_file_that_goes_into_a_new_workspace_may_be_looked_at_from_any(folder: Path) -> None:
    at = in_two_workspaces(folder)
    button(at, "Back").click().run()
    next(radio for radio in at.radio if radio.label == "Where does it go?").set_value("new_from_labels").run()
    check(at)
    at.sidebar.selectbox(key="workspace").select("other").run()
    button(at, "Import 3 rows").click().run()
    assert_sound(settle(at))
    assert states(folder) == {
        "other": [("other.csv", "live")],
        "small": [("small.csv", "live")],
        "small 2": [("small.csv", "live")],
    }


def test_a_correction_of_a_correction_is_compared_without_what_it_replaces(folder: Path) -> None:
    batch = log(lead("A", "2024-01-05 lead"))
    store: Store = new_workspace(folder, "Ours", factories.GUIDE)
    store.import_batch(batch, who="", now=NOW)
    store.import_batch(log(lead("B", "2024-01-06 lead")), who="", now=NOW)
    store.import_batch(replace(batch, mapping={**batch.mapping, "time_zone": "UTC"}), who="", now=NOW, replaces=1)
    shell: Any = SimpleNamespace(store=store)
    assert without_replaced(store.facts(), Draft(replaces=3), shell).lead_ids.to_list() == ["B"]
    assert set(without_replaced(store.facts(), Draft(), shell).lead_ids) == {"A", "B"}


@pytest.mark.parametrize("meanwhile", ["import", "undo"])
def test_the_click_that_undoes_counts_for_the_import_that_was_shown(folder: Path, meanwhile: str) -> None:
    """Somebody else imports, or undoes the same one, between the page and the click."""
    store: Store = new_workspace(folder, "Ours", factories.GUIDE)
    store.import_batch(replace(log(lead("A", "2024-01-05 lead")), file_name="a.csv"), who="", now=NOW)
    at = open_page("import_data")
    at.session_state["history_1"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    at.run()
    undo = button(at, "Undo the import of a.csv")
    if meanwhile == "import":
        store.import_batch(replace(log(lead("B", "2024-01-06 lead")), file_name="b.csv"), who="", now=NOW)
    else:
        store.undo_batch(1, who="", now=NOW)
    undo.click().run()
    assert_sound(at)
    assert store.history()["state"].to_list() == (["live", "live"] if meanwhile == "import" else ["undone"])
