"""What a workbook itself says: its table, hidden rows, lists to choose from, errors."""

from __future__ import annotations

import io
from collections.abc import Callable

import xlsxwriter

from funnel.intake.mapping import RawTable
from funnel.intake.reading.reader import ReadOptions, read_table

Sheet = xlsxwriter.worksheet.Worksheet
COLUMNS = ["Deal", "Stage", "Created", "Amount"]
DEALS = [
    ["Alder", "Proposal", "2024-01-02", 100],
    ["Birch", "Won", "2024-01-03", 200],
    ["Cedar", "Proposal", "2024-01-05", 350],
    ["Dogwood", "Lost", "2024-01-09", 425],
]


def book(fill: Callable[[xlsxwriter.Workbook, Sheet], None]) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    fill(made, made.add_worksheet("Deals"))
    made.close()
    return out.getvalue()


def read(data: bytes, **options: int) -> RawTable:
    table = read_table(data, "deals.xlsx", ReadOptions(**options))  # type: ignore[arg-type]
    assert table.n_rows == (
        table.frame.height + table.n_blank + table.n_repeated_header + table.left_out.height + table.rejected.height
    )
    return table


def notes(table: RawTable) -> dict[str, tuple[int, tuple[int, ...]]]:
    return {finding.message.code: (finding.n, finding.rows) for finding in table.findings}


def with_table(_: xlsxwriter.Workbook, ws: Sheet, left: int = 0) -> None:
    """A title, the table with a row of totals that has no word, a signature; beside it a remark."""
    ws.write(0, left, "Pipeline of the north")
    ws.add_table(
        2, left, 7, left + 3,
        {
            "data": DEALS,
            "columns": [
                {"header": "Deal"}, {"header": "Stage"}, {"header": "Created"},
                {"header": "Amount", "total_function": "max"},
            ],
            "total_row": True,
        },
    )  # fmt: skip
    ws.write(7, left + 3, 425)
    ws.write(9, left, "Ann Example")


def test_the_table_of_the_workbook_is_the_data() -> None:
    for left in (0, 2):
        table = read(book(lambda made, ws, left=left: with_table(made, ws, left)))
        assert (table.columns, table.header_row) == (tuple(COLUMNS), 3)
        assert table.frame["Deal"].to_list() == ["Alder", "Birch", "Cedar", "Dogwood"]
        assert table.left_out.select("row_no", "code").rows() == [
            (8, "reading.left_out.total"),
            (10, "reading.left_out.note"),
        ]
        assert table.titles == ("Pipeline of the north",)


def test_rows_typed_below_the_table_are_kept_and_told() -> None:
    def fill(made: xlsxwriter.Workbook, ws: Sheet) -> None:
        ws.add_table(0, 0, 4, 3, {"data": DEALS, "columns": [{"header": name} for name in COLUMNS]})
        ws.write_row(5, 0, ["Elm", "Won", "2024-02-01", 7])
        ws.write(1, 6, "remember to call")

    table = read(book(fill))
    assert table.frame["Deal"].to_list()[-1] == "Elm" and table.columns == tuple(COLUMNS)
    assert notes(table)["reading.below_table"] == (1, (6,))
    assert notes(table)["reading.beside_table"][0] == 1


def test_a_small_table_beside_the_data_is_not_the_data() -> None:
    def fill(_: xlsxwriter.Workbook, ws: Sheet) -> None:
        for i, row in enumerate([COLUMNS, *DEALS, *([f"Deal {n}", "Won", "2024-02-02", n] for n in range(9))]):
            ws.write_row(i, 0, row)
        ws.add_table(0, 5, 2, 6, {"data": [["a", 1], ["b", 2]], "columns": [{"header": "code"}, {"header": "n"}]})

    assert read(book(fill)).frame.height == 13


def test_another_header_row_can_still_be_set() -> None:
    assert read(book(with_table), header_row=0).columns[0] == "[A]"


def test_hidden_rows_are_counted_and_told() -> None:
    def fill(_: xlsxwriter.Workbook, ws: Sheet) -> None:
        for i, row in enumerate([COLUMNS, *DEALS]):
            ws.write_row(i, 0, row)
        ws.autofilter(0, 0, 4, 3)
        ws.filter_column("B", "x == Won")
        for row in (1, 3, 4):
            ws.set_row(row, None, None, {"hidden": True})

    table = read(book(fill))
    assert table.frame.height == 4 and notes(table)["reading.hidden_rows"] == (3, (2, 4, 5))


def test_lists_to_choose_from_are_the_order_of_stages() -> None:
    stages = ["Proposal", "Negotiation", "Won", "Lost"]

    def typed(_: xlsxwriter.Workbook, ws: Sheet) -> None:
        for i, row in enumerate([COLUMNS, *DEALS]):
            ws.write_row(i, 1, row)
        ws.data_validation("C2:C100", {"validate": "list", "source": stages})

    def of_another_sheet(made: xlsxwriter.Workbook, ws: Sheet) -> None:
        lists = made.add_worksheet("My lists")
        lists.write_column(1, 2, stages)
        for i, row in enumerate([COLUMNS, *DEALS]):
            ws.write_row(i, 0, row)
        ws.data_validation("B2:B100", {"validate": "list", "source": "='My lists'!$C$2:$C$5"})

    def of_a_name(made: xlsxwriter.Workbook, ws: Sheet) -> None:
        of_another_sheet(made, ws)
        made.define_name("Stages", "='My lists'!$C$2:$C$5")
        ws.data_validation("B2:B100", {"validate": "list", "source": "=Stages"})

    for fill in (typed, of_another_sheet, of_a_name):
        assert read(book(fill)).choices == {"Stage": tuple(stages)}


def test_errors_are_told_by_their_names() -> None:
    def fill(_: xlsxwriter.Workbook, ws: Sheet) -> None:
        for i, row in enumerate([COLUMNS, *DEALS]):
            ws.write_row(i, 0, row)
        ws.write_formula(2, 3, "=VLOOKUP(1,A1:A2,1)", None, "#N/A")
        ws.write_formula(3, 3, "=SUMME(1)", None, "#NAME?")

    table = read(book(fill))
    (finding,) = [f for f in table.findings if f.message.code == "reading.error_cells"]
    assert (finding.n, finding.rows, finding.message.params["shown"]) == (2, (3, 4), ["#N/A", "#NAME?"])
    assert table.frame["Amount"].to_list() == ["100", None, None, "425"]
