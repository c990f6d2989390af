"""Which files an ordinary run reads."""

from __future__ import annotations

import os

import pytest

from tests.corpus import corpus
from tests.corpus.case import Case


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out most files, unless a name is asked for (``-k``) or all of them (``CORPUS=all``)."""
    if os.environ.get("CORPUS") == "all" or config.getoption("keyword"):
        return
    chosen = {case.name for case in corpus.ordinary()}
    kept, out = [], []
    for item in items:
        case = (
            item.callspec.params.get("case")
            if isinstance(item, pytest.Function) and hasattr(item, "callspec")
            else None
        )
        (out if isinstance(case, Case) and case.name not in chosen else kept).append(item)
    config.hook.pytest_deselected(items=out)
    items[:] = kept
