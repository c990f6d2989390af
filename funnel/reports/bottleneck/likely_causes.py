"""The usual causes of one weak stage: the playbook's entries, each with the figures that support or contradict it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from funnel.errors import Message
from funnel.filters import apply_filters
from funnel.metrics.comparison.simplification import stage_use
from funnel.metrics.economics import key_figures
from funnel.planning.strategies.playbook import PlaybookEntry, entries_for, judge
from funnel.reports.bottleneck.report import BottleneckReport
from funnel.reports.workspace_data import WorkspaceData


@dataclass(frozen=True, slots=True)
class LikelyCause:
    """One entry of the playbook: its ``stand`` (supports, unclear, cannot_know, contradicts) and why."""

    entry: PlaybookEntry
    stand: str
    evidence: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class LikelyCauses:
    """``entries``: supported ones first, contradicted ones last. ``others``: rows of ``schema.CauseEvidence`` at the
    stage that no entry of the playbook is about."""

    entries: tuple[LikelyCause, ...]
    others: pl.DataFrame


def likely_causes(
    report: BottleneckReport, data: WorkspaceData, playbook: Iterable[PlaybookEntry], position: int
) -> LikelyCauses:
    """What the figures of ``report``, made from ``data``, say about the usual causes at the stage of ``position``."""
    definition = report.definition
    found = report.causes.filter(pl.col("position") == position)
    rows = {row["cause"]: row for row in found.iter_rows(named=True)}
    entries = entries_for(playbook, definition, definition.keys[position - 1])
    figures = _figures(report, data, position, {entry.figure.key for entry in entries if entry.figure})
    judged = judge(
        entries,
        {cause: row["stand"] for cause, row in rows.items()},
        {key: x / n if n else None for key, (x, n) in figures.items()},
    )
    causes = [
        LikelyCause(
            one.entry,
            one.stand,
            tuple(_figure_message(by, figures) for by in one.by)
            if one.entry.figure
            else tuple(report.cause_message(rows[by]) for by in one.by if by in rows),
        )
        for one in judged
    ]
    told = {cause for entry in entries for cause in entry.causes}
    return LikelyCauses(tuple(causes), found.filter(~pl.col("cause").is_in(sorted(told))))


def _figures(
    report: BottleneckReport, data: WorkspaceData, position: int, keys: set[str]
) -> dict[str, tuple[float, float]]:
    """The playbook's own figures as x of n, as far as this data and this stage have them (n = 0: not known)."""
    leads = apply_filters(data.journeys.lazy(), report.filters)
    figures: dict[str, tuple[float, float]] = {}
    if "skip_share" in keys:
        use = stage_use(leads, report.definition, data.horizons).row(position - 1, named=True)
        known = use["skip_share"] is not None
        figures["skip_share"] = (use["n_reached"] - use["n_own_entries"], use["n_reached"] if known else 0)
    rates = keys & {"repurchase_rate", "referral_rate"}
    if rates:
        table = key_figures(leads, report.definition, report.filters, report.as_of, data.spend)
        for row in table.filter(pl.col("figure").is_in(sorted(rates)), pl.col("value").is_not_null()).to_dicts():
            figures[row["figure"]] = (row["x"], row["n"])
    return figures


def _figure_message(key: str, figures: dict[str, tuple[float, float]]) -> Message:
    x, n = figures.get(key, (0, 0))
    if not n:
        return Message(f"figures.{key}.unknown")
    return Message(f"figures.{key}", {"x": round(x), "n": round(n), "share": round(100 * x / n, 1)})
