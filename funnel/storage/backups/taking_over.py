"""A backup is read in full, in a process of its own, before anything is replaced by it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from funnel.apart.run import DiedError, Limits, run_apart
from funnel.definition.definition import from_dict
from funnel.errors import StorageError
from funnel.storage import migrating, plain
from funnel.storage.backups.looking import BackupInfo
from funnel.storage.connection import log_of, translated

MOST_BYTES = 8 << 30
MEMORY = 8 << 30
SECONDS = 120
"""A million leads take about ten."""
ASIDE = "funnel-apart-"
"""How names of temporary folders begin; one that a killed process left may be removed."""
_GROWTH = 4
_SMALL = 256 << 20
_WORKER = Path(__file__).with_name("worker.py")


def inspect_backup(path: Path) -> BackupInfo:
    """Read the whole of a backup and tell what it holds, without changing it. An older one is migrated in a copy.

    Raises StorageError: ``storage.missing``, ``storage.damaged``, ``storage.not_a_workspace``,
    ``storage.newer_version``, ``storage.backup_content`` (rows that are none of a workspace),
    ``storage.backup_too_large``, ``storage.backup_too_slow``.
    """
    with tempfile.TemporaryDirectory(prefix=ASIDE, ignore_cleanup_errors=True) as folder:
        return take_over(path, Path(folder) / "read.duckdb")


def take_over(backup: Path, to: Path) -> BackupInfo:
    """Write what the backup holds into the new file ``to``, of today's form. Raises as ``inspect_backup`` does; then
    nothing is left at ``to``.
    """
    with translated(backup):
        if not backup.is_file():
            raise StorageError("storage.missing", file=backup.name)
        size = backup.stat().st_size
        if size > MOST_BYTES:
            raise StorageError("storage.backup_too_large", file=backup.name)
    limits = Limits(MEMORY, SECONDS, 2 * SECONDS, max(_SMALL, _GROWTH * size))
    is_whole = False
    try:
        with tempfile.TemporaryDirectory(prefix=ASIDE, ignore_cleanup_errors=True) as folder:
            answer = Path(folder) / "answer.json"
            run_apart(
                _WORKER, [str(backup), str(to), str(migrating.MIGRATIONS), str(answer)], limits, with_application=True
            )
            said: dict[str, Any] = plain.loads(answer.read_text(encoding="utf-8"))
        if "error" in said:
            raise StorageError(said["error"], **said["params"])
        is_whole = True
    except DiedError as error:
        code = "storage.damaged" if error.seconds is None else "storage.backup_too_slow"
        raise StorageError(code, file=backup.name) from error
    finally:
        if not is_whole:
            to.unlink(missing_ok=True)
            log_of(to).unlink(missing_ok=True)
    said |= {"path": backup, "definition": from_dict(said["definition"])}
    return BackupInfo(**said)
