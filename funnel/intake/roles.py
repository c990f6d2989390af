"""Which role each column plays, proposed from its header and its values.

A header proposes (words of ``data/words/headers.tsv``, the stage names of the funnel, similarity as a last resort),
the values decide whether the proposal is possible. Nothing here depends on the order of the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from funnel.definition import FunnelDefinition
from funnel.intake.periods import reads_as_period
from funnel.intake.profiles import Profile, profile_columns
from funnel.intake.reading import RawTable
from funnel.intake.words import (
    EXIT_CONCEPTS,
    concept_of,
    concepts_of,
    has_part,
    header_words,
    parts,
    plain,
    similar_header,
    tokens,
    without_date_words,
)
from funnel.schema import Shape

DATE_ROLES = (
    "entry",
    "created_at",
    "closed_at",
    "expected_close",
    "changed_at",
    "lost_at",
    "repeat_at",
    "referral_at",
)
NUMBER_ROLES = ("amount", "count")
LABEL_ROLES = ("stage", "status")
TEXT_ROLES = ("lead_id", "lead_name", "customer_id", "referrer_id", "source", "owner", "segment", "lost_reason")
ROLES = (*TEXT_ROLES, *LABEL_ROLES, *DATE_ROLES, *NUMBER_ROLES, "changed_field", "new_value", "period", "ignore")
"""What a column can be. ``entry`` = the date on which a stage was entered; ``new_value`` = the value column of a field log."""

MANY = ("entry", "count", "ignore")
"""Roles that several columns may have."""

_LEAD = (
    "lead_id",
    "entry",
    "created_at",
    "closed_at",
    "expected_close",
    "lost_at",
    "stage",
    "status",
    "amount",
    "source",
    "owner",
    "segment",
    "customer_id",
    "lead_name",
    "lost_reason",
    "repeat_at",
    "referral_at",
    "referrer_id",
    "ignore",
)
ALLOWED: dict[str, tuple[str, ...]] = {
    "milestones": _LEAD,
    "snapshot": _LEAD,
    "stage_log": (
        "lead_id",
        "changed_at",
        "changed_field",
        "new_value",
        "stage",
        "status",
        "owner",
        "amount",
        "source",
        "segment",
        "customer_id",
        "lead_name",
        "lost_reason",
        "ignore",
    ),
    "counts": ("stage", "period", "source", "owner", "segment", "count", "ignore"),
}
"""Roles per shape, in the order in which they win a tie."""

_FLAGS = {plain(word) for use in ("won_flag", "lost_flag") for word in parts(use)}
"""Headers of yes/no columns that tell how a deal ended."""

_OUTCOMES = {"won", *EXIT_CONCEPTS}

GUESSED_COLUMNS = 300
"""In a wider file only columns with a known header are looked at more closely."""
SURE = 0.7
"""Score from which a role counts as known rather than guessed."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A role that a header proposes. ``score`` 0–1; ``n_systems`` that use the header so."""

    role: str
    score: float
    n_systems: int = 0


@dataclass(frozen=True)
class Sheet:
    """A table with what its headers and values suggest, before a shape is chosen."""

    table: RawTable
    definition: FunnelDefinition
    profiles: dict[str, Profile]
    guesses: dict[str, tuple[Guess, ...]]

    def columns_with(self, role: str, score: float = SURE) -> list[str]:
        """Columns whose header and values both allow the role, best first."""
        found = [
            (guess.score, guess.n_systems, column)
            for column, guesses in self.guesses.items()
            for guess in guesses
            if guess.role == role and guess.score >= score and _is_possible(role, self.profiles[column])
        ]
        return [column for *_, column in sorted(found, key=lambda hit: (-hit[0], -hit[1], plain(hit[2]), hit[2]))]


def look_at(table: RawTable, definition: FunnelDefinition) -> Sheet:
    """Profile the columns of a table and collect what their headers propose."""
    guesses = {column: header_guesses(column, definition) for column in table.columns}
    columns = table.columns
    if len(columns) > GUESSED_COLUMNS:
        columns = tuple(c for c in columns if any(g.role != "ignore" for g in guesses[c]))[:GUESSED_COLUMNS]
    return Sheet(table, definition, profile_columns(table, columns), {c: guesses[c] for c in columns})


