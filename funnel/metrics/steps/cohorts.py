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

from funnel.definition.definition import FunnelDefinition
from funnel.filters import PRESET_MONTHS, Window, midnight, months_before
from funnel.schema import StepCounts

_OWN, _REACHED, _FOLLOWED, _ADVANCED, _LOST, _ARRIVED, _SKIPPED, _SAME = (1 << i for i in range(8))
"""The marks of a cell: counted by the own entry, by the arrival (or by both); followed H days; came further; was lost
in the step; has an own entry into the stage, none into the one before; both entries at the same instant."""
_MARKS = 256
_NO_DAY = -4_000_000
"""Where a cell stands whose day nobody knows: thousands of years before any."""


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


def step_window(window: Window, as_of: date, horizon_days: float) -> tuple[date | None, date | None]:
    """The days of entry that a window means for a step with horizon H.

    A preset of W months is shifted back by H: [as-of − H − W, as-of − H) with as-of the end of its day. A window given
    by dates keeps them, *All time* has neither end: there the days followed alone decide which entries count.
    """
    last = as_of - timedelta(days=math.ceil(horizon_days))
    if window.preset in PRESET_MONTHS:
        return months_before(last + timedelta(days=1), PRESET_MONTHS[window.preset]), last
    if window.start is None or window.end is None:
        return None, None
    return window.start, window.end


def horizon_of(horizons: pl.DataFrame) -> dict[int, float]:
    """Position → H in days, for the steps whose H is known (frame: ``schema.Horizons``)."""
    return {position: days for position, days in horizons.select("position", "days").iter_rows() if days is not None}


def with_cells(journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame) -> pl.LazyFrame:
    """The journeys with their cells as further columns, so that a filter change need not find them out again.

    The columns' names say for which step and how many days they hold: they are used for these only.
    """
    steps = _steps(definition, horizons)
    cells = [item for position, days in steps for item in _cells(definition, position, days).items()]
    return journeys.with_columns(cell.alias(name) for name, cell in cells)


def step_cells(journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame) -> pl.DataFrame:
    """All cells of the journeys, counted: the ``cells`` of ``count_spans``, for spans followed H days."""
    return _folded(journeys, definition, _steps(definition, horizons), None)


