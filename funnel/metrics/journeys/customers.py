"""Customers (J10): who bought again and who brought somebody, told on the first won lead of each customer."""

from __future__ import annotations

from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.journeys.evidence import STATED_WON, has_any, packed_day
from funnel.schema import Facts

NEVER = pl.lit(None, pl.Int64)


def with_customers(leads: pl.LazyFrame, facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """Repeat and referral of each customer, on the customer's first won lead (J10).

    ``has_repeat`` / ``has_referral`` are null where the data record neither for anybody, and on all other leads.
    A repeat is a mapped date, a win on a later day, or a further win of a customer of whom not every win is dated; a
    referral is a mapped date or another lead that names its referrer.
    """
    is_won = (pl.col("result") == STATED_WON) & ~pl.col("is_later") & ~pl.col("is_duplicate")
    records_repeat = has_any(facts, "customer_id") or has_any(facts, "repeat_at")
    records_referral = has_any(facts, "referral_at") or has_any(facts, "referrer_id")
    leads = leads.with_columns(is_won.alias("is_first_win"))
    if has_any(facts, "referrer_id"):
        leads = _with_named_referrals(leads, facts, as_of)
    else:
        leads = leads.with_columns(NEVER.alias("named_referral"), pl.lit(False).alias("is_named"))
    if has_any(facts, "customer_id"):
        leads = _over_customers(leads, definition)
    else:
        leads = leads.with_columns(NEVER.alias("later_win"), pl.lit(False).alias("won_undated_again"))
    first = pl.col("is_first_win")
    leads = leads.with_columns(
        pl.when(first).then(pl.min_horizontal("repeat", "later_win")).alias("repeat"),
        pl.when(first).then(pl.min_horizontal("referral", "named_referral")).alias("referral"),
    )
    came_back = pl.col("repeat").is_not_null() | pl.col("won_undated_again").fill_null(False)
    has_repeat = came_back if records_repeat else pl.lit(None, pl.Boolean)
    has_referral = (
        (pl.col("referral").is_not_null() | pl.col("is_named")) if records_referral else pl.lit(None, pl.Boolean)
    )
    leads = leads.with_columns(
        pl.when(first).then(has_repeat).alias("has_repeat"), pl.when(first).then(has_referral).alias("has_referral")
    )
    if definition.post_sale_key is None:
        return leads
    last = len(definition.keys)
    came_back = pl.col("has_repeat").fill_null(False) | pl.col("has_referral").fill_null(False)
    return leads.with_columns(
        pl.min_horizontal(f"p{last}", "repeat", "referral").alias(f"p{last}"),
        pl.when(came_back).then(pl.lit(last, pl.Int8)).otherwise(pl.col("furthest_stage")).alias("furthest_stage"),
    )


def _with_named_referrals(leads: pl.LazyFrame, facts: Facts, as_of: date) -> pl.LazyFrame:
    """``is_named``: another lead names this one, or its customer, as referrer; ``named_referral``: when first."""
    named = (
        facts.lead_rows.lazy()
        .filter(pl.col("referrer_id").is_not_null() & (pl.col("referrer_id") != pl.col("lead_id")))
        .filter((pl.col("created_at").dt.date() <= as_of).fill_null(True))
        .filter((pl.col("referrer_id") != pl.col("customer_id")).fill_null(True))
        .group_by("referrer_id")
        .agg((pl.col("created_at").min().dt.epoch("us") * 2).alias("named"), pl.lit(True).alias("is_named"))
    )
    for key in ("lead_id", "customer_id"):
        mine = named.rename({"referrer_id": key, "named": f"named_{key}", "is_named": f"is_named_{key}"})
        leads = leads.join(mine, on=key, how="left")
    return leads.with_columns(
        pl.min_horizontal("named_lead_id", "named_customer_id").alias("named_referral"),
        (pl.col("is_named_lead_id").fill_null(False) | pl.col("is_named_customer_id").fill_null(False)).alias(
            "is_named"
        ),
    )


def _over_customers(leads: pl.LazyFrame, definition: FunnelDefinition) -> pl.LazyFrame:
    """The first won lead of each customer (undated wins last, then by lead id) carries what happened to the others."""
    won_at = pl.min_horizontal(f"p{j}" for j in range(definition.won_position, len(definition.keys) + 1))
    leads = leads.with_columns(
        pl.when(pl.col("is_first_win")).then(pl.coalesce("customer_id", "lead_id")).alias("customer"),
        pl.when(pl.col("is_first_win")).then(won_at).alias("win"),
    )
    first_win = pl.col("win").min().over("customer")
    is_first = (pl.col("win") == first_win) | first_win.is_null()
    leads = leads.with_columns(
        pl.when(packed_day(pl.col("win")) > packed_day(first_win))
        .then(pl.col("win"))
        .min()
        .over("customer")
        .alias("later_win"),
        pl.when(is_first).then(pl.col("lead_id")).min().over("customer").alias("first_lead"),
        (
            pl.col("customer").is_not_null()
            & (pl.len().over("customer") > 1)
            & pl.col("win").is_null().any().over("customer")
        ).alias("won_undated_again"),
        *[pl.col(name).min().over("customer") for name in ("repeat", "referral", "named_referral")],
        pl.col("is_named").any().over("customer"),
    )
    return leads.with_columns(
        (pl.col("is_first_win") & (pl.col("lead_id") == pl.col("first_lead"))).fill_null(False).alias("is_first_win")
    )
