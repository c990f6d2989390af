"""Step cohorts: leads with an own entry into the stage before, counted over named spans of days.

A lead stands in the cohort of a step on one day, with a few marks: that is its *cell*. A million leads fold into some
thousand cells, and every figure of every span is a sum over them, so a report reads the journeys once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from funnel.definition import FunnelDefinition
from funnel.filters import Window
from funnel.metrics.patterns import midnight
from funnel.schema import StepCounts

_MONTHS = {"3m": 3, "6m": 6, "12m": 12}

_OWN, _REACHED, _FOLLOWED, _ADVANCED, _LOST, _ARRIVED, _SKIPPED, _SAME = (1 << i for i in range(8))
"""The marks of a cell: counted by the own entry, by the arrival (or by both); followed H days; came further; was lost
in the step; has an own entry into the stage, none into the one before; both entries at the same instant."""
_MARKS = 256


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


def with_cells(journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame) -> pl.LazyFrame:
    """The journeys with their cells as further columns, so that a filter change need not find them out again.

    The columns' names say for which step and how many days they hold: ``count_spans`` uses them for these only.
    """
    days_of = horizon_of(horizons)
    cells = [
        _cells(definition, position, days_of.get(position, 0.0)) for position in range(2, len(definition.keys) + 1)
    ]
    return journeys.with_columns(cell.alias(name) for step in cells for name, cell in step.items())


def count_spans(
    journeys: pl.LazyFrame, definition: FunnelDefinition, spans: Sequence[Span], by: str | None = None
) -> pl.DataFrame:
    """Count every span (``schema.StepCounts``); with ``by`` once per value of that dimension (null: not stated).

    ``journeys``: per ``schema.journeys_schema``, already filtered. With ``by`` the groups' counts add up to the whole;
    a group without anything to count in any span has no rows.
    """
    if not spans:
        return StepCounts.create_empty()
    group = pl.lit(None, pl.String) if by is None else pl.col(by)
    leads = journeys.with_columns(group.alias("group"))
    asked = pl.DataFrame(
        [(i, span.name, span.position, span.followed_days, span.start, span.end) for i, span in enumerate(spans)],
        schema=_ASKED,
        orient="row",
    )
    in_spans = _in_spans(_folded(leads, definition, spans), asked)
    counted = pl.concat([in_spans, _without_day(leads, definition, spans)], how="diagonal")
    groups = pl.DataFrame({"group": [None]}, {"group": pl.String}) if by is None else counted.select("group").unique()
    counts = [name for name in counted.columns if name not in ("no", "group", "first_on", "last_on")]
    summed = counted.group_by("no", "group").agg(
        pl.col(counts).sum(), pl.col("first_on").min(), pl.col("last_on").max()
    )
    table = (
        asked.join(groups, how="cross")
        .join(summed, on=["no", "group"], how="left", nulls_equal=True)
        .with_columns(pl.col(counts).fill_null(0).cast(pl.Int64))
        .with_columns((pl.col("n") - pl.col("advanced") - pl.col("lost")).alias("waiting"))
    )
    return StepCounts.validate(table.select(StepCounts.column_names()).sort("span", "position", "group"))


_ASKED = {
    "no": pl.Int32,
    "span": pl.String,
    "position": pl.Int8,
    "followed_days": pl.Float64,
    "start": pl.Date,
    "end": pl.Date,
}


def _cells(definition: FunnelDefinition, position: int, followed_days: float) -> dict[str, pl.Expr]:
    """The two cells of a lead in a step, as days since 1970-01-01 · 256 + marks.

    One stands on the day of the own entry into the stage before; a second only where the lead came to it on another day
    (it skipped the stage, or went through out of order).
    """
    before, stage = definition.step(position)
    own, arrival, furthest = pl.col(f"entered_{before.key}"), pl.col(f"next_{stage.key}"), pl.col("furthest_stage")
    # The first stage has no "next": nobody reaches it by a later one, it falls back to the creation date.
    passed = own if position == 2 else pl.col(f"next_{before.key}")
    own_day, passed_day = own.dt.date().cast(pl.Int32), passed.dt.date().cast(pl.Int32)
    is_reached = passed_day.is_not_null() & (furthest >= position - 1)
    marks = _mark(_ADVANCED, furthest >= position)
    marks += _mark(_LOST, (pl.col("outcome") == "lost") & (furthest < position))
    marks += _mark(_ARRIVED, pl.col(f"entered_{stage.key}").is_not_null())
    marks += _mark(_SKIPPED, own.is_null()) + _mark(_SAME, arrival == own)

    def cell(day: pl.Expr) -> pl.Expr:
        observed = pl.col("observed_until").cast(pl.Int32)
        return day * _MARKS + marks + _mark(_FOLLOWED, day <= observed - math.ceil(followed_days))

    is_elsewhere = is_reached & passed_day.ne_missing(own_day)
    name = f"cell of {before.key}, {stage.key} at {position} in {math.ceil(followed_days)} days"
    return {
        name: cell(own_day) + _OWN + _mark(_REACHED, is_reached & ~is_elsewhere),
        f"other {name}": pl.when(is_elsewhere).then(cell(passed_day) + _REACHED),
    }


def _mark(bit: int, condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(False).cast(pl.Int32) * bit


def _folded(leads: pl.LazyFrame, definition: FunnelDefinition, spans: Sequence[Span]) -> pl.DataFrame:
    """Leads ``leads`` per cell and ``group`` of every step: ``position``, ``followed_days``, ``day`` and ``marks``."""
    ready, parts = set(leads.collect_schema().names()), []
    for position, days in dict.fromkeys((span.position, span.followed_days) for span in spans):
        for name, cell in _cells(definition, position, days).items():
            known = pl.col(name) if name in ready else cell
            step = (pl.lit(position, pl.Int8).alias("position"), pl.lit(days, pl.Float64).alias("followed_days"))
            inside = leads.select("group", known.alias("cell")).filter(pl.col("cell").is_not_null())
            parts.append(
                inside.group_by("cell", "group").agg(pl.len().cast(pl.Int64).alias("leads")).select("*", *step)
            )
    day, marks = (pl.col("cell") // _MARKS).cast(pl.Date), pl.col("cell") % _MARKS
    cells = pl.concat(pl.collect_all(parts, engine="streaming"))
    return cells.select(pl.exclude("cell"), day.alias("day"), marks.alias("marks")).with_columns(
        pl.col("group").cast(pl.String)
    )


def _in_spans(cells: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The sums of the cells that lie in each span, per ``no`` and ``group``."""
    inside = (pl.col("day") >= pl.col("start")).fill_null(True) & (pl.col("day") <= pl.col("end")).fill_null(True)

    def leads(*marks: int) -> pl.Expr:
        wanted = sum(marks)
        return pl.col("leads").filter(pl.col("marks") & wanted == wanted).sum()

    in_cohort = pl.col("marks") & (_OWN | _FOLLOWED) == _OWN | _FOLLOWED
    is_young = pl.col("marks") & (_OWN | _FOLLOWED) == _OWN
    return (
        cells.join(asked, on=["position", "followed_days"])
        .filter(inside)
        .group_by("no", "group")
        .agg(
            leads(_OWN, _FOLLOWED).alias("n"),
            leads(_OWN, _FOLLOWED, _ADVANCED).alias("advanced"),
            leads(_OWN, _FOLLOWED, _LOST).alias("lost"),
            leads(_OWN, _FOLLOWED, _ADVANCED, _ARRIVED).alias("own_advanced"),
            leads(_OWN, _FOLLOWED, _ADVANCED, _SAME).alias("n_same_instant"),
            leads(_REACHED, _FOLLOWED).alias("reached_n"),
            leads(_REACHED, _FOLLOWED, _ADVANCED).alias("reached_advanced"),
            leads(_REACHED, _FOLLOWED, _ADVANCED, _SKIPPED).alias("skipped"),
            pl.col("leads").filter(is_young).sum().alias("n_immature"),
            pl.col("day").filter(in_cohort).min().alias("first_on"),
            pl.col("day").filter(in_cohort).max().alias("last_on"),
        )
    )


