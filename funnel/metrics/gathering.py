"""How the figures of leads are asked for, wherever the leads lie: in this memory, or in parts (``funnel.scale``).

A metric asks with a plan over the journeys. What it asks must add up: sums by keys, the least and the largest of a
column, or all values of a column. In one memory the plan is run as it is. Over parts it is run on each of them, and
what the parts answer is added up; of values the parts answer how often each occurs.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

FINEST_SHARE = 0.01
"""Durations and amounts of very many leads are told in spans of at most this share of their value."""
_FIRST, _SPANS = 25.0, round(1 / FINEST_SHARE)
"""From 25 · 2^i to 25 · 2^(i+1) there are a hundred spans, so whole days up to 200 stay what they are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan whose rows add up: per combination of ``by`` (none: one row) all other columns are sums, but those in
    ``least`` and ``most``, of which the smallest and the largest value counts. Nulls count for nothing."""

    plan: pl.LazyFrame
    by: tuple[str, ...] = ()
    least: tuple[str, ...] = ()
    most: tuple[str, ...] = ()

    def added(self, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The answers of parts as one answer."""
        stacked = pl.concat(frames)
        others = [name for name in stacked.columns if name not in self.by]
        sums = [name for name in others if name not in (*self.least, *self.most)]
        found = [pl.col(name).min() for name in self.least] + [pl.col(name).max() for name in self.most]
        found += [pl.col(name).sum() for name in sums]
        if not self.by:
            return stacked.select(found).select(stacked.columns)
        return stacked.group_by(self.by).agg(found).select(stacked.columns)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the leads of ``plan`` by name, each one number; of those in ``least`` and ``most`` the smallest and the
    largest value counts. Answered by a dictionary."""

    plan: pl.LazyFrame
    found: Mapping[str, pl.Expr]
    least: tuple[str, ...] = ()
    most: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """All values, but nulls, of some numbers of the leads of ``plan`` by name, in no particular order. Answered by a
    dictionary of series.

    Of parts with very many leads together they are told to ``FINEST_SHARE`` of their value: the middle of each span
    stands for all in it, so a quantile is off by at most half of that.
    """

    plan: pl.LazyFrame
    found: Mapping[str, pl.Expr]


MOST_LISTED = 1_000
"""So many leads of a history in parts are listed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of ``plan`` in the order of the columns ``by`` (nulls last). Answered by a frame: of leads in one memory
    all of them, of leads in parts the first ``MOST_LISTED``."""

    plan: pl.LazyFrame
    by: tuple[str, ...]
    descending: tuple[bool, ...]

    def added(self, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The answers of parts as one answer."""
        return self.first(pl.concat(frames).lazy()).collect()

    def ordered(self) -> pl.LazyFrame:
        return self.plan.sort(self.by, descending=self.descending, nulls_last=True)

    def first(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return replace(self, plan=rows).ordered().head(MOST_LISTED)


Question = Asked | Sums | Spread | Listed


@dataclass(frozen=True, slots=True)
class Parts:
    """Leads in parts. ``run``: the answers of one part after the other to some plans; ``is_exact``: few enough leads
    for durations and amounts to be told as they are, else rounded (``FINEST_SHARE``)."""

    run: Callable[[Sequence[pl.LazyFrame]], Iterable[Sequence[pl.DataFrame]]]
    is_exact: bool


_AT_ONCE = 16
"""Answers that are added up in one go: each addition costs a millisecond, and each answer waits in memory."""
MANY = 50_000
"""From so many leads on groups are counted faster when they are streamed; of few leads that takes twice as long."""

_PARTS: ContextVar[Parts | None] = ContextVar("_PARTS", default=None)
_ARE_FEW: ContextVar[bool] = ContextVar("_ARE_FEW", default=False)


@contextmanager
def over(parts: Parts | None, n_leads: int = MANY) -> Generator[None]:
    """Within it, what is asked for is asked of these parts (null: of the ``n_leads`` in the one memory)."""
    before, were_few = _PARTS.set(parts), _ARE_FEW.set(n_leads < MANY)
    try:
        yield
    finally:
        _PARTS.reset(before)
        _ARE_FEW.reset(were_few)


def answers(questions: Sequence[Question]) -> list[Any]:
    """The answers in the order of the questions: frames with the columns of their plan and in no particular order of
    rows, or dictionaries. What is asked in one row of the same plan is asked at once."""
    if not questions:
        return []
    parts = _PARTS.get()
    return _of_one_memory(questions) if parts is None else _of_parts(questions, parts)


def collected(*asked: Asked) -> list[pl.DataFrame]:
    """The answers, each with the columns of its plan and in no particular order of rows."""
    return answers(asked)


def one_row(sums: pl.LazyFrame) -> dict[str, Any]:
    """The one row of a plan of sums, by column."""
    [found] = collected(Asked(sums))
    return found.row(0, named=True)


def values(*plans: pl.LazyFrame) -> list[dict[str, pl.Series]]:
    """Per plan the ``Spread`` of each of its columns."""
    return answers([Spread(plan, {name: pl.col(name) for name in plan.collect_schema().names()}) for plan in plans])


def _of_one_memory(questions: Sequence[Question]) -> list[Any]:
    rows: dict[int, tuple[pl.LazyFrame, list[pl.Expr]]] = {}
    for no, question in enumerate(questions):
        if isinstance(question, Sums | Spread):
            rows.setdefault(id(question.plan), (question.plan, []))[1].extend(_in_one_row(no, question))
    plans = [plan.select(columns) for plan, columns in rows.values()]
    for question in questions:
        if isinstance(question, Asked):
            plans.append(question.plan)
        elif isinstance(question, Listed):
            plans.append(question.ordered())
    frames = _collected(plans, is_grouped=any(isinstance(one, Asked) and one.by for one in questions))
    of_plan, others = dict(zip(rows, frames, strict=False)), iter(frames[len(rows) :])
    found: list[Any] = []
    for no, question in enumerate(questions):
        if isinstance(question, Asked | Listed):
            found.append(next(others))
            continue
        told = {name: of_plan[id(question.plan)][f"{no} {name}"][0] for name in question.found}
        if isinstance(question, Spread):
            # In one piece: ten times as fast as the same quantiles of a column of a plan.
            told = {name: one.rechunk() for name, one in told.items()}
        found.append(told)
    return found


def _collected(plans: Sequence[pl.LazyFrame], *, is_grouped: bool) -> list[pl.DataFrame]:
    if _ARE_FEW.get():
        # To stream them, or to look for what plans have in common, takes longer than all else.
        return pl.collect_all(plans, engine="in-memory", optimizations=pl.QueryOptFlags(comm_subplan_elim=False))
    # Streamed, groups of a million leads are counted in half the time; single rows are not.
    return pl.collect_all(plans, engine="streaming" if is_grouped else "auto")


def _in_one_row(no: int, question: Sums | Spread) -> Iterable[pl.Expr]:
    for name, one in question.found.items():
        yield (one if isinstance(question, Sums) else one.drop_nulls().implode()).alias(f"{no} {name}")


def _of_parts(questions: Sequence[Question], parts: Parts) -> list[Any]:
    rows: dict[int, list[tuple[int, Sums]]] = {}
    for no, question in enumerate(questions):
        if isinstance(question, Sums):
            rows.setdefault(id(question.plan), []).append((no, question))
    asked: list[Asked | Listed] = [_together(sums) for sums in rows.values()]
    for question in questions:
        if isinstance(question, Asked | Listed):
            asked.append(question)
        elif isinstance(question, Spread):
            asked += [_counted(question.plan.select(value=one), parts) for one in question.found.values()]
    frames = _added(asked, parts)
    of_plan, others = dict(zip(rows, frames, strict=False)), iter(frames[len(rows) :])
    found: list[Any] = []
    for no, question in enumerate(questions):
        if isinstance(question, Asked | Listed):
            found.append(next(others))
        elif isinstance(question, Sums):
            found.append({name: of_plan[id(question.plan)][f"{no} {name}"][0] for name in question.found})
        else:
            found.append({name: _repeated(next(others), name) for name in question.found})
    return found


def _together(sums: Sequence[tuple[int, Sums]]) -> Asked:
    """Several sums over one plan as one question."""
    columns = [one for no, question in sums for one in _in_one_row(no, question)]
    least, most = (
        tuple(f"{no} {name}" for no, question in sums for name in getattr(question, side)) for side in ("least", "most")
    )
    return Asked(sums[0][1].plan.select(columns), least=least, most=most)


def _added(asked: Sequence[Asked | Listed], parts: Parts) -> list[pl.DataFrame]:
    plans = [one.plan if isinstance(one, Asked) else one.first(one.plan) for one in asked]
    waiting: list[Sequence[pl.DataFrame]] = []

    def add() -> None:
        together = [one.added(frames) for one, *frames in zip(asked, *waiting, strict=True)]
        waiting[:] = [together]

    for told in parts.run(plans):
        waiting.append(told)
        if len(waiting) == _AT_ONCE:
            add()
    if not waiting:
        raise ValueError("a history has at least one part")
    if len(waiting) > 1:
        add()
    return list(waiting[0])


def _counted(plan: pl.LazyFrame, parts: Parts) -> Asked:
    """How often each ``value`` occurs."""
    kind = plan.collect_schema()["value"]
    value = pl.col("value") if parts.is_exact else _rounded(pl.col("value")).cast(kind)
    counted = plan.select(value.alias("value")).drop_nulls().group_by("value").agg(n=pl.len().cast(pl.Int64))
    return Asked(counted, ("value",))


def _repeated(counted: pl.DataFrame, name: str) -> pl.Series:
    return counted.select(pl.col("value").repeat_by("n").explode(empty_as_null=False).alias(name)).to_series()


def _rounded(value: pl.Expr) -> pl.Expr:
    """A number as the middle of its span."""
    doublings = (value.abs().cast(pl.Float64) / _FIRST).log(2).floor()
    width = _FIRST / _SPANS * pl.lit(2.0).pow(doublings)
    return pl.when(value == 0).then(0.0).otherwise((value / width).round() * width)
