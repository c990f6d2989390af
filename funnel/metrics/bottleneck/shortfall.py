"""Where inside a step its shortfall sits: the parts of the groups of each dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from funnel.metrics import statistics
from funnel.metrics.steps.cohorts import Groups
from funnel.metrics.thresholds import ALPHA, FLOOR_FACTOR, MIN_LEADS
from funnel.schema import ShortfallParts


def shortfall_parts(verdicts: pl.DataFrame, groups: Groups) -> pl.DataFrame:
    """Where the shortfall of each judged step sits (``schema.ShortfallParts``).

    ``verdicts``: the frame of ``step_verdicts``; ``groups``: ``count_groups`` of the same journeys over its windows.
    Steps without a floor or without a known rate have no rows, nor have those that ``groups`` does not hold.
    """
    judged = [row for row in verdicts.iter_rows(named=True) if row["shortfall_leads"] is not None]
    dimensions = dict.fromkeys(name for name, _ in groups)
    split = [(step, name, groups.get((name, step["position"]), ())) for name in dimensions for step in judged]
    tested = [
        (g["advanced"], g["n"], FLOOR_FACTOR * step["low"]) for step, _, found in split for g in found if _large(g)
    ]
    p_values = iter(statistics.binomial_tests_less(*zip(*tested, strict=True)) if tested else ())
    rows = [
        row
        for step, name, found in split
        for row in _parts(step, name, found, [next(p_values) for group in found if _large(group)])
    ]
    return ShortfallParts.validate(pl.DataFrame(rows, schema=ShortfallParts.create_empty().schema))


def _large(group: Mapping[str, Any]) -> bool:
    return group["n"] >= MIN_LEADS


def _parts(
    step: Mapping[str, Any], dimension: str, groups: Sequence[Mapping[str, Any]], p_values: Sequence[float]
) -> list[dict[str, Any]]:
    """The groups of one step and dimension; their parts add up to the step's shortfall. ``p_values``: of the large
    groups."""
    large = [group["group"] for group in groups if _large(group)]
    adjusted = dict(zip(large, statistics.benjamini_hochberg(p_values), strict=True))
    limits = statistics.wilson_intervals([g["advanced"] for g in groups], [g["n"] for g in groups])
    rows = list(_rows(step, dimension, groups, limits, adjusted))
    ranked = sorted((row for row in rows if not row["is_few"]), key=lambda row: -row["part_leads"])
    for rank, row in enumerate(ranked, 1):
        row["rank"] = rank
    few = [row for row in rows if row["is_few"]]
    return ranked + sorted(few, key=lambda row: -row["part_leads"])


def _rows(
    step: Mapping[str, Any],
    dimension: str,
    groups: Sequence[Mapping[str, Any]],
    limits: tuple[Sequence[float | None], Sequence[float | None]],
    adjusted: Mapping[str | None, float],
) -> Iterator[dict[str, Any]]:
    for group, low, high in zip(groups, *limits, strict=True):
        n, x = group["n"], group["advanced"]
        leads = n * step["low"] - x
        customers = None if step["later_rate"] is None else leads * step["later_rate"]
        p_adjusted = adjusted.get(group["group"])
        yield {
            "position": step["position"],
            "stage": step["stage"],
            "dimension": dimension,
            "group": group["group"],
            "n": n,
            "advanced": x,
            "rate": x / n,
            "rate_low": low,
            "rate_high": high,
            "part_leads": leads,
            "part_customers": customers,
            "part_revenue": None if customers is None or step["deal_size"] is None else customers * step["deal_size"],
            "p_adjusted": p_adjusted,
            "is_few": not _large(group),
            "is_significant": p_adjusted is not None and p_adjusted < ALPHA and x / n < step["low"],
            "rank": None,
        }
