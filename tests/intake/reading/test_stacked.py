"""A workbook with one sheet a month: what has the same columns is one table, whatever else the workbook holds."""

from __future__ import annotations

import io

import xlsxwriter

from funnel.intake.mapping import RawTable
from funnel.intake.reading.reader import ReadOptions, read_table

COLUMNS = ["序号", "客户名称", "登记日期", "签约", "丢单", "金额（万元）"]
MARCH = [["1", "光华建材", "2024-03-02", "√", None, "12"], ["2", "云启科技", "2024-03-09", None, "√", "3"]]
APRIL = [["1", "太湖软件", "2024-04-01", None, None, "8"], ["2", "湘江电子", "2024-04-20", "√", None, "5"]]


def workbook() -> bytes:
    """Two months under titles, each with a total; a hidden copy; a price list."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, rows in (("3月", MARCH), ("4月", APRIL), ("备份", MARCH)):
        sheet = book.add_worksheet(name)
        sheet.merge_range(0, 0, 0, len(COLUMNS) - 2, f"2024年{name}客户跟进表")
        sheet.write_row(1, 0, COLUMNS)
        for i, row in enumerate(rows):
            sheet.write_row(2 + i, 0, row)
        sheet.write_row(4, 0, ["合计", None, None, None, None, sum(int(row[5] or 0) for row in rows)])
        if name == "备份":
            sheet.hide()
    prices = book.add_worksheet("价格表")
    prices.write_row(0, 0, ["产品", "单价"])
    prices.write_row(1, 0, ["水泵", 100])
    prices.write_row(2, 0, ["阀门", 20])
    book.close()
    return out.getvalue()


def read(sheet: str | None = None) -> RawTable:
    table = read_table(workbook(), "跟进表.xlsx", ReadOptions(sheet=sheet))
    assert table.n_rows == (
        table.frame.height + table.n_blank + table.n_repeated_header + table.left_out.height + table.rejected.height
    )
    return table


def test_the_months_stand_one_under_another_and_their_numbers_stay_apart() -> None:
    table = read()
    assert table.together == ("3月", "4月")
    assert table.columns == tuple(COLUMNS)  # a title over most of the table is no heading of its columns
    assert table.frame["客户名称"].to_list() == ["光华建材", "云启科技", "太湖软件", "湘江电子"]
    assert table.frame["序号"].to_list() == ["3月 1", "3月 2", "4月 1", "4月 2"]


def test_rows_are_counted_through_all_sheets() -> None:
    table = read()
    assert table.row_numbers.to_list() == [3, 4, 8, 9]  # the first sheet has five rows
    assert table.left_out["row_no"].to_list() == [5, 10]
    (told,) = [one for one in table.findings if one.message.code == "reading.sheets_together"]
    assert told.n == 2 and told.message.params["sheets"] == ["3月 (1–5)", "4月 (6–10)"]
    (totals,) = [one for one in table.findings if one.message.code == "reading.left_out"]
    assert totals.n == totals.message.params["n"] == 2 and totals.rows == (5, 10)


def test_one_sheet_can_be_chosen_and_a_hidden_or_another_one_never_joins() -> None:
    table = read("4月")
    assert table.together == () and table.frame["序号"].to_list() == ["1", "2"]
    assert read("价格表").columns == ("产品", "单价")
    assert "备份" not in read().together and "价格表" not in read().together


def test_columns_in_another_order_join_and_one_more_column_does_not() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, header, row in (
        ("Jan", ["Deal", "Stage", "Amount"], ["Alder", "Won", "100"]),
        ("Feb", ["Amount", "Deal", "Stage"], ["250", "Birch", "Lost"]),
        ("Mar", ["Deal", "Stage", "Amount", "Owner"], ["Cedar", "Won", "70", "Li"]),
    ):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, row)
    book.close()
    table = read_table(out.getvalue(), "deals.xlsx")
    assert table.together == ("Jan", "Feb")
    assert table.frame.rows() == [("Alder", "Won", "100"), ("Birch", "Lost", "250")]


def test_the_same_deals_a_month_later_do_not_join() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, stage in (("Feb", "Won"), ("Jan", "Quote")):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["Deal", "Stage"])
        for i in range(8):
            sheet.write_row(1 + i, 0, [f"D-{i + (2 if name == 'Feb' else 0)}", stage])
    book.close()
    table = read_table(out.getvalue(), "deals.xlsx")
    assert table.sheet == "Feb" and table.together == () and table.frame.height == 8
    assert ("reading.same_on_sheets", "warning") in [(one.message.code, one.severity) for one in table.findings]
