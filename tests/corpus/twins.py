"""Pairs of files that differ in one sign and must be read differently."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from tests.corpus.case import Case
from tests.corpus.logs import changes, log
from tests.corpus.pipeline import Deal, deals, truth_of
from tests.corpus.sheet import Layout, Sheet, Words, dress, headers, iso, iso_time

PLAIN = Words(("New", "Qualified", "Proposal", "Negotiation"), "Closed Won", "Closed Lost")
BASE = "Deal ID = id | Stage = stage | Create Date = created | Close Date = closed | Amount = amount"


def layout(text: str = BASE, words: Words = PLAIN, **extra: object) -> Layout:
    return Layout(headers(text), words, id_form="D{1}", stamp=iso, extra=extra)  # type: ignore[arg-type]


def contacts_in_step(second_id: str) -> Sheet:
    """Deals of contacts whose later deal stands further, by chance: still deals, not changes of contacts."""
    at, rows, sales = datetime(2024, 1, 2), [], []
    luck = random.Random(7)
    for contact in range(12):
        for step in range(2):
            at += timedelta(days=luck.randint(1, 4))
            outcome = "open" if step == 0 else ("won", "lost", "open")[contact % 3]
            stage = contact % 2 if step == 0 else 3
            end = at + timedelta(days=20) if outcome != "open" else None
            no = len(sales) + 1
            deal = Deal(no, at, ((stage, at),), outcome, end, at.date(), 100 + 13 * no, 200, contact)
            sales.append(deal)
            label = {"won": "Closed Won", "lost": "Closed Lost"}.get(outcome, PLAIN.stages[stage])
            rows.append((f"O{no}", f"C{contact}", label, iso(at), iso(end) if end else "", str(deal.amount)))
    columns = ("Opportunity ID", second_id, "Stage", "Created Date", "Close Date", "Amount")
    return Sheet(columns, tuple(rows), truth_of(sales), ("id", "contact_id", "stage", "created", "closed", "amount"))


def contacts_as_log() -> Sheet:
    """The other twin: a row's own id is unique, the deal's repeats, its labels run forward in time."""
    return log(
        "ID | Deal ID | Stage | Created Date | Amount",
        PLAIN,
        deals(seed=131),
        lambda n, d, label, before, at: (f"H{n}", f"D{d.no}", label, iso_time(at), str(d.amount)),
        holds=" | | stage | | amount",
        money=True,
    )


def lines(*, repeated_total: bool) -> Sheet:
    """Two or three rows per deal: products whose amounts add up, or the deal's total on every row."""
    rows, sales = [], deals(seed=132)
    for d in sales:
        parts = 1 + d.no % 3
        each = [d.amount // parts] * (parts - 1)
        each.append(d.amount - sum(each))
        label = {"won": "Closed Won", "lost": "Closed Lost"}.get(d.outcome, PLAIN.stages[d.stage])
        for i, part in enumerate(each):
            end = iso(d.closed) if d.closed else ""
            value = d.amount if repeated_total else part
            rows.append((f"O-{d.no}", d.name, label, iso(d.created), end, f"Widget {'ABC'[i]}", str(value)))
    amount = "Opportunity total" if repeated_total else "Line amount"
    columns = ("Opportunity ID", "Opportunity Name", "Stage", "Created Date", "Close Date", "Product Name", amount)
    return Sheet(columns, tuple(rows), truth_of(sales), ("id", "name", "stage", "created", "closed", "", "amount"))


def planned_signing() -> Sheet:
    """A date filled for every deal, open ones most of all: a plan, no closing date."""
    text = "Deal ID = id | Stage = stage | Create Date = created | Planned signing = expected | Amount = amount"
    return dress(layout(text), deals(seed=133), closed=False)


def real_signing() -> Sheet:
    text = "Deal ID = id | Stage = stage | Create Date = created | Signed on = won_at | Amount = amount"
    return dress(layout(text), deals(seed=133), lost_dated=False)


def tentative() -> Sheet:
    """A tentative date beside the real closing date."""
    text = BASE + " | Tentative Close Date = expected"
    return dress(layout(text), deals(seed=134))


def inactive_is_lost() -> Sheet:
    text = BASE.replace("Stage = stage |", "Stage = stage_kept_or_won | Active = active |")
    words = replace(PLAIN, won="Won")
    return dress(layout(text, words, active=lambda d: "FALSE" if d.outcome == "lost" else "TRUE"), deals(seed=135))


def inactive_is_closed() -> Sheet:
    """Won deals are inactive, too: only the reason and the label tell which is which."""
    text = BASE.replace("Stage = stage |", "Stage = stage_kept_or_won | Active = active | Close reason = why |")
    words = replace(PLAIN, won="Won")
    extra = {
        "active": lambda d: "FALSE" if d.outcome != "open" else "TRUE",
        "why": lambda d: {"won": "Best offer", "lost": words.reasons[d.reason]}.get(d.outcome, ""),
    }
    return dress(layout(text, words, **extra), deals(seed=136))


def archived_kept() -> Sheet:
    """Archived deals stay deals."""
    return dress(
        layout(BASE + " | is_archived = kept", kept=lambda d: "true" if d.no % 4 == 0 else "false"), deals(seed=137)
    )


def deleted_left_out(header: str, yes: str, no: str) -> Sheet:
    """Deleted rows are no deals any more."""
    sales = deals(n=28, seed=138)
    sheet = dress(layout(BASE + f" | {header} = gone", gone=lambda d: yes if d.no % 7 == 0 else no), sales)
    kept = [d for d in sales if d.no % 7]
    return replace(sheet, truth=truth_of(kept))


def cents(*, are_cents: bool) -> Sheet:
    """Two number columns: one hundred times the other, or of another meaning."""
    other = (lambda d: str(100 * d.amount)) if are_cents else (lambda d: str(40 + d.no % 9))
    name = "value_cents" if are_cents else "seats"
    return dress(
        layout(BASE.replace("Amount = amount", f"{name} = other | value = amount"), other=other), deals(seed=139)
    )


def sum_by_chance() -> Sheet:
    """A new lead with a name and an amount only, which is by chance the sum of the two rows above it."""
    sheet = dress(layout(BASE + " | Name = name"), deals(seed=140))
    at = sheet.at("Amount")
    rows = list(sheet.rows)
    two = int(rows[-1][at]) + int(rows[-2][at])
    created = rows[-1][2]
    rows.append((f"D{9999}", "New", created, "", str(two), "Zinnia 1"))
    truth = sheet.truth
    return replace(sheet, rows=tuple(rows), truth=replace(truth, leads=25, open=(truth.open or 0) + 1), fixed_rows=True)


def owner_per_deal() -> Sheet:
    """Every owner id stands once, and so does the deal's: the deal's is the lead."""
    text = BASE.replace("Deal ID = id", "Owner ID = own | Deal ID = id")
    return dress(layout(text, own=lambda d: f"U{d.no}"), deals(seed=141))


def daily_states() -> Sheet:
    """One row per day and deal: dozens of rows of one state."""
    rows, sales = [], deals(n=10, seed=142)
    last = max(d.closed or d.entries[-1][1] for d in sales) + timedelta(days=3)
    for d in sales:
        day = d.created
        while day <= last:
            label = [text for text, at in changes(d, PLAIN) if at.date() <= day.date()][-1]
            rows.append((f"{d.no}-{day:%y%j}", iso(day), f"H{d.no}", d.name, label, str(d.amount), iso(d.created)))
            day += timedelta(days=1)
    rows.sort(key=lambda row: (row[1], row[2]))
    columns = ("opportunity_day_id", "date_day", "opportunity_id", "name", "stage_name", "amount", "created_date")
    return Sheet(columns, tuple(rows), truth_of(sales), ("", "", "", "", "stage", "amount", "created"))


def order_in_numbers() -> Sheet:
    """A number beside the labels is their order, against the alphabet and against the words."""
    words = Words(("Zero contact", "Opportunity", "Agreed in talks", "Sales accepted"), "Customer", "Disqualified")
    numbers = {label: i for i, label in enumerate((*words.stages, words.won), 1)}
    text = BASE.replace("Stage = stage", "Status = stage | Status sequence = number")

    def number(deal: Deal) -> str:
        label = {"won": words.won, "lost": words.lost}.get(deal.outcome, words.stages[deal.stage])
        return str(numbers.get(label, 9))

    sheet = dress(layout(text, words, number=number), deals(n=30, seed=143))
    return replace(sheet, truth=replace(sheet.truth, order=(*words.stages, words.won)))


def order_in_log() -> Sheet:
    """Stage names without a known word: only the changes of the deals say what follows what."""
    words = Words(("Walnut", "Juniper", "Fig", "Cherry"), "Won", "Lost")
    sheet = log(
        "Deal ID | Stage | Changed at", words, deals(n=30, seed=144),
        lambda n, d, label, before, at: (f"D{d.no}", label, iso_time(at)), holds=" | stage | ",
    )  # fmt: skip
    return replace(sheet, truth=replace(sheet.truth, order=(*words.stages, "Won")))


def two_pipelines() -> Sheet:
    """Renewals beside new business, each with a win of its own name."""
    sales = [replace(d, pipeline="New business" if d.no % 3 else "Renewals") for d in deals(seed=145)]
    return dress(layout(BASE + " | Pipeline = pipeline"), sales)


def phone_digits() -> Sheet:
    """A phone of ten digits is no date and no money."""
    return dress(layout(BASE + " | Phone = phone", phone=lambda d: str(1700000000 + 13577 * d.no)), deals(seed=146))


def cases() -> Iterator[Case]:
    """Each twin; the name says which one."""
    for i, name in enumerate(("Contact ID", "ContactId", "RecordTypeId", "Account ID", "LastModifiedById", "客户编号")):
        yield Case(f"second-id-{i + 1}", "second ids", contacts_in_step(name))
    yield Case("twin-change-log", "second ids", contacts_as_log())
    yield Case("lines-add-up", "line items", lines(repeated_total=False), "may")
    yield Case("lines-repeat", "line items", lines(repeated_total=True), "may")
    yield Case("planned-signing", "plans", planned_signing())
    yield Case("real-signing", "plans", real_signing())
    yield Case("tentative", "plans", tentative())
    yield Case("inactive-is-lost", "signs of closed", inactive_is_lost(), "may")
    yield Case("inactive-is-closed", "signs of closed", inactive_is_closed(), "may")
    yield Case("archived-kept", "signs of closed", archived_kept())
    for header, yes, no in (("IsDeleted", "true", "false"), ("deleted", "1", "0"), ("是否删除", "是", "否")):
        yield Case(f"deleted-{header.lower()}", "deleted", deleted_left_out(header, yes, no))
    yield Case("cents", "units", cents(are_cents=True), "may")
    yield Case("cents-not", "units", cents(are_cents=False))
    yield Case("sum-by-chance", "no records", sum_by_chance())
    yield Case("owner-per-deal", "second ids", owner_per_deal())
    yield Case("daily-states", "change log", daily_states(), "may")
    yield Case("order-number", "order", order_in_numbers(), "may")
    yield Case("order-log", "order", order_in_log(), "may")
    yield Case("two-pipelines", "labels", two_pipelines(), "may")
    yield Case("phone-digits", "dates", phone_digits())
