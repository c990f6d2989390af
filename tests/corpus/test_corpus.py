"""No file of the corpus is read wrongly in silence: it is read rightly, or the person is asked.

``pytest tests/corpus -k NAME`` reads one, ``CORPUS=all pytest tests/corpus`` reads all, also shuffled and scrambled; without
either some of each kind are read, and those without their words are only asked about, not answered. The score table stands at the end of the test's output.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.corpus import corpus, score
from tests.corpus.case import Case
from tests.corpus.person import Reading, differences, judge
from tests.corpus.pipeline import Truth, deals, truth_of
from tests.corpus.sheet import Sheet

SOME_TRIES = 4
"""Combinations of answers in an ordinary run: the likeliest come first."""
MOST_QUESTIONS = 2
"""Of one file, also where no header or no label is known."""
_CASES = list(corpus.everything())


@pytest.mark.parametrize("case", _CASES, ids=[case.name for case in _CASES])
def test_a_file_is_read_rightly_or_asked_about(
    case: Case, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    # "stuck" passes as "asked" does: which of them it is costs more than all the rest and is told by a longer run
    is_long = os.environ.get("CORPUS") == "all" or bool(request.config.getoption("keyword"))
    verdict = judge(case, tries=None if is_long else 0 if "~" in case.name else SOME_TRIES)
    record_property(score.PROPERTY, [case.name, case.kind, verdict.result, verdict.n_questions])
    if {case.name, case.name.removesuffix("~shuffled")} & score.known_wrong():
        return
    assert verdict.result not in ("wrong", "refused"), f"{verdict.result}: {verdict.why}"
    assert verdict.n_questions <= MOST_QUESTIONS, verdict.why


def test_files_known_to_be_wrong_exist() -> None:
    names = {case.name for case in corpus.everything()}
    assert score.known_wrong() <= names


def test_the_corpus_is_large_and_names_are_unique() -> None:
    assert len(corpus.files()) >= 150


def test_the_pipeline_is_what_its_truth_says() -> None:
    """Counted by hand on a pipeline of six deals."""
    sales = deals(n=6, seed=2)
    truth = truth_of(sales)
    assert (truth.leads, truth.won, truth.lost, truth.open) == (6, 2, 2, 2)
    won = [d for d in sales if d.outcome == "won"]
    assert truth.revenue == {"": float(won[0].amount + won[1].amount)}
    assert truth.cycle == sum((d.closed.date() - d.created.date()).days for d in won if d.closed)
    assert all(d.entries[0] == (0, d.created) for d in sales)
    assert all(a[1] < b[1] for d in sales for a, b in zip(d.entries, d.entries[1:], strict=False))


@pytest.mark.parametrize(
    "got",
    [
        Truth(leads=5, won=2, revenue={"": 90.0}),
        Truth(leads=6, won=2, revenue={"": 91.0}),
        Truth(leads=6, won=2, revenue={}),
        Truth(leads=6, won=2, revenue={"USD": 50.0, "EUR": 40.0}),
    ],
)
def test_a_difference_is_seen(got: Truth) -> None:
    sheet = Sheet(("Id", "Stage"), (("1", "Won"),), Truth(leads=6, won=2, revenue={"": 90.0}), ("id", "stage"))
    case = Case("x", "x", sheet)
    assert differences(case, Reading(got))
    assert not differences(case, Reading(Truth(leads=6, won=2, revenue={"EUR": 90.0})))


def test_two_currencies_are_never_one_sum() -> None:
    sheet = Sheet(("Id",), (("1",),), Truth(revenue={"USD": 50.0, "EUR": 40.0}), ("id",))
    assert differences(Case("x", "x", sheet), Reading(Truth(revenue={"": 90.0})))
    assert not differences(Case("x", "x", sheet), Reading(Truth(revenue={"USD": 50.0, "EUR": 40.0})))


def test_a_scrambled_file_keeps_its_cells() -> None:
    case = corpus.files()["hubspot"]
    blind = case.sheet.without_header_words()
    assert blind.rows == case.sheet.rows and not set(blind.columns) & set(case.sheet.columns)
    mute = case.sheet.without_label_words()
    assert mute.columns == case.sheet.columns
    at = case.sheet.at("Deal Stage")
    assert len({r[at] for r in mute.rows}) == len({r[at] for r in case.sheet.rows})
    assert not {r[at] for r in mute.rows} & {r[at] for r in case.sheet.rows}
    assert replace(mute, rows=case.sheet.rows, truth=case.sheet.truth) == case.sheet
