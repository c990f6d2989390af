"""What an import said of its rows and what the stories of all leads say can be the same thing: it is told once."""

from __future__ import annotations

from collections.abc import Iterable

from funnel.schema import Finding

TOLD_OF_LEADS = {
    "intake.won_without_amount": "trust.won_without_amount",
    "intake.won_without_date": "trust.closed_undated",
    "intake.lost_without_date": "trust.closed_undated",
    "intake.closed_in_future": "trust.closed_undated",
    "intake.closed_before_created": "trust.closed_before_created",
    "intake.expected_before_created": "trust.expected_before_created",
    "intake.entered_before_created": "trust.entry_before_created",
    "intake.future_dates": "trust.future_dates",
    "intake.undated_rows": "trust.undated",
    "intake.marked_duplicate": "trust.duplicates",
    "intake.unknown_labels": "trust.unmapped_labels",
}
"""What is found in the rows of a file → the same, found in the leads of all files together."""


def told_once(of_leads: Iterable[Finding], of_files: Iterable[Finding]) -> tuple[Finding, ...]:
    """All findings; what a file said on the day of its import gives way to the same, looked up in today's leads."""
    known = tuple(of_leads)
    told = {finding.message.code for finding in known}
    return (*known, *(one for one in of_files if TOLD_OF_LEADS.get(one.message.code) not in told))


def not_told_yet(of_leads: Iterable[Finding], of_file: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings about leads without those that say no more than the ones about the rows of a file beside them."""
    n_told: dict[str, int] = {}
    for finding in of_file:
        same = TOLD_OF_LEADS.get(finding.message.code)
        if same is not None:
            n_told[same] = n_told.get(same, 0) + finding.n
    return tuple(one for one in of_leads if n_told.get(one.message.code) != one.n)
