"""What was agreed beside what was offered, ends that only other columns mark, and days, amounts and letters as people of
other countries write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from tests.corpus.case import Case
from tests.corpus.chinese import zh
from tests.corpus.pipeline import Deal, Truth, deals, truth_of
from tests.corpus.sheet import Layout, Sheet, Words, as_csv, day_first, dress, german, headers, iso

KIND = "agreed"
_DAYS = {"ja": "月火水木金土日", "ko": "월화수목금토일"}


def _reached(stage: int, stamp: Callable[[date], str]) -> Callable[[Deal], str]:
    return lambda d: next((stamp(at) for at_stage, at in d.entries if at_stage == stage), "")


def _offered(money: Callable[[int], str]) -> Callable[[Deal], str]:
    return lambda d: money(d.estimate) if d.stage >= 2 else ""


def dates_and_two_amounts(columns: str, stamp: Callable[[date], str], money: Callable[[int], str], seed: int) -> Sheet:
    """A date a stage, the last of a name that no list takes for a win; an offer, and what was agreed with the won."""
    extra = {f"s{i}": _reached(i, stamp) for i in (1, 2, 3)}
    extra |= {"offer": _offered(money), "event": lambda d: stamp(d.created + timedelta(days=200 + d.no % 9))}
    layout = Layout(headers(columns), zh("-", "-", "-", "-"), stamp=stamp, day=stamp, money=money, extra=extra)
    sales = deals(seed=seed)
    sheet = dress(layout, sales)
    truth = truth_of([replace(d, currency="") for d in sales], created=True, closed=True, lost_dated=True, money=True)
    return replace(sheet, truth=replace(truth, order=()), holds=("",) * len(sheet.holds))


def ticked_with_money(columns: str, yes: str, no: str, seed: int) -> Sheet:
    """A tick a stage and one of the loss, the money of the offer and that of the contract, the day of the contract."""
    extra: dict[str, Callable[[Deal], str]] = {
        f"t{i}": lambda d, i=i: yes if d.stage >= i or d.outcome == "won" else no for i in (1, 2)
    }
    extra |= {
        "t3": lambda d: yes if d.outcome == "won" else no,
        "dead": lambda d: yes if d.outcome == "lost" else no,
        "offer": _offered(str),
    }
    sheet = dress(
        Layout(headers(columns), zh("-", "-", "-", "-"), stamp=iso, extra=extra), deals(seed=seed), lost_dated=False
    )
    return replace(sheet, truth=replace(sheet.truth, order=(), placed=None), holds=("",) * len(sheet.holds))


def weekday_behind(language: str) -> Callable[[date], str]:
    """2024/4/2(火), 2024. 4. 2. (화)"""
    days = _DAYS[language]
    if language == "ko":
        return lambda at: f"{at.year}. {at.month}. {at.day}. ({days[at.weekday()]})"
    return lambda at: f"{at.year}/{at.month}/{at.day}({days[at.weekday()]})"


def japanese_list() -> Sheet:
    """Numbered stages, 失注 as the last number; 千円; weekdays; the plan beside the day of the order."""
    words = Words(("1.引合", "2.ヒアリング", "3.提案", "4.見積提出"), "5.受注", "9.失注")
    columns = (
        "案件番号 = id | 顧客名 = company | 案件名 = name | 営業担当 = owner | 登録日 = created | フェーズ = stage |"
        "見積金額（千円） = offer | 受注金額（千円） = actual | 受注予定日 = expected | 受注日 = won_at | 失注日 = lost_at | 備考"
    )
    written = weekday_behind("ja")
    extra = {"offer": _offered(lambda value: f"{value:,}"), "company": lambda d: f"㈱髙橋商事{d.no % 5}"}
    layout = Layout(headers(columns), words, stamp=written, day=written, money=lambda value: f"{value:,}", extra=extra)
    sales = deals(seed=1002)
    sheet = dress(layout, sales, money=True)
    revenue = {"JPY": 1000.0 * sum(d.amount for d in sales if d.outcome == "won")}
    return replace(sheet, truth=replace(sheet.truth, revenue=revenue, order=(*words.stages, words.won)))


def korean_list() -> Sheet:
    """Weekdays in brackets behind the date."""
    columns = "고객명 = company | 담당자 = owner | 등록일 = created | 단계 = stage | 계약금액 = actual | 계약일 = won_at | 실주일 = lost_at"
    words = Words(("문의", "상담", "견적", "협상"), "계약", "실주")
    layout = Layout(headers(columns), words, stamp=weekday_behind("ko"), extra={"company": lambda d: f"한빛전자{d.no}"})
    sheet = dress(layout, deals(seed=1003), money=True)
    return replace(sheet, truth=replace(sheet.truth, order=()))


def polish_list() -> Sheet:
    """Headers that begin with what they say, a stage that a yes/no column calls closed, letters of central Europe."""
    columns = (
        "ID = id | Lejek = pipeline | Nazwa deala = name | Etap deala = stage | Źródło = source | Firma = company |"
        "Osoba odpowiedzialna = owner | Kwota = amount | Data rozpoczęcia = created_day | Data zakończenia = close_or_plan |"
        "Zamknięty = shut | Utworzono = created | Zmodyfikowano = modified"
    )
    words = Words(
        ("Nowy", "Przygotowanie dokumentów", "Faktura przedpłatowa", "W realizacji"), "Deal wygrany", "Deal przegrany"
    )
    extra = {
        "shut": lambda d: "Nie" if d.outcome == "open" else "Tak",
        "company": lambda d: ("Łoś", "Źródło", "Wąs i Ćwiek")[d.no % 3],
    }
    layout = Layout(
        headers(columns),
        words,
        stamp=german,
        day=german,
        money=lambda v: f"{v:,},50".replace(",", "\xa0", 1) if v > 999 else f"{v},50",
        extra=extra,
    )
    sales = deals(seed=1004)
    sheet = dress(layout, sales)
    revenue = {"": sum(d.amount + 0.5 for d in sales if d.outcome == "won")}
    return replace(sheet, truth=replace(sheet.truth, revenue=revenue, order=()))


def weekly_counts(corner: Sequence[str], stages: Sequence[str], week: str, subtotal: str, total: str) -> Sheet:
    """Pieces by week and channel under "… people", the Monday beside the number of the week, sums of months between."""
    rows: list[tuple[str, ...]] = []
    sums = [0] * len(stages)
    of_month = [0] * len(stages)
    monday = date(2024, 3, 4)
    for n in range(8):
        for channel in ("Web", "Fair"):
            cells = [(7 + 3 * n + len(channel) * k) % 11 + 9 - 2 * k for k in range(len(stages))]
            rows.append(
                (
                    week.format(n + 1),
                    (monday + timedelta(weeks=n)).isoformat(),
                    channel,
                    *map(str, cells),
                    str(100 * cells[-1]),
                )
            )
            of_month = [a + b for a, b in zip(of_month, cells, strict=True)]
        if n in (3, 7):
            rows.append((subtotal.format(3 + n // 4), "", "", *map(str, of_month), str(100 * of_month[-1])))
            sums = [a + b for a, b in zip(sums, of_month, strict=True)]
            of_month = [0] * len(stages)
    rows.append((total, "", "", *map(str, sums), str(100 * sums[-1])))
    truth = Truth(totals={stage: float(n) for stage, n in zip(stages, sums, strict=True)})
    header = (corner[0], corner[1], corner[2], *stages, corner[3])
    return Sheet(header, tuple(rows), truth, ("",) * len(header), fixed_rows=True)


def with_tests(columns: str, words: Words, tests: Sequence[str], seed: int) -> Sheet:
    """Records with which somebody tried the form stand among the deals."""
    sheet = dress(Layout(headers(columns), words, stamp=iso), deals(seed=seed))
    name, stage = sheet.holds.index("name"), sheet.holds.index("stage")
    first = list(sheet.rows[0])
    rows = []
    for i, text in enumerate(tests):
        row = list(first)
        row[0], row[name], row[stage] = f"T{i}", text, words.stages[0]
        rows.append(
            tuple("" if what in ("closed", "amount") else cell for cell, what in zip(row, sheet.holds, strict=True))
        )
    return replace(sheet, rows=(*rows[:1], *sheet.rows, *rows[1:]))


def pesos(header: str, seed: int) -> Sheet:
    """Whole pesos with a dot before each three digits: $ 850.000 is no amount of 850."""
    columns = (
        f"Negocio = name | Etapa = stage | Fecha de creación = created | Fecha de cierre = closed | {header} = amount"
    )
    words = Words(("Nuevo", "Contactado", "Propuesta", "Negociación"), "Ganado", "Perdido")
    sales = [replace(d, amount=1000 * (100 + d.no * 7 % 800)) for d in deals(seed=seed)]
    sheet = dress(
        Layout(headers(columns), words, stamp=day_first, money=lambda value: f"$ {value:,}".replace(",", ".")), sales
    )
    return replace(sheet, truth=replace(sheet.truth, order=()))


def signed_or_blank(columns: str, yes: str, no: str, seed: int) -> Sheet:
    """Signed: yes, no, or blank while nobody knows."""
    extra = {"signed": lambda d: {"won": yes, "lost": no}.get(d.outcome, "")}
    layout = Layout(headers(columns), zh("-", "-", "-", "-"), stamp=iso, extra={**extra, "s1": _reached(1, iso)})
    sheet = dress(layout, deals(seed=seed), lost_dated=False)
    return replace(sheet, truth=replace(sheet.truth, order=(), placed=None), holds=("",) * len(sheet.holds))


def words_beside_numbers(columns: str, words: Words, seed: int) -> Sheet:
    """The stage as a number under a header that says stage, its name under one that no list knows."""
    number = {label: str(i) for i, label in enumerate((*words.stages, words.won, words.lost), 1)}
    layout = Layout(headers(columns), words, stamp=iso, extra={"number": lambda d: ""})
    sheet = dress(layout, deals(seed=seed))
    at, stage = sheet.holds.index("number"), sheet.holds.index("stage")
    rows = tuple(tuple(number[row[stage]] if k == at else cell for k, cell in enumerate(row)) for row in sheet.rows)
    return replace(sheet, rows=rows, truth=replace(sheet.truth, order=(*words.stages, words.won)))


def revised(columns: str, words: Words, replaced: str, seed: int) -> Sheet:
    """Offers that were written anew: each revision is a row of its own under one number, the last one counts."""
    sheet = dress(Layout(headers(columns), words, stamp=german, extra={"rev": lambda d: "0"}), deals(seed=seed))
    rev, stage, amount = (sheet.holds.index(what) for what in ("rev", "stage", "amount"))
    rows: list[tuple[str, ...]] = []
    for i, row in enumerate(sheet.rows):
        for n in range(i % 3):
            older = ["" if what == "closed" else cell for cell, what in zip(row, sheet.holds, strict=True)]
            older[rev], older[stage], older[amount] = str(n), replaced, str(9_000 + n)
            rows.append(tuple(older))
        rows.append((*row[:rev], str(i % 3), *row[rev + 1 :]))
    return replace(sheet, rows=tuple(rows))


def titled(columns: str, title: str, stamp: Callable[[date], str], seed: int, *, unit: str = "") -> Sheet:
    """The year, or the unit of the money, stands in the line above the table only."""
    chinese = zh("新线索", "已联系", "已报价", "商务谈判", won="已成交", lost="流失")
    sheet = dress(Layout(headers(columns), chinese, stamp=stamp), deals(seed=seed))
    above = [(title, *[""] * (len(sheet.columns) - 1))]
    above += [(*[""] * (len(sheet.columns) - 1), unit)] if unit else []
    truth = replace(sheet.truth, order=())
    if unit:
        truth = replace(truth, revenue={code: 10_000 * value for code, value in (truth.revenue or {}).items()})
    return replace(sheet, above=tuple(above), truth=truth, fixed_rows=True)


def day_numbers(seed: int) -> Sheet:
    """The day of the decision as a spreadsheet counts days, under a header that says no date."""
    columns = (
        "Ref = id | Prospect = name | Date identified = created | Ask amount = offer | Status = stage | Decision = closed_no |"
        "Committed = actual"
    )
    words = Words(("Identified", "Cultivation", "Drafting", "Ask made"), "Committed", "Declined")
    extra = {
        "offer": _offered(str),
        "closed_no": lambda d: str((d.closed.date() - date(1899, 12, 30)).days) if d.closed else "",
    }
    sheet = dress(Layout(headers(columns), words, stamp=iso, extra=extra), deals(seed=seed), closed=True, money=True)
    return replace(sheet, truth=replace(sheet.truth, order=()))


def ticks_and_dates(columns: str, yes: str, no: str, seed: int) -> Sheet:
    """A yes or no beside the date of a step, each under a name of its own."""
    extra = {
        "t2": lambda d: yes if d.stage >= 2 or d.outcome == "won" else no,
        "d2": _reached(2, german),
        "t3": lambda d: {"won": yes, "lost": no}.get(d.outcome, "") if d.stage >= 2 else "",
        "offer": _offered(str),
    }
    layout = Layout(headers(columns), zh("-", "-", "-", "-"), stamp=german, extra=extra)
    sheet = dress(layout, deals(n=40, seed=seed, skips=False), lost_dated=False)
    truth = replace(sheet.truth, lost=None, open=None, to_loss=None, order=(), placed=None)
    return replace(sheet, truth=truth, holds=("",) * len(sheet.holds))


def cases() -> Iterator[Case]:
    """Each kind in its languages."""
    offers = "Angebotsnr. = id | Rev. = rev | Kunde = firm | Anfrage vom = created | Status = stage | Auftragswert = amount | Auftrag vom = closed"
    german_words = Words(("Anfrage", "Angebot offen", "Nachfassen", "Verhandlung"), "Auftrag erteilt", "abgelaufen")
    yield Case("revisions-de", KIND, revised(offers, german_words, "ersetzt", 1011))
    own = "编号 = id | 客户 = firm | 状态 = stage | 首次到店 = created | 结束 = closed | 成交价 = amount"
    bare = titled(own, "展厅客户跟进表（2024年1-8月）", lambda at: f"{at.month}月{at.day}日", 1012)
    yield Case("year-above-zh", KIND, bare, "may")
    own = "编号 = id | 客户 = firm | 阶段 = stage | 创建时间 = created | 关闭时间 = closed | 合同金额 = amount"
    yield Case("unit-above-ko", KIND, titled(own, "영업현황", iso, 1013, unit="(단위: 만원)"))
    yield Case("day-numbers", KIND, day_numbers(1014), "may")
    clinic = (
        "Dosya No = id | Adı Soyadı = name | İlk Başvuru = created | Muayeneye Geldi mi? = t2 | Muayene Tarihi = d2 |"
        "Teklif (TL) = offer | Teklifi Kabul Etti mi? = t3 | Kabul Tarihi = won_at | Anlaşılan Tutar (TL) = actual"
    )
    yield Case("ticks-and-dates-tr", KIND, ticks_and_dates(clinic, "Evet", "Hayır", 1015), "may")
    ledger = (
        "项目编号 = id | 客户名称 = firm | 业务员 = owner | 询价 = created | 技术交流 = s1 | 方案报价 = s2 | 商务谈判 = s3 |"
        "合同签订 = won_at | 报价金额 = offer | 合同金额 = actual | 预计签约日期 = expected | 丢单日期 = lost_at | 丢单原因 = reason"
    )
    yield Case(
        "offer-and-contract-zh", KIND, dates_and_two_amounts(ledger, iso, str, 1000), roles={"合同金额": ("amount",)}
    )
    hotel = (
        "Nº = id | Responsável = owner | Data da solicitação = created | Visita = s1 | Orçamento enviado em = s2 |"
        "Contrato = won_at | Check-in = event | Valor orçado = offer | Valor contratado = actual | Perdido em = lost_at"
    )
    roles = {"Valor contratado": ("amount",), "Check-in": ("ignore",)}
    yield Case("offer-and-contract-pt", KIND, dates_and_two_amounts(hotel, day_first, str, 1001), "may", roles=roles)
    solar = (
        "Job = id | Homeowner = firm | Lead Date = created | Lead Source = source | Site Survey? = t1 | Proposal? = t2 |"
        "Proposal $ = offer | Contract? = t3 | Contract Date = won_at | Contract $ = actual | Dead? = dead | Salesperson = owner"
    )
    yield Case("ticks-and-contract", KIND, ticked_with_money(solar, "Yes", "No", 1005), "may")
    yield Case("weekdays-ja", KIND, japanese_list(), write=lambda sheet: as_csv(sheet, encoding="cp932"))
    yield Case("weekdays-ko", KIND, korean_list(), "may", write=lambda sheet: as_csv(sheet, encoding="cp949"))
    yield Case("head-first-pl", KIND, polish_list(), write=lambda sheet: as_csv(sheet, ";", "cp1250"))
    counts = weekly_counts(
        ("周次", "周一", "渠道", "报名金额(元)"),
        ("咨询人数", "预约试听人数", "到访试听人数", "报名人数"),
        "第{}周",
        "{}月小计",
        "总计",
    )
    yield Case("weekly-people-zh", KIND, counts)
    form = "No = id | Company = name | Stage = stage | Created = created | Closed = closed | Value = amount"
    english = Words(("New", "Qualified", "Proposal", "Negotiation"), "Won", "Lost")
    yield Case("test-records", KIND, with_tests(form, english, ("test", "TEST - please ignore"), 1006), "may")
    form = "编号 = id | 客户名称 = name | 阶段 = stage | 创建时间 = created | 关闭时间 = closed | 金额 = amount"
    chinese = zh("新线索", "已联系", "已报价", "商务谈判", won="已成交", lost="流失")
    yield Case("test-records-zh", KIND, with_tests(form, chinese, ("测试", "测试客户1"), 1007), "may")
    yield Case("pesos", KIND, pesos("Importe", 1008), "may")
    own = (
        "Customer = name | First contact = created | Visit = s1 | {} = signed | Date signed = won_at | Final $ = actual"
    )
    yield Case("signed-no-or-blank", KIND, signed_or_blank(own.format("Signed? (Y/N)"), "Y", "N", 1009), "may")
    numbered = (
        "商机编号 = id | 项目进展 = stage | 阶段编码 = number | 创建时间 = created | 关闭时间 = closed | 金额 = amount"
    )
    yield Case("words-beside-numbers-zh", KIND, words_beside_numbers(numbered, chinese, 1010))
