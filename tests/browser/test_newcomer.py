"""A newcomer gets from the start page to a saved retrospective; the long way: ``python -m tests.browser.newcomer``."""

from __future__ import annotations

from playwright.sync_api import Page

from funnel.storage.workspaces import open_workspace
from tests.browser.conftest import Server
from tests.browser.newcomer import walk


def test_from_the_start_page_to_a_saved_retrospective(stopped: Server, page: Page) -> None:
    stopped.start()
    steps: list[str] = []
    walk(page, stopped, None, steps.append)
    assert steps == ["start", "overview", "strategy", "planned", "tracked", "retrospective", "saved"]
    stopped.stop()
    store = open_workspace(next(stopped.data_dir.glob("*.duckdb")))
    assert "Call within a day" in [record.fields["title"] for record in store.records("strategy")]
    assert "Call every new lead" in [record.fields["key_action"] for record in store.records("tracking")]
    assert len(store.records("retrospective")) == 1
    store.close()
