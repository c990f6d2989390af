"""What the labels of a file mean in a funnel.

A label finds its stage, in this order, by the funnel's own list of labels, the name or key of a stage, the words of
``data/words/stages.tsv``. A concept for which the funnel has no stage falls back to the stage before it ("Proposal" is
part of nurturing where no proposal stage exists). What finds nothing is left to the person who imports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import polars as pl
from rapidfuzz import fuzz

from funnel.definition.definition import (
    DUPLICATE,
    EXITS,
    JUNK,
    LOST,
    ON_HOLD,
    OPEN,
    FunnelDefinition,
    Scope,
)
from funnel.errors import InputError
from funnel.intake.cells.spelling import UNSPACED, folded, plain, tokens
from funnel.intake.mapping import FIELD_ROLES, ColumnMapping, RawTable
from funnel.intake.proposing.headers import Profile, Sheet
from funnel.intake.values import clean_text
from funnel.intake.words import (
    EXIT_CONCEPTS,
    STAGE_CONCEPTS,
    concept_of,
    concepts_of,
    has_part,
    header_words,
    order_hint,
    parts,
    undressed,
    without_date_words,
)

_OUTCOMES = {"won", *EXIT_CONCEPTS}
EXIT_OF = {"lost": LOST, "junk": JUNK, "duplicate": DUPLICATE, "on_hold": ON_HOLD, "open": OPEN}
_NAMES = 5
"""Different values from which on a column of unknown name may hold names."""
SIMILAR = 88
"""Similarity (0–100) from which a label counts as a spelling of a stage's name."""


def target_of(
    label: str, scope: Scope, definition: FunnelDefinition, name: str | None = None, meant: str | None = None
) -> str | None:
    """The stage key or exit that a label means in this funnel; None when nothing is recognised.

    ``name`` is what a numeric label is called (from a lookup table), and for a milestone header the stage in it.
    ``meant``: the concept that the file or the person gives the label ("stage": some stage before the win); it rules
    over the words.
    """
    listed = definition.labels.get((scope, label))
    if listed is None:
        spellings = {folded(known): to for (s, known), to in definition.labels.items() if s == scope}
        listed = spellings.get(folded(label))
    if listed is not None:
        return definition.resolve(listed)
    if meant in EXIT_OF or meant in ("won", "repeat", "referral"):
        return _by_concept(meant, definition)
    texts = [text for text in (label, name, order_hint(name or label)[1]) if text]
    by_name = {plain(t): stage.key for stage in definition.stages for t in (stage.name.en, stage.name.zh, stage.key)}
    by_name |= {plain(known): definition.resolve(to) for (s, known), to in definition.labels.items() if s == scope}
    for text in texts:
        if plain(text) in by_name and plain(text):
            return by_name[plain(text)]
    for text in texts:
        found = _by_concept(concept_of(text, scope), definition)
        if found and not (meant == "stage" and (found in EXITS or found == definition.won_key)):
            return found
    best = max(
        ((fuzz.ratio(plain(text), known), key) for text in texts for known, key in by_name.items() if len(known) > 5),
        default=(0.0, None),
    )
    return best[1] if best[0] >= SIMILAR else None


def milestone_target(header: str, definition: FunnelDefinition, stage_labels: Mapping[str, str]) -> str | None:
    """The stage that a date column enters: by the stage's name in the header, a stage label of the same file
    (``engage_date`` and "Engaging"; ``stage_labels``: label → target), or the header's own hint.
    """
    stage_name = without_date_words(undressed(header))
    listed = definition.labels.get(("milestone", header))
    if listed is not None:
        return definition.resolve(listed)
    by_name = {plain(t): stage.key for stage in definition.stages for t in (stage.name.en, stage.name.zh, stage.key)}
    if plain(stage_name) in by_name:
        return by_name[plain(stage_name)]
    for label, target in stage_labels.items():
        if target not in (*EXITS,) and _same_stem(stage_name, label):
            return target
    hints = [word.stage_hint for word in header_words(header) if word.stage_hint]
    if hints:
        return _by_concept(hints[0], definition)
    if any(word.role == "entry" for word in header_words(header)):
        return None  # a known date without a stage of its own, such as a first contact
    return target_of(header, "milestone", definition, stage_name)


