"""What the Check step says about a file: every finding against a file that has it, and one that has not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from funnel.definition.definition import load_templates
from funnel.i18n.messages import MESSAGES
from funnel.i18n.translator import Translator
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ROLES
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.schema import Finding
from tests.conftest import ROOT

GENERAL = load_templates(ROOT / "data" / "templates")["general_b2b"]
TODAY = date(2024, 6, 30)


def findings_of(text: str, today: date = TODAY, **changes: Any) -> dict[str, Finding]:
    """The findings of a file by the last part of their code; every one of them has a sentence in both languages."""
    table = read_table(text.strip().encode(), "file.csv")
    mapping = replace(propose_mapping(table, GENERAL).mapping, **changes)
    found = normalize(table, mapping, import_day=today).findings
    for language in ("en", "zh_Hans"):
        translator = Translator(language)
        for finding in found:
            assert "%(" not in translator.message(finding.message)
            assert translator.message_of(finding.done)
    assert all(finding.n > 0 for finding in found)
    return {finding.message.code.split(".", 1)[1]: finding for finding in found}


def test_a_clean_file_has_no_findings() -> None:
    assert (
        findings_of("""
Lead ID,Created At,Qualified Date,Won Date,Amount,Source,Owner
L1,2024-01-05,2024-01-08,2024-02-01,1250,Web,Ann
L2,2024-01-06,2024-01-09,,,Ads,Bob
""")
        == {}
    )


def test_duplicates_by_id_and_by_content() -> None:
    found = findings_of("""
