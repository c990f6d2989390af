"""Where uploads wait on disk, and what a stopped server left there."""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from pathlib import Path

import streamlit as st

from funnel.storage.backups.taking_over import ASIDE
from pages.shell.boundary import caught
from pages.shell.config import app_settings

_RESTORE = "restore-"
_ABANDONED = 3600.0
"""Seconds after which a temporary folder is nobody's: no reader may work that long."""


def spool_folder() -> Path:
    """Where uploads wait until they are imported or discarded: beside the workspaces, for nobody else to read."""
    return app_settings().data_dir / "unfinished"


def restore_folder() -> Path:
    """A new folder for an uploaded backup. A session looks at it and no longer: the next start removes it."""
    folder = spool_folder() / f"{_RESTORE}{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    return folder


@st.cache_resource(show_spinner=False)
def sweep_at_start(folder: str) -> None:
    """Once per process and data folder: what sessions and readers of an earlier process left on the disk."""
    with caught():  # a folder that cannot be read stops nobody here; the page that needs it says so
        for left in Path(folder).glob(f"{_RESTORE}*"):
            shutil.rmtree(left, ignore_errors=True)
        for left in Path(tempfile.gettempdir()).glob(f"{ASIDE}*"):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