def count_spans(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    spans: Sequence[Span],
    by: str | None = None,
    *,
    cells: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Count every span (``schema.StepCounts``); with ``by`` once per value of that dimension (null: not stated).

    ``journeys``: per ``schema.journeys_schema``, already filtered. With ``by`` the groups' counts add up to the whole;
    a group without anything to count in any span has no rows. ``cells``: ``step_cells`` of the same journeys, where
    they are at hand (without ``by``).
    """
    if not spans:
        return StepCounts.create_empty()
    if cells is None or by is not None:
        cells = _folded(journeys, definition, [(span.position, span.followed_days) for span in spans], by)
    asked = pl.DataFrame(
        [(i, span.name, span.position, span.followed_days, span.start, span.end) for i, span in enumerate(spans)],
        schema=_ASKED,
        orient="row",
    )
    counted = pl.concat([_in_spans(cells, asked), _unplaced(journeys, definition, spans, by)], how="diagonal")
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


def _steps(definition: FunnelDefinition, horizons: pl.DataFrame) -> list[tuple[int, float]]:
    """Every step with the days that its leads are followed: H, or none where H is not known."""
    days_of = horizon_of(horizons)
    return [(position, days_of.get(position, 0.0)) for position in range(2, len(definition.keys) + 1)]


def _cells(definition: FunnelDefinition, position: int, followed_days: float) -> dict[str, pl.Expr]:
    """The two cells of a lead in a step, as days since 1970-01-01 · 256 + marks.

    One stands on the day of the own entry into the stage before; a second only where the lead came to it on another day
    (it skipped the stage, or went through out of order) or on a day that nobody knows.
    """
    before, stage = definition.step(position)
    own, arrival, furthest = pl.col(f"entered_{before.key}"), pl.col(f"next_{stage.key}"), pl.col("furthest_stage")
    # The first stage has no "next": nobody reaches it by a later one, it falls back to the creation date.
    passed = own if position == 2 else pl.col(f"next_{before.key}")
    own_day, passed_day = own.dt.date().cast(pl.Int32), passed.dt.date().cast(pl.Int32)
    marks = _mark(_ADVANCED, furthest >= position)
    marks += _mark(_LOST, (pl.col("outcome") == "lost") & (furthest < position))
    marks += _mark(_ARRIVED, pl.col(f"entered_{stage.key}").is_not_null())
    marks += _mark(_SKIPPED, own.is_null()) + _mark(_SAME, arrival == own)

    def cell(day: pl.Expr) -> pl.Expr:
        observed = pl.col("observed_until").cast(pl.Int32)
        return day * _MARKS + marks + _mark(_FOLLOWED, day <= observed - math.ceil(followed_days))

    is_reached = furthest >= position - 1
    is_elsewhere = is_reached & (own.is_null() | (passed_day != own_day))
    name = f"cell of {before.key}, {stage.key} at {position} in {math.ceil(followed_days)} days"
    return {
        name: cell(own_day) + _OWN + _mark(_REACHED, is_reached & (passed_day == own_day)),
        f"other {name}": pl.when(is_elsewhere).then(
            cell(passed_day.fill_null(_NO_DAY)) + _mark(_REACHED, passed_day.is_not_null())
        ),
    }


def _mark(bit: int, condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(False).cast(pl.Int32) * bit


def _folded(
    journeys: pl.LazyFrame, definition: FunnelDefinition, steps: Sequence[tuple[int, float]], by: str | None
) -> pl.DataFrame:
    """``leads`` per cell of every step and group: ``position``, ``followed_days``, ``group``, ``day``, ``marks``."""
    ready, parts = set(journeys.collect_schema().names()), []
    groups = {} if by is None else {"group": pl.col(by)}
    for position, days in dict.fromkeys(steps):
        for name, cell in _cells(definition, position, days).items():
            known = pl.col(name) if name in ready else cell
            inside = journeys.select(cell=known, **groups).filter(pl.col("cell").is_not_null())
            counted = inside.group_by("cell", *groups).agg(pl.len().cast(pl.Int64).alias("leads"))
            parts.append(counted.select("*", position=pl.lit(position, pl.Int8), followed_days=pl.lit(float(days))))
    cells = pl.concat(pl.collect_all(parts, engine="streaming"))
    return cells.select(
        "position",
        "followed_days",
        "leads",
        group=pl.lit(None, pl.String) if by is None else pl.col("group").cast(pl.String),
        day=(pl.col("cell") // _MARKS).cast(pl.Date),
        marks=pl.col("cell") % _MARKS,
    )


def _in_spans(cells: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The sums of the cells that lie in each span, per ``no`` and ``group``; ``n_undated`` whatever the span."""
    inside = (pl.col("day") >= pl.col("start")).fill_null(True) & (pl.col("day") <= pl.col("end")).fill_null(True)

    def marked(*marks: int) -> pl.Expr:
        return pl.col("marks") & sum(marks) == sum(marks)

    def leads(condition: pl.Expr) -> pl.Expr:
        return pl.col("leads").filter(condition).sum()

    cohort, reached = marked(_OWN, _FOLLOWED), marked(_REACHED, _FOLLOWED)
    of_spans = cells.join(asked, on=["position", "followed_days"])
    undated = of_spans.filter(marked(_SKIPPED)).group_by("no", "group").agg(pl.col("leads").sum().alias("n_undated"))
    counted = (
        of_spans.filter(inside)
        .group_by("no", "group")
        .agg(
            leads(cohort).alias("n"),
            leads(cohort & marked(_ADVANCED)).alias("advanced"),
            leads(cohort & marked(_LOST)).alias("lost"),
            leads(cohort & marked(_ADVANCED, _ARRIVED)).alias("own_advanced"),
            leads(cohort & marked(_ADVANCED, _SAME)).alias("n_same_instant"),
            leads(reached).alias("reached_n"),
            leads(reached & marked(_ADVANCED)).alias("reached_advanced"),
            leads(reached & marked(_ADVANCED, _SKIPPED)).alias("skipped"),
            leads(marked(_OWN) & ~marked(_FOLLOWED)).alias("n_immature"),
            pl.col("day").filter(cohort).min().alias("first_on"),
            pl.col("day").filter(cohort).max().alias("last_on"),
        )
    )
    return pl.concat([counted, undated], how="diagonal")


def _unplaced(
    journeys: pl.LazyFrame, definition: FunnelDefinition, spans: Sequence[Span], by: str | None
) -> pl.DataFrame:
    """``n_unknown_place`` per ``no`` and ``group``: losses that may belong to the step, none after won (rule J6)."""
    counts = [
        ((pl.col("furthest_stage") < span.position) & _touches(span)).sum().alias(str(i))
        for i, span in enumerate(spans)
        if span.position <= definition.won_position
    ]
    group = pl.lit(None, pl.String) if by is None else pl.col(by).cast(pl.String)
    unplaced = journeys.filter((pl.col("outcome") == "lost") & pl.col("lost_stage").is_null())
    counted = unplaced.group_by(group.alias("group")).agg(counts).collect()
    long = counted.unpivot(index="group", variable_name="no", value_name="n_unknown_place")
    return long.select(pl.col("no").cast(pl.Int32), "group", pl.col("n_unknown_place").cast(pl.Int64))


def _touches(span: Span) -> pl.Expr:
    """Whether a loss of unknown place (rule J6) can touch the span: not created after it, not lost before it."""
    touches = pl.lit(True)
    if span.end is not None:
        touches &= (pl.col("created_at") < midnight(span.end) + timedelta(days=1)).fill_null(True)
    if span.start is not None:
        touches &= (pl.col("lost_at") >= midnight(span.start)).fill_null(True)
    return touches
