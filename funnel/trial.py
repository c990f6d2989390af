"""The trial: what would follow if a file were imported under a mapping. Intake asks it and knows no metrics."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.meaning import Consequence
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.journeys.looks import one_look
from funnel.schema import Rejected, empty, facts_of

MOST_ROWS = 100_000
"""Of a larger file whole leads up to about this many rows are tried."""
_LAST_DAY = date(2100, 1, 1)
"""A trial reads no clock: whether a date is in the future is the check's business."""


def judge(table: RawTable, mapping: ColumnMapping, definition: FunnelDefinition) -> Consequence | None:
    """Leads, won, lost, open, won value and rejected rows of a file under a mapping; null where it cannot be carried
    out or the file holds totals.
    """
    if mapping.shape == "counts":
        return None
    tried = _part(table, mapping)
    try:
        batch = normalize(tried, mapping, import_day=_LAST_DAY)
    except InputError:
        return None
    facts = facts_of([batch], datetime.combine(_LAST_DAY, time(12)))
    with one_look():
        as_of = default_as_of(facts, definition) or _LAST_DAY
        journeys = build_journeys(facts, definition, as_of).select("outcome", "amount").collect()
    n = dict(journeys["outcome"].cast(pl.String).value_counts().iter_rows())
    won = journeys.filter(pl.col("outcome") == "won")
    value = None if mapping.column("amount") is None and not mapping.is_field_log else float(won["amount"].sum() or 0)
    return Consequence(
        n_leads=journeys.height,
        n_won=n.get("won", 0),
        n_lost=n.get("lost", 0),
        n_open=n.get("open", 0),
        won_value=value,
        n_rejected=batch.n_rejected,
        n_rows=tried.n_rows,
        is_sample=tried is not table,
    )


def _part(table: RawTable, mapping: ColumnMapping) -> RawTable:
    """The table, or of a large one the rows of every so manieth lead."""
    frame = table.frame
    if frame.height <= MOST_ROWS:
        return table
    step = frame.height // MOST_ROWS + 1
    lead = mapping.column("lead_id")
    marks = pl.int_range(frame.height, eager=True) if lead is None else frame[lead].hash()
    kept = marks % step == 0
    part = frame.filter(kept)
    return replace(
        table,
        frame=part,
        row_numbers=table.row_numbers.filter(kept),
        left_out=empty(Rejected),
        rejected=empty(Rejected),
        n_rows=part.height,
        n_blank=0,
        n_repeated_header=0,
    )
