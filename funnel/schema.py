"""The shape of every frame that crosses a module.

Facts (what the Store keeps, raw labels and all) → journeys (one wide row per lead) → small report frames.
``validate`` is for frames that our own code made: a failure there is a bug, not a message for the user.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import dataframely as dy
import polars as pl

from funnel.definition import FunnelDefinition
from funnel.errors import Message

Shape = Literal["milestones", "snapshot", "stage_log", "counts"]

# --- facts: what an import leaves in the Store --------------------------------------------------------------------


class LeadRows(dy.Schema):
    """What a row of a file says about its lead: attributes and undated states, labels raw.

    One row per accepted row of a milestones or snapshot file; one per row of a log that carries an attribute, with
    ``changed_at`` = when it took effect. Null = the row does not say; it never erases what another row said.
    ``closed_at`` is a close date as written (a forecast while the lead is open). ``*_has_time`` tells whether the
    instant carries a time of day; null where the instant is null.
    """

    batch_no = dy.Int32()
    row_no = dy.Int64()
    lead_id = dy.String()
    changed_at = dy.Datetime(nullable=True, time_unit="us")
    created_at = dy.Datetime(nullable=True, time_unit="us")
    created_has_time = dy.Bool(nullable=True)
    stage_label = dy.String(nullable=True)
    status_label = dy.String(nullable=True)
    closed_at = dy.Datetime(nullable=True, time_unit="us")
    closed_has_time = dy.Bool(nullable=True)
    expected_close_at = dy.Datetime(nullable=True, time_unit="us")
    lost_at = dy.Datetime(nullable=True, time_unit="us")
    lost_has_time = dy.Bool(nullable=True)
    lost_reason = dy.String(nullable=True)
    amount = dy.Float64(nullable=True)
    customer_id = dy.String(nullable=True)
    lead_name = dy.String(nullable=True)
    source = dy.String(nullable=True)
    owner = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    repeat_at = dy.Datetime(nullable=True, time_unit="us")
    referral_at = dy.Datetime(nullable=True, time_unit="us")
    referrer_id = dy.String(nullable=True)


class Entries(dy.Schema):
    """A dated label of a lead: a cell of a milestone column, or a stage or status change of a log."""

    batch_no = dy.Int32()
    row_no = dy.Int64()
    lead_id = dy.String()
    scope = dy.String(check=lambda c: c.is_in(["stage", "milestone", "status"]))
    label = dy.String()
    at = dy.Datetime(time_unit="us")
    has_time = dy.Bool()


class Labels(dy.Schema):
    """What the confirmed mapping of a batch says a label means: a stage key or an exit of ``funnel.definition``.

    Every milestone column of a batch stands here with scope ``milestone``, even when all its cells are blank: these
    are the stages that the batch dates.
    """

    batch_no = dy.Int32()
    scope = dy.String()
    label = dy.String()
    target = dy.String()


class StageCounts(dy.Schema):
    """Stage totals of a counts file. ``period_start``/``period_end`` (included) are null for a file without periods."""

    batch_no = dy.Int32()
    row_no = dy.Int64()
    label = dy.String()
    period_start = dy.Date(nullable=True)
    period_end = dy.Date(nullable=True)
    source = dy.String(nullable=True)
    owner = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    n = dy.Float64()


class Batches(dy.Schema):
    """The live imports in order. ``exported_on`` = the day up to which the file is complete (null: unknown)."""

    batch_no = dy.Int32()
    shape = dy.String()
    file_name = dy.String()
    imported_at = dy.Datetime(time_unit="us")
    exported_on = dy.Date(nullable=True)
    who = dy.String()
    n_rows = dy.Int64()
    n_accepted = dy.Int64()


class Rejected(dy.Schema):
    """A row that was not imported: its number in the file (the first line of the file is 1), why, and its cells."""

    row_no = dy.Int64()
    code = dy.String()
    column = dy.String(nullable=True)
    value = dy.String(nullable=True)
    cells = dy.String()


class Spend(dy.Schema):
    """Money spent per calendar month (its first day) and source; a null source is spend for all sources together."""

    month = dy.Date()
    source = dy.String(nullable=True)
    amount = dy.Float64()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the data that a person should know: ``message`` says what, ``done`` is the code of what was done.

    ``severity``: "question" blocks the import until answered, "warning" may change figures, "note" does not.
    ``rows`` are example row numbers in the file, ``leads`` example lead ids.
    """

    message: Message
    severity: Literal["question", "warning", "note"]
    n: int
    done: str
    rows: tuple[int, ...] = ()
    leads: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportBatch:
    """One file, mapped and normalized, ready to be stored in one transaction (the architecture's IntakeResult).

    Frames carry ``batch_no`` 0; the Store gives the number. ``n_rows`` = accepted + rejected + blank + repeated
    header + ignored by a rule the user saw. ``mapping`` is plain JSON data; the same ``content_hash`` and ``mapping``
    among the live batches is the same import.
    """

    file_name: str
    content_hash: str
    shape: Shape
    mapping: dict[str, Any]
    header_signature: str
    exported_on: date | None
    lead_rows: pl.DataFrame
    entries: pl.DataFrame
    labels: pl.DataFrame
    counts: pl.DataFrame
    rejected: pl.DataFrame
    findings: tuple[Finding, ...]
    n_rows: int
    n_accepted: int
    n_blank: int = 0
    n_repeated_header: int = 0
    n_ignored: int = 0

    @property
    def n_rejected(self) -> int:
        return self.rejected.height


