"""Imports, undo, definitions, settings: what the Store promises about one workspace."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from funnel.definition.definition import Text
from funnel.errors import ConflictError, InputError, StorageError
from funnel.schema import Batches, Entries, Finding, Labels, LeadRows, StageCounts, empty, facts_of
from funnel.storage.connection import translated
from funnel.storage.store import Store
from funnel.storage.workspaces import (
    create_workspace,
    imports_of_file,
    list_workspaces,
    open_workspace,
    rename_workspace,
)
from tests import factories
from tests.conftest import ROOT
from tests.examples import examples
from tests.store_samples import DEFINITION, NOW, a_batch, new_workspace, refused, same


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = new_workspace(tmp_path / "data", "华东区", DEFINITION, who="Li", now=NOW)
    yield opened
    opened.close()


def test_an_import_comes_back_as_it_went_in(store: Store) -> None:
    batch = a_batch("a", {"lead_id": "001", "lead_name": "阿里巴巴 ", "closed_at": datetime(2025, 1, 2), "amount": 0.1})
    receipt = store.import_batch(batch, who="Li", now=NOW)
    assert (receipt.batch_no, receipt.already_imported) == (1, False)
    facts = store.facts()
    expected = facts_of([batch], NOW)
    for name in ("lead_rows", "entries", "labels", "counts"):
        assert getattr(facts, name).equals(getattr(expected, name), null_equal=True), name
    assert facts.batches.drop("who").equals(expected.batches.drop("who"))
    assert facts.batches["who"].to_list() == ["Li"]
    assert store.rejected_rows(1).equals(batch.rejected)
    (finding,) = store.findings(1)
    assert finding.message.params["on"] == date(2026, 1, 2)
    assert (finding.rows, finding.leads, finding.done) == ((4, 5, 6), ("x",), "kept")
    assert store.mapping(1) == batch.mapping


def test_a_large_import_keeps_the_order_of_its_rows(store: Store) -> None:
    n = 300_000  # several row groups of 122,880, which DuckDB reads in parallel
    numbers = pl.int_range(n, dtype=pl.Int64, eager=True).shuffle(seed=1).rename("row_no")
    large = pl.concat([empty(LeadRows), pl.DataFrame([numbers])], how="diagonal").with_columns(
        pl.lit(0, dtype=pl.Int32).alias("batch_no"), pl.col("row_no").cast(pl.String).alias("lead_id")
    )
    store.import_batch(a_batch("a"), who="Li", now=NOW)
    store.import_batch(a_batch("large", lead_rows=large), who="Li", now=NOW)
    stored = store.facts().lead_rows
    assert stored["lead_id"].to_list() == ["a-1", *large["lead_id"].to_list()]


def test_progress_is_told_by_rows_and_what_it_raises_takes_all_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of as many rows as take two of DuckDB's groups, so that several threads write and read them."""
    monkeypatch.setattr("funnel.storage.imports._ROWS_AT_ONCE", 122_880)
    rows = pl.concat([a_batch("a").lead_rows] * 150_000).with_columns(row_no=pl.int_range(150_000))
    told: list[float] = []
    store.import_batch(a_batch("a", lead_rows=rows), who="Li", now=NOW, progress=told.append)
    assert told == sorted(told)
    assert told[0] < 0.95 and told[-1] == 1.0
    assert store.facts().lead_rows["row_no"].to_list() == list(range(150_000))

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.import_batch(a_batch("b"), who="Li", now=NOW, progress=stop)
    assert store.history()["batch_no"].to_list() == [1]
    assert store.facts().lead_rows.height == 150_000


