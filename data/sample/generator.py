"""A synthetic six-month B2B company to try the software with, and the truth behind it.

``python -m data.sample.generator`` writes this folder again, byte for byte. The generator knows nothing of the app: it
draws leads, and writes them as a person's CRM would export them, dirt included. In month four a standard needs
questionnaire starts and lifts intent screening; everything else stays as it was. The true parameters are published
here, so that a test can ask whether the figures of the app find them again.

Unit of observation: one lead. A lead's fate in each step (advance or not) is drawn first and its time after it, so that
the *eventual* rate of a step is exactly its parameter; what happens after the as-of date is not in the file.
"""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple, TypeVar

T = TypeVar("T")

AS_OF = date(2026, 6, 30)
START = date(2026, 1, 1)
QUESTIONNAIRE_FROM = date(2026, 4, 1)
"""Leads that enter (are created) from this day on are screened with the questionnaire."""

LEADS_PER_MONTH = (390, 360, 410, 400, 410, 430)
N_LEADS = sum(LEADS_PER_MONTH)

SCREENING_RATE_BEFORE, SCREENING_RATE_AFTER = 0.158, 0.295
"""Eventual rates of lead → intent; within the 95th percentile of the days they read 15 % and 28 %."""
OPPORTUNITY_RATE = 0.56
WIN_RATE = 0.33
REPURCHASE_RATE, REFERRAL_RATE = 0.16, 0.10
"""Of the customers won, independent of each other."""

SCREENING_MEDIAN_DAYS, LATER_MEDIAN_DAYS, LOSS_MEDIAN_DAYS = 5.0, 8.0, 11.0
SIGMA = 0.8
"""Standard deviation of the logarithm of every duration."""
RECORDED_LOSS_SHARE = 0.8
"""Of the leads that will never advance, the share that somebody closes as lost; the others stay open and go stale."""

SEED = 5


class Group(NamedTuple):
    """A source, an owner or a segment: its share of the leads, what it changes, and its names in both languages."""

    share: float
    names: tuple[str, str]
    screening_factor: float = 1.0
    spend: int = 0
    """Yuan a month before the trend (sources)."""
    median_amount: int = 0
    """Yuan (segments)."""


SOURCES = {
    "video": Group(0.30, ("Short video", "短视频"), 0.60, spend=26_000),
    "community": Group(0.25, ("Industry community", "行业社群"), 1.00, spend=9_000),
    "search": Group(0.20, ("Search ads", "搜索广告"), 0.95, spend=24_000),
    "salon": Group(0.15, ("Offline salon", "线下沙龙"), 1.40, spend=15_000),
    "referral": Group(0.10, ("Referral", "转介绍"), 1.70, spend=4_000),
}
OWNERS = {
    "li": Group(0.25, ("Li Na", "李娜"), 1.10),
    "wang": Group(0.25, ("Wang Wei", "王伟"), 1.10),
    "zhang": Group(0.25, ("Zhang Min", "张敏"), 1.00),
    "chen": Group(0.25, ("Chen Jie", "陈杰"), 0.80),
}
SEGMENTS = {
    "manufacturing": Group(0.40, ("Manufacturing", "制造业"), median_amount=32_000),
    "retail": Group(0.30, ("Retail", "零售"), median_amount=18_000),
    "software": Group(0.20, ("Software", "软件服务"), median_amount=26_000),
    "education": Group(0.10, ("Education", "教育培训"), median_amount=14_000),
}
LOSS_REASONS = {
    # step of the loss: {(English, Chinese): share}
    "intent": {
        ("Not our target customer", "非目标客户"): 0.34,
        ("No need", "无需求"): 0.28,
        ("Could not be reached", "联系不上"): 0.22,
        ("No budget", "预算不足"): 0.16,
    },
    "opportunity": {
        ("Project postponed", "项目延期"): 0.34,
        ("No decision", "未做决定"): 0.28,
        ("Chose a competitor", "选择竞品"): 0.22,
        ("No budget", "预算不足"): 0.16,
    },
    "won": {
        ("Quote not transparent", "报价不透明"): 0.36,
        ("Price too high", "价格过高"): 0.24,
        ("Chose a competitor", "选择竞品"): 0.22,
        ("No decision", "未做决定"): 0.18,
    },
}
STATUSES = {"open": ("Open", "进行中"), "won": ("Won", "赢单"), "lost": ("Lost", "丢单")}
HEADERS = (
    ("Lead ID", "线索编号"),
    ("Lead Name", "线索名称"),
    ("Source", "来源"),
    ("Owner", "负责人"),
    ("Industry", "行业"),
    ("Created At", "创建时间"),
    ("Qualified Date", "意向确认时间"),
    ("Opportunity Date", "转商机时间"),
    ("Won Date", "签约时间"),
    ("Repurchase Date", "复购日期"),
    ("Referral Date", "转介绍日期"),
    ("Lost Date", "流失时间"),
    ("Status", "状态"),
    ("Lost Reason", "流失原因"),
    ("Amount", "成交金额"),
    ("Customer ID", "客户编号"),
)
SPEND_HEADERS = (("Month", "月份"), ("Source", "来源"), ("Spend", "费用"))
ENCODINGS = {"en": "utf-8", "zh": "gb18030"}


