"""What each column and each label of a file means: proposed, changed by the person, remembered for next month.

A ``ColumnMapping`` is plain data (``to_dict`` / ``from_dict``); the Store keeps it with the batch, and the same mapping
on the same file is the same import. ``propose_mapping`` guesses one and says what it is not sure of; it never decides
what a person must decide (an ambiguous date stays a question).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, cast, get_args

import polars as pl

from funnel.definition.definition import IGNORE, SCOPES, FunnelDefinition, Scope
from funnel.errors import InputError
from funnel.filters import DIMENSIONS
from funnel.schema import Finding, Shape

DATE_ROLES = (
    "entry",
    "created_at",
    "closed_at",
    "expected_close",
    "changed_at",
    "valid_until",
    "lost_at",
    "repeat_at",
    "referral_at",
)
NUMBER_ROLES = ("amount", "expected_amount", "quantity", "count")
LABEL_ROLES = ("stage", "status")
TEXT_ROLES = (
    "lead_id", "lead_name", "customer_id", "referrer_id", *DIMENSIONS, "pipeline", "currency", "lost_reason",
)  # fmt: skip
ROLES = (
    *TEXT_ROLES, *LABEL_ROLES, "closed_flag", *DATE_ROLES, *NUMBER_ROLES, "changed_field", "old_value", "new_value",
    "period", "deleted", "converted_id", "tick", "ignore",
)  # fmt: skip
"""What a column can be. ``entry``: the date on which a stage was entered; ``tick``: a yes where a stage was reached, on
a day that the file does not say; ``old_value``, ``new_value``: the values of a
field log; ``closed_flag``: a second yes/no column that makes one status with the first (IsClosed beside IsWon);
``deleted``: a yes leaves the row out; ``valid_until``: the end of a version whose start is ``changed_at``;
``quantity``: how many pieces, where the amount is the price of one;
``converted_id``: the id under which the lead goes on, where it is filled."""

NO_DATE = " [said without a date]"
"""Ends the name of a column that holds what stood for "no" in a date column, where other cells of it were blank."""
MANY = ("entry", "tick", "count", "ignore")
"""Roles that several columns may have."""

_LEAD = (
    "lead_id",
    "entry",
    "created_at",
    "closed_at",
    "expected_close",
    "lost_at",
    "stage",
    "status",
    "closed_flag",
    "amount",
    "expected_amount",
    "quantity",
    "currency",
    *DIMENSIONS,
    "pipeline",
    "customer_id",
    "lead_name",
    "lost_reason",
    "repeat_at",
    "referral_at",
    "referrer_id",
    "changed_at",
    "valid_until",
    "deleted",
    "converted_id",
    "tick",
    "ignore",
)
ALLOWED: dict[str, tuple[str, ...]] = {
    "milestones": _LEAD,
    "snapshot": _LEAD,
    "stage_log": (
        "lead_id",
        "changed_at",
        "changed_field",
        "new_value",
        "old_value",
        "stage",
        "status",
        "closed_flag",
        "created_at",
        "amount",
        "currency",
        *DIMENSIONS,
        "pipeline",
        "customer_id",
        "lead_name",
        "lost_reason",
        "deleted",
        "ignore",
    ),
    "counts": ("stage", "period", *DIMENSIONS, "pipeline", "count", "ignore"),
}
"""Roles per shape, in the order in which they win a tie."""

FIELD_ROLES = (
    "stage", "status", "created", "lost_reason", "amount", "currency", *DIMENSIONS, "pipeline", "customer_id", "ignore",
)  # fmt: skip
"""What a value of a field log's field column can mean."""


