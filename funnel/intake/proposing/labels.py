"""What the stage labels of a file mean, and which funnel they would make.

A label finds its stage, in this order, by the funnel's own list of labels, the name or key of a stage, the words of
``data/words/stages.tsv``. A concept for which the funnel has no stage falls back to the stage before it ("Proposal" is
part of nurturing where no proposal stage exists). What finds nothing is left to the person who imports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    Text,
    definition_from_labels,
)
from funnel.errors import InputError, Message
from funnel.intake.mapping import RawTable
from funnel.intake.words import (
    STAGE_CONCEPTS,
    concept_of,
    concepts_of,
    header_words,
    order_hint,
    plain,
    tokens,
    without_date_words,
    word_rank,
)

EXIT_OF = {"lost": LOST, "junk": JUNK, "duplicate": DUPLICATE, "on_hold": ON_HOLD, "open": OPEN}
SIMILAR = 88
"""Similarity (0–100) from which a label counts as a spelling of a stage's name."""


def target_of(label: str, scope: Scope, definition: FunnelDefinition, name: str | None = None) -> str | None:
    """The stage key or exit that a label means in this funnel; None when nothing is recognised.

    ``name`` is what a numeric label is called (from a lookup table), and for a milestone header the stage in it.
    """
    listed = definition.labels.get((scope, label))
    if listed is not None:
        return definition.resolve(listed)
    texts = [text for text in (label, name, order_hint(name or label)[1]) if text]
    by_name = {plain(t): stage.key for stage in definition.stages for t in (stage.name.en, stage.name.zh, stage.key)}
    by_name |= {plain(known): definition.resolve(to) for (s, known), to in definition.labels.items() if s == scope}
    for text in texts:
        if plain(text) in by_name and plain(text):
            return by_name[plain(text)]
    for text in texts:
        found = _by_concept(concept_of(text, scope), definition)
        if found:
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
    stage_name = without_date_words(header)
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
    """``engage`` and ``Engaging``, ``qualified`` and ``Qualification``: one beginning, at most an ending apart."""
    x, y = plain(a), plain(b)
    if not x or not y:
        return False
    if not x.isascii():
        return x == y
    shared = next((i for i, (m, n) in enumerate(zip(x, y, strict=False)) if m != n), min(len(x), len(y)))
    return x == y or (shared >= 5 and shared >= 0.6 * max(len(x), len(y)))


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


# --- names of numeric labels ----------------------------------------------------------------------------------------


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


# --- a funnel from the labels of a file -----------------------------------------------------------------------------


@dataclass(frozen=True)
class FunnelSuggestion:
    """Stage labels in order, which one is the win, which come after it, and names to show where a label is a number
    or a column header.
    """

    labels: tuple[str, ...]
    won_label: str
    post_sale_labels: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def won_is_known(self) -> bool:
        """Whether the won label is known to mean a win, or is a bare number, of which the last is the usual one."""
        shown = self.names.get(self.won_label, self.won_label)
        return shown.isdigit() or any(concept == "won" for concept, _ in concepts_of(shown))

    def won_because(self) -> Message:
        """Why the won label is proposed (codes ``intake.won_because.*``), or that no label says so.

        ``stage`` and ``stages`` are labels with their names.
        """
        meant = [[concept for concept, _ in concepts_of(self.names.get(label, label))] for label in self.labels]
        wins = [label for label, found in zip(self.labels, meant, strict=True) if "won" in found]
        chosen = {"stage": self.shown(self.won_label)}
        if self.names.get(self.won_label, self.won_label).isdigit():
            return Message("intake.won_because.last_number", chosen)
        if self.won_label not in wins:
            return Message("intake.won_because.unknown")
        if len(wins) > 1:
            return Message("intake.won_because.last_of", {**chosen, "stages": [self.shown(label) for label in wins]})
        return Message("intake.won_because.name", chosen)

    def shown(self, label: str) -> str:
        """A label with its name, where it has one of its own: ``8 · Follow-up``."""
        name = self.names.get(label, label)
        return label if name == label or not label.isdigit() else f"{label} · {name}"

    def definition(self, name: str, key: str = "custom") -> FunnelDefinition:
        """The funnel of these labels. Raises InputError when they are fewer than three or more than ten."""
        made = definition_from_labels(name, self.labels, self.won_label, self.post_sale_labels, key=key)
        stages = tuple(
            replace(stage, name=Text(shown, shown))
            for stage, label in zip(made.stages, self.labels, strict=True)
            for shown in (self.names.get(label, label),)
        )
        return replace(made, stages=stages)


