"""What must be answered before a file can be imported, and how each date and number column is read.

A column whose values fit several readings with different results, or no single one, is never decided here: it becomes
a question that shows, per reading, how many rows it would contradict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from funnel.errors import Message
from funnel.intake.cells.date_patterns import CUT_STAMP
from funnel.intake.cells.dates import YEAR, infer_dates, parse_dates
from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.cells.periods import reads_as_period
from funnel.intake.cells.units import Unit
from funnel.intake.lines import lines_of
from funnel.intake.mapping import MANY, ColumnMapping, RawTable
from funnel.intake.reading_words import day_where_no_time, reading_in_words
from funnel.intake.values import (
    CENTS,
    MAX_LABELS_OF_A_COLUMN,
    clean_text,
    date_keys,
    labels_of,
    may_be_cents,
    number_keys,
    unit_of,
)
from funnel.intake.years import bare_periods, rows_of, year_of, year_of_days, year_of_periods, years_offered
from funnel.schema import Finding

_AFTER_CREATION = ("entry", "closed_at", "lost_at", "expected_close", "repeat_at", "referral_at")
_N_ROWS = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read a column: how many rows it contradicts (closed or entered before created), how many values it
    cannot read, and one value as written and as read.
    """

    reading: str
    n_contradictions: int
    n_unreadable: int
    written: str
    read: datetime | float | None


@dataclass(frozen=True)
class ReadingQuestion:
    """A column that can be read in several ways (``is_mixed``: no single way reads all of it).

    ``key`` is what ``date_readings`` / ``number_readings`` of the mapping must answer; ``rows`` are example row numbers
    whose value differs between the readings.
    """

    key: str
    kind: str
    is_mixed: bool
    choices: tuple[Choice, ...]
    n: int
    rows: tuple[int, ...]

    @property
    def asks_a_year(self) -> bool:
        """Whether years are to choose from (of periods or of days), so that no reading contradicts a row."""
        return self.kind in ("year", "day_year")

    def finding(self) -> Finding:
        """The question as a finding; ``readings`` holds one Message per choice."""
        code = f"intake.{self.kind}_{'mixed' if self.is_mixed else 'ambiguous'}"
        readings = [
            reading_in_words(choice.reading, self.kind)
            if self.asks_a_year
            else Message(
                "intake.choice",
                {
                    "reading": reading_in_words(choice.reading, self.kind),
                    "contradictions": choice.n_contradictions,
                    "unreadable": choice.n_unreadable,
                    "written": choice.written,
                    "read": day_where_no_time(choice.read),
                },
            )
            for choice in self.choices
        ]
        message = Message(code, {"column": self.key, "readings": readings, "n": self.n})
        return Finding(message, "question", self.n, "intake.done.waiting", self.rows)


@dataclass(frozen=True)
class Readings:
    """How the columns in use are read: the mapping's answers and what the values decide alone.

    ``possible``: key → readings that fit the values. ``questions`` are open.
    """

    dates: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    possible: dict[str, tuple[str, ...]] = field(default_factory=dict)
    questions: tuple[ReadingQuestion, ...] = ()

    @property
    def sure_order(self) -> dict[str, str]:
        """Readings by which the dates stand in their order: what is decided, and days without a year in any year."""
        bare = {key: found[0] for key, found in self.possible.items() if found and year_of(found[0]) is not None}
        return bare | self.dates


