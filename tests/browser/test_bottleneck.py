"""The Bottleneck page in a real browser: the link of a view, the list as a file, the way to a strategy."""

from __future__ import annotations

import csv
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Workspace, settled


def open_sample(page: Page, looked_at: Workspace, language: str = "en") -> None:
    """The sample, which is not the first workspace of its folder."""
    page.goto(looked_at.url("bottleneck", window="dates", lang=language) + "&dates=2026-01-01&dates=2026-03-31")
    page.wait_for_selector(".st-key-bottleneck_intervals .js-plotly-plot")
    settled(page)


def test_the_finding_stands_above_the_chart_and_nothing_is_cut(looked_at: Workspace, page: Page) -> None:
    open_sample(page, looked_at)
    finding = page.locator(".st-key-bottleneck_headline p")
    expect(finding).to_contain_text("Lead acquisition → Intent screening is the bottleneck")
    chart = page.locator(".st-key-bottleneck_intervals")
    assert finding.bounding_box()["y"] < chart.bounding_box()["y"]  # ty: ignore[not-subscriptable]
    assert any("Bottleneck: Significantly below" in text for text in chart.locator("text").all_text_contents())
    frame = chart.locator("svg.main-svg").first.bounding_box()
    assert frame is not None
    for text in chart.locator("g.annotation text").all():
        box = text.bounding_box()
        assert box is None or box["x"] + box["width"] <= frame["x"] + frame["width"] + 1


def test_the_list_of_overdue_leads_is_a_file_for_a_spreadsheet(
    looked_at: Workspace, page: Page, tmp_path: Path
) -> None:
    open_sample(page, looked_at)
    with page.expect_download() as download:
        page.locator(".st-key-bottleneck_overdue_csv button").click()
    path = tmp_path / "overdue.csv"
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    days = [float(row["Days overdue"]) for row in rows if row["Days overdue"]]
    assert days == sorted(days, reverse=True)
    assert page.get_by_text(f"overdue {len(days)}").count()


def test_plan_this_keeps_workspace_language_and_stage(looked_at: Workspace, page: Page) -> None:
    open_sample(page, looked_at, "zh_Hans")
    page.get_by_role("button", name="按此制定").first.click()
    page.wait_for_url("**/plan?**")
    settled(page)
    assert f"workspace={looked_at.name.replace(' ', '+')}" in page.url
    expect(page.locator('[data-testid="stMain"]').get_by_text("线索获取 → 意向筛选").first).to_be_visible()
    expect(page.locator(".st-key-plan_form")).to_contain_text("意向筛选")
