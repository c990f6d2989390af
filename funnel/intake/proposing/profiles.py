"""What the values of a column look like, whatever its header says.

Shares are over rows, on a sample of whole leads: a column of 5,000 phone numbers and one date is no column of dates.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from funnel.intake.cells.dates import infer_dates
from funnel.intake.cells.numbers import infer_numbers
from funnel.intake.mapping import RawTable
from funnel.intake.values import share
from funnel.intake.words import has_part, parts

SAMPLE = 400
"""Distinct values of a column that are looked at to guess what it is; how it is read is decided from all of them."""
SAMPLE_ROWS = 5_000
"""Rows that ties between columns are looked for in (1,000 are too few, 50,000 say the same)."""
MAX_LABELS = 60
"""A column with more distinct values is not a stage, a status or a field of a log."""
_SEPARATED = r"[-/.:年月日T ]|[A-Za-z]{3}"
_STAMP = r"^(?:[0-9]{10}|[0-9]{13}|[0-9]{16})$"


@dataclass(frozen=True, slots=True)
class Profile:
    """One column: ``n`` rows, ``n_filled`` with a value, ``n_unique`` different values, a sorted ``sample`` of them.

    ``date_share`` and ``number_share``: shares (0–1) of the filled rows of the sample that can be read so.
    ``has_separators``: most values are written with separators as dates are; ``is_stamp``: all are seconds, ms or µs
    since 1970.
    """

    column: str
    n: int
    n_filled: int
    n_unique: int
    sample: tuple[str, ...]
    date_share: float
    number_share: float
    has_separators: bool = True
    is_stamp: bool = False

    @property
    def is_blank(self) -> bool:
        return self.n_filled == 0

    @property
    def is_date(self) -> bool:
        return self.date_share >= 0.5 and not has_part(self.column, "no_date_word")

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
    def filled_share(self) -> float:
        return self.n_filled / max(1, self.n)

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
        filled = frame[column].drop_nulls()
        few = filled.head(SAMPLE_ROWS).value_counts(name="n").sort(column)
        few = few.gather_every(max(1, few.height // SAMPLE)).head(SAMPLE)
        values = few[column]
        # each value as often as it stands in the sample: shares are over rows
        sampled = few.select(pl.col(column).repeat_by("n").explode()).to_series() if few.height else values
        dates, numbers = infer_dates(sampled), infer_numbers(sampled)
        found[column] = Profile(
            column=column,
            n=frame.height,
            n_filled=filled.len(),
            n_unique=int(counted[f"u{i}"][0]),
            sample=tuple(values.to_list()),
            date_share=dates.share_parsed,
            number_share=numbers.share_parsed,
            has_separators=bool(values.len()) and share(sampled.str.contains(_SEPARATED)) >= 0.5,
            is_stamp=bool(values.len()) and bool(values.str.contains(_STAMP).all()),
        )
    return found
