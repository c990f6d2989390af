"""What another program says of the same deals, held against the file: the difference, taken apart into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Literal

import polars as pl

from funnel.definition.definition import IGNORE, FunnelDefinition
from funnel.reports.receipt.report import in_month
from funnel.schema import LEFT_OUT, ImportBatch

_MOST_NAMED = 100
_MOST_PARTS = 8


@dataclass(frozen=True)
class Said:
    """What another program says: won deals, their value, of one month (its first day; null: of all time)."""

    won: int | None = None
    value: float | None = None
    month: date | None = None
    currency: str | None = None


PartCode = Literal[
    "undated", "rejected_won", "rejected", "overruled", "not_used", "same_id", "just_outside", "just_inside",
    "without_amount", "other_currency",
]  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Rows that one count may hold and the other not. ``n`` deals (or rows of the file) worth ``value`` (null: no
    amount is known). ``adds``: counting them would make the file's figure larger. ``explains``: together with the other
    such parts it makes exactly the difference. ``leads``: ids, ``rows``: numbers in the file; the first hundred.
    """

    code: PartCode
    n: int
    value: float | None
    adds: bool
    leads: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    explains: bool = False

    @property
    def is_of_value(self) -> bool:
        """Whether the deals are wins in both counts, so that only their value can differ."""
        return self.code in ("without_amount", "other_currency")


@dataclass(frozen=True)
class Difference:
    """``won`` and ``value`` are the file's, of the month that was asked for (``value`` in the asked currency)."""

    said: Said
    won: int
    value: float
    parts: tuple[Part, ...]

    @property
    def won_missing(self) -> int | None:
        """Wins that the other program has and the file has not (negative: the file has more); null: not said."""
        return None if self.said.won is None else self.said.won - self.won

    @property
    def value_missing(self) -> float | None:
        return None if self.said.value is None else round(self.said.value - self.value, 2)

    @property
    def is_explained(self) -> bool:
        return any(part.explains for part in self.parts)


def difference_report(
    journeys: pl.DataFrame, batch: ImportBatch, definition: FunnelDefinition, said: Said
) -> Difference:
    """The file's wins beside what another program says, and every row that can make the difference."""
    won = journeys.filter(pl.col("outcome") == "won")
    here = won if said.month is None else won.filter(in_month(said.month))
    of_currency = pl.lit(True) if said.currency is None else pl.col("currency").cast(pl.String) == said.currency
    value = _sum(here.filter(of_currency)) or 0.0
    parts = list(_parts(journeys, won, here, batch, definition, said))
    missing = None if said.won is None else said.won - here.height
    gap = None if said.value is None else said.value - value
    if missing:
        counted = [None if part.is_of_value else part.n for part in parts]
        parts = _marked(parts, counted, abs(missing), missing > 0)
    elif gap is not None and abs(gap) >= 0.5:
        parts = _marked(parts, [part.value for part in parts], abs(gap), gap > 0)
    return Difference(said, here.height, value, tuple(parts))


def _marked(parts: list[Part], sizes: Sequence[float | None], gap: float, adds: bool) -> list[Part]:
    """The parts whose sizes make the gap together, the fewest of them, are marked; none where no such set exists."""
    usable = [i for i, part in enumerate(parts) if part.adds == adds and sizes[i]][:_MOST_PARTS]
    for n in range(1, len(usable) + 1):
        for chosen in combinations(usable, n):
            if abs(sum(sizes[i] or 0 for i in chosen) - gap) < 0.5:
                return [replace(part, explains=i in chosen) for i, part in enumerate(parts)]
    return parts


