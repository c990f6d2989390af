"""Rates over time, by month or week, with the tail that still moves marked as provisional.

Unit of observation: a lead in the period of its creation (lead cohort, own, strict) or of its entry into the stage
before (step cohort); an entry into a stage in the period in which it happened (activity).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.filters import Window, monday_of, month_end
from funnel.metrics.gathering import Asked, collected
from funnel.metrics.steps.figures import (
    COHORTS,
    add_intervals,
    checked_basis,
    counts_of,
    framed,
    summed,
    unplaced,
)
from funnel.metrics.steps.patterns import (
    NO_DAY,
    Patterns,
    created_in,
    created_patterns,
    happened_in,
    patterns_by_day,
    whole_days,
)
from funnel.metrics.thresholds import SETTLED_SHARE
from funnel.schema import Basis, Trend

Every = Literal["month", "week"]
_EPOCH = date(1970, 1, 1)
_COUNTS = ("n_leads", "n_counted", "n", "advanced", "n_unplaced")


def trend(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    as_of: date,
    horizons: pl.DataFrame,
    *,
    every: Every = "month",
    basis: Basis = "lead_cohort",
    by_day: Patterns | None = None,
    overall_days: float | None = None,
) -> pl.DataFrame:
    """Rates by month or week (schema ``Trend``); a period that the window cuts is shown as far as it lies inside.

    *All time* runs from the first dated lead to ``as_of``; undated leads stand in no period. Weeks start on Monday.
    ``by_day``: ``patterns_by_day`` of the same leads, where they are at hand. ``overall_days``: H of the whole way
    (``overall_horizon``), which counts where the H of a step on it is not known.
    """
    known = checked_basis(basis)
    if every not in ("month", "week"):
        raise InputError("metrics.unknown_period", given=every, allowed=["month", "week"])
    days_of = whole_days(horizons)
    settled = {p: _settled_after(definition, days_of, p, known) for p in range(len(definition.keys) + 1)}
    if settled[0] is None and overall_days is not None:
        settled[0] = math.ceil(overall_days)
    if known in COHORTS:
        created = by_day or patterns_by_day(created_in(journeys, window), definition, horizons, as_of)
        periods, found = _by_creation(
            created_patterns(created, window), definition, window, as_of, every, known, settled
        )
    else:
        periods, found = _by_entry(journeys, definition, window, as_of, every, known, settled)
    rows = []
    for start, end in periods:
        for position, stage in [(0, "overall"), *enumerate(definition.keys, 1)]:
            place = {"period_start": start, "period_end": end, "position": position, "stage": stage}
            rows.append(place | _cell(found.get((start, position), _NOBODY), position, known, settled[position]))
    if known != "activity":
        add_intervals(rows, "rate", "advanced", "n")
    return Trend.validate(framed(rows, Trend.create_empty().schema))


Periods = list[tuple[date, date]]
Sums = dict[tuple[date, int], Mapping[str, int]]
"""By the first day of the period and the position."""


def _periods(first: date | None, window: Window, as_of: date, every: Every) -> Periods:
    """First and last day of the months or weeks from ``first``, or where the window starts, as far as it lies before
    as-of; none without a first day."""
    start, last, found = window.start or first, min(window.end or as_of, as_of), []
    while start is not None and start <= last:
        whole = month_end(start) if every == "month" else monday_of(start) + timedelta(days=6)
        found.append((start, min(whole, last)))
        start = whole + timedelta(days=1)
    return found


def _by_creation(
    created: Patterns,
    definition: FunnelDefinition,
    window: Window,
    as_of: date,
    every: Every,
    basis: Basis,
    settled: Mapping[int, int | None],
) -> tuple[Periods, Sums]:
    """The sums per period of creation and position (0: overall); undated leads stand in none."""
    dated = created.only(created.days("day") > NO_DAY)
    days, until = dated.days("day"), dated.days("observed_until")
    periods = _periods(_EPOCH + timedelta(days=int(days.min())) if len(days) else None, window, as_of, every)
    if not periods or not len(days):
        return periods, {}
    starts, ends = (np.array([(day - _EPOCH).days for day in side]) for side in zip(*periods, strict=True))
    row = np.searchsorted(starts, days, side="right") - 1
    inside = days <= ends[row]
    dated, row, until = dated.only(inside), row[inside], until[inside]
    counts = counts_of(dated, definition, basis)
    found = summed(dated.per_kind(row, len(periods)), counts)
    in_cohort = dated.n * counts["1.n_counted"][dated.kind_of]
    sums: Sums = {}
    for position, days_to_wait in settled.items():
        followed = np.zeros(len(periods))
        if days_to_wait is not None:
            long_enough = until >= ends[row] + days_to_wait
            followed = np.bincount(row, weights=in_cohort * long_enough, minlength=len(periods))
        arrives, leaves = (definition.won_position, 1) if position == 0 else (position, position - 1)
        for (start, _), figures, n_followed in zip(periods, found, followed, strict=True):
            n, advanced = figures.get(f"{position}.n", 0), figures.get(f"{position}.advanced", 0)
            if position == 0:
                n, advanced = figures[f"{leaves}.n_counted"], figures[f"{arrives}.n_counted"]
            sums[start, position] = {
                "n_leads": figures["1.n_counted"],
                "n_counted": figures[f"{arrives}.n_counted"],
                "n": n,
                "advanced": advanced,
                "n_unplaced": figures.get(f"{position}.n_unplaced", 0),
                "followed": round(n_followed),
            }
    return periods, sums


def _by_entry(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    as_of: date,
    every: Every,
    basis: Basis,
    settled: Mapping[int, int | None],
) -> tuple[Periods, Sums]:
    """The sums per period of entry and position: see ``_cells_by_entry``."""
    cells = _cells_by_entry(journeys, definition, window, basis)
    first = cells["day"].min()
    periods = _periods(first if isinstance(first, date) else None, window, as_of, every)
    table = pl.DataFrame(periods, schema={"period_start": pl.Date, "period_end": pl.Date}, orient="row")
    cells = cells.sort("day").join_asof(table, left_on="day", right_on="period_start")
    rows = _summed(cells.filter(pl.col("day") <= pl.col("period_end")), settled)
    return periods, {(row["period_start"], row["position"]): row for row in rows}


def _cells_by_entry(journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window, basis: Basis) -> pl.DataFrame:
    """Counts per day of an own entry: into the stage before (step cohort), or into either stage (activity)."""

    def entries(into: int, position: int, *counts: pl.Expr) -> Asked:
        at = pl.col(f"entered_{definition.keys[into - 1]}")
        by = (at.dt.date().alias("day"), pl.col("observed_until"), pl.lit(position, pl.Int8).alias("position"))
        counted = journeys.filter(happened_in(at, window)).group_by(by).agg(count.cast(pl.Int64) for count in counts)
        return Asked(counted, ("day", "observed_until", "position"))

    parts: list[Asked] = []
    for position in range(len(definition.keys) + 1):
        leaves, arrives = (1, definition.won_position) if position == 0 else (position - 1, position)
        happened = [pl.len().alias("n_counted")]
        if basis == "activity":
            happened.append(pl.len().alias("advanced"))
        parts.append(entries(arrives, position, *happened))
        if position == 1:
            continue
        at_risk = [pl.len().alias("n_leads"), pl.len().alias("n")]
        if basis == "step_cohort":
            at_risk.append((pl.col("furthest_stage") >= arrives).sum().alias("advanced"))
            if 1 < position <= definition.won_position:
                at_risk.append(unplaced(arrives).sum().alias("n_unplaced"))
        parts.append(entries(leaves, position, *at_risk))
    empty = pl.DataFrame(schema=dict.fromkeys(_COUNTS, pl.Int64))
    return pl.concat([empty, *collected(*parts)], how="diagonal")


def _settled_after(definition: FunnelDefinition, days_of: Mapping[int, int], position: int, basis: Basis) -> int | None:
    """Days after its period from which a rate no longer moves; 0 for what never moves, null where an H is unknown."""
    if position == 1 or basis == "activity":
        return 0
    arrives = definition.won_position if position == 0 else position
    steps = [arrives] if basis == "step_cohort" and position != 0 else range(2, arrives + 1)
    return sum(days_of[j] for j in steps) if all(j in days_of for j in steps) else None


def _summed(cells: pl.DataFrame, settled: Mapping[int, int | None]) -> list[dict[str, Any]]:
    """Sums per period and position; ``followed``: leads that were observed until the rate is settled."""
    known = {position: days for position, days in settled.items() if days is not None}
    wait = pl.col("position").cast(pl.Int64).replace_strict(list(known), list(known.values()), default=None)
    until = pl.col("period_end") + pl.duration(days=wait)
    followed = pl.when(pl.col("observed_until") >= until).then(pl.col("n_leads")).sum().alias("followed")
    return cells.group_by("period_start", "position").agg(pl.col(_COUNTS).sum(), followed).to_dicts()


_NOBODY: Mapping[str, int] = dict.fromkeys((*_COUNTS, "followed"), 0)


def _cell(sums: Mapping[str, int], position: int, basis: Basis, settled_after: int | None) -> dict[str, Any]:
    """The figures of one period and position."""
    if position == 1:
        return {"n_counted": sums["n_counted"], "is_provisional": False}
    rate = reason = None
    if not sums["n"]:
        reason = "no_leads"
    elif sums["n_unplaced"]:
        reason = "unknown_place"
    else:
        rate = sums["advanced"] / sums["n"]
        reason = "more_arrived_than_entered" if basis == "activity" and rate > 1 else None
    is_provisional = settled_after is None
    if settled_after:
        is_provisional = sums["followed"] < SETTLED_SHARE * sums["n_leads"]
    shown = {name: sums[name] for name in ("n_counted", "n", "advanced")}
    return shown | {"rate": rate, "reason": reason, "is_provisional": is_provisional}
