"""Findings about the leads' stories: each one on the smallest story that shows it, and on the real files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from funnel.i18n.messages import MESSAGES
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.journeys.trust import journeys_with_findings
from funnel.schema import Finding, ImportBatch, empty_facts
from tests import real_facts
from tests.factories import GUIDE, day, facts, lead, log, milestones, snapshot

CLEAN = lead(
    "clean",
    "2024-01-01 lead, 2024-01-03 intent, 2024-01-09 opportunity, 2024-01-20 won",
    amount=1.0,
    created_at="2024-01-01",
)


def found(*batches: ImportBatch, as_of: str | None = None) -> dict[str, Finding]:
    known = facts(*batches)
    until = day(as_of) if as_of else default_as_of(known, GUIDE) or date(2024, 12, 31)
    findings = journeys_with_findings(known, GUIDE, until)[1]
    assert all(finding.message.code in MESSAGES and finding.done in MESSAGES for finding in findings)
    return {finding.message.code.removeprefix("trust."): finding for finding in findings}


def test_a_clean_story_and_an_empty_one_have_nothing_to_tell() -> None:
    assert found(log(CLEAN)) == {}
    assert journeys_with_findings(empty_facts(), GUIDE, day("2024-01-01"))[1] == ()


STORIES: dict[str, tuple[list[ImportBatch], tuple[str, ...]]] = {
    "skipped": ([log(CLEAN, lead("A", "2024-01-01 opportunity", created_at="2024-01-01"))], ("A",)),
    "reentered": ([log(CLEAN, lead("A", "2024-01-02 intent, 2024-01-05 intent", created_at="2024-01-01"))], ("A",)),
    "out_of_order": (
        [log(CLEAN, lead("A", "2024-01-05 intent, 2024-01-03 opportunity", created_at="2024-01-01"))],
        ("A",),
    ),
    "entry_before_created": ([log(CLEAN, lead("A", "2024-01-05 intent", created_at="2024-01-09"))], ("A",)),
    "win_revoked": (
        [
            log(
                CLEAN,
                lead(
                    "A",
                    "2024-01-02 intent, 2024-01-03 opportunity, 2024-01-05 won, 2024-01-09 @lost",
                    created_at="2024-01-01",
                ),
            )
        ],
        ("A",),
    ),
    "reopened": (
        [log(CLEAN, lead("A", "2024-01-02 intent, 2024-01-05 @lost, 2024-01-09 opportunity", created_at="2024-01-01"))],
        ("A",),
    ),
    "moved_back": (
        [
            snapshot(CLEAN, lead("A", stage="opportunity", created_at="2024-01-01"), exported_on="2024-01-31"),
            snapshot(CLEAN, lead("A", stage="intent", created_at="2024-01-01"), exported_on="2024-02-29"),
        ],
        ("A",),
    ),
    "undated": ([log(CLEAN), snapshot(lead("A", stage="intent"))], ("A",)),
    "no_creation": ([log(CLEAN, lead("A", "2024-01-02 lead"))], ("A",)),
    "closed_undated": (
        [snapshot(CLEAN, lead("A", stage="won", amount=1.0, created_at="2024-01-01", closed_at="2099-01-01"))],
        ("A",),
    ),
    "unknown_place": ([snapshot(lead("A", stage="@lost", created_at="2024-01-01", closed_at="2024-01-09"))], ("A",)),
    "won_without_amount": (
        [snapshot(lead("A", stage="won", created_at="2024-01-01", closed_at="2024-01-09"))],
        ("A",),
    ),
    "reason_on_won": (
        [
            log(CLEAN),
            snapshot(
                lead("A", stage="won", created_at="2024-01-01", closed_at="2024-01-09", amount=1.0, lost_reason="x")
            ),
        ],
        ("A",),
    ),
    "reason_on_open": (
        [
            snapshot(
                CLEAN,
                lead("A", stage="intent", created_at="2024-01-01", lost_reason="price"),
                lead("B", stage="@lost", created_at="2024-01-01", closed_at="2024-01-09", lost_reason="price"),
            )
        ],
        ("A",),
    ),
    "every_lead_has_reason": (
        [snapshot(*[lead(f"L{i:02d}", status="@open", created_at="2024-01-01", lost_reason="-") for i in range(20)])],
        tuple(f"L{i:02d}" for i in range(5)),
    ),
    "duplicates": ([log(CLEAN), snapshot(lead("A", status="@duplicate", created_at="2024-01-01"))], ("A",)),
    "two_creations": (
        [log(CLEAN), snapshot(lead("A", created_at="2024-01-01"), lead("A", created_at="2024-01-05"))],
        ("A",),
    ),
    "closed_before_created": (
        [snapshot(lead("A", stage="won", amount=1.0, created_at="2024-01-09", closed_at="2024-01-05"))],
        ("A",),
    ),
    "expected_before_created": (
        [snapshot(lead("A", stage="intent", created_at="2024-01-09", expected_close_at="2024-01-05"))],
        ("A",),
    ),
    "future_dates": ([log(CLEAN, lead("A", "2099-01-05 intent", created_at="2024-01-01"))], ("A",)),
    "unmapped_labels": ([log(CLEAN, lead("A", "2024-01-05 ???", created_at="2024-01-01"))], ("A",)),
}


@pytest.mark.parametrize("code", STORIES)
def test_each_finding_names_its_leads(code: str) -> None:
    batches, leads = STORIES[code]
    finding = found(*batches)[code]
    assert finding.leads == leads
    assert finding.n == (20 if code == "every_lead_has_reason" else 1)


@pytest.mark.parametrize("code", STORIES)
def test_no_finding_is_raised_by_the_other_stories_clean_lead(code: str) -> None:
    for finding in found(*STORIES[code][0]).values():
        assert "clean" not in finding.leads


def test_leads_created_after_an_earlier_day_are_said_to_be_left_out() -> None:
    story = log(CLEAN, lead("A", "2024-02-01 lead"))
    assert "later" not in found(story)
    assert found(story, as_of="2024-01-31")["later"].leads == ("A",)


def test_the_same_entry_in_two_exports_is_no_second_entry() -> None:
    story = lead("A", "2024-01-01 lead, 2024-01-05 09:00 intent", created_at="2024-01-01")
    dates = lead("A", "2024-01-01 lead, 2024-01-05 intent", created_at="2024-01-01")
    assert "reentered" not in found(log(story), log(story), milestones(dates))


def test_a_stage_that_the_file_does_not_date_is_not_skipped() -> None:
    won = lead("A", stage="won", amount=1.0, created_at="2024-01-01", closed_at="2024-01-09")
    assert "skipped" not in found(snapshot(won))


@pytest.mark.parametrize("until", ["2024-01-03", "2024-01-31"])
@pytest.mark.parametrize("story", STORIES)
def test_the_journeys_beside_the_findings_are_the_journeys(story: str, until: str) -> None:
    known = facts(*STORIES[story][0], log(lead("gone", "2024-01-02 @duplicate"), lead("later", "2024-01-20 lead")))
    journeys, _ = journeys_with_findings(known, GUIDE, day(until))
    expected = build_journeys(known, GUIDE, day(until)).collect()
    assert journeys.sort("lead_id").equals(expected.sort("lead_id"))
    assert journeys.schema == expected.schema


def test_warnings_come_first_and_large_ones_before_small() -> None:
    known = facts(
        log(lead("A", "2024-01-05 lead, 2024-01-03 intent"), lead("B", "2024-01-01 opportunity")),
        snapshot(lead("C"), lead("D")),
    )
    findings = journeys_with_findings(known, GUIDE, day("2024-01-31"))[1]
    order = [(finding.severity != "warning", -finding.n) for finding in findings]
    assert order == sorted(order)
    assert {finding.message.code for finding in findings} >= {"trust.undated", "trust.out_of_order", "trust.skipped"}


@pytest.mark.real_data
def test_real_files(real_data: Path) -> None:
    def counts(name: str) -> dict[str, int]:
        known, definition = getattr(real_facts, name)(real_data), getattr(real_facts, name.upper())
        until = default_as_of(known, definition)
        assert until is not None
        return {f.message.code.removeprefix("trust."): f.n for f in journeys_with_findings(known, definition, until)[1]}

    assert counts("maven")["undated"] == 500
    enpal = counts("enpal")
    assert (enpal["skipped"], enpal["two_creations"], enpal["every_lead_has_reason"]) == (1684, 5, 1995)
    assert enpal["reason_on_won"] == 324
    salesforce = counts("salesforce")
    assert (salesforce["win_revoked"], salesforce["closed_before_created"]) == (7, 19)
    assert salesforce["expected_before_created"] == 13
