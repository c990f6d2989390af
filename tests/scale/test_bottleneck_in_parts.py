"""The Bottleneck of a history in parts: what it shows in one memory, from sums alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from funnel.filters import Filters
from funnel.metrics import gathering
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.gathering import Parts
from funnel.reports.bottleneck.report import bottleneck_report, waiting_list
from funnel.scale import loading
from funnel.scale.ways import Here
from tests import real_facts
from tests.benchmarks.sizes import sample_facts
from tests.claims.loading import general
from tests.scale.worlds import (
    DEFINITION,
    assert_same_bottleneck,
    customers,
    dataset_of,
    folder_of,
    in_memory,
    in_parts,
    with_deadlines,
    with_owner_changes,
)

MADE = dataset_of(with_owner_changes(customers(500)), with_deadlines(DEFINITION), currency="EUR")
CHINA = BusinessCalendar("CN")


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(MADE, 4, tmp_path_factory.mktemp("made"))


def test_the_made_history_has_what_is_to_be_compared() -> None:
    report = bottleneck_report(in_memory(MADE), Filters())
    assert set(report.sla["unit"]) == {"hours", "business_days"}
    assert {"Cy", "Di"} <= set(report.sla_by_owner["group"]), "owners whom only the log names"
    assert report.handovers.height == 1
    assert report.loss_reasons.height > 3
    assert report.waiting_counts.height > 2
    assert not report.effects.is_empty()


@pytest.mark.parametrize(("n", "most", "last"), [(1, 1, 5), (4, 4, 1)])
def test_the_bottleneck_is_the_same_in_any_number_of_parts(n: int, most: int, last: int, tmp_path: Path) -> None:
    assert_same_bottleneck(in_memory(MADE), in_parts(folder_of(MADE, n, tmp_path), Here()), most=most, last=last)


def test_parts_of_which_some_hold_nobody(tmp_path: Path) -> None:
    few = dataset_of(with_owner_changes(customers(40)), with_deadlines(DEFINITION), currency="EUR")
    folder = folder_of(few, 16, tmp_path)
    held = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in folder.glob("lead_rows-*.parquet")]
    assert len(held) == 16 and min(held) == 0 and max(held) > 1
    assert_same_bottleneck(in_memory(few), in_parts(folder, Here()), most=1, last=0)


def test_with_a_calendar_and_with_one_that_does_not_know_a_year(four: Path) -> None:
    one, other = in_memory(MADE), in_parts(four, Here())
    assert_same_bottleneck(one, other, most=1, calendar=CHINA, own_past=frozenset(one.funnel.keys))
    unknown = BusinessCalendar("UA")  # its holidays are known up to 2022
    assert "sla.calendar_year" in [fact.code for fact in bottleneck_report(other, Filters(), calendar=unknown).facts]
    assert_same_bottleneck(one, other, most=1, last=0, calendar=unknown)


def test_where_only_reasons_say_that_a_lead_is_lost(tmp_path: Path) -> None:
    facts = MADE.facts
    silent = replace(
        facts,
        entries=facts.entries.filter(pl.col("label") != "lost"),
        labels=facts.labels.filter(pl.col("label") != "lost"),
    )
    dataset = replace(MADE, facts=silent)
    assert in_memory(dataset).support.only_reasons_say_lost
    assert_same_bottleneck(in_memory(dataset), in_parts(folder_of(dataset, 4, tmp_path), Here()), most=1, last=0)


def test_the_sample_is_the_same(tmp_path: Path) -> None:
    dataset = dataset_of(sample_facts(), general())
    assert_same_bottleneck(in_memory(dataset), in_parts(folder_of(dataset, 4, tmp_path), Here()), most=1, last=0)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["enpal", "orders"])
def test_real_files_are_the_same(name: str, real_data: Path, tmp_path: Path) -> None:
    """A log that dates its owners, and a shop whose customers come again."""
    if name == "enpal":
        dataset = dataset_of(real_facts.enpal(real_data), with_deadlines(real_facts.ENPAL))
    else:
        lines = [line.split() for line in (real_data / "cdnow" / "CDNOW_master.txt").read_text().splitlines()[1:9000]]
        bought = pl.DataFrame(lines, schema=["customer", "day", "n", "amount"], orient="row").with_columns(
            pl.col("day").str.to_datetime("%Y%m%d", time_unit="us"), pl.col("amount").cast(pl.Float64)
        )
        dataset = dataset_of(real_facts.orders(bought), real_facts.ORDERS)
    assert_same_bottleneck(in_memory(dataset), in_parts(folder_of(dataset, 4, tmp_path), Here()), most=1, last=0)


def test_medians_of_very_many_leads_keep_their_bound(four: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "EXACT_UP_TO", 1)
    assert_same_bottleneck(in_memory(MADE), in_parts(four, Here()), medians=gathering.FINEST_SHARE, most=1)


def test_no_lead_travels_but_those_that_are_looked_at(four: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_LISTED", 7)
    data, columns = in_parts(four, Here()), set()

    def heard(plans: Sequence[pl.LazyFrame]) -> Iterable[Sequence[pl.DataFrame]]:
        for frames in data.asked.run(plans):
            columns.update(name for frame in frames for name in frame.columns)
            yield frames

    told: Any = replace(data, asked=Parts(heard, is_exact=True))
    report = bottleneck_report(told, Filters())
    assert columns and not columns & {"lead_id", "lead_name"}
    whole = bottleneck_report(in_memory(MADE), Filters())
    assert whole.waiting is not None
    assert_frame_equal(report.waiting_counts, whole.waiting_counts)
    step = whole.waiting_counts["position"][0]
    for place, expected in ((None, whole.waiting), (step, whole.waiting.filter(pl.col("position") == step))):
        assert expected.height > 7
        assert_frame_equal(waiting_list(told, report, BusinessCalendar(), place), expected.head(7))
