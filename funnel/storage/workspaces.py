"""Workspaces in a folder: list, create, open, rename. One workspace is one DuckDB file; its name stands inside."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import time
import unicodedata
import uuid
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

import duckdb
import polars as pl

from funnel.dataset.contract import Dataset
from funnel.definition.definition import FunnelDefinition
from funnel.errors import ConflictError, InputError, StorageError
from funnel.storage import plain
from funnel.storage.backups.keeping import Rules, folders
from funnel.storage.backups.taking_over import ASIDE, take_over
from funnel.storage.connection import bump, connect, log_of, stamp_of, translated
from funnel.storage.definitions import add_definition
from funnel.storage.figures.kept import drop
from funnel.storage.imports import history_of, take_in
from funnel.storage.migrating import check_version, migrate, verify
from funnel.storage.store import Store, about
from funnel.team import acting, allowed

SUFFIX = ".duckdb"
MAX_NAME = 60
_ABANDONED = 3600.0
"""Seconds after which a file that a killed process was building is nobody's."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)

State = Literal["ready", "in_use", "damaged", "newer", "unreadable"]
_Answer = TypeVar("_Answer")

# One Store per file in this process: two of them would have two write locks, and DuckDB shares the file between them.
_open: weakref.WeakValueDictionary[Path, Store] = weakref.WeakValueDictionary()
_opening = threading.RLock()
# Stamp (change times and sizes of the file and its log) → what a closed file said about itself.
_seen: dict[Path, tuple[tuple[int, ...], WorkspaceInfo]] = {}


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """A workspace file. ``state`` says whether it can be opened; if not, ``name`` is that of the file."""

    name: str
    path: Path
    is_sample: bool
    state: State = "ready"


def list_workspaces(folder: Path) -> list[WorkspaceInfo]:
    """The workspaces of a folder by name, the sample last. A folder that does not exist has none."""
    with _opening, translated(folder):
        found = [_info(path) for path in sorted(folder.glob(f"*{SUFFIX}"))] if folder.is_dir() else []
    return sorted(found, key=lambda info: (info.is_sample, info.name.casefold()))


def imports_of_file(folder: Path, content_hash: str) -> list[tuple[WorkspaceInfo, pl.DataFrame]]:
    """The workspaces of a folder into which a file with these very bytes was imported, with those imports.

    Schema ``History``, oldest first. Workspaces that nobody here has open are only looked into: they are neither
    migrated nor kept open. One that cannot be read now (in use elsewhere, damaged) is left out.
    """
    found = []
    for info in list_workspaces(folder):
        if info.state != "ready":
            continue
        store = _open.get(info.path.resolve())
        try:
            if store is not None and store.is_open:
                imports = store.imports_of(content_hash)
            else:
                with _opening:
                    imports = _look_into(info.path, lambda connection: history_of(connection, content_hash))
        except StorageError:
            continue
        if imports.height:
            found.append((info, imports))
    return found


def create_workspace(
    folder: Path,
    name: str,
    definition: FunnelDefinition,
    is_sample: bool = False,
    *,
    who: str = "",
    now: datetime | None = None,
) -> Store:
    """Make a workspace with its funnel and open it. ``now`` defaults to the present time.

    Raises InputError ``storage.name_blank``/``storage.name_too_long``; ConflictError ``storage.name_taken``.
    """
    name = _clean(name)

    def build(path: Path) -> None:
        _build(path, name, definition, is_sample, who=who, now=now or datetime.now())

    return _new(folder, name, build)


def open_workspace(path: Path, *, now: datetime | None = None, rules: Rules | None = None) -> Store:
    """Open a workspace, migrating an older file first. Opening it again in this process gives the same Store.

    ``now`` (default: the present time) names the automatic backup before a migration; ``rules`` say where such copies
    go and which stay (default: those it has).
    Raises StorageError: ``storage.missing``, ``storage.in_use`` (another program has it open), ``storage.damaged``,
    ``storage.not_a_workspace``, ``storage.newer_version``.
    """
    path = path.resolve()
    with _opening:
        store = _open.get(path)
        if store is not None and store.is_open:
            store.rules = rules or store.rules
            return store
        if not path.is_file():
            raise StorageError("storage.missing", file=path.name)
        store = Store(path, connect(path))
        store.rules = rules or store.rules
        try:
            with acting(None):  # a file of an older form becomes one of today's, whoever looks first
                store.upgrade(now=now)
        except BaseException:
            store.close()
            raise
        _open[path] = store
        return store


