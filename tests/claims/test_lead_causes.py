"""Causes at the first stage: what the playbook says of new leads rests on figures of the data, or is not known."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from funnel.filters import Filters, preset_window
from funnel.metrics.outlook.stays import NEVER, history_of
from funnel.planning.strategies.playbook import load_playbook
from funnel.reports.bottleneck.likely_causes import likely_causes
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.overview import overview_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import facts_of
from tests import factories
from tests.claims.loading import IMPORTED_AT
from tests.claims.loading import workspace as loaded
from tests.conftest import ROOT
from tests.factories import funnel, lead, milestones, snapshot

PATH = funnel("lead", "won", won="won")
PLAYBOOK = load_playbook(ROOT / "data" / "playbook.toml")


def company(source: list[str | None], spend: list[float]) -> WorkspaceData:
    """Thirty leads a month from January to June, their sources in turn; every fifth is won after ten days."""
    leads = []
    for i in range(180):
        created = date(2024, 1 + i // 30, 1 + i % 28)
        says = {"source": source[i % len(source)]} if source[i % len(source)] else {}
        won = {"status": "won", "closed_at": f"{created + timedelta(days=10)}"} if i % 5 == 0 else {"status": "@open"}
        leads.append(lead(f"L{i}", created_at=f"{created}", **says, **won))
    months = [date(2024, 1 + i, 1) for i in range(len(spend))]
    return load_workspace(
        name="leads",
        is_sample=False,
        facts=facts_of([snapshot(*leads, exported_on="2024-06-30")], IMPORTED_AT),
        definition=PATH,
        spend=factories.spend(*((month, None, amount) for month, amount in zip(months, spend, strict=True))),
        settings={},
    )


def stands(data: WorkspaceData, window: str = "3m") -> dict[str, tuple[str, str]]:
    filters = Filters(preset_window(window, data.day))  # ty: ignore[invalid-argument-type]
    found = likely_causes(bottleneck_report(data, filters), data, PLAYBOOK, 1)
    return {one.entry.figure.key: (one.stand, one.evidence[0].code) for one in found.entries if one.entry.figure}


def test_leads_that_became_dearer_hang_on_one_channel_and_lack_a_source() -> None:
    found = stands(company(["web"] * 5 + ["fair", None], [3000.0] * 3 + [6000.0] * 3))
    assert found == {
        "lead_cost_change": ("supports", "figures.lead_cost_change"),
        "top_source_share": ("supports", "figures.top_source_share"),
        "missing_source_share": ("supports", "figures.missing_source_share"),
    }


def test_steady_costs_and_even_sources_contradict() -> None:
    found = stands(company(["web", "fair", "phone"], [3000.0] * 6))
    assert {key: stand for key, (stand, _) in found.items()} == {
        "lead_cost_change": "cannot_know",
        "top_source_share": "contradicts",
        "missing_source_share": "contradicts",
    }
    assert found["lead_cost_change"][1] == "figures.lead_cost_change.chance"


@pytest.mark.parametrize("window", ["3m", "all"])
def test_without_spend_and_sources_nothing_is_known(window: str) -> None:
    found = stands(company([None], []), window)
    assert {stand for stand, _ in found.values()} == {"cannot_know"}
    assert all(code.endswith(".unknown") for _, code in found.values())


# --- a list of wins that goes on longer than the list of leads ------------------------------------------------------

LIST = snapshot(
    *(lead(f"L{i}", created_at=f"{date(2024, 1, 1) + timedelta(days=i)}", status="@open") for i in range(240)),
    exported_on="2024-08-27",
)
WINS = milestones(
    *(lead(f"L{i}", f"{date(2024, 1, 1) + timedelta(days=i + 40)} won") for i in range(0, 240, 5)),
    exported_on="2024-10-15",
)


def test_new_leads_after_the_list_of_leads_are_not_known_to_be_none() -> None:
    data = loaded([LIST, WINS], PATH, covers=[None, "wins"])
    assert (data.as_of, data.leads_until) == (date(2024, 10, 15), date(2024, 8, 27))
    found = overview_report(data, Filters(preset_window("3m", data.day))).key_figures
    row = found.row(by_predicate=pl.col("figure") == "leads", named=True)
    assert (row["value"], row["change_share"], row["change_reason"]) == (27.0, None, "leads_not_known")


def test_who_is_followed_for_winning_is_at_risk_of_winning_until_then() -> None:
    data = loaded([LIST, WINS], PATH, covers=[None, "wins"])
    history = history_of(data.journeys, data.funnel, data.day)
    assert set(history.stays[0].until.tolist()) == {NEVER}
    assert history.leads_until == (date(2024, 8, 27) - date(1970, 1, 1)).days
