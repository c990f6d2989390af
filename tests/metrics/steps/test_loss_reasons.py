"""Loss reasons by stage: Pareto, "not recorded", and the customer who decided nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from funnel.filters import Window
from funnel.metrics.steps.loss_reasons import is_no_decision, loss_reasons, losses_left_out
from tests.simulation import day, funnel, leads

DEF = funnel([None, None])
ALL = Window()


def lost(stage: int | None, reason: str | None, at: str | None = "2024-02-01") -> dict[str, Any]:
    row = {"s1": day("2024-01-01"), "outcome": "lost", "lost_stage": stage, "lost_reason": reason}
    return row | {"lost_at": day(at) if at else None}


def test_reasons_are_counted_by_stage_most_frequent_first_and_blanks_last() -> None:
    rows = [lost(2, "Price")] * 3 + [lost(2, None)] * 5 + [lost(2, "Too busy")] + [lost(3, "Price")] + [lost(2, " ")]
    rows += [{"s1": day("2024-01-01"), "s3": day("2024-01-05"), "lost_reason": "Price"}]  # won: its reason is no loss
    rows += [{"s1": day("2024-01-01"), "lost_reason": "Price"}]  # still open
    table = loss_reasons(leads(DEF, rows), DEF, ALL)
    assert table.select("position", "stage", "kind", "reason", "n").rows() == [
        (2, "s2", "reason", "Price", 3),
        (2, "s2", "reason", "Too busy", 1),
        (2, "s2", "not_recorded", None, 6),
        (3, "s3", "reason", "Price", 1),
    ]
    assert table["share"].to_list() == pytest.approx([0.3, 0.1, 0.6, 1.0])
    assert table["cumulative_share"].to_list() == pytest.approx([0.3, 0.4, 1.0, 1.0])


def test_spellings_of_one_reason_are_one_reason() -> None:
    rows = [lost(2, "Price")] * 2 + [lost(2, "price "), lost(2, "PRICE"), lost(2, "Price list")]
    table = loss_reasons(leads(DEF, rows), DEF, ALL)
    assert table.select("reason", "n").rows() == [("Price", 4), ("Price list", 1)]
    assert set(table["labels"][0]) == {"Price", "price", "PRICE"}


def test_no_decision_is_one_reason_of_its_own_with_its_labels() -> None:
    rows = [lost(2, "No decision")] * 2 + [lost(2, "项目延期")] + [lost(2, "Chose a competitor")]
    table = loss_reasons(leads(DEF, rows), DEF, ALL)
    assert table.select("kind", "reason", "n").rows() == [("no_decision", None, 3), ("reason", "Chose a competitor", 1)]
    assert table["labels"].to_list() == [["No decision", "项目延期"], ["Chose a competitor"]]


NOTHING_DECIDED = """
No decision; no-decision / status quo; Project postponed; Purchase was delayed; Stalled; Project cancelled;
Not a priority; 未做决定; 项目延期; 暂缓采购; 客户犹豫; 项目取消; 维持现状; 暂不考虑"""
ANOTHER_REASON = """
Chose a competitor; Price too high; No budget; Not our target customer; Could not be reached; No need;
选择竞品; 价格过高; 预算不足; 非目标客户; 联系不上; 报价不透明"""


@pytest.mark.parametrize("label", [label.strip() for label in NOTHING_DECIDED.split(";")])
def test_labels_that_say_nothing_was_decided(label: str) -> None:
    assert is_no_decision(label)


@pytest.mark.parametrize("label", [label.strip() for label in ANOTHER_REASON.split(";")])
def test_labels_that_name_another_reason(label: str) -> None:
    assert not is_no_decision(label)


def test_losses_of_unknown_place_and_undated_losses() -> None:
    rows = [lost(None, "Price"), lost(2, "Price", at=None), lost(2, "Price", at="2023-06-01"), lost(2, "Price")]
    table = loss_reasons(leads(DEF, rows), DEF, ALL)
    assert table.select("position", "stage", "n").rows() == [(2, "s2", 3), (None, None, 1)]
    window = Window("dates", date(2024, 1, 1), date(2024, 12, 31))
    inside = loss_reasons(leads(DEF, rows), DEF, window)
    assert inside.select("position", "n").rows() == [(2, 1), (None, 1)]
    assert losses_left_out(leads(DEF, rows), window) == 1
    assert losses_left_out(leads(DEF, rows), ALL) == 0


def test_no_losses_no_rows() -> None:
    assert loss_reasons(leads(DEF, []), DEF, ALL).is_empty()
    assert loss_reasons(leads(DEF, [{"s1": day("2024-01-01")}]), DEF, ALL).is_empty()
    assert isinstance(loss_reasons(leads(DEF, []), DEF, ALL), pl.DataFrame)