def rest_workspace(path: Path) -> None:
    """Let go what an open workspace holds in memory until somebody asks for it; one that is not open stays so.

    Raises StorageError where the file cannot be written; nothing is lost then.
    """
    store = _open.get(path.resolve())
    if store is not None and store.is_open:
        store.rest()


def free_name(taken: Iterable[str], name: str) -> str:
    """A name like this one that no workspace has yet: itself, or with the next number behind it."""
    known = {one.casefold() for one in taken}
    tried = (name[:MAX_NAME], *(f"{name[: MAX_NAME - 5]} {n}" for n in range(2, 9999)))
    return next(one for one in tried if one.casefold() not in known)


def rename_workspace(store: Store, name: str) -> None:
    """Give an open workspace another name; its file keeps its own. Raises as ``create_workspace`` does."""
    name = _clean(name)
    with _opening:
        _check_free(store.path.parent, name, besides=store.path)
        with store.writing("rename", about=name) as cursor:
            cursor.execute("UPDATE workspace SET value = ? WHERE key = 'name'", [plain.dumps(name)])
            bump(cursor, "settings")


def workspace_from_backup(folder: Path, backup: Path, name: str | None = None) -> Store:
    """Open a backup as a new workspace, under its own name unless another is given; the backup is not changed.

    Raises as ``inspect_backup`` and ``create_workspace`` do.
    """
    with tempfile.TemporaryDirectory(prefix=ASIDE, ignore_cleanup_errors=True) as aside:
        taken = Path(aside) / "taken.duckdb"
        info = take_over(backup, taken)
        name = _clean(name or info.name)

        def build(path: Path) -> None:
            shutil.copyfile(taken, path)
            connection = connect(path)
            try:
                with translated(path):
                    connection.execute("UPDATE workspace SET value = ? WHERE key = 'name'", [plain.dumps(name)])
            finally:
                connection.close()

        return _new(folder, name, build)


def workspace_from_dataset(
    folder: Path, dataset: Dataset, content_hash: str, name: str, *, who: str, now: datetime
) -> Store:
    """Make a workspace that holds the history of a dataset: equal facts, so equal figures.

    ``content_hash``: of the file that the dataset came in. Raises as ``create_workspace`` does.
    """
    name = _clean(name)

    def build(path: Path) -> None:
        _build(path, name, dataset.definition, False, who=who, now=now)
        store = Store(path, connect(path))
        try:
            for key, value in dataset.settings.items():
                store.set_setting(key, value)
            if not dataset.spend.is_empty():
                store.save_spend(dataset.spend, who=who, now=now)
            with store.writing("import", who=who) as cursor:
                take_in(cursor, dataset, content_hash)
        finally:
            store.close()

    return _new(folder, name, build)


def delete_workspace(store: Store, *, who: str, now: datetime | None = None) -> Path:
    """Close a workspace and remove its file. Returns the automatic backup that was made of it and stays."""
    allowed("delete")
    with _opening:
        kept = store.automatic_backup("delete", who=who, now=now or datetime.now()).path
        store.close()
        with translated(store.path):
            store.path.unlink()
            drop(store.path)
    return kept


def replace_damaged(path: Path, backup: Path, *, now: datetime, rules: Rules) -> Store:
    """Put what a backup holds in the place of a workspace file that cannot be opened, and open it.

    The damaged file is not deleted: it goes to the backups of that workspace, under a name that no list shows. Raises
    as ``inspect_backup`` does, with nothing changed.
    """
    allowed("restore")
    path = path.resolve()
    with _opening, tempfile.TemporaryDirectory(prefix=ASIDE, ignore_cleanup_errors=True) as aside:
        taken = Path(aside) / "taken.duckdb"
        take_over(backup, taken)
        with translated(path):
            kept = folders(path.parent, rules)[-1] / path.stem / f"{now:%Y%m%d-%H%M%S}-{path.name}.damaged"
            kept.parent.mkdir(parents=True, exist_ok=True)
            ready = path.with_name(f".new-{uuid.uuid4().hex}")
            try:
                shutil.copyfile(taken, ready)
                if log_of(path).exists():
                    log_of(path).replace(kept.with_name(f"{kept.name}.wal"))
                if path.exists():
                    path.replace(kept)
                ready.replace(path)
                drop(path)
            finally:
                ready.unlink(missing_ok=True)
        return open_workspace(path, now=now, rules=rules)


