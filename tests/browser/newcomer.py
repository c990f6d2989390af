"""A newcomer's way: from the start page to a saved retrospective, with one strategy and one edit of the weekly form.

``python -m tests.browser.newcomer FOLDER [FILE …]`` walks it with the sample and with each file (of a folder: with all
its CSV files at once), in both languages, and leaves two pictures of every step in FOLDER, the first screen and the
whole page, to be looked at. The tests walk the short one.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, Server, free_port, settled

LOCALES = {"en": "en-US", "zh": "zh-CN"}
SCREEN: ViewportSize = {"width": 1280, "height": 800}
Look = Callable[[str], None]
"""Called after every step with its name."""


def walk(page: Page, server: Server, file: Path | None, look: Look) -> None:
    """The whole way with a file of the newcomer's own, or with the sample (``file`` null)."""
    page.goto(server.url)
    settled(page)
    look("start")
    if file is None:
        button(page, "try_sample").click()
    else:
        bring(page, server, file, look)
    page.wait_for_selector(".st-key-funnel .js-plotly-plot, .st-key-counts .js-plotly-plot")
    settled(page)
    look("overview")
    plan(page, look)
    track(page, look)
    retrospect(page, look)


def bring(page: Page, server: Server, file: Path, look: Look) -> None:
    """Upload, check, import as proposed."""
    page.goto(f"{server.url}/import_data")
    settled(page)
    page.set_input_files("input[type=file]", sorted(file.glob("*.csv")) if file.is_dir() else [file])
    button(page, "to_check").wait_for()
    settled(page)
    look("read")
    button(page, "to_check").click()
    button(page, "confirm").wait_for()
    settled(page)
    look("checked")
    button(page, "confirm").click()
    page.locator('[data-testid="stAlertContentSuccess"]').first.wait_for()
    settled(page)
    look("imported")
    link(page, "overview")


def plan(page: Page, look: Look) -> None:
    """One strategy with a name, one action, an owner and a goal."""
    link(page, "plan")
    button(page, "plan_new").click()
    form = page.locator(".st-key-plan_form")
    form.wait_for()
    for name, text in (("title", "Call within a day"), ("actions", "Call every new lead"), ("goal", "5 leads a day"),
                       ("owner", "Li Na")):  # fmt: skip
        field = form.locator(f"[class*=_{name}] :is(input, textarea)").first
        field.fill(text)
        field.press("Control+Enter" if name == "actions" else "Tab")
        page.wait_for_timeout(200)
        settled(page)
    look("strategy")
    button(page, "plan_save").click()
    form.wait_for(state="detached")
    settled(page)
    expect(page.locator('[data-testid="stMain"]').get_by_text("Call within a day").first).to_be_attached()
    look("planned")


def track(page: Page, look: Look) -> None:
    """One cell of the weekly form."""
    link(page, "tracking")
    grid = page.locator("[class*=st-key-tracking_editor] .dvn-scroller")
    grid.wait_for()
    page.wait_for_timeout(500)
    cell = page.locator("#portal textarea, #portal input").first
    # A click into the last, empty row makes it a row and opens the cell; where rows stand a second click opens it.
    grid.dblclick(position={"x": 260, "y": 60})
    cell.wait_for()
    settled(page)
    cell.fill("Call every new lead")
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-tracking_saved")).to_be_visible()
    settled(page)
    look("tracked")


def retrospect(page: Page, look: Look) -> None:
    """Save it, and find it again."""
    link(page, "retrospective")
    save = button(page, "retrospective_save")
    save.wait_for()
    settled(page)
    look("retrospective")
    save.click()
    page.wait_for_selector(".st-key-saved")
    settled(page)
    look("saved")


def button(page: Page, key: str) -> Locator:
    """The button whose key begins so."""
    return page.locator(f'[class*="st-key-{key}"] button').first


def link(page: Page, stem: str) -> None:
    """A page by its link in the sidebar."""
    target = "/" if stem == "overview" else f"/{stem}"
    page.locator(f'[data-testid="stSidebarNav"] a[href$="{target}"]').first.click()
    settled(page)
    page.wait_for_timeout(600)
    settled(page)


def whole(page: Page, path: Path) -> None:
    """The whole page in one picture. It scrolls inside its frame, so the window has to grow for it."""
    height = page.evaluate("document.querySelector('[data-testid=\"stMainBlockContainer\"]').scrollHeight")
    page.set_viewport_size({"width": SCREEN["width"], "height": max(SCREEN["height"], height + 60)})
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    page.set_viewport_size(SCREEN)
    page.wait_for_timeout(300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("into", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for file in (None, *asked.files):
            for language, locale in LOCALES.items():
                with tempfile.TemporaryDirectory() as folder:
                    server = Server(Path(folder) / "workspaces", free_port()).start()
                    context = browser.new_context(locale=locale, viewport=SCREEN)
                    context.set_default_timeout(60_000)
                    page = context.new_page()
                    name, steps = f"{file.stem if file else 'sample'}-{language}", iter(range(1, 99))

                    def look(step: str, page: Page = page, name: str = name, steps=steps) -> None:
                        page.wait_for_timeout(700)
                        path = asked.into / f"{name}-{next(steps):02}-{step}.png"
                        page.screenshot(path=path)
                        whole(page, path.with_stem(f"{path.stem}-whole"))

                    try:
                        walk(page, server, file, look)
                    except Exception:
                        look("stopped")
                        raise
                    finally:
                        context.close()
                        server.stop()
        browser.close()


if __name__ == "__main__":
    main()
