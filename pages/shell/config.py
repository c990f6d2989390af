"""What a machine can set about the application: environment variables that begin with ``FUNNEL_``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "data"


class AppSettings(BaseSettings):
    """``FUNNEL_DATA_DIR``: the folder of the workspaces (default ``data/workspaces`` beside ``app.py``)."""

    model_config = SettingsConfigDict(env_prefix="FUNNEL_")

    data_dir: Path = DATA / "workspaces"


@lru_cache
def app_settings() -> AppSettings:
    return AppSettings()
