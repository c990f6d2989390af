"""The plan's records: nothing that was saved is ever lost, and two people never overwrite each other unseen."""

from __future__ import annotations

import threading
from collections.abc import Generator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from funnel.errors import ConflictError, InputError, Message
from funnel.storage.records import Edit, Record
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace
from tests.examples import examples
from tests.store_samples import DEFINITION, NOW, new_workspace, refused


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = new_workspace(tmp_path, "plan", DEFINITION, now=NOW)
    yield opened
    opened.close()


def save(store: Store, record: Record | None, who: str = "Li", seen: int | None = None, **changes: Any) -> Record:
    record_id = None if record is None else record.id
    return store.save_record("tracking", record_id, changes, expected_version=seen, who=who, now=NOW)


def test_a_record_keeps_types_and_its_whole_history(store: Store) -> None:
    values = {
        "stage": "intent",
        "planned_on": date(2025, 7, 1),
        "done_at": datetime(2025, 7, 1, 8, 30),
        "rate": 0.25,
        "count": 3,
        "is_open": True,
        "notes": None,
        "actions": ["每天新增5条", "=1+1"],
        "check": Message("goal.no_number", {"given": "x"}),
    }
    made = store.save_record("tracking", None, values, who="Li", now=NOW)
    assert made.fields == values
    assert {name: type(value) for name, value in made.fields.items()} == {
        name: type(value) for name, value in values.items()
    }
    changed = store.save_record(
        "tracking", made.id, {"rate": 0.5, "count": 3}, who="Wang", now=NOW + timedelta(hours=1)
    )
    assert changed.version == 2
    assert changed.fields == {**values, "rate": 0.5}
    assert (changed.created_by, changed.changed_by) == ("Li", "Wang")
    assert (changed.field_changes["rate"].who, changed.field_changes["count"].who) == ("Wang", "Li")
    first, second = store.record_history("tracking", made.id)
    assert (first.action, first.changes) == ("create", values)
    assert (second.action, second.changes, second.before) == ("change", {"rate": 0.5}, {"rate": 0.25})
    store.close()
    again = open_workspace(store.path)
    assert again.records("tracking") == [changed]
    again.close()


def test_an_edit_that_changes_nothing_is_not_one(store: Store) -> None:
    made = save(store, None, a=1, b=None)
    plan = store.versions().plan
    assert save(store, made, a=1, b=None) == made
    assert store.versions().plan == plan
    assert save(store, made, a=True).version == 2, "1 and True are different cells"
    assert len(store.record_history("tracking", made.id)) == 2


def test_two_people_on_one_field_get_a_conflict_with_both_values(store: Store) -> None:
    seen = save(store, None, notes="", owner="Li")
    save(store, seen, "Wang", seen.version, notes="from Wang")
    with pytest.raises(ConflictError) as caught:
        save(store, seen, "Zhao", seen.version, notes="from Zhao", owner="Zhao")
    params = caught.value.message.params
    assert caught.value.message.code == "storage.field_changed"
    assert (params["field"], params["given"], params["stored"], params["who"]) == (
        "notes",
        "from Zhao",
        "from Wang",
        "Wang",
    )
    assert params["conflicts"] == [{"field": "notes", "given": "from Zhao", "stored": "from Wang"}]
    assert store.record("tracking", seen.id).fields == {"notes": "from Wang", "owner": "Li"}, "nothing of it is stored"
    # The choice "mine": the same edit, now knowing the version that holds the other's value.
    mine = save(store, seen, "Zhao", params["version"], notes="from Zhao", owner="Zhao")
    assert mine.fields == {"notes": "from Zhao", "owner": "Zhao"}
    assert [event.who for event in store.record_history("tracking", seen.id)] == ["Li", "Wang", "Zhao"]


def test_different_fields_and_different_rows_are_both_kept(store: Store) -> None:
    seen = save(store, None, notes="", owner="Li")
    other = save(store, None, notes="")
    save(store, seen, "Wang", seen.version, notes="from Wang")
    both = save(store, seen, "Zhao", seen.version, owner="Zhao")
    save(store, other, "Zhao", other.version, notes="other row")
    assert both.fields == {"notes": "from Wang", "owner": "Zhao"}
    assert save(store, seen, "Chen", seen.version, notes="from Wang") == both, "the same value is no conflict"
    assert [record.fields["notes"] for record in store.records("tracking")] == ["from Wang", "other row"]


def test_deleting_keeps_the_history_and_can_be_taken_back(store: Store) -> None:
    made = save(store, None, notes="x")
    changed = save(store, made, "Wang", notes="y")
    with refused(ConflictError, "storage.record_changed"):
        store.delete_record("tracking", made.id, expected_version=made.version, who="Li", now=NOW)
    store.delete_record("tracking", made.id, expected_version=changed.version, who="Li", now=NOW)
    assert store.records("tracking") == []
    assert store.records("tracking", with_deleted=True)[0].is_deleted
    with refused(ConflictError, "storage.record_deleted"):
        save(store, made, "Wang", changed.version, notes="z")
    back = store.restore_record("tracking", made.id, who="Wang", now=NOW)
    assert (back.fields, back.is_deleted) == ({"notes": "y"}, False)
    actions = [event.action for event in store.record_history("tracking", made.id)]
    assert actions == ["create", "change", "delete", "restore"]


