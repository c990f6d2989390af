"""C · What if: a step's rate, or the number of new leads, changes from a day on and nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.metrics.outlook.chain import from_new_leads, midpoints, win_chances
from funnel.metrics.outlook.changes import YEAR
from funnel.metrics.outlook.forecasting import Prospects, prospects_of
from funnel.metrics.outlook.goals import useful_days
from funnel.metrics.outlook.ranges import gain_range
from funnel.metrics.thresholds import MIN_LEADS

MOST_RATE = 0.95


@dataclass(frozen=True)
class WhatIf:
    """What a change from ``since`` on brings by ``until``: ``gain`` wins more (of ``of_rate`` and ``of_volume``), with
    its 80% range, if nothing else changes; ``money`` at the mean of the year's wins (null without amounts).

    ``rate_today`` of the step, ``factor`` used (smaller than asked where the rate would pass 95 %: ``is_capped``).
    ``refusal``: first the forecast must have been checked.
    """

    since: date
    until: date
    refusal: Message | None
    gain: float = 0.0
    of_rate: float = 0.0
    of_volume: float = 0.0
    low: int = 0
    high: int = 0
    money: float | None = None
    rate_today: float | None = None
    factor: float = 1.0
    is_capped: bool = False


def what_if(
    journeys: pl.DataFrame,
    definition: FunnelDefinition,
    as_of: date,
    horizon: int = 90,
    *,
    step: str | None = None,
    factor: float = 1.0,
    extra_leads_a_day: float = 0.0,
    quality: float | None = None,
    since: date | None = None,
    stages: tuple[str, ...] | None = None,
) -> WhatIf:
    """The wins gained within ``horizon`` days of ``as_of`` if from ``since`` (default: ``as_of``) on the rate of the
    step *into* stage ``step`` is multiplied by ``factor`` for leads that then enter the stage before, and
    ``extra_leads_a_day`` more leads come, whose rate is ``quality`` times today's (default: ``weakest_source``).
    """
    prospects = prospects_of(journeys, definition, as_of, stages=stages)
    if quality is None:
        quality = weakest_source(journeys.lazy(), as_of, prospects)
    return what_if_of(
        prospects, horizon, step=step, factor=factor, extra_leads_a_day=extra_leads_a_day, quality=quality, since=since
    )


def what_if_of(
    prospects: Prospects,
    horizon: int,
    *,
    step: str | None = None,
    factor: float = 1.0,
    extra_leads_a_day: float = 0.0,
    quality: float = 1.0,
    since: date | None = None,
) -> WhatIf:
    """As ``what_if``, from what ``prospects_of`` prepared."""
    since = since or prospects.as_of
    until = prospects.as_of + timedelta(days=horizon)
    refusal = prospects.refusal
    if refusal is None and not prospects.spread(horizon).is_earned:
        refusal = Message("outlook.not_checked_yet")
    if refusal is not None:
        return WhatIf(since, until, refusal)
    wait = max(0, (since - prospects.as_of).days)
    rate, used = None, factor
    of_rate = 0.0
    if step is not None and step in prospects.history.stages[1:]:
        index = prospects.history.stages.index(step) - 1
        rate = prospects.today.tables[index].rate()
        used = capped(factor, rate)
        of_rate = gain_of_rate(prospects, horizon, index, used, wait)
    of_volume = extra_leads_a_day * quality * float(from_new_leads(prospects.today.fresh)[max(0, horizon - wait)])
    gain = of_rate + of_volume
    year = prospects.history.wins_until(prospects.history.as_of) - prospects.history.wins_until(
        prospects.history.as_of - YEAR
    )
    low, high = gain_range(gain, year)
    return WhatIf(
        since=since,
        until=until,
        refusal=None,
        gain=gain,
        of_rate=of_rate,
        of_volume=of_volume,
        low=low,
        high=high,
        money=None if prospects.money is None else gain * prospects.money.mean,
        rate_today=rate,
        factor=used,
        is_capped=used < factor - 1e-9,
    )


def capped(factor: float, rate: float) -> float:
    """The factor that lifts a rate to 95 % at most; a rate above that already is not lifted."""
    if factor <= 1 or rate <= 0:
        return max(0.0, factor)
    return max(1.0, min(factor, MOST_RATE / rate))


def gain_of_rate(prospects: Prospects, horizon: int, index: int, factor: float, wait: int) -> float:
    """Wins more within the horizon if fresh entries into stage ``index`` advance ``factor`` times as often from
    ``wait`` days on: timing unchanged, the rest becomes loss. Leads already in the stage keep their chances."""
    today = prospects.today
    days_left = np.arange(horizon)
    changes_by_then = horizon - days_left >= wait

    def changed(k: int, following: np.ndarray) -> np.ndarray:
        return np.where(changes_by_then, following * factor, following) if k == index else following

    total = []
    for one in (changed, None):
        chances = win_chances(today.tables, horizon, changed=one)
        fresh = midpoints(chances[0][:, 0])
        if one is not None:
            fresh = one(0, fresh)
        of_open = sum(float(p[horizon] @ n) for p, n in zip(chances, today.open_now, strict=True))
        total.append(of_open + today.new_per_day * float(fresh.sum()))
    return total[0] - total[1]


def weakest_source(journeys: pl.LazyFrame, as_of: date, prospects: Prospects) -> float:
    """The rate of the weakest source with at least 20 followed leads ÷ the rate of all, at most 1: how good extra leads
    are if nobody knows better. Followed: created so long ago that nine of ten wins have come. 1 without such sources.
    """
    _, most = useful_days(prospects.today.fresh)
    last = as_of - timedelta(days=most or 0)
    counted = (
        journeys.filter(pl.col("created_at").dt.date() <= last)
        .group_by("source")
        .agg(pl.len().alias("n"), (pl.col("outcome") == "won").sum().alias("won"))
        .collect()
    )
    n, won = int(counted["n"].sum() or 0), int(counted["won"].sum() or 0)
    enough = counted.filter((pl.col("n") >= MIN_LEADS) & pl.col("source").is_not_null())
    if not n or not won or enough.height < 2:
        return 1.0
    weakest = float((enough["won"] / enough["n"]).min())  # ty: ignore[invalid-argument-type]
    return min(1.0, weakest / (won / n))
