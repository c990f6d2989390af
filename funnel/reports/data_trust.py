"""How far the figures of a workspace can be trusted: imports, findings, reported against measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS
from funnel.metrics.journeys.follow_up import uncovered_files
from funnel.metrics.journeys.snapshots import export_pairs, interval_days, stage_changes
from funnel.metrics.support import kind_of_leads
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.tracking import SheetLine, tracking_report
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import ExportPairs, Facts, Finding, IntervalDays, LeadTraces


@dataclass(frozen=True)
class DataTrust:
    """The summary of one workspace.

    ``n_imports``: imports that count; ``n_rows`` = ``n_accepted`` + ``n_rejected`` + ``n_other`` (blank, repeated
    header, ignored) of these. ``last_import_on``: null without one. ``open``: findings that may change figures,
    ``notes``: the others. ``differing``: reported figures of the tracking form that the data contradicts, of
    ``n_reported`` lines that could be compared. ``pairs`` (``schema.ExportPairs``) and ``intervals``
    (``schema.IntervalDays``): what neighbouring exports of one pipeline reveal; empty without two of them.
    """

    n_imports: int
    n_rows: int
    n_accepted: int
    n_rejected: int
    n_other: int
    last_import_on: date | None
    open: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    differing: tuple[SheetLine, ...]
    n_reported: int
    pairs: pl.DataFrame
    intervals: pl.DataFrame


def data_trust(data: WorkspaceData, history: pl.DataFrame, rows: Iterable[TrackingRow], day: date) -> DataTrust:
    """Summarize. ``history``: ``schema.History``; ``rows``: the tracking form, all sheets; ``day``: today."""
    live = history.filter(pl.col("state") == "live")
    counted = {name: int(live[f"n_{name}"].sum()) for name in ("rows", "accepted", "rejected")}
    last = live["imported_at"].max()
    tracked = list(rows)
    reported = {row.sheet for row in tracked if row.count is not None or row.rate is not None}
    sheets = [tracking_report(data, tracked, sheet=sheet, day=day) for sheet in sorted(reported, reverse=True)]
    # A sheet that goes on after the data's last day is not compared yet.
    lines = [line for sheet in sheets if sheet.measured.until is None for line in sheet.lines]
    return DataTrust(
        n_imports=live.height,
        n_rows=counted["rows"],
        n_accepted=counted["accepted"],
        n_rejected=counted["rejected"],
        n_other=counted["rows"] - counted["accepted"] - counted["rejected"],
        last_import_on=last.date() if last is not None else None,  # ty: ignore[missing-attribute]  (a Datetime)
        open=data.open_findings,
        notes=tuple(finding for finding in data.findings if finding.severity == "note"),
        differing=tuple(line for line in lines if line.differences),
        n_reported=sum(_can_be_compared(line) for line in lines),
        **_between_exports(data),
    )


def asked_files(data: WorkspaceData) -> pl.DataFrame:
    """``batch_no``, ``file_name``, ``covers``: the files of which somebody should say, or has said, who is in them.

    A file that leaves out others of its time, and every file where nearly all leads are of one kind.
    """
    files = data.facts.batches.filter(pl.col("shape") != "counts").select("batch_no", "file_name", "covers")
    uncovered = uncovered_files(data.facts, data.funnel)["batch_no"]
    is_asked = pl.col("covers").is_not_null() | pl.col("batch_no").is_in(uncovered.implode())
    return files.filter(is_asked | pl.lit(data.support.kind is not None)).sort("batch_no")


def asks_who_is_in(facts: Facts, definition: FunnelDefinition, journeys: pl.DataFrame) -> bool:
    """Whether the newest file should be asked about before it is stored, as ``asked_files`` asks afterwards: ``facts``
    with the file, and the ``journeys`` of all of them.
    """
    newest = facts.batches.filter(pl.col("batch_no") == pl.col("batch_no").max())
    if newest.is_empty() or newest["shape"][0] == "counts":
        return False
    uncovered = uncovered_files(facts, definition)["batch_no"]
    return newest["batch_no"][0] in uncovered or kind_of_leads(journeys) is not None


def _between_exports(data: WorkspaceData) -> dict[str, pl.DataFrame]:
    # The latest day of the data is its last dated event; an export made after it still tells where the leads stand.
    day = data.as_of if data.as_of and data.as_of != data.latest else date.max
    changes = stage_changes(data.facts, data.funnel, day)
    if changes.is_empty():
        return {"pairs": ExportPairs.create_empty(), "intervals": IntervalDays.create_empty()}
    return {
        "pairs": export_pairs(data.facts, data.funnel, day),
        "intervals": interval_days(changes, data.journeys, data.funnel),
    }


def lead_traces(data: WorkspaceData, lead_id: str) -> pl.DataFrame:
    """What the imports that count say about one lead (schema ``LeadTraces``): one row, or none."""
    rows = data.journeys.filter(pl.col("lead_id") == lead_id).with_columns(
        pl.col(*DIMENSIONS, "outcome").cast(pl.String)
    )
    return LeadTraces.validate(rows.select(LeadTraces.column_names()))


def _can_be_compared(line: SheetLine) -> bool:
    reported = ((line.row.count, line.measured_count), (line.row.rate, line.measured_rate))
    return any(said is not None and measured is not None for said, measured in reported)
