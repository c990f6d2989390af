"""From a table and its confirmed mapping to the frames that the Store keeps. No row is lost without a trace:

rows read = accepted + rejected (with number and reason) + blank + repeated header + ignored by a rule the user saw.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from funnel.definition.definition import IGNORE, OPEN
from funnel.errors import InputError
from funnel.intake.batches.counts import count_batch
from funnel.intake.batches.findings import lead_findings, log_findings
from funnel.intake.batches.lead_rows import (
    ATTRIBUTES,
    DATE_OF_ROLE,
    TEXT_OF_ROLE,
    Work,
    add_date,
    add_texts,
    conform,
    contradicts,
    event_columns,
    is_closed,
    make_batch,
    read_dates,
    rejected_rows,
    row_ids,
)
from funnel.intake.batches.left_out import without_left_out
from funnel.intake.batches.money import add_amount
from funnel.intake.batches.times import Zone, reaches_to, zone_of
from funnel.intake.batches.versions import present_rows, with_versions
from funnel.intake.cells.numbers import parse_numbers
from funnel.intake.mapping import ColumnMapping, RawTable, field_key
from funnel.intake.questions import Readings, open_questions, readings_of
from funnel.intake.values import clean_text, share
from funnel.schema import Entries, ImportBatch, LeadRows, empty

_JOINED_ON = 0.95
"""Share of the ended leads of several rows whose first row says the end, from which on the status is not dated."""
_SAID_AGAIN = 0.2
"""Share of the rows of a log that repeat the label before, from which on it is a history of states, not of changes."""


def normalize(
    table: RawTable, mapping: ColumnMapping, *, import_day: date, time_zone: str | None = None
) -> ImportBatch:
    """One table under one mapping as a batch ready to be stored.

    ``import_day``: later dates are a finding and never "the day up to which the file is complete". ``time_zone``: zoned
    times are converted to it. Raises InputError (``intake.open_question``) while anything that only a person can decide
    is open.
    """
    questions = open_questions(table, mapping)
    if questions:
        raise InputError("intake.open_question", n=len(questions), question=questions[0].message)
    readings = readings_of(table, mapping)
    table = without_left_out(table, mapping, readings)
    if mapping.shape == "counts":
        return count_batch(table, mapping, readings, import_day)
    zone = zone_of(table, mapping, readings, time_zone)
    make = _log_batch if mapping.shape == "stage_log" else _lead_batch
    table, versions = present_rows(table, mapping, readings, zone.name)
    batch = make(table, mapping, readings, import_day, zone)
    if versions is not None:
        batch = with_versions(batch, mapping, versions, import_day)
    if not zone.is_used:
        return batch
    return replace(batch, time_zone=zone.name, mapping=batch.mapping | {"time_zone": zone.name})


# --- one row per lead ---------------------------------------------------------------------------------------------


def _lead_batch(
    table: RawTable, mapping: ColumnMapping, readings: Readings, import_day: date, zone: Zone
) -> ImportBatch:
    work = Work(table, mapping, pl.DataFrame({"row_no": table.row_numbers}), import_day=import_day, time_zone=zone.name)
    work.found += [zone.finding] if zone.finding else []
    add_texts(work, tuple(TEXT_OF_ROLE))
    for role, (name, has_time) in DATE_OF_ROLE.items():
        column = mapping.column(role)
        if column is not None:
            add_date(work, readings, role=role, column=column, name=name, has_time=has_time)
    for i, column in enumerate(mapping.columns("entry")):
        name, has_time = work.entries[column] = f"entry_{i}", f"entry_{i}_has_time"
        add_date(work, readings, role="entry", column=column, name=name, has_time=has_time)
    add_amount(work, readings)
    if (converted := mapping.column("converted_id")) is not None and "lead_id" in work.frame.columns:
        going_on = pl.coalesce(clean_text(table.frame[converted]), "lead_id").alias("lead_id")
        work.frame = work.frame.with_columns(going_on)
    if (written := mapping.column("changed_at")) is not None:
        add_date(work, readings, role="changed_at", column=written, name="changed_at", has_time=None)
    if mapping.column("lead_id") is None:
        work.frame = work.frame.with_columns(row_ids(table).alias("lead_id"))
    rejected, kept = rejected_rows(table, work.rejects)
    work.keep(kept)
    work.contradicting = contradicts(work)
    if mapping.status_rule == "stage":
        _let_stage_rule(work)
    closed = is_closed(work)
    lead_rows = conform(LeadRows, work.frame)
    entries = _milestone_entries(work)
    exported_on = mapping.exported_on or reaches_to(
        work.frame,
        [*event_columns(work), work.frame.select(pl.when(closed).then(pl.col("closed_at"))).to_series()]
        if "closed_at" in work.frame.columns
        else event_columns(work),
        import_day,
    )
    return make_batch(
        table,
        mapping,
        exported_on=exported_on,
        lead_rows=lead_rows,
        entries=entries,
        rejected=rejected,
        findings=lead_findings(work, rejected, import_day),
        n_accepted=work.frame.height,
    )


def _let_stage_rule(work: Work) -> None:
    """Where stage and status contradict and the stage rules, the row's status says nothing."""
    if work.contradicting is not None and "status_label" in work.frame.columns:
        status = pl.when(~work.contradicting).then(pl.col("status_label")).alias("status_label")
        work.frame = work.frame.with_columns(status)


