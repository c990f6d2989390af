"""The tracking sheet without a screen: what was reported beside what was measured, misses, handovers.

Reported and measured figures stand side by side and neither overwrites the other (metrics/README.md). Measured are
the first own entries into each stage that happened in the sheet's days (basis *activity*), of all owners together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError, Message
from funnel.filters import Filters, Window, apply_filters, in_window
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.deadlines.waiting import waiting_leads
from funnel.metrics.steps.activity import activity_counts, counts_table
from funnel.metrics.steps.slow_steps import handovers
from funnel.planning.tracking.pasting import Pasted
from funnel.planning.tracking.periods import sheet_window
from funnel.planning.tracking.rows import COLUMNS, TrackingRow, differences, is_miss, needs_reason
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import ActivityCounts

FRIDAY = 4


@dataclass(frozen=True)
class Measured:
    """What the imported data says about the days of a sheet.

    ``figures``: ``schema.ActivityCounts``, empty when the data says nothing about these days. ``until``: the last day
    of the data where it ends inside the sheet, else null: such a sheet is not compared yet. ``from_counts``: from
    stage totals that were imported, not from leads.
    """

    figures: pl.DataFrame
    until: date | None = None
    from_counts: bool = False

    def of(self, stage: str) -> tuple[float | None, float | None]:
        """Count of entries into a stage and the rate of the step into it; null where there is none."""
        found = self.figures.filter(pl.col("stage") == stage)
        return (found["n"][0], found["rate"][0]) if found.height else (None, None)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One row of the form with its measured figures and what is to be said about it."""

    row: TrackingRow
    measured_count: float | None
    measured_rate: float | None
    differences: tuple[Message, ...]
    is_miss: bool
    needs_reason: bool


@dataclass(frozen=True)
class TrackingReport:
    """One sheet. ``lines``: its rows in the order of the form. ``day``: the day that misses are judged by."""

    sheet: str
    window: Window
    day: date
    measured: Measured
    lines: tuple[SheetLine, ...]

    @property
    def by_id(self) -> Mapping[str, SheetLine]:
        return {line.row.row_id: line for line in self.lines}

    @property
    def differing(self) -> tuple[SheetLine, ...]:
        return tuple(line for line in self.lines if line.differences)

    @property
    def without_reason(self) -> tuple[SheetLine, ...]:
        return tuple(line for line in self.lines if line.needs_reason)


def working_day(data: WorkspaceData, today: date) -> date:
    """The day on which people plan: today, and in the sample the last day of its data."""
    return data.as_of if data.is_sample and data.as_of else today


def measured_in(data: WorkspaceData, sheet: str) -> Measured:
    """Entries into each stage in the days of a sheet. Leads rule over counts, as everywhere; the two never mix."""
    window = sheet_window(sheet)
    start, end = window.start, window.end
    assert start is not None and end is not None  # a sheet is never all time
    nothing = ActivityCounts.create_empty()
    if data.has_leads:
        first = data.history_start
        if data.as_of is None or first is None or start > data.as_of or end < first:
            return Measured(nothing)
        figures = activity_counts(data.journeys.lazy(), data.funnel, window)
        return Measured(figures, data.as_of if data.as_of < _last_workday(start, end) else None)
    figures = counts_table(data.facts, data.funnel, Filters(window))
    return Measured(figures, from_counts=True) if figures["n"].sum() else Measured(nothing)


def tracking_report(
    data: WorkspaceData, rows: Iterable[TrackingRow], *, sheet: str, day: date, measured: Measured | None = None
) -> TrackingReport:
    """The rows of one sheet (others are left out) beside their measured figures, judged on ``day``; about all leads, so
    there are no filters. ``measured``: ``measured_in(data, sheet)``, where it is known already."""
    measured = measured or measured_in(data, sheet)
    lines = []
    for row in sorted((row for row in rows if row.sheet == sheet), key=lambda row: row.position):
        count, rate = measured.of(row.stage)
        said = differences(row, count, rate) if measured.until is None else ()
        lines.append(SheetLine(row, count, rate, said, is_miss(row, day), needs_reason(row, day)))
    return TrackingReport(sheet, sheet_window(sheet), day, measured, tuple(lines))


# --- a sheet that comes back from a spreadsheet ---


