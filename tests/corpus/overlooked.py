"""Kinds that files written without a look at the rules brought up, each in more than one language or program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from tests.corpus.case import Case
from tests.corpus.chinese import zh
from tests.corpus.others import NOTHING
from tests.corpus.pipeline import Deal, Truth, deals, truth_of
from tests.corpus.sheet import Layout, Sheet, Words, american, day_first, dress, german, headers, iso, iso_time
from tests.corpus.totals import COUNTS, PERIODS, PERIODS_ZH, STAGES, ZH

SCHEDULED = Words(("New", "Demo Scheduled", "Visit Planned", "Contract Sent"), "Closed Won", "Closed Lost")
KIND = "overlooked"


def _entered(stage: int, stamp: Callable[[date], str] = iso_time) -> Callable[[Deal], str]:
    return lambda d: next((stamp(at) for at_stage, at in d.entries if at_stage == stage), "")


def stages_called_plans(form: str, seed: int) -> Sheet:
    """Dates of stages whose names speak of plans: Date entered "Demo Scheduled". ``form``: the header of such a date."""
    names = [form.format(name) for name in SCHEDULED.stages[1:]]
    columns = (
        *headers("Record ID = id | Deal Stage = stage | Create Date = created | Amount = amount"),
        *((name, f"s{i}") for i, name in enumerate(names, 1)),
        *headers("Close Date = closed"),
    )
    layout = Layout(columns, SCHEDULED, id_form="90{1}", extra={f"s{i}": _entered(i) for i in (1, 2, 3)})
    return dress(layout, deals(seed=seed), place=True)


def chances(columns: str, seed: int, stamp: Callable[[date], str]) -> Sheet:
    """The chance of winning in steps instead of a stage: 0 % is lost, 100 % is won, as the date of the order shows."""
    words = Words(("10%", "25%", "50%", "75%"), "100%", "0%")
    return dress(Layout(headers(columns), words, stamp=stamp), deals(seed=seed), lost_dated=False)


def with_tasks(columns: str, words: Words, kinds: tuple[str, str], done: tuple[str, str], seed: int) -> Sheet:
    """Tasks between the deals, in a state of their own; ``kinds``: what a deal and what a task is called."""
    sheet = dress(
        Layout(headers(columns), words, stamp=iso, extra={"kind": lambda d: kinds[0]}), deals(seed=seed), closed=True
    )
    kind, stage = sheet.holds.index("kind"), sheet.holds.index("stage")
    rows: list[tuple[str, ...]] = []
    for i, row in enumerate(sheet.rows):
        rows.append(row)
        if i % 4 == 1:
            task = ["" if what in ("amount", "closed") else row[k] for k, what in enumerate(sheet.holds)]
            task[kind], task[stage], task[0] = kinds[1], done[i % 2], f"{row[0]}-{kinds[1]}"
            rows.append(tuple(task))
    return replace(sheet, rows=tuple(rows))


def two_lost_stages() -> Sheet:
    """Bitrix24: deals end in two lost stages, of which only the group beside them says that both are; money is Income."""
    layout = Layout(
        headers(
            "ID = id | Stage = step | Deal Name = name | Type | Source = source | Income = amount | Currency = usd |"
            "Repeat deal = no | Closed on = closed | Responsible person = owner | Created on = created |"
            "Modified on = modified | Stage group = status"
        ),
        Words(("New", "Samples out", "Trial run", "Final invoice"), "", "", ("Won", "Lost", "In progress")),
        stamp=american,
        money=lambda value: f"{value * 10}.00",
        extra={
            "step": lambda d: (
                "Deal won"
                if d.outcome == "won"
                else ("Deal lost", "Autopsy")[d.no % 2]
                if d.outcome == "lost"
                else layout.words.stages[d.stage]
            )
        },
    )
    sales = [replace(deal, amount=10 * deal.amount) for deal in deals(seed=905)]
    sheet = dress(replace(layout, money=lambda value: f"{value}.00"), sales)
    return replace(sheet, truth=replace(sheet.truth, order=(), placed=None))


def russian_order() -> Sheet:
    """The order of the stages in which amoCRM sets up a new account; no column says it."""
    stages = ("Первичный контакт", "Переговоры", "Принимают решение", "Согласование договора")
    layout = Layout(
        headers(
            "ID = id | Название сделки = name | Этап сделки = stage | Бюджет ₽ = amount | Дата создания сделки = created |"
            "Дата закрытия = end | Ответственный = owner"
        ),
        Words(stages, "Успешно реализовано", "Закрыто и не реализовано"),
        stamp=lambda at: at.strftime("%d.%m.%Y %H:%M:%S"),
        extra={"end": lambda d: d.closed.strftime("%d.%m.%Y %H:%M:%S") if d.closed else "не закрыта"},
    )
    sheet = dress(layout, deals(n=40, seed=906), closed=True, lost_dated=True)
    return replace(sheet, truth=replace(sheet.truth, order=(*stages, layout.words.won)))


def rates_and_money(corner: str, stages: Sequence[str], periods: Sequence[str], rate: str, money: str) -> Sheet:
    """Totals by month with the money of the won and the share of the leads that were won beside the pieces."""
    rows = [
        (period, *map(str, row), f"{row[3] * 1.7:.1f}", f"{row[3] / row[0]:.1%}")
        for period, row in zip(periods, zip(*COUNTS, strict=True), strict=True)
    ]
    truth = Truth(totals={stage: float(sum(row)) for stage, row in zip(stages, COUNTS, strict=True)})
    return Sheet((corner, *stages, money, rate), tuple(rows), truth, ("",) * 7, fixed_rows=True)


def address_book(columns: str, sources: Sequence[str] = ()) -> Sheet:
    """Who somebody is and since when, and nothing of a deal; with ``sources`` it says where leads came from."""
    header = tuple(c.strip() for c in columns.split("|"))
    rows = []
    for i, d in enumerate(deals(n=30, seed=908)):
        cells = (f"{d.name} {d.no}", f"a{i}@example.com", f"+49 30 555{i:04}", d.firm, iso_time(d.created))
        rows.append((*cells, *([sources[i % len(sources)]] if sources else [])))
    return Sheet(header, tuple(rows), Truth(leads=30, won=0, lost=0) if sources else NOTHING, ("",) * len(header))


def plan_and_end(columns: str, words: Words, stamp: Callable[[date], str], seed: int) -> Sheet:
    """Two closing dates, neither called a plan: one that open deals have, too, and one of ended deals alone."""
    layout = Layout(headers(columns), words, stamp=stamp, day=stamp, id_form="54{1}")
    sheet = dress(layout, deals(seed=seed), closed=True, lost_dated=True)
    return replace(sheet, truth=replace(sheet.truth, order=()))


def date_or_no(columns: str, no: str, stamp: Callable[[date], str], seed: int, *, lost: str | None = None) -> Sheet:
    """The day of the order, or a word that there is none. ``lost``: then blank cells are open deals, the word a loss."""

    def ordered(d: Deal) -> str:
        if d.outcome == "won" and d.closed:
            return stamp(d.closed)
        return no if lost is None or d.outcome == "lost" else ""

    layout = Layout(headers(columns), zh("-", "-", "-", "-"), stamp=stamp, extra={"order": ordered})
    sales = deals(seed=seed)
    sheet = dress(layout, sales, closed=True, lost_dated=False)
    truth = sheet.truth
    if lost is None:
        truth = replace(truth, lost=0, open=(truth.lost or 0) + (truth.open or 0))
    return replace(sheet, truth=replace(truth, order=()), holds=("",) * len(sheet.holds))


def archived() -> Sheet:
    """A board whose last columns are Closed and Archived: which is the win, and what the other one is, is asked."""
    layout = Layout(
        headers("Name = name | Status = stage | Estimated value = amount | Created time = created | Assign = owner"),
        Words(("Inbox", "In talks", "Offer out", "Offer out"), "Closed", "Archived"),
        stamp=lambda at: at.strftime("%B %d, %Y"),
    )
    return dress(layout, deals(seed=917))


def unnamed_money(header: str, money: Callable[[int], str], seed: int) -> Sheet:
    """Money under a word that no list knows."""
    layout = Layout(
        headers(f"Deal ID = id | Stage = stage | Created = created | Closed = closed | {header} = amount"),
        Words(("New", "Qualified", "Proposal", "Negotiation"), "Won", "Lost"),
        stamp=iso,
        money=money,
    )
    sales = [replace(d, amount=10_000 + 7 * d.amount) for d in deals(seed=seed)]
    sheet = dress(layout, sales)
    return replace(
        sheet, truth=replace(truth_of(sales, created=True, closed=True, lost_dated=True, money=True), order=())
    )


def cases() -> Iterator[Case]:
    """Each kind in its languages."""
    yield Case("entered-plan-quoted", KIND, stages_called_plans('Date entered "{} (Sales Pipeline)"', 900))
    yield Case("entered-plan-bare", KIND, stages_called_plans("{} date", 901))
    own = "Project = id | Client = firm | Added = created | {} = stage | Signed = won_at | Value = amount"
    yield Case("chance-steps", KIND, chances(own.format("Chance"), 902, german), "may")
    own = "编号 = id | 客户 = firm | 登记日期 = created | 成交概率 = stage | 签约日期 = won_at | 金额 = amount"
    yield Case("chance-steps-zh", KIND, chances(own, 903, iso), "may")
    board = "Deal = name | Type = kind | Stage = stage | Value = amount | Created = created | Closed = closed | Owner = owner"
    english = Words(("New", "Qualified", "Proposal", "Negotiation"), "Won", "Lost")
    yield Case("tasks-among-deals", KIND, with_tasks(board, english, ("Deal", "Task"), ("Done", "Open"), 904))
    board = "标题 = name | 类型 = kind | 跟进状态 = stage | 金额 = amount | 创建时间 = created | 关闭时间 = closed"
    chinese = zh("新线索", "已联系", "已报价", "商务谈判", won="已成交", lost="流失")
    yield Case("tasks-among-deals-zh", KIND, with_tasks(board, chinese, ("商机", "待办"), ("已完成", "未完成"), 904))
    yield Case("two-lost-stages", KIND, two_lost_stages())
    yield Case("russian-order", KIND, russian_order())
    totals = rates_and_money("Month", STAGES, PERIODS["iso-month"], "Conversion rate of leads", "Won amount")
    yield Case("totals-rates", KIND, totals)
    totals = rates_and_money("月份", ZH, PERIODS_ZH["zh-full"], "线索转化率", "成交金额(万元)")
    yield Case("totals-rates-zh", KIND, totals)
    people = (("en", "Name | Email | Phone | Company | Created"), ("zh", "姓名 | 邮箱 | 手机 | 公司 | 添加时间"),
              ("de", "Name | E-Mail | Telefon | Firma | Angelegt am"))  # fmt: skip
    for name, columns in people:
        yield Case(f"address-book-{name}", KIND, address_book(columns), "must", file_name="export.csv")
    asked = address_book("Name | Email | Phone | Company | Created | Source", ("Web", "Fair"))
    yield Case("address-book-with-source", KIND, asked)
    yield Case("address-book-of-leads", KIND, replace(address_book(people[0][1]), truth=Truth(leads=30, won=0)),
               file_name="web leads.csv")  # fmt: skip
    copper = (
        "Copper ID = id | Name = name | Stage = stage_kept | Status = status | Created At = created |"
        "Close Date = expected | Completed Date = closed | Value = amount | Currency = usd"
    )
    yield Case("plan-and-end", KIND, plan_and_end(copper, english, american, 920), "may")
    own = (
        "商机编号 = id | 商机阶段 = stage_kept | 商机状态 = status | 创建时间 = created | 结单日期 = expected | "
        "关闭时间 = closed | 金额 = amount"
    )
    words = replace(chinese, status=("赢单", "输单", "进行中"))
    yield Case("plan-and-end-zh", KIND, plan_and_end(own, words, iso, 910))
    own = "Customer = name | First contact = created | Value = amount | {} = order"
    yield Case("date-or-no", KIND, date_or_no(own.format("Order date or no"), "no", iso, 911))
    yield Case("date-or-no-bare", KIND, date_or_no(own.format("Ordered"), "not yet", day_first, 912), "may")
    own = "客户 = firm | 登记日期 = created | 金额 = amount | {} = order"
    yield Case("date-or-no-zh", KIND, date_or_no(own.format("下单日期"), "否", iso, 913))
    yield Case("date-or-no-zh-words", KIND, date_or_no(own.format("下单"), "未下单", iso, 914))
    own = "Kunde = name | Anfrage am = created | Betrag = amount | Auftrag = order"
    yield Case("date-or-no-de", KIND, date_or_no(own, "nein", german, 915))
    own = "客户 = firm | 登记日期 = created | 金额 = amount | 下单日期 = order"
    yield Case("date-no-or-blank-zh", KIND, date_or_no(own, "否", iso, 916, lost="否"), "may")
    yield Case("closed-and-archived", KIND, archived(), "must")
    yield Case("money-unnamed-decimals", KIND, unnamed_money("Ticket", lambda value: f"{value}.00", 918), "may")
    yield Case("money-unnamed-currency", KIND, unnamed_money("Quoted", lambda value: f"£{value:,}.00", 919))
