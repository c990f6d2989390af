"""Open deals one by one: where each stands, for how long, with which value; and of such deals, how many were won.

The chance of a single deal is never shown: what stands beside a deal is how many of those that were still here after as
many days were won within the next 90.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS
from funnel.metrics.outlook.stays import dated_chain, with_arrivals
from funnel.metrics.statistics import wilson_interval
from funnel.metrics.thresholds import MIN_LEADS
from funnel.schema.outlook import DealsByAge, Odds

LANDMARKS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
WITHIN_DAYS = 90
_BESIDE = ("lead_name", *DIMENSIONS, "amount", "expected_close_at")


def open_deals(
    journeys: pl.LazyFrame, definition: FunnelDefinition, as_of: date, stages: Sequence[str] | None = None
) -> pl.DataFrame:
    """Every open lead with a date: ``lead_id``, ``created``, ``stage`` of the chain, its index ``step``, ``entered``,
    ``age_days`` in it, ``furthest_stage``, and what the journeys say beside that (null: not stated)."""
    chain = tuple(stages) if stages is not None else dated_chain(journeys.collect(), definition)
    known = journeys.collect_schema().names()
    beside = [pl.col(name) if name in known else pl.lit(None).alias(name) for name in _BESIDE]
    entered = pl.coalesce(*[pl.when(pl.col("step") == k).then(pl.col(f"t{k}")) for k in range(len(chain) - 1)])
    here = with_arrivals(journeys, definition, chain, as_of).filter(pl.col("is_placed_in_time") & pl.col("is_open"))
    age = (pl.lit(as_of) - entered.dt.date()).dt.total_days().cast(pl.Int32)
    return here.select(
        "lead_id",
        pl.col("created").alias("created_at"),
        pl.col("step").replace_strict(dict(enumerate(chain)), return_dtype=pl.String).alias("stage"),
        pl.col("step").cast(pl.Int64),
        pl.col("furthest_stage").cast(pl.Int64),
        entered.alias("entered_at"),
        age.alias("age_days"),
        *beside,
    ).collect()


def odds_by_age(
    journeys: pl.LazyFrame, definition: FunnelDefinition, as_of: date, stages: Sequence[str] | None = None
) -> pl.DataFrame:
    """Schema ``Odds``: per stage of the chain and landmark, of ``n`` leads that were still in the stage so many days
    after their entry, ``x`` were won within the next 90 days; only leads whose 90 days are over count, each once."""
    chain = tuple(stages) if stages is not None else dated_chain(journeys.collect(), definition)
    leads = with_arrivals(journeys, definition, chain, as_of).filter(pl.col("is_placed_in_time"))
    won = pl.col(f"t{len(chain) - 1}")
    known_to = pl.min_horizontal(pl.col("until"), pl.lit(as_of)).cast(pl.Date)
    plans: list[pl.LazyFrame] = []
    for k in range(len(chain) - 1):
        entry, end = pl.col(f"t{k}"), pl.coalesce(f"t{k + 1}", "lost")
        counts = []
        for age in LANDMARKS:
            then = entry + pl.duration(days=age)
            was_here = entry.is_not_null() & (end.is_null() | (end > then))
            is_over = entry.dt.date() + pl.duration(days=age + WITHIN_DAYS) <= known_to
            in_time = won.is_not_null() & (won <= then + pl.duration(days=WITHIN_DAYS))
            counts += [
                (was_here & is_over).sum().alias(f"n{age}"),
                (was_here & is_over & in_time.fill_null(False)).sum().alias(f"x{age}"),
            ]
        plans.append(leads.select(counts))
    rows = []
    for k, counted in enumerate(pl.collect_all(plans)):
        found = counted.row(0, named=True)
        for age in LANDMARKS:
            n, x = int(found[f"n{age}"]), int(found[f"x{age}"])
            low, high = wilson_interval(x, n, 0.8) if n >= MIN_LEADS else (None, None)
            rows.append({"step": k, "stage": chain[k], "landmark_days": age, "n": n, "x": x, "low": low, "high": high})
    return Odds.validate(pl.DataFrame(rows, schema=Odds.create_empty().schema))


def deals_by_age(
    journeys: pl.LazyFrame, definition: FunnelDefinition, as_of: date, stages: Sequence[str] | None = None
) -> pl.DataFrame:
    """Schema ``DealsByAge``: the open deals with the odds of their stage and age; longest in their stage first.

    ``landmark_days``: the largest landmark up to the deal's age. ``n``, ``x``, ``low``, ``high`` (80% interval of
    x / n) are null where ``n_known`` < 20: too few like this.
    """
    chain = tuple(stages) if stages is not None else dated_chain(journeys.collect(), definition)
    deals = open_deals(journeys, definition, as_of, chain)
    place = np.searchsorted(LANDMARKS, deals["age_days"].to_numpy(), side="right") - 1
    landmark = np.asarray(LANDMARKS)[np.maximum(place, 0)]
    odds = odds_by_age(journeys, definition, as_of, chain)
    enough = pl.col("n_known") >= MIN_LEADS
    deals = (
        deals.with_columns(pl.Series("landmark_days", landmark, dtype=pl.Int32))
        .join(odds.drop("stage").rename({"n": "n_known"}), on=["step", "landmark_days"], how="left")
        .with_columns(
            pl.when(enough).then("n_known").alias("n"),
            *[pl.when(enough).then(name).alias(name) for name in ("x", "low", "high")],
        )
        .sort("age_days", "lead_id", descending=[True, False])
    )
    wanted = DealsByAge.create_empty().schema
    return DealsByAge.validate(deals.select(pl.col(name).cast(dtype) for name, dtype in wanted.items()))
