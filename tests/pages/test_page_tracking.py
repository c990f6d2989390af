"""The Tracking page: the edits of a session without a screen, and the page itself: empty, sample, both languages."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from funnel.errors import StorageError
from funnel.i18n.translator import LANGUAGES
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import ColumnMapping
from funnel.intake.reading.reader import read_table
from funnel.metrics.steps.activity import activity_counts
from funnel.planning.fields import from_fields, to_fields
from funnel.planning.tracking.periods import sheet_window
from funnel.planning.tracking.rows import TrackingRow
from funnel.storage.records import Edit
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace
from pages.shell.live_rows import Conflict, LiveRows, settle
from pages.shell.workspaces import _store
from pages.tracking_parts.editing import of_sheet, open_sheet
from tests.factories import GUIDE, facts, funnel, lead, log
from tests.opening import (
    assert_sound,
    empty_workspace,
    new_workspace,
    open_page,
    plan_rows,
    sample_workspace,
    texts,
    use_folder,
)
from tests.pages.test_page_bottleneck import import_facts

SHEET = "2026-W27"
NOW = datetime(2026, 7, 2, 9)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_workspace(tmp_path, "Test", GUIDE)
    yield opened
    opened.close()


@pytest.fixture
def sheet(store: Store) -> LiveRows[TrackingRow]:
    """Three rows r0, r1, r2, opened by Ann."""
    plan_rows(store, SHEET, ("calls", "demo", "contract"))
    return opened(store)


def opened(store: Store) -> LiveRows[TrackingRow]:
    return open_sheet(store.records("tracking"), SHEET)


def delta(
    edited: Mapping[int, Mapping[str, Any]] | None = None,
    added: Sequence[Mapping[str, Any]] = (),
    deleted: Sequence[int] = (),
) -> dict[str, Any]:
    """What Streamlit's editor reports: everything since its snapshot, again with every edit."""
    return {"edited_rows": dict(edited or {}), "added_rows": list(added), "deleted_rows": list(deleted)}


def take(sheet: LiveRows[TrackingRow], store: Store, given: Mapping[str, Any], who: str = "Ann") -> bool:
    return sheet.take(given, store, who=who, now=NOW)


def stored(store: Store) -> dict[str, TrackingRow]:
    rows = [from_fields(TrackingRow, record.fields) for record in store.records("tracking")]
    return {row.key_action or row.row_id: row for row in rows}


# --- edits of one session ---


def test_each_edit_is_stored_once(sheet: LiveRows[TrackingRow], store: Store) -> None:
    take(sheet, store, delta({0: {"notes": "a"}}))
    take(sheet, store, delta({0: {"notes": "a"}, 1: {"rate": "18 %"}}))
    take(sheet, store, delta({0: {"notes": "b"}, 1: {"rate": "18 %"}}))
    take(sheet, store, delta({0: {"notes": "b"}, 1: {"rate": "18 %"}}))
    assert [event.changes for event in store.record_history("tracking", "r0")[1:]] == [{"notes": "a"}, {"notes": "b"}]
    assert [event.changes for event in store.record_history("tracking", "r1")[1:]] == [{"rate": 0.18}]
    assert not sheet.is_outdated(of_sheet(store.records("tracking"), SHEET))


def test_a_cell_typed_back_to_what_it_was_is_stored_too(sheet: LiveRows[TrackingRow], store: Store) -> None:
    """The editor drops such a cell from its delta: what it lacks is what was there when the sheet was opened."""
    take(sheet, store, delta({0: {"key_action": "other", "notes": "a", "rate": "many"}}))
    take(sheet, store, delta({0: {"notes": "a"}}))
    assert (stored(store)["calls"].notes, stored(store)["calls"].rate) == ("a", None)
    assert not sheet.bad
    assert not sheet.was_reset(delta({0: {"notes": "a"}}))
    take(sheet, store, delta({0: {"key_action": "third", "notes": "a"}}))
    assert stored(store)["third"].notes == "a"
    take(sheet, store, delta())
    assert stored(store)["calls"].notes in (None, "")


