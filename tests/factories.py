"""Facts from short hand-written journeys, so that a test reads like the story it tells.

    story = log(
        lead("A", "2024-01-01 lead, 2024-01-03 intent, 2024-01-09 won", amount=100, source="web"),
        lead("B", "2024-01-02 09:30 lead, 2024-01-05 14:00 @lost", lost_reason="price"),
    )
    table = journeys(story, as_of="2024-03-31")          # one collected row per lead

A label is written as what it means: a stage key or an exit (``@lost``, ``@open`` …). ``"2024-01-01"`` is a date,
``"2024-01-01 09:30"`` carries a time. The three shapes are three functions over the same leads:

- ``log``: the events are changes of stage (every stage is dated);
- ``milestones``: the events are date columns; ``columns`` lists them (default: every stage that occurs);
- ``snapshot``: no events, only ``stage=`` / ``status=`` / ``created_at=`` / ``closed_at=`` … of each lead.

Several batches: ``journeys(log(...), snapshot(...), as_of=...)``, in the order of their import.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from funnel.definition.definition import EXITS, FunnelDefinition, Stage, Text
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.metrics.support import StageSupport, StepSupport, Support
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import (
    Entries,
    Facts,
    ImportBatch,
    Labels,
    LeadRows,
    Rejected,
    Shape,
    Spend,
    StageCounts,
    empty,
    empty_facts,
    facts_of,
)

IMPORTED_AT = datetime(2030, 1, 1, 12)
"""When all batches of a story are imported, unless it says otherwise: dates after it are future dates."""


def funnel(*keys: str, won: str) -> FunnelDefinition:
    """A definition of the given stage keys; what stands after ``won`` is post-sale."""
    at = keys.index(won)
    stages = tuple(Stage(k, Text(k, k), is_won=k == won, is_post_sale=i > at) for i, k in enumerate(keys))
    return FunnelDefinition("test", Text("test", "test"), stages)


GUIDE = funnel("lead", "intent", "opportunity", "won", "repeat", won="won")
"""The guide's five stages."""


@dataclass(frozen=True)
class Lead:
    """One lead of a story: its dated events and whatever else the file says about it."""

    lead_id: str
    events: tuple[tuple[str, datetime, bool], ...] = ()
    says: dict[str, Any] = field(default_factory=dict)


def at(text: str) -> datetime:
    """``"2024-01-01"`` or ``"2024-01-01 09:30"``."""
    return datetime.fromisoformat(text)


def day(text: str) -> date:
    return date.fromisoformat(text)


def lead(lead_id: str, events: str = "", **says: Any) -> Lead:
    """``events``: ``"2024-01-01 lead, 2024-01-03 09:30 intent"``. ``says``: columns of ``LeadRows`` (``stage`` and
    ``status`` for the labels); dates may be written as text."""
    parsed = []
    for event in filter(None, (part.strip() for part in events.split(","))):
        when, label = event.rsplit(" ", 1)
        parsed.append((label, at(when), ":" in when))
    return Lead(lead_id, tuple(parsed), says)


def log(*leads: Lead, exported_on: str | None = None, labels: dict[str, str] | None = None) -> ImportBatch:
    """A stage log: one row per event. ``labels``: raw label → meaning, where they differ."""
    return _batch("stage_log", "stage", leads, exported_on, labels or {})


def milestones(
    *leads: Lead,
    columns: tuple[str, ...] | None = None,
    exported_on: str | None = None,
    labels: dict[str, str] | None = None,
) -> ImportBatch:
    """One row per lead with a date column per stage."""
    return _batch("milestones", "milestone", leads, exported_on, labels or {}, columns=columns)


def snapshot(*leads: Lead, exported_on: str | None = None, labels: dict[str, str] | None = None) -> ImportBatch:
    """One row per lead with its current stage or status."""
    return _batch("snapshot", "milestone", leads, exported_on, labels or {})


def facts(*batches: ImportBatch, imported_at: datetime = IMPORTED_AT) -> Facts:
    return facts_of(list(batches), imported_at)


def journeys(
    *batches: ImportBatch, as_of: str | date | None = None, definition: FunnelDefinition = GUIDE
) -> pl.DataFrame:
    """The collected journeys of the story, sorted by lead id; ``as_of`` defaults to the story's own."""
    known = facts(*batches)
    until = day(as_of) if isinstance(as_of, str) else as_of or default_as_of(known, definition)
    assert until is not None, "the story holds no date"
    return build_journeys(known, definition, until).sort("lead_id").collect()


