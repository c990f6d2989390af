"""Step cohorts: leads with an own entry into the stage before, counted over named spans of days.

A lead stands in the cohort of a step on one day, with a few marks: that is its *cell*. A million leads fold into some
thousand cells, and every figure of every span is a sum over them, so a report reads the journeys once; the sums are of
small arrays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import PRESET_MONTHS, Window, months_before
from funnel.metrics.gathering import Asked, collected
from funnel.metrics.steps.figures import framed
from funnel.metrics.steps.patterns import NO_DAY
from funnel.schema import StepCounts

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
    """The cells of one step: ``leads`` in each, its ``day`` since 1970-01-01, its ``marks`` and the place of its
    ``group`` in ``groups`` (one group, null, where none were asked for)."""

    day: np.ndarray
    marks: np.ndarray
    leads: np.ndarray
    group: np.ndarray
    groups: tuple[str | None, ...]

    def inside(self, span: Span) -> dict[str | None, dict[str, Any]]:
        """Group → the figures of ``StepCounts`` in a span; ``n_undated`` whatever the span."""
        n_groups, inside = len(self.groups), np.ones(len(self.day), dtype=bool)
        if span.start is not None:
            inside &= self.day >= (span.start - _EPOCH).days
        if span.end is not None:
            inside &= self.day <= (span.end - _EPOCH).days
        sums = np.rint(self._per_mark(inside) @ _SUMS).astype(np.int64).tolist()
        undated = np.rint(self._per_mark(_marked(_SKIPPED)[self.marks]).sum(axis=1)).astype(np.int64).tolist()
        counted = inside & _COHORT[self.marks]
        first, last = np.full(n_groups, np.iinfo(np.int32).max), np.full(n_groups, np.iinfo(np.int32).min)
        np.minimum.at(first, self.group[counted], self.day[counted])
        np.maximum.at(last, self.group[counted], self.day[counted])
        found: dict[str | None, dict[str, Any]] = {}
        for place, name in enumerate(self.groups):
            figures: dict[str, Any] = dict(zip(_COUNTED, sums[place], strict=True)) | {"n_undated": undated[place]}
            days = (int(first[place]), int(last[place])) if figures["n"] else (None, None)
            figures |= zip(("first_on", "last_on"), map(_as_day, days), strict=True)
            found[name] = figures
        return found

    def _per_mark(self, chosen: np.ndarray) -> np.ndarray:
        place = self.group[chosen] * _MARKS + self.marks[chosen]
        # Sums in floats are exact up to 2^53.
        counted = np.bincount(place, weights=self.leads[chosen], minlength=len(self.groups) * _MARKS)
        return counted.reshape(len(self.groups), _MARKS)


def _as_day(number: int | None) -> date | None:
    return None if number is None else _EPOCH + timedelta(days=number)


StepCells = Mapping[tuple[int, float], Cells]
"""Position and days followed → the cells of that step."""


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


def step_cells(journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame) -> StepCells:
    """All cells of the journeys, counted: the ``cells`` of ``count_spans``, for spans followed H days."""
    return _folded(journeys, definition, _steps(definition, horizons), None)


def count_spans(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    spans: Sequence[Span],
    by: str | None = None,
    *,
    cells: StepCells | None = None,
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
    unplaced, rows = _unplaced(journeys, by), []
    for span in spans:
        counted = cells[span.position, span.followed_days].inside(span)
        of_unknown_place = _may_belong(unplaced, span, definition)
        for group in dict.fromkeys([*counted, *of_unknown_place]):
            figures = counted.get(group, _NOTHING) | {"n_unknown_place": of_unknown_place.get(group, 0)}
            waiting = figures["n"] - figures["advanced"] - figures["lost"]
            place = {"span": span.name, "position": span.position, "group": group, "waiting": waiting}
            rows.append(place | figures)
    if by is not None:
        rows = _of_all_groups(rows, spans)
    rows.sort(key=lambda row: (row["span"], row["position"], row["group"] is not None, row["group"] or ""))
    return StepCounts.validate(framed(rows, StepCounts.create_empty().schema))


_NOTHING: dict[str, Any] = dict.fromkeys([*_COUNTED, "n_undated"], 0) | dict.fromkeys(("first_on", "last_on"))


def _of_all_groups(rows: list[dict[str, Any]], spans: Sequence[Span]) -> list[dict[str, Any]]:
    """The rows of the groups of which any span counts anything, with one of nothing where a span has none of a
    group."""
    counts = [*_COUNTED, "n_undated", "n_unknown_place"]
    groups = dict.fromkeys(row["group"] for row in rows if any(row[name] for name in counts))
    found = {(row["span"], row["position"], row["group"]): row for row in rows}
    nothing = _NOTHING | {"n_unknown_place": 0, "waiting": 0}
    return [
        found.get(
            (span.name, span.position, group),
            {"span": span.name, "position": span.position, "group": group} | nothing,
        )
        for span in spans
        for group in groups
    ]


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
    journeys: pl.LazyFrame, definition: FunnelDefinition, steps: Sequence[tuple[int, float]], by: str | None
) -> StepCells:
    """The cells of every step, counted per value of a dimension where one is asked for."""
    ready, plans, wanted = set(journeys.collect_schema().names()), [], list(dict.fromkeys(steps))
    groups = {} if by is None else {"group": pl.col(by)}
    for position, days in wanted:
        names = _names_of_cells(definition, position, days)
        is_ready = ready.issuperset(names)
        for cell in map(pl.col, names) if is_ready else _cells(definition, position, days):
            inside = journeys.select(cell=cell, **groups).filter(pl.col("cell").is_not_null())
            counted = inside.group_by("cell", *groups).agg(pl.len().cast(pl.Int64).alias("leads"))
            plans.append(Asked(counted, ("cell", *groups)))
    parts = collected(*plans)
    return {step: _as_cells(pl.concat(parts[2 * i : 2 * i + 2]), by) for i, step in enumerate(wanted)}


def _as_cells(counted: pl.DataFrame, by: str | None) -> Cells:
    names: list[str | None] = [None] * counted.height
    if by is not None:
        names = counted["group"].cast(pl.String).to_list()
    groups = dict.fromkeys(names) if by is not None else {None: None}
    places = {name: place for place, name in enumerate(groups)}
    group = np.array([places[name] for name in names], dtype=np.int64)
    cell = counted["cell"].to_numpy()
    return Cells(cell // _MARKS, cell % _MARKS, counted["leads"].to_numpy(), group, tuple(groups))


def _unplaced(journeys: pl.LazyFrame, by: str | None) -> pl.DataFrame:
    """The losses of unknown place (J6): ``n`` of each ``furthest_stage``, ``created_on``, ``lost_on`` and ``group``."""
    group = pl.lit(None, pl.String) if by is None else pl.col(by).cast(pl.String)
    unplaced = journeys.filter((pl.col("outcome") == "lost") & pl.col("lost_stage").is_null())
    keys = {
        "furthest_stage": pl.col("furthest_stage"),
        "created_on": pl.col("created_at").dt.date(),
        "lost_on": pl.col("lost_at").dt.date(),
        "group": group,
    }
    counted = unplaced.select(**keys).group_by(*keys).agg(n=pl.len().cast(pl.Int64))
    [found] = collected(Asked(counted, tuple(keys)))
    return found


def _may_belong(unplaced: pl.DataFrame, span: Span, definition: FunnelDefinition) -> dict[str | None, int]:
    """Group → the losses of unknown place that may belong to a span, none after won: not created after it, not lost
    before it."""
    if unplaced.is_empty() or span.position > definition.won_position:
        return {}
    touching = unplaced.filter(pl.col("furthest_stage") < span.position)
    if span.end is not None:
        touching = touching.filter((pl.col("created_on") <= span.end).fill_null(True))
    if span.start is not None:
        touching = touching.filter((pl.col("lost_on") >= span.start).fill_null(True))
    return dict(touching.group_by("group").agg(pl.col("n").sum()).iter_rows())
