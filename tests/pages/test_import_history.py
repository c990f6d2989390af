"""Export history and back again, as a person does it on the Import page."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnel.dataset.writing import dataset_zip
from funnel.storage.workspaces import open_workspace
from pages.shell.workspaces import workspaces
from tests.opening import assert_sound, open_page, sample_workspace, texts, use_folder
from tests.pages.test_page_import import settle


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    use_folder(tmp_path, monkeypatch)
    sample_workspace(tmp_path)
    (info,) = workspaces()
    return dataset_zip(open_workspace(info.path).dataset())


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_an_exported_history_becomes_a_workspace_of_the_same_figures(exported: bytes, language: str) -> None:
    at = open_page("import_data", language)
    assert any(one.key == "export_history" for one in at.get("download_button"))
    at.file_uploader[0].set_value([("history.zip", exported, "application/zip")]).run()
    assert_sound(settle(at))
    shown = {metric.label: metric.value for metric in at.metric}
    (name,) = [field for field in at.text_input if str(field.key).startswith("workspace_name")]
    assert name.value == "Sample 2", "a name that is taken is no obstacle"
    next(one for one in at.button if str(one.key).startswith("confirm_")).click().run()
    assert_sound(settle(at))
    over = {
        one: {metric.label: metric.value for metric in open_page("overview", language, workspace=one).metric}
        for one in ("Sample", "Sample 2")
    }
    assert over["Sample"] == over["Sample 2"]
    assert "2,396" in shown.values() and "2,396" in over["Sample 2"].values()
    assert "history.zip" in texts(at)


def test_a_history_that_does_not_fit_is_told_with_its_file(exported: bytes) -> None:
    at = open_page("import_data")
    at.file_uploader[0].set_value([("history.zip", exported.replace(b"entries.parquet", b"entriez.parquet"), "")]).run()
    settle(at)
    assert not at.exception
    assert "entriez.parquet" in " ".join(error.value for error in at.error)
    assert [info.name for info in workspaces()] == ["Sample"]
