"""What a person may choose of a file, and never must: who is in it, and which of its pipelines are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.opening import assert_sound, open_page, texts, use_folder
from tests.pages.test_page_import import button, settle

WINS = "Deal ID,Stage,Created,Closed\n" + "".join(f"D{i},Won,2024-01-{i:02},2024-02-{i:02}\n" for i in range(1, 26))


PIPELINES = """Deal ID,Pipeline,Stage,Amount,Created,Closed
1,New,Lead,100,2024-01-03,
2,New,Proposal,200,2024-01-05,
3,New,Won,300,2024-01-09,2024-02-14
4,New,Lost,400,2024-01-15,2024-02-01
5,Partners,Signed up,100,2024-02-04,
6,Partners,Onboarding,100,2024-02-05,
"""


def test_a_list_of_wins_is_asked_about_and_the_answer_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_folder(tmp_path / "data", monkeypatch)
    at = open_page("import_data")
    at.file_uploader[0].set_value([("wins.csv", WINS.encode(), "text/csv")]).run()
    settle(at)
    button(at, "Check the data").click().run()
    settle(at)
    asked = next(one for one in at.radio if one.label.startswith("Who is in"))
    assert asked.value is None
    assert not next(one for one in at.button if one.label.startswith("Import ")).disabled, "it may stay open"
    asked.set_value("wins").run()
    next(one for one in at.button if one.label.startswith("Import ")).click().run()
    assert_sound(settle(at))
    name = at.query_params["workspace"][0]
    settings = open_page("settings", workspace=name, tab="trust")
    kept = next(one for one in settings.radio if one.label.startswith("Who is in"))
    assert kept.value == "wins", texts(settings)[-300:]


def test_of_several_pipelines_some_are_read_and_the_rows_of_the_others_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_folder(tmp_path / "data", monkeypatch)
    at = open_page("import_data")
    at.file_uploader[0].set_value([("deals.csv", PIPELINES.encode(), "text/csv")]).run()
    settle(at)
    assert at.multiselect[0].value == ["New", "Partners"]
    at.multiselect[0].set_value(["New"]).run()
    settle(at)
    assert at.multiselect[0].value == ["New"] and "Partners" in at.multiselect[0].options
    assert "4 leads, 1 won, 1 lost, 2 open" in " ".join(str(one.value) for one in at.info)
    button(at, "Check the data").click().run()
    settle(at)
    assert "Rows left out since they are no records: 2" in [one.label for one in at.expander]
