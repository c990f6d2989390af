"""The Overview page without a screen: how is the funnel doing?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.filters import DIMENSIONS, Filters, apply_filters, in_window
from funnel.metrics.bottleneck.ranking import step_verdicts
from funnel.metrics.economics import key_figures
from funnel.metrics.steps.cohorts import step_cells
from funnel.metrics.steps.conversion import breakdown, step_table
from funnel.metrics.steps.countings import countings
from funnel.metrics.steps.patterns import n_undated, patterns_by_day
from funnel.metrics.steps.trends import Every, trend
from funnel.metrics.thresholds import MIN_LEADS
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import Basis, StatusTable

COUNTINGS: tuple[Basis, ...] = ("lead_cohort", "own", "strict", "activity")
"""What the counting switch of the page offers."""


@dataclass(frozen=True)
class OverviewReport:
    """Everything the page shows. Frames: ``schema`` names in brackets; sessions share them, never change them.

    - ``n_leads``: leads in the window under the filters; ``n_undated``: leads without a date that it leaves out.
    - ``key_figures`` (KeyFigures), ``status`` (StatusTable), ``countings`` (Countings), ``trend`` (Trend),
      ``breakdown`` (Breakdown).
    - ``limits``: what this data cannot answer.
    """

    definition: FunnelDefinition
    filters: Filters
    as_of: date
    basis: Basis
    n_leads: int
    n_undated: int
    key_figures: pl.DataFrame
    status: pl.DataFrame
    countings: pl.DataFrame
    trend: pl.DataFrame
    breakdown: pl.DataFrame
    limits: tuple[Message, ...]

    @property
    def telling_step(self) -> str:
        """The stage whose step a first look should show: the bottleneck, else the first with known days, else won."""
        named = self.status.filter("is_bottleneck")["stage"].to_list()
        timed = self.status.filter(pl.col("n_days") > 0)["stage"].to_list()
        return (named or timed or [self.definition.won_key])[0]

    def step_trend(self, position: int) -> pl.DataFrame:
        """The trend of the step into one stage (1: the volume of leads, 0: leads → won)."""
        return self.trend.filter(pl.col("position") == position)

    def step_breakdown(self, position: int) -> pl.DataFrame:
        """The breakdown of the step into one stage."""
        return self.breakdown.filter(pl.col("position") == position)


def overview_report(
    data: WorkspaceData,
    filters: Filters,
    *,
    basis: Basis = "lead_cohort",
    every: Every = "month",
    by: str = "source",
) -> OverviewReport:
    """The overview of the leads that the filters select. ``data`` must have leads and a day (``data.as_of``)."""
    as_of = data.day
    definition, window = data.definition, filters.window
    leads, by_day, cells = apply_filters(data.journeys.lazy(), filters), data.by_day, data.cells
    if filters.selects_leads:
        by_day = patterns_by_day(leads, definition, data.horizons, as_of)
        cells = step_cells(leads, definition, data.horizons)
    table = step_table(leads, definition, window, as_of, data.horizons, basis=basis, by_day=by_day)
    verdicts = step_verdicts(leads, definition, window, as_of, data.horizons, cells=cells)
    counted = countings(leads, definition, window, by_day=by_day)
    return OverviewReport(
        definition=definition,
        filters=filters,
        as_of=as_of,
        basis=basis,
        n_leads=counted["lead_cohort"][0],
        n_undated=0 if window.is_all_time else n_undated(by_day),
        key_figures=key_figures(
            leads, definition, filters, as_of, data.spend, basis=basis, history_start=data.history_start
        ),
        status=_with_benchmarks(table, definition, verdicts),
        countings=counted,
        trend=trend(leads, definition, window, as_of, data.horizons, every=every, basis=basis, by_day=by_day),
        breakdown=breakdown(leads, definition, window, as_of, data.horizons, by=by, basis=basis),
        limits=_limits(table, data, definition, basis),
    )


def stage_leads(data: WorkspaceData, filters: Filters, position: int, basis: Basis = "lead_cohort") -> pl.DataFrame:
    """The leads that a bar of the funnel counts, newest first: journeys columns that a lead list shows.

    On the activity basis: the leads whose entry into the stage happened in the window.
    """
    definition, window = data.definition, filters.window
    key = definition.keys[position - 1]
    leads = apply_filters(data.journeys.lazy(), filters)
    entered = pl.col(f"entered_{key}")
    if basis == "activity":
        leads = leads.filter(entered.is_not_null() & in_window(entered, window))
    else:
        leads = leads.filter(in_window(pl.col("created_at"), window))
        if basis == "own":
            leads = leads.filter(entered.is_not_null())
        elif basis == "strict":
            leads = leads.filter(
                pl.all_horizontal(pl.col(f"entered_{k}").is_not_null() for k in definition.keys[:position])
            )
        else:
            leads = leads.filter(pl.col("furthest_stage") >= position)
    shown = [
        "lead_id",
        "lead_name",
        "created_at",
        f"entered_{key}",
        "furthest_stage",
        "outcome",
        "lost_reason",
        "amount",
    ]
    shown += DIMENSIONS
    return leads.select(*dict.fromkeys(shown)).sort("created_at", descending=True, nulls_last=True).collect()


def _with_benchmarks(table: pl.DataFrame, definition: FunnelDefinition, verdicts: pl.DataFrame) -> pl.DataFrame:
    marks = [stage.benchmark for stage in definition.stages]
    low, high, judged = pl.col("benchmark_low"), pl.col("benchmark_high"), pl.col("judged_rate")
    framed = table.with_columns(
        pl.Series("benchmark_low", [mark.low if mark else None for mark in marks], dtype=pl.Float64),
        pl.Series("benchmark_high", [mark.high if mark else None for mark in marks], dtype=pl.Float64),
        pl.when((pl.col("mature_n") >= MIN_LEADS) & pl.col("reason").is_null())
        .then(pl.col("mature_rate"))
        .alias("judged_rate"),
    )
    gap = pl.when(judged < low).then(judged - low).when(judged > high).then(judged - high)
    gap = gap.when(judged.is_not_null() & low.is_not_null()).then(0.0)
    framed = framed.with_columns((gap * 100).alias("gap_pp")).join(
        verdicts.select("position", "verdict", "is_bottleneck"), on="position", how="left", maintain_order="left"
    )
    framed = framed.with_columns(pl.col("is_bottleneck").fill_null(False))
    return StatusTable.validate(framed)


def _limits(
    table: pl.DataFrame, data: WorkspaceData, definition: FunnelDefinition, basis: Basis
) -> tuple[Message, ...]:
    """What these figures cannot say, as codes."""
    found = []
    unknown = table.filter(pl.col("reason") == "unknown_place")
    if not unknown.is_empty():
        lost = table["lost_unknown"].sum()
        found.append(Message("overview.unknown_place", {"n": lost}))
    undated_stages = [
        definition.stage(row["stage"]).name
        for row in table.filter((pl.col("n_reached") > 0) & (pl.col("n_own_entries") == 0)).iter_rows(named=True)
    ]
    if undated_stages:
        found.append(Message("overview.undated_stages", {"stages": undated_stages}))
    # Where a stage has no dates at all, the line above says it.
    dated = set(table.filter(pl.col("n_own_entries") > 0)["position"])
    short = data.horizons.filter(pl.col("origin") == "too_short")
    short = short.filter(pl.col("position").is_in(dated) & (pl.col("position") - 1).is_in(dated))
    if not short.is_empty():
        names = [definition.stage(stage).name for stage in short["stage"]]
        found.append(Message("overview.history_too_short", {"stages": names}))
    return tuple(found)