def header_guesses(header: str, definition: FunnelDefinition) -> tuple[Guess, ...]:
    """The roles that a header proposes, best first; whether the values allow them is decided elsewhere."""
    found: dict[str, Guess] = {}

    def add(role: str, score: float, n_systems: int = 0) -> None:
        if role not in found or found[role].score < score:
            found[role] = Guess(role, score, n_systems)

    exact = header_words(header)
    roles = {word.role for word in exact}
    for word in exact:
        # a header that some system leaves out, or a "lead id" that elsewhere names the company, is less sure
        doubtful = ("ignore" in roles and word.role != "ignore") or (word.role == "customer_id" and "lead_id" in roles)
        add(word.role, 0.6 if doubtful else 1.0, word.n_systems)
    stage_name = without_date_words(header)
    if plain(stage_name) in _stage_names(definition):
        add("entry", 1.0, 1)
    if not exact:
        _guess_unknown(header, stage_name, add)
    return tuple(sorted(found.values(), key=lambda guess: (-guess.score, -guess.n_systems, guess.role)))


def _guess_unknown(header: str, stage_name: str, add) -> None:
    """Proposals for a header that no word list holds: plans and touches first, then its last words, then similarity."""
    planned, touched = has_part(header, "planned_word"), has_part(header, "touched_word")
    words_of_header = tokens(header)
    for length in range(
        len(words_of_header) - 1, 0, -1
    ):  # "Deal - Owner" ends in "Owner", "customer lead source" in "lead source"
        for word in header_words(" ".join(words_of_header[-length:])):
            if not (touched and word.role in DATE_ROLES) and not (planned and word.role in DATE_ROLES):
                add(word.role, 0.75 if length > 1 or len(words_of_header) == 2 else SURE, word.n_systems)
    closes = concept_of(stage_name) == "won" or "close" in tokens(header) or "closing" in tokens(header)
    if planned:
        add("expected_close" if closes else "ignore", 0.8)
        return
    if touched:
        add("ignore", 0.8)
        return
    concept = concept_of(stage_name) if stage_name else None
    if concept == "lost":
        add("lost_at", 0.75)
    elif concept in ("repeat", "referral"):
        add("repeat_at" if concept == "repeat" else "referral_at", 0.75)
    elif concept and concept not in ("junk", "duplicate", "on_hold", "open"):
        add("entry", 0.75)
    words, similarity = similar_header(header)
    for word in words:
        add(word.role, 0.6 * similarity, word.n_systems)


def _stage_names(definition: FunnelDefinition) -> set[str]:
    names = {plain(text) for stage in definition.stages for text in (stage.key, stage.name.en, stage.name.zh)}
    names |= {plain(label) for _, label in definition.labels}
    return names - {""}


def _is_possible(role: str, profile: Profile) -> bool:
    """Whether the values allow the role. A blank column may be any date or attribute: next month it may be filled."""
    if role in DATE_ROLES:
        return profile.is_blank or profile.is_date
    if role == "amount":
        return profile.is_blank or (profile.is_number and not profile.is_flag)
    if role == "count":
        return profile.is_number
    if role == "stage":
        return profile.has_few_values and not profile.is_flag and not (profile.is_date and not profile.is_number)
    if role == "status" and profile.is_flag and plain(profile.column) not in _FLAGS:
        return False  # "closed: yes" does not say how
    if role in ("status", "changed_field"):
        return profile.has_few_values and not (profile.is_date and not profile.is_number)
    if role == "referrer_id" and profile.is_flag:
        return False  # "was referred: yes" names nobody
    if role in ("lead_id", "referrer_id"):
        return not profile.is_blank and not (profile.is_date and not profile.is_number)
    if role in ("new_value", "period"):
        return not profile.is_blank
    return not (profile.is_date and not profile.is_number) or role == "ignore"


# --- shape ----------------------------------------------------------------------------------------------------------


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
    by_period = stage is not None and len(_number_periods(sheet)) >= 2
    if not ids and not dated and (measures(sheet) or wide_stages(sheet) or by_period):
        return "counts"
    if len(entries) >= 2 or (stage is None and not sheet.columns_with("status")):
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
    names = _stage_names(sheet.definition)
    found = [
        column
        for column in sheet.table.columns
        if column in sheet.profiles
        and sheet.profiles[column].is_number
        and (plain(column) in names or any(c not in ("open", "on_hold") for c, _ in concepts_of(column)))
        and not any(
            g.role in ("lead_id", "period", "source", "segment", "owner") for g in sheet.guesses[column] if g.score == 1
        )
    ]
    return found if len(found) >= 2 else []


