"""Local programs and habits of more countries: pieces and prices, ledgers of sales, orders noted in one cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from tests.corpus.case import Case
from tests.corpus.pipeline import OWNERS_ZH, REASONS_ZH, Deal, deals, truth_of
from tests.corpus.sheet import (
    Layout,
    Sheet,
    Words,
    as_csv,
    as_xlsx,
    chinese,
    day_first,
    dress,
    german,
    german_time,
    headers,
    iso,
    iso_time,
    slashes,
)

ENDS = Words(("New",), "Won", "Lost")


def of(columns: str, words: Words, seed: int, extra: dict[str, Callable[[Deal], str]], **how: object) -> Sheet:
    """A layout of one program; ``how`` goes to ``Layout``."""
    n = len(words.stages)
    return dress(Layout(headers(columns), words, extra=extra, **how), deals(stages=n, seed=seed))  # type: ignore[arg-type]


def brazilian() -> Sheet:
    words = Words(("Sem contato", "Contato feito", "Apresentação", "Proposta enviada"), "", "",
                  ("Vendida", "Perdida", "Em andamento"), reasons=("Preço", "Sem orçamento", "Concorrente"))  # fmt: skip
    return of(
        "Nome da negociação = name | Empresa = contact | Funil de vendas = funnel | Etapa = stage_kept | Estado da negociação = status |"
        "Valor único = amount | Valor recorrente = zero | Data de criação = created | Data de fechamento = closed |"
        "Motivo de perda = reason | Responsável = owner | Fonte = source",
        words, 701, {"zero": lambda d: "R$ 0,00", "funnel": lambda d: "Padrão"},
        stamp=lambda at: at.strftime("%d/%m/%Y %H:%M"), money=lambda v: f"R$ {v:,}".replace(",", ".") + ",00",
    )  # fmt: skip


def indian() -> Sheet:
    """An enquiry register: the rate is that of one piece, and a title stands above."""
    sheet = of(
        "S.No. = id | Enquiry Dt. = created | Party Name = contact | Item = item | Qty = qty | Rate = amount | Mode = source |"
        "Status = status | PO Dt. = won_at | Handled By = owner",
        replace(ENDS, status=("Order Recd.", "Lost", "Under Follow Up")), 702,
        {"qty": lambda d: str(1 + d.no % 4), "item": lambda d: ("Pump", "Valve")[d.no % 2]},
        stamp=lambda at: at.strftime("%d-%b-%y"),
    )  # fmt: skip
    paid = sum((1 + d.no % 4) * d.amount for d in deals(stages=1, seed=702) if d.outcome == "won")
    truth = replace(sheet.truth, revenue={"": float(paid)}, to_loss=None)
    return replace(sheet, truth=truth, above=(("ENQUIRY REGISTER F.Y. 2024-25",), ()))


def japanese() -> Sheet:
    words = Words(("アポイント", "ヒアリング", "提案", "クロージング"), "受注", "失注")
    return of(
        "案件番号 = id | 案件名 = name | 会社名 = contact | 商談フェーズ = stage | 確度 = rank | 受注予定日 = expected | 受注日 = won_at |"
        "失注日 = lost_at | 見積金額（税抜） = amount | 担当者 = owner | 登録日 = created",
        words, 703, {"rank": lambda d: "ABC"[d.stage % 3]},
        id_form="AN-{0:04}", stamp=slashes, day=slashes, money=lambda v: f"¥{v:,}",
    )  # fmt: skip


def polish() -> Sheet:
    words = Words(("Nowa", "Kontakt", "Oferta", "Negocjacje"), "", "", ("wygrana", "przegrana", "otwarta"))
    return of(
        "Nazwa szansy = name | Klient = contact | Etap = stage_kept | Status szansy = status | Wartość netto = amount | Waluta = pln |"
        "Utworzono = created | Zamknięto = closed | Opiekun = owner | Źródło = source",
        words, 704, {"pln": lambda d: "PLN"}, stamp=german, money=lambda v: f"{v:,}".replace(",", " ") + ",00",
    )  # fmt: skip


def russian() -> Sheet:
    """A date called planned stays a plan, also of closed deals: when they were closed is not said."""
    words = Words(
        ("Новая", "Подготовка документов", "Счёт на предоплату", "В работе"), "Сделка успешна", "Сделка провалена"
    )
    return of(
        "ID = id | Стадия сделки = stage | Название сделки = name | Сумма = amount | Валюта = rub | Дата создания = created |"
        "Предполагаемая дата закрытия = plan | Ответственный = owner | Источник = source | Сделка закрыта = closed_ru",
        words, 705, {"rub": lambda d: "RUB", "plan": lambda d: german(d.closed or d.expected),
                     "closed_ru": lambda d: "нет" if d.outcome == "open" else "да"},
        stamp=german_time, day=german,
    )  # fmt: skip


def turkish() -> Sheet:
    sheet = of(
        "Teklif No = id | Müşteri = contact | Teklif Tarihi = created | Durum = status | Onay Tarihi = won_at | Tutar (TL) = amount |"
        "Satış Temsilcisi = owner",
        replace(ENDS, status=("Onaylandı", "Reddedildi", "Beklemede")), 706, {},
        id_form="TK2024-{0:03}", stamp=german, money=lambda v: f"{v:,}".replace(",", ".") + ",50",
    )  # fmt: skip
    won = [d for d in deals(stages=1, seed=706) if d.outcome == "won"]
    return replace(sheet, truth=replace(sheet.truth, to_loss=None, revenue={"": sum(d.amount + 0.5 for d in won)}))


ZH = Words(("线索",), "成交", "丢单", ("已签单", "丢单", "跟进中"), owners=OWNERS_ZH, reasons=REASONS_ZH)


def ledger() -> Sheet:
    """销售台账: a title, a price and a number of pieces with their product, a total and signatures below."""
    sheet = of(
        "序号 = id | 日期 = created | 客户 = firm | 联系电话 = phone | 产品 = item | 数量 = qty | 单价(元) = price | 金额(元) = amount |"
        "业务员 = owner | 跟进状态 = status | 签单日期 = won_at | 备注 = note",
        ZH, 707,
        {"phone": lambda d: f"138{d.no:08}", "item": lambda d: ("水泵", "阀门", "管件")[d.no % 3],
         "qty": lambda d: str(1 + d.no % 3), "price": lambda d: f"{d.amount / (1 + d.no % 3):.2f}",
         "note": lambda d: "价格高" if d.outcome == "lost" else ""},
        stamp=chinese,
    )  # fmt: skip
    total = str(sum(d.amount for d in deals(stages=1, seed=707)))
    below = (("合计", "", "", "", "", "", "", total), ("制表人：李娜", "", "", "审核：王强"))
    truth = replace(sheet.truth, to_loss=None)
    return replace(sheet, above=(("2024年销售台账",),), below=below, truth=truth, fixed_rows=True)


def quotes_by_line() -> Sheet:
    """报价单: the products of a quote one a row, with a number and a price of one, and no total."""
    rows, sales, paid = [], deals(stages=1, seed=708), 0
    for d in sales:
        result = {"won": "中标", "lost": "未中标"}.get(d.outcome, "待定")
        for i in range(1 + d.no % 3):
            n, price = i + 2, 100 + 10 * d.no + i
            paid += n * price if d.outcome == "won" else 0
            end = iso(d.closed) if d.closed else ""
            rows.append((f"BJ{d.no:03}", d.firm, "甲乙丙"[i] + "型泵", f"{n}", f"{price}", result, iso(d.created), end))
    columns = ("报价单号", "客户单位", "品名", "数量（台）", "单价", "投标结果", "报价日期", "开标日期")
    truth = replace(truth_of(sales), revenue={"": float(paid)})
    return Sheet(columns, tuple(rows), truth, ("id", "", "", "", "", "status", "created", "closed"))


def order_or_no() -> Sheet:
    """One column says it all: the day of the order, "no", or nothing yet."""

    def ordered(d: Deal) -> str:
        return "" if d.closed is None else day_first(d.closed) if d.outcome == "won" else "no"

    sheet = of(
        "Job = id | Customer = contact | Enquiry = created | Quoted = amount | Ordered = ordered | Found us by = source",
        ENDS, 709, {"ordered": ordered}, id_form="J{1}", stamp=day_first, money=lambda v: f"£{v:,}.00",
    )  # fmt: skip
    sales = deals(stages=1, seed=709)
    return replace(sheet, truth=replace(truth_of(sales, lost_dated=False), first_created=sheet.truth.first_created))


def estate() -> Sheet:
    """A broker's dates: visit, offer, deposit, deed; what fell through has a day of its own."""

    def at(d: Deal, stage: int) -> str:
        return next((when.strftime("%d/%m/%y") for number, when in d.entries if number == stage), "")

    layout = Layout(
        headers("Ref. = id | Cliente = contact | Fecha contacto = created | Visita = s1 | Oferta = s2 | Arras = s3 | Escritura = won_at |"
                "Fecha caída = lost_at | Motivo caída = reason | Precio = amount | Agente = owner"),
        ENDS, id_form="P-{1}", stamp=lambda when: when.strftime("%d/%m/%y"),
        money=lambda v: f"{v:,}".replace(",", ".") + " €",
        extra={f"s{i}": lambda d, i=i: at(d, i) for i in (1, 2, 3)},
    )  # fmt: skip
    return dress(layout, deals(seed=710, skips=False))


