"""Where sources lie: files and folders in one folder of the machine, which nothing leaves."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Final

from funnel.errors import InputError
from funnel.intake.several.opening import OneFile

DATA_DIR: Final = Path(__file__).resolve().parents[2] / "data" / "workspaces"
"""The folder of the workspaces unless the machine is set otherwise."""
_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".duckdb", ".db", ".sqlite", ".xlsx", ".zip", ".gz")


def places(folder: Path) -> list[str]:
    """What can be a source: the files and folders in the folder of sources, by name."""
    if not folder.is_dir():
        return []
    found = [one for one in folder.iterdir() if not one.name.startswith(".")]
    return sorted(one.name for one in found if one.is_dir() or one.suffix.lower() in _SUFFIXES)


def copied(folder: Path, place: str, to: Path) -> list[OneFile]:
    """Copies in ``to`` of the file at a place, or of the files in a folder there, so that nothing changes while read.

    Raises InputError ``source.missing`` where nothing is there.
    """
    at = folder / Path(place).name  # a place is a name, never a way out of the folder
    inside = sorted(one for one in at.rglob("*") if one.suffix.lower() in _SUFFIXES) if at.is_dir() else [at]
    files = [one for one in inside if one.is_file() and not one.name.startswith((".", "_"))]
    if not files:
        raise InputError("source.missing", given=place)
    to.mkdir(parents=True, exist_ok=True)
    found = []
    for one in files:
        target = to / f"file-{uuid.uuid4().hex}"
        try:
            shutil.copyfile(one, target)
        except OSError as error:
            raise InputError("source.missing", given=one.name) from error
        name = one.name if one == at else f"{at.name} › {one.relative_to(at).as_posix()}"
        found.append(OneFile(name, target, None if one == at else at.name))
    return found
