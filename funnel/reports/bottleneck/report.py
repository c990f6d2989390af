"""The Bottleneck page without a screen: which step to work on, what it is worth, why there, and who has to act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError, Message
from funnel.filters import DIMENSIONS, Filters, Window, apply_filters, in_window
from funnel.metrics.asking import Asking, Metric, answered, side_by_side
from funnel.metrics.bottleneck.causes import DIMENSION_CAUSES, REASON_WORDS, cause_evidence, lead_volume
from funnel.metrics.bottleneck.ranking import step_verdicts, window_spans
from funnel.metrics.bottleneck.shortfall import shortfall_parts
from funnel.metrics.deadlines.business_days import BusinessCalendar, WorkingDays, working_days
from funnel.metrics.deadlines.sla import deadline_effect, sla_tables
from funnel.metrics.deadlines.states import days_in_question, starts_in, steps_with_deadline, waits, with_states
from funnel.metrics.deadlines.waiting import counts_of, waiting_counts, waiting_leads
from funnel.metrics.gathering import Sums, over
from funnel.metrics.steps.cohorts import count_groups
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
from funnel.reports.bottleneck.verdict_messages import (
    focus_of,
    headline,
    not_judged,
    percent,
    post_sale,
    reference_notes,
    sla_notes,
    stage_name,
    step_message,
)
from funnel.reports.workspace_data import WorkspaceData


@dataclass(frozen=True)
class BottleneckReport:
    """Everything the page shows. Frames: ``schema`` names in brackets. Never change them, sessions share them.

    - ``headline``: the sentence on top; ``facts``: further sentences (what cannot be known, notes on reading).
    - ``steps`` (StepVerdicts), ``parts`` (ShortfallParts), ``slow`` (SlowSteps), ``handovers`` (Handovers).
    - ``sla`` (SlaTable), ``sla_by_owner`` (SlaTable per owner at the entry where known, else the latest),
      ``waiting_counts`` (WaitingCounts) of ``waiting`` (WaitingLeads; null for leads in parts, see ``waiting_list``),
      ``effects`` (DeadlineEffect), ``loss_reasons`` (LossReasons), ``causes`` (CauseEvidence).
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
    waiting: pl.DataFrame | None
    waiting_counts: pl.DataFrame
    effects: pl.DataFrame
    loss_reasons: pl.DataFrame
    causes: pl.DataFrame
    support: Support | None = None

    def step_message(self, position: int) -> Message:
        """The verdict on one step in a sentence, with its reference and why where it cannot be judged."""
        return step_message(self.definition, _row(self.steps, position))

    def cause_message(self, cause: Mapping[str, Any]) -> Message:
        """One row of ``causes`` in a sentence: the figure, or why there is none."""
        known = cause["stand"] != "cannot_know"
        params = {
            "stage": stage_name(self.definition, cause["position"]),
            "x": None if cause["x"] is None else round(cause["x"], 1),
            "n": cause["n"],
            "share": percent(cause["share"]),
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
    with over(data.parts, data.n_leads):
        return _report(data, filters, calendar or BusinessCalendar(), own_past, focus, seed)


def _report(
    data: WorkspaceData,
    filters: Filters,
    calendar: BusinessCalendar,
    own_past: frozenset[str],
    focus: str | None,
    seed: int,
) -> BottleneckReport:
    definition, as_of, horizons, support = data.funnel, data.day, data.horizons, data.support
    window, cells = filters.window, None if filters.selects_leads else data.cells
    judged, everybody, days, problem = _deadlines(data, filters, calendar)
    leads = apply_filters(everybody, filters)
    spans = window_spans(definition, window, as_of, horizons)
    knows_volume = data.why_no_new_leads(as_of) is None
    steps, groups, slow, handed, reasons, (sla, sla_by_owner), listed, effects, volume, n, undated, on_path = answered(
        side_by_side(
            step_verdicts.asked(leads, definition, window, as_of, horizons, own_past=own_past, seed=seed, cells=cells),
            count_groups.asked(leads, definition, spans, DIMENSIONS),
            slow_steps.asked(leads, definition, window, horizons),
            handovers.asked(leads, definition, window),
            loss_reasons.asked(leads, definition, window),
            sla_tables.asked(leads, judged, window, "owner"),
            _waiting.asked(leads, judged, horizons, days, is_listed=data.parts is None),
            deadline_effect.asked(leads, judged, window, horizons),
            lead_volume.asked(leads, as_of),
            _counts.asked(leads, definition, window),
            losses_left_out.asked(leads, window),
            main_path.asked(everybody, definition),
        )
    )
    if support.only_winners:
        is_dates = pl.col("reason") == "dates_missing"
        reason = pl.when(is_dates).then(pl.lit("only_winners")).otherwise(pl.col("reason")).alias("reason")
        steps = steps.with_columns(reason)
    parts = shortfall_parts(steps, carried(groups, support))
    slow = timed(slow, support)
    causes = cause_evidence(
        definition,
        verdicts=steps,
        parts=parts,
        slow=slow,
        sla=sla,
        effects=effects,
        handovers=handed,
        reasons=reasons,
        volume=volume if knows_volume else None,
        only_reasons_say_lost=support.only_reasons_say_lost,
    )
    rows = list(steps.iter_rows(named=True))
    bottleneck = next((row["position"] for row in rows if row["is_bottleneck"]), None)
    facts = not_judged(definition, rows)
    facts += groups_left_out(rows, support)
    facts += post_sale(definition, rows)
    facts += reference_notes(definition, rows)
    facts += [problem] if problem else []
    facts += sla_notes(definition, sla)
    facts += [Message("bottleneck.losses_left_out", {"n": undated})] if undated else []
    return BottleneckReport(
        definition=definition,
        filters=filters,
        as_of=as_of,
        n_leads=n["all"],
        n_in_window=n["some"],
        headline=headline(definition, rows, n["all"], on_path),
        facts=tuple(facts),
        bottleneck=bottleneck,
        focus=focus_of(definition, rows, bottleneck, focus, on_path),
        steps=steps,
        parts=parts,
        slow=slow,
        handovers=handed,
        sla=sla,
        sla_by_owner=sla_by_owner,
        waiting=listed[0],
        waiting_counts=listed[1],
        effects=effects,
        loss_reasons=reasons,
        causes=causes,
        support=support,
    )


def waiting_list(
    data: WorkspaceData, report: BottleneckReport, calendar: BusinessCalendar, position: int | None
) -> pl.DataFrame:
    """The overdue and stale leads of one step (null: of all) of a report of these data (``schema.WaitingLeads``).

    Of leads in parts the first ``MOST_LISTED``, which are asked for here; ``calendar``: as the report was asked.
    """
    if report.waiting is not None:
        return report.waiting if position is None else report.waiting.filter(pl.col("position") == position)
    with over(data.parts, data.n_leads):
        definition, everybody, days, _ = _deadlines(data, report.filters, calendar)
        leads = apply_filters(everybody, report.filters)
        return waiting_leads(leads, definition, data.horizons, days, position=position)


def _deadlines(
    data: WorkspaceData, filters: Filters, calendar: BusinessCalendar
) -> tuple[FunnelDefinition, pl.LazyFrame, WorkingDays, Message | None]:
    """The funnel with the deadlines that can be judged, all leads ``with_states`` of these, the days for them, and why
    there are no more."""
    definition, problem = data.funnel, None
    try:
        return definition, *data.judged(calendar), None
    except InputError:
        leads = apply_filters(data.leads, filters)  # it may be a year of other leads
    asked = {
        place: starts_in(definition, place, filters.window) | waits(place) for place in steps_with_deadline(definition)
    }
    try:
        days = working_days(calendar, days_in_question(leads, definition, asked))
    except InputError as error:
        definition, days, problem = _without_business_days(definition), working_days(calendar, None), error.message
    return definition, with_states(data.leads, definition, days), days, problem


@Metric
def _waiting(
    leads: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, days: WorkingDays, *, is_listed: bool
) -> Asking[tuple[pl.DataFrame | None, pl.DataFrame]]:
    """The list of leads to act on and how many there are; of leads in parts only the latter travels."""
    if not is_listed:
        return None, (yield from waiting_counts.asked(leads, definition, horizons, days))
    listed = yield from waiting_leads.asked(leads, definition, horizons, days)
    return listed, counts_of(listed)


@Metric
def _counts(leads: pl.LazyFrame, definition: FunnelDefinition, window: Window) -> Asking[dict[str, int]]:
    """``all`` leads, and ``some`` of them that entered a stage before another one in the window."""
    entered = pl.any_horizontal(in_window(pl.col(f"entered_{key}"), window) for key in definition.keys[:-1])
    some = pl.len() if window.is_all_time else entered.sum()
    [found] = yield [Sums(leads, {"all": pl.len().cast(pl.Int64), "some": some.cast(pl.Int64)})]
    return found


def _without_business_days(definition: FunnelDefinition) -> FunnelDefinition:
    """The funnel with its deadlines in hours only: those need no calendar."""
    stages = tuple(
        replace(stage, sla=None) if stage.sla and stage.sla.unit == "business_days" else stage
        for stage in definition.stages
    )
    return replace(definition, stages=stages)


def _row(frame: pl.DataFrame, position: int) -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("position") == position, named=True)
