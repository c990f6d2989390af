"""Backup and restore: the whole workspace as one file, and never a moment at which only half of one exists.

A copy is made beside its goal, forced to the disk and then moved over it in one step. The same holds for what replaces
the workspace itself (a restored backup, a rebuilt file), so a kill at any moment leaves the old or the new file whole.
"""

from __future__ import annotations

import glob
import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import duckdb

from funnel.errors import InputError, StorageError
from funnel.storage.backups.looking import BackupInfo, count
from funnel.storage.backups.taking_over import take_over
from funnel.storage.connection import LAYOUT, Connected, connect, log_of, one, translated
from funnel.storage.migrating import check_version, known_version, migrate, verify
from funnel.storage.personal import ForgottenRow, forget_again

KEPT_BACKUPS = 10
"""How many automatic backups of a workspace are kept."""

_CHUNK = 1 << 20
_TAKEN = ".taken"
_REWRITE_DUE = "rewrite_due"
_FORM_WITH_UPKEEP = 2


class Backups(Connected):
    """Copies of the workspace file, by hand and automatic."""

    def backup(self, to: Path, *, who: str = "", now: datetime | None = None) -> BackupInfo:
        """Write the whole workspace to ``to`` (an existing file there is replaced in one step) and read it back.

        Reads go on meanwhile, writes wait. ``now`` defaults to the present time.
        """
        if to.resolve() == self.path:
            raise InputError("storage.backup_onto_itself", given=to.name)
        return self._backup(to, "backup", who=who, now=now or datetime.now())

    def automatic_backups(self) -> list[Path]:
        """The copies made before migrations, restores and forgettings, newest first; the last ten are kept."""
        return sorted(self._backup_folder().glob("*.duckdb"), reverse=True)

    def automatic_backup(self, reason: str, *, who: str, now: datetime) -> Path:
        """A copy beside the workspaces, named after the time and the reason; only the last ten are kept."""
        path = self._next_automatic(reason, now)
        self._backup(path, "automatic", who=who, now=now)
        self._drop_oldest()
        return path

    def restore(self, backup: Path, *, who: str, now: datetime | None = None) -> BackupInfo:
        """Replace the content of this workspace by that of a backup; its name and whether it is the sample stay.

        The backup is taken over into a file of its own first, and read there in full; the present workspace is copied
        to the automatic backups and stays in place until that file is complete. Versions go on growing, so no cache
        holds on to the old content. Leads that were forgotten since are forgotten again. Raises as ``inspect_backup``
        does, with nothing changed.
        """
        now = now or datetime.now()
        taken = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex}{_TAKEN}")
        try:
            info = take_over(backup, taken)
            with self._write_lock:
                self.automatic_backup("restore", who=who, now=now)
                with self.reading() as cursor:
                    present = _Present(
                        about=cursor.execute("SELECT key, value FROM workspace").fetchall(),
                        versions=cursor.execute("SELECT kind, n FROM versions").fetchall(),
                        upkeep=cursor.execute('SELECT "at", who, action, file FROM upkeep').fetchall(),
                        forgotten=cursor.execute("SELECT salt, hash, pseudonym FROM forgotten").fetchall(),
                    )
                present.upkeep.append((now, who, "restore", backup.name))
                with translated(self.path):
                    _fit(taken, present)
                self._replace_file(lambda ready: _put(taken, ready))
                if present.forgotten:
                    self.rewrite()
        finally:
            taken.unlink(missing_ok=True)
            log_of(taken).unlink(missing_ok=True)
        return info

    def rewrite(self) -> None:
        """Write the file anew without its free blocks, in which deleted rows would stay readable."""
        self._replace_file(self._rewrite)

    def upgrade(self, *, now: datetime | None = None) -> None:
        """Check the file in full, migrate an older one after an automatic backup, and finish what a kill interrupted.

        Called once, on opening.
        """
        if self._connection is None:
            raise StorageError("storage.closed", file=self.path.name)
        verify(self._connection, self.path)
        self._clear_leftovers()
        form = check_version(self._connection, self.path)
        if form == 0:
            raise StorageError("storage.not_a_workspace", file=self.path.name)
        if form < known_version():
            now = now or datetime.now()
            to = self._next_automatic("migration", now)
            if form >= _FORM_WITH_UPKEEP:
                self._note(to, "automatic", who="", now=now)
            self._copy(to)
            self._drop_oldest()
            migrate(self._connection, self.path)
        with self.reading() as cursor:
            (is_due,) = one(cursor, "SELECT count(*) FROM workspace WHERE key = ?", [_REWRITE_DUE])
        if is_due:
            self.rewrite()

    def _backup(self, to: Path, action: str, *, who: str, now: datetime) -> BackupInfo:
        with self._write_lock:
            # Noted before the copy is made, so that the copy knows when it was made.
            self._note(to, action, who=who, now=now)
            self._copy(to)
        return _counted(to)

    def _note(self, to: Path, action: str, *, who: str, now: datetime) -> None:
        with self.writing() as cursor:
            cursor.execute("INSERT INTO upkeep VALUES (?, ?, ?, ?)", [now, who, action, str(to.resolve())])

    def _copy(self, to: Path) -> None:
        """The whole file, everything committed in it, at ``to``; the caller keeps writers away."""
        self._open_again()
        with self.exclusive(), self._edge():
            if self._connection is None:
                raise StorageError("storage.closed", file=self.path.name)
            self._connection.checkpoint()
            if log_of(self.path).exists():
                raise StorageError("storage.not_written", file=self.path.name)
        with translated(to):
            to.parent.mkdir(parents=True, exist_ok=True)
            part = to.with_name(f".{to.name}.{uuid.uuid4().hex}.part")
            try:
                source = self._own_reader()
                source.seek(0)
                _write_whole(source, part)
                part.replace(to)
                _sync_folder(to.parent)
            finally:
                part.unlink(missing_ok=True)

    def _replace_file(self, build: Callable[[Path], None]) -> None:
        """Let go of the file, let ``build`` write its successor, and put that in its place in one step.

        ``build`` may read the closed file. Whatever it raises, the old file stays and is opened again.
        """
        ready = self._ready()
        self._open_again()
        with self.exclusive():
            self._let_go()
            try:
                with translated(self.path):
                    if log_of(self.path).exists():
                        raise StorageError("storage.not_written", file=self.path.name)
                    ready.unlink(missing_ok=True)
                    log_of(ready).unlink(missing_ok=True)
                    build(ready)
                    if log_of(ready).exists():
                        raise StorageError("storage.not_written", file=ready.name)
                    ready.replace(self.path)
                    _sync_folder(self.path.parent)
            finally:
                ready.unlink(missing_ok=True)
                log_of(ready).unlink(missing_ok=True)
                self._take_up()

    def _rewrite(self, to: Path) -> None:
        # Attaching needs a connection that is not hardened; it runs nothing but these lines.
        with duckdb.connect(config=dict(LAYOUT)) as connection:
            connection.execute(f"ATTACH {_quoted(self.path)} AS old (READ_ONLY)")
            connection.execute(f"ATTACH {_quoted(to)} AS new")
            connection.execute("COPY FROM DATABASE old TO new")
            connection.execute("DELETE FROM new.workspace WHERE key = ?", [_REWRITE_DUE])
            connection.execute("DETACH new")

    def _clear_leftovers(self) -> None:
        """Unfinished copies of a process that was killed. Nobody else makes any while we hold the file."""
        ready = self._ready()
        with translated(self.path):
            taken = self.path.parent.glob(f".{glob.escape(self.path.name)}.*{_TAKEN}*")
            for path in (ready, log_of(ready), *taken, *self._backup_folder().glob(".*.part")):
                path.unlink(missing_ok=True)

    def _ready(self) -> Path:
        return self.path.with_name(f".{self.path.name}.ready")

    def _backup_folder(self) -> Path:
        return self.path.parent / "backups" / self.path.stem

    def _next_automatic(self, reason: str, now: datetime) -> Path:
        return self._backup_folder() / f"{now:%Y%m%d-%H%M%S-%f}-{reason}.duckdb"

    def _drop_oldest(self) -> None:
        for path in self.automatic_backups()[KEPT_BACKUPS:]:
            path.unlink(missing_ok=True)


