"""What a plain list of deals can carry: won among the closed by month of closing, and the deals that are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from funnel.errors import Message
from funnel.filters import Filters, apply_filters, in_window
from funnel.metrics import statistics
from funnel.reports.outlook.report import with_expected_close
from funnel.reports.workspace_data import WorkspaceData


@dataclass(frozen=True)
class PlainList:
    """``closings``: ``month``, ``won``, ``closed``, ``rate`` (0–1) with its 95 % interval, ``goes_on`` (the month is
    not over yet), months without a closed deal left out; empty with ``why_not`` where wins or losses lack their dates,
    or losses are not recorded.

    ``deals``: the open deals of the groups, whatever the window, oldest first: ``lead_id``, ``lead_name``, ``stage``
    (key), ``amount``, ``age_days`` since creation (null: undated), ``expected_close_at``, ``is_overdue``.
    """

    closings: pl.DataFrame
    why_not: Message | None
    deals: pl.DataFrame


def plain_list(data: WorkspaceData, filters: Filters) -> PlainList:
    """The two parts under the filters. ``data`` must have leads."""
    leads = apply_filters(data.journeys.lazy(), filters)
    why_not = _why_not(data)
    closings = _closings(leads, filters, data.day) if why_not is None else pl.DataFrame(schema=_CLOSINGS)
    return PlainList(closings, why_not, _open_deals(leads, data))


_CLOSINGS = {
    "month": pl.Date,
    "won": pl.Int64,
    "closed": pl.Int64,
    "rate": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "goes_on": pl.Boolean,
}


def _why_not(data: WorkspaceData) -> Message | None:
    support = data.support
    if not support.records_losses:
        return Message("overview.losses_not_recorded", {"lost": support.losses[0], "won": support.wins[0]})
    if not support.dates_closing:
        undated = {"won": support.wins[0] - support.wins[1], "lost": support.losses[0] - support.losses[1]}
        return Message("overview.closing_undated", undated)
    return None


def _closings(leads: pl.LazyFrame, filters: Filters, as_of: date) -> pl.DataFrame:
    at, is_won = pl.coalesce("won_at", "lost_at"), pl.col("outcome") == "won"
    closed = leads.filter(pl.col("outcome") != "open", at.is_not_null(), in_window(at, filters.window))
    counted = (
        closed.group_by(month=at.dt.date().dt.month_start())
        .agg(is_won.sum().cast(pl.Int64).alias("won"), pl.len().cast(pl.Int64).alias("closed"))
        .sort("month")
        .collect()
    )
    lows, highs = statistics.wilson_intervals(counted["won"].to_list(), counted["closed"].to_list())
    return counted.with_columns(
        (pl.col("won") / pl.col("closed")).alias("rate"),
        pl.Series("low", lows, dtype=pl.Float64),
        pl.Series("high", highs, dtype=pl.Float64),
        (pl.col("month").dt.month_end() > as_of).alias("goes_on"),
    )


def _open_deals(leads: pl.LazyFrame, data: WorkspaceData) -> pl.DataFrame:
    keys = dict(enumerate(data.funnel.keys, 1))
    deals = leads.filter(pl.col("outcome") == "open", pl.col("gone_on").is_null()).select(
        "lead_id",
        "lead_name",
        pl.col("furthest_stage").replace_strict(keys, return_dtype=pl.String).alias("stage"),
        "amount",
        (pl.lit(data.day) - pl.col("created_at").dt.date()).dt.total_days().alias("age_days"),
        pl.lit(None, pl.Datetime("us")).alias("expected_close_at"),
    )
    return with_expected_close(deals.collect(), data).sort("age_days", descending=True, nulls_last=True)
