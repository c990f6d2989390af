"""The funnel that the labels of a file would make: which stages, in which order, which one is the win.

The order comes from the file (a list in the workbook, a number beside the labels, the changes of leads, dates) and only
then from words; never from the alphabet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from funnel.definition.definition import MAX_STAGES, FunnelDefinition, Scope, Text, definition_from_labels
from funnel.errors import InputError, Message
from funnel.intake.cells.spelling import folded, plain
from funnel.intake.flags import flag_outcomes
from funnel.intake.mapping import DATE_ROLES, ColumnMapping, RawTable
from funnel.intake.proposing.meanings import label_values, meaning_of
from funnel.intake.proposing.ordering import in_order, ordered, seen_milestones
from funnel.intake.values import share, text_of
from funnel.intake.words import (
    EXIT_CONCEPTS,
    STAGE_CONCEPTS,
    concept_of,
    concepts_of,
    parts,
    undressed,
    without_date_words,
)
from funnel.schema import ONE_ROW_PER_LEAD

_NESTED = 0.9
"""Share of the rows with a date after the win that have the win's date, too."""


_FIRST, _WIN = Text("Lead acquisition", "线索获取"), Text("Won", "赢单")
_OURS = {name: text for text in (_FIRST, _WIN) for name in (text.en, text.zh)}
"""Names that no label of the file gives: each person reads them in their own language."""


@dataclass(frozen=True)
class FunnelSuggestion:
    """Stage labels in order, which one is the win, which come after it, and names to show where a label is a number
    or a column header.

    ``same``: other label → the label whose stage it means (another spelling, a second name of the win).
    ``is_marked``: the person said which one is the win. ``unordered``: labels whose place nothing says. ``is_totals``:
    each stage has a count of its own.
    """

    labels: tuple[str, ...]
    won_label: str
    post_sale_labels: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    is_marked: bool = False
    unordered: tuple[str, ...] = ()
    is_totals: bool = False

    @property
    def won_is_known(self) -> bool:
        """Whether the won label is known to mean a win: because the person said so, or by a word or a status, if no
        label of unknown meaning stands after it (下单 → 审批 → 签署: the order may only have been asked for). Totals
        count each stage by itself: what stands after the win there makes no win.
        """
        shown = self.names.get(self.won_label, self.won_label)
        after = [self.names.get(label, label) for label in self.post_sale_labels]
        is_last = self.is_totals or all(concept_of(label) is not None for label in after)
        return self.is_marked or (is_last and any(concept == "won" for concept, _ in concepts_of(shown)))

    def won_because(self) -> Message:
        """Why the won label is proposed (codes ``intake.won_because.*``), or that no label says so.

        ``stage`` and ``stages`` are labels with their names.
        """
        meant = [[concept for concept, _ in concepts_of(self.names.get(label, label))] for label in self.labels]
        wins = [label for label, found in zip(self.labels, meant, strict=True) if "won" in found]
        chosen = {"stage": self.shown(self.won_label)}
        if self.is_marked:
            return Message("intake.won_because.marked", chosen)
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
        """The funnel of these labels. Raises InputError when they are too few or more than ten."""
        made = definition_from_labels(name, self.labels, self.won_label, self.post_sale_labels, key=key)
        stages = tuple(
            replace(stage, name=_OURS.get(self.names.get(label, ""), Text(shown, shown)))
            for stage, label in zip(made.stages, self.labels, strict=True)
            for shown in (self.names.get(label, label),)
        )
        scopes: tuple[Scope, ...] = ("stage", "milestone", "status")
        others = {
            (scope, other): made.labels[scope, label]
            for other, label in self.same.items()
            if label in self.labels
            for scope in scopes
        }
        return replace(made, stages=stages, labels={**others, **made.labels})


