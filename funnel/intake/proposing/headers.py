"""What the headers of a table propose and what the values of its columns allow, before anything is decided.

A header proposes (words of ``data/words/headers.tsv``, the stage names of the funnel, similarity as a last resort),
the values decide whether the proposal is possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.intake.cells.dates import ANY_YEAR, infer_dates, parse_dates
from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.cells.spelling import UNSPACED, plain, tokens
from funnel.intake.cells.units import split_header
from funnel.intake.flags import flag_kind
from funnel.intake.mapping import DATE_ROLES, RawTable
from funnel.intake.values import clean_text, share
from funnel.intake.words import (
    concept_of,
    has_part,
    header_words,
    is_load_column,
    parts,
    similar_header,
    speaks_of,
    undressed,
    whose_id,
    without_date_words,
    without_id_words,
)

SAMPLE = 400
"""Distinct values of a column that are looked at to guess what it is; how it is read is decided from all of them."""
SAMPLE_ROWS = 5_000
"""Rows that ties between columns are looked for in (1,000 are too few, 50,000 say the same)."""
MAX_LABELS = 60
"""A column with more distinct values is not a stage, a status or a field of a log."""
_DAYS_THAT_TELL, _DAY_ZERO, _LONGEST_HEADER = 5, date(1899, 12, 30), 120
_NO_HEAD = {*DATE_ROLES, "ignore", "lead_id", "period", "count"}
"""Roles that one word of a longer header does not give."""
_SEPARATED = r"[-/.:年月日T ]|[A-Za-z]{3}"
_DECIMAL = r"^-?\d{5,}\.\d+$"
"""An amount with cents, or the number of a day with its time: the point separates no parts of a date."""
_CODE = re.compile(r"^\S*\d\S*$").match
_GUID = re.compile(r"^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$", re.IGNORECASE).match
_STAMP = r"^(?:[0-9]{10}|[0-9]{13}|[0-9]{16})$"


@dataclass(frozen=True, slots=True)
class Profile:
    """One column: ``n`` rows, ``n_filled`` with a value, ``n_unique`` different values, a sorted ``sample`` of them.

    ``date_share`` and ``number_share``: shares (0–1) of the filled rows of the sample that can be read so.
    ``has_separators``: most values are written with separators as dates are; ``is_stamp``: all are seconds, ms or µs
    since 1970.
    """

    column: str
    n: int
    n_filled: int
    n_unique: int
    sample: tuple[str, ...]
    date_share: float
    number_share: float
    has_separators: bool = True
    is_stamp: bool = False

    @property
    def is_blank(self) -> bool:
        return self.n_filled == 0

    @property
    def is_date(self) -> bool:
        return self.date_share >= 0.5 and not has_part(self.column, "no_date_word")

    @property
    def is_number(self) -> bool:
        return self.number_share >= 0.5

    @property
    def is_unique(self) -> bool:
        return self.n_filled > 0 and self.n_unique >= 0.98 * self.n_filled

    @property
    def repeats(self) -> bool:
        return self.n_unique < 0.95 * self.n_filled

    @property
    def filled_share(self) -> float:
        return self.n_filled / max(1, self.n)

    @property
    def is_flag(self) -> bool:
        """Whether the column holds yes and no only."""
        words = {*parts("yes"), *parts("no")}
        return 0 < self.n_unique <= 2 and all(value.strip().casefold() in words for value in self.sample)

    @property
    def is_code(self) -> bool:
        """Whether every row has a word of its own with digits: what somebody numbers one by one."""
        is_text = not (self.is_date or self.is_number) and self.is_unique and self.filled_share >= 0.98
        return is_text and all(_CODE(value) for value in self.sample)

    @property
    def is_guid(self) -> bool:
        """Whether every row has an id of the form that only programs write."""
        return self.is_unique and self.filled_share >= 0.98 and all(map(_GUID, self.sample))

    @property
    def has_few_values(self) -> bool:
        return 0 < self.n_unique <= MAX_LABELS


def profile_columns(table: RawTable, columns: Collection[str]) -> dict[str, Profile]:
    """The profiles of some columns of a table."""
    frame = table.frame
    # by their hashes: a tenth of the time of texts, and two of a million texts share one once in thirty million files
    counted = frame.select(pl.col(c).drop_nulls().hash().n_unique().alias(f"u{i}") for i, c in enumerate(columns))
    found = {}
    for i, column in enumerate(columns):
        filled = frame[column].drop_nulls().alias("value")  # a column may be called "n"
        few = filled.head(SAMPLE_ROWS).value_counts(name="n").sort("value")
        few = few.gather_every(max(1, few.height // SAMPLE)).head(SAMPLE)
        values = few["value"]
        # each value as often as it stands in the sample: shares are over rows
        sampled = few.select(pl.col("value").repeat_by("n").explode()).to_series() if few.height else values
        dates, numbers = infer_dates(sampled), infer_numbers(sampled)
        found[column] = Profile(
            column=column,
            n=frame.height,
            n_filled=filled.len(),
            n_unique=int(counted[f"u{i}"][0]),
            sample=tuple(values.to_list()),
            date_share=dates.share_parsed,
            number_share=numbers.share_parsed,
            has_separators=bool(values.len())
            and share(sampled.str.contains(_SEPARATED) & ~sampled.str.contains(_DECIMAL)) >= 0.5,
            is_stamp=bool(values.len()) and bool(values.str.contains(_STAMP).all()),
        )
    return found


# --- headers -----------------------------------------------------------------------------------------------------

GUESSED_COLUMNS = 300
"""In a wider file only columns with a known header are looked at more closely."""
SURE = 0.7
"""Score from which a role counts as known rather than guessed."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A role that a header proposes. ``score`` 0–1; ``n_systems`` that use the header so."""

    role: str
    score: float
    n_systems: int = 0


