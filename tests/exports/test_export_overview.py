"""Slides and picture of the overview: the figures of the report, the same bytes twice, nothing cut off."""

from __future__ import annotations

import io
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from PIL import Image
from pptx import Presentation

from data.sample import generator as sample
from funnel.charts.palette import LIGHT
from funnel.errors import InputError
from funnel.exports.overview import content
from funnel.exports.picture import fonts
from funnel.exports.picture.drawing import WIDTH, Bar, funnel_picture
from funnel.exports.slides.overview import overview_slides
from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.reports.counts import counts_report
from funnel.reports.overview import OverviewReport, overview_report
from tests.claims.loading import batch_of, general
from tests.claims.loading import workspace as claimed
from tests.conftest import ROOT
from tests.exports.test_export_slides import charts, texts
from tests.factories import GUIDE, lead, snapshot

CAPTION = "All time · n = 2,396"


@cache
def report() -> OverviewReport:
    data = claimed([batch_of(ROOT / "data" / "sample" / "leads_en.csv", general())], general())
    return overview_report(data, Filters())


@cache
def deck(language: str = "en") -> bytes:
    return overview_slides(report(), sample.AS_OF, CAPTION, Translator(language, "CNY"), "Sample")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_slides_hold_the_figures_of_the_report(language: str) -> None:
    bars, rates, trend = charts(deck(language))
    assert list(bars.plots[0].series[0].values) == report().status["n_counted"].to_list()
    assert list(rates.plots[0].series[0].values) == pytest.approx(report().status["rate"].to_list()[1:])
    ripe = report().step_trend(2).filter(pl.col("rate").is_not_null() & ~pl.col("is_provisional"))
    assert list(trend.plots[0].series[0].values) == pytest.approx(ripe["rate"].to_list())


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_each_slide_says_what_is_counted_and_that_it_is_not_frozen(language: str) -> None:
    t = Translator(language)
    slides = Presentation(io.BytesIO(deck(language))).slides
    for slide in slides:
        assert CAPTION in texts(slide)
        assert t("not saved: figures of %(day)s", day=sample.AS_OF) in texts(slide)


def test_the_headline_says_leads_wins_and_the_weakest_step() -> None:
    """The step that the published truth of the sample makes the weakest."""
    first, second = content.headline(report(), Translator("en"))
    won = report().status.row(report().definition.won_position - 1, named=True)["n_reached"]
    n = report().status["n_reached"][0]
    assert first == f"{n:,} leads, {won} won: {100 * won / n:.1f}%."
    assert "Intent screening" in second and "30–50%" in second


def test_the_same_input_gives_the_same_bytes() -> None:
    assert overview_slides(report(), sample.AS_OF, CAPTION, Translator("en", "CNY"), "Sample") == deck()


def test_what_cannot_be_told_has_a_slide() -> None:
    leads = [
        lead(f"W{i}", stage="won", status="won", created_at="2024-01-05", closed_at="2024-02-05") for i in range(30)
    ]
    data = claimed([snapshot(*leads)], GUIDE)
    found = overview_report(data, Filters())
    t = Translator("en")
    assert found.limits
    said = "\n".join(
        texts(slide)
        for slide in Presentation(io.BytesIO(overview_slides(found, data.as_of, CAPTION, t, "Ours"))).slides
    )
    for limit in found.limits:
        assert t.message(limit) in said
    assert "No overall conversion" in said


def test_totals_leave_as_slides_too(tmp_path: Path) -> None:
    path = tmp_path / "totals.csv"
    path.write_text("Month,Lead acquisition,Intent screening,Closing\n2024-01,100,40,8\n2024-02,120,50,9\n")
    data = claimed([batch_of(path, general())], general())
    assert not data.has_leads
    found = counts_report(data, Filters())
    (bars,) = charts(overview_slides(found, data.as_of, CAPTION, Translator("en"), "Ours"))
    assert [value for value in bars.plots[0].series[0].values if value] == [220, 90, 17]


# --- the picture ---


def picture(language: str = "en", bars: tuple[Bar, ...] | None = None) -> Image.Image:
    t = Translator(language)
    drawn = funnel_picture(
        t.term("page_overview_q"), content.headline(report(), t), bars or content.bars(report(), t), (), CAPTION, "Ours"
    )
    return Image.open(io.BytesIO(drawn)).convert("RGB")


def widths_of(image: Image.Image) -> list[int]:
    """How many pixels wide each bar is, from top to bottom, counted on the picture."""
    accent = tuple(bytes.fromhex(LIGHT.accent[1:]))
    rows = [sum(image.getpixel((x, y)) == accent for x in range(WIDTH)) for y in range(0, image.height, 4)]
    found, before = [], 0
    for width in rows:
        if width > 2 and before <= 2:
            found.append(width)
        before = width
    return found


def test_bars_are_as_long_as_their_numbers() -> None:
    counts = report().status["n_counted"].to_list()
    measured = widths_of(picture())
    assert len(measured) == len(counts)
    for width, count in zip(measured, counts, strict=True):
        assert width / measured[0] == pytest.approx(count / counts[0], abs=0.01)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_nothing_touches_the_edge(language: str) -> None:
    name, step = "意向筛选与需求确认 Intent screening and needs " * 3, "21.7% · 很长的说明 " * 9
    long = (Bar(name, 100.0, "1,234,567", step, "x"),) * 4
    for image in (picture(language), picture(language, long)):
        paper = tuple(bytes.fromhex(LIGHT.paper[1:]))
        edge = [image.getpixel((x, y)) for y in range(image.height) for x in (*range(30), *range(WIDTH - 30, WIDTH))]
        assert set(edge) == {paper}


def test_two_pictures_of_the_same_are_the_same_and_chinese_letters_differ() -> None:
    assert picture("zh_Hans").tobytes() == picture("zh_Hans").tobytes()
    one, other = (fonts.font_for("漏斗瓶颈", 30).getmask(letter) for letter in "漏颈")
    assert list(one) != list(other)


def test_without_a_chinese_font_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "font_folders", lambda: (tmp_path,))
    with pytest.raises(InputError, match=r"picture\.no_font"):
        picture("zh_Hans")
    (tmp_path / "NotoSansSC-broken.ttf").write_bytes(b"no font at all")
    with pytest.raises(InputError, match=r"picture\.no_font"):
        picture("zh_Hans")


def test_the_caption_says_window_basis_day_and_n() -> None:
    t = Translator("en")
    said = content.caption(Filters(), date(2026, 6, 30), "lead_cohort", 2396, 3, t)
    assert said.startswith("All time") and "30 Jun 2026" in said and "n\u00a0=\u00a02,396" in said and "3 leads" in said
    assert content.chosen_groups(Filters(source=("Fair", "")), t) == ["Source: Fair, not stated"]
