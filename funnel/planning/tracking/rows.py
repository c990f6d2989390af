"""The weekly tracking form (the guide's step 4): its rows, what an edit changes, what is carried into the next week.

Reported and measured figures stand side by side and neither overwrites the other (metrics/README.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal

from funnel.errors import FunnelError, InputError, Message
from funnel.planning.tracking.cells import parse_planned, parse_rate, planned_end, reported_count, settled_amount
from funnel.planning.tracking.periods import last_day

OPEN, DONE, DROPPED = ROW_STATES = ("open", "done", "dropped")
COLUMNS = ("stage", "key_action", "owner", "planned", "actual", "rate", "notes", "state")
"""The guide's seven columns in its order, and the state."""


@dataclass(frozen=True, slots=True)
class TrackingRow:
    """One row of a sheet.

    - ``stage``: key of a stage, blank while nobody chose one. ``planned``: a day ``2026-07-03``, a week ``2026-W27``, a
      month ``2026-07``, ``ongoing``, or blank. ``actual``: what was done, in words ("480", "2024-03 · 500 leads").
    - ``rate``: the reported conversion (0–1, over 1 is possible). ``notes``: issues, and the reason of a miss.
    - ``position``: place in the sheet. ``carried_from``: the row of the sheet before that this one continues.
    """

    row_id: str
    sheet: str
    stage: str = ""
    key_action: str = ""
    owner: str = ""
    planned: str = ""
    actual: str = ""
    rate: float | None = None
    notes: str = ""
    state: str = OPEN
    position: int = 0
    strategy_id: str = ""
    carried_from: str | None = None

    def __post_init__(self) -> None:
        if self.state not in ROW_STATES:
            raise InputError("tracking.unknown_state", given=self.state, allowed=list(ROW_STATES))
        if self.rate is not None and not 0 <= self.rate < 100:
            raise InputError("tracking.bad_rate", given=self.rate)

    @property
    def count(self) -> float | None:
        """The amount stated in ``actual``, null where it names none."""
        return reported_count(self.actual)

    @property
    def is_blank(self) -> bool:
        """Nothing was written into it yet."""
        return (
            not any((self.stage, self.key_action, self.owner, self.planned, self.actual, self.notes))
            and self.rate is None
        )


# --- edits ---


@dataclass(frozen=True, slots=True)
class RowChange:
    """One thing to store: ``row`` is the row after the change (for a deletion: the row that goes), ``fields`` the names
    of the columns that differ."""

    kind: Literal["add", "edit", "delete"]
    row: TrackingRow
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadCell:
    """A value that was not stored: where it stood (line of a paste, row id of an edit), and why."""

    line: int | None
    row_id: str
    column: str
    value: str
    message: Message


def edit_cell(row: TrackingRow, column: str, value: Any) -> TrackingRow:
    """A row with one cell changed; ``value`` as an editor gives it (text, number, or null for blank).

    Raises InputError: ``tracking.unknown_column``, ``tracking.bad_planned``, ``tracking.bad_rate``,
    ``tracking.two_way_amount``, ``tracking.unknown_state``.
    """
    if column not in COLUMNS:
        raise InputError("tracking.unknown_column", given=column, allowed=list(COLUMNS))
    text = "" if value is None else str(value).strip()
    if column == "rate":
        return replace(row, rate=parse_rate(value))
    if column == "planned":
        return replace(row, planned=parse_planned(text))
    if column == "actual":
        return replace(row, actual=settled_amount(text))
    if column == "state":
        return replace(row, state=text or OPEN)
    return replace(row, **{column: text})