def _same_stem(a: str, b: str) -> bool:
    """``engage`` and ``Engaging``, ``booking`` and ``Booked``, ``qualified`` and ``Qualification``: an ending apart."""
    x, y = plain(a), plain(b)
    if not x or not y:
        return False
    if not x.isascii():
        return x == y
    shared = next((i for i, (m, n) in enumerate(zip(x, y, strict=False)) if m != n), min(len(x), len(y)))
    return (
        x == y
        or (len(_stem(x)) >= 4 and _stem(x) == _stem(y))
        or (min(len(x), len(y)) >= 4 and shared == min(len(x), len(y)) and abs(len(x) - len(y)) <= 3)
        or (shared >= 5 and shared >= 0.6 * max(len(x), len(y)))
    )


def _stem(word: str) -> str:
    return re.sub(r"(?:ations?|ing|ed|al|ment|s|e)$", "", word)


def stage_concept(definition: FunnelDefinition, position: int) -> str | None:
    """The concept of a stage, from its key, its names, or its place (won, after won)."""
    stage = definition.stages[position - 1]
    if stage.is_won:
        return "won"
    if stage.is_post_sale:
        return "repeat"
    if stage.key in STAGE_CONCEPTS:
        return stage.key
    for text in (stage.name.en, stage.name.zh):
        concept = concept_of(text)
        if concept in STAGE_CONCEPTS and concept not in ("won", "repeat", "referral"):
            return concept
    return None


def _by_concept(concept: str | None, definition: FunnelDefinition) -> str | None:
    if concept is None:
        return None
    if concept in EXIT_OF:
        return EXIT_OF[concept]
    if concept == "won":
        return definition.won_key
    if concept in ("repeat", "referral"):
        return definition.post_sale_key or definition.won_key
    concepts = [stage_concept(definition, i) for i in range(1, definition.won_position)]
    for candidate in reversed(STAGE_CONCEPTS[: STAGE_CONCEPTS.index(concept) + 1]):
        if candidate in concepts:
            return definition.keys[concepts.index(candidate)]
    return definition.keys[0] if concept == "lead" else None


@lru_cache(maxsize=1)
def _field_words() -> dict[str, str]:
    """The words that name a field and their roles; a word of two roles has the first."""
    roles = [role for role in reversed(FIELD_ROLES) if role != "ignore"]
    return {plain(word): role for role in roles for word in parts("field", role)}


@lru_cache(maxsize=4096)
def field_role(value: str) -> str:
    """The role of one field of a field log, by its name; "ignore" for an unknown one."""
    found = {_field_words().get(plain(word)) for word in (value, undressed(value))}
    for role in FIELD_ROLES:
        if role in found:
            return role
    known = [{"created_at": "created"}.get(word.role, word.role) for word in header_words(value)]
    return next((role for role in known if role in FIELD_ROLES), "ignore")


# --- names of numeric labels --------------------------------------------------------------------------------------


def label_names_from_lookup(table: RawTable) -> dict[str, str]:
    """id → name from a lookup table such as ``stage_id,stage_name``, in file order.

    The id column is the one with unique values and "id" in its header (else the first unique one), the name column the
    first other one whose values are words. Raises InputError (``intake.not_a_lookup``) when there is no such pair.
    """
    frame = table.frame
    unique = [c for c in table.columns if frame[c].null_count() == 0 and frame[c].n_unique() == frame.height > 0]
    unique.sort(key=lambda c: "id" not in tokens(c))
    for key in unique:
        words = [c for c in table.columns if c != key and frame[c].str.contains(r"[A-Za-z㐀-鿿]").mean() == 1]
        words.sort(key=lambda c: not {"name", "label", "名称", "阶段"} & set(tokens(c)))
        if words:
            pairs = zip(frame[key].to_list(), frame[words[0]].to_list(), strict=True)
            return {k.strip(): v.strip() for k, v in pairs}
    raise InputError("intake.not_a_lookup", file=table.name, columns=list(table.columns))


# --- what the values of a column name --------------------------------------------------------------------------------


def speaks_of_stages(profile: Profile) -> bool:
    """Whether the values name stages and an end so plainly that the header ("New stage", ActivityID) need not say it;
    the stage before a change is another matter.
    """
    ends = {concept_of(value) for value in profile.sample} & {"won", "lost"}
    return bool(ends) and label_share(profile) >= 0.8 and not has_part(profile.column, "former_word")


