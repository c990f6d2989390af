"""The windows in which a retrospective counts customers: what happened in each, or leads followed equally long."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, bounds, days_window, month_end, month_start, months_before
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


def period_windows(periods: Iterable[tuple[date, date]], choice: PairChoice, as_of: date) -> tuple[Window, Window]:
    """The windows of totals: whole periods only, as many before as after, whatever day the last one ends on.

    ``periods``: first and last days of the totals. The after window holds those that lie in the asked days up to the
    end of the last one (of a month: those that end in it), at least that last one. Of periods that overlap the shorter
    ones count. Where there are not so many before, the before window is as long as the after window, so that it begins
    before the totals do.
    """
    kept: list[tuple[date, date]] = []
    for start, end in sorted(periods, key=lambda one: (one[1] - one[0], one[0])):
        if end <= as_of and all(end < other[0] or start > other[1] for other in kept):
            kept.append((start, end))
    kept.sort()
    if not kept:
        return activity_windows(choice, as_of)
    last = kept[-1][1]
    first, until = bounds(activity_windows(choice, last)[1])
    if choice.kind == "months":
        first = months_before(last + timedelta(days=1), choice.months)
    begins = 1 if choice.kind == "month" else 0
    inside = [one for one in kept if one[begins] >= first and one[1] <= until] or kept[-1:]
    at = kept.index(inside[0])
    earlier = kept[max(0, at - len(inside)) : at]
    after = days_window(inside[0][0], inside[-1][1])
    if len(earlier) == len(inside):
        return days_window(earlier[0][0], earlier[-1][1]), after
    start, end = bounds(after)
    return days_window(start - (end - start) - timedelta(days=1), start - timedelta(days=1)), after


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