def stage_column(sheet: Sheet, taken: tuple[str, ...]) -> str | None:
    """The best stage column: by header, else the column most of whose values are known stage labels."""
    named = [c for c in sheet.columns_with("stage") if c not in taken and not _only_outcomes(sheet.profiles[c])]
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
        and not _only_outcomes(sheet.profiles[c])
        and not any(g.score >= SURE for g in sheet.guesses[c])
    ]
    return max(guessed, key=lambda c: _label_share(sheet.profiles[c])) if guessed else None


def _label_share(profile: Profile) -> float:
    return sum(concept_of(value) is not None for value in profile.sample) / max(1, len(profile.sample))


def _stage_share(profile: Profile) -> float:
    """Share of the values that are stages proper, not outcomes: tells a stage column from a status column."""
    stages = [concept_of(value, "status") not in (*_OUTCOMES, None) for value in profile.sample]
    return sum(stages) / max(1, len(stages))


def _only_outcomes(profile: Profile) -> bool:
    """Whether all values say how it ended and none says how far it came (Open / Won / Lost)."""
    meant = [{concept for concept, _ in concepts_of(value)} for value in profile.sample]
    return bool(meant) and all(found & _OUTCOMES for found in meant)


# --- roles ----------------------------------------------------------------------------------------------------------


def propose_roles(sheet: Sheet, shape: Shape) -> tuple[dict[str, str], dict[str, float]]:
    """Role and score (0–1, below ``SURE`` = guessed) of every column under a shape; columns without one are ``ignore``."""
    fixed = _fixed(sheet, shape)
    roles: dict[str, str] = dict(fixed)
    scores = dict.fromkeys(fixed, 1.0)
    taken = set(fixed.values()) - set(MANY)
    for score, _, role, column in sorted(_ranked(sheet, shape)):
        if column in roles or (role in taken and role not in MANY):
            continue
        roles[column], scores[column] = role, -score
        if role not in MANY:
            taken.add(role)
    if shape in ("milestones", "snapshot"):
        _fall_back(sheet, shape, roles, scores)
    return {c: roles.get(c, "ignore") for c in sheet.table.columns}, {
        c: scores.get(c, 0.0) for c in sheet.table.columns
    }


def _fixed(sheet: Sheet, shape: Shape) -> dict[str, str]:
    """Roles that follow from the shape as a whole rather than from one column."""
    if shape == "stage_log":
        if sheet.columns_with("changed_field") and sheet.columns_with("new_value"):
            return {}
        columns = log_columns(sheet)
        if columns is None:
            return {}
        lead, stage, at = columns
        role = "status" if _only_outcomes(sheet.profiles[stage]) else "stage"
        return {lead: "lead_id", stage: role, at: "changed_at"}
    if shape == "counts":
        stage = next(
            iter(sorted(sheet.columns_with("stage"), key=lambda c: (sheet.profiles[c].is_number, plain(c)))), None
        )
        stage = stage or stage_column(sheet, ())
        if stage is None:
            return dict.fromkeys(wide_stages(sheet), "count")
        found = {stage: "stage"}
        periods = _number_periods(sheet)
        if len(periods) >= 2:
            return found | dict.fromkeys(periods, "count")
        named = measures(sheet)
        if named:
            found[named[0]] = "count"
            return found | {c: "ignore" for c in sheet.profiles if c not in found and "count" in _names(sheet, c)}
        numbers = sorted(
            c for c in sheet.profiles if c not in found and sheet.profiles[c].is_number and not sheet.guesses[c]
        )
        return found | ({numbers[0]: "count"} if len(numbers) == 1 else {})
    stage = stage_column(sheet, ())
    if stage is None:
        return {}
    # a stage column that names the outcomes needs no flag beside it (Salesforce: StageName, IsClosed, IsWon)
    ends = {concept_of(value) for value in sheet.profiles[stage].sample} & {"won", "lost"}
    flags = [c for c in sheet.columns_with("status") if sheet.profiles[c].is_flag]
    return {stage: "stage"} | (dict.fromkeys(flags, "ignore") if ends else {})


