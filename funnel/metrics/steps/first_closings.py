"""Whether the deals that closed first are missing: a list drawn by the day of closing holds, of older deals, only those
that took long, so their rates and days are not typical.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.thresholds import MIN_LEADS, MISSING_CLOSINGS

_EPOCH = date(1970, 1, 1)
_GAPS = 3
"""Closings that are entered only now and then leave gaps: a beginning without any must be longer than so many."""


@dataclass(frozen=True)
class FirstClosings:
    """``on``: the first day on which a lead is won or lost; ``n`` leads began before it, of which about ``expected``
    should have closed by then if they closed as fast as those that began later."""

    on: date
    n: int
    expected: float


def missing_first_closings(journeys: pl.DataFrame, definition: FunnelDefinition) -> FirstClosings | None:
    """The first day of closing, where so many closings are missing before it that chance does not explain it.

    A lead begins at its creation, or else at its first entry before won. Chances to close by age are those of the leads
    that began from the first closing on (Kaplan–Meier, so open ones count as long as they were seen). In complete data
    the sum of these chances over the older leads, up to the first closing, is at most exponentially distributed with
    mean 1; ``MISSING_CLOSINGS`` or more has a chance below 1 in 20,000. The older leads that closed are not in the data
    and are not added, so the sum is on the low side. Null: nothing is missing, or fewer than 20 leads on either side.
    """
    entries = [f"entered_{key}" for key in definition.keys[: definition.won_position - 1]]
    days = journeys.lazy().select(
        start=_day(pl.coalesce("created_at", pl.min_horizontal(entries))),
        end=_day(pl.min_horizontal("won_at", "lost_at")),
        seen=pl.col("observed_until").cast(pl.Int32),
        is_open=pl.col("outcome") == "open",
    )
    days = days.filter(pl.col("end").is_not_null() | pl.col("is_open"), pl.col("start").is_not_null())
    days = days.filter(pl.col("end").is_null() | (pl.col("end") >= pl.col("start")))
    first = days.select(pl.col("end").min()).collect().item()
    if first is None:
        return None
    known = days.select("start", until=pl.coalesce("end", "seen"), is_closed=pl.col("end").is_not_null()).collect()
    older, later = known.filter(pl.col("start") < first), known.filter(pl.col("start") >= first)
    if older.height < MIN_LEADS or later["is_closed"].sum() < MIN_LEADS:
        return None
    closings = known.filter(pl.col("is_closed"))["until"].unique().sort()
    if first - _number(older["start"].min()) <= _GAPS * _number(closings.diff().max()):
        return None
    ages = first - older["start"].to_numpy()
    expected = float(_chance_to_close(later, int(ages.max()))[ages].sum())
    if expected < MISSING_CLOSINGS:
        return None
    return FirstClosings(_EPOCH + timedelta(days=first), older.height, expected)


def _chance_to_close(leads: pl.DataFrame, most: int) -> np.ndarray:
    """P(closed before age a) for a = 0 … ``most`` days."""
    took = np.clip((leads["until"] - leads["start"]).to_numpy(), 0, None)
    is_closed = leads["is_closed"].to_numpy()
    size = max(int(took.max()), most) + 1
    closed, ended = np.bincount(took[is_closed], minlength=size), np.bincount(took, minlength=size)
    at_risk = took.size - np.concatenate(([0], np.cumsum(ended)[:-1]))
    stays = np.cumprod(1 - closed / np.maximum(at_risk, 1))
    return 1 - np.concatenate(([1.0], stays[:most]))


def _day(at: pl.Expr) -> pl.Expr:
    return at.dt.date().cast(pl.Int32)


def _number(value: Any) -> int:
    return int(value)
