"""The small version of ``python -m tests.fuzz.bad_files``: 300 generated bad files end in batches or refusals."""

from __future__ import annotations

import pytest

from tests.fuzz.bad_files import run

FIRST = 7_000_000


FOUND = (2000173, 2000283, 2000467)
"""Seeds that ended in faults once: an amount of 400 digits, a column called "n", an infinite running number."""


def test_what_was_found_stays_mended() -> None:
    assert [run(seed)[1] for seed in FOUND] == [None] * len(FOUND)


@pytest.mark.parametrize("part", range(6))
def test_a_bad_file_ends_in_a_batch_or_a_refusal(part: int) -> None:
    wrong = [said for seed in range(FIRST + 50 * part, FIRST + 50 * (part + 1)) if (said := run(seed)[1])]
    assert not wrong, "\n".join(wrong)