Lead ID,Stage,Amount
1,Lead,5
1,Lead,5
2,Lead,5
2,Closed Won,6
3,Lead,7
""")
    assert (found["duplicate_rows"].n, found["duplicate_rows"].rows, found["duplicate_rows"].leads) == (1, (3,), ("1",))
    assert (found["duplicate_ids"].n, found["duplicate_ids"].rows) == (1, (5,))
    assert found["duplicate_ids"].done == "intake.done.merged"


def test_equal_rows_without_an_id_are_leads_of_their_own_and_worth_a_warning() -> None:
    found = findings_of("Company,Created Date,Stage\nAcme,2024-01-05,Lead\nAcme,2024-01-05,Lead\nBeta,2024-01-06,Won")
    assert (found["duplicate_rows"].n, found["duplicate_rows"].severity) == (1, "warning")
    assert found["row_is_the_unit"].n == 3


DATES = """
Id,Stage,Created Date,Close Date,Amount
1,Closed Won,2024-03-05,2024-03-01,10
2,Closed Won,2024-03-05,2024-03-05,10
3,Proposal,2024-03-05,2024-02-01,10
4,Closed Lost,2024-03-05,2024-01-01,10
5,Closed Lost,2024-03-05,,10
6,Closed Won,2024-03-05,,10
7,Closed Won,2024-03-05,2024-04-01,
8,Closed Won,2024-03-05,2031-04-01,10
9,Lead,2030-03-05,2031-03-05,10
"""


def test_dates_that_cannot_be() -> None:
    found = findings_of(DATES)
    rows = {code: finding.rows for code, finding in found.items()}
    assert rows == {
        "closed_before_created": (2, 5),
        "expected_before_created": (4,),
        "future_dates": (10,),
        "closed_in_future": (9,),
        "won_without_date": (7,),
        "won_without_amount": (8,),
        "lost_without_date": (6,),
    }


def test_the_same_day_is_not_before() -> None:
    text = (
        "Lead ID,Created At,Won Date,Qualified Date\n"
        "1,2024-01-05 15:00,2024-01-05,2024-01-05\n2,2024-01-05 09:00,,2024-01-04"
    )
    found = findings_of(text)
    assert found["entered_before_created"].rows == (3,)
    assert found["entered_before_created"].message.params["column"] == "Qualified Date"


def test_won_milestones_need_an_amount() -> None:
    text = "Lead ID,Created At,Qualified Date,Won Date,Amount\n1,2024-01-05,2024-01-06,2024-01-07,\n2,2024-01-05,,,"
    found = findings_of(text)
    assert found["won_without_amount"].rows == (2,)


def test_stage_and_status_that_contradict() -> None:
    text = (
        "Id,Stage,Status\n"
        "1,Lead,Won\n2,Closed Won,Won\n3,Closed Lost,Open\n4,Proposal,Open\n5,Closed Won,Lost\n6,Lead,Lost"
    )
    found = findings_of(text)
    assert found["stage_and_status"].rows == (2, 4, 6)
    assert found["stage_and_status"].done == "intake.done.status_rules"
    ruled = findings_of(text, status_rule="stage")["stage_and_status"]
    assert (ruled.rows, ruled.done) == ((2, 4, 6), "intake.done.stage_rules")


def test_gaps_in_source_and_owner() -> None:
    found = findings_of("Id,Stage,Lead Source,Owner\n1,Lead,Web,Ann\n2,Lead,,n/a\n3,Won,-,Bob")
    assert (found["missing_source"].rows, found["missing_owner"].rows) == ((3, 4), (3,))
    assert findings_of("Id,Stage\n1,Lead\n2,Won") == {}


def test_labels_without_a_stage() -> None:
    text = "Id,Stage\n1,Lead\n2,Purple\n3,Purple\n4,Won"
    found = findings_of(text)
    assert (found["ignored_labels"].n, found["ignored_labels"].message.params["labels"]) == (2, ["Purple"])
    table = read_table(text.encode(), "file.csv")
    mapping = propose_mapping(table, GENERAL).mapping
    known = {key: target for key, target in mapping.labels.items() if key[1] != "Purple"}
    assert findings_of(text, labels=known)["unknown_labels"].n == 2


def test_a_milestone_without_a_stage() -> None:
    found = findings_of("Lead ID,Created At,First Contact Date,Won Date\n1,2024-01-05,2024-01-06,2024-01-07")
    assert found["ignored_milestones"].message.params["columns"] == ["First Contact Date"]


def test_cells_that_were_cleaned_or_left_blank() -> None:
    found = findings_of('Id,Stage,Amount\n1,Lead,5\n2,Lead,lots\n3,"Won ",7')
    assert found["blanked"].rows == (3,)
    assert found["trimmed"].rows == (4,)


def test_a_file_without_stages_says_so() -> None:
    found = findings_of("Lead ID,Created At,Source\nL1,2024-01-05,Web\nL2,2024-01-06,Ads")
    assert (found["attributes_only"].n, found["attributes_only"].severity) == (2, "note")
    undated = findings_of("Lead ID,Source\nL1,Web\nL2,Ads")
    assert undated["attributes_only"].severity == "warning"


def test_rejected_rows_are_summed_up_by_reason() -> None:
    found = findings_of("Lead ID,Created At\nL1,2024-01-05\n,2024-01-06\n,2024-01-07")
    assert (found["rejected"].n, found["rejected"].rows) == (2, (3, 4))
    assert found["rejected"].message.params["reason"].code == "intake.row_without_id"


def test_ids_that_a_spreadsheet_turned_into_numbers() -> None:
    found = findings_of("Lead ID,Stage\n1.23457E+15,Lead\n1001.0,Lead\n1002,Won\nA.0,Won")
    assert found["ids_like_floats"].rows == (2, 3)


def test_leads_marked_as_duplicates() -> None:
    found = findings_of("Lead ID,Stage\n1,Lead\n2,Duplicate\n3,重复线索")
    assert (found["marked_duplicate"].rows, found["marked_duplicate"].done) == ((3, 4), "intake.done.left_out")


def _wins(days: list[int], owners: list[str]) -> str:
    rows = ["Id,Stage,Created Date,Close Date,Amount,Owner,Lead Source"]
    start = date(2024, 2, 1)
    for i, (day, owner) in enumerate(zip(days, owners, strict=True)):
        rows.append(f"{i},Closed Won,2024-01-15,{start + timedelta(days=day)},{1234 + 7 * i},{owner},Web")
    return "\n".join(rows)


def test_all_wins_of_one_owner_on_one_day() -> None:
    found = findings_of(_wins([3, 3, 3, 3, 3, 1, 2, 4, 5, 9], ["Ann"] * 5 + ["Bob"] * 5))
    assert found["one_day_owner"].message.params["owner"] == "Ann"
    assert (found["one_day_owner"].n, found["one_day_owner"].rows) == (5, (2, 3, 4, 5, 6))
    # four wins may well fall on one day, and a company of one is no comparison
    assert "one_day_owner" not in findings_of(_wins([3, 3, 3, 3, 1, 2, 4, 5, 9], ["Ann"] * 4 + ["Bob"] * 5))
    assert "one_day_owner" not in findings_of(_wins([3] * 6, ["Ann"] * 6))


def test_a_day_on_which_everything_was_closed() -> None:
    usual = [i % 28 for i in range(56)]
    assert "bulk_day" not in findings_of(_wins(usual, ["Ann", "Bob"] * 28))
    found = findings_of(_wins(usual + [29] * 30, ["Ann", "Bob"] * 43))
    assert found["bulk_day"].n == 30
    assert found["bulk_day"].message.params["day"] == date(2024, 3, 1)
    assert found["bulk_day"].message.params["usual"] == 2


def test_busy_days_are_no_bulk_edit_where_all_days_are_busy() -> None:
    assert "bulk_day" not in findings_of(_wins([1, 2, 3] * 30, ["Ann", "Bob"] * 45))


def test_changes_that_carry_one_moment() -> None:
    rows = ["Deal ID,Stage,Changed At"]
    moment = datetime(2024, 3, 1, 10, 0)
    for i in range(30):
        at = moment if i < 12 else moment + timedelta(hours=i)
        rows += [f"{i},Qualification,{at - timedelta(days=9, minutes=i)}", f"{i},Proposal,{at}"]
    found = findings_of("\n".join(rows))
    assert (found["bulk_moment"].n, found["bulk_moment"].message.params["moment"]) == (12, moment)


def test_amounts_that_heap_on_round_numbers() -> None:
    def amounts(values: list[int]) -> str:
        return "Id,Stage,Amount\n" + "\n".join(f"{i},Lead,{value}" for i, value in enumerate(values))

    assert "round_amounts" not in findings_of(amounts([5000 + 37 * i for i in range(40)]))
    found = findings_of(amounts([5000] * 25 + [5037 + 41 * i for i in range(15)]))
    assert (found["round_amounts"].n, found["round_amounts"].message.params["total"]) == (25, 40)
    assert "negative_amounts" in findings_of(amounts([-5, 10, 20]))


def test_a_log_says_what_it_left_out() -> None:
    found = findings_of("""
