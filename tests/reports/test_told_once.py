"""What an import said of its rows and what the leads' stories say is told once: each pair on the smallest file."""

from __future__ import annotations

from datetime import datetime

import pytest

from funnel.definition.definition import load_templates
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ColumnMapping
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.reports.told_once import TOLD_OF_LEADS, not_told_yet
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import ImportBatch, Spend, empty, facts_of
from tests.conftest import ROOT

NOW = datetime(2026, 7, 1, 9)
GUIDE = load_templates(ROOT / "data" / "templates")["general_b2b"]
DEALS = """\
Deal ID,Stage,Created,Close date,Expected close,Amount
1,Won,2026-01-05,2026-02-01,,100
2,Lost,2026-01-06,2026-02-03,,100
3,Intent,2026-01-07,,2026-09-01,100
"""
STAGES = """\
Lead ID,Created At,Intent Date,Won Date,Status
1,2026-01-05,2026-01-08,2026-02-01,Won
2,2026-01-06,2026-01-09,,Open
"""
FILES = {
    "won_without_amount": DEALS + "4,Won,2026-01-08,2026-02-04,,\n",
    "won_without_date": DEALS + "4,Won,2026-01-08,,,100\n",
    "lost_without_date": DEALS + "4,Lost,2026-01-08,,,100\n",
    "closed_in_future": DEALS + "4,Won,2026-01-08,2026-08-04,,100\n",
    "closed_before_created": DEALS + "4,Won,2026-01-08,2025-12-30,,100\n",
    "expected_before_created": DEALS + "4,Intent,2026-01-08,,2025-12-30,100\n",
    "entered_before_created": STAGES + "3,2026-01-08,2026-01-02,,Open\n",
    "future_dates": STAGES + "3,2026-01-08,2026-08-02,,Open\n",
    "undated_rows": DEALS + "4,Intent,,,,100\n",
    "marked_duplicate": DEALS + "4,Duplicate,2026-01-08,,,100\n",
}


def imported(file: str) -> tuple[ImportBatch, WorkspaceData]:
    table = read_table(file.encode(), "deals.csv")
    mapping = propose_mapping(table, GUIDE).mapping
    assert isinstance(mapping, ColumnMapping)
    batch = normalize(table, mapping, import_day=NOW.date())
    data = load_workspace(
        name="w", is_sample=False, facts=facts_of([batch], NOW), definition=GUIDE, spend=empty(Spend), settings={},
        import_findings=batch.findings,
    )  # fmt: skip
    return batch, data


@pytest.mark.parametrize("name", FILES)
def test_one_fact_is_told_once(name: str) -> None:
    """Both find it; of the workspace it is told as it stands in the leads, beside the file as it stands there."""
    batch, data = imported(FILES[name])
    row, lead = f"intake.{name}", TOLD_OF_LEADS[f"intake.{name}"]
    of_file = {finding.message.code: finding.n for finding in batch.findings}
    of_leads = {finding.message.code: finding.n for finding in data.trust}
    assert of_file[row] == of_leads[lead] == 1
    told = [finding.message.code for finding in data.findings]
    assert lead in told and row not in told
    assert len(told) == len(set(told)) >= len(of_file) - 1
    assert lead not in [finding.message.code for finding in not_told_yet(data.trust, batch.findings)]


def test_what_only_the_file_knows_and_what_other_files_add_stay() -> None:
    _, data = imported(FILES["won_without_amount"])
    again, _ = imported(DEALS + "4,Won,2026-01-08,2026-02-04,,\n4,Won,2026-01-09,2026-02-04,,\n")
    assert "intake.duplicate_ids" in {finding.message.code for finding in again.findings}
    more = [finding for finding in data.trust if finding.message.code == "trust.won_without_amount"]
    assert not_told_yet(more, ()) == tuple(more)
    assert not_told_yet(more, again.findings) == tuple(more), "two rows of a file, one lead of all files"
