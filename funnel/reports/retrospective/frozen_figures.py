"""A frozen retrospective beside today's figures: where they differ, and why."""

from __future__ import annotations

from typing import Any

import polars as pl

from funnel.errors import Message
from funnel.reports.retrospective.report import RetrospectiveReport
from funnel.schema import FigureDifferences

_SECTIONS: dict[str, tuple[str, ...]] = {
    "figures": ("figure",),
    "comparison": ("stage",),
    "durations": ("stage",),
    "funnel": ("stage",),
    "drivers": ("factor", "from_stage", "stage"),
    "groups": ("stage", "dimension", "group"),
    "mix": ("stage", "dimension"),
    "control": ("stage", "month"),
    "promises": ("strategy_id",),
    "use": ("stage",),
    "themes": ("voice", "month", "stage", "theme"),
    "growing": ("stage", "theme"),
}
"""The frames that hold figures, and the columns that name a row."""


def differences(frozen: RetrospectiveReport, today: RetrospectiveReport) -> pl.DataFrame:
    """Every figure of ``frozen`` that reads otherwise in ``today``, and those that one of them lacks (schema
    ``FigureDifferences``); a key figure that did not exist when ``frozen`` was saved is none."""
    rows = []
    for section, keys in _SECTIONS.items():
        old, new = (_by_key(getattr(report, section), keys) for report in (frozen, today))
        # A key figure that the application learnt later is no difference of the data.
        added = [] if section == "figures" else [key for key in new if key not in old]
        for key in [*old, *added]:
            mine, its = old.get(key, {}), new.get(key, {})
            for figure in [*mine, *(name for name in its if name not in mine)]:
                if mine.get(figure) != its.get(figure):
                    rows.append(_difference(section, key, figure, mine.get(figure), its.get(figure)))
    return FigureDifferences.validate(pl.DataFrame(rows, schema=FigureDifferences.create_empty().schema))


def reasons(frozen: RetrospectiveReport, today: RetrospectiveReport) -> tuple[Message, ...]:
    """Why today's figures may differ from the frozen ones: imports, definition, day, windows, strategies, feedback."""
    found = []
    new = [mark.file_name for mark in today.imports if mark not in frozen.imports]
    if new:
        found.append(Message("retrospective.new_imports", {"files": new}))
    undone = [mark.file_name for mark in frozen.imports if mark not in today.imports]
    if undone:
        found.append(Message("retrospective.undone_imports", {"files": undone}))
    if frozen.definition != today.definition:
        found.append(Message("retrospective.new_definition"))
    if frozen.as_of != today.as_of:
        found.append(Message("retrospective.other_day", {"frozen": frozen.as_of, "today": today.as_of}))
    if (frozen.filters, frozen.choice, frozen.basis) != (today.filters, today.choice, today.basis):
        found.append(Message("retrospective.other_question"))
    if not frozen.lines.equals(today.lines):
        found.append(Message("retrospective.edited_strategies"))
    if not frozen.feedback.equals(today.feedback):
        found.append(Message("retrospective.edited_feedback"))
    return tuple(found)


def _by_key(frame: pl.DataFrame, keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    rows = {}
    for row in frame.iter_rows(named=True):
        rows[" · ".join(str(row[key]) for key in keys if row[key] not in (None, ""))] = row
    return rows


def _difference(section: str, key: str, figure: str, old: Any, new: Any) -> dict[str, Any]:
    row = {"section": section, "row": key, "figure": figure}
    given = [value for value in (old, new) if value is not None]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        as_number = [None if value is None else float(value) for value in (old, new)]
        return row | dict(zip(("frozen", "today"), as_number, strict=True))
    as_text = [None if value is None else str(value) for value in (old, new)]
    return row | dict(zip(("frozen_text", "today_text"), as_text, strict=True))
