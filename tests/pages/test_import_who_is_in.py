"""Who is in the file: asked on the Check step where it decides figures, never in the way, and kept with the import."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.opening import assert_sound, open_page, texts, use_folder
from tests.pages.test_page_import import button, settle

WINS = "Deal ID,Stage,Created,Closed\n" + "".join(f"D{i},Won,2024-01-{i:02},2024-02-{i:02}\n" for i in range(1, 26))


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
