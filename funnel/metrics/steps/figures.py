"""What each basis counts in a step: sums over patterns, turned into rows with rates, intervals and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.filters import Window
from funnel.metrics import statistics
from funnel.metrics.steps.patterns import IMMATURE, MATURE, STALE, Patterns, created_in
from funnel.metrics.thresholds import SKIPS_THAT_MATTER
from funnel.schema import BASES, OUTCOMES, Basis

COHORTS: tuple[Basis, ...] = ("lead_cohort", "own", "strict")
"""The bases that look at the leads created in the window; the others look at the entries of all leads."""

_LOST, _OPEN = OUTCOMES.index("lost"), OUTCOMES.index("open")


def shows_both(advanced: int, skipped: int) -> bool:
    """Whether so many of the leads that advance skipped the stage before that both counts are shown."""
    return skipped > SKIPS_THAT_MATTER * advanced


def unplaced(position: int) -> pl.Expr:
    """Losses of unknown place that may have happened in the step into ``position`` or later, of journeys (J6)."""
    is_unplaced = (pl.col("outcome") == "lost") & pl.col("lost_stage").is_null()
    return is_unplaced & (pl.col("furthest_stage") < position)


def checked_basis(basis: Basis) -> Basis:
    if basis not in BASES:
        raise InputError("metrics.unknown_basis", given=basis, allowed=list(BASES))
    return basis


def cohort_of(journeys: pl.LazyFrame, window: Window, basis: Basis) -> pl.LazyFrame:
    """The leads that a basis looks at."""
    return created_in(journeys, window) if basis in COHORTS else journeys


def marked_window(window: Window, basis: Basis) -> Window | None:
    return None if basis in COHORTS or window.is_all_time else window


def counted_at(patterns: Patterns, basis: Basis, j: int) -> np.ndarray:
    """Whether a pattern counts at stage j."""
    if basis == "lead_cohort":
        return patterns.furthest >= j
    if basis == "own":
        return patterns.own(j)
    if basis == "strict":
        return np.all([patterns.own(i) for i in range(1, j + 1)], axis=0)
    return patterns.inside(j)


def _advanced(patterns: Patterns, basis: Basis, j: int) -> np.ndarray:
    """Whether a pattern that is at risk in the step into j advanced."""
    if basis == "lead_cohort":
        return patterns.furthest >= j
    if basis == "step_cohort":
        return patterns.inside(j - 1) & (patterns.furthest >= j)
    return counted_at(patterns, basis, j) & counted_at(patterns, basis, j - 1)


def counts_of(patterns: Patterns, definition: FunnelDefinition, basis: Basis) -> dict[str, np.ndarray]:
    """Which patterns each of the figures ``"<position>.<name>"`` counts, as arrays over ``patterns.kinds``."""
    furthest, is_lost = patterns.furthest, patterns.outcome == _LOST
    is_closed, is_unplaced = patterns.outcome != _OPEN, is_lost & ~patterns.place_known
    found: dict[str, np.ndarray] = {}
    for j in range(1, patterns.n_stages + 1):
        in_window = basis in ("step_cohort", "activity")
        found[f"{j}.n_counted"] = counted_at(patterns, basis, j)
        found[f"{j}.n_reached"] = patterns.inside(j) if in_window else furthest >= j
        found[f"{j}.n_own_entries"] = patterns.inside(j) if in_window else patterns.own(j)
        if j == 1:
            continue
        followed, inside = patterns.followed(j), patterns.inside(j - 1)
        at_risk, stays = counted_at(patterns, basis, j - 1), furthest == j - 1
        advanced = _advanced(patterns, basis, j)
        found |= {
            f"{j}.n": at_risk,
            f"{j}.advanced": counted_at(patterns, basis, j) if basis == "activity" else advanced,
            f"{j}.passed_over": at_risk & (furthest >= j) & ~advanced,
            f"{j}.lost": at_risk & stays & is_lost,
            f"{j}.lost_unknown": at_risk & stays & is_unplaced,
            f"{j}.waiting": at_risk & stays & ~is_lost,
            f"{j}.mature_n": at_risk & (followed >= MATURE),
            f"{j}.mature_advanced": advanced & (followed >= MATURE),
            f"{j}.n_immature": at_risk & (followed == IMMATURE),
            f"{j}.stale": at_risk & stays & ~is_lost & (followed == STALE),
            f"{j}.closed_n": at_risk & is_closed,
            f"{j}.closed_advanced": advanced & is_closed,
            f"{j}.own_n": inside,
            f"{j}.own_advanced": inside & patterns.own(j),
            f"{j}.all_advanced": furthest >= j,
            f"{j}.all_skipped": (furthest >= j) & ~patterns.own(j - 1),
            f"{j}.n_unplaced": (furthest < j) & is_unplaced & (j <= definition.won_position),
        }
    return found


def summed(per_kind: np.ndarray, counts: Mapping[str, np.ndarray]) -> list[dict[str, int]]:
    """The figures of ``counts_of`` for every row of ``Patterns.per_kind``."""
    sums = np.rint(per_kind @ np.array(list(counts.values()), dtype=float).T).astype(np.int64)
    return [dict(zip(counts, row, strict=True)) for row in sums.tolist()]


def step_figures(
    patterns: Patterns, definition: FunnelDefinition, basis: Basis, by: str | None = None
) -> list[dict[str, Any]]:
    """Sums over the patterns as ``"<position>.<name>"``: one row, or one per value of the group column ``by``, which
    stands under its name as text."""
    counts = counts_of(patterns, definition, basis)
    if by is None:
        return summed(patterns.per_kind(), counts)
    column = patterns.groups[by].cast(pl.String).to_list()
    places = {value: place for place, value in enumerate(dict.fromkeys(column))}
    row = np.array([places[value] for value in column], dtype=np.int64)
    rows = summed(patterns.per_kind(row, len(places)), counts)
    return [figures | {by: value} for figures, value in zip(rows, places, strict=True)]


def step_rows(
    figures: Mapping[str, Any], definition: FunnelDefinition, days_of: Mapping[int, float | None], basis: Basis
) -> list[dict[str, Any]]:
    """One row per stage with rates and reasons from the sums of one group; ``with_limits`` adds their intervals."""
    own: dict[int, dict[str, Any]] = {j: {} for j in range(1, len(definition.keys) + 1)}
    for name, value in figures.items():
        position, dot, figure = name.partition(".")
        if dot:
            own[int(position)][figure] = value
    rows: list[dict[str, Any]] = []
    for j, stage in enumerate(definition.keys, 1):
        row: dict[str, Any] = {"position": j, "stage": stage, **own[j], "horizon_days": days_of.get(j)}
        rows.append(row)
        if j == 1:
            row |= {"n": None, "advanced": None}
            continue
        row["rate"], row["reason"] = _rate(row, basis)
        is_known = row["rate"] is not None
        row["mature_rate"] = row["mature_advanced"] / row["mature_n"] if is_known and row["mature_n"] else None
        row["own_rate"] = row["own_advanced"] / row["own_n"] if is_known and row["own_n"] else None
        row["immature_share"] = row["n_immature"] / row["n"] if row["n"] else None
        row["shows_both_counts"] = shows_both(row["all_advanced"], row["all_skipped"])
        if j > definition.won_position:
            row["stale"] = None
        if row["horizon_days"] is None:
            row |= dict.fromkeys(_NEEDS_HORIZON)
        if basis == "activity":
            row |= dict.fromkeys(_COHORT_ONLY)
    return rows


def with_limits(rows: list[dict[str, Any]], basis: Basis) -> list[dict[str, Any]]:
    """The rows of ``step_rows``, of one group or of many, with the intervals of their rates."""
    if basis != "activity":
        add_intervals(rows, "rate", "advanced", "n")
        add_intervals(rows, "mature_rate", "mature_advanced", "mature_n")
        for row in rows:
            row |= {"mature_low": row.get("mature_rate_low"), "mature_high": row.get("mature_rate_high")}
    return rows


_NEEDS_HORIZON = ("mature_n", "mature_advanced", "mature_rate", "immature_share", "stale")

_COHORT_ONLY = (
    *("passed_over", "lost", "lost_unknown", "waiting", "stale", "immature_share", "shows_both_counts"),
    *("mature_n", "mature_advanced", "mature_rate", "closed_n", "closed_advanced", "own_n", "own_advanced", "own_rate"),
)
"""What an activity table cannot say: its n and advanced are not the same leads."""


def _rate(row: Mapping[str, Any], basis: Basis) -> tuple[float | None, str | None]:
    if not row["n"]:
        return None, "no_leads"
    if row["n_unplaced"]:
        return None, "unknown_place"
    rate = row["advanced"] / row["n"]
    return rate, "more_arrived_than_entered" if basis == "activity" and rate > 1 else None


def add_intervals(rows: Sequence[dict[str, Any]], rate: str, x: str, n: str) -> None:
    """Wilson limits of every row whose ``rate`` is known, as ``<rate>_low`` and ``<rate>_high``.

    A rate above 1 (more came to a stage than have an own entry before it) has none, and says why as its ``reason``.
    """
    for row in rows:
        if row.get(rate) is not None and row[x] > row[n]:
            row["reason"] = row.get("reason") or "more_arrived_than_entered"
    known = [row for row in rows if row.get(rate) is not None and row[x] <= row[n]]
    lows, highs = statistics.wilson_intervals([row[x] for row in known], [row[n] for row in known])
    for row, low, high in zip(known, lows, highs, strict=True):
        row |= {f"{rate}_low": low, f"{rate}_high": high}


def framed(rows: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a frame with exactly the columns of ``schema``; a missing value is null."""
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
