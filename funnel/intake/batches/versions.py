"""A table of versions: what a deal was like from when to when, one row per version, where each end is the next start.

The rows that are valid now are the leads. The others tell since when a lead stood in its stage. What a history held
from its first load on is undated: nobody knows since when it was so. A lead without a row that is valid now has left
the source and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from funnel.definition.definition import JUNK, LOST
from funnel.errors import Message
from funnel.intake.batches.lead_rows import DATE_OF_ROLE, Work, add_date, add_texts, conform, read_dates
from funnel.intake.batches.left_out import left_out_rows
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.questions import Readings
from funnel.schema import Entries, Finding, ImportBatch, LeadRows

_YEARS_AHEAD = 15
"""An end so many years after the last start means "until further notice"."""
_OWN_DATES = ("created_at", "closed_at", "lost_at")
_A_NIGHT = pl.duration(days=1)
_INSTANT = pl.Datetime("us")
_SCOPES = {"stage": "stage_label", "status": "status_label"}


@dataclass(frozen=True)
class Versions:
    """All versions of the leads that are still there: ``row_no``, ``lead_id``, ``at``, ``has_time``, ``is_older``,
    ``lead`` (a number per lead), the labels, and the deal's own dates as far as the table has them. ``instants``: at
    which the history changed.
    """

    rows: pl.DataFrame
    instants: pl.Series


def present_rows(
    table: RawTable, mapping: ColumnMapping, readings: Readings, time_zone: str | None
) -> tuple[RawTable, Versions | None]:
    """The rows that are valid now, and what all versions tell; any other table as it is."""
    until, lead, start = (mapping.column(role) for role in ("valid_until", "lead_id", "changed_at"))
    if until is None or lead is None or start is None or until not in table.columns:
        return table, None
    work = Work(table, mapping, pl.DataFrame({"row_no": table.row_numbers}), time_zone=time_zone)
    add_texts(work, ("lead_id", *_SCOPES))
    add_date(work, readings, role="changed_at", column=start, name="at", has_time="has_time")
    for role in _OWN_DATES:
        if (column := mapping.column(role)) is not None:
            name, has_time = DATE_OF_ROLE[role]
            add_date(work, readings, role=role, column=column, name=name, has_time=has_time)
    end = pl.repeat(None, table.frame.height, dtype=_INSTANT, eager=True)
    if until in readings.dates:
        end = read_dates(table.frame[until], readings.dates[until], time_zone)["at"]
    # numbers in place of texts: sorting and comparing a million texts takes four times as long
    short = [name for name in ("lead_id", *_SCOPES.values()) if name in work.frame.columns]
    rows = work.frame.with_columns(pl.col(short).cast(pl.Categorical(pl.Categories.random())), end.alias("end"))
    rows = rows.with_columns(pl.col("lead_id").to_physical().alias("lead"))
    far = pl.col("end").dt.year() >= pl.col("at").max().dt.year() + _YEARS_AHEAD
    rows = rows.with_columns((pl.col("end").is_null() | far).fill_null(True).alias("is_present"))
    if not rows["is_present"].any():  # a part of a history: the newest version stands for the lead
        rows = rows.with_columns((pl.col("at") == pl.col("at").max().over("lead")).alias("is_present"))
    has_lead = pl.col("lead_id").is_not_null()
    is_gone = rows.select(has_lead & ~pl.col("is_present").any().over("lead")).to_series()
    is_older = rows.select(has_lead & ~pl.col("is_present")).to_series() & ~is_gone
    gone = left_out_rows(table, is_gone, "reading.left_out.gone", until)
    n_gone = rows["lead_id"].filter(is_gone).n_unique()
    told = Message("intake.left_the_source", {"n": n_gone})
    examples = tuple(gone["row_no"].head(5).to_list())
    found = (Finding(told, "note", n_gone, "intake.done.left_out", examples),) if n_gone else ()
    kept = ~is_gone & ~is_older
    present = replace(
        table,
        frame=table.frame.filter(kept),
        row_numbers=table.row_numbers.filter(kept),
        left_out=pl.concat([table.left_out, gone.cast(dict(table.left_out.schema))]),
        findings=(*table.findings, *found),
    )
    instants = pl.concat([rows["at"], rows.filter(~pl.col("is_present"))["end"]]).drop_nulls()
    versions = rows.with_columns(is_older.alias("is_older")).filter(~is_gone & rows["lead_id"].is_not_null())
    return present, Versions(versions, instants)


def with_versions(batch: ImportBatch, mapping: ColumnMapping, versions: Versions, import_day: date) -> ImportBatch:
    """The batch of the present rows with the dated changes, and with what older versions say of the way of a lead."""
    rows = versions.rows.filter(pl.col("at").is_not_null()).sort("lead", "at", "row_no")
    entries = [_changes(rows, scope, mapping) for scope in _SCOPES if _SCOPES[scope] in rows.columns]
    older = versions.rows.filter("is_older").rename({"at": "changed_at"})
    says = older.select(
        "row_no", "lead_id", "changed_at", *[name for name in _SCOPES.values() if name in older.columns]
    )
    days = versions.instants.dt.date()
    seen = [day for day in (batch.exported_on, days.filter(days <= import_day).max()) if isinstance(day, date)]
    return replace(
        batch,
        entries=pl.concat([batch.entries, *entries]),
        lead_rows=pl.concat([batch.lead_rows, conform(LeadRows, says)]),
        exported_on=mapping.exported_on or max(seen, default=None),
        n_accepted=batch.n_accepted + older.height,
    )


def _changes(rows: pl.DataFrame, scope: str, mapping: ColumnMapping) -> pl.DataFrame:
    """Since when each lead has had each label, one entry per change. ``rows``: by lead and time.

    A change is dated by the version that shows it, or by the deal's own date of it (creation, closing, loss) where that
    lies between this version and the one before: a win at the end of a month is seen in the night after it.
    """
    name = _SCOPES[scope]
    said = rows.filter(pl.col(name).is_not_null())
    same_lead = pl.col("lead") == pl.col("lead").shift(1)
    of_lead = {n: pl.when(same_lead).then(pl.col(n).shift(1)) for n in (name, "at")}
    said = said.with_columns(of_lead[name].alias("before"), of_lead["at"].alias("since"))
    said = said.filter(pl.col("before").is_null() | (pl.col(name) != pl.col("before")))
    first, created = pl.col("before").is_null(), _own(said, "created_at")
    begun = rows["at"].min()
    loads = rows.group_by("lead").agg(pl.col("at").min()).filter(pl.col("at") == begun).height > 1
    if loads:  # a whole list was loaded at once: what was known before it, has no date
        was_there = pl.when(created.is_null()).then(pl.col("at") == begun).otherwise(created < begun)
        said = said.filter(~(first & was_there))
    own = pl.when(first & (created.dt.date() >= pl.col("at").dt.date() - _A_NIGHT)).then(created)
    has_time = pl.when(own.is_not_null()).then(_own(said, "created_has_time", pl.Boolean))
    for end, dates in (("lost", ("lost_at", "closed_at")), ("won", ("closed_at",))):
        labels = [label for (of, label), to in mapping.labels.items() if of == scope and _end(to, mapping) == end]
        for date_name in dates:
            closed = _own(said, date_name)
            between = closed.dt.date().is_between(pl.coalesce("since", created).dt.date(), pl.col("at").dt.date())
            known = pl.col(name).is_in(labels) & between & (closed <= pl.col("at"))
            has_time = (
                pl.when(known).then(_own(said, date_name.replace("_at", "_has_time"), pl.Boolean)).otherwise(has_time)
            )
            own = pl.when(known).then(closed).otherwise(own)
    found = said.with_columns(
        pl.coalesce(own, "at").alias("at"),
        pl.coalesce(has_time, "has_time").alias("has_time"),
        pl.lit(scope).alias("scope"),
        pl.col(name).alias("label"),
    )
    return conform(Entries, found)


def _own(rows: pl.DataFrame, name: str, kind: type[pl.DataType] | pl.DataType = _INSTANT) -> pl.Expr:
    """A date of the deal itself; null where the table has none."""
    return pl.col(name) if name in rows.columns else pl.lit(None, dtype=kind)


def _end(target: str, mapping: ColumnMapping) -> str | None:
    return "lost" if target in (LOST, JUNK) else "won" if target in mapping.won_stages else None
