"""Rows pasted from Excel, or an exported sheet read back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.definition.definition import load_templates
from funnel.planning.tracking.cells import first_amount
from funnel.planning.tracking.pasting import HEADERS, STATE_WORDS, parse_cells, parse_pasted, stage_of
from funnel.planning.tracking.rows import COLUMNS, ROW_STATES, TrackingRow
from tests.conftest import ROOT

GUIDE = load_templates(ROOT / "data" / "templates")["general_b2b"]
SHEET = "2026-W27"
IDS = [f"n{i}" for i in range(1, 301)]


def paste(text: str):
    return parse_pasted(text, GUIDE, SHEET, IDS)


FORM = """漏斗阶段\t关键动作\t负责人\t计划时间\t实际完成\t转化率\t问题与备注
线索获取\t行业社群 + 线下沙龙\t市场\t2024-03\t2024-03 · 500 条\t–\t互动低于预期，优化话术
意向筛选\t需求问卷 + 电话筛选\t销售\t持续\t480\t18 %\t30 条线索未在 24 小时内跟进
商机培育\t定制演示 + 专家\t销售、技术\t持续\t–\t35 %\t反馈周期达标
成交转化\t谈判 + 合同\t销售\t持续\t30\t35 %\t2 单因预算审批延期
复购推荐\t回访 + 转介绍激励\t客户成功\t2024-04\t20\t15 %\t转介绍奖励未明确
"""


def test_the_guides_own_form_can_be_pasted():
    found = paste(FORM)
    assert found.bad == () and found.n_lines == 5
    assert [row.stage for row in found.rows] == list(GUIDE.keys)
    assert [row.planned for row in found.rows] == ["2024-03", "ongoing", "ongoing", "ongoing", "2024-04"]
    assert [row.rate for row in found.rows] == [None, 0.18, 0.35, 0.35, 0.15]
    assert [row.count for row in found.rows] == [500, 480, None, 30, 20]
    assert {row.sheet for row in found.rows} == {SHEET} and [row.position for row in found.rows] == list(range(5))
    assert {row.state for row in found.rows} == {"open"}


def test_two_hundred_rows_with_two_bad_dates_store_198_and_show_the_two():
    lines = [f"Intent screening\tcall {i}\tLi Na\t2026-07-{i % 28 + 1:02d}\t{i}\t18 %\t" for i in range(200)]
    lines[41] = "Intent screening\tcall 41\tLi Na\t2026-02-30\t41\t18 %\t"
    lines[160] = "Intent screening\tcall 160\tLi Na\tsoon\t160\t18 %\t"
    found = paste("\n".join(lines))

    assert len(found.rows) == 198 and found.n_lines == 200
    assert [(b.line, b.column, b.value, b.message.code) for b in found.bad] == [
        (42, "planned", "2026-02-30", "tracking.bad_planned"),
        (161, "planned", "soon", "tracking.bad_planned"),
    ]
    assert [row.position for row in found.rows] == list(range(198))
    assert len({row.row_id for row in found.rows}) == 198


def test_without_a_header_the_columns_are_the_guides_in_its_order():
    (row,) = paste("intent\tcall\tLi Na\tongoing\t480\t18\t30 late\tdone").rows
    assert row == TrackingRow("n1", SHEET, "intent", "call", "Li Na", "ongoing", "480", 0.18, "30 late", "done")


def test_columns_may_stand_in_any_order_and_strange_ones_are_named():
    found = paste("Owner\tPriority\tKey action\tStage\nLi Na\thigh\tcall\tIntent screening\n")
    assert found.ignored_columns == ("Priority",)
    assert (found.rows[0].owner, found.rows[0].key_action, found.rows[0].stage) == ("Li Na", "call", "intent")


def test_commas_quotes_and_line_breaks_inside_a_cell_are_read():
    found = paste('stage,key action,notes\r\nintent,"call, then ""ask""","first\nsecond"\r\n')
    assert found.rows[0].key_action == 'call, then "ask"' and found.rows[0].notes == "first\nsecond"


@pytest.mark.parametrize("written", ["intent", "Intent screening", "INTENT  Screening", "意向筛选", " 意向筛选 "])
def test_a_stage_is_known_by_key_and_by_its_names(written):
    assert stage_of(written, GUIDE) == "intent"


def test_unknown_stages_and_states_are_told_and_blank_ones_are_allowed():
    found = paste("Stage\tKey action\tState\nNegotiation\tx\topen\n\tx\t\nintent\tx\tasleep\n意向筛选\tx\t已完成")
    assert [(b.line, b.column, b.message.code) for b in found.bad] == [
        (2, "stage", "tracking.unknown_stage"),
        (4, "state", "tracking.unknown_state"),
    ]
    assert [(row.stage, row.state) for row in found.rows] == [("", "open"), ("intent", "done")]


def test_a_line_that_moved_sideways_is_not_stored():
    found = paste("intent\tcall\tLi Na\tongoing\t480\t18\tnote\topen\tone too many")
    assert found.rows == () and found.bad[0].message.code == "tracking.too_many_cells"
    assert found.bad[0].value == "one too many"
    assert len(paste("intent\tcall\tLi Na\tongoing\t480\t18\tnote\topen\t\t").rows) == 1, "blank ones do no harm"


