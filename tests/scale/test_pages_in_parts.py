"""A dataset as the history of a workspace, as a person chooses it on the Import page."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnel.dataset.writing import dataset_zip
from funnel.storage.workspaces import create_workspace, open_workspace
from pages.shell.workspaces import workspaces
from tests.opening import assert_sound, open_page, sample_workspace, texts, use_folder
from tests.scale.worlds import DEFINITION, folder_of

PARTS = 4


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample, its history in parts in the folder of sources, and an empty workspace."""
    use_folder(tmp_path, monkeypatch)
    sample_workspace(tmp_path)
    (info,) = workspaces()
    (tmp_path / "sources").mkdir()
    folder_of(open_workspace(info.path).dataset(), PARTS, tmp_path / "sources")
    create_workspace(tmp_path, "Big", DEFINITION)
    return tmp_path / "sources" / f"in-{PARTS}"


def metrics(workspace: str, **url: str) -> dict[str, str]:
    at = open_page("overview", "en", workspace=workspace, **url)
    assert_sound(at)
    return {metric.label: metric.value for metric in at.metric}


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_history_in_parts_is_counted_like_the_sample(beside: Path, language: str) -> None:
    at = open_page("import_data", language, workspace="Big")
    at.radio(key="parts_way").set_value("here").run()
    at.button(key="parts_use").click().run()
    assert_sound(at)
    assert f"in-{PARTS}" in texts(at)
    assert not at.file_uploader, "no file is imported beside a dataset"
    asked = {"window": "6m", "source": "web"}
    assert metrics("Big", **asked) == metrics("Sample", **asked)
    for page in ("bottleneck", "outlook", "retrospective", "plan", "tracking", "settings", "glossary"):
        assert_sound(at := open_page(page, language, workspace="Big"))
        is_counted_in_memory = page in ("outlook", "retrospective", "plan", "tracking")
        said = {"en": "counted in parts", "zh_Hans": "分份统计"}[language]
        assert any(said in info.value for info in at.info) == is_counted_in_memory
    at = open_page("import_data", language, workspace="Big")
    at.radio(key="parts_way").set_value("memory").run()
    at.button(key="parts_use").click().run()
    assert metrics("Big", **asked) == metrics("Sample", **asked)
    assert not any(said in info.value for info in open_page("outlook", language, workspace="Big").info)
    at = open_page("import_data", language, workspace="Big")
    at.button(key="parts_drop").click().run()
    assert at.file_uploader


def bottleneck(workspace: str, **url: str) -> list[object]:
    at = open_page("bottleneck", "en", workspace=workspace, **url)
    assert_sound(at)
    tables = [frame.value.to_dict() for frame in (*at.dataframe, *at.table)]
    said = [one.value for one in (*at.markdown, *at.caption)]
    return [[one for one in said if "30 Jun 2026" not in one], tables]  # whose data these are, and how old


def test_the_bottleneck_in_parts_reads_like_that_of_the_sample(beside: Path) -> None:
    at = open_page("import_data", "en", workspace="Big")
    at.radio(key="parts_way").set_value("here").run()
    at.button(key="parts_use").click().run()
    for asked in ({"window": "12m"}, {"window": "6m", "source": "web", "bottleneck_step": "won"}):
        assert bottleneck("Big", **asked) == bottleneck("Sample", **asked)


def test_a_dataset_that_goes_away_locks_nobody_out(beside: Path) -> None:
    at = open_page("import_data", "en", workspace="Big")
    at.radio(key="parts_way").set_value("here").run()
    at.button(key="parts_use").click().run()
    (beside / "entries-00001.parquet").unlink()
    at.run()
    assert not at.exception
    assert "entries-00001.parquet" in " ".join(error.value for error in at.error)
    at.button(key="parts_drop").click().run()
    assert_sound(at)
    assert at.file_uploader


def test_a_workspace_with_imports_is_not_offered_a_dataset(beside: Path) -> None:
    at = open_page("import_data", "en", workspace="Sample")
    assert not [one for one in at.button if one.key == "parts_use"]


def test_an_export_can_be_made_in_parts(beside: Path) -> None:
    at = open_page("import_data", "en", workspace="Sample")
    at.selectbox(key="export_parts").set_value(4).run()
    assert_sound(at)
    (info,) = [one for one in workspaces() if one.name == "Sample"]
    assert b"entries-00003.parquet" in dataset_zip(open_workspace(info.path).dataset(), 4)
