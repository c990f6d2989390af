"""A source is read again by its confirmed reading: what is new is taken in whole, what nobody confirmed is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from funnel import refresh as command
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.sources.outcomes import Outcome
from funnel.sources.refreshing import refresh
from funnel.sources.requests import take_request
from funnel.sources.source import source_of
from funnel.storage.store import Store
from tests.intake.by_tables import from_source

NIGHT = datetime(2024, 6, 1, 3)
STAGES = "id,order_nr,name,pipeline_id\n7,1,Qualified,1\n9,2,Proposal Made,1\n8,3,Talks,1\n"
DEALS = """id,stage_id,status,value,add_time,won_time,lost_time
1,8,won,400,2024-01-03,2024-03-01,
2,9,lost,500,2024-01-05,,2024-03-12
3,7,open,300,2024-01-08,,
4,9,won,200,2024-02-01,2024-04-01,
5,8,open,150,2024-02-03,,
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources" / "crm"
    folder.mkdir(parents=True)
    (folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    (folder / "stages.csv").write_text(STAGES, encoding="utf-8")
    return folder


@pytest.fixture
def store(sources: Path, tmp_path: Path) -> Store:
    return from_source(sources.parent, "crm", tmp_path, NIGHT)


def outcomes(store: Store) -> dict[str, str]:
    facts, definition = store.facts(), store.definition()
    frame = build_journeys(facts, definition, default_as_of(facts, definition) or NIGHT.date()).collect()
    return dict(frame.select("lead_id", "outcome").iter_rows())


def looked(store: Store, sources: Path, nights: int = 1) -> Outcome:
    return refresh(store, sources.parent, who="refresh", now=NIGHT + timedelta(days=nights))


def test_newer_rows_are_taken_in_and_can_be_undone(store: Store, sources: Path) -> None:
    assert looked(store, sources).state == "nothing_new"
    newer = DEALS.replace("5,8,open,150,2024-02-03,,", "5,8,won,150,2024-02-03,2024-05-30,") + (
        "6,7,open,90,2024-05-31,,\n"
    )
    (sources / "deals.csv").write_text(newer, encoding="utf-8")
    outcome = looked(store, sources)
    assert (outcome.state, outcome.n_rows) == ("taken_in", 6)
    assert outcomes(store)["5"] == "won" and outcomes(store)["6"] == "open"
    assert looked(store, sources, 2).state == "nothing_new"
    last = int(store.history()["batch_no"][-1])
    assert store.history()["who"][-1] == "refresh"
    store.undo_batch(last, who="Ann", now=NIGHT)
    assert outcomes(store)["5"] == "open" and "6" not in outcomes(store)


@pytest.mark.parametrize(
    ("file", "text", "code", "said"),
    [
        ("deals.csv", DEALS.replace("value", "worth"), "source.layout", ["worth", "value"]),
        ("deals.csv", DEALS.replace("5,8,open", "5,11,open"), "source.unknown_label", ["11"]),
        ("deals.csv", DEALS.replace("5,8,open", "5,8,parked"), "source.unknown_label", ["parked"]),
        ("deals.csv", DEALS + "5,9,open,150,2024-02-03,,\n", "source.rows_repeat", ["id"]),
        ("stages.csv", STAGES.replace("Talks", "Negotiation"), "source.stages_changed", ["Negotiation", "Talks"]),
        ("stages.csv", STAGES + "11,4,Contract,1\n", "source.stages_changed", ["Contract"]),
        ("deals.csv", "id,stage_id,status,value,add_time,won_time,lost_time\n", "source.unreadable", []),
        ("deals.csv", None, "source.table_missing", ["deals.csv"]),
    ],
)
def test_what_nobody_confirmed_is_asked_and_nothing_is_stored(
    file: str, text: str | None, code: str, said: list[str], store: Store, sources: Path
) -> None:
    before = store.versions().data
    if text is None:
        (sources / file).unlink()
    else:
        (sources / file).write_text(text, encoding="utf-8")
    outcome = looked(store, sources)
    assert outcome.state == "asks" and outcome.asks is not None
    assert outcome.asks.code == code
    assert all(word in str(dict(outcome.asks.params)) for word in said)
    source = source_of(store)
    assert source is not None and source.asks == outcome.asks, "the Import page asks when it is opened next"
    assert store.versions().data == before


def test_a_log_that_says_all_again_takes_the_place_of_its_last_import(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    log = "deal_id,stage,changed_at\n" + "".join(
        f"{deal},{stage},2024-0{month}-0{deal}\n"
        for deal in range(1, 6)
        for month, stage in enumerate(("Lead", "Offer", "Won")[: deal % 3 + 1], 1)
    )
    (folder / "log.csv").write_text(log, encoding="utf-8")
    store = from_source(folder, "log.csv", tmp_path, NIGHT)
    for night, line in enumerate(("1,Offer,2024-04-01\n", "1,Won,2024-05-01\n"), 1):
        log += line
        (folder / "log.csv").write_text(log, encoding="utf-8")
        assert refresh(store, folder, who="", now=NIGHT + timedelta(days=night)).state == "taken_in"
        assert store.facts().batches.height == 1, "not two copies of one history"
    short = "deal_id,stage,changed_at\n" + "".join(log.splitlines(keepends=True)[-3:])
    (folder / "log.csv").write_text(short, encoding="utf-8")
    assert refresh(store, folder, who="", now=NIGHT).state == "taken_in"
    assert store.facts().batches.height == 2, "a log cut at its beginning takes nothing away"
    assert len(outcomes(store)) == 5


@pytest.mark.parametrize("quiet_nights", [0, 1, 2])
def test_a_night_on_which_many_deals_are_missing_is_asked_about(tmp_path: Path, quiet_nights: int) -> None:
    """Each table of versions takes the place of the one before; the last one is compared, not only the first."""
    folder = tmp_path / "sources"
    folder.mkdir()
    head = "id,dealstage,amount,createdate,closedate,_dlt_valid_from,_dlt_valid_to\n"

    def write(deals: range, nights: int) -> None:
        rows = []
        for deal in deals:
            days = ["2024-01-02", *(f"2024-06-0{night}" for night in range(1, nights + 1)), ""]
            stages = ("Lead", *("Won" if deal % 3 == 0 else "Offer" for _ in range(nights)))
            for i, stage in enumerate(stages):
                closed = "2024-06-01" if stage == "Won" else ""
                rows.append(f"{deal},{stage},{100 + deal + i},2024-01-02,{closed},{days[i]},{days[i + 1]}\n")
        (folder / "deals.csv").write_text(head + "".join(rows), encoding="utf-8")

    write(range(1, 41), 1)
    store = from_source(folder, "deals.csv", tmp_path, NIGHT)
    for night in range(1, quiet_nights + 1):
        write(range(1, 41), 1 + night)
        assert refresh(store, folder, who="", now=NIGHT + timedelta(days=night)).state == "taken_in"
        assert store.facts().batches.height == 1, "in the place of the one before"
    write(range(1, 21), 9)  # fewer deals, more rows
    outcome = refresh(store, folder, who="", now=NIGHT + timedelta(days=7))
    assert outcome.state == "asks" and outcome.asks is not None and outcome.asks.code == "source.many_gone"
    assert outcome.asks.params["n"] == 20


def test_the_command_says_one_line_and_its_status(
    store: Store, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.close()

    def run(name: str = "Source") -> tuple[int, str]:
        status = command.main([name, "--data-dir", str(tmp_path), "--source-dir", str(sources.parent)])
        out = capsys.readouterr().out
        assert out.count("\n") == 1
        return status, out

    assert run() == (0, "Source: Nothing newer in the source.\n")
    (sources / "deals.csv").write_text(DEALS + "6,7,open,90,2024-05-31,,\n", encoding="utf-8")
    assert run() == (0, "Source: Taken in from the source: 6 rows.\n")
    (sources / "deals.csv").write_text(DEALS.replace("value", "worth"), encoding="utf-8")
    status, line = run()
    assert status == 1 and "worth" in line and "Import page" in line
    assert run("Nobody")[0] == 2


def test_word_is_left_for_the_app_that_has_the_workspace_open(tmp_path: Path) -> None:
    from funnel.sources.requests import request

    request(tmp_path / "A.duckdb")
    assert take_request(tmp_path / "A.duckdb")
    assert not take_request(tmp_path / "A.duckdb"), "it is answered once"
