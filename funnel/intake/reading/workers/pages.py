"""Reads the tables of a web page or of an XML spreadsheet in a process of its own.

Run by ``funnel.apart`` with the arguments FILE OUT SHEET TABLE COLUMNS; FILE is UTF-8.

Many programs write an HTML page, or XML of Excel 2003, and call it .xls. Whatever reading one costs, here it costs only
this process. The chosen table goes to OUT as an Arrow file; the answer, as JSON,
beside it: ``sheets``, ``sheet``, ``n_tables`` (0: no cell anywhere), ``table`` (from 1), ``width``, ``merged``,
``n_errors``, ``n_other`` (filled rows of the other tables), ``is_open`` (the last table has no end), or ``error`` with
the code of the refusal and its parameters. A table of more than COLUMNS columns is measured, not written. Nothing of
the application is imported.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl

_MOST_SPAN = 1000  # as in the HTML standard: what a cell may span at most
_MOST_ROWS = 1_048_576  # of a sheet
_MOST_CELLS = 60_000_000
_UNSEEN = frozenset(("script", "style", "comment"))  # what stands in them is not shown in a cell


@dataclass
class Cell:
    """A cell while its text is being read, and how many columns and rows it covers."""

    text: list[str] = field(default_factory=list)
    columns: int = 1
    rows: int = 1
    is_error: bool = False
    is_boolean: bool = False


@dataclass
class Grid:
    """One table: ``rows`` of cells at their column, ``merged`` as (first row, first column, last row, last column)."""

    name: str | None = None
    rows: list[dict[int, str]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    width: int = 0
    n_errors: int = 0
    cell: Cell | None = None
    column: int = 0
    is_in_row: bool = False
    covered: dict[int, int] = field(default_factory=dict)  # column → rows below that a merged cell still covers

    def begin_row(self, number: int | None = None) -> None:
        """Start a row; ``number`` (from 1) where the file says which one it is."""
        self.end_row()
        gap = min(number - 1, _MOST_ROWS) - len(self.rows) if number is not None else 0
        self.rows += [{} for _ in range(gap)]
        self.rows.append({})
        self.column, self.is_in_row = 0, True

    def end_row(self) -> None:
        self.end_cell()
        if self.is_in_row:
            self.covered = {column: left - 1 for column, left in self.covered.items() if left > 1}
            self.is_in_row = False

    def begin_cell(self, cell: Cell, number: int | None = None) -> None:
        """Start a cell at the next free column, or at ``number`` (from 1)."""
        if not self.is_in_row:
            self.begin_row()
        self.end_cell()
        if number is not None:
            self.column = max(0, number - 1)
        while self.column in self.covered:
            self.column += 1
        self.cell = cell

    def end_cell(self) -> None:
        cell, self.cell = self.cell, None
        if cell is None:
            return
        row, first, last = len(self.rows) - 1, self.column, self.column + cell.columns - 1
        text = " ".join("".join(cell.text).split())
        if cell.is_error:
            self.n_errors, text = self.n_errors + 1, ""
        elif cell.is_boolean:
            text = {"1": "TRUE", "0": "FALSE"}.get(text, text)
        if text:
            self.rows[row][first] = text
        if cell.rows > 1 or cell.columns > 1:
            self.merged.append((row, first, row + cell.rows - 1, last))
        if cell.rows > 1:
            # this row's own end takes one away
            self.covered |= dict.fromkeys(range(first, last + 1), cell.rows)
        self.width, self.column = max(self.width, last + 1), last + 1

    @property
    def n_filled_rows(self) -> int:
        return sum(bool(row) for row in self.rows)


class Tables(HTMLParser):
    """All tables of a page, in the order in which they end; a table inside a cell of another is one of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[Grid] = []
        self.open: list[Grid] = []
        self.hidden = 0
        self.sheet: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name, said = tag.rpartition(":")[2], {key.rpartition(":")[2]: value or "" for key, value in attrs}
        if name in _UNSEEN:
            self.hidden += 1
        elif name == "worksheet":
            self.sheet = said.get("name", "")
        elif name == "table":
            self.open.append(Grid(self.sheet))
        if not self.open:
            return
        table = self.open[-1]
        if name in ("td", "th", "cell"):
            self.hidden = 0
        if name in ("tr", "row"):
            table.begin_row(_number(said.get("index")))
        elif name in ("td", "th"):
            table.begin_cell(Cell(columns=_span(said.get("colspan")), rows=_span(said.get("rowspan"))))
        elif name == "cell":
            across, down = _number(said.get("mergeacross")) or 0, _number(said.get("mergedown")) or 0
            cell = Cell(columns=min(across + 1, _MOST_SPAN), rows=min(down + 1, _MOST_SPAN))
            table.begin_cell(cell, _number(said.get("index")))
        elif name == "data" and table.cell is not None:
            table.cell.is_error = said.get("type", "").lower() == "error"
            table.cell.is_boolean = said.get("type", "").lower() == "boolean"
        elif name in ("br", "p", "div", "li") and table.cell is not None:
            table.cell.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in _UNSEEN:
            self.hidden = max(0, self.hidden - 1)
        elif name == "worksheet":
            self.sheet = None
        if not self.open:
            return
        table = self.open[-1]
        if name in ("td", "th", "cell"):
            table.end_cell()
        elif name in ("tr", "row"):
            table.end_row()
        elif name == "table":
            table.end_row()
            self.done.append(self.open.pop())

    def handle_data(self, data: str) -> None:
        if self.open and not self.hidden and (cell := self.open[-1].cell) is not None:
            cell.text.append(data)

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data[6:])


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 8 else None


