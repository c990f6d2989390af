"""Which role each column plays, proposed from its header, its values and the shape of the file.

Nothing here depends on the order of the columns.
"""

from __future__ import annotations

from funnel.filters import DIMENSIONS
from funnel.intake.flags import flag_kind
from funnel.intake.mapping import ALLOWED, MANY
from funnel.intake.proposing.headers import SURE, Sheet, is_possible
from funnel.intake.proposing.profiles import Profile
from funnel.intake.proposing.shapes import (
    log_columns,
    measures,
    number_periods,
    only_outcomes,
    stage_column,
    wide_stages,
)
from funnel.intake.words import concept_of, has_part, header_words, plain, tokens
from funnel.schema import Shape


def propose_roles(sheet: Sheet, shape: Shape) -> tuple[dict[str, str], dict[str, float]]:
    """Role and score (0–1, below ``SURE``: guessed) of every column under a shape; the rest is ``ignore``."""
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
        _pair_flags(sheet, roles, scores)
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
        role = "status" if only_outcomes(sheet.profiles[stage]) else "stage"
        return {lead: "lead_id", stage: role, at: "changed_at"}
    if shape == "counts":
        stage = next(
            iter(sorted(sheet.columns_with("stage"), key=lambda c: (sheet.profiles[c].is_number, plain(c)))), None
        )
        stage = stage or stage_column(sheet, ())
        if stage is None:
            return dict.fromkeys(wide_stages(sheet), "count")
        found = {stage: "stage"}
        periods = number_periods(sheet)
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


def _ranked(sheet: Sheet, shape: Shape) -> list[tuple[float, tuple, str, str]]:
    """All (−score, tie-break, role, column) that headers and values allow, for a greedy choice."""
    allowed = ALLOWED[shape]
    found = []
    for column, guesses in sheet.guesses.items():
        profile = sheet.profiles[column]
        possible = [g for g in guesses if g.role in allowed or _in_shape(g.role, shape)]
        possible = [g for g in possible if is_possible(_in_shape(g.role, shape) or g.role, profile)]
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
    if role == "stage" and only_outcomes(profile) and "status" in {word.role for word in header_words(profile.column)}:
        return score - 0.01  # "Status" with open, won and lost is no stage
    if role == "status" and profile.is_flag:
        return score - 0.02  # yes and no say less than open, won and lost
    if role == "lead_id" and shape in ("milestones", "snapshot"):
        return score * min(1.0, 0.4 + 0.6 * profile.n_unique / max(1, profile.n_filled))
    if role == "lead_id" and shape == "stage_log":
        return score * (1.0 if profile.repeats else 0.75)
    if role == "customer_id" and not profile.repeats:
        return score - 0.01  # a name that never repeats is rather the lead's own
    if role == "segment" and profile.n_unique > max(50, profile.n_filled // 5):
        return score * 0.75
    if role in DIMENSIONS and profile.is_blank:
        return score * 0.8
    return score


def _fall_back(sheet: Sheet, shape: Shape, roles: dict[str, str], scores: dict[str, float]) -> None:
    """What values alone suggest where no header did: an id, the only date, further stage dates of a milestones file."""
    free = [
        c
        for c in sorted(sheet.profiles, key=plain)
        if c not in roles and not any(g.score >= SURE for g in sheet.guesses[c])
    ]
    taken = list(roles.values())
    if "lead_id" not in taken:
        ids = [c for c in free if sheet.profiles[c].is_unique and _says_id(c) and not sheet.profiles[c].is_date]
        if len(ids) == 1:
            roles[ids[0]], scores[ids[0]] = "lead_id", 0.5
    dates = [c for c in free if c not in roles and sheet.profiles[c].is_date and not sheet.profiles[c].is_number]
    dates = [c for c in dates if not has_part(c, "planned_word") and not has_part(c, "touched_word")]
    if shape == "milestones" and taken.count("entry") >= 2:
        for column in dates:
            roles[column], scores[column] = "entry", 0.4
    elif len(dates) == 1 and "created_at" not in taken and "entry" not in taken:
        roles[dates[0]], scores[dates[0]] = "created_at", 0.4


def _pair_flags(sheet: Sheet, roles: dict[str, str], scores: dict[str, float]) -> None:
    """A yes/no status ("won: no") says whether a deal is lost or open only together with a second such column."""
    status = next((column for column, role in roles.items() if role == "status"), None)
    if status is None or not sheet.profiles[status].is_flag:
        return
    others = [c for c in sheet.profiles if c != status and sheet.profiles[c].is_flag and flag_kind(c) is not None]
    others = [c for c in others if flag_kind(c) != flag_kind(status) and roles.get(c, "ignore") == "ignore"]
    if others:
        second = min(others, key=lambda column: (flag_kind(column) != "closed", plain(column)))
        roles[second], scores[second] = "closed_flag", 1.0


def _says_id(header: str) -> bool:
    return bool(
        {"id", "no", "nr", "number", "code", "key", "编号", "号", "编码", "序号", "单号"} & set(tokens(header))
    ) or header.endswith(("编号", "号", "编码", "ID"))