def true_within(days: float, *, questionnaire: bool) -> float:
    """The true share of leads that pass screening within ``days`` days of their creation."""
    rate = SCREENING_RATE_AFTER if questionnaire else SCREENING_RATE_BEFORE
    return rate * _share_arrived(days, SCREENING_MEDIAN_DAYS)


def true_horizon(*, screening: bool) -> float:
    """The 95th percentile of the days of the screening step, or of a later one."""
    median = SCREENING_MEDIAN_DAYS if screening else LATER_MEDIAN_DAYS
    return median * math.exp(SIGMA * NormalDist().inv_cdf(0.95))


def _share_arrived(days: float, median: float) -> float:
    return NormalDist(math.log(median), SIGMA).cdf(math.log(days)) if days > 0 else 0.0


@dataclass(frozen=True, slots=True)
class SampleLead:
    """One lead as it stands on the as-of date. Null = has not happened (yet), or nobody wrote it down."""

    number: int
    source: str
    owner: str
    segment: str
    created_at: datetime
    intent_at: datetime | None
    opportunity_at: datetime | None
    won_at: datetime | None
    repurchase_at: datetime | None
    referral_at: datetime | None
    lost_at: datetime | None
    lost_step: str | None
    lost_reason: tuple[str, str] | None
    amount: int | None

    @property
    def lead_id(self) -> str:
        return f"L{self.number:05d}"

    @property
    def outcome(self) -> str:
        return "won" if self.won_at else "lost" if self.lost_at else "open"


