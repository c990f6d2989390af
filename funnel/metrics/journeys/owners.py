"""Who owned a lead at an instant: the dated changes of owner that change logs tell of."""

from __future__ import annotations

import polars as pl

from funnel.schema import Facts


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


def with_owner_at(leads: pl.LazyFrame, at: str, changes: pl.LazyFrame) -> pl.LazyFrame:
    """The leads with ``owner`` (text) = the owner at the instant in the column ``at``, which must not be null.

    - ``changes``: of ``owner_changes``. The last change at or before the instant counts.
    - Before the first known change, and without any, ``owner`` stays as it is: the latest one (metrics/README.md).

    The rows come back in the order of ``at``.
    """
    known = changes.rename({"at": "changed_at", "owner": "owner_then"}).sort("changed_at")
    # The lead is the group and both sides are sorted by their instant; within a group the check cannot be made.
    joined = leads.sort(at).join_asof(
        known, left_on=at, right_on="changed_at", by="lead_id", strategy="backward", check_sortedness=False
    )
    owner = pl.coalesce(pl.col("owner_then"), pl.col("owner").cast(pl.String)).alias("owner")
    return joined.with_columns(owner).drop("owner_then", "changed_at")