def _new(folder: Path, name: str, build: Callable[[Path], None]) -> Store:
    """A new file made aside and put in its place when it is whole."""
    allowed("create")
    with _opening:
        _check_free(folder, name)
        building = folder / f".new-{uuid.uuid4().hex}"
        with translated(building):
            folder.mkdir(parents=True, exist_ok=True)
            for leftover in folder.glob(".new-*"):
                if time.time() - leftover.stat().st_mtime > _ABANDONED:
                    leftover.unlink(missing_ok=True)
            try:
                build(building)
                path = _place(building, folder, name)
            except StorageError as error:
                # People know the workspace by its name; the file that was being built means nothing to them.
                raise StorageError(error.message.code, **{**error.message.params, "file": name}) from error
            finally:
                building.unlink(missing_ok=True)
        return open_workspace(path)


def _build(path: Path, name: str, definition: FunnelDefinition, is_sample: bool, *, who: str, now: datetime) -> None:
    connection = connect(path)
    try:
        migrate(connection, path)
        connection.begin()
        for key, value in (("name", name), ("is_sample", is_sample), ("created_at", now)):
            connection.execute("INSERT INTO workspace VALUES (?, ?)", [key, plain.dumps(value)])
        add_definition(connection, definition, who=who, now=now, reason="")
        connection.commit()
    finally:
        connection.close()


def _place(building: Path, folder: Path, name: str) -> Path:
    """Give the finished file a readable name of its own, never over another file."""
    stem = re.sub(r"[^\w\- ]", "_", name).strip() or "_"
    stem = f"{stem}_" if _RESERVED.fullmatch(stem) else stem
    for n in range(1, 1000):
        path = folder / (f"{stem}{SUFFIX}" if n == 1 else f"{stem}-{n}{SUFFIX}")
        try:
            os.link(building, path)  # unlike a rename it refuses to replace a file
        except FileExistsError:
            continue
        except OSError:  # a disk without hard links
            if path.exists():
                continue
            building.rename(path)
        return path
    raise ConflictError("storage.name_taken", given=name)


def _clean(name: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise InputError("storage.name_blank")
    if len(name) > MAX_NAME:
        raise InputError("storage.name_too_long", given=len(name), allowed=MAX_NAME)
    return name


def _check_free(folder: Path, name: str, besides: Path | None = None) -> None:
    for info in list_workspaces(folder):
        if info.name.casefold() == name.casefold() and info.path.resolve() != besides:
            raise ConflictError("storage.name_taken", given=name)


def _info(path: Path) -> WorkspaceInfo:
    store = _open.get(path.resolve())
    stamp = stamp_of(path)
    known = _seen.get(path)
    try:
        if store is not None and store.is_open:
            return WorkspaceInfo(store.name, path, store.is_sample)
        if known is not None and known[0] == stamp:
            return known[1]
        info = _read_info(path)
    except StorageError as error:
        states: dict[str, State] = {
            "storage.in_use": "in_use",
            "storage.damaged": "damaged",
            "storage.value": "damaged",
            "storage.not_a_workspace": "damaged",
            "storage.newer_version": "newer",
        }
        return WorkspaceInfo(path.stem, path, False, states.get(error.message.code, "unreadable"))
    _seen[path] = (stamp, info)
    return info


def _look_into(path: Path, ask: Callable[[duckdb.DuckDBPyConnection], _Answer]) -> _Answer:
    """What a closed workspace answers, read without changing it. Raises as ``open_workspace`` does."""
    connection = connect(path, read_only=True)
    try:
        check_version(connection, path)
        verify(connection, path)
        with translated(path):
            return ask(connection)
    finally:
        connection.close()


def _read_info(path: Path) -> WorkspaceInfo:
    said = _look_into(path, about)
    return WorkspaceInfo(str(said["name"]), path, bool(said["is_sample"]))