@dataclass(frozen=True)
class RawTable:
    """A table of text as it stands in the file.

    ``frame``: String columns named as ``columns`` (unique, never empty), blank cells null, only data rows;
    ``row_numbers``: their rows in the file, the first row of the file is 1 (a row of a CSV may have several lines).
    ``left_out``: rows that are no records (totals, titles, footers), each with its reason; ``rejected``: rows that do
    not fit the table; both follow ``schema.Rejected``.
    ``n_rows`` = ``frame.height + n_blank + n_repeated_header + left_out.height + rejected.height``: all rows below the
    header.
    ``encoding`` and ``delimiter`` are null where the format has none (``delimiter`` also for a single column),
    ``header_row`` is 0 where there is no header, ``table`` says which of the ``n_tables`` it is. ``titles`` are the
    texts above the header. ``choices``: column → the entries of its drop-down list in the workbook, in their order.
    ``record_column``: what identifies a record where rows below it were its lines (blank in this column).
    ``together``: the sheets with the same columns that were read one under another; their rows are counted through.
    """

    name: str
    kind: Literal["csv", "html", "xlsx", "xls", "parquet", "json"]
    columns: tuple[str, ...]
    frame: pl.DataFrame
    row_numbers: pl.Series
    encoding: str | None
    delimiter: str | None
    header_row: int
    sheet: str | None
    sheets: tuple[str, ...]
    n_tables: int
    n_rows: int
    n_blank: int
    n_repeated_header: int
    findings: tuple[Finding, ...]
    content_hash: str
    left_out: pl.DataFrame
    rejected: pl.DataFrame
    table: int = 1
    titles: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    record_column: str | None = None
    together: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnMapping:
    """How a file is to be read.

    - ``roles``: column → role (``funnel.intake.proposing.roles.ROLES``); a column that is not listed is ignored.
    - ``labels``: (scope, label) → stage key or exit; a milestone's label is its column header; wide counts columns have
      scope "stage".
    - ``date_readings``, ``number_readings``: column → reading (``cells.dates.READINGS``, ``cells.numbers.READINGS``);
      the values of one field of a field log are named ``field_key(column, field)``.
    - ``field_roles``: value of the ``changed_field`` column → one of ``FIELD_ROLES``.
    - ``measure``: the count column of a long counts file (one of several).
    - ``exported_on``: the day up to which the file is complete (None: the latest event in it).
    - ``status_rule``: which one rules a row whose stage and status contradict.
    - ``label_names``: what a numeric label is called.
    - ``line_amounts``: whether the amounts of the rows of one deal are lines that add up ("sum") or one total that is
      repeated ("once"); null while the rows themselves decide.
    - ``won_stages``: the targets that mean a win: the won stage and those after it, in the funnel of the mapping.
    - ``left_out``: column → values whose rows are left out (a status "deleted", the pipelines of another workspace).
    """

    shape: Shape
    roles: Mapping[str, str]
    labels: Mapping[tuple[Scope, str], str] = field(default_factory=dict)
    date_readings: Mapping[str, str] = field(default_factory=dict)
    number_readings: Mapping[str, str] = field(default_factory=dict)
    field_roles: Mapping[str, str] = field(default_factory=dict)
    measure: str | None = None
    exported_on: date | None = None
    status_rule: Literal["status", "stage"] = "status"
    label_names: Mapping[str, str] = field(default_factory=dict)
    won_stages: tuple[str, ...] = ()
    line_amounts: Literal["sum", "once"] | None = None
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def columns(self, role: str) -> list[str]:
        """The columns that have a role, in file order of the mapping."""
        return [column for column, given in self.roles.items() if given == role]

    def column(self, role: str) -> str | None:
        """The column that has a role, or None. Of several (a problem that blocks the import) the first."""
        return next(iter(self.columns(role)), None)

    @property
    def is_field_log(self) -> bool:
        return self.shape == "stage_log" and bool(self.column("changed_field") and self.column("new_value"))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data; ``from_dict`` is its inverse. Keys are sorted where order means nothing.

        What has its default value is left out, so that a field which is added later changes no stored mapping: by its
        text the Store knows that a file was imported before.
        """
        said = {
            "shape": self.shape,
            "roles": dict(sorted(self.roles.items())),
            "labels": [
                {"scope": scope, "label": label, "target": target}
                for (scope, label), target in sorted(self.labels.items())
            ],
            "date_readings": dict(sorted(self.date_readings.items())),
            "number_readings": dict(sorted(self.number_readings.items())),
            "field_roles": dict(sorted(self.field_roles.items())),
            "measure": self.measure,
            "exported_on": self.exported_on.isoformat() if self.exported_on else None,
            "status_rule": self.status_rule,
            "label_names": [[label, name] for label, name in self.label_names.items()],
            "won_stages": list(self.won_stages),
            "line_amounts": self.line_amounts,
            "left_out": {column: list(values) for column, values in sorted(self.left_out.items())},
        }
        is_default = {name: not value or (name, value) == ("status_rule", "status") for name, value in said.items()}
        return {name: value for name, value in said.items() if name in ("shape", "roles") or not is_default[name]}


def from_dict(data: Mapping[str, Any]) -> ColumnMapping:
    """A mapping from plain data. Raises InputError (``intake.bad_mapping``) when the data is not a mapping."""
    try:
        shape, rule, lines = data["shape"], data.get("status_rule", "status"), data.get("line_amounts")
        if shape not in get_args(Shape) or rule not in ("status", "stage") or lines not in (None, "sum", "once"):
            raise InputError("intake.bad_mapping", given=f"{shape}, {rule}, {lines}")
        labels = {(cast(Scope, row["scope"]), str(row["label"])): str(row["target"]) for row in data.get("labels", [])}
        if any(scope not in SCOPES for scope, _ in labels):
            raise InputError("intake.bad_mapping", given=sorted({scope for scope, _ in labels}))
        exported_on = data.get("exported_on")
        return ColumnMapping(
            shape=shape,
            roles=dict(data["roles"]),
            labels=labels,
            date_readings=dict(data.get("date_readings", {})),
            number_readings=dict(data.get("number_readings", {})),
            field_roles=dict(data.get("field_roles", {})),
            measure=data.get("measure"),
            exported_on=date.fromisoformat(exported_on) if exported_on else None,
            status_rule=rule,
            label_names={str(label): str(name) for label, name in data.get("label_names", [])},
            won_stages=tuple(data.get("won_stages", ())),
            line_amounts=lines,
            left_out={str(column): tuple(values) for column, values in data.get("left_out", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("intake.bad_mapping", given=str(error)) from error


def field_key(column: str, field_value: str) -> str:
    """The name under which the values of one field of a field log stand in the readings: ``new_value[add_time]``."""
    return f"{column}[{field_value}]"


def header_signature(columns: Iterable[str]) -> str:
    """A short fingerprint of a header, the same for the same columns in any order."""
    text = "\x1f".join(sorted(column.strip() for column in columns))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class HeaderChanges:
    """What is different between two headers."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


