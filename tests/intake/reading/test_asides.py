"""What stands among deals and is none of them: tasks between the rows, "no" between the dates."""

from __future__ import annotations

import pytest

from funnel.intake.mapping import NO_DATE, RawTable
from funnel.intake.reading.reader import read_table
from funnel.intake.reading.records.asides import TASK


def table(header: str, *rows: str) -> RawTable:
    return read_table("\n".join([header, *rows]).encode(), "deals.csv")


def told(read: RawTable) -> dict[str, int]:
    return {finding.message.code: finding.n for finding in read.findings}


@pytest.mark.parametrize(
    ("header", "deal", "task"), [("Type", "Deal", "Call"), ("类型", "商机", "待办"), ("Тип", "Сделка", "Задача")]
)
def test_tasks_among_deals_are_left_out_with_their_rows(header: str, deal: str, task: str) -> None:
    read = table(f"Name,{header},Created", f"Alder,{deal},2024-01-03", f"Ring up,{task},2024-01-04", f"Birch,{deal},")
    assert read.frame["Name"].to_list() == ["Alder", "Birch"]
    assert read.left_out.select("row_no", "code", "value").rows() == [(3, TASK, task)]
    assert told(read) == {"reading.left_out": 1}


@pytest.mark.parametrize("kinds", [("New business", "Call"), ("Deal", "Renewal", "Call"), ("Call", "Meeting")])
def test_kinds_that_may_all_be_deals_or_all_be_tasks_stay(kinds: tuple[str, ...]) -> None:
    read = table("Name,Type", *(f"Row {i},{kind}" for i, kind in enumerate(kinds)))
    assert read.frame.height == len(kinds) and not told(read)


@pytest.mark.parametrize(
    ("column", "word"),
    [("Ordered", "no"), ("Ordered", "not yet"), ("下单日期", "否"), ("下单", "未下单"), ("Auftrag", "nein")],
)
def test_no_among_dates_is_a_date_that_is_missing(column: str, word: str) -> None:
    days = ["2024-01-03", word, "2024-02-07", word, "2024-03-09"]
    read = table(f"Name,{column}", *(f"Firm {i},{day}" for i, day in enumerate(days)))
    assert read.frame[column].to_list() == ["2024-01-03", None, "2024-02-07", None, "2024-03-09"]
    assert read.columns == ("Name", column)
    assert [f.message.params for f in read.findings] == [{"n": 2, "column": column, "shown": [word]}]


def test_no_beside_blank_cells_of_the_win_is_kept_aside_since_it_may_be_a_loss() -> None:
    read = table("Name,Order date", "A,2024-01-03", "B,no", "C,", "D,2024-02-07", "E,2024-03-09")
    assert read.frame["Order date"].to_list() == ["2024-01-03", None, None, "2024-02-07", "2024-03-09"]
    assert read.frame["Order date" + NO_DATE].to_list() == [None, "no", None, None, None]


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("Result", ["yes", "no", "yes", "no"]),  # no dates at all
        ("Paid", ["1200.50", "no", "900.25", "350.75"]),  # money
        ("开标日期", ["2024-01-03", "未中标", "2024-02-07", "2024-03-09"]),  # a loss
        ("Closed", ["2024-01-03", "cancelled", "2024-02-07", "2024-03-09"]),
    ],
)
def test_other_words_and_other_columns_are_left_as_they_are(column: str, cells: list[str]) -> None:
    read = table(f"Name,{column}", *(f"Firm {i},{cell}" for i, cell in enumerate(cells)))
    assert read.frame[column].to_list() == cells
