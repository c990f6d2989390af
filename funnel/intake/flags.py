"""Yes/no columns that tell how a deal ended, alone or two of them together: IsWon beside IsClosed, won beside lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import polars as pl

from funnel.intake.cells.spelling import plain
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.values import text_of
from funnel.intake.words import concept_of, known_labels, parts, variants

Kind = Literal["won", "lost", "closed", "active"]
Outcome = Literal["won", "lost", "open"]
_KINDS: tuple[Kind, ...] = ("won", "lost", "closed", "active")
_CODES: dict[str, dict[str, Outcome]] = {"statecode": {"0": "open", "1": "won", "2": "lost"}}
"""Columns whose numbers stand for outcomes by the custom of one system (Dynamics)."""


_QUESTION = re.compile(
    r"^是否|\s*[(（\[]\s*(?:y\s*/\s*n|yes\s*/\s*no|j\s*/\s*n|s\s*/\s*n|是\s*/\s*否)\s*[)）\]]|\s*[?？]", re.IGNORECASE
)


def flag_kind(header: str) -> Kind | None:
    """What a yes in a column of this name means; None for a header that is not known as such a column."""
    asked = _QUESTION.sub("", header).strip()
    words = {plain(text) for text in (*variants(header), *variants(asked))}
    named = next((kind for kind in _KINDS if words & {plain(known) for known in parts(f"{kind}_flag")}), None)
    if named is not None or not asked:
        return named
    concept = next((known_labels()[word][0][0] for word in words if word in known_labels()), None)
    if concept == "lost" or (concept == "won" and asked != header.strip()):
        return "lost" if concept == "lost" else "won"  # Dead? and Signed? (Y/N)
    return None


def outcome(said: Mapping[Kind, bool | None]) -> Outcome | None:
    """How a deal ended by its yes/no columns. None where they do not say, or contradict each other.

    "Won: no" alone says nothing: the deal may be lost or still open. "Active: no" is the archive: lost, unless another
    column says won.
    """
    won, lost, closed, active = (said.get(kind) for kind in _KINDS)
    if active is not None and closed is None:
        closed = None if active and won is None and lost is None else not active
        if active is False and won is None:
            won = False
    if (won and lost) or (closed is False and (won or lost)) or (closed and won is False and lost is False):
        return None
    if won or (closed and lost is False):
        return "won"
    if lost or (closed and won is False):
        return "lost"
    return "open" if closed is False or (won is False and lost is False) else None


def end_of(value: str, scope: str, column: str) -> str | None:
    """How a deal ended by one cell of a column: its yes or no, else its words in their scope."""
    if value.casefold() in (*parts("yes"), *parts("no")):
        kind = flag_kind(column)
        yes = value.casefold() in parts("yes")
        return {"won": "won" if yes else None, "lost": "lost" if yes else None, "active": None if yes else "lost"}.get(
            kind or ""
        )
    concept = concept_of(value, scope)
    if concept in ("won", "repeat", "referral"):
        return "won"
    return "lost" if concept in ("lost", "junk", "duplicate") else "open" if concept else None


def outcome_of_rows(flags: Mapping[str, pl.Series]) -> pl.Series:
    """Per row how it ended, where yes/no columns (header → cells) say so together."""
    rows = pl.DataFrame(dict(flags))
    ends = [
        (
            *cells,
            outcome(
                {kind: _yes(cell) for header, cell in zip(flags, cells, strict=True) if (kind := flag_kind(header))}
            ),
        )
        for cells in rows.unique().rows()
    ]
    known = pl.DataFrame(ends, schema={**rows.schema, "outcome": pl.String}, orient="row")
    return rows.join(known, on=rows.columns, how="left", nulls_equal=True, maintain_order="left")["outcome"]


def status_cells(table: RawTable, mapping: ColumnMapping) -> pl.Series | None:
    """The status of each row as text: that of the status column, or both cells of two yes/no columns with their names.

    ``IsClosed = TRUE, IsWon = FALSE``: the words of the file, so that a person sees what was read. Closed alone,
    without a word on how, stands beside the stage: ``Active = FALSE, Stage = Proposal``.
    """
    status, second = _status_columns(mapping)
    if status is None:
        return None
    if second is None:
        return text_of(table, status)
    cells = [pl.lit(f"{column} = ") + pl.lit(text_of(table, column)) for column in (second, status)]
    joined = pl.concat_str(cells, separator=", ", ignore_nulls=True)
    return pl.select(pl.when(joined != "").then(joined)).to_series()


def _status_columns(mapping: ColumnMapping) -> tuple[str | None, str | None]:
    """The column that says how a deal ended and the yes/no column beside it; the stage says it where only the second
    one is there.
    """
    status, second = mapping.column("status"), mapping.column("closed_flag")
    return (mapping.column("stage") if status is None and second is not None else status), second


def flag_outcomes(table: RawTable, mapping: ColumnMapping) -> dict[str, Outcome | None]:
    """Each status label of a file whose status is yes and no, and how the deal ended by it; {} for any other status."""
    status, second = _status_columns(mapping)
    if status is None or mapping.is_field_log:
        return {}
    table = replace(table, frame=table.frame.select({status, second} - {None}).unique())  # a few rows of a million
    cells = status_cells(table, mapping)
    columns = {"label": cells, "first": text_of(table, status)} | ({"second": text_of(table, second)} if second else {})
    rows = pl.DataFrame(columns).drop_nulls("label").unique().sort("label")
    found: dict[str, Outcome | None] = {}
    codes = next((codes for name, codes in _CODES.items() if name in map(plain, variants(status))), {})
    first_kind = flag_kind(status)
    others = [label for label, *_ in rows.iter_rows() if second is None and label not in codes and _yes(label) is None]
    if others and first_kind is None:
        return found  # 成交, 未成交, 跟进中 under 结果 are words, not yes and no
    for label, *flags in rows.iter_rows():
        if mapping.column("status") is None:
            found[label] = _of_stage(flags[0], _yes(flags[1]), flag_kind(second or ""))
            continue
        if second is None and label in codes:
            found[label] = codes[label]
            continue
        if second is None and _yes(flags[0]) is None:
            continue
        said: dict[Kind, bool | None] = {} if first_kind is None else {first_kind: _yes(flags[0])}
        if others and first_kind == "won":
            said["closed"] = True  # beside a third answer no is a no
        if second is not None:
            said[flag_kind(second) or "closed"] = _yes(flags[1])
        found[label] = outcome(said)
    return found


def _of_stage(stage: str | None, says: bool | None, kind: Kind | None) -> Outcome | None:
    """How a deal ended whose stage stays where it was: closed and not won is lost, won and yet open is not known."""
    if says is None:
        return None
    is_closed, concept = says == (kind == "closed"), concept_of(stage or "")
    if concept in ("won", "repeat", "referral"):
        return "won" if is_closed else None
    return "lost" if is_closed else "open"


def _yes(cell: str | None) -> bool | None:
    """A cell that says yes or no."""
    word = (cell or "").casefold()
    return True if word in parts("yes") else False if word in parts("no") else None
