"""The Bottleneck page without a screen: which step to work on, what it is worth, why there, and who has to act."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import NO_TEXT, FunnelDefinition, Text
from funnel.errors import InputError, Message
from funnel.filters import Filters, apply_filters, in_window
from funnel.metrics.bottleneck.causes import DIMENSION_CAUSES, REASON_WORDS, cause_evidence, lead_volume
from funnel.metrics.bottleneck.ranking import shortfall_parts, step_verdicts
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.metrics.deadlines.sla import deadline_effect, sla_table, waiting_leads
from funnel.metrics.journeys.evidence import only_reasons_say_lost
from funnel.metrics.journeys.owners import owner_changes
from funnel.metrics.steps.loss_reasons import loss_reasons, losses_left_out
from funnel.metrics.steps.slow_steps import handovers, often_skipped, slow_steps
from funnel.metrics.support import Support
from funnel.metrics.thresholds import MIN_LEADS
from funnel.reports.bottleneck.carried import (
    NOT_JUDGED,
    carried,
    groups_left_out,
    main_path,
    shares_stated,
    tells_outcome,
    timed,
)
from funnel.reports.workspace_data import WorkspaceData


@dataclass(frozen=True)
class BottleneckReport:
    """Everything the page shows. Frames: ``schema`` names in brackets. Never change them, sessions share them.

    - ``headline``: the sentence on top; ``facts``: further sentences (what cannot be known, notes on reading).
    - ``steps`` (StepVerdicts), ``parts`` (ShortfallParts), ``slow`` (SlowSteps), ``handovers`` (Handovers).
    - ``sla`` (SlaTable), ``sla_by_owner`` (SlaTable per owner at the entry where known, else the latest), ``waiting``
      (WaitingLeads), ``effects`` (DeadlineEffect), ``loss_reasons`` (LossReasons), ``causes`` (CauseEvidence).
    - ``bottleneck``: position of the step named as the bottleneck, null when none is significantly below.
    - ``focus``: position of the step to look into: the one asked for, else the bottleneck, else the one with the most
      at stake, else the weakest on the main path; null without any rate.
    - ``support``: what the workspace's data carry (null: everything).
    - ``n_leads``: leads under the filters, whatever the window; ``n_in_window``: those that entered a stage before
      another one in the window.
    """

    definition: FunnelDefinition
    filters: Filters
    as_of: date
    n_leads: int
    n_in_window: int
    headline: Message
    facts: tuple[Message, ...]
    bottleneck: int | None
    focus: int | None
    steps: pl.DataFrame
    parts: pl.DataFrame
    slow: pl.DataFrame
    handovers: pl.DataFrame
    sla: pl.DataFrame
    sla_by_owner: pl.DataFrame
    waiting: pl.DataFrame
    effects: pl.DataFrame
    loss_reasons: pl.DataFrame
    causes: pl.DataFrame
    support: Support | None = None

    def step_message(self, position: int) -> Message:
        """The verdict on one step in a sentence, with its reference and why where it cannot be judged."""
        return _step_message(self.definition, _row(self.steps, position))

    def cause_message(self, cause: Mapping[str, Any]) -> Message:
        """One row of ``causes`` in a sentence: the figure, or why there is none."""
        known = cause["stand"] != "cannot_know"
        params = {
            "stage": _name(self.definition, cause["position"]),
            "x": None if cause["x"] is None else round(cause["x"], 1),
            "n": cause["n"],
            "share": _percent(cause["share"]),
            "detail": cause["detail"] or Message("bottleneck.not_stated"),
        }
        code = f"causes.{cause['cause']}" if known else f"causes.{cause['cause']}.unknown"
        if cause["cause"] in DIMENSION_CAUSES.values():
            dimension = next(name for name, one in DIMENSION_CAUSES.items() if one == cause["cause"])
            if cause["stand"] == "contradicts":
                code += ".all_below"
            if not known and tells_outcome(self.support, dimension, cause["position"]):
                code = f"causes.{cause['cause']}.winners_only"
                params |= shares_stated(self.support, dimension, cause["position"])
        if known and cause["cause"] in REASON_WORDS and cause["detail"]:
            code += ".most_often"
        if cause["cause"] == "reasons_unknown" and not known and (cause["n"] or 0) >= MIN_LEADS:
            code += ".by_reason"
        return Message(code, params)

    @property
    def seldom_timed(self) -> tuple[int, ...]:
        """Positions of the steps up to won whose time seldom rests on two own dates (``often_skipped``)."""
        return often_skipped(self.slow)

    @property
    def knows_who_waits(self) -> bool:
        """Whether any step has a deadline or a known usual duration, by which a lead can be overdue or stale."""
        return not self.sla.is_empty() or self.slow["n_stale"].null_count() < self.slow.height

    @property
    def steps_compared(self) -> int:
        """How many steps were judged side by side: a step picked as the weakest of several was partly unlucky."""
        return self.steps.filter(~pl.col("verdict").is_in(NOT_JUDGED)).height

    def baseline(self, position: int) -> dict[str, Any]:
        """The measured facts of one step that a strategy starts from: ``x`` of ``n`` leads (``rate`` 0–1, null where it
        cannot be known) that entered from ``start`` to ``end`` (null: all time) and were followed ``horizon_days``
        days; the range ``low``–``high`` it is compared with and its ``reference``."""
        row = _row(self.steps, position)
        facts = {name: row[name] for name in ("rate", "n", "horizon_days", "low", "high", "reference")}
        return facts | {"x": row["advanced"], "start": row["window_start"], "end": row["window_end"]}

    def waiting_in(self, position: int | None) -> pl.DataFrame:
        """The overdue and stale leads of one step (null: of all)."""
        return self.waiting if position is None else self.waiting.filter(pl.col("position") == position)


def bottleneck_report(
    data: WorkspaceData,
    filters: Filters,
    *,
    calendar: BusinessCalendar | None = None,
    own_past: frozenset[str] = frozenset(),
    focus: str | None = None,
    seed: int = 0,
) -> BottleneckReport:
    """Build the report.

    - ``data`` must have leads and a day. ``calendar``: of the deadlines in business days (null: weekends only).
    - ``own_past``: stages judged against the company's own past instead of their benchmark.
    - ``focus``: the stage whose step is looked into. Raises InputError for a stage that is not in the funnel.

    A year that the calendar does not know is told in ``facts``; the deadlines in business days are left out then.
    """
    definition, as_of, horizons, support = data.funnel, data.day, data.horizons, data.support
    leads = apply_filters(data.journeys.lazy(), filters)
    window = filters.window
    cells = None if filters.selects_leads else data.cells
    steps = step_verdicts(leads, definition, window, as_of, horizons, own_past=own_past, seed=seed, cells=cells)
    if support.only_winners:
        is_dates = pl.col("reason") == "dates_missing"
        reason = pl.when(is_dates).then(pl.lit("only_winners")).otherwise(pl.col("reason")).alias("reason")
        steps = steps.with_columns(reason)
    parts = carried(shortfall_parts(leads, definition, steps), support)
    slow = timed(slow_steps(leads, definition, window, horizons), support)
    handed = handovers(leads, definition, window)
    reasons = loss_reasons(leads, definition, window)
    days = calendar or BusinessCalendar()
    judged, problem = definition, None
    try:
        sla = sla_table(leads, judged, window, days)
        waiting = waiting_leads(leads, judged, horizons, days)
    except InputError as error:
        judged, problem = _without_business_days(definition), error.message
        sla = sla_table(leads, judged, window, days)
        waiting = waiting_leads(leads, judged, horizons, days)
    effects = deadline_effect(leads, judged, window, horizons, days)
    causes = cause_evidence(
        definition,
        verdicts=steps,
        parts=parts,
        slow=slow,
        sla=sla,
        effects=effects,
        handovers=handed,
        reasons=reasons,
        volume=lead_volume(leads, as_of) if data.why_no_new_leads(as_of) is None else None,
        only_reasons_say_lost=only_reasons_say_lost(data.facts, definition),
    )
    entered = [in_window(pl.col(f"entered_{key}"), window) for key in definition.keys[:-1]]
    in_it = pl.any_horizontal(entered).sum()
    n_leads, n_in_window = leads.select(all=pl.len(), some=pl.len() if window.is_all_time else in_it).collect().row(0)
    named = steps.filter("is_bottleneck")
    bottleneck = None if named.is_empty() else int(named["position"][0])
    on_path = main_path(data.journeys.lazy(), definition)
    facts = _not_judged(definition, steps)
    facts += groups_left_out(definition, steps, support)
    facts += _post_sale(definition, steps)
    facts += _reference_notes(definition, steps)
    facts += [problem] if problem else []
    facts += _sla_notes(definition, sla)
    undated = losses_left_out(leads, window)
    facts += [Message("bottleneck.losses_left_out", {"n": undated})] if undated else []
    return BottleneckReport(
        definition=definition,
        filters=filters,
        as_of=as_of,
        n_leads=int(n_leads),
        n_in_window=int(n_in_window),
        headline=_headline(definition, steps, n_leads, on_path),
        facts=tuple(facts),
        bottleneck=bottleneck,
        focus=_focus(definition, steps, bottleneck, focus, on_path),
        steps=steps,
        parts=parts,
        slow=slow,
        handovers=handed,
        sla=sla,
        sla_by_owner=sla_table(leads, judged, window, days, "owner", owner_changes(data.facts)),
        waiting=waiting,
        effects=effects,
        loss_reasons=reasons,
        causes=causes,
        support=support,
    )


def _without_business_days(definition: FunnelDefinition) -> FunnelDefinition:
    """The funnel with its deadlines in hours only: those need no calendar."""
    stages = tuple(
        replace(stage, sla=None) if stage.sla and stage.sla.unit == "business_days" else stage
        for stage in definition.stages
    )
    return replace(definition, stages=stages)


def _focus(
    definition: FunnelDefinition,
    steps: pl.DataFrame,
    bottleneck: int | None,
    asked: str | None,
    on_path: frozenset[int],
) -> int | None:
    if asked is not None:
        return definition.position(asked)
    if bottleneck is not None:
        return bottleneck
    staked = steps.filter(~pl.col("is_post_sale"), pl.col("stake_customers") > 0).sort("rank")
    if not staked.is_empty():
        return int(staked["position"][0])
    rated = _rated(steps, on_path)
    return int(rated[0]["position"]) if rated else None


def _rated(steps: pl.DataFrame, on_path: frozenset[int]) -> list[dict[str, Any]]:
    """The steps up to won on the main path whose rate rests on enough leads, the lowest first."""
    rated = steps.filter(~pl.col("is_post_sale"), pl.col("rate").is_not_null(), pl.col("n") >= MIN_LEADS)
    rated = rated.filter(pl.col("position").is_in(sorted(on_path)))
    return list(rated.filter(pl.col("verdict") != "cannot_know").sort("rate", "position").iter_rows(named=True))


def _headline(definition: FunnelDefinition, steps: pl.DataFrame, n_leads: int, on_path: frozenset[int]) -> Message:
    if not n_leads:
        return Message("bottleneck.no_leads")
    found = steps.filter("is_bottleneck")
    if not found.is_empty():
        row = found.row(0, named=True)
        code = "bottleneck.found_own_past" if row["reference"] == "own_past" else "bottleneck.found"
        return Message(code, _params(definition, row) | {"worth": _worth(row)})
    presale = steps.filter(~pl.col("is_post_sale"))
    judged = presale.filter(~pl.col("verdict").is_in(NOT_JUDGED))
    if not judged.is_empty():
        below = judged.filter(pl.col("verdict") == "below_not_certain").sort("rank", nulls_last=True)
        if below.is_empty():
            return Message("bottleneck.none", {"n_steps": judged.height})
        row = below.row(0, named=True)
        return Message("bottleneck.none_but_below", {"n_steps": judged.height} | _params(definition, row))
    rated = _rated(steps, on_path)
    if not rated:
        cannot = presale["verdict"] == "cannot_know"
        return Message("bottleneck.cannot_know_where" if cannot.any() else "bottleneck.too_little")
    reason = rated[0]["reason"] if rated[0]["reason"] in ("skips", "history_too_short") else "no_range"
    if reason == "history_too_short" and not rated[0]["waiting"]:
        reason = "all_closed"
    params = _params(definition, rated[0]) | {"why": Message(f"bottleneck.why_{reason}")}
    if len(rated) == 1:
        return Message("bottleneck.only_one", params)
    return Message("bottleneck.weakest_both" if rated[0]["shows_both_counts"] else "bottleneck.weakest", params)


def _step_message(definition: FunnelDefinition, row: Mapping[str, Any]) -> Message:
    return Message(_code(row), _params(definition, row))


def _code(row: Mapping[str, Any]) -> str:
    """The sentence of a verdict; where it cannot be given, the sentence of the reason."""
    if row["verdict"] in ("cannot_know", "too_little_data"):
        return f"bottleneck.{row['verdict']}.{row['reason']}"
    return f"bottleneck.{row['verdict']}"


def _not_judged(definition: FunnelDefinition, steps: pl.DataFrame) -> list[Message]:
    """Why steps get no verdict: one sentence for each reason, however many steps it holds."""
    by_code: dict[str, list[dict[str, Any]]] = {}
    for row in steps.filter(pl.col("verdict").is_in(NOT_JUDGED)).iter_rows(named=True):
        by_code.setdefault(_code(row), []).append(row)
    return [
        _step_message(definition, rows[0]) if len(rows) == 1 else _several(definition, code, rows)
        for code, rows in by_code.items()
    ]


def _several(definition: FunnelDefinition, code: str, rows: Sequence[Mapping[str, Any]]) -> Message:
    names = [
        Message("bottleneck.step", {name: params[name] for name in ("from_stage", "stage")})
        for params in (_params(definition, row) for row in rows)
    ]
    n_unknown = max(row["n_unknown_place"] for row in rows)
    return Message(f"{code}.several", {"steps": names, "n_unknown": n_unknown, "few": MIN_LEADS})


def _post_sale(definition: FunnelDefinition, steps: pl.DataFrame) -> list[Message]:
    below = steps.filter(pl.col("is_post_sale"), pl.col("verdict") == "significantly_below").sort("rank")
    return [Message("bottleneck.post_sale_below", _params(definition, row)) for row in below.iter_rows(named=True)]


def _reference_notes(definition: FunnelDefinition, steps: pl.DataFrame) -> list[Message]:
    own = steps.filter(pl.col("reference") == "own_past", ~pl.col("verdict").is_in(NOT_JUDGED))
    rows = list(own.iter_rows(named=True))
    if len(rows) < 2:
        return [Message("bottleneck.own_past", _params(definition, row)) for row in rows]
    return [_several(definition, "bottleneck.own_past", rows)]


def _sla_notes(definition: FunnelDefinition, sla: pl.DataFrame) -> list[Message]:
    return [
        Message("sla.whole_days", {"stage": _name(definition, row["position"]), "n": row["n_whole_days"]})
        for row in sla.filter(pl.col("n_whole_days") > 0).iter_rows(named=True)
    ]


def _params(definition: FunnelDefinition, row: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of every sentence about a step. Rates in per cent; stage names in both languages."""
    benchmark = definition.stages[row["position"] - 1].benchmark
    return {
        "from_stage": _name(definition, row["position"] - 1),
        "stage": _name(definition, row["position"]),
        "rate": _percent(row["rate"]),
        "rate_low": _percent(row["rate_low"]),
        "rate_high": _percent(row["rate_high"]),
        "n": row["n"],
        "advanced": row["advanced"],
        "low": _percent(row["low"]),
        "high": _percent(row["high"]),
        "source": benchmark.source if benchmark and row["reference"] == "benchmark" else NO_TEXT,
        "past_n": row["past_n"],
        "own_rate": _percent(row["own_rate"]),
        "reached_rate": _percent(row["reached_rate"]),
        "n_unknown": row["n_unknown_place"],
        "n_undated": row["n_undated"],
        "n_immature": row["n_immature"],
        "few": MIN_LEADS,
    }


def _worth(row: Mapping[str, Any]) -> Message:
    """Per quarter and rounded: a stake is an estimate. ``revenue`` is money, for the page to show in its currency."""
    customers, revenue = row["quarter_customers"], row["quarter_revenue"]
    params = {"low": _percent(row["low"]), "customers": _rounded(customers), "revenue": _rounded(revenue)}
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


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)


def _name(definition: FunnelDefinition, position: int) -> Text:
    return definition.stages[position - 1].name


def _row(frame: pl.DataFrame, position: int) -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("position") == position, named=True)
