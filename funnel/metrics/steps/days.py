"""Step cohorts by day, both windows of a comparison *within H days*: the one counting pass of before / after.

Unit of observation: a lead that entered the stage before, on the day of that entry. Whether it was followed long enough
counts to its own ``observed_until``. All windows, months and groups of section 6 are sums of these days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, bounds
from funnel.schema import StepDays

_COUNTS = ("n_entries", "n", "x", "x_own", "n_undated", "reached_n", "reached_x", "reached_skips")


def step_days(
    journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, by: str | None = None
) -> pl.DataFrame:
    """Leads per step and day of entry (schema ``StepDays``), optionally per value of a dimension (null: not stated).

    ``horizons``: schema ``Horizons``, from unfiltered data. One plan, no Python function inside.
    """
    days_of = dict(horizons.select("position", "days").iter_rows())
    parts = [
        part
        for position in range(2, len(definition.keys) + 1)
        for part in _step(journeys, definition, position, days_of.get(position), by)
    ]
    counted = (
        pl.concat(parts)
        .group_by("position", "group", "day")
        .agg(pl.col(_COUNTS).sum())
        .with_columns(
            stage=pl.col("position").replace_strict(dict(enumerate(definition.keys, 1)), return_dtype=pl.String)
        )
        .sort("position", "group", "day", nulls_last=True)
        .select(StepDays.column_names())
    )
    return counted.collect()


def _step(
    journeys: pl.LazyFrame, definition: FunnelDefinition, position: int, horizon: float | None, by: str | None
) -> list[pl.LazyFrame]:
    """The step cohort and the reached cohort of one step, each counted per day and group."""
    before, stage = definition.keys[position - 2], definition.keys[position - 1]
    own, arrival = pl.col(f"entered_{before}"), pl.col(f"next_{stage}")
    # A stage that was skipped was passed on the day of the next own entry; stage 1 always has its own.
    passed = own if position == 2 else pl.col(f"next_{before}")
    day, passed_day = own.dt.date(), passed.dt.date()
    if horizon is None:
        followed = within = within_own = undated = passed_followed = passed_within = pl.lit(False)
    else:
        followed = _followed(day, horizon)
        # Days are null where the entries are out of order: such a lead did reach the stage, at once as it were.
        within = followed & arrival.is_not_null() & (pl.col(f"days_next_{stage}").fill_null(0) <= horizon)
        own_arrival = pl.col(f"entered_{stage}").is_not_null()
        within_own = followed & own_arrival & (pl.col(f"days_{stage}").fill_null(0) <= horizon)
        reached = pl.col("furthest_stage") >= position
        # A loss of unknown place (J6) may have come after this step: whether the lead advanced is not known either.
        unplaced = (pl.col("outcome") == "lost") & pl.col("lost_stage").is_null()
        unplaced &= pl.lit(position <= definition.won_position)
        undated = followed & arrival.is_null() & (reached | unplaced)
        passed_followed = _followed(passed_day, horizon)
        took = (arrival - passed).dt.total_microseconds() / 86_400_000_000
        passed_within = passed_followed & (took <= horizon).fill_null(False)
    step_cohort = {
        "n_entries": pl.lit(True),
        "n": followed,
        "x": within,
        "x_own": within_own,
        "n_undated": undated,
    }
    reached_cohort = {
        "reached_n": passed_followed,
        "reached_x": passed_within,
        "reached_skips": passed_within & own.is_null(),
    }
    return [
        _per_day(journeys.filter(at.is_not_null()), position, at.dt.date(), by, counts)
        for at, counts in ((own, step_cohort), (passed, reached_cohort))
    ]


def _per_day(
    journeys: pl.LazyFrame, position: int, day: pl.Expr, by: str | None, counts: Mapping[str, pl.Expr]
) -> pl.LazyFrame:
    """How many leads fulfil each condition, per day and group; the other counts are 0."""
    group = pl.lit(None, dtype=pl.String) if by is None else pl.col(by)
    marked = journeys.select(group.alias("group"), day.alias("day"), *(e.alias(name) for name, e in counts.items()))
    counted = marked.group_by("group", "day").agg(pl.col(list(counts)).sum())
    return counted.select(
        pl.lit(position, dtype=pl.Int8).alias("position"),
        pl.col("group").cast(pl.String),
        "day",
        *((pl.col(name) if name in counts else pl.lit(0)).cast(pl.Int64).alias(name) for name in _COUNTS),
    )


def _followed(day: pl.Expr, horizon: float) -> pl.Expr:
    return ((pl.col("observed_until") - day).dt.total_days() >= math.ceil(horizon)).fill_null(False)


@dataclass(frozen=True, slots=True)
class Side:
    """The counts of one step in one window; the names are those of ``StepDays``."""

    n_entries: int = 0
    n: int = 0
    x: int = 0
    x_own: int = 0
    n_undated: int = 0
    reached_n: int = 0
    reached_x: int = 0
    reached_skips: int = 0

    @property
    def rate(self) -> float | None:
        """Within H days; null without leads."""
        return self.x / self.n if self.n else None


class StepHistory:
    """The days of one step, ready to be summed over any window.

    ``first_day``: of an own entry into the stage before (null: none); ``data_from``: the first entry of the whole
    funnel, where its history starts.
    """

    def __init__(self, days: np.ndarray, counts: np.ndarray, data_from: date | None = None) -> None:
        self._days = days
        self._sums = np.vstack([np.zeros((1, counts.shape[1]), dtype=np.int64), np.cumsum(counts, axis=0)])
        # Days that hold only the reached cohort are not days of an own entry.
        own = days[counts[:, 0] > 0]
        self.first_day: date | None = date.fromordinal(int(own[0])) if len(own) else None
        self.data_from = data_from or self.first_day

    @classmethod
    def of(cls, frame: pl.DataFrame, position: int) -> Self:
        """The history of a step in a ``StepDays`` frame, all groups together."""
        days = frame.filter(pl.col("position") == position).group_by("day").agg(pl.col(_COUNTS).sum()).sort("day")
        ordinals = np.array([day.toordinal() for day in days["day"].to_list()], dtype=np.int64)
        counts = days.select(_COUNTS).to_numpy().astype(np.int64).reshape(-1, len(_COUNTS))
        start = frame.filter(pl.col("n_entries") > 0)["day"].min()
        return cls(ordinals, counts, start if isinstance(start, date) else None)

    def side(self, window: Window) -> Side:
        """The sums over a window by dates, last day included."""
        start, end = bounds(window)
        first, last = np.searchsorted(self._days, [start.toordinal(), end.toordinal() + 1])
        return Side(*(int(value) for value in self._sums[last] - self._sums[first]))


def histories(frame: pl.DataFrame, positions: Sequence[int]) -> dict[int, StepHistory]:
    """The history of every step, with no days where nobody entered."""
    return {position: StepHistory.of(frame, position) for position in positions}
