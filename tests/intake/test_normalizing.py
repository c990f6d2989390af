"""From a table and its mapping to the frames of the Store: what becomes of every single row."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.definition.definition import definition_from_labels, load_templates
from funnel.errors import InputError
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.schema import Entries, ImportBatch, Labels, LeadRows, Rejected, StageCounts
from tests.conftest import ROOT
from tests.examples import examples

GENERAL = load_templates(ROOT / "data" / "templates")["general_b2b"]
TODAY = date(2024, 6, 30)


def table_of(text: str) -> RawTable:
    return read_table(text.strip().encode(), "file.csv")


def batch_of(text: str, **changes: Any) -> ImportBatch:
    table = table_of(text)
    mapping = replace(propose_mapping(table, GENERAL).mapping, **changes)
    return checked(normalize(table, mapping, import_day=TODAY))


def checked(batch: ImportBatch) -> ImportBatch:
    """Every batch keeps the schemas and the sum of rows."""
    LeadRows.validate(batch.lead_rows)
    Entries.validate(batch.entries)
    Labels.validate(batch.labels)
    StageCounts.validate(batch.counts)
    Rejected.validate(batch.rejected)
    assert batch.n_rows == (
        batch.n_accepted
        + batch.n_rejected
        + batch.n_left_out
        + batch.n_blank
        + batch.n_repeated_header
        + batch.n_ignored
    )
    json.dumps(batch.mapping)
    return batch


def rejected(batch: ImportBatch) -> list[tuple[int, str, str | None]]:
    return batch.rejected.select("row_no", "code", "column").rows()


# --- one row per lead ------------------------------------------------------------------------------------------------


def test_milestones_become_entries_and_one_row_per_lead() -> None:
    batch = batch_of("""
Lead ID,Created At,Qualified Date,Won Date,Amount,Source
L1,2024-01-05 09:30,2024-01-08,2024-02-01,"1,250.50",Web
L2,2024-01-06 10:00,2024-01-09,,,
""")
    assert batch.shape == "milestones"
    assert batch.lead_rows.select("row_no", "lead_id", "created_at", "created_has_time", "amount", "source").rows() == [
        (2, "L1", datetime(2024, 1, 5, 9, 30), True, 1250.5, "Web"),
        (3, "L2", datetime(2024, 1, 6, 10, 0), True, None, None),
    ]
    assert sorted(batch.entries.select("lead_id", "scope", "label", "at", "has_time").rows()) == [
        ("L1", "milestone", "Qualified Date", datetime(2024, 1, 8), False),
        ("L1", "milestone", "Won Date", datetime(2024, 2, 1), False),
        ("L2", "milestone", "Qualified Date", datetime(2024, 1, 9), False),
    ]
    assert batch.labels.select("scope", "label", "target").rows() == [
        ("milestone", "Qualified Date", "intent"),
        ("milestone", "Won Date", "won"),
    ]
    assert batch.exported_on == date(2024, 2, 1)


def test_a_blank_date_column_is_still_a_dated_stage() -> None:
    batch = batch_of("Lead ID,Created At,Qualified Date,Won Date\nL1,2024-01-05,2024-01-08,\nL2,2024-01-06,,")
    assert ("milestone", "Won Date", "won") in batch.labels.select("scope", "label", "target").rows()


def test_a_snapshot_keeps_its_labels_raw_and_trimmed() -> None:
    batch = batch_of("""
Id,Stage,Status,Created Date,Close Date,Amount
1, Proposal ,Open,2024-01-05,2024-05-31,100
2,Closed Won,Won,2024-01-06,2024-03-01,200
""")
    assert batch.lead_rows["stage_label"].to_list() == ["Proposal", "Closed Won"]
    assert batch.lead_rows["status_label"].to_list() == ["Open", "Won"]
    assert batch.lead_rows["closed_at"].to_list() == [datetime(2024, 5, 31), datetime(2024, 3, 1)]
    assert batch.entries.is_empty()
    # the forecast of the open deal is no event
    assert batch.exported_on == date(2024, 3, 1)


def test_rows_are_rejected_with_number_and_reason() -> None:
    batch = batch_of("""
