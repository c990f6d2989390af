"""One company of known truth, thinned column by column: what must still be said, and what must not.

Three hundred leads, twenty a week: half become an offer after 5 days, half of those are won 10 days later, all others
are lost 12 days after their last entry. The owner is Li or Wang, amounts are 100.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from funnel.filters import Filters
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.overview import overview_report
from funnel.reports.plain_list import plain_list
from funnel.reports.retrospective.report import retrospective_report
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import ImportBatch
from tests.claims.loading import workspace
from tests.factories import Lead, funnel, lead, log, milestones, snapshot

FULL = funnel("lead", "call", "offer", "won", won="won")
"""The template knows a stage ``call`` that this company does not have."""
END = "2024-08-31"


def company() -> list[dict[str, Any]]:
    leads = []
    for i in range(300):
        created = date(2024, 1, 1) + timedelta(days=7 * (i // 10) + i % 7)
        offer = created + timedelta(days=5) if i % 2 == 0 else None
        won = offer + timedelta(days=10) if offer and i % 4 == 0 else None
        lost = None if won else (offer or created) + timedelta(days=12)
        one = {"id": f"L{i:03}", "created": created, "offer": offer, "won": won, "lost": lost}
        leads.append(one | {"owner": "Li" if i % 3 else "Wang"})
    return leads


LEADS = company()


def logged(one: dict[str, Any]) -> Lead:
    names = {"created": "lead", "offer": "offer", "won": "won", "lost": "@lost"}
    events = ", ".join(f"{one[name]} {label}" for name, label in names.items() if one[name])
    return lead(one["id"], events, owner=one["owner"], amount=100.0)


def listed(one: dict[str, Any], *, closes: bool = True, status: bool = False, owner: bool = True) -> Lead:
    """A row of a plain list of deals: label, creation, closing date."""
    says: dict[str, Any] = {"created_at": f"{one['created']}"}
    if status:
        says |= {"status": "won" if one["won"] else "@lost", "stage": "offer" if one["offer"] else "lead"}
    else:
        says["stage"] = "won" if one["won"] else "@lost"
    if closes:
        says["closed_at"] = f"{one['won'] or one['lost']}"
    if owner:
        says["owner"] = one["owner"]
    return lead(one["id"], **says)


def without_dates_of_some_wins(one: dict[str, Any], number: int, every: int) -> Lead:
    return listed(one, status=True, closes=not (one["won"] and number % every == 0))


THIN: dict[str, Callable[[], ImportBatch]] = {
    "everything": lambda: log(*map(logged, LEADS), exported_on=END),
    "no log": lambda: snapshot(*map(listed, LEADS), exported_on=END),
    "a place of losses": lambda: snapshot(*(listed(one, status=True) for one in LEADS), exported_on=END),
    "half of the wins undated": lambda: snapshot(
        *(without_dates_of_some_wins(one, i, 8) for i, one in enumerate(LEADS)), exported_on=END
    ),
    "no losses": lambda: milestones(
        *(lead(o["id"], f"{o['won']} won" if o["won"] else "", created_at=f"{o['created']}") for o in LEADS),
        columns=("won",),
        exported_on=END,
    ),
    "owners of winners only": lambda: log(
        *(
            Lead(one.lead_id, one.events, one.says if o["won"] else {"amount": 100.0})
            for one, o in ((logged(o), o) for o in LEADS)
        ),
        exported_on=END,
    ),
}


def data(name: str) -> WorkspaceData:
    return workspace([THIN[name]()], FULL)


def figures(of: WorkspaceData) -> dict[str, Any]:
    return {row["figure"]: row["value"] for row in overview_report(of, Filters()).key_figures.iter_rows(named=True)}


@pytest.mark.parametrize("name", THIN)
def test_what_is_true_stands_however_thin_the_file(name: str) -> None:
    of = data(name)
    found = figures(of)
    assert (found["leads"], found["customers"], found["overall_conversion"]) == (300, 75, 0.25)
    assert "call" in of.support.absent, "the template's stage is not in the data"
    assert "call" not in of.funnel.keys


def test_with_every_date_every_step_is_dated_and_judged() -> None:
    of = data("everything")
    assert of.funnel.keys == ("lead", "offer", "won")
    assert {step.level for step in of.support.steps} == {"dated"}
    status = overview_report(of, Filters()).status
    assert status["mature_rate"].to_list()[1:] == [0.5, 0.5]


def test_without_a_log_no_step_has_a_rate_time_or_baseline() -> None:
    of = data("no log")
    assert of.funnel.keys == ("lead", "won"), "no label names the offer"
    of = data("a place of losses")
    assert [step.level for step in of.support.steps] == ["placed", "placed"]
    report = overview_report(of, Filters())
    assert report.telling_step == "overall"
    won = report.status.row(-1, named=True)
    assert (won["closed_advanced"], won["closed_n"], won["rate"]) == (75, 150, 0.5), "of the closed that had an offer"
    assert (won["mature_rate"], won["median_days"], won["horizon_days"]) == (None, None, None)
    steps = bottleneck_report(of, Filters())
    assert set(steps.steps["verdict"]) == {"cannot_know"}
    assert set(steps.steps["reason"]) == {"dates_missing"}
    assert steps.steps["rate"].null_count() == steps.steps.height, "no baseline from a date that stands in"
    assert steps.sla.is_empty()
    periods = report.trend.filter(position=2)
    assert periods["rate"].null_count() == periods.height
    assert report.step_trend(0)["rate"].drop_nulls().len() > 0, "the overall conversion by month stays"


def test_a_plain_list_leads_with_closings_by_month_and_open_deals() -> None:
    found = plain_list(data("a place of losses"), Filters())
    assert (found.closings["won"].sum(), found.closings["closed"].sum()) == (75, 300)
    assert found.deals.is_empty()
    silent = plain_list(data("no losses"), Filters())
    assert silent.why_not is not None
    assert silent.why_not.code == "overview.losses_not_recorded"
    assert silent.deals.height == 225


def test_wins_without_dates_carry_no_change_and_no_waterfall() -> None:
    report = retrospective_report(data("half of the wins undated"), Filters())
    assert report.headline[0].code == "retrospective.wins_undated"
    assert (report.headline[0].params["n"], report.headline[0].params["n_all"]) == (38, 75)
    assert report.drivers.is_empty()


def test_owners_of_winners_only_explain_nothing() -> None:
    of = data("owners of winners only")
    into_won = of.support.group("owner", 3)
    assert into_won is not None
    assert (into_won.level, into_won.advanced, into_won.rest) == ("winners_only", (75, 75), (0, 75))
    report = overview_report(of, Filters(), by="owner")
    assert report.step_breakdown(3)["rate"].null_count() == report.step_breakdown(3).height
    assert report.group_note(3) is not None
    full = overview_report(data("everything"), Filters(), by="owner")
    assert full.group_note(3) is None
    assert full.step_breakdown(3)["rate"].null_count() == 0


def test_a_win_taken_back_by_a_return_on_a_later_day_and_a_late_first_entry_that_is_not() -> None:
    back = lead("A", "2024-01-01 lead, 2024-01-05 offer, 2024-01-10 won, 2024-01-20 offer")
    late = lead("B", "2024-01-01 lead, 2024-01-10 won, 2024-01-20 offer")
    of = workspace([log(back, late, exported_on=END)], FULL)
    assert dict(of.journeys.select("lead_id", "outcome").iter_rows()) == {"A": "open", "B": "won"}
    before = snapshot(lead("A", stage="won", created_at="2024-01-01", closed_at="2024-01-10"), exported_on="2024-01-31")
    after = snapshot(lead("A", stage="offer", created_at="2024-01-01"), exported_on="2024-02-29")
    told = workspace([before, after], FULL)
    assert told.journeys["outcome"].to_list() == ["open"], "log and snapshots tell the same story"
