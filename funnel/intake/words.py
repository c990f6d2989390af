"""Word lookups: what exports call their columns and their stages.

The words themselves are data (``data/words/*.tsv``): a header and the roles it was seen in, a stage label and the
concept it stands for, and parts of words ("planned", "date", "yes"). Comparison ignores case, width, spaces and
punctuation, so ``Close Date``, ``close_date`` and ``CloseDate`` are one word.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from funnel.intake.cells.spelling import UNSPACED, plain, simplified, tokens, unaccented
from funnel.intake.cells.units import split_header

FOLDER = Path(__file__).resolve().parent.parent.parent / "data" / "words"

STAGE_CONCEPTS = (
    "lead", "intent", "opportunity", "evaluation", "proposal", "negotiation", "won", "repeat", "referral",
)  # fmt: skip
"""Concepts that are levels of a funnel, in the order in which a sale passes them."""
EXIT_CONCEPTS = ("lost", "junk", "duplicate", "on_hold", "open")

FUZZY_HEADER, FUZZY_LABEL = 90, 90
"""Similarity (0–100) from which a header or a label counts as a misspelling of a known one."""
MIN_FUZZY_LENGTH = 6
"""Shorter words differ by a letter and mean something else ("Won", "Fon")."""
_HEAD_FIRST = {"es", "pt", "it", "fr", "ro", "pl", "cs", "sk", "ru", "uk", "hr", "bg", "id", "vi"}


@dataclass(frozen=True, slots=True)
class HeaderWord:
    """A role a header was seen in, in how many systems; in a language whose first word says what a thing is."""

    role: str
    stage_hint: str
    n_systems: int
    is_head_first: bool = False


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@lru_cache(maxsize=1)
def _headers() -> dict[str, tuple[HeaderWord, ...]]:
    found: dict[str, dict[str, HeaderWord]] = {}
    for row in _rows("headers.tsv"):
        n = len(row["system"].split(";"))
        roles = found.setdefault(plain(row["header"]), {})
        known = roles.get(row["role"])
        hint = row["stage_hint"] or (known.stage_hint if known else "")
        first = row["language"] in _HEAD_FIRST and (known is None or known.is_head_first)
        roles[row["role"]] = HeaderWord(row["role"], hint, n + (known.n_systems if known else 0), first)
    return {word: tuple(roles.values()) for word, roles in found.items()}


@lru_cache(maxsize=1)
def known_labels() -> dict[str, tuple[tuple[str, int], ...]]:
    """Each label of the word list, plainly spelled, and what it means: (concept, place in the list) pairs."""
    found: dict[str, list[tuple[str, int]]] = {}
    for position, row in enumerate(_rows("stages.tsv")):
        concepts = found.setdefault(plain(row["label"]), [])
        if row["concept"] not in [concept for concept, _ in concepts]:
            concepts.append((row["concept"], position))
    return {word: tuple(concepts) for word, concepts in found.items()}


@lru_cache(maxsize=1)
def _words_of_labels() -> dict[str, set[int]]:
    """How many words each label is written in."""
    found: dict[str, set[int]] = {}
    for row in _rows("stages.tsv"):
        found.setdefault(plain(row["label"]), set()).add(len(tokens(row["label"])))
    return found


@lru_cache(maxsize=1)
def _parts() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in [*_rows("parts.tsv"), *_rows("signs.tsv")]:
        found.setdefault(row["use"], []).append((row["word"], row["meaning"] or ""))
    return found


@lru_cache
def _simple(use: str) -> tuple[str, ...]:
    """The words of one use as ``tokens`` gives them."""
    return tuple(simplified(word) for word in parts(use))


def parts(use: str, meaning: str | None = None) -> tuple[str, ...]:
    """The words of one use in parts.tsv and signs.tsv, in file order."""
    return tuple(word for word, means in _parts()[use] if meaning is None or means == meaning)


@lru_cache(maxsize=256)
def _plain_parts(use: str) -> frozenset[str]:
    return frozenset(plain(word) for word in parts(use))


def is_named(text: str, use: str) -> bool:
    """Whether a header or value is one of the words of one use, and nothing beside it."""
    return plain(text) in _plain_parts(use)


# What connectors and CRMs wear around the name of a property: HubSpot's, Singer's and Salesforce's ways of writing it.
_PREFIX = re.compile(
    r"^(?:propert(?:y|ies)[._]+|fields?[._]+|attributes?[._]+|custom(?:_fields?)?[._]+|hs_v2_|hs_|(?:deal|opportunity)\s+[-–:]\s+)",
    re.I,
)
_SUFFIX = re.compile(r"(?:(?:__|\.)value|__c|_c|\s+or\s+(?:no|not|none)|或[否无])$", re.I)
_DRESS = {"property", "properties", "field", "fields", "hs", "v2", "c", "value"}
_BRACKET = re.compile(r"\s*[(（\[][^()（）\[\]]{1,16}[)）\]]\s*$")


@lru_cache(maxsize=8192)
def variants(header: str) -> tuple[str, ...]:
    """A header as it is, then without a bracket at its end (a unit, a currency), then without a connector's dress."""
    found = [header, _BRACKET.sub("", header), split_header(header)[0]]
    bare = found[-1]
    for _ in range(3):
        bare = _SUFFIX.sub("", _PREFIX.sub("", bare))
    return tuple(dict.fromkeys(text for text in (*found, bare) if plain(text)))


