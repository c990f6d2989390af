"""What a retrospective shows besides figures: customer feedback with its themes, and decisions, as frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import dataframely as dy
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import month_start
from funnel.planning.feedback.decisions import Decision, to_review
from funnel.planning.feedback.voices import (
    LOST,
    VOICES,
    Feedback,
    Voice,
    counter_measures,
    growing_themes,
    pareto,
    without_doubles,
)
from funnel.planning.strategies.playbook import PlaybookEntry
from funnel.schema import CounterMeasures, DecisionRows, FeedbackRows, FeedbackThemes, GrowingThemes

MONTHS_SHOWN = 6
"""How many months of feedback are broken down; older voices count in the total."""


def feedback_rows(entries: Sequence[Feedback]) -> pl.DataFrame:
    """The written feedback, newest first (schema ``FeedbackRows``)."""
    newest = sorted(entries, key=lambda entry: (entry.on, entry.feedback_id), reverse=True)
    return FeedbackRows.validate(pl.DataFrame([asdict(entry) for entry in newest], schema=_types(FeedbackRows)))


def all_voices(entries: Sequence[Feedback], journeys: pl.LazyFrame, definition: FunnelDefinition) -> list[Voice]:
    """Written feedback and the loss reasons of imports, each lost lead once."""
    return without_doubles(entries, journeys, definition)


def themes(voices: Sequence[Voice], as_of: date) -> pl.DataFrame:
    """Pareto by voice, stage and month, all months first (schema ``FeedbackThemes``)."""
    months = [None, *(month_start(as_of, back) for back in range(MONTHS_SHOWN))]
    rows = [
        {"voice": voice, "month": month} | asdict(count)
        for voice in VOICES
        for month in months
        for count in pareto(voices, voice=voice, month=month)
    ]
    return FeedbackThemes.validate(pl.DataFrame(rows, schema=_types(FeedbackThemes)))


def growing(voices: Sequence[Voice], month: date) -> pl.DataFrame:
    """Themes of lost customers that grew against the month before (schema ``GrowingThemes``)."""
    lost = [voice for voice in voices if voice.voice == LOST]
    rows = [{"month": month_start(month)} | asdict(theme) for theme in growing_themes(lost, month)]
    return GrowingThemes.validate(pl.DataFrame(rows, schema=_types(GrowingThemes)))


def measures(grown: pl.DataFrame, playbook: Sequence[PlaybookEntry], definition: FunnelDefinition) -> pl.DataFrame:
    """The playbook's answers to the growing themes (schema ``CounterMeasures``), those of the theme's stage first."""
    rows = [
        {
            "stage": theme["stage"],
            "theme": theme["theme"],
            "playbook_key": entry.key,
            "problem_en": entry.problem.en,
            "problem_zh": entry.problem.zh,
            "action_en": entry.actions[0].en if entry.actions else "",
            "action_zh": entry.actions[0].zh if entry.actions else "",
        }
        for theme in grown.iter_rows(named=True)
        for entry in counter_measures(theme["theme"], theme["stage"], playbook, definition)
    ]
    return CounterMeasures.validate(pl.DataFrame(rows, schema=_types(CounterMeasures)))


def decision_rows(decisions: Sequence[Decision], month: date, as_of: date) -> pl.DataFrame:
    """Last month's decisions and what is still open from earlier, then this month's (schema ``DecisionRows``)."""
    own = [one for one in decisions if one.month == month_start(month) and one.text.strip()]
    rows = [
        {name: getattr(one, name) for name in ("decision_id", "month", "text", "owner", "due_on", "state", "note")}
        | {"strategy_id": one.strategy_id, "is_earlier": is_earlier, "is_overdue": one.is_overdue(as_of)}
        for is_earlier, part in ((True, to_review(decisions, month)), (False, own))
        for one in part
    ]
    return DecisionRows.validate(pl.DataFrame(rows, schema=_types(DecisionRows)))


def _types(schema: type[dy.Schema]) -> pl.Schema:
    return schema.create_empty().schema