def _parts(
    journeys: pl.DataFrame, won: pl.DataFrame, here: pl.DataFrame, batch: ImportBatch, definition: FunnelDefinition,
    said: Said,
) -> Iterator[Part]:  # fmt: skip
    if said.month is not None:
        yield from _of_leads("undated", won.filter(pl.col("won_at").is_null()), adds=True)
        day = pl.col("won_at").dt.date()
        after = (said.month + timedelta(days=32)).replace(day=1)
        near = day.is_in([said.month - timedelta(days=1), after])
        yield from _of_leads("just_outside", won.filter(near), adds=True)
        edge = day.is_in([said.month, after - timedelta(days=1)])
        yield from _of_leads("just_inside", here.filter(edge), adds=False)
    win_labels = _labels(batch, definition, set(definition.keys[definition.won_position - 1 :]).__contains__)
    yield from _rejected(batch, {label for _, label in win_labels})
    says_won = _rows_with(batch, win_labels)
    not_won = journeys.filter(pl.col("outcome") != "won")
    yield from _of_leads("overruled", not_won.join(says_won.select("lead_id").unique(), on="lead_id"), adds=True)
    unused = _rows_with(batch, _labels(batch, definition, IGNORE.__eq__))
    yield from _of_leads("not_used", not_won.join(unused.select("lead_id").unique(), on="lead_id"), adds=True)
    if batch.shape != "stage_log" and not batch.has_versions:
        again = says_won.join(here.select("lead_id"), on="lead_id").filter(pl.col("lead_id").is_duplicated())
        n = again.height - again["lead_id"].n_unique()
        if n:
            yield Part(
                "same_id", n, None, True, _first(again["lead_id"].unique(maintain_order=True)), _first(again["row_no"])
            )
    yield from _of_leads("without_amount", here.filter(pl.col("amount").is_null()), adds=True)
    if said.currency is not None:
        other = pl.col("amount").is_not_null() & pl.col("currency").cast(pl.String).ne_missing(said.currency)
        yield from _of_leads("other_currency", here.filter(other), adds=True)


def _of_leads(code: PartCode, deals: pl.DataFrame, *, adds: bool) -> Iterator[Part]:
    if deals.height:
        yield Part(code, deals.height, _sum(deals), adds, _first(deals["lead_id"]))


def _sum(deals: pl.DataFrame) -> float | None:
    """The value of deals; null where no amount is known."""
    amounts = deals["amount"].drop_nulls()
    return float(amounts.sum()) if amounts.len() else None


def _first(values: pl.Series) -> tuple:
    return tuple(values.head(_MOST_NAMED).to_list())


def _labels(batch: ImportBatch, definition: FunnelDefinition, is_meant: Callable[[str], bool]) -> set[tuple[str, str]]:
    """(scope, label) whose stage or exit is meant."""
    rows = batch.labels.select("scope", "label", "target").iter_rows()
    return {(scope, label) for scope, label, target in rows if is_meant(definition.resolve(target))}


def _rows_with(batch: ImportBatch, labels: set[tuple[str, str]]) -> pl.DataFrame:
    """Lead id and row number of every row whose stage or status is one of the labels."""
    stages = [label for scope, label in labels if scope == "stage"]
    states = [label for scope, label in labels if scope == "status"]
    rows = batch.lead_rows.filter(pl.col("stage_label").is_in(stages) | pl.col("status_label").is_in(states))
    dated = batch.entries.filter(
        ((pl.col("scope") == "stage") & pl.col("label").is_in(stages))
        | ((pl.col("scope") == "status") & pl.col("label").is_in(states))
    )
    return pl.concat([frame.select("lead_id", "row_no") for frame in (rows, dated)])


def _rejected(batch: ImportBatch, win_labels: set[str]) -> Iterator[Part]:
    """Rows that were rejected: those that hold a label of the win, then the others."""
    real = batch.rejected.filter(~pl.col("code").str.starts_with(LEFT_OUT))
    if real.is_empty():
        return
    holds = pl.any_horizontal(
        pl.lit(False), *(pl.col("cells").str.contains(f'"{label}"', literal=True) for label in sorted(win_labels))
    )
    for code, rows in (("rejected_won", real.filter(holds)), ("rejected", real.filter(~holds))):
        if rows.height:
            yield Part(code, rows.height, None, True, (), _first(rows["row_no"]))  # type: ignore[arg-type]
