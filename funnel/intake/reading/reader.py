"""Any file that a person may upload, as one table of text: what it is, where its header stands, what is odd about it.

A file is recognised by its content, never by its name. Every column is text, so that ids keep their leading zeros and
all their digits; dates and numbers are read by ``dates`` and ``numbers`` once their convention is known. Everything
detected is a field of the result and can be overridden by ``ReadOptions``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import polars as pl

from funnel.errors import InputError, Message
from funnel.intake.mapping import RawTable
from funnel.intake.reading.apart import read_apart
from funnel.intake.reading.containers import open_container
from funnel.intake.reading.delimited import DELIMITERS, read_delimited
from funnel.intake.reading.encoding import ENCODINGS, decode
from funnel.intake.reading.grid import Grid, blanks_to_null, names
from funnel.intake.reading.json_cells import frame_of_file, take_apart
from funnel.intake.reading.markup import read_page
from funnel.intake.reading.records.asides import without_asides, without_rows
from funnel.intake.reading.records.stacked import repeats, stacked, where
from funnel.intake.reading.tables import Table, find_table
from funnel.intake.reading.workbook_xml import BookXml
from funnel.intake.reading.workbooks import read_workbook
from funnel.intake.values import clean_text
from funnel.schema import Finding

__all__ = ["DELIMITERS", "ENCODINGS", "ReadOptions", "read_table"]

OTHER_PIPELINE = "reading.left_out.pipeline"
"""The code of a row that was left out, since the person reads other pipelines."""
MOST_SHEETS = 60
"""So many sheets of a workbook are looked at: five years of months."""
_BOOKS = ("xlsx", "xls")
_ONE_OF_MANY: tuple[str, Literal["warning"]] = ("reading.same_on_sheets", "warning")
_SHOWN_CONTROL = frozenset(b"\t\n\r\f\x0b\x1a\x1b")
_BINARY_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person has set instead of what is detected (None). ``header_row`` counts from 1, 0 means no header.

    ``delimiter`` " " means runs of blanks; ``table`` counts from 1 from the top of the file or sheet.
    A setting that the format does not have (the encoding of a workbook, the header row of Parquet) has no effect.
    ``only``: of a file with several pipelines the rows of some of them are read (``only_values`` writes it).
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    table: int | None = None
    only: str | None = None


def only_values(column: str, values: Sequence[str]) -> str:
    """``ReadOptions.only``: the rows with these values in a column are read, all others are left out and listed."""
    return json.dumps([column, sorted(values)], ensure_ascii=False)


def read_table(source: bytes | Path, file_name: str, options: ReadOptions = ReadOptions()) -> RawTable:
    """Read one table of a file. ``file_name`` is only carried along. ``content_hash`` is the SHA-256 of the file.

    Raises InputError and nothing else, whatever the bytes are; see the codes in ``funnel.i18n.messages.reading``. Where
    a sheet is no table, the parameter ``sheets`` of the error names all sheets of the workbook.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    content_hash = hashlib.sha256(data).hexdigest()
    kind, data = open_container(data)
    encoding = delimiter = sheet = None
    sheets: tuple[str, ...] = ()
    scanned = BookXml()
    findings: list[Finding] = []
    number = n_tables = 0
    records = frame_of_file(data) if kind == "text" else None
    if records is not None:
        kind, grid = "json", _as_grid(records)
    elif kind == "text":
        grid, encoding, delimiter = _read_text(data, options, findings)
    elif kind == "markup":
        page = read_page(data, options.encoding, options.sheet, options.table)
        grid, encoding, sheet, sheets = page.grid, page.encoding, page.sheet, page.sheets
        findings.extend(page.findings)
        if page.n_tables > 1:
            number, n_tables = page.table, page.n_tables
    elif kind == "parquet":
        grid = _as_grid(read_apart(kind, data).frame)
    else:
        book = read_workbook(data, kind, options.sheet)
        grid, sheet, sheets, scanned = book.grid, book.sheet, book.sheets, book.scanned
        if book.n_errors:
            shown = list(book.errors) or ["#N/A"]
            said = _finding("reading.error_cells", "warning", book.n_errors, "reading.done.left_blank", shown=shown)
            findings.append(replace(said, rows=book.error_rows[:5]))
        if book.n_cut:
            findings.append(_finding("reading.cut_numbers", "warning", book.n_cut, "reading.done.kept"))
    try:
        table = (
            find_table(grid, 1, 1)
            if kind in ("parquet", "json")
            else find_table(grid, options.header_row, None if n_tables else options.table)
        )
    except InputError as error:
        if len(sheets) < 2:
            raise
        raise InputError(error.message.code, **error.message.params, sheets=list(sheets)) from error
    parts, is_one_of_many = [(sheet or "", grid.frame.height, table)], False
    if len(sheets) > 1 and kind in _BOOKS and options == replace(ReadOptions(), only=options.only):
        more = _alike(data, kind, sheets, parts[0], scanned)
        is_one_of_many = any(repeats(table, other) for _, _, other in more)
        parts += [] if is_one_of_many else more
    if len(parts) > 1:
        table = stacked(parts)
        params = {"sheets": where(parts), "all": len(sheets)}
        findings.append(_finding("reading.sheets_together", "warning", len(parts), "reading.done.together", **params))
    elif len(sheets) > 1:
        code, severity = _ONE_OF_MANY if is_one_of_many else ("reading.several_sheets", "note")
        findings.append(_finding(code, severity, len(sheets), "reading.done.one_sheet", sheet=sheet))
    read = RawTable(
        name=file_name,
        kind="csv" if kind == "text" else "html" if kind == "markup" else kind,
        columns=table.columns,
        frame=table.frame,
        row_numbers=table.row_numbers,
        encoding=encoding,
        delimiter=delimiter,
        header_row=table.header_row,
        sheet=sheet,
        sheets=sheets,
        n_tables=n_tables or table.n_tables,
        n_rows=table.n_rows,
        n_blank=table.n_blank,
        n_repeated_header=table.n_repeated_header,
        findings=(*findings, *table.findings),
        content_hash=content_hash,
        left_out=table.left_out,
        rejected=table.rejected,
        table=number or table.number,
        titles=table.titles,
        choices=table.choices,
        record_column=table.record_column,
        together=tuple(name for name, _, _ in parts) if len(parts) > 1 else (),
    )
    read = without_asides(take_apart(read))
    return read if options.only is None else _without_others(read, *json.loads(options.only))


