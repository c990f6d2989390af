"""The windows in which a retrospective counts customers: what happened in each, or leads followed equally long."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, bounds, days_window, month_end, month_start
from funnel.metrics.comparison.drivers import DriverBasis, equal_follow_up
from funnel.metrics.comparison.windows import PairChoice, month_pair, months_pair
from funnel.metrics.economics import HISTORY_GRACE


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


def _inside_history(
    choice: PairChoice, as_of: date, followed_days: float, first: date | None
) -> tuple[Window, Window] | None:
    """The cohort windows of as many months as asked, or of fewer, of which none begins before the history does."""
    fewer = range(choice.months, 0, -1) if choice.kind == "months" else (choice.months,)
    for months in fewer:
        windows = cohort_windows(replace(choice, months=months), as_of, followed_days)
        if windows is not None and first is not None:
            before = windows[0]
            missing = (first - bounds(before)[0]).days
            if missing <= HISTORY_GRACE * (before.n_days or 0):
                return windows
    return None


def driver_windows(
    leads: pl.LazyFrame, definition: FunnelDefinition, choice: PairChoice, as_of: date, basis: DriverBasis
) -> tuple[DriverBasis, tuple[Window, Window], float | None]:
    """The basis that can be used, its windows, and for how long each lead is followed (null on the activity basis).

    A lead cohort needs 20 wins to know how long wins take, and windows that are old enough and lie wholly inside the
    history: with fewer months on each side, if need be. Else it is activity.
    """
    followed = equal_follow_up(leads, definition) if basis == "lead_cohort" else None
    first = leads.select(pl.col("created_at").min().dt.date()).collect().item()
    windows = _inside_history(choice, as_of, followed, first) if followed is not None else None
    if windows is None:
        return "activity", activity_windows(choice, as_of), None
    return "lead_cohort", windows, followed
