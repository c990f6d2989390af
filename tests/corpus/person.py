"""Reads a file as a person who changes nothing, and again as one who answers what is asked.

The steps are those of the Import page: read → propose → where it goes (a funnel from the file's labels where they make
one, else the first template) → open questions? → normalize → facts → journeys → figures.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, lru_cache

import polars as pl

from funnel.definition.definition import IGNORE, MAX_STAGES, MIN_STAGES, FunnelDefinition, load_templates
from funnel.errors import FunnelError
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.meaning import Proposal
from funnel.intake.proposing.funnel_of_file import suggest_definition
from funnel.intake.proposing.propose import propose, with_targets
from funnel.intake.questions import open_questions, readings_of
from funnel.intake.reading.reader import read_table
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.schema import Facts, ImportBatch, facts_of
from funnel.schema.currencies import meant_by
from tests.conftest import ROOT
from tests.corpus.case import Case
from tests.corpus.pipeline import Truth

IMPORT_DAY = date(2024, 9, 2)
MOMENT = datetime(2024, 9, 2, 9)
MOST_SAID = 3
"""Questions of meaning that are answered one after the other."""
MOST_ANSWERS = 8
"""Combinations of answers that are tried to find the right one."""


@dataclass(frozen=True)
class Reading:
    """What became of a file. ``asked``: what is open, in codes; ``refused``: why it could not be read."""

    got: Truth = field(default_factory=Truth)
    asked: tuple[str, ...] = ()
    refused: str = ""
    mapping: ColumnMapping | None = None
    definition: FunnelDefinition | None = None
    batches: tuple[ImportBatch, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """``result``: "right", "asked" (right after an answer, or where only a question is right), "stuck" (asked, and no
    answer tried makes it right), "untried" (asked, no answer was tried), "refused", "wrong"; ``why``: the figures or
    roles that differ.
    """

    result: str
    why: str
    reading: Reading
    n_questions: int = 0


def judge(case: Case, *, tries: int | None = None) -> Verdict:
    """How the file is read, held against what it must give. ``tries``: how many combinations of answers are tried where
    it is asked (null: all); they are most of the cost of such a file."""
    reading = read(case)
    if reading.refused:
        return Verdict("asked" if case.ask == "must" else "refused", reading.refused, reading)
    if reading.asked:
        if case.ask == "must":
            return Verdict("asked", "", reading, len(reading.asked))
        if tries == 0:
            return Verdict("untried", ", ".join(reading.asked), reading, len(reading.asked))
        right = any(not differences(case, answered) for answered in itertools.islice(answers(case), tries))
        return Verdict("asked" if right else "stuck", ", ".join(reading.asked), reading, len(reading.asked))
    if case.ask == "must":
        return Verdict("wrong", "nothing was asked", reading)
    differing = differences(case, reading)
    return Verdict("wrong" if differing else "right", "; ".join(differing), reading)


def differences(case: Case, reading: Reading) -> list[str]:
    """Figures and roles that are not as they must be, in words."""
    if reading.asked or reading.refused:
        return ["asked"]
    want, got = case.expected, reading.got
    found = []
    for name in ("leads", "won", "lost", "open", "first_created", "last_created", "cycle", "to_loss", "placed"):
        wanted, given = getattr(want, name), getattr(got, name)
        if wanted is not None and wanted != given:
            found.append(f"{name} {given} for {wanted}")
    if want.revenue is not None and not _same_money(want.revenue, got.revenue or {}):
        found.append(f"revenue {got.revenue} for {want.revenue}")
    if want.totals is not None and want.totals != got.totals:
        found.append(f"totals {got.totals} for {want.totals}")
    if want.order and reading.definition is not None:
        names = [stage.name.en for stage in reading.definition.stages]
        if [name for name in names if name in want.order] != list(want.order):
            found.append(f"order {names} for {list(want.order)}")
    roles = reading.mapping.roles if reading.mapping else {}
    for column, right in case.right_roles.items():
        if (role := roles.get(column, "ignore")) not in right:
            found.append(f"{column!r} as {role}")
    return found


def _same_money(want: dict[str, float], got: dict[str, float]) -> bool:
    """One currency may go unnamed; several may never be one sum."""
    if len(want) == 1 and len(got) == 1:
        return abs(sum(want.values()) - sum(got.values())) < 0.5
    return want.keys() == got.keys() and all(abs(want[c] - got[c]) < 0.5 for c in want)


# --- reading --------------------------------------------------------------------------------------------------------

Change = Callable[[RawTable, ColumnMapping, FunnelDefinition], ColumnMapping]


def read(
    case: Case, change: Change | None = None, won: str | None = None, said: dict[str, str] | None = None
) -> Reading:
    """All files of a case; see ``read_files``."""
    return read_files(case.files, change, won, said)


def read_files(
    files: Sequence[tuple[str, bytes]],
    change: Change | None = None,
    won: str | None = None,
    said: dict[str, str] | None = None,
    *,
    import_day: date = IMPORT_DAY,
) -> Reading:
    """Files, one after the other, into one workspace. ``change`` answers what is asked of columns, ``said`` what is
    asked of the meaning.
    """
    batches: list[ImportBatch] = []
    definition: FunnelDefinition | None = None
    mapping: ColumnMapping | None = None
    for name, content in files:
        try:
            table, proposal = _proposed(content, name, tuple(sorted((said or {}).items())))
            if definition is not None:
                proposal = propose(table, definition, answers=said)
            if proposal.asked:
                return Reading(asked=tuple(question.key for question in proposal.asked), mapping=proposal.mapping)
            if definition is None:
                definition = _funnel_of(table, proposal, won)
            if definition is None:
                return Reading(asked=("which stage is won",), mapping=proposal.mapping)
            mapping = _aimed(table, proposal, definition)
            if change is not None:
                mapping = change(table, mapping, definition)
            asked = open_questions(table, mapping)
            if asked:
                return Reading(asked=tuple(map(_code, asked)), mapping=mapping, definition=definition)
            batches.append(normalize(table, mapping, import_day=import_day))
        except FunnelError as error:
            return Reading(
                refused=f"{error.message.code} {error.message.params}"[:300], mapping=mapping, definition=definition
            )
    assert definition is not None
    got = figures(facts_of(batches, MOMENT), batches, definition)
    return Reading(got, mapping=mapping, definition=definition, batches=tuple(batches))


@lru_cache(maxsize=4)
def _proposed(content: bytes, name: str, said: tuple[tuple[str, str], ...] = ()) -> tuple[RawTable, Proposal]:
    """The table and what the import makes of it by itself; the same for every answer that is tried."""
    table = read_table(content, name)
    return table, propose(table, _general(), answers=dict(said))


def _code(finding: object) -> str:
    message = finding.message  # type: ignore[attr-defined]
    return message.code + (f"({message.params['column']})" if "column" in message.params else "")


@cache
def _templates() -> dict[str, FunnelDefinition]:
    return load_templates(ROOT / "data" / "templates")


def _general() -> FunnelDefinition:
    return _templates()["general_b2b"]


def _funnel_of(table: RawTable, proposal: Proposal, won: str | None) -> FunnelDefinition | None:
    """Where the file goes when nobody chooses; null when the page waits for somebody to mark the win."""
    try:
        suggestion = suggest_definition(table, proposal.mapping, proposal.said, proposal.won)
    except FunnelError:
        suggestion = None
    if suggestion is None or not MIN_STAGES <= len(suggestion.labels) <= MAX_STAGES:
        return _general()
    if won is not None and won in suggestion.labels:
        suggestion = replace(suggestion, won_label=won, post_sale_labels=())
    elif not suggestion.won_is_known:
        return None
    return suggestion.definition("from the file")


def _aimed(table: RawTable, proposal: Proposal, definition: FunnelDefinition) -> ColumnMapping:
    mapping = proposal.mapping
    aimed = with_targets(table, replace(mapping, labels={}), definition, proposal.said)
    known = {}
    if definition == _general():
        known = {k: v for k, v in mapping.labels.items() if k in aimed.labels and definition.resolve(v) != IGNORE}
    return replace(mapping, labels={**aimed.labels, **known}, won_stages=aimed.won_stages)


def answers(case: Case) -> Iterator[Reading]:
    """The file under each combination of answers to what is asked, the likeliest first."""
    first = read(case)
    if first.asked == ("which stage is won",):
        table, proposal = _proposed(case.files[0][1], case.files[0][0])
        labels = suggest_definition(table, proposal.mapping).labels
        yield from (read(case, _first_readings, label) for label in reversed(labels))
        return
    if first.mapping is None:
        return
    table, proposal = _proposed(case.files[0][1], case.files[0][0])
    if proposal.asked:
        yield from (read(case, _first_readings, said=said) for said in _said(table, {}, MOST_SAID))
        return
    questions = readings_of(table, replace(first.mapping, date_readings={}, number_readings={})).questions
    options = [[(q.kind, q.key, choice.reading) for choice in q.choices] for q in questions]
    for chosen in itertools.islice(itertools.product(*options), MOST_ANSWERS):
        yield read(case, _answering(chosen))


def _said(table: RawTable, given: dict[str, str], depth: int) -> Iterator[dict[str, str]]:
    """Answers to the questions of meaning, one after the other, each as the one before leaves it open."""
    asked = propose(table, _general(), answers=given).asked
    if not asked or depth == 0:
        yield given
        return
    for answer in asked[0].answers:
        yield from _said(table, given | {asked[0].key: answer.key}, depth - 1)


def _answering(chosen: tuple[tuple[str, str, str], ...]) -> Change:
    dates = {key: reading for kind, key, reading in chosen if kind == "date"}
    numbers = {key: reading for kind, key, reading in chosen if kind == "number"}

    def change(table: RawTable, mapping: ColumnMapping, definition: FunnelDefinition) -> ColumnMapping:
        return replace(
            mapping,
            date_readings={**mapping.date_readings, **dates},
            number_readings={**mapping.number_readings, **numbers},
        )

    return change


def _first_readings(table: RawTable, mapping: ColumnMapping, definition: FunnelDefinition) -> ColumnMapping:
    found = readings_of(table, replace(mapping, date_readings={}, number_readings={})).questions
    return _answering(tuple((q.kind, q.key, q.choices[0].reading) for q in found))(table, mapping, definition)


# --- figures --------------------------------------------------------------------------------------------------------


def figures(facts: Facts, batches: list[ImportBatch], definition: FunnelDefinition) -> Truth:
    """The figures that the pages would show, in the form of a truth."""
    totals: dict[str, float] = {}
    for batch in batches:
        for label, n in batch.counts.group_by("label").agg(pl.col("n").sum()).iter_rows():
            totals[label] = totals.get(label, 0) + n
    as_of = default_as_of(facts, definition) or date(9000, 1, 1)
    journeys = build_journeys(facts, definition, as_of).collect()
    won, lost = (journeys.filter(pl.col("outcome") == outcome) for outcome in ("won", "lost"))
    created = journeys["created_at"]
    return Truth(
        leads=journeys.height,
        won=won.height,
        lost=lost.height,
        open=journeys.height - won.height - lost.height,
        revenue=_by_currency(won),
        first_created=_day(created.min()),
        last_created=_day(created.max()),
        cycle=_days(won, "won_at"),
        to_loss=_days(lost, "lost_at"),
        totals=totals or None,
        placed=lost["lost_stage"].count(),
    )


def _by_currency(won: pl.DataFrame) -> dict[str, float]:
    """Won value by currency; one sum where journeys carry no currency."""
    paid = won.drop_nulls("amount")
    if "currency" not in paid.columns:
        return {"": paid["amount"].sum()} if paid.height else {}
    sums = paid.group_by(pl.col("currency").cast(pl.String).fill_null("")).agg(pl.col("amount").sum())
    found: dict[str, float] = {}
    for code, value in sums.iter_rows():  # a bare $ is shown as the currency that the workspace takes it for
        shown = meant_by(code, None, sums["currency"].to_list())
        found[shown] = found.get(shown, 0) + value
    return found


def _day(at: object) -> date | None:
    return at.date() if isinstance(at, datetime) else None


def _days(ended: pl.DataFrame, column: str) -> int:
    between = (ended[column].dt.date() - ended["created_at"].dt.date()).dt.total_days()
    return int(between.sum() or 0)
