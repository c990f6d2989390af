"""Roles: what each may do, by a file that is read at every write; and the line that each write leaves."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from funnel import team
from funnel.errors import AccessError
from funnel.i18n.translator import Translator
from funnel.storage.records import KINDS
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace, delete_workspace, open_workspace, rename_workspace
from funnel.team import Actor, acting
from tests import factories
from tests.store_samples import NOW, new_workspace

TEAM = """
others = "viewer"
[people]
"Li@Example.com" = "admin"
"wang@example.com" = "editor"
"zhao@example.com" = "viewer"
[groups]
Sales = "editor"
heads = "admin"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "team.toml"
    path.write_text(TEAM, encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_workspace(tmp_path, "Ours", factories.GUIDE, now=NOW)


def somebody(file: Path, email: str, *groups: str) -> Actor:
    return Actor(email, groups, file)


@pytest.mark.parametrize(
    ("email", "groups", "role"),
    [
        ("li@example.com", (), "admin"),
        ("LI@EXAMPLE.COM", (), "admin"),
        ("wang@example.com", ("heads",), "editor"),  # a person that is named is what the file says of the person
        ("new@example.com", ("sales", "HEADS"), "admin"),
        ("new@example.com", ("sales",), "editor"),
        ("new@example.com", ("elsewhere",), "viewer"),
    ],
)
def test_the_role_is_that_of_the_person_else_the_highest_of_the_groups(
    file: Path, email: str, groups: tuple[str, ...], role: str
) -> None:
    assert somebody(file, email, *groups).role() == role


def test_without_a_file_whoever_may_sign_in_edits(tmp_path: Path) -> None:
    assert somebody(tmp_path / "none.toml", "a@example.com").role() == "editor"


@pytest.mark.parametrize("text", ["others = 3", '[people]\n"a@example.com" = "boss"', "people = 1", "[people", "\x00",
                                  'other = "viewer"', '[person]\n"a@example.com" = "viewer"'])  # fmt: skip
def test_a_file_that_cannot_be_read_lets_nobody_write(file: Path, store: Store, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    with acting(somebody(file, "li@example.com")), pytest.raises(AccessError) as told:
        store.set_setting("currency", "CNY")
    assert told.value.message.code == "team.file" and "currency" not in store.settings()
    assert all(Translator(language).message(told.value) for language in ("en", "zh_Hans"))


def test_a_file_that_somebody_has_set_must_be_there(tmp_path: Path) -> None:
    """A wrong path or a disk that is not mounted must not make everybody an editor."""
    with pytest.raises(AccessError):
        Actor("a@example.com", team=tmp_path / "none.toml", needs_team=True).role()
    (tmp_path / "team.toml").symlink_to(tmp_path / "gone.toml")
    with pytest.raises(AccessError):
        somebody(tmp_path / "team.toml", "a@example.com").role()


def test_a_changed_role_counts_at_the_next_write(file: Path, store: Store) -> None:
    with acting(somebody(file, "wang@example.com")):
        store.set_setting("currency", "CNY")
        file.write_text(TEAM.replace('wang@example.com" = "editor', 'wang@example.com" = "viewer'), encoding="utf-8")
        with pytest.raises(AccessError):
            store.set_setting("currency", "EUR")
    assert store.settings()["currency"] == "CNY"


def deeds(store: Store, folder: Path) -> dict[str, object]:
    """Each thing that is done to a workspace, as a call."""
    backup = folder / "kept.duckdb"
    batch = factories.log(factories.lead("A", "2024-01-05 lead"))
    return {
        "setting": lambda: store.set_setting("currency", "CNY"),
        "reading": lambda: store.remember_mapping("x", ["a"], {}),
        "spend": lambda: store.save_spend(factories.spend(), who="", now=NOW),
        "import": lambda: store.import_batch(batch, who="", now=NOW),
        "undo": lambda: store.undo_batch(1, who="", now=NOW),
        "redo": lambda: store.redo_batch(1, who="", now=NOW),
        "record": lambda: store.save_record("tracking", None, {"notes": "x"}, who="", now=NOW),
        "funnel": lambda: store.save_definition(factories.GUIDE, who="", now=NOW, reason="x"),
        "backup": lambda: store.backup(backup, who="", now=NOW),
        "create": lambda: create_workspace(folder, "Another", factories.GUIDE, now=NOW),
        "rename": lambda: rename_workspace(store, "Mine"),
        "forget": lambda: store.forget_lead("A", keep_figures=False, who="", now=NOW),
        "restore": lambda: store.restore(backup, who="", now=NOW),
        "delete": lambda: delete_workspace(store, who="", now=NOW),
    }


def test_every_deed_asks_the_door(file: Path, store: Store, tmp_path: Path) -> None:
    calls = deeds(store, tmp_path)
    assert set(calls) == set(team.DEEDS)
    for role, email in (("viewer", "zhao@example.com"), ("editor", "wang@example.com"), ("admin", "li@example.com")):
        for deed, call in calls.items():
            may = team.ROLES.index(role) >= team.ROLES.index(team.DEEDS[deed])
            if may and deed == "create" and role == "admin":
                continue  # the editor has made it
            with acting(somebody(file, email)):
                if may:
                    call()  # ty: ignore[call-non-callable]
                else:
                    with pytest.raises(AccessError) as told:
                        call()  # ty: ignore[call-non-callable]
                    assert told.value.message.code == "team.not_allowed", (role, deed)
                    assert role in Translator("en").message(told.value)


def test_each_change_leaves_one_line_and_a_refused_or_failed_one_none(file: Path, store: Store) -> None:
    store.set_setting("currency", "CNY")
    with acting(somebody(file, "wang@example.com")):
        store.save_record("tracking", None, {"notes": "x"}, who="Wang", now=NOW)
    with acting(somebody(file, "zhao@example.com")), pytest.raises(AccessError):
        store.set_setting("currency", "EUR")
    with pytest.raises(TypeError):
        store.set_setting("x", object())
    lines = store.journal().select("no", "who", "role", "deed", "about").rows()
    assert lines == [(2, "wang@example.com", "editor", "record", "tracking"), (1, "", "", "setting", "currency")]


def test_the_journal_goes_on_over_a_restore_and_stands_in_backups(file: Path, store: Store, tmp_path: Path) -> None:
    store.set_setting("currency", "CNY")
    store.backup(tmp_path / "kept.duckdb", now=NOW)
    store.set_setting("currency", "EUR")
    with acting(somebody(file, "li@example.com")):
        store.restore(tmp_path / "kept.duckdb", who="", now=NOW)
    assert store.settings()["currency"] == "CNY"
    assert store.journal()["deed"].to_list() == ["restore", "setting", "setting"]
    assert store.journal()["who"].to_list() == ["li@example.com", "", ""]
    store.close()
    assert open_workspace(store.path).journal().height == 3


def test_a_viewer_may_be_the_first_to_open_an_old_file(file: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.duckdb"
    old.write_bytes(gzip.decompress((Path(__file__).parent / "storage/old/workspace_2.duckdb.gz").read_bytes()))
    with acting(somebody(file, "zhao@example.com")):
        assert open_workspace(old, now=NOW).journal().is_empty()


def test_every_deed_and_kind_of_record_has_words() -> None:
    for language in ("en", "zh_Hans"):
        words = Translator(language)
        assert all(words.message_of(f"team.deed.{deed}") for deed in team.DEEDS)
        assert all(words.message_of(f"team.kind.{kind}") for kind in KINDS)
