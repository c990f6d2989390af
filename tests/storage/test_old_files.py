"""Workspace files that earlier versions wrote open as before: a stored file of every form that was ever released.

``old/workspace_2.duckdb.gz`` was written by the last version before regions: ``leads.csv`` and ``totals.csv`` beside it
were imported into it, with a month of spend and the currency.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import from_dict
from funnel.intake.reading.reader import read_table
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.schema import Batches, LeadRows, StageCounts
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace

OLD = Path(__file__).parent / "old"
NOW = datetime(2026, 11, 1, 8)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    file = tmp_path / "Old.duckdb"
    file.write_bytes(gzip.decompress((OLD / "workspace_2.duckdb.gz").read_bytes()))
    return open_workspace(file, now=NOW)


def test_an_old_file_opens_with_the_same_leads_totals_and_settings(store: Store) -> None:
    facts = store.facts()
    for schema, frame in ((Batches, facts.batches), (LeadRows, facts.lead_rows), (StageCounts, facts.counts)):
        schema.validate(frame)
    assert facts.batches.select("file_name", "n_accepted", "time_zone", "covers").rows() == [
        ("leads.csv", 4, None, None),
        ("totals.csv", 4, None, None),
    ]
    definition = store.definition()
    as_of = default_as_of(facts, definition)
    assert as_of is not None
    leads = build_journeys(facts, definition, as_of).sort("lead_id").collect()
    assert leads.select("lead_id", "outcome", "amount", "source", "segment", "region").rows() == [
        ("A", "won", 1200.0, "web", "North", None),
        ("B", "lost", None, "fair", "South", None),
        ("C", "open", None, "web", "North", None),
        ("D", "won", 800.0, None, None, None),
    ]
    assert facts.counts["n"].sum() == 120 + 50 + 100 + 40
    assert (store.settings()["currency"], store.spend()["amount"].sum()) == ("CNY", 900.0)
    assert store.automatic_backups() != []  # a copy of the old form was kept


@pytest.mark.parametrize(("number", "name"), [(1, "leads.csv"), (2, "totals.csv")])
def test_the_same_file_is_known_although_its_mapping_was_stored_in_the_old_form(
    store: Store, number: int, name: str
) -> None:
    """The totals of a file that was imported before would otherwise count twice."""
    stored = store.mapping(number)
    assert stored["measure"] is None or stored["exported_on"] is None, "the stored mapping holds defaults"
    batch = normalize(read_table(OLD / name, name), from_dict(stored), import_day=NOW.date())
    receipt = store.import_batch(batch, who="Wu", now=NOW)
    assert (receipt.batch_no, receipt.already_imported) == (number, True)
    assert store.facts().counts["n"].sum() == 310
    other = replace(batch, mapping=batch.mapping | {"status_rule": "stage"})
    assert not store.import_batch(other, who="Wu", now=NOW).already_imported


def test_a_mapping_is_stored_without_its_defaults(store: Store) -> None:
    """A field that is added to the mapping later must not make a known file look like another."""
    mapping = from_dict(store.mapping(2))
    said = json.dumps(mapping.to_dict())
    assert from_dict(json.loads(said)) == mapping
    assert set(mapping.to_dict()) == {"shape", "roles", "labels", "number_readings", "measure", "won_stages"}
