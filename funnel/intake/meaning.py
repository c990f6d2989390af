"""Questions about the meaning of a file, what follows from each answer, and the proposal that carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from funnel.definition.definition import Scope
from funnel.errors import Message
from funnel.intake.mapping import NO_CHANGES, ColumnMapping, Fit, HeaderChanges
from funnel.schema import Finding


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from a reading: how many leads, won, lost, open, the won value (null: no amount is read), and how
    many of ``n_rows`` rows would be rejected. ``is_sample``: counted on a part of a large file.
    """

    n_leads: int
    n_won: int
    n_lost: int
    n_open: int
    won_value: float | None
    n_rejected: int
    n_rows: int
    is_sample: bool = False

    def message(self) -> Message:
        """``intake.consequence``: the figures as one short phrase."""
        code = "consequence" if self.won_value is not None else "consequence_without_value"
        params = {"leads": self.n_leads, "won": self.n_won, "lost": self.n_lost, "open": self.n_open}
        return Message(f"intake.{code}", params | ({} if self.won_value is None else {"value": self.won_value}))


@dataclass(frozen=True)
class Answer:
    """One answer to a question about the meaning of a file, in words, and what follows from it."""

    key: str
    message: Message
    consequence: Consequence | None = None

    def full(self) -> Message:
        """The answer with its consequence."""
        if self.consequence is None:
            return self.message
        return Message("intake.answer", {"answer": self.message, "follows": self.consequence.message()})


@dataclass(frozen=True)
class MeaningQuestion:
    """A question that only a person can decide: what a row is, which label is the win, which column is the money.

    ``key`` names it among the answers given to ``propose``; ``columns`` are those it is about: a role that the person
    gives one of them by hand answers it, too.
    """

    key: str
    message: Message
    answers: tuple[Answer, ...]
    columns: tuple[str, ...] = ()
    n: int = 0

    def finding(self) -> Finding:
        """The question as a finding that blocks the import; ``answers`` holds a Message each."""
        params = {**self.message.params, "answers": [answer.full() for answer in self.answers]}
        return Finding(Message(self.message.code, params), "question", self.n, "intake.done.waiting")


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping and what is open.

    ``questions``: findings of severity "question" that block the import until they are answered: those of the values
    (``open_questions`` recomputes them after a change) and those in ``asked``, most consequential first. ``scores``:
    column → 0–1, below ``headers.SURE`` a guess. ``changes``: how the header differs from the remembered one.
    ``notes``: what the person should know (a new label). ``said``: what the rows or the person say of single labels,
    ``won``: the label that the person marked as the win; both go to ``suggest_definition`` and ``with_targets``.
    """

    mapping: ColumnMapping
    questions: tuple[Finding, ...]
    scores: Mapping[str, float]
    fit: Fit
    changes: HeaderChanges = NO_CHANGES
    notes: tuple[Finding, ...] = ()
    asked: tuple[MeaningQuestion, ...] = ()
    said: Mapping[tuple[Scope, str], str] = field(default_factory=dict)
    won: str | None = None
