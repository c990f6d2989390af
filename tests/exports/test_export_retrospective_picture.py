"""The retrospective as a picture: its numbers are those of the report, and nothing is cut off."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from funnel.charts.palette import LIGHT
from funnel.exports.picture.drawing import WIDTH
from funnel.exports.picture.retrospective import bars, retrospective_picture
from funnel.i18n.translator import Translator
from tests.exports.test_export_slides import report


def test_bars_hold_both_counts_and_both_rates_with_their_n() -> None:
    found = report()
    drawn = bars(found, Translator("en"))
    assert [bar.n for bar in drawn] == found.funnel["n_after"].to_list()
    assert drawn[0].counted == f"{found.funnel['n_after'][0]:,} (before {found.funnel['n_before'][0]:,})"
    step = found.comparison.row(0, named=True)
    rates = [
        f"{100 * step[f'x_{side}'] / step[f'n_{side}']:.1f}% of {step[f'n_{side}']:,}" for side in ("before", "after")
    ]
    assert drawn[1].step == f"Improved · {' → '.join(rates)}"


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_same_report_gives_the_same_picture_within_its_edges(language: str) -> None:
    made = [retrospective_picture(report(), Translator(language), "Ours", "r-1") for _ in range(2)]
    assert made[0] == made[1]
    image = Image.open(io.BytesIO(made[0])).convert("RGB")
    paper = tuple(bytes.fromhex(LIGHT.paper[1:]))
    edge = [image.getpixel((x, y)) for y in range(image.height) for x in (*range(30), *range(WIDTH - 30, WIDTH))]
    assert set(edge) == {paper}