def test_dates_with_the_year_last_are_read_by_the_whole_column():
    days = "Key action\tPlanned time\na\t3/7/2026\nb\t25/7/2026"
    assert [row.planned for row in paste(days).rows] == ["2026-07-03", "2026-07-25"]
    months = "Key action\tPlanned time\na\t3/7/2026\nb\t7/25/2026"
    assert [row.planned for row in paste(months).rows] == ["2026-03-07", "2026-07-25"]
    either = paste("Key action\tPlanned time\na\t3/7/2026")
    assert either.rows == () and either.bad[0].message.code == "tracking.two_way_planned"


@pytest.mark.parametrize("quoted", ['"calls', 'the "good" ones', '"', 'say "hi', '"good" ones'])
def test_a_stray_quote_stays_in_its_cell(quoted: str):
    found = paste(f"intent\t{quoted}\tLi Na\nopportunity\tdemo\tAnn\nwon\tcontract\tBob")
    assert [row.key_action for row in found.rows] == [quoted, "demo", "contract"]
    assert [row.owner for row in found.rows] == ["Li Na", "Ann", "Bob"] and found.bad == ()


@pytest.mark.parametrize("later", ['say "hi"', 'say hi"'])
def test_two_stray_quotes_in_different_lines_swallow_nothing(later: str):
    found = paste(f'intent\t"calls\tLi Na\nopportunity\tdemo\tAnn\nwon\t{later}\tBob')
    assert [row.key_action for row in found.rows] == ['"calls', "demo", later]


def test_a_cell_of_several_lines_stays_one_cell():
    (row,) = paste('intent\t"call\nand ""write"""\tLi Na').rows
    assert (row.key_action, row.owner) == ('call\nand "write"', "Li Na")
    (row,) = paste('intent,"call, then\nwrite",Li Na').rows
    assert (row.key_action, row.owner) == ("call, then\nwrite", "Li Na")


def test_amounts_are_read_by_the_whole_column_as_in_the_import():
    head = "Key action\tActual completed\n"
    assert [row.count for row in paste(f"{head}a\t1 200\nb\t5k").rows] == [1200, 5000]
    comma = paste(f"{head}a\t1.200 calls\nb\t3,5")
    assert [(row.actual, row.count) for row in comma.rows] == [("1200 calls", 1200), ("3,5", 3.5)]
    point = paste(f"{head}a\t1,200\nb\t3.5")
    assert [row.count for row in point.rows] == [1200, 3.5]
    either = paste(f"{head}a\t1.200\nb\t7")
    assert [(bad.line, bad.message.code) for bad in either.bad] == [(2, "tracking.two_way_amount")]


@pytest.mark.parametrize("text", ["", "\n\n", "\t\t\n", "\ufeff"])
def test_nothing_pasted_is_nothing(text):
    found = paste(text)
    assert (found.rows, found.bad, found.n_lines) == ((), (), 0)


def test_the_mark_that_keeps_a_spreadsheet_from_calculating_is_taken_off_again():
    """Exports write ``'=1+1`` so that Excel shows text; other apostrophes belong to the cell."""
    (row,) = paste("intent\t'=1+1\t'@home\t\t'til June\t\t'-5 leads").rows
    assert (row.key_action, row.owner, row.actual, row.notes) == ("=1+1", "@home", "'til June", "-5 leads")


def test_a_sheet_of_cells_is_read_with_its_line_numbers():
    cells = [["", ""], ["Stage", "Key action", "Planned time"], ["", "", ""], ["intent", "call", "soon"]]
    found = parse_cells(cells, GUIDE, SHEET, IDS, first_position=5)
    assert found.bad[0].line == 4


texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8).map(str.strip)
tracked = st.builds(
    TrackingRow,
    row_id=st.just("old"),
    sheet=st.just(SHEET),
    stage=st.sampled_from(["", *GUIDE.keys]),
    key_action=texts,
    owner=texts,
    planned=st.sampled_from(["", "ongoing", "2026-07-03", "2026-W27", "2026-07"]),
    actual=texts.filter(lambda text: (found := first_amount(text)) is None or not found.is_two_way),
    rate=st.none() | st.integers(0, 200).map(lambda percent: percent / 100),
    notes=texts,
    state=st.sampled_from(ROW_STATES),
)


@pytest.mark.parametrize("language", [0, 1], ids=["en", "zh"])
@given(rows=st.lists(tracked.filter(lambda row: not row.is_blank), min_size=1, max_size=5))
def test_an_exported_sheet_comes_back_as_it_was(language: int, rows: list[TrackingRow]):
    """Written here the plain way: headers and names of one language, rates in per cent, tabs between."""
    header = [next(name for name in HEADERS[column] if name.isascii() == (language == 0)) for column in COLUMNS]
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t")
    writer.writerow(header)
    for row in rows:
        stage = GUIDE.stage(row.stage).name.in_language(("en", "zh_Hans")[language]) if row.stage else ""
        rate = "" if row.rate is None else f"{row.rate * 100:g} %"
        state = STATE_WORDS[row.state][language]
        writer.writerow([stage, row.key_action, row.owner, row.planned, row.actual, rate, row.notes, state])
    found = paste(out.getvalue())

    assert found.bad == ()
    assert len(found.rows) == len(rows)
    for again, row in zip(found.rows, rows, strict=True):
        for column in COLUMNS:
            assert getattr(again, column) == getattr(row, column), column
