"""What the date columns of a file of leads are: creation, closing, loss, plan, entries of stages, or touches.

Words propose; what the values show against how the rows ended (filled for won, for lost, for open ones) decides between
them; unnamed dates that follow one another are a chain of entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from funnel.intake.cells.spelling import plain, tokens
from funnel.intake.mapping import DATE_ROLES
from funnel.intake.proposing.headers import SURE, Sheet
from funnel.intake.ties import lies_beyond
from funnel.intake.values import share
from funnel.intake.words import (
    concept_of,
    has_part,
    parts,
    speaks_of,
    undressed,
    without_date_words,
)

_CLOSED_FILLED, _OPEN_FILLED = 0.75, 0.25
"""A date of the end is filled for most closed rows and for few open ones."""
_CANCELLED = 0.3
"""The share of the lost that may have ordered before."""
_OF_DATES = {*DATE_ROLES, "period", "ignore"}
CREATED_FILLED, CREATED_FIRST = 0.95, 0.9
"""The creation is filled in this share of the rows and before every other date in this share."""


@dataclass(frozen=True)
class DateRoles:
    """Role per date column, ``sure`` columns whose header says it, and ``reasons`` for what only the values say."""

    roles: Mapping[str, str]
    sure: frozenset[str]
    chain: tuple[str, ...] = ()
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def date_roles(sheet: Sheet, ended: pl.Series, has_labels: bool = True) -> DateRoles:
    """Roles of all date columns of rows of leads.

    ``ended``: per row of ``sheet.rows`` "won", "lost", "open" or null where the labels do not say; ``has_labels``:
    whether any column holds labels.
    """
    roles: dict[str, str] = {}
    sure: set[str] = set()
    blank = [c for c, p in sheet.profiles.items() if p.is_blank and c not in sheet.load]
    for column in [*sheet.date_columns, *blank]:
        role = _by_words(sheet, column)
        if role is None or (sheet.profiles[column].is_blank and not _is_exact(sheet, column)):
            continue
        roles[column] = role
        sure.add(column)
    left = _left_again(sheet)
    roles |= dict.fromkeys(left, "ignore")
    filled = {c: _filled(sheet, c, ended) for c in sheet.date_columns}
    for column, role in list(roles.items()):
        if column in filled:
            roles[column] = _against_ends(role, filled[column], column)
    _only_win(roles, filled)
    _plan_beside_end(roles, filled)
    if not has_labels:
        _win_without_labels(sheet, roles)
    _left_later(sheet, roles)
    _one_of_each(sheet, roles, filled)
    unnamed = [c for c in sheet.date_columns if c not in roles]
    unnamed = [c for c in unnamed if not has_part(c, "touched_word") and not speaks_of(c, "planned_word")]
    chain = _place_unnamed(sheet, roles, filled, unnamed)
    sure |= {c for c, role in roles.items() if role == "created_at" and has_part(c, "first_word")}
    _first_of_all(sheet, roles)
    return DateRoles(
        {c: roles.get(c, "ignore") for c in [*sheet.date_columns, *blank] if c in roles}, frozenset(sure), chain
    )


def _left_again(sheet: Sheet) -> list[str]:
    """Dates on which stages were left, beside those on which the same were entered: ``demo_in``, ``demo_out``. A single
    such pair may be anything (the start and the end of a contract).
    """
    named: dict[str, dict[tuple[str, ...], str]] = {"entered_word": {}, "left_word": {}}
    for column in sheet.date_columns:
        words = tokens(undressed(column))
        for use, found in named.items():
            rest = tuple(word for word in words if word not in parts(use))
            if rest and len(rest) < len(words):
                found[rest] = column
    both = [c for rest, c in named["left_word"].items() if rest in named["entered_word"]]
    return both if len(both) >= 2 else []


def _is_exact(sheet: Sheet, column: str) -> bool:
    return any(guess.score == 1.0 and guess.n_systems > 0 for guess in sheet.guesses[column])


def _by_words(sheet: Sheet, column: str) -> str | None:
    """The role that a header says; "ignore" for touches and plans of other things; None if it says nothing."""
    guesses = [g for g in sheet.guesses[column] if g.score >= SURE]
    found = {g.role for g in guesses if g.score == guesses[0].score} if guesses else set()
    bare = undressed(column)
    planned = speaks_of(bare, "planned_word")
    if planned and sheet.names_a_stage(column):
        return "entry"
    if "ignore" in found and guesses[0].score == 1.0 and len(found) == 1:
        return "ignore"
    if found and guesses[0].score == 1.0 and not found & _OF_DATES and sheet.profiles[column].is_blank:
        return None  # a blank "reason of loss" is no date of it
    closes = has_part(bare, "closed_word") or concept_of(without_date_words(bare) or "-") == "won"
    if planned:
        return "expected_close" if closes or "expected_close" in found else "ignore"
    for role in ("created_at", "closed_at", "expected_close", "lost_at", "repeat_at", "referral_at"):
        if role in found and guesses[0].score == 1.0:
            return "closed_at" if role == "expected_close" and "closed_at" in found else role
    if "entry" in found:
        return "entry"
    if "lost_at" in found or has_part(bare, "lost_word"):
        return "lost_at"
    if "changed_at" in found or speaks_of(bare, "touched_word"):
        return "ignore"
    for role in ("created_at", "closed_at", "expected_close", "lost_at", "repeat_at", "referral_at"):
        if role in found:
            return "closed_at" if role == "expected_close" and "closed_at" in found else role
    if has_part(bare, "created_word"):
        return "created_at"
    if has_part(bare, "closed_word"):
        return "closed_at"
    if sheet.names_a_stage(column) and sheet.profiles[column].filled_share < CREATED_FILLED:
        return "entry"  # "Ask made on" beside the label "Ask made"
    return "created_at" if "period" in found else None


@dataclass(frozen=True, slots=True)
class _Filled:
    """Shares of rows with a value: of all, of won, lost and open ones (null without such rows), of those whose end
    nobody knows; and of all rows those that have one and whose end nobody knows.
    """

    all: float
    unknown: float
    of_unknown: float | None
    won: float | None
    lost: float | None
    open: float | None

    @property
    def closes(self) -> bool:
        """Filled for the won and the lost, and for hardly any open row."""
        return (
            (self.won or 0) >= _CLOSED_FILLED
            and (self.lost or 0) >= _CLOSED_FILLED
            and (self.all <= CREATED_FILLED if self.open is None else self.open <= _OPEN_FILLED)
        )

    @property
    def ends_more_than_losses(self) -> bool:
        """Filled for the lost and not for the open, and for further rows whose label nobody knows: those ended, too."""
        known = self.won is None and (self.lost or 0) >= _CLOSED_FILLED and (self.open or 0) <= _OPEN_FILLED
        return known and self.unknown >= 0.1 and self.all <= CREATED_FILLED

    @property
    def loses(self) -> bool:
        ends_known = self.won is not None or self.open is not None or (self.of_unknown or 0) < 0.5
        return ends_known and (self.lost or 0) >= 0.5 and (self.won or 0) <= 0.05 and (self.open or 0) <= 0.05

    @property
    def wins_beside_losses(self) -> bool:
        """Filled for all of the won and no open row, and for some lost at most: orders, of which few were cancelled."""
        is_won = (self.won or 0) >= CREATED_FILLED and min(self.of_unknown or 0, self.unknown) <= 0.1
        return is_won and self.open is not None and self.open <= 0.05 and (self.lost or 0) <= _CANCELLED

    @property
    def wins(self) -> bool:
        """Filled for the won alone; or for the rows of unknown end alone, where others are known to be lost."""
        if self.lost is None and self.open is None:
            return False
        won = self.of_unknown if self.won is None and self.lost is not None else self.won
        return (won or 0) >= _CLOSED_FILLED and (self.lost or 0) <= 0.05 and (self.open or 0) <= 0.1


def _filled(sheet: Sheet, column: str, ended: pl.Series) -> _Filled:
    has = sheet.rows[column].is_not_null()
    rows = [ended.is_null(), *((ended == end).fill_null(False) for end in ("won", "lost", "open"))]
    by_end = [has.filter(here) for here in rows]
    return _Filled(share(has), share(has & ended.is_null()), *(share(s) if s.len() >= 1 else None for s in by_end))


def _against_ends(role: str, filled: _Filled, column: str) -> str:
    """A role of words, corrected by what the rows show: a "won date" of lost deals, too, is the closing date."""
    concept = concept_of(without_date_words(undressed(column)) or "-")
    about_win = concept == "won"
    if role == "entry" and ((about_win and (filled.lost or 0) >= 0.5) or (concept is None and filled.wins)):
        return "closed_at"
    if role == "lost_at" and (filled.won or 0) >= 0.5 and filled.closes:
        return "closed_at"
    return role


def _only_win(roles: dict[str, str], filled: Mapping[str, _Filled]) -> None:
    """Where no date is named after the win or the closing, the one that only won rows have is the closing date: a stage
    that its name may speak of lost and open deals would have entered, too.
    """
    entries = [c for c, role in roles.items() if role == "entry" and c in filled]
    named = [c for c in entries if concept_of(without_date_words(undressed(c)) or "-") in ("won", "repeat", "referral")]
    wins = [c for c in entries if filled[c].wins and filled[c].lost is not None]
    if len(wins) == 1 and not named and not {"closed_at", "lost_at"} & set(roles.values()):
        roles[wins[0]] = "closed_at"


def _plan_beside_end(roles: dict[str, str], filled: Mapping[str, _Filled]) -> None:
    """Of two closing dates the one that open rows have, too, is the plan where the other one has ended rows alone."""
    closing = [c for c, role in roles.items() if role == "closed_at" and c in filled]
    ended = [c for c in closing if filled[c].closes]
    planned = [c for c in closing if (filled[c].open or 0) > 1 - _OPEN_FILLED]
    if ended and planned and "expected_close" not in roles.values():
        roles[planned[0]] = "expected_close"


def _win_without_labels(sheet: Sheet, roles: dict[str, str]) -> None:
    """Where no column says how anything ended, a closing date of some rows that is named after the win is the win."""
    named = {c: concept_of(without_date_words(undressed(c)) or "-") for c in roles}
    if any(role == "entry" and named[c] == "won" for c, role in roles.items()):
        return
    closing = [c for c, role in roles.items() if role == "closed_at" and named[c] == "won"]
    roles |= {c: "entry" for c in closing if sheet.profiles[c].filled_share < CREATED_FILLED}


def _left_later(sheet: Sheet, roles: dict[str, str]) -> None:
    """A date of loss that only rows of the last date have, and later, is a customer who left: the deal was won."""
    lost = next((c for c, role in roles.items() if role == "lost_at" and c in sheet.date_columns), None)
    entries = [c for c, role in roles.items() if role == "entry" and c in sheet.date_columns]
    if lost is None or len(entries) < 2 or sheet.profiles[lost].n_filled < 2:
        return
    last = min(entries, key=lambda c: sheet.profiles[c].filled_share)
    nested = share(sheet.rows[last].is_not_null().filter(sheet.rows[lost].is_not_null())) >= 0.95
    others = [c for c in entries if c != last and sheet.profiles[c].filled_share < 0.9]
    is_end = not others and sheet.profiles[last].filled_share < 0.9
    says_win = concept_of(without_date_words(undressed(last)) or "-") == "won"
    if nested and (is_end or says_win) and _share_before(sheet.dates(last), sheet.dates(lost)) >= 0.95:
        roles[lost] = "ignore"


def _one_of_each(sheet: Sheet, roles: dict[str, str], filled: Mapping[str, _Filled]) -> None:
    """Of several columns with a role that only one can have, the best named stays; others become what they can be."""
    for role in ("created_at", "closed_at", "expected_close", "lost_at", "repeat_at", "referral_at"):
        columns = [c for c, given in roles.items() if given == role]
        if len(columns) < 2:
            continue

        def rank(column: str, role: str = role) -> tuple:
            guess = max((g for g in sheet.guesses[column] if g.role == role), key=lambda g: g.score, default=None)
            profile = sheet.profiles[column]
            exact = guess is not None and guess.score == 1.0
            actual = not has_part(column, "actual_word")
            return (
                profile.is_blank,
                round(1 - profile.filled_share, 1) if role == "created_at" else 0,
                actual,
                not exact,
                -(guess.n_systems if guess else 0),
                plain(column),
            )

        keep = min(columns, key=rank)
        for column in columns:
            if column != keep:
                roles[column] = "ignore"


def _place_unnamed(
    sheet: Sheet, roles: dict[str, str], filled: Mapping[str, _Filled], unnamed: list[str]
) -> tuple[str, ...]:
    """Give unnamed dates the role that only their values show; returns those that form a chain."""
    taken = set(roles.values())
    for column in list(unnamed):
        how = filled[column]
        is_end = how.closes or how.ends_more_than_losses or how.wins or how.wins_beside_losses
        if "closed_at" not in taken and ("lost_at" not in taken or how.wins_beside_losses) and is_end:
            roles[column] = "closed_at"
        elif "lost_at" not in taken and how.loses:
            roles[column] = "lost_at"
        else:
            continue
        taken.add(roles[column])
        unnamed.remove(column)
    beyond = [c for c in unnamed if lies_beyond(sheet, c, roles)]
    roles |= dict.fromkeys(beyond, "ignore")
    unnamed = [c for c in unnamed if c not in beyond]
    if not unnamed:
        return ()
    created = next((c for c, role in roles.items() if role == "created_at"), None)
    first = _earliest(sheet, [*unnamed, *[c for c, r in roles.items() if r in ("entry", "created_at", "closed_at")]])
    if created is None and first in unnamed:
        roles[first] = "created_at"
        unnamed = [c for c in unnamed if c != first]
        created = first
    elif (
        created is None
        and len(unnamed) == 1
        and "entry" not in taken
        and sheet.profiles[unnamed[0]].filled_share >= 0.5
    ):
        roles[unnamed[0]] = "created_at"
        return ()
    start = [created] if created else []
    chain = _chain(sheet, start, unnamed)
    for column in chain:
        roles[column] = "entry"
    return tuple(chain)


def _stamp(sheet: Sheet, roles: Mapping[str, str], others: list[str]) -> str | None:
    """A "Timestamp" of no other use that stands in each row and before everything: when the form was sent."""
    stamps = [
        c
        for c, role in roles.items()
        if role == "ignore"
        and c in sheet.date_columns
        and any(g.role == "changed_at" and g.score == 1.0 for g in sheet.guesses[c])
        and not has_part(c, "touched_word")
    ]
    return next((c for c in stamps if others and _earliest(sheet, [c, *others]) == c), None)


def _earliest(sheet: Sheet, columns: list[str]) -> str | None:
    """The one date that is filled nearly everywhere and before every other one nearly everywhere."""
    for column in sorted(columns, key=lambda c: -sheet.profiles[c].filled_share):
        if column not in sheet.date_columns or sheet.profiles[column].filled_share < CREATED_FILLED:
            continue
        mine = sheet.dates(column)
        others = [c for c in columns if c != column and c in sheet.date_columns]
        # one that stands before ends it: the rest need not be read
        if others and all(_share_before(mine, sheet.dates(other)) >= CREATED_FIRST for other in others):
            return column
    return None


def _share_before(a: pl.Series, b: pl.Series) -> float:
    """Share of the rows with both dates in which a is not after b; 1 without such a row."""
    both = pl.DataFrame({"a": a, "b": b}).drop_nulls()
    return 1.0 if both.is_empty() else share(both["a"].dt.date() <= both["b"].dt.date())


def _chain(sheet: Sheet, start: list[str], columns: list[str]) -> list[str]:
    """Columns each filled mostly where the one before is, and never earlier in nine rows of ten: entries in order."""
    ordered = sorted(columns, key=lambda c: -sheet.profiles[c].filled_share)
    chain: list[str] = list(start)
    for column in ordered:
        if sheet.profiles[column].filled_share == 0 or column in chain:
            continue
        before = chain[-1] if chain else None
        if before is None:
            chain.append(column)
            continue
        has, had = sheet.rows[column].is_not_null(), sheet.rows[before].is_not_null()
        nested = share(had.filter(has)) >= 0.9
        if nested and _share_before(sheet.dates(before), sheet.dates(column)) >= 0.9:
            chain.append(column)
    found = [c for c in chain if c not in start]
    return found if len(chain) >= 2 else []


def _first_of_all(sheet: Sheet, roles: dict[str, str]) -> None:
    """A date of the first stage is the creation where no column is; a date before the creation is no entry."""
    created = next((c for c, role in roles.items() if role == "created_at"), None)
    entries = [c for c, role in roles.items() if role == "entry" and c in sheet.date_columns]
    if created is None:
        named = {c: concept_of(without_date_words(undressed(c)) or "-") for c in entries}
        leads = [c for c in entries if named[c] == "lead"]
        if not leads and len(sheet.date_columns) == 1:  # "Opportunity date": the record's own
            leads = [c for c in entries if named[c] == "opportunity"]
        ends = [c for c, role in roles.items() if role in ("closed_at", "lost_at") and c in sheet.date_columns]
        if len(entries) == 1 and ends and _earliest(sheet, [*entries, *ends]) == entries[0]:
            leads = entries  # all else comes after it: the record begins there, whatever it is called
        first = _earliest(sheet, entries) if len(entries) > 1 else None
        chosen = next((c for c in leads if sheet.profiles[c].filled_share >= CREATED_FILLED), None) or (
            first if first in leads else None
        )
        if chosen is not None and len(leads) == 1:
            roles[chosen] = "created_at"
        elif chosen is None and (stamp := _stamp(sheet, roles, [*entries, *ends])) is not None:
            roles[stamp] = "created_at"
        return
    for column in entries:
        both = pl.DataFrame({"a": sheet.dates(column), "b": sheet.dates(created)}).drop_nulls()
        if both.height >= 3 and share(both["a"].dt.date() < both["b"].dt.date()) > 0.5:
            roles[column] = "ignore"
