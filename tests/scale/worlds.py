"""Histories for counting in parts: invented customers of several leads, the sample, and real files."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from funnel.dataset.contract import BESIDE, Dataset
from funnel.dataset.parted import open_parted
from funnel.dataset.writing import dataset_zip
from funnel.definition.definition import FunnelDefinition, Sla, Stage, Text
from funnel.filters import Filters, preset_window
from funnel.metrics.deadlines.business_days import BusinessCalendar
from funnel.planning.strategies.playbook import load_playbook
from funnel.reports.bottleneck.likely_causes import likely_causes
from funnel.reports.bottleneck.report import bottleneck_report, waiting_list
from funnel.reports.overview import overview_report
from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.scale.loading import PartedData, load_in_parts
from funnel.scale.ways import Way
from funnel.scale.whole import what_parts_say
from funnel.schema import Batches, Entries, Facts, Labels, LeadRows, StageCounts, empty
from tests.conftest import ROOT

DEFINITION = FunnelDefinition(
    "made", Text("Made", "虚构"),
    (
        Stage("lead", Text("Lead", "线索")), Stage("talk", Text("Talk", "洽谈")), Stage("offer", Text("Offer", "报价")),
        Stage("won", Text("Won", "成交"), is_won=True), Stage("again", Text("Again", "复购"), is_post_sale=True),
    ),
)  # fmt: skip
IMPORTED = datetime(2025, 7, 1, 9)


def with_deadlines(definition: FunnelDefinition) -> FunnelDefinition:
    """Every second step has a deadline in hours, the others one in business days; two roles share the stages."""
    stages = tuple(
        replace(
            stage,
            sla=None if i == 0 else Sla(5, "business_days") if i % 2 else Sla(30, "hours"),
            owner_role="marketing" if i == 0 else "sales",
        )
        for i, stage in enumerate(definition.stages)
    )
    return replace(definition, stages=stages)


def dataset_of(facts: Facts, definition: FunnelDefinition, **settings: Any) -> Dataset:
    spend, rejected, findings = (empty(schema) for schema in BESIDE.values())
    return Dataset("made", definition, facts, spend, rejected, findings, settings)


def folder_of(dataset: Dataset, n: int, folder: Path) -> Path:
    """The dataset in ``n`` parts, unpacked into a folder."""
    target = folder / f"in-{n}"
    with zipfile.ZipFile(io.BytesIO(dataset_zip(dataset, n))) as archive:
        archive.extractall(target)
    return target


def in_memory(dataset: Dataset, as_of: date | None = None) -> WorkspaceData:
    return load_workspace(
        name=dataset.name, is_sample=False, facts=dataset.facts, definition=dataset.definition, spend=dataset.spend,
        settings=dataset.settings, as_of=as_of,
    )  # fmt: skip


def in_parts(folder: Path, way: Way, as_of: date | None = None) -> PartedData:
    parted = open_parted(folder)
    definition, said, spend = parted.about.definition, parted.about.settings, parted.frames["spend"]
    known = what_parts_say(parted, definition, said, way)
    return load_in_parts(
        name="made", definition=definition, spend=spend, settings=said, parted=parted, known=known, way=way,
        folder=folder.parent / "kept", as_of=as_of,
    )  # fmt: skip


def questions(data: WorkspaceData) -> list[tuple[Filters, dict[str, Any]]]:
    """Filters, bases, periods and dimensions, each at least once."""
    half, by = preset_window("6m", data.day), data.dimensions[0] if data.dimensions else "source"
    found: list[tuple[Filters, dict[str, Any]]] = [
        (Filters(), {"basis": "own", "every": "week", "by": by}),
        (Filters(half), {"by": by}),
        (Filters(preset_window("12m", data.day)), {"basis": "activity"}),
    ]
    if data.dimensions:
        found.append((Filters(half, **{by: data.values_of(by)[:2]}), {"basis": "strict", "every": "week"}))
    return found


def assert_same_overview(one: WorkspaceData, other: WorkspaceData, *, medians: float = 1e-6, most: int = 4) -> None:
    """Everything that the page shows: counts equal, amounts to 1e-9, days (kept in 32 bits) to ``medians``.

    ``most``: so many ``questions`` are asked.
    """
    for name in ("support", "money", "latest", "as_of", "history_start", "leads_until", "dimensions", "n_leads"):
        assert getattr(one, name) == getattr(other, name), name
    assert (one.days, one.n_won_later) == (other.days, other.n_won_later)
    assert all(one.values_of(name) == other.values_of(name) for name in one.dimensions)
    assert_frame_equal(one.horizons, other.horizons)
    for filters, asked in questions(one)[:most]:
        left, right = (overview_report(data, filters, **asked) for data in (one, other))
        for part in fields(left):
            mine, theirs = getattr(left, part.name), getattr(right, part.name)
            if not isinstance(mine, pl.DataFrame):
                assert mine == theirs, part.name
                continue
            days = [name for name in mine.columns if name.endswith("_days")]
            rough = ["value", "previous", "change", "change_share"] if part.name == "key_figures" else []
            is_median = pl.lit(False)
            if rough:
                is_median = pl.col("figure").is_in(("sales_cycle", "median_deal_size"))
            assert_frame_equal(mine.drop(days, *rough), theirs.drop(days, *rough), rel_tol=1e-9, abs_tol=0)
            assert_frame_equal(mine.select(days), theirs.select(days), rel_tol=medians, abs_tol=0)
            if rough:
                for keep, bound in ((is_median, medians), (~is_median, 1e-9)):
                    sides = [frame.filter(keep).select(rough) for frame in (mine, theirs)]
                    assert_frame_equal(*sides, rel_tol=bound, abs_tol=1e-9)


def assert_same_bottleneck(
    one: WorkspaceData, other: WorkspaceData, *, medians: float = 1e-6, most: int = 4, last: int = 2, **asked: Any
) -> None:
    """Everything that the Bottleneck page shows, its list of leads, and the causes up to the stage ``last``: counts
    equal, rates and stakes to 1e-9, days to ``medians``. ``most``: so many ``questions`` are asked."""
    assert one.support == other.support
    playbook = load_playbook(ROOT / "data" / "playbook.toml")
    for filters, _ in questions(one)[:most]:
        mine, theirs = (bottleneck_report(data, filters, **asked) for data in (one, other))
        for part in fields(mine):
            left, right = getattr(mine, part.name), getattr(theirs, part.name)
            if part.name == "waiting":
                assert right is None, "no lead travels with a report"
                right = waiting_list(other, theirs, asked.get("calendar", BusinessCalendar()), None)
            if not isinstance(left, pl.DataFrame):
                assert left == right, part.name
                continue
            days = [name for name in left.columns if name.endswith("_days") and part.name in ("slow", "handovers")]
            days += ["x"] if part.name == "causes" else []
            assert_frame_equal(left.drop(days), right.drop(days), rel_tol=1e-9, abs_tol=1e-12)
            assert_frame_equal(left.select(days), right.select(days), rel_tol=medians, abs_tol=1e-9)
        for position in range(1, last + 1):
            left, right = (
                likely_causes(report, data, playbook, position) for report, data in ((mine, one), (theirs, other))
            )
            assert [(cause.entry.key, cause.stand) for cause in left.entries] == [
                (cause.entry.key, cause.stand) for cause in right.entries
            ]


def with_owner_changes(facts: Facts) -> Facts:
    """The facts and beside them rows of a log that say from when on somebody owned a lead."""
    rows = facts.lead_rows
    kept = ("batch_no", "row_no", "lead_id", "created_at")
    nothing = [pl.lit(None, kind).alias(name) for name, kind in rows.schema.items() if name not in kept]
    changes = [
        rows.filter(pl.col("created_at").is_not_null(), pl.col("row_no") % (no + 2) == 0, pl.col("batch_no") == batch)
        .with_columns(nothing)
        .with_columns(
            changed_at=pl.col("created_at") + pl.duration(days=days),
            owner=pl.lit(owner),
            created_at=pl.lit(None, rows.schema["created_at"]),
            row_no=pl.col("row_no") + 100_000 * (no + 1),
        )
        for no, (days, owner) in enumerate(((3, "Cy"), (12, "Di"), (40, "Bo")))
        for batch in (1, 2)
    ]
    return replace(facts, lead_rows=pl.concat([rows, *changes]))


def customers(n: int, seed: int = 7) -> Facts:
    """``n`` leads of a shop's customers in two files, the second without the oldest leads: customers of several leads,
    leads that change their customer, referrals of customers and of leads, losses with and without a reason, two
    currencies, dates with and without a time, leads without any."""
    rng = random.Random(seed)
    start = datetime(2024, 1, 1)
    rows, entries = [], []
    for i in range(n):
        batch = 2 if i % 3 else 1
        created = start + timedelta(days=rng.random() * 500)
        has_time = rng.random() < 0.5
        if not has_time:
            created = created.replace(hour=0, minute=0, second=0, microsecond=0)
        customer = f"c{rng.randrange(n // 3)}" if rng.random() < 0.8 else None
        referrer = None
        if rng.random() < 0.03:
            referrer = rng.choice([f"l{rng.randrange(n)}", f"c{rng.randrange(n // 3)}", "nobody"])
        furthest, at = rng.choice([1, 1, 2, 2, 3, 4]), created
        for stage in ("talk", "offer", "won")[: furthest - 1]:
            at = at + timedelta(days=rng.expovariate(1 / 12))
            if stage != "talk" or rng.random() < 0.85:
                entries.append((batch, i, f"l{i}", "stage", stage, at, True))
        is_lost = furthest < 4 and rng.random() < 0.6
        if is_lost:
            entries.append((batch, i, f"l{i}", "stage", "lost", at + timedelta(days=rng.expovariate(1 / 20)), True))
        said = {
            "batch_no": batch, "row_no": i, "lead_id": f"l{i}", "created_at": created, "created_has_time": has_time,
            "amount": rng.randrange(1, 90_000) / 7 if rng.random() < 0.9 else None, "customer_id": customer,
            "referrer_id": referrer, "source": rng.choice(["web", "fair", None]), "owner": rng.choice(["Ann", "Bo"]),
            "currency": rng.choice(["EUR", "EUR", "USD"]),
            "lost_reason": rng.choice(["price", None]) if is_lost else None,
        }  # fmt: skip
        if rng.random() < 0.02:
            said |= {"created_at": None, "created_has_time": None}
        rows.append(said)
        if customer and rng.random() < 0.02:
            rows.append(said | {"batch_no": 2, "row_no": n + i, "customer_id": f"c{rng.randrange(n // 3)}"})
    labels = [(no, "stage", key, key) for no in (1, 2) for key in ("talk", "offer", "won")]
    labels += [(no, "stage", "lost", "@lost") for no in (1, 2)]
    batches = [
        (no, "stage_log", f"{no}.csv", IMPORTED, day, "", n, n, None, None)
        for no, day in ((1, date(2025, 6, 30)), (2, date(2025, 5, 31)))
    ]
    return Facts(
        pl.DataFrame(batches, schema=empty(Batches).schema, orient="row"),
        pl.DataFrame(
            [{name: row.get(name) for name in LeadRows.column_names()} for row in rows], empty(LeadRows).schema
        ),
        pl.DataFrame(entries, schema=empty(Entries).schema, orient="row"),
        pl.DataFrame(labels, schema=empty(Labels).schema, orient="row"),
        empty(StageCounts),
    )
