"""Step cohorts: leads with an own entry into the stage before, counted over named spans of days.

A lead stands in the cohort of a step on one day, with a few marks: that is its *cell*. A million leads fold into some
thousand cells, and every figure of every span is a sum over them, so a report reads the journeys once; the sums are of
small arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import PRESET_MONTHS, Window, months_before
from funnel.metrics.asking import Asking, Metric
from funnel.metrics.gathering import Asked
from funnel.metrics.steps.patterns import NO_DAY

_OWN, _REACHED, _FOLLOWED, _ADVANCED, _LOST, _ARRIVED, _SKIPPED, _SAME = (1 << i for i in range(8))
"""The marks of a cell: counted by the own entry, by the arrival (or by both); followed H days; came further; was lost
in the step; has an own entry into the stage, none into the one before; both entries at the same instant."""
_MARKS = 256
_EPOCH = date(1970, 1, 1)
_ALL_MARKS = np.arange(_MARKS)


def _marked(*marks: int) -> np.ndarray:
    """Which of all combinations of marks hold these."""
    return _ALL_MARKS & sum(marks) == sum(marks)


_COHORT, _ANY_REACHED = _marked(_OWN, _FOLLOWED), _marked(_REACHED, _FOLLOWED)
_COUNTED = {
    "n": _COHORT,
    "advanced": _COHORT & _marked(_ADVANCED),
    "lost": _COHORT & _marked(_LOST),
    "own_advanced": _COHORT & _marked(_ADVANCED, _ARRIVED),
    "n_same_instant": _COHORT & _marked(_ADVANCED, _SAME),
    "reached_n": _ANY_REACHED,
    "reached_advanced": _ANY_REACHED & _marked(_ADVANCED),
    "skipped": _ANY_REACHED & _marked(_ADVANCED, _SKIPPED),
    "n_immature": _marked(_OWN) & ~_marked(_FOLLOWED),
}
_SUMS = np.array(list(_COUNTED.values()), dtype=float).T


@dataclass(frozen=True)
class Cells:
    """The cells of one step by day: ``leads`` in each, its ``day`` since 1970-01-01 and its ``marks``."""

    day: np.ndarray
    marks: np.ndarray
    leads: np.ndarray

    @cached_property
    def n_undated(self) -> int:
        """Leads that reached the stage before without an own entry."""
        return int(self.leads[_marked(_SKIPPED)[self.marks]].sum())

    def inside(self, span: Span) -> dict[str, Any]:
        """The figures of ``count_spans`` in a span; ``n_undated`` whatever the span."""
        first = 0 if span.start is None else np.searchsorted(self.day, _number(span.start))
        last = None if span.end is None else np.searchsorted(self.day, _number(span.end), side="right")
        day, marks, leads = (column[first:last] for column in (self.day, self.marks, self.leads))
        # Sums in floats are exact up to 2^53.
        per_mark = np.bincount(marks, weights=leads, minlength=_MARKS)
        figures: dict[str, Any] = dict(zip(_COUNTED, np.rint(per_mark @ _SUMS).astype(np.int64).tolist(), strict=True))
        days = day[_COHORT[marks]] if figures["n"] else None
        first_on, last_on = (None, None) if days is None else (_as_day(int(days[place])) for place in (0, -1))
        return figures | {"n_undated": self.n_undated, "first_on": first_on, "last_on": last_on}


def _as_day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def _number(day: date) -> int:
    return (day - _EPOCH).days


@dataclass(frozen=True)
class StepCells:
    """All leads counted by what spans ask for. ``of``: position and days followed → the cells of that step.
    ``unplaced``: the losses of unknown place (J6), ``n`` of each ``furthest_stage``, ``created_on`` and ``lost_on``."""

    of: Mapping[tuple[int, float], Cells]
    unplaced: pl.DataFrame

    def may_belong(self, span: Span, won_position: int) -> int:
        """The losses of unknown place that may belong to a span, none after won: not created after it, not lost before
        it."""
        if self.unplaced.is_empty() or span.position > won_position:
            return 0
        touching = pl.col("furthest_stage") < span.position
        if span.end is not None:
            touching &= (pl.col("created_on") <= span.end).fill_null(True)
        if span.start is not None:
            touching &= (pl.col("lost_on") >= span.start).fill_null(True)
        return int(self.unplaced.filter(touching)["n"].sum())


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
    known = zip(horizons["position"], horizons["days"], strict=True)
    return {position: days for position, days in known if days is not None}


def with_cells(journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame) -> pl.LazyFrame:
    """The journeys with their cells as further columns, so that a filter change need not find them out again.

    The columns' names say for which step and how many days they hold: they are used for these only.
    """
    steps = [(_names_of_cells(definition, *step), _cells(definition, *step)) for step in _steps(definition, horizons)]
    return journeys.with_columns(
        cell.alias(name) for names, cells in steps for name, cell in zip(names, cells, strict=True)
    )


@Metric
def step_cells(journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame) -> Asking[StepCells]:
    """All cells of the journeys, counted: the ``cells`` of ``count_spans``, for spans followed H days."""
    return (yield from _folded(journeys, definition, _steps(definition, horizons)))


@Metric
def count_spans(
    journeys: pl.LazyFrame, definition: FunnelDefinition, spans: Sequence[Span], *, cells: StepCells | None = None
) -> Asking[list[dict[str, Any]]]:
    """One row per span, in their order: ``span``, ``position``, and the leads with an own entry into the stage before
    in its days, followed ``followed_days``.

    - ``n`` = ``advanced`` + ``lost`` + ``waiting``, as of their last day observed. ``own_advanced``: with an own entry
      into the stage. ``n_same_instant``: advanced at the very instant of the entry before.
    - ``reached_n``, ``reached_advanced``: likewise for the leads that came to the stage before by an own entry or a
      later one; ``skipped``: those of them that advanced without an own entry.
    - ``n_immature``: entered in the span, not followed long enough. ``n_undated``: reached the stage before without an
      own entry, whatever the span. ``n_unknown_place``: losses of unknown place (J6) that may belong to the span.
    - ``first_on``, ``last_on``: days of entry of ``n``, null without any.

    ``journeys``: per ``schema.journeys_schema``, already filtered. ``cells``: ``step_cells`` of the same journeys, if
    they are at hand.
    """
    if cells is None:
        cells = yield from _folded(journeys, definition, [(span.position, span.followed_days) for span in spans])
    rows = []
    for span in spans:
        figures = cells.of[span.position, span.followed_days].inside(span)
        figures["n_unknown_place"] = cells.may_belong(span, definition.won_position)
        figures["waiting"] = figures["n"] - figures["advanced"] - figures["lost"]
        rows.append({"span": span.name, "position": span.position} | figures)
    return rows


Groups = Mapping[tuple[str, int], list[dict[str, Any]]]
"""Dimension and position → ``group`` (null: not stated), ``n`` and ``advanced``, by name with null first."""


@Metric
def count_groups(
    journeys: pl.LazyFrame, definition: FunnelDefinition, spans: Sequence[Span], dimensions: Sequence[str]
) -> Asking[Groups]:
    """``n`` and ``advanced`` of ``count_spans`` by each dimension, for one span per step; groups with leads only."""
    ready, counts = set(journeys.collect_schema().names()), []
    for span in spans:
        names = _names_of_cells(definition, span.position, span.followed_days)
        is_ready = ready.issuperset(names)
        own = pl.col(names[0]) if is_ready else _cells(definition, span.position, span.followed_days)[0]
        inside = (own & _FOLLOWED) != 0
        if span.start is not None:
            inside &= own >= _number(span.start) * _MARKS
        if span.end is not None:
            inside &= own < (_number(span.end) + 1) * _MARKS
        came_on = inside & (pl.col("furthest_stage") >= span.position)
        counts += [inside.sum().cast(pl.Int64).alias(f"{span.position} n")]
        counts += [came_on.sum().cast(pl.Int64).alias(f"{span.position} advanced")]
    plans = [
        journeys.group_by(pl.col(name).alias("group")).agg(counts).with_columns(pl.col("group").cast(pl.String))
        for name in dimensions
    ]
    frames = yield [Asked(plan, ("group",)) for plan in plans] if spans else []
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for name, frame in zip(dimensions, frames, strict=False):
        rows = sorted(frame.iter_rows(named=True), key=lambda row: (row["group"] is not None, row["group"] or ""))
        for span in spans:
            figures = (
                {k: row[f"{span.position} {k}"] for k in ("n", "advanced")} | {"group": row["group"]} for row in rows
            )
            found[name, span.position] = [one for one in figures if one["n"]]
    return found


def _steps(definition: FunnelDefinition, horizons: pl.DataFrame) -> list[tuple[int, float]]:
    """Every step with the days that its leads are followed: H, or none where H is not known."""
    days_of = horizon_of(horizons)
    return [(position, days_of.get(position, 0.0)) for position in range(2, len(definition.keys) + 1)]


def _names_of_cells(definition: FunnelDefinition, position: int, followed_days: float) -> tuple[str, str]:
    """What the two cells of a step are called as columns."""
    before, stage = definition.step(position)
    name = f"cell of {before.key}, {stage.key} at {position} in {math.ceil(followed_days)} days"
    return name, f"other {name}"


def _cells(definition: FunnelDefinition, position: int, followed_days: float) -> tuple[pl.Expr, pl.Expr]:
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
    elsewhere = cell(passed_day.fill_null(NO_DAY)) + _mark(_REACHED, passed_day.is_not_null())
    return (
        cell(own_day) + _OWN + _mark(_REACHED, is_reached & (passed_day == own_day)),
        pl.when(is_elsewhere).then(elsewhere),
    )


def _mark(bit: int, condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(False).cast(pl.Int32) * bit


def _folded(
    journeys: pl.LazyFrame, definition: FunnelDefinition, steps: Iterable[tuple[int, float]]
) -> Asking[StepCells]:
    """The cells of every step, counted, and the losses of unknown place."""
    ready, asked, wanted = set(journeys.collect_schema().names()), [], list(dict.fromkeys(steps))
    for position, days in wanted:
        names = _names_of_cells(definition, position, days)
        is_ready = ready.issuperset(names)
        for cell in map(pl.col, names) if is_ready else _cells(definition, position, days):
            inside = journeys.select(cell=cell).filter(pl.col("cell").is_not_null())
            asked.append(Asked(inside.group_by("cell").agg(pl.len().cast(pl.Int64).alias("leads")), ("cell",)))
    unplaced, *parts = yield [_unplaced(journeys), *asked]
    cells = {step: _as_cells(pl.concat(parts[2 * i : 2 * i + 2])) for i, step in enumerate(wanted)}
    return StepCells(cells, unplaced)


def _as_cells(counted: pl.DataFrame) -> Cells:
    counted = counted.sort("cell")  # by day, since that stands in front
    cell = counted["cell"].to_numpy()
    return Cells(cell // _MARKS, cell % _MARKS, counted["leads"].to_numpy())


def _unplaced(journeys: pl.LazyFrame) -> Asked:
    keys = {
        "furthest_stage": pl.col("furthest_stage"),
        "created_on": pl.col("created_at").dt.date(),
        "lost_on": pl.col("lost_at").dt.date(),
    }
    unplaced = journeys.filter((pl.col("outcome") == "lost") & pl.col("lost_stage").is_null())
    return Asked(unplaced.select(**keys).group_by(*keys).agg(n=pl.len().cast(pl.Int64)), tuple(keys))
