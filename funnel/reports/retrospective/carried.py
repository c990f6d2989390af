"""What the data carry of a retrospective's headline: which windows they cover, and what may be said of the wins."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.filters import Window
from funnel.metrics.comparison.drivers import equal_follow_up
from funnel.metrics.economics import HISTORY_GRACE
from funnel.metrics.support import Support


def carried(
    headline: tuple[Message, ...],
    support: Support,
    windows: tuple[Window, Window],
    *,
    n_after: int,
    is_start: bool,
    first: date | None,
) -> tuple[Message, ...]:
    """The headline as far as the data carry it. ``n_after``: wins of the after window; ``is_start``: of
    ``is_start_of_data``; ``first``: the first creation, where it lies after the start of the window before."""
    said = headline[0]
    if first is not None:
        after = {"n": n_after, "start": windows[1].start, "end": windows[1].end}
        said = Message("retrospective.data_begin_later", after | {"first": first})
    customers = _customers(said, support, is_start)
    return (customers, *(_why_none_judged(other, support) for other in headline[1:]))


def longer(windows: tuple[Window, Window]) -> float:
    """Days of the after window for each day of the one before."""
    return (windows[1].n_days or 1) / (windows[0].n_days or 1)


def _customers(said: Message, support: Support, is_start: bool) -> Message:
    """The sentence about the customers won, as far as the dates of the wins and the begin of the data carry it."""
    params = {"n": support.undated_wins, "n_all": support.wins[0]}
    if support.nothing_closed:
        return Message("retrospective.nothing_closed")
    if not support.records_wins:
        return Message("retrospective.wins_not_recorded")
    if not support.tells_wins_over_time:
        return Message("retrospective.wins_undated", params)
    is_rise = said.code.startswith("comparison.headline.customers_rose")
    if support.undated_wins:
        said = Message("retrospective.undated_wins", params | {"said": said})
    return Message("retrospective.wins_at_the_start", {"said": said}) if is_start and is_rise else said


def covers_window(before: Window, first: date | None) -> bool:
    """Whether the history covers the window before: of days before its first lead nobody knows what was won."""
    if first is None or before.start is None:
        return True
    return (first - before.start).days <= HISTORY_GRACE * (before.n_days or 0)


def _why_none_judged(said: Message, support: Support) -> Message:
    """The sentence that no step can be judged, with its reason: waiting helps only where the history is too short."""
    if said.code != "comparison.headline.none_judged" or support.dated_steps:
        return said
    return Message("retrospective.steps_of_winners" if support.only_winners else "retrospective.steps_undated")


def cohort_message(windows: tuple[Window, Window], followed_days: float) -> Message:
    """On which leads the customers of the headline are counted, since they are not those of the caption."""
    before, after = windows
    days = {"before_start": before.start, "before_end": before.end, "after_start": after.start, "after_end": after.end}
    return Message("comparison.headline.cohort", {**days, "days": followed_days})


def is_start_of_data(leads: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, before: Window) -> bool:
    """Whether the before window holds wins of leads that were created before the data begin, so that they are missing.

    How long wins take: as the lead cohort is followed, else the sum of H up to won, as far as it is known.
    """
    takes = equal_follow_up(leads, definition)
    if takes is None:
        takes = horizons.filter(pl.col("position") <= definition.won_position)["days"].sum()
    first = leads.select(pl.col("created_at").min().dt.date()).collect().item()
    return first is not None and before.start is not None and before.start < first + timedelta(days=int(takes or 0))
