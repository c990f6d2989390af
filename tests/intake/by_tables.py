"""The way of several tables without a page: opened, named, read and stored as the Import page does it untouched."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from funnel.dataset.reading import is_dataset
from funnel.definition.definition import load_templates
from funnel.intake.batches.normalizing import normalize
from funnel.intake.beside import NOTHING_BESIDE
from funnel.intake.proposing.funnel_of_file import suggest_definition
from funnel.intake.proposing.propose import propose, with_targets
from funnel.intake.reading.reader import read_table
from funnel.intake.several.opening import OneFile, fingerprint, opened
from funnel.intake.several.parts import USES, part_of
from funnel.sources.places import copied
from funnel.sources.source import Source, TableReading, keep_source, short_name
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace
from funnel.trial import judge
from tests.conftest import ROOT

ANY = load_templates(ROOT / "data" / "templates")["general_b2b"]


def stored(files: list[OneFile], folder: Path, name: str, now: datetime, place: str = "") -> Store:
    """A workspace made of the files, its funnel of the first table of deals; ``place``: its source from now on."""
    tables = [one for file in files for one in opened(file, is_dataset)]
    uses = {one.path: part_of(one, ANY).use for one in tables}
    store, beside, definition = None, NOTHING_BESIDE, ANY
    source = Source(place)
    for one in sorted(tables, key=lambda one: USES.index(uses[one.path])):
        use = uses[one.path]
        if use not in ("lookup", "merged", "deals"):
            continue
        table, content = read_table(one.path, one.name), fingerprint(one.path)
        if use != "deals":
            found = part_of(one, ANY).beside or NOTHING_BESIDE
            beside = beside.with_more(found)
            reading = TableReading(short_name(one.name), use, table.columns, names=found.names, content=content)
            source = source.with_table(reading)
            continue
        proposal = propose(table, definition, judge, beside=beside)
        mapping = proposal.mapping
        if store is None:
            definition = suggest_definition(table, mapping, proposal.said, proposal.won).definition(name)
            store = create_workspace(folder, name, definition)
        mapping = with_targets(table, mapping, definition, proposal.said)
        batch = normalize(table, mapping, import_day=now.date())
        no = store.import_batch(batch, who="test", now=now).batch_no
        reading = TableReading(
            short_name(one.name), "deals", table.columns, mapping=mapping.to_dict(), content=content
        ).taken_in(batch, no)
        source = source.with_table(reading)
    assert store is not None
    if place:
        keep_source(store, source)
    return store


def from_source(folder: Path, place: str, workspaces: Path, now: datetime) -> Store:
    """A workspace whose source lies at ``place`` in ``folder``."""
    return stored(copied(folder, place, workspaces / "aside"), workspaces, "Source", now, place)
