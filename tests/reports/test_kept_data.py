"""A workspace out of what was kept of it is the workspace that was kept."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given

from funnel.filters import Filters, Window
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.kept_data import told_by, workspace_again
from funnel.reports.overview import overview_report
from funnel.reports.workspace_data import WorkspaceData, as_told, load_workspace
from funnel.schema import Facts, ImportBatch, facts_of
from funnel.storage.figures import kept
from tests.examples import examples
from tests.factories import GUIDE, IMPORTED_AT, lead, log, snapshot, spend
from tests.metrics.test_invariants import STORIES

SETTINGS = {"currency": "CNY", "spend_currency": "USD", "confirmed_days": (date(1999, 1, 1),)}
SETTINGS |= {"currency_rates": {"USD": {"worth": 7.1, "to": "CNY", "on": date(2024, 1, 1)}}}
SPENT = spend((date(2024, 1, 1), "web", 100.0))


def known(settings: dict[str, Any]) -> dict[str, Any]:
    return {"name": "w", "is_sample": False, "spend": SPENT, "settings": settings, "import_findings": ()}


def opened(facts: Facts, settings: dict[str, Any], as_of: date | None = None) -> WorkspaceData:
    return load_workspace(facts=facts, definition=GUIDE, as_of=as_of, **known(settings))


def alike(one: Any, other: Any) -> bool:
    """Equal, frames by their rows; a list is as good as a tuple."""
    if isinstance(one, pl.DataFrame):
        return one.equals(other) and one.schema == other.schema
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if is_dataclass(one) and type(one) is type(other):
        return all(alike(getattr(one, part.name), getattr(other, part.name)) for part in fields(one))
    return one == other


def never() -> Facts:
    raise AssertionError("the facts were read")


@given(STORIES)
@examples(20)
def test_all_of_a_workspace_comes_back(story: list[ImportBatch]) -> None:
    facts = facts_of(story, IMPORTED_AT)
    data = opened(facts, SETTINGS)
    again = workspace_again(
        data.journeys, told_by(data), read_facts=lambda: as_told(facts, SETTINGS), **known(SETTINGS)
    )
    assert again is not None
    for part in fields(WorkspaceData):
        if part.name != "facts":
            assert alike(getattr(data, part.name), getattr(again, part.name)), part.name
    for name in ("days", "history_start", "leads_until", "n_won_later", "overall_horizon", "is_empty"):
        assert getattr(again, name) == getattr(data, name), name
    assert again.facts.near_days == data.facts.near_days
    for part in fields(Facts):
        assert alike(getattr(data.facts, part.name), getattr(again.facts, part.name)), part.name


@pytest.fixture
def company() -> Facts:
    leads = [
        lead(
            f"L{i}",
            f"2024-01-{1 + i % 28:02} lead, 2024-02-{1 + i % 27:02} intent" + (", 2024-03-05 won" * (i % 3 == 0)),
        )
        for i in range(90)
    ]
    said = snapshot(*[lead(f"L{i}", source="web" if i % 2 else "fair", amount=10.0 * i) for i in range(90)])
    return facts_of([log(*leads), said], IMPORTED_AT)


def test_the_reports_are_the_same_and_no_fact_is_read_for_them(company: Facts, tmp_path: Path) -> None:
    data = opened(company, {})
    kept.keep(tmp_path / "w.duckdb", "s", "d", data.journeys, told_by(data), at_most=10**9, is_current=lambda: True)
    found = kept.read(tmp_path / "w.duckdb", "s", "d")
    assert found is not None
    again = workspace_again(*found, read_facts=never, **known({}))
    assert again is not None
    for filters in (Filters(), Filters(Window("dates", date(2024, 1, 5), date(2024, 2, 20)), source=("web",))):
        assert alike(overview_report(again, filters), overview_report(data, filters))
        assert alike(bottleneck_report(again, filters), bottleneck_report(data, filters))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"$":"map","items":{}}', '{"$":"Nobody"}', "null", "7"])
def test_another_text_is_no_workspace(company: Facts, text: str) -> None:
    journeys = opened(company, {}).journeys
    assert workspace_again(journeys, text, read_facts=never, **known({})) is None
