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
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

import duckdb

from funnel.errors import InputError, StorageError
from funnel.storage import plain
from funnel.storage.backups.keeping import DAILY, Copy, Rules, copies, copy_path, folders, surplus
from funnel.storage.backups.looking import BackupInfo, count
from funnel.storage.backups.taking_over import take_over
from funnel.storage.connection import LAYOUT, Connected, connect, log_of, one, translated
from funnel.storage.figures import kept
from funnel.storage.migrating import check_version, known_version, migrate, verify
from funnel.storage.personal import ForgottenRow, forget_again
from funnel.team import allowed

_CHUNK = 1 << 20
_TAKEN = ".taken"
_LAST = "last_backup"
_REWRITE_DUE = "rewrite_due"
_FORM_WITH_UPKEEP = 2
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class LastBackup:
    """The newest copy of the day: made, opened, and found equal to the workspace row by row.

    ``is_elsewhere``: it lies beside the workspaces because the folder that was set could not be written.
    """

    at: datetime
    n_leads: int
    is_elsewhere: bool


class Backups(Connected):
    """Copies of the workspace file, by hand and automatic."""

    rules: Rules = Rules()

    def backup(self, to: Path, *, who: str = "", now: datetime | None = None) -> BackupInfo:
        """Write the whole workspace to ``to`` (an existing file there is replaced in one step) and read it back.

        Reads go on meanwhile, writes wait. ``now`` defaults to the present time.
        """
        if to.resolve() == self.path:
            raise InputError("storage.backup_onto_itself", given=to.name)
        return self._backup(to, "backup", who=who, now=now or datetime.now())

    def automatic_backups(self) -> list[Copy]:
        """The copies of each day, and those made before migrations, restores and deletions, newest first."""
        return copies(self.path.parent, self.rules, self.path.stem)

    def automatic_backup(self, reason: str, *, who: str, now: datetime) -> BackupInfo:
        """A copy named after the time and the reason; those that the rules do not keep go.

        Where the folder of the rules cannot be written, it goes beside the workspaces.
        """
        return self._automatic(reason, now, lambda to: self._backup(to, "automatic", who=who, now=now))

    def daily_backup(self, *, now: datetime) -> LastBackup | None:
        """The copy of the day, unless there is one or the rules want none (then null). Raises StorageError."""
        made = (copy for copy in self.automatic_backups() if copy.reason == DAILY)
        if self.rules.daily < 1 or any(copy.made_at.date() == now.date() for copy in made):
            return None
        info = self.automatic_backup(DAILY, who="", now=now)
        is_elsewhere = info.path.parent.parent != folders(self.path.parent, self.rules)[0]
        last = LastBackup(now, info.n_leads, is_elsewhere)
        with self.writing("backup") as cursor:
            cursor.execute("DELETE FROM workspace WHERE key = ?", [_LAST])
            cursor.execute("INSERT INTO workspace VALUES (?, ?)", [_LAST, plain.dumps(asdict(last))])
        return last

    def last_backup(self) -> LastBackup | None:
        """The newest copy of the day; null before the first."""
        with self.reading() as cursor:
            rows = cursor.execute("SELECT value FROM workspace WHERE key = ?", [_LAST]).fetchall()
        return LastBackup(**plain.loads(rows[0][0])) if rows else None

    def restore(self, backup: Path, *, who: str, now: datetime | None = None) -> BackupInfo:
        """Replace the content of this workspace by that of a backup; its name and whether it is the sample stay.

        The backup is taken over into a file of its own first, and read there in full; the present workspace is copied
        to the automatic backups and stays in place until that file is complete. Versions go on growing, so no cache
        holds on to the old content. Leads that were forgotten since are forgotten again. Raises as ``inspect_backup``
        does, with nothing changed; AccessError where who acts may not.
        """
        email, role = allowed("restore")
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
                        journal=cursor.execute('SELECT no, "at", who, role, deed, about FROM journal').fetchall(),
                    )
                present.upkeep.append((now, who, "restore", backup.name))
                last = max((line[0] for line in present.journal), default=0)
                present.journal.append((last + 1, now, email or who, role, "restore", backup.name))
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

            def keep(to: Path) -> None:
                if form >= _FORM_WITH_UPKEEP:
                    self._note(to, "automatic", who="", now=now)
                self._copy(to)

            self._automatic("migration", now, keep)
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
            with self.reading() as cursor:
                here = verify(cursor, self.path)
        connection = connect(to, read_only=True)
        try:
            if verify(connection, to) != here:
                to.unlink()
                raise StorageError("storage.backup_differs", file=to.name)
            return count(connection, to, check_version(connection, to))
        finally:
            connection.close()

    def _automatic(self, reason: str, now: datetime, make: Callable[[Path], _Made]) -> _Made:
        places = [copy_path(one, self.path.stem, reason, now) for one in folders(self.path.parent, self.rules)]
        try:
            made = make(places[0])
        except StorageError as error:
            if len(places) == 1 or error.message.params.get("file") != places[0].name:
                raise
            made = make(places[1])
        for copy in surplus(self.automatic_backups(), self.rules):
            copy.path.unlink(missing_ok=True)
        return made

    def _note(self, to: Path, action: str, *, who: str, now: datetime) -> None:
        with self.writing("backup") as cursor:
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
                    kept.drop(self.path)  # what went out of the file stands nowhere else
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
            stems = [one / self.path.stem for one in folders(self.path.parent, self.rules)]
            parts = [path for stem in stems for path in stem.glob(".*.part")]
            for path in (ready, log_of(ready), *taken, *parts):
                path.unlink(missing_ok=True)

    def _ready(self) -> Path:
        return self.path.with_name(f".{self.path.name}.ready")


@dataclass
class _Present:
    """What of the present workspace goes on after a restore."""

    about: list[tuple[str, str]]
    versions: list[tuple[str, int]]
    upkeep: list[tuple[datetime, str, str, str]]
    forgotten: list[ForgottenRow]
    journal: list[tuple[int, datetime, str, str, str, str]]


def _fit(ready: Path, present: _Present) -> None:
    """Make a backup that was taken over the successor of the present workspace."""
    connection = connect(ready)
    try:
        connection.begin()
        for key, value in present.about:
            connection.execute("DELETE FROM workspace WHERE key = ?", [key])
            connection.execute("INSERT INTO workspace VALUES (?, ?)", [key, value])
        for kind, n in present.versions:
            connection.execute("UPDATE versions SET n = greatest(n, ?) + 1 WHERE kind = ?", [n, kind])
        for row in present.upkeep:
            connection.execute('DELETE FROM upkeep WHERE "at" = ? AND who = ? AND action = ? AND file = ?', list(row))
            connection.execute("INSERT INTO upkeep VALUES (?, ?, ?, ?)", list(row))
        connection.execute("DELETE FROM journal")  # of another state: what was done here goes on in one line
        connection.executemany(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", [list(line) for line in present.journal]
        )
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
