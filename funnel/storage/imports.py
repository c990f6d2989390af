"""Imports: append-only batches of raw facts, their exact undoing, and the facts of those that are live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import dataframely as dy
import duckdb
import polars as pl

from funnel.dataset.contract import Dataset, ImportFindings, RejectedRows
from funnel.errors import ConflictError, InputError
from funnel.schema import (
    Batches,
    Entries,
    Facts,
    Finding,
    History,
    ImportBatch,
    Labels,
    LeadRows,
    Rejected,
    StageCounts,
    facts_in,
)
from funnel.storage import plain
from funnel.storage.connection import Connected, bump, one

_FACTS: dict[str, type[dy.Schema]] = {
    "lead_rows": LeadRows,
    "entries": Entries,
    "labels": Labels,
    "counts": StageCounts,
}
_BESIDE: dict[str, type[dy.Schema]] = {"rejected": RejectedRows, "findings": ImportFindings}
_ONCE_WRITTEN = ("status_rule", "status")
"""The one default that files of forms 1 and 2 wrote down and that is not blank (the others were null or empty)."""
_ROWS_AT_ONCE = 491_520
"""Four of DuckDB's row groups: work enough for several threads, small enough for a progress bar that moves."""


@dataclass(frozen=True, slots=True)
class ImportReceipt:
    """What an import did: its number, or the number of the live batch that already holds the same file and mapping."""

    batch_no: int
    already_imported: bool
    data_version: int


