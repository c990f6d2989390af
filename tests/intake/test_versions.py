"""Tables of versions: what is valid now are the leads, older rows date the changes, what has no present row is gone.

Each history is written by hand, as three nights of a loading tool leave it; the right answers are counted from it.
"""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition, load_templates
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.funnel_of_file import suggest_definition
from funnel.intake.proposing.propose import propose, with_targets
from funnel.intake.reading.reader import read_table
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.schema import Facts, ImportBatch, facts_of
from tests.conftest import ROOT
from tests.intake.test_normalizing import checked

ANY = load_templates(ROOT / "data" / "templates")["general_b2b"]
TODAY = date(2026, 3, 31)
HEAD = "id,dealstage,amount,createdate,closedate,_dlt_valid_from,_dlt_valid_to,_dlt_id\n"
N1, N2, N3 = "2026-03-02 03:00:00", "2026-03-03 03:00:00", "2026-03-04 03:00:00"
FIRST = [
    f"1,New,100,2026-02-01 09:00:00,,{N1},,a",
    f"2,Demo,200,2026-02-02 09:00:00,,{N1},,b",
    f"3,Offer,300,2026-02-03 09:00:00,,{N1},,c",
    f"4,Closed Won,400,2026-02-04 09:00:00,2026-02-20 10:00:00,{N1},,d",
    f"5,Closed Lost,500,2026-02-05 09:00:00,2026-02-22 10:00:00,{N1},,e",
    f"6,New,600,2026-02-06 09:00:00,,{N1},,f",
]


def read(rows: list[str], head: str = HEAD) -> tuple[ImportBatch, Facts, FunnelDefinition]:
    table = read_table((head + "\n".join(rows) + "\n").encode(), "deals.csv")
    proposal = propose(table, ANY)
    definition = suggest_definition(table, proposal.mapping, proposal.said, proposal.won).definition("d")
    mapping = with_targets(table, proposal.mapping, definition, proposal.said)
    batch = checked(normalize(table, mapping, import_day=TODAY))
    return batch, facts_of([batch], datetime(2026, 3, 31, 12)), definition


def journeys(facts: Facts, definition: FunnelDefinition) -> dict[str, dict]:
    as_of = default_as_of(facts, definition)
    assert as_of is not None
    frame = build_journeys(facts, definition, as_of).collect().sort("lead_id")
    names = {f"entered_{stage.key}": stage.name.en for stage in definition.stages}
    return {row["lead_id"]: row for row in frame.rename(names).iter_rows(named=True)}


def ended(rows: list[str], night: str, *ids: str) -> list[str]:
    """The rows with the open versions of these deals ended that night."""
    cells = [row.split(",") for row in rows]
    return [",".join([*c[:6], night, c[7]] if c[0] in ids and not c[6] else c) for c in cells]


SECOND = [
    *ended(FIRST, N2, "1", "3", "6"),
    f"1,Demo,100,2026-02-01 09:00:00,,{N2},,g",
    f"3,Closed Won,350,2026-02-03 09:00:00,2026-03-02 17:30:00,{N2},,h",
    f"7,New,700,2026-03-02 15:00:00,,{N2},,i",
]
THIRD = [
    *ended(SECOND, N3, "2", "7"),
    f"2,Closed Lost,200,2026-02-02 09:00:00,2026-06-30 00:00:00,{N3},,j",
    f"7,Offer,700,2026-03-02 15:00:00,,{N3},,k",
]


def test_the_first_night_is_a_plain_list_of_today() -> None:
    batch, facts, definition = read(FIRST)
    assert {"changed_at", "valid_until"} <= set(batch.mapping["roles"].values())
    assert batch.entries.is_empty(), "nobody knows since when a deal stood where the first night found it"
    assert batch.exported_on == date(2026, 3, 2)
    found = journeys(facts, definition)
    assert [found[i]["outcome"] for i in "123456"] == ["open", "open", "open", "won", "lost", "open"]
    assert found["4"]["won_at"] == datetime(2026, 2, 20, 10), "not the night of the load"
    assert found["5"]["lost_at"] == datetime(2026, 2, 22, 10)
    assert found["2"]["Demo"] is None and found["2"]["furthest_stage"] == 2