def readings_of(table: RawTable, mapping: ColumnMapping) -> Readings:
    """How each date and number column of a mapping is read, and what is open. Answers in the mapping win."""
    dates, numbers, possible = {}, {}, {}
    open_dates: dict[str, tuple[bool, tuple[str, ...]]] = {}
    open_numbers: dict[str, tuple[bool, tuple[str, ...]]] = {}
    date_cells, number_cells = date_keys(table, mapping), number_keys(table, mapping)
    for kind, cells, answers, decided, undecided in (
        ("date", date_cells, mapping.date_readings, dates, open_dates),
        ("number", number_cells, mapping.number_readings, numbers, open_numbers),
    ):
        for key, values in cells.items():
            if key in answers:
                decided[key] = answers[key]
                possible[key] = (answers[key],)
                continue
            is_mixed, fitting = _fitting(
                kind, values, unit_of(key, mapping, table.titles) if kind == "number" else None
            )
            if kind == "number" and not is_mixed and len(fitting) == 1 and may_be_cents(table, key):
                fitting = (f"{fitting[0]}|{CENTS}", fitting[0])
            possible[key] = fitting
            if not is_mixed and len(fitting) == 1:
                decided[key] = fitting[0]
            elif fitting:
                undecided[key] = (is_mixed, fitting)
    bare_days = [key for key, reading in dates.items() if reading == YEAR]
    said = next((reading for reading in dates.values() if year_of(reading) is not None), None)
    if bare_days and said is None:
        said = year_of_days(table, [date_cells[key].unique() for key in bare_days])
    for key in bare_days:
        possible[key] = years_offered(table)
        del dates[key]
    if said is not None:
        dates |= dict.fromkeys(bare_days, said)
    asked = _Asked(table, mapping, date_cells, dates, open_dates)
    questions = [_date_question(key, asked) for key in open_dates]
    if bare_days and said is None:
        texts = clean_text(date_cells[bare_days[0]]).drop_nulls().head(1).to_list()
        questions.append(_year_question(bare_days[0], texts, table, "day_year"))
    questions += [_number_question(key, *how, number_cells[key], table) for key, how in open_numbers.items()]
    if (bare := bare_periods(table, mapping)) is not None:
        key, texts = bare
        if key in mapping.date_readings:
            dates[key] = mapping.date_readings[key]
        elif (above := year_of_periods(table, texts)) is not None:
            dates[key] = above
        else:
            questions.append(_year_question(key, texts, table))
    return Readings(dates, numbers, possible, tuple(questions))


def _year_question(key: str, texts: list[str], table: RawTable, kind: str = "year") -> ReadingQuestion:
    """Which year the periods of a table begin in, or its days are of. Asked of each file anew: next year's has the same
    headings."""
    choices = tuple(
        Choice(reading, 0, 0, texts[0], datetime(year_of(reading) or 1, 1, 1)) for reading in years_offered(table)
    )
    return ReadingQuestion(key, kind, False, choices, *rows_of(table, key))


def _fitting(kind: str, values: pl.Series, unit: Unit | None = None) -> tuple[bool, tuple[str, ...]]:
    """(mixed, readings that fit); one reading when several give the same result. () when nothing can be read."""
    if kind == "date":
        found = infer_dates(values)
        if found.mixed:
            return True, tuple(dict.fromkeys([*found.combinations, *found.fits]))
        candidates = (YEAR,) if found.is_bare else found.candidates  # which year is asked once for all of them
    else:
        is_bare = unit is None or unit.factor == 1.0
        if is_bare and values.null_count() < values.len() and values.str.contains(r"^\d+$").all():
            return False, ("plain",)  # digits alone are the same number in every reading
        numbers = infer_numbers(values, unit)
        if numbers.mixed:
            return True, tuple(numbers.fits)
        candidates = numbers.candidates
    if len(candidates) < 2:
        return False, candidates
    distinct = values.unique()
    read = [_parsed(kind, distinct, reading) for reading in candidates]
    if all(other.equals(read[0], null_equal=True) for other in read[1:]):
        return False, candidates[:1]
    return False, candidates


def _parsed(kind: str, values: pl.Series, reading: str) -> pl.Series:
    return parse_dates(values, reading)["at"] if kind == "date" else parse_numbers(values, reading)["value"]


@dataclass(frozen=True)
class _Asked:
    """All date columns of a table while some are undecided (key → mixed, readings that fit)."""

    table: RawTable
    mapping: ColumnMapping
    cells: dict[str, pl.Series]
    decided: dict[str, str]
    undecided: dict[str, tuple[bool, tuple[str, ...]]]

    def read(self, column: str | None, reading: str) -> pl.Series | None:
        """A column as dates; an undecided one is assumed to follow ``reading`` where it can: one export, one habit."""
        if column is None or column not in self.cells:
            return None
        if column in self.undecided:
            options = self.undecided[column][1]
            return parse_dates(self.cells[column], reading if reading in options else options[0])["at"]
        return parse_dates(self.cells[column], self.decided[column])["at"] if column in self.decided else None