def test_a_cell_of_a_new_row_that_was_cleared_is_cleared(sheet: LiveRows[TrackingRow], store: Store) -> None:
    """The editor reports no cells of new rows that are blank."""
    take(sheet, store, delta(added=[{"key_action": "mail", "notes": "a", "rate": "18 %"}]))
    take(sheet, store, delta(added=[{"key_action": "mail"}]))
    assert (stored(store)["mail"].notes, stored(store)["mail"].rate) == ("", None)
    take(sheet, store, delta(added=[{"key_action": "mail", "notes": "b"}]))
    assert stored(store)["mail"].notes == "b"
    assert len(stored(store)) == 4


def test_a_new_row_is_one_row_however_many_cells_follow(sheet: LiveRows[TrackingRow], store: Store) -> None:
    take(sheet, store, delta(added=[{}]))
    assert len(stored(store)) == 3, "a blank line is no row yet"
    take(sheet, store, delta(added=[{"key_action": "mail"}]))
    take(sheet, store, delta(added=[{"key_action": "mail", "owner": "Li Na"}]))
    take(sheet, store, delta(added=[{"key_action": "mail", "owner": "Li Na"}, {"actual": "5"}]))
    rows = stored(store)
    assert len(rows) == 5
    assert (rows["mail"].owner, rows["mail"].sheet, rows["mail"].position) == ("Li Na", SHEET, 3)
    assert [row.actual for row in rows.values()].count("5") == 1


def test_deleting_asks_for_a_new_snapshot(sheet: LiveRows[TrackingRow], store: Store) -> None:
    assert not take(sheet, store, delta({1: {"notes": "x"}}))
    assert take(sheet, store, delta({1: {"notes": "x"}}, deleted=[1]))
    assert set(stored(store)) == {"calls", "contract"}
    assert store.record("tracking", "r1").is_deleted, "its history stays"


def test_a_new_row_that_is_deleted_again(sheet: LiveRows[TrackingRow], store: Store) -> None:
    three = [{"key_action": "a"}, {"key_action": "b"}, {"key_action": "c"}]
    take(sheet, store, delta(added=three))
    assert take(sheet, store, delta(added=[three[0], three[2]]))
    assert set(stored(store)) == {"calls", "demo", "contract", "a", "c"}
    take(sheet, store, delta(added=[three[0], {"key_action": "c", "notes": "mine"}]))
    assert stored(store)["c"].notes == "mine"


def test_an_editor_that_forgot_its_edits_was_made_anew(sheet: LiveRows[TrackingRow], store: Store) -> None:
    """A page that looks at what the editor holds must not take it for deletions."""
    assert not sheet.was_reset(delta())
    take(sheet, store, delta({0: {"notes": "a"}}, added=[{"key_action": "mail"}]))
    assert not sheet.was_reset(delta({0: {"notes": "a"}}, added=[{"key_action": "mail"}]))
    assert sheet.was_reset(delta({0: {"notes": "a"}}))
    assert sheet.was_reset(delta(added=[{"key_action": "mail"}]))
    assert sheet.was_reset(delta({0: {"owner": "Li Na"}}, added=[{"key_action": "mail"}]))


def test_what_cannot_be_read_is_kept_for_correction_and_holds_up_nothing(
    sheet: LiveRows[TrackingRow], store: Store
) -> None:
    take(sheet, store, delta({0: {"rate": "many", "notes": "kept"}}))
    (bad,) = sheet.bad.values()
    assert (bad.column, bad.value, bad.message.code) == ("rate", "many", "tracking.bad_rate")
    assert (stored(store)["calls"].notes, stored(store)["calls"].rate) == ("kept", None)
    take(sheet, store, delta({0: {"rate": "18", "notes": "kept"}}))
    assert not sheet.bad and stored(store)["calls"].rate == 0.18


# --- two sessions ---


def test_different_cells_of_one_row_are_both_kept(sheet: LiveRows[TrackingRow], store: Store) -> None:
    other = opened(store)
    take(other, store, delta({0: {"owner": "Ben"}}), "Ben")
    take(sheet, store, delta({0: {"notes": "from Ann"}}))
    assert not sheet.conflicts and sheet.is_outdated(of_sheet(store.records("tracking"), SHEET))
    assert (stored(store)["calls"].owner, stored(store)["calls"].notes) == ("Ben", "from Ann")


def conflict_of(sheet: LiveRows[TrackingRow]) -> Conflict[TrackingRow]:
    (conflict,) = sheet.conflicts
    return conflict


