"""Nothing is cut on a narrow screen, and the first screen of the overview holds its answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Workspace, settled

CUT = Path(__file__).with_name("cut.js").read_text(encoding="utf-8")
"""What of a page is cut: columns of tables, words that end in dots, words of charts; each with where it stands."""
PAGES = (
    "", "?window=3m", "bottleneck", "outlook", "plan", "tracking", "retrospective", "settings?tab=funnel",
    "settings?tab=benchmarks", "settings?tab=money", "settings?tab=spend", "settings?tab=trust", "settings?tab=journal",
)  # fmt: skip


GRIDS = ("tracking", "settings?tab=funnel", "settings?tab=trust")
"""Pages whose first table is as wide as the page: the weekly form, the versions, the imports."""


def opened(page: Page, workspace: Workspace, address: str, language: str) -> None:
    stem, _, asked = address.partition("?")
    page.goto(workspace.url(stem, lang=language, **dict(pair.split("=") for pair in asked.split("&") if pair)))
    settled(page)
    page.wait_for_timeout(600)
    settled(page)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_nothing_is_cut_at_1024(looked_at: Workspace, browser: Browser, language: str) -> None:
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    context.set_default_timeout(60_000)
    page = context.new_page()
    found = {}
    for address in PAGES:
        opened(page, looked_at, address, language)
        if address in GRIDS:
            grid = page.locator('[data-testid="stDataFrame"] .dvn-scroller').first
            grid.wait_for()
            assert grid.evaluate("grid => grid.clientWidth") > 600
        if cut := page.evaluate(CUT):
            found[address or "overview"] = cut
    context.close()
    assert found == {}


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_first_screen_of_the_overview_holds_the_whole_funnel(
    looked_at: Workspace, browser: Browser, language: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    page = context.new_page()
    opened(page, looked_at, "", language)
    expect(page.locator(".st-key-funnel .bartext")).to_have_count(5)
    expect(page.locator('[data-testid="stMetric"]')).to_have_count(8)
    ends = page.evaluate(
        "() => [document.querySelector('.st-key-funnel'), "
        "...document.querySelectorAll('.st-key-funnel .bartext, [data-testid=\"stMetric\"]')]"
        ".map(one => one.getBoundingClientRect().bottom)"
    )
    context.close()
    assert max(ends) <= 800