def pitches() -> Sheet:
    words = replace(ENDS, status=("Won", "Lost to other agency", "No decision yet"))
    sheet = of(
        "Pitch = name | Brand = contact | Brief in = created | Outcome = status | Told us on = closed | Annual fee (£k) = amount",
        words, 711, {}, stamp=lambda at: at.strftime("%d %b %y"),
    )  # fmt: skip
    paid = {"": 1000.0 * sum((sheet.truth.revenue or {}).values())}
    return replace(sheet, truth=replace(sheet.truth, revenue=paid))


def follow_ups() -> Sheet:
    """跟进记录: each line is a customer's stage on a day, the newest first; nothing but the name says who it is."""
    names = ("初次沟通", "需求确认", "已报价", "合同审批")
    sales, rows = deals(seed=712), []
    for d in sales:
        lines: list[tuple[datetime, str]] = [(at, names[stage]) for stage, at in d.entries]
        if d.closed:
            lines.append((d.closed, "已成交" if d.outcome == "won" else "已流失"))
        rows += [(at, (d.firm + str(d.no), iso_time(at), OWNERS_ZH[d.who], label, "")) for at, label in lines]
    rows.sort(key=lambda row: row[0], reverse=True)
    columns = ("客户名称", "跟进时间", "跟进人", "当前阶段", "备注")
    truth = truth_of(sales, money=False, place=True)
    return Sheet(columns, tuple(cells for _, cells in rows), truth, ("id", "", "", "stage", ""))


def semicolons(sheet: Sheet) -> bytes:
    return as_csv(sheet, ";")


def cases() -> Iterator[Case]:
    """Each once."""
    kind = "more clothes"
    yield Case("clothes-brazilian", kind, brazilian(), "may", write=semicolons)
    yield Case("clothes-indian-register", kind, indian(), "may")
    yield Case("clothes-japanese", kind, japanese(), "may")
    yield Case("clothes-polish", kind, polish(), "may", write=semicolons)
    yield Case("clothes-russian", kind, russian(), "may", write=semicolons)
    yield Case("clothes-turkish", kind, turkish(), "may", write=lambda s: as_csv(s, ";", "cp1254"))
    yield Case("clothes-ledger-zh", kind, ledger(), "may")
    yield Case("clothes-quotes-by-line-zh", kind, quotes_by_line(), "may")
    yield Case("clothes-order-or-no", kind, order_or_no(), "may")
    yield Case("clothes-estate", kind, estate(), "may", write=semicolons)
    yield Case("clothes-pitches", kind, pitches(), "may")
    yield Case("clothes-follow-ups-zh", kind, follow_ups(), "may",
               write=as_xlsx, file_name="跟进记录.xlsx")  # fmt: skip
