"""Stays: how long every lead was in every stage of the chain, folded into counts so that any day can be looked at.

A *stay* begins with the entry into a stage (its own, else the next own one: J3) and ends by advancing, by a loss, or,
without an event, where nobody knows how it went on. Days are day numbers (since 1970-01-01); ages are whole days since
the entry. A million leads fold into some ten thousand counted stays, and everything known on an earlier day follows
from their dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.journeys.evidence import STATED_OPEN, stated_rows
from funnel.metrics.support import DATED_SHARE
from funnel.schema import Facts

OPEN, ADVANCED, LOST, GONE = 0, 1, 2, 3
"""How a stay ended; ``GONE``: known to have ended, without a date."""

NEVER = 2_000_000
"""A day after all days: an exit that has not happened, a follow-up without end."""

SEEN_OPEN = "seen_open"
"""A column that journeys may carry beside the schema: the instant at which a lead lost without a date was last seen
open (``with_last_seen_open``); without it such a lead leaves on its last own entry."""

MAX_AGE = 900
"""Ages from here on count as the last one before."""

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    return _EPOCH + timedelta(days=int(number))


@dataclass(frozen=True)
class Stays:
    """The stays in one stage, equal ones counted: ``n`` stays with these dates.

    ``entry``, ``exit`` (``NEVER``: not ended), ``age`` at the exit, ``kind``, ``until``: the last day to which the lead
    was followed (``NEVER``: to the end).
    """

    entry: np.ndarray
    exit: np.ndarray
    age: np.ndarray
    kind: np.ndarray
    until: np.ndarray
    n: np.ndarray

    def open_on(self, day: int) -> np.ndarray:
        """How many are in the stage at the end of ``day``, by age (``MAX_AGE`` numbers)."""
        here = (self.entry <= day) & (self.exit > day)
        ages = np.minimum(day - self.entry[here], MAX_AGE - 1)
        return np.bincount(ages, self.n[here], minlength=MAX_AGE)


@dataclass(frozen=True)
class History:
    """What one journeys frame tells about time.

    - ``stages``: the keys of the chain, the last one is won; ``stays``: one per step, of the stage left.
    - ``as_of``, ``first``: the day it stands for and the first creation (day numbers; ``first`` > ``as_of``: no lead).
    - ``created``: leads created per day from ``first`` on, to ``as_of``.
    - ``win_created``, ``win_day``, ``win_n``: dated wins by day of creation and of winning.
    - ``leads_until``: the newest day up to which anybody was followed for everything: a list of wins that goes on after
      it tells of no new leads.
    - ``n_undated``, ``n_wins_undated``: leads left out, of which the second are won without a date.
    """

    stages: tuple[str, ...]
    stays: tuple[Stays, ...]
    as_of: int
    first: int
    created: np.ndarray
    win_created: np.ndarray
    win_day: np.ndarray
    win_n: np.ndarray
    n_undated: int
    n_wins_undated: int
    leads_until: int = NEVER

    @property
    def n_steps(self) -> int:
        return len(self.stages) - 1

    def wins_until(self, day: int) -> int:
        """Dated wins up to and with ``day``."""
        return int(self.win_n[self.win_day <= day].sum())

    def wins_within(self, start: int, days: int, *, created_until: int | None = None) -> np.ndarray:
        """Wins in (start, start + t] for t = 0 … ``days``; only of leads created up to a day, where one is given."""
        lag = self.win_day - start
        keep = (lag > 0) & (lag <= days)
        if created_until is not None:
            keep &= self.win_created <= created_until
        return np.cumsum(np.bincount(lag[keep], self.win_n[keep], minlength=days + 1))

    def created_between(self, start: int, end: int) -> np.ndarray:
        """Leads created on each day in (start, end]."""
        days = np.arange(start + 1, end + 1) - self.first
        if not len(self.created):
            return np.zeros(len(days), dtype=self.created.dtype)
        known = (days >= 0) & (days < len(self.created))
        return np.where(known, self.created[np.clip(days, 0, len(self.created) - 1)], 0)

    def day_of_win(self, number: int) -> int | None:
        """The day on which the ``number``-th dated win came; null where there were not that many."""
        if self.wins_until(self.as_of) < number:
            return None
        order = np.argsort(self.win_day, kind="stable")
        reached = np.cumsum(self.win_n[order]) >= number
        return int(self.win_day[order][np.argmax(reached)])


def dated_chain(journeys: pl.DataFrame, definition: FunnelDefinition) -> tuple[str, ...]:
    """The stages whose entries the journeys date, first and won always among them.

    A stage counts as dated when at least 80 % of the leads that stand there, or were lost there, have its date.
    """
    keys, won = definition.keys, definition.won_position
    if won == 2:
        return (keys[0], definition.won_key)
    counted = journeys.select(
        pl.len().alias("n"),  # a win at the second stage has no stages between: the row is there all the same
        *[(pl.col("furthest_stage") == j).sum().alias(f"n{j}") for j in range(2, won)],
        *[
            ((pl.col("furthest_stage") == j) & pl.col(f"entered_{keys[j - 1]}").is_not_null()).sum().alias(f"d{j}")
            for j in range(2, won)
        ],
        *[pl.col(f"entered_{keys[j - 1]}").is_not_null().any().alias(f"any{j}") for j in range(2, won)],
    ).row(0, named=True)
    dated = [
        keys[j - 1] for j in range(2, won) if counted[f"any{j}"] and counted[f"d{j}"] >= DATED_SHARE * counted[f"n{j}"]
    ]
    return (keys[0], *dated, definition.won_key)


def history_of(
    journeys: pl.DataFrame, definition: FunnelDefinition, as_of: date, stages: Sequence[str] | None = None
) -> History:
    """The history that ``journeys`` (``schema.journeys_schema``, as of ``as_of``) tell along ``stages``.

    ``stages``: keys of the dated stages from the first to won (default: those that the journeys date). Left out and
    counted: leads without any date, and wins without a date of the win. A lost lead without a date leaves without an
    event on its last own entry. A lead followed to an earlier day than ``as_of`` is at risk to that day only.
    """
    chain = tuple(stages) if stages is not None else dated_chain(journeys, definition)
    today = day_number(as_of)
    columns = ["created", "lost", "is_loss_dated", "until", "wins_until", *(f"t{k}" for k in range(len(chain)))]
    dated = with_arrivals(journeys.lazy(), definition, chain, as_of)
    kept = dated.filter(pl.col("is_placed_in_time")).select(*columns, "outcome")
    steps = range(len(chain) - 1)
    plans: list[pl.LazyFrame] = [_stays(kept, k, "wins_until" if k == steps[-1] else "until") for k in steps]
    plans.append(kept.group_by(_day("created").alias("created")).len())
    won = kept.filter(pl.col("outcome") == "won")
    plans.append(won.group_by(_day("created").alias("created"), _day(f"t{len(chain) - 1}").alias("won")).len())
    plans.append(
        dated.select(
            (~pl.col("is_placed_in_time")).sum().alias("undated"),
            (~pl.col("is_placed_in_time") & (pl.col("outcome") == "won")).sum().alias("wins_undated"),
            _day("observed_until").max().alias("leads_until"),
        )
    )
    *stays, created, wins, left_out = pl.collect_all(plans)
    days = _ints(created["created"])
    first = int(days.min()) if len(days) else today + 1
    per_day = np.bincount(days - first, _ints(created["len"]), minlength=max(today - first + 1, 0))
    return History(
        stages=chain,
        stays=tuple(
            Stays(*(_ints(one[name]) for name in ("entry", "exit", "age", "kind", "until", "n"))) for one in stays
        ),
        as_of=today,
        first=first,
        created=per_day,
        win_created=_ints(wins["created"]),
        win_day=_ints(wins["won"]),
        win_n=_ints(wins["len"]),
        n_undated=int(left_out["undated"][0] or 0),
        n_wins_undated=int(left_out["wins_undated"][0] or 0),
        leads_until=int(left_out["leads_until"][0] or NEVER),
    )


def with_arrivals(
    journeys: pl.LazyFrame, definition: FunnelDefinition, chain: Sequence[str], as_of: date
) -> pl.LazyFrame:
    """The journeys with ``t0`` … ``tK`` (arrival at each stage of the chain), ``created``, ``lost``, ``until`` and, for
    winning, ``wins_until`` (null: to the end).

    Also ``step``: index of the stage that an open lead is in; ``is_open``: open, neither gone from the newest file nor
    known to have ended on a later day; ``is_placed_in_time``: has a date, and of its win too; ``is_loss_dated``.
    Arrivals never lie before the one of the stage before; a loss never lies before the last arrival.
    """
    last = len(chain) - 1
    arrivals: dict[int, pl.Expr] = {last: pl.col("won_at")}
    for k in range(last - 1, 0, -1):
        arrivals[k] = pl.min_horizontal(f"next_{chain[k]}", arrivals[k + 1])
    own = pl.coalesce(f"entered_{definition.keys[0]}", "created_at")
    arrivals[0] = pl.min_horizontal(own, arrivals[min(1, last)])
    is_won = pl.col("outcome") == "won"
    followed, known = pl.col("observed_until"), journeys.collect_schema().names()
    left = pl.coalesce("gone_on", pl.when(pl.col("later_outcome").is_in(("won", "lost"))).then(followed))
    frame = journeys.with_columns(
        pl.col("created_at").alias("created"),
        *[arrivals[k].alias(f"t{k}") for k in range(last + 1)],
        pl.when(followed < as_of).then(followed).alias("until"),
        pl.when(pl.col("wins_until") < as_of).then(pl.col("wins_until")).alias("wins_until"),
        pl.when(pl.col("outcome") == "open").then(left.cast(pl.Datetime("us"))).alias("left"),
        (pl.col("created_at").is_not_null() & (~is_won | pl.col("won_at").is_not_null())).alias("is_placed_in_time"),
    )
    entries = [f"t{k}" for k in range(last)]
    return frame.with_columns(
        pl.when(pl.col("outcome") == "lost")
        .then(pl.max_horizontal("lost_at", *([SEEN_OPEN] if SEEN_OPEN in known else []), *entries))
        .when(pl.col("left").is_not_null())
        .then(pl.max_horizontal("left", *entries))
        .alias("lost"),
        ((pl.col("outcome") == "lost") & pl.col("lost_at").is_not_null()).alias("is_loss_dated"),
        ((pl.col("outcome") == "open") & pl.col("left").is_null()).alias("is_open"),
        pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int8) for name in entries).sub(1).alias("step"),
    )


def _stays(leads: pl.LazyFrame, k: int, until: str) -> pl.LazyFrame:
    """The counted stays in stage ``k`` of the chain; ``until``: the column of the day to which they were followed."""
    entry, following, lost = pl.col(f"t{k}"), pl.col(f"t{k + 1}"), pl.col("lost")
    end = pl.coalesce(following, lost)
    kind = (
        pl.when(following.is_not_null())
        .then(ADVANCED)
        .when(lost.is_not_null())
        .then(pl.when(pl.col("is_loss_dated")).then(LOST).otherwise(GONE))
        .otherwise(OPEN)
    )
    return (
        leads.filter(entry.is_not_null())
        .select(
            _day(f"t{k}").alias("entry"),
            end.dt.epoch("d").fill_null(NEVER).cast(pl.Int32).alias("exit"),
            whole_days(entry, end).fill_null(0).alias("age"),
            kind.cast(pl.Int8).alias("kind"),
            pl.col(until).dt.epoch("d").fill_null(NEVER).cast(pl.Int32).alias("until"),
        )
        .group_by("entry", "exit", "age", "kind", "until")
        .agg(pl.len().alias("n"))
    )


def with_last_seen_open(
    journeys: pl.DataFrame, facts: Facts, definition: FunnelDefinition, as_of: date
) -> pl.DataFrame:
    """The journeys with ``SEEN_OPEN``, where any lead is lost without a date: the newest day of a file that still calls
    it open. A loss date later in the file's own words stays what counts."""
    undated = (pl.col("outcome") == "lost") & pl.col("lost_at").is_null()
    if not journeys.select(undated.any()).item():
        return journeys
    days = facts.batches.lazy().select("batch_no", "exported_on")
    seen = (
        stated_rows(facts, definition, as_of)
        .filter((pl.col("state") == STATED_OPEN) & ~pl.col("is_late"))
        .join(days, on="batch_no")
        .group_by("lead_id")
        .agg(pl.col("exported_on").max().cast(pl.Datetime("us")).alias(SEEN_OPEN))
    )
    found = journeys.lazy().join(seen, on="lead_id", how="left")
    return found.with_columns(pl.when(undated).then(pl.col(SEEN_OPEN)).alias(SEEN_OPEN)).collect()


def whole_days(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Whole days from one instant to a later one: the difference of dates where either carries no time of day."""
    midnight = pl.time(0, 0)
    timed = (start.dt.time() != midnight) & (end.dt.time() != midnight)
    days = (end.dt.date() - start.dt.date()).dt.total_days()
    return pl.when(timed).then((end - start).dt.total_days()).otherwise(days).cast(pl.Int32)


def _day(column: str) -> pl.Expr:
    return pl.col(column).dt.epoch("d").cast(pl.Int32)


def _ints(column: pl.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
    return column.cast(pl.Int64).to_numpy()
