"""What stands among deals and is none of them: rows of tasks and of earlier revisions, dates that say "no".

Both are taken away before anything is guessed: a task is no lead, a "no" under "order date" is a date that is missing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

import polars as pl

from funnel.errors import Message
from funnel.intake.cells.dates import infer_dates
from funnel.intake.cells.numbers import infer_numbers
from funnel.intake.mapping import NO_DATE, RawTable
from funnel.intake.reading.delimited import as_line
from funnel.intake.values import clean_text, share
from funnel.intake.words import concept_of, header_words, is_named, parts, undressed, whose_id, without_date_words
from funnel.schema import Finding

TASK = "reading.left_out.task"
"""The code of a row that is a task or a call among deals."""
REVISION = "reading.left_out.revision"
"""The code of a row that was written anew: a later revision of it stands in the table."""
_MOST_KINDS = 8
_HEAD, _SAMPLE = 1_000, 5_000
_MOSTLY = 0.9
_FEW_DATES = 3
_DATE_LIKE = r"\d[-/.年]\s?\d|\d\s?[A-Za-z]{3}|[a-z]\s\d"


def without_asides(table: RawTable) -> RawTable:
    """The table without rows of tasks among deals and of earlier revisions, and with blanks where a column of dates
    says that there is none. All of it is told.
    """
    return _with_blank_dates(_without_revisions(_without_parts(_without_tasks(table))))


def without_rows(table: RawTable, gone: pl.Series, column: str, code: str) -> RawTable:
    """The table without the rows ``gone`` (true); they are listed with ``code`` and their cell of ``column``."""
    said = clean_text(table.frame[column])
    rows = pl.DataFrame([table.row_numbers.alias("row_no"), said.alias("value")]).filter(gone)
    listed = rows.with_columns(
        code=pl.lit(code),
        column=pl.lit(column),
        cells=pl.Series([as_line(cells) for cells in table.frame.filter(gone).rows()], dtype=pl.String),
    )
    left_out = pl.concat([table.left_out, listed.select(table.left_out.columns).cast(dict(table.left_out.schema))])
    message = Message("reading.left_out", {"n": rows.height, "reason": Message(code)})
    numbers = tuple(rows["row_no"].head(5).to_list())
    told = Finding(message, "warning", rows.height, "reading.done.left_out", numbers)
    return replace(
        table,
        frame=table.frame.filter(~gone),
        row_numbers=table.row_numbers.filter(~gone),
        left_out=left_out.sort("row_no"),
        findings=(*table.findings, *([told] if rows.height else [])),
    )


def _without_tasks(table: RawTable) -> RawTable:
    """Rows whose kind is a task, call or meeting go, where a column of kinds says of all others that they are deals."""
    for column in table.columns:
        if not is_named(undressed(column), "record_kind"):
            continue
        said = clean_text(table.frame[column])
        kinds = said.drop_nulls().unique().head(_MOST_KINDS + 1).to_list()
        tasks = [kind for kind in kinds if is_named(kind, "activity_label") or is_named(kind, "activity_noun")]
        deals = [kind for kind in kinds if kind not in tasks and is_named(kind, "deal_noun")]
        if tasks and deals and len(tasks) + len(deals) == len(kinds) <= _MOST_KINDS:
            return without_rows(table, said.is_in(tasks).fill_null(False), column, TASK)
    return table


def _without_parts(table: RawTable) -> RawTable:
    """Rows that name another row as the task they are a part of go, where those others stand in the table."""
    for column in table.columns:
        if not is_named(undressed(column), "parent_task"):
            continue
        parent = clean_text(table.frame[column])
        named = parent.drop_nulls().unique()
        if not named.len() or share(parent.is_not_null()) > _MOSTLY:
            continue
        whole = table.frame.filter(parent.is_null())
        others = [c for c in table.columns if c != column]
        if any(share(named.is_in(clean_text(whole[c]).unique().implode())) >= _MOSTLY for c in others):
            return without_rows(table, parent.is_not_null(), column, TASK)
    return table


def _without_revisions(table: RawTable) -> RawTable:
    """Of offers that were written anew the newest stays: a column called revision counts up from row to row of each id
    that repeats, and no id has one of them twice.
    """
    for column in table.columns:
        if not is_named(undressed(column), "revision_word"):
            continue
        number = clean_text(table.frame[column]).str.extract(r"(\d+)$").cast(pl.Int64, strict=False)
        if number.null_count() or number.n_unique() < 2 or number.n_unique() * 2 > number.len():
            continue
        for lead in (c for c in table.columns if c != column and _may_be_lead(c)):
            rows = pl.DataFrame({"id": clean_text(table.frame[lead]), "number": number})
            of_id = rows.group_by("id").agg(
                pl.len(), pl.col("number").n_unique().alias("kinds"), pl.col("number").min().alias("first")
            )
            is_whole = rows["id"].null_count() == 0 and bool((of_id["len"] == of_id["kinds"]).all())
            begins_alike = of_id["first"].n_unique() == 1 and of_id.height < rows.height
            if is_whole and begins_alike:
                older = rows.select(pl.col("number") < pl.col("number").max().over("id")).to_series()
                return without_rows(table, older, column, REVISION)
    return table


def _may_be_lead(header: str) -> bool:
    kind, says_id = whose_id(header)
    return says_id or kind == "lead" or any(word.role == "lead_id" for word in header_words(header))


@lru_cache(maxsize=1)
def _no_date() -> str:
    """A pattern of cells that say in a few words that there is no date: no, 否, not yet, 未下单."""
    words = parts("no_date_value")
    whole = "|".join(re.escape(word) for word in words if not word.endswith("*"))
    begins = "|".join(re.escape(word[:-1]) for word in words if word.endswith("*"))
    return rf"(?i)^\s*(?:(?:{whole})|(?:{begins})\D{{0,16}})[\s.!]*$"


def _with_blank_dates(table: RawTable) -> RawTable:
    """Cells such as "no" among dates are blank. A word that tells of a loss (未中标) is no such word.

    Where others are blank already, under a date of the win, "no" may be a loss: it is kept in a column of its own.
    """
    pattern = _no_date()
    seen = table.frame.head(_HEAD).select(pl.all().str.contains(pattern).any()).row(0)
    changed, told = [], []
    for column, any_word in zip(table.columns, seen, strict=True):
        if not any_word or not _holds_dates(table.frame[column], pattern):
            continue
        cells = table.frame[column]
        says = cells.str.contains(pattern).fill_null(False)
        words = [w for w in cells.filter(says).unique().sort().to_list() if concept_of(w) not in ("lost", "junk")]
        here = cells.is_in(words).fill_null(False)
        n = int(here.sum())
        if not n:
            continue
        changed.append(pl.select(pl.when(~here).then(cells).alias(column)).to_series())
        if cells.has_nulls() and concept_of(without_date_words(undressed(column)) or "-") == "won":
            changed.append(pl.select(pl.when(here).then(cells).alias(column + NO_DATE)).to_series())
        message = Message("reading.no_dates", {"n": n, "column": column, "shown": words[:3]})
        rows = tuple(table.row_numbers.filter(here).head(5).to_list())
        told.append(Finding(message, "note", n, "reading.done.left_blank", rows))
    if not changed:
        return table
    frame = table.frame.with_columns(changed)
    return replace(table, frame=frame, columns=tuple(frame.columns), findings=(*table.findings, *told))


def _holds_dates(cells: pl.Series, pattern: str) -> bool:
    """Whether nearly all other cells are dates, and not numbers."""
    others = cells.filter(~cells.str.contains(pattern)).head(_SAMPLE)
    if others.n_unique() < _FEW_DATES or share(others.str.contains(_DATE_LIKE)) < _MOSTLY:
        return False
    return infer_dates(others).share_parsed >= _MOSTLY and infer_numbers(others).share_parsed < _MOSTLY
