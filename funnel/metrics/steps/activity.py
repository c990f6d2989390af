"""What happened in a window: entries into each stage, from journeys or from imported counts.

Unit of observation: an entry. The entries into two stages in one window are not the same leads, so a rate may exceed
100 %, and there is no lead that waits or is lost in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS, Filters, Window, apply_filters, checked_dimension
from funnel.metrics.journeys.meanings import meanings, with_code
from funnel.metrics.steps.figures import framed
from funnel.metrics.steps.patterns import happened_in
from funnel.schema import ActivityCounts, CountsByPeriod, Facts


def activity_counts(
    journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window, *, by: str | None = None
) -> pl.DataFrame:
    """First own entries into each stage that happened in the window (schema ``ActivityCounts``), in total or by group.

    *All time* counts every dated entry. ``journeys`` are already filtered by dimension.
    """
    _check_dimension(by)
    figures = []
    for j, key in enumerate(definition.keys, 1):
        lost = (pl.col("lost_stage") == j) & happened_in(pl.col("lost_at"), window)
        figures += [
            happened_in(pl.col(f"entered_{key}"), window).fill_null(False).sum().cast(pl.Float64).alias(f"{j}.n"),
            lost.fill_null(False).sum().cast(pl.Int64).alias(f"{j}.n_lost"),
        ]
    if by is None:
        found = journeys.select(pl.lit(None, pl.String).alias("group"), *figures)
    else:
        found = journeys.group_by(pl.col(by).cast(pl.String).alias("group")).agg(figures)
    rows = []
    for one in found.sort("group", nulls_last=True).collect().iter_rows(named=True):
        entered = [one[f"{j}.n"] for j in range(1, len(definition.keys) + 1)]
        for row in _steps(definition, entered):
            rows.append(row | {"group": one["group"], "n_lost": one[f"{row['position']}.n_lost"]})
    return ActivityCounts.validate(framed(rows, ActivityCounts.create_empty().schema))


def counts_table(
    facts: Facts, definition: FunnelDefinition, filters: Filters, *, by: str | None = None
) -> pl.DataFrame:
    """Stage totals of the counts imports whose period lies in the window (schema ``ActivityCounts``).

    Counts without a period stand in *All time* only. Where two imports state the same label, period and group, the
    later one rules. ``counts_left_out`` says how many rows a window leaves out.
    """
    _check_dimension(by)
    inside = _counts(facts, definition, filters).filter(_is_inside(filters.window)).collect()
    rows = []
    for group, part in _groups(inside, by):
        rows += [row | {"group": group} for row in _steps(definition, _per_stage(definition, part))]
    return ActivityCounts.validate(framed(rows, ActivityCounts.create_empty().schema))


def counts_by_period(facts: Facts, definition: FunnelDefinition, filters: Filters) -> pl.DataFrame:
    """Stage totals of the counts imports per period (schema ``CountsByPeriod``); counts without a period are not in."""
    dated = _counts(facts, definition, filters).filter(
        _is_inside(filters.window) & pl.col("period_start").is_not_null()
    )
    rows = []
    for (start, end), part in sorted(dated.collect().group_by("period_start", "period_end"), key=lambda item: item[0]):
        steps = _steps(definition, _per_stage(definition, part))
        rows += [row | {"period_start": start, "period_end": end} for row in steps]
    return CountsByPeriod.validate(framed(rows, CountsByPeriod.create_empty().schema))


def counts_left_out(facts: Facts, definition: FunnelDefinition, filters: Filters) -> int:
    """Rows of counts that the window leaves out: no period, or a period that does not lie wholly inside."""
    return _counts(facts, definition, filters).filter(~_is_inside(filters.window)).collect().height


def counts_straddling(facts: Facts, definition: FunnelDefinition, filters: Filters, windows: Sequence[Window]) -> int:
    """Rows of counts whose period lies only partly in one of the windows by dates, or that have none: they count in no
    window. Of ``filters`` only the dimensions are used."""
    start, end = pl.col("period_start"), pl.col("period_end")
    partly = [(start <= w.end) & (end >= w.start) & ~_is_inside(w) for w in windows]
    rows = _counts(facts, definition, filters)
    return rows.filter(pl.any_horizontal(start.is_null(), *partly)).collect().height


def _check_dimension(by: str | None) -> None:
    if by is not None:
        checked_dimension(by)


def _counts(facts: Facts, definition: FunnelDefinition, filters: Filters) -> pl.LazyFrame:
    """Counts with the position of their stage, later imports over earlier ones; labels of no stage are left out."""
    key = ("label", "period_start", "period_end", *DIMENSIONS)
    known = with_code(facts.counts.lazy(), meanings(facts, definition), "stage", "label", "position")
    latest = known.filter(pl.col("position") > 0).filter(pl.col("batch_no") == pl.col("batch_no").max().over(key))
    return apply_filters(latest, filters)


def _is_inside(window: Window) -> pl.Expr:
    if window.start is None or window.end is None:
        return pl.lit(True)
    inside = (pl.col("period_start") >= window.start) & (pl.col("period_end") <= window.end)
    return inside.fill_null(False)


def _groups(counts: pl.DataFrame, by: str | None) -> Iterable[tuple[str | None, pl.DataFrame]]:
    """The whole, or each group by name with the blank one last."""
    if by is None:
        return [(None, counts)]
    names = counts[by].unique().sort(nulls_last=True).to_list()
    return [(name, counts.filter(pl.col(by).eq_missing(name))) for name in names]


def _per_stage(definition: FunnelDefinition, counts: pl.DataFrame) -> list[float]:
    sums: Mapping[int, float] = dict(counts.group_by("position").agg(pl.col("n").sum()).iter_rows())
    return [sums.get(j, 0.0) for j in range(1, len(definition.keys) + 1)]


def _steps(definition: FunnelDefinition, entered: list[float]) -> list[dict[str, Any]]:
    """One row per stage with the rate of the step into it."""
    rows = []
    for j, (stage, n) in enumerate(zip(definition.keys, entered, strict=True), 1):
        before = entered[j - 2] if j > 1 else None
        row: dict[str, Any] = {"position": j, "stage": stage, "n": n, "n_before": before}
        if before is not None:
            row["rate"] = n / before if before else None
            row["reason"] = "no_leads" if not before else ("more_arrived_than_entered" if n > before else None)
        rows.append(row)
    return rows
