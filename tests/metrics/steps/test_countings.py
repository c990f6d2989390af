"""The ways of counting, by hand, and the same as the status table of each basis."""

from __future__ import annotations

from datetime import date

import pytest

from funnel.filters import Window
from funnel.metrics.steps.conversion import step_table
from funnel.metrics.steps.countings import countings
from funnel.metrics.steps.horizons import horizons
from tests.factories import GUIDE, journeys, lead, log

STORY = log(
    lead("A", "2024-01-05 lead, 2024-01-08 intent, 2024-02-02 opportunity, 2024-02-20 won"),
    lead("B", "2024-01-06 lead, 2024-02-03 won"),
    lead("C", "2024-02-01 lead, 2024-02-04 opportunity, 2024-02-09 @lost"),
    lead("D", "2024-02-10 lead"),
)


def test_by_hand() -> None:
    """January: A and B were created. B jumped to won; in January itself only A entered intent."""
    table = countings(journeys(STORY).lazy(), GUIDE, Window("dates", date(2024, 1, 1), date(2024, 1, 31)))
    assert table["lead_cohort"].to_list() == [2, 2, 2, 2, 0]
    assert table["own"].to_list() == [2, 1, 1, 2, 0]
    assert table["strict"].to_list() == [2, 1, 1, 1, 0]
    assert table["activity"].to_list() == [2, 1, 0, 0, 0]


@pytest.mark.parametrize("window", [Window(), Window("dates", date(2024, 2, 1), date(2024, 2, 29))])
def test_the_status_table_counts_the_same(window: Window) -> None:
    leads = journeys(STORY).lazy()
    table, as_of = countings(leads, GUIDE, window), date(2024, 3, 1)
    known = horizons(leads, GUIDE, as_of)
    for basis in ("lead_cohort", "own", "strict", "activity"):
        status = step_table(leads, GUIDE, window, as_of, known, basis=basis)
        assert table[basis].to_list() == status["n_counted"].to_list(), basis
