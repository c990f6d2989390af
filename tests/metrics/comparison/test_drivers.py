"""Why wins changed: parts that add up, against the definition of Shapley written out over all orders."""

from __future__ import annotations

import math
from datetime import date
from itertools import permutations

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from funnel.filters import Window
from funnel.metrics.comparison.drivers import (
    driver_parts,
    equal_follow_up,
    has_rate_above_1,
    shapley_product,
    window_funnel,
)
from funnel.schema import WindowFunnel
from tests.examples import examples
from tests.factories import GUIDE, at, journeys, lead, log

JANUARY = Window("dates", date(2024, 1, 1), date(2024, 1, 31))
FEBRUARY = Window("dates", date(2024, 2, 1), date(2024, 2, 29))


def funnel_frame(before: list[int], after: list[int], amounts: tuple[int, float, int, float]) -> pl.DataFrame:
    """``amounts``: wins with an amount and their sum, before and after."""
    n = len(before)
    return pl.DataFrame(
        {
            "position": range(1, n + 1),
            "stage": [f"s{i}" for i in range(1, n + 1)],
            "n_before": before,
            "n_after": after,
            "n_amounts_before": [None] * (n - 1) + [amounts[0]],
            "n_amounts_after": [None] * (n - 1) + [amounts[2]],
            "amount_before": [None] * (n - 1) + [amounts[1]],
            "amount_after": [None] * (n - 1) + [amounts[3]],
        },
        schema=WindowFunnel.create_empty().schema,
    )


def test_activity_counts_what_happened_in_the_window() -> None:
    story = log(
        lead("A", "2024-01-02 lead, 2024-01-10 intent, 2024-02-05 opportunity, 2024-02-20 won", amount=100.0),
        lead("B", "2024-01-03 lead, 2024-01-20 won"),  # jumped: passes intent and opportunity on the day of its win
        lead("C", "2024-02-01 lead, 2024-02-03 intent"),
        lead("D", "2024-02-29 lead, 2024-03-01 intent"),
    )
    found = window_funnel(journeys(story, as_of="2024-03-31").lazy(), GUIDE, JANUARY, FEBRUARY)
    assert found["n_before"].to_list() == [2, 2, 1, 1]
    assert found["n_after"].to_list() == [2, 1, 1, 1]
    won = found.row(3, named=True)
    assert (won["n_amounts_before"], won["amount_before"], won["n_amounts_after"], won["amount_after"]) == (
        0,
        0,
        1,
        100,
    )


def test_lead_cohort_follows_all_leads_equally_long() -> None:
    story = log(
        lead("A", "2024-01-02 lead, 2024-01-10 intent, 2024-02-15 opportunity"),  # opportunity after 44 days
        lead("B", "2024-01-03 lead, 2024-01-20 intent, 2024-01-25 opportunity, 2024-02-02 won", amount=50.0),
        lead("C", "2024-02-01 lead, 2024-02-03 intent"),
        lead("D", "2024-02-28 lead, 2024-02-29 intent"),  # followed for 17 days only
    )
    table = journeys(story, as_of="2024-03-16").lazy()
    found = window_funnel(table, GUIDE, JANUARY, FEBRUARY, "lead_cohort", followed_days=30)
    assert found["n_before"].to_list() == [2, 2, 1, 1]
    assert found["n_after"].to_list() == [1, 1, 0, 0]
    assert equal_follow_up(table, GUIDE) is None  # one win says nothing about how long wins take


def test_a_lead_cohort_begins_with_all_its_leads() -> None:
    """Nobody has an own entry into the first stage (a file that dates only the later ones): the leads count there all
    the same, so n never rises down the funnel."""
    story = [lead(f"L{i}", "2024-01-10 intent", created_at=at("2024-01-05")) for i in range(3)]
    table = journeys(log(*story), as_of="2024-03-16").with_columns(entered_lead=pl.lit(None, pl.Datetime("us")))
    found = window_funnel(table.lazy(), GUIDE, JANUARY, FEBRUARY, "lead_cohort", followed_days=30)
    assert found["n_before"].to_list() == [3, 3, 0, 0]


def test_equal_follow_up_is_the_95th_percentile_of_the_cycle() -> None:
    story = [lead(f"L{i}", f"2024-01-01 lead, 2024-01-{1 + i:02d} won") for i in range(1, 21)]
    assert equal_follow_up(journeys(log(*story), as_of="2024-03-31").lazy(), GUIDE) == 20  # 19.05, rounded up


