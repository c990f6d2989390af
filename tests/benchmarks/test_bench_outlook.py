"""A million leads: today and all past days at three horizons, once the journeys are at hand."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from funnel.metrics.outlook.forecasting import forecast_of, prospects_of
from tests.simulation import Simulation, funnel, simulate

AS_OF = date(2025, 12, 31)


def test_a_million_leads(benchmark: Any) -> None:
    """Today plus 21 past days at 30, 60 and 90 days within three seconds of computing time."""
    definition = funnel([None] * 3)
    plan = Simulation(definition, (0.5, 0.5, 0.5), 1_000_000, date(2024, 1, 1), 730, AS_OF, silent=0.3)
    journeys = simulate(plan, 1)
    forecast_of(prospects_of(journeys.head(2000), definition, AS_OF), 30)  # what is imported on first use

    def run() -> float:
        began = time.process_time()
        prospects = prospects_of(journeys, definition, AS_OF)
        assert len(prospects.record.views) == 21
        for horizon in (30, 60, 90):
            assert forecast_of(prospects, horizon).low is not None
        return time.process_time() - began

    used = benchmark.pedantic(run, rounds=1)
    print(f"computing time: {used:.2f} s")
    assert used <= 3
