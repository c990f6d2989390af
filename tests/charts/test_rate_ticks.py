"""Marks on an axis of rates: no two read alike, however small the rates are."""

from __future__ import annotations

import math

import pytest

from funnel.charts.palette import rate_ticks


def plotly_step(end: float, most: int) -> float:
    """Plotly's own rule for a linear axis: the first of 1, 2, 5 × 10ⁿ that makes at most ``most`` parts."""
    rough = end / most
    base = 10 ** math.floor(math.log10(rough))
    return next(base * part for part in (1, 2, 5, 10) if base * part >= rough * (1 - 1e-9))


@pytest.mark.parametrize("end", [0.004, 0.0081, 0.012, 0.03, 0.05, 0.075, 0.08, 0.2, 0.5, 1.02])
@pytest.mark.parametrize("most", [5, 6, 7])
def test_no_two_marks_read_alike(end: float, most: int) -> None:
    step = plotly_step(end, most)
    marks = [step * number for number in range(int(end / step) + 1)]
    digits = int(rate_ticks(end)[1])
    shown = [f"{100 * mark:.{digits}f}" for mark in marks]
    assert len(set(shown)) == len(shown)
    assert [float(text) / 100 for text in shown] == pytest.approx(marks)
