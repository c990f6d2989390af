"""Targets: periods, what is measured, and whether a team is on pace, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from funnel.definition.definition import FunnelDefinition, Sla
from funnel.errors import InputError
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.planning.targets import Target, measure, period_of, progress, reported_done
from tests.factories import GUIDE, journeys, lead, log

WEEKENDS = BusinessCalendar()
SCREENINGS = Target("t1", "intent", "decided", 50, "month", date(2026, 1, 1), person="Li Na")


@pytest.mark.parametrize(
    ("period", "day", "start", "end"),
    [
        ("day", "2026-06-30", "2026-06-30", "2026-06-30"),
        ("week", "2026-06-28", "2026-06-22", "2026-06-28"),  # a Sunday
        ("week", "2026-01-01", "2025-12-29", "2026-01-04"),
        ("month", "2024-02-10", "2024-02-01", "2024-02-29"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("quarter", "2026-05-15", "2026-04-01", "2026-06-30"),
        ("quarter", "2026-12-31", "2026-10-01", "2026-12-31"),
    ],
)
def test_periods_are_whole(period, day, start, end):
    assert period_of(period, date.fromisoformat(day)) == (date.fromisoformat(start), date.fromisoformat(end))


def test_an_unknown_period_is_told():
    with pytest.raises(InputError, match=r"target\.unknown_value"):
        period_of("fortnight", date(2026, 1, 1))


STORY = journeys(
    log(
        # Li Na in June: A and B screened in, C lost in screening → 3 decided, 2 entries; D is still waiting
        lead("A", "2026-06-01 lead, 2026-06-02 intent, 2026-06-05 opportunity", owner="Li Na"),
        lead("B", "2026-05-30 lead, 2026-06-30 18:00 intent", owner="Li Na"),
        lead("C", "2026-06-03 lead, 2026-06-04 @lost", owner="Li Na"),
        lead("D", "2026-06-10 lead", owner="Li Na"),
        # jumped over screening: advanced beyond it in June, without an own entry into it
        lead("E", "2026-06-11 lead, 2026-06-12 opportunity", owner="Li Na"),
        # lost one step later: not a screening of June
        lead("F", "2026-04-01 lead, 2026-04-02 intent, 2026-06-15 @lost", owner="Li Na"),
        # another owner, another month
        lead("G", "2026-06-01 lead, 2026-06-02 intent", owner="Wang Wei"),
        lead("H", "2026-05-01 lead, 2026-05-02 intent", owner="Li Na"),
    ),
    as_of="2026-07-10",
).lazy()


def measured(target: Target, start: str, end: str, definition: FunnelDefinition = GUIDE) -> float | None:
    return measure(
        STORY, definition, target, start=date.fromisoformat(start), end=date.fromisoformat(end), calendar=WEEKENDS
    )


def test_entries_and_decided_leads_of_a_person():
    entries = replace(SCREENINGS, metric="entries")
    assert measured(entries, "2026-06-01", "2026-06-30") == 2
    assert measured(SCREENINGS, "2026-06-01", "2026-06-30") == 4, "A, B, C and E, which passed screening on the way"
    assert measured(SCREENINGS, "2026-06-01", "2026-06-29") == 3, "B came on the last evening"


def test_a_role_is_measured_over_all_its_people():
    everybody = replace(SCREENINGS, metric="entries", person="")
    assert measured(everybody, "2026-06-01", "2026-06-30") == 3


def test_new_leads_are_entries_into_the_first_stage():
    leads = replace(SCREENINGS, stage="lead", metric="decided", person="")
    assert measured(leads, "2026-06-01", "2026-06-30") == 5, "A, C, D, E, G"


def test_on_time_is_the_share_inside_the_deadline():
    """24 hours, date-only data: judged in whole days. June: A (1 day), C (1 day), E (1 day) on time, D overdue, G not
    of Li Na. B started in May."""
    stages = tuple(replace(s, sla=Sla(24, "hours")) if s.key == "intent" else s for s in GUIDE.stages)
    definition = replace(GUIDE, stages=stages)
    on_time = replace(SCREENINGS, metric="on_time", amount=0.9)
    assert measured(on_time, "2026-06-01", "2026-06-30", definition) == 3 / 4
    assert measured(on_time, "2026-06-01", "2026-06-30") is None, "the step has no deadline"
    assert measured(on_time, "2025-06-01", "2025-06-30", definition) is None, "nobody to judge"


def test_what_the_data_cannot_say_is_null():
    assert measured(replace(SCREENINGS, metric="reported"), "2026-06-01", "2026-06-30") is None
    assert measured(replace(SCREENINGS, stage="evaluation"), "2026-06-01", "2026-06-30") is None


def test_reported_amounts_add_up():
    assert reported_done([3, None, 4.0]) == 7
    assert reported_done([None]) is None and reported_done([]) is None
    assert reported_done([0]) == 0


def judged(done: float | None, day: str, target: Target = SCREENINGS, before: float | None = None):
    return progress(target, date.fromisoformat(day), done, before)


def test_the_pace_that_is_still_needed():
    """June 2026 has 22 working days (1 June is a Monday). On Friday the 12th ten are gone, twelve are left: 30 of 50
    are more than 10/22, the missing 20 need 20/12 a day."""
    found = judged(30, "2026-06-12")
    assert (found.working_days, found.days_left) == (22, 12)
    assert (found.pace_so_far, found.pace_needed) == (3.0, pytest.approx(20 / 12))
    assert (found.state, found.share) == ("on_pace", 0.6)
    assert judged(22, "2026-06-12").state == "behind", "less than 50 x 10 / 22 = 22.7"


def test_days_of_the_weekend_change_nothing():
    assert judged(30, "2026-06-14").pace_needed == judged(30, "2026-06-12").pace_needed


def test_a_companys_own_days_off_count():
    calendar = BusinessCalendar(days_off=frozenset({date(2026, 6, 15), date(2026, 6, 16)}))
    found = progress(SCREENINGS, date(2026, 6, 12), 30, calendar=calendar)
    assert (found.working_days, found.days_left, found.pace_needed) == (20, 10, 2.0)


def test_reached_missed_and_the_last_day():
    assert judged(50, "2026-06-10").state == "reached" and judged(50, "2026-06-10").pace_needed is None
    assert judged(49, "2026-06-30").state == "missed" and judged(49, "2026-06-30").pace_needed is None
    assert judged(None, "2026-06-10").state == "not_measured"
    assert judged(0, "2026-06-01").state == "behind", "after the first day something should be done"


def test_growth_is_counted_in_leads_against_the_period_before():
    """+20 % on 405 leads: 486 are needed; +10 % on 100 are 110, and a rounding error must not make it 111."""
    growth = Target("t2", "lead", "growth", 0.2, "month", date(2026, 1, 1), role="marketing")
    assert judged(400, "2026-06-30", growth, before=405).goal == 486
    assert judged(486, "2026-06-30", growth, before=405).state == "reached"
    assert judged(485, "2026-06-30", growth, before=405).state == "missed"
    for nothing_before in (None, 0):
        assert judged(400, "2026-06-30", growth, before=nothing_before).state == "not_measured"
    assert 100 * 1.1 > 110, "in floating point"
    assert judged(400, "2026-06-15", replace(growth, amount=0.1), before=100).goal == 110


def test_a_share_has_no_pace():
    on_time = Target("t3", "intent", "on_time", 0.9, "month", date(2026, 1, 1))
    found = judged(0.6, "2026-06-12", on_time)
    assert (found.state, found.pace_needed, found.pace_so_far) == ("behind", None, None)
    assert judged(0.9, "2026-06-12", on_time).state == "reached"


def test_a_target_holds_from_its_start_to_its_end():
    target = replace(SCREENINGS, starts_on=date(2026, 6, 10), ends_on=date(2026, 6, 20))
    assert [judged(3, f"2026-06-{day}", target).state for day in ("09", "10", "20", "21")] == [
        "not_started",
        "behind",
        "behind",
        "ended",
    ]


def test_only_reported_targets_say_so():
    assert judged(3, "2026-06-12", replace(SCREENINGS, metric="reported")).is_measured is False
    assert judged(3, "2026-06-12").is_measured is True


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"metric": "luck"}, "target.unknown_value"),
        ({"period": "era"}, "target.unknown_value"),
        ({"role": "boss"}, "target.unknown_value"),
        ({"amount": 0}, "target.amount"),
        ({"amount": float("inf")}, "target.amount"),
        ({"metric": "on_time", "amount": 90}, "target.share"),
        ({"ends_on": date(2025, 1, 1)}, "target.ends_before_start"),
    ],
)
def test_targets_that_cannot_be_followed_are_refused(changes, code):
    with pytest.raises(InputError) as caught:
        replace(SCREENINGS, **changes)
    assert caught.value.message.code == code