@pytest.mark.parametrize("order", [1, -1])
def test_later_nights_date_what_changed_and_leave_out_what_is_gone(order: int) -> None:
    batch, facts, definition = read(THIRD[::order])
    assert [stage.name.en for stage in definition.stages] == ["New", "Demo", "Offer", "Closed Won"]
    found = journeys(facts, definition)
    assert sorted(found) == ["1", "2", "3", "4", "5", "7"], "deal 6 has no version that is valid"
    assert batch.rejected["code"].to_list() == ["reading.left_out.gone"]
    assert [f.n for f in batch.findings if f.message.code == "intake.left_the_source"] == [1]
    assert batch.exported_on == date(2026, 3, 4)
    one, two, three, seven = (found[i] for i in "1237")
    assert (one["outcome"], one["New"], one["Demo"]) == ("open", datetime(2026, 2, 1, 9), datetime(2026, 3, 3, 3))
    assert (three["outcome"], three["amount"]) == ("won", 350), "the present version alone says the amount"
    assert three["won_at"] == datetime(2026, 3, 2, 17, 30), "its own date, since it lies between the two nights"
    assert three["furthest_stage"] == 4 and three["Offer"] is None
    assert (two["outcome"], two["lost_at"]) == ("lost", datetime(2026, 3, 4, 3)), "a planned date is none of the loss"
    assert two["lost_stage"] == 3, "it stood at Demo before"
    assert (seven["New"], seven["Demo"], seven["Offer"]) == (
        datetime(2026, 3, 2, 15), None, datetime(2026, 3, 4, 3)
    )  # fmt: skip


def test_a_deal_that_was_away_for_a_night_came_back_unchanged() -> None:
    rows = [*ended(FIRST, N2, "1"), f"1,New,100,2026-02-01 09:00:00,,{N3},,g"]
    batch, facts, definition = read(rows)
    assert batch.entries.is_empty() and len(journeys(facts, definition)) == 6


def test_ends_in_the_far_future_are_open_and_a_part_without_open_ends_loses_nobody() -> None:
    far = [",".join([*row.split(",")[:6], row.split(",")[6] or "9999-12-31 00:00:00", "x"]) for row in THIRD]
    assert len(journeys(*read(far)[1:])) == 6
    closed = [",".join([*row.split(",")[:6], row.split(",")[6] or "2026-03-05 03:00:00", "x"]) for row in THIRD]
    assert len(journeys(*read(closed)[1:])) == 7, "the newest version stands for each of them"


def test_a_stage_beside_a_status_as_pipedrive_has_them() -> None:
    head = "id,stage_id,status,value,add_time,lost_time,lost_reason,_dlt_valid_from,_dlt_valid_to\n"
    rows = [
        f"1,Qualified,open,10,2026-02-01 09:00:00,,,{N1},{N2}",
        f"1,Offer,open,10,2026-02-01 09:00:00,,,{N2},{N3}",
        f"1,Offer,won,10,2026-02-01 09:00:00,,,{N3},",
        f"2,Offer,lost,20,2026-02-02 09:00:00,2026-02-22 10:00:00,price,{N1},",
        f"3,Talks,open,30,2026-02-03 09:00:00,,,{N1},",
        f"4,Offer,open,40,2026-02-04 09:00:00,,,{N1},{N2}",
        f"4,Offer,lost,40,2026-02-04 09:00:00,2026-03-02 11:00:00,time,{N2},",
        f"5,Qualified,open,50,2026-02-05 09:00:00,,,{N1},",
    ]
    found = journeys(*read(rows, head)[1:])
    outcomes = {i: row["outcome"] for i, row in found.items()}
    assert outcomes == {"1": "won", "2": "lost", "3": "open", "4": "lost", "5": "open"}
    assert found["1"]["won_at"] == datetime(2026, 3, 4, 3) and found["1"]["Offer"] == datetime(2026, 3, 3, 3)
    assert found["2"]["lost_at"] == datetime(2026, 2, 22, 10), "a reason of loss is as old as the loss, not as the load"
    assert found["4"]["lost_at"] == datetime(2026, 3, 2, 11)
    assert pl.Series([found["2"]["lost_reason"], found["4"]["lost_reason"]]).to_list() == ["price", "time"]


def test_columns_that_only_sound_like_versions_stay_what_they_are() -> None:
    """Offers that are valid from … to are no versions while no id repeats."""
    head = "id,dealstage,amount,createdate,valid_from,valid_to\n"
    rows = [f"{i},{'New' if i % 2 else 'Closed Won'},10,2026-02-0{i},2026-02-0{i},2026-03-0{i}" for i in range(1, 7)]
    batch, facts, definition = read(rows, head)
    assert "valid_until" not in batch.mapping["roles"].values() and len(journeys(facts, definition)) == 6