def test_the_imports_of_the_same_bytes_are_found_in_open_and_closed_workspaces(tmp_path: Path) -> None:
    here = new_workspace(tmp_path, "here", DEFINITION, now=NOW)
    there = new_workspace(tmp_path, "there", DEFINITION, now=NOW)
    here.import_batch(a_batch("same"), who="Li", now=NOW)
    there.import_batch(a_batch("same"), who="Wu", now=NOW + timedelta(days=1))
    there.import_batch(a_batch("other"), who="Wu", now=NOW)
    there.undo_batch(1, who="Wu", now=NOW)
    content_hash = a_batch("same").content_hash
    assert here.imports_of(content_hash)["who"].to_list() == ["Li"]
    there.close()
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(b"no database")
    found = {info.name: imports for info, imports in imports_of_file(tmp_path, content_hash)}
    assert {name: imports["state"].to_list() for name, imports in found.items()} == {
        "here": ["live"],
        "there": ["undone"],
    }
    assert found["there"]["imported_at"].to_list() == [NOW + timedelta(days=1)]
    assert imports_of_file(tmp_path, "0" * 64) == []
    here.close()


def test_facts_of_an_empty_workspace_follow_the_schemas(store: Store) -> None:
    facts = store.facts()
    assert facts.is_empty
    for schema, frame in (
        (Batches, facts.batches),
        (LeadRows, facts.lead_rows),
        (Entries, facts.entries),
        (Labels, facts.labels),
        (StageCounts, facts.counts),
    ):
        schema.validate(frame)
    assert store.history().is_empty()


def test_the_same_file_again_changes_nothing_and_says_so(store: Store) -> None:
    first = store.import_batch(a_batch("a"), who="Li", now=NOW)
    again = store.import_batch(a_batch("a", file_name="copy.csv"), who="Wang", now=NOW)
    assert (again.batch_no, again.already_imported, again.data_version) == (1, True, first.data_version)
    assert store.history().height == 1
    other_mapping = store.import_batch(a_batch("a", mapping={"roles": {}}), who="Li", now=NOW)
    assert (other_mapping.batch_no, other_mapping.already_imported) == (2, False)


def test_undo_redo_and_import_again(store: Store) -> None:
    store.import_batch(a_batch("a"), who="Li", now=NOW)
    store.import_batch(a_batch("b"), who="Li", now=NOW)
    before = store.facts()
    store.undo_batch(1, who="Wang", now=NOW + timedelta(hours=1))
    assert store.facts().batches["batch_no"].to_list() == [2]
    assert store.facts().lead_rows["lead_id"].to_list() == ["b-1"]
    assert store.rejected_rows(1).height == 1
    history = store.history()
    assert history["state"].to_list() == ["undone", "live"]
    assert history["changed_by"].to_list() == ["Wang", "Li"]
    store.redo_batch(1, who="Wang", now=NOW + timedelta(hours=2))
    assert same(store.facts(), before)
    store.undo_batch(1, who="Wang", now=NOW)
    again = store.import_batch(a_batch("a"), who="Li", now=NOW)
    assert (again.batch_no, again.already_imported) == (3, False)
    assert store.facts().lead_rows["lead_id"].to_list() == ["b-1", "a-1"]
    with pytest.raises(ConflictError) as caught:
        store.redo_batch(1, who="Wang", now=NOW)
    assert caught.value.message.code == "storage.imported_again"
    assert caught.value.message.params["stored"] == 3


def test_unknown_batches_are_named(store: Store) -> None:
    for call in (store.rejected_rows, store.findings, store.mapping):
        with refused(InputError, "storage.unknown_batch"):
            call(5)
    with refused(InputError, "storage.unknown_batch"):
        store.undo_batch(5, who="Li", now=NOW)


def test_an_import_that_fails_in_the_middle_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from funnel.storage import imports

    store.import_batch(a_batch("a"), who="Li", now=NOW)
    before, versions = store.facts(), store.versions()

    def broken(finding: Finding) -> str:
        raise RuntimeError(finding.done)

    monkeypatch.setattr(imports.plain, "finding_out", broken)
    with pytest.raises(RuntimeError):
        store.import_batch(a_batch("b"), who="Li", now=NOW)
    assert same(store.facts(), before)
    assert store.versions() == versions
    assert store.history().height == 1


CELLS = st.fixed_dictionaries(
    {
        "lead_id": st.sampled_from(["1", "01", "客户", "x y"]),
        "amount": st.none() | st.floats(allow_nan=False, allow_infinity=False, width=32),
        "stage_label": st.none() | st.sampled_from(["意向", "Won", " "]),
        "created_at": st.none() | st.datetimes(datetime(1999, 1, 1), datetime(2031, 1, 1)),
    }
)


