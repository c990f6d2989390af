"""What a workspace of counts imports can show: totals per stage, by group and by period. Nothing about single leads."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from funnel.definition import FunnelDefinition
from funnel.filters import DIMENSIONS, Filters
from funnel.metrics.stage_counts import count_steps, left_out
from funnel.reports.workspace_data import WorkspaceData


@dataclass(frozen=True)
class CountsReport:
    """``totals``, ``by_period`` and one frame per dimension that the counts carry (all ``schema.CountSteps``).

    ``left_out``: how much of the totals the window leaves out since their period is unknown or reaches outside it.
    """

    definition: FunnelDefinition
    filters: Filters
    totals: pl.DataFrame
    by_period: pl.DataFrame
    groups: dict[str, pl.DataFrame]
    left_out: float


def counts_report(data: WorkspaceData, filters: Filters) -> CountsReport:
    """The totals of a workspace under its present definition and the filters."""
    facts, definition = data.facts, data.definition
    carried = [d for d in DIMENSIONS if facts.counts[d].null_count() < facts.counts.height]
    has_periods = facts.counts["period_start"].null_count() < facts.counts.height
    by_period = count_steps(facts, definition, filters, by="period")
    return CountsReport(
        definition=definition,
        filters=filters,
        totals=count_steps(facts, definition, filters),
        by_period=by_period if has_periods else by_period.clear(),
        groups={d: count_steps(facts, definition, filters, by=d) for d in carried},
        left_out=left_out(facts, definition, filters),
    )
