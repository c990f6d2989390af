"""Tables put together by hand or by a load: exports under one another, units above a table, lines below their record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime

from tests.corpus.case import Case
from tests.corpus.pipeline import Deal, Truth, deals, truth_of
from tests.corpus.sheet import Layout, Sheet, Words, as_csv, dress, german, headers

_ENGLISH = (
    "Record ID = id | Deal Name = name | Deal Stage = stage | Amount = amount | Create Date = created | Close Date = closed |"
    "Deal Owner = owner"
)
_CHINESE = ("记录编号", "商机名称", "商机阶段", "金额", "创建时间", "关闭日期", "负责人")
_GERMAN = (
    "Datensatz-ID",
    "Deal-Name",
    "Deal-Phase",
    "Betrag",
    "Erstellungsdatum",
    "Abschlussdatum",
    "Zuständiger Mitarbeiter",
)
_STAGES = ("Appointment Scheduled", "Qualified To Buy", "Presentation Scheduled", "Contract Sent")
_ORDER = (0, 2, 1, 5, 4, 3, 6)


def _hubspot(seed: int) -> Sheet:
    return dress(
        Layout(headers(_ENGLISH), Words(_STAGES, "Closed Won", "Closed Lost"), id_form="90{1}"), deals(seed=seed)
    )


def pasted(seed: int, again: tuple[str, ...], order: tuple[int, ...], *, blank: bool = False) -> Sheet:
    """Two exports under one another, the second below its own header, whose columns lie in ``order``."""
    sheet = _hubspot(seed)
    half = len(sheet.rows) // 2
    between = [("",) * len(sheet.columns)] if blank else []
    rows = (
        *sheet.rows[:half],
        *between,
        tuple(again[i] for i in order),
        *(tuple(row[i] for i in order) for row in sheet.rows[half:]),
    )
    return replace(sheet, rows=rows, fixed_rows=True)


def unit_above(seed: int, line: str, columns: str, words: Words, times: float, stamp: Callable[[date], str]) -> Sheet:
    """Money in a unit that only a line above the table names."""

    def written(value: int) -> str:
        return f"{value / times:.10g}"

    sheet = dress(Layout(headers(columns), words, stamp=stamp, day=stamp, money=written), deals(seed=seed))
    blank = ("",) * (len(sheet.columns) - 1)
    return replace(sheet, above=((line, *blank),), fixed_rows=True)


def cents(seed: int, header: str) -> Sheet:
    """Money in hundredths, as programs store it."""
    layout = Layout(
        headers(
            f"deal_id = id | title = name | stage = stage | {header} = amount | created_at = created | closed_at = closed"
        ),
        Words(("Inbox", "Demo", "Quote", "Contract"), "Won", "Lost"),
        money=lambda value: f"{value}00",
    )
    return dress(layout, deals(seed=seed))


def lines(seed: int, *, blank: bool, total: str) -> Sheet:
    """Items of each opportunity in rows of their own; the total of the opportunity stands in each row, or once."""
    sales = [replace(deal, amount=deal.amount + 900) for deal in deals(seed=seed)]
    status = {"won": "Converted", "lost": "Lost", "open": "Quotation"}
    rows: list[tuple[str, ...]] = []
    for deal in sales:
        record = (
            f"CRM-OPP-{deal.no:05}",
            deal.firm,
            status[deal.outcome],
            f"{deal.created:%Y-%m-%d}",
            str(deal.amount),
        )
        rest = deal.amount - 300
        rows.append((*record, "ITM-1", "1", str(rest), str(rest)))
        rows.append((*(("",) * 5 if blank else record), "ITM-2", "3", "100", "300"))
    columns = ("ID", "Party", "Status", "Opportunity Date", total)
    items = ("Item Code (Items)", "Quantity (Items)", "Rate (Items)", "Amount (Items)")
    truth = truth_of(sales, created=True, closed=False, lost_dated=False, money=True, estimate=False)
    truth = replace(truth, cycle=None, to_loss=None, placed=None, order=())
    return Sheet((*columns, *items), tuple(rows), truth, fixed_rows=True)


def partitions(seed: int) -> Sheet:
    """The whole list of deals of the last day of three months under one another, with the day of the load."""
    sales = deals(seed=seed)
    names = ("Lead", "Qualified", "Proposal", "Negotiation")
    rows = []
    for day in (datetime(2024, 4, 30), datetime(2024, 6, 30), datetime(2024, 8, 31)):
        rows += [_as_of(deal, day, names) for deal in sales if deal.created <= day]
    columns = ("id", "name", "stage", "amount", "created_date", "closed_date", "dt")
    return Sheet(columns, tuple(rows), _hubspot_truth(sales), fixed_rows=True)


def _as_of(deal: Deal, day: datetime, names: tuple[str, ...]) -> tuple[str, ...]:
    ended = deal.closed if deal.closed and deal.closed <= day else None
    reached = [stage for stage, at in deal.entries if at <= day]
    label = {"won": "Won", "lost": "Lost"}[deal.outcome] if ended else names[max(reached)]
    closed = f"{ended:%Y-%m-%d}" if ended else ""
    return (f"{deal.no}", deal.name, label, f"{deal.amount}", f"{deal.created:%Y-%m-%d}", closed, f"{day:%Y-%m-%d}")


def _hubspot_truth(sales: list[Deal]) -> Truth:
    truth = truth_of(sales, created=True, closed=True, lost_dated=True, money=True, estimate=False)
    return replace(truth, order=(), placed=None)


def cases() -> Iterator[Case]:
    english = tuple(header for header, _ in headers(_ENGLISH))
    straight = tuple(range(len(english)))
    yield Case("pasted-reordered", "pasted exports", pasted(500, english, _ORDER))
    yield Case("pasted-reordered-blank", "pasted exports", pasted(501, english, _ORDER, blank=True))
    yield Case("pasted-chinese-header", "pasted exports", pasted(502, _CHINESE, straight))
    yield Case("pasted-chinese-header-reordered", "pasted exports", pasted(503, _CHINESE, _ORDER, blank=True))
    yield Case("pasted-german-header", "pasted exports", pasted(504, _GERMAN, straight, blank=True))
    zh = "商机编号 = id | 客户名称 = firm | 销售阶段 = stage | 金额 = amount | 创建日期 = created | 结单日期 = closed"
    of_zh = Words(("线索", "需求确认", "方案报价", "商务谈判"), "赢单", "输单")
    for n, (line, times) in enumerate(
        (("2024年商机台账（单位：万元）", 1e4), ("单位：千元", 1e3), ("金额单位：人民币分", 0.01))
    ):
        sheet = unit_above(510 + n, line, zh, of_zh, times, lambda at: at.strftime("%Y-%m-%d"))
        yield Case(f"unit-above-zh-{n}", "units above", sheet)
    de = "Vorgangsnr. = id | Kunde = firm | Phase = stage | Auftragswert = amount | Angelegt am = created | Abgeschlossen am = closed"
    of_de = Words(("Anfrage", "Qualifiziert", "Angebot", "Verhandlung"), "Gewonnen", "Verloren")
    for n, line in enumerate(("Alle Beträge in Tsd. €", "Pipeline 2024 (in TEUR)")):
        sheet = unit_above(520 + n, line, de, of_de, 1e3, german)
        yield Case(f"unit-above-de-{n}", "units above", sheet, write=lambda sheet: as_csv(sheet, ";"))
    en = "Opp ID = id | Account = firm | Stage = stage | Amount = amount | Created = created | Closed = closed"
    of_en = Words(("New", "Qualified", "Quote", "Negotiation"), "Won", "Lost")
    for n, line in enumerate(("(USD, in 000s)", "All amounts in thousands")):
        sheet = unit_above(530 + n, line, en, of_en, 1e3, lambda at: at.strftime("%Y-%m-%d"))
        yield Case(f"unit-above-en-{n}", "units above", sheet)
    for n, header in enumerate(("amount_in_cents", "amountCents", "成交金额（分）", "Betrag (Cent)")):
        yield Case(f"cents-{n}", "units above", cents(540 + n, header))
    yield Case("lines-erpnext", "line items", lines(550, blank=False, total="Total"), "may")
    yield Case("lines-erpnext-blank", "line items", lines(551, blank=True, total="Opportunity Amount"), "may")
    yield Case("partitions", "loads appended", partitions(552), "may")