@dataclass(frozen=True)
class Sheet:
    """A table with what its headers and values suggest, before a shape is chosen.

    ``rows``: the rows in which ties between columns are looked for, whole leads together. ``load``: columns that belong
    to the load of the data, not to the deals.
    """

    table: RawTable
    definition: FunnelDefinition
    profiles: dict[str, Profile]
    guesses: dict[str, tuple[Guess, ...]]
    rows: pl.DataFrame
    load: tuple[str, ...] = ()
    _read: dict[tuple[str, str], pl.Series] = field(default_factory=dict)

    def text(self, column: str) -> pl.Series:
        """The cells of a column in ``rows`` as trimmed text."""
        return self._once("text", column, lambda: clean_text(self.rows[column]))

    def dates(self, column: str) -> pl.Series:
        """A column of ``rows`` as instants under the likeliest reading; which one it is is decided elsewhere."""

        def read() -> pl.Series:
            found = infer_dates(self.rows[column])
            keys = found.candidates or found.combinations or tuple(found.fits)
            if found.is_bare:
                keys = (ANY_YEAR,)
            if not keys:
                return pl.repeat(None, self.rows.height, dtype=pl.Datetime("us"), eager=True)
            return parse_dates(self.rows[column], keys[0])["at"]

        return self._once("dates", column, read)

    def numbers(self, column: str) -> pl.Series:
        """A column of ``rows`` as numbers under the likeliest reading."""

        def read() -> pl.Series:
            keys = infer_numbers(self.rows[column]).candidates or ("plain",)
            return parse_numbers(self.rows[column], keys[0])["value"]

        return self._once("numbers", column, read)

    def _once(self, kind: str, column: str, make: Callable[[], pl.Series]) -> pl.Series:
        if (kind, column) not in self._read:
            self._read[kind, column] = make()
        return self._read[kind, column]

    def is_date(self, column: str) -> bool:
        """Whether a column holds dates: written as dates, or as stamps and day numbers under a header that says so."""
        profile = self.profiles.get(column)
        if profile is None or not profile.is_date or column in self.load:
            return False
        if profile.is_number and not profile.has_separators and whose_id(column)[1]:
            return False  # ids of ten digits look like stamps
        if profile.has_separators or profile.is_stamp or not profile.is_number:
            return True
        # digits alone: the header must say that they are days
        says = {"date", "datetime", "time", "timestamp", "ts", "at", "on", "day"} & set(tokens(undressed(column)))
        return (
            bool(says)
            or has_part(column, "date_word_only")
            or any(guess.role in DATE_ROLES and guess.score >= SURE for guess in self.guesses[column])
            or self._are_days_of_this_table(profile)
        )

    def _are_days_of_this_table(self, profile: Profile) -> bool:
        """Whether bare whole numbers are days as a spreadsheet counts them: several, all within a year of the days that
        other columns of the table write as dates.
        """
        if profile.n_unique < _DAYS_THAT_TELL or not all(value.isdigit() for value in profile.sample):
            return False
        written = [c for c, p in self.profiles.items() if p.is_date and p.has_separators and not p.is_number]
        days = [day for c in written for day in (self.dates(c).min(), self.dates(c).max()) if isinstance(day, datetime)]
        first, last = ((day.date() - _DAY_ZERO).days for day in (min(days), max(days))) if days else (0, 0)
        return bool(days) and all(first - 366 <= int(value) <= last + 366 for value in profile.sample)

    @cached_property
    def date_columns(self) -> list[str]:
        return [column for column in self.profiles if self.is_date(column)]

    def names_a_stage(self, column: str) -> bool:
        """Whether a header is, beside words for dates, a label of a stage column: "Demo scheduled on"."""
        name = plain(without_date_words(undressed(column)))
        stages = [c for c, found in self.guesses.items() if any(g.role == "stage" and g.score >= SURE for g in found)]
        return bool(name) and any(name in map(plain, self.text(c).drop_nulls().unique().to_list()) for c in stages)

    def columns_with(self, role: str, score: float = SURE) -> list[str]:
        """Columns whose header and values both allow the role, best first."""
        found = [
            (guess.score, guess.n_systems, column)
            for column, guesses in self.guesses.items()
            for guess in guesses
            if guess.role == role and guess.score >= score and is_possible(role, self.profiles[column])
        ]
        return [column for *_, column in sorted(found, key=lambda hit: (-hit[0], -hit[1], plain(hit[2]), hit[2]))]