def label_share(profile: Profile) -> float:
    """Share of the different values that are labels of a funnel."""
    return sum(concept_of(value) is not None for value in profile.sample) / max(1, len(profile.sample))


def stage_share(profile: Profile) -> float:
    """Share of the values that are stages proper, not outcomes: tells a stage column from a status column."""
    stages = [concept_of(value, "status") not in (*_OUTCOMES, None) for value in profile.sample]
    return sum(stages) / max(1, len(stages))


def only_outcomes(profile: Profile) -> bool:
    """Whether all values say how it ended and none says how far it came (Open / Won / Lost)."""
    meant = [{concept for concept, _ in concepts_of(value)} for value in profile.sample]
    return bool(meant) and all(found & _OUTCOMES for found in meant)


def yes_or_no(label: str) -> dict[tuple[Scope, str], str]:
    """Yes and no among other results ("order", "no", "call again") say won and lost."""
    word = label.casefold() if label.isalpha() else ""
    end = "won" if word in parts("yes") else "lost" if word in parts("no") else None
    return {("status", label): end} if end else {}


def won_and_lost_letters(labels: list[str]) -> dict[tuple[Scope, str], str]:
    """W and L beside each other are won and lost."""
    letters = {"w": "won", "l": "lost"}
    known = [(label, label.casefold()) for label in labels if label.casefold() in letters]
    found: dict[tuple[Scope, str], str] = {("status", label): letters[letter] for label, letter in known}
    return found if set(found.values()) == set(letters.values()) else {}


def by_spelling(known: Mapping[tuple[Scope, str], str | None]) -> dict[tuple[Scope, str], str]:
    """An unknown label that is another spelling of a known one means the same."""
    meant = {(scope, folded(label)): concept for (scope, label), concept in known.items() if concept}
    return {
        key: concept
        for key, given in known.items()
        if given is None and (concept := meant.get((key[0], folded(key[1])))) is not None
    }


def test_records(sheet: Sheet, mapping: ColumnMapping) -> dict[str, tuple[str, ...]]:
    """Column of names → its values that say nothing but "test", in rows that are not deleted or left out already. All
    rows are looked at, not a sample of them.
    """
    found = {}
    for column, profile in sheet.profiles.items():
        role = mapping.roles.get(column, "ignore")
        is_unnamed = role == "ignore" and not sheet.guesses[column] and profile.n_unique >= _NAMES
        is_name = role in ("lead_name", "customer_id") or is_unnamed
        if not is_name or profile.is_number or profile.is_date or profile.is_flag:
            continue
        rows = sheet.table.frame.filter(pl.col(column).str.contains(_test_words()))
        values = clean_text(rows[column]).filter(~_gone(rows, mapping)).drop_nulls().unique(maintain_order=True)
        if tests := tuple(value for value in values.to_list() if _is_test(value)):
            found[column] = tests
    return found


def _gone(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.Series:
    """The rows of a table that are deleted, or of labels that are left out."""
    gone = pl.repeat(False, rows.height, eager=True)
    for column, values in mapping.left_out.items():
        gone = gone | clean_text(rows[column]).is_in(list(values)).fill_null(False)
    if (deleted := mapping.column("deleted")) is not None:
        text = clean_text(rows[deleted]).str.to_lowercase()
        gone = gone | (text.is_not_null() & ~text.is_in(list(parts("no")))).fill_null(False)
    return gone


@lru_cache(maxsize=1)
def _test_words() -> str:
    """A pattern of cells that may say "test", in letters of either width: few are looked at word by word."""
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    return "(?i)" + "|".join(re.escape(word) for part in parts("test_word") for word in (part, part.translate(wide)))


def _is_test(value: str) -> bool:
    """Whether nothing but "test" and what stands beside it is said: TEST - please ignore, 测试客户1."""
    known = (*parts("test_word"), *parts("beside_test_word"))
    written = [word for word in tokens(value) if not word.isdigit()]
    if not any(
        part in word if UNSPACED.search(part) else part == word for part in parts("test_word") for word in written
    ):
        return False
    unspaced = sorted((part for part in known if UNSPACED.search(part)), key=len, reverse=True)
    rest = re.sub("|".join(map(re.escape, unspaced)), " ", " ".join(written))
    return all(word in known or word.isdigit() for word in tokens(rest))
