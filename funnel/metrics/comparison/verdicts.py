"""The sentences of a comparison as codes with figures: what a page, a headline or an export says about a row.

Per cent and points are rounded to one digit here, so that every rendering shows the same number.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.metrics.comparison.simplification import Simulation
from funnel.metrics.thresholds import COUNT_Z, FOLLOWED_SHARE, MIN_LEADS, MIN_MONTHS, MUCH

MAX_WEEKS = 104
"""What takes longer than two years cannot be planned by the week."""

_NOT_JUDGED = ("history_too_short", "not_mature")

Row = dict[str, Any]


def step_name(definition: FunnelDefinition, position: int) -> Message:
    """A step by its two stages ("lead → intent")."""
    before, stage = definition.step(position)
    return Message("comparison.step", {"before": before.name, "stage": stage.name})


def verdict_message(definition: FunnelDefinition, row: Row) -> Message:
    """The verdict of one row of ``StepComparison``."""
    params: Row = {"step": step_name(definition, row["position"])}
    verdict = row["verdict"]
    if verdict == "history_too_short" and not row["n_entries_before"] + row["n_entries_after"]:
        return Message("comparison.no_dates", params)
    if verdict == "not_mature":
        params["day"] = row["judged_from"]
    elif verdict != "history_too_short":
        params |= _sides(row)
        params |= {"days": row["horizon_days"], "least": MIN_LEADS}
    if verdict in ("improved", "worsened", "this_step_alone", "no_clear_change"):
        params |= {"low": _points(row["change_low_pp"]), "high": _points(row["change_high_pp"])}
        params["change"] = abs(_points(row["change_pp"]))
    if verdict == "this_step_alone":
        params["direction"] = Message("comparison.rose" if row["change_pp"] > 0 else "comparison.fell")
    if verdict == "no_clear_change":
        if row["detectable_pp"] is None:
            return Message("comparison.no_clear_change_at_all", params)
        params["detectable"] = _points(row["detectable_pp"])
        if row["varies"]:
            # The interval knows of chance only, so it may leave out 0 although the months swing further.
            params["swing"] = round(row["sigma_z"], 1)
            return Message("comparison.no_clear_change_swings", params)
    if verdict == "undated":
        params["n"] = row["n_undated"]
    return Message(f"comparison.{verdict}", params)


def window_notes(definition: FunnelDefinition, row: Row, *, is_change: bool = False) -> tuple[Message, ...]:
    """Which leads one row of ``StepComparison`` compares, where they are not those that were asked for, and how many of
    them could be followed. ``is_change``: the windows lie around a change date. Nothing of a step not judged."""
    if row["verdict"] in _NOT_JUDGED:
        return ()
    step, days = step_name(definition, row["position"]), row["horizon_days"]
    windows = {name: row[name] for name in ("before_start", "before_end", "after_start", "after_end")}
    found = []
    if row["moved_months"]:
        found.append(Message("comparison.moved_back", {"step": step, "days": days, **windows}))
    if is_change:
        found.append(Message("comparison.shifted", {"step": step, "days": days, **windows}))
    if row["is_cut"]:
        found.append(Message("comparison.cut", {"step": step, "day": row["before_start"]}))
    if row["n_after"] < FOLLOWED_SHARE * row["n_entries_after"]:
        counts = {"n": row["n_after"], "entries": row["n_entries_after"], "days": days}
        found.append(Message("comparison.few_followed", {"step": step, **counts}))
    return tuple(found)


def notes(definition: FunnelDefinition, row: Row) -> tuple[Message, ...]:
    """What else must be said about one row of ``StepComparison`` besides ``window_notes``: whether the look is interim,
    how its baseline came about, whether the step swings by itself, and what the promised change would need."""
    if row["verdict"] in _NOT_JUDGED:
        return ()
    step = step_name(definition, row["position"])
    found = []
    if row["is_interim"]:
        found.append(Message("comparison.interim", {"step": step}))
    if row["baseline"] == "before_selection":
        window = {"start": row["before_start"], "end": row["before_end"]}
        found.append(Message("comparison.before_selection", {"step": step, **window}))
    if row["selection_pp"] is not None:
        found.append(_shrunk(definition, row))
    if row["varies"]:
        found.append(Message("comparison.varies", {"step": step, "n": row["n_months"]}))
    if row["varies"] is None and row["verdict"] in ("improved", "worsened"):
        found.append(Message("comparison.swing_unknown", {"step": step, "n": row["n_months"], "least": MIN_MONTHS}))
    if row["verdict"] in ("no_clear_change", "this_step_alone", "too_little_data"):
        found += needs(step, row)
    return tuple(found)


def _shrunk(definition: FunnelDefinition, row: Row) -> Message:
    step = step_name(definition, row["position"])
    return Message("comparison.shrunk", {"step": step, "points": _points(row["selection_pp"])})


def needs(step: Message, row: Row) -> list[Message]:
    """The leads and weeks that the promised change needs, where any number would do."""
    if row["needed_leads"] is None:
        return []
    params = {"step": step, "promised": _points(row["promised_pp"]), "leads": row["needed_leads"]}
    if row["needed_weeks"] is None:
        return [Message("comparison.needs_leads", params)]
    if row["needed_weeks"] > MAX_WEEKS:
        return [Message("comparison.needs_too_long", params)]
    return [Message("comparison.needs", {**params, "weeks": row["needed_weeks"]})]


def month_pair_message(definition: FunnelDefinition, row: Row) -> Message | None:
    """From when the asked month of a row of ``MonthPairs`` can be judged and which pair can be now; None if it is."""
    if row["is_mature"]:
        return None
    step = step_name(definition, row["position"])
    if row["judged_from"] is None:
        return Message("comparison.history_too_short", {"step": step})
    params: Row = {"step": step, "month": row["month"], "day": row["judged_from"]}
    if row["latest_month"] is None:
        return Message("comparison.month_from", {**params, "least": MIN_LEADS})
    figures = {name: row[name] for name in ("n_before", "x_before", "n_after", "x_after")}
    return Message("comparison.month_from_else", {**params, "latest": row["latest_month"], **figures})


def reversal_message(definition: FunnelDefinition, row: Row) -> Message | None:
    """A Simpson reversal of a row of ``MixParts`` in one sentence."""
    if row["reversal"] is None:
        return None
    params = {
        "step": step_name(definition, row["position"]),
        "dimension": Message(f"comparison.dimension.{row['dimension']}"),
        "change": abs(_points(row["change_pp"])),
    }
    return Message(f"comparison.reversal.{row['reversal']}", params)


def mix_message(definition: FunnelDefinition, row: Row) -> Message | None:
    """Execution and mix of a row of ``MixParts``; None where a side has no leads."""
    if row["change_pp"] is None:
        return None
    figures = {name: _signed(row[f"{name}_pp"]) for name in ("change", "rate_part", "mix_part")}
    dimension = Message(f"comparison.dimension.{row['dimension']}")
    return Message(
        "comparison.mix", {"step": step_name(definition, row["position"]), "dimension": dimension, **figures}
    )


def promise_message(definition: FunnelDefinition, row: Row) -> Message:
    """Why a strategy (a row of ``Promises``) is to be continued, paused, replaced, or is undecided."""
    params: Row = {"title": row["title"], "step": step_name(definition, row["position"])}
    if row["reason"] in ("rose", "fell", "promise_out_of_reach", "not_settled"):
        params |= {name: _probability(row[name]) for name in ("p_rose", "p_half", "p_promise")}
        params |= {"promised": _points(row["promised_pp"]), "change": _signed(row["change_pp"]), **_sides(row)}
        params["p_fell"] = _probability(1 - row["p_rose"])
    if row["reason"] == "too_little_data":
        params |= {"n_before": row["n_before"], "n_after": row["n_after"], "least": MIN_LEADS}
    return Message(f"comparison.promise.{row['reason']}", params)


def duration_message(definition: FunnelDefinition, row: Row) -> Message:
    """The verdict of a row of ``DurationComparison``."""
    params: Row = {"step": step_name(definition, row["position"]), "least": MIN_LEADS}
    params |= {"n_before": row["n_before"], "n_after": row["n_after"]}
    if row["verdict"] != "too_little_data":
        params |= {"before": round(row["median_before"], 1), "after": round(row["median_after"], 1)}
    return Message(f"comparison.duration.{row['verdict']}", params)


def control_message(definition: FunnelDefinition, rows: pl.DataFrame) -> Message:
    """What the control chart of one step says (``rows``: its part of ``ControlChart``)."""
    first = rows.row(0, named=True)
    step = step_name(definition, first["position"])
    if first["centre"] is None:
        n = {"n": first["n_baseline_months"], "least": MIN_MONTHS}
        return Message("comparison.control.no_limits", {"step": step, **n})
    outside = rows.filter(pl.col("is_outside"))["month"].to_list()
    if outside:
        return Message("comparison.control.outside", {"step": step, "n": len(outside), "last": outside[-1]})
    return Message("comparison.control.inside", {"step": step})


def proposal_messages(definition: FunnelDefinition, row: Row) -> tuple[Message, ...]:
    """Why a stage (a row of ``StageUse``) could go, and what is proposed; none when nothing is."""
    if row["proposal"] is None:
        return ()
    stage = definition.stage(row["stage"]).name
    found = []
    if row["is_often_skipped"]:
        share = round(100 * row["skip_share"])
        found.append(Message("simplification.often_skipped", {"stage": stage, "share": share, "n": row["n_reached"]}))
    if row["passes_nearly_all"]:
        passed = {"advanced": row["pass_advanced"], "n": row["pass_n"], "share": round(100 * row["pass_rate"])}
        found.append(Message("simplification.passes_nearly_all", {"stage": stage, **passed}))
    if row["takes_no_time"]:
        dwell = {"days": round(row["median_dwell_days"], 1), "n": row["n_dwell"]}
        found.append(Message("simplification.takes_no_time", {"stage": stage, **dwell}))
    if row["proposal"] == "merge":
        into = definition.stage(row["into"]).name
        found.append(Message("simplification.propose_merge", {"stage": stage, "into": into}))
    else:
        found.append(Message("simplification.propose_remove", {"stage": stage}))
    return tuple(found)


def simulation_messages(definition: FunnelDefinition, simulation: Simulation) -> tuple[Message, ...]:
    """What a merge or removal would change; ``definition`` is the one before it."""
    change, (now, then) = simulation.change, simulation.totals.to_dicts()
    params: Row = {"stage": definition.stage(change.stage).name, "n": then["n_stages"]}
    params |= {"won": then["n_won"], "leads": then["n_leads"]}
    found = []
    if change.kind == "merge" and change.into is not None:
        into = definition.stage(change.into).name
        found.append(Message("simplification.simulated_merge", {**params, "into": into}))
    else:
        found.append(Message("simplification.simulated_removal", params))
    if now["median_cycle_days"] is not None and then["shortest_cycle_days"] is not None:
        cycle = {"stage": params["stage"], "now": round(now["median_cycle_days"], 1)}
        found.append(Message("simplification.cycle", {**cycle, "shortest": round(then["shortest_cycle_days"], 1)}))
    return (*found, *simulation.notes)


def headline(
    definition: FunnelDefinition,
    comparison: pl.DataFrame,
    funnel: pl.DataFrame,
    drivers: pl.DataFrame,
    *,
    is_split: bool = True,
    longer: float = 1.0,
) -> tuple[Message, ...]:
    """The retrospective in a few sentences: customers and what moved them most, then the steps that changed.

    ``funnel``: schema ``WindowFunnel``, ``drivers``: schema ``DriverParts``; ``is_split``, ``longer``: see
    ``customers_message``.
    Where no step changed clearly, that is said; it is a finding too.
    """
    found = [customers_message(definition, funnel, drivers, is_split=is_split, longer=longer)]
    changed = comparison.filter(pl.col("verdict").is_in(["improved", "worsened"]))
    for row in changed.iter_rows(named=True):
        found.append(verdict_message(definition, row))
        if row["selection_pp"] is not None:
            found.append(_shrunk(definition, row))
    if changed.is_empty():
        n_judged = comparison["n_judged"].max() or 0
        found.append(
            Message("comparison.headline.no_change", {"n": n_judged})
            if n_judged
            else Message("comparison.headline.none_judged")
        )
    return tuple(found)


def customers_message(
    definition: FunnelDefinition,
    funnel: pl.DataFrame,
    drivers: pl.DataFrame,
    *,
    is_split: bool = True,
    longer: float = 1.0,
) -> Message:
    """How many customers more or fewer, the factor with the largest part in that direction, and the one that worked
    most against it, if much. ``is_split=False``: only how many, where the parts would mislead. A difference that chance
    explains neither rose nor fell. ``longer``: days of the after window for each day of the one before."""
    before, after = funnel["n_before"][-1], funnel["n_after"][-1]
    params: Row = {"before": before, "after": after}
    if before == after:
        return Message("comparison.headline.customers_same", params)
    if abs(after - longer * before) < COUNT_Z * math.sqrt(after + longer**2 * before):
        return Message("comparison.headline.customers_chance", params)
    code = f"comparison.headline.customers_{'rose' if after > before else 'fell'}"
    if not is_split:
        return Message(f"{code}_only", params)
    parts = drivers.filter(pl.col("factor").is_in(["leads", "step_rate"])).sort("customers", descending=after > before)
    largest, against = parts.row(0, named=True), parts.row(-1, named=True)
    params |= {"factor": factor_name(definition, largest), "part": _signed(largest["customers"])}
    if against["customers"] * (after - before) < 0 and abs(against["customers"]) >= MUCH * abs(after - before):
        params |= {"other": factor_name(definition, against), "against": _signed(against["customers"])}
        return Message(f"{code}_against", params)
    return Message(code, params)


def factor_name(definition: FunnelDefinition, row: Row) -> Message:
    """The name of a factor of ``DriverParts``."""
    if row["factor"] == "leads":
        return Message("comparison.factor.leads", {"stage": definition.stage(row["stage"]).name})
    if row["factor"] == "step_rate":
        stages = {"before": definition.stage(row["from_stage"]).name, "stage": definition.stage(row["stage"]).name}
        return Message("comparison.step", stages)
    return Message(f"comparison.factor.{row['factor']}")


def _sides(row: Row) -> Row:
    found: Row = {name: row[name] for name in ("n_before", "x_before", "n_after", "x_after")}
    for side in ("before", "after"):
        found[side] = None if row[f"rate_{side}"] is None else round(100 * row[f"rate_{side}"], 1)
    return found


def _points(value: float) -> float:
    return round(value, 1)


def _probability(p: float) -> float:
    """In per cent; never 0 or 100, because nothing is certain."""
    return min(99.9, max(0.1, round(100 * p, 1)))


def _signed(value: float) -> str:
    """With its sign; whole from 100 on, where a tenth of a customer only distracts."""
    if abs(value) >= 100:
        return f"{round(value):+,}"
    return f"{round(value, 1) + 0.0:+,.1f}"  # + 0.0: a rounded -0.0 is no fall
