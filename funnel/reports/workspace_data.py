"""Everything a report needs from one workspace, loaded once and shared by the sessions that look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import Message
from funnel.filters import DIMENSIONS
from funnel.metrics.currencies import NO_MONEY, Money, in_one_currency, spend_in
from funnel.metrics.deadlines.business_days import BusinessCalendar, WorkingDays, working_days
from funnel.metrics.deadlines.states import clock_stages, days_in_question, steps_with_deadline, with_states
from funnel.metrics.gathering import Parts, over
from funnel.metrics.journeys.build import default_as_of, with_later_ends
from funnel.metrics.journeys.follow_up import as_told
from funnel.metrics.journeys.looks import one_look
from funnel.metrics.journeys.owners import dates_owners, owner_changes, with_owners
from funnel.metrics.journeys.trust import (
    follow_up_findings,
    journeys_with_findings,
    kind_findings,
    missing_closings_finding,
)
from funnel.metrics.steps.cohorts import StepCells, step_cells, with_cells
from funnel.metrics.steps.conversion import horizons
from funnel.metrics.steps.first_closings import missing_first_closings
from funnel.metrics.steps.horizons import overall_horizon
from funnel.metrics.steps.patterns import Patterns, patterns_by_day, with_patterns
from funnel.metrics.support import Support, no_support, present_funnel, support_of
from funnel.metrics.thresholds import LONGEST_HORIZON
from funnel.reports.told_once import told_once
from funnel.schema import Facts, Finding, Horizons, Spend, empty, journeys_schema
from funnel.schema.currencies import rates_of

NO_DAY = date(9000, 1, 1)
"""Stands for as-of in a workspace without any date: after everything, with room for the windows around it."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """What data were loaded as: the file, the versions of its data, definition and settings, and the as-of day.
    ``history``: the state of the dataset that the workspace counts (``scale.history.state_of``), blank without one.

    All that is made of the data is cached on it. Asking the store for its versions a second time would keep an old
    report under a new version, where somebody wrote in between.
    """

    file: str
    data: int
    definition: int
    settings: int
    day: date | None
    history: str = ""


@dataclass(frozen=True)
class WorkspaceData:
    """One workspace as of one day. Frames are shared between sessions: never change them.

    - ``definition``: the funnel as it is stored; ``support``: what the data carry of it, with ``funnel``, the
      stages that the data name: journeys, horizons and everything measured stand for those.
    - ``facts``: the live imports, raw labels and all; ``journeys``: one row per lead (``schema.journeys_schema``), and
      beside that what ``with_patterns`` and ``with_cells`` found out once, so that a change of the filters need not.
    - ``as_of``: the day the figures stand for; ``latest``: the default as-of day. Both null without dated leads.
    - ``horizons``: H per step from the unfiltered journeys. ``trust``: findings about the leads' stories.
    - ``import_findings``: findings about the rows of the live imports, as they stood when each was confirmed.
    - ``spend``: ``schema.Spend``; ``settings``: the workspace's settings as plain values.
    - ``money``: in which one currency the amounts of ``journeys`` and ``spend`` are, and what is left out for it.
    - ``key``: what it was loaded as; null for data that no store gave. ``definition_version``: the number of the
      funnel's version; 0 likewise.
    """

    name: str
    is_sample: bool
    definition: FunnelDefinition
    support: Support
    facts: Facts
    journeys: pl.DataFrame
    horizons: pl.DataFrame
    spend: pl.DataFrame
    settings: Mapping[str, Any]
    trust: tuple[Finding, ...]
    import_findings: tuple[Finding, ...]
    as_of: date | None
    latest: date | None
    key: DataKey | None = None
    definition_version: int = 0
    money: Money = NO_MONEY

    @property
    def funnel(self) -> FunnelDefinition:
        """The stages that the data name, in the order of the definition."""
        return self.support.funnel

    @property
    def day(self) -> date:
        """``as_of``, or ``NO_DAY`` where nothing is dated."""
        return self.as_of or NO_DAY

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been imported that any page could show."""
        return self.facts.is_empty

    @property
    def has_leads(self) -> bool:
        """Whether there are leads; a workspace of counts imports has none."""
        return not self.journeys.is_empty()

    @property
    def parts(self) -> Parts | None:
        """The parts that the leads lie in; null: they are all in this memory."""
        return None

    @property
    def leads(self) -> pl.LazyFrame:
        """The journeys, to be asked within ``metrics.gathering.over(data.parts)``."""
        return self.journeys.lazy()

    @property
    def n_leads(self) -> int:
        return self.journeys.height

    @cached_property
    def history_start(self) -> date | None:
        """The first creation in the unfiltered data that is not far off all other dates; null without dated leads."""
        created = self.journeys["created_at"]
        if (near := self.facts.near_days) is not None:
            created = created.filter(created >= datetime.combine(near[0], time()))
        first = created.min()
        return first.date() if isinstance(first, datetime) else None

    @cached_property
    def leads_until(self) -> date | None:
        """The day up to which new leads are known: earlier than ``as_of`` where a list of wins goes on longer."""
        last = self.journeys["observed_until"].max()
        return last if isinstance(last, date) else None

    def why_no_new_leads(self, until: date) -> str | None:
        """Why the number of new leads up to a day says nothing about their change: "leads_not_known" (a list of wins
        goes on longer than the leads), "leads_undated" (only later stages carry dates), "only_closed" (young leads that
        are open seem to be left out); null where it does."""
        if not self.support.stages[0].is_dated:
            return "leads_undated"
        if self.support.only_closed:
            return "only_closed"
        known = self.leads_until
        return "leads_not_known" if known is not None and known < until else None

    @cached_property
    def overall_horizon(self) -> float | None:
        """H of the whole way from creation to the win: see ``overall_horizon``."""
        return overall_horizon(self.leads, self.day)

    @cached_property
    def n_won_later(self) -> int:
        """Leads whose win is known of a day after the one up to which they were followed."""
        return int((self.journeys["later_outcome"] == "won").sum())

    @cached_property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day that a question can be about; null where nothing is dated."""
        if self.latest is None:
            return None
        told = (self.facts.lead_rows["created_at"].min(), self.facts.entries["at"].min())
        firsts = [at.date() for at in told if isinstance(at, datetime)]
        periods = self.facts.counts["period_start"].min()
        firsts += [periods] if isinstance(periods, date) else []
        return min([self.latest, *firsts]), self.latest

    @property
    def currency(self) -> str | None:
        """The currency in which amounts are shown (ISO code); null while neither a person nor the data say which."""
        return self.money.currency

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that may change figures, each told once."""
        return tuple(f for f in self.findings if f.severity != "note")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, about leads and about the rows of files, each told once."""
        return told_once(self.trust, self.import_findings)

    @property
    def chosen_rules(self) -> tuple[Message, ...]:
        """Choices of an import that figures rest on, such as whether stage or status rules."""
        return tuple(f.message for f in self.import_findings if f.message.code == "intake.stage_and_status")

    @cached_property
    def by_day(self) -> Patterns:
        """All leads counted by what windows of creation ask for, once: see ``patterns_by_day``."""
        return patterns_by_day(self.leads, self.funnel, self.horizons, self.day)

    @cached_property
    def cells(self) -> StepCells:
        """All leads counted by what windows of entry ask for, once: see ``step_cells``."""
        return step_cells(self.leads, self.funnel, self.horizons)

    @cached_property
    def deadline_days(self) -> tuple[date, date] | None:
        """First and last day that a deadline in business days can ask about; null where none does."""
        everybody = dict.fromkeys(steps_with_deadline(self.funnel), pl.lit(True))
        with over(self.parts):
            return days_in_question(self.leads, self.funnel, everybody)

    def judged(self, calendar: BusinessCalendar) -> tuple[pl.LazyFrame, WorkingDays]:
        """The leads ``with_states`` of all deadlines, and the days for them; found out once for a calendar.

        Raises InputError (``sla.calendar_year``) where a year of any lead is not known.
        """
        days = working_days(calendar, self.deadline_days)
        return self._with_states(calendar, days), days

    def _with_states(self, calendar: BusinessCalendar, days: WorkingDays) -> pl.LazyFrame:
        kept: dict[BusinessCalendar, pl.DataFrame] = self.__dict__.setdefault("_states", {})
        if calendar not in kept:
            kept.clear()  # one at a time: a workspace has one calendar
            kept[calendar] = with_states(self.journeys.lazy(), self.funnel, days).collect()
        return kept[calendar].lazy()

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that at least one lead states."""
        return tuple(d for d in DIMENSIONS if self.journeys[d].null_count() < self.journeys.height)

    def values_of(self, dimension: str) -> list[str]:
        """The stated values of a dimension, sorted; a blank one is added when some leads have none."""
        column = self.journeys.get_column(dimension)
        values = sorted(column.drop_nulls().cast(pl.String).unique().to_list())
        return [*values, ""] if column.null_count() else values


