"""The tracking sheet without a screen: measured beside reported, misses, a sheet that comes back, handovers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.definition.definition import Sla
from funnel.filters import Filters
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.planning.tracking.pasting import Pasted
from funnel.planning.tracking.rows import COLUMNS, TrackingRow
from funnel.reports.tracking import (
    handover_report,
    measured_in,
    merge_sheet,
    tracking_report,
    working_day,
)
from tests.factories import GUIDE, lead, log
from tests.plan_samples import data_of, row

WEEK = "2026-W27"  # 29 June to 5 July 2026


def story():
    """Week 27: three leads arrive, two of them and one older lead pass screening, nobody is won."""
    return log(
        lead("old", "2026-06-01 lead, 2026-06-30 intent"),
        lead("a", "2026-06-29 lead, 2026-07-01 intent"),
        lead("b", "2026-06-30 lead, 2026-07-05 intent"),
        lead("c", "2026-07-03 lead"),
        lead("late", "2026-07-06 lead, 2026-07-20 opportunity"),
    )


# --- measured ---


def test_entries_of_the_week_and_their_rate() -> None:
    found = measured_in(data_of(story()), WEEK)
    assert found.of("lead") == (3, None)
    assert found.of("intent") == (3, 1.0)
    assert found.of("opportunity") == (0, 0.0)
    assert found.of("no_such_stage") == (None, None)
    assert found.until is None and not found.from_counts


def test_a_month_holds_all_its_days() -> None:
    found = measured_in(data_of(story()), "2026-06")
    assert found.of("lead") == (3, None)
    assert found.of("intent") == (1, pytest.approx(1 / 3))


@pytest.mark.parametrize("sheet", ["2026-W20", "2026-W40", "2026-12"])
def test_days_that_the_data_does_not_cover_are_unknown_and_not_zero(sheet: str) -> None:
    assert measured_in(data_of(story()), sheet).of("lead") == (None, None)


def test_a_week_whose_data_ends_inside_is_shown_but_not_compared() -> None:
    data = data_of(story(), as_of=date(2026, 7, 1))
    found = measured_in(data, WEEK)
    assert found.until == date(2026, 7, 1)
    assert found.of("lead") == (2, None)
    report = tracking_report(data, [row("r", WEEK, "lead", actual="99 leads")], sheet=WEEK, day=date(2026, 7, 2))
    assert report.differing == ()


def test_data_that_ends_on_the_friday_counts_as_a_whole_week() -> None:
    friday = data_of(story(), as_of=date(2026, 7, 3))
    thursday = data_of(story(), as_of=date(2026, 7, 2))
    assert measured_in(friday, WEEK).until is None
    assert measured_in(thursday, WEEK).until == date(2026, 7, 2)


def test_without_data_nothing_is_measured() -> None:
    found = measured_in(data_of(), WEEK)
    assert found.figures.is_empty() and found.of("lead") == (None, None)


# --- the sheet ---


def test_reported_beside_measured_and_neither_overwrites_the_other() -> None:
    rows = [
        row("same", WEEK, "lead", actual="3 leads", position=0),
        row("other", WEEK, "intent", actual="5", rate=1.0, position=1),
        row("elsewhere", "2026-W28", "lead", actual="7"),
        row("silent", WEEK, "opportunity", position=2),
    ]
    report = tracking_report(data_of(story()), rows, sheet=WEEK, day=date(2026, 7, 6))
    assert [line.row.row_id for line in report.lines] == ["same", "other", "silent"]
    assert [line.row.row_id for line in report.differing] == ["other"]
    (fact,) = report.by_id["other"].differences
    assert (fact.code, fact.params) == ("tracking.count_differs", {"reported": 5.0, "measured": 3.0})
    assert report.by_id["other"].row.actual == "5" and report.by_id["other"].measured_count == 3


def test_a_miss_asks_for_its_reason_once_its_time_is_over() -> None:
    rows = [
        row("open", WEEK, planned="2026-07-02"),
        row("told", WEEK, planned="2026-07-02", notes="venue cancelled", position=1),
        row("done", WEEK, planned="2026-07-02", state="done", position=2),
        row("ongoing", WEEK, planned="ongoing", key_action="calls", position=3),
    ]
    data = data_of()
    before, after, later = (
        [line.row.row_id for line in tracking_report(data, rows, sheet=WEEK, day=day).without_reason]
        for day in (date(2026, 7, 2), date(2026, 7, 3), date(2026, 7, 6))
    )
    assert (before, after, later) == ([], ["open"], ["open", "ongoing"])


def test_the_sample_lives_on_its_own_last_day() -> None:
    today = date(2030, 1, 1)
    assert working_day(data_of(story()), today) == today
    assert working_day(data_of(story(), is_sample=True), today) == date(2026, 7, 20)
    assert working_day(data_of(is_sample=True), today) == today


# --- a sheet that comes back ---


def pasted(*rows: TrackingRow) -> Pasted:
    return Pasted(tuple(replace(one, row_id=f"new{i}", position=0) for i, one in enumerate(rows)), (), len(rows))


def test_an_imported_sheet_changes_the_rows_that_it_names() -> None:
    standing = [
        row("a", WEEK, key_action="calls", owner="Li Na", actual="3"),
        row("b", WEEK, key_action="demo", owner="Li Na", position=1),
    ]
    merged = merge_sheet(standing, pasted(replace(standing[0], actual="5"), standing[1], row("x", WEEK, "won")))
    assert [(one.row_id, one.actual) for one in merged.changed] == [("a", "5")]
    assert merged.n_same == 1
    assert [(one.stage, one.position) for one in merged.added] == [("won", 2)]


def test_two_rows_alike_are_each_matched_once() -> None:
    standing = [row("a", WEEK, key_action="calls"), row("b", WEEK, key_action="calls", position=1)]
    merged = merge_sheet(standing, pasted(replace(standing[0], actual="1"), standing[0], standing[0]))
    assert merged.n_same == 1 and len(merged.changed) == 1 and len(merged.added) == 1


@given(st.lists(st.tuples(st.sampled_from(["calls", "demo"]), st.sampled_from(["", "3"])), max_size=6))
def test_the_same_sheet_again_changes_nothing(cells: list[tuple[str, str]]) -> None:
    standing = [row(f"r{i}", WEEK, key_action=a, actual=b, position=i) for i, (a, b) in enumerate(cells)]
    merged = merge_sheet(standing, pasted(*standing))
    assert (merged.added, merged.changed, merged.n_same) == ((), (), len(standing))


@given(
    st.lists(st.sampled_from(["calls", "demo", "mail"]), max_size=5),
    st.lists(st.tuples(st.sampled_from(["calls", "demo", "mail"]), st.sampled_from(["", "3"])), max_size=6),
)
def test_every_line_of_an_import_is_accounted_for(names: list[str], lines: list[tuple[str, str]]) -> None:
    standing = [row(f"r{i}", WEEK, key_action=name, position=i) for i, name in enumerate(names)]
    given_rows = pasted(*(row(f"l{i}", WEEK, key_action=a, actual=b) for i, (a, b) in enumerate(lines)))
    merged = merge_sheet(standing, given_rows)
    assert len(merged.added) + len(merged.changed) + merged.n_same == len(lines)
    assert len({one.row_id for one in merged.changed}) == len(merged.changed)
    written = sorted(tuple(str(getattr(one, c)) for c in COLUMNS) for one in (*merged.added, *merged.changed))
    assert set(written) <= {tuple(str(getattr(one, c)) for c in COLUMNS) for one in given_rows.rows}


# --- handover ---


def test_overdue_leads_by_role_and_leads_without_owner_or_source() -> None:
    stages = [
        replace(stage, owner_role="marketing" if stage.key == "lead" else "sales", sla=Sla(24, "hours"))
        if stage.key in ("lead", "intent")
        else replace(stage, owner_role="sales", sla=None)
        for stage in GUIDE.stages
    ]
    stages[0] = replace(stages[0], sla=None)
    definition = replace(GUIDE, stages=tuple(stages))
    data = data_of(
        log(
            lead("waits", "2026-06-01 lead", owner="Li Na", source="Web"),
            lead("tagged", "2026-06-01 lead, 2026-06-02 intent", owner="Li Na", source="Web"),
            lead("bare", "2026-06-02 lead, 2026-06-03 intent", source="Web"),
            lead("last", "2026-06-20 lead, 2026-06-20 intent", owner="Li Na", source="Web"),
        ),
        definition=definition,
    )
    report = handover_report(data, Filters(), BusinessCalendar())
    assert report.overdue.select("lead_id", "role").rows() == [("waits", "sales")]
    assert report.untagged["lead_id"].to_list() == ["bare"]
    handed = report.handed.filter(pl.col("stage") == "intent").row(0, named=True)
    assert (handed["n_handed"], handed["n_without_owner"], handed["n_without_source"]) == (3, 1, 0)
    assert report.problem is None
