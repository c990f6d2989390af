"""Rows pasted from Excel, or an exported sheet read back: text in, rows out, and what could not be read beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from funnel.definition.definition import FunnelDefinition
from funnel.errors import FunnelError, InputError, Message
from funnel.planning.tracking.cells import amount_reading, day_order, parse_planned, settled_amount
from funnel.planning.tracking.rows import COLUMNS, DONE, DROPPED, OPEN, BadCell, TrackingRow, edit_cell

HEADERS: dict[str, tuple[str, ...]] = {
    "stage": ("stage", "funnel stage", "漏斗阶段", "阶段"),
    "key_action": ("key action", "action", "关键动作", "动作"),
    "owner": ("owner", "responsible", "负责人"),
    "planned": ("planned time", "planned", "plan", "计划时间", "计划"),
    "actual": ("actual completed", "actual", "actually completed", "实际完成", "实际"),
    "rate": ("conversion rate", "rate", "conversion", "转化率"),
    "notes": ("issues & notes", "issues and notes", "issues", "notes", "问题与备注", "问题", "备注"),
    "state": ("state", "status", "状态"),
}
"""What the columns are called, folded; the first English and the first Chinese one are what an export writes."""
STATE_WORDS = {  # the English and the Chinese word that the form shows, then what is read as well
    OPEN: ("open", "未完成", "进行中"),
    DONE: ("done", "完成", "已完成"),
    DROPPED: ("dropped", "取消", "已取消", "cancelled", "canceled"),
}


@dataclass(frozen=True, slots=True)
class Pasted:
    """Rows that can be stored, and the lines that cannot, each with its column, value and reason.

    ``n_lines``: lines with content, without a header line; = rows + lines in ``bad``. ``ignored_columns``: headers that
    nobody knows.
    """

    rows: tuple[TrackingRow, ...]
    bad: tuple[BadCell, ...]
    n_lines: int
    ignored_columns: tuple[str, ...] = ()


def parse_pasted(
    text: str, definition: FunnelDefinition, sheet: str, new_ids: Sequence[str], first_position: int = 0
) -> Pasted:
    """Read lines copied from a spreadsheet (tabs) or a CSV text into rows of ``sheet``.

    With a header line columns may stand in any order, in either language; without one they are the guide's, in its
    order. ``new_ids`` gives at least one id for each line. Quoted cells may hold line breaks.
    """
    return parse_cells(_split(text), definition, sheet, new_ids, first_position)


def parse_cells(
    lines: Sequence[Sequence[str]],
    definition: FunnelDefinition,
    sheet: str,
    new_ids: Sequence[str],
    first_position: int = 0,
) -> Pasted:
    """The same for cells that are split already, such as the rows of an Excel sheet. Lines count from 1, header too."""
    numbered = [(number, line) for number, line in enumerate(lines, 1) if any(cell.strip() for cell in line)]
    columns, ignored = list(COLUMNS), ()
    if numbered and (named := _header(numbered[0][1])):
        columns = [column or "" for column in named]
        ignored = tuple(
            cell for cell, column in zip(numbered[0][1], named, strict=True) if column is None and cell.strip()
        )
        numbered = numbered[1:]
    order = day_order(_column("planned", columns, numbered))
    reading = amount_reading(_column("actual", columns, numbered))
    rows: list[TrackingRow] = []
    bad: list[BadCell] = []
    ids = iter(new_ids)
    for number, line in numbered:
        row = TrackingRow(next(ids), sheet, position=first_position + len(rows))
        try:
            column, value = "", ""
            for column, value in zip(columns, line, strict=False):
                if column:
                    row = _with(row, column, _unguarded(value), definition, order, reading)
        except FunnelError as error:
            bad.append(BadCell(number, row.row_id, column, value.strip(), error.message))
            continue
        surplus = [cell.strip() for cell in line[len(columns) :] if cell.strip()]
        if surplus:
            message = Message("tracking.too_many_cells", {"given": len(line), "allowed": len(columns)})
            bad.append(BadCell(number, row.row_id, "", surplus[0], message))
            continue
        rows.append(row)
    return Pasted(tuple(rows), tuple(bad), len(numbered), ignored)


def _column(name: str, columns: Sequence[str], lines: Sequence[tuple[int, Sequence[str]]]) -> list[str]:
    """The cells of one column, where lines have it."""
    if name not in columns:
        return []
    at = columns.index(name)
    return [line[at] for _, line in lines if at < len(line)]


def _with(
    row: TrackingRow, column: str, value: str, definition: FunnelDefinition, order: str | None, reading: str | None
) -> TrackingRow:
    if column == "stage":
        key = stage_of(value, definition)
        if key is None:
            raise InputError(
                "tracking.unknown_stage", given=value.strip(), allowed=[stage.name for stage in definition.stages]
            )
        return replace(row, stage=key)
    if column == "planned":
        return replace(row, planned=parse_planned(value, order))
    if column == "actual":
        value = settled_amount(value, reading)
    if column == "state":
        folded = _fold(value)
        value = next((state for state, words in STATE_WORDS.items() if folded in words), folded)
    return edit_cell(row, column, value)


def _unguarded(value: str) -> str:
    """A cell without the apostrophe by which an export keeps a spreadsheet from calculating it."""
    return value[1:] if re.match(r"'[=+\-@]", value) else value


def stage_of(written: str, definition: FunnelDefinition) -> str | None:
    """The key of a stage written by key or by its name in either language; "" for a blank cell, null when unknown."""
    folded = _fold(written)
    if not folded:
        return ""
    for stage in definition.stages:
        if folded in (stage.key, _fold(stage.name.en), _fold(stage.name.zh)):
            return stage.key
    return None


def _header(line: Sequence[str]) -> list[str | None] | None:
    """Column names of a header line; null when the line is data (fewer than two known headers)."""
    known = {word: column for column, words in HEADERS.items() for word in words}
    named = [known.get(_fold(cell)) for cell in line]
    return named if sum(column is not None for column in named) >= 2 else None


def _split(text: str) -> list[list[str]]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    delimiter = "\t" if "\t" in text else ","
    # What a spreadsheet puts between quotes holds no tab; without that rule a stray quote would swallow whole lines.
    inside = r'[^"\t]' if delimiter == "\t" else r'[^"]'
    cell = re.compile(rf'"((?:{inside}|"")*)"(?={delimiter}|\n|\Z)|([^{delimiter}\n]*)')
    lines: list[list[str]] = [[]]
    at = 0
    while at <= len(text):
        found = cell.match(text, at)
        assert found is not None  # the second part matches anything, nothing too
        lines[-1].append(found[2] if found[1] is None else found[1].replace('""', '"'))
        at = found.end() + 1
        if at <= len(text) and text[at - 1] == "\n":
            lines.append([])
    return lines


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(":")
