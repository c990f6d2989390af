"""Lists of trades that know no CRM: ticks instead of dates, results in their own words, a block per month."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import replace

from tests.corpus.by_hand import entered
from tests.corpus.case import Case
from tests.corpus.pipeline import deals
from tests.corpus.sheet import Layout, Sheet, Words, chinese, day_first, dress, headers, iso, slashes

PLAIN = Words(("New", "Visited", "Quoted"), "Sold", "Lost")


def ticks(columns: str, tick: str, blank: str, seed: int) -> Sheet:
    """A stage that was reached is a tick; only the first contact has a date. Who is lost is not said."""
    layout = Layout(
        headers(columns),
        PLAIN,
        id_form="H-{0:02}",
        stamp=iso,
        extra={
            "t1": lambda d: tick if entered(d, 1) else blank,
            "t2": lambda d: tick if entered(d, 2) else blank,
            "t3": lambda d: tick if d.outcome == "won" else blank,
        },
    )
    sheet = dress(layout, deals(stages=3, seed=seed, skips=False), closed=False)
    truth = sheet.truth
    return replace(sheet, truth=replace(truth, lost=None, open=None))


def own_words(columns: str, words: tuple[str, str, str], seed: int, stamp: object = day_first) -> Sheet:
    """One column of results: won, lost, open in the words of a trade."""
    layout = Layout(
        headers(columns), replace(PLAIN, status=words), id_form="N{0}", stamp=stamp, money=lambda v: f"£{v:,}"  # type: ignore[arg-type]
    )  # fmt: skip
    return dress(layout, deals(stages=2, seed=seed), lost_dated=False)


def month_blocks(columns: str, words: tuple[str, str, str], total: str, title: str, seed: int) -> Sheet:
    """A title, a header, rows and a total for each month of first contact."""
    layout = Layout(headers(columns), replace(PLAIN, status=words), stamp=slashes)
    sales = deals(stages=1, seed=seed)
    sheet = dress(layout, sales, created=True)
    lines: list[tuple[str, ...]] = []
    names: list[str] = []
    for month in sorted({d.created.month for d in sales}):
        own = [row for row, d in zip(sheet.rows, sales, strict=True) if d.created.month == month]
        names.append(title.format(month) if title else calendar.month_name[month])
        paid = sum(int(row[-1]) for row in own if row[-1])
        last = (total, *[""] * (len(sheet.columns) - 2), str(paid))
        head = [(names[-1],), sheet.columns] if lines else []
        lines += [*head, *own, last, ()]
    return replace(sheet, above=((names[0],),), rows=tuple(lines), fixed_rows=True)


def letters(open_letter: str, seed: int) -> Sheet:
    """W and L, and a due date that is no closing date."""
    layout = Layout(
        headers(
            "Tender = id | Buyer = contact | Received = created | Submission due = expected | W/L = status | Bid = amount"
        ),
        replace(PLAIN, status=("W", "L", open_letter)),
        id_form="T{1}",
        stamp=iso,
    )
    return dress(layout, deals(stages=1, seed=seed), closed=False)


def subscriptions() -> Sheet:
    """A customer who cancels later was won; the end of a trial is a plan for everybody."""
    layout = Layout(
        headers("Workspace = id | Trial started = created | Trial ends = ends | Subscribed on = won_at | Cancelled on = gone |"
                "Seats = seats | Monthly fee = actual"),
        PLAIN,
        id_form="ws-{1}",
        stamp=iso,
        extra={
            "ends": lambda d: iso(d.created.replace(month=d.created.month + 1, day=min(d.created.day, 28))),
            "gone": lambda d: iso(d.closed.replace(month=12)) if d.closed and d.outcome == "won" and d.no % 2 else "",
            "seats": lambda d: str(1 + d.no % 5),
        },
    )  # fmt: skip
    sheet = dress(layout, deals(stages=1, seed=178), lost_dated=False)
    return replace(sheet, truth=replace(sheet.truth, lost=0, open=(sheet.truth.open or 0) + (sheet.truth.lost or 0)))


def cases() -> Iterator[Case]:
    """Each kind in several clothes."""
    yield Case("ticks-yes", "ticks", ticks(
        "House = id | First call = created | Survey done = t1 | Offer sent = t2 | Installed = t3 | Price = amount", "yes", "", 171), "may")  # fmt: skip
    yield Case("ticks-y-n", "ticks", ticks(
        "Ref = id | Enquired = created | Site visit? = t1 | Quoted? = t2 | Won? = t3 | Value = amount", "Y", "N", 172), "may")  # fmt: skip
    yield Case("ticks-zh", "ticks", ticks(
        "编号 = id | 登记日期 = created | 已上门 = t1 | 已报价 = t2 | 已签单 = t3 | 金额 = amount", "√", "", 173), "may")  # fmt: skip
    for name, columns, words in (
        ("caterer", "Event = id | Enquiry date = created | What happened = status | Menu price = amount | Deposit paid = won_at",
         ("Confirmed", "Went with someone else", "Deciding")),
        ("studio", "Client = id | First contact = created | Answer = status | Fee = amount | Contract back = won_at",
         ("Signed", "Said no", "Waiting for reply")),
    ):  # fmt: skip
        yield Case(f"words-{name}", "own words", own_words(columns, words, 174), "may")
    zh = own_words(
        "编号 = id | 咨询日期 = created | 结果 = status | 报价 = amount | 付定金日期 = won_at",
        ("定了", "没谈成", "考虑中"),
        175,
        chinese,
    )
    yield Case("words-zh", "own words", zh, "may")
    columns = "Customer = name | Call = created | Result = status | Order = actual"
    yield Case(
        "blocks-months", "stacked tables", month_blocks(columns, ("order", "no", "call again"), "Total", "", 176), "may"
    )
    columns = "客户 = firm | 日期 = created | 结果 = status | 成交额 = actual"
    yield Case(
        "blocks-months-zh",
        "stacked tables",
        month_blocks(columns, ("成交", "未成交", "跟进中"), "合计", "{}月", 177),
        "may",
    )
    yield Case("letters-blank", "own words", letters("", 179), "may")
    yield Case("letters-p", "own words", letters("P", 180), "may")
    yield Case("subscriptions", "own words", subscriptions(), "may")
