"""Which days are compared with which: the pairs of windows of a before / after question (metrics/README.md).

A pair by months ends with the month of as-of and moves back as a whole until the after window has enough leads that
were followed long enough. A pair by change date keeps its after window; its before window is moved back by H, because
leads that are still open on the day of the change get the strategy too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from funnel.errors import InputError
from funnel.filters import Window, bounds, days_window, month_end, month_start, months_before
from funnel.metrics.thresholds import DEFAULT_MONTHS

PairKind = Literal["months", "month", "change"]


@dataclass(frozen=True, slots=True)
class PairChoice:
    """What is compared.

    - ``months``: the last ``months`` calendar months ending with the month of as-of, against as many before (default).
    - ``month``: the calendar month that holds ``month``, against the month before.
    - ``change``: from ``change_on`` to as-of, against as many days before (at least three months), moved back by H.

    ``until``: the last day of the change, where it has ended (default: as-of). ``decision_on``: the day on which the
    verdict counts; a look before it is interim.
    """

    kind: PairKind = "months"
    months: int = DEFAULT_MONTHS
    month: date | None = None
    change_on: date | None = None
    until: date | None = None
    decision_on: date | None = None

    def __post_init__(self) -> None:
        if self.months < 1:
            raise InputError("comparison.months_not_positive", given=self.months)
        if self.kind == "month" and self.month is None:
            raise InputError("comparison.month_missing")
        if self.kind == "change" and self.change_on is None:
            raise InputError("comparison.change_date_missing")

    def change_end(self, as_of: date) -> date:
        """The last day of the after window of a change: as-of, or the day it ended."""
        return as_of if self.until is None else min(as_of, max(self.until, self.change_on or self.until))

    def is_interim(self, as_of: date) -> bool:
        """Whether ``as_of`` lies before the decision date."""
        return self.decision_on is not None and as_of < self.decision_on


@dataclass(frozen=True, slots=True)
class WindowPair:
    """Two windows by dates, last days included. ``moved_months``: how far the pair moved back; ``is_cut``: the before
    window is shorter than asked because the history starts inside it."""

    before: Window
    after: Window
    moved_months: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The days that made somebody pick a step because it looked bad, and how many steps were compared then."""

    start: date
    end: date
    n_compared: int


def months_pair(as_of: date, months: int = DEFAULT_MONTHS, moved_months: int = 0) -> WindowPair:
    """``months`` calendar months ending ``moved_months`` before the month of as-of, against the same number before."""
    after_start = month_start(as_of, moved_months + months - 1)
    after_end = month_end(month_start(as_of, moved_months))
    before_start = month_start(after_start, months)
    return WindowPair(
        days_window(before_start, after_start - timedelta(days=1)), days_window(after_start, after_end), moved_months
    )


def month_pair(month: date) -> WindowPair:
    """The calendar month that holds ``month``, against the month before."""
    return months_pair(month, months=1)


def change_pair(change_on: date, end: date, horizon_days: float) -> WindowPair:
    """From ``change_on`` to ``end``, against as many days (at least three months) that end H days before the change.

    ``end``: as-of, or the day on which the change ended. Raises InputError when the change lies after it.
    """
    if change_on > end:
        raise InputError("comparison.change_after_as_of", given=change_on, as_of=end)
    length = max((end - change_on).days + 1, (change_on - months_before(change_on, DEFAULT_MONTHS)).days)
    before_end = change_on - timedelta(days=1 + math.ceil(horizon_days))
    return WindowPair(days_window(before_end - timedelta(days=length - 1), before_end), days_window(change_on, end))


def cut_to_history(pair: WindowPair, first_day: date | None) -> WindowPair:
    """The pair with its before window starting no earlier than ``first_day``, and whether that shortened it.

    A before window that ends before the history starts is left as it is: it simply has no leads.
    """
    start, end = bounds(pair.before)
    if first_day is None or start >= first_day or end < first_day:
        return pair
    return replace(pair, before=days_window(first_day, end), is_cut=True)


def before_selection(pair: WindowPair, selection: Selection) -> WindowPair | None:
    """The pair with its before window moved ahead of the whole window that selected the step.

    None when the before window does not touch the selecting window: then nothing needs correcting.
    """
    start, end = bounds(pair.before)
    if end < selection.start or start > selection.end:
        return None
    new_end = selection.start - timedelta(days=1)
    return replace(pair, before=days_window(new_end - (end - start), new_end))


def judged_from(after_end: date, horizon_days: float) -> date:
    """The first day on which every lead that entered up to ``after_end`` was followed for H days."""
    return after_end + timedelta(days=math.ceil(horizon_days))
