"""What a mapping will make of a file, before anything is stored: label counts and the first rows as leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from funnel.definition.definition import EXITS, FunnelDefinition
from funnel.intake.batches.normalizing import normalize
from funnel.intake.cells.periods import columns_by_period
from funnel.intake.flags import status_cells
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.questions import readings_of
from funnel.intake.values import text_of
from funnel.schema import ImportBatch, Rejected, empty


def label_counts(table: RawTable, mapping: ColumnMapping) -> pl.DataFrame:
    """How many rows carry each label of a mapping: ``scope``, ``label``, ``n``; for a date column its filled cells."""
    counted = {scope: _counts_in(_cells(table, mapping, scope)) for scope in ("stage", "status")}
    rows = []
    for column, (_, rest) in columns_by_period(mapping.columns("count")).items():
        if mapping.column("stage") is None and column in table.columns:
            counted["stage"][rest] = max(counted["stage"].get(rest, 0), table.frame[column].count())
    for scope, label in mapping.labels:
        if label in table.columns and (scope == "milestone" or mapping.roles.get(label) == "count"):
            n = table.frame.height - table.frame[label].null_count()
        else:
            n = counted.get(scope, {}).get(label, 0)
        rows.append((scope, label, n))
    return pl.DataFrame(rows, schema={"scope": pl.String, "label": pl.String, "n": pl.Int64}, orient="row")


def _cells(table: RawTable, mapping: ColumnMapping, scope: str) -> pl.Series | None:
    """The cells that hold labels of a scope; in a field log only those of the fields with that role."""
    if mapping.is_field_log:
        field_column, value_column = mapping.column("changed_field"), mapping.column("new_value")
        assert field_column is not None and value_column is not None  # is_field_log
        fields = [value for value, role in mapping.field_roles.items() if role == scope]
        return text_of(table, value_column).filter(text_of(table, field_column).is_in(fields).fill_null(False))
    if scope == "status":
        return status_cells(table, mapping)
    column = mapping.column(scope)
    return None if column is None else text_of(table, column)


def _counts_in(cells: pl.Series | None) -> dict[str, int]:
    """label → number of cells."""
    return {} if cells is None else dict(cells.drop_nulls().alias("label").value_counts(name="n").iter_rows())


def known_ids(table: RawTable, mapping: ColumnMapping, known: pl.Series) -> tuple[int, int]:
    """How many different lead ids of a file are among ``known``, and how many it has; (0, 0) without an id column."""
    column = mapping.column("lead_id")
    if column is None:
        return 0, 0
    ids = text_of(table, column).drop_nulls().unique()
    return int(ids.is_in(known.unique().implode()).sum()), ids.len()


def preview_rows(table: RawTable, mapping: ColumnMapping, *, import_day: date, n: int = 20) -> ImportBatch:
    """The first ``n`` rows of a table as they would be stored, read as the whole column is read.

    Raises InputError as ``normalize`` does.
    """
    found = readings_of(table, mapping)
    head = replace(
        table,
        frame=table.frame.head(n),
        row_numbers=table.row_numbers.head(n),
        left_out=empty(Rejected),
        rejected=empty(Rejected),
        n_rows=min(n, table.frame.height),
        n_blank=0,
        n_repeated_header=0,
    )
    return normalize(
        head, replace(mapping, date_readings=found.dates, number_readings=found.numbers), import_day=import_day
    )


def as_leads(batch: ImportBatch, definition: FunnelDefinition) -> pl.DataFrame:
    """A small batch as one row per lead: ``lead_id``, one column per stage key with its first entry, then the rest.

    Columns without any value are left out; stage columns are named ``entered_<key>``.
    """
    targets = {
        (s, label): definition.resolve(t) for s, label, t in batch.labels.select("scope", "label", "target").iter_rows()
    }
    entries = batch.entries.with_columns(
        pl.struct("scope", "label")
        .map_elements(lambda pair: targets.get((pair["scope"], pair["label"]), "@ignore"), return_dtype=pl.String)
        .alias("target")
    ).filter(~pl.col("target").is_in(EXITS))
    rows = batch.lead_rows.group_by("lead_id", maintain_order=True).agg(
        pl.exclude("lead_id", "batch_no", "row_no").drop_nulls().last()
    )
    leads = pl.concat([batch.lead_rows["lead_id"], batch.entries["lead_id"]]).unique(maintain_order=True).to_frame()
    for key in definition.keys:
        first = (
            entries.filter(pl.col("target") == key).group_by("lead_id").agg(pl.col("at").min().alias(f"entered_{key}"))
        )
        leads = leads.join(first, on="lead_id", how="left", maintain_order="left")
    leads = leads.join(rows, on="lead_id", how="left", maintain_order="left")
    said = [c for c in leads.columns if not c.endswith("_has_time") and leads[c].null_count() < leads.height]
    return leads.select(said)
