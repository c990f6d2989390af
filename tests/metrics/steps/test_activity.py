"""What happened in a window, from journeys and from imported counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from funnel.filters import Filters, Window
from funnel.metrics.journeys.build import default_as_of
from funnel.metrics.steps.activity import (
    activity_counts,
    counts_by_period,
    counts_left_out,
    counts_straddling,
    counts_table,
)
from funnel.schema import Facts, Labels, StageCounts, empty
from tests.factories import GUIDE, day, facts, journeys, lead, log, snapshot

JANUARY = Window("dates", date(2024, 1, 1), date(2024, 1, 31))


def test_entries_and_losses_that_happened() -> None:
    leads = journeys(
        log(
            lead("A", "2023-12-01 lead, 2024-01-02 intent, 2024-01-05 won", owner="Li"),
            lead("B", "2024-01-02 lead, 2024-02-03 intent", owner="Wu"),
            lead("C", "2023-12-05 lead, 2024-01-31 @lost", owner="Wu"),
        )
    ).lazy()
    found = activity_counts(leads, GUIDE, JANUARY)
    assert found["n"].to_list() == [1, 1, 0, 1, 0]
    assert found["n_lost"].to_list() == [0, 1, 0, 0, 0]
    assert found.select("rate", "reason").rows()[1:] == [
        (1.0, None),
        (0.0, None),
        (None, "no_leads"),
        (0.0, None),
    ]
    by_owner = activity_counts(leads, GUIDE, JANUARY, by="owner").filter(pl.col("position") == 2)
    assert by_owner.select("group", "n", "n_lost").rows() == [("Li", 1, 0), ("Wu", 0, 1)]


def counted(*rows: tuple[int, str, str | None, str | None, str | None, float]) -> Facts:
    """Counts: batch, label, first day, last day, source, n."""
    known = facts(snapshot(), snapshot())
    batches = known.batches.with_columns(pl.lit("counts").alias("shape"))
    frame = pl.DataFrame(
        [
            (b, i, label, s and day(s), e and day(e), source, None, None, n, None, None)
            for i, (b, label, s, e, source, n) in enumerate(rows)
        ],
        schema=empty(StageCounts).schema,
        orient="row",
    )
    labels = pl.DataFrame(
        [(b, "stage", label, label) for b in (1, 2) for label in GUIDE.keys], schema=empty(Labels).schema, orient="row"
    )
    return replace(known, batches=batches, counts=frame, labels=labels)


MONTHS = counted(
    (1, "lead", "2024-01-01", "2024-01-31", "web", 100),
    (1, "lead", "2024-01-01", "2024-01-31", None, 20),
    (1, "intent", "2024-01-01", "2024-01-31", "web", 130),
    (1, "lead", "2024-02-01", "2024-02-29", "web", 50),
    (1, "lead", None, None, "web", 7),
    (1, "what", "2024-01-01", "2024-01-31", "web", 1000),
)


def test_a_window_takes_whole_periods() -> None:
    found = counts_table(MONTHS, GUIDE, Filters(JANUARY))
    assert found["n"].to_list() == [120, 130, 0, 0, 0]
    assert found.row(1, named=True)["rate"] == pytest.approx(130 / 120)
    assert found.row(1, named=True)["reason"] == "more_arrived_than_entered"
    assert counts_left_out(MONTHS, GUIDE, Filters(JANUARY)) == 2
    half = Filters(Window("dates", date(2024, 1, 1), date(2024, 1, 15)))
    assert counts_table(MONTHS, GUIDE, half)["n"].sum() == 0
    assert counts_table(MONTHS, GUIDE, Filters())["n"].to_list() == [177, 130, 0, 0, 0]
    assert default_as_of(MONTHS, GUIDE) == day("2024-02-29")


def test_rows_that_lie_partly_in_a_window_or_have_no_period_count_in_none() -> None:
    """January's three rows of stages are cut by a window to the 15th; one row has no period; "what" is no stage."""
    half = Window("dates", date(2024, 1, 10), date(2024, 2, 29))
    assert counts_straddling(MONTHS, GUIDE, Filters(), [half]) == 3 + 1
    assert counts_straddling(MONTHS, GUIDE, Filters(source=("web",)), [half]) == 2 + 1
    february = Window("dates", date(2024, 2, 1), date(2024, 2, 29))
    assert counts_straddling(MONTHS, GUIDE, Filters(), [JANUARY, february]) == 1


def test_groups_and_filters_with_blank_not_stated() -> None:
    by_source = counts_table(MONTHS, GUIDE, Filters(JANUARY), by="source").filter(pl.col("position") == 1)
    assert by_source.select("group", "n").rows() == [("web", 100), (None, 20)]
    assert counts_table(MONTHS, GUIDE, Filters(JANUARY, source=("",)))["n"].to_list()[:2] == [20, 0]


def test_by_period_in_order() -> None:
    found = counts_by_period(MONTHS, GUIDE, Filters()).filter(pl.col("position") == 1)
    assert found.select("period_start", "n").rows() == [(day("2024-01-01"), 120), (day("2024-02-01"), 50)]


def test_a_later_import_of_the_same_period_rules() -> None:
    again = counted(
        (1, "lead", "2024-01-01", "2024-01-31", "web", 100),
        (2, "lead", "2024-01-01", "2024-01-31", "web", 110),
        (1, "intent", "2024-01-01", "2024-01-31", "web", 40),
    )
    assert counts_table(again, GUIDE, Filters())["n"].to_list()[:2] == [110, 40]