def _date_question(key: str, asked: _Asked) -> ReadingQuestion:
    is_mixed, fitting = asked.undecided[key]
    cells = asked.cells[key]
    found, read = [], []
    for reading in fitting:
        parsed = parse_dates(cells, reading)
        read.append(parsed["at"])
        n = _contradictions(key, parsed["at"], reading, asked)
        found.append(Choice(reading, n, int((~parsed["ok"]).sum()), *_example(cells, parsed["at"])))
    found.sort(key=lambda choice: (choice.n_unreadable, choice.n_contradictions))
    n, rows = _differing(asked.table, cells, read)
    return ReadingQuestion(key, "date", is_mixed, tuple(found), n, rows)


def _contradictions(key: str, at: pl.Series, reading: str, asked: _Asked) -> int:
    """Rows in which, under one reading of ``key``, something happened on a day before the lead began.

    A lead begins with its creation; where the file has none, with the first of its stage dates.
    """
    mapping = asked.mapping
    begin = mapping.column("created_at") or next(iter(mapping.columns("entry")), None)
    if key == begin:
        first: pl.Series | None = at
        later = [asked.read(c, reading) for role in _AFTER_CREATION for c in mapping.columns(role) if c != begin]
    else:
        first, later = asked.read(begin, reading), [at]
    if first is None:
        return 0
    wrong = pl.Series([False]).new_from_index(0, at.len())
    for series in later:
        if series is not None:
            wrong = wrong | (series.dt.date() < first.dt.date()).fill_null(False)
    return int(wrong.sum())


def _number_question(
    key: str, is_mixed: bool, fitting: tuple[str, ...], values: pl.Series, table: RawTable
) -> ReadingQuestion:
    found, read = [], []
    example = _telling(values, fitting)
    for reading in fitting:
        parsed = parse_numbers(values, reading)
        read.append(parsed["value"])
        found.append(Choice(reading, 0, int((~parsed["ok"]).sum()), *_example(values, parsed["value"], example)))
    found.sort(key=lambda choice: choice.n_unreadable)
    n, rows = _differing(table, values, read)
    return ReadingQuestion(key, "number", is_mixed, tuple(found), n, rows)


def _telling(values: pl.Series, readings: tuple[str, ...]) -> int | None:
    """The first row that the readings read differently."""
    read = [parse_numbers(values, reading)["value"] for reading in readings]
    differs = pl.select(pl.any_horizontal(read[0].ne_missing(other) for other in read[1:])).to_series()
    return differs.arg_max() if differs.any() else None


def _example(cells: pl.Series, parsed: pl.Series, row: int | None = None) -> tuple[str, datetime | float | None]:
    """One value as written and as read: of ``row``, else the first that could be read."""
    if row is not None:
        return cells[row], parsed[row]
    hit = parsed.is_not_null().arg_max() if parsed.len() else None
    if hit is None or parsed[hit] is None:
        return "", None
    return cells[hit], parsed[hit]


def _differing(table: RawTable, cells: pl.Series, read: list[pl.Series]) -> tuple[int, tuple[int, ...]]:
    """How many rows, and which first, come out differently."""
    differs = pl.Series([False]).new_from_index(0, cells.len())
    for other in read[1:]:
        differs = differs | read[0].ne_missing(other)
    differs = differs & cells.is_not_null()
    return int(differs.sum()), tuple(table.row_numbers.filter(differs).head(_N_ROWS).to_list())


# --- everything that blocks ---------------------------------------------------------------------------------------


def open_questions(table: RawTable, mapping: ColumnMapping) -> tuple[Finding, ...]:
    """All questions that block the import of a table under a mapping; () when it can be imported."""
    structural = tuple(_problems(table, mapping))
    if any(finding.message.code == "intake.column_gone" for finding in structural):
        return structural
    return structural + tuple(question.finding() for question in readings_of(table, mapping).questions)