@dataclass(frozen=True)
class Facts:
    """All live batches of a workspace, as the Store hands them out. Treat the frames as immutable."""

    batches: pl.DataFrame
    lead_rows: pl.DataFrame
    entries: pl.DataFrame
    labels: pl.DataFrame
    counts: pl.DataFrame

    @property
    def is_empty(self) -> bool:
        return self.lead_rows.is_empty() and self.entries.is_empty() and self.counts.is_empty()


def empty(schema: type[dy.Schema]) -> pl.DataFrame:
    """A frame of no rows with the columns of ``schema``."""
    return schema.create_empty()


def empty_facts() -> Facts:
    return Facts(empty(Batches), empty(LeadRows), empty(Entries), empty(Labels), empty(StageCounts))


def facts_of(batches: list[ImportBatch], imported_at: datetime) -> Facts:
    """The facts that a Store would hold after importing ``batches`` in order: for previews and tests, without a Store."""

    def stack(schema: type[dy.Schema], name: str) -> pl.DataFrame:
        frames = [
            getattr(batch, name).with_columns(pl.lit(no, dtype=pl.Int32).alias("batch_no"))
            for no, batch in enumerate(batches, 1)
        ]
        return pl.concat([empty(schema), *frames]) if frames else empty(schema)

    listed = pl.DataFrame(
        [
            {
                "batch_no": no,
                "shape": batch.shape,
                "file_name": batch.file_name,
                "imported_at": imported_at,
                "exported_on": batch.exported_on,
                "who": "",
                "n_rows": batch.n_rows,
                "n_accepted": batch.n_accepted,
            }
            for no, batch in enumerate(batches, 1)
        ],
        schema=empty(Batches).schema,
    )
    return Facts(
        listed,
        stack(LeadRows, "lead_rows"),
        stack(Entries, "entries"),
        stack(Labels, "labels"),
        stack(StageCounts, "counts"),
    )


# --- journeys: one wide row per lead ------------------------------------------------------------------------------

OUTCOMES = ("open", "won", "lost")


