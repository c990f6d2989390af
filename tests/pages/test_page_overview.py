"""The Overview page: empty, sample, filtered, in both languages, and a workspace of counts."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from funnel.storage.store import Store
from tests import factories
from tests.conftest import ROOT
from tests.factories import lead
from tests.opening import (
    NOW,
    assert_sound,
    empty_workspace,
    new_workspace,
    open_page,
    sample_workspace,
    texts,
    use_folder,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def sample_rows() -> list[dict[str, str]]:
    """The sample as the csv module reads it: one row per lead id, the first one where an id stands twice."""
    with (ROOT / "data" / "sample" / "leads_en.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["Lead ID"].strip():
            found.setdefault(row["Lead ID"].strip(), row)
    return list(found.values())


def metric(at, label: str) -> str:
    return next(m.value for m in at.metric if m.label == label)


def test_nothing_yet_offers_the_next_step(folder: Path) -> None:
    at = open_page("overview")
    assert "No data yet" in texts(at)
    assert [b.label for b in at.main.button] == ["Try the sample", "Upload a file", "Start from a template"]


def test_an_empty_workspace_offers_the_same(folder: Path) -> None:
    empty_workspace(folder)
    assert "还没有数据" in texts(open_page("overview", "zh_Hans"))


def test_the_sample_shows_what_its_file_holds(looked_at: Store) -> None:
    """Wins and revenue are counted here from the file itself."""
    at = open_page("overview")
    won = [row for row in sample_rows() if row["Status"].strip() == "Won"]
    revenue = sum(float(row["Amount"]) for row in won if row["Amount"].strip())
    assert metric(at, "Won deals") == str(len(won))
    assert metric(at, "Revenue") == f"¥{revenue:,.0f}"
    assert "synthetic sample" in texts(at)


def test_the_funnel_chart_counts_the_leads_of_the_file(looked_at: Store) -> None:
    at = open_page("overview")
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    shown = figure["data"][0]["x"]
    values = shown if isinstance(shown, list) else shown["bdata"]
    rows = sample_rows()
    if isinstance(values, list):
        assert values[0] == int(metric(at, "Leads").replace(",", ""))
        assert values == sorted(values, reverse=True)
        reached_won = [row for row in rows if row["Won Date"].strip() or row["Status"].strip() == "Won"]
        assert values[3] == len(reached_won)


def test_a_window_from_the_link_counts_only_its_leads(looked_at: Store) -> None:
    at = open_page("overview", window="3m")
    created = [row["Created At"][:10] for row in sample_rows()]
    inside = [day for day in created if "2026-04-01" <= day <= "2026-06-30"]
    assert abs(int(metric(at, "Leads").replace(",", "")) - len(inside)) <= 3, "ambiguous or bad dates aside"
    assert at.sidebar.get("button_group")
    assert "1 Apr 2026 – 30 Jun 2026" in texts(at)


def test_a_source_from_the_link_filters(looked_at: Store) -> None:
    at = open_page("overview", source="Referral")
    referred = [row for row in sample_rows() if row["Source"].strip() == "Referral"]
    assert metric(at, "Leads") == str(len(referred))
    assert at.sidebar.multiselect(key="source").value == ["Referral"]


def test_an_earlier_day_knows_nothing_later(looked_at: Store) -> None:
    at = open_page("overview", as_of="2026-03-31")
    won_by_then = [row for row in sample_rows() if row["Won Date"].strip() and row["Won Date"][:10] <= "2026-03-31"]
    assert abs(int(metric(at, "Won deals")) - len(won_by_then)) <= 2
    assert at.sidebar.date_input(key="as_of").value == date(2026, 3, 31)


def test_both_languages_show_the_same_figures(looked_at: Store) -> None:
    en, zh = open_page("overview"), open_page("overview", "zh_Hans")
    assert [m.value for m in zh.metric if "天" not in m.value] == [m.value for m in en.metric if "days" not in m.value]
    assert zh.title[0].value == "漏斗现在怎么样？"
    assert not [word for word in ("Leads", "Revenue", "Funnel", "Lost") if word in texts(zh)]


@pytest.mark.parametrize("basis", ["own", "strict", "activity"])
def test_every_way_of_counting_has_its_caption(looked_at: Store, basis: str) -> None:
    at = open_page("overview", basis=basis, every="week", by="owner", step="overall")
    words = {"own": "own entries only", "strict": "entered every stage", "activity": "entries that happened"}
    assert words[basis] in texts(at)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_picture_is_drawn_when_asked_for(folder: Path, language: str) -> None:
    sample_workspace(folder)
    at = open_page("overview", language)
    assert not at.get("image")
    at.toggle(key="overview_picture").set_value(True).run()
    assert_sound(at)
    assert at.get("image")


def test_the_status_table_holds_the_figures(folder: Path) -> None:
    """Won is counted in the file; a rate is its own two counts."""
    sample_workspace(folder)
    table = next(one.value for one in open_page("overview").dataframe if "Lost" in one.value.columns)
    won, before = (dict(zip(table.columns, table.to_numpy().tolist()[i], strict=True)) for i in (3, 2))
    assert won["Reached"] == str(sum(bool(row["Won Date"].strip()) or row["Status"] == "Won" for row in sample_rows()))
    assert won["Base"] == before["Reached"]
    assert won["Conversion"].startswith(f"{100 * int(won['Reached']) / int(won['Base']):.1f}% (")


def test_a_trend_without_a_rate_says_why_instead_of_an_empty_frame(folder: Path) -> None:
    store = new_workspace(folder, "Ours", factories.GUIDE)
    store.import_batch(factories.snapshot(*(lead(f"A{i}", stage="intent", status="open") for i in range(3))),
                       who="test", now=NOW)  # fmt: skip
    at = open_page("overview")
    assert "No rate to draw" in texts(at)
