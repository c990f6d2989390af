"""What went wrong for the first people who tried the Import page, each as a test."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from streamlit.testing.v1 import AppTest

from funnel.storage.workspaces import list_workspaces, open_workspace
from tests.opening import assert_sound, empty_workspace, open_page, texts, use_folder
from tests.pages.test_page_import import SMALL, bring_in, button, check, figures, settle, small, upload


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


# --- said before the last click -------------------------------------------------------------------------------------


def test_a_known_file_is_recognised_as_soon_as_it_is_read(folder: Path) -> None:
    """The same bytes under another name: the first screen says day, who and where; leaving it out ends it."""
    at = upload(open_page("import_data"), small(folder))
    assert "imported before" not in texts(at)
    check(at)
    next(box for box in at.text_input if box.label == "Your name").set_value("Li *Na*").run()
    button(at, "Import ").click().run()
    settle(at)
    at = upload(open_page("import_data", workspace="small"), small(folder, SMALL, "renamed.csv"))
    (said,) = [m.value for m in at.markdown if "imported before" in m.value]
    today = datetime.now()
    assert f"on {today.day} {today:%b} {today.year}" in said.replace("\\", "")
    assert "by Li *Na*, into “small”." in said.replace("\\", "")
    assert "*Na*" not in said  # what a person typed is no formatting
    button(at, "Leave this file out").click().run()
    assert_sound(at)
    assert len(at.file_uploader) == 1
    store = open_workspace(list_workspaces(folder)[0].path)
    assert store.history().height == 1


def test_a_file_known_to_another_workspace_is_named_with_it(folder: Path) -> None:
    bring_in(upload(open_page("import_data"), small(folder)))
    empty_workspace(folder, "Other")
    at = upload(open_page("import_data", "zh_Hans", workspace="Other"), small(folder))
    assert "导入到“small”" in texts(at)
    changed = SMALL.replace("100", "101")
    at = upload(open_page("import_data", workspace="Other"), small(folder, changed, "small.csv"))
    assert "imported before" not in texts(at)  # the same name proves nothing


def test_an_undone_import_is_said_to_be_undone(folder: Path) -> None:
    bring_in(upload(open_page("import_data"), small(folder)))
    store = open_workspace(list_workspaces(folder)[0].path)
    store.undo_batch(1, who="test", now=datetime(2026, 1, 1))
    at = upload(open_page("import_data", workspace="small"), small(folder))
    assert "that import was undone" in texts(at)


def test_two_flags_end_up_as_wins_losses_and_open_leads(folder: Path) -> None:
    """Closed and won twice (300), closed and not won once, open once: counted by hand."""
    text = """\
