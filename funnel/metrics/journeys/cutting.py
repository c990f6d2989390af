"""What happened to a lead after its group was followed is taken out of its journey, so that it counts in no rate."""

from __future__ import annotations

from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.journeys.customers import NEVER
from funnel.metrics.journeys.evidence import (
    STATED_LOST,
    STATED_OPEN,
    STATED_WON,
    day_number,
    packed_day,
    stated_rows,
)
from funnel.metrics.journeys.follow_up import day_of_everybody, follow_up, known_until
from funnel.schema import Facts


def as_followed(leads: pl.LazyFrame, facts: Facts, definition: FunnelDefinition, as_of: date) -> pl.LazyFrame:
    """What happened to a lead after the day up to which its group was followed is taken out of its journey: it is known
    of some leads only, so it may count in no rate. ``later_result``: the win or loss that was taken out.

    ``observed`` and ``observed_wins`` (for winning): day numbers, at most as-of; ``gone``: no longer in the CRM.
    """
    n, won, until = len(definition.keys), definition.won_position, day_number(as_of)
    only = day_of_everybody(facts)
    if only is not None:
        day = min(only, until)
        seen = pl.max_horizontal("known_position", "late_position").cast(pl.Int64)
        leads = leads.with_columns(observed=pl.lit(day), observed_wins=pl.lit(day), gone=NEVER, seen_position=seen)
        known = known_until(facts, definition)
        if known is None or day_number(known) <= only or until <= only:
            return leads.with_columns(later_result=pl.lit(None, pl.Int32))
    else:
        found = follow_up(facts, definition)
        leads = (
            leads.join(found.lazy(), on="lead_id", how="left")
            .join(_seen_positions(facts, definition, as_of, found), on="lead_id", how="left")
            .with_columns(
                pl.min_horizontal(pl.col("followed").fill_null(until), until).alias("observed"),
                pl.min_horizontal(pl.col("followed_wins").fill_null(until), until).alias("observed_wins"),
                pl.when(pl.col("gone") <= until).then(pl.col("gone")).alias("gone"),
            )
        )
    end = {j: pl.col("observed_wins" if j >= won else "observed") for j in range(1, n + 1)}
    late = {j: (packed_day(pl.col(f"p{j}")) > end[j]).fill_null(False) for j in end}
    stated_late = {
        state: (pl.col("state") == state) & (pl.col("state_until") > end[won if state == STATED_WON else 1])
        for state in (STATED_WON, STATED_LOST)
    }
    wins = [pl.col(f"p{j}") for j in range(won, n + 1)]
    dated_win = pl.any_horizontal(win.is_not_null() for win in wins)
    is_late_win = (pl.col("result") == STATED_WON) & pl.when(dated_win).then(
        pl.all_horizontal(pl.col(f"p{j}").is_null() | late[j] for j in range(won, n + 1))
    ).otherwise(stated_late[STATED_WON])
    is_late_loss = (pl.col("result") == STATED_LOST) & pl.coalesce(
        packed_day(pl.col("lost")) > end[1], stated_late[STATED_LOST]
    )  # fmt: skip
    is_late_end = is_late_win.fill_null(False) | is_late_loss.fill_null(False)
    leads = leads.with_columns(
        is_late_end.alias("is_late_end"),
        (is_late_end | pl.any_horizontal(late.values())).alias("is_cut"),
        *[pl.when(~late[j]).then(pl.col(f"p{j}")).alias(f"p{j}") for j in late],
    )
    still_won = (pl.col("result") == STATED_WON) & ~pl.col("is_late_end")
    before = pl.max_horizontal(
        *[pl.when(pl.col(f"p{j}").is_not_null()).then(j) for j in range(1, won)], "seen_position", pl.lit(1)
    )
    after = pl.max_horizontal(
        *[pl.when(pl.col(f"p{j}").is_not_null()).then(j) for j in range(won + 1, n + 1)], pl.lit(won)
    )
    return leads.with_columns(
        pl.when("is_late_end").then(pl.col("result")).alias("later_result"),
        pl.when("is_late_end").then(STATED_OPEN).otherwise(pl.col("result")).alias("result"),
        pl.when(~pl.col("is_late_end")).then(pl.col("lost")).alias("lost"),
        pl.when("is_cut")
        .then(pl.when(still_won).then(after).otherwise(before))
        .otherwise(pl.col("furthest_stage"))
        .cast(pl.Int8)
        .alias("furthest_stage"),
    )


def _seen_positions(facts: Facts, definition: FunnelDefinition, as_of: date, found: pl.DataFrame) -> pl.LazyFrame:
    """``seen_position``: the furthest stage before won that files up to the lead's own last day label it with."""
    exported = facts.batches.select("batch_no", "exported_on").iter_rows()
    days = {no: day_number(as_of) if day is None else day_number(day) for no, day in exported}
    day = pl.col("batch_no").replace_strict(days, return_dtype=pl.Int64, default=None)
    rows = stated_rows(facts, definition, as_of).join(found.lazy().select("lead_id", "followed"), on="lead_id")
    return (
        rows.filter(day <= pl.col("followed"))
        .group_by("lead_id")
        .agg(pl.col("before_won").max().cast(pl.Int64).alias("seen_position"))
    )