class Imports(Connected):
    """Import, undo, redo, and read back. Every write is one transaction: all of it or nothing."""

    def import_batch(
        self,
        batch: ImportBatch,
        *,
        who: str,
        now: datetime,
        progress: Callable[[float], None] | None = None,
        replaces: int | None = None,
    ) -> ImportReceipt:
        """Store a batch under the next number. The same bytes with the same mapping among the live ones change nothing.

        The frames must follow their schemas (a dataframely error is a bug of the caller). A batch that was undone and
        is imported again gets a new number at the end. ``progress`` is told the share of rows written so far (0–1);
        what it raises takes everything back. ``replaces``: the live import of the same file that this one corrects; it
        is undone in the same transaction, and this one stands at its place in the order of the imports.
        """
        with self.writing("import", who=who, about=batch.file_name) as cursor:
            return _import(cursor, batch, who=who, now=now, progress=progress, replaces=replaces)

    def import_batches(
        self, batches: Sequence[tuple[ImportBatch, int | None]], *, who: str, now: datetime
    ) -> list[ImportReceipt]:
        """Store several batches, each with the import that it replaces, in one transaction: all or none."""
        with self.writing("import", who=who, about=", ".join(batch.file_name for batch, _ in batches)) as cursor:
            return [_import(cursor, batch, who=who, now=now, replaces=replaces) for batch, replaces in batches]

    def undo_batch(self, batch_no: int, *, who: str, now: datetime) -> int:
        """Take an import out of the figures; its rows stay. Returns the data version (unchanged if undone before).

        Undoing a correction brings back the import that it replaced, unless the same file was imported anew in that way
        and counts.

        Raises InputError ``storage.unknown_batch``.
        """
        with self.writing("undo", who=who, about=str(batch_no)) as cursor:
            if not _is_live(cursor, batch_no):
                return _data_version(cursor)
            _event(cursor, batch_no, "undo", who, now)
            replaced = _replaced(cursor).get(batch_no)
            if replaced is not None and not _is_live(cursor, replaced) and _twin_of(cursor, replaced) is None:
                _event(cursor, replaced, "redo", who, now)
            return bump(cursor, "data")

    def redo_batch(self, batch_no: int, *, who: str, now: datetime) -> int:
        """Take an undoing back: the batch counts again, at its old place. Returns the data version.

        Of an import and its corrections only one counts: the others are undone.

        Raises InputError ``storage.unknown_batch``; ConflictError ``storage.imported_again`` when the same file was
        imported anew in between.
        """
        with self.writing("redo", who=who, about=str(batch_no)) as cursor:
            if _is_live(cursor, batch_no):
                return _data_version(cursor)
            twin = _twin_of(cursor, batch_no)
            if twin is not None:
                (file_name,) = one(cursor, "SELECT file_name FROM batches WHERE batch_no = ?", [batch_no])
                raise ConflictError("storage.imported_again", file=file_name, given=batch_no, stored=twin)
            replaced = _replaced(cursor)
            for other in {*replaced, *replaced.values()} - {batch_no}:
                if _place(other, replaced) == _place(batch_no, replaced) and _is_live(cursor, other):
                    _event(cursor, other, "undo", who, now)
            _event(cursor, batch_no, "redo", who, now)
            return bump(cursor, "data")

    def place(self, batch_no: int) -> int:
        """The number under which the rows of an import stand in ``facts``: its own, or of a correction the number of
        the first import that it goes back to. Raises InputError ``storage.unknown_batch``."""
        with self.reading() as cursor:
            _is_live(cursor, batch_no)
            return _place(batch_no, _replaced(cursor))

    def history(self) -> pl.DataFrame:
        """Every import, live or undone, oldest first (schema ``History``)."""
        with self.reading() as cursor:
            return history_of(cursor)

    def imports_of(self, content_hash: str) -> pl.DataFrame:
        """The imports of a file with these very bytes, live or undone, oldest first (schema ``History``)."""
        with self.reading() as cursor:
            return history_of(cursor, content_hash)

    def rejected_rows(self, batch_no: int) -> pl.DataFrame:
        """The rows of a file that were not imported, in file order (schema ``Rejected``)."""
        with self.reading() as cursor:
            _is_live(cursor, batch_no)
            frame = cursor.sql(
                'SELECT row_no, code, "column", value, cells FROM rejected WHERE batch_no = $batch_no',
                params={"batch_no": batch_no},
            ).pl()
        return Rejected.validate(frame.sort("row_no", maintain_order=True))

    def findings(self, batch_no: int) -> tuple[Finding, ...]:
        """What was found in a file when it was imported."""
        with self.reading() as cursor:
            _is_live(cursor, batch_no)
            rows = cursor.execute(
                "SELECT finding FROM findings WHERE batch_no = ? ORDER BY position", [batch_no]
            ).fetchall()
        return tuple(plain.finding_in(text) for (text,) in rows)

    def mapping(self, batch_no: int) -> dict[str, object]:
        """The confirmed mapping of a batch, as plain data."""
        with self.reading() as cursor:
            _is_live(cursor, batch_no)
            (text,) = one(cursor, "SELECT mapping FROM batches WHERE batch_no = ?", [batch_no])
        return plain.loads(text)

    def facts(self) -> Facts:
        """The facts of the live batches, in the order of the imports and inside a batch in that of the file.

        One consistent state, also while somebody else imports. Batch numbers have gaps where a batch was undone. A
        correction carries the number of the import that it replaced: its place in the order.
        """
        return facts_in(self._live(_FACTS))

    def live_frames(self) -> dict[str, pl.DataFrame]:
        """What ``facts`` gives and beside it the rejected rows and the findings of the same imports, by name."""
        return self._live(_FACTS | _BESIDE)

    def _live(self, schemas: Mapping[str, type[dy.Schema]]) -> dict[str, pl.DataFrame]:
        with self.reading() as cursor:
            batches = cursor.sql(
                f"SELECT {_columns(Batches)} FROM batches SEMI JOIN (FROM batch_states WHERE is_live) USING (batch_no) "
                "ORDER BY batch_no"
            ).pl()
            live, params = "list_contains($live, batch_no)", {"live": batches["batch_no"].to_list()}
            replaced = _replaced(cursor)
            places = {no: _place(no, replaced) for no in params["live"] if no in replaced}
            frames = {
                # A filter keeps the order in which rows were stored; a join or an ORDER BY would not.
                name: _by_batch(
                    cursor.sql(f"SELECT {_columns(schema)} FROM {name} WHERE {live}", params=params).pl(), places
                )
                for name, schema in schemas.items()
            }
        return {"batches": _by_batch(batches, places), **frames}

    def live_findings(self) -> tuple[Finding, ...]:
        """What was found in the files of all live imports, in the order of the imports."""
        with self.reading() as cursor:
            rows = cursor.execute(
                "SELECT finding FROM findings SEMI JOIN (FROM batch_states WHERE is_live) USING (batch_no) "
                "ORDER BY batch_no, position"
            ).fetchall()
        return tuple(plain.finding_in(text) for (text,) in rows)


