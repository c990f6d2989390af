"""A table on its way into the Store: its columns by role, what was rejected, blanked and trimmed.

What rejects a row: no id where an id column is mapped, a date of the journey that cannot be read, a log row without a
time or a value, a count that is no number. What only blanks the cell, with a finding: an unreadable amount, expected
close, repeat or referral date.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import dataframely as dy
import polars as pl

from funnel.definition.definition import DUPLICATE, IGNORE, JUNK, LOST, ON_HOLD, OPEN
from funnel.errors import Message
from funnel.filters import DIMENSIONS
from funnel.intake.batches.ticks import stage_cells
from funnel.intake.batches.times import open_ends
from funnel.intake.cells.dates import parse_dates
from funnel.intake.cells.numbers import parse_numbers
from funnel.intake.flags import status_cells
from funnel.intake.mapping import ColumnMapping, RawTable, header_signature
from funnel.intake.questions import Readings
from funnel.intake.values import clean_text
from funnel.schema import Entries, Finding, ImportBatch, Labels, LeadRows, Rejected, StageCounts, empty

JOURNEY_DATES = ("entry", "created_at", "closed_at", "lost_at", "changed_at")
"""Date roles whose unreadable cell rejects the row: without it the lead's journey would be wrong."""
TEXT_OF_ROLE = {
    "lead_id": "lead_id",
    "lead_name": "lead_name",
    "customer_id": "customer_id",
    "referrer_id": "referrer_id",
    **{dimension: dimension for dimension in DIMENSIONS},
    "pipeline": "pipeline",
    "currency": "currency",
    "lost_reason": "lost_reason",
    "stage": "stage_label",
    "status": "status_label",
}
DATE_OF_ROLE = {
    "created_at": ("created_at", "created_has_time"),
    "closed_at": ("closed_at", "closed_has_time"),
    "expected_close": ("expected_close_at", None),
    "lost_at": ("lost_at", "lost_has_time"),
    "repeat_at": ("repeat_at", None),
    "referral_at": ("referral_at", None),
}
ATTRIBUTES = (
    "created_at", "lost_reason", "amount", "currency", "customer_id", "lead_name", *DIMENSIONS, "pipeline",
)  # fmt: skip
"""What a row of a log can say about its lead besides the change itself."""