deal_id,change_time,changed_field_key,new_value
1,2024-01-02 10:00:00,stage_id,Lead
1,2024-01-02 10:00:00,stage_id,Lead
1,2024-01-04 10:00:00,label,hot
2,2024-01-03 10:00:00,stage_id,Closed Won
""")
    assert (found["ignored_fields"].n, found["ignored_fields"].message.params["fields"]) == (1, ["label"])
    assert found["duplicate_changes"].rows == (3,)


def test_counts_say_what_is_not_stated_and_what_was_added_up() -> None:
    found = findings_of("Stage,Source,Product,Count\nLead,Web,A,5\nLead,Web,B,6\nLead,,A,7", roles={
        "Stage": "stage", "Source": "source", "Product": "ignore", "Count": "count"})  # fmt: skip
    assert found["group_not_stated"].message.params["total"] == 7
    assert found["counts_added_up"].n == 2


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_every_sentence_of_the_import_is_complete(language: str) -> None:
    """Roles, readings and answers are chosen by code: each has its words."""
    translator = Translator(language)
    from funnel.intake.cells import dates, numbers

    for code in [f"intake.role.{role}" for role in ROLES]:
        assert translator.message_of(code)
    for reading in (*dates.READINGS, *numbers.READINGS):
        assert translator.message_of(f"intake.reading.{reading}")
    assert all(code.count(".") <= 2 for code in MESSAGES if code.startswith("intake."))


def test_a_history_in_one_cell_is_said_not_to_be_read() -> None:
    rows = ('1,Won,2024-01-03,"2024-01-03 Lead\n2024-02-14 Won"', "2,Lead,2024-01-05,2024-01-05 Lead")
    text = "\n".join(("Deal ID,Stage,Created,Log", *rows))
    assert findings_of(text)["packed_history"].n == 1
    assert "packed_history" not in findings_of(text.replace("\n2024-02-14 Won", ""))
