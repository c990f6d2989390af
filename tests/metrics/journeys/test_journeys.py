"""Journeys: rules J1 to J10, each on a story short enough to be counted by eye; and the real files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.steps.conversion import horizons, step_table
from funnel.schema import Basis, Facts, empty_facts, facts_of, journeys_schema
from tests import real_facts
from tests.factories import GUIDE, at, day, facts, funnel, journeys, lead, log, milestones, row, snapshot


def entered(one: dict[str, Any], *keys: str) -> list[datetime | None]:
    return [one[f"entered_{key}"] for key in keys]


def test_columns_and_types_are_those_of_the_schema() -> None:
    table = journeys(log(lead("A", "2024-01-01 lead")))
    assert table.schema == pl.DataFrame(schema=journeys_schema(GUIDE)).schema


def test_no_facts_no_journeys() -> None:
    assert build_journeys(empty_facts(), GUIDE, day("2024-01-01")).collect().is_empty()
    assert default_as_of(empty_facts(), GUIDE) is None


def test_j1_the_first_own_entry_counts() -> None:
    one = row(journeys(log(lead("A", "2024-01-09 intent, 2024-01-01 lead, 2024-01-03 intent, 2024-01-05 lead"))), "A")
    assert entered(one, "lead", "intent") == [at("2024-01-01"), at("2024-01-03")]
    assert one["days_intent"] == 2


def test_j2_j3_a_jump_passes_the_stages_between() -> None:
    one = row(journeys(log(lead("A", "2024-01-01 lead, 2024-01-11 opportunity"))), "A")
    assert one["furthest_stage"] == 3
    assert one["entered_intent"] is None
    assert one["next_intent"] == at("2024-01-11")  # imputed: the next own entry
    assert (one["days_intent"], one["days_opportunity"]) == (None, None)  # and left out of durations
    assert one["days_next_intent"] == 10


def test_j4_backwards_dates_count_as_reached_without_days() -> None:
    one = row(journeys(log(lead("A", "2024-01-10 lead, 2024-01-03 intent, 2024-01-12 won"))), "A")
    assert (one["furthest_stage"], one["days_intent"], one["days_next_intent"]) == (4, None, None)
    assert (one["created_at"], one["cycle_days"]) == (at("2024-01-03"), 9)  # no stated creation: the first date


class TestJ5Outcome:
    def test_the_latest_event_decides(self) -> None:
        table = journeys(
            log(
                lead("won", "2024-01-01 lead, 2024-01-05 won"),
                lead("lost", "2024-01-01 lead, 2024-01-02 intent, 2024-01-05 @lost"),
                lead("open", "2024-01-01 lead, 2024-01-02 intent"),
                lead("junk", "2024-01-01 lead, 2024-01-03 @junk"),
            )
        )
        assert dict(table.select("lead_id", pl.col("outcome").cast(pl.String)).iter_rows()) == {
            "won": "won",
            "lost": "lost",
            "open": "open",
            "junk": "lost",
        }
        assert row(table, "lost")["lost_stage"] == 3
        assert row(table, "junk")["lost_reason"] == "@junk"  # junk is a loss whose reason is the label

    def test_a_win_that_is_lost_afterwards_is_revoked(self) -> None:
        one = row(journeys(log(lead("A", "2024-01-01 lead, 2024-01-05 won, 2024-01-09 repeat, 2024-02-01 @lost"))), "A")
        assert (one["outcome"], one["furthest_stage"], one["lost_stage"]) == ("lost", 3, 4)
        assert entered(one, "won", "repeat") == [None, None]
        assert (one["won_at"], one["lost_at"]) == (None, at("2024-02-01"))

    def test_won_lost_won_again_dates_from_the_second_win(self) -> None:
        story = log(lead("A", "2024-01-01 lead, 2024-01-05 won, 2024-01-09 @lost, 2024-01-20 won, 2024-01-25 won"))
        assert row(journeys(story), "A")["won_at"] == at("2024-01-20")

    def test_at_equal_times_a_loss_is_last(self) -> None:
        table = journeys(
            log(
                lead("timed", "2024-01-01 lead, 2024-01-05 10:00 won, 2024-01-05 10:00 @lost"),
                lead("loss without time", "2024-01-01 lead, 2024-01-05 10:00 won, 2024-01-05 @lost"),
                lead("later the same day", "2024-01-01 lead, 2024-01-05 10:00 @lost, 2024-01-05 11:00 won"),
            )
        )
        assert row(table, "timed")["outcome"] == "lost"
        assert row(table, "loss without time")["outcome"] == "lost"
        assert row(table, "loss without time")["lost_at"] == at("2024-01-05")
        assert row(table, "later the same day")["outcome"] == "won"

    def test_a_stage_after_a_loss_reopens_until_lost_again(self) -> None:
        table = journeys(
            log(
                lead("open", "2024-01-01 lead, 2024-01-05 intent, 2024-01-09 @lost, 2024-01-20 lead"),
                lead("again", "2024-01-01 lead, 2024-01-09 @lost, 2024-01-20 intent, 2024-01-21 @lost"),
            )
        )
        assert (row(table, "open")["outcome"], row(table, "open")["furthest_stage"]) == ("open", 2)
        assert (row(table, "again")["lost_at"], row(table, "again")["lost_stage"]) == (at("2024-01-21"), 3)

    def test_a_status_of_the_newest_batch_overrides(self) -> None:
        events = log(lead("A", "2024-01-01 lead, 2024-01-05 won"), exported_on="2024-01-31")
        says_lost = snapshot(lead("A", status="@lost", closed_at="2024-01-20"), exported_on="2024-01-31")
        for story in ((events, says_lost), (says_lost, events)):  # in either order: the log ends before the export
            one = row(journeys(*story), "A")
            assert (one["outcome"], one["lost_at"], one["furthest_stage"]) == ("lost", at("2024-01-20"), 3)

    def test_events_after_the_export_of_the_status_go_on_from_it(self) -> None:
        monthly = snapshot(lead("A", status="@open", created_at="2024-01-01"), exported_on="2024-01-31")
        later = log(lead("A", "2024-01-10 @lost, 2024-02-10 won"), exported_on="2024-02-28")
        assert row(journeys(monthly, later), "A")["won_at"] == at("2024-02-10")
        # An older list that is brought in later takes nothing back: the days of the files decide.
        assert row(journeys(later, monthly), "A")["won_at"] == at("2024-02-10")

    def test_a_win_before_a_stated_loss_does_not_date_a_later_win(self) -> None:
        early = log(lead("A", "2024-01-05 won"), exported_on="2024-01-10")
        lost = snapshot(lead("A", status="@lost"), exported_on="2024-01-31")
        again = log(lead("A", "2024-02-10 won"), exported_on="2024-02-28")
        assert row(journeys(early, lost, again), "A")["won_at"] == at("2024-02-10")

    def test_files_that_state_nothing_do_not_erase_a_status(self) -> None:
        status = snapshot(lead("A", status="@lost", created_at="2024-01-01", closed_at="2024-01-05"))
        attributes = snapshot(lead("A", source="web", amount=5.0))
        one = row(journeys(status, attributes), "A")
        assert (one["outcome"], one["source"], one["amount"]) == ("lost", "web", 5.0)

    def test_stage_log_dates_beat_a_close_date_and_a_forecast_is_no_entry(self) -> None:
        events = log(lead("A", "2024-01-01 lead, 2024-01-05 won"))
        rows = snapshot(
            lead("A", stage="won", closed_at="2024-03-01"),
            lead("B", stage="won", created_at="2024-01-02", closed_at="2024-02-01"),
            lead("C", stage="intent", created_at="2024-01-02", closed_at="2024-02-20"),
        )
        table = journeys(events, rows)
        assert row(table, "A")["won_at"] == at("2024-01-05")
        assert row(table, "B")["won_at"] == at("2024-02-01")
        assert entered(row(table, "C"), "intent", "opportunity", "won") == [None, None, None]
        assert default_as_of(facts(events, rows), GUIDE) == day("2024-02-01")

    def test_a_closed_status_counts_though_its_date_lies_in_the_future(self) -> None:
        story = snapshot(lead("A", stage="won", created_at="2024-01-02", closed_at="2031-01-01"))
        one = row(journeys(story), "A")
        assert (one["outcome"], one["won_at"], one["observed_until"]) == ("won", None, day("2024-01-02"))

    def test_a_loss_reason_without_a_status_is_a_loss_at_its_date(self) -> None:
        table = journeys(
            log(
                lead("A", "2024-01-01 lead, 2024-01-03 intent", lost_reason="price", changed_at="2024-01-08 10:00"),
                lead("B", "2024-01-01 lead, 2024-01-03 won", lost_reason="price", changed_at="2024-01-08 10:00"),
            )
        )
        assert (row(table, "A")["lost_at"], row(table, "A")["lost_reason"]) == (at("2024-01-08 10:00"), "price")
        assert (row(table, "B")["outcome"], row(table, "B")["lost_reason"]) == ("won", None)

    def test_open_and_on_hold_are_open(self) -> None:
        table = journeys(snapshot(lead("A", status="@on_hold", created_at="2024-01-01"), lead("B", status="@open")))
        assert table["outcome"].to_list() == ["open", "open"]

    def test_duplicates_by_meaning_are_left_out(self) -> None:
        table = journeys(log(lead("A", "2024-01-01 lead")), snapshot(lead("A", status="@duplicate"), lead("B")))
        assert table["lead_id"].to_list() == ["B"]


class TestJ6PlaceOfLosses:
    def test_a_snapshot_that_only_says_lost_does_not_know_where(self) -> None:
        one = row(journeys(snapshot(lead("A", stage="@lost", created_at="2024-01-01", closed_at="2024-01-05"))), "A")
        assert (one["outcome"], one["lost_stage"], one["furthest_stage"]) == ("lost", None, 1)

    def test_a_dated_next_stage_tells(self) -> None:
        dates = milestones(
            lead("A", "2024-01-01 lead, 2024-01-02 intent", status="@lost"), columns=("intent", "opportunity")
        )
        assert row(journeys(dates), "A")["lost_stage"] == 3
        # The column of the stage after the furthest is missing: the lead may have been there.
        short = milestones(lead("A", "2024-01-01 lead, 2024-01-02 intent", status="@lost"), columns=("intent",))
        assert row(journeys(short), "A")["lost_stage"] is None

    def test_where_only_the_step_into_won_is_left(self) -> None:
        three = funnel("lead", "talk", "won", won="won")
        story = milestones(lead("A", "2024-01-02 talk", status="@lost"), columns=("talk",))
        assert row(journeys(story, definition=three), "A")["lost_stage"] == 3

    def test_another_file_that_dates_the_stages_tells_the_place(self) -> None:
        said = snapshot(lead("A", stage="@lost", created_at="2024-01-01"))
        dated = log(lead("A", "2024-01-02 intent"))
        assert row(journeys(said, dated), "A")["lost_stage"] == 3


class TestJ7FirstStageAndUndated:
    def test_stage_one_is_entered_at_creation_unless_it_has_its_own_event(self) -> None:
        table = journeys(log(lead("A", "2024-01-03 lead", created_at="2024-01-01"), lead("B", created_at="2024-01-02")))
        assert row(table, "A")["entered_lead"] == at("2024-01-03")
        assert row(table, "B")["entered_lead"] == at("2024-01-02")

    def test_an_undated_stage_is_reached_not_entered(self) -> None:
        one = row(journeys(snapshot(lead("A", stage="opportunity", created_at="2024-01-01"))), "A")
        assert (one["furthest_stage"], one["entered_opportunity"], one["next_intent"]) == (3, None, None)

    def test_without_a_creation_the_first_date_stands_in_but_is_no_entry_into_stage_one(self) -> None:
        table = journeys(log(lead("A", "2024-01-05 intent, 2024-01-09 opportunity")), snapshot(lead("B", stage="lead")))
        assert (row(table, "A")["created_at"], row(table, "A")["entered_lead"]) == (at("2024-01-05"), None)
        assert row(table, "B")["created_at"] is None

    def test_a_cycle_is_not_counted_from_the_win_itself(self) -> None:
        one = row(journeys(snapshot(lead("A", stage="won", closed_at="2024-02-01"))), "A")
        assert (one["created_at"], one["cycle_days"]) == (at("2024-02-01"), None)


class TestJ8AsOf:
    def test_the_default_is_the_latest_real_event_not_a_forecast_nor_a_future_date(self) -> None:
        story = facts(
            snapshot(
                lead(
                    "A", stage="intent", created_at="2024-01-01", closed_at="2024-12-31", expected_close_at="2024-12-30"
                ),
                lead("B", stage="won", created_at="2024-01-02", closed_at="2024-05-05"),
                lead("C", stage="intent", created_at="2099-01-01"),
            ),
            log(lead("A", "2024-06-01 intent, 2050-01-01 opportunity")),
        )
        assert default_as_of(story, GUIDE) == day("2024-06-01")

    def test_it_does_not_depend_on_the_clock(self) -> None:
        story = [log(lead("A", "2024-01-01 lead, 2024-01-05 won"))]
        for imported in (datetime(2024, 1, 5), datetime(2031, 1, 1)):
            assert default_as_of(facts_of(story, imported), GUIDE) == day("2024-01-05")

    def test_a_date_after_its_import_is_never_used_whatever_the_day(self) -> None:
        story = facts_of([log(lead("A", "2024-01-01 lead, 2030-01-05 intent"))], datetime(2024, 2, 1))
        one = build_journeys(story, GUIDE, date(2031, 1, 1)).collect().row(0, named=True)
        assert (one["furthest_stage"], one["entered_intent"]) == (1, None)

    def test_a_later_export_corrects_what_was_true_on_an_earlier_day(self) -> None:
        """December's export calls both deals open; January's says that A was won in November and B in January."""
        december = snapshot(
            lead("A", stage="intent", created_at="2023-10-01"),
            lead("B", stage="intent", created_at="2023-10-01"),
            exported_on="2023-12-31",
        )
        january = snapshot(
            lead("A", stage="won", created_at="2023-10-01", closed_at="2023-11-15"),
            lead("B", stage="won", created_at="2023-10-01", closed_at="2024-01-20"),
            lead("C", stage="lead", created_at="2024-01-25"),
            exported_on="2024-01-28",
        )
        seen = journeys(december, january, as_of="2023-12-31")
        assert (row(seen, "A")["outcome"], row(seen, "A")["won_at"]) == ("won", at("2023-11-15"))
        assert (row(seen, "B")["outcome"], row(seen, "B")["furthest_stage"]) == ("open", 2)
        assert seen["lead_id"].sort().to_list() == ["A", "B"]
        only_december = journeys(december, as_of="2023-12-31")
        assert row(only_december, "A")["outcome"] == "open"

    def test_an_earlier_day_hides_what_came_later(self) -> None:
        story = (
            log(lead("A", "2024-01-01 lead, 2024-01-05 intent, 2024-02-05 won"), lead("B", "2024-02-01 lead")),
            snapshot(
                lead("A", stage="won", created_at="2024-01-01", closed_at="2024-02-05"),
                lead("C", stage="won", created_at="2024-01-10", closed_at="2024-02-06"),
                lead("D", stage="@lost", created_at="2024-01-10", closed_at="2024-01-20"),
            ),
        )
        table = journeys(*story, as_of="2024-01-31")
        assert table["lead_id"].to_list() == ["A", "C", "D"]
        assert [(one["outcome"], one["furthest_stage"]) for one in table.iter_rows(named=True)] == [
            ("open", 2),
            ("open", 1),
            ("lost", 1),
        ]

    def test_an_older_snapshot_knows_an_earlier_day_better(self) -> None:
        january = snapshot(lead("A", stage="intent", created_at="2024-01-01"), exported_on="2024-01-31")
        march = snapshot(
            lead("A", stage="opportunity", created_at="2024-01-01"),
            lead("B", stage="intent", created_at="2024-03-01"),
            exported_on="2024-03-31",
        )
        assert row(journeys(january, march, as_of="2024-02-15"), "A")["furthest_stage"] == 2
        assert row(journeys(january, march), "A")["furthest_stage"] == 3

    def test_maturity_counts_to_the_newest_export_that_covers_the_group(self) -> None:
        """The second file holds one of the two January leads only: it follows neither, but the new one."""
        table = journeys(
            log(lead("A", "2024-01-01 lead"), lead("B", "2024-01-01 lead"), exported_on="2024-01-31"),
            log(lead("B", "2024-01-01 lead"), lead("C", "2024-02-20 lead"), exported_on="2024-02-29"),
            as_of="2024-02-20",
        )
        assert table["observed_until"].to_list() == [day("2024-01-31"), day("2024-01-31"), day("2024-02-20")]


def test_j9_days_are_hours_where_both_carry_a_time_else_dates() -> None:
    table = journeys(
        log(
            lead("timed", "2024-01-01 18:00 lead, 2024-01-03 06:00 intent"),
            lead("dates", "2024-01-01 lead, 2024-01-03 06:00 intent"),
            lead("same day", "2024-01-01 18:00 lead, 2024-01-01 intent"),
        )
    )
    assert {r["lead_id"]: r["days_intent"] for r in table.iter_rows(named=True)} == {
        "timed": 1.5,
        "dates": 2.0,
        "same day": 0.0,
    }


class TestJ10Customers:
    STORY = (
        log(
            lead("A", "2024-01-01 lead, 2024-01-05 won", customer_id="acme"),
            lead("B", "2024-02-01 lead, 2024-03-05 won", customer_id="acme"),
            lead("C", "2024-01-01 lead, 2024-01-06 won", customer_id="solo"),
            lead("D", "2024-01-01 lead, 2024-01-07 won"),
            lead("G", "2024-04-01 lead"),
            lead("E", "2024-02-11 lead, 2024-02-12 @lost", customer_id="acme"),
            lead("F", "2024-02-11 lead", referrer_id="D", created_at="2024-02-10"),
        ),
    )

    def test_a_later_win_repeats_on_the_first_won_lead(self) -> None:
        table = journeys(*self.STORY)
        a, b, c = (row(table, lead_id) for lead_id in "ABC")
        assert (a["is_first_win"], a["has_repeat"], a["repeat_at"]) == (True, True, at("2024-03-05"))
        assert (a["furthest_stage"], a["entered_repeat"], a["days_repeat"]) == (5, at("2024-03-05"), 60)
        assert (b["is_first_win"], b["has_repeat"], b["furthest_stage"]) == (False, None, 4)
        assert (c["has_repeat"], c["furthest_stage"]) == (False, 4)

    def test_a_named_referrer_is_a_referral(self) -> None:
        d = row(journeys(*self.STORY), "D")
        assert (d["has_referral"], d["referral_at"], d["furthest_stage"]) == (True, at("2024-02-10"), 5)

    def test_a_referrer_is_found_where_nobody_names_a_customer(self) -> None:
        """As opening a workspace counts, by short ids: their kind must match that of the column nobody filled."""
        known = facts(log(lead("D", "2024-01-01 lead, 2024-01-07 won"), lead("F", "2024-02-11 lead", referrer_id="D")))
        for one in (known, known.with_short_ids()):
            table = build_journeys(one, GUIDE, day("2024-03-01")).collect()
            assert row(table, "D")["has_referral"] is True

    def test_two_wins_on_one_day_are_no_repeat(self) -> None:
        table = journeys(
            log(
                lead("A", "2024-01-05 09:00 won", customer_id="x"),
                lead("B", "2024-01-05 15:00 won", customer_id="x"),
            )
        )
        assert table["has_repeat"].to_list() == [False, None]

    def test_mapped_dates(self) -> None:
        one = row(journeys(snapshot(lead("A", stage="won", closed_at="2024-01-05", repeat_at="2024-01-09"))), "A")
        assert (one["has_repeat"], one["has_referral"], one["entered_repeat"]) == (True, None, at("2024-01-09"))

    def test_neither_in_the_data_is_not_recorded(self) -> None:
        one = row(journeys(log(lead("A", "2024-01-05 won"))), "A")
        assert (one["has_repeat"], one["has_referral"]) == (None, None)


class TestLabelsAndDefinition:
    def test_unmapped_and_ignored_labels_say_nothing(self) -> None:
        story = log(lead("A", "2024-01-01 lead, 2024-01-05 ???"), lead("B", "2024-01-02 ???"))
        table = journeys(story)
        assert table["furthest_stage"].to_list() == [1, 1]
        assert table["created_at"].to_list() == [at("2024-01-01"), None]

    def test_the_definition_rules_over_the_mapping_of_a_batch(self) -> None:
        story = log(lead("A", "2024-01-01 lead, 2024-01-05 talk"), labels={"talk": "intent"})
        assert row(journeys(story), "A")["furthest_stage"] == 2
        changed = replace(GUIDE, labels={("stage", "talk"): "opportunity"})
        assert row(journeys(story, definition=changed), "A")["furthest_stage"] == 3

    def test_a_merged_stage_costs_no_data(self) -> None:
        story = log(lead("A", "2024-01-01 lead, 2024-01-05 intent, 2024-01-09 opportunity, 2024-01-20 won"))
        shorter = replace(
            GUIDE, stages=tuple(s for s in GUIDE.stages if s.key != "intent"), merged={"intent": "opportunity"}
        )
        one = row(journeys(story, definition=shorter), "A")
        assert (one["entered_opportunity"], one["furthest_stage"]) == (at("2024-01-05"), 3)


# --- real files ---------------------------------------------------------------------------------------------------


def _table(known: Facts, definition: FunnelDefinition, basis: Basis = "lead_cohort") -> pl.DataFrame:
    as_of = default_as_of(known, definition)
    assert as_of is not None
    found = build_journeys(known, definition, as_of).collect().lazy()
    return step_table(found, definition, Window(), as_of, horizons(found, definition, as_of), basis=basis)


@pytest.mark.real_data
def test_maven(real_data: Path) -> None:
    known = real_facts.maven(real_data)
    assert default_as_of(known, real_facts.MAVEN) == date(2017, 12, 31)
    table = build_journeys(known, real_facts.MAVEN, date(2017, 12, 31)).collect()
    outcomes = dict(table.group_by(pl.col("outcome").cast(pl.String)).len().iter_rows())
    assert outcomes == {"won": 4238, "lost": 2473, "open": 1589 + 500}
    won = table.filter(pl.col("outcome") == "won")
    assert won["amount"].sum() == 10_005_534
    assert (won["cycle_days"].mean(), won["cycle_days"].median()) == (pytest.approx(51.782, abs=5e-4), 57)
    quarters = won.group_by(pl.col("won_at").dt.quarter()).len().sort("won_at")["len"].to_list()
    assert quarters == [531, 1254, 1257, 1196]
    assert table["created_at"].null_count() == 500
    steps = _table(known, real_facts.MAVEN)
    assert steps["n_reached"].to_list() == [8800, 8300, 4238]
    assert steps.row(2, named=True)["lost"] == 2473
    assert horizons(table.lazy(), real_facts.MAVEN, date(2017, 12, 31))["days"].to_list() == [None, 121.0]


@pytest.mark.real_data
def test_enpal(real_data: Path) -> None:
    known = real_facts.enpal(real_data)
    steps = _table(known, real_facts.ENPAL)
    assert steps["n_own_entries"].to_list() == [1995, 1479, 1305, 1086, 894, 741, 588, 479, 324]
    assert steps["n_reached"].to_list() == [1995, 1990, 1951, 1862, 1693, 1424, 1081, 723, 324]
    strict = _table(known, real_facts.ENPAL, "strict")["n_counted"].to_list()
    assert strict == [1995, 1479, 977, 530, 235, 81, 18, 3, 0]
    last = steps.row(-1, named=True)
    assert (round(last["own_rate"], 3), round(last["rate"], 3), last["shows_both_counts"]) == (0.167, 0.448, True)
    as_of = default_as_of(known, real_facts.ENPAL)
    assert as_of == date(2025, 3, 11)  # the last change of the file is a loss reason of that day
    table = build_journeys(known, real_facts.ENPAL, as_of).collect()
    assert dict(table.group_by(pl.col("outcome").cast(pl.String)).len().iter_rows()) == {"won": 324, "lost": 1671}
    assert table["owner"].null_count() == 0


@pytest.mark.real_data
@pytest.mark.parametrize("order", [("snapshot", "history"), ("history", "snapshot")])
def test_salesforce_in_either_order(real_data: Path, order: tuple[str, ...]) -> None:
    known = real_facts.salesforce(real_data, order)
    as_of = default_as_of(known, real_facts.SALESFORCE)
    assert as_of is not None
    table = build_journeys(known, real_facts.SALESFORCE, as_of).collect()
    won = table.filter(pl.col("outcome") == "won")
    assert (won.height, won["amount"].sum()) == (12, 2_815_000)
    into_won = _table(known, real_facts.SALESFORCE).row(-1, named=True)
    assert [into_won[name] for name in ("n", "advanced", "lost", "waiting")] == [21, 12, 7, 2]


@pytest.mark.real_data
def test_salesforce_snapshot_alone_does_not_know_where_it_lost(real_data: Path) -> None:
    steps = _table(real_facts.salesforce(real_data, ("snapshot",)), real_facts.SALESFORCE)
    assert steps["lost_unknown"].sum() == 8
    assert set(steps["reason"].to_list()[1:]) == {"unknown_place"}
