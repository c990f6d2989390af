"""Whether the application can work, for whoever watches the machine: no names, no figures of the business."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from funnel.errors import FunnelError
from funnel.storage.backups.keeping import copies
from funnel.storage.workspaces import list_workspaces
from pages.shell.config import app_settings, backup_rules


def health(now: datetime) -> tuple[dict[str, object], int]:
    """The answer of ``/health`` and its HTTP status: 503 where the data folder or a workspace cannot be read.

    ``workspaces``: state → number (ready, in_use, damaged, newer, unreadable). ``last_backup_hours``: age of the newest
    automatic backup of the workspace that was backed up longest ago; null where one has none yet.
    """
    folder, rules = app_settings().data_dir, backup_rules()
    try:
        found = list_workspaces(folder)
        made = {info.path.stem: [copy.made_at for copy in copies(folder, rules, info.path.stem)] for info in found}
    except FunnelError as error:
        return {"status": "trouble", "error": error.message.code}, 503
    is_well = all(info.state == "ready" for info in found)
    oldest = None
    if made and all(made.values()):
        oldest = round((now - min(max(times) for times in made.values())).total_seconds() / 3600, 1)
    states = dict(sorted(Counter(info.state for info in found).items()))
    answer = {"status": "ok" if is_well else "trouble", "workspaces": states, "last_backup_hours": oldest}
    return answer, 200 if is_well else 503
