"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = ROOT.parent / "shared" / "real-data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files that stays outside the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip("the folder ../shared/real-data is not on this machine")
    return REAL_DATA
