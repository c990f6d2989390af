"""The settings reports: the effect of an edit, costs per month, working days, data trust; and a restored backup."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from funnel.definition.definition import Text
from funnel.definition.edits import merge, move, remove, rename
from funnel.filters import Filters, preset_window
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.planning.plan_file import load_plan
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.counts import counts_report
from funnel.reports.data_trust import data_trust, lead_traces
from funnel.reports.overview import COUNTINGS, overview_report
from funnel.reports.plan import plan_from, plan_report, step_volume
from funnel.reports.settings import (
    calendar_is_known,
    calendar_months,
    definition_preview,
    spend_months,
    spent_without_leads,
    unknown_years,
)
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import empty_facts
from funnel.storage.records import Edit
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace, workspace_from_backup
from tests import factories
from tests.conftest import ROOT
from tests.opening import sample_workspace

NOW = datetime(2026, 7, 1, 12)
CHINA = BusinessCalendar("CN")


def load(store: Store) -> WorkspaceData:
    facts = store.facts()
    return load_workspace(
        name=store.name,
        is_sample=store.is_sample,
        facts=facts,
        definition=store.definition(),
        spend=store.spend(),
        settings=store.settings(),
        import_findings=tuple(f for number in facts.batches["batch_no"] for f in store.findings(number)),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The sample with its plan."""
    folder = tmp_path / "here"
    sample_workspace(folder)
    opened = open_workspace(next(folder.glob("*.duckdb")))
    for kind, records in load_plan(ROOT / "data" / "sample" / "plan_en.toml").items():
        opened.save_records(kind, [Edit(key, values, 0) for key, values in records.items()], who="Li", now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def data(store: Store) -> WorkspaceData:
    return load(store)


# --- the effect of an edit -------------------------------------------------------------------------------------------


def test_a_merge_shows_what_the_two_funnels_count(data: WorkspaceData) -> None:
    edited = merge(data.definition, "opportunity", "intent").definition
    preview = definition_preview(data, edited)
    rows = {row["stage"]: row for row in preview.stages.iter_rows(named=True)}
    assert list(rows) == ["lead", "intent", "opportunity", "won", "repeat"]
    # Whoever came to the opportunity had come to intent before: nobody is new there, nobody is lost on the way to won.
    assert rows["intent"]["then_reached"] == rows["intent"]["now_reached"]
    assert rows["opportunity"]["then_reached"] is None and rows["opportunity"]["then_position"] is None
    assert (
        rows["won"]["then_n"] == rows["intent"]["now_reached"]
        and rows["won"]["now_n"] == rows["opportunity"]["now_reached"]
    )
    assert rows["won"]["then_advanced"] == rows["won"]["now_advanced"] == rows["won"]["then_reached"]
    assert rows["won"]["then_rate"] == rows["won"]["then_advanced"] / rows["won"]["then_n"]
    assert preview.changes_figures and preview.ignored == ()


def test_a_removed_stage_names_the_labels_that_count_no_more(data: WorkspaceData) -> None:
    preview = definition_preview(data, remove(data.definition, "opportunity").definition)
    assert preview.ignored == ("Opportunity Date",)


def test_names_move_no_lead(data: WorkspaceData) -> None:
    assert not definition_preview(data, rename(data.definition, "intent", Text("x", "y")).definition).changes_figures
    assert definition_preview(data, move(data.definition, "opportunity", 2).definition).changes_figures


# --- costs -----------------------------------------------------------------------------------------------------------


def test_cost_per_month_is_spend_over_leads_of_the_files(data: WorkspaceData) -> None:
    with (ROOT / "data" / "sample" / "spend_en.csv").open(encoding="utf-8", newline="") as file:
        spent: Counter[str] = Counter()
        for row in csv.DictReader(file):
            spent[row["Month"][:7]] += float(row["Spend"])  # ty: ignore[unsupported-operator]
    months = spend_months(data)
    assert months["month"].to_list() == [date(2026, month, 1) for month in range(6, 0, -1)]
    for row in months.iter_rows(named=True):
        assert row["amount"] == pytest.approx(spent[f"{row['month']:%Y-%m}"])
        assert row["lead_cost"] == pytest.approx(row["amount"] / row["n_leads"])
    created = data.journeys["created_at"].dt.strftime("%Y-%m").value_counts()
    assert dict(created.drop_nulls().iter_rows()) == {
        f"{row['month']:%Y-%m}": row["n_leads"] for row in months.iter_rows(named=True)
    }


def test_a_month_without_spend_has_no_cost_and_zero_is_zero(store: Store) -> None:
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    spend = store.spend().filter(~pl.col("month").is_in([march, april]))
    store.save_spend(pl.concat([spend, factories.spend((april, None, 0.0))]).sort("month"), who="", now=NOW)
    rows = {row["month"]: row for row in spend_months(load(store)).iter_rows(named=True)}
    assert (rows[march]["amount"], rows[march]["lead_cost"], rows[march]["reason"]) == (None, None, "no_spend")
    assert (rows[april]["amount"], rows[april]["lead_cost"], rows[april]["customer_cost"]) == (0, 0, 0)


def test_a_source_of_the_spend_that_no_lead_has_is_named(store: Store) -> None:
    assert spent_without_leads(load(store)) == {}
    more = factories.spend((date(2026, 1, 1), "Refferal", 1.0, "Narnia"))
    store.save_spend(pl.concat([store.spend(), more]), who="", now=NOW)
    assert spent_without_leads(load(store)) == {"source": ("Refferal",), "region": ("Narnia",)}


# --- the calendar ----------------------------------------------------------------------------------------------------


def test_working_days_of_china_with_shifted_days() -> None:
    """The State Council's plan for 2026: holidays 1–3 Jan, 15–23 Feb, 4–6 Apr, 1–5 May, 19–21 Jun, 25–27 Sep,
    1–7 Oct; worked are 4 Jan, 14 and 28 Feb, 9 May, 20 Sep, 10 Oct."""
    months = {row["month"].month: row for row in calendar_months(CHINA, 2026).iter_rows(named=True)}
    worked = [day for row in months.values() for day in row["worked"]]
    assert worked == [
        date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10),
    ]  # fmt: skip
    assert months[10]["free"] == [date(2026, 10, day) for day in (1, 2, 5, 6, 7)]
    # 365 days, 104 of them on weekends, 19 weekdays off, 6 weekend days worked.
    assert sum(row["n_working"] for row in months.values()) == 365 - 104 - 19 + 6


