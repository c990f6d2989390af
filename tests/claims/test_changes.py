"""Changes against the window before: nothing changes where nothing changed, and chance is not called a change."""

from __future__ import annotations

import random
from datetime import date, timedelta

from funnel.filters import Filters, preset_window
from funnel.metrics.economics import key_figures
from funnel.metrics.journeys.build import build_journeys
from funnel.schema import Facts, Spend, empty, facts_of
from tests.claims.loading import IMPORTED_AT
from tests.factories import Lead, funnel, lead, log

PATH = funnel("lead", "offer", "won", won="won")
DAYS = [date(2025, 6, 1) + timedelta(days=i) for i in range(61)]
FIGURES = ("leads", "customers", "overall_conversion", "win_rate")


def steady() -> list[Lead]:
    """Ten leads a day, five of which get an offer after 4 days and are won 6 days later; always the same."""
    leads = []
    for i in range(230):
        created = date(2025, 1, 1) + timedelta(days=i)
        for n in range(10):
            story = f"{created} lead"
            if n % 2 == 0:
                story += f", {created + timedelta(days=4)} offer, {created + timedelta(days=10)} won"
            leads.append(lead(f"{i}-{n}", story))
    return leads


def noisy(seed: int) -> list[Lead]:
    chance = random.Random(seed)
    leads = []
    for i in range(230):
        created = date(2025, 1, 1) + timedelta(days=i)
        for n in range(sum(chance.random() < 0.2 for _ in range(20))):
            story = f"{created} lead"
            if chance.random() < 0.4:
                offer = created + timedelta(days=chance.randint(1, 8))
                story += f", {offer} offer"
                if chance.random() < 0.5:
                    story += f", {offer + timedelta(days=chance.randint(2, 12))} won"
            leads.append(lead(f"{i}-{n}", story))
    return leads


def told(leads: list[Lead]) -> Facts:
    return facts_of([log(*leads)], IMPORTED_AT)


def changes(facts: Facts, day: date) -> dict[str, dict]:
    table = build_journeys(facts, PATH, day)
    filters = Filters(preset_window("3m", day))
    found = key_figures(table, PATH, filters, day, empty(Spend))
    return {row["figure"]: row for row in found.iter_rows(named=True)}


def test_a_company_that_never_changes_shows_no_change_on_any_day_of_two_months() -> None:
    leads = told(steady())
    for day in DAYS:
        found = changes(leads, day)
        assert found["leads"]["change_share"] is not None, day
        assert abs(found["leads"]["change_share"]) <= 0.04, day
        assert abs(found["customers"]["change_share"]) <= 0.04, day
        assert abs(found["overall_conversion"]["change_pp"]) <= 1.5, day
        assert abs(found["win_rate"]["change_pp"]) <= 1.5, day
        assert all(found[name]["within_chance"] for name in FIGURES), day


def test_chance_is_coloured_on_at_most_one_day_in_ten() -> None:
    coloured = shown = 0
    for seed in range(12):
        leads = told(noisy(seed))
        for day in DAYS[::20]:
            found = changes(leads, day)
            shown += len(FIGURES)
            coloured += sum(found[name]["within_chance"] is False for name in FIGURES)
    assert shown == 12 * 4 * len(FIGURES)
    assert coloured <= 0.10 * shown, (coloured, shown)


def test_a_company_that_grew_by_half_is_told() -> None:
    """The mark of chance is not always there: it would not be a mark."""
    few = [one for one in steady() if not one.lead_id.endswith(("1", "3", "5")) or int(one.lead_id.split("-")[0]) > 90]
    found = changes(told(few), date(2025, 6, 30))["leads"]
    assert found["within_chance"] is False
    assert found["change_share"] > 0.2
