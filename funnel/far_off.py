"""Dates far away from all others: mistyped years and open ends, which must not decide up to when the data reach."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import polars as pl

FAR_GAP_DAYS = 30
"""A gap of up to a month is a quiet month."""
FAR_TIMES_LONGEST = 5
"""How many times the longest gap among the other dates the gap must be."""
FAR_SHARE = 0.001
"""At most this share of the dated rows, or one row, may lie beyond the gap."""
_ENOUGH_DAYS = 5
"""Fewer different days show no habit that a date could fall out of."""
_EPOCH = date(1970, 1, 1)


def near_days(dates: pl.DataFrame) -> tuple[date, date] | None:
    """First and last day of ``dates`` without those that lie far off; null for no dates.

    ``dates``: ``id`` (what a date belongs to: a row, a lead) and ``day`` (days since 1970-01-01), nulls left out. Far
    off is everything beyond a gap of more than ``FAR_GAP_DAYS`` days that is more than five times the longest gap
    inside the rest, where at most ``max(1, 0.1 %)`` of the ids have dates beyond it, earlier and later together.
    """
    dates = dates.drop_nulls("day")
    spans = dates.group_by("id").agg(first=pl.col("day").min(), last=pl.col("day").max())
    return near_of_spans(spans.with_columns(n=pl.lit(1, pl.Int64)), dates["day"])


def near_of_spans(spans: pl.DataFrame, all_days: pl.Series) -> tuple[date, date] | None:
    """``near_days`` of ``n`` ids whose dates lie from ``first`` to ``last``; ``all_days``: every day that is there."""
    if spans.is_empty():
        return None
    days = all_days.unique().sort().to_list()
    first, last = 0, len(days) - 1
    gaps = [b - a for a, b in pairwise(days)]
    wide = [i for i, gap in enumerate(gaps) if gap > FAR_GAP_DAYS]
    if not wide or len(days) <= _ENOUGH_DAYS:
        return _day(days[first]), _day(days[last])
    most = max(1, int(FAR_SHARE * int(spans["n"].sum())))
    # the outermost cuts that leave few enough beyond: from either end
    lows = [-1, *(i for i in wide if _n_beyond(spans, pl.col("first") <= days[i]) <= most)]
    highs = [len(gaps), *(i for i in reversed(wide) if _n_beyond(spans, pl.col("last") >= days[i + 1]) <= most)]
    best = (0, first, last)
    for low in lows:
        for high in highs:
            inside = gaps[low + 1 : high]
            if len(inside) + 1 < _ENOUGH_DAYS:
                continue
            needed = max(FAR_GAP_DAYS, FAR_TIMES_LONGEST * max(inside))
            cuts = [gaps[i] for i in (low, high) if 0 <= i < len(gaps)]
            beyond = (pl.col("first") < days[low + 1]) | (pl.col("last") > days[high])
            removed = low + 1 + len(gaps) - high
            if removed > best[0] and all(gap > needed for gap in cuts) and _n_beyond(spans, beyond) <= most:
                best = (removed, low + 1, high)
    return _day(days[best[1]]), _day(days[best[2]])


def has_wide_gap(days: pl.Series) -> bool:
    """Whether different ``days`` (days since 1970-01-01) leave a gap at all that far-off dates could lie beyond."""
    gap = days.unique().sort().diff().max()
    return isinstance(gap, int) and gap > FAR_GAP_DAYS


def _n_beyond(spans: pl.DataFrame, condition: pl.Expr) -> int:
    return int(spans.filter(condition)["n"].sum())


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)
