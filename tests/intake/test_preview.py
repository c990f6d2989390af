"""What a mapping will make of a file, before anything is stored."""

from __future__ import annotations

from funnel.definition.definition import load_templates
from funnel.intake.batches.preview import label_counts
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from tests.conftest import ROOT

DEFINITION = load_templates(ROOT / "data" / "templates")["general_b2b"]


def test_labels_of_a_field_log_are_counted_in_their_own_field() -> None:
    """The owner 1 and the loss reason 1 are no stage 1: two entries into stage 1, one into stage 2."""
    text = (
        "deal,at,field,new_value\n1,2024-01-02,stage_id,1\n1,2024-01-03,user_id,1\n1,2024-01-05,stage_id,2\n"
        "2,2024-01-03,stage_id,1\n2,2024-01-09,lost_reason,1\n"
    )
    table = read_table(text.encode(), "log.csv")
    counts = label_counts(table, propose_mapping(table, DEFINITION).mapping)
    assert sorted(counts.iter_rows()) == [("stage", "1", 2), ("stage", "2", 1)]


def test_labels_of_columns_and_dates_are_counted_where_they_stand() -> None:
    text = "id,created,qualified,won,status\n1,2024-01-02,2024-01-05,2024-01-20,won\n2,2024-01-03,2024-01-06,,open\n"
    table = read_table(text.encode(), "leads.csv")
    counts = label_counts(table, propose_mapping(table, DEFINITION).mapping)
    expected = [("milestone", "qualified", 2), ("milestone", "won", 1), ("status", "open", 1), ("status", "won", 1)]
    assert sorted(counts.iter_rows()) == expected
