"""Statistics: published values, textbook cases, a plain recount; the formulas belong to scipy and statsmodels."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from funnel.metrics.statistics import (
    benjamini_hochberg,
    binomial_test_less,
    holm,
    mann_whitney_p,
    newcombe_interval,
    wilson_interval,
    wilson_intervals,
)

# Newcombe 1998, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, table I
NEWCOMBE = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}


@pytest.mark.parametrize(("counts", "limits"), NEWCOMBE.items())
def test_wilson_interval_as_published(counts: tuple[int, int], limits: tuple[float, float]) -> None:
    assert wilson_interval(*counts) == pytest.approx(limits, abs=5e-5)


def test_wilson_intervals_of_many_at_once_and_null_without_leads() -> None:
    lows, highs = wilson_intervals([81, 5, 0], [263, 0, 20])
    assert lows == [pytest.approx(0.2553, abs=5e-5), None, pytest.approx(0, abs=1e-12)]
    assert highs == [pytest.approx(0.3662, abs=5e-5), None, pytest.approx(0.1611, abs=5e-5)]
    assert wilson_intervals([], []) == ([], [])
    assert wilson_interval(0, 0) == (None, None)


def test_binomial_test_is_the_exact_lower_tail() -> None:
    def tail(x: int, n: int, rate: float) -> float:
        return sum(comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(x + 1))

    for x, n, rate in ((0, 10, 0.3), (15, 100, 0.3), (4, 4, 0.5)):
        assert binomial_test_less(x, n, rate) == pytest.approx(tail(x, n, rate))
    assert binomial_test_less(0, 0, 0.3) == 1


def test_holm_and_benjamini_hochberg_by_hand() -> None:
    found = [0.01, 0.04, 0.03]
    # Holm: 3 · 0.01, then max(·, 2 · 0.03), then max(·, 0.04). BH: 0.04 · 3/3, min(·, 0.03 · 3/2), min(·, 0.01 · 3).
    assert holm(found) == pytest.approx([0.03, 0.06, 0.06])
    assert benjamini_hochberg(found) == pytest.approx([0.03, 0.04, 0.04])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == benjamini_hochberg([]) == []


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.025, 0.05, 1.0]), min_size=1, max_size=12))
def test_holm_is_exactly_that_of_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == multipletests(p_values, method="holm")[1].tolist()


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 10_000)), min_size=1, max_size=12))
def test_wilson_is_exactly_that_of_statsmodels(drawn: list[tuple[int, int]]) -> None:
    x, n = zip(*((min(pair), max(pair)) for pair in drawn), strict=True)
    low, high = proportion_confint(np.array(x), np.array(n), alpha=0.05, method="wilson")
    assert wilson_intervals(x, n) == (low.tolist(), high.tolist())
    assert wilson_interval(x[0], n[0]) == proportion_confint(x[0], n[0], alpha=1 - 0.95, method="wilson")


@given(*[st.integers(0, 500)] * 4)
def test_newcombe_is_that_of_statsmodels(a: int, b: int, c: int, d: int) -> None:
    (x1, n1), (x0, n0) = (min(a, b), max(a, b, 1)), (min(c, d), max(c, d, 1))
    theirs = confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff", alpha=0.05)
    assert newcombe_interval(x1, n1, x0, n0) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@given(*[st.lists(st.integers(0, 9) | st.floats(0, 9, width=32), min_size=1, max_size=30)] * 2)
def test_the_rank_test_is_that_of_scipy(after: list[float], before: list[float]) -> None:
    ours = mann_whitney_p(after, before)
    if len({*after, *before}) == 1:
        assert ours == 1
        return
    theirs = mannwhitneyu(after, before, alternative="two-sided", method="asymptotic").pvalue
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-15)
