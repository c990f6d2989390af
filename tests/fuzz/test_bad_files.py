"""The small version of ``python -m tests.fuzz.bad_files``: 300 generated bad files end in batches or refusals."""

from __future__ import annotations

import pytest

from tests.fuzz.bad_files import run

FIRST = 7_000_000


@pytest.mark.parametrize("part", range(6))
def test_a_bad_file_ends_in_a_batch_or_a_refusal(part: int) -> None:
    wrong = [said for seed in range(FIRST + 50 * part, FIRST + 50 * (part + 1)) if (said := run(seed)[1])]
    assert not wrong, "\n".join(wrong)