def test_the_same_cell_is_a_conflict_with_both_values(sheet: LiveRows[TrackingRow], store: Store) -> None:
    other = opened(store)
    take(other, store, delta({0: {"notes": "from Ben", "owner": "Ben"}}), "Ben")
    take(sheet, store, delta({0: {"notes": "from Ann", "actual": "7"}}))
    met = conflict_of(sheet)
    assert (met.kind, met.field, met.given, met.stored, met.who) == ("field", "notes", "from Ann", "from Ben", "Ben")
    row = stored(store)["calls"]
    assert (row.notes, row.owner, row.actual) == ("from Ben", "Ben", "7"), "the cell that met nobody is stored"
    assert settle(met, keep_mine=True, store=store, who="Ann", now=NOW) is None
    assert stored(store)["calls"].notes == "from Ann"


def test_a_cell_that_was_seen_only_before_the_others_edit_conflicts_later_too(
    sheet: LiveRows[TrackingRow], store: Store
) -> None:
    """Ben changes the owner; Ann, who has not seen it, first saves a note and then changes the owner."""
    take(opened(store), store, delta({0: {"owner": "Ben"}}), "Ben")
    take(sheet, store, delta({0: {"notes": "first"}}))
    take(sheet, store, delta({0: {"notes": "first", "owner": "Ann"}}))
    assert conflict_of(sheet).stored == "Ben"
    take(sheet, store, delta({0: {"notes": "second", "owner": "Ann"}}))
    assert stored(store)["calls"].notes == "second", "her own cells go on"


def test_keeping_the_other_value_changes_nothing(sheet: LiveRows[TrackingRow], store: Store) -> None:
    take(opened(store), store, delta({0: {"notes": "from Ben"}}), "Ben")
    take(sheet, store, delta({0: {"notes": "from Ann"}}))
    settle(conflict_of(sheet), keep_mine=False, store=store, who="Ann", now=NOW)
    assert stored(store)["calls"].notes == "from Ben"


def test_a_choice_meets_a_third_edit(sheet: LiveRows[TrackingRow], store: Store) -> None:
    take(opened(store), store, delta({0: {"notes": "from Ben"}}), "Ben")
    take(sheet, store, delta({0: {"notes": "from Ann"}}))
    take(opened(store), store, delta({0: {"notes": "from Cleo"}}), "Cleo")
    again = settle(conflict_of(sheet), keep_mine=True, store=store, who="Ann", now=NOW)
    assert again is not None and (again.stored, again.who) == ("from Cleo", "Cleo")


def test_a_row_that_somebody_deleted_comes_back_with_the_edit(sheet: LiveRows[TrackingRow], store: Store) -> None:
    take(opened(store), store, delta(deleted=[0]), "Ben")
    take(sheet, store, delta({0: {"notes": "from Ann"}}))
    met = conflict_of(sheet)
    assert (met.kind, met.who) == ("deleted", "Ben")
    settle(met, keep_mine=True, store=store, who="Ann", now=NOW)
    assert stored(store)["calls"].notes == "from Ann"


def test_a_row_that_somebody_changed_is_not_deleted_unasked(sheet: LiveRows[TrackingRow], store: Store) -> None:
    take(opened(store), store, delta({0: {"notes": "from Ben"}}), "Ben")
    take(sheet, store, delta(deleted=[0]))
    assert conflict_of(sheet).kind == "changed" and "calls" in stored(store)
    settle(conflict_of(sheet), keep_mine=True, store=store, who="Ann", now=NOW)
    assert "calls" not in stored(store)


