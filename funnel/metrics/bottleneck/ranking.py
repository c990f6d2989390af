"""Which step loses most, how sure that is, and what it is worth.

The unit is the step cohort: leads with an own entry into the stage before, followed at least H days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import Window, months_before
from funnel.metrics import statistics
from funnel.metrics.asking import Asking, Metric, side_by_side
from funnel.metrics.gathering import Sums
from funnel.metrics.steps.cohorts import Span, StepCells, count_spans, horizon_of, step_window
from funnel.metrics.steps.patterns import happened_in
from funnel.metrics.thresholds import ALPHA, FLOOR_FACTOR, MIN_LEADS, PAST_MONTHS, SKIPS_THAT_MATTER
from funnel.schema import StepVerdicts

QUARTER_DAYS = 365.25 / 4

WINDOW, PAST, LATER = "window", "past", "later"


@dataclass(frozen=True, slots=True)
class DealSize:
    """Average deal size over ``n`` wins with an amount; ``error`` its standard error (null below two wins)."""

    mean: float | None
    error: float | None
    n: int


@Metric
def step_verdicts(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    window: Window,
    as_of: date,
    horizons: pl.DataFrame,
    *,
    own_past: frozenset[str] = frozenset(),
    seed: int = 0,
    cells: StepCells | None = None,
) -> Asking[pl.DataFrame]:
    """Judge every step of the funnel (``schema.StepVerdicts``).

    - ``journeys``: filtered leads; ``horizons``: ``schema.Horizons`` of the unfiltered ones.
    - ``own_past``: stages whose benchmark is switched off in favour of the company's own 12 months before the window;
      a stage without a benchmark uses them anyhow.
    - ``seed``: of the draws behind the 80 % ranges.
    - ``cells``: ``step_cohorts.step_cells`` of the same leads, where they are at hand.
    """
    days = horizon_of(horizons)
    origins = zip(horizons["position"], horizons["origin"], strict=True)
    undated = {position for position, origin in origins if origin == "undated"}
    spans, windows = _spans(definition, window, as_of, days)
    counted, deal = yield from side_by_side(
        count_spans.asked(journeys, definition, spans, cells=cells), deal_size.asked(journeys, as_of)
    )
    counts = {(row["span"], row["position"]): row for row in counted}
    later = later_rates(definition, counts, days)
    rows = [
        _counted(
            definition,
            position,
            counts,
            windows[position],
            horizon=days.get(position),
            as_of=as_of,
            own_past=own_past,
            is_dated=position not in undated,
        )
        for position in range(2, len(definition.keys) + 1)
    ]
    _judge(rows)
    for row in rows:
        _stake(row, definition, counts, later, deal=deal, seed=seed)
    _rank(rows)
    schema = StepVerdicts.create_empty().schema
    return StepVerdicts.validate(pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema))


@Metric
def deal_size(journeys: pl.LazyFrame, as_of: date) -> Asking[DealSize]:
    """Average amount of the wins of the 12 months up to ``as_of``; wins without an amount are left out."""
    first = months_before(as_of + timedelta(days=1), PAST_MONTHS)
    amount = pl.col("amount")
    won = amount.filter(happened_in(pl.col("won_at"), Window("dates", first, as_of)) & amount.is_not_null())
    sums = {"total": won.sum(), "squares": (won * won).sum(), "n": won.len().cast(pl.Int64)}
    [found] = yield [Sums(journeys, sums)]
    total, squares, n = found.values()
    if not n:
        return DealSize(None, None, 0)
    error = math.sqrt(max(0.0, squares - total * total / n) / (n - 1) / n) if n > 1 else None
    return DealSize(total / n, error, n)


def later_rates(
    definition: FunnelDefinition, counts: Mapping[tuple[str, int], Mapping[str, Any]], days: Mapping[int, float]
) -> dict[int, float | None]:
    """Position → (x+½)/(n+1) of the step in its last 12 mature months; null where H or the data cannot tell."""
    rates: dict[int, float | None] = {}
    for position in range(2, len(definition.keys) + 1):
        row = counts[(LATER, position)]
        known = position in days and row["n"] > 0 and row["n_unknown_place"] == 0
        rates[position] = (row["advanced"] + 0.5) / (row["n"] + 1) if known else None
    return rates


def window_spans(definition: FunnelDefinition, window: Window, as_of: date, horizons: pl.DataFrame) -> list[Span]:
    """The days of the window of every step whose H is known: what ``step_verdicts`` judges."""
    days = horizon_of(horizons)
    places = [place for place in range(2, len(definition.keys) + 1) if place in days]
    return [Span(WINDOW, place, *step_window(window, as_of, days[place]), days[place]) for place in places]


def _spans(
    definition: FunnelDefinition, window: Window, as_of: date, days: Mapping[int, float]
) -> tuple[list[Span], dict[int, tuple[date | None, date | None]]]:
    """The window, the 12 months before it (none for *All time*) and the last 12 mature months, of every step."""
    spans: list[Span] = []
    windows: dict[int, tuple[date | None, date | None]] = {}
    for position in range(2, len(definition.keys) + 1):
        followed = days.get(position, 0.0)
        start, end = step_window(window, as_of, followed)
        windows[position] = (start, end)
        spans.append(Span(WINDOW, position, start, end, followed))
        if start is not None:
            spans.append(Span(PAST, position, months_before(start, PAST_MONTHS), start - timedelta(days=1), followed))
        last = as_of - timedelta(days=math.ceil(followed))
        first = months_before(last + timedelta(days=1), PAST_MONTHS)
        spans.append(Span(LATER, position, first, last, followed))
    return spans, windows


def _counted(
    definition: FunnelDefinition,
    position: int,
    counts: Mapping[tuple[str, int], Mapping[str, Any]],
    window: tuple[date | None, date | None],
    *,
    horizon: float | None,
    as_of: date,
    own_past: frozenset[str],
    is_dated: bool,
) -> dict[str, Any]:
    """The counts, rates and reference of one step, with ``reason`` where it cannot be judged."""
    before, stage = definition.step(position)
    now = counts[(WINDOW, position)]
    past = counts.get((PAST, position))
    n, x = now["n"], now["advanced"]
    skips = now["reached_advanced"] > 0 and now["skipped"] / now["reached_advanced"] > SKIPS_THAT_MATTER
    row: dict[str, Any] = {
        "position": position,
        "from_stage": before.key,
        "stage": stage.key,
        "is_post_sale": stage.is_post_sale,
        "window_start": window[0],
        "window_end": window[1],
        "horizon_days": horizon,
        **{name: now[name] for name in ("n", "advanced", "lost", "waiting", "own_advanced", "reached_n")},
        **{name: now[name] for name in ("reached_advanced", "n_immature", "n_undated", "n_unknown_place")},
        "shows_both_counts": skips,
        "past_n": past["n"] if past else 0,
        "past_advanced": past["advanced"] if past else 0,
        "_days": _length(now, window, as_of - timedelta(days=math.ceil(horizon or 0.0))),
    }
    is_known = n > 0 and now["n_unknown_place"] == 0 and is_dated
    row["rate"] = x / n if is_known else None
    row["rate_low"], row["rate_high"] = statistics.wilson_interval(x, n) if is_known else (None, None)
    row["own_rate"] = now["own_advanced"] / n if is_known else None
    # Where dates run backwards, leads with an own entry in the window may have reached the stage outside of it.
    row["reached_rate"] = now["reached_advanced"] / now["reached_n"] if is_known and now["reached_n"] else None
    if stage.benchmark and stage.key not in own_past:
        row |= {"reference": "benchmark", "low": stage.benchmark.low, "high": stage.benchmark.high}
        row["_reached_low"], row["_reached_high"] = stage.benchmark.low, stage.benchmark.high
    elif past and min(past["n"], past["reached_n"]) >= MIN_LEADS and past["n_unknown_place"] == 0:
        low, high = statistics.wilson_interval(past["advanced"], past["n"])
        row |= {"reference": "own_past", "low": low, "high": high}
        reached = statistics.wilson_interval(past["reached_advanced"], past["reached_n"])
        row["_reached_low"], row["_reached_high"] = reached
    else:
        row |= {"reference": "none", "low": None, "high": None, "_reached_low": None, "_reached_high": None}
    row["gap_pp"] = None if row["rate"] is None or row["low"] is None else 100 * (row["rate"] - row["low"])
    row["verdict"], row["reason"] = _not_judged(row, now, horizon, is_dated)
    return row


def _length(now: Mapping[str, Any], window: tuple[date | None, date | None], last: date) -> int | None:
    """Days over which the counted leads entered: the window (or from the first entry) as far as it is mature."""
    if now["n"] == 0:
        return None
    start, end = window[0] or now["first_on"], min(window[1] or last, last)
    return (end - start).days + 1


def _not_judged(
    row: Mapping[str, Any], now: Mapping[str, Any], horizon: float | None, is_dated: bool
) -> tuple[str | None, str | None]:
    """Why a step gets no judgement: (verdict, reason); (None, None) when it can be judged."""
    if row["n_unknown_place"]:
        return "cannot_know", "unknown_place"
    if not is_dated:
        return "cannot_know", "dates_missing"
    if row["n"] == 0 and row["n_immature"] == 0 and row["n_undated"]:
        return "cannot_know", "undated"
    if row["n"] and now["n_same_instant"] == row["n"]:
        # One date stands for both stages: everybody "advances" at once, which says nothing about the step.
        return "cannot_know", "same_instant"
    if horizon is None:
        return "too_little_data", "history_too_short"
    if row["n"] < MIN_LEADS:
        return "too_little_data", "few_leads"
    if row["low"] is None:
        return "no_reference", "no_past"
    return None, None


def _judge(rows: Sequence[dict[str, Any]]) -> None:
    """Test the steps that can be judged against 0.95 · low, adjust by Holm, and give each its verdict.

    Where skips matter, the own count and the reached count are tested side by side and must agree.
    """
    judged = [row for row in rows if row["verdict"] is None]
    sides: dict[str, list[tuple[int, int, float, float]]] = {"own": [], "reached": []}
    for row in judged:
        plain = (row["advanced"], row["n"], row["low"], row["high"])
        both = row["shows_both_counts"]
        sides["own"].append((row["own_advanced"], *plain[1:]) if both else plain)
        reached = (row["reached_advanced"], row["reached_n"], row["_reached_low"], row["_reached_high"])
        sides["reached"].append(reached if both else plain)
    p_values: dict[str, list[float]] = {}
    adjusted: dict[str, list[float]] = {}
    for side, figures in sides.items():
        x, n, low, _ = zip(*figures, strict=True) if figures else ((),) * 4
        p_values[side] = statistics.binomial_tests_less(x, n, [FLOOR_FACTOR * one for one in low])
        adjusted[side] = (
            adjusted["own"] if side != "own" and figures == sides["own"] else statistics.holm(p_values[side])
        )
    for i, row in enumerate(judged):
        verdicts = [_verdict(*sides[side][i], adjusted[side][i]) for side in sides]
        agree = verdicts[0] == verdicts[1]
        row["verdict"] = verdicts[0] if agree else "depends_on_skips"
        row["reason"] = None if agree else "skips"
        row["p_value"] = max(p_values[side][i] for side in sides)
        row["p_adjusted"] = max(adjusted[side][i] for side in sides)


def _verdict(x: int, n: int, low: float, high: float, p_adjusted: float) -> str:
    rate = x / n
    if rate < low:
        return "significantly_below" if p_adjusted < ALPHA else "below_not_certain"
    return "above" if rate > high else "within"


def _stake(
    row: dict[str, Any],
    definition: FunnelDefinition,
    counts: Mapping[tuple[str, int], Mapping[str, Any]],
    later: Mapping[int, float | None],
    *,
    deal: DealSize,
    seed: int,
) -> None:
    """What lifting the step to the low end of its range would bring, and the 80 % range of that.

    Point: n · max(0, low − x/n) · Π (x+½)/(n+1) of the later steps · average deal size. Range: 10th to 90th percentile
    of the same product with the step's rate and the later rates drawn from Beta(x+½, n−x+½), the deal size from a Gamma
    distribution with its mean and standard error.
    """
    following = range(row["position"] + 1, definition.won_position + 1)  # none after won
    known = [later[position] for position in following]
    row["later_rate"] = None if None in known else math.prod(rate for rate in known if rate is not None)
    row["deal_size"], row["n_deals"] = deal.mean, deal.n
    judged = row["verdict"] in ("significantly_below", "below_not_certain", "within", "above")
    has_parts = row["rate"] is not None and row["low"] is not None and row["horizon_days"] is not None
    row["shortfall_leads"] = row["n"] * row["low"] - row["advanced"] if has_parts else None
    names = ("stake_customers", "stake_customers_low", "stake_customers_high")
    money = ("stake_revenue", "stake_revenue_low", "stake_revenue_high")
    row |= dict.fromkeys([*names, *money, *(_per_quarter(name) for name in (*names, *money))])
    for name in ("p_value", "p_adjusted"):
        row.setdefault(name, None)
    if not judged or row["later_rate"] is None:
        return
    customers = max(0.0, row["shortfall_leads"]) * row["later_rate"]
    drawn = statistics.stake_range(
        row["advanced"],
        row["n"],
        row["low"],
        [(counts[(LATER, position)]["advanced"], counts[(LATER, position)]["n"]) for position in following],
        None if deal.mean is None or deal.error is None else (deal.mean, deal.error),
        seed=seed + row["position"],
    )
    row |= dict(zip(names, (customers, *drawn.customers), strict=True))
    if deal.mean is not None:
        row |= dict(zip(money, (customers * deal.mean, *(drawn.revenue or (None, None))), strict=True))
    quarters = row["_days"] / QUARTER_DAYS
    row |= {_per_quarter(name): None if row[name] is None else row[name] / quarters for name in (*names, *money)}


def _per_quarter(name: str) -> str:
    return name.replace("stake_", "quarter_")


def _rank(rows: Sequence[dict[str, Any]]) -> None:
    """Rank by stake, post-sale steps apart; the bottleneck has the highest stake among the significantly below."""
    for row in rows:
        row["rank"], row["is_bottleneck"] = None, False
    for is_post_sale in (False, True):
        ranked = [row for row in rows if row["is_post_sale"] == is_post_sale and row["stake_customers"] is not None]
        for rank, row in enumerate(sorted(ranked, key=lambda row: (-row["stake_customers"], row["position"])), 1):
            row["rank"] = rank
    below = [row for row in rows if row["verdict"] == "significantly_below" and not row["is_post_sale"]]
    if below:
        # A stake can be unknown (a later step without history); then the larger shortfall in leads decides.
        most = max(below, key=lambda row: (row["stake_customers"] or 0.0, row["shortfall_leads"], -row["position"]))
        most["is_bottleneck"] = True
