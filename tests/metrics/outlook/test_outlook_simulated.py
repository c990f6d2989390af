"""The outlook against companies of known future: a small version of ``tests/benchmarks/outlook_simulation.py``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from funnel.metrics.outlook import forecast, plan, what_if
from funnel.metrics.outlook.forecasting import forecast_of, prospects_of
from tests.benchmarks.outlook_companies import KINDS, company

STEADY = KINDS[0]


@pytest.fixture(scope="module")
def looked_at() -> list[tuple]:
    """Twelve steady companies of 120 leads a month: prospects, expected and real wins of 60 days."""
    found = []
    for seed in range(12):
        made = company(STEADY, 1000 + seed)
        lives = made.lives(made.created, made.draws)
        journeys, definition = made.journeys(lives)
        prospects = prospects_of(journeys, definition, made.as_of, longest=62)
        came = int(((lives.won >= made.today) & (lives.won < made.today + 60)).sum())
        found.append((made, journeys, definition, prospects, came))
    return found


def test_what_is_said_comes(looked_at: list[tuple]) -> None:
    """Over twelve companies within 10 %; most ranges hold."""
    said = [forecast_of(prospects, 60) for *_, prospects, _ in looked_at]
    came = np.array([one[-1] for one in looked_at])
    expected = np.array([one.total for one in said])
    assert expected.sum() / came.sum() == pytest.approx(1, abs=0.1)
    inside = [one.low <= y <= one.high for one, y in zip(said, came, strict=True) if one.low is not None and one.high]
    assert len(inside) == 12 and sum(inside) >= 8
    assert all(one.spread is not None and one.spread.n_eff >= 2 and one.n_wins >= 20 for one in said)


def test_the_parts_add_up_and_the_path_rises(looked_at: list[tuple]) -> None:
    for *_, prospects, _ in looked_at:
        said = forecast_of(prospects, 60)
        assert said.total == pytest.approx(said.of_open + said.of_new)
        assert said.path is not None and said.path["total"].is_sorted()
        assert said.path["total"][-1] == pytest.approx(said.total)


def test_no_range_without_two_windows_or_twenty_wins() -> None:
    """Companies of any age and size: a range stands only where both rules are kept."""
    shown = refused = 0
    for seed in range(30):
        made = company(replace(STEADY, leads=12 + 6 * (seed % 3), months=(4, 12)), seed)
        journeys, definition = made.journeys(made.lives(made.created, made.draws))
        for horizon in (30, 90):
            said = forecast(journeys, definition, made.as_of, horizon)
            if said.refusal is not None:
                refused += 1
                continue
            assert said.spread is not None
            earned = said.spread.n_eff >= 2 and said.n_wins >= 20
            assert (said.low is not None) == earned == (said.no_range is None)
            shown += earned
    assert shown > 5 and refused > 0


def test_more_certainty_takes_more_leads_and_a_better_step_brings_wins(looked_at: list[tuple]) -> None:
    made, journeys, definition, prospects, _ = looked_at[0]
    expected = forecast_of(prospects, 60).total
    found = plan(journeys, definition, made.as_of, forecast_of(prospects, 60).until, wins=round(1.3 * expected))
    leads = found.needs["new_leads"].to_list()
    assert leads == sorted(leads) and leads[0] > 0
    better = what_if(journeys, definition, made.as_of, 60, step=prospects.history.stages[1], factor=1.2, quality=1.0)
    assert 0 < better.gain < 0.2 * expected + 1e-9
    later = what_if(
        journeys, definition, made.as_of, 60, step=prospects.history.stages[1], factor=1.2, quality=1.0,
        since=forecast_of(prospects, 30).until,
    )  # fmt: skip
    assert 0 <= later.gain < better.gain
    none = what_if(journeys, definition, made.as_of, 60, quality=1.0)
    assert none.gain == pytest.approx(0)
    double = what_if(journeys, definition, made.as_of, 60, extra_leads_a_day=prospects.today.new_per_day, quality=1.0)
    assert double.gain == pytest.approx(forecast_of(prospects, 60).of_new)
