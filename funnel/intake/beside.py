"""Tables that stand beside the list of deals: the names of its stages, and which deals were merged into others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from funnel.definition.definition import FunnelDefinition, Text
from funnel.errors import InputError
from funnel.intake.cells.spelling import plain, tokens
from funnel.intake.flags import flag_kind
from funnel.intake.mapping import RawTable
from funnel.intake.proposing.headers import look_at
from funnel.intake.proposing.labels import label_names_from_lookup
from funnel.intake.proposing.shapes import NoDeals, no_deals
from funnel.intake.values import text_of
from funnel.intake.words import parts, whose_id

Use = Literal["names", "merged"]
_ENOUGH = 0.5
"""The share of the numbers of a workspace's stages that a list must name to be taken for the list of these stages."""


@dataclass(frozen=True)
class Beside:
    """What the tables beside say of the deals.

    ``names``: number of a stage → its name, in the order of the funnel; ``ends``: number → "won" or "lost" where the
    list says so; ``merged``: id of a deal that went into another → that other one.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)

    @property
    def use(self) -> Use:
        return "merged" if self.merged else "names"

    @property
    def n(self) -> int:
        """How many names or merged deals it holds."""
        return len(self.merged or self.names)

    def with_more(self, other: Beside) -> Beside:
        """Both together; the later table rules."""
        return Beside({**self.names, **other.names}, {**self.ends, **other.ends}, {**self.merged, **other.merged})

    def names_of(self, labels: Iterable[str]) -> dict[str, str]:
        """The names of these labels, in the order of the list; {} where it does not name most of them."""
        wanted = set(labels)
        found = {label: name for label, name in self.names.items() if label in wanted}
        return found if len(found) > _ENOUGH * len(wanted) else {}

    def said_of(self, labels: Iterable[str]) -> dict[str, str]:
        """Answers (``label:stage:…`` → "won", "lost") that the list gives for these labels."""
        known = self.names_of(labels)
        return {f"label:stage:{label}": end for label, end in self.ends.items() if label in known}


NOTHING_BESIDE = Beside()


def kind_of(table: RawTable, definition: FunnelDefinition) -> NoDeals | None:
    """What a table is that holds no deals; None for deals, changes of deals and totals."""
    return no_deals(look_at(table, definition))


def beside_of(table: RawTable, kind: NoDeals | None) -> Beside | None:
    """What a table of this kind says of the deals of another one; None where it says nothing that is used."""
    if kind == "pairs":
        pairs = _merged(table)
        return Beside(merged=pairs) if pairs else None
    if kind != "lookup":
        return None
    try:
        names = label_names_from_lookup(table)
    except InputError:
        return None
    key = next((c for c in table.columns if table.frame[c].str.strip_chars().to_list() == list(names)), None)
    rows = table.frame.select(pl.Series("_id", list(names)), pl.all())
    place = [c for c in table.columns if plain(c) in {plain(word) for word in parts("order_column")} and c != key]
    pipeline = [c for c in table.columns if "pipeline" in tokens(c) and c != key]
    order = [pl.col(c).cast(pl.Float64, strict=False) for c in place[:1]]
    rows = rows.sort([*pipeline[:1], *order], maintain_order=True, nulls_last=True) if order else rows
    return Beside({label: names[label] for label in rows["_id"]}, _ends(rows))


def _ends(rows: pl.DataFrame) -> dict[str, str]:
    """Which of the stages are won and lost, by columns of yes and no or by chances of 100 and 0 per cent."""
    flags = {flag_kind(c): c for c in rows.columns if flag_kind(c) in ("won", "lost", "closed")}
    yes = {
        kind: set(rows.filter(pl.col(c).str.to_lowercase().is_in(list(parts("yes"))))["_id"])
        for kind, c in flags.items()
    }
    won, lost = yes.get("won", set()), yes.get("lost", set())
    if "won" in yes and "closed" in yes:
        lost |= yes["closed"] - won
    chance = next((c for c in rows.columns if plain(c) in {plain(w) for w in parts("probability_column")}), None)
    if chance is not None:
        numbers = rows[chance].str.strip_chars("% ").cast(pl.Float64, strict=False)
        top, at_top, at_zero = numbers.max(), numbers == numbers.max(), numbers == 0
        if top in (1.0, 100.0) and at_top.sum() == 1:  # all at 100 is the setting of a new pipeline
            won = won or set(rows["_id"].filter(at_top))
            lost |= set(rows["_id"].filter(at_zero)) if at_zero.sum() == 1 else set()
    return dict.fromkeys(sorted(lost), "lost") | dict.fromkeys(sorted(won), "won")


def _merged(table: RawTable) -> dict[str, str]:
    """Deal that went into another → the one that is left; {} where the pairs are of something else.

    ``deal_id, merged_deal_id``: the second one is gone; a column that says into, target or 合并到 names the one left.
    """
    ids = [c for c in table.columns if whose_id(c)[1]]
    says = [
        c for c in ids if {"merged", "merge", "duplicate"} & set(tokens(c)) or any(w in c for w in ("合并", "重复"))
    ]
    if len(ids) < 2 or not says:
        return {}
    into = [
        c
        for c in ids
        if {"into", "target", "master", "survivor", "winner", "primary", "kept"} & set(tokens(c))
        or any(w in c for w in ("合并到", "合并至", "主商机", "保留"))
    ]
    gone = next((c for c in says if c not in into), None)
    left = next(iter(into), None)
    gone = gone or next((c for c in ids if c != left), None)
    left = left or next((c for c in ids if c != gone), None)
    if gone is None or left is None:
        return {}
    rows = pl.DataFrame({"gone": text_of(table, gone), "left": text_of(table, left)}).drop_nulls()
    return {second: first for second, first in rows.iter_rows() if second != first}


def renamed(definition: FunnelDefinition, beside: Beside) -> FunnelDefinition:
    """The funnel with the names of its stages that are known by number only; the same one where the list names none.

    A stage takes the name of the first number that means it; a stage that somebody named keeps its name.
    """
    numbers: dict[str, list[str]] = {}
    for (scope, label), target in definition.labels.items():
        if scope == "stage":
            numbers.setdefault(definition.resolve(target), []).append(label)
    stages = []
    for stage in definition.stages:
        known = [label for label in beside.names if label in numbers.get(stage.key, ())]
        is_number = stage.name.en in numbers.get(stage.key, ())
        name = beside.names[known[0]] if known and is_number else None
        stages.append(stage if name is None else replace(stage, name=Text(name, name)))
    return replace(definition, stages=tuple(stages))