def _span(text: str | None) -> int:
    return min(max(_number((text or "").strip()) or 1, 1), _MOST_SPAN)


def read_tables(text: str, wanted_sheet: str | None, wanted: int | None) -> tuple[dict[str, Any], Grid | None]:
    """The answer, and the table that was chosen: the wanted one, or the one with the most filled cells."""
    page = Tables()
    page.feed(text)
    is_cut = "<" in page.rawdata and bool(page.open)  # in the middle of a tag
    page.close()
    if page.open and (is_cut or page.open[-1].cell is not None):
        return {"error": "reading.damaged", "given": "HTML"}, None
    is_open = bool(page.open)
    for table in reversed(page.open):
        table.end_row()
        page.done.append(table)
    found = [table for table in page.done if table.n_filled_rows]
    sheets = [table.name for table in page.done if table.name is not None]
    answer: dict[str, Any] = {"sheets": sheets, "sheet": "", "is_open": is_open}
    if not found and not sheets:
        return answer | {"n_tables": 0, "table": 0, "n_other": 0} | _about(Grid()), None
    if sheets:
        if wanted_sheet is not None and wanted_sheet not in sheets:
            return {"error": "reading.unknown_sheet", "given": wanted_sheet, "allowed": sheets}, None
        named = [table for table in page.done if table.name == wanted_sheet] if wanted_sheet is not None else found
        if not named or not named[0].n_filled_rows:
            return {"error": "reading.empty_file", "sheets": sheets}, None
        chosen = named[0]
        return answer | {"sheet": chosen.name, "n_tables": 1, "table": 1, "n_other": 0} | _about(chosen), chosen
    # one row, or one column beside a wider table, is a title or a frame around the page
    real = [table for table in found if table.n_filled_rows > 1 and table.width > 1] or found
    if len(real) == 1:
        wanted = None  # then it means the tables one above the other inside this one
    if wanted is not None and not 1 <= wanted <= len(real):
        return {"error": "reading.unknown_table", "given": wanted, "allowed": len(real)}, None
    sizes = [sum(map(len, table.rows)) for table in real]
    number = wanted or sizes.index(max(sizes)) + 1
    chosen = real[number - 1]
    n_other = sum(table.n_filled_rows for table in found) - chosen.n_filled_rows
    return answer | {"n_tables": len(real), "table": number, "n_other": n_other} | _about(chosen), chosen


def _about(table: Grid) -> dict[str, Any]:
    return {"width": table.width, "merged": table.merged, "n_errors": table.n_errors}


def main() -> None:
    path, out, sheet, number, most = sys.argv[1:6]
    text = Path(path).read_text(encoding="utf-8", errors="replace")
    answer, table = read_tables(text, sheet or None, int(number) or None)
    if table is not None and table.width <= int(most) and table.width * len(table.rows) > _MOST_CELLS:
        answer = {"error": "reading.too_large", "given": table.width * len(table.rows), "allowed": _MOST_CELLS}
    elif table is not None and table.width <= int(most):
        columns = [pl.Series(str(i), [row.get(i) for row in table.rows], dtype=pl.String) for i in range(table.width)]
        pl.DataFrame(columns).write_ipc(out)
    Path(out).with_suffix(".json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
