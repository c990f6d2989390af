"""The invented pipeline: deals whose every step is known, and the figures that follow from them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

_NAMES = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Katsura", "Larch",
    "Maple", "Nutmeg", "Oak", "Pine", "Quince", "Rowan", "Spruce", "Teak", "Umbra", "Viburnum", "Willow", "Yew",
    "Acacia", "Bamboo", "Cherry", "Damson", "Ebony", "Fig", "Gorse", "Holly", "Iroko", "Jasmine", "Kauri", "Linden",
)  # fmt: skip
_CHINESE = [
    "安邦",
    "博远",
    "诚达",
    "鼎新",
    "恩泽",
    "方圆",
    "广源",
    "华盛",
    "金桥",
    "凯歌",
    "联创",
    "美辰",
    "宁远",
    "欧亚",
    "鹏程",
    "启明",
    "瑞丰",
    "盛世",
    "天成",
    "万通",
    "祥云",
    "亚峰",
    "中和",
    "卓越",
]
OWNERS = ("Ann Lee", "Bob Ray", "Cleo Park")
OWNERS_ZH = ("李娜", "王强", "陈静")
SOURCES = ("Web", "Referral", "Trade show")
SOURCES_ZH = ("官网", "转介绍", "展会")
REASONS = ("Price", "No budget", "Competitor")
REASONS_ZH = ("价格", "没有预算", "竞争对手")
PLAN_DAY = date(2024, 11, 30)
"""The latest planned closing date is near it: later than everything that has happened."""


@dataclass(frozen=True)
class Deal:
    """One deal. ``entries``: (stage number from 0, when) in order of time, the first at ``created``; ``closed`` is null
    while it is open; ``estimate`` differs from ``amount``; ``contact`` repeats over deals.
    """

    no: int
    created: datetime
    entries: tuple[tuple[int, datetime], ...]
    outcome: str
    closed: datetime | None
    expected: date
    amount: int
    estimate: int
    contact: int
    currency: str = ""
    reason: int = 0
    pipeline: str = ""

    @property
    def stage(self) -> int:
        """The last stage before the end, or the present one."""
        return self.entries[-1][0]

    @property
    def name(self) -> str:
        return _NAMES[(self.no - 1) % len(_NAMES)]

    @property
    def firm(self) -> str:
        """The name of a company in Chinese."""
        return _CHINESE[(self.no - 1) % len(_CHINESE)] + "公司"

    @property
    def who(self) -> int:
        return self.no % 3

    @property
    def channel(self) -> int:
        return (self.no * 5 // 2) % 3

    @property
    def probability(self) -> int:
        return {"won": 100, "lost": 0}.get(self.outcome, 10 + 20 * self.stage)


def deals(
    n: int = 24, stages: int = 4, seed: int = 1, *, currencies: Sequence[str] = ("",), skips: bool = True
) -> list[Deal]:
    """``n`` deals in the order of their creation: about 30 % won, 35 % lost, the rest open; both ends after each stage.

    All happen between January and August 2024, at office hours; no two amounts are the same.
    """
    luck = random.Random(seed)
    found = []
    outcomes = (["won"] * round(0.3 * n) + ["lost"] * round(0.35 * n) + ["open"] * n)[:n]
    luck.shuffle(outcomes)
    at = datetime(2024, 1, 2, 9)
    for no, outcome in enumerate(outcomes, 1):
        at = (at + timedelta(days=luck.randint(2, 7))).replace(hour=luck.randint(9, 16), minute=luck.randint(1, 58))
        last = stages - 1 if outcome == "won" else luck.randint(0, stages - 1)
        when, entries = at, [(0, at)]
        for stage in range(1, last + 1):
            if skips and stage < last and luck.random() < 0.08:
                continue
            when += timedelta(days=luck.randint(3, 12), minutes=luck.randint(1, 59))
            entries.append((stage, when))
        closed = when + timedelta(days=luck.randint(4, 20), minutes=luck.randint(1, 59)) if outcome != "open" else None
        amount = 1000 + 37 * no * (no % 7 + 1) + no
        found.append(
            Deal(
                no,
                at,
                tuple(entries),
                outcome,
                closed,
                PLAN_DAY - timedelta(days=luck.randint(0, 60)),
                amount,
                amount + 11 * no + 500,
                1 + luck.randint(0, n // 3),
                currencies[no % len(currencies)],
                luck.randint(0, 2),
            )
        )
    return found


@dataclass(frozen=True)
class Truth:
    """What the file must give; a figure that is null cannot be known from the file and is not looked at.

    ``cycle`` and ``to_loss``: days from creation to win and to loss, all deals together; ``revenue``: won value by
    currency, "" where none is named; ``totals``: stage → sum of a table of totals; ``order``: stage names that must
    stand in this order in the funnel; ``placed``: lost deals whose stage of loss is known.
    """

    leads: int | None = None
    won: int | None = None
    lost: int | None = None
    open: int | None = None
    revenue: dict[str, float] | None = None
    first_created: date | None = None
    last_created: date | None = None
    cycle: int | None = None
    to_loss: int | None = None
    totals: dict[str, float] | None = None
    order: tuple[str, ...] = field(default=())
    placed: int | None = None


def truth_of(
    sales: Sequence[Deal], *, created: bool = True, closed: bool = True, lost_dated: bool = True, money: bool = True,
    estimate: bool = False, order: Sequence[str] = (), place: bool = False,
) -> Truth:  # fmt: skip
    """The figures of deals in a file that carries creation, dates of ends, and money (or only the estimate)."""
    ends = {kind: [d for d in sales if d.outcome == kind] for kind in ("won", "lost", "open")}
    revenue: dict[str, float] = {}
    for deal in ends["won"]:
        value = deal.estimate if estimate else deal.amount
        revenue[deal.currency] = revenue.get(deal.currency, 0) + value

    def days(kind: str) -> int:
        return sum((d.closed.date() - d.created.date()).days for d in ends[kind] if d.closed)

    return Truth(
        leads=len(sales),
        won=len(ends["won"]),
        lost=len(ends["lost"]),
        open=len(ends["open"]),
        revenue=revenue if money else None,
        first_created=min(d.created for d in sales).date() if created else None,
        last_created=max(d.created for d in sales).date() if created else None,
        cycle=days("won") if created and closed else None,
        to_loss=days("lost") if created and closed and lost_dated else None,
        order=tuple(order),
        placed=len(ends["lost"]) if place else None,
    )