class _Dice:
    """Draws that are the same under every Python: only ``random()`` is promised to be, so all else is made of it."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def share(self) -> float:
        return self._random.random()

    def happens(self, probability: float) -> bool:
        return self.share() < probability

    def below(self, n: int) -> int:
        return int(self.share() * n)

    def pick(self, weighted: Sequence[tuple[T, float]]) -> T:
        left = self.share() * sum(weight for _, weight in weighted)
        for value, weight in weighted:
            left -= weight
            if left < 0:
                return value
        return weighted[-1][0]

    def lognormal(self, median: float, sigma: float = SIGMA) -> float:
        # 1 - share() lies in (0, 1], and inv_cdf needs the open interval
        return median * math.exp(sigma * NormalDist().inv_cdf(min(1 - self.share(), 1 - 1e-12)))


def generate(seed: int = SEED) -> list[SampleLead]:
    """The leads of one company in the order of their creation, as they stand at the end of ``AS_OF``."""
    dice = _Dice(seed)
    created: list[datetime] = []
    for month, n in enumerate(LEADS_PER_MONTH, 1):
        days = list(_days_of(date(START.year, month, 1)))
        for _ in range(n):
            day = dice.pick(days)
            created.append(datetime(day.year, day.month, day.day, 8) + timedelta(minutes=dice.below(12 * 60)))
    return [_seen_on_as_of(_life(number, at, dice)) for number, at in enumerate(sorted(created), 1)]


def _days_of(first: date) -> Iterator[tuple[date, float]]:
    """The days of a month with their weights: fewer leads on weekends and over Chinese New Year."""
    day = first
    while day.month == first.month:
        weight = 0.35 if day.weekday() >= 5 else 1.0
        if date(2026, 2, 15) <= day <= date(2026, 2, 23):
            weight = 0.25
        yield day, weight
        day += timedelta(days=1)


def _life(number: int, created_at: datetime, dice: _Dice) -> SampleLead:
    """A whole life, the future included."""
    source = dice.pick([(key, group.share) for key, group in SOURCES.items()])
    owner = dice.pick([(key, group.share) for key, group in OWNERS.items()])
    segment = dice.pick([(key, group.share) for key, group in SEGMENTS.items()])
    with_questionnaire = created_at.date() >= QUESTIONNAIRE_FROM
    screening = SCREENING_RATE_AFTER if with_questionnaire else SCREENING_RATE_BEFORE
    steps = (
        (
            "intent",
            screening * SOURCES[source].screening_factor * OWNERS[owner].screening_factor,
            SCREENING_MEDIAN_DAYS,
        ),
        ("opportunity", OPPORTUNITY_RATE, LATER_MEDIAN_DAYS),
        ("won", WIN_RATE, LATER_MEDIAN_DAYS),
    )
    at, entered = created_at, {}
    lost_at = lost_step = lost_reason = None
    for step, rate, median in steps:
        if not dice.happens(rate):
            if dice.happens(RECORDED_LOSS_SHARE):
                lost_at, lost_step = _after(at, dice.lognormal(LOSS_MEDIAN_DAYS)), step
                lost_reason = dice.pick(list(LOSS_REASONS[step].items()))
            break
        at = entered[step] = _after(at, dice.lognormal(median))
    amount = repurchase_at = referral_at = None
    if "won" in entered:
        amount = round(dice.lognormal(SEGMENTS[segment].median_amount, 0.5) / 100) * 100
        if dice.happens(REPURCHASE_RATE):
            repurchase_at = _after(at, dice.lognormal(LATER_MEDIAN_DAYS))
        if dice.happens(REFERRAL_RATE):
            referral_at = _after(at, dice.lognormal(LATER_MEDIAN_DAYS))
    return SampleLead(
        number,
        source,
        owner,
        segment,
        created_at,
        entered.get("intent"),
        entered.get("opportunity"),
        entered.get("won"),
        repurchase_at,
        referral_at,
        lost_at,
        lost_step,
        lost_reason,
        amount,
    )


def _after(at: datetime, days: float) -> datetime:
    """``days`` later, in whole minutes as the file writes them, and at least one."""
    return at + timedelta(minutes=max(1, math.ceil(days * 24 * 60)))


def _seen_on_as_of(lead: SampleLead) -> SampleLead:
    """The lead without what happens after the last day of the sample."""

    def seen(at: datetime | None) -> datetime | None:
        return at if at is not None and at.date() <= AS_OF else None

    is_lost, is_won = seen(lead.lost_at) is not None, seen(lead.won_at) is not None
    return replace(
        lead,
        intent_at=seen(lead.intent_at),
        opportunity_at=seen(lead.opportunity_at),
        won_at=seen(lead.won_at),
        repurchase_at=seen(lead.repurchase_at),
        referral_at=seen(lead.referral_at),
        lost_at=seen(lead.lost_at),
        lost_step=lead.lost_step if is_lost else None,
        lost_reason=lead.lost_reason if is_lost else None,
        amount=lead.amount if is_won else None,
    )


# --- the files ----------------------------------------------------------------------------------------------------

DIRT = {
    "no_owner": 30,
    "no_source": 18,
    "trailing_blank": 40,
    "unreadable_created": 4,
    "lost_before_created": 5,
    "won_without_amount": 3,
    "skipped_intent": 4,
    "repeated_row": 4,
    "repeated_with_other_owner": 2,
    "blank_row": 2,
}
"""How many rows of each kind of dirt the file carries. No lead carries two of them."""


def lead_rows(leads: Sequence[SampleLead], language: str, seed: int = SEED) -> list[list[str]]:
    """The file as rows of text, header first, dirt included; the dirt of a seed is the same in both languages."""
    tongue = ("en", "zh").index(language)
    dice = _Dice(seed + 1_000_000)
    spoilt = _choose_dirt(leads, dice)
    rows = []
    repeated = []
    for lead in leads:
        kind = spoilt.get(lead.number, "")
        row = _clean_row(lead, tongue)
        cell = {name: i for i, (name, _) in enumerate(HEADERS)}
        if kind == "no_owner":
            row[cell["Owner"]] = ""
        elif kind == "no_source":
            row[cell["Source"]] = ""
        elif kind == "trailing_blank":
            row[cell["Owner" if lead.number % 2 else "Source"]] += " "
        elif kind == "unreadable_created":
            row[cell["Created At"]] = ("2026-02-30 10:15", "to be confirmed")[lead.number % 2]
            if tongue:
                row[cell["Created At"]] = ("2026/2/30 10:15", "待确认")[lead.number % 2]
        elif kind == "lost_before_created":
            row[cell["Lost Date"]] = _written(lead.created_at - timedelta(days=3 + lead.number % 17), tongue)
        elif kind == "won_without_amount":
            row[cell["Amount"]] = ""
        elif kind == "skipped_intent":
            row[cell["Qualified Date"]] = ""
        elif kind == "repeated_row":
            repeated.append(list(row))
        elif kind == "repeated_with_other_owner":
            other = next(group for key, group in OWNERS.items() if key != lead.owner)
            repeated.append([other.names[tongue] if i == cell["Owner"] else value for i, value in enumerate(row)])
        rows.append(row)
        if kind == "blank_row":
            rows.append([""] * len(HEADERS))
    return [[names[tongue] for names in HEADERS], *rows, *repeated]


def _choose_dirt(leads: Sequence[SampleLead], dice: _Dice) -> dict[int, str]:
    """Lead number → its kind of dirt. Kinds that need a certain lead (a won one, a lost one) only pick such leads."""
    needs = {
        "unreadable_created": lambda lead: lead.outcome == "open" and lead.intent_at is None,
        "lost_before_created": lambda lead: lead.outcome == "lost" and lead.intent_at is None,
        "won_without_amount": lambda lead: lead.outcome == "won",
        "skipped_intent": lambda lead: lead.opportunity_at is not None,
    }
    chosen: dict[int, str] = {}
    for kind, n in DIRT.items():
        fit = [lead.number for lead in leads if lead.number not in chosen and needs.get(kind, lambda _: True)(lead)]
        for _ in range(min(n, len(fit))):
            chosen[fit.pop(dice.below(len(fit)))] = kind
    return chosen


def _clean_row(lead: SampleLead, tongue: int) -> list[str]:
    return [
        lead.lead_id,
        (f"Sample company {lead.number:04d}", f"示例公司{lead.number:04d}")[tongue],
        SOURCES[lead.source].names[tongue],
        OWNERS[lead.owner].names[tongue],
        SEGMENTS[lead.segment].names[tongue],
        *(
            _written(at, tongue)
            for at in (
                lead.created_at,
                lead.intent_at,
                lead.opportunity_at,
                lead.won_at,
                lead.repurchase_at,
                lead.referral_at,
                lead.lost_at,
            )
        ),
        STATUSES[lead.outcome][tongue],
        lead.lost_reason[tongue] if lead.lost_reason else "",
        str(lead.amount) if lead.amount is not None else "",
        f"C{lead.number:05d}" if lead.won_at else "",
    ]


def _written(at: datetime | None, tongue: int) -> str:
    """A date as each language's exports write it: 2026-01-05 09:32, or 2026/1/5 9:32 as Chinese Excel shows it."""
    if at is None:
        return ""
    return f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02d}" if tongue else f"{at:%Y-%m-%d %H:%M}"


