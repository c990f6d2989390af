"""What went wrong for the first people who tried the Import page, each as a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnel.storage.workspaces import list_workspaces
from tests.pages import open_page, texts, use_folder
from tests.test_page_import import SMALL, bring_in, button, figures, small, upload


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def test_the_present_workspace_says_how_many_leads_it_knows(folder: Path) -> None:
    """Such a file was imported here before, so it is proposed to go here, and the page says that no id is known."""
    bring_in(upload(open_page("import_data"), small(folder)))
    other = "\n".join("x" + line if line[0].isdigit() else line for line in SMALL.splitlines()) + "\n"
    at = upload(open_page("import_data", workspace="small"), small(folder, other, "other.csv"))
    assert "0 of the 3 lead ids of this file are already in “small”." in texts(at)


def test_a_foreign_file_with_known_words_opens_a_new_workspace(folder: Path) -> None:
    """The same words for stages prove nothing: another header, and none of its leads is known here."""
    bring_in(upload(open_page("import_data"), small(folder)))
    rows = ["deal;opened;qualified;won;state;value", *("d" + row.replace(",", ";") for row in SMALL.splitlines()[1:4])]
    at = upload(open_page("import_data", workspace="small"), small(folder, "\n".join(rows) + "\n", "foreign.csv"))
    where = next(r for r in at.radio if r.label == "Where does it go?")
    assert where.value == "new_from_labels"


def test_a_workspace_without_any_date_opens(folder: Path) -> None:
    text = "id,stage,amount\n1,Lead,\n2,Qualified,\n3,Won,100\n4,Lost,\n5,Proposal,\n"
    bring_in(upload(open_page("import_data"), small(folder, text, "undated.csv")))
    found = figures(folder, "undated")
    assert (found["won"], found["lost"], found["won_value"]) == (1, 1, 100.0)
    for page in ("overview", "bottleneck"):
        open_page(page, workspace="undated")


def test_more_wins_than_own_beginnings_is_shown_without_an_interval(folder: Path) -> None:
    """A log in which deals begin in the middle: two leads won, one of them has an entry into the first stage."""
    text = "deal,stage,at\n1,Lead,2024-01-02\n1,Won,2024-01-05\n2,Won,2024-01-04\n3,Qualified,2024-01-03\n"
    bring_in(upload(open_page("import_data"), small(folder, text, "log.csv")))
    name = list_workspaces(folder)[0].name
    for basis in ("own", "strict", "activity", "lead_cohort"):
        open_page("overview", workspace=name, basis=basis, step="overall")


def test_two_files_are_counted(folder: Path) -> None:
    at = upload(open_page("import_data"), small(folder), small(folder, SMALL, "second.csv"))
    assert "File 1 of 2" in texts(at)
    assert button(at, "Check the data")
