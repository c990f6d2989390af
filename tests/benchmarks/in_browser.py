"""``python -m tests.benchmarks.in_browser``: what a person waits for in the browser, beside an empty Streamlit page.

Two servers, one of an empty page and one of the app with the sample (2,396 leads), and one headless Chromium; the looks
take turns. Counted is the time from the click, or from the address, to the end of the last run that it caused.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, Server, free_port, put, settled
from tests.opening import sample_with_plan

_QUIET_MS = 1_500
_WATCH = """
window.ended = 0;
new MutationObserver(() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const state = app && app.getAttribute('data-test-script-state');
  if (state !== window.seen) { window.seen = state; if (state === 'notRunning') window.ended = performance.now(); }
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-test-script-state']});
"""


def loaded(page: Page, url: str) -> float:
    """Seconds from an address to the end of its last run."""
    page.goto(url)
    settled(page)
    page.wait_for_timeout(_QUIET_MS)
    return page.evaluate("window.ended") / 1000


def clicked(page: Page, text: str) -> float:
    """Seconds from a click on a choice of the sidebar to the end of the last run that it causes."""
    choice = page.locator('[data-testid="stSidebar"] button').filter(has_text=text)
    begun = page.evaluate("window.ended = 0, performance.now()")
    choice.click()
    page.wait_for_function("window.ended > 0")
    page.wait_for_timeout(_QUIET_MS)
    return (page.evaluate("window.ended") - begun) / 1000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--times", type=int, default=9)
    said = asked.parse_args()
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        empty = Path(place, "empty.py")
        empty.write_text("import streamlit as st\n\nst.title('Empty')\n")
        bare = Server(Path(place, "none"), free_port(), script=str(empty)).start()
        app = Server(Path(place, "workspaces"), free_port()).start()
        try:
            sample = put(app, sample_with_plan(), "Sample")
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900}).new_page()
            page.add_init_script(_WATCH)
            for turn in range(said.times + 1):
                seconds = {"empty page": loaded(page, bare.url)}
                seconds["retrospective, loaded"] = loaded(page, sample.url("retrospective"))
                seconds["overview, loaded"] = loaded(page, sample.url())
                for text in ("6 months", "All time"):
                    seconds[f"overview, click on {text}"] = clicked(page, text)
                if turn:  # the first look opens the workspace
                    for name, one in seconds.items():
                        found.setdefault(name, []).append(one)
            browser.close()
        finally:
            app.stop()
            bare.stop()
    of_empty = statistics.median(found["empty page"])
    for name, times in found.items():
        middle = statistics.median(times)
        print(
            f"{name}: {middle:.2f} s ({min(times):.2f} to {max(times):.2f}), {middle / of_empty:.2f} × the empty page"
        )


if __name__ == "__main__":
    main()