@examples(25, HealthCheck.function_scoped_fixture)
@given(data=st.data())
def test_undoing_any_batches_equals_having_imported_the_others(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    contents = data.draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5, unique=True))
    batches = [a_batch(content, *data.draw(st.lists(CELLS, min_size=1, max_size=4))) for content in contents]
    undone = data.draw(st.sets(st.sampled_from(range(1, len(batches) + 1))))
    folder = tmp_path_factory.mktemp("undo")
    with_undo = new_workspace(folder, "one", DEFINITION, now=NOW)
    without = new_workspace(folder, "two", DEFINITION, now=NOW)
    for no, batch in enumerate(batches, 1):
        with_undo.import_batch(batch, who="Li", now=NOW)
        if no not in undone:
            without.import_batch(batch, who="Li", now=NOW)
    for no in data.draw(st.permutations(sorted(undone))):
        with_undo.undo_batch(no, who="Li", now=NOW)
    assert same(with_undo.facts(), without.facts())
    with_undo.close()
    without.close()


def test_definitions_are_versions_and_facts_stay(store: Store) -> None:
    store.import_batch(a_batch("a"), who="Li", now=NOW)
    before = store.facts()
    renamed = replace(DEFINITION, name=Text("New", "新"))
    assert store.save_definition(renamed, who="Wang", now=NOW, reason="clearer") == 2
    assert store.save_definition(renamed, who="Wang", now=NOW, reason="again") == 2
    assert store.definition() == renamed
    assert store.definition(1) == DEFINITION
    assert [(v.version, v.who, v.reason) for v in store.definition_versions()] == [
        (2, "Wang", "clearer"),
        (1, "Li", ""),
    ]
    assert same(store.facts(), before)
    with refused(ConflictError, "storage.definition_changed"):
        store.save_definition(DEFINITION, who="Li", now=NOW, reason="back", expected_version=1)
    with refused(InputError, "storage.unknown_definition"):
        store.definition(9)


def test_settings_keep_their_types(store: Store) -> None:
    values = {
        "currency": "CNY",
        "as_of": date(2025, 6, 1),
        "horizons": {"won": 45.5},
        "days_off": [date(2025, 10, 1)],
        "n": 3,
    }
    for key, value in values.items():
        store.set_setting(key, value)
    assert store.settings() == values
    assert [type(v) for v in store.settings().values()] == [type(values[k]) for k in sorted(values)]
    store.set_setting("as_of", None)
    assert "as_of" not in store.settings()
    with pytest.raises(TypeError):
        store.set_setting("x", object())


def test_spend_is_replaced_and_checked(store: Store) -> None:
    table = factories.spend
    assert store.spend().is_empty()
    rows = [
        (date(2025, 1, 1), None, 5.5, None),
        (date(2025, 2, 1), "展会", 10.0, "华东"),
        (date(2025, 2, 1), "展会", 4.0, "华南"),
    ]
    store.save_spend(table(*reversed(rows)), who="Li", now=NOW)
    assert store.spend().rows() == rows
    for bad, code in (
        (table((date(2025, 1, 2), None, 1.0)), "storage.spend_month"),
        (table((date(2025, 1, 1), None, 1.0), (date(2025, 1, 1), None, 2.0)), "storage.spend_twice"),
    ):
        with refused(InputError, code):
            store.save_spend(bad, who="Li", now=NOW)
    assert store.spend().height == 3
    store.save_spend(table(), who="Li", now=NOW)
    assert store.spend().is_empty()


def test_mappings_are_remembered_by_header(store: Store) -> None:
    store.remember_mapping("s1", ["id", "阶段", "amount"], {"roles": {"id": "lead_id"}})
    store.remember_mapping("s1", ["id", "阶段", "amount"], {"roles": {"id": "lead_id", "阶段": "stage"}})
    store.remember_mapping("s2", ["id", "x", "y"], {"roles": {}})
    assert store.remembered_mapping("s1") == {"roles": {"id": "lead_id", "阶段": "stage"}}
    assert store.remembered_mapping("s3") is None
    closest = store.closest_mapping(["id", "阶段", "amount", "owner"])
    assert closest is not None
    assert (closest.signature, closest.shared) == ("s1", 3 / 4)
    assert closest.mapping == {"roles": {"id": "lead_id", "阶段": "stage"}}
    assert store.closest_mapping(["something", "else"]) is None


