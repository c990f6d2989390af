"""What a bottleneck report says of its steps: the sentence on top, the notes below it, and which step to look into."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from funnel.definition.definition import NO_TEXT, FunnelDefinition, Text
from funnel.errors import Message
from funnel.metrics.thresholds import MIN_LEADS
from funnel.reports.bottleneck.carried import NOT_JUDGED

Rows = Sequence[Mapping[str, Any]]
"""Rows of ``schema.StepVerdicts``."""


def focus_of(
    definition: FunnelDefinition, steps: Rows, bottleneck: int | None, asked: str | None, on_path: frozenset[int]
) -> int | None:
    if asked is not None:
        return definition.position(asked)
    if bottleneck is not None:
        return bottleneck
    staked = [row for row in steps if not row["is_post_sale"] and (row["stake_customers"] or 0) > 0]
    found = min(staked, key=_by_rank, default=None) or next(iter(_rated(steps, on_path)), None)
    return None if found is None else found["position"]


def _by_rank(row: Mapping[str, Any]) -> float:
    return math.inf if row["rank"] is None else row["rank"]


def _rated(steps: Rows, on_path: frozenset[int]) -> list[Mapping[str, Any]]:
    """The steps up to won on the main path whose rate rests on enough leads, the lowest first."""
    rated = [row for row in steps if not row["is_post_sale"] and row["rate"] is not None and row["n"] >= MIN_LEADS]
    rated = [row for row in rated if row["position"] in on_path and row["verdict"] != "cannot_know"]
    return sorted(rated, key=lambda row: (row["rate"], row["position"]))


def headline(definition: FunnelDefinition, steps: Rows, n_leads: int, on_path: frozenset[int]) -> Message:
    if not n_leads:
        return Message("bottleneck.no_leads")
    row = next((row for row in steps if row["is_bottleneck"]), None)
    if row is not None:
        code = "bottleneck.found_own_past" if row["reference"] == "own_past" else "bottleneck.found"
        return Message(code, _params(definition, row) | {"worth": _worth(row)})
    presale = [row for row in steps if not row["is_post_sale"]]
    judged = [row for row in presale if row["verdict"] not in NOT_JUDGED]
    if judged:
        below = [row for row in judged if row["verdict"] == "below_not_certain"]
        if not below:
            return Message("bottleneck.none", {"n_steps": len(judged)})
        row = min(below, key=_by_rank)
        return Message("bottleneck.none_but_below", {"n_steps": len(judged)} | _params(definition, row))
    rated = _rated(steps, on_path)
    if not rated:
        cannot = any(row["verdict"] == "cannot_know" for row in presale)
        return Message("bottleneck.cannot_know_where" if cannot else "bottleneck.too_little")
    reason = rated[0]["reason"] if rated[0]["reason"] in ("skips", "history_too_short") else "no_range"
    if reason == "history_too_short" and not rated[0]["waiting"]:
        reason = "all_closed"
    params = _params(definition, rated[0]) | {"why": Message(f"bottleneck.why_{reason}")}
    if len(rated) == 1:
        return Message("bottleneck.only_one", params)
    return Message("bottleneck.weakest_both" if rated[0]["shows_both_counts"] else "bottleneck.weakest", params)


def step_message(definition: FunnelDefinition, row: Mapping[str, Any]) -> Message:
    return Message(_code(row), _params(definition, row))


def _code(row: Mapping[str, Any]) -> str:
    """The sentence of a verdict; where it cannot be given, the sentence of the reason."""
    if row["verdict"] in ("cannot_know", "too_little_data"):
        return f"bottleneck.{row['verdict']}.{row['reason']}"
    return f"bottleneck.{row['verdict']}"


def not_judged(definition: FunnelDefinition, steps: Rows) -> list[Message]:
    """Why steps get no verdict: one sentence for each reason, however many steps it holds."""
    by_code: dict[str, list[Mapping[str, Any]]] = {}
    for row in steps:
        if row["verdict"] in NOT_JUDGED:
            by_code.setdefault(_code(row), []).append(row)
    return [
        step_message(definition, rows[0]) if len(rows) == 1 else _several(definition, code, rows)
        for code, rows in by_code.items()
    ]


def _several(definition: FunnelDefinition, code: str, rows: Sequence[Mapping[str, Any]]) -> Message:
    names = [
        Message("bottleneck.step", {name: params[name] for name in ("from_stage", "stage")})
        for params in (_params(definition, row) for row in rows)
    ]
    n_unknown = max(row["n_unknown_place"] for row in rows)
    return Message(f"{code}.several", {"steps": names, "n_unknown": n_unknown, "few": MIN_LEADS})


def post_sale(definition: FunnelDefinition, steps: Rows) -> list[Message]:
    below = [row for row in steps if row["is_post_sale"] and row["verdict"] == "significantly_below"]
    return [Message("bottleneck.post_sale_below", _params(definition, row)) for row in sorted(below, key=_by_rank)]


def reference_notes(definition: FunnelDefinition, steps: Rows) -> list[Message]:
    rows = [row for row in steps if row["reference"] == "own_past" and row["verdict"] not in NOT_JUDGED]
    if len(rows) < 2:
        return [Message("bottleneck.own_past", _params(definition, row)) for row in rows]
    return [_several(definition, "bottleneck.own_past", rows)]


def sla_notes(definition: FunnelDefinition, sla: pl.DataFrame) -> list[Message]:
    return [
        Message("sla.whole_days", {"stage": stage_name(definition, row["position"]), "n": row["n_whole_days"]})
        for row in sla.iter_rows(named=True)
        if row["n_whole_days"] > 0
    ]


def _params(definition: FunnelDefinition, row: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of every sentence about a step. Rates in per cent; stage names in both languages."""
    benchmark = definition.stages[row["position"] - 1].benchmark
    return {
        "from_stage": stage_name(definition, row["position"] - 1),
        "stage": stage_name(definition, row["position"]),
        "rate": percent(row["rate"]),
        "rate_low": percent(row["rate_low"]),
        "rate_high": percent(row["rate_high"]),
        "n": row["n"],
        "advanced": row["advanced"],
        "low": percent(row["low"]),
        "high": percent(row["high"]),
        "source": benchmark.source if benchmark and row["reference"] == "benchmark" else NO_TEXT,
        "past_n": row["past_n"],
        "own_rate": percent(row["own_rate"]),
        "reached_rate": percent(row["reached_rate"]),
        "n_unknown": row["n_unknown_place"],
        "n_undated": row["n_undated"],
        "n_immature": row["n_immature"],
        "few": MIN_LEADS,
    }


def _worth(row: Mapping[str, Any]) -> Message:
    """Per quarter and rounded: a stake is an estimate. ``revenue`` is money, for the page to show in its currency."""
    customers, revenue = row["quarter_customers"], row["quarter_revenue"]
    params = {"low": percent(row["low"]), "customers": _rounded(customers), "revenue": _rounded(revenue)}
    if customers is None:
        return Message("bottleneck.worth_none", params)
    return Message("bottleneck.worth_customers" if revenue is None else "bottleneck.worth_revenue", params)


def _rounded(value: float | None) -> float | int | None:
    """Two significant digits; below ten one decimal."""
    if value is None or value == 0:
        return value
    digits = min(1, 1 - math.floor(math.log10(abs(value))))
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)


def stage_name(definition: FunnelDefinition, position: int) -> Text:
    return definition.stages[position - 1].name
