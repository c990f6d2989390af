"""Which automatic copies there are, where they lie and which of them stay.

Their names say when and why: ``20260701-091200-000000-daily.duckdb``. Of the daily copies the newest of each day, week
and month stays, as many of each as the rules say; of the copies before a restore, a migration or a deletion the last
ten.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

DAILY = "daily"
KEPT_EVENTS = 10
_NAME = re.compile(r"(\d{8}-\d{6}-\d{6})-(\w+)\.duckdb")
_AT = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True, slots=True)
class Rules:
    """``folder``: where copies go (null: the folder ``backups`` beside the workspaces). ``daily``, ``weekly``,
    ``monthly``: of how many days, weeks and months with a copy the newest one stays; ``daily`` 0: no copy of the day.
    """

    folder: Path | None = None
    daily: int = 7
    weekly: int = 4
    monthly: int = 12


@dataclass(frozen=True, slots=True)
class Copy:
    """An automatic backup. ``reason``: daily, restore, migration or delete."""

    path: Path
    made_at: datetime
    reason: str

    @property
    def stem(self) -> str:
        """The name of the workspace's file, without its ending."""
        return self.path.parent.name


def folders(data: Path, rules: Rules) -> list[Path]:
    """Where copies of the workspaces in ``data`` may lie, the place for new ones first."""
    beside = data / "backups"
    return [beside] if rules.folder is None else [rules.folder, beside]


def copy_path(folder: Path, stem: str, reason: str, now: datetime) -> Path:
    """The file of a new copy of the workspace with this file name."""
    return folder / stem / f"{now:{_AT}}-{reason}.duckdb"


def copies(data: Path, rules: Rules, stem: str | None = None) -> list[Copy]:
    """The copies of one workspace, or of all that ``data`` holds or held, newest first."""
    found = []
    for folder in folders(data, rules):
        for path in folder.glob(f"{_escaped(stem) if stem else '*'}/*.duckdb"):
            if named := _NAME.fullmatch(path.name):
                found.append(Copy(path, datetime.strptime(named[1], _AT), named[2]))
    return sorted(found, key=lambda copy: (copy.made_at, copy.path), reverse=True)


def surplus(found: list[Copy], rules: Rules) -> list[Copy]:
    """Those of a workspace's copies (newest first) that need not stay."""
    events = [copy for copy in found if copy.reason != DAILY]
    daily = [copy for copy in found if copy.reason == DAILY]
    kept = set(events[:KEPT_EVENTS])
    spans: list[tuple[int, Callable[[datetime], object]]] = [
        (rules.daily, lambda at: at.date()),
        (rules.weekly, lambda at: at.isocalendar()[:2]),
        (rules.monthly, lambda at: (at.year, at.month)),
    ]
    for n, span in spans:
        newest: dict[object, Copy] = {}
        for copy in daily:
            newest.setdefault(span(copy.made_at), copy)
        kept |= set(list(newest.values())[:n])
    return [copy for copy in found if copy not in kept]


def _escaped(stem: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", stem)