def _names(sheet: Sheet, column: str) -> set[str]:
    return {guess.role for guess in sheet.guesses[column]}


def _number_periods(sheet: Sheet) -> list[str]:
    """Number columns whose headers name a month, a week, a quarter or a year: a table of stage × period."""
    return [c for c, profile in sheet.profiles.items() if (profile.is_number or profile.is_blank) and reads_as_period(c)]


def _ranked(sheet: Sheet, shape: Shape) -> list[tuple[float, tuple, str, str]]:
    """All (−score, tie-break, role, column) that headers and values allow, for a greedy choice."""
    allowed = ALLOWED[shape]
    found = []
    for column, guesses in sheet.guesses.items():
        profile = sheet.profiles[column]
        possible = [g for g in guesses if g.role in allowed or _in_shape(g.role, shape)]
        possible = [g for g in possible if _is_possible(_in_shape(g.role, shape) or g.role, profile)]
        for guess in possible:
            role = _in_shape(guess.role, shape) or guess.role
            score = _adjusted(guess.score if role == guess.role else 0.7 * guess.score, role, shape, profile)
            if score < 0.5:
                continue
            filled = profile.n_filled / max(1, profile.n)
            tie = (len(possible) > 1, allowed.index(role), -guess.n_systems, -round(filled, 3), plain(column))
            found.append((-score, tie, role, column))
    return found


def _in_shape(role: str, shape: Shape) -> str | None:
    """What a role of another shape is in this one: a "Date" column of lead rows is the creation."""
    if shape in ("milestones", "snapshot"):
        return {"period": "created_at", "new_value": "stage"}.get(role)
    if shape == "stage_log":
        return {"period": "changed_at", "entry": "ignore", "created_at": "changed_at"}.get(role)
    if shape == "counts":
        return {"created_at": "period", "changed_at": "period", "closed_at": "period"}.get(role)
    return None


def _adjusted(score: float, role: str, shape: Shape, profile: Profile) -> float:
    """The header's score, corrected by how well the values suit the role."""
    if role == "lead_id" and shape in ("milestones", "snapshot"):
        return score * min(1.0, 0.4 + 0.6 * profile.n_unique / max(1, profile.n_filled))
    if role == "lead_id" and shape == "stage_log":
        return score * (1.0 if profile.repeats else 0.75)
    if role == "customer_id" and not profile.repeats:
        return score - 0.01  # a name that never repeats is rather the lead's own
    if role == "segment" and profile.n_unique > max(50, profile.n_filled // 5):
        return score * 0.75
    if role in ("source", "segment", "owner") and profile.is_blank:
        return score * 0.8
    return score


def _fall_back(sheet: Sheet, shape: Shape, roles: dict[str, str], scores: dict[str, float]) -> None:
    """What values alone suggest where no header did: an id, the only date, further stage dates of a milestones file."""
    free = [
        c
        for c in sorted(sheet.profiles, key=plain)
        if c not in roles and not any(g.score >= SURE for g in sheet.guesses[c])
    ]
    taken: Mapping[str, list[str]] = {role: [c for c, r in roles.items() if r == role] for role in roles.values()}
    if "lead_id" not in taken:
        ids = [c for c in free if sheet.profiles[c].is_unique and _says_id(c) and not sheet.profiles[c].is_date]
        if len(ids) == 1:
            roles[ids[0]], scores[ids[0]] = "lead_id", 0.5
    dates = [c for c in free if c not in roles and sheet.profiles[c].is_date and not sheet.profiles[c].is_number]
    dates = [c for c in dates if not has_part(c, "planned_word") and not has_part(c, "touched_word")]
    if shape == "milestones" and len(taken.get("entry", [])) >= 2:
        for column in dates:
            roles[column], scores[column] = "entry", 0.4
    elif len(dates) == 1 and "created_at" not in taken and "entry" not in taken:
        roles[dates[0]], scores[dates[0]] = "created_at", 0.4


def _says_id(header: str) -> bool:
    return bool(
        {"id", "no", "nr", "number", "code", "key", "编号", "号", "编码", "序号", "单号"} & set(tokens(header))
    ) or header.endswith(("编号", "号", "编码", "ID"))
