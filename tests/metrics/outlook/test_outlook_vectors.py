"""Outlook against figures worked out by hand: one function at a time, on numbers small enough to follow."""

from __future__ import annotations

import numpy as np
import pytest

from funnel.metrics.outlook.chain import from_new_leads, win_chances
from funnel.metrics.outlook.goals import leads_needed, useful_days
from funnel.metrics.outlook.hazards import Hazard, exposure, hazard
from funnel.metrics.outlook.ranges import chance_of_at_least, count_range, dispersion, gain_range
from funnel.metrics.outlook.record import independent_windows
from funnel.metrics.outlook.stays import ADVANCED, LOST, MAX_AGE, NEVER, OPEN, Stays
from funnel.metrics.outlook.what_ifs import capped


def constant(advance: float, lost: float) -> Hazard:
    return Hazard(np.full(MAX_AGE, advance), np.full(MAX_AGE, lost))


def test_one_step_with_a_constant_hazard() -> None:
    """.02 / .05 · (1 - .95³⁰): the closed form of a geometric wait."""
    (chances,) = win_chances([constant(0.02, 0.03)], 30)
    assert chances[30, 0] == pytest.approx(0.314144, abs=5e-7)
    assert chances[30, 0] == pytest.approx(0.4 * (1 - 0.95**30))
    assert (chances[30] == chances[30, 0]).all()


def test_two_steps_one_after_the_other() -> None:
    first, second = win_chances([constant(0.02, 0.03)] * 2, 30)
    assert first[1, 0] == pytest.approx(0.0002)
    assert first[2, 0] == pytest.approx(0.00078)
    assert first[30, 0] == pytest.approx(0.072789, abs=5e-7)
    assert second[30, 0] == pytest.approx(0.314144, abs=5e-7)


def test_a_hazard_that_sinks_with_age() -> None:
    advance = np.where(np.arange(MAX_AGE) <= 6, 0.05, 0.01)
    (chances,) = win_chances([Hazard(advance, np.full(MAX_AGE, 0.02))], 10)
    assert chances[10, 0] == pytest.approx(0.302014, abs=5e-7)
    assert chances[10, 6] == pytest.approx(0.124328, abs=5e-7)


def test_reaching_a_stage_before_won() -> None:
    """The chance to reach the second of three stages is the first step alone."""
    (reached,) = win_chances([constant(0.02, 0.03)] * 2, 30, stage=1)
    assert reached[30, 0] == pytest.approx(0.314144, abs=5e-7)


def test_new_leads_spread_evenly_over_the_days() -> None:
    """One lead a day, P(0, t) = 0, .1, .3: one day brings .05, two bring .05 + .2."""
    assert from_new_leads(np.array([0.0, 0.1, 0.3])) == pytest.approx([0, 0.05, 0.25])


def five_leads() -> Stays:
    """As of day 10 (entry, advanced, lost): (0, 2, –) (0, –, 4) (0, –, –) (5, –, –) (9, 9, –)."""
    return Stays(
        entry=np.array([0, 0, 0, 5, 9]),
        exit=np.array([2, 4, NEVER, NEVER, 9]),
        age=np.array([2, 4, 0, 0, 0]),
        kind=np.array([ADVANCED, LOST, OPEN, OPEN, ADVANCED]),
        until=np.full(5, NEVER),
        n=np.ones(5, dtype=int),
    )


def test_five_leads_by_hand() -> None:
    table = hazard(*exposure(five_leads(), 10, 10 - 365), min_exits=1)
    assert table.advance[:4] == pytest.approx([1 / 5, 1 / 8, 1 / 8, 0])
    assert (table.advance[3:] == 0).all()
    assert (table.lost[:3] == 0).all()
    assert table.lost[3:] == pytest.approx(1 / 11)


def test_a_stay_before_the_window_counts_only_its_days_inside() -> None:
    """With a window from day 3 the first lead (ended on day 2) is out, the next two count from age 3 on."""
    risk, moved, left = exposure(five_leads(), 10, 3)
    assert risk[:6].tolist() == [2, 1, 1, 6, 2, 3]
    assert (moved[0], left[0], moved.sum(), left.sum()) == (1, 1, 1, 2)


