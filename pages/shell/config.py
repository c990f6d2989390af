"""What a machine can set about the application: environment variables that begin with ``FUNNEL_``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from funnel.scale.cluster import Address
from funnel.sources.places import DATA_DIR
from funnel.storage.backups.keeping import Rules

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "data"
_KEPT = Rules()


class AppSettings(BaseSettings):
    """``FUNNEL_DATA_DIR``: the folder of the workspaces (default ``data/workspaces`` beside ``app.py``).

    ``FUNNEL_BACKUP_DIR``: where automatic backups go (default: ``backups`` in the folder of the workspaces).
    ``FUNNEL_MEMORY_MB``: how much of what was counted is held in memory (default 1024). ``FUNNEL_KEPT_MB``: how much is
    kept on disk beside each workspace, so that a large one opens at once (default 1024; 0: nothing).
    ``FUNNEL_BACKUPS_DAILY``, ``_WEEKLY``, ``_MONTHLY``: of how many days, weeks and months with a backup the newest one
    stays; ``FUNNEL_BACKUPS_DAILY=0``: no backup of the day.
    ``FUNNEL_SOURCE_DIR``: the folder of the files that workspaces look into for newer data (default: ``sources`` in the
    folder of the workspaces); pages read no other folder of the machine.
    ``FUNNEL_PARTS_DIR``: where what was built of a history in parts is kept (default: ``parts`` in the folder of the
    workspaces); on a cluster all machines reach it under this name.
    ``FUNNEL_CLUSTER``: the address of a Dask scheduler, ``FUNNEL_CLUSTER_CA``, ``_CERT`` and ``_KEY``: for TLS.
    ``FUNNEL_TEAM_FILE``: the roles of who signs in (default ``team.toml`` in the folder of the workspaces).
    ``FUNNEL_OPEN_TO_EVERYBODY=1``: serve a network without sign-in. Dangerous: whoever reaches the address reads and
    changes everything.
    """

    model_config = SettingsConfigDict(env_prefix="FUNNEL_")

    data_dir: Path = DATA_DIR
    source_dir: Path | None = None
    parts_dir: Path | None = None
    cluster: str | None = None
    cluster_ca: Path | None = None
    cluster_cert: Path | None = None
    cluster_key: Path | None = None
    team_file: Path | None = None
    open_to_everybody: bool = False
    memory_mb: int = Field(default=1024, ge=1)
    kept_mb: int = Field(default=1024, ge=0)
    backup_dir: Path | None = None
    backups_daily: int = Field(default=_KEPT.daily, ge=0)
    backups_weekly: int = Field(default=_KEPT.weekly, ge=0)
    backups_monthly: int = Field(default=_KEPT.monthly, ge=0)


@lru_cache
def app_settings() -> AppSettings:
    return AppSettings()


def source_folder() -> Path:
    """The folder of the files that workspaces look into for newer data."""
    return app_settings().source_dir or app_settings().data_dir / "sources"


def parts_folder() -> Path:
    """Where what was built of a history in parts is kept."""
    return app_settings().parts_dir or app_settings().data_dir / "parts"


def cluster_address() -> Address | None:
    """Where the cluster of this machine is; null where none is set."""
    said = app_settings()
    if said.cluster is None:
        return None
    files = (said.cluster_ca, said.cluster_cert, said.cluster_key)
    return Address(said.cluster, *(None if one is None else str(one) for one in files))


def backup_rules() -> Rules:
    """Where automatic backups go and which stay, as the machine is set."""
    set_to = app_settings()
    return Rules(set_to.backup_dir, set_to.backups_daily, set_to.backups_weekly, set_to.backups_monthly)
