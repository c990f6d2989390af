"""A whole plan in one TOML file, such as the sample company's: records by kind, checked before anything is stored."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from funnel.errors import InputError
from funnel.planning.feedback.decisions import Decision
from funnel.planning.feedback.voices import Feedback
from funnel.planning.fields import Record, from_fields, to_fields
from funnel.planning.strategies.strategy import Strategy
from funnel.planning.targets import Target
from funnel.planning.tracking.rows import TrackingRow

KINDS: dict[str, tuple[type[Record], str]] = {
    "strategy": (Strategy, "strategy_id"),
    "target": (Target, "target_id"),
    "tracking": (TrackingRow, "row_id"),
    "feedback": (Feedback, "feedback_id"),
    "decision": (Decision, "decision_id"),
}
"""Kind of record → its class and the name of its id."""


def load_plan(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Kind → record id → fields, as the Store keeps them. Every record was built once, so that a wrong one is told.

    Raises InputError: ``plan.not_toml``, ``plan.unknown_kind``, ``plan.same_id``, and those of the records.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError("plan.not_toml", given=str(error)) from error
    plan: dict[str, dict[str, dict[str, Any]]] = {}
    for kind, rows in data.items():
        if kind not in KINDS:
            raise InputError("plan.unknown_kind", given=kind, allowed=list(KINDS))
        made, id_name = KINDS[kind]
        plan[kind] = {}
        for row in rows:
            record = from_fields(made, row)
            record_id = getattr(record, id_name)
            if record_id in plan[kind]:
                raise InputError("plan.same_id", given=record_id)
            plan[kind][record_id] = to_fields(record)
    return plan
