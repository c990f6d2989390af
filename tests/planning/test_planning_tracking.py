"""The tracking form: cells as people write them, edits, the next week, misses, reported against measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.errors import InputError
from funnel.i18n.translator import Translator
from funnel.planning.tracking.cells import day_order, parse_planned, parse_rate, planned_end, reported_count
from funnel.planning.tracking.periods import is_week, last_day, month_sheet, next_sheet, sheet_window, week_sheet
from funnel.planning.tracking.rows import (
    TrackingRow,
    apply_delta,
    carry_forward,
    differences,
    edit_cell,
    is_miss,
    needs_reason,
)

SHEET = "2026-W27"  # 29 June to 5 July 2026


def rows(*actions: str) -> list[TrackingRow]:
    return [TrackingRow(f"r{i}", SHEET, "intent", action, "Li Na", position=i) for i, action in enumerate(actions)]


# --- sheets ---


@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        ("2026-06-29", "2026-W27", "2026-06"),
        ("2026-07-05", "2026-W27", "2026-07"),
        ("2027-01-01", "2026-W53", "2027-01"),  # a Friday: its Thursday lies in 2026
        ("2024-12-30", "2025-W01", "2024-12"),
    ],
)
def test_sheets_of_a_day(day, week, month):
    assert (week_sheet(date.fromisoformat(day)), month_sheet(date.fromisoformat(day))) == (week, month)


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_a_sheet_holds_its_day_and_is_followed_by_the_next_one(day: date):
    for sheet in (week_sheet(day), month_sheet(day)):
        window = sheet_window(sheet)
        assert window.start is not None and window.end is not None and window.start <= day <= window.end
        following = sheet_window(next_sheet(sheet))
        assert following.start is not None and (following.start - last_day(sheet)).days == 1
        assert is_week(sheet) == is_week(next_sheet(sheet))


@pytest.mark.parametrize("sheet", ["2026-W54", "2026-13", "July", "", "2026-W7"])
def test_a_sheet_that_does_not_exist_is_told(sheet):
    with pytest.raises(InputError, match=r"tracking\.unknown_sheet"):
        sheet_window(sheet)


# --- cells ---


@pytest.mark.parametrize(
    ("written", "stored", "end"),
    [
        ("2026-07-03", "2026-07-03", "2026-07-03"),
        ("2026/7/3", "2026-07-03", "2026-07-03"),
        ("2026.7.3", "2026-07-03", "2026-07-03"),
        ("2026年7月3日", "2026-07-03", "2026-07-03"),
        ("２０２６-07-03", "2026-07-03", "2026-07-03"),
        ("2026-07-03 00:00:00", "2026-07-03", "2026-07-03"),
        ("2026-07", "2026-07", "2026-07-31"),
        ("2024年2月", "2024-02", "2024-02-29"),
        ("2026-W27", "2026-W27", "2026-07-05"),
        ("2026w7", "2026-W07", "2026-02-15"),
        ("2026年第27周", "2026-W27", "2026-07-05"),
        ("ongoing", "ongoing", None),
        (" Ongoing ", "ongoing", None),
        ("持续", "ongoing", None),
        ("", "", None),
        ("25/12/2026", "2026-12-25", "2026-12-25"),
        ("12/25/2026", "2026-12-25", "2026-12-25"),
        ("3.3.2026", "2026-03-03", "2026-03-03"),
    ],
)
def test_planned_times_as_people_write_them(written, stored, end):
    assert parse_planned(written) == stored
    assert planned_end(stored) == (date.fromisoformat(end) if end else None)
    assert parse_planned(stored) == stored, "what is stored reads as itself"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-02-30", "tracking.bad_planned"),
        ("2026-13", "tracking.bad_planned"),
        ("2026-W60", "tracking.bad_planned"),
        ("next week", "tracking.bad_planned"),
        ("7月3日", "tracking.bad_planned"),
        ("3/7/2026", "tracking.two_way_planned"),
        ("31/31/2026", "tracking.bad_planned"),
    ],
)
def test_planned_times_that_are_not_safe_to_read_are_told(written, code):
    with pytest.raises(InputError) as caught:
        parse_planned(written)
    assert caught.value.message.code == code and caught.value.message.params["given"] == written


def test_the_column_decides_what_one_date_cannot():
    assert day_order(["3/7/2026", "25/7/2026", "ongoing"]) == "dmy"
    assert day_order(["3/7/2026", "7/25/2026"]) == "mdy"
    assert day_order(["3/7/2026", "4/7/2026"]) is None
    assert day_order(["25/7/2026", "7/25/2026"]) is None, "mixed conventions decide nothing"
    assert (parse_planned("3/7/2026", "dmy"), parse_planned("3/7/2026", "mdy")) == ("2026-07-03", "2026-03-07")


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("18 %", 0.18),
        ("18%", 0.18),
        ("１８％", 0.18),
        ("18", 0.18),
        ("18,5 %", 0.185),
        ("0.18", 0.18),
        ("0.5%", 0.005),
        ("1", 0.01),
        ("100", 1.0),
        ("150%", 1.5),
        ("0", 0.0),
        (0.18, 0.18),
        (18, 0.18),
        (1, 1.0),
        ("", None),
        ("–", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_rates_as_people_write_them(written, rate):
    assert parse_rate(written) == (pytest.approx(rate) if rate is not None else None)


@pytest.mark.parametrize("written", ["good", "-3 %", "18 % of 50", "1.2.3", -0.1])
def test_what_is_no_rate_is_told(written):
    with pytest.raises(InputError, match=r"tracking\.bad_rate"):
        parse_rate(written)


@pytest.mark.parametrize(
    ("actual", "count"),
    [
        ("480", 480),
        ("2024-03 · 500 leads", 500),  # the guide's form
        ("2024年3月 新增500条线索", 500),
        ("7月3日完成30份", 30),
        ("1 200 contacts", 1200),
        ("1,200 contacts", None),  # 1200, or 1.2 with a decimal comma: asked
        ("12,345,678", 12_345_678),
        ("1.234,5", 1234.5),
        ("5k", 5000),
        ("5 kits", 5),
        ("about 5k calls", 5000),
        ("3万元", 30_000),
        ("5万件", 50_000),
        ("480, then a pause", 480),
        ("18,5 % of 80", 80),
        ("Q3 500 leads", 500),
        ("1.5万条", 15_000),
        ("25 % of 80 calls", 80),
        ("3 of 5 demos", 3),
        ("done", None),
        ("2026-07-03", None),
        ("", None),
        ("B2B fair", None),
    ],
)
def test_the_amount_that_actual_completed_states(actual, count):
    assert reported_count(actual) == count


@pytest.mark.parametrize("written", ["1.200", "1,200", "about 1.200 calls"])
def test_an_amount_that_can_be_read_in_two_ways_is_asked(written):
    """As in the import: 1200 or 1.2."""
    with pytest.raises(InputError, match=r"tracking\.two_way_amount") as asked:
        edit_cell(TrackingRow("r", SHEET), "actual", written)
    assert (asked.value.message.params["first"], asked.value.message.params["second"]) == (1200, 1.2)
    assert all(Translator(language).message(asked.value) for language in ("en", "zh_Hans"))


# --- edits ---


def test_an_edit_changes_the_cells_it_names_and_nothing_else():
    before = rows("call", "demo")
    changes, bad = apply_delta(
        before, {"edited_rows": {1: {"rate": "35 %", "owner": " Wang Wei "}, 0: {"notes": "3 late"}}}, [], SHEET
    )
    assert bad == []
    assert {change.row.row_id: change.fields for change in changes} == {"r1": ("owner", "rate"), "r0": ("notes",)}
    assert next(c.row for c in changes if c.row.row_id == "r1") == replace(before[1], rate=0.35, owner="Wang Wei")


def test_an_edit_to_the_same_value_is_no_change():
    assert apply_delta(rows("call"), {"edited_rows": {0: {"key_action": "call ", "rate": None}}}, [], SHEET) == ([], [])


def test_rows_are_added_after_the_last_one_and_blank_ones_are_not_rows_yet():
    changes, _ = apply_delta(
        rows("call", "demo"),
        {"added_rows": [{"key_action": "visit"}, {}, {"owner": "  "}, {"actual": "3"}]},
        ["n1", "n2", "n3", "n4"],
        SHEET,
    )
    assert [(c.kind, c.row.row_id, c.row.position, c.row.sheet) for c in changes] == [
        ("add", "n1", 2, SHEET),
        ("add", "n4", 3, SHEET),
    ]


def test_a_deleted_row_is_deleted_even_if_it_was_edited_before():
    changes, _ = apply_delta(
        rows("a", "b", "c"), {"deleted_rows": [2, 0], "edited_rows": {0: {"notes": "x"}}}, [], SHEET
    )
    assert [(c.kind, c.row.row_id) for c in changes] == [("delete", "r0"), ("delete", "r2")]


def test_a_cell_that_cannot_be_read_is_returned_and_the_others_are_kept():
    changes, bad = apply_delta(
        rows("call"), {"edited_rows": {0: {"planned": "soon", "rate": "much", "notes": "late"}}}, [], SHEET
    )
    assert [(c.fields, c.row.notes) for c in changes] == [(("notes",), "late")]
    assert [(b.row_id, b.column, b.value, b.message.code) for b in bad] == [
        ("r0", "planned", "soon", "tracking.bad_planned"),
        ("r0", "rate", "much", "tracking.bad_rate"),
    ]


@pytest.mark.parametrize("delta", [{"edited_rows": {2: {"notes": "x"}}}, {"deleted_rows": [5]}, {"deleted_rows": [-1]}])
def test_a_delta_of_another_sheet_is_refused_as_a_whole(delta):
    with pytest.raises(InputError, match=r"tracking\.stale_sheet"):
        apply_delta(rows("a", "b"), delta, [], SHEET)


def test_indices_may_come_as_text_and_columns_of_the_editor_itself_are_left_alone():
    changes, bad = apply_delta(rows("a"), {"edited_rows": {"0": {"_selected": True, "notes": "x"}}}, [], SHEET)
    assert changes[0].fields == ("notes",) and bad == []


@pytest.mark.parametrize(
    ("column", "code"), [("colour", "tracking.unknown_column"), ("state", "tracking.unknown_state")]
)
def test_wrong_columns_and_states_are_told(column, code):
    with pytest.raises(InputError) as caught:
        edit_cell(rows("a")[0], column, "asleep")
    assert caught.value.message.code == code


cells = st.fixed_dictionaries(
    {},
    optional={
        "key_action": st.text(max_size=5),
        "notes": st.text(max_size=5),
        "rate": st.none() | st.floats(0, 1),
        "state": st.sampled_from(["open", "done", "dropped"]),
    },
)


@given(st.dictionaries(st.integers(0, 3), cells), st.sets(st.integers(0, 3)), st.lists(cells, max_size=3))
def test_the_changes_lead_to_what_the_editor_shows(edited, deleted, added):
    """An independent model: a plain table to which the delta is applied cell by cell."""
    before = rows("a", "b", "c", "d")
    ids = [f"n{i}" for i in range(len(added))]
    delta = {"edited_rows": edited, "deleted_rows": sorted(deleted), "added_rows": added}
    changes, bad = apply_delta(before, delta, ids, SHEET)

    stored = {row.row_id: row for row in before}
    for change in changes:
        if change.kind == "delete":
            del stored[change.row.row_id]
        else:
            stored[change.row.row_id] = change.row

    def shown(cell: object) -> object:
        return cell.strip() if isinstance(cell, str) else cell

    expected = {f"r{i}": {"key_action": "abcd"[i], "notes": "", "rate": None, "state": "open"} for i in range(4)}
    for i, row in edited.items():
        expected[f"r{i}"] |= {name: shown(cell) for name, cell in row.items()}
    for i in deleted:
        del expected[f"r{i}"]
    for row_id, row in zip(ids, added, strict=True):
        written = {"key_action": "", "notes": "", "rate": None, "state": "open"}
        written |= {name: shown(cell) for name, cell in row.items()}
        if written["key_action"] or written["notes"] or written["rate"] is not None:
            expected[row_id] = written
    assert bad == []
    assert set(stored) == set(expected)
    for row_id, row in expected.items():
        found = stored[row_id]
        assert (found.key_action, found.notes, found.state) == (row["key_action"], row["notes"], row["state"])
        assert found.rate == (pytest.approx(row["rate"], abs=1e-7) if row["rate"] is not None else None)


# --- the next week ---


def test_open_rows_are_carried_with_what_is_planned_and_without_what_was_reported():
    before = [
        replace(rows("call")[0], planned="2026-07-03", actual="480", rate=0.18, notes="30 late", strategy_id="s1"),
        TrackingRow("done", SHEET, "won", "contract", state="done", position=1),
        TrackingRow("dropped", SHEET, "won", "visit", state="dropped", position=2),
        TrackingRow("blank", SHEET, position=3),
    ]
    carried = carry_forward(before, "2026-W28", [], ["n1", "n2", "n3", "n4"])
    assert carried == [
        TrackingRow(
            "n1", "2026-W28", "intent", "call", "Li Na", "2026-07-03", position=0, strategy_id="s1", carried_from="r0"
        )
    ]


def test_carrying_twice_adds_nothing_and_new_rows_come_last():
    before = rows("a", "b")
    first = carry_forward(before, "2026-W28", [], ["n1", "n2"])
    own = TrackingRow("own", "2026-W28", key_action="own", position=7)
    assert carry_forward(before, "2026-W28", first, ["n3", "n4"]) == []
    later = carry_forward(
        [*before, TrackingRow("r9", SHEET, key_action="c", position=9)], "2026-W28", [*first, own], ["n5"]
    )
    assert [(row.carried_from, row.position) for row in later] == [("r9", 8)]


@pytest.mark.parametrize(
    ("planned", "state", "today", "missed"),
    [
        ("2026-07-03", "open", "2026-07-03", False),
        ("2026-07-03", "open", "2026-07-04", True),
        ("2026-07-03", "done", "2026-08-01", False),
        ("2026-07-03", "dropped", "2026-07-01", True),
        ("2026-07", "open", "2026-07-31", False),
        ("2026-07", "open", "2026-08-01", True),
        ("ongoing", "open", "2026-07-05", False),  # the last day of the sheet
        ("ongoing", "open", "2026-07-06", True),
        ("", "open", "2026-07-06", True),
    ],
)
def test_a_miss_is_what_was_planned_and_not_done(planned, state, today, missed):
    row = replace(rows("call")[0], planned=planned, state=state)
    day = date.fromisoformat(today)
    assert is_miss(row, day) == missed
    assert needs_reason(row, day) == missed
    assert not needs_reason(replace(row, notes="3 leads not followed up in time"), day)
    assert not is_miss(TrackingRow("blank", SHEET), date(2030, 1, 1))


# --- reported against measured ---


@pytest.mark.parametrize(
    ("reported", "measured", "differs"),
    [
        (0.18, 0.184, False),
        (0.18, 0.1851, True),
        (0.185, 0.1854, False),
        (0.185, 0.1862, True),
        (0.18, 0.175, False),
        (0.18, 0.1749, True),
        (0.0, 0.004, False),
        (None, 0.5, False),
        (0.5, None, False),
    ],
)
def test_a_rate_may_be_off_by_its_rounding_only(reported, measured, differs):
    row = replace(rows("call")[0], rate=reported)
    codes = [message.code for message in differences(row, None, measured)]
    assert codes == (["tracking.rate_differs"] if differs else [])


def test_counts_must_agree_exactly_and_both_are_named():
    row = replace(rows("call")[0], actual="2024-03 · 500 leads", rate=0.18)
    assert differences(row, 500, 0.18) == ()
    count, rate = differences(row, 498, 0.25)
    assert (count.code, count.params) == ("tracking.count_differs", {"reported": 500, "measured": 498})
    assert (rate.code, rate.params) == ("tracking.rate_differs", {"reported": 18, "measured": 25})
    assert differences(replace(row, actual="done"), 498, None) == ()


@pytest.mark.parametrize("changes", [{"state": "asleep"}, {"rate": -0.1}, {"rate": float("nan")}])
def test_rows_that_cannot_be_are_refused(changes):
    with pytest.raises(InputError, match=r"tracking\."):
        replace(rows("call")[0], **changes)