def _alike(
    data: bytes, kind: str, sheets: Sequence[str], first: tuple[str, int, Table], scanned: BookXml
) -> list[tuple[str, int, Table]]:
    """The other visible sheets of a workbook whose table has the columns of the first one, each with its rows."""
    found = []
    for name in sheets[:MOST_SHEETS]:
        if name == first[0]:
            continue
        try:
            book = read_workbook(data, kind, name, scanned)
            table = find_table(book.grid)
        except InputError:  # a note, a chart, a sheet of nothing: no table that could go on with the first one
            continue
        if book.is_visible and sorted(table.columns) == sorted(first[2].columns):
            found.append((name, book.grid.frame.height, table))
    return found


def _without_others(table: RawTable, column: str, values: Sequence[str]) -> RawTable:
    """The table without the rows that have another value in the column."""
    if column not in table.columns:
        raise InputError("reading.column_is_gone", column=column)
    said = clean_text(table.frame[column])
    return without_rows(table, said.is_not_null() & ~said.is_in(values), column, OTHER_PIPELINE)


def _finding(
    code: str, severity: Literal["question", "warning", "note"], n: int, done: str, **params: object
) -> Finding:
    return Finding(Message(code, {"n": n, **params}), severity, n, done)


def _read_text(data: bytes, options: ReadOptions, findings: list[Finding]) -> tuple[Grid, str, str | None]:
    decoded = decode(data, options.encoding)
    content = decoded.content
    n_zero = content.count(b"\0") if b"\0" in content else 0
    if n_zero:
        content = content.replace(b"\0", b"")
    if n_zero * 10 > len(decoded.content) or _looks_binary(content):
        raise InputError("reading.not_a_table", given=Message("reading.content.binary"))
    if not content[:4096].strip() and not content.strip():
        raise InputError("reading.empty_file")
    if n_zero:
        findings.append(_finding("reading.zero_bytes", "note", n_zero, "reading.done.left_out"))
    if decoded.n_bad:
        findings.append(
            _finding("reading.bad_bytes", "warning", decoded.n_bad, "reading.done.marked", encoding=decoded.encoding)
        )
    read = read_delimited(content, options.delimiter)
    if read.n_unquoted:
        findings.append(_finding("reading.stray_quote", "warning", read.n_unquoted, "reading.done.taken_apart"))
    return read.grid, decoded.encoding, read.delimiter


def _looks_binary(content: bytes) -> bool:
    """Control characters that no text has make up more than a trace of the first 64 KB."""
    head = content[:65536]
    n_control = sum(head.count(code) for code in range(32) if code not in _SHOWN_CONTROL)
    n_unknown = head.count("\ufffd".encode())
    return n_control + n_unknown > _BINARY_SHARE * len(head) and n_control + n_unknown > 2


def _as_json(cell: object) -> str:
    return json.dumps(cell, ensure_ascii=False, default=str)


def _as_grid(frame: pl.DataFrame) -> Grid:
    """Typed columns as text under a first row with their names: dates in ISO form, lists and structs as JSON."""
    texts = []
    for name, dtype in frame.schema.items():
        column = frame[name]
        if dtype == pl.Binary:
            cells = [None if cell is None else cell.decode("utf-8", "replace") for cell in column.to_list()]
            column = pl.Series(name, cells, dtype=pl.String)
        elif dtype.is_nested() or dtype in (pl.Object, pl.Null):
            column = pl.Series(
                name, [None if cell is None else _as_json(cell) for cell in column.to_list()], dtype=pl.String
            )
        elif isinstance(dtype, pl.Datetime):
            column = column.dt.strftime("%Y-%m-%d %H:%M:%S%.f%:z" if dtype.time_zone else "%Y-%m-%d %H:%M:%S%.f")
        else:
            column = column.cast(pl.String)
        texts.append(pl.concat([pl.Series([name], dtype=pl.String), column.rename("")]))
    return Grid(blanks_to_null(pl.DataFrame(dict(zip(names(len(texts)), texts, strict=True)))))