def test_own_days_rule_over_the_country() -> None:
    own = BusinessCalendar("CN", days_off=frozenset({date(2026, 3, 2)}), working_days=frozenset({date(2026, 10, 1)}))
    months = {row["month"].month: row for row in calendar_months(own, 2026).iter_rows(named=True)}
    assert months[3]["free"] == [date(2026, 3, 2)] and date(2026, 10, 1) not in months[10]["free"]


def test_a_year_that_is_not_announced_is_known_once_confirmed(data: WorkspaceData) -> None:
    assert not calendar_is_known(CHINA, 2090)
    assert calendar_is_known(BusinessCalendar("CN", confirmed_years=frozenset({2090})), 2090)
    assert unknown_years(data, CHINA) == () and calendar_is_known(BusinessCalendar(), 2090)


# --- data trust ------------------------------------------------------------------------------------------------------


def test_trust_adds_up_rows_and_compares_what_was_reported(store: Store, data: WorkspaceData) -> None:
    with (ROOT / "data" / "sample" / "leads_en.csv").open(encoding="utf-8", newline="") as file:
        n_lines = sum(1 for _ in csv.reader(file)) - 1
    june = data.journeys.filter(
        pl.col("entered_intent").dt.date().is_between(date(2026, 6, 1), date(2026, 6, 30))
    ).height
    rows = [
        TrackingRow("right", "2026-06", stage="intent", actual=str(june)),
        TrackingRow("wrong", "2026-06", stage="intent", actual=str(june + 7)),
        TrackingRow("words", "2026-06", stage="intent", actual="went well"),
        TrackingRow("later", "2026-08", stage="intent", actual="3"),
    ]
    trust = data_trust(data, store.history(), rows, NOW.date())
    assert (trust.n_imports, trust.n_rows) == (1, n_lines)
    assert trust.n_rows == trust.n_accepted + trust.n_rejected + trust.n_other and trust.n_rejected > 0
    assert trust.n_rejected == store.rejected_rows(1).height
    assert [line.row.row_id for line in trust.differing] == ["wrong"] and trust.n_reported == 2
    assert {f.severity for f in trust.notes} == {"note"} and "note" not in {f.severity for f in trust.open}
    store.undo_batch(1, who="", now=NOW)
    nothing = data_trust(load(store), store.history(), rows, NOW.date())
    assert (nothing.n_imports, nothing.n_rows, nothing.last_import_on, nothing.n_reported) == (0, 0, None, 0)


