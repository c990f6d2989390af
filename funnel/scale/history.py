"""Which dataset a workspace has as its history, and in which way it is counted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from funnel.dataset.contract import MANIFEST, Dataset
from funnel.dataset.parted import open_parted
from funnel.dataset.reading import manifest_of, read_dataset
from funnel.errors import InputError
from funnel.scale.ways import WAYS, WayName
from funnel.storage.store import Store

SETTING: Final = "history"
"""The setting of a workspace that names its dataset."""


@dataclass(frozen=True, slots=True)
class History:
    """``place``: the name of a folder in the folder of sources; ``way``: how it is counted."""

    place: str
    way: WayName

    def folder(self, sources: Path) -> Path:
        return sources / Path(self.place).name  # a place is a name, never a way out of the folder


def history_of(settings: Mapping[str, Any]) -> History | None:
    """What the settings of a workspace name; null where it holds its own history."""
    said = settings.get(SETTING)
    if not isinstance(said, dict) or said.get("way") not in WAYS or not isinstance(said.get("place"), str):
        return None
    return History(said["place"], said["way"])


def datasets(sources: Path) -> list[str]:
    """The datasets in the folder of sources, by name."""
    if not sources.is_dir():
        return []
    return sorted(one.name for one in sources.iterdir() if (one / MANIFEST).is_file() and not one.name.startswith("."))


def use(store: Store, history: History, sources: Path, *, who: str, now: datetime) -> None:
    """Let a workspace without imports count a dataset: its funnel, settings and spend come with it.

    Raises InputError ``dataset.*`` where it does not fit its form, ``scale.has_imports`` for a workspace with imports.
    """
    if not store.facts().is_empty:
        raise InputError("scale.has_imports", given=store.name)
    folder = history.folder(sources)
    if not folder.is_dir():
        raise InputError("source.missing", given=history.place)
    if history.way == "memory":
        about, spend = manifest_of({one.name: one for one in folder.iterdir()}), read_dataset(folder).spend
    else:
        parted = open_parted(folder)
        about, spend = parted.about, parted.frames["spend"]
    before = history_of(store.settings())
    if before is None or before.place != history.place:  # the funnel of another dataset, not an edited one of this
        store.save_definition(about.definition, who=who, now=now, reason=about.name)
        for key, value in about.settings.items():
            store.set_setting(key, value)
        if not spend.is_empty():
            store.save_spend(spend, who=who, now=now)
    store.set_setting(SETTING, {"place": history.place, "way": history.way})


def read_whole(history: History, sources: Path) -> Dataset:
    """The dataset in one memory. Raises InputError ``dataset.*``, ``source.missing``."""
    folder = history.folder(sources)
    if not folder.is_dir():
        raise InputError("source.missing", given=history.place)
    return read_dataset(folder)


def state_of(history: History, sources: Path) -> str:
    """Changes with every change of a file of the dataset, and with the way."""
    folder = history.folder(sources)
    files = sorted(one for one in folder.iterdir() if one.is_file()) if folder.is_dir() else []
    known = [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in files]
    return hashlib.sha256(repr((history.place, history.way, known)).encode()).hexdigest()
