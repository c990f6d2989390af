"""Customer voices, loss reasons of imports and decisions, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from scipy.stats import boschloo_exact

from funnel.errors import InputError
from funnel.planning.feedback.decisions import Decision, to_review
from funnel.planning.feedback.voices import (
    Feedback,
    Voice,
    counter_measures,
    growing_themes,
    pareto,
    voices_of,
    voices_of_losses,
    without_doubles,
)
from funnel.planning.strategies.playbook import load_playbook
from tests.conftest import ROOT
from tests.factories import GUIDE, journeys, lead, log, snapshot

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def said(theme: str, on: str = "2026-06-10", voice: str = "lost", stage: str = "won", lead_id: str = "") -> Feedback:
    return Feedback(f"{theme}{on}", date.fromisoformat(on), voice, stage, theme, f"“{theme}”", lead_id)


def voices(theme: str, n: int, month: date = JUNE, stage: str = "won") -> list[Voice]:
    return [Voice(stage, theme, month, "lost", False)] * n


LOSSES = journeys(
    log(
        lead("A", "2026-05-01 lead, 2026-05-02 intent, 2026-05-03 opportunity, 2026-06-04 @lost", lost_reason="Price"),
        lead("B", "2026-05-01 lead, 2026-05-02 intent, 2026-05-03 opportunity, 2026-06-05 @lost", lost_reason="price "),
        lead("C", "2026-05-01 lead, 2026-06-06 @lost", lost_reason="No need"),
        lead("D", "2026-05-01 lead, 2026-06-06 @lost"),
        lead("E", "2026-05-01 lead, 2026-05-02 intent"),
    ),
    as_of="2026-06-30",
).lazy()


def test_dated_losses_with_a_reason_are_voices_of_their_step():
    found = sorted(voices_of_losses(LOSSES, GUIDE), key=lambda one: one.theme)
    assert found == [
        Voice("intent", "No need", JUNE, "lost", True),
        Voice("won", "Price", JUNE, "lost", True),
        Voice("won", "price", JUNE, "lost", True),
    ]


def test_a_loss_of_unknown_place_belongs_to_no_stage():
    """A snapshot that says only "lost": nobody knows in which step (metrics.md, J6)."""
    frame = journeys(
        snapshot(lead("A", stage="@lost", created_at="2026-05-01", closed_at="2026-06-01", lost_reason="Price")),
        as_of="2026-06-30",
    )
    assert [voice.stage for voice in voices_of_losses(frame.lazy(), GUIDE)] == [""]


def test_feedback_without_a_theme_is_kept_but_not_counted():
    assert voices_of([said("price"), said(" ")]) == [Voice("won", "price", JUNE, "lost", False)]


def test_a_lost_lead_is_counted_once():
    written = [said("quote not transparent", lead_id="A"), said("kind people", voice="won", lead_id="E")]
    found = without_doubles(written, LOSSES, GUIDE)
    assert sorted((one.theme, one.is_import) for one in found) == [
        ("No need", True),
        ("kind people", False),
        ("price", True),
        ("quote not transparent", False),
    ]


def test_pareto_by_stage_with_shares_that_add_up():
    """Closing: price three times (two imported, in two spellings), competitor once; screening: no need once."""
    found = pareto([*voices_of([said("price"), said("Competitor")]), *voices_of_losses(LOSSES, GUIDE)])
    assert [(c.stage, c.theme, c.n, c.n_import, c.share, c.cumulative) for c in found] == [
        ("intent", "No need", 1, 1, 1.0, 1.0),
        ("won", "price", 3, 2, 0.75, 0.75),
        ("won", "Competitor", 1, 0, 0.25, 1.0),
    ]


def test_pareto_may_be_narrowed_to_a_month_and_to_won_customers_and_run_over_all_stages():
    everything = voices_of(
        [said("price"), said("price", stage="intent"), said("price", "2026-05-31"), said("service", voice="won")]
    )
    assert [(c.theme, c.n) for c in pareto(everything, by_stage=False)] == [("price", 3), ("service", 1)]
    assert [(c.theme, c.n) for c in pareto(everything, month=date(2026, 5, 15))] == [("price", 1)]
    assert [(c.theme, c.n) for c in pareto(everything, voice="won")] == [("service", 1)]
    assert pareto([]) == []


def test_a_theme_grew_when_its_share_rose():
    """May: price 2 of 10. June: price 9 of 12, service 3 of 12 against 8 of 10."""
    spoken = [
        *voices("price", 2, MAY),
        *voices("service", 8, MAY),
        *voices("price", 9),
        *voices("service", 3),
    ]
    (grown,) = growing_themes(spoken, date(2026, 6, 20))
    assert (grown.theme, grown.n, grown.total, grown.n_before, grown.total_before) == ("price", 9, 12, 2, 10)
    assert grown.p_value == pytest.approx(boschloo_exact([[9, 2], [3, 8]]).pvalue, rel=1e-6)
    assert grown.is_clear == (grown.p_value is not None and grown.p_value < 0.05)


def test_twice_the_losses_do_not_make_every_reason_grow():
    spoken = [*voices("price", 4, MAY), *voices("service", 4, MAY), *voices("price", 8), *voices("service", 8)]
    assert growing_themes(spoken, JUNE) == []


def test_two_voices_are_no_trend_and_a_new_theme_without_a_month_before_is_not_tested():
    assert growing_themes(voices("price", 2), JUNE) == []
    (grown,) = growing_themes(voices("price", 3), JUNE)
    assert (grown.n, grown.total_before, grown.p_value, grown.is_clear) == (3, 0, None, False)


def test_the_largest_rise_comes_first_and_stages_are_looked_at_apart():
    spoken = [
        *voices("price", 5, MAY), *voices("service", 5, MAY), *voices("price", 6), *voices("service", 4),
        *voices("reach", 10, MAY, "intent"),
        *voices("price", 5, JUNE, "intent"), *voices("reach", 5, JUNE, "intent"),
    ]  # fmt: skip
    found = [(one.stage, one.n, one.n_before) for one in growing_themes(spoken, JUNE)]
    assert found == [("intent", 5, 0), ("won", 6, 5)], "50 points more come before 10 points more"


@pytest.mark.parametrize(
    ("theme", "stage", "first"),
    [
        ("quote not transparent", "won", "won_cost_breakdown"),
        ("报价不透明", "won", "won_cost_breakdown"),
        ("chose a competitor", "won", "won_competitor"),
        ("未做决定", "won", "won_no_decision"),
        ("Could not be reached", "intent", "intent_not_reached"),
        ("非目标客户", "intent", "intent_lead_quality"),
        ("非目标客户", "opportunity", "opportunity_tailored_demo"),
    ],
)
def test_a_theme_finds_its_counter_measure(theme, stage, first):
    entries = load_playbook(ROOT / "data" / "playbook.toml")
    assert counter_measures(theme, stage, entries, GUIDE)[0].key == first


def test_a_theme_that_names_no_known_cause_finds_none():
    assert counter_measures("nice weather", "won", load_playbook(ROOT / "data" / "playbook.toml"), GUIDE) == []


def test_a_voice_is_won_or_lost():
    with pytest.raises(InputError, match=r"feedback\.unknown_voice"):
        said("x", voice="angry")


# --- decisions ---


def decided(name: str, month: date, state: str = "open", due: date | None = None) -> Decision:
    return Decision(name, month, name, "Li Na", due, state)


def test_a_retrospective_opens_with_last_months_decisions_and_what_is_still_open():
    april = date(2026, 4, 1)
    found = to_review(
        [
            decided("now", JUNE),
            decided("late", MAY, due=date(2026, 6, 20)),
            decided("done", MAY, "done", due=date(2026, 6, 1)),
            decided("undated", MAY),
            decided("old and open", april),
            decided("old and done", april, "done"),
        ],
        date(2026, 6, 30),
    )
    assert [one.decision_id for one in found] == ["old and open", "done", "late", "undated"]


def test_a_row_in_which_nobody_wrote_anything_is_not_reviewed():
    blank = replace(decided("blank", MAY), text="  ")
    assert to_review([blank, decided("call back", MAY)], JUNE) == [decided("call back", MAY)]


def test_an_open_decision_is_overdue_after_its_day():
    one = decided("call", MAY, due=date(2026, 6, 20))
    assert [one.is_overdue(date(2026, 6, day)) for day in (20, 21)] == [False, True]
    assert not decided("call", MAY, "done", date(2026, 6, 20)).is_overdue(date(2026, 7, 1))
    assert not decided("call", MAY).is_overdue(date(2026, 7, 1))


def test_decisions_that_cannot_be_are_refused():
    with pytest.raises(InputError, match=r"decision\.unknown_state"):
        decided("x", MAY, "asleep")
    with pytest.raises(InputError, match=r"decision\.month"):
        decided("x", date(2026, 5, 2))
