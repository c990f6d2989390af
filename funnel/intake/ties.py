"""What the rows of one id show together: whether they move through stages, differ, run forward, end several times."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import polars as pl

from funnel.intake.batches.ticks import is_ticked
from funnel.intake.mapping import DATE_ROLES
from funnel.intake.proposing.headers import SURE, Profile, Sheet
from funnel.intake.values import share
from funnel.intake.words import (
    STAGE_CONCEPTS,
    concept_of,
    has_part,
    speaks_of,
    undressed,
    whose_id,
    without_date_words,
)

ENDS = ("won", "lost", "junk")
_DIGITS_OF_A_DAY = 3
_MOSTLY_AFTER = 0.9
_MOSTLY_KNOWN = 0.6
"""The share of stage labels that a list knows from which on they say whether rows run forward."""


def moves(sheet: Sheet, lead: str, stage: str, time: str) -> bool:
    """Whether ids pass through several states at several times: more (id, state) pairs than ids."""
    rows = pl.DataFrame({"id": sheet.text(lead), "label": sheet.text(stage), "at": sheet.dates(time)}).drop_nulls("id")
    counted = rows.group_by("id").agg(pl.col("label").drop_nulls().n_unique(), pl.col("at").drop_nulls().n_unique())
    pairs, n = int(counted["label"].sum() or 0), counted.height
    return n > 0 and pairs > 1.02 * n and bool((counted["at"] > 1).any())


def varies(sheet: Sheet, lead: str, column: str) -> bool:
    """Whether a column differs within more than a tenth of the ids that have several rows."""
    rows = pl.DataFrame({"id": sheet.text(lead), "value": sheet.text(column)}).drop_nulls("id")
    counted = rows.group_by("id").agg(pl.len(), pl.col("value").drop_nulls().n_unique()).filter(pl.col("len") > 1)
    return counted.height > 0 and share(counted["value"] > 1) > 0.1


def runs_forward(sheet: Sheet, lead: str, stage: str, time: str, known: float = 1.0) -> bool:
    """Whether the rows of most ids, in the order of time, only go forward through stages, of which a list knows at
    least the share ``known``.
    """
    place = {label: _place(label) for label in sheet.text(stage).drop_nulls().unique().to_list()}
    if sum(rank is not None for rank in place.values()) < known * len(place):
        return False
    rows = pl.DataFrame(
        {
            "id": sheet.text(lead),
            "rank": sheet.text(stage).replace_strict(place, default=None, return_dtype=pl.Int64),
            "at": sheet.dates(time),
        }
    ).drop_nulls()
    steps = rows.sort("id", "at").with_columns(step=pl.col("rank").diff().over("id")).drop_nulls("step")
    return steps.height >= 3 and share(steps["step"] > 0) >= 0.9


def names_that_run_forward(sheet: Sheet, stage: str, time: str) -> list[str]:
    """Of a list of visits without any id: the column of the customers' names, where each one's rows only go forward
    through the stages, and nothing but the day of the row has a date.
    """
    others = [c for c in sheet.date_columns if c != time and not speaks_of(c, "planned_word")]
    if others or sheet.columns_with("amount"):
        return []
    names = [c for role in ("lead_name", "customer_id") for c in sheet.columns_with(role)]
    several = [c for c in dict.fromkeys(names) if 2 * sheet.profiles[c].n_unique <= sheet.profiles[c].n_filled]
    return [c for c in several if runs_forward(sheet, c, stage, time, known=_MOSTLY_KNOWN)][:1]


def _place(label: str) -> int | None:
    concept = concept_of(label)
    if concept in ("lost", "junk"):
        return len(STAGE_CONCEPTS)
    return STAGE_CONCEPTS.index(concept) if concept in STAGE_CONCEPTS else None


def several_ends(sheet: Sheet, lead: str, stage: str) -> bool:
    """Whether more than a twentieth of the ids have several rows that end them."""
    ends = [label for label in sheet.text(stage).drop_nulls().unique().to_list() if concept_of(label) in ENDS]
    rows = pl.DataFrame({"id": sheet.text(lead), "is_end": sheet.text(stage).is_in(ends)}).drop_nulls("id")
    counted = rows.group_by("id").agg(pl.col("is_end").sum())
    return counted.height > 0 and share(counted["is_end"] > 1) > 0.05


def has_lines(sheet: Sheet, lead: str, stages: list[str]) -> bool:
    """Whether the rows of an id are lines of one record: one stage, the same dates, different products."""
    story = [*stages[:1], *[c for c in sheet.date_columns if sheet.profiles[c].filled_share >= SURE]]
    products = [c for c in sheet.profiles if has_part(c, "product_word") and varies(sheet, lead, c)]
    return bool(products) and bool(story) and not any(varies(sheet, lead, c) for c in story)


def is_pasted_again(sheet: Sheet, lead: str) -> bool:
    """Whether the rows of an id are one record exported several times: created and called the same, whatever else has
    changed.
    """
    created = [c for c in sheet.columns_with("created_at") if sheet.profiles[c].filled_share >= SURE]
    same = [*created, *sheet.columns_with("lead_name")]
    return bool(created) and not any(varies(sheet, lead, c) for c in same)


def days_apart(sheet: Sheet, column: str) -> float:
    """The median of the days between two different days of a column; 0 where there are fewer than two."""
    days = sheet.dates(column).dt.date().drop_nulls().unique().sort()
    apart = days.diff().drop_nulls().dt.total_days().median()
    return float(apart) if isinstance(apart, int | float) else 0.0


def is_name(sheet: Sheet, column: str) -> bool:
    """Whether a column calls its deals by words, not by ids or codes."""
    coded = [value for value in sheet.profiles[column].sample if any(char.isdigit() for char in value)]
    return not whose_id(column)[1] and 2 * len(coded) < len(sheet.profiles[column].sample)


def numbers_rows(sheet: Sheet, column: str) -> bool:
    """Whether a column is the unique id of the rows."""
    return sheet.profiles[column].is_unique and whose_id(column) in (("bare", True), ("lead", True))


def says_role(sheet: Sheet, column: str) -> bool:
    """Whether a header names a date of the deal itself."""
    return any(g.score >= SURE and g.role not in ("period", "changed_at") for g in sheet.guesses[column]) or any(
        has_part(column, use) for use in ("created_word", "closed_word", "lost_word", "planned_word", "changed_word")
    )


def is_end_date(sheet: Sheet, column: str) -> bool:
    """A date of the win or of the loss: a history has rows for them, not columns."""
    if any(g.role == "lost_at" and g.score >= SURE for g in sheet.guesses[column]):
        return True
    return concept_of(without_date_words(undressed(column)) or "-") == "won"


def same_time(sheet: Sheet, column: str, other: str | None) -> bool:
    """Whether two columns of dates say the same in nearly every row."""
    return other is not None and share((sheet.dates(column) == sheet.dates(other)).fill_null(False)) >= 0.95


def words_beside(sheet: Sheet, named: list[str]) -> list[str]:
    """Where all columns ``named`` as stages hold numbers, the column of words that stands one to one beside the first,
    whatever its header: what the numbers mean.
    """
    if not named or not all(sheet.profiles[c].is_number for c in named):
        return []
    number, found = named[0], []
    for column, profile in sheet.profiles.items():
        is_label = 2 <= profile.n_unique <= 20 and not (profile.is_number or profile.is_date)
        if not is_label or column in sheet.load or profile.n_unique != sheet.profiles[number].n_unique:
            continue
        pairs = pl.DataFrame({"word": sheet.text(column), "number": sheet.text(number)}).drop_nulls()
        kinds = pairs.unique()
        if kinds.height == kinds["word"].n_unique() == kinds["number"].n_unique() and pairs.height >= 2 * kinds.height:
            found.append(column)
    return found[:1]


def unreadable_dates(sheet: Sheet, roles: Mapping[str, str]) -> dict[str, str]:
    """Columns that a list knows as the creation, closing or loss, whose cells hold digits and yet are no dates that we
    can read: they keep the role, so that the person is asked instead of losing them without a word.
    """
    found: dict[str, str] = {}
    for column, profile in sheet.profiles.items():
        exact = {g.role for g in sheet.guesses[column] if g.score == 1.0}
        role = next((r for r in ("created_at", "closed_at", "lost_at") if r in exact), None)
        if role is None or role in (*roles.values(), *found.values()) or exact - {*DATE_ROLES, "period"}:
            continue
        looks = [sum(char.isdigit() for char in value) >= _DIGITS_OF_A_DAY for value in profile.sample]
        if roles.get(column, "ignore") == "ignore" and looks and all(looks) and not profile.is_date:
            found[column] = role
    return found


def lies_beyond(sheet: Sheet, column: str, roles: Mapping[str, str]) -> bool:
    """Whether an unnamed date is filled more often than a named step or end and yet comes after it: the day of the
    journey, of the delivery, for which something is sold, and no step of the sale.
    """
    mine, filled = sheet.dates(column), sheet.profiles[column].filled_share
    for other, role in roles.items():
        if role not in ("entry", "closed_at", "lost_at") or other not in sheet.date_columns:
            continue
        both = pl.DataFrame({"at": mine.dt.date(), "other": sheet.dates(other).dt.date()}).drop_nulls()
        is_rarer = sheet.profiles[other].filled_share < filled - 0.1
        if is_rarer and both.height >= 3 and share(both["other"] < both["at"]) >= _MOSTLY_AFTER:
            return True
    return False


def date_of_last_tick(sheet: Sheet, roles: Mapping[str, str]) -> list[str]:
    """The date of a step that stands exactly where the last step is ticked off: "Accepted?" beside "Date of yes"."""
    ticked = {c: is_ticked(sheet.text(c)) for c, role in roles.items() if role == "tick"}
    last = min(ticked, key=lambda c: int(ticked[c].sum()), default=None)
    if last is None or not ticked[last].any():
        return []
    entries = [c for c in sheet.date_columns if roles.get(c, "ignore") in ("entry", "ignore")]
    return [c for c in entries if (sheet.rows[c].is_not_null() == ticked[last]).all()][:1]


def counts_up(profile: Profile) -> bool:
    """Whether the numbers are a running number: whole, all different, without gaps worth the name."""
    if not profile.is_unique:
        return False
    try:
        numbers = sorted(float(v) for v in profile.sample)
    except ValueError:
        return False
    whole = all(isfinite(n) and n == int(n) for n in numbers)
    return whole and numbers[-1] - numbers[0] <= 2 * max(profile.n_unique, 1)
