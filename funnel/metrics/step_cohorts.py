"""Step cohorts: leads with an own entry into the stage before, counted over named spans of days.

One select answers all steps and spans at once, so a report reads the journeys once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from funnel.definition import FunnelDefinition
from funnel.filters import Window
from funnel.schema import StepCounts

_MONTHS = {"3m": 3, "6m": 6, "12m": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """Days of entry into the stage before that a step is counted over, both included; null: no limit.

    ``followed_days``: only leads followed at least so long count in n.
    """

    name: str
    position: int
    start: date | None
    end: date | None
    followed_days: float


def months_before(day: date, months: int) -> date:
    """The same day ``months`` calendar months earlier; the last day of the month where it has no such day."""
    total = day.year * 12 + day.month - 1 - months
    year, month = divmod(total, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def step_window(window: Window, as_of: date, horizon_days: float) -> tuple[date | None, date | None]:
    """The days of entry that a window means for a step with horizon H.

    A preset of W months is shifted back by H: [as-of − H − W, as-of − H) with as-of the end of its day. A window given
    by dates keeps them, *All time* has neither end: there the days followed alone decide which entries count.
    """
    last = as_of - timedelta(days=math.ceil(horizon_days))
    if window.preset in _MONTHS:
        return months_before(last + timedelta(days=1), _MONTHS[window.preset]), last
    if window.start is None or window.end is None:
        return None, None
    return window.start, window.end


def horizon_of(horizons: pl.DataFrame) -> dict[int, float]:
    """Position → H in days, for the steps whose H is known (frame: ``schema.Horizons``)."""
    return {position: days for position, days in horizons.select("position", "days").iter_rows() if days is not None}


def count_spans(
    journeys: pl.LazyFrame, definition: FunnelDefinition, spans: Sequence[Span], by: str | None = None
) -> pl.DataFrame:
    """Count every span (``schema.StepCounts``); with ``by`` once per value of that dimension (null: not stated).

    ``journeys``: per ``schema.journeys_schema``, already filtered. With ``by`` the groups' counts add up to the whole.
    """
    if not spans:
        return StepCounts.create_empty()
    masked = _masked(journeys, definition, spans, by)
    figures = [_figures(definition, span, i) for i, span in enumerate(spans)]
    named = [expr.alias(f"{i}.{name}") for i, row in enumerate(figures) for name, expr in row.items()]
    if by is None:
        wide = masked.select(named).with_columns(group=pl.lit(None, dtype=pl.String)).collect()
    else:
        wide = masked.group_by("group").agg(named).collect()
    rows = [
        {"span": span.name, "position": span.position, "group": row["group"]}
        | {name: row[f"{i}.{name}"] for name in figures[i]}
        for row in wide.iter_rows(named=True)
        for i, span in enumerate(spans)
    ]
    schema = StepCounts.create_empty().schema
    return StepCounts.validate(pl.DataFrame(rows, schema=schema).sort("span", "position", "group"))


def _masked(
    journeys: pl.LazyFrame, definition: FunnelDefinition, spans: Sequence[Span], by: str | None
) -> pl.LazyFrame:
    """The few columns that the counts need: days instead of instants, and per span who belongs to it.

    Each is computed once; as parts of every count they cost ten times as much on a million leads.
    """
    entered = {f"entered_{key}" for key in definition.keys}
    arrived = {f"next_{key}" for key in definition.keys[1:]}
    days = [pl.col(name).dt.date().alias(f"day_{name}") for name in sorted(entered | arrived)]
    days += [pl.col("created_at").dt.date().alias("day_created"), pl.col("lost_at").dt.date().alias("day_lost")]
    kept = [pl.col("furthest_stage"), pl.col("observed_until"), (pl.col("outcome") == "lost").alias("is_lost")]
    kept += [((pl.col("outcome") == "lost") & pl.col("lost_stage").is_null()).alias("is_unplaced")]
    kept += [pl.col(f"entered_{stage.key}").is_not_null().alias(f"own_{stage.key}") for stage in definition.stages]
    for position in {span.position for span in spans}:
        before, stage = definition.step(position)
        same = (pl.col(f"next_{stage.key}") == pl.col(f"entered_{before.key}")).fill_null(False)
        kept.append(same.alias(f"same_{stage.key}"))
    group = [] if by is None else [pl.col(by).cast(pl.String).alias("group")]
    masks: list[pl.Expr] = []
    for i, span in enumerate(spans):
        before, _ = definition.step(span.position)
        own_day = pl.col(f"day_entered_{before.key}")
        # The first stage has no "next": nobody reaches it by a later one, it falls back to the creation date.
        day = own_day if span.position == 2 else pl.col(f"day_next_{before.key}")
        in_span = _within(own_day, span)
        followed = _followed(own_day, span.followed_days)
        reached = _within(day, span) & _followed(day, span.followed_days)
        masks += [
            (in_span & followed).alias(f"{i}.cohort"),
            (in_span & ~followed).alias(f"{i}.immature"),
            (reached & (pl.col("furthest_stage") >= span.position - 1)).alias(f"{i}.reached"),
        ]
    return journeys.select(*group, *kept, *days).with_columns(masks)


def _figures(definition: FunnelDefinition, span: Span, i: int) -> Mapping[str, pl.Expr]:
    """The counts of one span over the columns of ``_masked``."""
    before, stage = definition.step(span.position)
    cohort, reached, own = pl.col(f"{i}.cohort"), pl.col(f"{i}.reached"), pl.col(f"own_{before.key}")
    day, furthest = pl.col(f"day_entered_{before.key}"), pl.col("furthest_stage")
    advanced, is_lost = furthest >= span.position, pl.col("is_lost") & (furthest < span.position)
    return {
        "n": _count(cohort),
        "advanced": _count(cohort & advanced),
        "lost": _count(cohort & is_lost),
        "waiting": _count(cohort & ~advanced & ~is_lost),
        "own_advanced": _count(cohort & advanced & pl.col(f"own_{stage.key}")),
        "reached_n": _count(reached),
        "reached_advanced": _count(reached & advanced),
        "skipped": _count(reached & advanced & ~own),
        "n_immature": _count(pl.col(f"{i}.immature")),
        "n_undated": _count((furthest >= span.position - 1) & ~own),
        "n_unknown_place": _count(_may_be_lost_here(definition, span)),
        "n_same_instant": _count(cohort & advanced & pl.col(f"same_{stage.key}")),
        "first_on": day.filter(cohort).min(),
        "last_on": day.filter(cohort).max(),
    }


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(False).sum().cast(pl.Int64)


def _within(day: pl.Expr, span: Span) -> pl.Expr:
    """Whether a day lies in the span. An open span takes every dated entry; undated ones are in none."""
    inside = day.is_not_null()
    if span.start is not None:
        inside &= day >= pl.lit(span.start)
    if span.end is not None:
        inside &= day <= pl.lit(span.end)
    return inside.fill_null(False)


def _followed(day: pl.Expr, days: float) -> pl.Expr:
    """Whether a lead was observed at least ``days`` days from a day on; the day observed last counts whole."""
    return ((pl.col("observed_until") - day).dt.total_days() >= math.ceil(days)).fill_null(False)


def _may_be_lost_here(definition: FunnelDefinition, span: Span) -> pl.Expr:
    """Losses of unknown place that may belong to this step: between the furthest known stage and won (rule J6).

    Only those that can touch the span: not created after it, not lost before it.
    """
    if span.position > definition.won_position:
        return pl.lit(False)
    touches = pl.lit(True)
    if span.end is not None:
        touches &= (pl.col("day_created") <= pl.lit(span.end)).fill_null(True)
    if span.start is not None:
        touches &= (pl.col("day_lost") >= pl.lit(span.start)).fill_null(True)
    return pl.col("is_unplaced") & (pl.col("furthest_stage") < span.position) & touches
