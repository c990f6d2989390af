"""Chinese programs and tables: 纷享销客, 销售易, 飞书, 金数据, and what people keep by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.corpus.case import Case
from tests.corpus.pipeline import OWNERS_ZH, REASONS_ZH, SOURCES_ZH, deals
from tests.corpus.sheet import (
    Layout,
    Sheet,
    Words,
    as_csv,
    as_xlsx,
    chinese,
    dress,
    headers,
    slashes,
    slashes_time,
)


def zh(
    *stages: str, won: str = "赢单", lost: str = "输单", status: tuple[str, str, str] = ("赢单", "输单", "进行中")
) -> Words:
    """Chinese stage names with Chinese people, sources and reasons."""
    return Words(stages, won, lost, status, OWNERS_ZH, SOURCES_ZH, REASONS_ZH)


def fxiaoke() -> Sheet:
    """纷享销客"""
    layout = Layout(
        headers(
            "商机编号 = id | 商机名称 = firm | 客户名称 = firm | 业务类型 | 商机阶段 = stage | 商机金额(元) = amount |"
            "赢率 = probability | 预计成交日期 = expected | 实际成交日期 = won_at | 负责人 = owner | 商机来源 = source |"
            "输单原因 = reason | 创建时间 = created | 最后修改时间 = modified"
        ),
        zh("验证客户", "需求确定", "方案/报价", "谈判审核"),
        id_form="SJ202400{1}",
        stamp=lambda at: at.strftime("%Y-%m-%d %H:%M"),
        newest_first=True,
    )
    return dress(layout, deals(seed=41), lost_dated=False)


def xiaoshouyi() -> Sheet:
    """销售易"""
    layout = Layout(
        headers(
            "销售机会名称 = firm | 客户名称 = contact | 销售阶段 = stage | 销售金额 = amount | 结单日期 = close_or_plan |"
            "赢率(%) = probability | 机会来源 = source | 销售机会所有人 = owner | 输单原因 = reason | 创建日期 = created |"
            "最后修改日期 = modified | 销售机会ID = id"
        ),
        zh("初步接洽", "需求确定", "方案报价", "商务谈判"),
        id_form="2{1}0084",
        stamp=slashes_time,
        day=slashes,
        money=lambda v: f"{v:,}.00",
    )
    return dress(layout, deals(seed=42))


def feishu() -> Sheet:
    """飞书多维表格"""
    layout = Layout(
        headers(
            "商机编号 = id | 公司名称 = firm | 当前阶段 = stage | 预计金额 = amount | 负责人 = owner | 线索来源 = source |"
            "创建时间 = created | 最近跟进时间 = modified | 成交日期 = won_at | 流失原因 = reason"
        ),
        zh("线索", "初步沟通", "方案演示", "报价谈判", won="已成交", lost="已流失"),
        id_form="OPP-{0:04}",
        stamp=slashes,
    )
    return dress(layout, deals(seed=43), lost_dated=False)


def jinshuju() -> Sheet:
    """金数据: a form's entries with a follow-up state that somebody keeps."""
    layout = Layout(
        headers(
            "序号 = id | 姓名 = contact | 公司 = firm | 需求描述 | 您从哪里了解到我们 = source | 跟进状态 = stage |"
            "成交金额 = actual | 跟进人 = owner | 提交时间 = created | 修改时间 = modified"
        ),
        zh("新提交", "已联系", "已发报价", "洽谈中", won="已签约", lost="无意向"),
    )
    return dress(layout, deals(seed=44))


def yonyou() -> Sheet:
    """A status beside the stage in which the chance ended."""
    layout = Layout(
        headers(
            "机会编码 = id | 机会名称 = firm | 客户 = contact | 销售阶段 = stage_kept | 机会状态 = status |"
            "预计金额 = estimate | 签约金额 = actual | 预计签单日期 = expected | 实际关闭日期 = closed | 业务员 = owner |"
            "丢单原因 = reason | 创建时间 = created"
        ),
        zh("初步沟通", "需求分析", "方案报价", "商务谈判", status=("赢单", "丢单", "进行中")),
        id_form="JH{1}",
    )
    return dress(layout, deals(seed=45), place=True)


def by_hand_dates() -> Sheet:
    """One date column per stage."""
    layout = Layout(
        headers(
            "客户编号 = id | 客户名称 = firm | 线索日期 = created | 初次沟通日期 = s1 | 报价日期 = s2 | 谈判日期 = s3 |"
            "签约日期 = won_at | 流失日期 = lost_at | 签约金额 = actual | 来源 = source | 负责人 = owner"
        ),
        zh("线索", "沟通", "报价", "谈判"),
        id_form="K{0:03}",
        stamp=slashes,
        extra={
            f"s{i}": lambda d, i=i: next((slashes(at) for stage, at in d.entries if stage == i), "") for i in (1, 2, 3)
        },
    )
    return dress(layout, deals(seed=46, skips=False), place=True)


def by_hand_list() -> Sheet:
    """A list as a small team keeps it: a serial number, 万 in the header, Chinese dates."""
    layout = Layout(
        headers(
            "序号 = id | 客户 = firm | 联系人 = contact | 登记日期 = created | 进展 = stage | 合同金额（万元） = amount |"
            "签单日期 = won_at | 跟进人 = owner | 备注"
        ),
        zh("意向客户", "已拜访", "已报价", "待签合同", won="已签单", lost="丢单"),
        stamp=chinese,
        money=lambda v: str(v / 10_000),
    )
    return dress(layout, deals(seed=47), lost_dated=False)


def cases() -> Iterator[Case]:
    """Each once, then as people really save them."""
    for layout in (fxiaoke, xiaoshouyi, feishu, jinshuju, yonyou, by_hand_dates, by_hand_list):
        name = "zh-" + layout.__name__.replace("_", "-")
        yield Case(name, "Chinese", layout(), "may" if layout is by_hand_list else "no", can_scramble=True)
    yield Case("zh-fxiaoke-gbk", "Chinese", fxiaoke(), write=lambda s: as_csv(s, ",", "gb18030"))
    yield Case(
        "zh-feishu-xlsx",
        "workbook",
        replace(feishu()).mapped("创建时间", _iso).mapped("成交日期", _iso).mapped("最近跟进时间", _iso),
        write=lambda s: as_xlsx(s, ("创建时间", "成交日期", "最近跟进时间"), ("预计金额",)),
        file_name="商机.xlsx",
    )


def _iso(text: str) -> str:
    return text.replace("/", "-")
