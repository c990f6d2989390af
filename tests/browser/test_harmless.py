"""A workspace whose every text is hostile: nothing of it reaches an outside address, links, or becomes an element."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page

from funnel.definition.definition import Text, load_templates
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.storage.workspaces import create_workspace
from tests.browser.conftest import Server, settled
from tests.conftest import ROOT

PAGES = ("", "bottleneck", "outlook", "plan", "tracking", "retrospective", "import_data", "settings")
NOW = datetime(2026, 7, 1, 9)
CLOSED_ARE_OPENED = """() => document.querySelectorAll('[data-testid="stExpander"] details:not([open]) > summary')
    .forEach(one => one.click())"""


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address that nobody should ask, and what it was asked for."""
    asked: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def hostile_folder(folder: Path, address: str) -> None:
    """The sample's leads under names that would act if they could."""
    mark = f"![x]({address}/x) :material/home: <b>bold</b> {address}/y"
    definition = load_templates(ROOT / "data" / "templates")["general_b2b"]
    stages = tuple(
        replace(one, name=Text(f"{one.name.en} {mark}", f"{one.name.zh} {mark}")) for one in definition.stages
    )
    leads = pl.read_csv(ROOT / "data" / "sample" / "leads_en.csv", infer_schema=False)
    texts = ["Owner", "Source", "Lost Reason", "Lead Name"]
    raw = folder.parent / "raw.csv"
    leads.head(300).with_columns(("=1 " + pl.col(texts) + " " + pl.lit(mark)).name.keep()).write_csv(raw)
    table = read_table(raw, "leads.csv")
    mapping = propose_mapping(table, definition).mapping
    batch = normalize(replace(table, name=f"{mark}.csv"), mapping, import_day=NOW.date())
    store = create_workspace(folder, f"A {address}/w", replace(definition, stages=stages))
    store.import_batch(batch, who=mark, now=NOW)
    store.close()


def test_no_text_acts_on_any_page(stopped: Server, page: Page, listener: tuple[str, list[str]]) -> None:
    """In both languages; every tab and expander is opened."""
    address, asked = listener
    hostile_folder(stopped.data_dir, address)
    server = stopped.start()
    for language, stem in product(("en", "zh_Hans"), PAGES):
        page.goto(f"{server.url}/{stem}?lang={language}")
        settled(page)
        page.evaluate(CLOSED_ARE_OPENED)
        for tab in page.get_by_role("tab").all():
            if tab.is_visible():
                tab.click()
                page.evaluate(CLOSED_ARE_OPENED)
        settled(page)
        acted = page.evaluate(
            """(address) => [...document.querySelectorAll('[href],[src],[*|href]')]
                .filter(one => [...one.attributes].some(a => a.value.includes(address)))
                .map(one => one.outerHTML.slice(0, 200))
                .concat([...document.querySelectorAll('b,strong,tspan')]
                    .filter(one => one.textContent.trim() === 'bold').map(one => one.outerHTML))""",
            address.removeprefix("http://"),
        )
        assert acted == [], f"{stem or 'overview'} in {language}: {acted[:3]}"
        assert page.get_by_test_id("stException").count() == 0
    assert asked == []