def _without_day(leads: pl.LazyFrame, definition: FunnelDefinition, spans: Sequence[Span]) -> pl.DataFrame:
    """``n_undated`` and ``n_unknown_place`` per ``no`` and ``group``: leads that stand on no day of a step."""
    furthest, positions = pl.col("furthest_stage"), {span.position for span in spans}
    undated = {p: (furthest >= p - 1) & pl.col(f"entered_{definition.keys[p - 2]}").is_null() for p in positions}
    unplaced = (pl.col("outcome") == "lost") & pl.col("lost_stage").is_null()
    figures = []
    for i, span in enumerate(spans):
        # A loss belongs to a step up to won: what comes after won cannot be lost (rule J6).
        lost_here = unplaced & (furthest < span.position) & pl.lit(span.position <= definition.won_position)
        figures += [
            undated[span.position].sum().alias(f"{i}.n_undated"),
            (lost_here & _touches(span)).sum().alias(f"{i}.n_unknown_place"),
        ]
    counted = leads.filter(unplaced | pl.any_horizontal(undated.values())).group_by("group").agg(figures).collect()
    rows = [
        (i, row["group"], row[f"{i}.n_undated"], row[f"{i}.n_unknown_place"])
        for row in counted.with_columns(pl.col("group").cast(pl.String)).iter_rows(named=True)
        for i in range(len(spans))
    ]
    schema = {"no": pl.Int32, "group": pl.String, "n_undated": pl.Int64, "n_unknown_place": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _touches(span: Span) -> pl.Expr:
    """Whether a loss of unknown place (rule J6) can touch the span: not created after it, not lost before it."""
    touches = pl.lit(True)
    if span.end is not None:
        touches &= (pl.col("created_at") < midnight(span.end) + timedelta(days=1)).fill_null(True)
    if span.start is not None:
        touches &= (pl.col("lost_at") >= midnight(span.start)).fill_null(True)
    return touches
