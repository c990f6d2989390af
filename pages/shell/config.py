"""What a machine can set about the application: environment variables that begin with ``FUNNEL_``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

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
    ``FUNNEL_TEAM_FILE``: the roles of who signs in (default ``team.toml`` in the folder of the workspaces).
    ``FUNNEL_OPEN_TO_EVERYBODY=1``: serve a network without sign-in. Dangerous: whoever reaches the address reads and
    changes everything.
    """

    model_config = SettingsConfigDict(env_prefix="FUNNEL_")

    data_dir: Path = DATA_DIR
    source_dir: Path | None = None
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


def backup_rules() -> Rules:
    """Where automatic backups go and which stay, as the machine is set."""
    set_to = app_settings()
    return Rules(set_to.backup_dir, set_to.backups_daily, set_to.backups_weekly, set_to.backups_monthly)
