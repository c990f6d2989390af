"""The windows in which a retrospective counts customers: what happened in each, or leads followed equally long."""

from __future__ import annotations

import math
from datetime import date, timedelta

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, bounds, days_window, month_end, month_start
from funnel.metrics.comparison.drivers import DriverBasis, equal_follow_up
from funnel.metrics.comparison.windows import PairChoice, month_pair, months_pair


def activity_windows(choice: PairChoice, as_of: date) -> tuple[Window, Window]:
    """The windows of what *happened*: the after window ends with as-of, the before window is as long and ends the day
    before it. A calendar pair that is over keeps its calendar months."""
    if choice.kind == "change" and choice.change_on is not None:
        start, end = choice.change_on, choice.change_end(as_of)
    else:
        is_month = choice.kind == "month" and choice.month is not None
        pair = month_pair(choice.month) if is_month and choice.month else months_pair(as_of, choice.months)
        start, end = bounds(pair.after)
        if end <= as_of:
            return pair.before, pair.after
        end = max(start, as_of)
    length = (end - start).days + 1
    return days_window(start - timedelta(days=length), start - timedelta(days=1)), days_window(start, end)


def cohort_windows(choice: PairChoice, as_of: date, followed_days: float) -> tuple[Window, Window] | None:
    """The latest windows of creation whose leads can all have been followed for ``followed_days``; None when the asked
    month, or every day since the change, is too young."""
    days = math.ceil(followed_days)
    last = as_of - timedelta(days=days)
    if choice.kind == "change" and choice.change_on is not None:
        last = min(last, choice.change_end(as_of))
        if last < choice.change_on:
            return None
        before_end = choice.change_on - timedelta(days=1 + days)
        return days_window(before_end - (last - choice.change_on), before_end), days_window(choice.change_on, last)
    if choice.kind == "month" and choice.month is not None:
        pair = month_pair(choice.month)
        return (pair.before, pair.after) if bounds(pair.after)[1] <= last else None
    whole = last if last == month_end(last) else month_start(last) - timedelta(days=1)
    pair = months_pair(whole, choice.months)
    return pair.before, pair.after


def driver_windows(
    leads: pl.LazyFrame, definition: FunnelDefinition, choice: PairChoice, as_of: date, basis: DriverBasis
) -> tuple[DriverBasis, tuple[Window, Window], float | None]:
    """The basis that can be used, its windows, and for how long each lead is followed (null on the activity basis).

    A lead cohort needs 20 wins to know how long wins take, and windows that are old enough; else it is activity.
    """
    followed = equal_follow_up(leads, definition) if basis == "lead_cohort" else None
    windows = cohort_windows(choice, as_of, followed) if followed is not None else None
    if windows is None:
        return "activity", activity_windows(choice, as_of), None
    return "lead_cohort", windows, followed
