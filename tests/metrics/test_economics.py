"""Key figures by hand: what a window brought and cost, and its change at equal follow-up."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from funnel.filters import Filters, Window, apply_filters
from funnel.metrics.economics import key_figures, window_cost
from funnel.schema import FIGURES, ImportBatch, Spend, empty
from tests import factories
from tests.factories import GUIDE, day, journeys, lead, log, snapshot

AS_OF = day("2024-03-31")
STORY = log(
    lead("A", "2024-02-01 lead, 2024-02-05 opportunity, 2024-02-20 won", amount=100.0, source="web"),
    lead("B", "2024-02-02 lead, 2024-02-06 opportunity, 2024-03-20 won", amount=300.0, source="event"),
    lead("C", "2024-02-03 lead, 2024-02-07 opportunity, 2024-02-09 @lost", source="web"),
    lead("D", "2024-02-10 lead"),
    lead("E", "2024-03-01 lead, 2024-03-05 opportunity, 2024-03-21 won", source="web"),
    lead("F", "2024-03-02 lead, 2024-03-09 @lost", source="web"),
    exported_on="2024-03-31",
)
FEBRUARY = Window("dates", date(2024, 2, 1), date(2024, 2, 29))
MARCH = Window("dates", date(2024, 3, 1), date(2024, 3, 29))  # as long as February: the window before it
EVERYTHING = Filters()
NO_SPEND = empty(Spend)


def spend(*rows: tuple[str, str | None, float] | tuple[str, str | None, float, str]) -> pl.DataFrame:
    return factories.spend(*((day(month), *rest) for month, *rest in rows))  # ty: ignore[invalid-argument-type]


def figures(
    *story: ImportBatch, filters: Filters = EVERYTHING, money: pl.DataFrame = NO_SPEND, **kwargs: Any
) -> dict[str, dict[str, Any]]:
    leads = apply_filters(journeys(*(story or (STORY,)), as_of=AS_OF).lazy(), filters)
    found = key_figures(leads, GUIDE, filters, AS_OF, money, **kwargs)
    assert found["figure"].to_list() == list(FIGURES)
    return {row["figure"]: row for row in found.iter_rows(named=True)}


def value(found: dict[str, dict[str, Any]], name: str) -> tuple[Any, Any]:
    return found[name]["value"], found[name]["reason"]


def test_all_time_by_hand() -> None:
    found = figures()
    assert value(found, "leads") == (6, None)
    assert value(found, "customers") == (3, None)
    assert value(found, "overall_conversion") == (0.5, None)
    assert (found["win_rate"]["x"], found["win_rate"]["n"]) == (3, 4)  # the guide's: won / opportunities
    assert (found["won_of_closed"]["x"], found["won_of_closed"]["n"]) == (3, 5)
    assert value(found, "revenue") == (400, None)
    assert (found["average_deal_size"]["value"], found["average_deal_size"]["n_without"]) == (200, 1)  # E has none
    assert (found["median_deal_size"]["value"], found["median_deal_size"]["n_without"]) == (200, 1)
    assert value(found, "sales_cycle") == (20, None)  # 19, 47, 20 days
    assert value(found, "repurchase_rate") == (None, "not_recorded")
    assert value(found, "lead_cost") == (None, "no_spend")
    assert {row["change_reason"] for row in found.values()} == {"all_time"}


def test_one_large_order_moves_the_average_and_not_the_median() -> None:
    """By hand: 10, 20, 30 and 9,000 have the average 2,265 and the median 25; the win without an amount is told."""
    deals = [("A", 10.0), ("B", 20.0), ("C", 9000.0), ("D", 30.0), ("E", None)]
    wins = [lead(name, "2024-02-01 lead, 2024-02-20 won", amount=amount) for name, amount in deals]
    found = figures(log(*wins))
    assert value(found, "average_deal_size") == (2265, None)
    median = found["median_deal_size"]
    assert (median["value"], median["n"], median["n_without"]) == (25, 4, 1)
    assert value(figures(log(lead("A", "2024-02-01 lead"))), "median_deal_size") == (None, "no_customers")


def test_the_window_before_is_followed_equally_long() -> None:
    """March is followed to March 31, so February to March 2: B, won on March 20, does not count for it yet."""
    found = figures(filters=Filters(MARCH))
    won = found["customers"]
    assert (won["value"], won["previous"], won["change"]) == (1, 1, 0)
    rate = found["overall_conversion"]
    assert (rate["value"], rate["previous"]) == (1 / 2, 1 / 4)
    assert rate["change_pp"] == pytest.approx(25)
    assert (found["win_rate"]["previous_x"], found["win_rate"]["previous_n"]) == (1, 3)
    assert found["leads"]["change_share"] == pytest.approx(-0.5)
    size = found["average_deal_size"]
    assert (size["value"], size["reason"], size["change_reason"]) == (None, "no_amounts", "no_amounts")


def test_activity_counts_what_happened_in_either_window() -> None:
    found = figures(filters=Filters(MARCH), basis="activity")
    assert (found["customers"]["value"], found["customers"]["previous"]) == (2, 1)  # B and E; A
    assert (found["revenue"]["value"], found["revenue"]["previous"]) == (300, 100)
    assert value(found, "overall_conversion") == (1.0, None)  # two wins, two leads: not the same ones
    assert value(found, "win_rate") == (2.0, "more_arrived_than_entered")  # one opportunity in March


def test_a_win_that_jumped_over_the_opportunity_arrived_there_too() -> None:
    """In what happened, too, n of the win rate is who arrived at the stage before won or beyond: A and B in February,
    not A alone (which would read 200 %)."""
    story = log(
        lead("A", "2024-02-01 lead, 2024-02-05 opportunity, 2024-02-20 won"),
        lead("B", "2024-02-02 lead, 2024-02-21 won"),
        exported_on="2024-03-31",
    )
    found = figures(story, filters=Filters(FEBRUARY), basis="activity")
    assert (found["win_rate"]["x"], found["win_rate"]["n"], found["win_rate"]["value"]) == (2, 2, 1.0)


def test_customers_who_bought_before_are_no_new_customers() -> None:
    """In March only K buys, who bought in February already: nobody can come back for the first time then."""
    story = log(
        lead("A", "2024-02-01 lead, 2024-02-20 won", customer_id="K"),
        lead("B", "2024-03-01 lead, 2024-03-20 won", customer_id="K"),
        exported_on="2024-03-31",
    )
    found = figures(story, filters=Filters(MARCH))
    assert value(found, "customers") == (1, None)
    assert value(found, "repurchase_rate") == (None, "no_new_customers")


def test_no_earlier_data_is_said_not_shown_as_a_rise() -> None:
    assert figures(filters=Filters(FEBRUARY))["leads"]["change_reason"] == "no_earlier_data"
    cut = Window("dates", date(2024, 2, 20), date(2024, 3, 31))  # the window before starts on January 10
    assert figures(filters=Filters(cut))["leads"]["change_reason"] == "earlier_data_incomplete"
    known = figures(filters=Filters(cut), history_start=date(2024, 1, 10))["leads"]
    assert (known["change_reason"], known["previous"]) == (None, 4)


def test_unknown_places_leave_only_won_of_closed() -> None:
    story = snapshot(
        lead("A", stage="won", created_at="2024-01-01", closed_at="2024-02-01", amount=5.0),
        lead("B", stage="@lost", created_at="2024-01-02", closed_at="2024-02-02"),
    )
    found = figures(story)
    assert value(found, "win_rate") == (None, "unknown_place")
    assert value(found, "won_of_closed") == (0.5, None)
    assert value(found, "overall_conversion") == (0.5, None)


def test_nothing_won_is_null_with_a_reason() -> None:
    found = figures(log(lead("A", "2024-01-01 lead")))
    assert value(found, "revenue") == (0, None)
    assert value(found, "average_deal_size") == (None, "no_customers")
    assert value(found, "sales_cycle") == (None, "no_customers")
    assert value(found, "won_of_closed") == (None, "no_closed")
    assert value(found, "win_rate") == (None, "no_opportunities")
    assert value(found, "referral_rate") == (None, "no_customers")
    empty_window = Window("dates", date(2020, 1, 1), date(2020, 1, 31))
    assert value(figures(filters=Filters(empty_window)), "overall_conversion") == (None, "no_leads")


def test_repurchase_and_referral_are_shares_of_customers() -> None:
    story = log(
        lead("A", "2024-01-05 won", customer_id="acme"),
        lead("B", "2024-02-05 won", customer_id="acme"),
        lead("C", "2024-01-06 won", customer_id="solo"),
        lead("D", "2024-01-07 won", customer_id="quiet"),
        lead("E", "2024-03-01 lead", referrer_id="solo"),
    )
    found = figures(story)
    assert (found["repurchase_rate"]["x"], found["repurchase_rate"]["n"]) == (1, 3)  # three customers, four wins
    assert (found["referral_rate"]["x"], found["referral_rate"]["n"]) == (1, 3)


class TestSpend:
    MONEY = spend(("2024-02-01", None, 290.0), ("2024-03-01", None, 620.0))

    def test_prorated_by_days_and_never_past_as_of(self) -> None:
        half = Window("dates", date(2024, 2, 16), date(2024, 2, 29))  # 14 of 29 days
        assert window_cost(self.MONEY, Filters(half), AS_OF, None).amount == pytest.approx(140)
        both = Window("dates", date(2024, 2, 20), date(2024, 3, 10))  # 10 of 29, 10 of 31
        assert window_cost(self.MONEY, Filters(both), AS_OF, None).amount == pytest.approx(300)
        assert window_cost(self.MONEY, Filters(both), date(2024, 3, 5), None).amount == pytest.approx(200)

    def test_per_lead_and_per_customer(self) -> None:
        found = figures(filters=Filters(FEBRUARY), money=self.MONEY)
        assert (found["lead_cost"]["x"], found["lead_cost"]["n"]) == (pytest.approx(290), 4)
        assert found["customer_cost"]["value"] == pytest.approx(145)  # A and B

    def test_all_time_begins_with_the_first_lead(self) -> None:
        found = figures(
            money=spend(("2023-12-01", None, 999.0), ("2024-02-01", None, 290.0), ("2024-03-01", None, 310.0))
        )
        assert found["lead_cost"]["value"] == pytest.approx(600 / 6)

    @pytest.mark.parametrize(
        ("filters", "money", "reason"),
        [
            (Filters(), NO_SPEND, "no_spend"),
            (Filters(), spend(("2024-02-01", None, 1.0)), "spend_incomplete"),
            (Filters(owner=("Li",)), MONEY, "spend_not_by_filter"),
            (Filters(source=("web", "")), MONEY, "spend_not_by_filter"),
            (Filters(source=("web",)), MONEY, "spend_not_by_source"),
        ],
    )
    def test_not_known(self, filters: Filters, money: pl.DataFrame, reason: str) -> None:
        assert window_cost(money, filters, AS_OF, date(2024, 2, 1)).reason == reason

    def test_by_source(self) -> None:
        money = spend(("2024-02-01", "web", 80.0), ("2024-02-01", "event", 50.0), ("2024-03-01", "web", 40.0))
        found = figures(filters=Filters(source=("web",)), money=money)
        assert (found["lead_cost"]["x"], found["lead_cost"]["n"]) == (120, 4)
        nothing = window_cost(money, Filters(source=("event",)), AS_OF, date(2024, 2, 1))
        assert nothing.amount == 50  # March has a row, none of it for events

    def test_by_region(self) -> None:
        east, all_regions = ("2024-02-01", "web", 80.0, "East"), ("2024-03-01", "web", 40.0)
        west, march = ("2024-02-01", "event", 50.0, "West"), ("2024-03-01", "web", 30.0, "East")
        asked = Filters(region=("East",))
        cost = window_cost(spend(east, west, march), asked, AS_OF, date(2024, 2, 1))
        assert cost.amount == pytest.approx(80 + 30)
        both = Filters(region=("East",), source=("event",))
        assert window_cost(spend(east, west, march), both, AS_OF, date(2024, 2, 1)).amount == 0
        told = window_cost(spend(east, west, all_regions), asked, AS_OF, date(2024, 2, 1))
        assert (told.amount, told.reason) == (None, "spend_not_by_region")
