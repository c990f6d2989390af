"""The small version of ``python -m tests.storage.kills``: 20 kills at random moments of a mixed series of calls."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork are POSIX")
def test_nothing_acknowledged_is_lost_and_nothing_is_there_by_halves() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.storage.kills", "20", "7"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.startswith("20 kills in a series of 24 calls")