def _milestone_entries(work: Work) -> pl.DataFrame:
    parts = [
        work.frame.select(
            pl.lit(0, dtype=pl.Int32).alias("batch_no"),
            "row_no",
            "lead_id",
            pl.lit("milestone").alias("scope"),
            pl.lit(column).alias("label"),
            pl.col(at).alias("at"),
            pl.col(has_time).alias("has_time"),
        ).filter(pl.col("at").is_not_null())
        for column, (at, has_time) in work.entries.items()
    ]
    return conform(Entries, pl.concat(parts)) if parts else empty(Entries)


# --- one row per change -------------------------------------------------------------------------------------------


def _log_batch(
    table: RawTable, mapping: ColumnMapping, readings: Readings, import_day: date, zone: Zone
) -> ImportBatch:
    work = Work(table, mapping, pl.DataFrame({"row_no": table.row_numbers}), import_day=import_day, time_zone=zone.name)
    work.found += [zone.finding] if zone.finding else []
    ignored = pl.repeat(False, table.frame.height, eager=True)
    add_texts(work, ("lead_id",))
    changed = mapping.column("changed_at")
    assert changed is not None  # open_questions refuses a log without it
    add_date(work, readings, role="changed_at", column=changed, name="changed_at", has_time="changed_has_time")
    work.reject(work.frame["changed_at"].is_null(), "intake.row_without_time", changed)
    if (created := mapping.column("created_at")) is not None:
        name, has_time = DATE_OF_ROLE["created_at"]
        add_date(work, readings, role="created_at", column=created, name=name, has_time=has_time)
    if mapping.is_field_log:
        ignored = _spread_fields(work, readings)
    else:
        add_texts(work, [role for role in TEXT_OF_ROLE if role != "lead_id"])
        add_amount(work, readings)
    says = [n for n in ("stage_label", "status_label", *ATTRIBUTES) if n in work.frame.columns]
    silent = work.frame.select(pl.all_horizontal(pl.col(n).is_null() for n in says)).to_series()
    value_column = mapping.column("new_value") if mapping.is_field_log else mapping.column("stage")
    work.reject(silent & ~ignored, "intake.row_without_value", value_column)
    work.rejects = [(mask & ~ignored, code, column) for mask, code, column in work.rejects]
    rejected, kept = rejected_rows(table, work.rejects)
    work.keep(kept & ~ignored)
    states = ["status_label"] if _is_joined_on(work) else []
    attributes = [*states, *(n for n in ATTRIBUTES if n in work.frame.columns)]
    carrying = work.frame.filter(pl.any_horizontal(pl.col(n).is_not_null() for n in attributes)) if attributes else None
    entries = [
        _changes(work.frame, name).select(
            pl.lit(0, dtype=pl.Int32).alias("batch_no"),
            "row_no",
            "lead_id",
            pl.lit(scope).alias("scope"),
            pl.col(name).alias("label"),
            pl.col("changed_at").alias("at"),
            pl.col("changed_has_time").alias("has_time"),
        )
        for scope, name in (("stage", "stage_label"), ("status", "status_label"))
        if name in work.frame.columns and name not in states
    ]
    gone = {"stage_label", "status_label"} - set(states)
    return make_batch(
        table,
        mapping,
        exported_on=mapping.exported_on or reaches_to(work.frame, event_columns(work), import_day),
        # the labels of a log are dated entries, not undated states of the lead
        lead_rows=empty(LeadRows) if carrying is None else conform(LeadRows, carrying.drop(gone, strict=False)),
        entries=conform(Entries, pl.concat(entries)) if entries else empty(Entries),
        rejected=rejected,
        findings=log_findings(work, rejected, int(ignored.sum()), import_day, is_undated=bool(states)),
        n_accepted=work.frame.height,
        n_ignored=int(ignored.sum()),
    )