def test_many_edits_are_saved_together_or_not_at_all(store: Store) -> None:
    rows = store.save_records("tracking", [Edit(None, {"n": i}) for i in range(200)], who="Li", now=NOW)
    assert [record.fields["n"] for record in store.records("tracking")] == list(range(200))
    plan = store.versions().plan
    save(store, rows[0], "Wang", n=-1)
    with refused(ConflictError, "storage.field_changed"):
        store.save_records(
            "tracking",
            [Edit(rows[1].id, {"n": 99}), Edit(rows[0].id, {"n": 98}, expected_version=1)],
            who="Li",
            now=NOW,
        )
    assert store.record("tracking", rows[1].id).fields == {"n": 1}
    assert store.versions().plan == plan + 1


def test_a_caller_may_choose_the_id_of_a_new_record(store: Store) -> None:
    made = store.save_record("strategy", "s-1", {"title": "问卷"}, expected_version=0, who="Li", now=NOW)
    assert (made.id, made.version) == ("s-1", 1)
    again = store.save_record("strategy", "s-1", {"title": "问卷"}, expected_version=0, who="Li", now=NOW)
    assert again == made, "a repeated click makes no second record"
    with refused(ConflictError, "storage.field_changed"):
        store.save_record("strategy", "s-1", {"title": "other"}, expected_version=0, who="Wang", now=NOW)
    with refused(InputError, "storage.unknown_record"):
        store.save_record("strategy", "s-2", {"title": "x"}, who="Li", now=NOW)


def test_kinds_are_kept_apart_and_retrospectives_are_frozen(store: Store) -> None:
    frozen = store.save_record("retrospective", None, {"month": date(2025, 6, 1)}, who="Li", now=NOW)
    assert store.records("tracking") == []
    with refused(InputError, "storage.frozen"):
        store.save_record("retrospective", frozen.id, {"month": date(2025, 5, 1)}, who="Li", now=NOW)
    with refused(InputError, "storage.unknown_record"):
        store.save_record("tracking", frozen.id, {"month": 1}, who="Li", now=NOW)
    with refused(InputError, "storage.unknown_record"):
        store.record_history("tracking", "none")
    with refused(InputError, "storage.unknown_kind"):
        store.records("strategies")


def test_twenty_people_with_many_edits_each_lose_nothing(store: Store) -> None:
    shared = [save(store, None) for _ in range(2)]
    failures: list[BaseException] = []

    def work(person: int) -> None:
        try:
            rows = list(shared)
            for i in range(16):  # two rows that all twenty edit at once, each in a column of their own
                row = rows[i % 2]
                rows[i % 2] = save(store, row, f"person {person}", row.version, **{f"cell_{person}": i})
        except BaseException as error:  # noqa: BLE001  (a thread's failure would be lost otherwise)
            failures.append(error)

    threads = [threading.Thread(target=work, args=(person,)) for person in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    histories = [store.record_history("tracking", row.id) for row in shared]
    edits = [(event.who, *event.changes.items()) for history in histories for event in history[1:]]
    assert len(edits) == 320
    assert set(edits) == {(f"person {p}", (f"cell_{p}", i)) for p in range(20) for i in range(16)}
    for row, history, last in zip(store.records("tracking"), histories, (14, 15), strict=True):
        assert row.fields == {f"cell_{person}": last for person in range(20)}
        assert [event.version for event in history] == list(range(1, 162))


FIELDS = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.dictionaries(FIELDS, st.integers(0, 2), max_size=3), st.integers(0, 3)), max_size=12
)


@examples(25, HealthCheck.function_scoped_fixture)
@given(steps=STEPS)
def test_the_state_is_what_plain_dictionaries_say(store: Store, steps: list[tuple[int, dict[str, int], int]]) -> None:
    """An independent recount: the last stored value per field; a conflict exactly when the field moved since then."""
    rows = [save(store, None) for _ in range(3)]
    expected: list[dict[str, int]] = [{}, {}, {}]
    moved: list[dict[str, int]] = [{}, {}, {}]
    versions = [1, 1, 1]
    for no, changes, back in steps:
        seen = max(1, versions[no] - back)
        new = {name: value for name, value in changes.items() if expected[no].get(name) != value}
        clash = any(moved[no].get(name, 0) > seen for name in new)
        try:
            save(store, rows[no], "Li", seen, **changes)
            assert not clash
        except ConflictError:
            assert clash
            continue
        if new:
            versions[no] += 1
            expected[no] |= new
            moved[no] |= dict.fromkeys(new, versions[no])
    for no, row in enumerate(rows):
        current = store.record("tracking", row.id)
        assert (dict(current.fields), current.version) == (expected[no], versions[no])
        assert len(store.record_history("tracking", row.id)) == versions[no]