def undressed(header: str) -> str:
    """A header without brackets and connectors' dress: ``property_hs_is_closed__value`` → ``is_closed``."""
    return variants(header)[-1] if plain(header) else header


@lru_cache(maxsize=8192)
def is_load_column(header: str) -> bool:
    """Whether a column belongs to the load of the data (``_fivetran_synced``, ``loaded_at``), never to a deal."""
    word = header.strip().casefold()
    if any(word.startswith(start) for start in parts("load_prefix")):
        return True
    # "x__timestamp" beside "x__value" says when the value was written
    return bool(
        re.search(r"^(?!custom).*(?:__|\.)(?:timestamp|source|sourceid|source_id|versions?)$", word)
    ) or has_part(header, "load_word")


@lru_cache(maxsize=8192)
def whose_id(header: str) -> tuple[str | None, bool]:
    """Whose id a header names, and whether it says that it is an id at all.

    "lead" (Deal ID, 商机编号), "customer", "row" (a change, a day, a line), "other" (owner, product, pipeline),
    "bare" (Id, No.), None for a name that says none of these. Of several nouns the last one counts: a deal's stage id
    is a stage's.
    """
    id_words, nouns = _simple("id_word"), {simplified(word): whose for word, whose in _parts()["id_of"]}
    found, says_id = None, False
    rest = []
    for word in tokens(_BRACKET.sub("", header) or header):
        bare = word
        if word in _DRESS:
            continue
        if UNSPACED.search(word):
            hits = [(word.rfind(noun), len(noun), whose) for noun, whose in nouns.items() if noun in word]
            ending = next((end for end in sorted(id_words, key=len, reverse=True) if word.endswith(end)), None)
            if ending:
                says_id, bare = True, word.removesuffix(ending)
            if hits:
                found = max(hits)[2]
            if bare and not hits:
                rest.append(bare)
            continue
        if word in id_words:
            says_id = True
        elif (noun := word if word in nouns else word.rstrip("0123456789")) in nouns:
            found = nouns[noun]
        elif (noun := word.removesuffix("id")) != word and noun in nouns:  # "ownerid" as one word
            found, says_id = nouns[noun], True
        else:
            rest.append(word)
    if set(tokens(header)) & set(_simple("id_of_another")):
        return "other", says_id
    joined = plain(header)
    if joined in nouns and not says_id:
        found = nouns[joined]
    if found is None and says_id and not rest:
        found = "bare"
    return found, says_id


def without_id_words(header: str) -> str | None:
    """What a header names the id of: ``阶段ID`` → ``阶段``, ``Deal stage key`` → ``deal stage``; None for no id."""
    ids, kept, found = _simple("id_word"), [], False
    for word in tokens(_BRACKET.sub("", header) or header):
        ending = next(
            (e for e in sorted(ids, key=len, reverse=True) if UNSPACED.search(word) and word.endswith(e)), None
        )
        found = found or word in ids or ending is not None
        if word not in ids:
            kept.append(word.removesuffix(ending) if ending else word)
    return " ".join(word for word in kept if word) if found else None