def journeys_schema(definition: FunnelDefinition) -> dict[str, Any]:
    """Column → dtype of the journeys frame under a definition. One row per lead, as seen on the as-of date.

    - ``lead_id``; ``created_at`` (null: undated lead).
    - per stage ``entered_<key>``: first own entry, null without one or undated; stage 1 falls back to ``created_at``.
    - per step (every stage but the first):
      ``next_<key>``: first own entry at or beyond the stage, used as the date of arrival where the stage was skipped;
      ``days_<key>``: Float32 days from own entry into the stage before to own entry into this one (null: imputed,
      undated or out of order);
      ``days_next_<key>``: Float32 days from own entry into the stage before to ``next_<key>`` (null likewise).
    - ``furthest_stage``: Int8 position (from 1) of the furthest stage reached, dated or not.
    - ``outcome``: Enum open/won/lost. ``lost_at`` (null: undated). ``lost_stage``: Int8 position of the stage whose step
      lost the lead (the step *into* it); null when not lost, or lost at an unknown place.
    - ``won_at``: the date of the win (= entered_<won key>), ``amount``: of the newest row that has one.
    - ``repeat_at``, ``referral_at``: of a won lead's customer, attributed to the customer's first won lead.
    - ``observed_until``: Date up to which the lead was followed (newest export that holds it, at most as-of).
    - ``cycle_days``: Float32 days created → won. ``source``, ``owner``, ``segment``: Categorical, null = not stated.
    """
    schema: dict[str, Any] = {"lead_id": pl.String, "lead_name": pl.String, "created_at": pl.Datetime("us")}
    for key in definition.keys:
        schema[f"entered_{key}"] = pl.Datetime("us")
    for key in definition.keys[1:]:
        schema[f"next_{key}"] = pl.Datetime("us")
        schema[f"days_{key}"] = pl.Float32
        schema[f"days_next_{key}"] = pl.Float32
    schema |= {
        "furthest_stage": pl.Int8,
        "outcome": pl.Enum(OUTCOMES),
        "won_at": pl.Datetime("us"),
        "lost_at": pl.Datetime("us"),
        "lost_stage": pl.Int8,
        "lost_reason": pl.Categorical,
        "amount": pl.Float64,
        "customer_id": pl.String,
        "repeat_at": pl.Datetime("us"),
        "referral_at": pl.Datetime("us"),
        "observed_until": pl.Date,
        "cycle_days": pl.Float32,
        "source": pl.Categorical,
        "owner": pl.Categorical,
        "segment": pl.Categorical,
    }
    return schema


# --- small frames that metrics return -----------------------------------------------------------------------------


class StepTable(dy.Schema):
    """One row per stage in order; the step figures belong to the step *into* the stage and are null in row 1.

    ``n = advanced + lost + waiting``; ``lost_unknown`` is the part of ``lost`` whose place is not known; where it makes
    the rate unknowable ``rate`` is null and ``reason`` is "unknown_place" ("no_leads" when n = 0).
    Rates are 0–1 with a Wilson 95 % interval. ``mature_*``: only leads followed at least H days (H = ``horizon_days``).
    ``own_n``/``own_advanced``: leads with an own entry into the stage before / into both.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_reached = dy.Int64()
    n_own_entries = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    lost = dy.Int64(nullable=True)
    lost_unknown = dy.Int64(nullable=True)
    waiting = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    rate_low = dy.Float64(nullable=True)
    rate_high = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)
    horizon_days = dy.Float64(nullable=True)
    mature_n = dy.Int64(nullable=True)
    mature_advanced = dy.Int64(nullable=True)
    mature_rate = dy.Float64(nullable=True)
    mature_low = dy.Float64(nullable=True)
    mature_high = dy.Float64(nullable=True)
    immature_share = dy.Float64(nullable=True)
    stale = dy.Int64(nullable=True)
    own_n = dy.Int64(nullable=True)
    own_advanced = dy.Int64(nullable=True)
    own_rate = dy.Float64(nullable=True)
    shows_both_counts = dy.Bool(nullable=True)
    n_days = dy.Int64(nullable=True)
    median_days = dy.Float64(nullable=True)
    p75_days = dy.Float64(nullable=True)
    p90_days = dy.Float64(nullable=True)


class Horizons(dy.Schema):
    """H per step, from unfiltered data: days, how many advanced leads it rests on, and where it comes from.

    ``origin``: "data", "typed" (by the user), or "too_short" (``days`` null: history too short).
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    days = dy.Float64(nullable=True)
    n_advanced = dy.Int64()
    origin = dy.String()
