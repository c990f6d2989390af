"""Lists that were drawn by the day of closing hold, of older deals, only those that took long."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from funnel.metrics.steps.first_closings import missing_first_closings
from tests.factories import funnel

FIRST, DAYS = date(2024, 1, 1), 500
DEFINITION = funnel("s1", "s2", "won", won="won")
Deal = tuple[int, int | None]
"""Day of creation, day of closing (null: open)."""


def company(seed: int, *, sweeps: int = 0) -> list[Deal]:
    """Two deals a day with log-normal lives around a month, four of five of which end; ``sweeps``: closings are only
    entered every so many days."""
    rng = np.random.default_rng(seed)
    deals: list[Deal] = []
    for day in range(DAYS):
        for _ in range(rng.poisson(2)):
            closed = day + int(rng.lognormal(math.log(30), 0.8)) if rng.random() < 0.8 else DAYS
            closed += -closed % sweeps if sweeps else 0
            deals.append((day, closed if closed < DAYS else None))
    return deals


def journeys(deals: list[Deal]) -> pl.DataFrame:
    at = [datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day) for day in range(DAYS)]
    rows = [
        {
            "created_at": at[day],
            "entered_s1": at[day],
            "entered_s2": None,
            "won_at": None if closed is None or place % 3 else at[closed],
            "lost_at": None if closed is None or place % 3 == 0 else at[closed],
            "observed_until": FIRST + timedelta(days=DAYS),
            "outcome": "open" if closed is None else "lost" if place % 3 else "won",
        }
        for place, (day, closed) in enumerate(deals)
    ]
    dates = dict.fromkeys(("created_at", "entered_s1", "entered_s2", "won_at", "lost_at"), pl.Datetime("us"))
    return pl.DataFrame(rows, schema=dates | {"observed_until": pl.Date, "outcome": pl.String})


def chance_to_close(deals: list[Deal], age: int) -> float:
    """Kaplan–Meier, one day at a time."""
    stays = 1.0
    for day in range(age):
        ends = [(DAYS if closed is None else closed) - start for start, closed in deals]
        at_risk = sum(end >= day for end in ends)
        closed_now = sum(closed is not None and closed - start == day for start, closed in deals)
        stays *= 1 - closed_now / at_risk if at_risk else 1
    return 1 - stays


@pytest.mark.parametrize("seed", range(12))
def test_of_all_deals_nothing_is_missing(seed: int) -> None:
    assert missing_first_closings(journeys(company(seed)), DEFINITION) is None


def test_a_list_of_deals_closed_since_a_day_is_found_out() -> None:
    kept = [deal for deal in company(7) if deal[1] is None or deal[1] >= 120]
    first = min(closed for _, closed in kept if closed is not None)
    older, later = [d for d in kept if d[0] < first], [d for d in kept if d[0] >= first]
    found = missing_first_closings(journeys(kept), DEFINITION)
    assert found is not None
    assert (found.on, found.n) == (FIRST + timedelta(days=first), len(older))
    ages = sorted({first - start for start, _ in older})
    chances = {age: chance_to_close(later, age) for age in (ages[0], ages[len(ages) // 2], ages[-1])}
    several = [deal for deal in older if first - deal[0] in chances]
    told = missing_first_closings(journeys(several * 40 + later), DEFINITION)
    assert told is not None
    assert told.expected == pytest.approx(40 * sum(chances[first - start] for start, _ in several))


def test_closings_that_are_entered_once_a_quarter_are_not_missing() -> None:
    assert missing_first_closings(journeys(company(3, sweeps=90)), DEFINITION) is None


def test_too_few_deals_tell_nothing() -> None:
    kept = [deal for deal in company(7) if deal[1] is None or deal[1] >= 120][::20]
    assert missing_first_closings(journeys(kept), DEFINITION) is None
    assert missing_first_closings(journeys([(day, None) for day in range(100)]), DEFINITION) is None
