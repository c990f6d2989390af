"""Two exports pasted under one another: the later rows are read by their own header."""

from __future__ import annotations

import pytest

from funnel.intake.reading.reader import read_table

FIRST = "Deal ID,Deal Name,Deal Stage,Amount,Create Date,Close Date"
ROWS = "1,Alder,Closed Won,100,2024-01-02,2024-02-01\n2,Birch,Proposal,200,2024-01-03,\n"
SECOND = "Deal ID,Create Date,Close Date,Deal Stage,Deal Name,Amount"
MOVED = "3,2024-01-04,2024-02-03,Closed Lost,Cedar,300\n4,2024-01-05,,Proposal,Dogwood,400\n"
CHINESE = "商机编号,商机名称,商机阶段,金额,创建时间,关闭日期"


@pytest.mark.parametrize("between", ["", "\n"])
def test_rows_below_a_header_in_another_order_are_read_by_it(between: str) -> None:
    table = read_table(f"{FIRST}\n{ROWS}{between}{SECOND}\n{MOVED}".encode(), "two.csv")
    assert table.frame["Deal Name"].to_list() == ["Alder", "Birch", "Cedar", "Dogwood"]
    assert table.frame["Amount"].to_list() == ["100", "200", "300", "400"]
    assert table.frame["Create Date"].to_list()[2:] == ["2024-01-04", "2024-01-05"]
    assert (table.n_tables, table.n_repeated_header) == (1, 1)
    assert "reading.header_again" in [finding.message.code for finding in table.findings]


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_header_in_another_language_is_no_record(between: str) -> None:
    table = read_table(f"{FIRST}\n{ROWS}{between}{CHINESE}\n{ROWS}".encode(), "two.csv")
    assert table.frame["Deal Stage"].to_list() == ["Closed Won", "Proposal"] * 2
    assert table.n_repeated_header == 1


def test_a_column_that_only_the_second_header_has_is_told() -> None:
    below = "3,2024-01-04,,Proposal,Cedar,300,Ann\n4,2024-01-05,,Proposal,Fir,400,Bob\n"
    table = read_table(f"{FIRST},\n{ROWS}{SECOND},Nickname\n{below}".encode(), "two.csv")
    assert table.frame["Deal Name"].to_list()[2:] == ["Cedar", "Fir"]


def test_records_of_words_alone_are_no_header() -> None:
    text = "Deal ID,Name,Stage,Created\n1,Alder,Won,2024-01-02\nx,Stage,Lost,\n3,Cedar,Lead,2024-01-04\n"
    table = read_table(text.encode(), "one.csv")
    assert table.n_repeated_header == 0
    assert table.frame.height == 3
