"""The retrospective in a real browser: typing feedback, deciding, saving, presenting, and the file without a
network.
"""

from __future__ import annotations

from pathlib import Path
from shutil import copy

import fastexcel
import pytest
from playwright.sync_api import Browser, Page, expect

from funnel.storage.workspaces import open_workspace
from tests.browser.conftest import Server, Workspace, settled
from tests.browser.test_narrow import CUT
from tests.opening import NOW, sample_with_plan
from tests.pages.test_page_retrospective import one_more

NASTY = "<script>document.title='run'</script> \"so\" 🚀"


def open_retrospective(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector(".st-key-retrospective_dumbbells .js-plotly-plot")
    settled(page)
    return page


@pytest.fixture
def opened(sample: Workspace, page: Page) -> Page:
    """The retrospective of the sample, in a workspace of its own."""
    return open_retrospective(page, sample.url("retrospective"))


@pytest.fixture
def seen(looked_at: Workspace, page: Page) -> Page:
    """The same for tests that write nothing."""
    return open_retrospective(page, looked_at.url("retrospective"))


@pytest.fixture
def alone(stopped: Server, page: Page) -> Page:
    """The same on a server of its own, which can be stopped."""
    stopped.data_dir.mkdir(parents=True)
    copy(sample_with_plan(), stopped.data_dir)
    return open_retrospective(page, f"{stopped.start().url}/retrospective")


def type_into(page: Page, table: str, row: int, column: int, text: str) -> None:
    """Write into a cell of an editor as a person does; rows and columns from 0, without the row marks."""
    grid = page.locator(f'[class*="st-key-retrospective_{table}_"] .dvn-scroller').first
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 60, "y": 50})
    page.keyboard.press("Control+Home")
    for _ in range(row):
        page.keyboard.press("ArrowDown")
    for _ in range(column):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    cell = page.locator("#portal input, #portal textarea")
    cell.first.fill(text)
    page.keyboard.press("Enter")
    expect(cell).to_have_count(0)
    page.wait_for_timeout(400)
    settled(page)


def test_feedback_is_stored_as_it_is_typed(opened: Page) -> None:
    """Two quick edits and a reload: both are there, and the theme is counted in the ranking."""
    type_into(opened, "feedback", 0, 3, NASTY)
    type_into(opened, "feedback", 1, 4, "A second edit")
    opened.reload()
    opened.wait_for_selector(".st-key-retrospective_dumbbells .js-plotly-plot")
    settled(opened)
    cells = opened.locator('[class*="st-key-retrospective_feedback_"] [data-testid="glide-cell-4-0"]')
    assert cells.first.text_content() == NASTY
    second = opened.locator('[class*="st-key-retrospective_feedback_"] [data-testid="glide-cell-5-1"]')
    assert second.first.text_content() == "A second edit"
    labels = opened.locator(".st-key-retrospective_pareto text").all_text_contents()
    assert any("<script>" in label for label in labels), "shown as text in the chart too"
    assert opened.title() != "run"


def test_present_mode_by_keys(seen: Page) -> None:
    seen.get_by_role("button", name="Present mode").click()
    expect(seen.get_by_text("1 / 9 · In short")).to_be_visible()
    expect(seen.locator('[data-testid="stSidebar"]')).to_be_hidden()
    expect(seen.locator('[data-testid="stHeader"]')).to_be_hidden()
    seen.keyboard.press("ArrowRight")
    expect(seen.get_by_text("2 / 9 · Before and after, by step")).to_be_visible()
    seen.keyboard.press("ArrowLeft")
    expect(seen.get_by_text("1 / 9 · In short")).to_be_visible()
    settled(seen)
    seen.keyboard.press("Escape")
    expect(seen.locator('[data-testid="stSidebar"]')).to_be_visible()
    expect(seen.get_by_role("heading", name="Did it work, what next?")).to_be_visible()


LETTERS = """() => [...document.querySelectorAll('[data-testid="stMain"] *')]
  .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()) && (
    one.checkVisibility() && !one.closest('button, style, label, summary, [role="tab"], [data-testid="stDataFrame"], '
      + '[data-testid="stSelectbox"]')))
  .map(one => [parseFloat(getComputedStyle(one).fontSize), one.textContent.trim().slice(0, 40)])"""
