"""Several rows of one deal: lines with different products, whose amounts add up, or one total that is repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.values import clean_text
from funnel.intake.words import has_part
from funnel.schema import ONE_ROW_PER_LEAD

_STORY = (
    "stage", "status", "closed_flag", "entry", "created_at", "closed_at", "lost_at", "repeat_at", "referral_at",
    "owner",
)  # fmt: skip
"""Roles that agree in all rows of a deal where the rows are its lines; where they differ the rows are a history."""
_SAME_STORY = 0.9
_ENOUGH_REPEATED = 3
"""From so many deals on with one amount in all rows it is no chance that the amounts agree."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Deals with several rows of one story: how their amounts are meant (null: only a person knows), how many deals."""

    way: Literal["sum", "once"] | None
    n_leads: int
    example: str


def lines_of(table: RawTable, mapping: ColumnMapping) -> Lines | None:
    """What the repeated rows of deals are; None where no deal has several different rows of one story, or no amount."""
    lead, amount = mapping.column("lead_id"), mapping.column("amount")
    if mapping.shape not in ONE_ROW_PER_LEAD or lead is None or amount is None or mapping.column("valid_until"):
        return None
    if lead not in table.columns or amount not in table.columns:
        return None
    ids = clean_text(table.frame[lead]).alias("_id")
    if ids.drop_nulls().hash().n_unique() == ids.count():  # by hash: a tenth of the time
        return None
    frame = table.frame.with_columns(ids).filter(pl.col("_id").is_not_null() & pl.col(amount).is_not_null())
    rows = frame.unique(maintain_order=True)  # a row that stands twice is one row
    story = [c for role in _STORY for c in mapping.columns(role) if c in table.columns]
    pieces = mapping.column("quantity")  # a price of one piece and how many: both make the amount of a line
    money = [amount, *([pieces] if pieces in table.columns else [])]
    others = [c for c in table.columns if c not in (*story, lead, *money)]
    of_lead = (
        rows.group_by("_id", maintain_order=True)
        .agg(
            pl.len().alias("n"),
            (pl.struct(story).n_unique() if story else pl.lit(1)).alias("n_stories"),
            pl.struct(money).n_unique().alias("n_amounts"),
            *[pl.col(c).n_unique().alias(f"u{i}") for i, c in enumerate(others)],
        )
        .filter(pl.col("n") > 1)
    )
    if of_lead.is_empty() or (of_lead["n_stories"] == 1).mean() < _SAME_STORY:  # ty: ignore[unsupported-operator]
        return None
    of_lead = of_lead.filter(pl.col("n_stories") == 1)
    differing = [c for i, c in enumerate(others) if (of_lead[f"u{i}"] > 1).any()]
    has_products = any(has_part(c, "product_word") for c in differing)
    varying = of_lead.filter(pl.col("n_amounts") > 1)
    example = str((of_lead if varying.is_empty() else varying)["_id"][0])
    if has_products and pieces in table.columns:
        way = "sum"  # nobody repeats a price and a number of pieces per product and means the whole deal
    elif varying.is_empty():
        way = "once" if not has_products or of_lead.height >= _ENOUGH_REPEATED else None
    else:
        way = "sum" if has_products else None
    return Lines(way, of_lead.height, example)


def added_up(ids: pl.Series, amounts: pl.Series, rows: pl.DataFrame) -> pl.Series:
    """The amounts with each deal's sum in all its rows. ``rows``: the cells; a row that stands twice counts once."""
    first = rows.hash_rows().is_first_distinct()
    counted = pl.DataFrame({"id": ids, "amount": amounts, "first": first})
    here = pl.when(pl.col("first")).then(pl.col("amount"))
    total = pl.when(here.count().over("id") > 0).then(here.sum().over("id"))
    return counted.select(pl.when(pl.col("id").is_null()).then(pl.col("amount")).otherwise(total).alias("amount"))[
        "amount"
    ]
