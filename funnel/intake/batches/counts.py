"""Counts files: stage totals, long (one row per stage and group) or wide (one column per stage or per period)."""

from __future__ import annotations

from datetime import date

import polars as pl

from funnel.errors import Message
from funnel.filters import DIMENSIONS
from funnel.intake.batches.findings import file_findings
from funnel.intake.batches.lead_rows import conform, make_batch, read_numbers, rejected_rows
from funnel.intake.cells.dates import parse_dates
from funnel.intake.cells.periods import Span, columns_by_period, reads_as_period, spans_of_periods, widened
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.questions import Readings
from funnel.intake.values import clean_text, says_amount
from funnel.intake.years import bare_periods, year_of
from funnel.schema import Finding, ImportBatch, StageCounts

GROUPS = (*DIMENSIONS, "pipeline")
_PERIOD = {"period_start": pl.Date, "period_end": pl.Date}


def count_batch(table: RawTable, mapping: ColumnMapping, readings: Readings, import_day: date) -> ImportBatch:
    """Stage totals as a batch. A row is rejected when it names no stage, its count or its period cannot be read.

    A blank group stays null ("not stated"); a blank count is a row without a figure and is rejected; in a wide file a
    blank cell says nothing and is left out.
    """
    stage, period = mapping.column("stage"), mapping.column("period")
    counted = mapping.columns("count")
    is_by_period = (
        stage is not None and len(counted) > 1 and mapping.measure is None and all(map(reads_as_period, counted))
    )
    if stage is not None and not is_by_period:
        counted = [mapping.measure or counted[0]]
    bare = bare_periods(table, mapping)
    first_year = year_of(readings.dates.get(bare[0])) if bare else None
    spans_of_columns = spans_of_periods(counted, first_year) if is_by_period else {}
    parts_of_columns = columns_by_period(counted) if stage is None else {}
    if parts_of_columns:
        spans = spans_of_periods([period for period, _ in parts_of_columns.values()], first_year)
        spans_of_columns = {c: spans[period] for c, (period, _) in parts_of_columns.items() if period in spans}
    counted_as = {c: parts_of_columns[c][1] if parts_of_columns else c for c in counted}
    base = pl.DataFrame({"row_no": table.row_numbers})
    rejects: list[tuple[pl.Series, str, str | None]] = []
    for group in GROUPS:
        column = mapping.column(group)
        if column is not None:
            base = base.with_columns(clean_text(table.frame[column]).alias(group))
    if stage is not None:
        label = clean_text(table.frame[stage])
        base = base.with_columns(label.alias("label"))
        rejects.append((label.is_null(), "intake.row_without_stage", stage))
    if period is not None:
        cells = clean_text(table.frame[period])
        spans = _spans(cells, readings.dates.get(period), first_year)
        base = base.hstack(spans)
        rejects.append((cells.is_not_null() & spans["period_start"].is_null(), "intake.unreadable_period", period))
    numbers = {}
    for column in counted:
        numbers[column], ok = read_numbers(table.frame[column], readings.numbers.get(column, "plain"))
        rejects.append((~ok, "intake.unreadable_number", column))
        rejects.append(((numbers[column] < 0).fill_null(False), "intake.negative_count", column))
    empty_row = pl.DataFrame(numbers).select(pl.all_horizontal(pl.all().is_null())).to_series()
    rejects.append((empty_row, "intake.row_without_count", counted[0]))
    rejected, kept = rejected_rows(table, [(mask, code, column) for mask, code, column in rejects if mask.any()])
    parts = [
        _melted(base, None if stage else counted_as[column], numbers[column], spans_of_columns.get(column)).filter(kept)
        for column in counted
    ]
    counts = conform(
        StageCounts, pl.concat(parts).filter(pl.col("n").is_not_null()).sort("row_no", maintain_order=True)
    )
    last = counts["period_end"].filter(counts["period_end"] <= import_day).max()
    return make_batch(
        table,
        mapping,
        exported_on=mapping.exported_on or (last if isinstance(last, date) else None),
        counts=counts,
        rejected=rejected,
        findings=_findings(table, mapping, counts, rejected, counted),
        n_accepted=int(kept.sum()),
    )


def _melted(base: pl.DataFrame, label: str | None, n: pl.Series, span: Span | None) -> pl.DataFrame:
    """The rows of one count column: its header says the stage (``label``), the period (``span``), both or neither."""
    part = base.with_columns(n.alias("n"))
    if label is not None:
        part = part.with_columns(pl.lit(label).alias("label"))
    if span is not None:
        part = part.with_columns(pl.lit(span[0]).alias("period_start"), pl.lit(span[1]).alias("period_end"))
    return part


def _spans(cells: pl.Series, reading: str | None, first_year: int | None) -> pl.DataFrame:
    """First and last day of each cell's period; null where it is blank or unreadable."""
    distinct = cells.drop_nulls().unique(maintain_order=True)
    if reading is None or first_year is not None:
        spans = spans_of_periods(distinct.to_list(), first_year)
    else:
        days = parse_dates(distinct, reading)["at"].dt.date().to_list()
        read = {text: (day, day) for text, day in zip(distinct.to_list(), days, strict=True) if day}
        meant = widened(read.values())
        spans = {text: meant[span] for text, span in read.items()}
    return pl.DataFrame(
        {
            name: cells.replace_strict(
                {text: span[i] for text, span in spans.items()}, default=None, return_dtype=pl.Date
            )
            if spans
            else pl.repeat(None, cells.len(), dtype=pl.Date, eager=True)
            for i, name in enumerate(_PERIOD)
        }
    )


def _findings(
    table: RawTable, mapping: ColumnMapping, counts: pl.DataFrame, rejected: pl.DataFrame, counted: list[str]
) -> tuple[Finding, ...]:
    found = [*file_findings(table, mapping, rejected, {"stage": counts["label"]})]
    for group in GROUPS:
        column = mapping.column(group)
        blank = counts.filter(pl.col(group).is_null())
        if column is not None and blank.height:
            message = Message(
                "intake.group_not_stated", {"column": column, "n": blank.height, "total": blank["n"].sum()}
            )
            found.append(
                Finding(message, "note", blank.height, "intake.done.not_stated", tuple(blank["row_no"].head(5)))
            )
    others = [c for c in table.columns if mapping.roles.get(c, "ignore") == "ignore"]
    money = [c for c in others if says_amount(c) and table.frame[c].count()]
    if money:
        message = Message("intake.money_of_totals", {"columns": money, "n": len(money)})
        found.append(Finding(message, "note", len(money), "intake.done.ignored"))
    same = counts.group_by("label", "period_start", "period_end", *GROUPS).agg(pl.len(), pl.col("row_no").min())
    repeated = same.filter(pl.col("len") > 1)
    if repeated.height:
        n = int(repeated["len"].sum())
        message = Message("intake.counts_added_up", {"n": n, "columns": others})
        found.append(Finding(message, "note", n, "intake.done.added_up", tuple(repeated["row_no"].sort().head(5))))
    return tuple(found)
