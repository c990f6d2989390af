"""Slides: the same figures as the report when read back, one part per slide, the same bytes twice, any template."""

from __future__ import annotations

import io
import zipfile
from functools import cache

import fastexcel
import pytest
from pptx import Presentation
from pptx.util import Inches

from funnel.errors import InputError
from funnel.exports.slides.package import check_template
from funnel.exports.slides.retrospective import retrospective_slides
from funnel.i18n.translator import Translator
from tests.exports.test_export_retrospective import NASTY, report

FONT = "Microsoft YaHei"


@cache
def deck(language: str = "en", nasty: bool = False, template: bytes | None = None) -> bytes:
    return retrospective_slides(report(nasty), Translator(language), "Sample", "r-42", template)


def charts(content: bytes) -> list:
    slides = Presentation(io.BytesIO(content)).slides
    return [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]


def texts(slide) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


def company_file(kind: str) -> bytes:
    """A template with three sample slides, and its content type where it is a .potx."""
    prs = Presentation()
    for number in range(3):
        slide = prs.slides.add_slide(prs.slide_layouts[5])
        slide.shapes.title.text_frame.text = f"Sample text {number}"
        slide.shapes.add_textbox(Inches(1), Inches(2), Inches(3), Inches(1)).text_frame.text = "sample body"
    stream = io.BytesIO()
    prs.save(stream)
    if kind == "pptx":
        return stream.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "[Content_Types].xml":
                part = part.replace(b"presentation.main+xml", b"template.main+xml")
            target.writestr(name, part)
    return changed.getvalue()


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_charts_hold_the_figures_of_the_report(language: str) -> None:
    rates, funnels, *_ = charts(deck(language))
    for side, series in zip(("before", "after"), rates.plots[0].series, strict=True):
        assert list(series.values) == pytest.approx(report().comparison[f"rate_{side}"].to_list())
    for side, series in zip(("before", "after"), funnels.plots[0].series, strict=True):
        assert list(series.values) == report().funnel[f"n_{side}"].to_list()
    n_before, n_after = report().comparison.row(0, named=True)["n_before"], report().comparison["n_after"][0]
    assert f"{n_before:,} / {n_after:,}" in rates.plots[0].categories[0]


def test_the_floating_bars_add_up() -> None:
    why = charts(deck())[2]
    foot, ends, rises, falls = (list(series.values) for series in why.plots[0].series)
    level = ends[0]
    for low, rise, fall in zip(foot[1:-1], rises[1:-1], falls[1:-1], strict=True):
        change = rise if rise is not None else -fall
        assert low == pytest.approx(min(level, level + change))
        level += change
    assert level == pytest.approx(ends[-1])
    assert ends[-1] == report().funnel["n_after"][-1]


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_every_slide_says_what_is_counted_and_which_saved_figures_these_are(language: str) -> None:
    slides = Presentation(io.BytesIO(deck(language))).slides
    assert 8 <= len(slides) <= 12
    t = Translator(language)
    for slide in slides:
        said = texts(slide)
        assert "r-42" in said
        assert t("n = %(n)s leads", n=report().n_leads) in said
        assert slide.shapes.title.text_frame.text


def test_the_tables_read_as_in_the_other_files() -> None:
    slides = Presentation(io.BytesIO(deck())).slides
    cells = {
        cell.text_frame.text
        for slide in slides for shape in slide.shapes if shape.has_table
        for row in shape.table.rows for cell in row.cells
    }  # fmt: skip
    t = Translator("en")
    for row in report().comparison.iter_rows(named=True):
        assert {t.percent(row["rate_before"]), t.percent(row["rate_after"])} <= cells
    assert "Needs questionnaire" in cells


def test_nothing_runs_over_the_edge() -> None:
    prs = Presentation(io.BytesIO(deck("zh_Hans")))
    for slide in prs.slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= prs.slide_width
            assert shape.top + shape.height <= prs.slide_height


def test_the_same_input_gives_the_same_bytes_and_no_part_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    first = deck()
    again = retrospective_slides(report(), Translator("en"), "Sample", "r-42")
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        names = file.namelist()
        assert len(names) == len(set(names))
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        books = [file.read(name) for name in names if name.endswith(".xlsx")]
    assert books
    for book in books:
        with zipfile.ZipFile(io.BytesIO(book)) as inner:
            assert b"2026-06-30T00:00:00Z" in inner.read("docProps/core.xml")


def test_chinese_letters_have_a_font_in_words_tables_and_charts() -> None:
    with zipfile.ZipFile(io.BytesIO(deck("zh_Hans"))) as file:
        for name in file.namelist():
            text = file.read(name).decode("utf-8", "replace")
            if name.startswith("ppt/slides/slide"):
                assert text.count("<a:t>") - text.count('<a:ea typeface="' + FONT) <= text.count("<a:fld")
            if name.startswith("ppt/charts/chart") or name == "ppt/theme/theme1.xml":
                assert f'<a:ea typeface="{FONT}"' in text


@pytest.mark.parametrize("kind", ["pptx", "potx"])
def test_a_company_template_is_taken_without_its_sample_slides(kind: str) -> None:
    content = deck("en", template=company_file(kind))
    slides = Presentation(io.BytesIO(content)).slides
    said = "\n".join(texts(slide) for slide in slides)
    assert "Sample text" not in said and "sample body" not in said
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts = [name for name in file.namelist() if name.startswith("ppt/slides/slide")]
    assert len(parts) == len(set(parts)) == len(slides) >= 8
    prs = Presentation(io.BytesIO(content))
    assert prs.slide_width == Inches(10)


@pytest.mark.parametrize("content", [b"", b"no zip at all", company_file("pptx")[:400]])
def test_what_is_no_template_is_told(content: bytes) -> None:
    with pytest.raises(InputError, match=r"slides\.template"):
        check_template(content)


def test_words_of_people_stay_words() -> None:
    """Names with mark-up, and what a sheet would take for a formula."""
    content = deck("en", True)
    said = "\n".join(texts(slide) for slide in Presentation(io.BytesIO(content)).slides)
    assert NASTY in said or any(NASTY in category for category in charts(content)[1].plots[0].categories)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        for name in file.namelist():
            if name.endswith(".xlsx"):
                book = file.read(name)
                with zipfile.ZipFile(io.BytesIO(book)) as inner:
                    assert b"<f>" not in inner.read("xl/worksheets/sheet1.xml")
                assert fastexcel.read_excel(book).sheet_names
