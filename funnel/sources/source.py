"""What a workspace remembers of its source: where it lies, how each table is read, and how the last look ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from funnel.errors import Message
from funnel.schema import ImportBatch
from funnel.storage.store import Store

SETTING = "source"


@dataclass(frozen=True)
class TableReading:
    """One table of the source. ``name``: as its file or database calls it; ``use``: "deals", "lookup" or "merged".

    ``columns``: its header when it was confirmed; ``options``: of ``ReadOptions``; ``mapping``: of ``ColumnMapping``
    ({} beside deals); ``names``: of a list of stages, number → name. Of what was taken in last: ``content``, the
    fingerprint of its bytes, ``batch_no``, its import, ``n_rows`` and ``first_at``, its rows and its first change;
    ``is_repeating``: a lead had several rows.
    """

    name: str
    use: str
    columns: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    batch_no: int | None = None
    n_rows: int = 0
    first_at: datetime | None = None
    is_repeating: bool = False

    def taken_in(self, batch: ImportBatch, batch_no: int) -> TableReading:
        """The reading after a batch of this table was stored."""
        first = batch.entries["at"].min()
        at = first if isinstance(first, datetime) else None
        repeats = bool(batch.lead_rows["lead_id"].is_duplicated().any())
        return replace(self, batch_no=batch_no, n_rows=batch.n_rows, first_at=at, is_repeating=repeats)


@dataclass(frozen=True)
class Source:
    """``place``: file or folder in the folder of sources. ``asks``: why newer data were not taken in (null: nothing).

    ``looked_at``: when it was looked at last.
    """

    place: str
    tables: tuple[TableReading, ...] = ()
    looked_at: datetime | None = None
    asks: Message | None = None

    def with_table(self, table: TableReading) -> Source:
        """The source with this reading in place of an earlier one of the same name."""
        return replace(self, tables=(*(one for one in self.tables if one.name != table.name), table), asks=None)


def source_of(store: Store) -> Source | None:
    """The source of a workspace; null where it has none, or where what was stored is none."""
    said = store.settings().get(SETTING)
    if not isinstance(said, dict):
        return None
    try:
        tables = [TableReading(**(one | {"columns": tuple(one["columns"])})) for one in said["tables"]]
        return Source(str(said["place"]), tuple(tables), said.get("looked_at"), said.get("asks"))
    except (KeyError, TypeError):
        return None


def keep_source(store: Store, source: Source | None) -> None:
    """Write the source down; None: the workspace has none any more."""
    if source is None:
        store.set_setting(SETTING, None)
        return
    tables = [asdict(one) | {"columns": list(one.columns)} for one in source.tables]
    said = {"place": source.place, "tables": tables, "looked_at": source.looked_at, "asks": source.asks}
    store.set_setting(SETTING, said)


def short_name(name: str) -> str:
    """What a table is called in its source, whatever stands around it."""
    return name.rpartition(" › ")[2]
