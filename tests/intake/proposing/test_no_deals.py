"""Tables that hold no deals are named as what they are, and a list that may hold deals never is."""

from __future__ import annotations

import pytest

from funnel.definition.definition import load_templates
from funnel.intake.beside import kind_of
from funnel.intake.proposing.propose import propose
from funnel.intake.reading.reader import read_table
from tests.conftest import ROOT

GENERAL = load_templates(ROOT / "data" / "templates")["general_b2b"]


def table_of(header: str, pattern: str, n: int = 24) -> bytes:
    """``n`` rows of a pattern: ``{i}`` the row, ``{g}`` its group of three, ``{d}`` a day, ``a/b/c`` one in turn."""
    rows = []
    for i in range(n):
        cells = pattern.format(i=i + 1, g=i // 3, d=f"2024-{i % 9 + 1:02}-{i % 27 + 1:02}").split(",")
        rows.append(",".join(cell.split("/")[i % len(cell.split("/"))] for cell in cells))
    return "\n".join([header, *rows]).encode()


NONE = {
    "activities": (
        ("Activity ID,Type,Subject,Due Date,Status,Deal",
         "A{i},Call/Email/Task/Meeting,Follow {i},{d},Done/Open,D-{g}"),
        ("id,type,subject,due_date,status,deal_id", "{i},call/email/task/meeting,Follow {i},{d},done/open,{g}"),
        ("Record ID,Task Title,Task Type,Task Status,Due date,Associated Deal",
         "{i},T{i},To-do/Call/Email,Completed/Not started,{d},Deal {g}"),
        ("Call ID,Direction,Call Result,Call Start Time,Deal Name",
         "C{i},Inbound/Outbound,Connected/No answer/Busy,{d},Deal {g}"),
        ("跟进编号,跟进方式,跟进内容,跟进时间,状态,关联商机",
         "G{i},电话/拜访/微信/邮件,内容{i},{d},已完成/未完成,SJ{g}"),
        ("Nr.,Art,Betreff,Fällig am,Status,Verkaufschance",
         "{i},Anruf/E-Mail/Aufgabe,Text {i},{d},Erledigt/Offen,V{g}"),
    ),
    "line_items": (
        ("Id,OpportunityId,Product2Id,Quantity,UnitPrice,TotalPrice,CreatedDate",
         "00k{i},006{g},01t1/01t2,2/1,50,100/50,{d}"),
        ("Order ID,Line No,SKU,Product,Quantity,Unit Price,Line Total", "O{g},1/2/3,S1/S2,Saw/Drill,2/1,10/30,20/30"),
        ("订单号,行号,产品编码,产品名称,数量,单价,金额", "O{g},1/2/3,S1/S2,锯/钻,2/1,10/30,20/30"),
    ),
    "products": (
        ("Product Code,Product Name,List Price,Currency,Active", "P{i},Widget {i},{i}0,EUR,Yes/No"),
        ("产品编码,产品名称,规格型号,单位,标准价格,上架状态", "P{i},产品{i},M{i},台,{i}00,上架/下架"),
    ),
    "tickets": (
        ("Ticket ID,Subject,Priority,Status,Created,Closed", "{i},Problem {i},High/Low,Open/Solved/Closed,{d},"),
        ("工单编号,主题,优先级,状态,创建时间,处理人", "GD{i},问题{i},高/低,待处理/处理中/已关闭,{d},张三"),
    ),
    "users": (("User ID,Name,Email,Role,Status,Last login,Created at",
         "{i},N{i},n{i}@x.org,Admin/Rep,Active/Inactive,{d},{d}"),),
    "payments": (
        ("收据号,学员编号,收款日期,费用类型,实收金额（元）,收款方式", "SJ{i},XY{g},{d},定金/尾款,{i}00,微信/现金"),
        ("Receipt No,Customer,Payment date,Payment method,Amount", "R{i},Firm {g},{d},Card/Cash,{i}00"),
    ),
    "campaigns": (
        ("Campaign ID,Campaign Name,Status,Start Date,End Date,Num Sent,Responses",
         "701{i},Camp {i},Planned/Completed,{d},{d},{i}00,{i}"),
    ),
}  # fmt: skip
MAY_BE = (
    ("Lead ID,Source,Subject,Due Date,Status,Owner",
         "L{i},Call/Email/Visit,Text {i},{d},Open/Done,Ann/Ben"),  # where from
    ("Deal ID,Next activity,Subject,Due date,Status", "D{i},Call/Email/Task,Text {i},{d},Open/Won/Lost"),
    ("Date,Customer,Product,Quantity,Unit price,Amount",
         "{d},Firm {g},Saw/Drill,2/1,10/30,20/30"),  # a ledger of sales
    ("日期,客户,产品,数量,单价,金额,业务员", "{d},客户{g},锯/钻,2/1,10/30,20/30,张三"),
    ("Ticket ID,Subject,Priority,Status,Created,Amount", "{i},Text {i},High/Low,Open/Closed,{d},{i}00"),
    ("Quote No,Product,Quantity,Unit price,Status,Created", "Q{i},Saw/Drill,2/1,10/30,Sent/Accepted/Rejected,{d}"),
    ("Deal ID,Campaign,Clicks,Stage,Created", "D{i},Spring/Fall,3,Lead/Proposal/Won,{d}"),
    ("Deal ID,Stage,Created,Payment terms,Payment received on", "D{i},Lead/Won/Lost,{d},30 days,{d}"),
    ("Customer ID,Name,Email,Role,Status,Created", "{i},N{i},n{i}@x.org,Buyer,New/Contacted/Won,{d}"),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "header", "pattern"), [(kind, *one) for kind, all_ in NONE.items() for one in all_])
def test_what_holds_no_deals_is_named_and_may_be_read_all_the_same(kind: str, header: str, pattern: str) -> None:
    read = read_table(table_of(header, pattern), "t.csv")
    asked = propose(read, GENERAL).asked
    assert [(q.key, q.message.code) for q in asked] == [("no_deals", f"intake.no_deals.{kind}")]
    assert "no_deals" not in {q.key for q in propose(read, GENERAL, answers={"no_deals": "deals"}).asked}


@pytest.mark.parametrize(("header", "pattern"), MAY_BE)
def test_what_may_be_deals_is_never_called_something_else(header: str, pattern: str) -> None:
    assert kind_of(read_table(table_of(header, pattern), "t.csv"), GENERAL) is None
