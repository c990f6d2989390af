"""Figures of a step by calendar month, within H days: mature months, month against month, control charts.

A month is *mature* when every lead that entered in it was followed for H days by as-of. Younger months are shown from
their followed leads only, as provisional.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import days_window, month_end, month_start
from funnel.metrics import statistics
from funnel.metrics.comparison.windows import judged_from
from funnel.metrics.steps.days import Side, StepHistory, histories
from funnel.metrics.thresholds import MIN_LEADS, MIN_MONTHS
from funnel.schema import ControlChart, MonthPairs


def mature_months(history: StepHistory, horizon_days: float, as_of: date, until: date) -> list[tuple[date, Side]]:
    """First day and counts of the whole months that end before ``until`` and were followed for H days by as-of.

    From the month of the first entry on; months without a followed lead are left out.
    """
    months = []
    start = month_start(history.first_day) if history.first_day is not None else until
    while month_end(start) < until and judged_from(month_end(start), horizon_days) <= as_of:
        side = history.side(days_window(start, month_end(start)))
        if side.n:
            months.append((start, side))
        start = month_start(start, -1)
    return months


def swing_months(history: StepHistory, horizon_days: float, as_of: date, change_on: date) -> list[tuple[date, Side]]:
    """The mature months that tell how much a step swings by itself before something changed on ``change_on``.

    Leads that were still open on that day got the change too, so their months are left out, unless fewer than
    MIN_MONTHS would remain: then they count as well, rather than no caution at all.
    """
    clean = mature_months(history, horizon_days, as_of, change_on - timedelta(days=math.ceil(horizon_days)))
    return clean if len(clean) >= MIN_MONTHS else mature_months(history, horizon_days, as_of, change_on)


def swing_of(months: list[tuple[date, Side]]) -> statistics.Swing | None:
    """How much a step swings by itself; None with fewer months than it takes to know."""
    if len(months) < MIN_MONTHS:
        return None
    return statistics.swing([side.x for _, side in months], [side.n for _, side in months])


def last_whole_month(as_of: date) -> date:
    """The first day of the last calendar month that is over on as-of."""
    return month_start(as_of + timedelta(days=1), 1)


def month_pairs(
    counted: pl.DataFrame, definition: FunnelDefinition, horizons: pl.DataFrame, as_of: date, month: date | None = None
) -> pl.DataFrame:
    """Per step: may ``month`` (default: the last whole one) be judged against the month before it, else from when, and
    the latest pair that can be compared (schema ``MonthPairs``). ``counted``: schema ``StepDays``."""
    asked = month_start(month or last_whole_month(as_of))
    days_of = dict(horizons.select("position", "days").iter_rows())
    rows = []
    for position, history in histories(counted, range(2, len(definition.keys) + 1)).items():
        horizon = days_of.get(position)
        row: dict[str, Any] = dict.fromkeys(MonthPairs.column_names())
        row |= {"position": position, "stage": definition.keys[position - 1], "month": asked, "is_mature": False}
        if horizon is not None:
            row |= {"horizon_days": horizon, "judged_from": judged_from(month_end(asked), horizon)}
            row["is_mature"] = row["judged_from"] <= as_of
            row |= _latest_pair(history, horizon, as_of)
        rows.append(row)
    return MonthPairs.validate(pl.DataFrame(rows, schema=MonthPairs.create_empty().schema))


def _latest_pair(history: StepHistory, horizon: float, as_of: date) -> dict[str, Any]:
    month = month_start(as_of)
    while history.first_day is not None and month > history.first_day:
        if judged_from(month_end(month), horizon) <= as_of:
            earlier = month_start(month, 1)
            after = history.side(days_window(month, month_end(month)))
            before = history.side(days_window(earlier, month_end(earlier)))
            if min(after.n, before.n) >= MIN_LEADS:
                sides = {"n_before": before.n, "x_before": before.x, "n_after": after.n, "x_after": after.x}
                return {"latest_month": month, **sides}
        month = month_start(month, 1)
    return {}


def control_chart(
    counted: pl.DataFrame,
    definition: FunnelDefinition,
    horizons: pl.DataFrame,
    as_of: date,
    starts: Mapping[str, date] | None = None,
) -> pl.DataFrame:
    """Monthly rates of every step with Laney p′ limits (schema ``ControlChart``). ``counted``: schema ``StepDays``.

    ``starts``: stage → start of its strategy; centre and limits come from ``swing_months`` before it. Stages without
    one take all mature months. Steps without H have no rows.
    """
    days_of = dict(horizons.select("position", "days").iter_rows())
    rows: list[dict[str, Any]] = []
    for position, history in histories(counted, range(2, len(definition.keys) + 1)).items():
        horizon = days_of.get(position)
        if horizon is None or history.first_day is None:
            continue
        key = definition.keys[position - 1]
        start = (starts or {}).get(key)
        if start is None:
            baseline = mature_months(history, horizon, as_of, as_of + timedelta(days=1))
        else:
            baseline = swing_months(history, horizon, as_of, start)
        rows += _chart_rows(position, key, history, horizon, as_of=as_of, baseline=baseline)
    return ControlChart.validate(pl.DataFrame(rows, schema=ControlChart.create_empty().schema))


def _chart_rows(
    position: int,
    key: str,
    history: StepHistory,
    horizon: float,
    *,
    as_of: date,
    baseline: list[tuple[date, Side]],
) -> list[dict[str, Any]]:
    limits = swing_of(baseline)
    in_baseline = {month for month, _ in baseline}
    rows = []
    month = month_start(history.first_day) if history.first_day else as_of
    while month <= as_of:
        side = history.side(days_window(month, month_end(month)))
        low, high = statistics.wilson_interval(side.x, side.n)
        row: dict[str, Any] = dict.fromkeys(ControlChart.column_names())
        row |= {"position": position, "stage": key, "month": month, "n_entries": side.n_entries, "n": side.n}
        row |= {"x": side.x, "rate": side.rate, "low": low, "high": high, "is_outside": False}
        row |= {"is_mature": judged_from(month_end(month), horizon) <= as_of, "is_baseline": month in in_baseline}
        row["n_baseline_months"] = len(baseline)
        if limits is not None:
            row |= {"centre": limits.centre, "sigma_z": limits.sigma_z}
            if side.n:
                reach = 3 * limits.sigma_z * math.sqrt(limits.centre * (1 - limits.centre) / side.n)
                row["limit_low"], row["limit_high"] = max(0.0, limits.centre - reach), min(1.0, limits.centre + reach)
                rate = side.x / side.n
                row["is_outside"] = row["is_mature"] and not row["limit_low"] <= rate <= row["limit_high"]
        rows.append(row)
        month = month_start(month, -1)
    return rows
