"""Short files, read the way a person's file is read: what may be said of each, and what may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from funnel.filters import Filters
from funnel.reports.overview import overview_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Spend, empty, facts_of
from tests.claims.loading import IMPORTED_AT, batch_of, general


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Files by name and text, in the order of their import → the workspace; ``settings`` as a person has set them."""

    def made(files: dict[str, str], covers: dict[str, str] | None = None, **settings: Any) -> WorkspaceData:
        definition, batches = general(), []
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
            batch = batch_of(tmp_path / name, definition)
            batches.append(replace(batch, covers=(covers or {}).get(name)))
        facts = facts_of(batches, IMPORTED_AT)
        return load_workspace(
            name="story", is_sample=False, facts=facts, definition=definition, spend=empty(Spend), settings=settings
        )

    return made


def figures(data: WorkspaceData) -> dict[str, tuple[float | None, str | None]]:
    found = overview_report(data, Filters()).key_figures
    return {row["figure"]: (row["value"], row["reason"]) for row in found.iter_rows(named=True)}


def codes(data: WorkspaceData, severity: str) -> dict[str, int]:
    return {f.message.code: f.n for f in data.trust if f.severity == severity}


def day(number: int) -> date:
    return date(2024, 1, 1) + timedelta(days=number)


# --- 13: won, then back -------------------------------------------------------------------------------------------


def changes(back: int, of: int = 10) -> str:
    """A list of stage changes: ``of`` deals won, ``back`` of which stand in Proposal again two weeks later."""
    lines = ["deal_id,stage,changed_at"]
    for i in range(of):
        steps = [("Lead", 0), ("Proposal", 5), ("Closed Won", 12)] + ([("Proposal", 26)] if i < back else [])
        lines += [f"D{i},{stage},{day(i + after)}" for stage, after in steps]
    return "\n".join(lines)


def test_deals_that_went_back_after_their_win_are_asked_about_and_the_answer_decides(read: Any) -> None:
    files = {"changes.csv": changes(back=4)}
    data = read(files)
    assert figures(data)["customers"] == (6.0, None)
    assert codes(data, "question") == {"trust.won_then_back": 4}
    for answer, won in (("reset", 10.0), ("reopened", 6.0)):
        told = read(files, data_answers={"won_then_back": answer})
        assert figures(told)["customers"] == (won, None)
        assert codes(told, "question") == {}
        assert codes(told, "note")["trust.won_then_back"] == 4


def test_one_deal_of_many_that_went_back_is_told_and_not_asked(read: Any) -> None:
    data = read({"changes.csv": changes(back=1, of=40)})
    assert figures(data)["customers"] == (39.0, None)
    assert codes(data, "question") == {}
    assert codes(data, "warning")["trust.win_revoked"] == 1


def test_a_list_and_a_log_after_it_tell_the_same_story_as_two_lists(read: Any) -> None:
    def table(stage: str) -> str:
        rows = [f"D{i},{day(i)},{stage if i < 3 else 'Closed Won'},{day(20) if i > 2 else ''}" for i in range(10)]
        return "\n".join(["deal_id,created,stage,closed", *rows])

    first = table("Proposal"), table("Closed Won"), table("Proposal")
    lists = read({"1.csv": first[0], "2.csv": first[1], "3.csv": first[2]})
    log = "deal_id,stage,changed_at\n" + "\n".join(f"D{i},Proposal,{day(60)}" for i in range(3))
    logged = read({"1.csv": first[0], "2.csv": first[1], "3.csv": log}, covers={"3.csv": "changes"})
    for data in (lists, logged):
        assert data.journeys.sort("lead_id")["outcome"].to_list() == ["open"] * 3 + ["won"] * 7
        assert codes(data, "question") == {"trust.won_then_back": 3}


# --- 16: rows that are no leads -----------------------------------------------------------------------------------


def test_losses_that_are_duplicates_or_tests_are_asked_about_and_left_out_when_that_is_said(read: Any) -> None:
    reasons = ["Duplicate", "Test lead", "重复线索", "Failed our load test", "Price", "Price"]
    rows = [f"D{i},{day(i)},{'Closed Lost' if i < 6 else 'Closed Won'},{day(i + 9)},{reasons[i] if i < 6 else ''}"
            for i in range(12)]  # fmt: skip
    files = {"deals.csv": "\n".join(["deal_id,created,stage,closed,loss reason", *rows])}
    data = read(files)
    assert figures(data)["leads"] == (12.0, None)
    assert codes(data, "question") == {"trust.not_leads": 3}
    out = read(files, data_answers={"not_leads": "out"})
    assert figures(out)["leads"] == (9.0, None)
    assert figures(out)["overall_conversion"] == (6 / 9, None)
    assert codes(out, "question") == {}
    assert codes(out, "note")["trust.duplicates"] == 3