@dataclass(frozen=True, slots=True)
class Merged:
    """What an imported sheet means for the rows that stand: rows to add, rows to change (under the ids that stand), and
    how many lines say what is there already."""

    added: tuple[TrackingRow, ...]
    changed: tuple[TrackingRow, ...]
    n_same: int


def merge_sheet(standing: Iterable[TrackingRow], pasted: Pasted) -> Merged:
    """Find for each imported line its row: the same stage, action and owner, each row once; other lines are new."""
    free = sorted(standing, key=lambda row: row.position)
    position = max((row.position for row in free), default=-1) + 1
    added: list[TrackingRow] = []
    changed: list[TrackingRow] = []
    n_same = 0
    for line in pasted.rows:
        alike = [row for row in free if _who_does_what(row) == _who_does_what(line)]
        match = next((row for row in alike if _cells(row) == _cells(line)), alike[0] if alike else None)
        if match is None:
            added.append(replace(line, position=position + len(added)))
            continue
        free.remove(match)
        if _cells(match) == _cells(line):
            n_same += 1
        else:
            changed.append(replace(match, **{column: getattr(line, column) for column in COLUMNS}))
    return Merged(tuple(added), tuple(changed), n_same)


def _who_does_what(row: TrackingRow) -> tuple[str, str, str]:
    return row.stage, row.key_action, row.owner


def _cells(row: TrackingRow) -> tuple[object, ...]:
    return tuple(getattr(row, column) for column in COLUMNS)


# --- handover ---


@dataclass(frozen=True)
class HandoverReport:
    """What one role leaves to the next.

    ``overdue``: ``schema.WaitingLeads`` past a deadline, with the ``role`` that owns the step. ``handed``:
    ``schema.Handovers``. ``untagged``: one row per lead that arrived at another role without an owner or a source
    (``lead_id, lead_name, from_role, to_role, stage, entered_at, owner, source``). ``problem``: why deadlines in
    business days could not be judged, else null.
    """

    overdue: pl.DataFrame
    handed: pl.DataFrame
    untagged: pl.DataFrame
    problem: Message | None = None


def handover_report(data: WorkspaceData, filters: Filters, calendar: BusinessCalendar) -> HandoverReport:
    """Overdue leads by role whatever the window, and handovers of leads that entered the giving stage in the window.

    A year that the calendar does not know leaves deadlines out and is told in ``problem``.
    """
    leads = apply_filters(data.journeys.lazy(), filters)
    problem = None
    try:
        waiting = waiting_leads(leads, data.funnel, data.horizons, calendar)
    except InputError as error:
        problem = error.message
        waiting = waiting_leads(leads, data.funnel, data.horizons, None)
    roles = {stage.key: stage.owner_role for stage in data.funnel.stages}
    overdue = waiting.filter("is_overdue").with_columns(pl.col("stage").replace_strict(roles, default="").alias("role"))
    handed = handovers(leads, data.funnel, filters.window)
    return HandoverReport(overdue, handed, _untagged(leads, data.funnel, filters.window, handed), problem)


def _untagged(leads: pl.LazyFrame, definition: FunnelDefinition, window: Window, handed: pl.DataFrame) -> pl.DataFrame:
    """The leads that ``handovers`` counts as without owner or without source, the newest first."""
    parts = []
    for row in handed.iter_rows(named=True):
        entered = pl.col(f"entered_{row['from_stage']}")
        arrived = in_window(entered, window) & entered.is_not_null() & (pl.col("furthest_stage") >= row["position"])
        lacks = pl.col("owner").is_null() | pl.col("source").is_null()
        parts.append(
            leads.filter(arrived & lacks).select(
                pl.lit(row["position"], dtype=pl.Int8).alias("position"),
                "lead_id",
                "lead_name",
                pl.lit(row["from_role"]).alias("from_role"),
                pl.lit(row["to_role"]).alias("to_role"),
                pl.lit(row["stage"]).alias("stage"),
                entered.alias("entered_at"),
                pl.col("owner").cast(pl.String),
                pl.col("source").cast(pl.String),
            )
        )
    if not parts:
        return pl.DataFrame()
    return pl.concat(parts).sort("entered_at", descending=True, maintain_order=True).collect()


def _last_workday(start: date, end: date) -> date:
    """The last Friday-or-earlier day of the sheet: data that ends there is complete but for the weekend."""
    day = end
    while day.weekday() > FRIDAY and day > start:
        day -= timedelta(days=1)
    return day
