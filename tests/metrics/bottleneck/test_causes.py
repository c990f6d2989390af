"""Likely causes: a figure of the data supports or contradicts each, or says that it cannot know."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition, Sla
from funnel.filters import Window
from funnel.metrics.bottleneck.causes import CAUSES, LIMITS, cause_evidence, causes_of_reason, lead_volume
from funnel.metrics.bottleneck.ranking import step_verdicts
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.deadlines.sla import deadline_effect, sla_table
from funnel.metrics.steps.loss_reasons import loss_reasons
from funnel.metrics.steps.slow_steps import handovers, slow_steps
from tests.simulation import day, funnel, horizons_of, leads, parts_of

DEF = funnel([0.3, 0.2], slas={2: Sla(24, "hours")})
AS_OF = date(2024, 12, 31)


def evidence(rows: list[dict[str, Any]], definition: FunnelDefinition = DEF) -> pl.DataFrame:
    frame = leads(definition, rows, AS_OF)
    found = horizons_of(definition, [20, 20])
    window, calendar = Window(), BusinessCalendar()
    verdicts = step_verdicts(frame, definition, window, AS_OF, found)
    return cause_evidence(
        definition,
        verdicts=verdicts,
        parts=parts_of(frame, definition, verdicts),
        slow=slow_steps(frame, definition, window, found),
        sla=sla_table(frame, definition, window, calendar),
        effects=deadline_effect(frame, definition, window, found, calendar),
        handovers=handovers(frame, definition, window),
        reasons=loss_reasons(frame, definition, window),
        volume=lead_volume(frame, AS_OF),
    )


def cause(table: pl.DataFrame, name: str, stage: str = "s2") -> tuple[str, float | None, int | None]:
    row = table.row(by_predicate=(pl.col("cause") == name) & (pl.col("stage") == stage), named=True)
    return row["stand"], row["x"], row["n"]


def screened(n: int, hours: float, **says: Any) -> list[dict[str, Any]]:
    """Leads that pass the first step after so many hours."""
    start = day("2024-03-04 10:00")
    return [{"s1": start, "s2": start + timedelta(hours=hours), **says} for _ in range(n)]


def gone(n: int, reason: str | None, **says: Any) -> list[dict[str, Any]]:
    """Leads lost in the first step, within the deadline."""
    return [
        {"s1": day("2024-03-04 10:00"), "outcome": "lost", "lost_stage": 2, "lost_at": day("2024-03-04 20:00")}
        | {"lost_reason": reason, **says}
        for _ in range(n)
    ]


def test_thirty_percent_late_supports_slow_follow_up() -> None:
    assert cause(evidence(screened(70, 5) + screened(30, 60)), "slow_follow_up") == ("supports", 30.0, 100)
    assert cause(evidence(screened(95, 5) + screened(5, 60)), "slow_follow_up") == ("contradicts", 5.0, 100)
    assert cause(evidence(screened(85, 5) + screened(15, 60)), "slow_follow_up") == ("unclear", 15.0, 100)
    assert cause(evidence(screened(10, 5) + screened(9, 60)), "slow_follow_up") == ("cannot_know", 9.0, 19)
    assert cause(evidence(screened(70, 5)), "slow_follow_up", "s3") == ("cannot_know", None, None)  # no deadline there


def test_the_limits_are_met_on_their_edges() -> None:
    limits = LIMITS["slow_follow_up"]
    assert (limits.supports, limits.contradicts) == (0.20, 0.10)
    assert cause(evidence(screened(80, 5) + screened(20, 60)), "slow_follow_up")[0] == "supports"
    assert cause(evidence(screened(90, 5) + screened(10, 60)), "slow_follow_up")[0] == "unclear"


def test_one_weak_source_supports_all_weak_sources_contradict() -> None:
    strong = screened(40, 5, source="web") + gone(60, "Price", source="web")
    weak = screened(5, 5, source="fair") + gone(95, "Price", source="fair")
    table = evidence(strong + weak)
    assert cause(table, "weak_source") == ("supports", 5.0, 100)
    assert table.filter(pl.col("cause") == "weak_source", pl.col("stage") == "s2")["detail"].to_list() == ["fair"]
    both = weak + screened(10, 5, source="web") + gone(90, "Price", source="web")
    assert cause(evidence(both), "weak_source")[0] == "contradicts"
    fine = strong + screened(45, 5, source="fair") + gone(55, "Price", source="fair")
    assert cause(evidence(fine), "weak_source")[0] == "unclear"  # nobody is below
    assert cause(evidence(strong), "weak_source")[0] == "cannot_know"  # a single source


def test_loss_reasons_speak_for_their_cause() -> None:
    rows = gone(30, "Quote not transparent") + gone(5, "No decision") + gone(65, "Chose a competitor")
    table = evidence(rows)
    assert cause(table, "price") == ("supports", 30.0, 100)
    assert cause(table, "no_decision") == ("contradicts", 5.0, 100)
    assert cause(table, "competitor") == ("supports", 65.0, 100)
    assert cause(table, "no_budget") == ("contradicts", 0.0, 100)
    assert cause(table, "reasons_unknown") == ("contradicts", 0.0, 100)


def test_blank_reasons_are_no_evidence_but_are_told() -> None:
    table = evidence(gone(80, None) + gone(15, "Price too high"))
    assert cause(table, "price") == ("cannot_know", 15.0, 15)
    assert cause(table, "reasons_unknown") == ("supports", 80.0, 95)


@pytest.mark.parametrize(
    ("label", "causes"),
    [
        ("Price too high", ["price"]),
        ("价格过高", ["price"]),
        ("No budget", ["no_budget"]),
        ("预算不足", ["no_budget"]),
        ("Chose a competitor", ["competitor"]),
        ("选择竞品", ["competitor"]),
        ("Not our target customer", ["poor_fit"]),
        ("非目标客户", ["poor_fit"]),
        ("No need", ["poor_fit"]),
        ("Could not be reached", ["not_reached"]),
        ("联系不上", ["not_reached"]),
        ("Moved abroad", []),
    ],
)
def test_words_of_reasons(label: str, causes: list[str]) -> None:
    assert list(causes_of_reason(label)) == causes


def test_handover_without_owner() -> None:
    table = evidence(screened(80, 5, owner="Li") + screened(20, 5))
    assert cause(table, "handover_gap") == ("supports", 20.0, 100)
    assert cause(evidence(screened(100, 5)), "handover_gap") == ("cannot_know", None, None)  # the file names no owners
    assert "handover_gap" not in table.filter(pl.col("stage") == "s3")["cause"].to_list()  # the role does not change


def test_a_slow_step_takes_more_than_its_share() -> None:
    rows = [{"s1": day("2024-03-01"), "s2": day("2024-03-09"), "s3": day("2024-03-11")} for _ in range(25)]
    table = evidence(rows)
    assert cause(table, "long_wait")[0] == "supports"  # 8 of 10 days, an equal share is half
    assert cause(table, "long_wait", "s3")[0] == "contradicts"
    assert cause(evidence(rows[:19]), "long_wait")[0] == "cannot_know"


def test_leads_left_lying() -> None:
    waiting = [{"s1": day("2024-03-04 10:00")} for _ in range(12)]  # far beyond H of 20 days
    fresh = [{"s1": day("2024-12-30 10:00")} for _ in range(18)]
    assert cause(evidence(waiting + fresh), "left_lying") == ("supports", 12.0, 30)


def volume(recent: int, before: int, first: str = "2024-07-02") -> tuple[int, int] | None:
    rows = [{"s1": day("2024-12-01")} for _ in range(recent)] + [{"s1": day(first)} for _ in range(before)]
    return lead_volume(leads(DEF, rows, AS_OF), AS_OF)


def test_volume_of_new_leads_compares_two_quarters() -> None:
    # the 91 days up to 31 December begin on 2 October, the 91 before on 3 July
    assert volume(30, 60, "2024-10-01") is None  # the history must reach back to the earlier quarter
    rows = [{"s1": day(text)} for text in ("2024-07-02", "2024-07-03", "2024-10-01", "2024-10-02", "2024-12-31")]
    assert lead_volume(leads(DEF, rows, AS_OF), AS_OF) == (2, 2)


def test_fewer_leads_beyond_chance_support_the_cause() -> None:
    def stand(recent: int, before: int) -> str:
        rows = [{"s1": day("2024-12-01")} for _ in range(recent)] + [{"s1": day("2024-07-03")} for _ in range(before)]
        return cause(evidence(rows), "few_leads", "s1")[0]

    assert stand(40, 80) == "supports"
    assert stand(75, 80) == "unclear"  # five fewer of 155 is chance
    assert stand(90, 80) == "contradicts"


def test_every_row_is_a_known_cause() -> None:
    table = evidence(screened(30, 5) + gone(30, "Price"))
    assert set(table["cause"]) <= set(CAUSES)
    assert set(table["stand"]) <= {"supports", "contradicts", "unclear", "cannot_know"}
