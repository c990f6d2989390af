"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A landing must not depend on the luck of the draw: CI tries the same examples every time, a person new ones.
settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = ROOT.parent / "shared" / "real-data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files that stays outside the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip("the folder ../shared/real-data is not on this machine")
    return REAL_DATA