def apply_delta(
    rows: Sequence[TrackingRow], delta: Mapping[str, Any], new_ids: Sequence[str], sheet: str
) -> tuple[list[RowChange], list[BadCell]]:
    """What an editor's delta changes in the rows it was shown.

    - ``rows``: in the order shown. ``delta``: ``edited_rows`` {index: {column: value}}, ``added_rows``
      [{column: value}], ``deleted_rows`` [index]; indices are those of ``rows``. ``new_ids``: one id per added row.
    - A cell that cannot be read changes nothing and is returned with its reason; other cells of its row are kept.
    - A blank added row is no row yet. An index that is not in ``rows`` raises InputError (``tracking.stale_sheet``).
    """
    changes: list[RowChange] = []
    bad: list[BadCell] = []
    deleted = {int(index) for index in delta.get("deleted_rows", ())}
    edited = {int(index): cells for index, cells in delta.get("edited_rows", {}).items()}
    if any(not 0 <= index < len(rows) for index in (*deleted, *edited)):
        raise InputError("tracking.stale_sheet")
    for index, cells in edited.items():
        if index in deleted:
            continue
        row, problems = _with_cells(rows[index], cells)
        bad += problems
        differing = changed_fields(rows[index], row)
        if differing:
            changes.append(RowChange("edit", row, differing))
    changes += [RowChange("delete", rows[index]) for index in sorted(deleted)]
    position = max((row.position for row in rows), default=-1) + 1
    for row_id, cells in zip(new_ids, delta.get("added_rows", ()), strict=True):
        row, problems = _with_cells(TrackingRow(row_id, sheet, position=position), cells)
        bad += problems
        if not row.is_blank:
            changes.append(RowChange("add", row, changed_fields(TrackingRow(row_id, sheet), row)))
            position += 1
    return changes, bad


def changed_fields(before: TrackingRow, after: TrackingRow) -> tuple[str, ...]:
    """Names of the fields that differ."""
    return tuple(f.name for f in fields(after) if getattr(before, f.name) != getattr(after, f.name))


def _with_cells(row: TrackingRow, cells: Mapping[str, Any]) -> tuple[TrackingRow, list[BadCell]]:
    bad = []
    for column, value in cells.items():
        if column not in COLUMNS:
            continue  # an editor may add columns of its own, such as a selection
        try:
            row = edit_cell(row, column, value)
        except FunnelError as error:
            bad.append(BadCell(None, row.row_id, column, "" if value is None else str(value), error.message))
    return row, bad


# --- the next week ---


def carry_forward(
    rows: Iterable[TrackingRow], sheet: str, already: Iterable[TrackingRow], new_ids: Iterable[str]
) -> list[TrackingRow]:
    """The open rows of a sheet as rows of ``sheet``, the next one: same action and owner, nothing reported yet.

    ``already``: rows that stand in ``sheet``; what was carried before is not carried twice, new rows come after them.
    ``new_ids`` gives at least one id for each open row.
    """
    standing = list(already)
    carried = {row.carried_from for row in standing}
    position = max((row.position for row in standing), default=-1) + 1
    ids = iter(new_ids)
    found = []
    for row in sorted(rows, key=lambda row: row.position):
        if row.state == OPEN and not row.is_blank and row.row_id not in carried:
            found.append(
                replace(
                    row,
                    row_id=next(ids),
                    sheet=sheet,
                    actual="",
                    rate=None,
                    notes="",
                    position=position,
                    carried_from=row.row_id,
                )
            )
            position += 1
    return found


def is_miss(row: TrackingRow, today: date) -> bool:
    """Whether something planned was not done: dropped, or open after the day it was planned for.

    "Ongoing" rows, and rows without a plan, are due at the end of their sheet.
    """
    if row.is_blank or row.state == DONE:
        return False
    return row.state == DROPPED or today > (planned_end(row.planned) or last_day(row.sheet))


def needs_reason(row: TrackingRow, today: date) -> bool:
    """Whether a miss still lacks its written reason."""
    return is_miss(row, today) and not row.notes.strip()


# --- reported against measured ---


def differences(row: TrackingRow, measured_count: float | None, measured_rate: float | None) -> tuple[Message, ...]:
    """Where the reported figures differ from the measured ones by more than their rounding; null never differs.

    A count must agree exactly. A rate may be off by half a unit of its last written digit: 18 % agrees with 18.4 %,
    18.0 % does not; it is stored as a number, so trailing zeros are not seen and whole per cents are the coarsest.
    """
    found = []
    if row.count is not None and measured_count is not None and row.count != measured_count:
        found.append(Message("tracking.count_differs", {"reported": row.count, "measured": measured_count}))
    if row.rate is not None and measured_rate is not None:
        digits = _percent_digits(row.rate)
        if abs(row.rate - measured_rate) * 100 > 0.5 * 10**-digits + 1e-9:
            found.append(
                Message(
                    "tracking.rate_differs",
                    {"reported": round(row.rate * 100, digits), "measured": round(measured_rate * 100, digits + 1)},
                )
            )
    return tuple(found)


def _percent_digits(rate: float) -> int:
    """Digits after the point with which a rate was written in per cent."""
    written = re.sub(r"0+$", "", f"{rate * 100:.4f}").split(".")[1]
    return len(written)
