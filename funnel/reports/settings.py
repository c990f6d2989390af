"""The Settings page without a screen: the effect of an edited funnel, costs per month, working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.filters import SPENT_BY, Filters, Window, month_end, month_start
from funnel.metrics.deadlines.business_days import BusinessCalendar, weekend_of, working_table
from funnel.metrics.economics import key_figures
from funnel.metrics.journeys.build import build_journeys
from funnel.metrics.journeys.looks import one_look
from funnel.metrics.journeys.meanings import meanings
from funnel.metrics.steps.conversion import horizons, step_table
from funnel.metrics.support import present_funnel
from funnel.reports.workspace_data import WorkspaceData, typed_horizons
from funnel.schema import CalendarMonths, DefinitionEffect, SpendMonths

MOST_MONTHS = 36
"""How many months the spend overview looks back."""


@dataclass(frozen=True)
class DefinitionPreview:
    """What an edited definition makes of the same facts as of the same day, all time, without filters.

    ``stages``: ``schema.DefinitionEffect``. ``ignored``: labels of the imports that mean something today and would
    count for nothing.
    """

    definition: FunnelDefinition
    stages: pl.DataFrame
    ignored: tuple[str, ...]

    @property
    def changes_figures(self) -> bool:
        """Whether any count or rate of a stage that stands in both funnels differs, or a stage came or went."""
        before, after = (
            self.stages.select("stage", pl.col(f"^{side}_.*$").name.map(lambda name: name.split("_", 1)[1]))
            for side in ("now", "then")
        )
        return not before.equals(after)


def definition_preview(data: WorkspaceData, definition: FunnelDefinition) -> DefinitionPreview:
    """Today's funnel beside the one that the same facts make under ``definition``. ``data`` must have leads."""
    as_of = data.day
    with one_look():
        funnel = present_funnel(data.facts, definition)
        journeys = build_journeys(data.facts, funnel, as_of).collect()
    known = horizons(journeys.lazy(), funnel, as_of, typed_horizons(data.settings, funnel))
    now = step_table(data.journeys.lazy(), data.funnel, Window(), as_of, data.horizons)
    then = step_table(journeys.lazy(), funnel, Window(), as_of, known)
    figures = ("position", "n_reached", "n", "advanced", "rate", "median_days")
    sides = [
        table.select("stage", *[pl.col(name).alias(f"{side}_{name.removeprefix('n_')}") for name in figures])
        for side, table in (("now", now), ("then", then))
    ]
    both = sides[0].join(sides[1], on="stage", how="full", coalesce=True)
    # A stage that no lead names has no figures, but it comes, goes or stays like the others.
    places = [
        pl.DataFrame(
            {"stage": one.keys, f"{side}_position": pl.int_range(1, len(one.keys) + 1, dtype=pl.Int8, eager=True)}
        )
        for side, one in (("now", data.definition), ("then", definition))
    ]
    places = places[0].join(places[1], on="stage", how="full", coalesce=True)
    both = places.join(both.drop("now_position", "then_position"), on="stage", how="left")
    # In the order of the new funnel; a stage that goes stands where it stood.
    stages = both.sort(pl.coalesce("then_position", pl.col("now_position") - 0.5), maintain_order=True)
    return DefinitionPreview(
        definition,
        DefinitionEffect.validate(stages.select(DefinitionEffect.column_names())),
        _ignored(data, definition),
    )


def _ignored(data: WorkspaceData, definition: FunnelDefinition) -> tuple[str, ...]:
    """Labels that mean something now and nothing then."""
    now, then = (
        meanings(data.facts, one).filter(pl.col("code").is_not_null()) for one in (data.definition, definition)
    )
    lost = now.join(then, on=["batch_no", "scope", "label"], how="anti")
    return tuple(sorted(lost["label"].unique().to_list()))


def spend_months(data: WorkspaceData) -> pl.DataFrame:
    """Per month from the first lead to the as-of day (at most the last 36): leads, customers won, spend and what both
    cost (schema ``SpendMonths``). Empty without dated leads."""
    first, as_of = data.history_start, data.as_of
    rows = []
    if first is not None and as_of is not None:
        month = month_start(as_of)
        while month >= month_start(first) and len(rows) < MOST_MONTHS:
            window = Window("dates", month, min(month_end(month), as_of))
            figures = {
                row["figure"]: row
                for row in key_figures(
                    data.journeys.lazy(), data.funnel, Filters(window), as_of, data.spend, history_start=first
                ).iter_rows(named=True)
            }
            lead, customer = figures["lead_cost"], figures["customer_cost"]
            rows.append(
                {
                    "month": month,
                    "n_leads": int(figures["leads"]["value"] or 0),
                    "n_customers": int(figures["customers"]["value"] or 0),
                    "amount": lead["x"],
                    "lead_cost": lead["value"],
                    "customer_cost": customer["value"],
                    "reason": lead["reason"],
                }
            )
            month = month_start(month, 1)
    return SpendMonths.validate(pl.DataFrame(rows, schema=SpendMonths.create_empty().schema))


def spent_without_leads(data: WorkspaceData) -> dict[str, tuple[str, ...]]:
    """What the spend table names and no lead does, by dimension: probably written differently in the data."""
    if data.spend.is_empty() or not data.has_leads:
        return {}
    found = {name: set(data.spend[name].drop_nulls()) - set(data.values_of(name)) for name in SPENT_BY}
    return {name: tuple(sorted(unknown)) for name, unknown in found.items() if unknown}


def calendar_months(calendar: BusinessCalendar, year: int) -> pl.DataFrame:
    """Working days per month of a year (schema ``CalendarMonths``). Raises InputError ``sla.calendar_year``."""
    days = working_table(calendar, date(year, 1, 1), date(year, 12, 31))
    is_weekend = (pl.col("day").dt.weekday() - 1).is_in(sorted(weekend_of(calendar, year)))
    months = (
        days.group_by(pl.col("day").dt.truncate("1mo").alias("month"))
        .agg(
            pl.col("is_working").sum().cast(pl.Int64).alias("n_working"),
            pl.col("day").filter(~pl.col("is_working") & ~is_weekend).alias("free"),
            pl.col("day").filter(pl.col("is_working") & is_weekend).alias("worked"),
        )
        .sort("month")
    )
    return CalendarMonths.validate(months)


def calendar_is_known(calendar: BusinessCalendar, year: int) -> bool:
    """Whether the working days of a year can be told."""
    try:
        working_table(calendar, date(year, 1, 1), date(year, 1, 1))
    except InputError:
        return False
    return True


def unknown_years(data: WorkspaceData, calendar: BusinessCalendar) -> tuple[int, ...]:
    """Years of the data whose working days nobody knows: the country's calendar does not, and nobody confirmed them."""
    first, last = data.history_start, data.as_of
    if first is None or last is None:
        return ()
    return tuple(year for year in range(first.year, last.year + 1) if not calendar_is_known(calendar, year))
