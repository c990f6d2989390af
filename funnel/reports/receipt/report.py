"""The receipt of a file before it is stored: what a person recognises at once.

Everything stands on the journeys of the file alone (``metrics.journeys.build``) and on its batch; nothing is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import polars as pl

from funnel.definition.definition import FunnelDefinition, Text
from funnel.schema import ImportBatch

N_MONTHS = 3
N_STORIES = 3


@dataclass(frozen=True)
class WonValue:
    """The amounts of won deals in one currency (as the file writes it; null: none is named), of ``n`` deals."""

    currency: str | None
    value: float
    n: int


@dataclass(frozen=True)
class MonthWins:
    """Wins of a calendar month (its first day) and their value, one entry per currency."""

    month: date
    n: int
    values: tuple[WonValue, ...]


@dataclass(frozen=True)
class Step:
    """Something that happened to a deal. ``stage`` is null for creation and loss; ``at`` is null where undated."""

    kind: Literal["created", "entered", "won", "lost", "stands"]
    at: datetime | None
    stage: Text | None = None


@dataclass(frozen=True)
class Story:
    """One deal as it would be stored, its steps in order of time."""

    lead_id: str
    name: str | None
    outcome: str
    steps: tuple[Step, ...]
    amount: float | None
    currency: str | None


@dataclass(frozen=True)
class Receipt:
    """What a file says. ``n_deals`` = ``n_won`` + ``n_lost`` + ``n_open``.

    ``won_value``: largest first, () when no won deal has an amount; ``n_won_without_amount``, ``n_won_undated``: wins
    that are in no sum, in no month. ``first_created``/``last_created``: null where no deal says when it was created or
    entered the first stage; ``n_without_creation``: deals that do not say, ``n_undated``: those without any date.
    ``months``: the last three months up to the last win, oldest first, () without a dated win.
    ``totals``: stage label → sum, of a file of totals (then there are no deals).
    """

    n_deals: int
    n_won: int
    n_lost: int
    n_open: int
    won_value: tuple[WonValue, ...]
    n_won_without_amount: int
    n_won_undated: int
    first_created: date | None
    last_created: date | None
    n_without_creation: int
    n_undated: int
    months: tuple[MonthWins, ...]
    stories: tuple[Story, ...]
    totals: tuple[tuple[str, float], ...] = ()
    first_period: date | None = None
    last_period: date | None = None


def receipt_report(journeys: pl.DataFrame, batch: ImportBatch, definition: FunnelDefinition) -> Receipt:
    """The receipt of a batch. ``journeys``: of this batch alone (empty for a file of totals)."""
    won = journeys.filter(pl.col("outcome") == "won")
    n_lost = journeys.filter(pl.col("outcome") == "lost").height
    created = journeys.select(_created(definition)).to_series()
    counts = batch.counts
    totals = counts.group_by("label", maintain_order=True).agg(pl.col("n").sum()).rows()
    return Receipt(
        n_deals=journeys.height,
        n_won=won.height,
        n_lost=n_lost,
        n_open=journeys.height - won.height - n_lost,
        won_value=_values(won),
        n_won_without_amount=won["amount"].null_count(),
        n_won_undated=won["won_at"].null_count(),
        first_created=_day(created.min()),
        last_created=_day(created.max()),
        n_without_creation=created.null_count(),
        n_undated=journeys["created_at"].null_count(),
        months=_months(won),
        stories=_stories(journeys, definition),
        totals=tuple(totals),
        first_period=_day(counts["period_start"].min()),
        last_period=_day(counts["period_end"].max()),
    )


def _created(definition: FunnelDefinition) -> pl.Expr:
    """When a deal was created; null where only its first known date stands in for that, such as its closing day."""
    return pl.when(pl.col(f"entered_{definition.keys[0]}").is_not_null()).then("created_at").alias("created_at")


def _day(at: object) -> date | None:
    return at.date() if isinstance(at, datetime) else at if isinstance(at, date) else None


def _values(won: pl.DataFrame) -> tuple[WonValue, ...]:
    sums = (
        won.drop_nulls("amount")
        .group_by(pl.col("currency").cast(pl.String))
        .agg(pl.col("amount").sum(), pl.len())
        .sort("amount", descending=True)
    )
    return tuple(WonValue(currency, value, n) for currency, value, n in sums.iter_rows())


def _months(won: pl.DataFrame) -> tuple[MonthWins, ...]:
    last = won["won_at"].max()
    if not isinstance(last, datetime):
        return ()
    month, months = last.date().replace(day=1), []
    for _ in range(N_MONTHS):
        wins = won.filter(in_month(month))
        months.append(MonthWins(month, wins.height, _values(wins)))
        month = (month - timedelta(days=1)).replace(day=1)
    return tuple(reversed(months))


def in_month(month: date) -> pl.Expr:
    """Whether a win lies in the calendar month that begins on ``month``."""
    return pl.col("won_at").dt.date().dt.month_start() == month


# --- deals in words -------------------------------------------------------------------------------------------------


def _stories(journeys: pl.DataFrame, definition: FunnelDefinition) -> tuple[Story, ...]:
    """A won, a lost and an open deal where there are such, each the one that says most."""
    entered = [f"entered_{key}" for key in definition.keys]
    told = (
        journeys.with_columns(_created(definition))
        .with_columns(
            pl.sum_horizontal(
                pl.col(c).is_not_null().cast(pl.Int32) for c in [*entered, "lost_at", "amount", "lead_name"]
            ).alias("n_told")
        )
        .sort("n_told", "created_at", "lead_id", descending=[True, True, False], nulls_last=True)
    )
    ranked = told.with_columns(pl.int_range(pl.len()).over("outcome").alias("rank"))
    order = {"won": 0, "lost": 1, "open": 2}
    rows = ranked.sort("rank", maintain_order=True).head(N_STORIES).to_dicts()
    return tuple(_story(row, definition) for row in sorted(rows, key=lambda row: order[row["outcome"]]))


def _story(row: dict[str, object], definition: FunnelDefinition) -> Story:
    steps: list[Step] = []
    created = row["created_at"]
    if isinstance(created, datetime):
        steps.append(Step("created", created))
    for position, stage in enumerate(definition.stages, 1):
        at = row[f"entered_{stage.key}"]
        if stage.is_won:
            if row["outcome"] == "won":
                won_at = row["won_at"]
                steps.append(Step("won", won_at if isinstance(won_at, datetime) else None))
        elif isinstance(at, datetime) and not (position == 1 and at == created):
            steps.append(Step("entered", at, stage.name))
    furthest = row["furthest_stage"]
    assert isinstance(furthest, int)
    is_known = row["outcome"] == "open" or row["lost_stage"] is not None
    if row["outcome"] != "won" and is_known and all(s.stage != definition.stages[furthest - 1].name for s in steps):
        steps.append(Step("stands", None, definition.stages[furthest - 1].name))
    if row["outcome"] == "lost":
        lost_at = row["lost_at"]
        steps.append(Step("lost", lost_at if isinstance(lost_at, datetime) else None))
    dated = sorted((s for s in steps if s.at is not None), key=lambda s: (s.at or datetime.min, s.kind != "created"))
    undated = sorted((s for s in steps if s.at is None), key=lambda s: s.kind != "stands")
    ends = [s for s in dated if s.kind in ("won", "lost")]
    between = [s for s in dated if s.kind not in ("won", "lost")]
    amount, name, currency = row["amount"], row["lead_name"], row["currency"]
    return Story(
        str(row["lead_id"]),
        str(name) if name is not None else None,
        str(row["outcome"]),
        (*between, *(s for s in undated if s.kind == "stands"), *ends, *(s for s in undated if s.kind != "stands")),
        float(amount) if isinstance(amount, int | float) else None,
        str(currency) if currency is not None else None,
    )