def test_versions_grow_with_their_kind_of_write(store: Store) -> None:
    start = store.versions()
    store.import_batch(a_batch("a"), who="Li", now=NOW)
    assert store.versions() == replace(start, data=start.data + 1)
    store.undo_batch(1, who="Li", now=NOW)
    store.undo_batch(1, who="Li", now=NOW)
    assert store.versions().data == start.data + 2
    store.set_setting("currency", "EUR")
    assert store.versions() == replace(start, data=start.data + 2, settings=start.settings + 1)


def test_a_workspace_survives_closing(store: Store) -> None:
    store.import_batch(a_batch("a"), who="Li", now=NOW)
    before = store.facts()
    store.close()
    store.close()
    with refused(StorageError, "storage.closed"):
        store.facts()
    assert [path.name for path in store.path.parent.iterdir()] == ["华东区.duckdb"]
    again = open_workspace(store.path)
    assert again is not store
    assert open_workspace(store.path) is again
    assert same(again.facts(), before)
    assert (again.name, again.is_sample, again.definition()) == ("华东区", False, DEFINITION)
    again.close()


def test_threads_may_read_and_write_at_once(store: Store) -> None:
    failures: list[BaseException] = []

    def work(no: int) -> None:
        try:
            for i in range(5):
                store.import_batch(a_batch(f"{no}-{i}"), who=str(no), now=NOW)
                facts = store.facts()
                # One state of the workspace: every batch that is listed has its row.
                assert set(facts.batches["batch_no"]) == set(facts.lead_rows["batch_no"])
                store.definition()
        except BaseException as error:  # noqa: BLE001  (a thread's failure would be lost otherwise)
            failures.append(error)

    threads = [threading.Thread(target=work, args=(no,)) for no in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.history()["batch_no"].to_list() == list(range(1, 41))


def test_workspaces_are_listed_named_and_kept_apart(tmp_path: Path) -> None:
    assert list_workspaces(tmp_path / "none") == []
    names = ["华东 / 新品: A*", "CON", "zeta", "华东 / 新品: A* B"]
    made = [create_workspace(tmp_path, name, DEFINITION) for name in names]
    sample = create_workspace(tmp_path, "Sample", DEFINITION, is_sample=True)
    for taken in ("  华东 /  新品: A* ", "ZETA", "sample"):
        with refused(ConflictError, "storage.name_taken"):
            create_workspace(tmp_path, taken, DEFINITION)
    for bad, code in (("  ", "storage.name_blank"), ("x" * 61, "storage.name_too_long")):
        with refused(InputError, code):
            create_workspace(tmp_path, bad, DEFINITION)
    made[2].close()
    listed = list_workspaces(tmp_path)
    assert {info.name for info in listed} == {*names, "Sample"}
    assert listed[-1].is_sample
    assert all(info.state == "ready" for info in listed)
    assert len({info.path for info in listed}) == 5
    rename_workspace(made[0], "华北")
    assert made[0].name == "华北"
    with refused(ConflictError, "storage.name_taken"):
        rename_workspace(made[0], "zeta")
    for opened in (*made, sample):
        opened.close()
    assert "华北" in {info.name for info in list_workspaces(tmp_path)}


def test_two_names_of_one_file_name_get_two_files(tmp_path: Path) -> None:
    one, two = (create_workspace(tmp_path, name, DEFINITION) for name in ("a/b", "a:b"))
    assert {one.path.name, two.path.name} == {"a_b.duckdb", "a_b-2.duckdb"}
    one.close()
    two.close()


def test_a_second_process_is_told_plainly(store: Store) -> None:
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from funnel.errors import StorageError
from funnel.storage.workspaces import list_workspaces, open_workspace
path = Path({str(store.path)!r})
print(list_workspaces(path.parent)[0].state)
try:
    open_workspace(path)
except StorageError as error:
    print(error.message.code)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["in_use", "storage.in_use"]


def test_wrong_files_are_refused_with_their_reason(store: Store, tmp_path: Path) -> None:
    store.import_batch(a_batch("a"), who="Li", now=NOW)
    store.close()
    good = store.path.read_bytes()
    folder = tmp_path / "wrong"
    folder.mkdir()
    flipped = bytearray(good)
    flipped[4096:12288] = bytes(8192)  # both headers
    for name, content in {
        "text": b"id,stage\n1,won\n" * 100,
        "empty": b"",
        "cut": good[: len(good) // 2],
        "flipped": bytes(flipped),
    }.items():
        path = folder / f"{name}.duckdb"
        path.write_bytes(content)
        with pytest.raises(StorageError) as caught:
            open_workspace(path)
        assert caught.value.message.code == "storage.damaged", name
        assert caught.value.__cause__ is not None
    other = folder / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE t (a INT)")
    with refused(StorageError, "storage.not_a_workspace"):
        open_workspace(other)
    newer = folder / "newer.duckdb"
    newer.write_bytes(good)
    with duckdb.connect(str(newer)) as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, 'from the future')")
    with pytest.raises(StorageError) as caught:
        open_workspace(newer)
    assert caught.value.message.code == "storage.newer_version"
    assert caught.value.message.params["given"] == 9999
    with refused(StorageError, "storage.missing"):
        open_workspace(folder / "nothing.duckdb")
    states = {info.name: info.state for info in list_workspaces(folder)}
    assert states == {
        "cut": "damaged",
        "empty": "damaged",
        "flipped": "damaged",
        "newer": "newer",
        "other": "damaged",
        "text": "damaged",
    }


def test_the_file_cannot_reach_out(store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')",
        f"COPY definitions TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'x.duckdb'}'",
        "SET enable_external_access = true",
    ):
        with pytest.raises(StorageError), store.reading() as cursor:
            cursor.execute(sql)


def test_every_refusal_has_a_sentence_in_both_languages() -> None:
    """Codes are found as text in the source, and every sentence can be filled with what the error carries."""
    import re

    from funnel.errors import Message
    from funnel.i18n.messages import MESSAGES
    from funnel.i18n.translator import LANGUAGES, Translator

    sources = "\n".join(path.read_text() for path in sorted((ROOT / "funnel" / "storage").rglob("*.py")))
    codes = set(re.findall(r'"(storage\.[a-z_]+)"', sources))
    assert codes == {code for code in MESSAGES if code.startswith("storage.")}
    carried = {"file", "given", "allowed", "stored", "who", "at", "month", "source"}
    for code in codes:
        assert set(re.findall(r"%\((\w+)\)s", MESSAGES[code])) <= carried
        shown = {Translator(name).message(Message(code, dict.fromkeys(carried, "x"))) for name in LANGUAGES}
        assert len(shown) == len(LANGUAGES), code


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        # Texts of DuckDB as its sources and issue tracker give them.
        (
            duckdb.IOException("Trying to read a database file with version number 200, but we can only read …"),
            "newer_version",
        ),
        (duckdb.IOException('Could not set lock on file "x": Conflicting lock is held in python (PID 1)'), "in_use"),
        (duckdb.IOException('Cannot open file "x": Permission denied'), "not_allowed"),
        (duckdb.IOException('Could not write file "x": No space left on device'), "disk_full"),
        (duckdb.InternalException("Attempted to dereference unique_ptr that is NULL!"), "damaged"),
        (duckdb.ConstraintException("NOT NULL constraint failed: t.a"), "failed"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (PermissionError(errno.EACCES, "Permission denied"), "not_allowed"),
        (FileNotFoundError(errno.ENOENT, "No such file"), "file_system"),
    ],
)
def test_what_the_driver_says_becomes_one_plain_code(raised: Exception, code: str) -> None:
    with pytest.raises(StorageError) as caught, translated(Path("folder/x.duckdb")):
        raise raised
    assert caught.value.message.code == f"storage.{code}"
    assert caught.value.message.params["file"] == "x.duckdb"
    assert caught.value.__cause__ is raised


