"""Promise against result: is a strategy to be continued, paused or replaced? (metrics/README.md)"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import bounds
from funnel.metrics import statistics
from funnel.metrics.comparison.compare import SELECTION_SHRINK, choose_pair, too_many_undated
from funnel.metrics.comparison.months import swing_months, swing_of
from funnel.metrics.comparison.windows import PairChoice, Selection
from funnel.metrics.steps.days import StepHistory, histories
from funnel.metrics.thresholds import AS_LIKELY, HALF_UNLIKELY, MIN_LEADS, PROMISED_PP, SURE, UNLIKELY
from funnel.schema import Overlaps, Promises


@dataclass(frozen=True, slots=True)
class StrategyRun:
    """What a comparison needs to know of a strategy.

    ``stage``: the stage whose step it works on. ``promised_pp``: points over the baseline, within H days.
    ``stated_rate``: the baseline (0-1) written down before the start. ``selection``: the days that made it necessary.
    ``ends_on``: last day, null while it runs.
    """

    strategy_id: str
    title: str
    stage: str
    starts_on: date
    ends_on: date | None = None
    decision_on: date | None = None
    promised_pp: float = PROMISED_PP
    stated_rate: float | None = None
    state: str = "active"
    stop_rule_broken: bool = False
    selection: Selection | None = None


@dataclass(frozen=True, slots=True)
class KnownChange:
    """Something else that happened and may explain a change: a new price, a new team. No stage: the whole funnel."""

    change_id: str
    title: str
    starts_on: date
    ends_on: date | None = None
    stage: str | None = None


def judge_promises(
    counted: pl.DataFrame,
    definition: FunnelDefinition,
    horizons: pl.DataFrame,
    as_of: date,
    strategies: Sequence[StrategyRun],
) -> pl.DataFrame:
    """Every strategy that has started by as-of against its promise (schema ``Promises``), in the order given.

    ``counted``: schema ``StepDays``. Strategies of stages that have no step (the first, or one no longer in the funnel)
    have no row: there is no rate to judge them by.
    """
    positions = range(2, len(definition.keys) + 1)
    days_of = dict(horizons.select("position", "days").iter_rows())
    known = histories(counted, positions)
    rows = []
    for run in strategies:
        if run.stage in definition.keys[1:] and run.starts_on <= as_of:
            position = definition.position(run.stage)
            rows.append(_promise(run, position, known[position], days_of.get(position), as_of))
    return Promises.validate(pl.DataFrame(rows, schema=Promises.create_empty().schema))


def recommendation(
    p_rose: float | None, p_half: float | None, p_promise: float | None, stop_rule_broken: bool
) -> tuple[str, str]:
    """What to do and why, from the three probabilities (null: nothing can be said yet).

    A broken stop rule and a rate that very probably fell come first: such a strategy is paused at once.
    """
    if stop_rule_broken:
        return "pause", "stop_rule"
    if p_rose is None or p_half is None or p_promise is None:
        return "undecided", "too_little_data"
    if 1 - p_rose >= SURE:
        return "pause", "fell"
    if p_rose >= SURE and p_half >= AS_LIKELY:
        return "continue", "rose"
    if p_promise < UNLIKELY and p_half < HALF_UNLIKELY:
        return "replace", "promise_out_of_reach"
    return "undecided", "not_settled"


def overlaps(
    comparison: pl.DataFrame,
    promises: pl.DataFrame,
    strategies: Sequence[StrategyRun],
    changes: Sequence[KnownChange] = (),
) -> pl.DataFrame:
    """Strategies and changes that ran in the windows compared (schema ``Overlaps``): a change is not proof of cause.

    First for each step of ``comparison`` (schema ``StepComparison``), then for each strategy of ``promises``.
    """
    others = [
        *(("strategy", run.strategy_id, run.title, run.stage, run.starts_on, run.ends_on) for run in strategies),
        *(("change", one.change_id, one.title, one.stage, one.starts_on, one.ends_on) for one in changes),
    ]
    rows = []
    for subject, row in [
        *((None, row) for row in comparison.iter_rows(named=True)),
        *((row["strategy_id"], row) for row in promises.iter_rows(named=True)),
    ]:
        for kind, other_id, title, stage, starts_on, ends_on in others:
            touched = {f"in_{side}": _touches(starts_on, ends_on, row, side) for side in ("before", "after")}
            if (kind == "strategy" and other_id == subject) or not any(touched.values()):
                continue
            found = {"subject": subject, "position": row["position"], "stage": row["stage"], "kind": kind}
            found |= {"other_id": other_id, "title": title, "other_stage": stage}
            rows.append(found | {"starts_on": starts_on, "ends_on": ends_on} | touched)
    return Overlaps.validate(pl.DataFrame(rows, schema=Overlaps.create_empty().schema))


def _touches(starts_on: date, ends_on: date | None, row: Mapping[str, Any], side: str) -> bool:
    first, last = row[f"{side}_start"], row[f"{side}_end"]
    return first is not None and starts_on <= last and (ends_on is None or ends_on >= first)


def _promise(
    run: StrategyRun, position: int, history: StepHistory, horizon: float | None, as_of: date
) -> dict[str, Any]:
    choice = PairChoice("change", change_on=run.starts_on, until=run.ends_on, decision_on=run.decision_on)
    pair, baseline = choose_pair(history, horizon or 0.0, as_of, choice, run.selection if horizon is not None else None)
    before, after = history.side(pair.before), history.side(pair.after)
    row: dict[str, Any] = dict.fromkeys(Promises.column_names())
    row |= {"strategy_id": run.strategy_id, "title": run.title, "position": position, "stage": run.stage}
    row |= {"state": run.state, "starts_on": run.starts_on, "decision_on": run.decision_on}
    row |= {
        "is_interim": choice.is_interim(as_of),
        "horizon_days": horizon,
        "baseline": baseline,
        "is_cut": pair.is_cut,
    }
    (row["before_start"], row["before_end"]), (row["after_start"], row["after_end"]) = (
        bounds(pair.before),
        bounds(pair.after),
    )
    row |= {"n_before": before.n, "x_before": before.x, "rate_before": before.rate}
    row |= {"n_after": after.n, "x_after": after.x, "rate_after": after.rate}
    row |= {"stated_rate": run.stated_rate, "promised_pp": run.promised_pp, "stop_rule_broken": run.stop_rule_broken}
    if before.n and after.n:
        rate = before.x / before.n
        shrink = SELECTION_SHRINK.get(run.selection.n_compared, 0.0) if run.selection and baseline == "shrunk" else 0.0
        shift = min(shrink * math.sqrt(rate * (1 - rate) / before.n), 1 - rate)
        row["change_pp"] = 100 * (after.x / after.n - rate - shift)
        row["selection_pp"] = 100 * shift if shift else None
        if min(before.n, after.n) >= MIN_LEADS and not too_many_undated(before, after):
            # Where the months swing beyond chance, leads say as much as 1/σ² of them, as for the verdict of a step.
            swing = swing_of(swing_months(history, horizon or 0.0, as_of, run.starts_on))
            weight = 1 / swing.divisor**2 if swing is not None else 1.0
            advanced, baseline_x = weight * after.x, weight * (before.x + shift * before.n)
            counts = (advanced, weight * after.n, baseline_x, weight * before.n)
            row["p_rose"] = statistics.probability_of_rise(*counts)
            row["p_half"] = statistics.probability_of_rise(*counts, run.promised_pp / 200)
            row["p_promise"] = statistics.probability_of_rise(*counts, run.promised_pp / 100)
    row["recommendation"], row["reason"] = recommendation(
        row["p_rose"], row["p_half"], row["p_promise"], run.stop_rule_broken
    )
    if row["reason"] == "too_little_data":
        if horizon is None:
            row["reason"] = "history_too_short"
        elif min(before.n, after.n) >= MIN_LEADS:
            row["reason"] = "undated"
    return row
