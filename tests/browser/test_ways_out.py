"""In a real browser: out of a broken workspace by clicks alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from funnel.definition.edits import remove
from funnel.storage.workspaces import create_workspace
from tests import factories
from tests.browser.conftest import Server, Workspace, free_port, settled
from tests.conftest import ROOT
from tests.factories import lead, log
from tests.opening import NOW

BREAKS = """
import funnel.reports.workspace_data as figures

original = figures.journeys_with_findings


def failing(facts, definition, as_of):
    if "intent" not in definition.keys:
        raise ZeroDivisionError("no figure survives this funnel")
    return original(facts, definition, as_of)


figures.journeys_with_findings = failing
"""


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A folder with one workspace: three leads, and a second version of the funnel without its stage "intent"."""
    folder = tmp_path / "workspaces"
    store = create_workspace(folder, "Ours", factories.GUIDE)
    leads = [lead(f"L{i}", "2024-01-05 lead, 2024-01-09 intent, 2024-02-01 opportunity") for i in range(3)]
    store.import_batch(log(*leads), who="test", now=NOW)
    store.save_definition(remove(factories.GUIDE, "intent").definition, who="test", now=NOW, reason="shorter")
    store.close()
    return folder


@pytest.fixture
def broken(filled: Path, tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server in which no figure survives a funnel without the stage "intent"."""
    patched = tmp_path / "patched"
    patched.mkdir()
    (patched / "sitecustomize.py").write_text(BREAKS)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(patched), str(ROOT)]))
    server = Server(filled, free_port()).start()
    yield server
    server.stop()


def test_out_of_a_broken_workspace_by_clicks_alone(broken: Server, page: Page) -> None:
    page.goto(broken.url)
    settled(page)
    main, side = page.locator('[data-testid="stMain"]'), page.locator('[data-testid="stSidebar"]')
    expect(main.get_by_text("The figures of this workspace cannot be shown")).to_be_visible()
    side.get_by_text("简体中文").click()
    expect(main.get_by_text("数字暂时显示不出来")).to_be_visible()
    side.get_by_text("English").click()
    main.get_by_role("link", name="Settings").click()
    expect(main.get_by_text("1. lead")).to_be_visible()
    main.get_by_role("button", name="Take back the last change of the funnel").click()
    expect(main.get_by_text("cannot be shown")).to_have_count(0)
    side.get_by_role("link", name="Overview").click()
    page.wait_for_selector(".st-key-funnel .js-plotly-plot", timeout=60_000)
    settled(page)
    assert page.locator(".st-key-funnel .bartext").all_text_contents()[:3] == ["3", "3", "3"]


def test_a_typed_day_and_the_click_on_a_page_link_both_count(looked_at: Workspace, page: Page) -> None:
    """Out of the field straight onto the link, pressed and let go at once, as a tap is."""
    page.set_viewport_size({"width": 1280, "height": 1500})
    page.goto(looked_at.url(as_of="2026-06-15"))
    page.wait_for_selector(".st-key-funnel .js-plotly-plot")
    settled(page)
    side = page.locator('[data-testid="stSidebar"]')
    link = side.get_by_role("link", name="Bottleneck").bounding_box()
    assert link is not None
    side.locator(".st-key-as_of [role=spinbutton]").first.click()
    page.keyboard.type("20260415")
    page.mouse.move(link["x"] + 30, link["y"] + link["height"] / 2)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/bottleneck?**as_of=2026-04-15**")
    expect(page.get_by_role("heading", name="Where do we lose most")).to_be_visible()
    settled(page)
    assert "/bottleneck" in page.url
