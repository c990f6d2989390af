"""From a workspace and its plan to the retrospective report: what is judged, and which stop rules broke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from funnel.filters import Filters
from funnel.metrics.comparison.drivers import DriverBasis
from funnel.metrics.comparison.promise import KnownChange
from funnel.metrics.comparison.windows import PairChoice
from funnel.planning.feedback.decisions import Decision
from funnel.planning.feedback.voices import Feedback
from funnel.planning.strategies.playbook import PlaybookEntry
from funnel.planning.strategies.strategy import ACTIVE, Strategy, to_run
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.outlook.kept import kept_forecasts
from funnel.reports.plan import step_volume, stop_check
from funnel.reports.retrospective.report import ImportMark, RetrospectiveReport, retrospective_report
from funnel.reports.workspace_data import WorkspaceData


@dataclass(frozen=True)
class Plan:
    """What people wrote down: all strategies, feedback and decisions of the workspace, and the rows of every sheet of
    the tracking form. ``forecasts``: id and fields of every kept forecast.
    """

    strategies: tuple[Strategy, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    decisions: tuple[Decision, ...] = ()
    rows: tuple[TrackingRow, ...] = ()
    forecasts: tuple[tuple[str, Mapping[str, Any]], ...] = ()


def workspace_retrospective(
    data: WorkspaceData,
    filters: Filters,
    plan: Plan,
    *,
    choice: PairChoice = PairChoice(),  # noqa: B008  (frozen)
    basis: DriverBasis = "activity",
    playbook: Sequence[PlaybookEntry] = (),
    definition_version: int | None = None,
) -> RetrospectiveReport:
    """The report of a workspace that has dated leads.

    Started strategies that work on no rate (on the number of leads, say) are listed as changes that ran beside the
    others. Raises InputError for a change date after as-of; ValueError without dated leads.
    """
    if data.as_of is None:
        raise ValueError("a retrospective needs dated leads")
    broken = broken_stop_rules(plan.strategies, data, data.as_of, plan.rows)
    runs, changes = [], []
    for one in plan.strategies:
        run = to_run(one, data.funnel, one.strategy_id in broken)
        if run is not None:
            runs.append(run)
        elif one.started_on is not None:
            stage = one.stage if one.stage in data.funnel.keys else None
            changes.append(KnownChange(one.strategy_id, one.title, one.started_on, one.ended_on, stage))
    marks = data.facts.batches.select("batch_no", "file_name").iter_rows()
    report = retrospective_report(
        data,
        filters,
        choice=choice,
        basis=basis,
        strategies=runs,
        changes=changes,
        feedback=plan.feedback,
        decisions=plan.decisions,
        playbook=playbook,
        imports=[ImportMark(number, name) for number, name in marks],
        definition_version=definition_version,
    )
    return replace(report, kept=kept_forecasts(data, plan.forecasts))


def broken_stop_rules(
    strategies: Sequence[Strategy], data: WorkspaceData, as_of: date, rows: Sequence[TrackingRow] = ()
) -> set[str]:
    """Ids of the active strategies whose stop rule is broken by what was measured in all leads of the workspace, or,
    for a rule on reported figures, by what ``rows`` report of whole weeks up to ``as_of``.
    """
    active = [one for one in strategies if one.state == ACTIVE and one.stop is not None]
    volume = step_volume(data) if active else None
    return {one.strategy_id for one in active if stop_check(data, one, volume, rows, as_of)[1] == "broken"}