def look_at(table: RawTable, definition: FunnelDefinition) -> Sheet:
    """Profile the columns of a table and collect what their headers propose."""
    load = tuple(c for c in table.columns if is_load_column(c))
    guesses = {column: header_guesses(column, definition) for column in table.columns}
    guesses |= dict.fromkeys(load, (Guess("ignore", 1.0),))
    columns = table.columns
    if len(columns) > GUESSED_COLUMNS:
        columns = tuple(c for c in columns if any(g.role != "ignore" for g in guesses[c]))[:GUESSED_COLUMNS]
    profiles = profile_columns(table, columns)
    guesses = {c: _with_flag(guesses[c], profiles[c]) for c in columns}
    return Sheet(table, definition, profiles, guesses, _some_rows(table, profiles), load)


def _some_rows(table: RawTable, profiles: dict[str, Profile]) -> pl.DataFrame:
    """At most about ``SAMPLE_ROWS`` rows from the whole file; rows that share a repeating id stay together."""
    frame = table.frame
    if frame.height <= 2 * SAMPLE_ROWS:
        return frame
    ids = [c for c, p in profiles.items() if p.repeats and p.n_unique > SAMPLE_ROWS // 10 and not p.is_date]
    if not ids:
        return frame.gather_every(frame.height // SAMPLE_ROWS)
    lead = max(ids, key=lambda c: (any(g.role == "lead_id" for g in header_guesses_plain(c)), profiles[c].n_unique))
    of_lead = frame[lead].hash()
    leads = of_lead.filter(frame[lead].is_not_null()).unique().sort()
    wanted = max(1, SAMPLE_ROWS * leads.len() // frame.height)
    chosen = leads.gather_every(max(1, leads.len() // wanted))
    return frame.filter(of_lead.is_in(chosen.implode()))


def header_guesses_plain(header: str) -> tuple[Guess, ...]:
    """The roles that a header was seen in, whatever funnel it is read for."""
    return tuple(Guess(word.role, 1.0, word.n_systems) for word in header_words(header))


def _with_flag(guesses: tuple[Guess, ...], profile: Profile) -> tuple[Guess, ...]:
    """A yes/no column called "won" or "lost" is a status, whatever else its name may mean."""
    if not profile.is_flag or flag_kind(profile.column) not in ("won", "lost"):
        return guesses
    others = [guess for guess in guesses if guess.role != "status"]
    return tuple(sorted([*others, Guess("status", 1.0, 1)], key=lambda guess: (-guess.score, -guess.n_systems)))


def header_guesses(header: str, definition: FunnelDefinition) -> tuple[Guess, ...]:
    """The roles that a header proposes, best first; whether the values allow them is decided elsewhere."""
    found: dict[str, Guess] = {}

    def add(role: str, score: float, n_systems: int) -> None:
        if role not in found or found[role].score < score:
            found[role] = Guess(role, score, n_systems)

    exact = header_words(header)
    roles = {word.role for word in exact}
    for word in exact:
        # a header that some system leaves out, or a "lead id" that elsewhere names the company, is less sure
        doubtful = ("ignore" in roles and word.role != "ignore") or (word.role == "customer_id" and "lead_id" in roles)
        add(word.role, 0.6 if doubtful else 1.0, word.n_systems)
    if not exact and (named := without_id_words(header)) and "stage" in {word.role for word in header_words(named)}:
        add("stage", 0.9, 0)  # "阶段ID": the stages as numbers
    stage_name = without_date_words(header)
    if plain(stage_name) in stage_names(definition):
        add("entry", 1.0, 1)
    if not exact:
        _guess_unknown(header, stage_name, add)
        if split_header(header)[1].currency or ("amount" in found and found["amount"].score >= SURE):
            found = {role: guess for role, guess in found.items() if role not in DATE_ROLES}  # "Contract $": no day
    return tuple(sorted(found.values(), key=lambda guess: (-guess.score, -guess.n_systems, guess.role)))


def _guess_unknown(header: str, stage_name: str, add: Callable[[str, float, int], None]) -> None:
    """Proposals for a header that no word list holds: plans and touches first, then its last words, then similarity."""
    planned, touched = speaks_of(header, "planned_word"), speaks_of(header, "touched_word")
    words_of_header = tokens(header) if len(header) <= _LONGEST_HEADER else []
    # "Deal - Owner" ends in "Owner", "customer lead source" in "lead source"
    for length in range(len(words_of_header) - 1, 0, -1):
        for word in header_words(" ".join(words_of_header[:length])):  # "Etap deala", "Motivo rifiuto" begin with it
            if word.is_head_first and word.role not in _NO_HEAD:
                add(word.role, SURE, word.n_systems)
        ending = " ".join(words_of_header[-length:])
        if not without_date_words(ending):
            continue  # "survey date": that it is a date says not which
        for word in header_words(ending):
            if not (touched and word.role in DATE_ROLES) and not (planned and word.role in DATE_ROLES):
                add(word.role, 0.75 if length > 1 or len(words_of_header) == 2 else SURE, word.n_systems)
    if UNSPACED.search(header) and words_of_header:  # 客户当前状态 ends in 状态
        endings = (header_words(header[i:]) for i in range(1, len(header) - 1))
        for word in next((found for found in endings if found), ()):
            if word.role not in _NO_HEAD:
                add(word.role, SURE, word.n_systems)
    closes = concept_of(stage_name) == "won" or "close" in tokens(header) or "closing" in tokens(header)
    if planned:
        add("expected_close" if closes else "ignore", SURE, 0)
        return
    if touched:
        add("ignore", SURE, 0)
        return
    concept = concept_of(stage_name) if stage_name else None
    if concept == "lost":
        add("lost_at", 0.75, 0)
    elif concept in ("repeat", "referral"):
        add("repeat_at" if concept == "repeat" else "referral_at", 0.75, 0)
    elif concept != "won" and has_part(stage_name, "closed_word"):
        add("closed_at", 0.75, 0)
    elif concept and concept not in ("junk", "duplicate", "on_hold", "open"):
        add("entry", 0.75, 0)
    words, similarity = similar_header(header)
    for word in words:
        add(word.role, 0.6 * similarity, word.n_systems)


def stage_names(definition: FunnelDefinition) -> set[str]:
    names = {plain(text) for stage in definition.stages for text in (stage.key, stage.name.en, stage.name.zh)}
    names |= {plain(label) for _, label in definition.labels}
    return names - {""}


def is_possible(role: str, profile: Profile) -> bool:
    """Whether the values allow the role. A blank column may be any date or attribute: next month it may be filled."""
    if role in DATE_ROLES:
        return profile.is_blank or profile.is_date
    if role == "amount":
        return profile.is_blank or (profile.is_number and not profile.is_flag)
    if role == "count":
        return profile.is_number
    if role == "stage":
        return profile.has_few_values and not profile.is_flag and not (profile.is_date and not profile.is_number)
    if role == "status" and profile.is_flag and flag_kind(profile.column) not in ("won", "lost"):
        return False  # "closed: yes" does not say how
    if role in ("status", "changed_field"):
        return profile.has_few_values and not (profile.is_date and not profile.is_number)
    if role == "referrer_id" and profile.is_flag:
        return False  # "was referred: yes" names nobody
    if role in ("lead_id", "referrer_id"):
        return not profile.is_blank and not (profile.is_date and not profile.is_number)
    if role in ("new_value", "period"):
        return not profile.is_blank
    return not (profile.is_date and not profile.is_number) or role == "ignore"