"""The size in pixels of all letters of a slide that are no controls, and the words."""


def test_a_slide_is_read_from_four_metres(seen: Page) -> None:
    """All that a slide says stands in letters of 20 px and more, the decisions of last time too; no table is cut."""
    seen.get_by_role("button", name="Present mode").click()
    expect(seen.get_by_text("1 / 9 · In short")).to_be_visible()
    settled(seen)
    expect(seen.locator('[data-testid="stDataFrame"]')).to_have_count(0)
    for place in range(9):
        expect(seen.get_by_text(f"{place + 1} / 9 ·")).to_be_visible()
        settled(seen)
        seen.wait_for_timeout(500)
        said = seen.evaluate(LETTERS)
        assert len(said) > 2
        assert [one for one in said if one[0] < 20] == [], place
        assert seen.evaluate(CUT) == []
        if place == 0:
            assert "Replace search ads by a referral reward." in [words for _, words in said]
        seen.keyboard.press("ArrowRight")


def test_the_file_opens_without_a_network_and_prints(seen: Page, browser: Browser, tmp_path: Path) -> None:
    """Every chart is drawn, none is wider than the printed page, nothing is asked from anywhere."""
    with seen.expect_download() as found:
        seen.get_by_role("button", name="HTML for sharing and printing").click()
    file = tmp_path / "retrospective.html"
    found.value.save_as(file)
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("#chart_waterfall .main-svg")
    figures = page.locator("figure").count()
    assert figures >= 6
    assert page.locator("figure .js-plotly-plot .main-svg").count() >= figures
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    for box in page.locator("figure .svg-container").all():
        shape = box.bounding_box()
        assert shape is not None
        assert shape["width"] <= 700
    assert "Standard needs questionnaire" in page.inner_text("#promises")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.pdf(format="A4").startswith(b"%PDF")
    context.close()


def test_the_workbook_arrives(seen: Page, tmp_path: Path) -> None:
    with seen.expect_download() as found:
        seen.get_by_role("button", name="Excel workbook").click()
    file = tmp_path / "retrospective.xlsx"
    found.value.save_as(file)
    assert "Before – after" in fastexcel.read_excel(file).sheet_names


def the_file(page: Page, folder: Path) -> str:
    """The retrospective as it is taken along."""
    with page.expect_download() as found:
        page.get_by_role("button", name="HTML for sharing and printing").click()
    file = folder / "taken.html"
    found.value.save_as(file)
    return file.read_text("utf-8")


def test_a_frozen_retrospective_outlives_an_import_and_a_kill(alone: Page, stopped: Server, tmp_path: Path) -> None:
    """After the server was killed and a file was imported it is chosen from the list, and its own file is the same to
    the last letter. (Undo and another funnel: tests/pages/test_page_retrospective.py.)"""
    alone.get_by_role("button", name="Save this retrospective").click()
    expect(alone.get_by_text("Saved: the retrospective of Jun 2026")).to_be_visible()
    open_retrospective(alone, f"{stopped.url}/retrospective")
    choose(alone)
    expect(alone.get_by_text("Today's data would give the same figures.")).to_be_attached()
    settled(alone)
    saved = the_file(alone, tmp_path)
    assert "n = 2,396" in saved
    stopped.stop(hard=True)
    (file,) = stopped.data_dir.glob("*.duckdb")
    store = open_workspace(file)
    store.import_batch(one_more(store), who="t", now=NOW)
    store.close()
    stopped.start()
    open_retrospective(alone, f"{stopped.url}/retrospective")
    choose(alone)
    expect(alone.get_by_text("more.csv")).to_be_attached()
    link = alone.url
    settled(alone)
    alone.goto(link)
    expect(alone.get_by_text("no later import can change them")).to_be_visible()
    expect(alone.get_by_text("HTML for sharing and printing")).to_be_visible()
    settled(alone)
    expect(alone.get_by_text("more.csv")).to_be_attached()
    assert the_file(alone, tmp_path) == saved


def choose(page: Page) -> None:
    """Take the saved retrospective from the list."""
    page.locator(".st-key-saved").get_by_role("combobox").click()
    page.get_by_role("option").filter(has_text="Jun 2026").click()
    expect(page.get_by_text("no later import can change them")).to_be_visible()
