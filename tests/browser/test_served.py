"""``streamlit run serve.py``: every page works under its Content-Security-Policy, in the language of the browser, and
``/health`` says how it is.
"""

from __future__ import annotations

import json
import shutil
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

from playwright.sync_api import Browser, expect

from pages.shell.navigation import GROUPS
from tests.browser.conftest import Server, chinese, settled
from tests.opening import sample_with_plan


def asked(server: Server) -> tuple[int, dict[str, object], str]:
    try:
        with urllib.request.urlopen(f"{server.url}/health", timeout=30) as answer:
            return answer.status, json.load(answer), answer.headers["Content-Security-Policy"]
    except HTTPError as error:
        return error.code, json.load(error), error.headers["Content-Security-Policy"]


def test_every_page_works_under_its_policy_and_health_tells_the_truth(stopped: Server, browser: Browser) -> None:
    stopped.script = "serve.py"
    stopped.data_dir.mkdir(parents=True)
    shutil.copy(sample_with_plan(), stopped.data_dir)
    stopped.start()
    status, said, policy = asked(stopped)
    assert (status, said["status"], said["workspaces"]) == (200, "ok", {"ready": 1})
    assert "default-src 'self'" in policy

    page = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}).new_page()
    refused: list[str] = []
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)
    for pages in GROUPS.values():
        for stem, _, _ in pages:
            page.goto(f"{stopped.url}/{'' if stem == 'overview' else stem}")
            expect(page.locator("h1").first).to_be_visible(timeout=60_000)
            settled(page)
            chinese(page)
            if stem in ("overview", "bottleneck", "outlook"):
                expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=60_000)
    assert refused == dialogs == []
    page.context.close()

    (Path(stopped.data_dir) / "another.duckdb").write_bytes(b"no database" * 1000)
    status, said, _ = asked(stopped)
    assert (status, said["status"], said["workspaces"]) == (503, "trouble", {"damaged": 1, "ready": 1})
    assert "another" not in json.dumps(said)
