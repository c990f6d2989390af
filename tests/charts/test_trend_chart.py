"""Where the words of the trend stand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from funnel.charts.palette import LIGHT
from funnel.charts.trend_chart import trend_chart
from funnel.i18n.translator import Translator

EN = Translator("en")


def drawn(*rates: float, provisional: bool = False) -> list[tuple[str, str]]:
    """The words of a trend by month and on which side of their point they stand."""
    n = len(rates)
    trend = pl.DataFrame(
        {"period_start": [date(2026, 1 + i, 1) for i in range(n)], "rate": rates, "rate_low": [None] * n,
         "rate_high": [None] * n, "advanced": [1] * n, "n": [30] * n,
         "is_provisional": [provisional and i == n - 1 for i in range(n)]},
        schema_overrides={"rate_low": pl.Float64, "rate_high": pl.Float64},
    )  # fmt: skip
    figure = trend_chart(trend, EN, LIGHT, "month")
    return [(note.text, note.yanchor) for note in figure.layout.annotations]


@pytest.mark.parametrize(
    ("rates", "sides"),
    [((0.0, 0.3), ["bottom", "top"]), ((0.02, 0.3), ["bottom", "top"]), ((0.2, 0.3), ["top", "top"])],
)
def test_words_stand_below_their_point_unless_the_axis_is_there(rates: tuple[float, ...], sides: list[str]) -> None:
    assert [side for _, side in drawn(*rates)] == sides


def test_two_lines_need_more_room_than_one() -> None:
    assert [side for _, side in drawn(0.3, 0.04)] == ["top", "top"]
    assert drawn(0.3, 0.04, provisional=True)[-1] == ("4%<br>not settled yet", "bottom")
