"""Change logs: one row per change of a deal, in the words of several programs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from tests.corpus.case import Case
from tests.corpus.pipeline import Deal, deals, truth_of
from tests.corpus.sheet import Sheet, Stamp, Words, american_time, iso, iso_time, iso_zone

PLAIN = Words(("New", "Qualified", "Proposition", "Negotiation"), "Won", "Lost")
Row = Callable[[int, Deal, str, str, datetime], tuple[str, ...]]
"""(number of the change, deal, label, label before, when) → cells"""


def changes(deal: Deal, words: Words) -> list[tuple[str, datetime]]:
    """The labels of a deal in the order in which it took them."""
    found = [(words.stages[stage], at) for stage, at in deal.entries]
    if deal.closed:
        found.append((words.won if deal.outcome == "won" else words.lost, deal.closed))
    return found


def log(columns: str, words: Words, sales: Sequence[Deal], row: Row, *, newest_first: bool = False, holds: str = "",
        **facts: bool) -> Sheet:  # fmt: skip
    """A log of all changes in order of time. ``holds``: what each column holds, where it is looked at."""
    numbered = itertools.count(1)
    events = sorted(
        ((at, d, label, before) for d in sales for label, at, before in _with_before(changes(d, words))),
        key=lambda event: event[0],
    )
    rows = [row(next(numbered), d, label, before, at) for at, d, label, before in events]
    if newest_first:
        rows.reverse()
    header = tuple(c.strip() for c in columns.split("|"))
    kinds = tuple(c.strip() for c in holds.split("|")) if holds else ("",) * len(header)
    named = [replace(d, currency="") for d in sales]
    return Sheet(header, tuple(rows), truth_of(named, **{"money": False, "place": True, **facts}), kinds)


def _with_before(found: list[tuple[str, datetime]]) -> list[tuple[str, datetime, str]]:
    return [(label, at, found[i - 1][0] if i else "") for i, (label, at) in enumerate(found)]


def plain_log(lead: str, stage: str, time: str, seed: int, stamp: Stamp = iso, *, newest_first: bool = True,
              words: Words = PLAIN) -> Sheet:  # fmt: skip
    """Three columns, whatever they are called."""
    return log(
        f"{lead} | {stage} | {time}", words, deals(seed=seed), lambda n, d, label, before, at: (str(d.no), label, stamp(at)),
        newest_first=newest_first, holds=" | stage | ",
    )  # fmt: skip


def salesforce_history(*, newest_first: bool = True) -> Sheet:
    """OpportunityHistory: every row has an id of its own; the closing date is a plan until the end."""
    words = Words(("Prospecting", "Qualification", "Proposal", "Negotiation"), "Closed Won", "Closed Lost")
    return log(
        "Id | OpportunityId | CreatedById | StageName | Amount | ExpectedRevenue | CloseDate | Probability |"
        "ForecastCategory | CreatedDate | SystemModstamp | IsDeleted",
        words,
        deals(seed=73),
        lambda n, d, label, before, at: (
            f"008Qy{n:05}", f"006Qy{d.no:03}", "005a", label, str(d.amount), str(d.estimate), d.expected.isoformat(),
            "", "Pipeline", iso_zone(at), iso_zone(at), "false",
        ),
        newest_first=newest_first,
        holds=" | | | stage | amount | | | | | | | ",
        money=True,
    )  # fmt: skip


def frappe_log() -> Sheet:
    """A row per stay: from which status to which, from when to when, blank ends for where a deal stands now."""
    rows, sales = [], deals(seed=74)
    for d in sales:
        steps = changes(d, PLAIN)
        for (label, at), (after, until) in itertools.zip_longest(steps, steps[1:], fillvalue=("", None)):
            assert at is not None
            days = "" if until is None else str(int((until - at).total_seconds()))
            end = "" if until is None else iso_time(until)
            rows.append((f"CRM-DEAL-{d.no:04}", label, after, iso_time(at), end, days, "ann"))
    columns = ("Parent", "From", "To", "From Date", "To Date", "Duration", "Log Owner")
    return Sheet(columns, tuple(rows), truth_of(sales, money=False, place=True), ("", "stage", "stage", "", "", "", ""))


def activities(seed: int = 75) -> Sheet:
    """A process log as mining tools write it."""
    return log(
        "CaseID | ActivityID | CompleteTimestamp | Resource",
        PLAIN,
        deals(seed=seed),
        lambda n, d, label, before, at: (f"case {d.no}", label, at.strftime("%Y/%m/%d %H:%M:%S.000"), "Ann"),
        holds=" | stage | | ",
    )


def with_lead_facts() -> Sheet:
    """A log whose rows repeat the deal's attributes and its creation."""
    return log(
        "Deal ID | Deal Name | Created | Owner | Changed on | From stage | To stage | Amount",
        PLAIN,
        deals(seed=76),
        lambda n, d, label, before, at: (
            f"D{d.no}", d.name, iso_time(d.created), "Ann", iso_time(at), before, label, str(d.amount),
        ),
        holds=" | | | | | stage | stage | amount",
        money=True,
    )  # fmt: skip


