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
    by dates keeps them. *All time* has no first day. The last day is never later than as-of − H: later entries cannot
    have been followed H days.
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
    figures = [_figures(definition, span) for span in spans]
    named = [expr.alias(f"{i}.{name}") for i, row in enumerate(figures) for name, expr in row.items()]
    if by is None:
        wide = journeys.select(named).with_columns(group=pl.lit(None, dtype=pl.String)).collect()
    else:
        wide = journeys.group_by(pl.col(by).cast(pl.String).alias("group")).agg(named).collect()
    rows = [
        {"span": span.name, "position": span.position, "group": row["group"]}
        | {name: row[f"{i}.{name}"] for name in figures[i]}
        for row in wide.iter_rows(named=True)
        for i, span in enumerate(spans)
    ]
    schema = StepCounts.create_empty().schema
    return StepCounts.validate(pl.DataFrame(rows, schema=schema).sort("span", "position", "group"))


def _figures(definition: FunnelDefinition, span: Span) -> Mapping[str, pl.Expr]:
    before, stage = definition.step(span.position)
    entered = pl.col(f"entered_{before.key}")
    own = pl.col(f"entered_{stage.key}").is_not_null()
    # The first stage has no "next": nobody reaches it by a later one, it falls back to the creation date.
    arrived = entered if span.position == 2 else pl.col(f"next_{before.key}")
    furthest, lost = pl.col("furthest_stage"), pl.col("outcome") == "lost"
    in_span, followed = _within(entered, span), _followed(entered, span.followed_days)
    cohort = in_span & followed
    reached = _within(arrived, span) & _followed(arrived, span.followed_days) & (furthest >= span.position - 1)
    advanced = furthest >= span.position
    is_lost = lost & (furthest < span.position)
    day = entered.dt.date()
    return {
        "n": _count(cohort),
        "advanced": _count(cohort & advanced),
        "lost": _count(cohort & is_lost),
        "waiting": _count(cohort & ~advanced & ~is_lost),
        "own_advanced": _count(cohort & advanced & own),
        "reached_n": _count(reached),
        "reached_advanced": _count(reached & advanced),
        "skipped": _count(reached & advanced & entered.is_null()),
        "n_immature": _count(in_span & ~followed),
        "n_undated": _count((furthest >= span.position - 1) & entered.is_null()),
        "n_unknown_place": _count(_may_be_lost_here(definition, span)),
        "n_same_instant": _count(cohort & advanced & (pl.col(f"next_{stage.key}") == entered).fill_null(False)),
        "first_on": day.filter(cohort).min(),
        "last_on": day.filter(cohort).max(),
    }


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(False).sum().cast(pl.Int64)


def _within(at: pl.Expr, span: Span) -> pl.Expr:
    """Whether an instant lies in the span. An open span takes every dated entry; undated ones are in none."""
    inside = at.is_not_null()
    if span.start is not None:
        inside &= at.dt.date() >= pl.lit(span.start)
    if span.end is not None:
        inside &= at.dt.date() <= pl.lit(span.end)
    return inside.fill_null(False)


def _followed(at: pl.Expr, days: float) -> pl.Expr:
    """Whether a lead was observed at least ``days`` days from an instant; the day observed last counts whole."""
    return ((pl.col("observed_until") - at.dt.date()).dt.total_days() >= math.ceil(days)).fill_null(False)


def _may_be_lost_here(definition: FunnelDefinition, span: Span) -> pl.Expr:
    """Losses of unknown place that may belong to this step: between the furthest known stage and won (rule J6).

    Only those that can touch the span: not created after it, not lost before it.
    """
    if span.position > definition.won_position:
        return pl.lit(False)
    touches = pl.lit(True)
    if span.end is not None:
        touches &= (pl.col("created_at").dt.date() <= pl.lit(span.end)).fill_null(True)
    if span.start is not None:
        touches &= (pl.col("lost_at").dt.date() >= pl.lit(span.start)).fill_null(True)
    unplaced = (pl.col("outcome") == "lost") & pl.col("lost_stage").is_null()
    return unplaced & (pl.col("furthest_stage") < span.position) & touches
