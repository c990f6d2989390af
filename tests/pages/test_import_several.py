"""Several files in one upload: what each of them is, and what the lists beside the deals give them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shell.workspaces import store_of, workspaces
from tests.intake.test_several import as_duckdb
from tests.opening import assert_sound, open_page, texts, use_folder
from tests.pages.test_page_import import button, settle

STAGES = "id,order_nr,name,pipeline_id\n7,1,Qualified,1\n9,2,Proposal Made,1\n8,3,Talks,1\n"
DEALS = """id,stage_id,status,value,add_time,won_time,lost_time
1,8,won,400,2024-01-03,2024-03-01,
2,9,lost,500,2024-01-05,,2024-03-12
3,7,open,300,2024-01-08,,
4,9,won,200,2024-02-01,2024-04-01,
"""
MERGED = "deal_id,merged_deal_id\n1,4\n"


def several(*files: tuple[str, str]) -> AppTest:
    at = open_page("import_data")
    at.file_uploader[0].set_value([(name, text.encode(), "text/csv") for name, text in files]).run()
    assert_sound(settle(at))
    return at


def through(at: AppTest, label: str) -> None:
    """Check, then the button whose label begins so."""
    button(at, "Check the data").click().run()
    settle(at)
    next(one for one in at.button if one.label.startswith(label)).click().run()
    assert_sound(settle(at))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_folder(tmp_path / "data", monkeypatch)


def test_lists_come_first_and_deals_take_names_order_and_merges_from_them() -> None:
    at = several(("1-deals.csv", DEALS), ("2-stages.csv", STAGES), ("3-merged.csv", MERGED))
    overview = next(f.value for f in at.dataframe if "What it is" in f.value.columns)
    assert overview["File"].to_list() == ["2-stages.csv", "3-merged.csv", "1-deals.csv"]
    through(at, "Import 3 stage names")
    through(at, "Import 1 merged deal")
    assert "stage names noted: 3" in texts(at) and "merged deals noted: 1" in texts(at)
    assert "3 leads, 1 won, 1 lost, 1 open" in texts(at)
    through(at, "Import 3 rows")
    over = open_page("overview", workspace="1-deals")
    assert_sound(over)
    shown = {metric.label: metric.value for metric in over.metric}
    assert (shown["Leads"], shown["Won deals"]) == ("3", "1")
    names = [str(cell) for frame in over.dataframe for row in frame.value.to_numpy().tolist() for cell in row]
    places = [names.index(name) for name in ("Qualified", "Proposal Made", "Talks")]
    assert places == sorted(places)


def test_a_list_can_be_left_out_or_said_to_hold_leads() -> None:
    at = several(("1-deals.csv", DEALS), ("2-stages.csv", STAGES))
    button(at, "It holds leads all the same").click().run()
    assert_sound(settle(at))
    assert "is a list of stages, not of leads" in " ".join(one.label for one in at.radio)
    at = several(("1-deals.csv", DEALS), ("2-stages.csv", STAGES))
    button(at, "Leave this file out").click().run()
    assert_sound(settle(at))
    assert "1-deals.csv" in texts(at) and "stage names noted" not in texts(at)


def test_one_file_with_tables_is_opened_as_an_upload_of_them(tmp_path: Path) -> None:
    """The hand-counted tables of ``tests.intake.test_several``: 5 deals, of which deal 4 went into deal 1. A database
    takes long enough to open that the page runs again before its tables are there.
    """
    (path,) = as_duckdb(tmp_path)
    at = open_page("import_data")
    at.file_uploader[0].set_value([(path.name, path.read_bytes(), "application/octet-stream")]).run()
    assert_sound(settle(at))
    overview = next(f.value for f in at.dataframe if "What it is" in f.value.columns)
    parts = {name.rpartition(" › ")[2].removesuffix(".csv") for name in overview["File"]}
    assert {"deals", "stages", "deal_merges", "users"} <= parts
    through(at, "Import 3 stage names")
    through(at, "Import 1 merged deal")
    assert "4 leads, 2 won, 1 lost, 1 open" in texts(at)


def test_spend_in_a_zip_goes_to_the_workspace_of_its_deals(tmp_path: Path) -> None:
    spend = "Month,Channel,Cost\n2024-01-01,web,1000\n2024-02-01,web,500.50\n"
    with zipfile.ZipFile(tmp_path / "crm.zip", "w") as archive:
        archive.writestr("deals.csv", DEALS)
        archive.writestr("spend.csv", spend)
    at = open_page("import_data")
    at.file_uploader[0].set_value([("crm.zip", (tmp_path / "crm.zip").read_bytes(), "application/zip")]).run()
    assert_sound(settle(at))
    through(at, "Import 4 rows")
    at = next(one for one in at.button if one.label.startswith("Import 2 rows of spend")).click().run()
    assert_sound(settle(at))
    (info,) = workspaces()
    assert store_of(info).spend()["amount"].sum() == 1500.5
