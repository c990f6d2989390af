"""One currency at a time, by hand."""

from __future__ import annotations

from datetime import date

import polars as pl

from funnel.metrics.currencies import Money, in_one_currency, spend_in
from funnel.schema.currencies import Rate, meant_by

DEALS = [
    ("won", 50.0, "USD"),
    ("won", 70.0, "USD"),
    ("won", 50.0, "EUR"),
    ("open", 80000.0, "VND"),
    ("won", None, None),
]


def journeys(*rows: tuple[str, float | None, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["outcome", "amount", "currency"], orient="row")
    return frame.with_columns(pl.col("currency").cast(pl.Categorical), pl.col("amount").cast(pl.Float64))


def shown(
    rows: list[tuple[str, float | None, str | None]], chosen: str | None, rates: dict[str, Rate] | None = None
) -> tuple[list[float | None], Money]:
    frame, money = in_one_currency(journeys(*rows), chosen, rates or {})
    return frame["amount"].to_list(), money


def test_without_a_choice_the_commonest_among_the_wins_is_shown() -> None:
    amounts, money = shown(DEALS, None)
    assert (amounts, money.currency) == ([50, 70, None, None, None], "USD")
    assert [(one.currency, one.n_leads, one.n_won) for one in money.left_out] == [("EUR", 1, 1), ("VND", 1, 0)]


def test_the_chosen_currency_is_shown_alone() -> None:
    assert shown(DEALS, "EUR")[0] == [None, None, 50, None, None]
    assert shown(DEALS, "GBP")[0] == [None] * 5


def test_a_rate_turns_another_currency_into_the_chosen_one() -> None:
    rates = {"EUR": Rate(1.5, "USD", date(2024, 3, 1)), "VND": Rate(9.0, "EUR")}
    amounts, money = shown(DEALS, "USD", rates)
    assert amounts == [50, 70, 75, None, None]  # the rate of the dong is to another currency
    assert dict(money.rates or {}) == {"EUR": rates["EUR"]}


def test_amounts_without_a_currency_are_in_the_chosen_one() -> None:
    rows = [("won", 5.0, None), ("won", 6.0, "USD")]
    assert shown(rows, "CNY")[0] == [5, None]
    assert shown(rows, None)[0] == [5, 6]  # the data name one currency only
    assert shown([*rows, ("won", 7.0, "EUR")], None)[0] == [None, None, 7]
    assert shown([("won", 5.0, None)], None)[0] == [5]


def test_a_shared_sign_means_what_stands_beside_it() -> None:
    assert meant_by("$", "CAD", []) == "CAD"
    assert meant_by("$", "EUR", ["HKD", "EUR"]) == "HKD"
    assert meant_by("¥", None, []) == "CNY"
    assert shown([("won", 5.0, "$"), ("won", 6.0, "USD")], None)[0] == [5, 6]
    assert shown([("won", 5.0, "¥")], "JPY")[0] == [5]


def test_spend_follows_the_shown_currency_or_is_unknown() -> None:
    spend = pl.DataFrame({"month": [date(2024, 1, 1)], "source": [None], "amount": [100.0]})
    money = Money("USD", (), {"EUR": Rate(1.5, "USD")})
    assert spend_in(spend, "USD", money)["amount"].to_list() == [100]
    assert spend_in(spend, None, money)["amount"].to_list() == [100]
    assert spend_in(spend, "EUR", money)["amount"].to_list() == [150]
    assert spend_in(spend, "CNY", money).is_empty()
