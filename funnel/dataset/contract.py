"""What a dataset is made of: one Parquet file per kind of fact, and a manifest; documented in ``docs/history.md``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import dataframely as dy
import polars as pl

from funnel.definition.definition import EXITS, FunnelDefinition
from funnel.schema import Batches, Entries, Facts, Labels, LeadRows, Rejected, Spend, StageCounts
from funnel.schema.facts import COVERS, QUESTIONS

FORMAT: Final = "sales-funnel history"
VERSION: Final = 1
MANIFEST: Final = "history.json"


class RejectedRows(Rejected):
    """Rows that were not imported, each with its import."""

    batch_no = dy.Int32()


class ImportFindings(dy.Schema):
    """What was found in the files: ``finding`` is JSON text, as ``storage.plain`` writes it."""

    batch_no = dy.Int32()
    position = dy.Int32()
    finding = dy.String()


FACTS: Final[dict[str, type[dy.Schema]]] = {
    "batches": Batches,
    "lead_rows": LeadRows,
    "entries": Entries,
    "labels": Labels,
    "counts": StageCounts,
}
"""The files of facts; a dataset has all of them, some perhaps without a row."""
BESIDE: Final[dict[str, type[dy.Schema]]] = {
    "spend": Spend,
    "rejected": RejectedRows,
    "findings": ImportFindings,
}
"""The files that may be missing."""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _is_day(value: Any) -> bool:
    return isinstance(value, date)


def _list_of(item: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(item, value))


def _table_of(item: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(item, value.values()))


def _is_rate(value: Any) -> bool:
    is_one = isinstance(value, dict) and set(value) <= {"worth", "to", "on"}
    return is_one and _is_number(value.get("worth")) and _is_text(value.get("to")) and _is_on(value.get("on"))


def _is_on(value: Any) -> bool:
    return value is None or _is_day(value)


def _says_who(value: Any) -> bool:
    return value in COVERS


def _are_answers(value: Any) -> bool:
    return isinstance(value, dict) and all(answer in QUESTIONS.get(key, ()) for key, answer in value.items())


SETTINGS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "currency": _is_text,
    "currency_rates": _table_of(_is_rate),
    "spend_currency": _is_text,
    "time_zone": _is_text,
    "typed_horizons": _table_of(_is_number),
    "confirmed_days": _list_of(_is_day),
    "data_answers": _are_answers,
    "covers": _table_of(_says_who),
    "calendar_country": _is_text,
    "days_off": _list_of(_is_day),
    "working_days": _list_of(_is_day),
    "confirmed_years": _list_of(_is_number),
}
"""The settings that figures rest on, and what a value of each must be: all others stay in the workspace."""


@dataclass(frozen=True)
class Dataset:
    """The history of a workspace: everything that its figures are made of; no plan, no tracking, no undone imports.

    Frames follow ``FACTS`` and ``BESIDE``; ``settings`` has keys of ``SETTINGS`` only.
    """

    name: str
    definition: FunnelDefinition
    facts: Facts
    spend: pl.DataFrame
    rejected: pl.DataFrame
    findings: pl.DataFrame
    settings: Mapping[str, Any]

    def frame(self, name: str) -> pl.DataFrame:
        """The rows of one of the files."""
        found: pl.DataFrame = getattr(self.facts if name in FACTS else self, name)
        return found

    @property
    def unplaced(self) -> list[str]:
        """Labels that mean no stage of the funnel and no end: leads count for nothing there."""
        labels = self.facts.labels
        known = {*self.definition.keys, *self.definition.merged, *EXITS}
        typed = {label for _, label in self.definition.labels}
        strange = labels.filter(~pl.col("target").is_in(known) & ~pl.col("label").is_in(typed))
        return strange["label"].unique().sort().to_list()
