"""Currencies of amounts: signs that several share, which is meant, and what a person said they are worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

SHARED_SIGNS: Final[Mapping[str, tuple[str, ...]]] = {
    "$": ("USD", "CAD", "AUD", "HKD", "SGD", "TWD", "NZD", "MXN", "ARS", "CLP", "COP"),
    "¥": ("CNY", "JPY"),
}
"""A bare sign → the currencies that use it, the commonest first. It is stored as written: which one is meant is known
only beside the other amounts of the workspace.
"""


def meant_by(code: str, chosen: str | None, stated: Collection[str]) -> str:
    """The ISO code that a stored currency means: itself, or for a shared sign the ``chosen`` currency where it is one
    of those that share it, else the only one of them that the data name, else the commonest.
    """
    sharing = SHARED_SIGNS.get(code)
    if sharing is None:
        return code
    if chosen in sharing:
        return chosen
    named = [one for one in sharing if one in stated]
    return named[0] if len(named) == 1 else sharing[0]


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in another, ``to``, on a day: typed by a person."""

    worth: float
    to: str
    on: date | None = None

    def to_dict(self) -> dict[str, Any]:
        return {"worth": self.worth, "to": self.to, "on": self.on}


def rates_of(settings: Mapping[str, Any]) -> dict[str, Rate]:
    """The rates of a workspace's settings by currency."""
    typed: Mapping[str, Mapping[str, Any]] = settings.get("currency_rates") or {}
    return {code: Rate(float(one["worth"]), str(one["to"]), one.get("on")) for code, one in typed.items()}