def _import(
    cursor: duckdb.DuckDBPyConnection,
    batch: ImportBatch,
    *,
    who: str,
    now: datetime,
    progress: Callable[[float], None] | None = None,
    replaces: int | None = None,
) -> ImportReceipt:
    for name, schema in _FACTS.items():
        schema.validate(getattr(batch, name))
    Rejected.validate(batch.rejected)
    mapping = plain.dumps(batch.mapping)
    twin = _live_twin(cursor, batch.content_hash, mapping)
    if twin is not None:
        return ImportReceipt(twin, True, _data_version(cursor))
    batch_no = int(one(cursor, "SELECT coalesce(max(batch_no), 0) + 1 FROM batches")[0])
    if replaces is not None and _is_live(cursor, replaces):
        _event(cursor, replaces, "undo", who, now)
        cursor.execute("INSERT INTO corrections VALUES (?, ?)", [batch_no, replaces])
    cursor.execute(
        "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            batch_no,
            batch.shape,
            batch.file_name,
            batch.content_hash,
            mapping,
            batch.header_signature,
            now,
            batch.exported_on,
            who,
            batch.n_rows,
            batch.n_accepted,
            batch.n_rejected,
            batch.n_blank,
            batch.n_repeated_header,
            batch.n_ignored + batch.n_left_out,
            batch.time_zone,
            batch.covers,
        ],
    )
    tables = {name: getattr(batch, name) for name in (*_FACTS, "rejected")}
    total, written = sum(frame.height for frame in tables.values()), 0
    for name, frame in tables.items():
        for start in range(0, frame.height, _ROWS_AT_ONCE):
            piece = frame.slice(start, _ROWS_AT_ONCE)
            _append(cursor, name, piece, batch_no)
            written += piece.height
            if progress is not None:
                progress(written / total)
    for position, finding in enumerate(batch.findings):
        cursor.execute("INSERT INTO findings VALUES (?, ?, ?)", [batch_no, position, plain.finding_out(finding)])
    _event(cursor, batch_no, "import", who, now)
    return ImportReceipt(batch_no, False, bump(cursor, "data"))


def take_in(cursor: duckdb.DuckDBPyConnection, dataset: Dataset, content_hash: str) -> None:
    """Write the imports of a dataset into an empty workspace, inside the caller's transaction: same numbers, same days,
    same people. ``content_hash``: of the file that the dataset came in.
    """
    rejected = dict(dataset.rejected.group_by("batch_no").len().iter_rows())
    for row in dataset.facts.batches.iter_rows(named=True):
        batch_no, n_rejected = row["batch_no"], rejected.get(row["batch_no"], 0)
        stored = row | {
            "content_hash": f"{content_hash}:{batch_no}",
            "mapping": plain.dumps({"shape": row["shape"], "roles": {}}),
            "header_signature": "",
            "n_rejected": n_rejected,
            "n_blank": 0,
            "n_repeated_header": 0,
            "n_ignored": max(0, row["n_rows"] - row["n_accepted"] - n_rejected),
        }
        names = ", ".join(f'"{name}"' for name in stored)
        marks = ", ".join("?" * len(stored))
        cursor.execute(f"INSERT INTO batches ({names}) VALUES ({marks})", list(stored.values()))
        _event(cursor, batch_no, "import", row["who"], row["imported_at"])
    for name, schema in (_FACTS | _BESIDE).items():
        frame = dataset.frame(name)
        for start in range(0, frame.height, _ROWS_AT_ONCE):
            cursor.register("incoming", frame.slice(start, _ROWS_AT_ONCE).select(schema.column_names()))
            cursor.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")
            cursor.unregister("incoming")
    bump(cursor, "data")


