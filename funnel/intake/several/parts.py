"""What the tables of one upload are, each by itself, and which values they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import FunnelError
from funnel.intake.beside import Beside, beside_of
from funnel.intake.mapping import RawTable
from funnel.intake.proposing.headers import look_at
from funnel.intake.proposing.shapes import no_deals, tells_of_deals
from funnel.intake.reading.reader import read_table
from funnel.intake.several.opening import OneFile
from funnel.intake.words import parts, tokens, whose_id

Use = Literal["lookup", "merged", "deals", "spend", "history", "out"]
"""What a file is used for; ``history``: an exported history, a workspace of its own; ``out``: for nothing."""
USES: tuple[Use, ...] = get_args(Use)
"""In the order in which they are taken in: what says something of the deals comes before them."""

Seen = Literal[
    "lookup", "merged", "deals", "spend", "history", "pairs", "people", "accounts", "activities", "raw_json",
    "line_items", "products", "tickets", "users", "campaigns", "payments", "load", "part", "unread", "closed", "large",
    "other",
]  # fmt: skip
"""What a table looks like; ``load``: the loading tool's own, ``part``: lists that belong to rows of another table;
``closed``: it holds tables but cannot be opened; ``other``: nothing in it speaks of deals."""

LARGE = 8_000_000
"""Bytes from which a file is not looked at before its turn: only tables of deals are so large."""
_LOAD = ("_dlt_", "_airbyte_", "_fivetran_", "_sdc_", "fivetran_", "airbyte_")
_PARENTS = ("_dlt_parent_id", "_dlt_root_id", "_airbyte_parent_hashid", "_sdc_level_0_id")
_MOST_LABELS = 200  # different values that a column of stages has at most
_MOST_IDS = 6  # columns of a table that are compared with those of others
_ENOUGH = 0.5


@dataclass(frozen=True)
class Part:
    """One table of an upload. ``labels``: column → its values, where they are few; ``ids``: those of columns of ids."""

    seen: Seen
    beside: Beside | None = None
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def use(self) -> Use:
        """What it is used for unless a person says otherwise."""
        if self.seen in ("large", "closed"):
            return "deals"
        return next((use for use in USES if use == self.seen), "out")


@dataclass(frozen=True, slots=True)
class Join:
    """What a table has in common with another one: ``n`` of its ``of`` stages or ids stand there, too."""

    kind: Literal["names", "ids"]
    other: int
    n: int
    of: int


def part_of(file: OneFile, definition: FunnelDefinition) -> Part:
    """What a file of several is; a file that cannot be read is "unread" here and says why when its turn comes."""
    name = file.name.rpartition(" › ")[2]
    if any(part.startswith(_LOAD) or part.endswith("_staging") for part in name.split(".")):
        return Part("load")
    if file.path.stat().st_size > LARGE:
        return Part("large")
    try:
        table = read_table(file.path, file.name)
    except FunnelError:
        return Part("unread")
    if set(_PARENTS) & set(table.columns):
        return Part("part")
    sheet = look_at(table, definition)
    kind = no_deals(sheet)
    if kind is None and (not tells_of_deals(sheet) or _is_named_otherwise(name, bool(sheet.load))):
        return Part("other")
    beside = beside_of(table, kind)
    if kind == "pairs":
        return Part("merged" if beside else "pairs", beside, ids=_ids(table))
    return Part(kind or "deals", beside, _labels(table), _ids(table))


def _is_named_otherwise(name: str, is_loaded: bool) -> bool:
    """Whether a table that a loading tool wrote is called after something else than deals: tickets, e-mails, roles."""
    words, others = set(tokens(name.rpartition(".")[0] or name)), set(parts("other_table"))
    return is_loaded and bool(words & others) and not words & (set(parts("id_of", "lead")) - others)


def joins(parts: list[Part]) -> list[tuple[Join, ...]]:
    """How each table joins the tables of deals: the strongest tie to each of them."""
    found: list[tuple[Join, ...]] = []
    for i, part in enumerate(parts):
        of_part = []
        for k, other in enumerate(parts):
            if i == k or other.seen != "deals" or part.use == "out":
                continue
            join = _names(part, other, k) if part.seen == "lookup" else _shared(part, other, k)
            of_part += [join] if join is not None else []
        found.append(tuple(of_part))
    return found


def _names(lookup: Part, deals: Part, other: int) -> Join | None:
    known = set(lookup.beside.names) if lookup.beside is not None else set()
    found = [(len(values & known), len(values)) for values in deals.labels.values()]
    n, of = max(found, key=lambda one: (one[0] / one[1], one[0]), default=(0, 1))
    return Join("names", other, n, of) if n > _ENOUGH * of else None


def _shared(part: Part, deals: Part, other: int) -> Join | None:
    found = [(len(mine & theirs), len(mine)) for mine in part.ids.values() for theirs in deals.ids.values() if mine]
    n, of = max(found, default=(0, 1))
    return Join("ids", other, n, of) if n > 0 else None


def _labels(table: RawTable) -> dict[str, frozenset[str]]:
    few = [c for c in table.columns if 0 < table.frame[c].drop_nulls().n_unique() <= _MOST_LABELS]
    return {c: _values(table.frame[c]) for c in few}


def _ids(table: RawTable) -> dict[str, frozenset[str]]:
    named = [c for c in table.columns if whose_id(c)[1] or whose_id(c)[0] == "lead"]
    return {c: _values(table.frame[c]) for c in named[:_MOST_IDS]}


def _values(column: pl.Series) -> frozenset[str]:
    return frozenset(column.drop_nulls().str.strip_chars().unique().to_list())
