"""Which shape a file has: one row per lead, one row per change, or totals."""

from __future__ import annotations

import polars as pl

from funnel.filters import DIMENSIONS
from funnel.intake.cells.periods import reads_as_period
from funnel.intake.proposing.headers import SURE, Sheet, stage_names
from funnel.intake.proposing.profiles import Profile
from funnel.intake.words import EXIT_CONCEPTS, concept_of, concepts_of, plain
from funnel.schema import Shape

_OUTCOMES = {"won", *EXIT_CONCEPTS}


def propose_shape(sheet: Sheet) -> Shape:
    """The shape of a file: a log when ids repeat with changing stages, counts when rows are totals, else lead rows."""
    if sheet.columns_with("changed_field") and sheet.columns_with("new_value"):
        return "stage_log"
    entries = entry_columns(sheet)
    if len(entries) <= 1 and log_columns(sheet) is not None:
        return "stage_log"
    ids = [c for c in sheet.columns_with("lead_id") if not sheet.profiles[c].repeats]
    dated = [c for c in sheet.columns_with("created_at") if not sheet.profiles[c].is_number] + entries
    stage = stage_column(sheet, ())
    by_period = stage is not None and len(number_periods(sheet)) >= 2
    if not ids and not dated and (measures(sheet) or wide_stages(sheet) or by_period):
        return "counts"
    if len(entries) >= 2 or not (stage or sheet.columns_with("stage") or sheet.columns_with("status")):
        return "milestones"
    return "snapshot"


def entry_columns(sheet: Sheet) -> list[str]:
    """Columns that are best read as the entry into a stage."""
    return [
        column
        for column in sheet.columns_with("entry")
        if sheet.guesses[column][0].role == "entry"
        and (sheet.profiles[column].is_date or sheet.profiles[column].is_blank)
    ]


def log_columns(sheet: Sheet) -> tuple[str, str, str] | None:
    """(lead id, stage, change time) of a file with one row per change; None when it is not one."""
    frame = sheet.table.frame
    stages = list(
        dict.fromkeys([*sheet.columns_with("stage"), *sheet.columns_with("new_value"), *sheet.columns_with("status")])
    )
    stages = [c for c in stages if sheet.profiles[c].has_few_values]
    times = [c for c in sheet.columns_with("changed_at") if sheet.profiles[c].is_date]
    for lead in sheet.columns_with("lead_id"):
        if not sheet.profiles[lead].repeats or not times:
            continue
        for stage in stages:
            pairs = frame.select(pl.struct(lead, stage).n_unique()).item()
            if pairs > 1.02 * sheet.profiles[lead].n_unique:
                return lead, stage, times[0]
    only_log = [c for c in times if not any(g.role == "created_at" for g in sheet.guesses[c])]
    ids = sheet.columns_with("lead_id")
    if only_log and ids and stages and not sheet.columns_with("created_at") and not sheet.columns_with("closed_at"):
        return ids[0], stages[0], only_log[0]
    return None


def measures(sheet: Sheet) -> list[str]:
    """Number columns whose header says that they count something."""
    return [c for c in sheet.columns_with("count") if sheet.profiles[c].is_number]


def wide_stages(sheet: Sheet) -> list[str]:
    """Number columns whose headers are stages: one column per stage in a counts file. Fewer than two are none."""
    names = stage_names(sheet.definition)
    found = [
        column
        for column in sheet.table.columns
        if column in sheet.profiles
        and sheet.profiles[column].is_number
        and (plain(column) in names or any(c not in ("open", "on_hold") for c, _ in concepts_of(column)))
        and not any(
            g.role in ("lead_id", "period", "pipeline", *DIMENSIONS) for g in sheet.guesses[column] if g.score == 1
        )
    ]
    return found if len(found) >= 2 else []


def stage_column(sheet: Sheet, taken: tuple[str, ...]) -> str | None:
    """The best stage column: by header, else the column most of whose values are known stage labels."""
    named = [c for c in sheet.columns_with("stage") if c not in taken and not only_outcomes(sheet.profiles[c])]
    if named:
        return max(
            named,
            key=lambda c: (_label_share(sheet.profiles[c]) >= 0.5, _stage_share(sheet.profiles[c]), -named.index(c)),
        )
    guessed = [
        c
        for c in sorted(sheet.profiles, key=plain)
        if c not in taken
        and 2 <= sheet.profiles[c].n_unique <= 20
        and not sheet.profiles[c].is_date
        and not sheet.profiles[c].is_number
        and _label_share(sheet.profiles[c]) >= 0.6
        and not only_outcomes(sheet.profiles[c])
        and not any(g.score >= SURE for g in sheet.guesses[c])
    ]
    return max(guessed, key=lambda c: _label_share(sheet.profiles[c])) if guessed else None


def _label_share(profile: Profile) -> float:
    return sum(concept_of(value) is not None for value in profile.sample) / max(1, len(profile.sample))


def _stage_share(profile: Profile) -> float:
    """Share of the values that are stages proper, not outcomes: tells a stage column from a status column."""
    stages = [concept_of(value, "status") not in (*_OUTCOMES, None) for value in profile.sample]
    return sum(stages) / max(1, len(stages))


def only_outcomes(profile: Profile) -> bool:
    """Whether all values say how it ended and none says how far it came (Open / Won / Lost)."""
    meant = [{concept for concept, _ in concepts_of(value)} for value in profile.sample]
    return bool(meant) and all(found & _OUTCOMES for found in meant)


def number_periods(sheet: Sheet) -> list[str]:
    """Number columns whose headers name a month, a week, a quarter or a year: a table of stage × period."""
    return [
        c for c, profile in sheet.profiles.items() if (profile.is_number or profile.is_blank) and reads_as_period(c)
    ]
