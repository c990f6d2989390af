"""The figures of the sample that the start page shows: ``python -m data.sample.overview`` writes ``overview.json``.

They are counted by the app itself from the sample's file. Run it after a change of the sample, of its funnel, or of how
a status table is counted; a test says when it is due.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from funnel.definition.definition import load_templates
from funnel.filters import Filters
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.reports.overview import overview_report
from funnel.reports.workspace_data import load_workspace
from funnel.schema import Spend, facts_of

FOLDER = Path(__file__).parent
IMPORTED = datetime(2026, 7, 1)
"""Only says after what the sample was read; its figures are as of the last day of its data."""


def status_of_sample(language: str) -> pl.DataFrame:
    """``schema.StatusTable`` of the leads in one language ("en", "zh") over all time, in the funnel of the guide."""
    definition = load_templates(FOLDER.parent / "templates")["general_b2b"]
    table = read_table(FOLDER / f"leads_{language}.csv", f"leads_{language}.csv")
    batch = normalize(table, propose_mapping(table, definition).mapping, import_day=IMPORTED.date())
    data = load_workspace(
        name="",
        is_sample=True,
        facts=facts_of([batch], IMPORTED),
        definition=definition,
        spend=pl.DataFrame(schema=Spend.create_empty().schema),
        settings={},
    )
    return overview_report(data, Filters()).status


if __name__ == "__main__":
    (FOLDER / "overview.json").write_text(status_of_sample("en").write_json() + "\n", encoding="utf-8")