def in_order(
    labels: Sequence[str], names: Mapping[str, str], before: Mapping[tuple[str, str], int], lookup: Iterable[str] = ()
) -> list[str]:
    """Stage labels in the order of the funnel.

    Order hints of all labels decide alone (``A. Lead``, ``1``); else the order of a lookup table that holds them all;
    else each pair is compared by what was seen (``before[(a, b)]`` = leads that entered a before b, when clearly one
    way), else by concept and word list, else by their given order.
    """
    hints = {label: order_hint(label)[0] for label in labels}
    if labels and all(rank is not None for rank in hints.values()) and len(set(hints.values())) == len(labels):
        return sorted(labels, key=lambda label: hints[label] or 0.0)
    listed = list(lookup)
    if labels and all(label in listed for label in labels):
        return sorted(labels, key=listed.index)

    def rank(label: str) -> tuple[int, int] | None:
        shown = names.get(label, label)
        concept = concept_of(shown)
        return (STAGE_CONCEPTS.index(concept), word_rank(shown)) if concept in STAGE_CONCEPTS else None

    def comes_first(a: str, b: str) -> float:
        forth, back = before.get((a, b), 0), before.get((b, a), 0)
        if forth + back >= 5 and max(forth, back) >= 2 * min(forth, back):
            return 1.0 if forth > back else -1.0
        ranks = rank(a), rank(b)
        if ranks[0] is not None and ranks[1] is not None and ranks[0] != ranks[1]:
            return 1.0 if ranks[0] < ranks[1] else -1.0
        if forth != back:
            return 1.0 if forth > back else -1.0
        return 1.0 if labels.index(a) < labels.index(b) else -1.0

    points = {a: sum(comes_first(a, b) for b in labels if b != a) for a in labels}
    return sorted(labels, key=lambda label: (-points[label], labels.index(label)))


def won_and_after(ordered: Sequence[str], names: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The won label among ordered labels and those after it: the last one that means a win ("paid" rather than
    "signed", so that nothing of the sale itself counts as repeat business), else the last that is not about repeat
    business.
    """
    concepts = [[c for c, _ in concepts_of(names.get(label, label))] for label in ordered]
    wins = [i for i, found in enumerate(concepts) if found == ["won"] and i > 0]
    wins = wins or [i for i, found in enumerate(concepts) if "won" in found and i > 0]
    sales = [i for i, found in enumerate(concepts) if not {"repeat", "referral"} & set(found)]
    at = (wins or sales or [len(ordered) - 1])[-1]
    return ordered[at], tuple(ordered[at + 1 :])


def observed_order(entries: pl.DataFrame) -> dict[tuple[str, str], int]:
    """For each pair of labels the number of leads whose first entry into one came before that into the other.

    ``entries`` has ``lead_id``, ``label``, ``at``. At most 20,000 leads are compared.
    """
    first = entries.filter(pl.col("at").is_not_null()).group_by("lead_id", "label").agg(pl.col("at").min())
    leads = first["lead_id"].unique().sort().head(20_000)
    first = first.filter(pl.col("lead_id").is_in(leads.implode()))
    pairs = (
        first.join(first, on="lead_id", suffix="_next")
        .filter(pl.col("at") < pl.col("at_next"))
        .group_by("label", "label_next")
        .len()
    )
    return {(a, b): n for a, b, n in pairs.iter_rows()}


def stage_name_from_header(header: str) -> str:
    """A readable stage name from a milestone header: ``contract_signed_time`` → "Contract signed"."""
    name = without_date_words(header) or header
    return name[:1].upper() + name[1:]
