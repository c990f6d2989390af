"""Conversion per step: the funnel status table, by every basis, in total, by group and over time.

Unit of observation: a lead (on the activity basis: an entry into a stage). A rate belongs to the step into a stage and
never travels without its numerator and denominator.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, checked_dimension
from funnel.metrics.gathering import values
from funnel.metrics.steps.figures import (
    COHORTS,
    checked_basis,
    cohort_of,
    framed,
    marked_window,
    step_figures,
    step_rows,
    with_limits,
)
from funnel.metrics.steps.horizons import horizons, longest
from funnel.metrics.steps.patterns import Patterns, count_patterns, created_patterns, happened_in
from funnel.metrics.steps.trends import trend
from funnel.metrics.thresholds import MIN_LEADS
from funnel.schema import Basis, Breakdown, StepTable

__all__ = ["breakdown", "horizons", "longest", "step_table", "trend"]

_QUANTILES = {"median_days": 0.5, "p75_days": 0.75, "p90_days": 0.9}


def step_table(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    as_of: date,
    horizons: pl.DataFrame,
    *,
    basis: Basis = "lead_cohort",
    by_day: Patterns | None = None,
) -> pl.DataFrame:
    """The funnel status table (schema ``StepTable``), one row per stage.

    ``journeys``: as of ``as_of``, already filtered by dimension; the window is applied here, by each basis in its way
    (``lead_cohort``, ``own``, ``strict``: leads created in it; ``step_cohort``: own entries into the stage before in
    it; ``activity``: entries that happened in it). ``horizons``: schema ``Horizons``, from unfiltered data.
    ``by_day``: ``patterns_by_day`` of the same leads, where they are at hand.
    """
    known = checked_basis(basis)
    cohort = cohort_of(journeys, window, known)
    if by_day is not None and known in COHORTS:
        patterns = created_patterns(by_day, window)
    else:
        patterns = count_patterns(cohort, definition, horizons, as_of, window=marked_window(window, known))
    [figures] = step_figures(patterns, definition, known)
    days = _days(cohort, definition, window, known)
    days_of = dict(zip(horizons["position"], horizons["days"], strict=True))
    rows = [
        row | days.get(row["position"], {})
        for row in with_limits(step_rows(figures, definition, days_of, known), known)
    ]
    return StepTable.validate(framed(rows, StepTable.create_empty().schema))


def breakdown(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    as_of: date,
    horizons: pl.DataFrame,
    *,
    by: str,
    basis: Basis = "lead_cohort",
) -> pl.DataFrame:
    """The step figures per value of ``by`` (a dimension), most leads first, blank as a group of its own.

    Schema ``Breakdown``. The counts of the groups add up to those of ``step_table``.
    """
    checked_dimension(by)
    known = checked_basis(basis)
    cohort = cohort_of(journeys, window, known)
    patterns = count_patterns(
        cohort, definition, horizons, as_of, window=marked_window(window, known), by=(pl.col(by),)
    )
    days_of = dict(zip(horizons["position"], horizons["days"], strict=True))
    rows: list[dict[str, Any]] = []
    for figures in step_figures(patterns, definition, known, by):
        steps = step_rows(figures, definition, days_of, known)
        n_leads, n_won = steps[0]["n_counted"], steps[definition.won_position - 1]["n_counted"]
        total: dict[str, Any] = {"dimension": by, "group": figures[by], "n_leads": n_leads, "n_won": n_won}
        total["overall_rate"] = n_won / n_leads if n_leads else None
        rows += [step | total | {"is_few": None if step["n"] is None else step["n"] < MIN_LEADS} for step in steps]
    rows.sort(key=lambda row: (-row["n_leads"], row["group"] is None, row["group"] or "", row["position"]))
    return Breakdown.validate(framed(with_limits(rows, known), Breakdown.create_empty().schema))


def _days(
    cohort: pl.LazyFrame, definition: FunnelDefinition, window: Window, basis: Basis
) -> dict[int, dict[str, float | int | None]]:
    """Position → count and quantiles of the days in the step: leads that advanced with two own dates, in order."""
    asked = []
    for j in range(2, len(definition.keys) + 1):
        before, stage = definition.step(j)
        days = pl.col(f"days_{stage.key}")
        if basis == "step_cohort":
            days = pl.when(happened_in(pl.col(f"entered_{before.key}"), window)).then(days)
        if basis == "activity":
            days = pl.when(happened_in(pl.col(f"entered_{stage.key}"), window)).then(days)
        asked.append(days.alias(str(j)))
    [found] = values(cohort.select(asked))
    return {int(position): _quantiles(days) for position, days in found.items()}


def _quantiles(days: pl.Series) -> dict[str, float | int | None]:
    """``n_days`` and ``_QUANTILES`` of days without nulls, by linear interpolation; null when there are none."""
    found = {name: days.quantile(q, interpolation="linear") for name, q in _QUANTILES.items()}
    return {"n_days": len(days)} | found
