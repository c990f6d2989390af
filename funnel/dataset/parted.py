"""A dataset in parts that lies in a folder and is read one part after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from funnel.dataset.contract import BESIDE, FACTS
from funnel.dataset.parts import IN_PARTS, file_of
from funnel.dataset.reading import About, check_files, check_together, checked, manifest_of
from funnel.errors import InputError
from funnel.metrics.journeys.follow_up import as_told, day_of_the_only_file
from funnel.schema import Facts, Followed, empty

Stamp = tuple[int, int]
"""Size and time of the last change of a file, in bytes and nanoseconds."""


@dataclass(frozen=True)
class Parted:
    """A dataset in ``n`` parts as it was when it was opened: small enough to be sent to whoever counts a part.

    ``frames``: the rows that all parts share (``batches``, ``labels``, ``counts``, ``spend``).
    """

    folder: Path
    about: About
    stamps: Mapping[str, Stamp]
    frames: Mapping[str, pl.DataFrame]

    @property
    def n(self) -> int:
        return self.about.n_parts or 1

    @property
    def identity(self) -> str:
        """Changes with every change of a file."""
        text = repr((str(self.folder), sorted(self.stamps.items())))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def has_followed(self) -> bool:
        return file_of("followed", 0) in self.stamps

    def name_of(self, part: int) -> str:
        """What a person knows a part by."""
        return file_of("*", part)

    def stub(self, settings: Mapping[str, Any]) -> Facts:
        """What all parts share, without a lead."""
        rows, entries = (empty(FACTS[name]) for name in ("lead_rows", "entries"))
        shared = self.frames["batches"], rows, entries, self.frames["labels"], self.frames["counts"]
        return as_told(Facts(*shared), settings)

    def facts_of(self, part: int, settings: Mapping[str, Any]) -> Facts:
        """The facts of one part, with what ``settings`` say of them (``as_told``).

        Raises InputError ``dataset.*`` with file and column, and ``dataset.changed`` where a file is another one now.
        """
        rows, entries = (self._rows(name, FACTS[name], part) for name in ("lead_rows", "entries"))
        shared = self.frames["batches"], rows, entries, self.frames["labels"], self.frames["counts"]
        return as_told(Facts(*shared), settings)

    def followed_of(self, part: int) -> pl.DataFrame | None:
        """Up to which day each lead of a part was followed (schema ``Followed``); null where one file says it."""
        return self._rows("followed", Followed, part) if self.has_followed else None

    def _rows(self, name: str, schema: type[dy.Schema], part: int) -> pl.DataFrame:
        file = file_of(name, part)
        before = _stamp(self.folder / file)
        frame = checked(file, schema, _read(self.folder / file))
        if not before == _stamp(self.folder / file) == self.stamps[file]:
            raise InputError("dataset.changed", given=file)
        numbers = self.frames["batches"]["batch_no"]
        if "batch_no" in frame.columns and not frame["batch_no"].unique().is_in(numbers.implode()).all():
            strange = sorted(set(frame["batch_no"]) - set(numbers))
            raise InputError("dataset.unknown_batch", file=file, given=strange[:5])
        return frame


def open_parted(folder: Path) -> Parted:
    """The dataset in a folder, ready to be read part by part; of the parts nothing is read here.

    Raises InputError ``dataset.*``, also ``dataset.not_in_parts`` and ``dataset.no_follow_up``: files cover one another
    in ways that no part can tell alone.
    """
    files = {one.name: one for one in folder.iterdir() if one.is_file()} if folder.is_dir() else {}
    about = manifest_of(files)
    if about.n_parts is None:
        raise InputError("dataset.not_in_parts", given=folder.name)
    check_files(files, about)
    stamps = {name: _stamp(path) for name, path in files.items()}
    frames = {}
    for name, schema in (FACTS | BESIDE).items():
        file = file_of(name)
        if name not in IN_PARTS:
            frames[name] = checked(file, schema, _read(files[file])) if file in files else empty(schema)
    check_together(frames)
    parted = Parted(folder, about, stamps, {name: frames[name] for name in ("batches", "labels", "counts", "spend")})
    if not parted.has_followed and day_of_the_only_file(parted.stub(about.settings)) is None:
        raise InputError("dataset.no_follow_up", given=frames["batches"].height)
    return parted


def _stamp(path: Path) -> Stamp:
    try:
        known = path.stat()
    except OSError as error:
        raise InputError("dataset.changed", given=path.name) from error
    return known.st_size, known.st_mtime_ns


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError("dataset.unreadable", given=path.name) from error
