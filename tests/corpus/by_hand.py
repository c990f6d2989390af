"""Tables that people keep by hand: dates per stage, ticks, two columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.corpus.case import Case
from tests.corpus.pipeline import Deal, deals
from tests.corpus.sheet import Layout, Sheet, Words, as_csv, as_xlsx, dress, headers, iso

PLAIN = Words(("New", "Qualified", "Proposal", "Negotiation"), "Won", "Lost")


def entered(deal: Deal, stage: int) -> str:
    """The day on which a deal came into a stage, blank when it never did."""
    return next((iso(at) for number, at in deal.entries if number == stage), "")


def dates_per_stage(names: Sequence[str], seed: int, lost: str = "", **facts: bool) -> Sheet:
    """One row per lead, a date per stage; ``names`` from the creation to the win."""
    n = len(names) - 1
    middle = "".join(f" | {name} = s{i}" for i, name in enumerate(names[1:-1], 1))
    text = f"Lead ID = id | Company = name | {names[0]} = created{middle} | {names[-1]} = won_at"
    text += f" | {lost} = lost_at" if lost else ""
    layout = Layout(
        headers(text + " | Amount = amount | Source = source"),
        PLAIN,
        id_form="L-{0:03}",
        stamp=iso,
        extra={f"s{i}": lambda d, i=i: entered(d, i) for i in range(1, n)},
    )
    return dress(layout, deals(stages=n, seed=seed, skips=False), **facts)


def _lost_is_unknown(sheet: Sheet) -> Sheet:
    """A file that says nothing of losses: all but the wins are open."""
    truth = sheet.truth
    return replace(sheet, truth=replace(truth, lost=0, open=(truth.open or 0) + (truth.lost or 0), to_loss=None))


def tracker() -> Sheet:
    """A sales tracker with a status column of its own words."""
    layout = Layout(
        headers(
            "No. = id | Client = name | Date of enquiry = created | Status = stage | Quote value = amount |"
            "Date closed = closed | Rep = owner | How did they find us? = source"
        ),
        Words(("Enquiry", "Quote sent", "Follow up", "Verbal yes"), "Sold", "Not interested"),
        stamp=lambda at: at.strftime("%d %b %Y"),
        money=lambda v: f"£{v:,}",
    )
    return dress(layout, deals(seed=53))


def yes_no() -> Sheet:
    """One tick is the whole result: nobody says who is lost."""
    layout = Layout(
        headers("Lead Number = number | Created = created | Lead Source = source | City = city | Converted = won"),
        PLAIN,
        stamp=iso,
        extra={
            "number": lambda d: f"6607{d.no:02}",
            "won": lambda d: "1" if d.outcome == "won" else "0",
            "city": lambda d: ("Pune", "Delhi", "Mumbai")[d.contact % 3],
        },
    )
    sheet = dress(layout, deals(n=30, seed=54), closed=False)
    return replace(sheet, truth=replace(sheet.truth, lost=None, open=None))


def yes_no_chinese() -> Sheet:
    sheet = yes_no().mapped("Converted", {"1": "是", "0": "否"}.__getitem__)
    names = {
        "Lead Number": "线索编号",
        "Created": "创建日期",
        "Lead Source": "来源",
        "City": "城市",
        "Converted": "是否成交",
    }
    return replace(sheet, columns=tuple(names[c] for c in sheet.columns))


def list_without_outcome() -> Sheet:
    """Leads only: nothing is said about results, and none may be invented."""
    layout = Layout(
        headers("Lead ID = id | Created = created | Source = source | Owner = owner | Email = email"),
        PLAIN,
        id_form="L{1}",
        stamp=iso,
        extra={"email": lambda d: f"{d.name.lower()}{d.no}@example.com"},
    )
    sheet = dress(layout, deals(seed=55), closed=False)
    return replace(sheet, truth=replace(sheet.truth, won=0, lost=0, open=sheet.truth.leads))


def two_stages() -> Sheet:
    """A lead and a win, no stage between."""
    layout = Layout(
        headers("Ref = id | Date in = created | Result = status | Order value = actual | Order date = won_at"),
        Words(("Lead",), "Won", "Lost", ("Order", "No order", "Pending")),
        id_form="R{1}",
        stamp=iso,
    )
    return dress(layout, deals(seed=56, stages=1), lost_dated=False)


def vague_chain() -> Sheet:
    """Dates of unknown name that follow one another; the money is no date."""
    sheet = dates_per_stage(("lead_date", "survey_date", "draft_date", "approved_date"), 57)
    return _lost_is_unknown(sheet.renamed("Amount", "amount_paid"))


def long_funnel() -> Sheet:
    """Twelve stage labels: more than a funnel has, so merging is offered."""
    words = Words(tuple(f"{i:02} {name}" for i, name in enumerate(
        ("Lead", "Contacted", "Qualified", "Meeting", "Demo", "Trial", "Scoping", "Proposal", "Review", "Legal",
         "Signature"), 1)), "12 Won", "99 Lost")  # fmt: skip
    layout = Layout(
        headers("Deal ID = id | Stage = stage | Created = created | Closed = closed | Amount = amount | Owner = owner"),
        words,
        id_form="D{1}",
        stamp=iso,
    )
    return dress(layout, deals(n=30, stages=11, seed=58))


def customers_only() -> Sheet:
    """客户编号 is the only id, and unique: it is the lead's."""
    layout = Layout(
        headers(
            "客户编号 = id | 客户名称 = firm | 创建日期 = created | 阶段 = stage | 成交日期 = won_at | 成交金额 = actual"
        ),
        Words(("线索获取", "意向筛选", "商机培育", "方案报价"), "成交转化", "已流失"),
        id_form="K{0:02}",
        stamp=iso,
    )
    return dress(layout, deals(seed=59), lost_dated=False)


def cases() -> Iterator[Case]:
    """Each once."""
    full = ("Created", "Qualified date", "Proposal date", "Negotiation date", "Won date")
    yield Case("dates-with-loss", "by hand", dates_per_stage(full, 51, "Lost date"), can_scramble=True)
    yield Case("dates-without-loss", "by hand", _lost_is_unknown(dates_per_stage(full, 52)))
    snake = ("lead_created_at", "sql_at", "demo_at", "contract_signed_at")
    yield Case("dates-snake", "by hand", _lost_is_unknown(dates_per_stage(snake, 60)))
    plain = ("Enquiry", "Site visit", "Quotation", "Order confirmed")
    yield Case("dates-bare", "by hand", _lost_is_unknown(dates_per_stage(plain, 61)), "may")
    yield Case("tracker", "by hand", tracker(), "may", can_scramble=True)
    yield Case("yes-no", "by hand", yes_no(), "may", can_scramble=True)
    yield Case("yes-no-zh", "by hand", yes_no_chinese(), "may")
    yield Case("no-outcome", "by hand", list_without_outcome())
    yield Case("two-stages", "by hand", two_stages(), "may")
    yield Case("vague-chain", "by hand", vague_chain(), "may")
    yield Case("twelve-stages", "by hand", long_funnel(), "may")
    only = customers_only()
    yield Case("customer-id-only", "by hand", only, can_scramble=True)
    yield Case("customer-id-twice", "by hand", only, more=(("again.csv", only.shuffled(9)),))
    yield Case(
        "dates-xlsx",
        "workbook",
        dates_per_stage(full, 62, "Lost date"),
        write=lambda s: as_xlsx(s, (*full, "Lost date"), ("Amount",)),
        file_name="pipeline.xlsx",
    )
    yield Case("tracker-semicolons", "by hand", tracker(), "may", write=lambda s: as_csv(s, ";", "cp1252"))
