"""What was answered in an import outlives going back, another page and a reload, until it is imported or discarded."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from funnel.team import Actor
from pages.import_steps import draft, kept, unfinished
from tests.opening import assert_sound, empty_workspace, open_page, use_folder
from tests.pages.test_page_import import button, check, upload

# day or month first: asked; the owner's column is taken for something else by the person
LEADS = """id,created,stage,owner,note
A1,03/04/2024,Lead,Ann,x
A2,05/04/2024,Won,Bob,y
A3,06/05/2024,Lost,Ann,z
"""

# which of the labels is the win: asked
UNKNOWN_LABELS = """id,created,stage,owner,note
A1,2024-04-03,Alpha,Ann,x
A2,2024-04-05,Beta,Bob,y
A3,2024-05-06,Gamma,Ann,z
A4,2024-05-07,Alpha,Ann,z
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path / "workspaces", monkeypatch)
    cookies = {"funnel_browser": "b1"}
    context = SimpleNamespace(
        locale="en-US", timezone="UTC", url=None, theme=SimpleNamespace(type="light"), cookies=cookies
    )
    monkeypatch.setattr(st, "context", context)
    monkeypatch.setattr(kept, "_kept", {})
    (tmp_path / "workspaces").mkdir()
    empty_workspace(tmp_path / "workspaces")
    return tmp_path


def answered(folder: Path) -> AppTest:
    """An import whose question is answered, a column changed, a label changed and another destination chosen."""
    file = folder / "leads.csv"
    file.write_text(LEADS)
    at = upload(open_page("import_data"), file)
    edit(at, "roles_", {4: {"role": "segment"}})
    question = next(radio for radio in at.radio if "created" in str(radio.key))
    question.set_value(question.options[1]).run()
    edit(at, "labels_", {0: {"target": "@on_hold"}})
    assert_sound(at)
    assert (told(at, "roles")[4]["role"], told(at, "labels")[0]["target"]) == ("segment", "@on_hold")
    return at


def told(at: AppTest, table: str) -> list[dict[str, object]]:
    tables = at.session_state["_import"].tables
    return next(edited.to_dicts() for key, (_, edited) in tables.items() if key.startswith(table))


def spooled_files(folder: Path) -> list[Path]:
    return list((folder / "workspaces" / "unfinished").glob("file-*"))


def restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server holds in memory is gone."""
    monkeypatch.setattr(kept, "_kept", {})


def key_of(at: AppTest, prefix: str) -> str:
    return next(key for key in at.session_state["_import"].tables if key.startswith(prefix))


def edit(at: AppTest, prefix: str, rows: dict[int, dict[str, str]]) -> None:
    at.session_state[key_of(at, prefix)] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    at.run()


def state(at: AppTest) -> dict[str, object]:
    """What the person has said so far, as the Check step would get it."""
    now: draft.Draft = at.session_state["_import"]
    tables = {key.split("_")[0]: edited.to_dicts() for key, (_, edited) in now.tables.items()}
    return {
        "file": now.upload.name if now.upload else None,
        "step": now.step,
        "tables": tables,
        "radios": {str(radio.key): radio.value for radio in at.radio},
        "picks": {str(pick.key): pick.value for pick in at.selectbox if "_import" not in str(pick.key)},
    }


def test_back_from_check_keeps_columns_labels_and_answers(folder: Path) -> None:
    at = answered(folder)
    before = state(at)
    check(at)
    assert at.session_state["_import"].step == "check"
    button(at, "Back").click().run()
    assert_sound(at)
    assert state(at) == before
    check(at)


def test_another_page_and_back_keeps_them(folder: Path) -> None:
    at = answered(folder)
    before = state(at)
    at.switch_page("pages/overview.py").run()
    at.switch_page("pages/import_data.py").run()
    assert_sound(at)
    assert state(at) == before


def test_a_reload_keeps_them(folder: Path) -> None:
    before = state(answered(folder))
    again = open_page("import_data")
    assert state(again) == before
    check(again)


def test_another_browser_sees_nothing_of_it(folder: Path) -> None:
    answered(folder)
    st.context.cookies["funnel_browser"] = "b2"
    assert state(open_page("import_data"))["file"] is None


def test_what_is_discarded_is_gone_with_its_file(folder: Path) -> None:
    at = answered(folder)
    assert len(spooled_files(folder)) == 1
    at.button(key="drop_import").click().run()
    assert list((folder / "workspaces" / "unfinished").iterdir()) == []
    assert state(open_page("import_data"))["file"] is None


def test_the_next_file_is_not_read_as_the_discarded_one(folder: Path) -> None:
    """A list with the present stage was checked and discarded; what follows has a date per stage."""
    at = answered(folder)
    check(at)
    at.button(key="drop_import").click().run()
    steps = folder / "steps.csv"
    steps.write_text(
        "lead id,created,qualified,won\n"
        + "".join(f"L{i},2024-01-{i:02},2024-02-{i:02},2024-03-{i:02}\n" for i in range(1, 29))
    )
    upload(at, steps)
    shape = next(one for one in at.get("button_group") if str(one.key).startswith("shape_"))
    assert shape.value == "milestones"


def test_what_is_imported_is_not_offered_again(folder: Path) -> None:
    at = check(answered(folder))
    check(at, "Import ")
    assert list((folder / "workspaces" / "unfinished").iterdir()) == []
    assert state(open_page("import_data"))["file"] is None


def test_after_a_day_it_is_swept(folder: Path) -> None:
    answered(folder)
    old = time.time() - 25 * 3600
    for path in (folder / "workspaces" / "unfinished").iterdir():
        os.utime(path, (old, old))
    for one in kept._kept["b1"]:
        one.seen_at = old
    assert state(open_page("import_data"))["file"] is None
    assert list((folder / "workspaces" / "unfinished").iterdir()) == []


def test_a_restart_of_the_server_keeps_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the answers about the meaning, which decide what is asked next."""
    file = folder / "deals.csv"
    file.write_text(UNKNOWN_LABELS)
    at = upload(open_page("import_data"), file)
    meaning = next(radio for radio in at.radio if str(radio.key).startswith("meaning_"))
    meaning.set_value(meaning.options[-1]).run()
    edit(at, "roles_", {4: {"role": "segment"}})
    before, revision = state(at), at.session_state["_import"].revision
    restart(monkeypatch)
    again = open_page("import_data")
    assert state(again) == before
    assert again.session_state["_import"].revision == revision
    assert again.session_state["_import"].answers == at.session_state["_import"].answers


def test_what_was_left_by_a_stopped_server_can_be_imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(answered(folder))
    restart(monkeypatch)
    again = open_page("import_data")
    assert state(again) == before
    check(check(again), "Import ")
    restart(monkeypatch)
    assert state(open_page("import_data"))["file"] is None


def test_a_record_that_cannot_be_read_is_no_import(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(folder)
    (record,) = (folder / "workspaces" / "unfinished").glob("*.json")
    record.write_text('{"uploads": [["leads.csv", "../../outside"]]}')
    restart(monkeypatch)
    assert state(open_page("import_data"))["file"] is None


def test_of_too_many_unfinished_imports_the_oldest_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished, "MOST", 1)
    answered(folder)
    for path in (folder / "workspaces" / "unfinished").iterdir():
        os.utime(path, (time.time() - 3600,) * 2)
    monkeypatch.setattr(kept, "_kept", {})
    st.context.cookies["funnel_browser"] = "b2"
    answered(folder)
    open_page("import_data")
    assert len(spooled_files(folder)) == 1
    restart(monkeypatch)
    assert state(open_page("import_data"))["file"] == "leads.csv"
    st.context.cookies["funnel_browser"] = "b1"
    assert state(open_page("import_data"))["file"] is None


def test_who_signs_in_at_the_same_browser_has_imports_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "browser_id", lambda: "one browser")
    owners = []
    for email in ("ann@example.com", "bob@example.com", None):
        monkeypatch.setattr(kept, "signed_in", lambda email=email: None if email is None else Actor(email))
        owners.append(kept._owner())
    assert len(set(owners)) == 3
