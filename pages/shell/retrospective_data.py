"""The plan's records as values, and the retrospective of a workspace, cached on what all it rests on was read as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from funnel.filters import Filters, Window
from funnel.metrics.comparison.drivers import DriverBasis
from funnel.metrics.comparison.windows import PairChoice
from funnel.planning.feedback.decisions import Decision
from funnel.planning.feedback.voices import Feedback
from funnel.planning.fields import from_fields
from funnel.planning.strategies.strategy import Strategy
from funnel.reports.retrospective.freezing import thaw
from funnel.reports.retrospective.inputs import Plan, workspace_retrospective
from funnel.reports.retrospective.report import RetrospectiveReport
from funnel.reports.retrospective.totals import totals_retrospective
from funnel.reports.workspace_data import DataKey, WorkspaceData
from funnel.storage.store import Store
from funnel.storage.workspaces import WorkspaceInfo
from pages.shell.data import key_of, load
from pages.shell.kept import kept
from pages.shell.method import playbook
from pages.shell.records import PlanRecords
from pages.shell.workspaces import store_of


@dataclass(frozen=True)
class Saved:
    """A frozen retrospective in the list: what month it is of, when it was saved and by whom."""

    record_id: str
    as_of: date
    saved_at: datetime
    saved_by: str


def plan_of(records: PlanRecords) -> Plan:
    """Strategies, feedback, decisions, the tracking form and the kept forecasts as they stand.

    Raises InputError for a record that cannot be read.
    """
    return Plan(
        strategies=tuple(from_fields(Strategy, record.fields) for record in records.of("strategy")),
        feedback=tuple(from_fields(Feedback, record.fields) for record in records.of("feedback")),
        decisions=tuple(from_fields(Decision, record.fields) for record in records.of("decision")),
        rows=records.rows,
        forecasts=tuple((record.id, record.fields) for record in records.of("forecast")),
    )


@kept(24)
def _report(
    key: DataKey, plan_key: tuple[str, int], question: str, _data: WorkspaceData, _records: PlanRecords,
    _filters: Filters, _choice: PairChoice, _basis: DriverBasis,
) -> RetrospectiveReport:  # fmt: skip
    """``question`` holds the filters, the choice and the basis as plain text."""
    plan, entries = plan_of(_records), playbook(_data.settings)
    if not _data.has_leads:
        return totals_retrospective(
            _data, _filters, plan, choice=_choice, playbook=entries, definition_version=_data.definition_version
        )
    return workspace_retrospective(
        _data,
        _filters,
        plan,
        choice=_choice,
        basis=_basis,
        playbook=entries,
        definition_version=_data.definition_version,
    )


def retrospective_of(
    data: WorkspaceData, records: PlanRecords, filters: Filters, choice: PairChoice, basis: DriverBasis
) -> RetrospectiveReport:
    """The retrospective of the chosen groups of leads. ``data`` must have dated leads or totals with
    periods."""
    asked = filters.during(Window())
    question = repr((asked, choice, basis))
    return _report(key_of(data), records.key, question, data, records, asked, choice, basis)


def today_like(info: WorkspaceInfo, records: PlanRecords, frozen: RetrospectiveReport) -> RetrospectiveReport:
    """What the frozen retrospective's question gets as an answer today, as of the same day."""
    return retrospective_of(load(info, frozen.as_of), records, frozen.filters, frozen.choice, _basis(frozen))


def _basis(report: RetrospectiveReport) -> DriverBasis:
    return "lead_cohort" if report.basis == "lead_cohort" else "activity"


def saved_retrospectives(store: Store) -> list[Saved]:
    """The frozen retrospectives, newest first."""
    records = [
        Saved(record.id, record.fields["as_of"], record.created_at, record.created_by)
        for record in store.records("retrospective")
    ]
    return sorted(records, key=lambda one: (one.saved_at, one.as_of), reverse=True)


@kept(16)
def _thawed(path: str, record_id: str, _info: WorkspaceInfo) -> RetrospectiveReport:
    return thaw(store_of(_info).record("retrospective", record_id).fields["report"])


def frozen_report(info: WorkspaceInfo, record_id: str) -> RetrospectiveReport:
    """A frozen retrospective. Raises InputError ``retrospective.unreadable``."""
    return _thawed(str(info.path.resolve()), record_id, info)
