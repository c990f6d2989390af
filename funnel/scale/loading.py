"""A workspace whose history lies in parts: what its Overview needs, without ever holding all leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from funnel.dataset.parted import Parted
from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS, midnight
from funnel.metrics.currencies import in_one_currency, spend_in
from funnel.metrics.deadlines.business_days import BusinessCalendar, WorkingDays
from funnel.metrics.deadlines.states import with_states
from funnel.metrics.gathering import Asked, Parts, collected, over
from funnel.metrics.journeys.trust import kind_findings
from funnel.metrics.steps.conversion import horizons
from funnel.metrics.support import support_of
from funnel.reports.workspace_data import NO_DAY, DataKey, WorkspaceData, typed_horizons
from funnel.scale.kept import Recipe, touch
from funnel.scale.ways import Way
from funnel.scale.whole import Known
from funnel.schema import journeys_schema
from funnel.schema.currencies import rates_of

EXACT_UP_TO = 1_000_000
"""With fewer leads medians are exact; see ``metrics.gathering.values``."""


@dataclass(frozen=True)
class Summary:
    """What a page asks of all leads before it asks for a report. ``groups``: the values of each dimension."""

    n_leads: int
    n_won_later: int
    first_created: date | None
    observed_until: date | None
    first_on: date | None
    groups: Mapping[str, tuple[str | None, ...]]


@dataclass(frozen=True, kw_only=True)
class PartedData(WorkspaceData):
    """One workspace as of one day whose leads lie in parts. ``journeys`` has no row: they are asked through ``leads``.

    What is found by looking at every lead's story (``trust``) is not looked for.
    """

    summary: Summary
    asked: Parts
    journeys_in_parts: pl.LazyFrame = field(repr=False)

    @property
    def parts(self) -> Parts | None:
        return self.asked

    @property
    def leads(self) -> pl.LazyFrame:
        return self.journeys_in_parts

    def _with_states(self, calendar: BusinessCalendar, days: WorkingDays) -> pl.LazyFrame:
        return with_states(self.leads, self.funnel, days)

    @property
    def is_empty(self) -> bool:
        return not self.summary.n_leads

    @property
    def has_leads(self) -> bool:
        return bool(self.summary.n_leads)

    @property
    def n_leads(self) -> int:
        return self.summary.n_leads

    @property
    def n_won_later(self) -> int:
        return self.summary.n_won_later

    @property
    def history_start(self) -> date | None:
        return self.summary.first_created

    @property
    def leads_until(self) -> date | None:
        return self.summary.observed_until

    @property
    def days(self) -> tuple[date, date] | None:
        if self.latest is None:
            return None
        return min(self.latest, self.summary.first_on or self.latest), self.latest

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(name for name in DIMENSIONS if set(self.summary.groups[name]) - {None})

    def values_of(self, dimension: str) -> list[str]:
        values = self.summary.groups[dimension]
        named = sorted(value for value in values if value is not None)
        return [*named, ""] if None in values else named


def load_in_parts(
    *,
    name: str,
    definition: FunnelDefinition,
    spend: pl.DataFrame,
    settings: Mapping[str, Any],
    parted: Parted,
    known: Known,
    way: Way,
    folder: Path,
    as_of: date | None = None,
    key: DataKey | None = None,
    definition_version: int = 0,
) -> PartedData:
    """Build the journeys of every part as of ``as_of`` (default: the latest day), and ask what pages need first.

    ``known``: ``what_parts_say``; ``folder``: where journeys are kept. Raises as ``Way.each`` does.
    """
    latest, stub = known.latest, parted.stub(settings)
    day = min(as_of, latest) if as_of and latest else latest
    recipe = Recipe(parted, settings, known.whole, known.funnel, day or NO_DAY, day == latest, folder)
    touch(recipe)
    built = sum(n for _, n in way.each(recipe.build, parted))

    def run(plans: Sequence[pl.LazyFrame]) -> Iterator[list[pl.DataFrame]]:
        return (found for _, found in way.answers(recipe, list(plans), parted))

    asked = Parts(run, is_exact=known.n_leads < EXACT_UP_TO)
    with over(asked):
        leads, money = in_one_currency(recipe.journeys(), settings.get("currency") or None, rates_of(settings))
        support = support_of(replace(stub, whole=known.whole), definition, known.funnel, leads, known.named)
        leads, funnel = support.without_stand_ins(leads), support.funnel
        found = horizons(leads, funnel, day or NO_DAY, typed_horizons(settings, funnel))
        summary = _summary(leads, known)
    if summary.n_leads != built:
        raise AssertionError("parts were counted that were not built")
    return PartedData(
        name=name,
        is_sample=False,
        definition=definition,
        support=support,
        facts=stub,
        journeys=pl.DataFrame(schema=journeys_schema(funnel)),
        horizons=support.with_dated_steps(found),
        spend=spend_in(spend, settings.get("spend_currency"), money),
        settings=settings,
        trust=kind_findings(support.kind, support.wins[0], support.losses[0], summary.n_leads),
        import_findings=(),
        as_of=day,
        latest=latest,
        key=key,
        definition_version=definition_version,
        money=money,
        summary=summary,
        asked=asked,
        journeys_in_parts=leads,
    )


def _summary(leads: pl.LazyFrame, known: Known) -> Summary:
    created, near = pl.col("created_at"), known.whole.near_days
    first = created if near is None else created.filter(created >= midnight(near[0]))
    firsts = ("created", "observed")
    sums = leads.select(
        pl.len().cast(pl.Int64).alias("n"),
        (pl.col("later_outcome") == "won").fill_null(False).sum().cast(pl.Int64).alias("later"),
        first.min().alias("created"),
        pl.col("observed_until").max().alias("observed"),
    )
    groups = [
        Asked(leads.group_by(pl.col(name).cast(pl.String)).agg(n=pl.len().cast(pl.Int64)), (name,))
        for name in DIMENSIONS
    ]
    told, *counted = collected(Asked(sums, least=firsts[:1], most=firsts[1:]), *groups)
    n, later, created_at, observed = told.row(0)
    return Summary(
        n_leads=n,
        n_won_later=later,
        first_created=created_at.date() if isinstance(created_at, datetime) else None,
        observed_until=observed,
        first_on=known.first_on,
        groups={name: tuple(frame[name].to_list()) for name, frame in zip(DIMENSIONS, counted, strict=True)},
    )