Lead ID,Created At,Stage,Amount
L1,2024-01-05,Lead,10
,2024-01-06,Won,20
L3,soon,Lead,30
-,2024-01-08,Lead,40
L5,2024-01-09,Won,many
""")
    assert rejected(batch) == [
        (3, "intake.row_without_id", "Lead ID"),
        (4, "intake.unreadable_date", "Created At"),
        (5, "intake.row_without_id", "Lead ID"),
    ]
    assert batch.rejected["value"].to_list() == [None, "soon", "-"]
    assert json.loads(batch.rejected["cells"][1]) == {
        "Lead ID": "L3",
        "Created At": "soon",
        "Stage": "Lead",
        "Amount": "30",
    }
    # the unreadable amount costs the cell, not the row
    assert batch.lead_rows.select("lead_id", "amount").rows() == [("L1", 10.0), ("L5", None)]
    assert [f.rows for f in batch.findings if f.message.code == "intake.blanked"] == [(6,)]
    assert (batch.n_rows, batch.n_accepted) == (5, 2)


def test_an_unreadable_forecast_costs_only_the_cell() -> None:
    batch = batch_of(
        "Lead ID,Created At,Stage,Expected close date\nL1,2024-01-05,Lead,2024-03-01\nL2,2024-01-06,Lead,Q3"
    )
    assert batch.n_rejected == 0
    assert batch.lead_rows["expected_close_at"].to_list() == [datetime(2024, 3, 1), None]


def test_ids_keep_zeros_and_nineteen_digits() -> None:
    batch = batch_of("Lead ID,Stage\n007,Lead\n1234567890123456789,Won")
    assert batch.lead_rows["lead_id"].to_list() == ["007", "1234567890123456789"]


def test_blank_and_repeated_header_rows_are_counted() -> None:
    batch = batch_of("Lead ID,Stage\nL1,Lead\n,\nLead ID,Stage\nL2,Won")
    assert (batch.n_rows, batch.n_accepted, batch.n_blank, batch.n_repeated_header) == (4, 2, 1, 1)
    assert batch.lead_rows["row_no"].to_list() == [2, 5]


def test_a_file_without_id_makes_its_own() -> None:
    text = "Company,Created Date,Stage\nAcme,2024-01-05,Lead\nBeta,2024-01-06,Won\nAcme,2024-01-05,Lead"
    ids = batch_of(text).lead_rows["lead_id"].to_list()
    assert len(set(ids)) == 3
    assert ids[2] == f"{ids[0]}-2"
    assert batch_of(text).lead_rows["lead_id"].to_list() == ids
    shuffled = "Stage,Company,Created Date\nWon,Beta,2024-01-06\nLead,Acme,2024-01-05\nLead,Acme,2024-01-05"
    assert set(batch_of(shuffled).lead_rows["lead_id"]) == set(ids)


def test_zoned_times_are_converted() -> None:
    table = table_of("Lead ID,Created At,Stage\nL1,2024-01-05T23:30:00Z,Lead\nL2,2024-01-06T01:00:00Z,Lead")
    mapping = propose_mapping(table, GENERAL).mapping
    batch = checked(normalize(table, mapping, import_day=TODAY, time_zone="Asia/Shanghai"))
    assert batch.lead_rows["created_at"].to_list() == [datetime(2024, 1, 6, 7, 30), datetime(2024, 1, 6, 9, 0)]


def test_a_file_with_id_creation_and_attributes_only() -> None:
    batch = batch_of("lead_id,created_at,source,owner\n1,2024-01-01,Web,Ann\n2,2024-01-02,Ads,")
    assert batch.n_accepted == 2
    assert batch.labels.is_empty()
    assert batch.lead_rows["owner"].to_list() == ["Ann", None]


def test_the_stage_rules_where_the_person_says_so() -> None:
    text = "Id,Stage,Status\n1,Lead,Won\n2,Closed Won,Won\n3,Closed Lost,Open\n4,Proposal,Open\n5,,Won"
    assert batch_of(text).lead_rows["status_label"].to_list() == ["Won", "Won", "Open", "Open", "Won"]
    ruled = batch_of(text, status_rule="stage")
    assert ruled.lead_rows["status_label"].to_list() == [None, "Won", None, "Open", "Won"]
    assert ruled.lead_rows["stage_label"].to_list() == ["Lead", "Closed Won", "Closed Lost", "Proposal", None]


def test_the_export_day_is_the_latest_event_up_to_the_import() -> None:
    text = "Lead ID,Created At,Won Date,Qualified Date\nL1,2024-01-05,2031-01-01,2024-02-09\nL2,2024-01-06,,2024-02-07"
    assert batch_of(text).exported_on == date(2024, 2, 9)
    assert batch_of(text, exported_on=date(2024, 3, 31)).exported_on == date(2024, 3, 31)


def test_an_open_question_stops_the_import() -> None:
    with pytest.raises(InputError, match=r"intake\.open_question") as error:
        batch_of("Lead ID,Created At,Stage\nL1,01/02/2024,Lead\nL2,03/04/2024,Won")
    assert error.value.message.params["question"].code == "intake.date_ambiguous"


# --- one row per change ----------------------------------------------------------------------------------------------

LOG = """
Opportunity ID,Stage,Changed At,Amount,Owner
1,Qualification,2024-01-01 10:00:00,100,Ann
1,Closed Won,2024-01-05 11:00:00,120,
2,Qualification,2024-01-02 10:00:00,,
2,Closed Lost,2024-01-09 10:00:00,,Bob
2,,2024-01-10 10:00:00,,
2,Qualification,,,
"""


def test_a_stage_log_becomes_dated_entries_and_attributes() -> None:
    batch = batch_of(LOG)
    assert batch.shape == "stage_log"
    assert batch.entries.select("row_no", "lead_id", "scope", "label", "at", "has_time").rows() == [
        (2, "1", "stage", "Qualification", datetime(2024, 1, 1, 10), True),
        (3, "1", "stage", "Closed Won", datetime(2024, 1, 5, 11), True),
        (4, "2", "stage", "Qualification", datetime(2024, 1, 2, 10), True),
        (5, "2", "stage", "Closed Lost", datetime(2024, 1, 9, 10), True),
    ]
    assert batch.lead_rows.select("row_no", "changed_at", "stage_label", "amount", "owner").rows() == [
        (2, datetime(2024, 1, 1, 10), None, 100.0, "Ann"),
        (3, datetime(2024, 1, 5, 11), None, 120.0, None),
        (5, datetime(2024, 1, 9, 10), None, None, "Bob"),
    ]
    assert rejected(batch) == [(6, "intake.row_without_value", "Stage"), (7, "intake.row_without_time", "Changed At")]


FIELD_LOG = """
deal_id,change_time,changed_field_key,new_value
1,2024-01-01 10:00:00,add_time,2023-12-31T09:00:00
1,2024-01-02 10:00:00,stage_id,1
1,2024-01-03 10:00:00,user_id,77
1,2024-01-04 10:00:00,label,hot
1,2024-01-05 10:00:00,stage_id,
1,2024-01-06 10:00:00,value,"2,500.00"
1,2024-01-07 10:00:00,lost_reason,Price
1,2024-01-08 10:00:00,value,lots
,2024-01-09 10:00:00,stage_id,2
,2024-01-09 10:00:00,label,cold
"""


def test_a_field_log_spreads_its_values() -> None:
    batch = batch_of(FIELD_LOG)
    assert batch.entries.select("row_no", "label", "at").rows() == [(3, "1", datetime(2024, 1, 2, 10))]
    rows = {row["row_no"]: row for row in batch.lead_rows.iter_rows(named=True)}
    assert sorted(rows) == [2, 4, 7, 8]
    assert rows[2]["created_at"] == datetime(2023, 12, 31, 9)
    assert (rows[4]["owner"], rows[4]["changed_at"]) == ("77", datetime(2024, 1, 3, 10))
    assert rows[7]["amount"] == 2500.0
    assert rows[8]["lost_reason"] == "Price"
    # a row of a field that is not used is ignored, whatever else is wrong with it
    assert batch.n_ignored == 2
    assert rejected(batch) == [
        (6, "intake.row_without_value", "new_value"),
        (9, "intake.unreadable_number", "new_value"),
        (10, "intake.row_without_id", "deal_id"),
    ]


def test_a_creation_without_a_date_in_it_is_dated_by_its_row() -> None:
    batch = batch_of("""
