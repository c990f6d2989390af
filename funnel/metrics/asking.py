"""Figures that are asked side by side, so that a page looks at its leads once and not for every figure anew.

A ``Metric`` is written as a generator: it yields its questions (``gathering``), is sent their answers and returns the
figure. Called, it asks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from funnel.metrics.gathering import Question, answers

P = ParamSpec("P")
T = TypeVar("T")
Asking = Generator[Sequence[Question], list[Any], T]


class Metric(Generic[P, T]):
    """A figure that says what it asks. ``asked``: the same with its questions open, for ``side_by_side``."""

    def __init__(self, asked: Callable[P, Asking[T]]) -> None:
        self.asked = asked
        update_wrapper(self, asked)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return answered(self.asked(*args, **kwargs))


def answered(asking: Asking[T]) -> T:
    """What an asking returns when its questions are answered, one round after the other."""
    try:
        questions = next(asking)
        while True:
            questions = asking.send(answers(questions))
    except StopIteration as end:
        return end.value


def side_by_side(*askings: Asking[Any]) -> Asking[list[Any]]:
    """Several askings as one: what they ask first is asked together, then what they ask next."""
    found: dict[int, Any] = {}
    told: dict[int, list[Any] | None] = dict.fromkeys(range(len(askings)))
    while told:
        asked: dict[int, Sequence[Question]] = {}
        for place, answer in told.items():
            try:
                asked[place] = next(askings[place]) if answer is None else askings[place].send(answer)
            except StopIteration as end:
                found[place] = end.value
        answered_now = iter((yield [one for questions in asked.values() for one in questions])) if asked else iter(())
        told = {place: [next(answered_now) for _ in questions] for place, questions in asked.items()}
    return [found[place] for place in range(len(askings))]
