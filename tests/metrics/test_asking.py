"""Figures that are asked side by side: each gets its own answers, and the leads are looked at once a round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
import pytest

from funnel.metrics import asking, gathering
from funnel.metrics.asking import Asking, Metric, answered, side_by_side
from funnel.metrics.gathering import Asked, Listed, Parts, Question, Spread, Sums, over

LEADS = pl.LazyFrame({"place": ["a", "b", "a", "a"], "n": [1, 2, None, 5]})


@Metric
def total(leads: pl.LazyFrame) -> Asking[int]:
    [found] = yield [Sums(leads, {"n": pl.col("n").sum()})]
    return found["n"]


@Metric
def largest_place(leads: pl.LazyFrame) -> Asking[tuple[str, list[int]]]:
    """Two rounds: the second question rests on the first answer."""
    [counted] = yield [Asked(leads.group_by("place").agg(n=pl.len()), ("place",))]
    place = counted.sort("n")["place"][-1]
    [values] = yield [Spread(leads, {"n": pl.col("n").filter(pl.col("place") == place)})]
    return place, sorted(values["n"].to_list())


@Metric
def nothing(leads: pl.LazyFrame) -> Asking[str]:
    """A figure that need not ask."""
    return "known"
    yield []


def test_each_figure_gets_its_own_answers_in_as_few_rounds_as_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def heard(questions: Sequence[Question]) -> list[Any]:
        rounds.append(len(questions))
        return gathering.answers(questions)

    monkeypatch.setattr(asking, "answers", heard)
    inner = side_by_side(nothing.asked(LEADS), total.asked(LEADS.filter(pl.col("n") > 1)))
    found = answered(side_by_side(total.asked(LEADS), largest_place.asked(LEADS), inner))
    assert found == [8, ("a", [1, 5]), ["known", 7]]
    assert rounds == [3, 1]
    assert (total(LEADS), largest_place(LEADS), nothing(LEADS)) == (8, ("a", [1, 5]), "known")


def test_parts_answer_what_one_memory_answers() -> None:
    """Each half of the leads answers every plan, put into the place of the whole."""
    here = {"leads": LEADS.collect()}
    leads = pl.LazyFrame({"no": [0]}).map_batches(
        lambda _: here["leads"], schema=LEADS.collect_schema(), validate_output_schema=False
    )

    def run(plans: Sequence[pl.LazyFrame]) -> Iterator[list[pl.DataFrame]]:
        for half in (LEADS.head(2), LEADS.tail(2)):
            here["leads"] = half.collect()
            yield [plan.collect() for plan in plans]

    first = Listed(leads, ("n",), (True,))
    bounds = Sums(leads, {"low": pl.col("n").min(), "high": pl.col("n").max()}, least=("low",), most=("high",))
    for parts in (None, Parts(run, is_exact=True)):
        with over(parts):
            listed, found = gathering.answers([first, bounds])
            assert (total(leads), largest_place(leads)) == (8, ("a", [1, 5]))
        assert listed["n"].to_list() == [5, 2, 1, None]
        assert found == {"low": 1, "high": 5}
