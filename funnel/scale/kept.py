"""The journeys of each part, built once and kept as a file, so that a question costs no more than a look at them."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from funnel.dataset.parted import Parted
from funnel.definition.definition import FunnelDefinition
from funnel.metrics.deadlines.states import clock_stages
from funnel.metrics.journeys.build import build_journeys, with_ends_after
from funnel.metrics.journeys.looks import one_look
from funnel.metrics.journeys.owners import dates_owners, owner_changes, owner_column, with_owners
from funnel.schema import Whole, journeys_schema

_CODE = ("metrics/journeys", "schema", "definition", "scale", "filters.py", "far_off.py")
"""What decides how journeys come out: kept ones of another state of it are not used."""
_KEPT_DAYS = 14


@dataclass(frozen=True)
class Recipe:
    """Everything that the journeys of a part are made of; small, and the same for every part.

    ``is_latest``: ``day`` is the default day, so what files tell of later days is told (``with_later_ends``).
    ``folder``: where journeys are kept; whoever works on a part must reach it under this name, or builds them again.
    """

    parted: Parted
    settings: Mapping[str, Any]
    whole: Whole
    funnel: FunnelDefinition
    day: date
    is_latest: bool
    folder: Path

    @cached_property
    def place(self) -> Path:
        """The folder of these journeys: another one for other files, another funnel, day or state of the code."""
        about = (self.parted.identity, self.funnel.to_dict(), sorted(self.whole.columns), self.whole.near_days)
        told = (sorted(self.whole.told.items()), self.whole.versions, self.day, self.is_latest)
        said = {key: self.settings.get(key) for key in ("covers", "confirmed_days", "data_answers")}
        text = repr((about, told, said, pl.__version__, code_state()))
        return self.folder / hashlib.sha256(text.encode()).hexdigest()[:32]

    def build(self, part: int) -> int:
        """Build the journeys of a part, unless they are kept. Returns how many there are."""
        path = self._ready(part)
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())

    @property
    def owned_from(self) -> list[str]:
        """The stages at whose entry the owner of a lead is found out: those that start a deadline, where any row of the
        history says from when on somebody owns a lead."""
        return clock_stages(self.funnel) if dates_owners(replace(self.parted.stub({}), whole=self.whole)) else []

    def _ready(self, part: int) -> Path:
        path = self._path(part)
        if not path.exists():
            given = replace(
                self.parted.facts_of(part, self.settings),
                whole=replace(self.whole, followed=self.parted.followed_of(part)),
            )
            facts = given.with_short_ids()
            with one_look():
                journeys = build_journeys(facts, self.funnel, self.day).collect()
                if self.is_latest:
                    journeys = with_ends_after(journeys, facts, self.funnel, self.day)
            journeys = with_owners(journeys, self.owned_from, owner_changes(given))
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(f"{path.stem}-{uuid.uuid4().hex}.tmp")
            try:
                journeys.write_parquet(aside)
                aside.replace(path)
            finally:
                aside.unlink(missing_ok=True)
        return path

    def answers(self, plans: Sequence[pl.LazyFrame], part: int) -> list[pl.DataFrame]:
        """What the journeys of a part answer to plans over ``journeys``."""
        with only(self._ready(part)):
            return pl.collect_all(plans, engine="in-memory")

    def journeys(self) -> pl.LazyFrame:
        """The journeys of all parts, to be asked part by part."""
        named = journeys_schema(self.funnel).items()
        schema = pl.Schema((name, kind() if isinstance(kind, type) else kind) for name, kind in named)
        schema |= {owner_column(key): schema["owner"] for key in self.owned_from}
        return register_io_source(_journeys_of_the_part, schema=schema)

    def _path(self, part: int) -> Path:
        return self.place / f"journeys-{part:05d}.parquet"


_LOOKED_AT: list[Path] = []
_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def only(path: Path) -> Generator[None]:
    """Within it plans over ``Recipe.journeys`` are about the journeys in one file. One plan at a time and process: the
    threads that run it belong to Polars and know nothing of who asked."""
    with _ONE_AT_A_TIME:
        _LOOKED_AT.append(path)
        try:
            yield
        finally:
            _LOOKED_AT.pop()


def _journeys_of_the_part(
    with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
) -> Iterator[pl.DataFrame]:
    journeys = pl.scan_parquet(_LOOKED_AT[-1])
    if predicate is not None:
        journeys = journeys.filter(predicate)
    if with_columns is not None:
        journeys = journeys.select(with_columns)
    if n_rows is not None:
        journeys = journeys.head(n_rows)
    yield journeys.collect()


@cache
def code_state() -> str:
    """A hash of the code that decides how journeys come out."""
    root, seen = Path(__file__).resolve().parents[1], hashlib.sha256()
    for place in _CODE:
        files = sorted((root / place).rglob("*.py")) if (root / place).is_dir() else [root / place]
        for file in files:
            seen.update(file.read_bytes())
    return seen.hexdigest()


def touch(recipe: Recipe) -> None:
    """Note that these journeys are in use, and take away those that nobody has used for two weeks."""
    recipe.place.mkdir(parents=True, exist_ok=True)
    os.utime(recipe.place)
    for other in recipe.folder.iterdir():
        if other.is_dir() and other.stat().st_mtime < time.time() - _KEPT_DAYS * 86_400:
            shutil.rmtree(other, ignore_errors=True)