OpportunityId,CreatedDate,Field,NewValue
1,2024-01-01 10:00:00,created,yes
1,2024-01-02 10:00:00,StageName,Prospecting
2,2024-01-03 10:00:00,created,yes
2,2024-01-04 10:00:00,StageName,Closed Won
""")
    assert batch.lead_rows.select("lead_id", "created_at").rows() == [
        ("1", datetime(2024, 1, 1, 10)),
        ("2", datetime(2024, 1, 3, 10)),
    ]


def test_a_status_log_has_its_own_scope() -> None:
    batch = batch_of("""
Deal ID,Status,Changed At
1,Open,2024-01-01
1,Won,2024-01-05
2,Open,2024-01-02
2,Lost,2024-01-09
""")
    assert set(batch.entries["scope"]) == {"status"}
    assert {(s, label): t for _, s, label, t in batch.labels.rows()} == {
        ("status", "Open"): "@open",
        ("status", "Won"): "won",
        ("status", "Lost"): "@lost",
    }


# --- counts ----------------------------------------------------------------------------------------------------------


def test_long_counts_with_periods_and_groups() -> None:
    batch = batch_of("""
Month,Stage,Source,Count
2024-01,Lead,Web,100
2024-01,Won,Web,10
2024-02,Lead,,90
2024-02,Won,Web,x
2024-03,,Web,7
2024-13,Lead,Web,5
2024-03,Lead,Web,-1
2024-03,Lead,Web,
""")
    assert batch.counts.select("row_no", "label", "period_start", "period_end", "source", "n").rows() == [
        (2, "Lead", date(2024, 1, 1), date(2024, 1, 31), "Web", 100.0),
        (3, "Won", date(2024, 1, 1), date(2024, 1, 31), "Web", 10.0),
        (4, "Lead", date(2024, 2, 1), date(2024, 2, 29), None, 90.0),
    ]
    assert rejected(batch) == [
        (5, "intake.unreadable_number", "Count"),
        (6, "intake.row_without_stage", "Stage"),
        (7, "intake.unreadable_period", "Month"),
        (8, "intake.negative_count", "Count"),
        (9, "intake.row_without_count", "Count"),
    ]
    assert batch.exported_on == date(2024, 2, 29)


def test_wide_counts_have_one_stage_per_column() -> None:
    batch = batch_of("Month,Leads,Opportunities,Won\n2024-01,100,50,10\n2024-02,90,,9")
    assert batch.counts.select("label", "period_start", "n").rows() == [
        ("Leads", date(2024, 1, 1), 100.0),
        ("Opportunities", date(2024, 1, 1), 50.0),
        ("Won", date(2024, 1, 1), 10.0),
        ("Leads", date(2024, 2, 1), 90.0),
        ("Won", date(2024, 2, 1), 9.0),
    ]
    assert ("stage", "Opportunities", "opportunity") in batch.labels.select("scope", "label", "target").rows()


def test_counts_with_one_column_per_period() -> None:
    batch = batch_of("阶段,2024年1月,2024年2月\n线索获取,100,90\n成交转化,10,9")
    assert sorted(batch.counts.select("label", "period_start", "period_end", "n").rows()) == [
        ("成交转化", date(2024, 1, 1), date(2024, 1, 31), 10.0),
        ("成交转化", date(2024, 2, 1), date(2024, 2, 29), 9.0),
        ("线索获取", date(2024, 1, 1), date(2024, 1, 31), 100.0),
        ("线索获取", date(2024, 2, 1), date(2024, 2, 29), 90.0),
    ]


def test_counts_by_week_and_without_period() -> None:
    weekly = batch_of("Week,Stage,Count\n2024-01-01,Lead,5\n2024-01-08,Lead,6\n2024-01-15,Lead,7")
    assert weekly.counts["period_end"].to_list() == [date(2024, 1, 7), date(2024, 1, 14), date(2024, 1, 21)]
    plain = batch_of("Stage,Count\nLead,5\nWon,1")
    assert plain.counts["period_start"].to_list() == [None, None]
    assert plain.exported_on is None


def test_one_measure_is_chosen() -> None:
    text = "step,step_name,users,rides_count\n0,Lead,5,9\n1,Won,1,8"
    table = table_of(text)
    both = ColumnMapping(
        "counts", {"step_name": "stage", "users": "count", "rides_count": "count"}, {("stage", "Lead"): "lead"}
    )
    with pytest.raises(InputError, match=r"choose_measure"):
        normalize(table, both, import_day=TODAY)
    batch = checked(normalize(table, replace(both, measure="rides_count"), import_day=TODAY))
    assert batch.counts["n"].to_list() == [9.0, 8.0]


# --- nothing is lost -------------------------------------------------------------------------------------------------

CELL = st.sampled_from(
    ["", "L1", "L2", "2024-01-05", "05/02/2024", "Won", "Lead", "x", "12", "1,5", "-", "n/a", "€ 3,50"]
)
HEADERS = [
    "Lead ID",
    "Created At",
    "Stage",
    "Status",
    "Amount",
    "Won Date",
    "Changed At",
    "Field",
    "New Value",
    "Count",
]


@given(st.integers(1, 6).flatmap(lambda w: st.tuples(
    st.lists(st.sampled_from(HEADERS), min_size=w, max_size=w, unique=True),
    st.lists(st.lists(CELL, min_size=w, max_size=w), min_size=1, max_size=8),
)))  # fmt: skip
@examples(80)
def test_any_table_gives_a_complete_batch_or_an_input_error(drawn: tuple[list[str], list[list[str]]]) -> None:
    header, rows = drawn
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [header, *rows])
    try:
        table = read_table(text.encode(), "random.csv")
        mapping = propose_mapping(table, GENERAL).mapping
        batch = checked(normalize(table, mapping, import_day=TODAY))
    except InputError:
        return
    assert batch.n_rows == table.n_rows
    numbers = batch.rejected["row_no"].to_list() + batch.lead_rows["row_no"].to_list()
    if batch.shape in ("milestones", "snapshot"):
        of_table = [*table.row_numbers, *table.left_out["row_no"], *table.rejected["row_no"]]
        assert sorted(numbers) == sorted(of_table)


@given(st.permutations(range(6)))
@examples(10)
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rows = LOG.strip().splitlines()
    shuffled = batch_of("\n".join([rows[0], *(rows[1 + i] for i in order)]))
    given_order = batch_of(LOG)
    for name in ("lead_rows", "entries", "labels"):
        frames = [getattr(batch, name).drop("row_no", strict=False) for batch in (given_order, shuffled)]
        assert sorted(frames[0].rows(), key=repr) == sorted(frames[1].rows(), key=repr)


def test_labels_of_a_custom_funnel_in_any_script() -> None:
    funnel = definition_from_labels("x", ["初访", "报价", "签单"], "签单")
    table = table_of("编号,阶段,创建时间\n1,初访,2024-01-01\n2,签单,2024-01-02\n3,别的,2024-01-03")
    batch = checked(normalize(table, propose_mapping(table, funnel).mapping, import_day=TODAY))
    targets = {label: target for _, _, label, target in batch.labels.rows()}
    assert targets == {"初访": "stage_1", "签单": "stage_3", "别的": "@ignore"}
    assert isinstance(batch.lead_rows, pl.DataFrame)
