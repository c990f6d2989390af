"""What is worth knowing about the rows of one file, with counts and example rows: shown in the Check step.

Everything here was kept unless ``done`` says otherwise; what concerns a lead over several files (skipped stages, wins
revoked) is found later, on the journeys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from math import floor, log10
from typing import Literal

import polars as pl

from funnel.definition.definition import DUPLICATE, IGNORE
from funnel.errors import Message
from funnel.intake.batches.lead_rows import Work, is_closed, meaning
from funnel.intake.batches.left_out import says_no_lead
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.values import share
from funnel.schema import LEFT_OUT, Finding

Severity = Literal["warning", "note"]

N_EXAMPLES = 5
BULK_MIN_ROWS, BULK_SHARE, BULK_TIMES_MEDIAN = 20, 0.2, 10
"""A day is a bulk edit when it holds at least this many events, this share of all, and this many times a usual day."""
SAME_MOMENT_ROWS = 10
"""Changes that carry one and the same time of day to the second are one bulk edit from this many on."""
ONE_DAY_WINS = 5
"""An owner with at least this many wins, all on one day, is worth a look."""
OF_HISTORIES = 0.9
"""A column is a history when this share of its cells begins lines with a day."""
_LOOKED_AT = 1_000
_LINE_OF_A_DAY = r"(?m)^\W*(?:[0-9]{4}[-/.年][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4})"
HEAP_MIN_AMOUNTS, HEAP_SHARE = 30, 0.5
"""From this share of amounts on one round unit the amounts look estimated rather than billed."""


def lead_findings(work: Work, rejected: pl.DataFrame, import_day: date) -> tuple[Finding, ...]:
    """Findings of a milestones or snapshot file: duplicates, dates, wins, contradictions, gaps, too-good figures."""
    frame = work.frame
    found = [*_file_part(work, rejected)]
    found += _duplicates(work)
    found += _order_of_dates(work)
    found += _future(work, import_day)
    found += _closed_rows(work)
    found += _gaps(work)
    found += _amounts(work)
    dates = [at for at, _ in work.entries.values()]
    dates += [n for n in ("created_at", "closed_at", "lost_at") if n in frame.columns]
    if dates:
        undated = frame.select(pl.all_horizontal(pl.col(n).is_null() for n in dates)).to_series()
        _note(found, work, undated, ("undated_rows", "kept", "note"))
    if not work.entries and not {"stage_label", "status_label"} & set(frame.columns):
        everything = pl.repeat(True, frame.height, eager=True)
        severity: Severity = "note" if "created_at" in frame.columns else "warning"
        _note(found, work, everything, ("attributes_only", "added_to_leads", severity))
    closed_on = "closed_at" if "closed_at" in frame.columns else "lost_at"
    if closed_on in frame.columns:
        found += _bulk(work, frame[closed_on].filter(is_closed(work)), closed_on)
    found += _one_day_owners(work)
    found += _packed_histories(work)
    return tuple(found)


def _packed_histories(work: Work) -> list[Finding]:
    """Columns whose cells hold several lines with a day each: the history of a deal, which is not taken apart."""
    found = []
    for column, role in work.mapping.roles.items():
        cells = work.table.frame[column] if role == "ignore" and column in work.table.columns else None
        if cells is None or not cells.head(_LOOKED_AT).str.contains("\n", literal=True).any():
            continue
        dated = cells.str.count_matches(_LINE_OF_A_DAY)
        if cells.count() and share(dated.drop_nulls() >= 1) >= OF_HISTORIES and (dated >= 2).any():
            n = int((dated >= 2).sum())
            message = Message("intake.packed_history", {"column": column, "n": n})
            found.append(Finding(message, "warning", n, "intake.done.left_out", work.examples(dated >= 2)))
    return found


def log_findings(
    work: Work, rejected: pl.DataFrame, n_ignored: int, import_day: date, *, is_undated: bool
) -> tuple[Finding, ...]:
    """Findings of a stage log: ignored fields, doubled rows, future times, bulk edits, gaps. ``is_undated``: its status
    says how leads ended, not when.
    """
    found = [*_file_part(work, rejected)]
    if n_ignored:
        fields = [value for value, role in work.mapping.field_roles.items() if role == "ignore"]
        message = Message("intake.ignored_fields", {"n": n_ignored, "fields": fields})
        found.append(Finding(message, "note", n_ignored, "intake.done.ignored"))
    doubled = ~work.frame.drop("row_no").hash_rows().is_first_distinct()
    _note(found, work, doubled, ("duplicate_changes", "counted_once", "note"))
    if is_undated:
        once, status = work.frame["lead_id"].is_first_distinct(), meaning(work)["status"]
        _note(found, work, once & (status == "won"), ("won_without_date", "date_unknown", "warning"))
        _note(found, work, once & (status == "lost"), ("lost_without_date", "date_unknown", "note"))
    found += _future(work, import_day)
    found += _amounts(work)
    found += _bulk(work, work.frame["changed_at"], "changed_at")
    return tuple(found)


def file_findings(
    table: RawTable, mapping: ColumnMapping, rejected: pl.DataFrame, labels: Mapping[str, pl.Series]
) -> list[Finding]:
    """What any file can have: rejected rows by reason, and labels without a stage (scope → label of each row)."""
    found = list(table.findings)
    rejected = rejected.filter(~pl.col("code").str.starts_with(LEFT_OUT))  # those are among the findings of the table
    for code, rows in sorted(rejected.partition_by("code", as_dict=True).items()):
        columns = rows["column"].drop_nulls().unique().sort().to_list()
        message = Message("intake.rejected", {"reason": Message(str(code[0])), "n": rows.height, "columns": columns})
        numbers = tuple(rows["row_no"].sort().head(N_EXAMPLES).to_list())
        found.append(Finding(message, "warning", rows.height, "intake.done.rejected", numbers))
    for scope, values in labels.items():
        targets = {label: target for (s, label), target in mapping.labels.items() if s == scope}
        counted = values.drop_nulls().value_counts(name="n").sort("n", values.name, descending=[True, False])
        unknown = counted.filter(~counted[values.name].is_in(list(targets)))
        ignored = counted.filter(counted[values.name].is_in([label for label, t in targets.items() if t == IGNORE]))
        for code, some in (("unknown_labels", unknown), ("ignored_labels", ignored)):
            if some.height:
                n = int(some["n"].sum())
                params = {"labels": some[values.name].head(10).to_list(), "n": n, "n_labels": some.height}
                found.append(Finding(Message(f"intake.{code}", params), "warning", n, "intake.done.no_stage"))
    return found


def _file_part(work: Work, rejected: pl.DataFrame) -> list[Finding]:
    frame = work.frame
    labels = {
        scope: frame[name]
        for scope, name in (("stage", "stage_label"), ("status", "status_label"))
        if name in frame.columns
    }
    found = [*file_findings(work.table, work.mapping, rejected, labels), *work.found]
    ignored = [c for (s, c), target in work.mapping.labels.items() if s == "milestone" and target == IGNORE]
    if ignored:
        message = Message("intake.ignored_milestones", {"columns": ignored, "n": len(ignored)})
        found.append(Finding(message, "warning", len(ignored), "intake.done.no_stage"))
    for column, says in says_no_lead(work.table, work.mapping).items():
        here = says if work.kept is None else says.filter(work.kept)
        _note(found, work, here, ("no_lead_column", "counted_as_leads", "warning"), column=column)
    for column, (n, rows) in work.blanked.items():
        found.append(
            Finding(Message("intake.blanked", {"column": column, "n": n}), "warning", n, "intake.done.blanked", rows)
        )
    for column, (n, rows) in work.trimmed.items():
        found.append(
            Finding(Message("intake.trimmed", {"column": column, "n": n}), "note", n, "intake.done.trimmed", rows)
        )
    return found


def _note(found: list[Finding], work: Work, mask: pl.Series, what: tuple[str, str, Severity], **params: object) -> None:
    """Add a finding for the rows in which ``mask`` is true, if there are any; ``what`` = code, done, severity."""
    code, done, severity = what
    mask = mask.fill_null(False)
    n = int(mask.sum())
    if not n:
        return
    leads = tuple(work.frame["lead_id"].filter(mask).head(N_EXAMPLES).to_list())
    message = Message(f"intake.{code}", {"n": n, **params})
    found.append(Finding(message, severity, n, f"intake.done.{done}", work.examples(mask, N_EXAMPLES), leads))


def _duplicates(work: Work) -> list[Finding]:
    found: list[Finding] = []
    frame, table = work.frame, work.table
    has_id = work.mapping.column("lead_id") is not None
    first = frame["lead_id"].is_first_distinct()
    same = pl.repeat(False, frame.height, eager=True)
    if not (has_id and first.all()):  # equal rows have equal ids
        content = table.frame if work.kept is None else table.frame.filter(work.kept)
        same = ~content.hash_rows().is_first_distinct()
    _note(
        found,
        work,
        same,
        ("duplicate_rows", "counted_once" if has_id else "kept_each", "note" if has_id else "warning"),
    )
    if not has_id:
        _add_file_note(found, "row_is_the_unit", frame.height)
        return found
    again = ~first & ~same
    _note(found, work, again, ("duplicate_ids", "merged", "warning"))
    floats = frame["lead_id"].str.contains(r"^\d+\.0$|^\d(?:[.,]\d+)?[eE]\+?\d{2}$")
    _note(found, work, floats, ("ids_like_floats", "kept", "warning"))
    for scope, name in (("stage", "stage_label"), ("status", "status_label")):
        marks = [label for (s, label), to in work.mapping.labels.items() if s == scope and to == DUPLICATE]
        if marks and name in frame.columns:
            _note(found, work, frame[name].is_in(marks), ("marked_duplicate", "left_out", "note"))
    return found


def _add_file_note(found: list[Finding], code: str, n: int) -> None:
    found.append(Finding(Message(f"intake.{code}", {"n": n}), "note", n, "intake.done.row_ids"))


def _order_of_dates(work: Work) -> list[Finding]:
    found: list[Finding] = []
    frame = work.frame
    if "created_at" not in frame.columns:
        return found
    closed = is_closed(work)
    created_on = frame["created_at"].dt.truncate("1d")

    def before(name: str) -> pl.Series:
        """Rows with a date on an earlier day than the creation."""
        return (frame[name] < created_on).fill_null(False)

    if "closed_at" in frame.columns:
        _note(found, work, before("closed_at") & closed, ("closed_before_created", "duration_left_out", "warning"))
    forecast = [before("expected_close_at")] if "expected_close_at" in frame.columns else []
    if "closed_at" in frame.columns:
        forecast.append(before("closed_at") & ~closed)
    if forecast:
        early = forecast[0] if len(forecast) == 1 else forecast[0] | forecast[1]
        _note(found, work, early, ("expected_before_created", "no_entry", "note"))
    for column, (at, _) in work.entries.items():
        _note(found, work, before(at), ("entered_before_created", "duration_left_out", "warning"), column=column)
    if "lost_at" in frame.columns:
        _note(found, work, before("lost_at"), ("lost_before_created", "duration_left_out", "warning"))
    return found


def _future(work: Work, import_day: date) -> list[Finding]:
    found: list[Finding] = []
    frame, mapping = work.frame, work.mapping
    end = datetime.combine(import_day, time.max)
    columns = {column: at for column, (at, _) in work.entries.items()}
    for name in ("created_at", "lost_at", "changed_at"):  # in a field log the creation has no column of its own
        column = mapping.column(name) or mapping.column("new_value")
        if name in frame.columns and column is not None:
            columns[column] = name
    for column, name in columns.items():
        late = frame[name] > end
        _note(found, work, late, ("future_dates", "not_counted_yet", "warning"), column=column, day=import_day)
    if "closed_at" in frame.columns:
        late = (frame["closed_at"] > end).fill_null(False) & is_closed(work)
        column = mapping.column("closed_at")
        _note(found, work, late, ("closed_in_future", "date_unknown", "warning"), column=column, day=import_day)
    return found


def _closed_rows(work: Work) -> list[Finding]:
    found: list[Finding] = []
    frame, both = work.frame, meaning(work)
    state = both.select(pl.coalesce("status", "stage").fill_null("")).to_series()
    won_entries = [
        at
        for c, (at, _) in work.entries.items()
        if work.mapping.labels.get(("milestone", c)) in work.mapping.won_stages
    ]
    won = state == "won"
    for at in won_entries:
        won = won | frame[at].is_not_null()
    dates = [*won_entries, *(["closed_at"] if "closed_at" in frame.columns else [])]
    if dates:
        undated = frame.select(pl.all_horizontal(pl.col(n).is_null() for n in dates)).to_series()
        _note(found, work, won & undated, ("won_without_date", "date_unknown", "warning"))
    if "amount" in frame.columns:
        _note(found, work, won & frame["amount"].is_null(), ("won_without_amount", "left_out_of_averages", "warning"))
    lost_dates = [n for n in ("closed_at", "lost_at") if n in frame.columns]
    lost = state == "lost"
    undated_loss = (
        frame.select(pl.all_horizontal(pl.col(n).is_null() for n in lost_dates)).to_series()
        if lost_dates
        else pl.repeat(True, frame.height, eager=True)
    )
    _note(found, work, lost & undated_loss, ("lost_without_date", "date_unknown", "note"))
    if work.contradicting is not None:
        chosen = work.mapping.status_rule
        rule = Message(f"intake.rule.{chosen}")
        _note(found, work, work.contradicting, ("stage_and_status", f"{chosen}_rules", "warning"), rule=rule)
    return found


def _gaps(work: Work) -> list[Finding]:
    found: list[Finding] = []
    for name in ("source", "owner"):
        if name in work.frame.columns:
            _note(found, work, work.frame[name].is_null(), (f"missing_{name}", "not_stated", "note"))
    return found


def _amounts(work: Work) -> list[Finding]:
    found: list[Finding] = []
    if "amount" not in work.frame.columns:
        return found
    amounts = work.frame["amount"]
    _note(found, work, amounts < 0, ("negative_amounts", "kept", "note"))
    positive = amounts.filter(amounts > 0)
    middle = positive.median()
    if positive.len() < HEAP_MIN_AMOUNTS or not isinstance(middle, float) or middle < 100:
        return found
    unit = 10.0 ** floor(log10(middle))
    round_ = (amounts > 0) & (amounts % unit == 0)
    if int(round_.sum()) >= HEAP_SHARE * positive.len():
        _note(found, work, round_, ("round_amounts", "kept", "note"), total=positive.len(), unit=unit)
    return found


def _bulk(work: Work, events: pl.Series, name: str) -> list[Finding]:
    """Many changes at one moment or on one day: more likely tidied up in bulk than sold that day."""
    found: list[Finding] = []
    events = events.drop_nulls()
    column = work.mapping.column(name) or name
    moments = events.filter(events.dt.time() != time(0)).value_counts(name="n").sort("n", descending=True)
    if moments.height and moments["n"][0] >= SAME_MOMENT_ROWS and moments["n"][0] >= 0.05 * events.len():
        moment: datetime = moments[events.name][0]
        same = work.frame[name] == moment
        _note(found, work, same, ("bulk_moment", "kept", "warning"), column=column, moment=moment)
        return found
    days = events.dt.date().value_counts(name="n").sort("n", descending=True)
    if days.height < 3:
        return found
    usual = days["n"].median()
    most = int(days["n"][0])
    if isinstance(usual, float) and most >= max(BULK_MIN_ROWS, BULK_SHARE * events.len(), BULK_TIMES_MEDIAN * usual):
        day: date = days[events.name][0]
        start = datetime.combine(day, time(0))
        that_day = (work.frame[name] >= start) & (work.frame[name] < start + timedelta(days=1))
        _note(found, work, that_day, ("bulk_day", "kept", "warning"), column=column, day=day, usual=usual)
    return found


def _one_day_owners(work: Work) -> list[Finding]:
    """Owners all of whose wins fall on one day."""
    found: list[Finding] = []
    frame, mapping = work.frame, work.mapping
    if "owner" not in frame.columns:
        return found
    won_at = [
        pl.col(at) for c, (at, _) in work.entries.items() if mapping.labels.get(("milestone", c)) in mapping.won_stages
    ]
    both = meaning(work)
    if "closed_at" in frame.columns:
        is_won = both.select(pl.coalesce("status", "stage").eq("won").fill_null(False)).to_series()
        won_at.append(pl.when(is_won).then(pl.col("closed_at")))
    if not won_at:
        return found
    wins = frame.select("row_no", "lead_id", "owner", day=pl.coalesce(won_at).dt.date()).drop_nulls(["owner", "day"])
    if wins["owner"].n_unique() < 2:
        return found
    owners = (
        wins.group_by("owner").agg(pl.len().alias("n"), pl.col("day").n_unique().alias("days"), pl.col("day").first())
        .filter(pl.col("n") >= ONE_DAY_WINS, pl.col("days") == 1).sort("owner")
    )  # fmt: skip
    for owner, n, _, day in owners.iter_rows():
        _note(
            found,
            work,
            frame["row_no"].is_in(wins.filter(pl.col("owner") == owner)["row_no"].implode()),
            ("one_day_owner", "kept", "warning"),
            owner=owner,
            day=day,
            wins=n,
        )
    return found
