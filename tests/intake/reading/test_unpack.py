"""Files that hold tables: opened apart, only stored rows of base tables, never past a limit."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from pathlib import Path

import duckdb
import polars as pl
import pytest

from funnel.errors import InputError
from funnel.intake.reading import apart
from funnel.intake.reading.apart import unpack
from funnel.intake.reading.containers import what_is_inside
from funnel.storage.workspaces import create_workspace
from tests.store_samples import DEFINITION

SQL = """
CREATE TYPE mood AS ENUM ('calm', 'keen');
CREATE TABLE deals ("id" BIGINT, big HUGEINT, amount DECIMAL(10, 2), share DOUBLE, day DATE, "at" TIMESTAMP,
                    zoned TIMESTAMPTZ, ends TIMESTAMP, is_won BOOLEAN, mood mood, tags VARCHAR[], "a ""b" VARCHAR);
INSERT INTO deals VALUES
  (7, 99999999999999999999, 12.50, 0.25, '2024-01-02', '2024-01-02 03:04:05', '2024-01-02 03:04:05+02',
   'infinity', true, 'keen', ['x', 'y'], '商机'),
  (8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""


def opened(path: Path, folder: Path) -> dict[str, pl.DataFrame]:
    kind = what_is_inside(path)
    assert kind is not None
    return {one.name: pl.read_parquet(one.path) for one in unpack(path, kind, folder)}


def refusal(path: Path, folder: Path) -> str:
    kind = what_is_inside(path)
    assert kind is not None
    with pytest.raises(InputError) as caught:
        unpack(path, kind, folder)
    return caught.value.message.code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    return tmp_path / "inside"


def a_duckdb(path: Path, sql: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    return path


def a_sqlite(path: Path, sql: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.close()
    return path


def test_cells_of_a_duckdb_file_are_text_as_people_write_it(tmp_path: Path, folder: Path) -> None:
    (deals,) = opened(a_duckdb(tmp_path / "a.duckdb", SQL), folder).values()
    assert deals.row(0) == (
        "7", "99999999999999999999", "12.50", "0.25", "2024-01-02", "2024-01-02 03:04:05",
        "2024-01-02 01:04:05+00:00", None, "true", "keen", "[x, y]", "商机",
    )  # fmt: skip
    assert deals.columns[-1] == 'a "b'
    assert deals.row(1) == ("8", *[None] * 11)


def test_views_macros_and_computed_columns_of_a_duckdb_file_are_not_run(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "secret.csv"
    other.write_text("a\n1\n", encoding="utf-8")
    sql = f"""
    CREATE TABLE deals (id INT); INSERT INTO deals VALUES (1);
    CREATE VIEW spying AS SELECT * FROM read_csv('{other}');
    CREATE MACRO f(x) AS x + 1;
    CREATE TABLE computed (id INT, other INT GENERATED ALWAYS AS (f(id))); INSERT INTO computed VALUES (1);
    CREATE SCHEMA b; CREATE TABLE b.deals (id INT)
    """
    tables = opened(a_duckdb(tmp_path / "a.duckdb", sql), folder)
    assert {name: frame.columns for name, frame in tables.items()} == {
        "b.deals": ["id"],
        "main.computed": ["id"],
        "main.deals": ["id"],
    }


def test_an_sqlite_file_gives_its_base_tables(tmp_path: Path, folder: Path) -> None:
    sql = """
    PRAGMA journal_mode = wal;
    CREATE TABLE deals (id INTEGER, note TEXT, amount REAL, raw BLOB, twice INTEGER GENERATED ALWAYS AS (id * 2));
    INSERT INTO deals (id, note, amount, raw) VALUES (1, '赢单', 2.5, x'6869'), (2, NULL, 1200, NULL);
    CREATE VIEW all_deals AS SELECT * FROM deals;
    CREATE VIRTUAL TABLE words USING fts5(word);
    """
    tables = opened(a_sqlite(tmp_path / "a.sqlite", sql), folder)
    assert tables["deals"].rows() == [("1", "赢单", "2.5", "hi"), ("2", None, "1200.0", None)]
    assert "all_deals" not in tables and "words" not in tables


def test_a_zip_gives_its_files_without_litter(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export/deals.csv", "id\n1\n")
        archive.writestr("export/商机.csv", "id\n1\n")
        archive.writestr("__MACOSX/export/._deals.csv", "x")
        archive.writestr("export/.DS_Store", "x")
    assert [one.name for one in unpack(path, "zip", folder)] == ["export/deals.csv", "export/商机.csv"]


def test_names_of_old_chinese_archives_are_read(tmp_path: Path, folder: Path) -> None:
    """Without the mark of UTF-8 a name is in the code page of its machine: Python would show it as CP437."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("xxxx.csv", "b.csv"):
            archive.writestr(name, "id\n1\n")
    path = tmp_path / "a.zip"
    path.write_bytes(out.getvalue().replace(b"xxxx.csv", "赢单".encode("gbk") + b".csv"))
    assert [one.name for one in unpack(path, "zip", folder)] == ["赢单.csv", "b.csv"]


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [("MAX_INSIDE", 1, "too_many_tables"), ("MAX_UNPACKED", 20, "zip_bomb"), ("MAX_ROWS", 2, "too_many_rows")],
)
def test_limits(
    limit: str, value: int, code: str, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "CREATE TABLE a (id INT); INSERT INTO a VALUES (1), (2), (3); CREATE TABLE b (id INT)"
    files = [a_duckdb(tmp_path / "a.duckdb", sql), a_sqlite(tmp_path / "a.sqlite", sql)]
    if limit != "MAX_ROWS":
        files.append(tmp_path / "a.zip")
        with zipfile.ZipFile(files[-1], "w") as archive:
            archive.writestr("a.csv", "id\n" * 10)
            archive.writestr("b.csv", "id\n")
    monkeypatch.setattr(apart, limit, value)
    assert {refusal(path, folder) for path in files} == {f"reading.{code}"}


def test_refused_with_a_reason(tmp_path: Path, folder: Path) -> None:
    whole = a_duckdb(tmp_path / "a.duckdb", SQL).read_bytes()
    cut = tmp_path / "cut.duckdb"
    cut.write_bytes(whole[:5000])
    assert refusal(cut, folder) == "reading.damaged"
    sqlite = a_sqlite(tmp_path / "b.sqlite", "CREATE TABLE a (id INT); INSERT INTO a VALUES (1)").read_bytes()
    cut.write_bytes(sqlite[:1000])
    assert refusal(cut, folder) == "reading.damaged"
    create_workspace(tmp_path, "Own", DEFINITION).close()
    assert refusal(tmp_path / "Own.duckdb", folder) == "reading.own_workspace"


def test_what_holds_no_tables_is_left_to_the_reader(tmp_path: Path) -> None:
    book, one, csv = (tmp_path / name for name in ("a.xlsx", "one.zip", "a.csv"))
    pl.DataFrame({"id": [1]}).write_excel(book)
    with zipfile.ZipFile(one, "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
    csv.write_text("id,name,DUCK,note\n1,2,3,4\n", encoding="utf-8")
    assert [what_is_inside(path) for path in (book, one, csv)] == [None, None, None]
    a_duckdb(tmp_path / "a.duckdb", SQL)
    with zipfile.ZipFile(one, "w") as archive:
        archive.write(tmp_path / "a.duckdb", "a.duckdb")
    assert what_is_inside(one) == "zip", "a packed database is opened, too"