@dataclass
class Work:
    """A table being normalized: ``frame`` with ``row_no`` and one column per role of the batch, rows in file order.

    ``kept``: which rows of the table are still in ``frame`` (None: all). ``entries`` maps a milestone column to its
    (date, has_time) columns in ``frame``. ``blanked`` and ``trimmed`` count cells per column, with example row numbers.
    ``contradicting``: rows whose stage and status contradict. ``found``: what cells told while being read.
    """

    table: RawTable
    mapping: ColumnMapping
    frame: pl.DataFrame
    entries: dict[str, tuple[str, str]] = field(default_factory=dict)
    blanked: dict[str, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    trimmed: dict[str, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    rejects: list[tuple[pl.Series, str, str | None]] = field(default_factory=list)
    kept: pl.Series | None = None
    contradicting: pl.Series | None = None
    found: list[Finding] = field(default_factory=list)
    import_day: date = date.max
    time_zone: str | None = None

    def keep(self, kept: pl.Series) -> None:
        """Go on with the rows in which ``kept`` is true (rows of the table; once)."""
        self.kept = kept
        if not kept.all():
            self.frame = self.frame.filter(kept)

    def reject(self, mask: pl.Series, code: str, column: str | None) -> None:
        """Mark rows as rejected; the first reason of a row counts."""
        if mask.any():
            self.rejects.append((mask.fill_null(False), code, column))

    def examples(self, mask: pl.Series, n: int = 5) -> tuple[int, ...]:
        """The row numbers of the first rows in which ``mask`` is true."""
        return tuple(self.frame["row_no"].filter(mask.fill_null(False)).head(n).to_list())


def add_texts(work: Work, roles: Sequence[str]) -> None:
    for role in roles:
        name = TEXT_OF_ROLE[role]
        if role == "status" and work.mapping.column("closed_flag") is not None:
            cells = status_cells(work.table, work.mapping)
            if cells is not None:
                work.frame = work.frame.with_columns(pl.Series(name, cells, dtype=pl.String))
            continue
        column = work.mapping.column(role)
        if role == "stage" and column is None and (ticked := stage_cells(work.table, work.mapping)) is not None:
            work.frame = work.frame.with_columns(ticked.alias(name))
        if column is None:
            continue
        raw = work.table.frame[column]
        text = clean_text(raw)
        work.frame = work.frame.with_columns(text.alias(name))
        if role == "lead_id":
            work.reject(text.is_null(), "intake.row_without_id", column)
        differs = (raw != text).fill_null(False)
        if differs.any():
            work.trimmed[column] = (int(differs.sum()), work.examples(differs))


def add_date(
    work: Work,
    readings: Readings,
    *,
    role: str,
    column: str,
    name: str,
    has_time: str | None,
) -> None:
    """One date column, parsed; unreadable cells reject the row or are blanked, by role."""
    cells = work.table.frame[column]
    reading = readings.dates.get(column)
    if reading is None:  # a blank column: no value, no reading
        parsed = pl.DataFrame({"at": pl.repeat(None, cells.len(), dtype=pl.Datetime("us"), eager=True)}).with_columns(
            has_time=pl.lit(None, dtype=pl.Boolean), ok=pl.lit(True)
        )
    else:
        parsed = _without_open_ends(work, column, read_dates(cells, reading, work.time_zone))
    work.frame = work.frame.with_columns(parsed["at"].alias(name))
    if has_time is not None:
        work.frame = work.frame.with_columns(parsed["has_time"].alias(has_time))
    bad = ~parsed["ok"]
    words = _words_of_none(cells, bad)
    if words.any():
        work.blanked[column] = (int(words.sum()), work.examples(words))
        bad = bad & ~words
    if role in JOURNEY_DATES:
        work.reject(bad, "intake.unreadable_date", column)
    elif bad.any():
        work.blanked[column] = (int(bad.sum()), work.examples(bad))


_A_HABIT = 3
"""From so many rows on the same word in a column of dates is what a program writes where there is none."""


def _words_of_none(cells: pl.Series, bad: pl.Series) -> pl.Series:
    """Unreadable cells of a date column that say in one word, without a digit, that there is no date ("not closed",
    未关闭).
    """
    if not bad.any():
        return bad
    text = cells.str.strip_chars().str.to_lowercase()
    words = text.filter(bad & ~text.str.contains(r"[0-9]").fill_null(True)).value_counts(name="n")
    usual = words.filter(pl.col("n") >= _A_HABIT)[words.columns[0]]
    return (
        bad & text.is_in(usual.implode()).fill_null(False) if usual.len() else pl.repeat(False, bad.len(), eager=True)
    )


def _without_open_ends(work: Work, column: str, parsed: pl.DataFrame) -> pl.DataFrame:
    """The column without the dates that only say "none"; they are told."""
    never = open_ends(parsed["at"], work.import_day) if work.import_day != date.max else None
    if never is None or not never.any():
        return parsed
    for day in parsed["at"].filter(never).dt.date().unique().sort().to_list():
        here = never & (parsed["at"].dt.date() == day).fill_null(False)
        n = int(here.sum())
        told = Message("intake.open_ends", {"column": column, "day": day, "n": n})
        work.found.append(Finding(told, "note", n, "intake.done.blanked", work.examples(here)))
    return parsed.with_columns(pl.when(~never).then(pl.col(name)).alias(name) for name in ("at", "has_time"))


def read_dates(cells: pl.Series, reading: str, time_zone: str | None) -> pl.DataFrame:
    """``parse_dates`` with ``has_time`` null wherever there is no instant."""
    parsed = parse_dates(cells, reading, time_zone)
    return parsed.with_columns(pl.when(pl.col("at").is_not_null()).then(pl.col("has_time")).alias("has_time"))


def read_numbers(values: pl.Series, reading: str) -> tuple[pl.Series, pl.Series]:
    """Values under a reading, and which cells are blank or could be read; bare digits skip the careful parser."""
    if reading == "plain":
        value = values.cast(pl.Float64, strict=False)
        if value.null_count() == values.null_count() and value.is_finite().all():
            return value, pl.repeat(True, values.len(), eager=True)
    parsed = parse_numbers(values, reading)
    return parsed["value"], parsed["ok"]


def row_ids(table: RawTable) -> pl.Series:
    """Ids for rows without one: a fingerprint of all cells (whatever the column order) and the how-manieth such row."""
    columns = sorted(table.columns)
    text = table.frame.select(
        pl.concat_str([pl.col(c).str.strip_chars().fill_null("\x00") for c in columns], separator="\x1f")
    ).to_series()
    marks = pl.Series(
        "mark", ["row-" + hashlib.blake2b(cell.encode(), digest_size=8).hexdigest() for cell in text.to_list()]
    )
    nth = marks.to_frame().select(pl.int_range(pl.len()).over("mark")).to_series()
    return (
        marks.to_frame()
        .select(
            pl.when(nth == 0).then(pl.col("mark")).otherwise(pl.col("mark") + pl.lit("-") + (nth + 1).cast(pl.String))
        )
        .to_series()
        .alias("lead_id")
    )


def meaning(work: Work) -> pl.DataFrame:
    """Per row, ``stage`` and ``status``: "won", "lost", "open" (or on hold), "stage" (one before the win) or null."""
    means = {LOST: "lost", JUNK: "lost", OPEN: "open", ON_HOLD: "open", DUPLICATE: None, IGNORE: None}
    means |= dict.fromkeys(work.mapping.won_stages, "won")
    columns = []
    for scope, name in (("stage", "stage_label"), ("status", "status_label")):
        of_label = {label: means.get(to, "stage") for (s, label), to in work.mapping.labels.items() if s == scope}
        if name in work.frame.columns and of_label:
            values = work.frame[name].replace_strict(of_label, default=None, return_dtype=pl.String)
        else:
            values = pl.repeat(None, work.frame.height, dtype=pl.String, eager=True)
        columns.append(values.alias(scope))
    return pl.DataFrame(columns)


def contradicts(work: Work) -> pl.Series:
    """Rows whose stage and status cannot both be true, or say "won" before the stage that means won."""
    both = meaning(work)
    return both.select(
        (
            ((pl.col("status") == "won") & pl.col("stage").is_in(["lost", "stage"]))
            | ((pl.col("status") == "lost") & (pl.col("stage") == "won"))
            | ((pl.col("status") == "open") & pl.col("stage").is_in(["won", "lost"]))
        ).fill_null(False)
    ).to_series()


def is_closed(work: Work) -> pl.Series:
    """Rows whose status (else stage) says won or lost."""
    both = meaning(work)
    return both.select(pl.coalesce("status", "stage").is_in(["won", "lost"]).fill_null(False)).to_series()


def event_columns(work: Work) -> list[pl.Series]:
    """The columns of dated events that really happened (a close date is one only on a closed row)."""
    names = [at for at, _ in work.entries.values()]
    names += [n for n in ("created_at", "lost_at", "repeat_at", "referral_at", "changed_at") if n in work.frame.columns]
    return [work.frame[name] for name in names]


def rejected_rows(
    table: RawTable, rejects: Sequence[tuple[pl.Series, str, str | None]]
) -> tuple[pl.DataFrame, pl.Series]:
    """Rows not imported per schema (those of the reading too), one reason each, and the mask of rows that are kept."""
    kept = pl.repeat(True, table.frame.height, eager=True)
    parts = [table.rejected, table.left_out]
    for mask, code, column in rejects:
        here = mask & kept
        kept = kept & ~mask
        rows = table.frame.filter(here)
        if rows.height:
            parts.append(
                pl.DataFrame(
                    {
                        "row_no": table.row_numbers.filter(here),
                        "code": pl.repeat(code, rows.height, eager=True),
                        "column": pl.repeat(column, rows.height, dtype=pl.String, eager=True),
                        "value": rows[column] if column else pl.repeat(None, rows.height, dtype=pl.String, eager=True),
                        "cells": rows.select(pl.struct(pl.all()).struct.json_encode()).to_series(),
                    }
                )
            )
    return conform(Rejected, pl.concat(parts, how="vertical_relaxed")).sort("row_no"), kept


def conform(schema: type[dy.Schema], frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of ``schema`` in its order and types; a column that the frame lacks is null, ``batch_no`` is 0."""
    types = empty(schema).schema
    have = {**{name: pl.lit(None) for name in types}, "batch_no": pl.lit(0)}
    have |= {name: pl.col(name) for name in types if name in frame.columns}
    return frame.select(have[name].cast(kind).alias(name) for name, kind in types.items())


def make_batch(
    table: RawTable,
    mapping: ColumnMapping,
    *,
    exported_on: date | None,
    rejected: pl.DataFrame,
    findings: tuple[Finding, ...],
    n_accepted: int,
    lead_rows: pl.DataFrame | None = None,
    entries: pl.DataFrame | None = None,
    counts: pl.DataFrame | None = None,
    n_ignored: int = 0,
) -> ImportBatch:
    labels = pl.DataFrame(
        [
            {"batch_no": 0, "scope": scope, "label": label, "target": target}
            for (scope, label), target in sorted(mapping.labels.items())
        ],
        schema=empty(Labels).schema,
    )
    return ImportBatch(
        file_name=table.name,
        content_hash=table.content_hash,
        shape=mapping.shape,
        mapping=mapping.to_dict(),
        header_signature=header_signature(table.columns),
        exported_on=exported_on,
        lead_rows=empty(LeadRows) if lead_rows is None else lead_rows,
        entries=empty(Entries) if entries is None else entries,
        labels=labels,
        counts=empty(StageCounts) if counts is None else counts,
        rejected=rejected,
        findings=findings,
        n_rows=table.n_rows,
        n_accepted=n_accepted,
        n_blank=table.n_blank,
        n_repeated_header=table.n_repeated_header,
        n_ignored=n_ignored,
    )