def _replaced(cursor: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Correction → the import that it replaced."""
    return dict(cursor.execute("SELECT batch_no, replaces FROM corrections").fetchall())


def _place(batch_no: int, replaced: dict[int, int]) -> int:
    """The number of the first import that a correction, or a correction of a correction, goes back to."""
    while batch_no in replaced:
        batch_no = replaced[batch_no]
    return batch_no


def history_of(cursor: duckdb.DuckDBPyConnection, content_hash: str | None = None) -> pl.DataFrame:
    """The imports of a workspace, or only those of the file with these bytes, oldest first (schema ``History``)."""
    frame = cursor.sql(
        """
        SELECT batch_no, file_name, imported_at, who, shape, exported_on, n_rows, n_accepted, n_rejected,
               n_blank, n_repeated_header, n_ignored, CASE WHEN is_live THEN 'live' ELSE 'undone' END AS state,
               changed_at, changed_by
        FROM batches JOIN batch_states USING (batch_no)
        WHERE $content_hash IS NULL OR content_hash = $content_hash ORDER BY batch_no
        """,
        params={"content_hash": content_hash},
    ).pl()
    return History.validate(frame)


def _columns(schema: type[dy.Schema]) -> str:
    return ", ".join(f'"{name}"' for name in schema.column_names())


def _by_batch(frame: pl.DataFrame, places: dict[int, int]) -> pl.DataFrame:
    """Rows in the order of the imports, corrections under the number of what they replaced."""
    if places:
        frame = frame.with_columns(pl.col("batch_no").replace(places))
    return frame if frame["batch_no"].is_sorted() else frame.sort("batch_no", maintain_order=True)


def _append(cursor: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame, batch_no: int) -> None:
    numbered = frame.with_columns(pl.lit(batch_no, dtype=pl.Int32).alias("batch_no"))
    cursor.register("incoming", numbered)
    cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    cursor.unregister("incoming")


def _event(cursor: duckdb.DuckDBPyConnection, batch_no: int, action: str, who: str, now: datetime) -> None:
    cursor.execute(
        "INSERT INTO batch_events SELECT coalesce(max(event_no), 0) + 1, ?, ?, ?, ? FROM batch_events",
        [batch_no, action, who, now],
    )


def _is_live(cursor: duckdb.DuckDBPyConnection, batch_no: int) -> bool:
    rows = cursor.execute("SELECT is_live FROM batch_states WHERE batch_no = ?", [batch_no]).fetchall()
    if not rows:
        raise InputError("storage.unknown_batch", given=batch_no)
    return bool(rows[0][0])


def _live_twin(cursor: duckdb.DuckDBPyConnection, content_hash: str, mapping: str) -> int | None:
    """The newest live batch of the same bytes that were read in the same way."""
    of_file = cursor.execute(
        """
        SELECT batch_no, mapping FROM batches JOIN batch_states USING (batch_no)
        WHERE is_live AND content_hash = ? ORDER BY batch_no DESC
        """,
        [content_hash],
    ).fetchall()
    asked = _reading(mapping)
    return next((int(batch_no) for batch_no, stored in of_file if _reading(stored) == asked), None)


def _twin_of(cursor: duckdb.DuckDBPyConnection, batch_no: int) -> int | None:
    """The newest live batch of the same bytes, read in the same way as this undone one."""
    content_hash, mapping = one(cursor, "SELECT content_hash, mapping FROM batches WHERE batch_no = ?", [batch_no])
    return _live_twin(cursor, content_hash, mapping)


def _reading(mapping: str) -> str:
    """A stored mapping without the defaults that the first form of the files wrote down."""
    said = plain.loads(mapping)
    return plain.dumps({name: value for name, value in said.items() if value and (name, value) != _ONCE_WRITTEN})


def _data_version(cursor: duckdb.DuckDBPyConnection) -> int:
    return int(one(cursor, "SELECT n FROM versions WHERE kind = 'data'")[0])
