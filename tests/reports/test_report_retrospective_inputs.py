"""From a workspace and its plan to the retrospective: stop rules on what people report reach the recommendation."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from funnel.filters import Filters
from funnel.planning.fields import to_fields
from funnel.planning.strategies.stop_rules import StopRule
from funnel.planning.strategies.strategy import ACTIVE, PLANNED, StateChange, Strategy
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.retrospective.inputs import Plan, broken_stop_rules, workspace_retrospective
from funnel.reports.workspace_data import WorkspaceData
from pages.shell.records import load_records
from pages.shell.retrospective_data import plan_of
from pages.shell.workspaces import store_of, workspaces
from tests.factories import lead, log
from tests.opening import empty_workspace, use_folder
from tests.plan_samples import data_of, row

LAST = date(2025, 7, 19)
RULE = StopRule("reported", "below", 10, 2)
START = StateChange(ACTIVE, datetime(2025, 6, 2, 9), "Ann")
DEMOS = Strategy(
    "demos", "intent", title="Demos", starts_on=date(2025, 6, 2), state=ACTIVE, history=(START,), stop=RULE
)
TOO_FEW = (row("a", "2025-W28", actual="9"), row("b", "2025-W29", actual="8"))
"""The weeks from 7 and 14 July; the second ends on the day after the data does."""


@pytest.fixture(scope="module")
def data() -> WorkspaceData:
    """Ten leads a day for 200 days, three of ten pass screening after five days."""
    leads = []
    for n in range(2000):
        day = date(2025, 1, 1) + timedelta(days=n // 10)
        leads.append(lead(f"L{n}", f"{day} lead" + (f", {day + timedelta(days=5)} intent" if n % 10 < 3 else "")))
    return data_of(log(*leads, exported_on="2025-07-20"), as_of=LAST)


def broken(data: WorkspaceData, rows: tuple[TrackingRow, ...], as_of: date, strategy: Strategy = DEMOS) -> set[str]:
    return broken_stop_rules((strategy,), data, as_of, rows)


def test_reported_figures_break_a_rule_over_whole_weeks_up_to_as_of(data: WorkspaceData) -> None:
    assert broken(data, TOO_FEW, LAST + timedelta(days=1)) == {"demos"}
    assert broken(data, TOO_FEW, LAST) == set()  # the second week is not over
    assert broken(data, (), LAST + timedelta(days=1)) == set()
    assert broken(data, (TOO_FEW[0], row("b", "2025-W29", actual="12")), LAST + timedelta(days=1)) == set()


def test_only_a_running_strategy_is_judged(data: WorkspaceData) -> None:
    planned = Strategy("demos", "intent", state=PLANNED, stop=RULE)
    assert broken(data, TOO_FEW, LAST + timedelta(days=1), planned) == set()


def test_the_retrospective_recommends_a_pause(data: WorkspaceData) -> None:
    """Two whole weeks below the limit; without them nothing is settled."""
    rows = (row("z", "2025-W27", actual="5"), TOO_FEW[0])
    for reported, expected in ((rows, ("pause", "stop_rule")), ((), None)):
        report = workspace_retrospective(data, Filters(), Plan(strategies=(DEMOS,), rows=reported))
        (line,) = report.promises.iter_rows(named=True)
        said = line["recommendation"], line["reason"]
        assert said == expected if expected else said != ("pause", "stop_rule")


def test_the_page_hands_over_the_tracking_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_folder(tmp_path, monkeypatch)
    empty_workspace(tmp_path)
    store = store_of(workspaces()[0])
    now = datetime(2025, 7, 20)
    store.save_record("tracking", "a", to_fields(TOO_FEW[0]), expected_version=0, who="Ann", now=now)
    assert plan_of(load_records(store)).rows == TOO_FEW[:1]
