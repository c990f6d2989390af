"""One open workspace file: the hardened connection, who may read or write when, and the one edge for driver errors.

A DuckDB connection is not for several threads, its cursors are: every call takes its own. Writers go one at a time;
readers see one snapshot each. ``exclusive`` waits until nobody reads or writes: only then may the file be replaced.

After a fatal error (a disk too full for a checkpoint) DuckDB answers nothing more on that connection, also when there
is space again: it is dropped, and the next call opens the file anew. So it does when the file was let go for a while.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from funnel.errors import StorageError
from funnel.team import allowed

log = logging.getLogger("funnel.storage")

LAYOUT = {
    "preserve_insertion_order": True,  # rows come back as they were stored
    "default_block_size": 65536,  # a quarter of the usual size: an empty workspace takes 1 MB, a large one no longer
}
HARDENED = {**LAYOUT, "enable_external_access": False, "lock_configuration": True}
"""Our SQL reaches nothing but its own file, and no statement can change that."""

_IN_USE = ("could not set lock", "conflicting lock", "being used by another process", "different configuration")
_NEWER = ("version number", "newer version", "storage version")
_DAMAGED = (
    "not a valid duckdb database",
    "corrupt",
    "could not read enough bytes",
    "checksum",
    "failed to deserialize",
    "deserialization",
)
_NOT_ALLOWED = ("permission denied", "read-only file system", "operation not permitted")
_FULL = ("no space left", "disk quota")
_TOO_LARGE = ("file too large",)


@contextmanager
def translated(path: Path) -> Generator[None]:
    """Turn what the driver or the file system raises into a StorageError that names the file."""
    try:
        yield
    except duckdb.Error as error:
        given = str(error).split("\n", 1)[0].replace(f"{path.parent}{os.sep}", "")
        raise StorageError(_code(error), file=path.name, given=given) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        code = "storage.disk_full" if full else "storage.file_system"
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            code = "storage.not_allowed"
        raise StorageError(code, file=path.name, given=error.strerror or str(error)) from error


def _code(error: duckdb.Error) -> str:
    text = str(error).lower()
    for words, code in (
        (_IN_USE, "storage.in_use"),
        (_DAMAGED, "storage.damaged"),
        (_NEWER, "storage.newer_version"),
        (_NOT_ALLOWED, "storage.not_allowed"),
        (_FULL, "storage.disk_full"),
        (_TOO_LARGE, "storage.backup_too_large"),
    ):
        if any(word in text for word in words):
            return code
    # What DuckDB calls internal or fatal means that the file does not hold what its own header promises.
    return (
        "storage.damaged" if isinstance(error, (duckdb.InternalException, duckdb.FatalException)) else "storage.failed"
    )


def _gave_up(error: duckdb.Error) -> bool:
    """Whether DuckDB answers nothing more after this error until the file is opened anew."""
    return isinstance(error, (duckdb.FatalException, duckdb.InternalException)) or "invalidated" in str(error).lower()


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A hardened connection. Raises StorageError: ``storage.in_use``, ``storage.damaged`` …"""
    with translated(path):
        return duckdb.connect(str(path), read_only=read_only, config=dict(HARDENED))


