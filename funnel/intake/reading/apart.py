"""Runs the workers: workbooks, Parquet files, web pages, archives and databases are read in a process of their own."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from funnel.apart.run import DiedError, Limits, run_apart
from funnel.errors import InputError
from funnel.intake.reading.containers import Inside
from funnel.intake.reading.grid import MAX_COLUMNS

MEMORY_LIMIT = 8 << 30  # bytes
CPU_LIMIT = 600  # seconds of all processors together; a sheet of a million rows takes about one minute
_PATIENCE = 900  # seconds by the clock, for a machine that is busy with other things
_WORKERS = Path(__file__).with_name("workers")
_BOOKS, _PAGES, _UNPACK = (_WORKERS / name for name in ("books.py", "pages.py", "unpack.py"))
MAX_INSIDE = 200  # tables of one file
MAX_UNPACKED = 2 << 30  # bytes; the largest file that was tried is 605 MB
MAX_ROWS = 20_000_000  # of a table


@dataclass(frozen=True)
class ReadApart:
    """The frame that was read (of no columns for an empty sheet), the sheet's name, the names of all sheets, and
    whether the workbook shows the sheet.
    """

    frame: pl.DataFrame
    sheet: str
    sheets: tuple[str, ...]
    is_visible: bool = True


@dataclass(frozen=True)
class ReadMarkup(ReadApart):
    """A table of a page: ``table`` (from 1) of ``n_tables`` (0: it has none); ``n_other``: filled rows of the others.

    ``merged`` as in ``Grid``; ``n_errors``: cells with an Excel error; ``is_open``: the table has no end.
    """

    n_tables: int = 1
    table: int = 1
    n_other: int = 0
    merged: tuple[tuple[int, int, int, int], ...] = ()
    n_errors: int = 0
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A file that was taken out of another one: what it is called there, where it lies, its rows (null: not known)."""

    name: str
    path: Path
    n_rows: int | None


def read_apart(kind: str, data: bytes, sheet: str | None = None) -> ReadApart:
    """Read one sheet of a workbook as text, or a Parquet file (``kind`` "parquet") with its types.

    Raises InputError: ``reading.damaged``, ``reading.password``, ``reading.unknown_sheet``,
    ``reading.too_many_columns``.
    """
    name = "Parquet" if kind == "parquet" else "Excel"
    answer, frame = _run(_BOOKS, data, name, before=[kind], after=[sheet or ""])
    return ReadApart(frame, answer["sheet"], tuple(answer["sheets"]), answer.get("is_visible", True))


def read_parquets(files: Mapping[str, Path]) -> dict[str, pl.DataFrame]:
    """Several Parquet files by name, with their types. Raises InputError ``reading.damaged`` (``given``: the name)."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        listed, out = Path(folder, "files.json"), Path(folder, "read")
        listed.write_text(json.dumps({name: str(path) for name, path in files.items()}), encoding="utf-8")
        _answer(_BOOKS, ["parquets", str(listed), str(out), "", str(MAX_COLUMNS)], out, "Parquet")
        read = [out.with_name(f"{number}.arrow").read_bytes() for number in range(len(files))]
        return {name: pl.read_ipc(io.BytesIO(content)) for name, content in zip(files, read, strict=True)}


def read_markup(content: bytes, sheet: str | None = None, table: int | None = None) -> ReadMarkup:
    """Read one table of a web page, or one sheet of an XML spreadsheet, given as UTF-8.

    Raises InputError: ``reading.damaged`` (the file ends inside a cell), ``reading.empty_file`` (the sheet is empty),
    ``reading.unknown_sheet``, ``reading.unknown_table``, ``reading.too_many_columns``, ``reading.too_large``.
    """
    answer, frame = _run(_PAGES, content, "HTML", after=[sheet or "", str(table or 0)])
    return ReadMarkup(
        frame,
        answer["sheet"],
        tuple(answer["sheets"]),
        n_tables=answer["n_tables"],
        table=answer["table"],
        n_other=answer["n_other"],
        merged=tuple((top, left, bottom, right) for top, left, bottom, right in answer["merged"]),
        n_errors=answer["n_errors"],
        is_open=answer["is_open"],
    )


def unpack(path: Path, kind: Inside, folder: Path) -> tuple[Unpacked, ...]:
    """Take what is inside a file out into ``folder``: the members of an archive, the base tables of a database.

    Views and macros are not run. Raises InputError: ``reading.damaged``, ``reading.password``, ``reading.zip_bomb``,
    ``reading.too_many_tables``, ``reading.too_many_rows``, ``reading.own_workspace``, ``reading.too_slow``.
    """
    limits = [str(limit) for limit in (MAX_INSIDE, MAX_UNPACKED, MAX_ROWS)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as aside:
        out = Path(aside, "answer")
        answer = _answer(_UNPACK, [kind, str(path), str(out), str(folder), *limits], out, kind)
    return tuple(Unpacked(one["name"], folder / one["file"], one["n_rows"]) for one in answer["tables"])


def _run(
    worker: Path, data: bytes, name: str, *, before: Sequence[str] = (), after: Sequence[str] = ()
) -> tuple[dict[str, Any], pl.DataFrame]:
    """The answer of a worker and the frame it wrote.

    Raises InputError, also ``reading.damaged`` where the worker dies and ``reading.too_slow`` where it takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="funnel-apart-", ignore_cleanup_errors=True) as folder:
        source, out = Path(folder, "file"), Path(folder, "read.arrow")
        source.write_bytes(data)
        settings = [text.replace("\0", "\ufffd") for text in after]  # no argument can hold it, and no sheet's name does
        answer = _answer(worker, [*before, str(source), str(out), *settings, str(MAX_COLUMNS)], out, name)
        if answer["width"] > MAX_COLUMNS:
            raise InputError("reading.too_many_columns", given=answer["width"], allowed=MAX_COLUMNS)
        frame = pl.read_ipc(io.BytesIO(out.read_bytes())) if out.exists() else pl.DataFrame()
    return answer, frame


def _answer(worker: Path, arguments: Sequence[str], out: Path, name: str) -> dict[str, Any]:
    """What a worker answers beside ``out``. Raises InputError for its refusals and however else it ends."""
    try:
        run_apart(worker, arguments, Limits(MEMORY_LIMIT, CPU_LIMIT, _PATIENCE))
    except DiedError as error:
        if error.seconds is not None:
            raise InputError("reading.too_slow", given=name, minutes=error.seconds // 60) from error
        raise InputError("reading.damaged", given=name) from error
    answer = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    if "error" in answer:
        raise InputError(answer.pop("error"), **answer)
    return answer
