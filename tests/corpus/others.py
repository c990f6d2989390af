"""Tables that hold no deals: each is named as what it is, asked about or refused, and never imported as leads."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.case import Case
from tests.corpus.pipeline import Truth, deals
from tests.corpus.sheet import Layout, Sheet, Words, dress, headers, iso, iso_time

NOTHING = Truth(leads=0)


def table(columns: str, *rows: str) -> Sheet:
    """A sheet written out: cells between bars."""
    names = tuple(c.strip() for c in columns.split("|"))
    return Sheet(names, tuple(tuple(c.strip() for c in row.split("|")) for row in rows), NOTHING, ("",) * len(names))


def spend() -> Sheet:
    rows = [
        f"2024-0{m} | {source} | {900 + 31 * m} | {4000 + 77 * m}" for m in range(1, 7) for source in ("Ads", "Fairs")
    ]
    return table("Month | Source | Spend | Clicks", *rows)


def pairs() -> Sheet:
    return table(
        "contact_id | deal_id | _fivetran_synced | type_id | category",
        *(f"{1500 + i % 5} | {8600 + i} | 2024-05-0{1 + i % 9} 04:30:42 | 3 | HUBSPOT_DEFINED" for i in range(16)),
    )


def stage_list() -> Sheet:
    names = ("Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started")
    return table(
        "id | order_nr | name | active_flag | deal_probability | pipeline_id | add_time",
        *(f"{i} | {i} | {name} | true | {20 * i} | 1 | 2023-01-01 00:00:00" for i, name in enumerate(names, 1)),
    )


def people() -> Sheet:
    return table(
        "Id | Name | Email | Title | IsActive | CreatedDate",
        *(f"005{i} | Person {i} | p{i}@example.com | Rep | true | 2023-0{1 + i % 9}-11" for i in range(12)),
    )


def calls() -> Sheet:
    """Activities: several of each deal, none of them a stage."""
    kinds = ("Call", "Email", "Meeting", "Task")
    return table(
        "Activity ID | Type | Subject | Deal | Due date | Done | Assigned to",
        *(f"A{i} | {kinds[i % 4]} | {kinds[i % 4]} {i} | Deal {i // 4} | 2024-0{1 + i % 6}-1{i % 9} | yes | Ann"
          for i in range(30)),
    )  # fmt: skip


def calls_chinese() -> Sheet:
    kinds = ("电话", "拜访", "微信", "邮件")
    return table(
        "跟进编号 | 客户名称 | 跟进方式 | 跟进内容 | 跟进时间 | 跟进人",
        *(f"GJ{i:03} | 客户{i // 4} | {kinds[i % 4]} | 已沟通 | 2024-0{1 + i % 6}-1{i % 9} | 李娜" for i in range(30)),
    )


def stage_numbers() -> Sheet:
    """Numbers of stages without names, and nothing that says which one is the win."""
    layout = Layout(
        headers("deal_id = id | deal_pipeline_id = p | deal_pipeline_stage_id = number | property_dealname = name |"
                "property_amount = amount | property_createdate = created | property_closedate = closed |"
                "owner_id = owner_id | _fivetran_synced = loaded"),
        Words(("a", "b", "c", "d"), "w", "l"),
        extra={"p": lambda d: "662104",
               "number": lambda d: str(1148820 + {"won": 0, "lost": 1, "open": -4 + d.stage}[d.outcome])},
    )  # fmt: skip
    return dress(layout, deals(seed=121))


def unknown_ends() -> Sheet:
    """Two closed labels of which no word says which one is the win."""
    layout = Layout(
        headers("Deal ID = id | Stage = stage | Created = created | Closed = closed | Amount = amount"),
        Words(("Stage 1", "Stage 2", "Stage 3", "Stage 4"), "Closed A", "Closed B"),
        stamp=iso,
    )
    return dress(layout, deals(seed=122))


def amount_ranges() -> Sheet:
    layout = Layout(
        headers("商机编号 = id | 销售阶段 = stage | 商机金额 = range | 创建时间 = created | 成交时间 = closed"),
        Words(("初步接洽", "需求确定", "方案报价", "商务谈判"), "赢单", "输单"),
        stamp=iso,
        extra={"range": lambda d: (f"{d.no}0多万", f"约{d.no}万", f"{d.no}0-{d.no + 3}0万")[d.no % 3]},
    )
    return dress(layout, deals(seed=123))


def cut_stamps() -> Sheet:
    """Milliseconds that a spreadsheet has cut to 1.7E+12: the dates are gone."""
    layout = Layout(
        headers("deal_id = id | dealstage = stage | createdate = cut | amount = amount"),
        Words(("New", "Qualified", "Proposal", "Negotiation"), "Closed Won", "Closed Lost"),
        stamp=iso_time,
        extra={"cut": lambda d: f"1.70{d.no % 10}E+12"},
    )
    return dress(layout, deals(seed=124), created=False)


def quotes() -> Sheet:
    """Price list: products, no deals."""
    return table(
        "SKU | Product | Unit price | Currency | Updated",
        *(f"P-{i:03} | Widget {i} | {10 * i}.00 | USD | 2024-01-{i:02}" for i in range(1, 20)),
    )


def cases() -> Iterator[Case]:
    """All must be asked about or refused."""
    for made in (spend, pairs, stage_list, people, calls, calls_chinese, quotes):
        yield Case("none-" + made.__name__.replace("_", "-"), "no deals", made(), "must")
    for made in (stage_numbers, unknown_ends, amount_ranges, cut_stamps):
        yield Case("ask-" + made.__name__.replace("_", "-"), "must ask", made(), "must")
