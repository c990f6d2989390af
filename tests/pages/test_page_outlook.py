"""The Outlook page: the sentence or the refusal first, every state, both languages, and what its buttons do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from funnel.planning.fields import from_fields
from funnel.planning.plan_file import load_plan
from funnel.planning.targets import Target
from funnel.reports.outlook.kept import KeptForecast
from funnel.schema import Entries, Facts, Labels, LeadRows, StageCounts, empty
from funnel.storage.records import Edit
from funnel.storage.store import Store
from pages.shell.workspaces import store_of, workspaces
from tests import factories, opening
from tests.conftest import ROOT
from tests.factories import lead, log
from tests.opening import assert_sound, empty_workspace, open_page, sample_workspace, use_folder
from tests.pages.test_page_bottleneck import import_facts


def texts(at: AppTest) -> str:
    """All words of the page as people read them."""
    return opening.texts(at).replace("\\", "")


def table_with(at: AppTest, column: str) -> pl.DataFrame:
    """The first table that has a column."""
    return pl.DataFrame(next(frame.value for frame in at.dataframe if column in frame.value.columns))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def sample(folder: Path) -> Path:
    sample_workspace(folder)
    return folder


def test_without_data_the_next_step_is_offered(folder: Path) -> None:
    empty_workspace(folder)
    at = open_page("outlook")
    assert at.title[0].value == "What will come, and what would it take?"
    assert "No data yet" in texts(at)


def test_the_sample_says_what_will_come_with_its_range(looked_at: Store) -> None:
    at = open_page("outlook")
    said = texts(at)
    assert "In the next 30 days about" in said and "8 times of 10 it will be between" in said
    assert "come from deals that are open today." in said
    assert "Tried on 3 earlier days (as telling as 3 separate tries)" in said
    assert "growth is not extrapolated" in said
    # Six months are too short for a range of 90 days: the figure stands alone and says from when there can be one.
    at = open_page("outlook", horizon="90")
    said = texts(at)
    assert "In the next 90 days about" in said and "8 times of 10 it will" not in said
    assert "No range earned yet" in said and "it needs 2 (from" in said
    assert "First the forecast must have been checked" in said


def test_it_speaks_chinese(looked_at: Store) -> None:
    at = open_page("outlook", "zh_Hans")
    said = texts(at)
    assert "未来 30 天预计成交约" in said and "十次里有八次" in said
    assert "用过去 3 个日子检验过" in said


def test_too_little_history_is_said_and_the_open_deals_stay(folder: Path) -> None:
    story = factories.log(
        *[factories.lead(f"L{i}", f"2026-01-0{1 + i} lead, 2026-01-1{i} intent") for i in range(5)],
        factories.lead("W", "2026-01-01 lead, 2026-02-01 won"),
    )
    import_facts(folder, "Young", factories.facts(story), factories.GUIDE)
    at = open_page("outlook")
    said = "Too little history for a forecast: 31 days and 1 dated wins; it needs 90 days and 10 wins."
    assert said in texts(at)
    assert [b.key for b in at.button if b.key == "outlook_keep"] == []
    deals = table_with(at, "odds")
    assert len(deals) == 5


def test_a_link_with_a_number_that_is_none_is_told(folder: Path) -> None:
    sample_workspace(folder)
    assert_sound(open_page("outlook", if_points="--5"))


def test_a_list_with_two_dates_has_one_step(folder: Path) -> None:
    """Created and closed only: created → won is the one step; stages that the data never name are not spoken of."""
    leads = []
    for i in range(240):
        day = date(2025, 1, 1).toordinal() + 2 * i
        created = date.fromordinal(day)
        closed = date.fromordinal(day + 20 + i % 11)
        how = {"status": "won" if i % 3 == 0 else "@lost", "closed_at": f"{closed}"} if i % 5 else {"status": "@open"}
        leads.append(factories.lead(f"L{i:03}", created_at=f"{created}", **how))
    import_facts(folder, "Two dates", factories.facts(factories.snapshot(*leads)), factories.GUIDE)
    at = open_page("outlook")
    said = texts(at)
    assert "In the next 90 days about" in said
    assert "Not every stage has dates" not in said
    assert at.selectbox(key="if_step").options == ["lead → won"]


def test_totals_and_undated_leads_have_their_own_states(folder: Path) -> None:
    import_facts(
        folder, "Undated", factories.facts(factories.snapshot(factories.lead("A", stage="lead"))), factories.GUIDE
    )
    assert "No lead carries a date" in texts(open_page("outlook"))


def test_the_goal_stands_in_the_link_and_becomes_targets(sample: Path) -> None:
    at = open_page("outlook", goal="30", goal_by="2026-07-30")
    assert "For 30 customers by 30 Jul 2026, 8 times of 10, it takes" in texts(at)
    next(b for b in at.button if b.key == "outlook_make_targets").click().run()
    assert "targets were made" in texts(at)
    store = store_of(workspaces()[0])
    made = [from_fields(Target, one.fields) for one in store.records("target")]
    assert [(one.stage, one.metric, one.period) for one in made] == [
        (stage, "entries", "week") for stage in ("lead", "intent", "opportunity", "won")
    ]
    assert all(one.ends_on == date(2026, 7, 30) for one in made)
    leads, won = made[0].amount, made[-1].amount
    assert leads > 100 > won > 5


def test_a_goal_that_is_out_of_reach_says_so(looked_at: Store) -> None:
    at = open_page("outlook", goal="100000", goal_by="2026-07-30")
    assert "out of reach" in texts(at)
    assert [b.key for b in at.button if b.key == "outlook_make_targets"] == []


def test_what_if_answers_and_leads_to_a_strategy(looked_at: Store) -> None:
    at = open_page("outlook")
    said = texts(at)
    assert "customers, 8 times of 10 between" in said and "if nothing else changes." in said
    next(b for b in at.button if b.key == "outlook_strategy").click().run()
    assert not at.exception
    assert at.title[0].value == "What do we do about it?"


def test_what_is_supposed_stands_in_the_link(looked_at: Store) -> None:
    at = open_page("outlook", if_points="12", if_leads="40", if_quality="150", if_step="won")
    assert [at.slider(key=key).value for key in ("if_points", "if_quality")] == [12, 150]
    assert (at.number_input(key="if_leads").value, at.selectbox(key="if_step").value) == (40, "won")
    many = texts(at)
    at = open_page("outlook", if_points="12", if_quality="0", if_step="won", if_leads="x")
    assert at.number_input(key="if_leads").value == 0
    assert texts(at) != many


def test_totals_have_nothing_to_forecast(folder: Path) -> None:
    labels = pl.DataFrame([(1, "stage", "lead", "lead")], schema=empty(Labels).schema, orient="row")
    row = {"batch_no": 1, "row_no": 2, "label": "lead", "n": 40.0}
    row |= {"period_start": date(2026, 1, 1), "period_end": date(2026, 1, 31)}
    counts = pl.DataFrame([row], schema=empty(StageCounts).schema)
    batches = factories.facts(log()).batches.with_columns(pl.lit("counts").alias("shape"))
    import_facts(folder, "totals", Facts(batches, empty(LeadRows), empty(Entries), labels, counts), factories.GUIDE)
    assert "holds totals per stage, no single leads" in texts(open_page("outlook"))


def test_a_forecast_can_be_kept(sample: Path) -> None:
    """With the version of the data that it was made of, also when somebody else has written since."""
    at = open_page("outlook", as_of="2026-05-31")
    shown = store_of(workspaces()[0]).versions()
    store_of(workspaces()[0]).import_batch(log(lead("X", "2026-05-02 lead")), who="Ann", now=opening.NOW)
    next(b for b in at.button if b.key == "outlook_keep").click().run()
    assert "Kept: the forecast of 31 May 2026." in texts(at)
    store = store_of(workspaces()[0])
    (record,) = store.records("forecast")
    kept = from_fields(KeptForecast, record.fields)
    assert (kept.data_version, kept.definition_version) == (shown.data, shown.definition)
    assert store.versions().data > shown.data
    assert (kept.on, kept.until) == (date(2026, 5, 31), date(2026, 6, 30))
    assert kept.expected == pytest.approx(kept.of_open + kept.of_new)
    # A month later it is scored.
    at = open_page("outlook")
    # The checked days stand in a table of the same columns before it.
    table = [one.value for one in at.table if {"Said on", "came", "Range"} <= set(one.value.columns)][-1]
    assert table["Said on"].to_list() == ["31 May 2026"]
    assert table["Range"].iloc[0] in ("inside", "outside", "–")


def test_the_list_of_deals_can_be_searched(looked_at: Store) -> None:
    at = open_page("outlook")
    everything = table_with(at, "odds")
    assert len(everything) > 500
    ages = everything["age_days"].to_list()
    assert ages == sorted(ages, reverse=True), "longest first, never by its odds"
    at.text_input(key="outlook_search").set_value("Li Na").run()
    found = table_with(at, "odds")
    assert 0 < found.height < len(everything)
    assert set(found["owner"]) == {"Li Na"}


def test_a_saved_retrospective_keeps_a_forecast_and_the_next_one_opens_with_it(sample: Path) -> None:
    at = open_page("retrospective", as_of="2026-05-31")
    next(b for b in at.button if b.key == "retrospective_save").click().run()
    store = store_of(workspaces()[0])
    (record,) = store.records("forecast")
    assert record.fields["origin"] == "retrospective"
    kept = from_fields(KeptForecast, record.fields)
    at = open_page("retrospective")
    # What came is counted anew from the file: wins dated in June.
    file = pl.read_csv(ROOT / "data" / "sample" / "leads_en.csv")
    won = file["Won Date"].str.slice(0, 10).str.to_date(strict=False)
    came = int(((won > kept.on) & (won <= kept.until)).sum())
    words = f"The forecast of 31 May 2026 to 30 Jun 2026 said about {kept.expected:.0f} customers"
    drawn = " ".join(str(html.proto.body) for html in at.get("html"))
    assert words in drawn and f"{came} came" in drawn


def test_a_strategy_shows_what_its_promise_would_bring(sample: Path) -> None:
    store = store_of(workspaces()[0])
    for kind, records in load_plan(ROOT / "data" / "sample" / "plan_en.toml").items():
        store.save_records(kind, [Edit(key, fields, 0) for key, fields in records.items()], who="test", now=opening.NOW)
    at = open_page("plan")
    shown = " ".join(str(table.value.to_dict()) for table in at.table)
    assert "Expected gain" in shown and "if nothing else changes" in shown
    # The sample's target of 25 customers a month stands in the outlook's goal, to the end of its 30 days.
    at = open_page("outlook")
    assert at.number_input(key="goal").value == 25
