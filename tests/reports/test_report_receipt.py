"""The receipt and the difference to another count, on stories whose figures are counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from funnel.i18n.translator import Translator
from funnel.reports.receipt.difference import Difference, Said, difference_report
from funnel.reports.receipt.report import MonthWins, Receipt, WonValue, receipt_report
from funnel.schema import ImportBatch, Rejected, StageCounts, empty
from pages.import_steps.receipt_part import _lines, difference_in_words, part_in_words, story_in_words
from tests.corpus.corpus import files
from tests.corpus.person import read
from tests.factories import GUIDE, journeys, lead, log, snapshot

EN, ZH = Translator("en"), Translator("zh_Hans")
WON = {"stage": "won"}
LATE = "2024-12-31"


def deals(*more: object) -> ImportBatch:
    """Three wins (100 + 200 + no amount, the last one undated), a loss, an open deal."""
    return snapshot(
        lead("A", created_at="2024-01-03", closed_at="2024-02-02", amount=100, lead_name="Alder", **WON),
        lead("B", created_at="2024-01-04", closed_at="2024-03-31", amount=200, **WON),
        lead("C", created_at="2024-01-05", **WON),
        lead("D", created_at="2024-02-20", closed_at="2024-03-05", stage="@lost", amount=70),
        lead("E", stage="intent", amount=30),
        *more,  # type: ignore[arg-type]
    )


def receipt(batch: ImportBatch) -> Receipt:
    return receipt_report(journeys(batch, as_of=LATE), batch, GUIDE)


def difference(batch: ImportBatch, **said: object) -> Difference:
    return difference_report(journeys(batch, as_of=LATE), batch, GUIDE, Said(**said))  # type: ignore[arg-type]


def test_what_a_person_recognises() -> None:
    seen = receipt(deals())
    assert (seen.n_deals, seen.n_won, seen.n_lost, seen.n_open) == (5, 3, 1, 1)
    assert seen.won_value == (WonValue(None, 300, 2),)
    assert (seen.n_won_without_amount, seen.n_won_undated, seen.n_undated) == (1, 1, 1)
    assert (seen.first_created, seen.last_created) == (date(2024, 1, 3), date(2024, 2, 20))
    assert seen.months == (
        MonthWins(date(2024, 1, 1), 0, ()),
        MonthWins(date(2024, 2, 1), 1, (WonValue(None, 100, 1),)),
        MonthWins(date(2024, 3, 1), 1, (WonValue(None, 200, 1),)),
    )


def test_a_closing_day_is_no_day_of_creation() -> None:
    """A list with closing dates alone says of no deal when it was created; with one creation among them it says one."""
    closed = [
        lead("A", closed_at="2024-02-02", amount=100, **WON),
        lead("B", closed_at="2024-03-05", stage="@lost"),
        lead("C", stage="intent"),
    ]
    seen = receipt(snapshot(*closed))
    assert (seen.first_created, seen.last_created, seen.n_without_creation, seen.n_undated) == (None, None, 3, 1)
    assert [story_in_words(story, EN) for story in seen.stories] == [
        "A: won 2 Feb 2024, 100", "B: lost 5 Mar 2024", "C: stage “intent”",
    ]  # fmt: skip
    assert "No deal says when it was created; its first known date stands in for it." in _lines(seen, EN)
    seen = receipt(snapshot(*closed, lead("D", created_at="2024-03-01", stage="intent")))
    assert (seen.first_created, seen.last_created, seen.n_without_creation) == (date(2024, 3, 1), date(2024, 3, 1), 3)
    assert _lines(seen, EN)[-1] == "Created: first **1 Mar 2024**, last **1 Mar 2024** · 3 without a creation date"


def test_value_is_one_sum_per_currency() -> None:
    seen = receipt(
        snapshot(
            lead("A", amount=50, currency="USD", **WON),
            lead("B", amount=70, currency="EUR", **WON),
            lead("C", amount=30, currency="USD", **WON),
        )
    )
    assert seen.won_value == (WonValue("USD", 80, 2), WonValue("EUR", 70, 1))


def test_three_deals_in_words() -> None:
    stories = receipt(deals()).stories
    assert [story.outcome for story in stories] == ["won", "lost", "open"]
    assert [story_in_words(story, EN) for story in stories] == [
        "A Alder: created 3 Jan 2024, won 2 Feb 2024, 100",
        "D: created 20 Feb 2024, lost 5 Mar 2024, 70",
        "E: stage “intent”, 30",
    ]
    assert story_in_words(stories[0], ZH) == "A Alder：2024年1月3日创建、2024年2月2日赢单、100"


def test_a_story_of_a_log_is_told_in_order() -> None:
    batch = log(lead("A", "2024-01-01 lead, 2024-01-20 opportunity, 2024-01-09 intent, 2024-02-01 @lost"))
    assert story_in_words(receipt(batch).stories[0], EN) == (
        "A: created 1 Jan 2024, “intent” 9 Jan 2024, “opportunity” 20 Jan 2024, lost 1 Feb 2024"
    )


def test_totals_have_no_deals() -> None:
    counts = pl.DataFrame(
        {"batch_no": [0, 0, 0], "row_no": [2, 3, 2], "label": ["Leads", "Won", "Leads"], "n": [5.0, 1.0, 6.0],
         "period_start": [date(2024, 1, 1), date(2024, 1, 1), date(2024, 2, 1)],
         "period_end": [date(2024, 1, 31), date(2024, 1, 31), date(2024, 2, 29)]},
        schema_overrides={"batch_no": pl.Int32},
    )  # fmt: skip
    counts = pl.concat([empty(StageCounts), counts], how="diagonal_relaxed")
    batch = replace(snapshot(), shape="counts", counts=counts)
    seen = receipt_report(journeys(as_of=LATE), batch, GUIDE)
    assert dict(seen.totals) == {"Leads": 11, "Won": 1}
    assert (seen.n_deals, seen.first_period, seen.last_period) == (0, date(2024, 1, 1), date(2024, 2, 29))


# --- what the CRM says ----------------------------------------------------------------------------------------------


def test_the_same_count_leaves_nothing_to_explain() -> None:
    found = difference(deals(), won=3, value=300.0)
    assert (found.won_missing, found.value_missing, found.is_explained) == (0, 0, False)
    assert difference_in_words(found, EN) == ["Wins agree: 3.", "Won value agrees: 300."]


def test_a_win_without_a_date_is_missing_in_its_month() -> None:
    found = difference(deals(), won=2, month=date(2024, 2, 1))
    assert (found.won, found.won_missing) == (1, 1)
    (part,) = [part for part in found.parts if part.explains]
    assert (part.code, part.n, part.leads) == ("undated", 1, ("C",))
    assert difference_in_words(found, EN)[0] == "Your CRM says 2 wins, the file gives 1."
    assert part_in_words(part, EN) == "1 win has no date: C"


def test_a_win_at_the_edge_of_a_month_may_belong_to_its_neighbour() -> None:
    fewer = difference(deals(), won=0, month=date(2024, 3, 1))
    assert [(p.code, p.leads) for p in fewer.parts if p.explains] == [("just_inside", ("B",))]
    more = difference(deals(), won=1, value=200.0, month=date(2024, 4, 1))
    assert [(p.code, p.leads) for p in more.parts if p.explains] in (
        [("just_outside", ("B",))], [("undated", ("C",))],
    )  # fmt: skip


def _with_rejected(batch: ImportBatch, *cells: dict[str, str]) -> ImportBatch:
    rows = [
        {"row_no": 20 + i, "code": "intake.unreadable_date", "column": "Created", "value": "?", "cells": json.dumps(c)}
        for i, c in enumerate(cells)
    ]
    rows.append({"row_no": 99, "code": "reading.left_out.total", "column": None, "value": None, "cells": '{"a":"won"}'})
    return replace(batch, rejected=pl.DataFrame(rows, schema=empty(Rejected).schema))


def test_rejected_rows_that_say_won_are_told_from_others() -> None:
    batch = _with_rejected(deals(), {"Stage": "won"}, {"Stage": "intent"})
    found = difference(batch, won=4)
    assert [(p.code, p.n, p.rows, p.explains) for p in found.parts if p.code.startswith("rejected")] == [
        ("rejected_won", 1, (20,), True), ("rejected", 1, (21,), False),
    ]  # fmt: skip
    assert part_in_words(found.parts[0], EN) == "1 rejected row says won: row 20"


def test_a_stage_that_says_won_beside_a_status_that_says_lost() -> None:
    found = difference(deals(lead("F", stage="won", status="@lost", amount=500)), won=4, value=800.0)
    assert [(p.code, p.leads, p.value) for p in found.parts if p.explains] == [("overruled", ("F",), 500)]


def test_a_label_that_is_not_used() -> None:
    found = difference(deals(lead("F", stage="@ignore", amount=9)), won=4)
    assert [(p.code, p.leads) for p in found.parts if p.explains] == [("not_used", ("F",))]


def test_two_rows_of_one_deal_are_one_win() -> None:
    again = lead("A", created_at="2024-01-03", closed_at="2024-02-02", amount=100, stage="won")
    found = difference(deals(again), won=4)
    assert [(p.code, p.n, p.leads) for p in found.parts if p.explains] == [("same_id", 1, ("A",))]


def test_wins_without_an_amount_never_explain_a_count() -> None:
    found = difference(deals(), won=4)
    assert not found.is_explained
    assert [p.code for p in found.parts] == ["without_amount"]


def test_two_reasons_together_make_the_difference() -> None:
    batch = _with_rejected(deals(lead("F", stage="won", status="@lost")), {"Stage": "won"}, {"Stage": "won"})
    found = difference(batch, won=6)
    assert {p.code for p in found.parts if p.explains} == {"overruled", "rejected_won"}


def test_a_difference_that_no_row_makes_is_said() -> None:
    batch = snapshot(lead("A", created_at="2024-01-03", closed_at="2024-02-02", amount=100, **WON))
    found = difference(batch, won=5)
    assert found.parts == ()
    assert "No row of the file can make the difference" in difference_in_words(found, EN)[-1]


def test_values_in_another_currency_are_named() -> None:
    batch = snapshot(lead("A", amount=50, currency="USD", **WON), lead("B", amount=70, currency="EUR", **WON))
    found = difference(batch, value=120.0, currency="USD")
    assert found.value == 50
    assert [(p.code, p.value) for p in found.parts if p.explains] == [("other_currency", 70)]


@pytest.mark.parametrize("name", ["hubspot", "zh-feishu", "hand-german", "dates-with-loss", "salesforce-history"])
def test_it_agrees_with_the_invented_pipeline(name: str) -> None:
    """Files of the corpus, whose truth was counted without any of this code."""
    case = files()[name]
    reading = read(case)
    assert reading.definition is not None and reading.batches
    batch = reading.batches[0]
    seen = receipt_report(journeys(batch, definition=reading.definition), batch, reading.definition)
    truth = case.expected
    assert (seen.n_deals, seen.n_won, seen.n_lost, seen.n_open) == (truth.leads, truth.won, truth.lost, truth.open)
    assert (seen.first_created, seen.last_created) == (truth.first_created, truth.last_created)
    assert sum(value.value for value in seen.won_value) == sum((truth.revenue or {}).values())
    assert all(isinstance(step.at, datetime | None) for story in seen.stories for step in story.steps)
