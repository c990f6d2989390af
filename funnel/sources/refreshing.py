"""Takes in what is new in a source, by the reading that was confirmed; whatever does not fit is asked, not guessed."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import cast

import polars as pl

from funnel.dataset.reading import is_dataset
from funnel.definition.definition import FunnelDefinition
from funnel.errors import FunnelError, InputError
from funnel.intake.batches.normalizing import normalize
from funnel.intake.beside import NOTHING_BESIDE, Beside, beside_of
from funnel.intake.mapping import ColumnMapping, RawTable, from_dict, header_changes
from funnel.intake.proposing.propose import with_targets
from funnel.intake.reading.reader import ReadOptions, read_table
from funnel.intake.several.opening import OneFile, fingerprint, opened
from funnel.schema import ONE_ROW_PER_LEAD, ImportBatch
from funnel.sources.outcomes import Outcome
from funnel.sources.places import copied
from funnel.sources.source import Source, TableReading, keep_source, short_name, source_of
from funnel.storage.store import Store

_MOST_REJECTED = 0.2
"""The share of rows not read from which a newer file is looked at by a person first."""


_MOST_GONE, _FEW = 0.2, 5
"""From this share of the leads on, and more than so many, that a newer file no longer has, a person looks first."""


@dataclass(frozen=True)
class _Read:
    """A table of the source as it is now, and the batch made of it (null beside deals and where nothing changed)."""

    reading: TableReading
    batch: ImportBatch | None = None
    replaces: int | None = None


def refresh(store: Store, folder: Path, *, who: str, now: datetime) -> Outcome:
    """Look for newer data and take them in, all tables in one transaction or none.

    ``folder``: of the sources. Raises StorageError; whatever a person has to decide is the outcome "asks", kept with
    the workspace until somebody imports the file by hand.
    """
    source = source_of(store)
    if source is None or not source.tables:
        return Outcome("no_source")
    try:
        read = _all(store, source, folder, now)
    except InputError as error:
        keep_source(store, replace(source, looked_at=now, asks=error.message))
        return Outcome("asks", asks=error.message)
    new = [one for one in read if one.batch is not None]
    before = store.facts().lead_ids
    batches = [(cast(ImportBatch, one.batch), one.replaces) for one in new]
    receipts = store.import_batches(batches, who=who, now=now) if batches else []
    taken = {
        one.reading.name: one.reading.taken_in(batch, receipt.batch_no)
        for one, (batch, _), receipt in zip(new, batches, receipts, strict=True)
    }
    tables = tuple(taken.get(one.reading.name, one.reading) for one in read)
    keep_source(store, replace(source, tables=tables, looked_at=now, asks=None))
    if not new:
        return Outcome("nothing_new")
    gone = int((~before.is_in(store.facts().lead_ids.implode())).sum())
    return Outcome("taken_in", sum(batch.n_accepted for batch, _ in batches), gone)


@contextmanager
def _files(source: Source, folder: Path) -> Generator[dict[str, OneFile]]:
    """The tables of the source by name, as they are at this moment."""
    with tempfile.TemporaryDirectory(prefix="funnel-source-", ignore_cleanup_errors=True) as aside:
        found: dict[str, OneFile] = {}
        for file in copied(folder, source.place, Path(aside)):
            found |= {short_name(one.name): one for one in opened(file, is_dataset)}
        yield found


def _all(store: Store, source: Source, folder: Path, now: datetime) -> list[_Read]:
    """Every table, those that say something of the deals first. Raises InputError for whatever a person must see."""
    definition, zone = store.definition(), store.settings().get("time_zone")
    beside = NOTHING_BESIDE
    read = []
    with _files(source, folder) as files:
        for reading in sorted(source.tables, key=lambda one: one.use == "deals"):
            file = files.get(reading.name)
            if file is None:
                raise InputError("source.table_missing", table=reading.name, given=sorted(files))
            content = fingerprint(file.path)
            if reading.use == "deals" and content == reading.content:
                read.append(_Read(reading))
                continue
            table = _table(file, reading)
            if reading.use != "deals":
                found = beside_of(table, "lookup" if reading.use == "lookup" else "pairs") or NOTHING_BESIDE
                _same_names(reading, found)
                beside = beside.with_more(found)
                read.append(_Read(replace(reading, names=dict(found.names), content=content)))
                continue
            mapping = _mapping(table, reading, definition, beside)
            batch = normalize(table, mapping, import_day=now.date(), time_zone=str(zone) if zone else None)
            _checked(batch, reading)
            replaces = reading.batch_no if says_all_again(reading, batch) else None
            if replaces is not None:
                _few_are_gone(store, batch, reading)
            read.append(_Read(replace(reading, mapping=mapping.to_dict(), content=content), batch, replaces))
    return read


def _table(file: OneFile, reading: TableReading) -> RawTable:
    try:
        table = read_table(file.path, file.name, ReadOptions(**reading.options))
    except FunnelError as error:
        raise InputError("source.unreadable", table=reading.name, problem=error.message) from error
    changes = header_changes(reading.columns, table.columns)
    if changes:
        added, removed = list(changes.added), list(changes.removed)
        raise InputError("source.layout", table=reading.name, added=added or "–", removed=removed or "–")
    return table


def _same_names(reading: TableReading, found: Beside) -> None:
    """A stage that is called otherwise, or that is new or gone, changes the funnel: a person decides."""
    changed = sorted({*reading.names.items()} ^ {*found.names.items()})
    if changed:
        names = list(dict.fromkeys(name for _, name in changed))
        raise InputError("source.stages_changed", table=reading.name, names=names)


def _mapping(table: RawTable, reading: TableReading, definition: FunnelDefinition, beside: Beside) -> ColumnMapping:
    """The confirmed mapping with the merged deals of today. Raises InputError for a label that nobody has confirmed."""
    mapping = from_dict(reading.mapping)
    _same_grain(table, mapping, reading)
    present = with_targets(table, replace(mapping, labels={}), definition)
    strange = sorted({label for scope, label in present.labels if (scope, label) not in mapping.labels})
    if strange:
        raise InputError("source.unknown_label", table=reading.name, labels=strange[:10])
    lead = mapping.column("lead_id")
    if lead is not None and beside.merged:
        gone = tuple(sorted({*mapping.left_out.get(lead, ()), *beside.merged}))
        mapping = replace(mapping, left_out={**mapping.left_out, lead: gone})
    return mapping


def _same_grain(table: RawTable, mapping: ColumnMapping, reading: TableReading) -> None:
    """A list with one row per lead may become a history: a table of versions looks like a plain list on its first
    night. Read as one later, its old rows would count like present ones. Raises InputError.
    """
    lead = mapping.column("lead_id")
    is_history = mapping.shape not in ONE_ROW_PER_LEAD or mapping.column("valid_until") is not None
    if is_history or lead is None or not reading.n_rows or reading.is_repeating:
        return
    if table.frame[lead].drop_nulls().is_duplicated().any():
        raise InputError("source.rows_repeat", table=reading.name, column=lead)


def _checked(batch: ImportBatch, reading: TableReading) -> None:
    asked = next((finding for finding in batch.findings if finding.severity == "question"), None)
    if asked is not None:
        raise InputError("source.check", table=reading.name, problem=asked.message)
    if batch.n_rejected > _MOST_REJECTED * max(1, batch.n_rows) or not batch.n_accepted:
        raise InputError("source.rejected", table=reading.name, n=batch.n_rejected, of=batch.n_rows)


def _few_are_gone(store: Store, batch: ImportBatch, reading: TableReading) -> None:
    """A night on which the CRM gave only a part of its deals ends the versions of all others. Raises InputError."""
    facts = store.facts()
    if reading.batch_no is None:
        return
    place = store.place(reading.batch_no)  # from the second night on the last import stands at the place of the first
    known = facts.lead_rows.filter(pl.col("batch_no") == place)["lead_id"].unique()
    n_gone = int((~known.is_in(batch.lead_rows["lead_id"].unique().implode())).sum())
    if batch.shape != "stage_log" and n_gone > max(_FEW, _MOST_GONE * known.len()):
        raise InputError("source.many_gone", table=reading.name, n=n_gone, of=known.len())


def says_all_again(reading: TableReading, batch: ImportBatch) -> bool:
    """Whether a table of changes, versions or totals holds everything of its last import and more: it takes its place.

    A list of how leads stand today never does: what it said before is the history. A log that is cut at its beginning
    does not either.
    """
    is_history = batch.shape in ("stage_log", "counts") or batch.has_versions
    if not is_history or reading.batch_no is None or batch.n_rows < reading.n_rows:
        return False
    first = batch.entries["at"].min()
    return reading.first_at is None or (isinstance(first, datetime) and first <= reading.first_at)