def _is_joined_on(work: Work) -> bool:
    """Whether the status of a log is the lead's present one, put beside each of its changes: a lead that is won now is
    called so since its first row. When it ended is then not known from here.
    """
    if work.mapping.is_field_log or not {"stage_label", "status_label"} <= set(work.frame.columns):
        return False
    ended = [
        label for (scope, label), to in work.mapping.labels.items() if scope == "status" and to not in (OPEN, IGNORE)
    ]
    rows = work.frame.select("lead_id", "status_label", "changed_at").sort("lead_id", "changed_at", maintain_order=True)
    leads = rows.group_by("lead_id").agg(
        n=pl.col("changed_at").n_unique(), first=pl.col("status_label").first(), last=pl.col("status_label").last()
    )
    leads = leads.filter(pl.col("n") > 1, pl.col("last").is_in(ended))
    return leads.height > 0 and share(leads["first"] == leads["last"]) >= _JOINED_ON


def _changes(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows of a log that say a label. In a history of states (a row per day and deal) most rows only say it again:
    there the first day in a stage is the change. A change into the same stage now and then is kept as it was written.
    """
    said = frame.filter(pl.col(name).is_not_null())
    if not said.select("lead_id", name).is_duplicated().any():
        return said
    in_time = said.select("row_no", "lead_id", name, "changed_at").sort("lead_id", "changed_at", maintain_order=True)
    same = (pl.col(name) == pl.col(name).shift(1)) & (pl.col("lead_id") == pl.col("lead_id").shift(1))
    again = in_time.filter(same.fill_null(False))
    if again.height < _SAID_AGAIN * said.height:
        return said
    return said.join(again, on="row_no", how="anti", maintain_order="left")


def _spread_fields(work: Work, readings: Readings) -> pl.Series:
    """Give each row's new value to the column of its field's role. Returns the rows whose field is ignored."""
    mapping, table = work.mapping, work.table
    field_column, value_column = mapping.column("changed_field"), mapping.column("new_value")
    assert field_column is not None and value_column is not None  # is_field_log
    fields, values = clean_text(table.frame[field_column]), clean_text(table.frame[value_column])
    known = [value for value, role in mapping.field_roles.items() if role != "ignore"]
    for role in dict.fromkeys(mapping.field_roles.values()):
        if role == "ignore":
            continue
        of_role = [value for value, given in mapping.field_roles.items() if given == role]
        if role == "created":
            _spread_created(work, of_role, fields, readings)
        elif role == "amount":
            cells = [
                (fields == value, readings.numbers.get(field_key(value_column, value), "plain")) for value in of_role
            ]
            parsed = pl.repeat(None, fields.len(), dtype=pl.Float64, eager=True)
            for mask, reading in cells:
                number = parse_numbers(table.frame[value_column], reading)
                parsed = pl.select(pl.when(mask.fill_null(False)).then(number["value"]).otherwise(parsed)).to_series()
                bad = mask.fill_null(False) & ~number["ok"]
                if bad.any():
                    work.reject(bad, "intake.unreadable_number", value_column)
            work.frame = work.frame.with_columns(parsed.alias("amount"))
        else:
            here = fields.is_in(of_role).fill_null(False)
            name = TEXT_OF_ROLE[role]
            work.frame = work.frame.with_columns(pl.select(pl.when(here).then(values)).to_series().alias(name))
    return (fields.is_not_null() & ~fields.is_in(known)).fill_null(False)


def _spread_created(work: Work, of_role: list[str], fields: pl.Series, readings: Readings) -> None:
    """The creation: the date in the value where it is one, else the time of the row."""
    value_column = work.mapping.column("new_value")
    assert value_column is not None
    at = pl.repeat(None, fields.len(), dtype=pl.Datetime("us"), eager=True)
    has_time = pl.repeat(None, fields.len(), dtype=pl.Boolean, eager=True)
    for value in of_role:
        here = (fields == value).fill_null(False)
        reading = readings.dates.get(field_key(value_column, value))
        if reading is None:
            source = work.frame.select(at=pl.col("changed_at"), has_time=pl.col("changed_has_time"))
        else:
            cells = work.table.frame.select(pl.when(here).then(pl.col(value_column)).alias("v"))["v"]
            source = read_dates(cells, reading, work.time_zone)
            work.reject(here & ~source["ok"], "intake.unreadable_date", value_column)
        at = pl.select(pl.when(here).then(source["at"]).otherwise(at)).to_series()
        has_time = pl.select(pl.when(here).then(source["has_time"]).otherwise(has_time)).to_series()
    work.frame = work.frame.with_columns(at.alias("created_at"), has_time.alias("created_has_time"))
