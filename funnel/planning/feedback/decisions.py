"""What a retrospective decided: who does what until when. The next one opens with how these stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from funnel.errors import InputError
from funnel.filters import month_start

OPEN, DONE, DROPPED = DECISION_STATES = ("open", "done", "dropped")


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of the retrospective of ``month`` (its first day). ``strategy_id`` blank: about no strategy."""

    decision_id: str
    month: date
    text: str
    owner: str = ""
    due_on: date | None = None
    state: str = OPEN
    note: str = ""
    strategy_id: str = ""

    def __post_init__(self) -> None:
        if self.state not in DECISION_STATES:
            raise InputError("decision.unknown_state", given=self.state, allowed=list(DECISION_STATES))
        if self.month != month_start(self.month):
            raise InputError("decision.month", given=self.month)

    def is_overdue(self, day: date) -> bool:
        """Open after the day it was due."""
        return self.state == OPEN and self.due_on is not None and self.due_on < day


def to_review(decisions: Iterable[Decision], month: date) -> list[Decision]:
    """What the retrospective of ``month`` opens with: all of the month before, and what is still open from earlier,
    without rows in which nobody has written anything.

    In order of month and due date, without a due date last.
    """
    this, before = month_start(month), month_start(month, 1)
    found = [
        one
        for one in decisions
        if one.text.strip() and (one.month == before or (one.month < this and one.state == OPEN))
    ]
    return sorted(found, key=lambda one: (one.month, one.due_on or date.max, one.decision_id))