def _question(code: str, n: int = 0, **params: object) -> Finding:
    return Finding(Message(f"intake.{code}", {"n": n, **params}), "question", n, "intake.done.waiting")


def _problems(table: RawTable, mapping: ColumnMapping) -> Iterable[Finding]:
    gone = [c for c, role in mapping.roles.items() if role != "ignore" and c not in table.columns]
    if gone:
        yield _question("column_gone", len(gone), columns=gone, file=table.name)
        return
    for role in sorted(set(mapping.roles.values()) - set(MANY)):
        columns = mapping.columns(role)
        if len(columns) > 1:
            yield _question("role_twice", len(columns), role=Message(f"intake.role.{role}"), columns=columns)
    for role in ("stage", "status"):
        column = mapping.column(role)
        if column is not None and (n := len(labels_of(table, column))) > MAX_LABELS_OF_A_COLUMN:
            yield _question("too_many_labels", n, column=column, most=MAX_LABELS_OF_A_COLUMN)
    match mapping.shape:
        case "counts":
            yield from _counts_problems(table, mapping)
        case "stage_log":
            yield from _log_problems(table, mapping)
        case "milestones" | "snapshot":
            yield from _lead_problems(table, mapping)
    for key, cells in date_keys(table, mapping).items():
        if n_cut := int(cells.str.strip_chars().str.contains(CUT_STAMP).sum() or 0):
            yield _question("cut_stamps", n_cut, column=key, examples=_examples(cells))
            continue
        if cells.null_count() < cells.len() and key not in mapping.date_readings and not _fitting("date", cells)[1]:
            yield _question("not_a_date", cells.len() - cells.null_count(), column=key, examples=_examples(cells))
    for key, cells in number_keys(table, mapping).items():
        is_open = cells.null_count() < cells.len() and key not in mapping.number_readings
        if is_open and not _fitting("number", cells, unit_of(key, mapping, table.titles))[1]:
            yield _question("not_a_number", cells.len() - cells.null_count(), column=key, examples=_examples(cells))


def _examples(cells: pl.Series) -> list[str]:
    return clean_text(cells.head(1000)).drop_nulls().unique(maintain_order=True).head(3).to_list()


def _counts_problems(table: RawTable, mapping: ColumnMapping) -> Iterable[Finding]:
    counted, stage = mapping.columns("count"), mapping.column("stage")
    if stage is None and len(counted) < 2:
        yield _question("counts_without_stage", columns=list(table.columns), file=table.name)
    elif not counted:
        yield _question("counts_without_measure", columns=list(table.columns), file=table.name)
    elif (
        stage is not None
        and len(counted) > 1
        and mapping.measure is None
        and not all(reads_as_period(c) for c in counted)
    ):
        yield _question("choose_measure", len(counted), columns=counted)


def _log_problems(table: RawTable, mapping: ColumnMapping) -> Iterable[Finding]:
    if mapping.column("lead_id") is None:
        yield _question("log_without_id", columns=list(table.columns), file=table.name)
    if mapping.column("changed_at") is None:
        yield _question("log_without_time", columns=list(table.columns), file=table.name)
    if not mapping.is_field_log and mapping.column("stage") is None and mapping.column("status") is None:
        yield _question("log_without_stage", columns=list(table.columns), file=table.name)
    if mapping.is_field_log and all(role == "ignore" for role in mapping.field_roles.values()):
        yield _question("fields_all_ignored", len(mapping.field_roles), fields=list(mapping.field_roles))


def _lead_problems(table: RawTable, mapping: ColumnMapping) -> Iterable[Finding]:
    if mapping.line_amounts is None and (lines := lines_of(table, mapping)) is not None and lines.way is None:
        yield _question("lines_unclear", lines.n_leads, column=mapping.column("amount"), lead=lines.example)
    says_stage = any(mapping.column(role) for role in ("entry", "tick", "stage", "status"))
    if mapping.column("lead_id") is None and not (says_stage or mapping.column("created_at")):
        yield _question("no_lead_columns", columns=list(table.columns), file=table.name)