# --- corrections ----------------------------------------------------------------------------------------------------


def test_a_correction_takes_the_place_of_the_import_and_undoing_brings_it_back(store: Store) -> None:
    first, second = a_batch("a", {"lead_id": "1", "owner": "Li"}), a_batch("b", {"lead_id": "1", "owner": "Wang"})
    store.import_batch(first, who="Li", now=NOW)
    store.import_batch(second, who="Li", now=NOW)
    before = store.facts()
    corrected = replace(first, mapping={**first.mapping, "read": {"encoding": "gbk"}})
    receipt = store.import_batch(corrected, who="Li", now=NOW, replaces=1)
    assert (receipt.batch_no, receipt.already_imported) == (3, False)
    after = store.facts()
    # the later import still comes later: a correction must not make old attributes win
    assert after.batches["batch_no"].to_list() == [1, 2]
    assert after.lead_rows["owner"].to_list() == before.lead_rows["owner"].to_list() == ["Li", "Wang"]
    assert store.history()["state"].to_list() == ["undone", "live", "live"]
    store.undo_batch(3, who="Li", now=NOW)
    assert same(store.facts(), before) and store.history()["state"].to_list() == ["live", "live", "undone"]
    store.redo_batch(3, who="Li", now=NOW)  # of an import and its corrections one counts
    assert same(store.facts(), after) and store.history()["state"].to_list() == ["undone", "live", "live"]


