"""The weekly form as people use it: nothing typed is ever lost."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from funnel.storage.workspaces import open_workspace
from tests.browser.conftest import Server, Workspace, as_stored, put, settled
from tests.opening import empty_workspace, plan_rows

SHEET = "2026-W27"
COLUMNS = ("stage", "key_action", "owner", "planned", "actual", "rate", "notes", "state")
ACTIONS = ("Needs questionnaire", "Tailored demo", "Negotiation")


def workspace(folder: Path, actions: Sequence[str] = ACTIONS) -> Path:
    """A workspace with three rows, made before a server opens it."""
    empty_workspace(folder)
    path = next(folder.glob("*.duckdb"))
    store = open_workspace(path)
    plan_rows(store, SHEET, actions)
    store.close()
    return path


@pytest.fixture
def form(shared: Server, tmp_path: Path) -> Workspace:
    """The three rows in a workspace of their own on the shared server."""
    return put(shared, workspace(tmp_path / "made"), "Form")


def stored(path: Path, aside: Path) -> list[dict]:
    """What the file holds; ``aside``: a folder for a copy of it."""
    with as_stored(path, aside) as store:
        found = [dict(record.fields) for record in store.records("tracking")]
    return sorted(found, key=lambda fields: fields["position"])


def comes_to_hold(form: Workspace, aside: Path, expected: object, of: Callable[[list[dict]], object]) -> None:
    """What ``of`` takes out of the rows of the file: on a busy machine the last edit is still on its way while the page
    tells that the one before it is saved."""
    deadline = time.monotonic() + 30
    while (found := of(stored(form.path, aside))) != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == expected


def open_sheet(page: Page, form: Workspace | Server) -> None:
    page.goto(f"{form.url}/tracking?sheet={SHEET}" if isinstance(form, Server) else form.url("tracking", sheet=SHEET))
    settled(page)
    page.wait_for_selector("[class*=st-key-tracking_editor] .dvn-scroller")
    page.wait_for_timeout(400)


def cell_of(page: Page, column: str, row: int) -> Locator:
    """A cell of the grid (in the table beside the canvas, for screen readers)."""
    return page.locator(f"[class*=st-key-tracking_editor] [data-testid='glide-cell-{COLUMNS.index(column) + 1}-{row}']")


def shown(page: Page, column: str, row: int) -> str:
    """What the grid shows in a cell."""
    return cell_of(page, column, row).text_content() or ""


def go_to(page: Page, column: str, row: int) -> None:
    grid = page.locator("[class*=st-key-tracking_editor] .dvn-scroller")
    grid.click(position={"x": 60, "y": 60})
    page.keyboard.press("Control+Home")
    for _ in range(row):
        page.keyboard.press("ArrowDown")
    for _ in range(COLUMNS.index(column)):
        page.keyboard.press("ArrowRight")


def type_into(page: Page, column: str, row: int, text: str) -> None:
    cell = page.locator("#portal textarea, #portal input")
    for _ in range(3):  # a key that comes while a slow machine draws the grid anew opens nothing: press again
        go_to(page, column, row)
        page.keyboard.press("Enter")
        with suppress(TimeoutError):
            cell.first.wait_for(timeout=10_000)
            break
    cell.first.fill(text)
    page.keyboard.press("Tab")
    expect(cell).to_have_count(0)  # else a slow machine types the next text into this cell


def saved(page: Page) -> None:
    page.wait_for_timeout(300)  # the editor gathers keystrokes for 150 ms before it sends them
    settled(page)
    expect(page.locator(".st-key-tracking_saved")).to_be_visible()
    settled(page)  # the line stands before the end of its run


def test_nothing_is_lost(stopped: Server, page: Page, tmp_path: Path) -> None:
    """Three quick edits, a new row and its cells, a deletion, a page switch, a reload, a restart."""
    path = workspace(stopped.data_dir)
    stopped.start()
    open_sheet(page, stopped)
    type_into(page, "notes", 0, "30 leads not followed up in 24 hours")
    type_into(page, "actual", 1, "12 demos")
    type_into(page, "rate", 2, "18.5 %")
    type_into(page, "key_action", 3, "Follow-up calls")
    type_into(page, "owner", 3, "Zhou Lan")
    saved(page)

    go_to(page, "stage", 1)
    page.keyboard.press("Escape")
    box = page.locator("[class*=st-key-tracking_editor] .dvn-scroller").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 36 + 62 + 31)  # the mark in front of the second row
    page.keyboard.press("Delete")
    saved(page)
    expect(page.locator("[class*=st-key-tracking_editor] [data-testid='glide-cell-2-1']")).to_have_text("Negotiation")

    page.get_by_role("link", name="Overview").click()
    settled(page)
    page.get_by_role("link", name="Tracking").click()
    settled(page)
    page.wait_for_timeout(500)
    seen = [
        ("notes", 0, "30 leads not followed up in 24 hours"),
        ("rate", 1, "18.5%"),
        ("key_action", 2, "Follow-up calls"),
        ("owner", 2, "Zhou Lan"),
    ]
    for column, row, text in seen:
        expect(cell_of(page, column, row)).to_have_text(text)
    page.reload()
    settled(page)
    page.wait_for_timeout(500)
    for column, row, text in seen:
        expect(cell_of(page, column, row)).to_have_text(text)

    stopped.stop()
    rows = stored(path, tmp_path)
    assert [row["key_action"] for row in rows] == ["Needs questionnaire", "Negotiation", "Follow-up calls"]
    assert (rows[0]["notes"], rows[1]["rate"], rows[2]["owner"]) == (
        "30 leads not followed up in 24 hours",
        0.185,
        "Zhou Lan",
    )
    stopped.start()
    open_sheet(page, stopped)
    for column, row, text in seen:
        expect(cell_of(page, column, row)).to_have_text(text)


def test_a_saved_edit_survives_kill_9(stopped: Server, page: Page, tmp_path: Path) -> None:
    """As soon as the page says saved, the server is killed, and the edit is in the file. (Again and again, at any
    moment: tests/storage/test_store_crash.py.)"""
    path = workspace(stopped.data_dir)
    stopped.start()
    open_sheet(page, stopped)
    type_into(page, "notes", 0, "typed before")
    saved(page)
    stopped.stop(hard=True)
    assert stored(path, tmp_path)[0]["notes"] == "typed before"


def test_two_sessions_meet_in_one_cell(form: Workspace, browser: Browser, tmp_path: Path) -> None:
    """The second one gets both values and a choice; different rows are both kept."""
    pages = [browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900}).new_page() for _ in range(2)]
    first, second = pages
    for page, name in zip(pages, ("Ann", "Ben"), strict=True):
        open_sheet(page, form)
        page.get_by_role("textbox", name="Your name").fill(name)
        page.keyboard.press("Enter")
        settled(page)
        page.wait_for_timeout(500)
    type_into(first, "notes", 0, "from Ann")
    saved(first)
    type_into(second, "actual", 1, "3 from Ben")
    saved(second)
    type_into(second, "notes", 0, "from Ben")
    box = second.locator(".st-key-tracking_conflict_0")
    expect(box).to_contain_text("Ann")
    expect(box.get_by_role("button", name="from Ann")).to_be_visible()
    box.get_by_role("button", name=re.compile("Keep mine: from Ben")).click()
    expect(box).to_have_count(0)
    settled(second)
    second.wait_for_timeout(500)
    assert shown(second, "notes", 0) == "from Ben"
    for page in pages:
        page.context.close()
    told = ("from Ben", "3 from Ben")
    comes_to_hold(form, tmp_path, told, lambda rows: (rows[0]["notes"], rows[1]["actual"]))
    with as_stored(form.path, tmp_path) as store:
        first_row = next(record.id for record in store.records("tracking") if record.fields["position"] == 0)
        events = store.record_history("tracking", first_row)
    assert [(event.who, event.changes["notes"]) for event in events[1:]] == [("Ann", "from Ann"), ("Ben", "from Ben")]
    assert all(isinstance(event.at, datetime) for event in events)


def test_two_hundred_rows_pasted_into_the_form(form: Workspace, page: Page, tmp_path: Path) -> None:
    """198 are stored, two with dates that cannot be read are shown with their reasons."""
    open_sheet(page, form)
    lines = [f"Closing\tCall customer {i}\tWang Wei\t2026-07-0{1 + i % 3}\t{i}\t35%\t" for i in range(200)]
    lines[41] = lines[41].replace("2026-07-0", "31.06.2026x")
    lines[150] = "Closing\tCall customer 150\tWang Wei\tnext spring\t150\t35%\t"
    page.get_by_text("Paste rows from Excel").click()
    page.get_by_role("textbox", name="Rows copied from Excel").fill("\n".join(lines))
    page.get_by_role("button", name="Add the rows").click()
    result = page.locator(".st-key-tracking_paste_result")
    expect(result).to_contain_text("198")
    expect(result).to_contain_text("next spring")
    settled(page)
    comes_to_hold(form, tmp_path, 3 + 198, len)


def test_a_long_sheet_is_edited_like_a_short_one(shared: Server, page: Page, tmp_path: Path) -> None:
    """Thirty rows scroll; a changed stage and the note typed next to it are both there."""
    form = put(shared, workspace(tmp_path / "made", [f"Call {i}" for i in range(30)]), "Form")
    open_sheet(page, form)
    type_into(page, "notes", 1, "first")
    type_into(page, "notes", 20, "far down")
    type_into(page, "actual", 2, "7")
    saved(page)
    page.reload()
    settled(page)
    page.wait_for_timeout(500)
    assert shown(page, "notes", 1) == "first"
    told = ("first", "far down", "7")
    comes_to_hold(form, tmp_path, told, lambda rows: (rows[1]["notes"], rows[20]["notes"], rows[2]["actual"]))


def test_the_downloaded_sheet_can_be_uploaded_again(form: Workspace, page: Page, tmp_path: Path) -> None:
    open_sheet(page, form)
    type_into(page, "notes", 0, "=1+1")
    saved(page)
    with page.expect_download() as waiting:
        page.locator(".st-key-tracking_xlsx button").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.name == f"tracking_{SHEET}.xlsx"
    page.get_by_text("Import a sheet").click()
    page.locator("[class*=st-key-tracking_import] input[type=file]").set_input_files(file)
    result = page.locator(".st-key-tracking_paste_result")
    expect(result).to_contain_text("already there: 3")
    settled(page)
    comes_to_hold(form, tmp_path, (3, "=1+1"), lambda rows: (len(rows), rows[0]["notes"]))


def test_cells_pasted_into_the_grid_are_kept(form: Workspace, page: Page, tmp_path: Path) -> None:
    """A block of two rows and two columns as a spreadsheet puts it on the clipboard."""
    open_sheet(page, form)
    go_to(page, "actual", 0)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=form.server.url)
    page.evaluate("text => navigator.clipboard.writeText(text)", "12 demos\t18.5 %\n9 calls\t20 %")
    page.keyboard.press("Control+V")
    saved(page)
    for column, row, text in [("actual", 0, "12 demos"), ("rate", 0, "18.5 %"), ("actual", 1, "9 calls")]:
        expect(cell_of(page, column, row)).to_have_text(text)
    told = [("12 demos", 0.185), ("9 calls", 0.2)]
    comes_to_hold(form, tmp_path, told, lambda rows: [(row["actual"], row["rate"]) for row in rows[:2]])


def test_a_second_click_into_an_open_cell_leaves_the_keyboard_there(
    form: Workspace, page: Page, tmp_path: Path
) -> None:
    """Beside the text, which is lower than its row: in a cell with text, and in one of a new row."""
    open_sheet(page, form)
    cell = page.locator("#portal textarea, #portal input").first
    grid = page.locator("[class*=st-key-tracking_editor] .dvn-scroller")
    for row, text in ((0, "One"), (3, "Two")):
        go_to(page, "key_action", row)
        page.keyboard.press("Enter")
        expect(cell).to_be_focused()  # it is seen before it takes the keyboard
        box = grid.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 260, box["y"] + 36 + 62 * row + 52)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        expect(cell).to_have_value(text)
        page.keyboard.press("Enter")
        expect(page.locator("#portal textarea, #portal input")).to_have_count(0)
        saved(page)
    comes_to_hold(form, tmp_path, ["One", *ACTIONS[1:], "Two"], lambda rows: [row["key_action"] for row in rows])


def test_a_letter_right_before_enter_is_stored(form: Workspace, page: Page, tmp_path: Path) -> None:
    """On a busy machine both keys wait to be handled, one right behind the other: here they come in one task."""
    open_sheet(page, form)
    cell = page.locator("#portal textarea, #portal input").first
    go_to(page, "key_action", 0)
    page.keyboard.press("Enter")
    expect(cell).to_be_focused()
    cell.fill("One")
    cell.evaluate("""field => {
        for (const key of ['e', 'Enter']) {
            field.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
        }
    }""")
    expect(page.locator("#portal textarea, #portal input")).to_have_count(0)
    comes_to_hold(form, tmp_path, ["One", *ACTIONS[1:]], lambda rows: [row["key_action"] for row in rows])


def test_a_long_note_takes_no_row_away(form: Workspace, page: Page, tmp_path: Path) -> None:
    """The rows grow with their longest text: the editor must not be made anew under what was typed into it."""
    open_sheet(page, form)
    type_into(page, "key_action", 3, "A new row")
    type_into(page, "notes", 0, "a note of many words that needs far more than three lines " * 3)
    type_into(page, "owner", 3, "Zhou Lan")
    saved(page)
    expect(cell_of(page, "key_action", 3)).to_have_text("A new row")
    for text in ("Another action", ACTIONS[1]):  # back to what the sheet was opened with
        type_into(page, "key_action", 1, text)
        saved(page)
        comes_to_hold(form, tmp_path, text, lambda rows: rows[1]["key_action"])
    rows = stored(form.path, tmp_path)
    assert len(rows) == 4 and rows[0]["notes"].startswith("a note of many words")
    assert (rows[3]["key_action"], rows[3]["owner"]) == ("A new row", "Zhou Lan")
