"""Kinds of other files once more in the other language and in another layout: a rule must hold beyond one header."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from tests.corpus import chinese, dirt
from tests.corpus.case import Case
from tests.corpus.pipeline import Deal, deals, truth_of
from tests.corpus.sheet import Layout, Sheet, Words, dress, german, headers, iso, slashes

ZH = chinese.zh("初步接洽", "需求确定", "方案报价", "商务谈判")
EN = Words(("New", "Qualified", "Proposal", "Negotiation"), "Closed Won", "Closed Lost")
ZH_BASE = "商机编号 = id | 销售阶段 = stage | 创建时间 = created | 关闭时间 = closed | 金额 = amount"


def chinese_deals(seed: int, text: str = ZH_BASE, words: Words = ZH, **extra: object) -> Sheet:
    """A plain Chinese list of deals."""
    layout = Layout(headers(text), words, id_form="SJ{1}", stamp=iso, extra=extra)  # type: ignore[arg-type]
    return dress(layout, deals(seed=seed))


def lines_chinese() -> Sheet:
    """明细行: the products of a deal, one a row."""
    rows, sales = [], deals(seed=151)
    for d in sales:
        parts = 1 + d.no % 3
        each = [d.amount // parts] * (parts - 1)
        each.append(d.amount - sum(each))
        label = {"won": ZH.won, "lost": ZH.lost}.get(d.outcome, ZH.stages[d.stage])
        for i, part in enumerate(each):
            end = iso(d.closed) if d.closed else ""
            rows.append((f"SJ{d.no}", d.firm, f"产品{'甲乙丙'[i]}", str(1 + i), str(part), label, iso(d.created), end))
    columns = ("商机编号", "客户名称", "产品名称", "数量", "明细金额", "阶段", "创建日期", "结单日期")
    return Sheet(columns, tuple(rows), truth_of(sales), ("id", "", "", "", "amount", "stage", "created", "closed"))


def order_number_chinese() -> Sheet:
    """阶段序号 beside names that no list knows."""
    words = chinese.zh("立项", "打样", "小试", "中试", won="量产", lost="终止")
    places = {label: i for i, label in enumerate((*words.stages, words.won), 1)}

    def number(deal: Deal) -> str:
        label = {"won": words.won, "lost": words.lost}.get(deal.outcome, words.stages[deal.stage])
        return str(places.get(label, 0))

    sheet = chinese_deals(
        152, ZH_BASE.replace("销售阶段 = stage", "项目阶段 = stage | 阶段序号 = number"), words, number=number
    )
    return replace(sheet, truth=replace(sheet.truth, order=(*words.stages, words.won)))


def pipelines_chinese() -> Sheet:
    sales = [replace(d, pipeline="新签" if d.no % 3 else "续约") for d in deals(seed=153)]
    layout = Layout(headers(ZH_BASE + " | 销售流程 = pipeline"), ZH, id_form="SJ{1}", stamp=iso)
    return dress(layout, sales)


def contacts_in_step_chinese() -> Sheet:
    """联系人编号 repeats, and the later deal of a contact stands further: deals all the same."""
    at, rows, sales = datetime(2024, 1, 3), [], []
    for contact in range(12):
        for step in range(2):
            at += timedelta(days=2 + contact % 3)
            outcome = "open" if step == 0 else ("won", "lost", "open")[contact % 3]
            end = at + timedelta(days=25) if outcome != "open" else None
            no = len(sales) + 1
            stage = 0 if step == 0 else 3
            sales.append(Deal(no, at, ((stage, at),), outcome, end, at.date(), 300 + 17 * no, 0, contact))
            label = {"won": ZH.won, "lost": ZH.lost}.get(outcome, ZH.stages[stage])
            rows.append(
                (f"LX{contact:02}", f"SJ{no:03}", label, slashes(at), slashes(end) if end else "", str(300 + 17 * no))
            )
    columns = ("联系人编号", "商机编号", "商机阶段", "创建日期", "结单日期", "商机金额")
    return Sheet(columns, tuple(rows), truth_of(sales), ("", "id", "stage", "created", "closed", "amount"))


def booking_chain(names: tuple[str, ...], stages: tuple[str, ...], money: str, seed: int) -> Sheet:
    """Dates of unknown name beside a stage that names the last of them, and money that is no date."""
    rows, sales = [], deals(stages=3, seed=seed, skips=False)
    for d in sales:
        at = dict(d.entries)
        if d.outcome == "won" and d.closed:
            at[3] = d.closed
        label = stages[3] if d.outcome == "won" else stages[d.stage]
        dates = [iso(at[i]) if i in at else "" for i in range(4)]
        rows.append((str(d.no), *dates, f"{d.amount}.50" if d.outcome == "won" else "0.0", label))
    truth = truth_of(sales)
    won = sum(d.amount + 0.5 for d in sales if d.outcome == "won")
    truth = replace(truth, lost=0, open=(truth.open or 0) + (truth.lost or 0), to_loss=None, revenue={"": won})
    holds = ("id", "created", "", "", "won_at", "amount", "stage")
    return Sheet(("id", *names, money, "stage" if money.isascii() else "阶段"), tuple(rows), truth, holds)


def mixed_closing() -> Sheet:
    """Only the closing date is written in two ways."""
    sheet = dirt.plain_layout(seed=154)
    at = sheet.at("Close Date")
    rows = []
    for i, row in enumerate(sheet.rows):
        day = datetime.fromisoformat(row[at]) if row[at] else None
        text = "" if day is None else f"{day.month:02}/{day.day:02}/{day.year}" if i % 2 else day.strftime("%d-%m-%Y")
        rows.append((*row[:at], text, *row[at + 1 :]))
    return replace(sheet, rows=tuple(rows))


def mistyped_chinese() -> Sheet:
    sheet = chinese_deals(155)
    at = sheet.at("关闭时间")
    lost = next(i for i, row in enumerate(sheet.rows) if row[1] == ZH.lost)
    row = sheet.rows[lost]
    rows = (*sheet.rows[:lost], (*row[:at], row[at].replace("2024", "2026"), *row[at + 1 :]), *sheet.rows[lost + 1 :])
    return replace(sheet, rows=rows, truth=replace(sheet.truth, to_loss=None))


def renewals(future: str, sheet: Sheet, column: str, old: str) -> Sheet:
    """Open deals whose label speaks of something that is still to come."""
    return dirt.spelled(sheet, column, lambda label: future if label == old else label)


def german_actual() -> Sheet:
    """Expected and real revenue beside each other."""
    layout = Layout(
        headers("Chance-Nr. = id | Phase = stage | Erstellt am = created | Geschlossen am = closed |"
                "Erwarteter Umsatz = estimate | Tatsächlicher Umsatz = actual | Verantwortlicher = owner"),
        Words(("Neu", "Qualifiziert", "Angebot", "Verhandlung"), "Gewonnen", "Verloren"),
        id_form="C{1}", stamp=german,
    )  # fmt: skip
    return dress(layout, deals(seed=156))


def cases() -> Iterator[Case]:
    """Each once."""
    yield Case("lines-add-up-zh", "line items", lines_chinese(), "may")
    yield Case("order-number-zh", "order", order_number_chinese(), "may")
    yield Case("two-pipelines-zh", "labels", pipelines_chinese(), "may")
    yield Case("second-id-zh", "second ids", contacts_in_step_chinese())
    names = ("lead_date", "order_date", "approved_date", "booking_ts")
    yield Case(
        "chain-booking",
        "by hand",
        booking_chain(names, ("Lead", "Order", "Approved", "Booked"), "amount_paid", 157),
        "may",
    )
    names = ("登记日", "下单日", "审批日", "签署日")
    yield Case("chain-zh", "by hand", booking_chain(names, ("登记", "下单", "审批", "签署"), "回款额", 158), "may")
    yield Case("dates-mixed-closing", "dates", mixed_closing(), "must")
    yield Case("date-mistyped-zh", "dates", mistyped_chinese(), "may")
    plain, own = dirt.plain_layout(seed=159), chinese_deals(160)
    for name, label in (("invoice", "Invoice to be sent"), ("contract", "Contract out for signature")):
        yield Case(f"label-future-{name}", "labels", renewals(label, plain, "Stage", "Negotiation"), "may")
    for name, label in (("xuyue", "待续约"), ("huikuan", "等待回款")):
        yield Case(f"label-future-{name}", "labels", renewals(label, own, "销售阶段", "商务谈判"), "may")
    for name, label in (("shibai", "跟进失败"), ("fangqi", "客户放弃"), ("liubiao", "流标")):
        sheet = dirt.spelled(own, "销售阶段", lambda text, new=label: new if text == ZH.lost else text)
        yield Case(f"label-lost-{name}", "labels", sheet, "may")
    yield Case("german-actual", "other languages", german_actual(), "may")
    yield Case("label-blanks-zh", "labels", dirt.spelled(own, "销售阶段", str, dirt.spaced))
    gone = chinese_deals(161, ZH_BASE + " | 作废 = gone", gone=lambda d: "是" if d.no % 6 == 0 else "否")
    yield Case("deleted-作废", "deleted", replace(gone, truth=truth_of([d for d in deals(seed=161) if d.no % 6])))
    plan = chinese_deals(
        162, "商机编号 = id | 销售阶段 = stage | 创建时间 = created | 预计签约日期 = expected | 金额 = amount"
    )
    yield Case("planned-signing-zh", "plans", plan)
