"""Who owned a lead at an instant: the dated changes of owner that change logs tell of."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from funnel.metrics.journeys.evidence import has_any
from funnel.schema import Facts


def dates_owners(facts: Facts) -> bool:
    """Whether any row can say from when on somebody owns a lead."""
    return has_any(facts, "owner") and has_any(facts, "changed_at")


def owner_changes(facts: Facts) -> pl.LazyFrame:
    """``lead_id``, ``at`` (naive), ``owner``: each dated statement of a lead's owner, one row per lead and instant.

    Only logs date their owners; a row without owner or without date says nothing here. Two owners at one instant: the
    newest import counts, in it the last row.
    """
    stated = facts.lead_rows.lazy().filter(pl.col("owner").is_not_null(), pl.col("changed_at").is_not_null())
    return (
        stated.sort("batch_no", "row_no")
        .group_by("lead_id", pl.col("changed_at").alias("at"))
        .agg(pl.col("owner").last())
    )


def with_owners(journeys: pl.DataFrame, keys: Sequence[str], changes: pl.LazyFrame) -> pl.DataFrame:
    """The journeys with who owned each lead when it entered each of the stages ``keys``: what ``owner_at`` reads.

    - ``changes``: of ``owner_changes``. The last change at or before the instant counts.
    - Before the first known change, and without any, it is the latest owner (metrics/README.md).
    """
    known = changes.rename({"at": "changed_at", "owner": "owner_then"}).sort("changed_at").collect()
    columns = []
    for key in keys:
        entered = journeys.select("lead_id", at=f"entered_{key}").with_row_index("row").drop_nulls("at").sort("at")
        # The lead is the group and both sides are sorted by their instant; within a group the check cannot be made.
        then = entered.join_asof(
            known, left_on="at", right_on="changed_at", by="lead_id", strategy="backward", check_sortedness=False
        ).drop_nulls("owner_then")
        owner = journeys["owner"].cast(pl.String).clone().scatter(then["row"], then["owner_then"])
        columns.append(owner.cast(pl.Categorical).alias(owner_column(key)))
    return journeys.with_columns(columns)


def owner_at(journeys: pl.LazyFrame, key: str) -> pl.Expr:
    """The owner at the entry into a stage, as far as ``with_owners`` has found it out; else the latest."""
    name = owner_column(key)
    return pl.col(name if name in journeys.collect_schema() else "owner")


def owner_column(key: str) -> str:
    """What the column of the owners at the entry into a stage is called."""
    return f"owner at {key}"
