"""What opening a workspace found out, kept beside its file: a frame that is mapped into memory, and a text.

It is a copy that can be made again at any time. So nothing here raises for the person: what cannot be read, was not
written by this program in this place, or does not say the asked state, counts as not kept. It holds leads: wherever
their rows leave the workspace's file, it goes too (``drop``).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.ipc

log = logging.getLogger("funnel.storage")

_FORM = 1
_END = 1 << 20
"""So many bytes at either end of a frame's file are looked at: there stands how to read it."""
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, pa.ArrowException, pl.exceptions.PolarsError)


def folder_of(workspace: Path) -> Path:
    """Where the copies of a workspace file stand."""
    return workspace.with_name(f".{workspace.stem}.figures")


def read(workspace: Path, state: str, asked: str) -> tuple[pl.DataFrame, str] | None:
    """The frame and the text that ``keep`` was given for ``state`` and ``asked``; null where they are not kept.

    The frame's memory is the file: sessions and processes share it, and the machine takes it back when it needs it.
    """
    told, frame = _files(workspace, state, asked)
    try:
        said = json.loads(told.read_text(encoding="utf-8"))
        if (said["form"], said["state"], said["asked"]) != (_FORM, state, asked) or said["file"] != _mark(frame):
            return None
        os.utime(told)  # the copies that nobody asks for go first
        if os.name == "nt":  # a mapped file could not be deleted there
            return pl.read_ipc(frame), said["told"]
        with pa.memory_map(str(frame)) as source, pa.ipc.open_file(source) as table:
            found = pl.from_arrow(table.read_all())
        return (found, said["told"]) if isinstance(found, pl.DataFrame) else None
    except _UNREADABLE as error:
        if not isinstance(error, FileNotFoundError):
            log.warning("figures kept of %s cannot be read: %s", workspace.name, type(error).__name__)
        return None


def keep(
    workspace: Path,
    state: str,
    asked: str,
    frame: pl.DataFrame,
    text: str,
    *,
    at_most: int,
    is_current: Callable[[], bool],
) -> None:
    """Keep a frame and a text of a workspace's ``state``, by what was ``asked`` of it.

    Copies of another state go, and the ones not asked for the longest while all together take more than ``at_most``
    bytes. ``is_current``: whether the workspace is still in that state; asked at the end, since a lead that is
    forgotten meanwhile must not come back by this way.
    """
    folder = folder_of(workspace)
    told, to = _files(workspace, state, asked)
    making = folder / f"new-{uuid.uuid4().hex}"
    try:
        folder.mkdir(exist_ok=True)
        needed = int(frame.estimated_size())
        _make_room(folder, state, at_most - needed)
        if needed > at_most:
            return
        # one batch: a frame of many pieces is slower to count
        frame.rechunk().write_ipc(making, compression="uncompressed", record_batch_size=max(frame.height, 1))
        with making.open("rb+") as written:
            os.fsync(written.fileno())
        making.replace(to)
        said = {"form": _FORM, "state": state, "asked": asked, "file": _mark(to), "told": text}
        making.write_text(json.dumps(said), encoding="utf-8")
        making.replace(told)
        if not is_current():
            for file in (told, to):
                file.unlink(missing_ok=True)
    except _UNREADABLE as error:
        log.warning("figures of %s cannot be kept: %s", workspace.name, type(error).__name__)
    finally:
        with contextlib.suppress(OSError):
            making.unlink(missing_ok=True)


def drop(workspace: Path) -> None:
    """Delete all copies of a workspace. Raises OSError where one stays."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder_of(workspace))


def _files(workspace: Path, state: str, asked: str) -> tuple[Path, Path]:
    name = hashlib.blake2b(json.dumps([state, asked]).encode(), digest_size=12).hexdigest()
    folder = folder_of(workspace)
    return folder / f"{name}.json", folder / f"{name}.arrow"


def _mark(frame: Path) -> list[Any]:
    """What tells a file that was written here from one that was changed, cut, or brought from elsewhere."""
    stat = frame.stat()
    with frame.open("rb") as bytes_:
        ends = hashlib.blake2b(bytes_.read(_END), digest_size=16)
        bytes_.seek(max(0, stat.st_size - _END))
        ends.update(bytes_.read(_END))
    return [stat.st_size, stat.st_mtime_ns, ends.hexdigest()]


def _make_room(folder: Path, state: str, at_most: int) -> None:
    """Delete copies of other states, what a kill left, and the oldest ones above ``at_most`` bytes."""
    kept = []
    for told in folder.glob("*.json"):
        try:
            of_state = json.loads(told.read_text(encoding="utf-8"))["state"] == state
        except _UNREADABLE:
            of_state = False
        kept += [(told.stat().st_mtime_ns, told)] if of_state else []
    left, names = at_most, set()
    for _, told in sorted(kept, reverse=True):
        frame = told.with_suffix(".arrow")
        left -= frame.stat().st_size if frame.exists() else 0
        if left >= 0:
            names |= {told.name, frame.name}
    for file in folder.iterdir():
        if file.name not in names:
            file.unlink(missing_ok=True)
