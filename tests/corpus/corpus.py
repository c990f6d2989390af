"""All files of the corpus by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tests.corpus import abroad, by_hand, chinese, connectors, crms, dirt, logs, mirrored, others, totals, trades, twins
from tests.corpus.case import Case, variants

FAMILIES = (crms, abroad, chinese, by_hand, logs, totals, others, dirt, twins, mirrored, trades, connectors)

_EVERY_BLIND = 3
"""Of so many scrambled layouts one is read in an ordinary run; ``CORPUS=all`` reads them all."""


@cache
def files() -> dict[str, Case]:
    """Every file as it comes, by name. Names are unique."""
    found: dict[str, Case] = {}
    for family in FAMILIES:
        for case in family.cases():
            assert case.name not in found, f"two files are called {case.name}"
            found[case.name] = case
    return found


def everything() -> Iterator[Case]:
    """Every file, and its shuffled and scrambled twins."""
    for case in files().values():
        yield from variants(case)


def ordinary() -> Iterator[Case]:
    """What every test run reads: each file as it comes, and a few layouts without the words of headers and labels."""
    yield from files().values()
    blind = [case for case in files().values() if case.can_scramble]
    for case in blind[::_EVERY_BLIND]:
        yield from (twin for twin in variants(case) if twin.name.endswith(("~headers", "~labels")))
