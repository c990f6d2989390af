"""What opening a workspace found out, as a frame and a text that can be kept, and the workspace out of them again.

The facts are not kept a second time: what every page needs of them is told, and the rest is read when a page asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

import funnel
from funnel.errors import InputError
from funnel.metrics.currencies import Money, Stated, spend_in
from funnel.metrics.support import GroupSupport, StageSupport, StepSupport, Support
from funnel.reports.retrospective.freezing import freeze, register, thaw
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import Facts, Finding, unread_facts
from funnel.schema.currencies import Rate

WORTH_KEEPING = 20_000
"""From so many leads on opening takes half a second or more."""

for _kind in (Finding, Support, StageSupport, StepSupport, GroupSupport, Money, Stated, Rate):
    register(_kind)

_TOLD = ("definition", "support", "horizons", "trust", "as_of", "latest", "money")
_OF_FACTS = ("near_days", "is_empty", "confirmed_days", "answers")
_OF_DATA = ("history_start", "overall_horizon", "n_won_later", "leads_until", "days")


def told_by(data: WorkspaceData) -> str:
    """All of a workspace's data that is neither leads nor facts nor kept by the store as it is."""
    told = {name: getattr(data, name) for name in _TOLD}
    told |= {"facts": {name: getattr(data.facts, name) for name in _OF_FACTS}}
    return freeze(told | {"found": {name: getattr(data, name) for name in _OF_DATA}})


def workspace_again(
    journeys: pl.DataFrame,
    told: str,
    *,
    read_facts: Callable[[], Facts],
    spend: pl.DataFrame,
    settings: Mapping[str, Any],
    **known: Any,
) -> WorkspaceData | None:
    """The data that ``told_by`` told of, with the ``journeys`` that it had; null for any other text.

    ``read_facts``: the facts as ``load_workspace`` would hand them on; asked once, when a page needs them. ``spend``,
    ``settings`` and ``known``: as ``load_workspace`` takes them.
    """
    try:
        said: dict[str, Any] = thaw(told)
        found = {name: said[name] for name in _TOLD}
        of_facts = {name: said["facts"][name] for name in _OF_FACTS}
        of_data = {name: said["found"][name] for name in _OF_DATA}
    except (InputError, KeyError, TypeError):
        return None
    data = WorkspaceData(
        **found,
        **known,
        facts=unread_facts(read_facts, of_facts),
        journeys=journeys,
        spend=spend_in(spend, settings.get("spend_currency"), found["money"]),
        settings=settings,
    )
    data.__dict__.update(of_data)  # cached properties, found before
    return data


@cache
def program() -> str:
    """What tells this state of the program from others: what one has counted no other may show."""
    read = hashlib.blake2b(pl.__version__.encode(), digest_size=12)
    for path in sorted(Path(funnel.__path__[0]).rglob("*.py")):
        read.update(path.read_bytes())
    return read.hexdigest()
