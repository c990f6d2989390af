"""Forecasts that were kept: what was said, frozen, against what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from funnel.filters import Filters, Window, apply_filters
from funnel.planning.fields import from_fields, to_fields
from funnel.reports.outlook.report import OutlookReport
from funnel.reports.retrospective.freezing import freeze, thaw
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema.outlook import KeptForecasts

KIND = "forecast"
BY_HAND, WITH_RETROSPECTIVE = "hand", "retrospective"


@dataclass(frozen=True)
class KeptForecast:
    """What was said on ``on`` of the days to ``until``: customers (``low``–``high``: null, no range was earned) and
    money (null: no amounts). ``filters``: of which leads, as frozen text; ``data_version``, ``definition_version``: of
    the workspace then. ``origin``: ``BY_HAND`` or ``WITH_RETROSPECTIVE``."""

    on: date
    until: date
    horizon: str
    expected: float
    of_open: float
    of_new: float
    low: int | None
    high: int | None
    money: float | None
    money_low: float | None
    money_high: float | None
    filters: str
    data_version: int
    definition_version: int
    origin: str = BY_HAND


def kept_fields(report: OutlookReport, *, data_version: int, definition_version: int, origin: str) -> dict | None:
    """The forecast of a report as the fields of a record; null where nothing could be said."""
    said = report.forecast
    if said.refusal is not None:
        return None
    money = said.money
    return to_fields(
        KeptForecast(
            on=said.as_of,
            until=said.until,
            horizon=report.horizon_key,
            expected=said.total,
            of_open=said.of_open,
            of_new=said.of_new,
            low=said.low,
            high=said.high,
            money=None if money is None else money.mean,
            money_low=None if money is None else money.low,
            money_high=None if money is None else money.high,
            filters=freeze(report.filters.during(Window())),
            data_version=data_version,
            definition_version=definition_version,
            origin=origin,
        )
    )


def kept_forecasts(data: WorkspaceData, records: Iterable[tuple[str, Mapping]]) -> pl.DataFrame:
    """Schema ``KeptForecasts``: every kept forecast (record id, fields) up to as-of against what came, newest first.

    Wins count by their date, of the leads that the forecast was about. Raises InputError for a record that cannot be
    read.
    """
    rows = []
    for record_id, fields in records:
        one = from_fields(KeptForecast, fields)
        if data.as_of is None or one.on >= data.as_of:
            continue
        filters = thaw(one.filters)
        came, money = _came(data, filters if isinstance(filters, Filters) else Filters(), one.on, one.until)
        is_over = one.until <= data.as_of
        rows.append(
            {
                "record_id": record_id,
                "on": one.on,
                "until": one.until,
                "expected": one.expected,
                "low": one.low,
                "high": one.high,
                "money": one.money,
                "came": came,
                "money_came": money,
                "is_over": is_over,
                "is_inside": one.low <= came <= one.high
                if is_over and one.low is not None and one.high is not None
                else None,
            }
        )
    table = pl.DataFrame(rows, schema=KeptForecasts.create_empty().schema)
    return KeptForecasts.validate(table.sort("on", "until", descending=True))


def _came(data: WorkspaceData, filters: Filters, on: date, until: date) -> tuple[int, float | None]:
    """Dated wins in (on, until], and their stated money."""
    won = pl.col("won_at").dt.date()
    wins = (
        apply_filters(data.journeys.lazy(), filters)
        .filter((pl.col("outcome") == "won") & (won > on) & (won <= until))
        .select(pl.len().alias("n"), pl.col("amount").sum().alias("money"), pl.col("amount").count().alias("stated"))
        .collect()
        .row(0, named=True)
    )
    return int(wins["n"]), float(wins["money"]) if wins["stated"] else None
