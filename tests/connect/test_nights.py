"""From a CRM's API to figures: deals move over three nights, the example asks each night, ``funnel.refresh`` follows.

The story is written by hand in ``STORY`` below; the right answers are read off it. Nothing leaves this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from funnel import refresh as command
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.sources.source import source_of
from funnel.storage.store import Store
from funnel.storage.workspaces import list_workspaces, open_workspace
from tests.connect.playing import Nights, Playing
from tests.intake.by_tables import from_source

SUNDAY, MONDAY, TUESDAY, WEDNESDAY = (f"2024-03-{day:02}T23:30:00Z" for day in (3, 4, 5, 6))
NEW, OFFER, TALKS = 7, 9, 8


@pytest.fixture(scope="module")
def crm() -> Iterator[Playing]:
    playing = Playing()
    yield playing
    playing.server.shutdown()
    playing.server.server_close()


@pytest.fixture(scope="module")
def nights(crm: Playing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    running = Nights(crm, tmp_path_factory.mktemp("nights"))
    yield running
    running.close()


def deal(no: int, stage: int, **said: Any) -> dict[str, Any]:
    times = {"add_time": f"2024-02-{no:02}T09:00:00Z", "won_time": None, "lost_time": None, "update_time": "now"}
    return {"id": no, "title": f"Deal {no}", "stage_id": stage, "status": "open", "value": 100 * no, "currency": "EUR",
            "lost_reason": None, "owner_id": 11 + no % 2, "label_ids": [1, 2], **times} | said  # fmt: skip


def won(at: str) -> dict[str, Any]:
    return {"status": "won", "won_time": at}


def lost(at: str) -> dict[str, Any]:
    return {"status": "lost", "lost_time": at, "lost_reason": "price"}


def sunday(crm: Playing) -> dict[int, dict[str, Any]]:
    """What the first night finds: 3 was won and 5 lost before; 6 was lost and archived."""
    crm.stages = [{"id": i, "order_nr": n, "name": name, "pipeline_id": 1}
                  for n, (i, name) in enumerate([(NEW, "New"), (OFFER, "Offer"), (TALKS, "Talks")])]  # fmt: skip
    crm.archived = [deal(6, NEW, **lost("2024-02-23T10:00:00Z"))]
    places = {1: NEW, 2: TALKS, 3: TALKS, 4: NEW, 5: OFFER, 7: OFFER, 8: NEW, 9: TALKS, 10: OFFER}
    now = {no: deal(no, stage) for no, stage in places.items()}
    now[3] |= won("2024-02-20T10:00:00Z")
    now[5] |= lost("2024-02-22T10:00:00Z")
    return now


def journeys(store: Store) -> dict[int, dict[str, Any]]:
    facts, definition = store.facts(), store.definition()
    as_of = default_as_of(facts, definition)
    assert as_of is not None
    frame = build_journeys(facts, definition, as_of).collect()
    names = {f"entered_{stage.key}": stage.name.en for stage in definition.stages}
    return {int(row["lead_id"]): row for row in frame.rename(names).iter_rows(named=True)}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 3, day, hour, minute)


def test_three_nights_of_a_crm(
    crm: Playing, nights: Nights, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "sources" / "crm.duckdb"
    now = sunday(crm)

    def night(when: str) -> tuple[int, str]:
        """The example asks the CRM, then the app looks into its source; on the first night somebody imports it."""
        crm.deals = list(now.values())
        nights.run("pipedrive", when, target)
        if when == SUNDAY:
            from_source(target.parent, target.name, tmp_path, at(4, 5)).close()
            return 0, ""
        status = command.main(["Source", "--data-dir", str(tmp_path)])
        return status, capsys.readouterr().out

    def stored() -> Store:
        (info,) = list_workspaces(tmp_path)
        return open_workspace(info.path)

    night(SUNDAY)
    store = stored()
    found = journeys(store)
    assert [stage.name.en for stage in store.definition().stages][:3] == ["New", "Offer", "Talks"]
    assert {no: row["outcome"] for no, row in found.items() if row["outcome"] != "open"} == {
        3: "won", 5: "lost", 6: "lost"
    }  # fmt: skip
    assert (found[3]["won_at"], found[5]["lost_at"]) == (datetime(2024, 2, 20, 10), datetime(2024, 2, 22, 10))
    assert not any(found[no][stage] for no in (2, 7, 9, 10) for stage in ("Offer", "Talks")), "nobody knows since when"
    store.close()

    # Monday: 1 gets an offer, 4 is deleted, 3 is archived, 20 is new and gets its offer on the same day.
    now[1]["stage_id"] = OFFER
    del now[4]
    crm.archived.append(now.pop(3))
    now[20] = deal(20, OFFER, add_time="2024-03-04T10:00:00Z")
    status, line = night(MONDAY)
    assert status == 0 and "Leads that the source no longer has: 1." in line

    # Tuesday: 1 goes on to talks, 2 is won at noon, 7 is lost in the afternoon, 8 changes its value only.
    now[1]["stage_id"] = TALKS
    now[2] |= won("2024-03-05T12:00:00Z")
    now[7] |= lost("2024-03-05T16:00:00Z")
    now[8]["value"] = 999
    assert night(TUESDAY)[0] == 0

    store = stored()
    found = journeys(store)
    assert sorted(found) == [1, 2, 3, 5, 6, 7, 8, 9, 10, 20], "4 was deleted; 3 and 6 are archived, not gone"
    outcomes = {no: row["outcome"] for no, row in found.items() if row["outcome"] != "open"}
    assert outcomes == {2: "won", 3: "won", 5: "lost", 6: "lost", 7: "lost"}
    assert (found[1]["Offer"], found[1]["Talks"]) == (at(4, 23, 30), at(5, 23, 30))
    assert found[1]["New"] == datetime(2024, 2, 1, 9), "since its creation"
    assert (found[2]["won_at"], found[7]["lost_at"]) == (at(5, 12), at(5, 16)), "as the CRM says it, not the night"
    assert found[3]["won_at"] == datetime(2024, 2, 20, 10), "being archived is no win"
    assert found[7]["lost_stage"] == 3 and found[7]["lost_reason"] == "price", "on the way from the offer to the talks"
    assert found[20]["Offer"] == at(4, 10) and found[8]["amount"] == 999
    assert store.facts().batches.height == 1, "one history, not three"
    before = store.versions().data
    store.close()

    # Wednesday: somebody renames a stage.
    crm.stages[2]["name"] = "Negotiation"
    status, line = night(WEDNESDAY)
    assert status == 1 and "Negotiation" in line and "Import page" in line
    store = stored()
    source = source_of(store)
    assert source is not None and source.asks is not None and source.asks.code == "source.stages_changed"
    assert store.versions().data == before and journeys(store) == found
    store.close()
    assert not any("telemetry" in path for path in crm.asked), "the example tells nobody"


def test_the_other_two_are_asked_in_their_own_way(crm: Playing, nights: Nights, tmp_path: Path) -> None:
    """HubSpot and Salesforce: the key, the pages and the fields of the example are those that the server plays."""
    places = ["appointmentscheduled", "contractsent", "closedwon", "closedlost", "contractsent"]
    crm.stages = [{"id": i, "label": name, "displayOrder": n, "metadata": {"probability": p, "isClosed": closed}}
                  for n, (i, name, p, closed) in enumerate([
                      ("appointmentscheduled", "First call", "0.2", "false"), ("contractsent", "Offer", "0.9", "false"),
                      ("closedwon", "Order", "1.0", "true"), ("closedlost", "No deal", "0.0", "true")])]  # fmt: skip
    crm.deals = [{"id": str(900 + n), "properties": {
        "dealname": f"Deal {n}", "dealstage": place, "pipeline": "default", "amount": str(100 * n), "createdate":
        f"2024-02-0{n}T09:00:00Z", "closedate": "2024-02-20T10:00:00Z" if "closed" in place else "2024-09-01T00:00:00Z",
        "hs_is_closed": str("closed" in place).lower(), "hs_is_closed_won": str(place == "closedwon").lower(),
    }} for n, place in enumerate(places, 1)]  # fmt: skip
    figures(crm, nights, tmp_path, "hubspot", ["First call", "Offer", "Order"])
    names = ["Prospecting", "Proposal", "Closed Won", "Closed Lost"]
    crm.stages = [{"attributes": {}, "ApiName": name, "MasterLabel": name, "SortOrder": n, "DefaultProbability": p,
                   "IsClosed": p in (0, 100), "IsWon": p == 100}
                  for n, (name, p) in enumerate(zip(names, (10, 60, 100, 0), strict=True), 1)]  # fmt: skip
    crm.deals = [{"attributes": {}, "Id": f"006{n}", "Name": f"Deal {n}", "StageName": name, "Amount": 100.0 * n,
                  "CreatedDate": f"2024-02-0{n}T09:00:00.000+0000", "CloseDate": "2024-02-20", "LeadSource": "Web",
                  "IsClosed": "Closed" in name, "IsWon": name == "Closed Won", "OwnerId": "005", "AccountId": f"001{n}"}
                 for n, name in enumerate([names[0], names[1], names[2], names[3], names[1]], 1)]  # fmt: skip
    figures(crm, nights, tmp_path, "salesforce", ["Prospecting", "Proposal", "Closed Won"])


def figures(crm: Playing, nights: Nights, folder: Path, name: str, stages: list[str]) -> None:
    """Five deals: the third is won for 300, the fourth lost, three are open."""
    target = folder / name / "crm.duckdb"
    nights.run(name, SUNDAY, target)
    store = from_source(target.parent, target.name, folder / f"{name}-workspaces", at(4, 5))
    found = sorted(journeys(store).items())
    assert [row["outcome"] for _, row in found] == ["open", "open", "won", "lost", "open"]
    assert [row["amount"] for _, row in found] == [100, 200, 300, 400, 500]
    assert found[2][1]["won_at"].date() == datetime(2024, 2, 20).date()
    assert [stage.name.en for stage in store.definition().stages] == stages
    store.close()
