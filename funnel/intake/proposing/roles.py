"""Which role each column plays under one reading of what a row is.

The columns of the result (stage, status, yes/no columns), the dates and the money each have their own rules; attributes
go to the best named column. Nothing here depends on the order of the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from funnel.filters import DIMENSIONS
from funnel.intake.batches.ticks import is_ticked
from funnel.intake.cells.spelling import plain
from funnel.intake.flags import end_of, flag_kind, outcome_of_rows
from funnel.intake.mapping import ALLOWED, MANY
from funnel.intake.proposing.date_roles import DateRoles, date_roles
from funnel.intake.proposing.headers import SURE, Profile, Sheet, is_possible
from funnel.intake.proposing.labels import label_share, only_outcomes
from funnel.intake.proposing.money import money_columns
from funnel.intake.proposing.structures import Structure, stage_columns
from funnel.intake.ties import date_of_last_tick, same_time, unreadable_dates
from funnel.intake.values import share
from funnel.intake.words import (
    STAGE_CONCEPTS,
    concept_of,
    concepts_of,
    is_named,
    parts,
    undressed,
    variants,
    whose_id,
    without_date_words,
)
from funnel.schema import Shape

_DECIDED = (
    "lead_id", "stage", "status", "closed_flag", "created_at", "closed_at", "expected_close", "lost_at", "entry",
    "amount", "quantity", "changed_at", "changed_field", "old_value", "new_value", "deleted", "converted_id",
    "repeat_at", "referral_at", "valid_until",
)  # fmt: skip
"""Roles that have rules of their own; the others go to the best named column."""


@dataclass(frozen=True)
class Roles:
    """Role and score (0–1, below ``SURE``: guessed) of every column; how rows of the sample ended; the dates; columns
    named as money, best first, and numbers of unknown name that may be money (asked).
    """

    shape: Shape
    roles: Mapping[str, str]
    scores: Mapping[str, float]
    ended: pl.Series
    dates: DateRoles
    money: tuple[str, ...] = ()
    unnamed_money: tuple[str, ...] = field(default=())

    def column(self, role: str) -> str | None:
        return next((c for c, given in self.roles.items() if given == role), None)


def propose_roles(sheet: Sheet, structure: Structure) -> Roles:
    """The roles of all columns under one structure of lead rows or of a log."""
    roles: dict[str, str] = {}
    if structure.lead is not None:
        roles[structure.lead] = "lead_id"
    _deleted(sheet, roles)
    if structure.shape == "stage_log":
        ended, dates, shape = _of_a_log(sheet, structure, roles)
    else:
        ended, dates, shape = _of_leads(sheet, structure, roles)
    money, unnamed = ((), ()) if structure.fields else money_columns(sheet, roles, ended)
    if money:
        roles[money[0]] = "amount"
    scores = {c: _score(sheet, c, role) for c, role in roles.items()}
    _attributes(sheet, shape, roles, scores)
    columns = sheet.table.columns
    return Roles(
        shape,
        {c: roles.get(c, "ignore") for c in columns},
        {c: scores.get(c, 0.0) for c in columns},
        ended,
        dates,
        money,
        unnamed,
    )


def _score(sheet: Sheet, column: str, role: str) -> float:
    """How well the header says the role that a column got."""
    return max((g.score for g in sheet.guesses.get(column, ()) if g.role == role), default=0.5)


# --- logs ---------------------------------------------------------------------------------------------------------


def _of_a_log(sheet: Sheet, structure: Structure, roles: dict[str, str]) -> tuple[pl.Series, DateRoles, Shape]:
    nothing = pl.repeat(None, sheet.rows.height, dtype=pl.String, eager=True)
    if structure.time is not None:
        roles[structure.time] = "changed_at"
    if structure.fields is not None:
        name, value, old = structure.fields
        roles |= {name: "changed_field", value: "new_value"} | ({old: "old_value"} if old else {})
        return nothing, DateRoles({}, frozenset()), "stage_log"
    stage = structure.stage
    if stage is not None:
        roles[stage] = "status" if only_outcomes(sheet.profiles[stage]) else "stage"
        if roles[stage] == "stage" and not _names_both_ends(sheet.profiles[stage]):
            roles |= _status(sheet, stage, roles)
    created = [c for c in sheet.columns_with("created_at") if c not in roles and sheet.is_date(c)]
    constant = [c for c in created if structure.lead and not _differs(sheet, structure.lead, c)]
    if constant:
        roles[constant[0]] = "created_at"
    return nothing, DateRoles({}, frozenset()), "stage_log"


def _differs(sheet: Sheet, lead: str, column: str) -> bool:
    counted = pl.DataFrame({"id": sheet.text(lead), "v": sheet.text(column)}).drop_nulls().group_by("id")
    return bool((counted.agg(pl.col("v").n_unique())["v"] > 1).any())


# --- rows of leads ------------------------------------------------------------------------------------------------


def _of_leads(sheet: Sheet, structure: Structure, roles: dict[str, str]) -> tuple[pl.Series, DateRoles, Shape]:
    if structure.time is not None:
        roles[structure.time] = "changed_at"  # the load that wrote the row: the newest rules
    if structure.until is not None:
        roles[structure.until] = "valid_until"
    stages = [c for c in stage_columns(sheet) if c not in roles]
    stage = stages[0] if stages else None
    if stage is not None:
        roles[stage] = "stage"
    for column, role in _status(sheet, stage, roles).items():
        roles[column] = role
    if stage is None:
        roles |= dict.fromkeys(_ticks(sheet, roles), "tick")
    if not {"stage", "status", "tick"} & set(roles.values()):
        roles |= dict.fromkeys([c for c in sheet.columns_with("stage") if c not in roles][:1], "stage")
    ended = how_rows_ended(sheet, roles)
    # when a version begins its stage was entered: another column that says so tells nothing more
    again = [
        c for c in sheet.date_columns if c not in roles and structure.until and same_time(sheet, c, structure.time)
    ]
    roles |= dict.fromkeys(again, "ignore")
    has_labels = any(role in ("stage", "status", "tick") for role in roles.values())
    dates = date_roles(replace_profiles(sheet, roles), ended, has_labels)
    dates = replace(dates, sure=dates.sure | set(again))
    roles |= {c: r for c, r in dates.roles.items() if c not in roles}
    roles |= unreadable_dates(sheet, roles)
    if "closed_at" not in roles.values():
        roles |= dict.fromkeys(date_of_last_tick(sheet, roles), "closed_at")
    is_dated = {"closed_at", "lost_at"} & set(roles.values())
    if stage is not None and _names_both_ends(sheet.profiles[stage]) and not is_dated:
        # when a deal came into its present stage: of a closed one that is the end
        since = [
            c
            for c in sheet.date_columns
            if is_named(undressed(c), "stage_since") and roles.get(c, "ignore") == "ignore"
        ]
        roles |= dict.fromkeys(since[:1], "closed_at")
    entries = [c for c, r in roles.items() if r == "entry"]
    converted = [c for c in sheet.profiles if is_named(undressed(c), "converted_id")]
    if converted and converted[0] not in roles:
        roles[converted[0]] = "converted_id"
    return ended, dates, "milestones" if len(entries) >= 2 or not has_labels else "snapshot"


def replace_profiles(sheet: Sheet, roles: Mapping[str, str]) -> Sheet:
    """The sheet without the columns that have a role already."""
    return replace(sheet, profiles={c: p for c, p in sheet.profiles.items() if c not in roles})


def _status(sheet: Sheet, stage: str | None, taken: Mapping[str, str]) -> dict[str, str]:
    """The column that says how a deal ended, and its second yes/no column.

    Words before yes and no; where the stages name the ends themselves, yes and no add nothing.
    """
    named = [c for c in sheet.columns_with("status") if c not in taken]
    named += [c for c in sheet.profiles if c not in (*named, *taken, *sheet.load) and _tells_both_ends(sheet, c)]
    texts = [c for c in named if not sheet.profiles[c].is_flag and (not _is_code(c) or _tells_both_ends(sheet, c))]
    texts = [c for c in texts if not sheet.profiles[c].is_number or _is_known_code(sheet.profiles[c])]

    def rank(column: str) -> tuple:
        profile = sheet.profiles[column]
        return (not only_outcomes(profile), -label_share(profile), named.index(column))

    found = sorted(texts, key=rank)
    if found and (
        only_outcomes(sheet.profiles[found[0]]) or stage is None or label_share(sheet.profiles[found[0]]) > 0
    ):
        ends = {concept_of(v, "status") for v in sheet.profiles[found[0]].sample}
        if stage is None or ends & {"won", "lost", "open", "junk"}:
            return {found[0]: "status"}
    if stage is not None:
        ends = _ends_named(sheet.profiles[stage])
        if ends == {"won", "lost"} or (ends and not _flags(sheet, taken, ("active", "closed"))):
            return {}
    if found and stage is None:
        return {found[0]: "status"}
    codes = [c for c in sheet.profiles if c not in taken and _is_known_code(sheet.profiles[c])]
    if codes:
        return {codes[0]: "status"}
    won = _flags(sheet, taken, ("won", "lost"))
    if not won:
        active = _flags(sheet, taken, ("active",))
        if active and _archive_is_lost(sheet, active[0], stage):
            return {active[0]: "status"}
        shut = [c for c in _flags(sheet, taken, ("closed", "active")) if _shuts(sheet, c, stage)]
        return {shut[0]: "closed_flag"} if shut else {}
    others = [c for c in _flags(sheet, taken, ("closed", "won", "lost", "active")) if flag_kind(c) != flag_kind(won[0])]
    second = min(others, key=lambda c: (flag_kind(c) != "closed", plain(c)), default=None)
    return {won[0]: "status"} | ({second: "closed_flag"} if second else {})


def _ends_named(profile: Profile) -> set[str]:
    return {c for value in profile.sample for c, _ in concepts_of(value)} & {"won", "lost"}


def _names_both_ends(profile: Profile) -> bool:
    return _ends_named(profile) == {"won", "lost"}


def _tells_both_ends(sheet: Sheet, column: str) -> bool:
    """Whether the values say won and lost and nothing but how it ended, whatever the header is called."""
    profile = sheet.profiles[column]
    if not 2 <= profile.n_unique <= 8 or profile.is_flag or profile.is_date or profile.is_number:
        return False
    ends = {concept_of(value, "status") for value in profile.sample}
    is_other = any(g.score == 1 and g.role != "status" for g in sheet.guesses[column])
    return {"won", "lost"} <= ends and None not in ends and only_outcomes(profile) and not is_other


def _is_code(column: str) -> bool:
    return whose_id(column)[1]


def _is_known_code(profile: Profile) -> bool:
    """``statecode`` of Dynamics: 0 open, 1 won, 2 lost."""
    return "statecode" in map(plain, variants(profile.column)) and set(profile.sample) <= {"0", "1", "2"}


def _flags(sheet: Sheet, taken: Mapping[str, str], kinds: tuple[str, ...]) -> list[str]:
    found = [c for c, p in sheet.profiles.items() if c not in taken and p.is_flag and flag_kind(c) in kinds]
    return sorted(found, key=lambda c: (kinds.index(flag_kind(c) or "won"), plain(c)))


def _archive_is_lost(sheet: Sheet, active: str, stage: str | None) -> bool:
    """Active: no is a loss only where no won row is archived, too."""
    if stage is None:
        return False
    won = sheet.text(stage).is_in([v for v in sheet.profiles[stage].sample if concept_of(v) == "won"])
    archived = sheet.text(active).str.to_lowercase().is_in(list(parts("no")))
    return bool(archived.any()) and bool(won.any()) and not bool((won & archived).any())


def _ticks(sheet: Sheet, taken: Mapping[str, str]) -> list[str]:
    """Yes/no columns that tick off stages: each ticked only where the one before is, fewer from one to the next, three
    of them or two of which one is named after a stage.
    """
    ends = _flags(sheet, {}, ("won", "lost", "closed", "active"))
    flags = [
        c
        for c, p in sheet.profiles.items()
        if c not in taken and p.is_flag and c not in sheet.load and (c not in ends or flag_kind(c) == "won")
        and not any(g.score >= SURE and g.role not in ("status", "stage", "entry", "ignore") for g in sheet.guesses[c])
        and not is_named(undressed(c), "deleted_flag")
    ]  # fmt: skip
    ticked = {c: is_ticked(sheet.text(c)) for c in flags}
    chain: list[str] = []
    for column in sorted(flags, key=lambda c: -int(ticked[c].sum())):
        if not ticked[column].any() or ticked[column].all():
            continue
        before = ticked[chain[-1]] if chain else None
        if before is not None and (share(before.filter(ticked[column])) < 0.95 or (before == ticked[column]).all()):
            return []
        chain.append(column)
    named = [c for c in chain if concept_of(without_date_words(undressed(c)) or "-") in STAGE_CONCEPTS]
    return chain if len(chain) >= 3 or (len(chain) == 2 and named) else []


def _shuts(sheet: Sheet, flag: str, stage: str | None) -> bool:
    """Whether a yes/no column only says that a deal is closed: every won row is, and so are others. "Inactive" may be
    the archive: then a reason or a date must stand beside those others and not beside the open ones.
    """
    if stage is None:
        return False
    closed = _is_yes(sheet, flag) if flag_kind(flag) == "closed" else ~_is_yes(sheet, flag)
    won = sheet.text(stage).is_in([v for v in sheet.profiles[stage].sample if concept_of(v) == "won"])
    others = closed & ~won
    if not won.any() or not others.any() or share(closed.filter(won)) < 0.95:
        return False
    if flag_kind(flag) == "closed":
        return True
    shown = [c for c in sheet.profiles if c not in (flag, stage, *sheet.load)]
    return any(
        share(sheet.text(c).is_not_null().filter(others)) >= 0.9
        and share(sheet.text(c).is_not_null().filter(~closed)) <= 0.1
        for c in shown
    )


def _is_yes(sheet: Sheet, flag: str) -> pl.Series:
    return sheet.text(flag).str.to_lowercase().is_in(list(parts("yes"))).fill_null(False)


def how_rows_ended(sheet: Sheet, roles: Mapping[str, str]) -> pl.Series:
    """Per row of the sample "won", "lost", "open" or null, as its status says, else its stage, else a closed flag."""
    said = []
    flag, stage = (next((c for c, r in roles.items() if r == role), None) for role in ("closed_flag", "stage"))
    if flag is not None and stage is not None and "status" not in roles.values():
        closed = _is_yes(sheet, flag) if flag_kind(flag) == "closed" else ~_is_yes(sheet, flag)
        wins = [v for v in sheet.profiles[stage].sample if concept_of(v) == "won"]
        won = sheet.text(stage).is_in(wins).fill_null(False)
        shut = pl.when(closed).then(pl.lit("lost")).otherwise(pl.lit("open"))
        return pl.select(pl.when(won).then(pl.lit("won")).otherwise(shut)).to_series()
    if flag is not None and (first := next((c for c, r in roles.items() if r == "status"), None)) is not None:
        said.append(outcome_of_rows({c: sheet.text(c) for c in (first, flag)}))
    for role, scope in (("status", "status"), ("stage", "stage")):
        column = next((c for c, r in roles.items() if r == role), None)
        if column is None:
            continue
        text = sheet.text(column)
        meant = {v: end_of(v, scope, column) for v in text.drop_nulls().unique().to_list()}
        if any(meant.values()):
            ends = text.replace_strict(meant, default=None, return_dtype=pl.String)
            # a result is written when there is one
            is_result = role == "status" and set(meant.values()) == {"won", "lost"} and "stage" not in roles.values()
            said.append(pl.select(pl.when(text.is_null() & is_result).then(pl.lit("open")).otherwise(ends)).to_series())
    if not said:
        return pl.repeat(None, sheet.rows.height, dtype=pl.String, eager=True)
    return pl.select(pl.coalesce(said)).to_series()


def _deleted(sheet: Sheet, roles: dict[str, str]) -> None:
    """The column that says a row is deleted: yes and no, or the time of it."""
    flags, times = ({plain(word) for word in parts(use)} for use in ("deleted_flag", "deleted_at"))

    def says(column: str) -> bool:
        profile, words = sheet.profiles[column], {plain(v) for v in (column, *variants(column))}
        if words & times:
            return profile.is_blank or profile.is_date
        is_said = bool(words & flags) or (plain(column) == "archived" and _is_of_hubspot(sheet))
        return is_said and (profile.is_flag or profile.is_blank or profile.is_date)

    found = [c for c in sheet.profiles if roles.get(c, "ignore") == "ignore" and says(c)]
    if found:
        best = min(found, key=lambda c: (c in sheet.load, sheet.profiles[c].is_blank, plain(c)))
        roles[best] = "deleted"


def _is_of_hubspot(sheet: Sheet) -> bool:
    """Whether the table comes from HubSpot, whose archive is its bin; elsewhere an archived deal still counts."""
    return any(
        c.lower().startswith(("propert", "hs_")) or plain(c) in ("dealstage", "dealname") for c in sheet.table.columns
    )


# --- attributes ---------------------------------------------------------------------------------------------------


def _attributes(sheet: Sheet, shape: Shape, roles: dict[str, str], scores: dict[str, float]) -> None:
    """Source, owner, customer, reason and the like: each to the column whose header and values suit it best."""
    allowed = [role for role in ALLOWED[shape] if role not in _DECIDED]
    taken = set(roles.values()) - set(MANY)
    ranked = []
    for column, guesses in sheet.guesses.items():
        if column in roles or column not in sheet.profiles:
            continue
        profile = sheet.profiles[column]
        possible = [g for g in guesses if g.role in allowed and is_possible(g.role, profile)]
        for guess in possible:
            score = _adjusted(guess.score, guess.role, profile)
            if score >= 0.5:
                tie = (len(possible) > 1, allowed.index(guess.role), -guess.n_systems)
                ranked.append((-score, tie, -round(profile.filled_share, 3), plain(column), guess.role, column))
    for score, *_, role, column in sorted(ranked):
        if column in roles or (role in taken and role not in MANY):
            continue
        roles[column], scores[column] = role, -score
        if role not in MANY:
            taken.add(role)


def _adjusted(score: float, role: str, profile: Profile) -> float:
    """The header's score, corrected by how well the values suit the role."""
    if role == "customer_id" and not profile.repeats:
        return score - 0.01  # a name that never repeats is rather the lead's own
    if role == "segment" and profile.n_unique > max(50, profile.n_filled // 5):
        return score * 0.75
    if role in (*DIMENSIONS, "pipeline", "currency") and profile.is_blank:
        return score * 0.8
    return score