def test_twenty_sessions_lose_nothing(store: Store) -> None:
    """Twenty people, twenty edits each, at once, each in a row of their own: 400 edits in the history."""
    plan_rows(store, SHEET, [f"row {i}" for i in range(20)])

    def person(number: int) -> None:
        mine = opened(store)
        for i in range(20):
            take(mine, store, delta({number: {"notes": f"{number}.{i}"}}), f"person {number}")
        assert not mine.conflicts

    threads = [threading.Thread(target=person, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    edits = [
        (event.who, event.changes["notes"])
        for number in range(20)
        for event in store.record_history("tracking", f"r{number}")[1:]
    ]
    assert len(edits) == 400
    assert set(edits) == {(f"person {n}", f"{n}.{i}") for n in range(20) for i in range(20)}


# --- the page ---


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_folder(tmp_path, monkeypatch)
    return tmp_path


def the_store(folder: Path) -> Store:
    """The handle that the application has on the only workspace."""
    return _store(str(next(folder.glob("*.duckdb"))))


def test_a_new_team_begins_without_data(folder: Path) -> None:
    at = open_page("tracking")
    assert at.title[0].value == "Are we doing what we planned?"
    at.text_input(key="tracking_start_name").set_value("Team North").run()
    at.button(key="tracking_start").click().run()
    assert_sound(at)
    assert [path.stem for path in folder.glob("*.duckdb")]
    assert "stands alone" in texts(at)


def test_an_empty_workspace_takes_pasted_rows(folder: Path) -> None:
    empty_workspace(folder)
    at = open_page("tracking", sheet=SHEET)
    lines = ["Closing\tcalls\tLi Na\t2026-07-03\t480\t18%\tlate", "意向筛选\tdemo\tWang\t31.02.2026\t\t\t"]
    at.text_area(key="tracking_paste").set_value("\n".join(lines))
    at.button(key="tracking_paste_add").click().run()
    assert_sound(at)
    (record,) = the_store(folder).records("tracking")
    row = from_fields(TrackingRow, record.fields)
    assert (row.stage, row.planned, row.actual, row.rate, row.sheet) == ("won", "2026-07-03", "480", 0.18, SHEET)
    assert "Rows stored: 1, lines not stored: 1" in texts(at)
    assert "31.02.2026" in str(at.table[0].value)


def test_edits_of_the_grid_are_stored_and_shown_again(folder: Path) -> None:
    empty_workspace(folder)
    open_page("tracking", sheet=SHEET)
    store = the_store(folder)
    plan_rows(store, SHEET, ("calls", "demo"))
    at = open_page("tracking", sheet=SHEET)
    at.session_state[at.session_state["tracking_open"].editor] = delta(
        {0: {"notes": "from the grid", "planned": "2026年7月3日"}}
    )
    at.run()
    assert_sound(at)
    fields = store.record("tracking", "r0").fields
    assert (fields["notes"], fields["planned"]) == ("from the grid", "2026-07-03")
    again = open_page("tracking", sheet=SHEET)
    assert "from the grid" in str(again.dataframe[0].value.to_dict())


def test_only_what_others_changed_in_this_week_is_told(folder: Path) -> None:
    """Rows of other weeks are no change of this one."""
    empty_workspace(folder)
    open_page("tracking", sheet=SHEET)
    store = the_store(folder)
    plan_rows(store, SHEET, ("calls",))
    before = TrackingRow("w26", "2026-W26", "intent", "demo", "Li Na")
    store.save_records("tracking", [Edit("w26", to_fields(before), 0)], who="Ann", now=NOW)
    at = open_page("tracking", sheet=SHEET)

    def edit(notes: str) -> str:
        at.session_state["tracking_open"].just_edited = True
        at.session_state[at.session_state["tracking_open"].editor] = delta({0: {"notes": notes}})
        return texts(at.run())

    assert "Somebody else changed this sheet" not in edit("mine")
    store.save_record("tracking", "r0", {"owner": "Zhou"}, who="Bob", now=NOW)
    assert "Somebody else changed this sheet" in edit("mine again")


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_sample_shows_measured_beside_reported(folder: Path, language: str) -> None:
    """The figures beside the rows are those that a count over the sheet's days gives."""
    sample_workspace(folder)
    plan_rows(the_store(folder), "2026-W26", ("calls",))
    at = open_page("tracking", language, sheet="2026-W26")
    from pages.shell.data import load
    from pages.shell.workspaces import workspaces

    data = load(workspaces()[0])
    counted = activity_counts(data.journeys.lazy(), data.definition, sheet_window("2026-W26"))
    n = int(counted["n"][1])
    shown = str(at.dataframe[1].value.to_dict())
    assert n > 0 and f"'{n} · {counted['rate'][1] * 100:.1f}%" in shown
    said = texts(at)
    assert ("合成" in said) if language == "zh_Hans" else ("synthetic sample" in said)


def test_the_weeks_of_old_data_can_be_chosen(folder: Path) -> None:
    """Data that end in January 2024: their last four weeks stand beside those of today, with what was measured."""
    story = log(lead("A", "2024-01-16 lead, 2024-01-18 intent"), lead("B", "2024-01-17 lead"), exported_on="2024-01-18")
    import_facts(folder, "Old", facts(story), GUIDE)
    at = open_page("tracking")
    offered = at.selectbox(key="tracking_sheet").options
    assert [week[:7] for week in offered][-4:] == ["Week 3:", "Week 2:", "Week 1:", "Week 52"]
    at = open_page("tracking", sheet="2024-W03")
    assert at.selectbox(key="tracking_sheet").value == "2024-W03"
    assert_sound(at)


def test_start_next_week_carries_open_rows(folder: Path) -> None:
    empty_workspace(folder)
    open_page("tracking", sheet=SHEET)
    store = the_store(folder)
    plan_rows(store, SHEET, ("calls", "demo"))
    store.save_record("tracking", "r1", {"state": "done"}, who="test", now=NOW)
    at = open_page("tracking", sheet=SHEET)
    at.button(key="tracking_next").click().run()
    assert_sound(at)
    assert at.selectbox(key="tracking_sheet").value == "2026-W28"
    carried = [r.fields for r in store.records("tracking") if r.fields["sheet"] == "2026-W28"]
    assert [(f["key_action"], f["carried_from"], f["actual"]) for f in carried] == [("calls", "r0", "")]
    at.selectbox(key="tracking_sheet").set_value(SHEET).run()
    at.button(key="tracking_next").click().run()
    assert len([r for r in store.records("tracking") if r.fields["sheet"] == "2026-W28"]) == 1, "not carried twice"


def test_two_people_who_start_the_next_week_carry_each_row_once(folder: Path) -> None:
    """Both pages were drawn before the first click: the second one carries what is stored by then."""
    empty_workspace(folder)
    store = the_store(folder)
    plan_rows(store, SHEET, ("calls", "demo"))
    both = [open_page("tracking", sheet=SHEET) for _ in range(2)]
    for at in both:
        at.button(key="tracking_next").click().run()
        assert_sound(at)
        assert at.selectbox(key="tracking_sheet").value == "2026-W28"
    carried = [r.fields["key_action"] for r in store.records("tracking") if r.fields["sheet"] == "2026-W28"]
    assert sorted(carried) == ["calls", "demo"]


def test_a_miss_takes_its_reason(folder: Path) -> None:
    empty_workspace(folder)
    open_page("tracking", sheet="2024-W10")
    store = the_store(folder)
    plan_rows(store, "2024-W10", ("calls",))
    at = open_page("tracking", sheet="2024-W10")
    at.text_input(key="tracking_reason_r0").set_value("3 leads not followed up").run()
    assert_sound(at)
    assert store.record("tracking", "r0").fields["notes"] == "3 leads not followed up"
    assert not [field for field in at.text_input if str(field.key).startswith("tracking_reason")]


def test_two_reasons_for_one_miss_meet_in_a_choice(folder: Path) -> None:
    empty_workspace(folder)
    open_page("tracking", sheet="2024-W10")
    store = the_store(folder)
    plan_rows(store, "2024-W10", ("calls",))
    at = open_page("tracking", sheet="2024-W10")
    store.save_record("tracking", "r0", {"notes": "a holiday"}, who="Bob", now=NOW)
    at.text_input(key="tracking_reason_r0").set_value("nobody was there").run()
    assert_sound(at)
    assert "a holiday" in at.button(key="tracking_other_0").label
    at.button(key="tracking_mine_0").click().run()
    assert_sound(at)
    assert store.record("tracking", "r0").fields["notes"] == "nobody was there"


def test_a_reason_that_cannot_be_stored_is_told_and_stays_until_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_workspace(folder)
    open_page("tracking", sheet="2024-W10")
    store = the_store(folder)
    plan_rows(store, "2024-W10", ("calls",))
    at = open_page("tracking", sheet="2024-W10")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "save_records", _full)
        at.text_input(key="tracking_reason_r0").set_value("nobody was there").run()
    for _ in range(2):
        assert not at.exception and len(at.error) == 1
        assert [code.value for code in at.code] == ["nobody was there"]
        at.run()
    at.button(key="callback_errors_seen").click().run()
    assert_sound(at)
    assert not at.code


def _full(*args: object, **kwargs: object) -> None:
    raise StorageError("storage.disk_full", file="x", given="full")


def test_a_cell_that_could_not_be_stored_is_stored_by_the_next_run(
    sheet: LiveRows[TrackingRow], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = delta({0: {"notes": "called"}}, [{"key_action": "new"}])
    with monkeypatch.context() as patch:
        patch.setattr(Store, "save_records", _full)
        with pytest.raises(StorageError):
            take(sheet, store, typed)
    take(sheet, store, typed)
    assert stored(store)["calls"].notes == "called" and "new" in stored(store)
    assert len(stored(store)) == 4


def test_an_older_sheet_offers_its_open_rows(folder: Path) -> None:
    empty_workspace(folder)
    open_page("tracking", sheet=SHEET)
    plan_rows(the_store(folder), SHEET, ("calls",))
    at = open_page("tracking", sheet="2026-W30")
    at.button(key="tracking_carry").click().run()
    assert_sound(at)
    assert {r.fields["sheet"] for r in the_store(folder).records("tracking")} == {SHEET, "2026-W30"}


@pytest.mark.parametrize("sheet", ["2026-W99", "9999-W52", "9999-12", "0001-W01", "0001-01"])
def test_a_link_to_a_sheet_that_does_not_exist_opens_today(folder: Path, sheet: str) -> None:
    empty_workspace(folder)
    at = open_page("tracking", sheet=sheet)
    assert at.selectbox(key="tracking_sheet").value == f"{date.today():%G-W%V}"


def test_months_have_their_own_sheets(folder: Path) -> None:
    empty_workspace(folder)
    at = open_page("tracking", "zh_Hans", sheet="2026-07")
    assert at.selectbox(key="tracking_sheet").value == "2026-07"
    assert "开始下个月" in [button.label for button in at.button]


def test_history_and_bringing_a_row_back(folder: Path) -> None:
    empty_workspace(folder)
    open_page("tracking", sheet=SHEET)
    store = the_store(folder)
    plan_rows(store, SHEET, ("calls",))
    store.save_record("tracking", "r0", {"notes": "first"}, who="Ann", now=NOW)
    store.delete_record("tracking", "r0", who="Ben", now=NOW)
    at = open_page("tracking", sheet=SHEET)
    at.button(key="tracking_restore").click().run()
    assert_sound(at)
    assert [event.action for event in store.record_history("tracking", "r0")] == [
        "create",
        "change",
        "delete",
        "restore",
    ]
    assert not store.record("tracking", "r0").is_deleted


def test_what_was_stored_is_there_for_the_next_process(folder: Path) -> None:
    empty_workspace(folder)
    open_page("tracking", sheet=SHEET)
    store = the_store(folder)
    plan_rows(store, SHEET, ("calls",))
    store.close()
    _store.clear()
    again = open_workspace(next(folder.glob("*.duckdb")))
    assert [r.fields["key_action"] for r in again.records("tracking")] == ["calls"]
    again.close()


def counts_workspace(folder: Path) -> None:
    """Stage totals per month, as a spreadsheet states them: no lead at all."""
    text = "Month,Stage,Count\n2026-05,Leads,400\n2026-05,Intent,80\n2026-06,Leads,500\n2026-06,Intent,90\n"
    table = read_table(text.encode(), "counts.csv")
    definition = funnel("leads", "intent", "won", won="won")
    mapping = ColumnMapping(
        shape="counts",
        roles={"Month": "period", "Stage": "stage", "Count": "count"},
        labels={("stage", "Leads"): "leads", ("stage", "Intent"): "intent"},
    )
    store = new_workspace(folder, "Counts", definition)
    store.import_batch(normalize(table, mapping, import_day=NOW.date()), who="test", now=NOW)
    store.close()


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_workspace_of_counts_measures_its_months(folder: Path, language: str) -> None:
    counts_workspace(folder)
    open_page("tracking", language, sheet="2026-06")
    plan_rows(the_store(folder), "2026-06", ("screening",))
    at = open_page("tracking", language, sheet="2026-06")
    assert "'90 · 18.0%" in str(at.dataframe[1].value.to_dict())
    at = open_page("tracking", language, sheet="2026-W25")
    assert_sound(at)
    assert_sound(open_page("plan", language))