def merged_by_name(names: Mapping[str, str], same: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The labels that stand for a stage each, in order, and other label → the label whose stage it means: labels that
    were given one name are one stage. ``names``: label → name; ``same``: what was one stage before.
    """
    first: dict[str, str] = {}
    stands_for = {label: first.setdefault(folded(name), label) for label, name in names.items()}
    merged = {label: stage for label, stage in stands_for.items() if label != stage}
    return tuple(first.values()), {**{other: stands_for.get(label, label) for other, label in same.items()}, **merged}


def suggest_definition(
    table: RawTable,
    mapping: ColumnMapping,
    meant: Mapping[tuple[Scope, str], str] | None = None,
    won: str | None = None,
) -> FunnelSuggestion:
    """The funnel that the labels of a file would make: ordered labels, the win, what comes after, names to show.

    ``meant``: what the file or the person says of single labels; ``won``: the label that the person marked as the win.
    Labels that mean an exit (lost, on hold …) are left out. A file of stage dates gets the creation as its first stage
    when no date column is one; one that only says how deals ended makes a funnel of two stages. Raises InputError
    (``intake.no_stage``) when the file has no stage label.
    """
    meant = meant or {}
    values = label_values(table, mapping)
    names = dict(mapping.label_names)
    stage_labels = [
        label
        for label in values["stage"]
        if meaning_of("stage", label, mapping, meant) not in EXIT_CONCEPTS and not _is_left_out(mapping, "stage", label)
    ]
    entries = [c for c in mapping.columns("entry") if mapping.shape in ONE_ROW_PER_LEAD]
    labels, same = _spelled_alike(table, mapping, stage_labels)
    says_won = _won_of_status(table, mapping, values["status"], meant)
    unordered: tuple[str, ...] = ()
    is_dated = bool(entries) and len(labels) < 2
    if is_dated:
        heading = _heading_over(entries, [c for role in DATE_ROLES for c in mapping.columns(role)])
        names |= {column: stage_name_from_header(column[heading:]) for column in entries}
        entries, twins = _named_alike(entries, names)
        same |= twins
        lost = [c for c in entries if concept_of(names[c]) in EXIT_CONCEPTS]
        entries = [c for c in entries if c not in lost]
        labels = in_order(entries, names, seen_milestones(table, mapping, entries))
        labels = _from_the_lead_on(table, mapping, labels, names)
    elif labels:
        is_ticked = mapping.column("stage") is None and bool(mapping.columns("tick"))
        if is_ticked:
            names |= {column: stage_name_from_header(column) for column in labels}
        elif mapping.shape == "counts" and mapping.column("stage") is None:
            names |= {column: name for column in labels if (name := _without_pieces(column)) != column}
        labels, unordered = ordered(table, mapping, labels, names)
        if is_ticked:
            labels = _from_the_lead_on(table, mapping, labels, names)
    elif says_won[0] and mapping.shape in ONE_ROW_PER_LEAD:
        first = mapping.column("created_at") or _first_stage_label(table.columns)
        names[first] = _first_stage_label(table.columns)
        labels = [first]
    if not labels:
        raise InputError("intake.no_stage", file=table.name, columns=list(table.columns))
    wins = [
        x for x in labels if meaning_of("stage", x, mapping, meant) == "won" or concept_of(names.get(x, x)) == "won"
    ]
    if not wins and won is None:
        labels = [*labels, *says_won[0][:1]]
        names |= says_won[1]
        same |= dict.fromkeys(says_won[0][1:], labels[-1])
        if (
            not says_won[0]
            and not is_dated
            and all(concept_of(names.get(x, x)) for x in labels)
            and mapping.shape != "counts"
        ):
            last = _won_label(table.columns)  # a list without results yet: the win is still to come
            labels = [*labels, last]
            names[last] = last
    labels, same = _one_win(table, mapping, labels, names, same, wins)
    marked = won or _meant_win(labels, mapping, meant)
    labels = _win_last(table, labels, names, marked, unordered, entries if is_dated else [])
    chosen, after = won_and_after(labels, names, marked)
    kept = {k: v for k, v in names.items() if k in labels}
    found = FunnelSuggestion(tuple(labels), chosen, after, kept, same, marked is not None and chosen == marked)
    return replace(merged(found), unordered=unordered, is_totals=mapping.shape == "counts")


def _win_last(
    table: RawTable, labels: list[str], names: Mapping[str, str], marked: str | None, unordered: Sequence[str],
    entries: Sequence[str],
) -> list[str]:  # fmt: skip
    """What cannot come after the win stands before it: labels whose place nothing says, and dates that leads have
    without the date of the win.
    """
    chosen, after = won_and_after(labels, names, marked)
    early = [x for x in after if x in unordered]
    if concept_of(names.get(chosen, chosen)) != "won":  # no word says where it stands: the known stages do
        early += [x for x in after if x not in early and concept_of(names.get(x, x)) in (None, *STAGE_CONCEPTS[:-3])]
    if chosen in entries:
        won = table.frame[chosen].is_not_null()
        early += [x for x in after if x in entries and share(won.filter(table.frame[x].is_not_null())) < _NESTED]
    at = labels.index(chosen)
    early = list(dict.fromkeys(early))  # each once
    return [*labels[:at], *early, chosen, *(x for x in labels[at + 1 :] if x not in early)]


_FEW_UNDER = 4
"""So many columns of dates stand under one heading: two that begin alike are "Contract sent" and "Contract signed"."""


def _from_the_lead_on(table: RawTable, mapping: ColumnMapping, labels: list[str], names: dict[str, str]) -> list[str]:
    """The stages of dates or ticks with the creation before them, where the first one is not the lead itself."""
    if not labels or concept_of(names[labels[0]]) == "lead":
        return labels
    first = mapping.column("created_at") or _first_stage_label(table.columns)
    names[first] = _first_stage_label(table.columns)
    return [first, *labels]


def _is_left_out(mapping: ColumnMapping, role: str, label: str) -> bool:
    column = mapping.column(role)
    return column is not None and label in mapping.left_out.get(column, ())


def _meant_win(labels: Sequence[str], mapping: ColumnMapping, meant: Mapping[tuple[Scope, str], str]) -> str | None:
    """The label that the file or the person says is the win, against or without the words."""
    said = [label for (_, label), concept in meant.items() if concept == "won" and label in labels]
    return said[-1] if said else None


def _spelled_alike(table: RawTable, mapping: ColumnMapping, labels: list[str]) -> tuple[list[str], dict[str, str]]:
    """One label per spelling, the commonest one, and which others mean it."""
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(folded(mapping.label_names.get(label, label)), []).append(label)
    if len(groups) == len(labels):
        return labels, {}
    column = mapping.column("stage") or mapping.column("new_value")
    counts = dict(text_of(table, column).value_counts(name="n").iter_rows()) if column else {}
    kept, same = [], {}
    for spellings in groups.values():
        best = max(spellings, key=lambda label: (counts.get(label, 0), label))
        kept.append(best)
        same |= {other: best for other in spellings if other != best}
    return kept, same


def _named_alike(entries: list[str], names: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Date columns that enter one and the same stage ("Won time", "Date won") are one stage."""
    seen: dict[str, str] = {}
    same = {}
    for column in entries:
        first = seen.setdefault(folded(names[column]), column)
        if first != column:
            same[column] = first
    return list(seen.values()), same


def _won_of_status(
    table: RawTable, mapping: ColumnMapping, labels: Sequence[str], meant: Mapping[tuple[Scope, str], str]
) -> tuple[list[str], dict[str, str]]:
    """Status labels that say won, and what a yes/no one is called."""
    flags = flag_outcomes(table, mapping)
    said = [x for x in labels if x not in flags and meaning_of("status", x, mapping, meant) == "won"]
    won_flags = [label for label, ended in flags.items() if ended == "won"]
    return [*said, *won_flags], dict.fromkeys(won_flags, _won_label(table.columns))


def _one_win(
    table: RawTable, mapping: ColumnMapping, labels: list[str], names: Mapping[str, str], same: dict[str, str],
    wins: list[str],
) -> tuple[list[str], dict[str, str]]:  # fmt: skip
    """Labels that say no more than "won", or that win in different pipelines, are one win."""
    core = [x for x in wins if _is_core_win(names.get(x, x))]
    together = core if len(core) > 1 else []
    pipeline = mapping.column("pipeline") or next((c for c in table.columns if plain(undressed(c)) == "pipeline"), None)
    stage = mapping.column("stage")
    if len(wins) > 1 and pipeline and stage:
        rows = pl.DataFrame({"pipe": text_of(table, pipeline), "label": text_of(table, stage)}).drop_nulls()
        of = {x: set(rows.filter(pl.col("label") == x)["pipe"].unique().to_list()) for x in wins}
        apart = all(not (of[a] & of[b]) for a in wins for b in wins if a < b)
        together = wins if apart else together
    if len(together) < 2:
        return labels, same
    last = [x for x in labels if x in together][-1]
    return [x for x in labels if x == last or x not in together], same | {x: last for x in together if x != last}


def _is_core_win(shown: str) -> bool:
    """Whether a label says only that the deal is won, not how far the sale went on (signed, paid, delivered)."""
    return any(part in folded(shown).split() or part == plain(shown) for part in parts("core_win"))


def won_and_after(
    ordered: Sequence[str], names: Mapping[str, str], marked: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """The won label among ordered labels and those after it: the marked one, else the last one that means a win ("paid"
    rather than "signed", so that nothing of the sale itself counts as repeat business), else the last that is not about
    repeat business.
    """
    if marked is not None and marked in ordered:
        at = list(ordered).index(marked)
        return ordered[at], tuple(ordered[at + 1 :])
    concepts = [[c for c, _ in concepts_of(names.get(label, label))] for label in ordered]
    wins = [i for i, found in enumerate(concepts) if found == ["won"] and i > 0]
    wins = wins or [i for i, found in enumerate(concepts) if "won" in found and i > 0]
    sales = [i for i, found in enumerate(concepts) if not {"repeat", "referral"} & set(found)]
    at = (wins or sales or [len(ordered) - 1])[-1]
    return ordered[at], tuple(ordered[at + 1 :])


def merged(suggestion: FunnelSuggestion) -> FunnelSuggestion:
    """A suggestion of more than ten stages with neighbours of one concept merged into one, as far as that is needed."""
    labels, same = list(suggestion.labels), dict(suggestion.same)
    while len(labels) > MAX_STAGES:
        concepts = [concept_of(suggestion.names.get(x, x)) for x in labels]
        pairs = [
            i
            for i in range(len(labels) - 1)
            if concepts[i] == concepts[i + 1] and suggestion.won_label not in labels[i : i + 2]
        ]
        free = [i for i in range(len(labels) - 1) if suggestion.won_label not in labels[i : i + 2]]
        if not (pairs or free):
            break
        at = (pairs or free)[0]
        gone = labels.pop(at + 1)
        same = {other: labels[at] if to == gone else to for other, to in same.items()} | {gone: labels[at]}
    after = tuple(x for x in suggestion.post_sale_labels if x in labels)
    return replace(suggestion, labels=tuple(labels), same=same, post_sale_labels=after)


def _heading_over(entries: Sequence[str], dates: Sequence[str]) -> int:
    """How long the heading is that a sheet has over all its columns of stage dates ("Stages (date) Offer sent")."""
    under = [len(c.split(" ")) for c in entries]
    shared = 0
    while shared < min(under) - 1 and len({tuple(c.split(" ")[: shared + 1]) for c in entries}) == 1:
        shared += 1
    heading = " ".join(entries[0].split(" ")[:shared])
    is_over = shared and sum(c.startswith(f"{heading} ") for c in dates) >= _FEW_UNDER
    return len(heading) + 1 if is_over else 0


def stage_name_from_header(header: str) -> str:
    """A readable stage name from a milestone header: ``contract_signed_time`` → "Contract signed"."""
    name = without_date_words(undressed(header)) or header
    return name[:1].upper() + name[1:]


def _without_pieces(header: str) -> str:
    """``报名人数`` → ``报名``, ``Number of demos`` → ``demos``: the stage that a column counts."""
    for word in parts("pieces_of_stage_word"):
        for name in (header.removesuffix(word), re.sub(rf"(?i)^{re.escape(word)}\s+(?:of\s+)?", "", header)):
            if name.strip() and name != header:
                return name.strip()
    return header


def _first_stage_label(columns: tuple[str, ...]) -> str:
    """What the first stage is called where a file does not say: in the language of its headers."""
    return _FIRST.zh if _is_chinese(columns) else _FIRST.en


def _won_label(columns: tuple[str, ...]) -> str:
    """What the won stage is called where a file only says yes or no: in the language of its headers."""
    return _WIN.zh if _is_chinese(columns) else _WIN.en


def _is_chinese(columns: tuple[str, ...]) -> bool:
    return any("㐀" <= char <= "鿿" for column in columns for char in column)