def test_a_correction_of_a_correction_stands_at_the_first_place(store: Store) -> None:
    batch = a_batch("a", {"lead_id": "1"})
    store.import_batch(batch, who="Li", now=NOW)
    store.import_batch(a_batch("b", {"lead_id": "2"}), who="Li", now=NOW)
    for no, zone in ((1, "UTC"), (3, "Asia/Shanghai")):
        store.import_batch(replace(batch, mapping={**batch.mapping, "time_zone": zone}), who="", now=NOW, replaces=no)
    assert store.facts().batches["batch_no"].to_list() == [1, 2]
    assert store.history()["state"].to_list() == ["undone", "live", "undone", "live"]


def test_the_same_file_in_the_same_way_corrects_nothing(store: Store) -> None:
    batch = a_batch("a", {"lead_id": "1"})
    store.import_batch(batch, who="Li", now=NOW)
    assert store.import_batch(batch, who="Li", now=NOW, replaces=1).already_imported
    assert store.history()["state"].to_list() == ["live"]


def test_undoing_a_correction_counts_no_file_twice(store: Store) -> None:
    """The first reading was imported anew beside the correction: undoing that brings no second one of it back."""
    batch = a_batch("a", {"lead_id": "1"})
    store.import_batch(batch, who="", now=NOW)
    corrected = replace(batch, mapping={**batch.mapping, "time_zone": "UTC"})
    store.import_batch(corrected, who="", now=NOW, replaces=1)
    store.import_batch(batch, who="", now=NOW)
    store.undo_batch(2, who="", now=NOW)
    assert store.history()["state"].to_list() == ["undone", "undone", "live"]
    store.undo_batch(3, who="", now=NOW)
    store.redo_batch(2, who="", now=NOW)
    store.undo_batch(2, who="", now=NOW)
    assert store.history()["state"].to_list() == ["live", "undone", "undone"]


def test_the_place_of_a_correction_is_that_of_the_first_import(store: Store) -> None:
    batch = a_batch("a", {"lead_id": "1"})
    store.import_batch(batch, who="", now=NOW)
    store.import_batch(a_batch("b", {"lead_id": "2"}), who="", now=NOW)
    for no, zone in ((1, "UTC"), (3, "Asia/Shanghai")):
        store.import_batch(replace(batch, mapping={**batch.mapping, "time_zone": zone}), who="", now=NOW, replaces=no)
    assert [store.place(no) for no in (1, 2, 3, 4)] == [1, 2, 1, 1]
    with pytest.raises(InputError):
        store.place(9)
