"""What each basis counts in a step: sums over patterns, turned into rows with rates, intervals and reasons."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.filters import Window
from funnel.metrics import statistics
from funnel.metrics.steps.patterns import IMMATURE, MATURE, STALE, Patterns, created_in
from funnel.metrics.thresholds import SKIPS_THAT_MATTER
from funnel.schema import BASES, Basis

COHORTS: tuple[Basis, ...] = ("lead_cohort", "own", "strict")
"""The bases that look at the leads created in the window; the others look at the entries of all leads."""


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


def _at_stage(basis: Basis, j: int) -> pl.Expr:
    """Whether a pattern counts at stage j."""
    if basis == "lead_cohort":
        return pl.col("furthest") >= j
    if basis == "own":
        return pl.col(f"own_{j}")
    if basis == "strict":
        return pl.all_horizontal(f"own_{i}" for i in range(1, j + 1))
    return pl.col(f"inside_{j}")


def _advanced(basis: Basis, j: int) -> pl.Expr:
    """Whether a pattern that is at risk in the step into j advanced."""
    if basis == "lead_cohort":
        return pl.col("furthest") >= j
    if basis == "step_cohort":
        return pl.col(f"inside_{j - 1}") & (pl.col("furthest") >= j)
    return _at_stage(basis, j) & _at_stage(basis, j - 1)


def step_figures(
    patterns: Patterns,
    definition: FunnelDefinition,
    basis: Basis,
    groups: Sequence[str] = (),
    names: Container[str] | None = None,
) -> pl.DataFrame:
    """Sums over the patterns as columns ``"<position>.<name>"``, one row per group (a dimension's name as text).

    ``names``: the figures that are wanted; null: all.
    """
    furthest, is_lost = pl.col("furthest"), pl.col("outcome") == "lost"
    sums: dict[str, pl.Expr] = {}
    for j in range(1, patterns.n_stages + 1):
        sums[f"{j}.n_counted"] = _at_stage(basis, j)
        sums[f"{j}.n_reached"] = furthest >= j
        sums[f"{j}.n_own_entries"] = pl.col(f"own_{j}")
        if basis in ("step_cohort", "activity"):
            sums[f"{j}.n_reached"] = sums[f"{j}.n_own_entries"] = pl.col(f"inside_{j}")
        if j == 1:
            continue
        followed = pl.col(f"followed_{j}")
        at_risk, stays = _at_stage(basis, j - 1), furthest == j - 1
        advanced = _advanced(basis, j)
        sums |= {
            f"{j}.n": at_risk,
            f"{j}.advanced": _at_stage(basis, j) if basis == "activity" else advanced,
            f"{j}.passed_over": at_risk & (furthest >= j) & ~advanced,
            f"{j}.lost": at_risk & stays & is_lost,
            f"{j}.lost_unknown": at_risk & stays & is_lost & ~pl.col("place_known"),
            f"{j}.waiting": at_risk & stays & ~is_lost,
            f"{j}.mature_n": at_risk & (followed >= MATURE),
            f"{j}.mature_advanced": advanced & (followed >= MATURE),
            f"{j}.n_immature": at_risk & (followed == IMMATURE),
            f"{j}.stale": at_risk & stays & ~is_lost & (followed == STALE),
            f"{j}.closed_n": at_risk & (pl.col("outcome") != "open"),
            f"{j}.closed_advanced": advanced & (pl.col("outcome") != "open"),
            f"{j}.own_n": pl.col(f"inside_{j - 1}"),
            f"{j}.own_advanced": pl.col(f"inside_{j - 1}") & pl.col(f"own_{j}"),
            f"{j}.all_advanced": furthest >= j,
            f"{j}.all_skipped": (furthest >= j) & ~pl.col(f"own_{j - 1}"),
            f"{j}.n_unplaced": (furthest < j) & is_lost & ~pl.col("place_known") & (j <= definition.won_position),
        }
    counted = [
        (pl.col("n") * condition).sum().alias(name)
        for name, condition in sums.items()
        if names is None or name.partition(".")[2] in names
    ]
    frame = patterns.frame
    if not groups:
        return frame.select(counted)
    return frame.group_by(groups).agg(counted).with_columns(pl.col(pl.Categorical).cast(pl.String))


def step_rows(
    figures: Mapping[str, Any], definition: FunnelDefinition, days_of: Mapping[int, float | None], basis: Basis
) -> list[dict[str, Any]]:
    """One row per stage with rates, intervals and reasons from the sums of one group."""
    rows: list[dict[str, Any]] = []
    for j, stage in enumerate(definition.keys, 1):
        own = {key.partition(".")[2]: value for key, value in figures.items() if key.startswith(f"{j}.")}
        row: dict[str, Any] = {"position": j, "stage": stage, **own, "horizon_days": days_of.get(j)}
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


def framed(rows: list[dict[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a frame with exactly the columns of ``schema``; a missing value is null."""
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
