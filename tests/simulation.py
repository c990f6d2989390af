"""Simulated funnels: leads that really take time (lognormal durations), cut at an as-of date, as journeys.

The frames are built straight from the documented contract ``schema.journeys_schema``, without ``build_journeys``, so
that a metric is checked against a truth that none of our counting code has touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from funnel.definition.definition import Benchmark, FunnelDefinition, Sla, Stage, Text
from funnel.filters import DIMENSIONS
from funnel.metrics.bottleneck.shortfall import shortfall_parts
from funnel.metrics.steps.cohorts import Span, count_groups
from funnel.schema import journeys_schema

Rate = float | Callable[[np.ndarray], np.ndarray]
"""A true rate, or a function of the entry day (days since ``Simulation.start``) into the stage before."""

NAT = np.datetime64("NaT", "us")


def funnel(
    floors: Sequence[float | None], post_sale: bool = False, slas: Mapping[int, Sla] | None = None
) -> FunnelDefinition:
    """A funnel with one step per floor (``None``: no benchmark): stages s1 … and, when asked, a post-sale stage."""

    def mark(low: float | None) -> Benchmark | None:
        return None if low is None else Benchmark(low, min(1.0, low + 0.2), Text("test", "测试"), 2026)

    deadlines = slas or {}
    stages = [Stage("s1", Text("s1", "s1"), owner_role="marketing")]
    for i, low in enumerate(floors, 2):
        is_won = i == len(floors) + 1
        stages.append(Stage(f"s{i}", Text(f"s{i}", f"s{i}"), benchmark=mark(low), sla=deadlines.get(i), is_won=is_won))
    if post_sale:
        stages.append(Stage("repeat", Text("repeat", "repeat"), is_post_sale=True))
    return FunnelDefinition("test", Text("test", "test"), tuple(stages))


@dataclass(frozen=True)
class Simulation:
    """What the leads do.

    ``rates``: true rate per step, in order; a step's advance takes lognormal days with ``median_days`` and ``sigma``, a
    loss with ``loss_median_days``; ``silent`` of those that do not advance stay open for ever. Leads are created evenly
    over ``n_days`` from ``start``. ``sources``: name → (share of leads, factor on every rate). ``skips``: stage key →
    share of the leads reaching it without an own entry. After won nobody is lost.
    """

    definition: FunnelDefinition
    rates: Sequence[Rate]
    n_leads: int
    start: date
    n_days: int
    as_of: date
    median_days: Sequence[float] | float = 10.0
    sigma: float = 0.7
    loss_median_days: float = 14.0
    silent: float = 0.0
    sources: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    skips: Mapping[str, float] = field(default_factory=dict)
    amount: float = 20_000.0
    amount_sigma: float = 0.5
    date_only: bool = False


def simulate(plan: Simulation, seed: int) -> pl.DataFrame:
    """Journeys of ``plan`` as seen on its as-of date. The same seed gives the same leads, whatever the as-of date."""
    rng = np.random.default_rng(seed)
    keys, n = plan.definition.keys, plan.n_leads
    medians = [plan.median_days] * (len(keys) - 1) if isinstance(plan.median_days, float | int) else plan.median_days
    won = plan.definition.won_position

    at = np.sort(rng.uniform(0, plan.n_days, n))
    source, factor = _sources(plan.sources, n, rng)
    entered = {keys[0]: at.copy()}
    lost_after = np.full(n, np.nan)
    for position, key in enumerate(keys[1:], 2):
        rate = plan.rates[position - 2]
        chance = np.asarray(rate(at)) if callable(rate) else np.full(n, rate)
        advances = ~np.isnan(at) & (rng.random(n) < np.clip(chance * factor, 0, 1))
        took = np.exp(rng.normal(np.log(medians[position - 2]), plan.sigma, n))
        lost_took = np.exp(rng.normal(np.log(plan.loss_median_days), plan.sigma, n))
        if position <= won:
            is_lost = ~np.isnan(at) & ~advances & (rng.random(n) >= plan.silent)
            lost_after[is_lost] = (at + lost_took)[is_lost]
        at = np.where(advances, at + took, np.nan)
        entered[key] = at.copy()
    skipped = {key: rng.random(n) < share for key, share in plan.skips.items()}
    amount = plan.amount * np.exp(rng.normal(0, plan.amount_sigma, n))

    visible = (plan.as_of - plan.start).days + 1.0
    dates = {key: _instants(np.where(days < visible, days, np.nan), plan) for key, days in entered.items()}
    lost_at = _instants(np.where(lost_after < visible, lost_after, np.nan), plan)
    reached = np.stack([~np.isnat(dates[key]) for key in keys])
    furthest = np.array([np.max(np.flatnonzero(column), initial=-1) + 1 for column in reached.T])
    for key, is_skipped in skipped.items():
        later = np.isin(furthest, range(plan.definition.position(key) + 1, len(keys) + 1))
        dates[key] = np.where(is_skipped & later, NAT, dates[key])
    frame = journeys_frame(
        plan.definition,
        dates,
        furthest=furthest,
        lost_at=lost_at,
        amount=np.where(furthest >= won, amount, np.nan),
        source=source,
        as_of=plan.as_of,
    )
    return frame.filter(pl.col("created_at").is_not_null())


def journeys_frame(
    definition: FunnelDefinition,
    entered: Mapping[str, np.ndarray],
    *,
    furthest: np.ndarray,
    lost_at: np.ndarray,
    amount: np.ndarray,
    source: Sequence[str | None],
    as_of: date,
) -> pl.DataFrame:
    """Own entries per stage → the journeys frame: ``next_*``, ``days_*`` and the outcome follow from them."""
    keys, won = definition.keys, definition.won_position
    n = len(furthest)
    columns = {f"entered_{key}": pl.Series(entered[key], dtype=pl.Datetime("us")) for key in keys}
    frame = pl.DataFrame({"lead_id": [f"L{i}" for i in range(n)], **columns}).with_columns(
        created_at=pl.col(f"entered_{keys[0]}"),
        furthest_stage=pl.Series(furthest, dtype=pl.Int8),
        lost_at=pl.Series(lost_at, dtype=pl.Datetime("us")),
        amount=pl.Series(amount, dtype=pl.Float64).fill_nan(None),
        source=pl.Series(list(source), dtype=pl.String),
        observed_until=pl.lit(as_of),
    )
    steps: list[pl.Expr] = []
    for i, key in enumerate(keys[1:], 1):
        before = pl.col(f"entered_{keys[i - 1]}")
        following = pl.min_horizontal([f"entered_{later}" for later in keys[i:]])
        steps += [
            following.alias(f"next_{key}"),
            _days(before, pl.col(f"entered_{key}")).alias(f"days_{key}"),
            _days(before, following).alias(f"days_next_{key}"),
        ]
    is_won, is_lost = pl.col("furthest_stage") >= won, pl.col("lost_at").is_not_null()
    frame = frame.with_columns(*steps).with_columns(
        outcome=pl.when(is_won).then(pl.lit("won")).when(is_lost).then(pl.lit("lost")).otherwise(pl.lit("open")),
        lost_stage=pl.when(~is_won & is_lost).then(pl.col("furthest_stage") + 1),
        lost_at=pl.when(~is_won).then(pl.col("lost_at")),
        won_at=pl.col(f"entered_{definition.won_key}"),
        cycle_days=_days(pl.col("created_at"), pl.col(f"entered_{definition.won_key}")),
    )
    schema = journeys_schema(definition)
    missing = [pl.lit(None).alias(name) for name in schema if name not in frame.columns]
    return frame.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _days(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    days = (end - start).dt.total_microseconds() / 86_400_000_000
    return pl.when(days >= 0).then(days)


def _sources(
    sources: Mapping[str, tuple[float, float]], n: int, rng: np.random.Generator
) -> tuple[list[str | None], np.ndarray]:
    if not sources:
        return [None] * n, np.ones(n)
    names = list(sources)
    shares = np.array([sources[name][0] for name in names])
    drawn = rng.choice(len(names), size=n, p=shares / shares.sum())
    return [names[i] or None for i in drawn], np.array([sources[names[i]][1] for i in drawn])


def _instants(days: np.ndarray, plan: Simulation) -> np.ndarray:
    whole = np.floor(days) if plan.date_only else days
    origin = np.datetime64(datetime.combine(plan.start, datetime.min.time()), "us")
    known = ~np.isnan(whole)
    out = np.full(len(days), NAT)
    out[known] = origin + (whole[known] * 86_400_000_000).astype("timedelta64[us]")
    return out


def horizons_of(definition: FunnelDefinition, days: Sequence[float | None]) -> pl.DataFrame:
    """A horizons frame with the given H per step, as if typed."""
    return pl.DataFrame(
        {
            "position": pl.Series(range(2, len(definition.keys) + 1), dtype=pl.Int8),
            "stage": list(definition.keys[1:]),
            "days": pl.Series(list(days), dtype=pl.Float64),
            "n_advanced": pl.Series([100] * len(days), dtype=pl.Int64),
            "origin": ["typed" if value is not None else "too_short" for value in days],
        }
    )


def day(text: str) -> datetime:
    """``"2025-01-05"`` or ``"2025-01-05 09:30"``."""
    return datetime.fromisoformat(text)


def leads(definition: FunnelDefinition, rows: list[dict[str, Any]], as_of: date = date(2025, 12, 31)) -> pl.LazyFrame:
    """Journeys written by hand, one dict a lead: entries by stage key; what follows from them follows, unless given."""
    keys = definition.keys
    full: list[dict[str, Any]] = []
    for i, row in enumerate(rows):
        entered = [row.get(key) for key in keys]
        known = [p for p, at in enumerate(entered, 1) if at is not None]
        out: dict[str, Any] = {"lead_id": f"L{i}", "created_at": entered[0], "observed_until": as_of, "outcome": "open"}
        out |= {f"entered_{key}": at for key, at in zip(keys, entered, strict=True)}
        for p, key in enumerate(keys[1:], 1):
            later = [at for at in entered[p:] if at is not None]
            out[f"next_{key}"] = min(later, default=None)
            for name, at in ((f"days_{key}", entered[p]), (f"days_next_{key}", out[f"next_{key}"])):
                before = entered[p - 1]
                out[name] = (at - before).total_seconds() / 86400 if at and before and at >= before else None
        out["furthest_stage"] = max(known, default=1)
        if out["furthest_stage"] >= definition.won_position:
            out |= {"outcome": "won", "won_at": row.get(definition.won_key)}
            if out["won_at"] and out["created_at"]:
                out["cycle_days"] = (out["won_at"] - out["created_at"]).total_seconds() / 86400
        out |= {name: value for name, value in row.items() if name not in keys}
        full.append({"wins_until": out["observed_until"]} | out)
    schema = journeys_schema(definition)
    return pl.DataFrame(full, schema=schema, orient="row").lazy() if full else pl.DataFrame(schema=schema).lazy()


def parts_of(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    verdicts: pl.DataFrame,
    dimensions: Sequence[str] = DIMENSIONS,
) -> pl.DataFrame:
    """Where the shortfall of every step of ``step_verdicts`` sits, over the same leads."""
    spans = [
        Span("window", row["position"], row["window_start"], row["window_end"], row["horizon_days"])
        for row in verdicts.iter_rows(named=True)
        if row["horizon_days"] is not None
    ]
    return shortfall_parts(verdicts, count_groups(journeys, definition, spans, dimensions))
