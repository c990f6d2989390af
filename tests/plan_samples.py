"""Workspaces for tests of the plan: data from small stories, and rows of the tracking form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from funnel.definition.definition import FunnelDefinition
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import ImportBatch
from tests import factories
from tests.factories import GUIDE, facts


def data_of(
    *batches: ImportBatch,
    definition: FunnelDefinition = GUIDE,
    spend: Mapping[date, float] | None = None,
    as_of: date | None = None,
    is_sample: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> WorkspaceData:
    """A workspace of a story; ``spend``: money per month, of no source."""
    money = factories.spend(*((month, None, amount) for month, amount in (spend or {}).items()))
    return load_workspace(
        name="test",
        is_sample=is_sample,
        facts=facts(*batches, imported_at=datetime(2027, 1, 1)),
        definition=definition,
        spend=money,
        settings=settings or {},
        as_of=as_of,
    )


def row(row_id: str, sheet: str, stage: str = "intent", **fields: Any) -> TrackingRow:
    return TrackingRow(row_id, sheet, stage, **fields)
