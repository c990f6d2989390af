"""The usual causes of one weak stage: the playbook's entries, each with the figures that support or contradict it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from funnel.errors import Message
from funnel.filters import apply_filters
from funnel.metrics.economics import key_figures
from funnel.metrics.gathering import Asked, collected, one_row, over
from funnel.metrics.steps.patterns import created_in
from funnel.metrics.thresholds import MIN_LEADS
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
    with over(data.parts, data.n_leads):
        return _likely_causes(report, data, playbook, position)


def _likely_causes(
    report: BottleneckReport, data: WorkspaceData, playbook: Iterable[PlaybookEntry], position: int
) -> LikelyCauses:
    definition = report.definition
    found = report.causes.filter(pl.col("position") == position)
    rows = {row["cause"]: row for row in found.iter_rows(named=True)}
    entries = entries_for(playbook, definition, definition.keys[position - 1])
    figures = _figures(report, data, position, {entry.figure.key for entry in entries if entry.figure})
    judged = judge(
        entries,
        {cause: row["stand"] for cause, row in rows.items()},
        {key: found.value for key, found in figures.items()},
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


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure of the playbook as ``x`` of ``n``; ``value`` null: it says nothing, since it is within chance."""

    x: float
    n: float
    value: float | None
    detail: str | None = None


def _figures(report: BottleneckReport, data: WorkspaceData, position: int, keys: set[str]) -> dict[str, _Figure]:
    """The playbook's own figures, as far as this data and this stage have them."""
    leads = apply_filters(data.leads, report.filters)
    figures: dict[str, _Figure] = {}
    if "skip_share" in keys:
        is_reached = pl.col("furthest_stage") >= position
        own = pl.col(f"entered_{report.definition.keys[position - 1]}").is_not_null()
        n_reached, n_own = one_row(leads.select(a=is_reached.sum(), b=own.sum())).values()
        if n_reached and n_own:
            figures["skip_share"] = _share(n_reached - n_own, n_reached)
    if keys & {"repurchase_rate", "referral_rate", "lead_cost_change"}:
        table = key_figures(
            leads, report.definition, report.filters, report.as_of, data.spend,
            history_start=data.history_start, no_new_leads=data.why_no_new_leads(report.as_of),
        )  # fmt: skip
        rows = {row["figure"]: row for row in table.iter_rows(named=True)}
        for key in keys & {"repurchase_rate", "referral_rate"}:
            if rows[key]["value"] is not None:
                figures[key] = _share(rows[key]["x"], rows[key]["n"])
        cost = rows["lead_cost"]
        if "lead_cost_change" in keys and cost["change_share"] is not None and _enough(cost):
            change = None if cost["within_chance"] else cost["change_share"]
            figures["lead_cost_change"] = _Figure(cost["value"], cost["previous"], change)
    if keys & {"top_source_share", "missing_source_share"}:
        figures |= _sources(created_in(leads, report.filters.window))
    return {key: figures[key] for key in keys if key in figures}


def _enough(cost: Mapping[str, Any]) -> bool:
    return min(cost["n"] or 0, cost["previous_n"] or 0) >= MIN_LEADS


def _sources(leads: pl.LazyFrame) -> dict[str, _Figure]:
    """How much hangs on the largest source, and how many leads have none; nothing where no lead states one."""
    counted = leads.group_by(pl.col("source").cast(pl.String)).agg(n=pl.len().cast(pl.Int64))
    found = collected(Asked(counted, ("source",)))[0].sort("n", "source", descending=[True, False])
    stated = found.drop_nulls("source")
    n, n_stated = int(found["n"].sum()), int(stated["n"].sum())
    if not n_stated:
        return {}
    figures = {"missing_source_share": _share(n - n_stated, n)}
    if n_stated >= max(MIN_LEADS, n / 2):
        figures["top_source_share"] = replace(_share(stated["n"][0], n_stated), detail=stated["source"][0])
    return figures


def _share(x: float, n: float) -> _Figure:
    return _Figure(x, n, x / n if n else None)


def _figure_message(key: str, figures: Mapping[str, _Figure]) -> Message:
    found = figures.get(key)
    if found is None or not found.n:
        return Message(f"figures.{key}.unknown")
    params: dict[str, Any] = {"x": round(found.x), "n": round(found.n), "share": round(100 * found.x / found.n, 1)}
    if found.detail is not None:
        params |= {"detail": found.detail}
    return Message(f"figures.{key}.chance" if found.value is None else f"figures.{key}", params)
