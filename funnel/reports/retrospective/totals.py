"""The retrospective of a workspace of stage totals: what changed between two windows, and what nobody can know.

Totals are no leads: whether a change is real or chance, the mix, the promise of a strategy and the use of a stage stay
unanswered, and the report says so. What remains is the same report, so that it is shown, frozen and taken along alike.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.filters import Filters, Window, bounds
from funnel.metrics.comparison import verdicts
from funnel.metrics.comparison.drivers import driver_parts, has_rate_above_1, told_apart, totals_part_is_certain
from funnel.metrics.comparison.windows import PairChoice
from funnel.metrics.steps.activity import counts_straddling, counts_table
from funnel.metrics.thresholds import DEFAULT_MONTHS
from funnel.planning.strategies.playbook import PlaybookEntry
from funnel.reports.retrospective import voices as voiced
from funnel.reports.retrospective.inputs import Plan
from funnel.reports.retrospective.report import ImportMark, RetrospectiveReport
from funnel.reports.retrospective.windows import period_windows
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import (
    ControlChart,
    DriverParts,
    DurationComparison,
    Facts,
    GroupComparison,
    MixParts,
    MonthPairs,
    Overlaps,
    Promises,
    StageUse,
    StepComparison,
    StrategyLines,
    WindowFigures,
    WindowFunnel,
)

TOTALS = "totals"
"""The basis of such a report."""


def totals_start(facts: Facts) -> date | None:
    """The first day of the totals that have a period; None without any."""
    first = facts.counts["period_start"].min()
    return first if isinstance(first, date) else None


def _periods(facts: Facts) -> list[tuple[date, date]]:
    return facts.counts.select("period_start", "period_end").drop_nulls().unique().rows()


def months_covered(facts: Facts, as_of: date) -> int:
    """How many months on each side the totals up to ``as_of`` cover, at most the default; at least 1."""
    first = totals_start(facts) or as_of
    sides = {
        n: bounds(period_windows(_periods(facts), PairChoice(months=n), as_of)[0])[0]
        for n in range(1, DEFAULT_MONTHS + 1)
    }
    return max((n for n, start in sides.items() if start >= first), default=1)


def totals_retrospective(
    data: WorkspaceData,
    filters: Filters,
    plan: Plan,
    *,
    choice: PairChoice = PairChoice(),  # noqa: B008  (frozen)
    playbook: tuple[PlaybookEntry, ...] = (),
    definition_version: int | None = None,
) -> RetrospectiveReport:
    """The report of a workspace of totals with periods.

    The windows hold whole periods, as many before as after (``period_windows``). Where the window before begins before
    the totals do, nothing is split into factors, since a part of the difference would be missing data. ValueError
    without a period.
    """
    definition, as_of, first = data.funnel, data.as_of, totals_start(data.facts)
    if as_of is None or first is None:
        raise ValueError("a retrospective of totals needs their periods")
    windows = period_windows(_periods(data.facts), choice, as_of)
    before, after = windows
    sides = [counts_table(data.facts, definition, _within(filters, window)) for window in windows]
    funnel = _funnel(definition, *sides)
    is_covered = before.start is not None and before.start >= first
    places = told_apart(funnel, definition.keys) if is_covered else None
    drivers = DriverParts.create_empty() if places is None else driver_parts(funnel, places)
    is_split = places is not None and not has_rate_above_1(drivers) and totals_part_is_certain(funnel, drivers)
    headline = [Message("retrospective.totals_only")]
    if is_covered:
        # The windows hold equally many periods: months of unlike length are one each.
        headline.insert(0, verdicts.customers_message(definition, funnel, drivers, is_split=is_split))
    else:
        headline.insert(0, Message("retrospective.totals_begin", {"day": first, "start": before.start}))
    n_left_out = counts_straddling(data.facts, definition, filters, windows)
    facts = [Message("retrospective.totals_left_out", {"n": n_left_out})] if n_left_out else []
    voices = voiced.all_voices(plan.feedback, data.journeys.lazy(), definition)
    grown = voiced.growing(voices, as_of)
    marks = data.facts.batches.select("batch_no", "file_name").iter_rows()
    return RetrospectiveReport(
        definition=definition,
        definition_version=definition_version,
        imports=tuple(ImportMark(number, name) for number, name in marks),
        filters=filters,
        as_of=as_of,
        choice=choice,
        basis=TOTALS,
        driver_before=before,
        driver_after=after,
        followed_days=None,
        n_leads=sum(funnel.row(0, named=True)[f"n_{side}"] for side in ("before", "after")),
        headline=tuple(headline),
        facts=tuple(facts),
        horizons=data.horizons,
        comparison=StepComparison.create_empty(),
        months=MonthPairs.create_empty(),
        durations=DurationComparison.create_empty(),
        funnel=funnel,
        drivers=drivers,
        groups=GroupComparison.create_empty(),
        mix=MixParts.create_empty(),
        control=ControlChart.create_empty(),
        lines=StrategyLines.create_empty(),
        promises=Promises.create_empty(),
        overlaps=Overlaps.create_empty(),
        use=StageUse.create_empty(),
        figures_before=before,
        figures_after=after,
        figures=_figures(funnel),
        feedback=voiced.feedback_rows(plan.feedback),
        themes=voiced.themes(voices, as_of),
        growing=grown,
        measures=voiced.measures(grown, playbook, definition),
        decisions=voiced.decision_rows(plan.decisions, as_of, as_of),
    )


def _within(filters: Filters, window: Window) -> Filters:
    return filters.during(window)


def _funnel(definition: FunnelDefinition, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The totals up to won in whole numbers (schema ``WindowFunnel``); no total has an amount."""
    sides = {"before": before, "after": after}
    rows = []
    for position, key in enumerate(definition.keys[: definition.won_position], 1):
        row: dict[str, Any] = {"position": position, "stage": key}
        is_won = key == definition.won_key
        for side, table in sides.items():
            row[f"n_{side}"] = round(table.row(by_predicate=pl.col("stage") == key, named=True)["n"])
            row[f"n_amounts_{side}"] = 0 if is_won else None
            row[f"amount_{side}"] = 0.0 if is_won else None
        rows.append(row)
    return WindowFunnel.validate(pl.DataFrame(rows, schema=WindowFunnel.create_empty().schema))


def _figures(funnel: pl.DataFrame) -> pl.DataFrame:
    """Leads and customers, the two figures that totals hold (schema ``WindowFigures``)."""
    rows = [
        {
            "figure": figure,
            "value_before": float(row["n_before"]),
            "value_after": float(row["n_after"]),
            "change": float(row["n_after"] - row["n_before"]),
        }
        for figure, row in (("leads", funnel.row(0, named=True)), ("customers", funnel.row(-1, named=True)))
    ]
    return WindowFigures.validate(pl.DataFrame(rows, schema=WindowFigures.create_empty().schema))
