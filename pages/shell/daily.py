"""The copy of the day: made in the background while somebody looks at the workspace, so that nobody waits for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import date

from funnel.storage.workspaces import WorkspaceInfo
from pages.shell.boundary import caught
from pages.shell.config import backup_rules
from pages.shell.workspaces import now, store_of

_AGAIN = 600.0
"""Seconds until a copy that failed is tried again."""
_BEFORE = 2.0
"""Seconds that the page is given before the copy begins."""


@dataclass
class _Tried:
    day: date
    at: float
    error: Exception | None = None
    is_done: bool = False


_tried: dict[str, _Tried] = {}
_lock = threading.Lock()


def keep_daily(info: WorkspaceInfo | None) -> None:
    """Have the copy of the day made, where it is not made yet. At most one attempt in ten minutes."""
    if info is None or info.state != "ready" or backup_rules().daily < 1:
        return
    path, today = str(info.path), now().date()
    with _lock:
        tried = _tried.get(path)
        if tried is not None and tried.day == today and (tried.is_done or time.monotonic() - tried.at < _AGAIN):
            return
        tried = _tried[path] = _Tried(today, time.monotonic())
    later = threading.Timer(_BEFORE, _make, (info, tried))
    later.daemon = True
    later.start()


def failed_today(info: WorkspaceInfo) -> Exception | None:
    """Why the copy of the day could not be made; null where it was made, or is being made."""
    tried = _tried.get(str(info.path))
    return tried.error if tried is not None and tried.day == now().date() else None


def _make(info: WorkspaceInfo, tried: _Tried) -> None:
    with caught() as found:
        store_of(info).daily_backup(now=now())
    tried.error, tried.is_done = found.error, found.error is None
