"""Everybody can read it: axe-core finds nothing serious that is ours, charts say their finding, no table is cut."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Workspace, settled

THEIRS = '[data-testid="stSidebarNavItems"]'
"""Streamlit 1.67.0 groups its navigation as ``ul > div > li``: its markup, not ours."""
LOUD = ("serious", "critical")


@cache
def axe() -> str:
    """axe-core as the pinned package brings it (MPL-2.0; not part of this repository)."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def loud(page: Page) -> list[str]:
    """Serious violations of WCAG A and AA outside Streamlit's own navigation."""
    page.evaluate(axe())
    found = page.evaluate(
        "theirs => axe.run({exclude: [[theirs]]}, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa']})",
        THEIRS,
    )
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found["violations"] if one["impact"] in LOUD for node in one["nodes"]
    ]  # fmt: skip


def opened(page: Page, workspace: Workspace, stem: str) -> None:
    page.goto(workspace.url(stem))
    settled(page)
    page.wait_for_timeout(600)
    settled(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_of_ours(looked_at: Workspace, browser: Browser, scheme: str) -> None:
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(60_000)
    page = context.new_page()
    stems = ("", "bottleneck", "tracking", "retrospective", "settings") if scheme == "light" else ("", "retrospective")
    found = {}
    for stem in stems:
        opened(page, looked_at, stem)
        if said := loud(page):
            found[stem or "overview"] = said
    context.close()
    assert found == {}


def test_charts_say_their_finding(looked_at: Workspace, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 900})
    opened(page, looked_at, "")
    page.wait_for_selector(".st-key-funnel .js-plotly-plot")
    said = page.evaluate(
        "() => [...document.querySelectorAll('.st-key-funnel, .st-key-trend')].map(box => "
        "[...box.querySelectorAll('[aria-label], [alt], [title]')].map(one => "
        "one.getAttribute('aria-label') || one.getAttribute('alt') || one.getAttribute('title')).join(' ')"
        " + ' ' + (box.getAttribute('aria-label') || ''))"
    )
    assert "The bottleneck is the step into “Intent screening”" in said[0]
    assert "Jan 2026" in said[1]
