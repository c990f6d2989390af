"""What was known on past days, for the track record of the outlook.

Where files came in at least once a month, a past day is rebuilt from the files that had come by then; else from all
files by the dates in them, which makes the past look better known than it was where wins are entered late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.journeys.looks import one_look
from funnel.metrics.outlook.forecasting import grid_days
from funnel.metrics.outlook.stays import with_last_seen_open
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import Facts

FILE_WITHIN_DAYS = 31
MOST_REBUILT = 2_000_000
"""Leads times days: beyond that the dates of today's journeys are cut, which costs a thousandth of rebuilding."""

_TAKEN_BACK = ("trust.win_revoked", "trust.reopened")


@dataclass(frozen=True)
class Earlier:
    """Journeys as known on past days. ``journeys``: of the days that were rebuilt (all others are cut out of today's by
    their dates); ``by_files``: those of them that rest on the files known then."""

    journeys: Mapping[date, pl.DataFrame] = field(default_factory=dict)
    by_files: frozenset[date] = frozenset()


def earlier_journeys(data: WorkspaceData) -> Earlier:
    """The past days of the workspace's track record. One file in which nothing was taken back needs no rebuilding."""
    first = data.history_start
    if data.as_of is None or first is None:
        return Earlier()
    days = grid_days(first, data.as_of)
    known = {day: _files_known(data.facts, day) for day in days}
    by_files = frozenset(day for day, numbers in known.items() if numbers is not None)
    taken_back = any(finding.message.code in _TAKEN_BACK for finding in data.trust)
    if data.journeys.height * len(days) > MOST_REBUILT:
        return Earlier()
    if not by_files and (data.facts.batches.height == 1 and not taken_back):
        return Earlier()
    parts = {numbers: _only(data.facts, numbers) for numbers in set(known.values()) if numbers is not None}
    facts = {day: data.facts if numbers is None else parts[numbers] for day, numbers in known.items()}
    with one_look():
        built = pl.collect_all([build_journeys(facts[day], data.funnel, day) for day in days])
        journeys = {
            day: with_last_seen_open(data.support.without_stand_ins(one), facts[day], data.funnel, day)
            for day, one in zip(days, built, strict=True)
        }
    return Earlier(journeys, by_files)


def _files_known(facts: Facts, day: date) -> tuple[int, ...] | None:
    """The files that had come by ``day``; null where none came within the month up to it, or all have come."""
    came = pl.coalesce("exported_on", pl.col("imported_at").dt.date())
    dated = facts.batches.select("batch_no", came.alias("on"))
    known = dated.filter(pl.col("on") <= day)
    if known.height == dated.height or known.filter(pl.col("on") > day - timedelta(days=FILE_WITHIN_DAYS)).is_empty():
        return None
    return tuple(known["batch_no"].to_list())


def _only(facts: Facts, numbers: tuple[int, ...]) -> Facts:
    """The facts of some of the batches."""
    keep = pl.col("batch_no").is_in(numbers)
    kept = {name: getattr(facts, name).filter(keep) for name in ("batches", "lead_rows", "entries", "labels", "counts")}
    return replace(facts, **kept)
