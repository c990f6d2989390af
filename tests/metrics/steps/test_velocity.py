"""The sales cycle, counted by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from funnel.errors import InputError
from funnel.filters import Window
from funnel.metrics.steps.velocity import sales_cycle
from tests.factories import journeys, lead, log, snapshot

STORY = (
    log(
        lead("A", "2024-01-01 lead, 2024-01-11 won", source="web"),
        lead("B", "2024-01-02 lead, 2024-01-22 won", source="web"),
        lead("C", "2024-01-03 lead, 2024-03-03 won", source="event"),
        lead("D", "2024-01-04 lead"),
        lead("E", "2024-02-05 lead, 2024-02-01 won", source="event"),  # won before it was created
    ),
    snapshot(lead("F", stage="won", created_at="2024-01-09")),  # nobody knows when
)


@pytest.fixture
def leads() -> pl.LazyFrame:
    return journeys(*STORY).lazy()


def test_median_and_what_is_left_out(leads: pl.LazyFrame) -> None:
    found = sales_cycle(leads, Window()).row(0, named=True)
    assert (found["n"], found["n_left_out"]) == (3, 2)  # 10, 20, 60 days; E and F are left out
    assert (found["median_days"], found["p75_days"], found["p90_days"]) == (20, 40, pytest.approx(52))


def test_by_group(leads: pl.LazyFrame) -> None:
    found = sales_cycle(leads, Window(), by="source")
    assert found.select("group", "n", "n_left_out", "median_days").rows() == [
        ("event", 1, 1, 60),
        ("web", 2, 0, 15),
        (None, 0, 1, None),
    ]


def test_created_or_won_in_the_window(leads: pl.LazyFrame) -> None:
    march = Window("dates", date(2024, 3, 1), date(2024, 3, 31))
    assert sales_cycle(leads, march)["n"].to_list() == [0]
    assert sales_cycle(leads, march)["median_days"].to_list() == [None]
    assert sales_cycle(leads, march, basis="activity")["median_days"].to_list() == [60]


def test_unknown_dimension(leads: pl.LazyFrame) -> None:
    with pytest.raises(InputError, match="unknown_dimension"):
        sales_cycle(leads, Window(), by="colour")
