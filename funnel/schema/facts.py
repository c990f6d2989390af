"""What an import leaves in the Store: facts with raw labels, findings, the batch itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, Literal, cast, get_args

import dataframely as dy
import polars as pl

from funnel.errors import Message
from funnel.far_off import has_wide_gap, near_days
from funnel.schema.journeys import Whole

Shape = Literal["milestones", "snapshot", "stage_log", "counts"]
ONE_ROW_PER_LEAD: tuple[Shape, ...] = ("milestones", "snapshot")
"""The shapes whose rows are leads as of the day of the export; a row of the others is a change or a total."""
Covers = Literal["all", "part", "wins", "changes", "open"]
COVERS: tuple[Covers, ...] = get_args(Covers)
"""Who is in a file: everybody, a part, all wins up to its day, all changes since the last file, all open deals."""


class LeadRows(dy.Schema):
    """What a row of a file says about its lead: attributes and undated states, labels raw.

    One row per accepted row of a milestones or snapshot file; one per row of a log that carries an attribute, and one
    per version of a table of versions, with ``changed_at`` = when it took effect. Null = the row does not say; it never
    erases what another row said.
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
    region = dy.String(nullable=True)
    currency = dy.String(nullable=True)
    pipeline = dy.String(nullable=True)


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
    """What the confirmed mapping of a batch says a label means: a stage key or an exit of the definition.

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
    region = dy.String(nullable=True)
    pipeline = dy.String(nullable=True)


class Batches(dy.Schema):
    """The live imports in order. ``exported_on`` = the day up to which the file is complete (null: unknown).

    ``time_zone``: the zone to which zoned times of the file were converted. ``covers``: who is in the file (``COVERS``;
    null: nobody was asked).
    """

    batch_no = dy.Int32()
    shape = dy.String()
    file_name = dy.String()
    imported_at = dy.Datetime(time_unit="us")
    exported_on = dy.Date(nullable=True)
    who = dy.String()
    n_rows = dy.Int64()
    n_accepted = dy.Int64()
    time_zone = dy.String(nullable=True)
    covers = dy.String(nullable=True, check=lambda c: c.is_in(COVERS))


LEFT_OUT = "reading.left_out."
"""Codes that begin so say that a row is no record at all (a total, a title), rather than one that was rejected."""


class Rejected(dy.Schema):
    """A row that was not imported: its number in the file (the first line of the file is 1), why, and its cells."""

    row_no = dy.Int64()
    code = dy.String()
    column = dy.String(nullable=True)
    value = dy.String(nullable=True)
    cells = dy.String()


class History(dy.Schema):
    """Every import of a workspace. ``state``: "live" or "undone"; ``changed_*`` tell when and by whom it became so."""

    batch_no = dy.Int32(primary_key=True)
    file_name = dy.String()
    imported_at = dy.Datetime(time_unit="us")
    who = dy.String()
    shape = dy.String()
    exported_on = dy.Date(nullable=True)
    n_rows = dy.Int64()
    n_accepted = dy.Int64()
    n_rejected = dy.Int64()
    n_blank = dy.Int64()
    n_repeated_header = dy.Int64()
    n_ignored = dy.Int64()
    state = dy.String(check=lambda c: c.is_in(["live", "undone"]))
    changed_at = dy.Datetime(time_unit="us")
    changed_by = dy.String()


class Spend(dy.Schema):
    """Money spent per calendar month (its first day), source and region (``filters.SPENT_BY``); where one of these is
    null, the spend is for all of them together.
    """

    month = dy.Date()
    source = dy.String(nullable=True)
    amount = dy.Float64()
    region = dy.String(nullable=True)


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

    Frames carry ``batch_no`` 0; the Store gives the number. ``rejected`` also lists the rows that are no records.
    ``n_rows`` = accepted + rejected + left out + blank + repeated header + ignored by a rule the user saw. ``mapping``
    is plain JSON data; the same ``content_hash`` and ``mapping`` among the live batches is the same import.
    ``time_zone`` and ``covers``: see ``Batches``.
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
    time_zone: str | None = None
    covers: Covers | None = None

    @property
    def has_versions(self) -> bool:
        """Whether a lead has a row per version: the same row said again is then no second lead."""
        return "valid_until" in self.mapping.get("roles", {}).values()

    @property
    def n_left_out(self) -> int:
        """Rows that are no records: totals, titles, footers."""
        return int(self.rejected["code"].str.starts_with(LEFT_OUT).sum())

    @property
    def n_rejected(self) -> int:
        return self.rejected.height - self.n_left_out


QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "won_then_back": ("reopened", "reset"),
    "not_leads": ("keep", "out"),
    "reason_on_open": ("open", "lost"),
}
"""What may be asked about all data of a workspace, once, with its answers; the first holds until somebody answers.