def test_parts_by_hand() -> None:
    """10 leads at 20 % against 20 leads at 30 %: 2 → 6 customers. The leads add (2 + 3) / 2 · … = 2.5, the rate 1.5."""
    parts = driver_parts(funnel_frame([10, 2], [20, 6], (2, 20.0, 6, 60.0)))
    assert parts["factor"].to_list() == ["leads", "step_rate", "amount_share", "mean_amount"]
    assert parts["customers"].to_list() == pytest.approx([2.5, 1.5, 0.0, 0.0])
    assert parts["revenue"].to_list() == pytest.approx([25.0, 15.0, 0.0, 0.0])
    assert parts["before"].to_list() == [10.0, 0.2, 1.0, 10.0]


@pytest.mark.parametrize(
    ("before", "after", "is_above"),
    [([10, 10], [20, 6], False), ([10, 2], [20, 21], True), ([10, 11], [20, 6], True), ([0, 0], [20, 6], False)],
)
def test_a_rate_above_one_of_either_window_is_seen(before: list[int], after: list[int], is_above: bool) -> None:
    """21 of 20 and 11 of 10 exceed 100 %; 10 of 10 does not, and nobody at all has no rate."""
    assert has_rate_above_1(driver_parts(funnel_frame(before, after, (0, 0.0, 0, 0.0)))) is is_above


def test_missing_amounts_have_a_part_of_their_own() -> None:
    parts = driver_parts(funnel_frame([10, 4], [10, 4], (4, 40.0, 2, 20.0)))
    assert parts["customers"].to_list() == [0.0] * 4
    assert parts["revenue"].to_list() == pytest.approx([0.0, 0.0, -20.0, 0.0])  # half of the wins have no amount now


def test_null_factors_take_the_other_windows_value() -> None:
    """No wins before: their mean amount is unknown and counts as that of the after window, so the rate gets it all."""
    parts = driver_parts(funnel_frame([10, 0], [10, 2], (0, 0.0, 2, 30.0)))
    assert parts["before"].to_list() == [10.0, 0.0, None, None]
    assert parts["revenue"].to_list() == pytest.approx([0.0, 30.0, 0.0, 0.0])
    nothing = driver_parts(funnel_frame([0, 0], [0, 0], (0, 0.0, 0, 0.0)))
    assert nothing["customers"].to_list() == [0.0] * 4


def test_a_stage_that_breaks_the_chain_is_left_out() -> None:
    """Nobody entered s2 before, but two won: s1 → s3 is one step then, in both windows."""
    parts = driver_parts(funnel_frame([10, 0, 2], [10, 5, 4], (0, 0.0, 0, 0.0)))
    assert parts.select("factor", "from_stage", "stage").row(1) == ("step_rate", "s1", "s3")
    assert parts["customers"].sum() == pytest.approx(2)


def shapley_over_all_orders(before: list[float], after: list[float]) -> list[float]:
    parts = [0.0] * len(before)
    orders = list(permutations(range(len(before))))
    for order in orders:
        values = list(before)
        for i in order:
            old = math.prod(values)
            values[i] = after[i]
            parts[i] += (math.prod(values) - old) / len(orders)
    return parts


factor = st.floats(0, 5, allow_nan=False)


@examples(60)
@given(st.lists(st.tuples(factor, factor), min_size=1, max_size=5))
def test_shapley_equals_its_definition(pairs: list[tuple[float, float]]) -> None:
    before, after = [a for a, _ in pairs], [b for _, b in pairs]
    assert shapley_product(before, after) == pytest.approx(shapley_over_all_orders(before, after), abs=1e-9)


counts = st.integers(0, 400)


@examples(200)
@given(
    st.integers(2, 9).flatmap(
        lambda n: st.tuples(st.lists(counts, min_size=n, max_size=n), st.lists(counts, min_size=n, max_size=n))
    ),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.tuples(st.floats(0, 9_000), st.floats(0, 9_000)),
)
@example(([1, 8, 0, 1, 0, 56, 0, 0], [59, 1, 0, 8, 0, 1, 0, 392]), (0.0, 0.0), (0.0, 0.0))
@example(([1, 400, 1, 400, 1], [400, 1, 400, 1, 400]), (1.0, 1.0), (9_000.0, 1.0))
def test_parts_add_up(
    stages: tuple[list[int], list[int]], shares: tuple[float, float], means: tuple[float, float]
) -> None:
    """To 1e-9 (of the revenue where it is large), for any counts, zeros and gaps in the chain included."""
    before, after = stages
    with_amount = [round(share * counted[-1]) for share, counted in zip(shares, stages, strict=True)]
    amount = [mean * n for mean, n in zip(means, with_amount, strict=True)]
    parts = driver_parts(funnel_frame(before, after, (with_amount[0], amount[0], with_amount[1], amount[1])))
    assert math.fsum(parts["customers"]) == pytest.approx(after[-1] - before[-1], rel=0, abs=1e-9)
    scale = max(1.0, *amount)
    assert math.fsum(parts["revenue"]) == pytest.approx(amount[1] - amount[0], rel=0, abs=1e-9 * scale)
