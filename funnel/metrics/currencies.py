"""One currency at a time: amounts of several currencies are never added up, unless somebody typed a rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

import polars as pl

from funnel.metrics.gathering import Asked, collected
from funnel.schema.currencies import Rate, meant_by

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


@dataclass(frozen=True, slots=True)
class Stated:
    """A currency in the data (null: not stated): deals with an amount in it, wins among them, whether they count."""

    currency: str | None
    n_leads: int
    n_won: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Money:
    """In which currency amounts are shown (null: nobody and nothing says), what the data state, the rates in use."""

    currency: str | None = None
    stated: tuple[Stated, ...] = ()
    rates: Mapping[str, Rate] | None = None

    @property
    def left_out(self) -> tuple[Stated, ...]:
        """Currencies whose amounts do not count in what is shown."""
        return tuple(one for one in self.stated if not one.counts)


NO_MONEY = Money()


def in_one_currency(journeys: Frame, chosen: str | None, rates: Mapping[str, Rate]) -> tuple[Frame, Money]:
    """The journeys with ``amount`` in one currency, null where a deal's is another one without a rate.

    ``chosen``: the workspace's currency, which amounts without a currency are in, too; without one the commonest among
    the wins is shown, and amounts without a currency count only where the data name no more than one. ``rates``: by
    currency; those to another currency than the shown one rest. Null ``currency`` stays null; all other columns stay.
    """
    priced = journeys.lazy().filter(pl.col("amount").is_not_null())
    by_currency = priced.group_by(pl.col("currency").cast(pl.String)).agg(
        n=pl.len().cast(pl.Int64), won=(pl.col("outcome") == "won").sum().cast(pl.Int64)
    )
    [counted] = collected(Asked(by_currency, ("currency",)))
    raw = {code: (int(won), int(n)) for code, n, won in counted.iter_rows()}
    named = [code for code in raw if code is not None]
    if not named:
        return journeys, Money(chosen, tuple(Stated(None, n, won, True) for won, n in raw.values()))
    iso = {code: meant_by(code, chosen, named) for code in named}
    totals: dict[str, tuple[int, int]] = {}
    for code, meant in iso.items():
        won, n = totals.get(meant, (0, 0))
        totals[meant] = (won + raw[code][0], n + raw[code][1])
    shown = chosen or max(sorted(totals), key=lambda code: totals[code])
    used = {code: rate for code, rate in rates.items() if rate.to == shown and code != shown}
    worth = {
        code: 1.0 if meant == shown else used[meant].worth for code, meant in iso.items() if meant in (shown, *used)
    }
    unnamed = 1.0 if chosen is not None or len(totals) == 1 else None
    code = pl.col("currency").cast(pl.String)
    factor = (
        pl.when(code.is_null())
        .then(pl.lit(unnamed, pl.Float64))
        .otherwise(code.replace_strict(worth, default=None, return_dtype=pl.Float64))
    )
    stated = [Stated(code, n, won, code == shown or code in used) for code, (won, n) in sorted(totals.items())]
    if None in raw:
        won, n = raw[None]
        stated.append(Stated(None, n, won, unnamed is not None))
    priced_in_one = journeys.with_columns((pl.col("amount") * factor).alias("amount"))
    return cast(Frame, priced_in_one), Money(shown, tuple(stated), used)


def spend_in(spend: pl.DataFrame, currency: str | None, money: Money) -> pl.DataFrame:
    """The spend table in the shown currency. ``currency``: the one it was typed in (null: the shown one).

    Empty where it is another one without a rate: a cost is never a sum of one currency over leads priced in another.
    """
    if currency is None or money.currency in (None, currency):
        return spend
    rate = (money.rates or {}).get(currency)
    return spend.clear() if rate is None else spend.with_columns(pl.col("amount") * rate.worth)
