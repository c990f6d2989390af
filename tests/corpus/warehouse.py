"""Tables of connectors once more in the clothes of other programs: Close, Dynamics, dlt, tables of a Chinese warehouse."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from tests.corpus.case import Case
from tests.corpus.connectors import DLT, FIVETRAN, HUBSPOT, SALESFORCE, field_log, table, zulu
from tests.corpus.logs import changes
from tests.corpus.pipeline import Deal, Truth, deals, truth_of
from tests.corpus.sheet import Sheet, Words, iso_time

ZH = Words(("初步接洽", "需求确认", "方案报价", "商务谈判"), "赢单", "输单")
CLOSE = Words(("Discovery", "Demo", "Proposal", "Contract Sent"), "Won", "Lost")
NUMBERS = Words(("101", "102", "103", "104"), "105", "106")


def bare(columns: Sequence[str], rows: Sequence[Sequence[str]], truth: Truth | None = None) -> Sheet:
    return Sheet(tuple(columns), tuple(map(tuple, rows)), truth or Truth(), ("",) * len(columns))


# --- deleted rows ---------------------------------------------------------------------------------------------------


def with_deleted(columns: str, words: Words, seed: int, yes: str, no: str) -> Sheet:
    """Every seventh deal is deleted; ``gone`` says so."""
    sheet = table(columns, words, seed, n=28, gone=lambda d: no if d.no % 7 else yes)
    return replace(sheet, truth=truth_of([d for d in deals(n=28, seed=seed) if d.no % 7]))


def deletions() -> Iterator[Case]:
    """The time of a deletion, and a state of the record beside the state of the deal."""
    plain = "id = id | stage_name = stage | amount = amount | created_at = created | closed_at = closed"
    zh = "商机编号 = id | 阶段 = stage | 金额 = amount | 创建时间 = created | 关闭时间 = closed"
    for i, (name, columns, words, yes, no) in enumerate((
        ("time", f"{plain} | deleted_at = gone", SALESFORCE, "2024-08-20 10:00:00", ""),
        ("time-of-the-load", f"{plain} | _sdc_deleted_at = gone | _sdc_batched_at = loaded", SALESFORCE, "2024-08-20T10:00:00Z", ""),
        ("time-zh", f"{zh} | 删除时间 = gone", ZH, "2024-08-20 10:00:00", ""),
        ("state-zh", f"{zh} | 数据状态 = gone", ZH, "已作废", "正常"),
        ("archived-is-kept", f"{plain} | is_archived = gone", SALESFORCE, "true", "false"),
    )):  # fmt: skip
        sheet = with_deleted(columns, words, 300 + i, yes, no)
        if name == "archived-is-kept":
            sheet = replace(sheet, truth=truth_of(deals(n=28, seed=300 + i)))
        yield Case(f"deletion-{name}", "deletions", sheet, roles={})


# --- records as JSON ------------------------------------------------------------------------------------------------


def packed(columns: Sequence[str], words: Words, seed: int, row: Callable[[Deal, str], Sequence[str]]) -> Sheet:
    sales = deals(seed=seed)
    label = {d.no: {"won": words.won, "lost": words.lost}.get(d.outcome, words.stages[d.stage]) for d in sales}
    return bare(columns, [row(d, label[d.no]) for d in sales], truth_of(sales))


def records() -> Iterator[Case]:
    """A record or a part of one in a cell."""

    def inner(d: Deal, label: str) -> str:
        return json.dumps({"dealname": d.name, "dealstage": label, "amount": str(d.amount), "createdate": zulu(d.created),
                           "closedate": zulu(d.closed) if d.closed else None, "tags": ["a", {"b": 1}]})  # fmt: skip

    yield Case("record-beside-columns", "packed records", packed(
        ("id", "properties", "createdAt", "archived"), HUBSPOT, 310,
        lambda d, label: (str(d.no), inner(d, label), zulu(d.created), "false")))  # fmt: skip
    yield Case("record-alone", "packed records", packed(
        ("_id", "data", "_fivetran_synced"), SALESFORCE, 311,
        lambda d, label: (f"i{d.no}", json.dumps({"id": d.no, "stage": {"id": 4, "label": label}, "amount": d.amount,
            "created_at": zulu(d.created), "closed_at": zulu(d.closed) if d.closed else None}), "2024-09-01")))  # fmt: skip
    broken = packed(("id", "note", "stage", "created_at"), SALESFORCE, 312,
                    lambda d, label: (str(d.no), "{ see mail" if d.no % 2 else "{}", label, iso_time(d.created)))  # fmt: skip
    truth = replace(broken.truth, revenue=None, cycle=None, to_loss=None)
    yield Case("record-that-is-none", "packed records", replace(broken, truth=truth))


# --- histories ------------------------------------------------------------------------------------------------------


def events(columns: Sequence[str], words: Words, seed: int,
           row: Callable[[int, Deal, str, str, datetime], Sequence[str]], **facts: bool) -> Sheet:  # fmt: skip
    """One row per change, oldest first: number, deal, label before, label, when."""
    sales = deals(seed=seed)
    steps = [
        (at, d, before, label)
        for d in sales
        for (before, _), (label, at) in itertools.pairwise([("", d.created), *changes(d, words)])
    ]
    steps.sort(key=lambda step: step[0])
    rows = [row(n, d, before, label, at) for n, (at, d, before, label) in enumerate(steps, 1)]
    return bare(columns, rows, truth_of(sales, **{"money": False, "place": True, **facts}))


def exports(columns: Sequence[str], words: Words, seed: int, stamp: Callable[[datetime], str]) -> Sheet:
    """The whole table on three days, one under the other."""
    rows, sales = [], deals(seed=seed)
    for at in (datetime(2024, 3, 1, 3), datetime(2024, 6, 1, 3), datetime(2024, 9, 1, 3)):
        for d in sales:
            if d.created <= at:
                label = [label for label, when in changes(d, words) if when <= at][-1]
                end = iso_time(d.closed) if d.closed and d.closed <= at else ""
                rows.append((stamp(at), str(d.no), label, str(d.amount), iso_time(d.created), end))
    return bare(columns, rows, truth_of(sales))


def histories() -> Iterator[Case]:
    """Changes, audits and exports put under one another."""
    state = {"Won": "won", "Lost": "lost", "": ""}
    yield Case("history-close", "histories", events(
        ("id", "opportunity_id", "lead_id", "old_status_label", "old_status_type", "new_status_label", "new_status_type",
         "date_created", "date_updated"), CLOSE, 320,
        lambda n, d, before, label, at: (f"acti_{n:04}", f"oppo_{d.no}", f"lead_{d.contact}", before,
            state.get(before, "active"), label, state.get(label, "active"), zulu(at), zulu(at))), "may")  # fmt: skip
    yield Case("history-with-former-stage", "histories", events(
        ("_dlt_id", "id", "opportunity_id", "stage_name", "prev_stage", "amount", "created_date"), SALESFORCE, 321,
        lambda n, d, before, label, at: (f"x{n}", f"008{n}", f"006{d.no}", label, before, str(d.amount), zulu(at)),
        money=True), "may")  # fmt: skip
    yield Case("audit-dynamics", "histories", field_log(
        ("auditid", "_objectid_value", "attributename", "oldvalue", "newvalue", "createdon", "_userid_value"),
        lambda n, d, field, old, new, at: (f"a{n}", f"o{d.no}", field, old, new, zulu(at), "u1"),
        Words(("Qualify", "Develop", "Propose", "Close"), "Won", "Lost"), ("stepname", "actualvalue", "description"), 322),
        "may")  # fmt: skip
    names = ("snapshot_date", "opportunity_id", "stage", "amount", "created_at", "closed_at")
    yield Case("exports-with-day", "histories", exports(names, SALESFORCE, 323, lambda at: f"{at:%Y-%m-%d}"), "may")
    names_zh = ("导出日期", "商机编号", "销售阶段", "金额", "创建时间", "关闭时间")
    yield Case("exports-with-day-zh", "histories", exports(names_zh, ZH, 324, lambda at: f"{at:%Y-%m-%d}"), "may")


# --- money, numbers, other tables -----------------------------------------------------------------------------------


def milliseconds(at: date) -> str:
    whole = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)
    return str(int(whole.replace(tzinfo=UTC).timestamp() * 1000))


def others() -> Iterator[Case]:
    """The company's currency, stages as numbers, times since 1970, tables that hold no deals."""
    factor = (1, 2, 7)
    foreign = {"foreign": lambda d: str(d.amount * factor[d.no % 3]), "code": lambda d: ("EUR", "USD", "CNY")[d.no % 3]}
    for i, columns in enumerate((
        "opportunityid = id | stepname = stage | actualvalue = foreign | actualvalue_base = amount | transactioncurrencyid = code |"
        "createdon = created | actualclosedate = closed",
        "id = id | stage = stage | value = foreign | currency = code | value_in_default_currency = amount | add_time = created |"
        f"close_time = closed | {DLT}",
    )):  # fmt: skip
        sheet = table(columns, SALESFORCE, 330 + i, **foreign)
        yield Case(f"money-of-the-company-{i}", "warehouse", sheet, "may", roles={})
    zh = "商机ID = id | 阶段ID = stage | 金额 = amount | 创建时间 = created | 关闭时间 = closed | 同步时间 = loaded"
    yield Case("numbers-zh", "warehouse", table(zh, NUMBERS, 332), "must")
    short = "opportunity = id | title = name | stage = stage | value = amount | created = created | closed = closed"
    yield Case("stamps-short-names", "warehouse", table(short, SALESFORCE, 333, stamp=milliseconds), roles={})
    stages = (*(f"{k}_entered_at" for k in ("new", "qualified", "proposal", "negotiation", "won", "lost")),)
    words = Words(stages[:4], stages[4], stages[5])
    cells = {
        k: lambda d, k=k: next((iso_time(at) for label, at in changes(d, words) if label == k), "") for k in stages
    }
    entered = "id = id | name = name | amount = amount | created_at = created | " + " | ".join(
        f"{k} = {k}" for k in stages
    )
    yield Case("entered-last", "warehouse", table(entered, words, 334, place=True, **cells), roles={})
    people = [(str(80 + i), f"a{i}@example.com", "Ann", f"L{i}", f"2024-01-{i:02}", "2024-06-03") for i in range(1, 15)]
    header = ("id", "email", "first_name", "last_name", "created_at", FIVETRAN.split(" ")[0])
    yield Case("none-people-of-a-load", "warehouse", bare(header, people), "must")
    firms = [(f"001{i}", f"Firm {i}", ("Retail", "IT")[i % 2], str(i * 10**5), f"2024-01-{i:02}") for i in range(1, 15)]
    header = ("Id", "Name", "Industry", "AnnualRevenue", "CreatedDate")
    yield Case("none-companies", "warehouse", bare(header, firms), "must")


def cases() -> Iterator[Case]:
    """All of them."""
    yield from deletions()
    yield from records()
    yield from histories()
    yield from others()
