"""Workspaces that nobody has thought of: any funnel, any history, any settings, any plan, out of a random stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl

from funnel.definition.definition import LOST, METRICS, Benchmark, FunnelDefinition, Sla, Text
from funnel.planning.feedback.decisions import Decision
from funnel.planning.feedback.voices import Feedback
from funnel.planning.fields import Record, to_fields
from funnel.planning.strategies.stop_rules import STOP_METRICS, StopRule
from funnel.planning.strategies.strategy import ACTIVE, StateChange, Strategy
from funnel.planning.targets import PERIODS, TARGET_METRICS, Target
from funnel.planning.tracking.periods import month_sheet, week_sheet
from funnel.planning.tracking.rows import TrackingRow
from funnel.schema import ImportBatch, StageCounts, empty
from funnel.storage.records import Edit
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace
from tests import factories

KEYS = ("lead", "intent", "call", "demo", "offer", "trial", "terms", "paper", "deal", "care")
NAMES = {"source": ("fair", "web", "推荐"), "owner": ("Li Na", "Anna"), "segment": ("A", "B")}
_REASONS = ("price", "competitor", "no reply", "预算不足")


@dataclass(frozen=True)
class World:
    """A workspace file on disk and what a link to it may name. ``last``: its last day of history."""

    folder: Path
    name: str
    definition: FunnelDefinition
    last: date
    words: str


def a_funnel(draw: Random, n_stages: int, won_at: int) -> FunnelDefinition:
    """``n_stages`` stages with the win at place ``won_at`` (from 2); what stands behind it is after the sale."""
    keys = KEYS[:n_stages]
    plain = factories.funnel(*keys, won=keys[won_at - 1])
    stages = []
    for position, stage in enumerate(plain.stages, 1):
        low = draw.random()
        mark = Benchmark(low, draw.uniform(low, 1), Text("a source", "来源")) if draw.random() < 0.5 else None
        unit = draw.choice(("hours", "business_days"))
        deadline = Sla(draw.choice((0.5, 4, 5, 24, 90)), unit) if draw.random() < 0.5 else None
        metrics = tuple(draw.sample(METRICS, draw.randint(0, 3)))
        is_step = position > 1
        stages.append(
            replace(stage, metrics=metrics, benchmark=mark if is_step else None, sla=deadline if is_step else None)
        )
    return replace(plain, stages=tuple(stages))


def a_world(draw: Random, folder: Path, n_stages: int, won_at: int) -> World:
    """Write one workspace into ``folder`` (which must not exist yet)."""
    definition = a_funnel(draw, n_stages, won_at)
    last = date(draw.choice((1971, 1999, 2009, 2015, 2024, 2026)), draw.randint(1, 12), draw.randint(1, 28))
    name = f"{n_stages} stages, won at {won_at}"
    store = create_workspace(folder, name, definition, is_sample=draw.random() < 0.1)
    about = [name]
    try:
        for make in draw.sample((_log, _milestones, _snapshot, _counts, _undated), draw.choice((0, 1, 1, 1, 2))):
            moment = datetime.combine(last + timedelta(days=draw.choice((0, 1, 400))), datetime.min.time())
            store.import_batch(make(draw, definition, last), who="fuzz", now=moment)
            about.append(make.__name__.strip("_"))
        about += [part for part in (_settings(draw, store, definition), _plan(draw, store, definition, last)) if part]
    finally:
        store.close()
    return World(folder, name, definition, last, ", ".join([*about, f"until {last}"]))


def _leads(draw: Random, definition: FunnelDefinition, last: date, *, dated: bool = True) -> list[factories.Lead]:
    """Some leads that go as far as they please, some skipping, some going backwards, some lost, some much later."""
    days, found = draw.choice((5, 90, 900)), []
    for i in range(draw.choice((1, 2, 4, 30, 120))):
        day = last - timedelta(days=draw.randint(0, days))
        furthest = draw.randint(1, len(definition.keys))
        events = []
        for key in definition.keys[:furthest]:
            if draw.random() < 0.85 and dated:
                events.append(f"{day} {key}")
            day = min(day + timedelta(days=draw.choice((-1, 0, 1, 9, 60))), last)
        if draw.random() < 0.4 and dated:
            events.append(f"{day} {LOST}")
        says = {name: draw.choice((*values, None)) for name, values in NAMES.items() if draw.random() < 0.7}
        if draw.random() < 0.5:
            says["amount"] = draw.choice((0.0, 10.5, 1e9, -3.0))
        if draw.random() < 0.3:
            says |= {"lost_reason": draw.choice(_REASONS), "customer_id": f"C{draw.randint(1, 9)}"}
        found.append(factories.lead(f"L{i}", ", ".join(events), **says))
    return found


def _log(draw: Random, definition: FunnelDefinition, last: date) -> ImportBatch:
    return factories.log(*_leads(draw, definition, last))


def _milestones(draw: Random, definition: FunnelDefinition, last: date) -> ImportBatch:
    columns = tuple(key for key in definition.keys if draw.random() < 0.7)
    return factories.milestones(*_leads(draw, definition, last), columns=columns)


def _snapshot(draw: Random, definition: FunnelDefinition, last: date) -> ImportBatch:
    targets = (*definition.keys, LOST)
    leads = []
    for one in _leads(draw, definition, last, dated=False):
        days = {"created_at": f"{last - timedelta(days=draw.randint(0, 300))}"} if draw.random() < 0.8 else {}
        closed = {"closed_at": str(last)} if draw.random() < 0.4 else {}
        leads.append(replace(one, says={**one.says, **days, **closed, "stage": draw.choice(targets)}))
    return factories.snapshot(*leads, exported_on=str(last) if draw.random() < 0.7 else None)


def _undated(draw: Random, definition: FunnelDefinition, last: date) -> ImportBatch:
    leads = _leads(draw, definition, last, dated=False)
    return factories.snapshot(*(replace(one, says={**one.says, "stage": definition.keys[0]}) for one in leads))


def _counts(draw: Random, definition: FunnelDefinition, last: date) -> ImportBatch:
    rows = []
    for back in range(draw.choice((1, 3, 14))):
        start = (last - timedelta(days=30 * back)).replace(day=1)
        period = {"period_start": start, "period_end": start + timedelta(days=27)} if draw.random() < 0.9 else {}
        for key in definition.keys:
            n = float(draw.choice((0, 1, 7, 500)))
            rows.append({"batch_no": 0, "row_no": len(rows) + 2, "label": key, "n": n, **period})
    plain = factories.snapshot()
    labels = [{"batch_no": 0, "scope": "stage", "label": key, "target": key} for key in definition.keys]
    return replace(
        plain,
        file_name="counts.csv",
        content_hash=f"counts {last}",
        shape="counts",
        counts=pl.DataFrame(rows, schema=empty(StageCounts).schema),
        labels=pl.DataFrame(labels, schema=plain.labels.schema),
        n_rows=len(rows),
        n_accepted=len(rows),
    )


def _settings(draw: Random, store: Store, definition: FunnelDefinition) -> str:
    options: dict[str, Callable[[], object]] = {
        "currency": lambda: draw.choice(("CNY", "EUR", "JPY")),
        "time_zone": lambda: draw.choice(("Asia/Shanghai", "America/New_York")),
        "calendar_country": lambda: draw.choice(("CN", "DE", "US")),
        "days_off": lambda: ["2024-03-04", "2015-02-03"],
        "working_days": lambda: ["2024-03-03"],
        "typed_horizons": lambda: {draw.choice(definition.keys): draw.choice((1.0, 30.0, 4000.0))},
    }
    chosen = [key for key in options if draw.random() < 0.4]
    for key in chosen:
        store.set_setting(key, options[key]())
    return " ".join(chosen)


def _plan(draw: Random, store: Store, definition: FunnelDefinition, last: date) -> str:
    """Strategies, targets, rows of the form, voices, decisions and spend around the last day of the data."""
    if draw.random() < 0.4:
        return ""
    around, step = last - timedelta(days=draw.randint(0, 120)), draw.choice(definition.keys[1:])
    stop = StopRule(draw.choice(STOP_METRICS), draw.choice(("above", "below")), draw.choice((0.1, 3.0)), 2)
    strategy = Strategy(
        "S1", step, title="call sooner", actions=("call",), starts_on=around, stop=draw.choice((None, stop))
    )
    if draw.random() < 0.7:
        begun = StateChange(ACTIVE, datetime.combine(around, datetime.min.time()), "fuzz")
        strategy = replace(strategy, state=ACTIVE, history=(begun,))
    metric = draw.choice(TARGET_METRICS)
    records: dict[str, Record] = {
        "strategy": strategy,
        "target": Target("T1", step, metric, 0.5, draw.choice(PERIODS), around, person=draw.choice(("", "Li Na"))),
        "tracking": TrackingRow(
            "T1", draw.choice((week_sheet(last), month_sheet(last))), draw.choice(("", "gone", step)), "call",
            actual=draw.choice(("", "480")), strategy_id=draw.choice(("", "S1")),
        ),
        "feedback": Feedback("F1", around, stage=draw.choice(("", step)), theme="price", quote="太贵"),
        "decision": Decision("D1", around.replace(day=1), "ask earlier", due_on=last),
    }  # fmt: skip
    for kind, record in records.items():
        name = f"{kind[0].upper()}1"
        store.save_records(kind, [Edit(name, to_fields(record), 0)], who="fuzz", now=datetime(2026, 7, 1))
    money = factories.spend((around.replace(day=1), draw.choice((None, "web")), 900.0))
    store.save_spend(money, who="fuzz", now=datetime(2026, 7, 1))
    return f"plan ({strategy.state}, {metric})"
