"""A workspace from files, as a person who changes nothing would get it: read, proposed, normalized, loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from funnel.definition.definition import FunnelDefinition, load_templates
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Facts, ImportBatch, Spend, empty, empty_facts, facts_of
from tests import real_facts
from tests.conftest import ROOT

IMPORTED_AT = datetime(2026, 7, 1, 9)


def general() -> FunnelDefinition:
    return load_templates(ROOT / "data" / "templates")["general_b2b"]


def batch_of(path: Path, definition: FunnelDefinition) -> ImportBatch:
    table = read_table(path, path.name)
    return normalize(table, propose_mapping(table, definition).mapping, import_day=IMPORTED_AT.date())


def workspace(
    batches: Sequence[ImportBatch],
    definition: FunnelDefinition,
    *,
    as_of: date | None = None,
    covers: Sequence[str | None] = (),
) -> WorkspaceData:
    """The workspace that holds these imports in order; ``covers``: who is in each file, where somebody has said it."""
    facts = facts_of(list(batches), IMPORTED_AT) if batches else empty_facts()
    if covers:
        said = pl.Series("covers", list(covers), dtype=pl.String)
        facts = replace(facts, batches=facts.batches.with_columns(said))
    return loaded(facts, definition, as_of)


def loaded(facts: Facts, definition: FunnelDefinition, as_of: date | None = None) -> WorkspaceData:
    """A workspace of these facts, without spend, settings or a plan."""
    return load_workspace(
        name="claims",
        is_sample=False,
        facts=facts,
        definition=definition,
        spend=empty(Spend),
        settings={},
        as_of=as_of,
    )


def from_facts(name: str, folder: Path) -> WorkspaceData:
    """A real file (maven, enpal) under its own funnel."""
    known = {"maven": (real_facts.maven, real_facts.MAVEN), "enpal": (real_facts.enpal, real_facts.ENPAL)}
    read, definition = known[name]
    return loaded(read(folder), definition)
