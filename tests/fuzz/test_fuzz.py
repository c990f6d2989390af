"""Sixty page runs of the day's seed: none ends in what the application did not foresee."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.fuzz.runs import runs
from tests.opening import use_folder

SEED = int(f"{date.today():%Y%m%d}")


@pytest.mark.parametrize("part", range(4))
def test_no_page_ends_in_the_unforeseen(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Again with ``python -m tests.fuzz --runs 15 --seed …``: the seed stands in the message of a failure."""
    seed = SEED * 10 + part
    print(f"seed {seed}")  # noqa: T201  (shown where it fails)
    failed = [run for run in runs(seed, 15, tmp_path, lambda folder: use_folder(folder, monkeypatch)) if run.failed]
    told = "\n".join(f"{run}\n{run.failed}" for run in failed)
    assert not failed, f"python -m tests.fuzz --runs 15 --seed {seed}\n{told}"
