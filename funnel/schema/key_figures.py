"""What a key figure is: its unit, the term that explains it and which way is better. One row each; all read it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["count", "share", "money", "days"]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """``unit``: share is 0–1. ``term``: the entry of the glossary that explains it and, unless ``plural`` has a code of
    its own (``figure.<plural>``), names it. ``is_tile``: stands among the tiles of the overview, in this order.
    """

    unit: Unit
    term: str
    less_is_better: bool = False
    is_tile: bool = True
    plural: str | None = None


KEY_FIGURES: dict[str, KeyFigure] = {
    "leads": KeyFigure("count", "lead", plural="leads"),
    "customers": KeyFigure("count", "customer", plural="won_deals"),
    "overall_conversion": KeyFigure("share", "overall_conversion"),
    "win_rate": KeyFigure("share", "win_rate", is_tile=False),
    "won_of_closed": KeyFigure("share", "won_of_closed", is_tile=False),
    "revenue": KeyFigure("money", "revenue"),
    "average_deal_size": KeyFigure("money", "average_deal_size"),
    "median_deal_size": KeyFigure("money", "median_deal_size", is_tile=False),
    "lead_cost": KeyFigure("money", "lead_cost", less_is_better=True),
    "customer_cost": KeyFigure("money", "customer_cost", less_is_better=True, is_tile=False),
    "sales_cycle": KeyFigure("days", "sales_cycle", less_is_better=True),
    "repurchase_rate": KeyFigure("share", "repurchase_rate"),
    "referral_rate": KeyFigure("share", "referral_rate", is_tile=False),
}
FIGURES = tuple(KEY_FIGURES)