def test_a_lead_followed_to_an_earlier_day_is_at_risk_until_then() -> None:
    stays = five_leads()
    stays.until[:] = [NEVER, 3, 3, NEVER, NEVER]
    risk, _, left = exposure(stays, 10, -355)
    # Of the second and third lead days 0, 1 and 2; the loss on day 4 lies after the follow-up and is no event.
    assert risk[:5].tolist() == [5, 4, 4, 2, 0]
    assert left.sum() == 2


def test_buckets_join_until_three_exits_and_a_small_rest_joins_them() -> None:
    risk, moved, left = np.zeros(18), np.zeros(18), np.zeros(18)
    risk[:4], left[:4], moved[:4] = [100, 90, 80, 199], [2, 1, 3, 2], [1, 1, 2, 2]
    joined = hazard(risk, moved, left)
    assert joined.advance[0] == joined.advance[1] == pytest.approx(2 / 190)
    assert joined.advance[2] == joined.advance[899] == pytest.approx(4 / 279)
    risk[3] = 200
    apart = hazard(risk, moved, left)
    assert apart.advance[2] == pytest.approx(2 / 80)
    assert apart.advance[3] == pytest.approx(2 / 200)


def test_dispersion_of_four_past_days() -> None:
    """Worked out: Σ((y - f)² - f) = 35 - 41, Σf² = 429, n_eff = 2.5."""
    n_eff = independent_windows(4, 60)
    assert n_eff == 2.5
    c = dispersion(np.array([10.0, 12, 8, 11]), np.array([9.0, 15, 8, 6]), n_eff)
    assert c == pytest.approx(0.006928, abs=5e-7)
    assert c == pytest.approx((4 * 0.02 + 2.5 * (-6 / 429)) / 6.5)


def test_overlapping_windows_count_by_their_span() -> None:
    assert [independent_windows(m, 90) for m in (0, 1, 4, 7)] == [0, 1, 2, 3]
    assert independent_windows(5, 30) == 5
    assert independent_windows(3, 5) == 3, "windows apart from each other are never worth more than their number"


@pytest.mark.parametrize(
    ("mean", "c", "expected"),
    [(5.6, 0, (3, 8)), (5.6, 0.05, (3, 9)), (20, 0.02, (14, 26)), (0.4, 0.02, (0, 1)), (0.0, 0.02, (0, 0))],
)
def test_ranges(mean: float, c: float, expected: tuple[int, int]) -> None:
    assert count_range(mean, c) == expected


def test_leads_for_twenty_wins() -> None:
    for c, expected in ((0.02, [394, 557, 655]), (0.0, [389, 522, 597])):
        found = [leads_needed(lambda n, c=c: chance_of_at_least(20, 8 + n * 0.03, c), p, 1e5) for p in (0.5, 0.8, 0.9)]
        assert found == expected


def test_nothing_is_needed_and_out_of_reach() -> None:
    assert leads_needed(lambda n: chance_of_at_least(3, 8 + n * 0.03, 0.02), 0.9, 1000) == 0
    assert leads_needed(lambda n: chance_of_at_least(200, 8 + n * 0.03, 0.02), 0.5, 1000) is None


def test_a_probability_reached_exactly_counts_as_reached() -> None:
    """P(N ≥ 1) = ½ exactly at mean ln 2, whatever the last bit says."""
    assert leads_needed(lambda n: chance_of_at_least(1, n * np.log(2) / 7, 0.0), 0.5, 100) == 7


def test_half_of_the_wins_exactly() -> None:
    """2 of 4 wins by day 2: the half is reached on day 2, not on day 3; nine of ten of a year on day 4."""
    fresh = np.concatenate(([0.0, 0.1, 0.1 + 0.1, 0.3], np.full(363, 0.1 + 0.1 + 0.1 + 0.1)))
    assert useful_days(fresh) == (2, 4)
    assert useful_days(np.zeros(367)) == (None, None)


def test_the_range_of_a_gain_and_of_a_loss() -> None:
    low, high = gain_range(5.0, 50)
    assert (low, high) == count_range(5.0, 0.02)
    assert gain_range(-5.0, 50) == (-high, -low)


def test_a_rate_is_lifted_to_95_per_cent_at_most() -> None:
    assert capped(2.0, 0.4) == 2.0
    assert capped(2.0, 0.5) == pytest.approx(1.9)
    assert capped(1.5, 0.97) == 1.0
    assert capped(0.5, 0.97) == 0.5
