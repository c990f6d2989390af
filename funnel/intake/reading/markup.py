"""Web pages and XML spreadsheets (both often called .xls): one table or sheet as a grid of text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from funnel.errors import InputError, Message
from funnel.intake.reading.apart import read_markup
from funnel.intake.reading.encoding import decode
from funnel.intake.reading.grid import Grid, blanks_to_null, names
from funnel.schema import Finding

_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEAD = 4096  # a page says its charset within its first kilobyte; Excel puts its styles before


@dataclass(frozen=True)
class Page:
    """The chosen table. ``sheet`` and ``sheets`` are those of an XML spreadsheet, null and empty for a web page."""

    grid: Grid
    encoding: str
    sheet: str | None
    sheets: tuple[str, ...]
    table: int
    n_tables: int
    findings: tuple[Finding, ...]


def read_page(data: bytes, encoding: str | None = None, sheet: str | None = None, table: int | None = None) -> Page:
    """The table asked for (from 1), or the one with the most in it; row numbers count from the table's first row.

    The encoding is the one given, that of a byte-order mark, UTF-8 where it fits, the page's own charset where that
    fits, else the likeliest by content. Raises InputError as ``read_markup`` does.
    """
    declared = _CHARSET.search(data[:_HEAD])
    decoded = decode(data, encoding, declared[1].decode("ascii", "replace") if declared else None)
    found = read_markup(decoded.content, sheet, table)
    frame = found.frame
    if not found.n_tables:
        raise InputError("reading.not_a_table", given=Message("reading.content.web_page"))
    frame.columns = names(frame.width)
    notes: list[Finding] = []
    if decoded.n_bad:
        message = Message("reading.bad_bytes", {"n": decoded.n_bad, "encoding": decoded.encoding})
        notes.append(Finding(message, "warning", decoded.n_bad, "reading.done.marked"))
    if found.n_errors:
        message = Message("reading.error_cells", {"n": found.n_errors, "shown": ["#N/A"]})
        notes.append(Finding(message, "warning", found.n_errors, "reading.done.left_blank"))
    if found.is_open:
        message = Message("reading.open_table", {"n": frame.height})
        notes.append(Finding(message, "warning", frame.height, "reading.done.kept"))
    if found.n_tables > 1:
        message = Message("reading.several_page_tables", {"n": found.n_other, "tables": found.n_tables})
        notes.append(Finding(message, "warning", found.n_other, "reading.done.other_tables_left"))
    return Page(
        Grid(blanks_to_null(frame), merged=found.merged, is_sheet=True),
        decoded.encoding,
        found.sheet or None,
        found.sheets,
        found.table,
        found.n_tables,
        tuple(notes),
    )
