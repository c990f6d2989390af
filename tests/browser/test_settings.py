"""Settings in a real browser: a stage merged and brought back, a backup downloaded and restored, spend typed."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Workspace, settled


def open_tab(page: Page, sample: Workspace, tab: str) -> None:
    page.goto(sample.url("settings", tab=tab))
    settled(page)


def main_text(page: Page) -> str:
    return page.inner_text('[data-testid="stMain"]')


def test_a_stage_is_merged_and_brought_back(sample: Workspace, page: Page) -> None:
    open_tab(page, sample, "funnel")
    page.locator(".st-key-settings_menu_opportunity button").first.click()
    page.locator(".st-key-settings_merge_opportunity_intent button").click()
    settled(page)
    expect(page.get_by_text("What the change does to today's funnel")).to_be_visible()
    page.locator(".st-key-settings_apply button").click()
    expect(page.get_by_text("Version 2 is in use now")).to_be_visible()
    settled(page)
    page.locator(".st-key-settings_back_opportunity button").click()
    settled(page)
    page.locator(".st-key-settings_apply button").click()
    expect(page.get_by_text("Version 3 is in use now")).to_be_visible()
    expect(page.locator(".st-key-settings_open_opportunity")).to_be_visible()


def test_a_backup_is_downloaded_and_restored(sample: Workspace, page: Page, tmp_path: Path) -> None:
    open_tab(page, sample, "backup")
    with page.expect_download() as download:
        page.locator(".st-key-settings_backup_download button").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == ".duckdb" and file.stat().st_size > 100_000
    settled(page)
    page.set_input_files("input[type=file]", str(file))
    expect(page.get_by_text("What this backup holds")).to_be_visible()
    page.locator(".st-key-settings_restore_sure label").click()
    page.locator(".st-key-settings_restore button").click()
    expect(page.get_by_text("every page shows the backup")).to_be_visible()
    settled(page)
    page.goto(sample.url())
    page.wait_for_selector(".st-key-funnel .js-plotly-plot")
    expect(page.get_by_text("n = 2,396").first).to_be_visible()


def test_a_spend_cell_is_typed_and_saved(sample: Workspace, page: Page) -> None:
    open_tab(page, sample, "spend")
    editor = page.locator('[class*="st-key-settings_spend_"] .dvn-scroller').first
    editor.click(position={"x": 350, "y": 52})
    page.keyboard.press("Enter")
    page.locator("#portal input").fill("99000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    page.locator(".st-key-settings_spend_save button").click()
    expect(page.get_by_text("Spend saved: 30 rows.")).to_be_visible()


def test_the_trust_link_of_a_page_opens_its_summary(looked_at: Workspace, page: Page) -> None:
    page.goto(looked_at.url())
    page.wait_for_selector(".st-key-funnel .js-plotly-plot")
    settled(page)
    page.get_by_role("link", name="Data trust:").first.click()
    expect(page.get_by_text("Findings that may change figures")).to_be_visible()
    page.get_by_role("tab", name="Spend").click()
    expect(page.get_by_text("What leads and customers cost")).to_be_visible()
    settled(page)
    assert "tab=spend" in page.url