def typed_horizons(settings: Mapping[str, Any], definition: FunnelDefinition) -> dict[str, float]:
    """Stage key → H in days that somebody has typed, ten years at most; those of stages that the funnel no longer has
    rest."""
    typed = dict(settings.get("typed_horizons") or {})
    return {key: min(float(days), LONGEST_HORIZON) for key, days in typed.items() if key in definition.keys[1:]}


def load_workspace(
    *,
    name: str,
    is_sample: bool,
    facts: Facts,
    definition: FunnelDefinition,
    spend: pl.DataFrame,
    settings: Mapping[str, Any],
    import_findings: tuple[Finding, ...] = (),
    as_of: date | None = None,
    key: DataKey | None = None,
    definition_version: int = 0,
) -> WorkspaceData:
    """Build the journeys and horizons of a workspace as of ``as_of`` (default: the latest day of the data)."""
    given = as_told(facts, settings)
    facts = given.with_short_ids()
    with one_look():
        latest = default_as_of(facts, definition)
        day = min(as_of, latest) if as_of and latest else latest
        # A workspace without any dated lead has no day of its own; its undated leads still count in All time.
        funnel = present_funnel(facts, definition)
        journeys, trust = journeys_with_findings(facts, funnel, day or NO_DAY)
        if day == latest:
            journeys = with_later_ends(journeys, facts, funnel)
        journeys, money = in_one_currency(journeys, settings.get("currency") or None, rates_of(settings))
        trust += follow_up_findings(facts, funnel, journeys)
        support = support_of(facts, definition, funnel, journeys)
        trust += kind_findings(support.kind, support.wins[0], support.losses[0], journeys.height)
        if missing := missing_first_closings(journeys, funnel):
            trust += (missing_closings_finding(missing.on, missing.n, missing.expected),)
        journeys, funnel = support.without_stand_ins(journeys), support.funnel
    known = horizons(journeys.lazy(), funnel, day or NO_DAY, typed_horizons(settings, funnel))
    known = support.with_dated_steps(known)
    # Found out once here, so that a change of the filters need not.
    told = with_cells(with_patterns(journeys.lazy(), funnel, known, day or NO_DAY), funnel, known)
    journeys = told.collect()
    if dates_owners(given):
        journeys = with_owners(journeys, clock_stages(funnel), owner_changes(given))
    return WorkspaceData(
        name=name,
        is_sample=is_sample,
        definition=definition,
        support=support,
        facts=given,
        journeys=journeys,
        horizons=known,
        spend=spend_in(spend, settings.get("spend_currency"), money),
        settings=settings,
        money=money,
        trust=trust,
        import_findings=import_findings,
        as_of=day,
        latest=latest,
        key=key,
        definition_version=definition_version,
    )


def workspace_without_figures(
    *,
    name: str,
    is_sample: bool,
    facts: Facts,
    definition: FunnelDefinition,
    settings: Mapping[str, Any],
    key: DataKey | None = None,
) -> WorkspaceData:
    """A workspace whose figures cannot be made: what was imported and the funnel are there, no lead is counted.

    Nothing here computes: whatever broke the figures must not break this.
    """
    steps = [(position, key, None, 0, "too_short") for position, key in enumerate(definition.keys, 1) if position > 1]
    return WorkspaceData(
        name=name,
        is_sample=is_sample,
        definition=definition,
        support=no_support(definition),
        facts=facts,
        journeys=pl.DataFrame(schema=journeys_schema(definition)),
        horizons=pl.DataFrame(steps, schema=Horizons.create_empty().schema, orient="row"),
        spend=empty(Spend),
        settings=settings,
        trust=(),
        import_findings=(),
        as_of=None,
        latest=None,
        key=key,
    )
