"""Draw the pictures of the README again from the sample: ``python docs/make_pictures.py`` (needs Chromium, see README).

A server of its own with an empty data folder, the sample in both languages, one picture per page. Two runs give the
same pixels; ``--into FOLDER`` puts them elsewhere, to compare.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM, FLAGS, Server, free_port, settled  # noqa: E402

LANGUAGES = {"en": ("en-US", "Try the sample"), "zh": ("zh-CN", "试用示例数据")}
PAGES = {"overview": "", "bottleneck": "bottleneck", "outlook": "outlook", "retrospective": "retrospective"}
SIZE = {"width": 1280, "height": 860}


def picture(page: Page, path: Path) -> None:
    """The first screen once nothing moves any more."""
    settled(page)
    page.wait_for_function(
        'document.querySelectorAll(\'[data-testid="stSkeleton"], [data-stale="true"]\').length === 0'
    )
    page.mouse.move(SIZE["width"] - 5, SIZE["height"] - 5)
    before = b""
    for _ in range(20):
        page.wait_for_timeout(400)
        now = page.screenshot(animations="disabled", caret="hide")
        if now == before:
            break
        before = now
    path.write_bytes(before)


def draw(browser: Browser, server: Server, into: Path) -> None:
    """All pictures, one language after the other."""
    for language, (locale, sample) in LANGUAGES.items():
        context = browser.new_context(locale=locale, viewport=SIZE, reduced_motion="reduce", color_scheme="light")
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto(f"{server.url}/guide")
        settled(page)
        page.get_by_role("button", name=sample).click()
        page.wait_for_selector(".st-key-funnel .js-plotly-plot")
        settled(page)
        workspace = page.evaluate("new URLSearchParams(location.search).get('workspace')")
        for name, address in PAGES.items():
            page.goto(f"{server.url}/{address}?workspace={workspace}&window=3m")
            picture(page, into / f"{name}-{language}.png")
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "pictures")
    into = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "workspaces", free_port())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            server.start()
            draw(browser, server, into)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
