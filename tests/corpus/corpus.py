"""All files of the corpus by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tests.corpus import (
    abroad,
    agreed,
    by_hand,
    chinese,
    clothes,
    connectors,
    crms,
    dirt,
    languages,
    logs,
    mirrored,
    others,
    overlooked,
    pasted,
    small,
    totals,
    trades,
    twins,
    warehouse,
)
from tests.corpus.case import Case, variants

FAMILIES = (
    crms,
    abroad,
    chinese,
    by_hand,
    logs,
    small,
    totals,
    others,
    pasted,
    dirt,
    twins,
    mirrored,
    trades,
    connectors,
    warehouse,
    languages,
    clothes,
    overlooked,
    agreed,
)

MOST_OF_A_KIND = 6
"""Of each kind so many files are read in an ordinary run, and every third layout without its words: a minute of computing.
``CORPUS=all`` reads everything."""
_EVERY_BLIND = 3


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
    """What an ordinary test run reads: some files of each kind, spread evenly, and a few layouts without their words."""
    kinds: dict[str, list[Case]] = {}
    for case in files().values():
        kinds.setdefault(case.kind, []).append(case)
    for cases in kinds.values():
        n = min(len(cases), MOST_OF_A_KIND)
        yield from (cases[i * len(cases) // n] for i in range(n))
    blind = [case for case in files().values() if case.can_scramble]
    for case in blind[::_EVERY_BLIND]:
        yield from (twin for twin in variants(case) if twin.name.endswith(("~headers", "~labels")))
