"""A look for newer data that another process asked for while the app had the workspace open."""

from __future__ import annotations

from pathlib import Path

_SUFFIX = ".refresh"


def request(workspace: Path) -> None:
    """Leave word beside a workspace file."""
    workspace.with_suffix(_SUFFIX).touch()


def take_request(workspace: Path) -> bool:
    """Whether word was left; it is taken away, so that one process answers it once."""
    try:
        workspace.with_suffix(_SUFFIX).unlink()
    except OSError:  # none is there, or another session was first
        return False
    return True
