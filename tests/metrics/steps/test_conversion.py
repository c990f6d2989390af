"""Conversion per step: a funnel counted by hand on every basis, horizons, maturity, trend, groups, estimates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from scipy.stats import binomtest

from funnel.errors import InputError
from funnel.filters import Window
from funnel.metrics.steps.conversion import breakdown, horizons, longest, step_table, trend
from funnel.metrics.steps.patterns import n_undated, patterns_by_day
from funnel.schema import BASES, Basis, Horizons, ImportBatch
from tests.factories import GUIDE, Lead, at, day, funnel, journeys, lead, log, snapshot

AS_OF = day("2024-03-31")
THREE = funnel("lead", "talk", "won", won="won")

STORY = log(
    lead("A", "2024-01-01 lead, 2024-01-03 intent, 2024-01-10 opportunity, 2024-01-20 won, 2024-02-20 repeat"),
    lead("B", "2024-01-02 lead, 2024-01-06 intent, 2024-01-20 opportunity, 2024-02-25 @lost"),
    lead("C", "2024-01-03 lead, 2024-01-09 intent, 2024-01-15 @lost"),
    lead("D", "2024-01-04 lead, 2024-01-14 opportunity, 2024-01-30 won"),  # skipped intent
    lead("E", "2024-01-05 lead, 2024-02-04 intent"),
    lead("F", "2024-02-06 lead, 2024-02-07 @lost"),
    lead("G", "2024-03-07 lead"),
    exported_on="2024-03-31",
)
NO_HORIZONS = Horizons.create_empty()
H_TEN_DAYS = pl.DataFrame(
    [(j, key, 10.0, 20, "typed") for j, key in enumerate(GUIDE.keys, 1) if j > 1],
    schema=NO_HORIZONS.schema,
    orient="row",
)
JANUARY = Window("dates", date(2024, 1, 1), date(2024, 1, 31))


def told(*batches: ImportBatch, as_of: date = AS_OF) -> pl.LazyFrame:
    return journeys(*batches, as_of=as_of).lazy()


ALL_TIME = Window()


def table(window: Window = ALL_TIME, basis: Basis = "lead_cohort", horizons: pl.DataFrame = H_TEN_DAYS) -> pl.DataFrame:
    return step_table(told(STORY), GUIDE, window, AS_OF, horizons, basis=basis)


def column(frame: pl.DataFrame, name: str) -> list[Any]:
    return frame[name].to_list()


class TestByHand:
    def test_lead_cohort(self) -> None:
        found = table()
        assert column(found, "n_counted") == [7, 5, 3, 2, 1]
        assert column(found, "n_own_entries") == [7, 4, 3, 2, 1]
        assert column(found, "n") == [None, 7, 5, 3, 2]
        assert column(found, "advanced") == [None, 5, 3, 2, 1]
        assert column(found, "lost") == [None, 1, 1, 1, 0]
        assert column(found, "waiting") == [None, 1, 1, 0, 1]  # G; E; nobody; D, which may still come back
        assert column(found, "rate") == [None, 5 / 7, 3 / 5, 2 / 3, 1 / 2]

    def test_a_window_takes_the_leads_created_in_it_and_follows_them(self) -> None:
        found = table(JANUARY)
        assert column(found, "n_counted") == [5, 5, 3, 2, 1]
        assert found.row(4, named=True)["advanced"] == 1  # A came back in February

    def test_own_and_strict(self) -> None:
        own = table(basis="own")
        assert column(own, "n_counted") == [7, 4, 3, 2, 1]
        assert column(own, "n") == [None, 7, 4, 3, 2]
        assert column(own, "advanced") == [None, 4, 2, 2, 1]  # D has no own entry into intent
        assert column(own, "passed_over") == [None, 1, 0, 0, 0]
        assert column(table(basis="strict"), "n_counted") == [7, 4, 2, 1, 1]

    def test_step_cohort_takes_entries_into_the_stage_before(self) -> None:
        found = table(JANUARY, "step_cohort")
        assert column(found, "n") == [None, 5, 3, 3, 2]
        assert column(found, "advanced") == [None, 5, 2, 2, 1]
        assert column(found, "lost") == [None, 0, 1, 1, 0]
        assert column(found, "waiting") == [None, 0, 0, 0, 1]

    def test_activity_counts_what_happened(self) -> None:
        february = Window("dates", date(2024, 2, 1), date(2024, 2, 29))
        found = table(february, "activity")
        assert column(found, "n_counted") == [1, 1, 0, 0, 1]  # F; E; nobody; nobody; A
        assert column(found, "rate") == [None, 1.0, 0.0, None, None]
        assert column(found, "reason")[3:] == ["no_leads", "no_leads"]
        assert column(found, "waiting") == [None] * 5

    def test_activity_may_exceed_one_and_says_why(self) -> None:
        later = Window("dates", date(2024, 1, 5), date(2024, 1, 31))  # E created; B, C intent; A, B, D opportunity
        found = table(later, "activity")
        assert column(found, "n_counted") == [1, 2, 3, 2, 0]
        assert column(found, "rate")[1:4] == [2.0, 1.5, 2 / 3]
        assert column(found, "reason")[1:4] == ["more_arrived_than_entered"] * 2 + [None]
        assert column(found, "rate_low") == [None] * 5

    def test_wilson_interval_beside_every_rate(self) -> None:
        for row in table().iter_rows(named=True):
            if row["n"] is not None:
                limits = binomtest(row["advanced"], row["n"]).proportion_ci(method="wilson")
                assert (row["rate_low"], row["rate_high"]) == pytest.approx((limits.low, limits.high))

    def test_days_are_linear_quantiles_of_two_own_dates(self) -> None:
        into_intent = table().row(1, named=True)
        assert into_intent["n_days"] == 4  # 2, 4, 6, 30; D was imputed
        assert into_intent["median_days"] == 5
        assert into_intent["p75_days"] == pytest.approx(6 + 0.25 * 24)
        assert into_intent["p90_days"] == pytest.approx(6 + 0.7 * 24)

    def test_mature_immature_and_stale_by_ten_days(self) -> None:
        into_intent, into_opportunity, into_won, into_repeat = table().to_dicts()[1:]
        assert (into_intent["mature_n"], into_intent["mature_advanced"], into_intent["stale"]) == (7, 5, 1)
        assert (into_opportunity["mature_n"], into_opportunity["stale"]) == (5, 1)  # E waits since February 4
        assert into_won["mature_rate"] == 2 / 3
        assert into_repeat["stale"] is None  # not yet is never stale
        long = H_TEN_DAYS.with_columns(pl.lit(60.0).alias("days"))
        later = table(horizons=long).row(1, named=True)
        assert (later["mature_n"], later["immature_share"]) == (5, 2 / 7)  # F (54 days) and G (24) are young
        edge = table(horizons=H_TEN_DAYS.with_columns(pl.lit(24.0).alias("days"))).row(1, named=True)
        assert (edge["mature_n"], edge["stale"]) == (7, 0)  # G waits exactly 24 days: mature, not longer than H

    def test_without_a_horizon_nothing_is_called_mature_or_stale(self) -> None:
        row = table(horizons=NO_HORIZONS).row(1, named=True)
        assert [row[name] for name in ("mature_n", "mature_rate", "immature_share", "stale", "horizon_days")] == [
            None
        ] * 5

    def test_nobody_is_null_never_zero(self) -> None:
        empty = Window("dates", date(2020, 1, 1), date(2020, 1, 31))
        found = table(empty)
        assert column(found, "n") == [None, 0, 0, 0, 0]
        assert column(found, "rate") == [None] * 5
        assert column(found, "reason")[1:] == ["no_leads"] * 4

    def test_an_unknown_basis_is_refused(self) -> None:
        with pytest.raises(InputError, match="unknown_basis"):
            table(basis="guess")  # type: ignore[arg-type]


class TestWhatTheDataCannotSay:
    def test_a_loss_of_unknown_place_makes_later_rates_unknown(self) -> None:
        story = snapshot(
            lead("A", stage="won", created_at="2024-01-01", closed_at="2024-02-01"),
            lead("B", stage="@lost", created_at="2024-01-02", closed_at="2024-02-02"),
            lead("C", stage="opportunity", created_at="2024-01-03"),
        )
        found = step_table(told(story), GUIDE, Window(), AS_OF, NO_HORIZONS)
        assert column(found, "lost") == [None, 1, 0, 0, 0]
        assert column(found, "lost_unknown") == [None, 1, 0, 0, 0]
        assert column(found, "rate") == [None, None, None, None, 0.0]  # after won nothing was lost
        assert column(found, "reason")[1:4] == ["unknown_place"] * 3
        assert [row["n"] for row in found.to_dicts()[1:]] == [3, 2, 2, 1]

    def test_undated_leads_count_in_all_time_only(self) -> None:
        leads = told(log(lead("A", "2024-01-05 lead")), snapshot(lead("B", stage="intent"), lead("C")))
        assert n_undated(patterns_by_day(leads, GUIDE, NO_HORIZONS, AS_OF)) == 2
        counts = [step_table(leads, GUIDE, w, AS_OF, NO_HORIZONS)["n_counted"][0] for w in (Window(), JANUARY)]
        assert counts == [3, 1]

    @pytest.mark.parametrize(("skips", "shown"), [(1, False), (2, True)])
    def test_both_counts_when_more_than_a_tenth_skipped(self, skips: int, shown: bool) -> None:
        story = [lead(f"s{i}", "2024-01-01 lead, 2024-01-03 opportunity") for i in range(skips)]
        story += [
            lead(f"o{i}", "2024-01-01 lead, 2024-01-02 intent, 2024-01-03 opportunity") for i in range(10 - skips)
        ]
        row = step_table(told(log(*story)), GUIDE, Window(), AS_OF, NO_HORIZONS).row(2, named=True)
        assert row["shows_both_counts"] is shown
        assert (row["own_n"], row["own_advanced"]) == (10 - skips, 10 - skips)


LONG_AGO = day("2023-01-01")


def waits(days: list[int], created: date = LONG_AGO, prefix: str = "W") -> list[Lead]:
    """Leads created on one day that advance after so many days each."""
    return [
        Lead(
            f"{prefix}{i}", (("lead", at(str(created)), False), ("intent", at(str(created + timedelta(days=d))), False))
        )
        for i, d in enumerate(days)
    ]


class TestHorizons:
    def test_the_95th_percentile_rounded_up(self) -> None:
        found = horizons(told(log(*waits(list(range(1, 21))))), GUIDE, AS_OF).row(0, named=True)
        assert (found["days"], found["n_advanced"], found["origin"]) == (20, 20, "data")  # 19.05, rounded up

    def test_fewer_than_twenty_is_too_short(self) -> None:
        found = horizons(told(log(*waits(list(range(1, 20))))), GUIDE, AS_OF)
        assert found.row(0, named=True) == {
            "position": 2,
            "stage": "intent",
            "days": None,
            "n_advanced": 19,
            "origin": "too_short",
        }
        assert longest(found) is None

    def test_young_leads_do_not_shorten_it(self) -> None:
        """40 old leads of which every tenth needed 60 days, and 400 young ones that could only be fast so far."""
        old = waits([5] * 36 + [60] * 4)
        young = waits([5] * 400, created=AS_OF - timedelta(days=20), prefix="Y")
        found = horizons(told(log(*old, *young, exported_on=str(AS_OF))), GUIDE, AS_OF).row(0, named=True)
        # From all 440: 5 → followed ≥ 10 days: all 440 again. Nothing speaks for more than 5 yet.
        assert found["days"] == 5
        slower = waits([5] * 300 + [60] * 30)
        young = waits([5] * 250, created=AS_OF - timedelta(days=20), prefix="Y")
        found = horizons(told(log(*slower, *young, exported_on=str(AS_OF))), GUIDE, AS_OF).row(0, named=True)
        # From all 580: the 95th percentile is 60 (5.2 % are slow) → followed ≥ 120: the 330 old ones, still 60.
        assert (found["days"], found["n_advanced"]) == (60, 330)

    def test_it_is_rechecked_at_every_turn(self) -> None:
        """Enough leads at first, too few that were followed for twice the horizon."""
        leads = waits([30] * 19) + waits([30] * 40, created=AS_OF - timedelta(days=40), prefix="Y")
        found = horizons(told(log(*leads, exported_on=str(AS_OF))), GUIDE, AS_OF).row(0, named=True)
        assert (found["days"], found["n_advanced"], found["origin"]) == (None, 19, "too_short")

    def test_jumps_count_to_the_first_entry_beyond(self) -> None:
        leads = [lead(f"J{i}", "2023-01-01 lead, 2023-01-08 opportunity") for i in range(20)]
        found = horizons(told(log(*leads)), GUIDE, AS_OF)
        assert column(found, "days") == [7, None, None, None]

    def test_a_typed_value_rules(self) -> None:
        found = horizons(told(STORY), GUIDE, AS_OF, {"won": 45})
        assert found.row(2, named=True)["days"] == 45
        assert found.row(2, named=True)["origin"] == "typed"
        assert longest(found) == 45

    @pytest.mark.parametrize("typed", [{"nowhere": 5}, {"lead": 5}, {"won": 0}, {"won": float("nan")}])
    def test_a_typed_value_that_cannot_be(self, typed: dict[str, float]) -> None:
        with pytest.raises(InputError):
            horizons(told(STORY), GUIDE, AS_OF, typed)


@pytest.fixture(scope="module")
def leads() -> pl.LazyFrame:
    """A true win rate of 30 % for ever and a cycle of 45 days on average, one year, ten leads a day."""
    steps = [3, 9, 16, 23, 31, 40, 51, 64, 82, 131]  # deciles of a skewed cycle; their mean is 45
    assert sum(steps) / len(steps) == 45
    story, n = [], 0
    created = date(2023, 1, 1)
    while created <= date(2023, 12, 31):
        for i in range(10):  # three of ten are won, every cycle length equally often
            events = [("lead", at(str(created)), False)]
            won_on = created + timedelta(days=steps[n // 3 % 10 if i < 3 else 0])
            if i < 3:
                n += 1
                if won_on <= date(2023, 12, 31):
                    events.append(("won", at(str(won_on)), False))
            story.append(Lead(f"{created}-{i}", tuple(events)))
        created += timedelta(days=1)
    return journeys(log(*story, exported_on="2023-12-31"), definition=THREE, as_of="2023-12-31").lazy()


class TestTheNaiveTrap:
    """The last months only look bad because their leads are young."""

    def test_the_naive_rate_falls_and_is_marked_provisional(self, leads: pl.LazyFrame) -> None:
        as_of = date(2023, 12, 31)
        found = horizons(leads, THREE, as_of)
        monthly = trend(leads, THREE, Window(), as_of, found).filter(pl.col("position") == 2)
        assert column(monthly, "rate")[-1] < 0.15
        assert column(monthly, "rate")[0] == pytest.approx(0.3)
        naive_looks_bad = monthly.filter(pl.col("rate") < 0.28)
        assert naive_looks_bad.height >= 2
        assert naive_looks_bad["is_provisional"].all()
        final = monthly.filter(~pl.col("is_provisional"))
        assert final.height >= 6
        assert final["rate"].min() >= 0.285  # 5 % of the advances may lie beyond H

    def test_the_mature_rate_tells_the_truth(self, leads: pl.LazyFrame) -> None:
        as_of = date(2023, 12, 31)
        row = step_table(leads, THREE, Window(), as_of, horizons(leads, THREE, as_of)).row(1, named=True)
        assert row["mature_rate"] == pytest.approx(0.3, abs=0.01)
        assert row["rate"] < 0.28
        assert row["immature_share"] == pytest.approx(row["horizon_days"] / 365, abs=0.005)


class TestTrend:
    def test_periods_are_whole_and_without_gaps(self) -> None:
        found = trend(told(STORY), GUIDE, Window(), AS_OF, H_TEN_DAYS)
        starts = found["period_start"].unique().sort().to_list()
        assert starts == [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]
        leads = found.filter(pl.col("position") == 1)["n_counted"].to_list()
        assert leads == [5, 1, 1]
        overall = found.filter(pl.col("position") == 0)
        assert column(overall, "rate") == [2 / 5, 0, 0]

    def test_weeks_start_on_monday_and_the_window_cuts(self) -> None:
        window = Window("dates", date(2024, 1, 3), date(2024, 1, 16))  # a Wednesday to a Tuesday
        found = trend(told(STORY), GUIDE, window, AS_OF, H_TEN_DAYS, every="week")
        assert found.select("period_start", "period_end").unique().sort("period_start").rows() == [
            (date(2024, 1, 3), date(2024, 1, 7)),
            (date(2024, 1, 8), date(2024, 1, 14)),
            (date(2024, 1, 15), date(2024, 1, 16)),
        ]
        assert found.filter(pl.col("position") == 1)["n_counted"].to_list() == [3, 0, 0]

    def test_a_lead_cohort_settles_after_all_steps_up_to_it(self) -> None:
        found = trend(told(STORY), GUIDE, Window(), AS_OF, H_TEN_DAYS)

        def provisional(position: int) -> list[bool]:
            return found.filter(pl.col("position") == position)["is_provisional"].to_list()

        assert provisional(1) == [False, False, False]
        assert provisional(2) == [False, False, True]  # February ends 31 days before as-of: ten days suffice
        assert provisional(5) == [False, True, True]  # four steps of ten days do not
        unknown = trend(told(STORY), GUIDE, Window(), AS_OF, NO_HORIZONS)
        assert unknown.filter(pl.col("position") == 2)["is_provisional"].all()

    def test_step_cohort_and_activity_use_their_own_dates(self) -> None:
        steps = trend(told(STORY), GUIDE, Window(), AS_OF, H_TEN_DAYS, basis="step_cohort")
        into_opportunity = steps.filter(pl.col("position") == 3).select("period_start", "n", "advanced").rows()
        assert into_opportunity[:2] == [(date(2024, 1, 1), 3, 2), (date(2024, 2, 1), 1, 0)]
        happened = trend(told(STORY), GUIDE, Window(), AS_OF, H_TEN_DAYS, basis="activity")
        wins = happened.filter(pl.col("position") == 4).select("n_counted", "n").rows()
        assert wins == [(2, 3), (0, 0), (0, 0)]
        assert not happened["is_provisional"].any()

    @pytest.mark.parametrize("basis", BASES)
    def test_the_periods_add_up_to_the_table(self, basis: Basis) -> None:
        found = trend(told(STORY), GUIDE, Window(), AS_OF, H_TEN_DAYS, basis=basis)
        sums = found.filter(pl.col("position") > 0).group_by("position").agg(pl.col("n_counted").sum()).sort("position")
        assert sums["n_counted"].to_list() == table(basis=basis)["n_counted"].to_list()

    def test_an_unknown_period_is_refused(self) -> None:
        with pytest.raises(InputError, match="unknown_period"):
            trend(told(STORY), GUIDE, Window(), AS_OF, H_TEN_DAYS, every="day")  # type: ignore[arg-type]


class TestBreakdown:
    LEADS = log(
        lead("A", "2024-01-01 lead, 2024-01-02 intent, 2024-01-03 won", source="web"),
        lead("B", "2024-01-01 lead, 2024-01-02 intent", source="web"),
        lead("C", "2024-01-01 lead, 2024-01-02 won", source="event"),
        lead("D", "2024-01-01 lead"),
    )

    def test_largest_first_and_blank_is_a_group(self) -> None:
        found = breakdown(told(self.LEADS), GUIDE, Window(), AS_OF, NO_HORIZONS, by="source")
        first = found.filter(pl.col("position") == 2)
        assert first.select("group", "n", "advanced", "n_leads", "n_won", "is_few").rows() == [
            ("web", 2, 2, 2, 1, True),
            ("event", 1, 1, 1, 1, True),
            (None, 1, 0, 1, 0, True),
        ]
        assert first["overall_rate"].to_list() == [0.5, 1.0, 0.0]

    def test_an_unknown_dimension_is_refused(self) -> None:
        with pytest.raises(InputError, match="unknown_dimension"):
            breakdown(told(self.LEADS), GUIDE, Window(), AS_OF, NO_HORIZONS, by="colour")
