"""What all parts of a history say together: each part tells a little, and what is decided over all leads is decided
here. The same pass checks the parts: their form, that each lead stands where it belongs, and in one part only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

import polars as pl

from funnel.dataset.parted import Parted
from funnel.dataset.parts import foreign_referrers, keys, part_of
from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.far_off import has_wide_gap, near_of_spans
from funnel.metrics.journeys.evidence import day_number, has_any, known_days, named_stages
from funnel.metrics.journeys.follow_up import as_day, last_ends, newest_of, open_ended
from funnel.metrics.journeys.looks import one_look
from funnel.metrics.journeys.meanings import batches_of_versions
from funnel.metrics.support import present_funnel
from funnel.scale.ways import Way
from funnel.schema import Facts, LeadRows, Whole
from funnel.schema.facts import DATES_OF_LEADS


@dataclass(frozen=True)
class Told:
    """What one part tells. Days are numbers since 1970-01-01.

    ``spans``: ``n`` leads whose dates lie from ``first`` to ``last``, ``days`` all days of them; ``known``: the days
    that each batch tells of (``known_days``, near or not); ``ends``: of ``last_ends``; ``ids``: a hash of each lead's
    id; ``foreign``: who is named as a referrer and stands in no row of the part.
    """

    columns: frozenset[str]
    spans: pl.DataFrame
    days: pl.Series
    known: pl.DataFrame
    versions: frozenset[int]
    named: pl.DataFrame
    ends: tuple[int | None, bool]
    ids: pl.Series
    foreign: pl.Series
    n_events: int
    first_on: date | None


@dataclass(frozen=True)
class Known:
    """What all parts say together. ``funnel``: the stages that the data name, ``named``: ``named_stages`` under it;
    ``latest``: the default as-of day; ``first_on``: the first day of a creation or an entry."""

    whole: Whole
    funnel: FunnelDefinition
    named: pl.DataFrame
    latest: date | None
    first_on: date | None
    n_leads: int
    n_events: int


def what_parts_say(parted: Parted, definition: FunnelDefinition, settings: Mapping[str, Any], way: Way) -> Known:
    """Ask every part and decide. Raises InputError ``dataset.*`` for parts that do not fit their form or each other."""
    told = [found for _, found in sorted(way.each(partial(_told, parted, definition, settings), parted))]
    _check_ids([one.ids for one in told], parted, settings, way)
    _check_referrers([one.foreign for one in told], parted, settings, way)
    stub = parted.stub(settings)
    near = _near(told, stub)
    known = pl.concat([one.known for one in told]).unique()
    if near is not None and stub.counts.is_empty():
        known = known.filter(pl.col("day").is_between(day_number(near[0]), day_number(near[1])))
    days = dict(known.group_by("batch_no").agg(pl.col("day").max()).drop_nulls().iter_rows())
    named = pl.concat([one.named for one in told]).group_by("position").agg(pl.all().sum()).sort("position")
    newest = newest_of([one.ends for one in told], days, open_ended(stub)) if days else None
    funnel = present_funnel(stub, definition, named)
    firsts = [one.first_on for one in told if one.first_on is not None]
    return Known(
        whole=Whole(
            columns=frozenset().union(*(one.columns for one in told)),
            near_days=near,
            told=days,
            versions=tuple(sorted(frozenset().union(*(one.versions for one in told)))),
        ),
        funnel=funnel,
        named=_under(named, definition, funnel),
        latest=None if newest is None else as_day(newest),
        first_on=min(firsts, default=None),
        n_leads=sum(len(one.ids) for one in told),
        n_events=sum(one.n_events for one in told),
    )


def _told(parted: Parted, definition: FunnelDefinition, settings: Mapping[str, Any], part: int) -> Told:
    facts = parted.facts_of(part, settings)
    _check_places(facts, parted, part)
    columns = frozenset(name for name in LeadRows.column_names() if has_any(facts, name))
    versions = frozenset(batches_of_versions(facts))
    followed = parted.followed_of(part)
    # Days that lie far off all others are left out later, when the days of all parts are known.
    facts = replace(facts, whole=Whole(columns, None, {}, tuple(versions), followed))
    spans, days = _spans(facts)
    firsts = [facts.lead_rows["created_at"].min(), facts.entries["at"].min()]
    with one_look():
        known = known_days(facts, definition).unique().collect()
        named = named_stages(facts, definition)
        ends = last_ends(facts, definition)
    return Told(
        columns=columns,
        spans=spans,
        days=days,
        known=known,
        versions=versions,
        named=named,
        ends=ends,
        ids=facts.lead_ids.hash(),
        foreign=foreign_referrers(facts),
        n_events=facts.entries.height,
        first_on=min((at.date() for at in firsts if isinstance(at, datetime)), default=None),
    )


def _check_places(facts: Facts, parted: Parted, part: int) -> None:
    known = keys(facts)
    found = known.with_columns(place=pl.Series(part_of(known["key"], parted.n), dtype=pl.Int64))
    wrong = found.filter(pl.col("place") != part).sort("lead_id")
    if not wrong.is_empty():
        lead, _, place = wrong.row(0)
        raise InputError(
            "dataset.wrong_part", given=lead, file=parted.name_of(part), allowed=parted.name_of(place), n=wrong.height
        )


def _spans(facts: Facts) -> tuple[pl.DataFrame, pl.Series]:
    """``first``, ``last``, ``n`` of the dates of leads up to the last import, and all the days."""
    imported = facts.batches["imported_at"].max()
    until = day_number(imported.date()) if isinstance(imported, datetime) else None
    columns = [(facts.entries, "at"), *((facts.lead_rows, name) for name in DATES_OF_LEADS)]
    dates = pl.concat(
        frame.lazy().select("lead_id", day=pl.col(name).dt.date().cast(pl.Int32)).drop_nulls()
        for frame, name in columns
    )
    dates = dates if until is None else dates.filter(pl.col("day") <= until)
    of_leads = dates.group_by("lead_id").agg(first=pl.col("day").min(), last=pl.col("day").max())
    counted = of_leads.group_by("first", "last").agg(n=pl.len().cast(pl.Int64))
    spans, days = pl.collect_all([counted, dates.select(pl.col("day").unique())])
    return spans, days["day"]


def _near(told: Sequence[Told], stub: Facts) -> tuple[date, date] | None:
    """``Facts.near_days`` of all parts together."""
    days = pl.concat([one.days for one in told]).unique()
    if days.is_empty():
        return None
    spans = pl.concat([one.spans for one in told]).group_by("first", "last").agg(pl.col("n").sum())
    near = near_of_spans(spans, days) if has_wide_gap(days) else None
    first, last = near or (as_day(int(days.min())), as_day(int(days.max())))  # ty: ignore[invalid-argument-type]
    imported = stub.batches["imported_at"].max()
    until = imported.date() if isinstance(imported, datetime) else date.max
    confirmed = [day for day in stub.confirmed_days if day <= until]
    return min([first, *confirmed]), max([last, *confirmed])


def _under(named: pl.DataFrame, definition: FunnelDefinition, funnel: FunnelDefinition) -> pl.DataFrame:
    """``named`` by the positions of the stages that are present."""
    places = {definition.position(key): place for place, key in enumerate(funnel.keys, 1)}
    kept = named.filter(pl.col("position").is_in(list(places)))
    return kept.with_columns(pl.col("position").cast(pl.Int64).replace_strict(places, return_dtype=pl.Int8))


def _check_ids(ids: Sequence[pl.Series], parted: Parted, settings: Mapping[str, Any], way: Way) -> None:
    """That no lead stands in two parts: by hashes, and where these are equal by the ids themselves."""
    together = pl.concat(ids)
    twice = together.filter(together.is_duplicated()).unique()
    if twice.is_empty():
        return
    found = sorted(way.each(partial(_of_hashes, parted, settings, twice), parted))
    stands = pl.concat(pl.DataFrame({"lead": leads, "part": [part] * len(leads)}, _STANDS) for part, leads in found)
    same = stands.filter(pl.col("lead").is_duplicated()).sort("lead", "part")
    if not same.is_empty():
        lead = same["lead"][0]
        raise InputError(
            "dataset.two_parts", given=lead, n=same["lead"].n_unique(),
            files=[parted.name_of(part) for part in same.filter(pl.col("lead") == lead)["part"]],
        )  # fmt: skip


_STANDS = {"lead": pl.String, "part": pl.Int64}


def _of_hashes(parted: Parted, settings: Mapping[str, Any], hashes: pl.Series, part: int) -> list[str]:
    ids = parted.facts_of(part, settings).lead_ids
    return ids.filter(ids.hash().is_in(hashes.implode())).to_list()


def _check_referrers(foreign: Sequence[pl.Series], parted: Parted, settings: Mapping[str, Any], way: Way) -> None:
    """That who is named as a referrer in a part stands in no other: a referral counts for the customer it came from."""
    asked = pl.concat(foreign).unique()
    if asked.is_empty():
        return
    for part, found in way.each(partial(_among, parted, settings, asked), parted):
        if found:
            names = [parted.name_of(at) for at, one in enumerate(foreign) if found[0] in one]
            raise InputError("dataset.split_referral", given=found[0], file=parted.name_of(part), files=names)


def _among(parted: Parted, settings: Mapping[str, Any], asked: pl.Series, part: int) -> list[str]:
    facts = parted.facts_of(part, settings)
    known = pl.concat([facts.lead_ids, facts.lead_rows["customer_id"].drop_nulls()]).unique()
    return sorted(known.filter(known.is_in(asked.implode())))[:1]
