"""The receipt on the Check step, as a person uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.corpus.corpus import files
from tests.corpus.pipeline import deals
from tests.opening import assert_sound, open_page, texts, use_folder
from tests.pages.test_page_import import button, check, settle, upload


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The Check step of an invented HubSpot export of 24 deals, 7 of them won."""
    use_folder(tmp_path / "data", monkeypatch)
    name, content = files()["hubspot"].files[0]
    file = tmp_path / name
    file.write_bytes(content)
    return check(upload(open_page("import_data"), file))


def typed(at: AppTest, label: str, value: float) -> AppTest:
    next(one for one in at.number_input if one.label == label).set_value(value).run()
    assert_sound(at)
    return at


def test_what_the_file_says_stands_before_the_findings(at: AppTest) -> None:
    truth = files()["hubspot"].expected
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown == {"Deals": str(truth.leads), "Won": str(truth.won), "Lost": str(truth.lost), "Open": str(truth.open)}
    said = texts(at)
    assert f"Won value: **{sum((truth.revenue or {}).values()):,.0f}**" in said
    headings = [heading.value for heading in at.subheader]
    assert headings.index("Do you recognise it?") < headings.index("What was found")


def test_another_count_is_held_against_it_and_kept_over_a_step_back(at: AppTest) -> None:
    assert "Your CRM says" not in texts(at)
    assert "Your CRM says 9 wins, the file gives 7." in texts(typed(at, "Won deals", 9))
    button(at, "Back").click().run()
    assert_sound(settle(at))
    check(at)
    assert "Your CRM says 9 wins, the file gives 7." in texts(at)
    assert "Wins agree: 7." in texts(typed(at, "Won deals", 7))


def test_a_month_is_held_against_its_own_wins(at: AppTest) -> None:
    """Wins of May 2024 in the invented pipeline, counted without the product."""
    n = sum(d.outcome == "won" and d.closed is not None and d.closed.month == 5 for d in deals(seed=13))
    months = next(one for one in at.selectbox if one.label == "Month of the wins")
    assert months.value == ""
    months.select("2024-05-01").run()
    assert f"Wins agree: {n}." in texts(typed(at, "Won deals", n))