def test_traces_of_a_lead(data: WorkspaceData) -> None:
    lead_id = data.journeys["lead_id"][0]
    assert lead_traces(data, lead_id).height == 1
    assert lead_traces(data, "nobody").is_empty()


def test_an_empty_workspace_has_no_months(data: WorkspaceData) -> None:
    nothing = load_workspace(
        name="", is_sample=False, facts=empty_facts(), definition=data.definition, spend=data.spend, settings={}
    )
    assert spend_months(nothing).is_empty() and spent_without_leads(nothing) == {}
    assert unknown_years(nothing, CHINA) == ()


# --- a backup on another machine -------------------------------------------------------------------------------------


def every_report(store: Store) -> dict[str, Any]:
    """All that the pages draw from, computed anew from the file."""
    data = load(store)
    data = replace(data, journeys=data.journeys.sort("lead_id"))  # the order of the leads is not promised
    assert data.as_of is not None
    window = Filters(preset_window("3m", data.as_of))
    plan = plan_from(*[[r.fields for r in store.records(kind)] for kind in ("strategy", "target", "tracking")])
    reports: dict[str, Any] = {
        "data": data,
        "counts": counts_report(data, Filters()),
        "bottleneck": bottleneck_report(data, window, calendar=CHINA),
        "plan": plan_report(data, plan, volume=step_volume(data), day=date(2026, 7, 1), calendar=CHINA),
        "spend": spend_months(data),
        "trust": data_trust(data, store.history(), plan.rows, date(2026, 7, 1)),
        "history": store.history(),
        "versions": store.definition_versions(),
        "preview": definition_preview(data, merge(data.definition, "opportunity", "intent").definition),
        "records": {
            kind: [record.fields for record in store.records(kind)]
            for kind in ("strategy", "target", "tracking", "feedback", "decision")
        },
    }
    for basis in COUNTINGS:
        for filters in (Filters(), window):
            reports[f"overview {basis} {filters.window.preset}"] = overview_report(data, filters, basis=basis)
    return reports


def assert_same(ours: Any, theirs: Any, where: str) -> None:
    """Equal to the last digit, through dataclasses, lists and frames."""
    if isinstance(ours, pl.DataFrame):
        assert_frame_equal(ours, theirs, categorical_as_str=True, check_exact=True)
    elif is_dataclass(ours) and not isinstance(ours, type):
        for field in fields(ours):
            assert_same(getattr(ours, field.name), getattr(theirs, field.name), f"{where}.{field.name}")
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs), where
        for i, pair in enumerate(zip(ours, theirs, strict=True)):
            assert_same(*pair, f"{where}[{i}]")
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), where
        for key in ours:
            assert_same(ours[key], theirs[key], f"{where}.{key}")
    else:
        assert ours == theirs, where


@pytest.mark.parametrize("way", ["new workspace", "restored over another one"])
def test_a_backup_on_another_machine_gives_every_report_again(store: Store, tmp_path: Path, way: str) -> None:
    store.save_definition(
        rename(store.definition(), "intent", Text("Talk", "洽谈")).definition, who="Li", now=NOW, reason="ours"
    )
    store.set_setting("typed_horizons", {"repeat": 60})
    backup = tmp_path / "usb" / "all.duckdb"
    store.backup(backup, who="Li", now=NOW)
    before = every_report(store)
    there = tmp_path / "there"
    if way == "new workspace":
        other = workspace_from_backup(there, backup)
    else:
        sample_workspace(there)
        other = open_workspace(next(there.glob("*.duckdb")))
        other.undo_batch(1, who="", now=NOW)
        other.restore(backup, who="Wang", now=NOW)
    assert_same(every_report(other), before, "")
    other.close()