Id,StageName,Amount,CreatedDate,CloseDate,IsClosed,IsWon
1,Trial,100,2024-01-02,2024-02-01,TRUE,TRUE
2,Trial,50,2024-01-03,2024-02-02,TRUE,FALSE
3,Contact,300,2024-01-04,2024-09-30,FALSE,FALSE
4,Pilot,200,2024-01-05,2024-02-04,TRUE,TRUE
"""
    bring_in(upload(open_page("import_data"), small(folder, text, "flags.csv")))
    found = figures(folder, "flags")
    assert (found["won"], found["lost"], found["won_value"]) == (2, 1, 300.0)
    at = open_page("overview", workspace="flags")
    shown = {m.label: m.value for m in at.metric}
    assert (shown["Leads"], shown["Won deals"], shown["Revenue"]) == ("4", "2", "300")


def _workbook(path: Path, **sheets: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return path


def _rows() -> list[list[str]]:
    return [line.split(",") for line in SMALL.splitlines()]


def test_a_workbook_that_opens_with_a_cover_is_read_from_its_table(folder: Path) -> None:
    path = _workbook(folder.parent / "book.xlsx", Cover=[["Sales report"], [], ["by Ann"]], Deals=_rows())
    at = upload(open_page("import_data"), path)
    assert "sheet Deals" in texts(at)
    bring_in(at)
    found = figures(folder, "book")
    assert (found["won"], found["lost"], found["reached"]) == (1, 1, [3, 2, 1])


def test_a_sheet_that_is_no_table_is_no_dead_end(folder: Path) -> None:
    """The cover is chosen by hand: a sentence says why it cannot be read, and the other sheets are offered."""
    path = _workbook(folder.parent / "book.xlsx", Cover=[["Sales report", "2024"]], Deals=_rows(), Empty=[])
    at = upload(open_page("import_data"), path)
    for name in ("Cover", "Empty"):
        next(box for box in at.selectbox if "heet" in box.label).set_value(name).run()
        if at.button and any(b.label == "Read again" for b in at.button):
            button(at, "Read again").click().run()
        settle(at)
        assert not at.exception
        assert len(at.error) == 1
        assert "did not foresee" not in at.error[0].value
    next(box for box in at.selectbox if box.label == "Another sheet of this workbook").set_value("Deals").run()
    settle(at)
    assert_sound(at)
    bring_in(at)
    assert figures(folder, "book")["won"] == 1


def test_the_trend_tells_the_years_apart(folder: Path) -> None:
    """October 2023 and October 2024 are two places of the axis, each with its own rate; the axis names both years."""
    rows = ["lead_id,created,qualified,won,status,amount"]
    months = [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)]
    for i, month in enumerate(month for month in months for _ in range(4)):
        # of the four leads of a month one goes on in 2023, three in 2024
        goes_on = i % 4 < (1 if month < "2024" else 3)
        rows.append(f"{i},{month}-05,{f'{month}-15' if goes_on else ''},,open,")
    bring_in(upload(open_page("import_data"), small(folder, "\n".join(rows) + "\n", "years.csv")))
    at = open_page("overview", workspace="years")
    specs = [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]
    (trend,) = [spec for spec in specs if spec["layout"]["xaxis"].get("tickmode") == "array"]
    axis = trend["layout"]["xaxis"]
    assert [place[:7] for place in axis["categoryarray"]] == months
    rates = dict(zip(trend["data"][0]["x"], trend["data"][0]["y"], strict=True))
    assert (rates["2023-10-01"], rates["2024-10-01"]) == (0.25, 0.75)
    named = [name.rpartition("<br>")[2] for name in axis["ticktext"] if "<br>" in name]
    assert named == ["2023", "2024"]


LOG = """\
deal,at,field,new_value
1,2024-01-02,stage_id,1
1,2024-01-05,stage_id,2
1,2024-01-09,stage_id,3
1,2024-02-09,stage_id,4
2,2024-01-03,stage_id,1
"""
NAMES = b"stage_id,stage_name\n1,Lead Generation\n2,Negotiation\n3,Follow-up/Customer Success\n4,Renewal/Expansion\n"


def _won(at: AppTest) -> list[str]:
    """The labels that are ticked as won in the stage table."""
    table = next(e.value for e in at.dataframe if "won" in e.value.columns)
    return list(table.loc[table["won"].astype(bool), "label"])


def _name_stages(at: AppTest) -> None:
    box = next(box for box in at.file_uploader if box.label.startswith("A table with number"))
    box.set_value(("stages.csv", NAMES, "text/csv"))
    at.run()
    assert_sound(settle(at))


def test_naming_numbered_stages_says_why_the_proposed_win_moves(folder: Path) -> None:
    at = upload(open_page("import_data"), small(folder, LOG, "log.csv"))
    assert _won(at) == []
    assert "means that the deal is won" in " ".join(radio.label for radio in at.radio)
    assert button(at, "Check the data").disabled
    _name_stages(at)
    assert _won(at) == ["3"]
    assert "“3 · Follow-up/Customer Success” is proposed as the win, by its name." in texts(at)


def test_a_win_that_a_person_has_marked_stays_when_stages_get_names(folder: Path) -> None:
    at = upload(open_page("import_data"), small(folder, LOG, "log.csv"))
    editor = f"stages_{at.session_state['_import'].revision}"
    changed = {1: {"won": True}, 3: {"won": False}}
    at.session_state[editor] = {"edited_rows": changed, "added_rows": [], "deleted_rows": []}
    at.run()
    assert_sound(at)
    _name_stages(at)
    assert _won(at) == ["2"]


def test_what_was_detected_can_be_changed_at_the_first_try(folder: Path) -> None:
    """Right after reading, the first change of a reading option counts: another separator makes one column of all."""
    at = upload(open_page("import_data"), small(folder))
    next(box for box in at.selectbox if box.label == "Separator").set_value(";").run()
    assert not button(at, "Read again").disabled
    button(at, "Read again").click().run()
    assert_sound(settle(at))
    assert "semicolon ;" in texts(at)


def test_the_history_shows_what_the_check_showed(folder: Path) -> None:
    """A row without an id (of the file), a win without a screening date (of the leads): both stand in both places."""
    text = SMALL.replace("1,2024-01-02,2024-01-05,2024-01-20,won,100", "1,2024-01-02,,2024-01-20,won,100")
    at = upload(open_page("import_data"), small(folder, text))
    check(at)

    def found(at: AppTest) -> list[str]:
        tables = [table.value for table in at.table if "What was found" in table.value.columns]
        return [sentence for table in tables for sentence in table["What was found"]]

    checked = found(at)
    assert len(checked) > len(at.table)
    button(at, "Import ").click().run()
    settle(at)
    at = open_page("import_data", workspace="small")
    at.session_state["history_1"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    at.run()
    assert_sound(at)
    assert sorted(found(at)) == sorted(checked)
