"""The Import page as a person uses it: files in, figures out, nothing silent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from funnel.filters import Window
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.steps.conversion import step_table
from funnel.metrics.steps.horizons import horizons
from funnel.storage.workspaces import list_workspaces, open_workspace
from pages.import_steps.check_step import CHECK_JOB, STORE_JOB
from pages.import_steps.upload import READ_JOB
from tests.opening import assert_sound, open_page, sample_workspace, texts, use_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label.startswith(label))


def settle(at: AppTest) -> AppTest:
    """Wait for the workers that read, check and store; a browser shows their progress and runs the page again."""
    while running := [key for key in (READ_JOB, CHECK_JOB, STORE_JOB) if key in at.session_state]:
        at.session_state[running[0]].done.wait(60)
        at.run()
    return at


def upload(at: AppTest, *files: Path) -> AppTest:
    at.file_uploader[0].set_value([(f.name, f.read_bytes(), "text/csv") for f in files])
    at.run()
    assert_sound(settle(at))
    return at


def check(at: AppTest, label: str = "Check the data") -> AppTest:
    button(at, label).click().run()
    assert_sound(settle(at))
    return at


def bring_in(at: AppTest) -> AppTest:
    """Check, then confirm: one click per step."""
    check(at)
    button(at, "Import ").click().run()
    assert_sound(settle(at))
    return at


def figures(folder: Path, name: str) -> dict[str, list]:
    """The status table of a stored workspace in All time, on three bases, with won and lost leads and won value."""
    info = next(i for i in list_workspaces(folder) if i.name == name)
    store = open_workspace(info.path)
    facts, definition = store.facts(), store.definition()
    as_of = default_as_of(facts, definition) or date.max
    journeys = build_journeys(facts, definition, as_of)
    h = horizons(journeys, definition, as_of)
    tables = {
        b: step_table(journeys, definition, Window(), as_of, h, basis=b) for b in ("lead_cohort", "own", "strict")
    }
    leads = journeys.collect()
    return {
        "reached": tables["lead_cohort"]["n_reached"].to_list(),
        "own": tables["own"]["n_counted"].to_list(),
        "strict": tables["strict"]["n_counted"].to_list(),
        "into_won": tables["lead_cohort"].row(definition.won_position - 1, named=True),
        "won": leads.filter(leads["outcome"] == "won").height,
        "lost": leads.filter(leads["outcome"] == "lost").height,
        "won_value": leads.filter(leads["outcome"] == "won")["amount"].sum(),
    }


SMALL = """\
lead_id,created,qualified,won,status,amount
1,2024-01-02,2024-01-05,2024-01-20,won,100
2,2024-01-03,2024-01-06,,open,
3,2024-01-04,,,lost,
,2024-01-05,,,open,
"""


def small(folder: Path, text: str = SMALL, name: str = "small.csv") -> Path:
    path = folder.parent / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_first_visitor_has_two_buttons_and_an_upload(folder: Path) -> None:
    at = open_page("import_data")
    assert [b.label for b in at.main.button] == ["Try the sample"]
    assert [d.label for d in at.get("download_button")] == ["Download a CSV template"]
    assert len(at.file_uploader) == 1


def test_upload_map_check_confirm(folder: Path) -> None:
    """Four rows: three leads and one without an id, which is rejected with its row number and reason."""
    at = upload(open_page("import_data"), small(folder))
    assert "1" not in [w.value for w in at.warning]
    check(at)
    assert "**4 rows read** = 3 accepted + 1 rejected" in texts(at)
    button(at, "Import 3 rows").click().run()
    assert_sound(settle(at))
    assert "small.csv is in: 3 rows." in texts(at)
    found = figures(folder, "small")
    assert (found["won"], found["lost"], found["won_value"]) == (1, 1, 100.0)
    assert found["reached"] == [3, 2, 1]


def test_the_same_file_again_changes_nothing_and_says_so(folder: Path) -> None:
    path = small(folder)
    bring_in(upload(open_page("import_data"), path))
    before = figures(folder, "small")
    at = bring_in(upload(open_page("import_data", workspace="small"), path))
    assert "was imported before, in the same way: nothing changed." in texts(at)
    assert figures(folder, "small") == before


def test_a_later_file_updates_its_leads_and_undo_takes_it_back(folder: Path) -> None:
    bring_in(upload(open_page("import_data"), small(folder)))
    before = figures(folder, "small")
    later = SMALL.replace("2,2024-01-03,2024-01-06,,open,", "2,2024-01-03,2024-01-06,2024-02-01,won,50")
    bring_in(upload(open_page("import_data", workspace="small"), small(folder, later, "later.csv")))
    after = figures(folder, "small")
    assert (after["won"], after["won_value"]) == (2, 150.0)
    assert after["reached"] == [3, 2, 2]
    info = next(i for i in list_workspaces(folder) if i.name == "small")
    store = open_workspace(info.path)
    store.undo_batch(2, who="test", now=store.history()["imported_at"][0])
    assert figures(folder, "small") == before


def test_an_ambiguous_date_stops_and_asks(folder: Path) -> None:
    """All days at most the 12th: day first and month first both fit, so nothing may be imported before the answer."""
    text = "lead_id,created,qualified,status\n1,03/04/2024,05/04/2024,won\n2,05/06/2024,07/06/2024,lost\n"
    at = upload(open_page("import_data"), small(folder, text))
    assert button(at, "Check the data").disabled
    asked = [r for r in at.radio if "to be read" in r.label]
    assert len(asked) == 2
    for question in asked:
        question.set_value(question.options[0] if isinstance(question.options[0], str) else 0)
    assert list_workspaces(folder) == []


def test_the_sample_never_mixes_with_a_file(folder: Path) -> None:
    sample_workspace(folder)
    at = upload(open_page("import_data", workspace="Sample"), small(folder))
    where = next(r for r in at.radio if r.label == "Where does it go?")
    assert not [option for option in where.options if "Sample" in option]


@pytest.mark.parametrize(
    ("name", "content"), [("empty.csv", b""), ("header.csv", b"id,stage\n"), ("binary.csv", bytes(range(256)) * 8)]
)
def test_a_wrong_file_gets_a_sentence(folder: Path, name: str, content: bytes) -> None:
    path = folder.parent / name
    path.write_bytes(content)
    at = open_page("import_data")
    at.file_uploader[0].set_value([(name, content, "text/csv")])
    at.run()
    settle(at)
    assert not at.exception
    said = [element.value for element in (*at.error, *at.warning)]
    assert said
    assert not any("did not foresee" in sentence for sentence in said)


def test_both_languages_have_all_words(folder: Path) -> None:
    at = upload(open_page("import_data", "zh_Hans"), small(folder))
    check(at, "检查数据")
    assert "共读取 4 行" in texts(at)


# --- the real files, with the figures of their README ---------------------------------------------------------------


@pytest.mark.real_data
def test_maven(folder: Path, real_data: Path) -> None:
    bring_in(upload(open_page("import_data"), real_data / "maven_crm_iso" / "sales_pipeline.csv"))
    found = figures(folder, "sales_pipeline")
    assert (found["won"], found["lost"], found["won_value"]) == (4238, 2473, 10_005_534)
    assert found["reached"] == [8800, 8300, 4238]
    at = open_page("overview")
    shown = {m.label: m.value for m in at.metric}
    assert (shown["Leads"], shown["Won deals"], shown["Revenue"]) == ("8,800", "4,238", "10,005,534")
    at = open_page("overview", window="12m")
    assert "500 leads without any date are left out" in texts(at)


@pytest.mark.real_data
@pytest.mark.parametrize("first", [0, 1])
def test_cn_convertiq_in_either_order(folder: Path, real_data: Path, first: int) -> None:
    files = [real_data / "cn_convertiq" / name for name in ("sample_leads.csv", "sample_lead_followup.csv")]
    at = upload(open_page("import_data"), files[first])
    bring_in(at)
    name = list_workspaces(folder)[0].name
    bring_in(upload(open_page("import_data", workspace=name), files[1 - first]))
    assert len(list_workspaces(folder)) == 1
    found = figures(folder, name)
    assert found["reached"] == [10, 10, 10, 10, 5, 5]
    assert (found["won"], found["lost"], found["won_value"]) == (5, 5, 23_000)


@pytest.mark.real_data
@pytest.mark.parametrize("first", [0, 1])
def test_salesforce_in_either_order(folder: Path, real_data: Path, first: int) -> None:
    files = [real_data / "salesforce_demo_org" / name for name in ("Opportunity.csv", "OpportunityHistory.csv")]
    bring_in(upload(open_page("import_data"), files[first]))
    name = list_workspaces(folder)[0].name
    bring_in(upload(open_page("import_data", workspace=name), files[1 - first]))
    assert len(list_workspaces(folder)) == 1
    found = figures(folder, name)
    assert (found["won"], found["won_value"]) == (12, 2_815_000)
    into = found["into_won"]
    assert (into["n"], into["advanced"], into["lost"], into["waiting"]) == (21, 12, 7, 2)


@pytest.mark.real_data
def test_enpal_as_a_field_log(folder: Path, real_data: Path) -> None:
    at = upload(open_page("import_data"), real_data / "enpal_pipedrive" / "deal_changes.csv")
    next(radio for radio in at.radio if "means that the deal is won" in radio.label).set_value("9").run()
    assert_sound(at)
    bring_in(at)
    found = figures(folder, list_workspaces(folder)[0].name)
    assert found["own"] == [1995, 1479, 1305, 1086, 894, 741, 588, 479, 324]
    assert found["reached"] == [1995, 1990, 1951, 1862, 1693, 1424, 1081, 723, 324]
    assert found["strict"] == [1995, 1479, 977, 530, 235, 81, 18, 3, 0]
    assert (found["won"], found["lost"]) == (324, 1671)


@pytest.mark.real_data
def test_metrocar_as_counts(folder: Path, real_data: Path) -> None:
    at = upload(open_page("import_data"), real_data / "metrocar_funnel" / "funnel.csv")
    bring_in(at)
    at = open_page("overview")
    assert "stage totals, not single leads" in texts(at)
