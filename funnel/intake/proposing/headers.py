"""What the headers of a table propose and what the values of its columns allow, before anything is decided.

A header proposes (words of ``data/words/headers.tsv``, the stage names of the funnel, similarity as a last resort),
the values decide whether the proposal is possible.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from funnel.definition.definition import FunnelDefinition
from funnel.intake.flags import flag_kind
from funnel.intake.mapping import DATE_ROLES, RawTable
from funnel.intake.proposing.profiles import Profile, profile_columns
from funnel.intake.words import (
    concept_of,
    has_part,
    header_words,
    plain,
    similar_header,
    tokens,
    without_date_words,
)

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
            if guess.role == role and guess.score >= score and is_possible(role, self.profiles[column])
        ]
        return [column for *_, column in sorted(found, key=lambda hit: (-hit[0], -hit[1], plain(hit[2]), hit[2]))]


def look_at(table: RawTable, definition: FunnelDefinition) -> Sheet:
    """Profile the columns of a table and collect what their headers propose."""
    guesses = {column: header_guesses(column, definition) for column in table.columns}
    columns = table.columns
    if len(columns) > GUESSED_COLUMNS:
        columns = tuple(c for c in columns if any(g.role != "ignore" for g in guesses[c]))[:GUESSED_COLUMNS]
    profiles = profile_columns(table, columns)
    return Sheet(table, definition, profiles, {c: _with_flag(guesses[c], profiles[c]) for c in columns})


def _with_flag(guesses: tuple[Guess, ...], profile: Profile) -> tuple[Guess, ...]:
    """A yes/no column called "won" or "lost" is a status, whatever else its name may mean."""
    if not profile.is_flag or flag_kind(profile.column) not in ("won", "lost"):
        return guesses
    others = [guess for guess in guesses if guess.role != "status"]
    return tuple(sorted([*others, Guess("status", 1.0, 1)], key=lambda guess: (-guess.score, -guess.n_systems)))


def header_guesses(header: str, definition: FunnelDefinition) -> tuple[Guess, ...]:
    """The roles that a header proposes, best first; whether the values allow them is decided elsewhere."""
    found: dict[str, Guess] = {}

    def add(role: str, score: float, n_systems: int) -> None:
        if role not in found or found[role].score < score:
            found[role] = Guess(role, score, n_systems)

    exact = header_words(header)
    roles = {word.role for word in exact}
    for word in exact:
        # a header that some system leaves out, or a "lead id" that elsewhere names the company, is less sure
        doubtful = ("ignore" in roles and word.role != "ignore") or (word.role == "customer_id" and "lead_id" in roles)
        add(word.role, 0.6 if doubtful else 1.0, word.n_systems)
    stage_name = without_date_words(header)
    if plain(stage_name) in stage_names(definition):
        add("entry", 1.0, 1)
    if not exact:
        _guess_unknown(header, stage_name, add)
    return tuple(sorted(found.values(), key=lambda guess: (-guess.score, -guess.n_systems, guess.role)))


def _guess_unknown(header: str, stage_name: str, add: Callable[[str, float, int], None]) -> None:
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
        add("expected_close" if closes else "ignore", SURE, 0)
        return
    if touched:
        add("ignore", SURE, 0)
        return
    concept = concept_of(stage_name) if stage_name else None
    if concept == "lost":
        add("lost_at", 0.75, 0)
    elif concept in ("repeat", "referral"):
        add("repeat_at" if concept == "repeat" else "referral_at", 0.75, 0)
    elif concept and concept not in ("junk", "duplicate", "on_hold", "open"):
        add("entry", 0.75, 0)
    words, similarity = similar_header(header)
    for word in words:
        add(word.role, 0.6 * similarity, word.n_systems)


def stage_names(definition: FunnelDefinition) -> set[str]:
    names = {plain(text) for stage in definition.stages for text in (stage.key, stage.name.en, stage.name.zh)}
    names |= {plain(label) for _, label in definition.labels}
    return names - {""}


def is_possible(role: str, profile: Profile) -> bool:
    """Whether the values allow the role. A blank column may be any date or attribute: next month it may be filled."""
    if role in DATE_ROLES:
        return profile.is_blank or profile.is_date
    if role == "amount":
        return profile.is_blank or (profile.is_number and not profile.is_flag)
    if role == "count":
        return profile.is_number
    if role == "stage":
        return profile.has_few_values and not profile.is_flag and not (profile.is_date and not profile.is_number)
    if role == "status" and profile.is_flag and flag_kind(profile.column) not in ("won", "lost"):
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
