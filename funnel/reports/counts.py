"""What a workspace of counts imports can show: totals per stage, by group and by period. Nothing about single leads."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS, Filters
from funnel.metrics.steps.activity import counts_by_period, counts_left_out, counts_table
from funnel.reports.workspace_data import WorkspaceData


@dataclass(frozen=True)
class CountsReport:
    """``totals`` and one frame of ``groups`` per dimension that the counts carry (``schema.ActivityCounts``);
    ``by_period`` (``schema.CountsByPeriod``).

    ``n_left_out``: rows that the window leaves out since their period is unknown or reaches outside it.
    """

    definition: FunnelDefinition
    filters: Filters
    totals: pl.DataFrame
    by_period: pl.DataFrame
    groups: dict[str, pl.DataFrame]
    n_left_out: int


def counts_report(data: WorkspaceData, filters: Filters) -> CountsReport:
    """The totals of a workspace under its present definition and the filters."""
    facts, definition = data.facts, data.funnel
    carried = [d for d in DIMENSIONS if facts.counts[d].null_count() < facts.counts.height]
    return CountsReport(
        definition=definition,
        filters=filters,
        totals=counts_table(facts, definition, filters),
        by_period=counts_by_period(facts, definition, filters),
        groups={d: counts_table(facts, definition, filters, by=d) for d in carried},
        n_left_out=counts_left_out(facts, definition, filters),
    )
