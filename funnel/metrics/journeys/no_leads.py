"""Rows that should not be there: junk, duplicates and tests, by what their label or loss reason says."""

from __future__ import annotations

import re

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.journeys.evidence import STATED_LOST
from funnel.metrics.journeys.meanings import CODE_JUNK, meanings
from funnel.schema import Facts

NO_LEAD_WORDS = (
    r"\bduplicat\w*|\bdupes?\b|^\W*(tests?|testing|dummy|merged)\W*$|^merged (in)?to\b|^merged with\b"
    r"|\b(test|dummy)[ _-]?(lead|data|deal|record|account|entry|entries|customer|order)s?\b"
    r"|dublette|duplikat|doublon|重复|^测试|测试(线索|数据|客户|单)|试单|被?合并"
)
"""A loss for such a reason is no lost deal but a row that should not be there."""


def with_junk_label(leads: pl.LazyFrame, facts: Facts, definition: FunnelDefinition) -> pl.LazyFrame:
    """``junk_label``: a lead lost as junk without a reason has its label as the reason."""
    junk = meanings(facts, definition).filter(pl.col("code") == CODE_JUNK)
    if junk.is_empty():
        return leads.with_columns(pl.lit(None, pl.Categorical).alias("junk_label"))
    said = [facts.entries.lazy().select("batch_no", "scope", "label", "lead_id")]
    for scope in ("status", "stage"):
        rows = facts.lead_rows.lazy().with_columns(
            pl.lit(scope).alias("scope"), pl.col(f"{scope}_label").alias("label")
        )
        said.append(rows.select("batch_no", "scope", "label", "lead_id"))
    labels = pl.concat(said).join(junk.lazy(), on=["batch_no", "scope", "label"], how="semi")
    return leads.join(
        labels.group_by("lead_id").agg(pl.col("label").max().cast(pl.Categorical).alias("junk_label")),
        on="lead_id",
        how="left",
    )


def without_no_leads(leads: pl.LazyFrame, facts: Facts) -> pl.LazyFrame:
    """``says_no_lead``: lost for a reason that says duplicate or test; left out like a duplicate where that is said."""
    said = {*facts.lead_rows["lost_reason"].drop_nulls().unique(), *facts.labels["label"].unique()}
    words = sorted(reason for reason in said if re.search(f"(?i){NO_LEAD_WORDS}", reason))
    if not words:
        return leads.with_columns(says_no_lead=pl.lit(False))
    reason = pl.coalesce(pl.col("lost_reason").cast(pl.String), pl.col("junk_label").cast(pl.String))
    says_so = ((pl.col("result") == STATED_LOST) & reason.is_in(words)).fill_null(False)
    leaves_out = pl.lit(facts.answer("not_leads") == "out")
    return leads.with_columns(says_no_lead=says_so, is_duplicate=pl.col("is_duplicate") | (says_so & leaves_out))
