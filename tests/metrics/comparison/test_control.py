"""Control charts: Laney p′ limits by the formula, and which months they rest on."""

from __future__ import annotations

import math
import re
from datetime import date
from itertools import pairwise

import polars as pl
import pytest

from funnel.i18n.translator import Translator
from funnel.metrics.comparison import verdicts
from funnel.metrics.comparison.months import control_chart, mature_months
from funnel.metrics.steps.days import StepHistory
from tests.metrics.comparison.test_comparison import ONE_STEP, counted
from tests.simulation import horizons_of

KNOWN = horizons_of(ONE_STEP, [10.0, None])
X = [40, 44, 36, 60, 30, 42, 38, 50, 45]
"""Advanced of 100 leads a month, from October 2024 to June 2025."""


def months(x: list[int], n: int = 100) -> pl.DataFrame:
    firsts = [date(2024 + (9 + i) // 12, (9 + i) % 12 + 1, 10) for i in range(len(x))]
    return counted(*[(day.isoformat(), n, value) for day, value in zip(firsts, x, strict=True)])


def chart(days: pl.DataFrame, as_of: date = date(2025, 6, 30), starts: dict[str, date] | None = None) -> pl.DataFrame:
    return control_chart(days, ONE_STEP, KNOWN, as_of, starts)


def test_limits_by_the_formula() -> None:
    found = chart(months(X))
    baseline = X[:8]  # June is not mature: it ended on as-of
    centre = sum(baseline) / 800
    z = [(x / 100 - centre) / math.sqrt(centre * (1 - centre) / 100) for x in baseline]
    sigma = sum(abs(b - a) for a, b in pairwise(z)) / 7 / 1.128
    reach = 3 * sigma * math.sqrt(centre * (1 - centre) / 100)
    row = found.row(0, named=True)
    assert (row["centre"], row["sigma_z"]) == (pytest.approx(centre), pytest.approx(sigma))
    assert (row["limit_low"], row["limit_high"]) == pytest.approx((centre - reach, centre + reach))
    assert found["is_baseline"].to_list() == [True] * 8 + [False]
    assert found["is_mature"].to_list() == [True] * 8 + [False]


def test_sigma_is_never_below_one() -> None:
    assert chart(months([40] * 9))["sigma_z"].to_list() == [1.0] * 9


def test_limits_are_clipped_to_what_a_rate_can_be() -> None:
    found = chart(months([1, 0, 2, 1, 0, 1, 2, 1, 1], n=20))
    assert found["limit_low"].min() == 0.0
    high = chart(months([19, 20, 18, 19, 20, 19, 18, 19, 19], n=20))
    assert high["limit_high"].max() == 1.0


def test_only_months_before_the_strategy_make_the_limits() -> None:
    found = chart(months([*X, 90, 92]), as_of=date(2025, 9, 30), starts={"intent": date(2025, 7, 1)})
    # June's leads were still open on 1 July, H being 10 days: October to May are left.
    assert found["n_baseline_months"].to_list() == [8] * 12
    after = found.filter(pl.col("month") >= date(2025, 7, 1))
    assert after["is_outside"].to_list() == [True, True, False]  # September has no leads
    message = verdicts.control_message(ONE_STEP, found)
    assert (message.code, message.params["n"]) == ("comparison.control.outside", 2)


def test_months_with_open_leads_count_where_too_few_are_left() -> None:
    """Without June seven months are clean: then it counts as well, rather than no limits at all."""
    found = chart(months([*X[1:], 90, 92]), as_of=date(2025, 8, 31), starts={"intent": date(2025, 6, 1)})
    assert found["n_baseline_months"].unique().to_list() == [8]
    assert found["is_baseline"].to_list() == [True] * 8 + [False] * 3


def test_below_eight_months_intervals_without_limits() -> None:
    found = chart(months(X[:8]), as_of=date(2025, 5, 31))
    assert found["centre"].null_count() == found["limit_low"].null_count() == 8
    z = 1.959963984540054
    middle, half = (40 + z * z / 2) / (100 + z * z), z / (100 + z * z) * math.sqrt(40 * 60 / 100 + z * z / 4)
    assert found.select("low", "high").row(0) == pytest.approx((middle - half, middle + half))
    assert verdicts.control_message(ONE_STEP, found).code == "comparison.control.no_limits"
    assert not found["is_outside"].any()


def test_a_young_month_is_provisional_and_never_outside() -> None:
    days = pl.concat([months([40] * 9), counted(("2025-07-05", 4, 4))])
    found = chart(days, as_of=date(2025, 7, 20))
    july = found.row(-1, named=True)
    assert (july["is_mature"], july["rate"], july["is_outside"]) == (False, 1.0, False)


def test_steps_without_h_have_no_chart() -> None:
    assert set(chart(months(X))["stage"]) == {"intent"}


def test_mature_months_end_before_a_day_and_were_followed() -> None:
    history = StepHistory.of(months(X), 2)
    whole = mature_months(history, 10, date(2025, 6, 9), date(2025, 7, 1))
    assert [month for month, _ in whole][-1] == date(2025, 4, 1)  # May was followed until 10 June only from 10 June on
    assert len(mature_months(history, 10, date(2025, 6, 10), date(2025, 7, 1))) == 8
    assert len(mature_months(history, 10, date(2025, 12, 31), date(2025, 5, 31))) == 7  # May is not over before its end


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_charts_are_said_in_a_sentence(language: str) -> None:
    t = Translator(language)
    for found in (chart(months(X)), chart(months(X[:8]), as_of=date(2025, 5, 31))):
        assert not re.search(r"%\(|None", t.message(verdicts.control_message(ONE_STEP, found)))