``won_then_back``: won deals that stand in an earlier stage again were really reopened, or the CRM resets them and the
win stays. ``not_leads``: leads whose reason says duplicate or test are kept as losses, or left out of all figures.
``reason_on_open``: open deals that carry a reason of loss stay open, or are lost.
"""


DATES_OF_LEADS = ("created_at", "changed_at", "closed_at", "lost_at", "repeat_at", "referral_at")


@dataclass(frozen=True)
class Facts:
    """All live batches of a workspace, as the Store hands them out. Treat the frames as immutable.

    ``confirmed_days``: days far from all others that a person has called right. ``answers``: to ``QUESTIONS``.
    ``whole``: what the facts of all leads say, where these are those of some.
    """

    batches: pl.DataFrame
    lead_rows: pl.DataFrame
    entries: pl.DataFrame
    labels: pl.DataFrame
    counts: pl.DataFrame
    confirmed_days: tuple[date, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    whole: Whole | None = None

    def answer(self, question: str) -> str:
        """The answer to one of ``QUESTIONS`` that holds: the given one, or its first."""
        given = self.answers.get(question)
        return given if given in QUESTIONS[question] else QUESTIONS[question][0]

    @cached_property
    def near_days(self) -> tuple[date, date] | None:
        """First and last day of all dates of leads up to the last import, without those that lie far off (see
        ``funnel.far_off``): the day of the data and the start of the history lie between them. Null without dates.
        """
        if self.whole is not None:
            return self.whole.near_days
        imported = self.batches["imported_at"].max()
        until = imported.date() if isinstance(imported, datetime) else date.max
        columns = [(self.entries, "at"), *((self.lead_rows, name) for name in DATES_OF_LEADS)]
        seen = [frame[name].drop_nulls().dt.date().unique() for frame, name in columns]
        days = pl.concat([column.rename("day") for column in seen]).unique()
        days = days.filter(days <= until)
        if days.is_empty():
            return None
        first, last = cast(date, days.min()), cast(date, days.max())
        if has_wide_gap(days.cast(pl.Int32)):
            dates = pl.concat(
                [frame.select(id="lead_id", day=pl.col(name).dt.date()).drop_nulls() for frame, name in columns]
            )
            dates = dates.filter(pl.col("day") <= until).select("id", pl.col("day").cast(pl.Int32))
            first, last = near_days(dates) or (first, last)
        known = [day for day in self.confirmed_days if day <= until]
        return min([first, *known]), max([last, *known])

    @property
    def lead_ids(self) -> pl.Series:
        """The ids of all leads that any live import holds, each once."""
        return pl.concat([self.lead_rows["lead_id"], self.entries["lead_id"]]).unique()

    def with_short_ids(self) -> Facts:
        """The same facts with the ids of leads and customers as categories of their own, which still compare and sort
        as text: grouping and joining a million of them takes half the time. What is made of them and kept must give
        them back as text.
        """
        ids = pl.Categorical(pl.Categories.random())
        rows = self.lead_rows.with_columns(pl.col("lead_id", "customer_id", "referrer_id").cast(ids))
        whole = None if self.whole is None else self.whole.with_ids(ids)
        return replace(
            self, lead_rows=rows, entries=self.entries.with_columns(pl.col("lead_id").cast(ids)), whole=whole
        )

    @cached_property
    def is_empty(self) -> bool:
        return self.lead_rows.is_empty() and self.entries.is_empty() and self.counts.is_empty()


class _Unread(Facts):
    """Facts whose frames are read when somebody first asks for one of them."""

    def __getattr__(self, name: str) -> Any:
        read = self.__dict__.get("_read")
        if read is None or name not in Facts.__dataclass_fields__:
            raise AttributeError(name)
        # what was told before stays; two threads may both read, and both get the same
        self.__dict__.update({frame: value for frame, value in vars(read()).items() if frame not in self.__dict__})
        return self.__dict__[name]


def unread_facts(read: Callable[[], Facts], told: Mapping[str, Any]) -> Facts:
    """The facts that ``read`` gives, read when a frame is first asked for; ``told``: what is known of them before
    (attributes and properties by name)."""
    facts = object.__new__(_Unread)
    facts.__dict__.update(told, _read=read)
    return facts


@cache
def empty(schema: type[dy.Schema]) -> pl.DataFrame:
    """A frame of no rows with the columns of ``schema``, made once (it takes 2 ms)."""
    return schema.create_empty()


def facts_in(frames: Mapping[str, pl.DataFrame]) -> Facts:
    """The facts whose frames stand under their names in ``frames``."""
    return Facts(frames["batches"], frames["lead_rows"], frames["entries"], frames["labels"], frames["counts"])


def empty_facts() -> Facts:
    return Facts(empty(Batches), empty(LeadRows), empty(Entries), empty(Labels), empty(StageCounts))


def facts_of(batches: list[ImportBatch], imported_at: datetime) -> Facts:
    """The facts that a Store would hold after importing ``batches`` in order: for previews and tests."""

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
                "time_zone": batch.time_zone,
                "covers": batch.covers,
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


def with_batch(facts: Facts, batch: ImportBatch, imported_at: datetime) -> Facts:
    """What the facts would be after one more import: for the Check step, before anything is stored."""
    last = facts.batches["batch_no"].max()
    number = (last if isinstance(last, int) else 0) + 1
    added = facts_of([batch], imported_at)

    def joined(name: str) -> pl.DataFrame:
        new = getattr(added, name).with_columns(pl.lit(number, dtype=pl.Int32).alias("batch_no"))
        old = getattr(facts, name)
        return pl.concat([old, new.select(old.columns)])

    names = ("batches", "lead_rows", "entries", "labels", "counts")
    return replace(facts, **{name: joined(name) for name in names})