NO_CHANGES = HeaderChanges((), ())


def header_changes(old_columns: Iterable[str], new_columns: Iterable[str]) -> HeaderChanges:
    """Columns that are new and columns that are gone; a changed order is no change."""
    old, new = [c.strip() for c in old_columns], [c.strip() for c in new_columns]
    return HeaderChanges(tuple(c for c in new if c not in old), tuple(c for c in old if c not in new))


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a file's labels fit a funnel. ``matched``/``unmatched`` are (scope, label) pairs, ``n_stages`` how many
    stages of the funnel at least one label means.
    """

    matched: tuple[tuple[Scope, str], ...]
    unmatched: tuple[tuple[Scope, str], ...]
    n_stages: int

    @property
    def is_good(self) -> bool:
        """Nothing left over. A file without labels (attributes only) fits any funnel."""
        return not self.unmatched


def fits(definition: FunnelDefinition, mapping: ColumnMapping) -> Fit:
    """Which labels of a mapping have a stage or an exit in this funnel.

    ``@ignore`` counts as not matched: the page offers to map such labels or to make a funnel from them.
    """
    resolved = {key: definition.resolve(target) for key, target in mapping.labels.items()}
    return Fit(
        matched=tuple(key for key, target in resolved.items() if target != IGNORE),
        unmatched=tuple(key for key, target in resolved.items() if target == IGNORE),
        n_stages=len(set(resolved.values()) & set(definition.keys)),
    )
