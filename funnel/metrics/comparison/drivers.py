"""Why wins changed: exact Shapley contributions of each factor to customers and to revenue (metrics/README.md).

customers = leads · step rates;  revenue = customers · share of wins with an amount · mean recorded amount.

A factor's part is its marginal effect averaged over all orders in which the factors can be exchanged (Shorrocks 2013),
so the parts add up to the change whatever the order. One basis for all factors: *activity* counts what happened in each
window; *lead_cohort* follows the leads created in each window for equally many days.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, bounds
from funnel.metrics.thresholds import HORIZON_SHARE, MIN_LEADS
from funnel.schema import DriverParts, WindowFunnel

MOST_RATE = 2.0
"""A rate above 200 % is no rate of the team: what arrived did not enter in the window."""
DRAWS = 400

DriverBasis = Literal["activity", "lead_cohort"]


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """What one window holds: leads per stage from the first up to won, wins with an amount and their sum."""

    stages: tuple[int, ...]
    n_amounts: int
    amount: float


def window_funnel(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    before: Window,
    after: Window,
    basis: DriverBasis = "activity",
    *,
    followed_days: float | None = None,
) -> pl.DataFrame:
    """Leads per stage up to won in both windows, with the recorded amounts of the wins (schema ``WindowFunnel``).

    *activity*: first arrivals at or beyond the stage that happened in the window. *lead_cohort*: leads created in the
    window and followed at least ``followed_days`` (all of them stand at the first stage), that arrived at or beyond
    the stage within so many days of their creation.
    Undated leads and arrivals are in no window.
    """
    if basis == "lead_cohort" and followed_days is None:
        raise ValueError("the lead_cohort basis needs followed_days")
    keys = definition.keys[: definition.won_position]
    exprs = []
    for side, window in (("before", before), ("after", after)):
        for position, key in enumerate(keys, 1):
            first = "created_at" if basis == "lead_cohort" else f"entered_{key}"
            arrival = pl.col(first if position == 1 else f"next_{key}")
            inside = _inside(arrival, window, basis, followed_days)
            exprs.append(inside.sum().cast(pl.Int64).alias(f"{side}.{position}"))
            if key == definition.won_key:
                priced = inside & pl.col("amount").is_not_null()
                exprs += [
                    priced.sum().cast(pl.Int64).alias(f"{side}.n_amounts"),
                    pl.col("amount").filter(priced).sum().alias(f"{side}.amount"),
                ]
    found = journeys.select(exprs).collect().row(0, named=True)
    rows = []
    for position, key in enumerate(keys, 1):
        row: dict[str, Any] = {"position": position, "stage": key}
        for side in ("before", "after"):
            is_won = key == definition.won_key
            row[f"n_{side}"] = found[f"{side}.{position}"]
            row[f"n_amounts_{side}"] = found[f"{side}.n_amounts"] if is_won else None
            row[f"amount_{side}"] = found[f"{side}.amount"] if is_won else None
        rows.append(row)
    return WindowFunnel.validate(pl.DataFrame(rows, schema=WindowFunnel.create_empty().schema))


def _inside(arrival: pl.Expr, window: Window, basis: DriverBasis, followed_days: float | None) -> pl.Expr:
    start, end = (pl.lit(day) for day in bounds(window))
    if basis == "activity" or followed_days is None:
        return arrival.dt.date().is_between(start, end).fill_null(False)
    created = pl.col("created_at").dt.date()
    followed = (pl.col("observed_until") - created).dt.total_days() >= math.ceil(followed_days)
    in_time = (arrival.dt.date() - created).dt.total_days() <= followed_days
    return (created.is_between(start, end) & followed & in_time).fill_null(False)


def equal_follow_up(journeys: pl.LazyFrame, definition: FunnelDefinition) -> float | None:
    """Days from creation to won that 95 % of the won leads kept within: how long *lead_cohort* follows each lead.

    Null below 20 wins. Among all wins seen so far, hence rather short in a young history: it is the same for both
    windows, so the comparison stays fair.
    """
    days = (pl.col(f"next_{definition.won_key}").dt.date() - pl.col("created_at").dt.date()).dt.total_days()
    found = journeys.select(days.alias("days")).filter(pl.col("days") >= 0)
    n, quantile = (
        found.select(pl.len(), quantile=pl.col("days").quantile(HORIZON_SHARE, interpolation="linear")).collect().row(0)
    )
    return math.ceil(quantile) if n >= MIN_LEADS else None


def told_apart(funnel: pl.DataFrame, dated: Collection[str]) -> list[int] | None:
    """The stages (their places, from 0) whose rates can be told apart: dated ones, with at least 20 leads before each
    step in both windows and no rate above 200 %. The first and won always stay; null where not even they can.

    What lies between two of them folds into one factor.
    """
    keys = funnel["stage"].to_list()
    counts = [funnel[f"n_{side}"].to_list() for side in ("before", "after")]
    places = [i for i, key in enumerate(keys) if key in dated or i in (0, len(keys) - 1)]

    def fails(earlier: int, later: int) -> bool:
        return any(n[earlier] < MIN_LEADS or n[later] > MOST_RATE * n[earlier] for n in counts)

    while True:
        bad = next(((i, j) for i, j in pairwise(places) if fails(i, j)), None)
        if bad is None:
            return places
        if len(places) == 2:
            return None
        places.remove(bad[0] if bad[0] != 0 else bad[1] if bad[1] != len(keys) - 1 else bad[0])


def part_is_certain(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    windows: tuple[Window, Window],
    basis: DriverBasis,
    parts: pl.DataFrame,
    *,
    followed_days: float | None = None,
    seed: int = 0,
) -> bool:
    """Whether the factor with the largest part in the direction of the change may be named as its cause: the 80 %
    interval of its part (400 draws of the leads with replacement) excludes 0 and the next-largest part.

    ``parts``: ``driver_parts`` of the same windows.
    """
    rows = parts.filter(pl.col("factor").is_in(["leads", "step_rate"]))
    stages = rows["stage"].to_list()
    marks = [
        _inside(
            pl.col(("created_at" if basis == "lead_cohort" else f"entered_{key}") if i == 0 else f"next_{key}"),
            window,
            basis,
            followed_days,
        ).alias(f"{side}.{i}")
        for side, window in enumerate(windows)
        for i, key in enumerate(stages)
    ]
    patterns = journeys.select(marks).group_by(pl.all()).len().collect()
    flags = patterns.drop("len").to_numpy().astype(float)
    counts = patterns["len"].to_numpy()
    draws = np.random.default_rng(seed).multinomial(counts.sum(), counts / counts.sum(), size=DRAWS) @ flags
    return _stands_out(draws, rows["customers"].to_numpy())


def totals_part_is_certain(funnel: pl.DataFrame, parts: pl.DataFrame, *, seed: int = 0) -> bool:
    """``part_is_certain`` for totals, of which no lead can be drawn: each total as a Poisson number of its size."""
    rows = parts.filter(pl.col("factor").is_in(["leads", "step_rate"]))
    counted = {row["stage"]: (row["n_before"], row["n_after"]) for row in funnel.iter_rows(named=True)}
    means = np.array([counted[stage] for stage in rows["stage"]]).T.reshape(-1)
    draws = np.random.default_rng(seed).poisson(means, size=(DRAWS, len(means)))
    return _stands_out(draws, rows["customers"].to_numpy())


def _stands_out(draws: np.ndarray, values: np.ndarray) -> bool:
    """Whether the 80 % interval of the largest part in the direction of the change excludes 0 and the next-largest
    part. ``draws``: the counts of the stages before, then after, a row each; ``values``: the parts as they are."""
    m = len(values)
    drawn = np.array([shapley_product(_rates(row[:m]), _rates(row[m:])) for row in draws])
    order = np.argsort(-values if values.sum() > 0 else values)
    low, high = np.quantile(drawn[:, order[0]], [0.1, 0.9])
    others = [0.0] + ([float(values[order[1]])] if m > 1 else [])
    return all(not low <= other <= high for other in others)


def _rates(counts: np.ndarray) -> list[float]:
    """The number of leads, then each stage by the one before; a stage without any before it counts as 0."""
    steps = [later / earlier if earlier else 0.0 for earlier, later in pairwise(counts)]
    return [float(counts[0]), *steps]


def driver_parts(funnel: pl.DataFrame, places: Sequence[int] | None = None) -> pl.DataFrame:
    """Every factor's part of the change in customers and in revenue (schema ``DriverParts``). ``funnel``: WindowFunnel.

    ``places``: of the stages that make the chain (``told_apart``); null: all that can.

    A stage that is empty in one window although later ones are not cannot stand in a chain of rates: it is left out and
    the rate goes from the stage before to the one after, in both windows. A factor that is null (nobody to count it on)
    takes the other window's value; null in both: 1.
    """
    positions = list(places or _chain(funnel["n_before"].to_list(), funnel["n_after"].to_list()))
    before, after = (_counts(funnel, positions, side) for side in ("before", "after"))
    stages = funnel["stage"].to_list()
    names: list[tuple[str, str | None, str | None]] = [("leads", None, stages[positions[0]])]
    names += [("step_rate", stages[earlier], stages[later]) for earlier, later in pairwise(positions)]
    names += [("amount_share", None, None), ("mean_amount", None, None)]
    factors0, factors1 = _factors(before), _factors(after)
    used0, used1 = _filled(factors0, factors1), _filled(factors1, factors0)
    n_customers = len(positions)
    customers = shapley_product(used0[:n_customers], used1[:n_customers])
    revenue = shapley_product(used0, used1)
    rows = [
        {
            "order": i,
            "factor": factor,
            "from_stage": earlier,
            "stage": stage,
            "before": factors0[i],
            "after": factors1[i],
            "customers": customers[i] if i < n_customers else 0.0,
            "revenue": revenue[i],
        }
        for i, (factor, earlier, stage) in enumerate(names)
    ]
    return DriverParts.validate(pl.DataFrame(rows, schema=DriverParts.create_empty().schema))


def has_rate_above_1(parts: pl.DataFrame) -> bool:
    """Whether a step rate of either window (schema ``DriverParts``) exceeds 100 %: what arrived in the window did not
    enter in it, so the parts say little about the team."""
    rates = parts.filter(pl.col("factor") == "step_rate")
    return bool((pl.concat([rates["before"], rates["after"]]) > 1).any())


def shapley_product(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """Exact Shapley parts of each factor in the change of the product, Π after - Π before.

    Every subset of exchanged factors is weighed by how many orders lead through it (2^m products, m factors). The parts
    add up to the change to the last digits, however large they are beside it.
    """
    m = len(before)
    subsets = np.arange(2**m)
    bits = (subsets[:, None] >> np.arange(m)) & 1
    products = np.where(bits == 1, np.asarray(after, dtype=float), np.asarray(before, dtype=float)).prod(axis=1)
    sizes = bits.sum(axis=1)
    weights = np.array([math.factorial(size) * math.factorial(m - 1 - size) for size in range(m)]) / math.factorial(m)
    parts = []
    for i in range(m):
        without = subsets[bits[:, i] == 0]
        gains = products[without | (1 << i)] - products[without]
        parts.append(math.fsum(weights[sizes[without]] * gains))
    # Products of large rates cancel: what they lose in rounding goes to the smallest part, which can hold it.
    moved = [i for i in range(m) if parts[i]]
    if moved:
        smallest = min(moved, key=lambda i: abs(parts[i]))
        parts[smallest] += math.fsum([products[-1], -products[0], *(-part for part in parts)])
    return parts


def _chain(before: Sequence[int], after: Sequence[int]) -> list[int]:
    """Indices of the stages whose counts make a chain in both windows; the last (won) is always one."""

    def breaks(counts: Sequence[int], i: int) -> bool:
        return counts[i] == 0 and any(counts[i + 1 :])

    return [i for i in range(len(before)) if not breaks(before, i) and not breaks(after, i)]


def _counts(funnel: pl.DataFrame, positions: Sequence[int], side: str) -> WindowCounts:
    counts = funnel[f"n_{side}"].to_list()
    return WindowCounts(
        tuple(counts[i] for i in positions), funnel[f"n_amounts_{side}"][-1], funnel[f"amount_{side}"][-1]
    )


def _factors(counts: WindowCounts) -> list[float | None]:
    """Leads, step rates, share of wins with an amount, mean recorded amount; null where there is nobody to count on."""
    rates = [later / earlier if earlier else None for earlier, later in pairwise(counts.stages)]
    wins = counts.stages[-1]
    return [
        float(counts.stages[0]),
        *rates,
        counts.n_amounts / wins if wins else None,
        counts.amount / counts.n_amounts if counts.n_amounts else None,
    ]


def _filled(own: Sequence[float | None], other: Sequence[float | None]) -> list[float]:
    """Each factor, or the other window's where it is null, or 1 where both are."""
    pairs = zip(own, other, strict=True)
    return [mine if mine is not None else its if its is not None else 1.0 for mine, its in pairs]
