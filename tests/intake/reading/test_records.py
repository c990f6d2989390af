"""Rows that are no records: left out on two signs, kept and listed on one. Expectations are counted by hand."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from funnel.intake.mapping import RawTable
from funnel.intake.reading.reader import read_table
from funnel.intake.reading.records.words import is_total_word, without_total
from tests.examples import examples

HEADER = "ID,Name,Stage,Amount,Created"
ROWS = (
    "O1,Alder,Proposal,100,2024-01-02",
    "O2,Birch,Won,200,2024-01-03",
    "O3,Cedar,Proposal,350,2024-01-05",
    "O4,Dogwood,Lost,425,2024-01-09",
)


def read(*lines: str) -> RawTable:
    table = read_table("\n".join(lines).encode(), "t")
    assert table.n_rows == (
        table.frame.height + table.n_blank + table.n_repeated_header + table.left_out.height + table.rejected.height
    )
    return table


def out(table: RawTable) -> list[tuple[int, str]]:
    return [(row, code.removeprefix("reading.left_out.")) for row, code in table.left_out[["row_no", "code"]].rows()]


def findings(table: RawTable, code: str) -> list[tuple[int, ...]]:
    return [finding.rows for finding in table.findings if finding.message.code == code]


# --- totals and counts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "total",
    [
        "Total,,,1075,", "Grand Total,,,1075,", "合计,,,1075,", "总计：,,,1075,", "汇总,,,1075,", "Total: 4,,,,",
        "Gesamtergebnis,,,1075,", "Итого,,,1075,", ",,Total,1075,", "4,,,1075,", ",,,1075,", "Average,,,268.75,",
        "Sum of Amount,,,1075,", "Max,,,425,", ",4,,1075,", "共 4 条记录,,,,", "TOTAL GÉNÉRAL,,,1075,",
        "Grand Totals (4 records),,,1075,",
    ],
)  # fmt: skip
def test_a_row_of_totals_is_left_out(total: str) -> None:
    table = read(HEADER, *ROWS, total)
    assert out(table) == [(6, "total")] or (total.startswith("共") and out(table) == [(6, "note")])
    assert table.frame["ID"].to_list() == ["O1", "O2", "O3", "O4"]
    assert findings(table, "reading.left_out") == [(6,)]


@pytest.mark.parametrize(
    "lead",
    [
        "O5,,,,",  # a new lead is sparse
        "O5,Total,Proposal,1075,2024-01-10",  # its name is a word, and its amount the sum, by chance
        "O5,Total,,,",
        "O5,Elm,,,",
        "O5,Elm,Won,300,2024-01-11",
        ",Elm,Won,1075,2024-01-11",  # without an id, but with date and stage
        "O5,Elm,Total,90,2024-01-12",
    ],
)
def test_a_lead_is_a_lead(lead: str) -> None:
    table = read(HEADER, *ROWS, lead)
    assert out(table) == [] and table.frame.height == 5


def test_three_hundred_is_one_hundred_and_two_hundred_by_chance() -> None:
    table = read(HEADER, *ROWS[:2], "O3,Cedar,Proposal,300,2024-01-05", ROWS[3])
    assert out(table) == [] and table.frame.height == 4


def test_one_sign_is_kept_and_listed() -> None:
    table = read(
        "Name,Stage,Amount,Created", "Alder,Won,5,2024-01-02", "Total,Won,6,2024-01-03", "Gum,Lost,7,2024-01-04"
    )
    assert table.frame["Name"].to_list() == ["Alder", "Total", "Gum"]
    assert findings(table, "reading.doubtful_rows") == [(3,)]


def test_numbered_rows_are_not_counts_of_the_rows_above() -> None:
    lines = [f"{i},Deal {i},Won,{100 + i},2024-01-0{i + 1}" for i in range(8)]
    assert read(HEADER, *lines).frame.height == 8


def test_a_funnel_whose_first_stage_is_called_total() -> None:
    table = read("Stage,2024-01,2024-02", "Total,100,120", "Qualified,40,50", "Won,8,9")
    assert table.frame["Stage"].to_list() == ["Total", "Qualified", "Won"]


# --- grouped reports --------------------------------------------------------------------------------------------------


def test_subtotals_of_a_sorted_list() -> None:
    """Excel puts them into the column by which the list is sorted."""
    table = read(
        HEADER, ROWS[3], ",,Lost Total,425,", ROWS[0], ROWS[2], ",,Proposal Total,450,", ROWS[1], ",,Won Total,200,",
        ",,Grand Total,1075,",
    )  # fmt: skip
    assert out(table) == [(3, "total"), (6, "total"), (8, "total"), (9, "total")]
    assert table.frame["Stage"].to_list() == ["Lost", "Proposal", "Proposal", "Won"]


def test_a_group_is_named_in_its_first_row_only() -> None:
    table = read(
        "Stage,Deal,Amount,Created", "New,Alder,100,2024-01-02", ",Birch,200,2024-01-03", "Subtotal,,300,",
        "Signed,Cedar,350,2024-01-05", ",Dogwood,425,2024-01-09", ",Elm,1,2024-01-10", "Subtotal,,776,", "Total,,1076,",
    )  # fmt: skip
    assert out(table) == [(4, "total"), (8, "total"), (9, "total")]
    assert table.frame["Stage"].to_list() == ["New", "New", "Signed", "Signed", "Signed"]
    assert findings(table, "reading.group_cells") == [(3, 6, 7)]


def test_sum_and_count_of_a_group_in_two_rows() -> None:
    """As Salesforce writes a formatted report."""
    table = read(
        "Stage ↑,Opportunity Name,Amount,Created", "New,Alder,100,2024-01-02", ",Birch,200,2024-01-03",
        "Subtotal,Sum,300,", ",Count,2,", "Signed,Cedar,350,2024-01-05", ",Dogwood,425,2024-01-09",
        "Subtotal,Sum,775,", ",Count,2,", "Total,Sum,1075,", ",Count,4,",
    )  # fmt: skip
    assert [row for row, _ in out(table)] == [4, 5, 8, 9, 10, 11]
    assert table.frame["Stage ↑"].to_list() == ["New", "New", "Signed", "Signed"]


def test_headings_of_groups_stand_alone() -> None:
    table = read(
        "Stage,Deal,Amount", "New,,", ",Alder,100", ",Birch,200", "Signed,,", ",Cedar,350", ",Dogwood,425",
    )  # fmt: skip
    assert out(table) == [(2, "group"), (5, "group")]
    assert table.frame["Stage"].to_list() == ["New", "New", "Signed", "Signed"]


def test_groups_within_groups() -> None:
    table = read(
        "Owner,Stage,Deal,Amount,Created",
        "Ann,New,Alder,100,2024-01-02", ",,Birch,200,2024-01-03", ",New Total,,300,", ",Won,Cedar,350,2024-01-05",
        ",Won Total,,350,", "Ann Total,,,650,", "Bob,New,Elm,50,2024-02-02", ",,Fir,60,2024-02-03", ",New Total,,110,",
        "Bob Total,,,110,", "Grand Total,,,760,",
    )  # fmt: skip
    assert [row for row, _ in out(table)] == [4, 6, 7, 10, 11, 12]
    assert table.frame["Owner"].to_list() == ["Ann", "Ann", "Ann", "Bob", "Bob"]
    assert table.frame["Stage"].to_list() == ["New", "New", "Won", "New", "New"]


def test_regions_over_the_same_stages() -> None:
    table = read(
        "大区,阶段,线索数", "华东,线索,100", ",商机,40", ",赢单,8", "华南,线索,90", ",商机,30", ",赢单,5", "合计,,273"
    )
    assert table.frame["大区"].to_list() == ["华东"] * 3 + ["华南"] * 3
    assert out(table) == [(8, "total")]


def test_an_optional_first_column_is_not_filled_down() -> None:
    rows = ["Ann,Alder,Won,100", ",Birch,Won,200", "Bob,Cedar,Lost,300", ",Dogwood,Won,400", "Ann,Elm,Won,500"]
    table = read("Owner,Deal,Result,Amount", *rows, "Total,,,1500")
    assert table.frame["Owner"].to_list() == ["Ann", None, "Bob", None, "Ann"]
    unique = read(
        "Reference,Deal,Result,Amount", "R1,Alder,Won,100", ",Birch,Won,200", "R2,Elm,Lost,300", "Total,,,600"
    )
    assert unique.frame["Reference"].to_list() == ["R1", None, "R2"]


def test_totals_among_the_labels_of_a_long_table() -> None:
    lines = [
        f"2024-0{m},{stage},{n}" for m in (1, 2) for stage, n in (("Lead", 100 * m), ("Won", 8), ("Total", 100 * m + 8))
    ]
    table = read("Month,Stage,Deals", *lines)
    assert out(table) == [(4, "total"), (7, "total")] and table.frame.height == 4


# --- lines of text ----------------------------------------------------------------------------------------------------


def test_the_footer_of_a_report() -> None:
    footer = [
        "",
        "Pipeline by stage",
        "Copyright (c) 2024 example",
        "Generated By: Ann 2/5/2024 9:30 AM",
        "Example Ltd",
    ]
    assert out(read(HEADER, *ROWS, *footer)) == [(7, "note"), (8, "note"), (9, "note"), (10, "note")]
    names_first = read("Name,Stage,Amount,Created", *(row.split(",", 1)[1] for row in ROWS), *footer)
    assert names_first.frame["Name"].to_list() == ["Alder", "Birch", "Cedar", "Dogwood"]


def test_a_new_customer_after_a_blank_line_is_no_footer() -> None:
    table = read("Name,Stage,Amount,Created", *(row.split(",", 1)[1] for row in ROWS), "", "Example Ltd,,,")
    assert table.frame["Name"].to_list()[-1] == "Example Ltd"
    assert findings(table, "reading.doubtful_rows") == [(7,)]


def test_totals_and_signatures_below_a_chinese_table() -> None:
    table = read(
        "编号,客户,阶段,金额,创建日期", "A1,甲公司,报价,100,2024-01-02", "A2,乙公司,赢单,200,2024-01-03",
        "A3,丙公司,报价,300,2024-01-05", "合计,,,600,", "制表人：张三,,审核：李四,,2024-02-10",
    )  # fmt: skip
    assert out(table) == [(5, "total"), (6, "note")] and table.frame.height == 3


def test_titles_of_parts() -> None:
    table = read("Won deals,,,,", HEADER, *ROWS[:2], "", "Lost since January,,,,", HEADER, *ROWS[2:])
    assert (out(table), table.n_repeated_header, table.frame.height) == ([(6, "title")], 1, 4)
    chinese = read(
        "客户,阶段,金额,日期", "甲,赢单,1,2024-01-02", "", "输单", "客户,阶段,金额,日期", "乙,输单,2,2024-01-03"
    )
    assert out(chinese) == [(4, "title")] and chinese.frame["客户"].to_list() == ["甲", "乙"]


def test_pages_of_a_printed_list() -> None:
    table = read(HEADER, *ROWS[:2], "Page 1 of 2,,,,", HEADER, *ROWS[2:], "Page 2 of 2,,,,")
    assert table.frame["ID"].to_list() == ["O1", "O2", "O3", "O4"] and table.left_out.height == 2


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Total", True), ("  TOTAL : 1,200.50 ", True), ("小计（3）", True), ("Ｔｏｔａｌ", True), ("Sub-total", True),
        ("Total leads", False), ("Totally new", False), ("合计金额", False), ("Summer sale", False),
        ("Maximilian", False),
        ("Records: 12", True), ("Sum of Amount", True), ("Countess", False), ("", False),
    ],
)  # fmt: skip
def test_words_for_a_total(text: str, expected: bool) -> None:
    assert is_total_word(text) is expected


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Closed Won Total", "closed won"), ("赢单 小计", "赢单"), ("赢单汇总", "赢单"), ("2024 Total", "2024"),
        ("Won", None),
        ("Subtotal for Won", "won"), ("Lead Count", "lead"), ("Summe Proposal", "proposal"),
    ],
)  # fmt: skip
def test_a_label_with_a_word_for_a_total(text: str, label: str | None) -> None:
    assert without_total(text) == label


# --- whatever comes ---------------------------------------------------------------------------------------------------

EXTRA = st.sampled_from(["", "blank", "total", "subtotal", "note", "header"])


@examples(60)
@example(drawn=[(1, "Lead", "blank"), (1900, "Lead", ""), (1, "Lead", "blank"), (1, "Won", "")])
@given(
    st.lists(st.tuples(st.integers(1, 9000), st.sampled_from(["Lead", "Won", "Lost"]), EXTRA), min_size=3, max_size=25)
)
def test_no_record_is_lost_and_no_total_is_kept(drawn: list[tuple[int, str, str]]) -> None:
    """Records of a list with totals, lines of text, blank lines and headers between them."""
    header = ["Deal no", "Customer", "Stage", "Amount", "Created"]
    lines, ids, kinds, section = [header], [], [], 0
    for i, (amount, stage, extra) in enumerate(drawn):
        ids.append(f"D-{i:03}")
        day = date(2024, 1, 1) + timedelta(days=i)
        lines.append([ids[-1], f"Customer {i}", stage, str(amount), day.isoformat()])
        section += amount
        added = {
            "blank": [""] * 5,
            "total": ["Total", "", "", str(sum(a for a, *_ in drawn[: i + 1])), ""],
            "subtotal": ["", "", "Subtotal", str(section), ""],
            "note": ["Entered by the team in Leeds", "", "", "", ""],
            "header": header,
        }.get(extra)
        if added is not None:
            lines.append(added)
            kinds.append(extra)
        if extra in ("total", "subtotal"):
            section = 0
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    table = read(text.getvalue())
    assert table.frame["Deal no"].to_list() == ids
    assert table.n_blank == kinds.count("blank") and table.n_repeated_header == kinds.count("header")
    assert table.left_out.height == sum(kind in ("total", "subtotal", "note") for kind in kinds)
    assert table.n_rows == len(lines) - 1


@examples(80)
@given(
    st.lists(
        st.lists(st.sampled_from(["", "", "Total", "1", "2", "3", "O1", "Won", "2024-01-02", "合计: 2", "x y z: w"]),
                 min_size=4, max_size=4),
        min_size=2, max_size=12,
    )
)  # fmt: skip
def test_every_row_is_accounted_for(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["id", "stage", "created", "amount"], ["O9", "Won", "2024-02-01", "5"], *rows])
    table = read(text.getvalue())
    numbers = [*table.row_numbers, *table.left_out["row_no"], *table.rejected["row_no"]]
    assert len(set(numbers)) == len(numbers) and table.n_rows == len(rows) + 1
