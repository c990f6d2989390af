"""Process simplification: which stages add little, and what the funnel would look like without them.

A simulation builds the journeys anew from the same facts under the changed definition, so it says exactly what
importing the same data under that definition would say. Facts are never touched: the change can be undone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from funnel.definition.definition import MIN_STAGES, FunnelDefinition
from funnel.definition.edits import merge, remove
from funnel.errors import Message
from funnel.filters import Filters, apply_filters, in_window
from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.journeys.looks import one_look
from funnel.metrics.steps import conversion
from funnel.metrics.thresholds import DWELL_DAYS, MIN_LEADS, OFTEN_SKIPPED, PASS_RATE
from funnel.schema import Facts, SimulatedStages, SimulatedTotals, StageUse


@dataclass(frozen=True, slots=True)
class StageChange:
    """``merge`` a stage into its neighbour ``into``, or ``remove`` it."""

    kind: Literal["merge", "remove"]
    stage: str
    into: str | None = None


@dataclass(frozen=True)
class Simulation:
    """The funnel now and simulated. ``notes``: benchmarks and deadlines that no longer fit and would be dropped."""

    change: StageChange
    definition: FunnelDefinition
    stages: pl.DataFrame
    totals: pl.DataFrame
    notes: tuple[Message, ...]


def stage_use(journeys: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame) -> pl.DataFrame:
    """How much every stage is used and which could be merged or removed (schema ``StageUse``).

    A stage between the first and won is proposed for *removal* when it is often skipped, or when it decides nothing
    right before won; for *merging* when it passes nearly everything on or takes no time. Only with 20 leads to say so.
    """
    days_of = dict(horizons.select("position", "days").iter_rows())
    exprs = [
        expr.alias(f"{position}.{name}")
        for position in range(1, len(definition.keys) + 1)
        for name, expr in _use(definition, position, days_of.get(position + 1)).items()
    ]
    found = journeys.select(exprs).collect().row(0, named=True)
    rows = []
    for position, key in enumerate(definition.keys, 1):
        row: dict[str, Any] = {"position": position, "stage": key}
        row |= {name: found[f"{position}.{name}"] for name in _USE}
        rows.append(row | _proposal(definition, row))
    return StageUse.validate(pl.DataFrame(rows, schema=StageUse.create_empty().schema))


def possible_changes(definition: FunnelDefinition) -> tuple[StageChange, ...]:
    """Every merge with a neighbour and every removal that ``simplified`` accepts."""
    if len(definition.keys) <= MIN_STAGES:
        return ()
    changes = []
    for stage, following in zip(definition.stages, definition.stages[1:], strict=False):
        if stage.is_won or following.is_won:
            continue
        changes += [StageChange("merge", stage.key, following.key), StageChange("merge", following.key, stage.key)]
    changes += [StageChange("remove", stage.key) for stage in definition.stages[1:] if not stage.is_won]
    return tuple(changes)


def simplified(definition: FunnelDefinition, change: StageChange) -> tuple[FunnelDefinition, tuple[Message, ...]]:
    """The definition after a merge or removal, and what had to be dropped with it.

    The merged stage keeps the name of ``into`` and is entered by the earlier of both stages, so it takes the benchmark
    and the deadline of the earlier one. The step out of it (or over a removed stage) now starts elsewhere: its
    benchmark and its deadline are dropped and named. Raises InputError when the change is not possible: won stays alone
    (nobody becomes a customer by tidying up), the first stage stays, only neighbours merge, two stages remain.
    """
    if change.kind == "remove":
        edited = remove(definition, change.stage)
    else:
        edited = merge(definition, change.stage, change.into or "")
    return edited.definition, edited.notes


def simulate(
    facts: Facts,
    definition: FunnelDefinition,
    as_of: date,
    change: StageChange,
    *,
    filters: Filters = Filters(),  # noqa: B008  (frozen)
) -> Simulation:
    """Counts, rates and cycle now and after ``change``, for the leads created in the window of ``filters``.

    Raises InputError when the change is not possible.
    """
    new_definition, notes = simplified(definition, change)
    stages, totals, shortest = [], [], None
    for side, one in (("now", definition), ("simulated", new_definition)):
        with one_look():
            journeys = build_journeys(facts, one, as_of).collect().lazy()
        horizons = conversion.horizons(journeys, one, as_of)
        chosen = apply_filters(journeys, filters)
        table = conversion.step_table(chosen, one, filters.window, as_of, horizons)
        stages.append(table.select(pl.lit(side).alias("side"), *SimulatedStages.column_names()[1:]))
        created = chosen.filter(in_window(pl.col("created_at"), filters.window))
        totals.append(_totals(created, one, side) | {"shortest_cycle_days": None})
        if side == "now":
            shortest = _shortest_cycle(created, definition, change.stage)
    totals[1]["shortest_cycle_days"] = shortest
    return Simulation(
        change,
        new_definition,
        SimulatedStages.validate(pl.concat(stages)),
        SimulatedTotals.validate(pl.DataFrame(totals, schema=SimulatedTotals.create_empty().schema)),
        notes,
    )


_USE = (
    "n_reached",
    "n_own_entries",
    "skip_share",
    "pass_n",
    "pass_advanced",
    "pass_rate",
    "n_dwell",
    "median_dwell_days",
)


def _use(definition: FunnelDefinition, position: int, horizon: float | None) -> dict[str, pl.Expr]:
    """The figures of one stage; ``horizon``: H of the step out of it."""
    own = pl.col(f"entered_{definition.keys[position - 1]}")
    reached, n_own = (pl.col("furthest_stage") >= position).sum(), own.is_not_null().sum()
    skipped = ((pl.col("furthest_stage") >= position) & own.is_null()).sum()
    nothing = pl.lit(None, dtype=pl.Int64)
    figures = {
        "n_reached": reached.cast(pl.Int64),
        "n_own_entries": n_own.cast(pl.Int64),
        "skip_share": pl.when((reached > 0) & (n_own > 0)).then(skipped / reached),
        "pass_n": nothing,
        "pass_advanced": nothing,
        "pass_rate": nothing.cast(pl.Float64),
        "n_dwell": pl.lit(0, dtype=pl.Int64),
        "median_dwell_days": nothing.cast(pl.Float64),
    }
    if position == len(definition.keys):
        return figures
    following = definition.keys[position]
    dwell = pl.col(f"days_next_{following}").drop_nulls()
    figures |= {
        "n_dwell": dwell.len().cast(pl.Int64),
        "median_dwell_days": dwell.cast(pl.Float64).quantile(0.5, interpolation="linear"),
    }
    if horizon is not None:
        followed = (pl.col("observed_until") - own.dt.date()).dt.total_days() >= math.ceil(horizon)
        passed = (followed & (pl.col("furthest_stage") > position)).sum()
        figures |= {
            "pass_n": followed.sum().cast(pl.Int64),
            "pass_advanced": passed.cast(pl.Int64),
            "pass_rate": pl.when(followed.sum() > 0).then(passed / followed.sum()),
        }
    return figures


def _proposal(definition: FunnelDefinition, row: dict[str, Any]) -> dict[str, Any]:
    position = row["position"]
    skipped = row["n_reached"] >= MIN_LEADS and (row["skip_share"] or 0.0) >= OFTEN_SKIPPED
    passes = (row["pass_n"] or 0) >= MIN_LEADS and (row["pass_rate"] or 0.0) >= PASS_RATE
    no_time = row["n_dwell"] >= MIN_LEADS and row["median_dwell_days"] < DWELL_DAYS
    found: dict[str, Any] = {"is_often_skipped": skipped, "passes_nearly_all": passes, "takes_no_time": no_time}
    found |= {"proposal": None, "into": None}
    is_inner = 1 < position < definition.won_position and len(definition.keys) > MIN_STAGES
    if is_inner and skipped:
        found["proposal"] = "remove"
    elif is_inner and (passes or no_time):
        # Before won there is nothing to merge with: whoever is let through has bought.
        if position + 1 < definition.won_position:
            found |= {"proposal": "merge", "into": definition.keys[position]}
        else:
            found["proposal"] = "remove"
    return found


def _totals(journeys: pl.LazyFrame, definition: FunnelDefinition, side: str) -> dict[str, Any]:
    is_won = pl.col("furthest_stage") >= definition.won_position
    cycle = pl.col("cycle_days").cast(pl.Float64).drop_nulls()
    n_leads, n_won, n_cycle, median = (
        journeys.select(
            pl.len(), is_won.sum(), cycle.len(), cycle.quantile(0.5, interpolation="linear").alias("median")
        )
        .collect()
        .row(0)
    )
    return {
        "side": side,
        "n_stages": len(definition.keys),
        "n_leads": n_leads,
        "n_won": n_won,
        "won_rate": n_won / n_leads if n_leads else None,
        "n_cycle": n_cycle,
        "median_cycle_days": median,
    }


def _shortest_cycle(journeys: pl.LazyFrame, definition: FunnelDefinition, stage: str) -> float | None:
    """Median cycle of the won leads less the days they spent in ``stage`` (0 where they skipped it)."""
    position = definition.position(stage)
    if position >= definition.won_position:
        return None
    dwell = pl.col(f"days_next_{definition.keys[position]}").cast(pl.Float64).fill_null(0)
    cycle = (pl.col("cycle_days").cast(pl.Float64) - dwell).drop_nulls()
    return journeys.select(cycle.quantile(0.5, interpolation="linear")).collect().item()
