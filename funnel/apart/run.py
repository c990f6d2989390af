"""Runs a script in a process of its own, so that a file which crashes or busies its reader costs only that process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_START = Path(__file__).with_name("start.py")
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` in bytes; ``seconds`` of all processors together; ``patience``: seconds by the clock, for a machine
    that is busy with other things; ``file``: bytes of the largest file that may be written (0: any).
    """

    memory: int
    seconds: int
    patience: int
    file: int = 0


class DiedError(Exception):
    """The process ended without finishing its work. ``seconds``: the limit of time that it met, null for a crash."""

    def __init__(self, seconds: int | None) -> None:
        self.seconds = seconds
        super().__init__(f"seconds={seconds}")


def run_apart(script: Path, arguments: Sequence[str], limits: Limits, *, with_application: bool = False) -> None:
    """Run ``script`` to its end; it says what it has to say in files. ``with_application``: it may import ``funnel``.

    Raises DiedError.
    """
    command = [sys.executable, "-P", str(_START), str(limits.memory), str(limits.seconds), str(limits.file)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)} if with_application else None
    try:
        subprocess.run(
            [*command, str(script), *arguments],
            check=True,
            capture_output=True,
            timeout=limits.patience,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        raise DiedError(limits.patience) from error
    except subprocess.CalledProcessError as error:
        is_slow = error.returncode == -getattr(signal, "SIGXCPU", 0)
        raise DiedError(limits.seconds if is_slow else None) from error
