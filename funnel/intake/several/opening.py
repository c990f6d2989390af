"""Files that hold tables as files of their own (zip, DuckDB, SQLite) are opened before anything is read."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from funnel.errors import InputError
from funnel.intake.reading.apart import Unpacked, unpack
from funnel.intake.reading.containers import Inside, what_is_inside


@dataclass(frozen=True, slots=True)
class OneFile:
    """A file to read: what people call it, where it lies, and the file that it was taken out of (null: none)."""

    name: str
    path: Path
    of: str | None = None


def opened(file: OneFile, is_whole: Callable[[list[str]], bool]) -> list[OneFile]:
    """The files inside a file, in its folder and in its order; a file without any is itself the only one.

    Members of an archive that are databases are opened, too. ``is_whole``: whether files of these names belong
    together as one (an exported history): then the archive stays as it is. The file itself is removed once it is open.
    Raises as ``funnel.intake.reading.apart.unpack`` does, and InputError ``reading.no_tables``.
    """
    kind = what_is_inside(file.path)
    if kind is None:
        return [file]
    inside = _unpacked(file.path, kind)
    if kind == "zip" and is_whole([one.name for one in inside]):
        _remove(inside)
        return [file]
    if not inside:
        raise InputError("reading.no_tables", file=file.name)
    found = []
    for one, short in zip(inside, _short([one.name for one in inside]), strict=True):
        name = f"{file.name} › {short}"
        database = what_is_inside(one.path)
        if database is None or database == "zip":
            found.append(OneFile(name, one.path, file.name))
        else:
            found += [replace(more, of=file.name) for more in opened(OneFile(name, one.path), is_whole)]
    file.path.unlink(missing_ok=True)
    return found


def _unpacked(path: Path, kind: Inside) -> list[Unpacked]:
    """What is inside, under names in the file's own folder that no other file has."""
    folder = path.with_name(f"inside-{uuid.uuid4().hex}")
    folder.mkdir()
    try:
        found = []
        for one in unpack(path, kind, folder):
            target = path.with_name(f"file-{uuid.uuid4().hex}")
            one.path.replace(target)
            found.append(replace(one, path=target))
        return found
    finally:
        for left in folder.iterdir():
            left.unlink(missing_ok=True)
        folder.rmdir()


def _short(names: list[str]) -> list[str]:
    """Names of files without their folders, where they stay different."""
    short = [PurePosixPath(name).name or name for name in names]
    several = {name for name, n in Counter(short).items() if n > 1}
    return [name if last in several else last for name, last in zip(names, short, strict=True)]


def _remove(inside: list[Unpacked]) -> None:
    for one in inside:
        one.path.unlink(missing_ok=True)


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