def spend(
    *rows: tuple[date | None, str | None, float | None] | tuple[date, str | None, float, str | None],
) -> pl.DataFrame:
    """A spend table (schema ``Spend``, not validated) of (month, source, amount) or (month, source, amount, region)."""
    return pl.DataFrame([(*row, None)[:4] for row in rows], schema=empty(Spend).schema, orient="row")


def workspace(
    leads: pl.LazyFrame | pl.DataFrame,
    definition: FunnelDefinition,
    as_of: date,
    horizons: pl.DataFrame,
    *,
    spend: pl.DataFrame | None = None,
    told: Facts | None = None,
) -> WorkspaceData:
    """Journeys as the data that a report is made of; ``told``: the facts behind them, where a test has some."""
    return WorkspaceData(
        name="test",
        is_sample=False,
        definition=definition,
        support=_everything(definition),
        facts=told or empty_facts(),
        journeys=leads.collect() if isinstance(leads, pl.LazyFrame) else leads,
        horizons=horizons,
        spend=empty(Spend) if spend is None else spend,
        settings={},
        trust=(),
        import_findings=(),
        as_of=as_of,
        latest=as_of,
    )


def _everything(definition: FunnelDefinition) -> Support:
    """Of data that date every stage and every win."""
    stages = tuple(StageSupport(key, 1, 1) for key in definition.keys)
    steps = tuple(StepSupport(place, "dated") for place in range(2, len(stages) + 1))
    return Support(definition, (), stages, steps, (1, 1), (1, 1))


def row(table: pl.DataFrame, lead_id: str) -> dict[str, Any]:
    """The one row of a lead."""
    return table.row(by_predicate=pl.col("lead_id") == lead_id, named=True)


def _batch(
    shape: Shape,
    scope: str,
    leads: tuple[Lead, ...],
    exported_on: str | None,
    labels: dict[str, str],
    *,
    columns: tuple[str, ...] | None = (),
) -> ImportBatch:
    entries, rows, heard = [], [], dict.fromkeys((scope, column) for column in columns or ())
    for row_no, one in enumerate(leads, 2):
        for label, when, has_time in one.events:
            heard[scope, label] = None
            entries.append([0, row_no, one.lead_id, scope, label, when, has_time])
        said = _lead_row(one, row_no)
        heard.update({(kind, said[f"{kind}_label"]): None for kind in ("stage", "status") if said.get(f"{kind}_label")})
        if shape != "stage_log" or one.says:
            rows.append(said)
    meant = [
        {"batch_no": 0, "scope": kind, "label": label, "target": labels.get(label, label)}
        for kind, label in heard
        if label in labels or label in EXITS or label.isidentifier()
    ]
    return ImportBatch(
        file_name=f"{shape}.csv",
        content_hash=repr((shape, leads)),
        shape=shape,
        mapping={},
        header_signature=shape,
        exported_on=day(exported_on) if exported_on else None,
        lead_rows=pl.DataFrame(rows, schema=empty(LeadRows).schema),
        entries=pl.DataFrame(entries, schema=empty(Entries).schema, orient="row"),
        labels=pl.DataFrame(meant, schema=empty(Labels).schema),
        counts=empty(StageCounts),
        rejected=empty(Rejected),
        findings=(),
        n_rows=max(len(rows), len(entries)),
        n_accepted=max(len(rows), len(entries)),
    )


def _lead_row(one: Lead, row_no: int) -> dict[str, Any]:
    said: dict[str, Any] = {"batch_no": 0, "row_no": row_no, "lead_id": one.lead_id}
    for name, value in one.says.items():
        column = f"{name}_label" if name in ("stage", "status") else name
        said[column] = at(value) if column.endswith("_at") and isinstance(value, str) else value
        timed = column.removesuffix("_at") + "_has_time"
        if column.endswith("_at") and timed in empty(LeadRows).columns:
            said.setdefault(timed, ":" in value if isinstance(value, str) else True)
    unknown = set(said) - set(empty(LeadRows).columns)
    assert not unknown, f"no such column: {unknown}"
    return said