class Connected:
    """What every part of the Store builds on: ``reading``, ``writing`` and ``exclusive`` on one workspace file."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._connection: duckdb.DuckDBPyConnection | None = connection
        self._write_lock = threading.RLock()
        self._readers = threading.Condition(threading.RLock())
        self._n_reading = 0
        self._reader: BinaryIO | None = None
        self._is_closed = False
        self._is_lost = False
        self._left: tuple[int, ...] | None = None
        self._n_changes = 0

    @property
    def is_open(self) -> bool:
        """Whether calls still reach the file. While it is being replaced they wait, and this stays true; a file that
        somebody else changed while this one rested is another one, to be opened with all its checks."""
        return not self._is_closed and self._left in (None, stamp_of(self.path))

    def close(self) -> None:
        """Write everything into the one file and let it go. Closing twice is harmless; any other call then raises."""
        with self.exclusive(), translated(self.path):
            self._is_closed = True
            try:
                self._let_go()
            except duckdb.Error:
                if not self._is_lost:
                    raise

    @property
    def is_resting(self) -> bool:
        """Whether the file is closed until the next call, which opens it."""
        return self._is_lost and not self._is_closed

    def rest(self) -> None:
        """Let the file and what DuckDB keeps of it in memory go until the next call, which opens it again."""
        with self.exclusive(), translated(self.path):
            if not self._is_closed:
                self._is_lost = True
                self._let_go()
                self._left = stamp_of(self.path)

    @contextmanager
    def reading(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A cursor inside one read transaction: everything read with it belongs to one state of the workspace.

        Not to be nested, and nothing is written inside it.
        """
        with self._edge():
            cursor = self._reading_cursor()
            try:
                cursor.begin()
                yield cursor
            finally:
                cursor.close()
                with self._readers:
                    self._n_reading -= 1
                    self._readers.notify_all()

    @contextmanager
    def writing(self, deed: str, *, who: str = "", about: str = "") -> Generator[duckdb.DuckDBPyConnection]:
        """A cursor inside the only write transaction: committed at the end, rolled back when anything is raised.

        The one door: ``deed`` (one of ``team.DEEDS``) must be allowed to who acts, else AccessError; a write that
        changed a version is noted in the journal, in the same transaction. ``who``: the name that was typed, where
        nobody has signed in; ``about``: what it was about, never a lead.
        """
        email, role = allowed(deed)
        with self._write_lock:
            self._open_again()
            with self._edge():
                cursor = self._cursor()
                try:
                    cursor.begin()
                    try:
                        before = _n_writes(cursor)
                        yield cursor
                        if _n_writes(cursor) > before:
                            _note(cursor, email or who, role, deed, about)
                    except BaseException:
                        with contextlib.suppress(duckdb.Error):  # what was raised first is what went wrong
                            cursor.rollback()
                        raise
                    cursor.commit()
                    self._n_changes += 1
                finally:
                    cursor.close()
            log.info("stored: %s, %s", deed, self.path.name)

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """Alone with the file: other threads' reads and writes wait until the end of the block."""
        with self._write_lock, self._readers:
            self._readers.wait_for(lambda: self._n_reading == 0)
            yield

    @contextmanager
    def _edge(self) -> Generator[None]:
        """``translated``, noticing that the connection is of no use any more."""
        with translated(self.path):
            try:
                yield
            except duckdb.Error as error:
                self._is_lost = self._is_lost or _gave_up(error)
                raise

    def _open_again(self) -> None:
        """Open the file anew where DuckDB gave the connection up, or it rested; where that fails, the next call tries
        again."""
        if not self._is_lost:
            return
        with self.exclusive(), translated(self.path):
            self._is_closed = not self.is_open
            if self._is_lost and not self._is_closed:
                with contextlib.suppress(duckdb.Error, OSError):  # nothing of it is to be kept
                    self._let_go()
                self._connection = connect(self.path)
                self._is_lost, self._left = False, None

    def _let_go(self) -> None:
        """Close the file, everything written into it; the caller is alone with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _take_up(self) -> None:
        """Open the file that now stands at the path."""
        self._n_changes += 1
        try:
            self._connection = connect(self.path)
            self._is_lost, self._left = False, None
        except StorageError:
            self._is_closed = True
            raise

    def _own_reader(self) -> BinaryIO:
        """The bytes of the file for copying, held open as long as the connection.

        On POSIX a process that closes any handle of a file loses its locks on it: a copy that opened and closed the
        file would let a second program in.
        """
        if self._reader is None:
            self._reader = self.path.open("rb", buffering=0)
        return self._reader

    def _reading_cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor that counts as a reader."""
        while True:
            self._open_again()
            with self._readers:
                if not self.is_resting:  # else it went to rest in between
                    cursor = self._cursor()
                    self._n_reading += 1
                    return cursor

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise StorageError("storage.closed", file=self.path.name)
        return self._connection.cursor()


def _n_writes(cursor: duckdb.DuckDBPyConnection) -> int:
    return int(one(cursor, "SELECT sum(n) FROM versions")[0])


def _note(cursor: duckdb.DuckDBPyConnection, who: str, role: str, deed: str, about: str) -> None:
    """One more line of the journal. Lines are never changed and never deleted."""
    at = datetime.now().replace(microsecond=0)
    cursor.execute(
        "INSERT INTO journal SELECT coalesce(max(no), 0) + 1, ?, ?, ?, ?, ? FROM journal", [at, who, role, deed, about]
    )


def log_of(path: Path) -> Path:
    """Where DuckDB keeps what is committed but not yet in the file."""
    return path.with_name(path.name + ".wal")


def stamp_of(path: Path) -> tuple[int, ...]:
    """Change times and sizes of a workspace file and its log; those that are missing are left out."""
    parts: list[int] = []
    for file in (path, log_of(path)):
        if file.exists():
            stat = file.stat()
            parts += [stat.st_mtime_ns, stat.st_size]
    return tuple(parts)


def one(cursor: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The only row of an answer (DuckDB wants an answer read to its end before the cursor does anything else)."""
    (row,) = cursor.execute(sql, list(params)).fetchall()
    return row


def bump(cursor: duckdb.DuckDBPyConnection, kind: str) -> int:
    """Count one more write of a kind (inside its transaction) and return the new version."""
    return int(one(cursor, "UPDATE versions SET n = n + 1 WHERE kind = ? RETURNING n", [kind])[0])