@dataclass
class _Present:
    """What of the present workspace goes on after a restore."""

    about: list[tuple[str, str]]
    versions: list[tuple[str, int]]
    upkeep: list[tuple[datetime, str, str, str]]
    forgotten: list[ForgottenRow]


def _fit(ready: Path, present: _Present) -> None:
    """Make a backup that was taken over the successor of the present workspace."""
    connection = connect(ready)
    try:
        connection.begin()
        for key, value in present.about:
            connection.execute("UPDATE workspace SET value = ? WHERE key = ?", [value, key])
        for kind, n in present.versions:
            connection.execute("UPDATE versions SET n = greatest(n, ?) + 1 WHERE kind = ?", [n, kind])
        for row in present.upkeep:
            connection.execute('DELETE FROM upkeep WHERE "at" = ? AND who = ? AND action = ? AND file = ?', list(row))
            connection.execute("INSERT INTO upkeep VALUES (?, ?, ?, ?)", list(row))
        forget_again(connection, present.forgotten)
        if present.forgotten:
            mark_for_rewriting(connection)
        connection.commit()
        verify(connection, ready)
    finally:
        connection.close()


def mark_for_rewriting(cursor: duckdb.DuckDBPyConnection) -> None:
    """Note, in the transaction that deletes personal data, that the file is to be written anew even after a kill."""
    cursor.execute("INSERT INTO workspace VALUES (?, 'true')", [_REWRITE_DUE])


def _put(taken: Path, ready: Path) -> None:
    taken.replace(ready)


def _counted(path: Path) -> BackupInfo:
    """Open a copy that was just made, read all of it and count what it holds."""
    connection = connect(path, read_only=True)
    try:
        verify(connection, path)
        return count(connection, path, check_version(connection, path))
    finally:
        connection.close()


def _write_whole(source: BinaryIO, to: Path) -> None:
    with to.open("wb") as target:
        shutil.copyfileobj(source, target, _CHUNK)
        target.flush()
        os.fsync(target.fileno())


def _sync_folder(folder: Path) -> None:
    """Force a rename to the disk; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
