"""What the values of a column look like, whatever its header says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from funnel.intake.cells.dates import infer_dates
from funnel.intake.cells.numbers import infer_numbers
from funnel.intake.mapping import RawTable
from funnel.intake.words import parts

SAMPLE = 400
"""Distinct values that are looked at to guess what a column is; how it is read is decided from all of them."""
MAX_LABELS = 60
"""A column with more distinct values is not a stage, a status or a field of a log."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One column: ``n`` rows, ``n_filled`` with a value, ``n_unique`` different values, a sorted ``sample`` of them.

    ``date_share`` and ``number_share`` are shares (0–1) of the sample that can be read so. Digits alone may be both: an
    Excel day number is a number.
    """

    column: str
    n: int
    n_filled: int
    n_unique: int
    sample: tuple[str, ...]
    date_share: float
    number_share: float

    @property
    def is_blank(self) -> bool:
        return self.n_filled == 0

    @property
    def is_date(self) -> bool:
        return self.date_share >= 0.5

    @property
    def is_number(self) -> bool:
        return self.number_share >= 0.5

    @property
    def is_unique(self) -> bool:
        return self.n_filled > 0 and self.n_unique >= 0.98 * self.n_filled

    @property
    def repeats(self) -> bool:
        return self.n_unique < 0.95 * self.n_filled

    @property
    def is_flag(self) -> bool:
        """Whether the column holds yes and no only."""
        words = {*parts("yes"), *parts("no")}
        return 0 < self.n_unique <= 2 and all(value.strip().casefold() in words for value in self.sample)

    @property
    def has_few_values(self) -> bool:
        return 0 < self.n_unique <= MAX_LABELS


def profile_columns(table: RawTable, columns: Collection[str]) -> dict[str, Profile]:
    """The profiles of some columns of a table."""
    frame = table.frame
    counted = frame.select(pl.col(c).drop_nulls().n_unique().alias(f"u{i}") for i, c in enumerate(columns))
    found = {}
    for i, column in enumerate(columns):
        values = frame[column].drop_nulls()
        few = values.head(20 * SAMPLE).unique().sort()
        few = few.gather_every(max(1, few.len() // SAMPLE)).head(SAMPLE)
        sample = tuple(few.to_list())
        sampled = pl.Series(column, sample, dtype=pl.String)
        found[column] = Profile(
            column=column,
            n=frame.height,
            n_filled=values.len(),
            n_unique=int(counted[f"u{i}"][0]),
            sample=sample,
            date_share=infer_dates(sampled).share_parsed,
            number_share=infer_numbers(sampled).share_parsed,
        )
    return found