def pipedrive_flow(stamp: Stamp = iso_time) -> Sheet:
    """Fields and their values: stage, status, value, and others that are of no use here."""
    rows: list[tuple[datetime, tuple[str, ...]]] = []
    sales = deals(seed=77)
    number = itertools.count(1)

    def add(deal: Deal, at: datetime, key: str, old: str, new: str) -> None:
        rows.append((at, (str(next(number)), str(300 + deal.no), "11", key, old, new, stamp(at))))

    for deal in sales:
        add(deal, deal.created, "add_time", "", stamp(deal.created))
        add(deal, deal.created, "value", "", str(deal.amount))
        for (old, _), (new, at) in itertools.pairwise(((PLAIN.stages[s], at) for s, at in deal.entries)):
            add(deal, at, "stage", old, new)
        if deal.closed:
            add(deal, deal.closed, "status", "open", deal.outcome)
    rows.sort(key=lambda pair: pair[0])
    columns = ("id", "item_id", "user_id", "field_key", "old_value", "new_value", "log_time")
    return Sheet(columns, tuple(cells for _, cells in rows), truth_of(sales, money=False, place=True), ("",) * 7)


def _named(day: date) -> str:
    return day.strftime("%d-%b-%Y")


def cases() -> Iterator[Case]:
    """Plain logs under many names, then those of programs."""
    names = (
        ("Deal ID", "Stage", "Date", iso), ("Deal ID", "Stage", "Changed on", iso), ("id", "stage", "edited_at", iso_time),
        ("Opportunity", "New stage", "When", american_time), ("Lead", "Status", "Timestamp", iso_zone),
        ("deal_id", "stage", "effective_date", iso), ("Deal", "Step", "Moved", _named),
        ("Reference", "Phase", "Last change", iso_time), ("Ticket", "To", "Time", iso_time),
    )  # fmt: skip
    for i, (lead, stage, time, stamp) in enumerate(names):
        sheet = plain_log(lead, stage, time, 80 + i, stamp)
        yield Case(f"log-{i + 1}-{time.lower().replace(' ', '-')}", "change log", sheet, can_scramble=i == 0)
    words = Words(("新建", "初步沟通", "方案报价", "商务谈判"), "赢单", "输单")
    for i, (lead, stage, time) in enumerate((("商机编号", "阶段", "日期"), ("客户编号", "跟进状态", "变更时间"),
                                             ("线索ID", "状态", "操作时间"))):  # fmt: skip
        sheet = plain_log(lead, stage, time, 90 + i, iso_time, words=words, newest_first=i == 1)
        yield Case(f"log-zh-{i + 1}", "change log", sheet)
    yield Case("log-oldest-first", "change log", plain_log("Deal ID", "Stage", "Date", 93, newest_first=False))
    yield Case("salesforce-history", "change log", salesforce_history(), can_scramble=True)
    yield Case("salesforce-history-oldest-first", "change log", salesforce_history(newest_first=False))
    yield Case("frappe-log", "change log", frappe_log(), "may")
    yield Case("activities", "change log", activities())
    yield Case("log-with-facts", "change log", with_lead_facts(), "may")
    yield Case("pipedrive-flow", "field log", pipedrive_flow(), "may")