def header_words(header: str) -> tuple[HeaderWord, ...]:
    """The roles a header was seen in, exactly or without its dress; () for an unknown one."""
    known = _headers()
    return next((known[word] for word in map(plain, variants(header)) if word in known), ())


@lru_cache(maxsize=4096)
def similar_header(header: str) -> tuple[tuple[HeaderWord, ...], float]:
    """The roles of the most similar known header and the similarity 0–1; ((), 0) when none is close enough."""
    word = plain(header)
    if len(word) < MIN_FUZZY_LENGTH:
        return (), 0.0
    hit = process.extractOne(word, _headers().keys(), scorer=fuzz.ratio, score_cutoff=FUZZY_HEADER)
    return (_headers()[hit[0]], hit[1] / 100) if hit else ((), 0.0)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The words of one use by the way in which they occur, each with its place in the file."""

    whole: Mapping[str, int]
    begins: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, int], ...]
    inside: tuple[tuple[str, int], ...]
    meanings: tuple[str, ...]


@lru_cache
def _parts_of(use: str) -> _Parts:
    whole: dict[str, int] = {}
    begins, rows, inside = [], [], []
    for place, (word, _) in enumerate(_parts()[use]):
        part = unaccented(word)
        if UNSPACED.search(part):
            inside.append((part, place))
        elif part.endswith("*"):
            begins.append((part[:-1], place))
        elif " " in part:
            rows.append((f" {part} ", place))
        else:
            whole.setdefault(part, place)
    meanings = tuple(meaning for _, meaning in _parts()[use])
    return _Parts(whole, tuple(begins), tuple(rows), tuple(inside), meanings)


def has_part(text: str, use: str) -> bool:
    """Whether a word of this use occurs in the text: see ``_first_part``."""
    return _first_part(text, use) is not None


@lru_cache(maxsize=65536)
def _first_part(text: str, use: str) -> str | None:
    """The meaning of the first word of this use, in file order, that occurs in the text; None for none.

    A word occurs as a whole word, several in a row, its beginning where it ends in ``*`` (``выигр*``), and inside a
    run of characters in scripts without blanks.
    """
    words, known = [unaccented(word) for word in tokens(text)], _parts_of(use)
    row = f" {' '.join(words)} "
    places = [known.whole[word] for word in words if word in known.whole]
    places += [place for start, place in known.begins if any(word.startswith(start) for word in words)]
    places += [place for phrase, place in known.rows if _starts_in(phrase, row)]
    if UNSPACED.search(row):
        places += [place for part, place in known.inside if part in row]
    return known.meanings[min(places)] if places else None


def _starts_in(phrase: str, row: str) -> bool:
    return f"{phrase[:-2]}" in row if phrase.endswith("* ") else phrase in row


_QUOTED = re.compile(r"[\"“「]([^\"”」]+)[\"”」]")


def speaks_of(header: str, use: str) -> bool:
    """``has_part`` outside of a stage that a header quotes: ``Date entered "Demo scheduled"`` is no plan."""
    return has_part(_QUOTED.sub(" ", header), use)


def without_date_words(header: str) -> str:
    """A header without what only says that it is a date: ``contract_signed_time`` → ``contract signed``,
    ``意向筛选时间`` → ``意向筛选``, ``Date entered "Demo (Sales Pipeline)"`` → ``Demo``. "" when nothing is left.
    """
    quoted = _QUOTED.search(header)
    text = re.sub(r"\([^)]*\)\s*$", "", quoted.group(1)) if quoted else header
    date_words = _simple("date_word")
    kept: list[str] = []
    for word in tokens(text):
        if word in date_words:
            continue
        for suffix in date_words:
            if UNSPACED.search(suffix) and word.endswith(suffix):
                word = word.removesuffix(suffix)  # noqa: PLW2901  (several endings may follow each other)
        if word:
            kept.append(word)
    return " ".join(kept)


# --- labels -------------------------------------------------------------------------------------------------------

_HINTS = (
    (
        re.compile(r"^\s*(?:stage|step|阶段|第)\s*(\d{1,2})\s*(?:阶段|步)?\s*[.\-–:)、．]?\s*(.+)$", re.IGNORECASE),
        "number",
    ),
    (re.compile(r"^\s*[(（]?(\d{1,2})\s*[.\-–_):、．）]\s*(.+)$"), "number"),
    (re.compile(r"^\s*(\d{1,2})\s*([㐀-鿿].*)$"), "number"),
    (re.compile(r"^\s*(\d{2})\s+([^\W\d].*)$"), "number"),
    (re.compile(r"^\s*[(（]?([A-Za-z])\s*[.):、．）]\s*(.+)$"), "letter"),
    (re.compile(r"^\s*([A-Za-z])\s*[-–]\s+(.+)$"), "letter"),
    (re.compile(r"^\s*([A-Z])([㐀-鿿].*)$"), "letter"),
)


def order_hint(label: str) -> tuple[float | None, str]:
    """The rank that a label states in front and the rest: ``A. Lead`` → (1, "Lead"), ``01-Demo`` → (1, "Demo").

    A label that is only a number ranks by it and keeps its text; without a hint the rank is None.
    """
    text = label.strip()
    if re.fullmatch(r"\d{1,3}", text):
        return float(text), text
    for pattern, kind in _HINTS:
        match = pattern.match(text)
        if match:
            first, rest = match.groups()
            rank = float(first) if kind == "number" else float(ord(first.upper()) - ord("A") + 1)
            return rank, rest.strip()
    return None, text


def _without_suffix(label: str) -> str:
    """``初步接洽 (10%)`` → ``初步接洽``; ``Demo (Sales Pipeline)`` → ``Demo``."""
    return re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", label).strip()


@lru_cache(maxsize=8192)
def concepts_of(label: str) -> tuple[tuple[str, int], ...]:
    """What a stage label means: (concept, place in the word list) pairs, most likely first; () when unknown.

    Tried in this order: the whole label, without order hint, without a bracket at the end, a word inside it,
    a misspelling of a known label. What is still to come is not yet: "Waiting for payment" is before the win, "Renewal
    due" is open.
    """
    rest = order_hint(label)[1]
    for text in (label, rest, _without_suffix(rest)):
        found = known_labels().get(plain(text))
        if found:
            return found
    to_come = is_to_come(rest)
    if concept := _first_part(rest, "label_part"):
        if to_come and concept in ("won", "repeat", "referral"):
            concept = "negotiation" if concept == "won" else "open"
        return ((concept, len(known_labels())),)
    word = plain(rest)
    if len(word) >= MIN_FUZZY_LENGTH and not to_come:
        hit = process.extractOne(word, known_labels().keys(), scorer=fuzz.ratio, score_cutoff=FUZZY_LABEL)
        # "Contact 4" is no slip of "Contact", nor the person Ann Lee of "annulée"
        if (
            hit
            and re.findall(r"\d", hit[0]) == re.findall(r"\d", word)
            and len(tokens(rest)) in _words_of_labels()[hit[0]]
        ):
            return known_labels()[hit[0]]
    return ()


def is_to_come(label: str) -> bool:
    """Whether a label speaks of what is still to come or did not happen: due, pending, planned, not, 待."""
    return has_part(label, "to_come_word")


def concept_of(label: str, scope: str = "stage") -> str | None:
    """The concept of a label in its scope. In a status column "Open" or "New" says only that nothing is decided."""
    found = [concept for concept, _ in concepts_of(label)]
    if not found:
        is_under_way = has_part(label, "waiting_word") or re.search(r"[㐀-鿿]{2}中$", label.strip())  # 丈量中
        return "open" if scope == "status" and is_under_way else None
    if scope == "status":
        if "open" in found or found[0] == "lead":
            return "open"
        return found[0]
    stages = [concept for concept in found if concept != "open"]
    return stages[0] if stages else found[0]


def word_rank(label: str) -> int:
    """The place of a label in the word list, where each system's stages stand in the order of its pipeline."""
    found = concepts_of(label)
    return found[0][1] if found else len(known_labels()) + 1
