"""The Retrospective page without a screen: did it work, why, and what next?

The page, the HTML file and the workbook show the frames of one ``RetrospectiveReport``. Saved with the month, it is
frozen as JSON (``funnel.reports.retrospective.freezing``), so that a later import cannot rewrite what was decided on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.filters import DIMENSIONS, Filters, Window, apply_filters, bounds
from funnel.metrics.comparison import verdicts
from funnel.metrics.comparison.compare import compare_days
from funnel.metrics.comparison.drivers import (
    DriverBasis,
    driver_parts,
    has_rate_above_1,
    part_is_certain,
    told_apart,
    window_funnel,
)
from funnel.metrics.comparison.durations import compare_durations
from funnel.metrics.comparison.mix import comparable_share, compare_groups, mix_parts
from funnel.metrics.comparison.months import control_chart, month_pairs
from funnel.metrics.comparison.promise import KnownChange, StrategyRun, judge_promises, overlaps
from funnel.metrics.comparison.simplification import stage_use
from funnel.metrics.comparison.windows import PairChoice
from funnel.metrics.economics import RATES, key_figures
from funnel.metrics.steps.days import step_days
from funnel.metrics.support import Support
from funnel.metrics.thresholds import LEAST_COMPARABLE
from funnel.planning.feedback.decisions import Decision
from funnel.planning.feedback.voices import Feedback
from funnel.planning.strategies.playbook import PlaybookEntry
from funnel.reports.retrospective import voices as voiced
from funnel.reports.retrospective.carried import carried, cohort_message, covers_window, is_start_of_data, longer
from funnel.reports.retrospective.freezing import register
from funnel.reports.retrospective.windows import activity_windows, driver_windows
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import DriverParts, GroupComparison, MixParts, StrategyLines, WindowFigures


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
    - ``groups`` (GroupComparison) and ``mix`` (MixParts), for each dimension that is stated.
    - ``control`` (ControlChart) with ``lines`` (StrategyLines); ``promises`` (Promises); ``overlaps`` (Overlaps).
    - ``use`` (StageUse): what the process could do without.
    - ``horizons`` (Horizons): H per step, from unfiltered data, as it was on that day.
    - ``figures`` (WindowFigures): the key figures of what happened in ``figures_before`` and ``figures_after``.
    - ``feedback`` (FeedbackRows), ``themes`` (FeedbackThemes), ``growing`` (GrowingThemes) of the month of as-of with
      the playbook's ``measures`` (CounterMeasures); ``decisions`` (DecisionRows).
    - ``kept`` (KeptForecasts): the forecasts that were kept before as-of, with what came; null where none was read.
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
    figures_before: Window
    figures_after: Window
    figures: pl.DataFrame
    feedback: pl.DataFrame
    themes: pl.DataFrame
    growing: pl.DataFrame
    measures: pl.DataFrame
    decisions: pl.DataFrame
    kept: pl.DataFrame | None = None

    def verdict(self, stage: str) -> Message:
        """The verdict on the step into ``stage`` in a sentence."""
        return verdicts.verdict_message(self.definition, self._row(self.comparison, "stage", stage))

    def notes(self, stage: str) -> tuple[Message, ...]:
        """What else must be said about the step into ``stage``."""
        return verdicts.notes(self.definition, self._row(self.comparison, "stage", stage))

    def window_notes(self, *, of_headline: bool = False) -> tuple[Message, ...]:
        """Which leads the steps compare, where they are not those of the caption; of all steps, or of those that the
        headline judges, which are all where it says that none changed."""
        is_change = self.choice.kind == "change"
        told = {message.code for message in self.headline}
        of_all = not of_headline or "comparison.headline.no_change" in told
        rows = [
            row
            for row in self.comparison.iter_rows(named=True)
            if of_all or verdicts.verdict_message(self.definition, row) in self.headline
        ]
        return tuple(note for row in rows for note in verdicts.window_notes(self.definition, row, is_change=is_change))

    def month_note(self, stage: str) -> Message | None:
        """From when the asked month can be judged for the step into ``stage``; None when it can be now."""
        return verdicts.month_pair_message(self.definition, self._row(self.months, "stage", stage))

    def duration(self, stage: str) -> Message:
        """Whether the step into ``stage`` got faster, in a sentence. Only for steps with H."""
        return verdicts.duration_message(self.definition, self._row(self.durations, "stage", stage))

    def control_note(self, stage: str) -> Message:
        """What the control chart of the step into ``stage`` says. Only for steps that have one."""
        return verdicts.control_message(self.definition, self.control.filter(pl.col("stage") == stage))

    def split(self) -> pl.DataFrame:
        """The rows of ``mix`` whose split means something: most leads belong to groups that exist on both sides."""
        groups = self.groups.partition_by("stage", "dimension", as_dict=True)
        rows = [
            place
            for place, row in enumerate(self.mix.iter_rows(named=True))
            if row["change_pp"] is not None
            and comparable_share(groups[row["stage"], row["dimension"]]) >= LEAST_COMPARABLE
        ]
        return self.mix[rows]

    def mix_notes(self) -> tuple[Message, ...]:
        """Whether it was the work or the mix of leads: for every step that changed, by the dimension whose mix did
        most."""
        changed = self.comparison.filter(pl.col("verdict").is_in(["improved", "worsened", "this_step_alone"]))
        rows = self.split().filter(pl.col("stage").is_in(changed["stage"].implode()))
        rows = rows.filter(pl.col("mix_part_pp").abs() == pl.col("mix_part_pp").abs().max().over("stage"))
        rows = rows.unique("stage", keep="first", maintain_order=True)
        found = [verdicts.mix_message(self.definition, row) for row in rows.iter_rows(named=True)]
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
    data: WorkspaceData,
    filters: Filters,
    *,
    choice: PairChoice = PairChoice(),  # noqa: B008  (frozen)
    basis: DriverBasis = "activity",
    strategies: Sequence[StrategyRun] = (),
    changes: Sequence[KnownChange] = (),
    feedback: Sequence[Feedback] = (),
    decisions: Sequence[Decision] = (),
    playbook: Sequence[PlaybookEntry] = (),
    imports: Sequence[ImportMark] = (),
    definition_version: int | None = None,
) -> RetrospectiveReport:
    """Build the report.

    - Of ``filters`` only the groups count: ``choice`` says the windows.
    - ``strategies``: all that were started or are planned; ``changes``: what else happened. The verdict of a stage asks
      for the points that its latest started strategy promised, and leaves out the window that selected it.
    - ``basis`` of the drivers; the lead cohort falls back to activity, with a fact, where nobody was followed so long.

    - ``feedback`` and ``decisions``: all that are kept; ``playbook``: where counter-measures come from.

    Raises InputError for a change date after the day of ``data``.
    """
    definition, as_of, horizons = data.funnel, data.day, data.horizons
    leads = apply_filters(data.journeys.lazy(), filters).collect().lazy()
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
    used, windows, followed = driver_windows(leads, definition, choice, as_of, basis)
    funnel = window_funnel(leads, definition, *windows, used, followed_days=followed)
    support = data.support
    comparison = _without_undated(comparison, support)
    knows_leads = data.leads_until is None or data.leads_until >= min(as_of, bounds(windows[1])[1])
    can_split = support.tells_wins_over_time and knows_leads and not support.only_winners
    first = data.history_start
    is_covered = covers_window(windows[0], first)
    places = told_apart(funnel, support.dated_keys) if can_split and is_covered else None
    drivers = DriverParts.create_empty() if places is None else driver_parts(funnel, places)
    groups = _all_groups(leads, definition, horizons, comparison, support)
    happened = activity_windows(choice, as_of)
    voices = voiced.all_voices(feedback, leads, definition)
    grown = voiced.growing(voices, as_of)
    facts = [Message("retrospective.two_bases")] if used == "activity" else []
    if strategies or changes:
        facts.append(Message("comparison.not_proof"))
    is_start = used == "activity" and is_start_of_data(leads, definition, horizons, windows[0])
    is_split = not is_start and places is not None and not has_rate_above_1(drivers)
    is_split = is_split and part_is_certain(leads, definition, windows, used, drivers, followed_days=followed)
    headline = verdicts.headline(definition, comparison, funnel, drivers, is_split=is_split, longer=longer(windows))
    headline = carried(
        headline,
        support,
        windows,
        n_after=funnel["n_after"][-1],
        is_start=is_start,
        first=None if is_covered else first,
    )
    if followed is not None:
        headline = (cohort_message(windows, followed), *headline)
    if used != basis:
        facts.append(Message("retrospective.cohort_too_young"))
    if support.only_winners:
        facts.append(Message("retrospective.only_winners"))
    if not knows_leads:
        known = {"day": data.leads_until, "end": min(as_of, bounds(windows[1])[1])}
        facts.append(Message("retrospective.leads_not_known", known))
    if is_start and is_covered:
        facts.append(Message("retrospective.start_of_data"))
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
        headline=headline,
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
        figures_before=happened[0],
        figures_after=happened[1],
        figures=_figures(leads, definition, filters, as_of, spend=data.spend, windows=happened),
        feedback=voiced.feedback_rows(feedback),
        themes=voiced.themes(voices, as_of),
        growing=grown,
        measures=voiced.measures(grown, playbook, definition),
        decisions=voiced.decision_rows(decisions, as_of, as_of),
    )


def _without_undated(comparison: pl.DataFrame, support: Support) -> pl.DataFrame:
    """Steps that are not dated have no entries to compare: that is said of them, not that history is too short."""
    is_dated = pl.col("position").is_in(sorted(support.dated_steps))
    names = ("n_entries_before", "n_entries_after")
    return comparison.with_columns(pl.when(is_dated).then(pl.col(name)).otherwise(0).alias(name) for name in names)


def _figures(
    leads: pl.LazyFrame,
    definition: FunnelDefinition,
    filters: Filters,
    as_of: date,
    *,
    spend: pl.DataFrame,
    windows: tuple[Window, Window],
) -> pl.DataFrame:
    """The key figures of both windows beside each other."""
    first = leads.select(pl.col("created_at").min().dt.date()).collect().item()
    sides = []
    for window in windows:
        asked = filters.during(window)
        found = key_figures(leads, definition, asked, as_of, spend, basis="activity", history_start=first)
        sides.append(found.select("figure", "value", "x", "n", "reason"))
    both = sides[0].join(sides[1], on="figure", how="left", suffix="_after", maintain_order="left")
    both = both.rename({name: f"{name}_before" for name in ("value", "x", "n", "reason")})
    change, is_rate = pl.col("value_after") - pl.col("value_before"), pl.col("figure").is_in(RATES)
    both = both.with_columns(change=pl.when(~is_rate).then(change), change_pp=pl.when(is_rate).then(100 * change))
    return WindowFigures.validate(both.select(WindowFigures.column_names()))


def _all_groups(
    leads: pl.LazyFrame,
    definition: FunnelDefinition,
    horizons: pl.DataFrame,
    comparison: pl.DataFrame,
    support: Support,
) -> pl.DataFrame:
    """The groups of every dimension that any lead states; not at steps of which the dimension tells the outcome."""
    stated = leads.select(pl.col(DIMENSIONS).is_not_null().any()).collect().row(0, named=True)
    frames = [
        compare_groups(step_days(leads, definition, horizons, name), comparison, name)
        for name in DIMENSIONS
        if stated[name]
    ]
    telling = [(g.dimension, g.position) for g in support.groups if g.level == "winners_only"]
    found = pl.concat([GroupComparison.create_empty(), *frames])
    for name, position in telling:
        found = found.filter((pl.col("dimension") != name) | (pl.col("position") != position))
    return found


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