def spend_rows(language: str, seed: int = SEED) -> list[list[str]]:
    """Spend per month and source in yuan, header first. Short video and search grow dearer month by month."""
    tongue = ("en", "zh").index(language)
    dice = _Dice(seed + 2_000_000)
    rows = [[names[tongue] for names in SPEND_HEADERS]]
    for month in range(1, len(LEADS_PER_MONTH) + 1):
        for key, source in SOURCES.items():
            dearer = 1 + 0.06 * (month - 1) * (key in ("video", "search"))
            amount = round(source.spend * dearer * (0.95 + 0.1 * dice.share()) / 100) * 100
            rows.append([f"{START.year}-{month:02d}", source.names[tongue], str(amount)])
    return rows


def files(seed: int = SEED) -> dict[str, bytes]:
    """File name → content of everything the sample consists of."""
    leads = generate(seed)
    made = {}
    for language, encoding in ENCODINGS.items():
        made[f"leads_{language}.csv"] = _csv(lead_rows(leads, language, seed)).encode(encoding)
        made[f"spend_{language}.csv"] = _csv(spend_rows(language, seed)).encode(encoding)
    return made


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def write(folder: Path, seed: int = SEED) -> None:
    """Write the sample's files into ``folder``, replacing what stands there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files(seed).items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    write(Path(__file__).resolve().parent)
