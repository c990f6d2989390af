"""The Retrospective page without a screen: did it work, why, and what next?

The page, the HTML file and the workbook show the frames of one ``RetrospectiveReport``. Saved with the month, it is
frozen as JSON (``funnel.reports.freezing``), so that a later import cannot rewrite what was decided on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from funnel.definition import FunnelDefinition
from funnel.errors import Message
from funnel.filters import DIMENSIONS, Filters, Window, apply_filters, month_end, month_start
from funnel.metrics import verdicts
from funnel.metrics.comparison import compare_days
from funnel.metrics.drivers import DriverBasis, driver_parts, equal_follow_up, window_funnel
from funnel.metrics.durations import compare_durations
from funnel.metrics.mix import compare_groups, mix_parts
from funnel.metrics.months import control_chart, month_pairs
from funnel.metrics.promise import KnownChange, StrategyRun, judge_promises, overlaps
from funnel.metrics.simplification import stage_use
from funnel.metrics.step_days import step_days
from funnel.metrics.windows import PairChoice, bounds, days_window, month_pair, months_pair
from funnel.reports.freezing import register
from funnel.schema import FigureDifferences, GroupComparison, MixParts, StrategyLines


@register
@dataclass(frozen=True, slots=True)
class ImportMark:
    """One live import that the figures rest on."""

    batch_no: int
    file_name: str


@register
@dataclass(frozen=True)
class RetrospectiveReport:
    """Everything the page shows. Frames: ``schema`` names in brackets. Never change them, sessions share them.

    - ``headline``: the retrospective in words; ``facts``: what must be known to read it.
    - ``comparison`` (StepComparison), ``months`` (MonthPairs), ``durations`` (DurationComparison).
    - ``funnel`` (WindowFunnel) and ``drivers`` (DriverParts) on ``basis`` in ``driver_before`` and ``driver_after``;
      for the lead cohort basis each lead is followed for ``followed_days``.
    - ``groups`` (GroupComparison) and ``mix`` (MixParts), for each of source, owner and segment that is stated.
    - ``control`` (ControlChart) with ``lines`` (StrategyLines); ``promises`` (Promises); ``overlaps`` (Overlaps).
    - ``use`` (StageUse): what the process could do without.
    - ``horizons`` (Horizons): H per step, from unfiltered data, as it was on that day.
    - ``attachments``: frames of other parts of the page that are frozen with it, by name.
    - ``imports``: the live imports behind the figures; ``definition_version``: of the funnel (null: not stored).
    """

    definition: FunnelDefinition
    definition_version: int | None
    imports: tuple[ImportMark, ...]
    filters: Filters
    as_of: date
    choice: PairChoice
    basis: str
    driver_before: Window
    driver_after: Window
    followed_days: float | None
    n_leads: int
    headline: tuple[Message, ...]
    facts: tuple[Message, ...]
    horizons: pl.DataFrame
    comparison: pl.DataFrame
    months: pl.DataFrame
    durations: pl.DataFrame
    funnel: pl.DataFrame
    drivers: pl.DataFrame
    groups: pl.DataFrame
    mix: pl.DataFrame
    control: pl.DataFrame
    lines: pl.DataFrame
    promises: pl.DataFrame
    overlaps: pl.DataFrame
    use: pl.DataFrame
    attachments: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def verdict(self, stage: str) -> Message:
        """The verdict on the step into ``stage`` in a sentence."""
        return verdicts.verdict_message(self.definition, self._row(self.comparison, "stage", stage))

    def notes(self, stage: str) -> tuple[Message, ...]:
        """What else must be said about the step into ``stage``."""
        return verdicts.notes(self.definition, self._row(self.comparison, "stage", stage))

    def month_note(self, stage: str) -> Message | None:
        """From when the asked month can be judged for the step into ``stage``; None when it can be now."""
        return verdicts.month_pair_message(self.definition, self._row(self.months, "stage", stage))

    def duration(self, stage: str) -> Message:
        """Whether the step into ``stage`` got faster, in a sentence. Only for steps with H."""
        return verdicts.duration_message(self.definition, self._row(self.durations, "stage", stage))

    def control_note(self, stage: str) -> Message:
        """What the control chart of the step into ``stage`` says. Only for steps that have one."""
        return verdicts.control_message(self.definition, self.control.filter(pl.col("stage") == stage))

    def mix_notes(self) -> tuple[Message, ...]:
        """Mix and execution of every step and dimension, and the Simpson reversals."""
        found = []
        for row in self.mix.iter_rows(named=True):
            found += [verdicts.mix_message(self.definition, row), verdicts.reversal_message(self.definition, row)]
        return tuple(message for message in found if message is not None)

    def reversals(self) -> tuple[Message, ...]:
        """The Simpson reversals, in a sentence each."""
        found = [verdicts.reversal_message(self.definition, row) for row in self.mix.iter_rows(named=True)]
        return tuple(message for message in found if message is not None)

    def promise(self, strategy_id: str) -> Message:
        """What is recommended for a strategy and why."""
        return verdicts.promise_message(self.definition, self._row(self.promises, "strategy_id", strategy_id))

    def proposals(self) -> tuple[Message, ...]:
        """Why stages could go and what is proposed for them."""
        rows = self.use.iter_rows(named=True)
        return tuple(message for row in rows for message in verdicts.proposal_messages(self.definition, row))

    @staticmethod
    def _row(frame: pl.DataFrame, column: str, key: str) -> dict[str, Any]:
        return frame.row(by_predicate=pl.col(column) == key, named=True)


def retrospective_report(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    filters: Filters,
    as_of: date,
    horizons: pl.DataFrame,
    *,
    choice: PairChoice = PairChoice(),  # noqa: B008  (frozen)
    basis: DriverBasis = "activity",
    strategies: Sequence[StrategyRun] = (),
    changes: Sequence[KnownChange] = (),
    attachments: Mapping[str, pl.DataFrame] | None = None,
    imports: Sequence[ImportMark] = (),
    definition_version: int | None = None,
) -> RetrospectiveReport:
    """Build the report.

    - ``journeys``: all leads of the workspace as of ``as_of`` (``schema.journeys_schema``), unfiltered; ``horizons``:
      ``schema.Horizons`` of the same. Of ``filters`` only source, owner and segment count: ``choice`` says the windows.
    - ``strategies``: all that were started or are planned; ``changes``: what else happened. The verdict of a stage asks
      for the points that its latest started strategy promised, and leaves out the window that selected it.
    - ``basis`` of the drivers; the lead cohort falls back to activity, with a fact, where nobody was followed so long.

    Raises InputError for a change date after ``as_of``.
    """
    leads = apply_filters(journeys, filters).collect().lazy()
    counted = step_days(leads, definition, horizons)
    started = [run for run in sorted(strategies, key=lambda run: run.starts_on) if run.starts_on <= as_of]
    comparison = compare_days(
        counted,
        definition,
        horizons,
        as_of,
        choice,
        promised_pp={run.stage: run.promised_pp for run in started},
        selections={run.stage: run.selection for run in started if run.selection is not None},
    )
    promises = judge_promises(counted, definition, horizons, as_of, strategies)
    used, windows, followed = _driver_windows(leads, definition, choice, as_of, basis)
    funnel = window_funnel(leads, definition, *windows, used, followed_days=followed)
    drivers = driver_parts(funnel)
    groups = _all_groups(leads, definition, horizons, comparison)
    facts = [Message("comparison.not_proof")] if strategies or changes else []
    if used != basis:
        facts.append(Message("retrospective.cohort_too_young"))
    undated = int(leads.select(pl.col("created_at").is_null().sum()).collect().item())
    if undated:
        facts.append(Message("retrospective.undated", {"n": undated}))
    return RetrospectiveReport(
        definition=definition,
        definition_version=definition_version,
        imports=tuple(imports),
        filters=filters,
        as_of=as_of,
        choice=choice,
        basis=used,
        driver_before=windows[0],
        driver_after=windows[1],
        followed_days=followed,
        n_leads=int(leads.select(pl.len()).collect().item()),
        headline=verdicts.headline(definition, comparison, funnel, drivers),
        facts=tuple(facts),
        horizons=horizons,
        comparison=comparison,
        months=month_pairs(counted, definition, horizons, as_of, choice.month),
        durations=compare_durations(leads, definition, comparison),
        funnel=funnel,
        drivers=drivers,
        groups=groups,
        mix=_all_mix(groups),
        control=control_chart(
            counted, definition, horizons, as_of, {run.stage: run.starts_on for run in reversed(started)}
        ),
        lines=_lines(definition, strategies),
        promises=promises,
        overlaps=overlaps(comparison, promises, strategies, changes),
        use=stage_use(leads, definition, horizons),
        attachments=dict(attachments or {}),
    )


# --- windows of the drivers ---------------------------------------------------------------------------------------


def activity_windows(choice: PairChoice, as_of: date) -> tuple[Window, Window]:
    """The windows of what *happened*: the after window ends with as-of, the before window is as long and ends the day
    before it. A calendar pair that is over keeps its calendar months."""
    if choice.kind == "change" and choice.change_on is not None:
        start, end = choice.change_on, as_of
    else:
        pair = (
            month_pair(choice.month) if choice.kind == "month" and choice.month else months_pair(as_of, choice.months)
        )
        start, end = bounds(pair.after)
        if end <= as_of:
            return pair.before, pair.after
        end = max(start, as_of)
    length = (end - start).days + 1
    return days_window(start - timedelta(days=length), start - timedelta(days=1)), days_window(start, end)


def cohort_windows(choice: PairChoice, as_of: date, followed_days: float) -> tuple[Window, Window] | None:
    """The latest windows of leads that were all followed for ``followed_days``; None when there is no day after the
    change for which that is so."""
    last = as_of - timedelta(days=int(followed_days))
    if choice.kind == "change" and choice.change_on is not None:
        if last < choice.change_on:
            return None
        length = last - choice.change_on
        before_end = choice.change_on - timedelta(days=1 + int(followed_days))
        return days_window(before_end - length, before_end), days_window(choice.change_on, last)
    if choice.kind == "month" and choice.month is not None:
        pair = month_pair(choice.month)
        return (pair.before, pair.after) if bounds(pair.after)[1] <= last else None
    whole = last if last == month_end(last) else month_start(last) - timedelta(days=1)
    pair = months_pair(whole, choice.months)
    return pair.before, pair.after


def _driver_windows(
    leads: pl.LazyFrame, definition: FunnelDefinition, choice: PairChoice, as_of: date, basis: DriverBasis
) -> tuple[DriverBasis, tuple[Window, Window], float | None]:
    followed = equal_follow_up(leads, definition) if basis == "lead_cohort" else None
    windows = cohort_windows(choice, as_of, followed) if followed is not None else None
    if windows is None:
        return "activity", activity_windows(choice, as_of), None
    return "lead_cohort", windows, followed


# --- parts --------------------------------------------------------------------------------------------------------


def _all_groups(
    leads: pl.LazyFrame, definition: FunnelDefinition, horizons: pl.DataFrame, comparison: pl.DataFrame
) -> pl.DataFrame:
    """The groups of every dimension that any lead states."""
    stated = leads.select(pl.col(DIMENSIONS).is_not_null().any()).collect().row(0, named=True)
    frames = [
        compare_groups(step_days(leads, definition, horizons, name), comparison, name)
        for name in DIMENSIONS
        if stated[name]
    ]
    return pl.concat([GroupComparison.create_empty(), *frames])


def _all_mix(groups: pl.DataFrame) -> pl.DataFrame:
    return MixParts.create_empty() if groups.is_empty() else mix_parts(groups)


def _lines(definition: FunnelDefinition, strategies: Sequence[StrategyRun]) -> pl.DataFrame:
    rows = [
        {
            "strategy_id": run.strategy_id,
            "title": run.title,
            "position": definition.position(run.stage) if run.stage in definition.keys else None,
            "stage": run.stage,
            "starts_on": run.starts_on,
            "ends_on": run.ends_on,
            "state": run.state,
        }
        for run in strategies
    ]
    return StrategyLines.validate(pl.DataFrame(rows, schema=StrategyLines.create_empty().schema))


# --- a frozen retrospective beside today's figures ----------------------------------------------------------------

_SECTIONS: dict[str, tuple[str, ...]] = {
    "comparison": ("stage",),
    "durations": ("stage",),
    "funnel": ("stage",),
    "drivers": ("factor", "from_stage", "stage"),
    "groups": ("stage", "dimension", "group"),
    "mix": ("stage", "dimension"),
    "control": ("stage", "month"),
    "promises": ("strategy_id",),
    "use": ("stage",),
}


def differences(frozen: RetrospectiveReport, today: RetrospectiveReport) -> pl.DataFrame:
    """Every figure of ``frozen`` that reads otherwise in ``today`` (schema ``FigureDifferences``)."""
    rows = []
    for section, keys in _SECTIONS.items():
        old, new = (_by_key(getattr(report, section), keys) for report in (frozen, today))
        for key in [*old, *(key for key in new if key not in old)]:
            mine, its = old.get(key, {}), new.get(key, {})
            for figure in [*mine, *(name for name in its if name not in mine)]:
                if mine.get(figure) != its.get(figure):
                    rows.append(_difference(section, key, figure, mine.get(figure), its.get(figure)))
    return FigureDifferences.validate(pl.DataFrame(rows, schema=FigureDifferences.create_empty().schema))


def reasons_for_differences(frozen: RetrospectiveReport, today: RetrospectiveReport) -> tuple[Message, ...]:
    """Why today's figures may differ from the frozen ones: new or undone imports, another definition or day."""
    found = []
    for code, some, others in (
        ("retrospective.new_imports", today.imports, frozen.imports),
        ("retrospective.undone_imports", frozen.imports, today.imports),
    ):
        files = [one.file_name for one in some if one not in others]
        if files:
            found.append(Message(code, {"files": files}))
    if frozen.definition != today.definition:
        found.append(Message("retrospective.new_definition"))
    if frozen.as_of != today.as_of:
        found.append(Message("retrospective.other_day", {"frozen": frozen.as_of, "today": today.as_of}))
    if (frozen.filters, frozen.choice, frozen.basis) != (today.filters, today.choice, today.basis):
        found.append(Message("retrospective.other_question"))
    if not frozen.lines.equals(today.lines):
        found.append(Message("retrospective.edited_strategies"))
    return tuple(found)


def _by_key(frame: pl.DataFrame, keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    rows = {}
    for row in frame.iter_rows(named=True):
        rows[" · ".join(str(row[key]) for key in keys if row[key] is not None)] = row
    return rows


def _difference(section: str, key: str, figure: str, old: Any, new: Any) -> dict[str, Any]:
    row = {"section": section, "row": key, "figure": figure}
    given = [value for value in (old, new) if value is not None]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        as_number = [None if value is None else float(value) for value in (old, new)]
        return row | dict(zip(("frozen", "today"), as_number, strict=True))
    as_text = [None if value is None else str(value) for value in (old, new)]
    return row | dict(zip(("frozen_text", "today_text"), as_text, strict=True))
