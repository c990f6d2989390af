"""Web pages and XML spreadsheets that are called .xls: read like any other table, refused when damaged."""

from __future__ import annotations

import html
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.errors import InputError
from funnel.intake.mapping import RawTable
from funnel.intake.reading.reader import ReadOptions, read_table
from funnel.intake.reading.workers import pages
from tests.examples import examples

HEADER = ["编号", "客户", "阶段", "金额"]
ROWS = [
    ["007", "甲公司 & 合作伙伴", "赢单", "1,200.50"],
    ["008", "乙公司", "丢单", ""],
    ["009", "丙公司", "报价", "300"],
]


def page(rows: list[list[str]], head: str = "", table: str = "<table border=1>") -> str:
    lines = ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<html><head>{head}</head><body>{table}{''.join(lines)}</table></body></html>"


def read(text: str | bytes, **options: str | int) -> RawTable:
    data = text if isinstance(text, bytes) else text.encode()
    table = read_table(data, "export.xls", ReadOptions(**options))  # type: ignore[arg-type]
    assert table.n_rows == (
        table.frame.height + table.n_blank + table.n_repeated_header + table.left_out.height + table.rejected.height
    )
    return table


def cells(table: RawTable) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in table.frame.rows()]


def codes(table: RawTable) -> set[str]:
    return {finding.message.code for finding in table.findings}


def refusal(data: str | bytes, **options: str | int) -> str:
    with pytest.raises(InputError) as caught:
        read(data, **options)
    return caught.value.message.code


# --- what it is, and in which characters --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "written", "said"),
    [
        ("gb2312", "gbk", "gb18030"),
        ("GBK", "gb18030", "gb18030"),
        ("utf-8", "utf-8", "utf-8"),
        ("gb2312", "utf-8", "utf-8"),  # what many programs say wrongly
        ("iso-8859-1", "gbk", "gb18030"),  # every byte is a letter of western Europe: believed, so a person can change
        ("", "gbk", "gb18030"),
        ("", "utf-16", "utf-16-le"),
        ("utf-8", "utf-8-sig", "utf-8"),
    ],
)
def test_chinese_pages_in_the_encodings_that_programs_write(declared: str, written: str, said: str) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    data = page([HEADER, *ROWS], meta).encode(written)
    if declared == "iso-8859-1":
        assert read(data).encoding == "cp1252"
        table = read(data, encoding="gb18030")
    else:
        table = read(data)
    assert (table.kind, table.encoding, list(table.columns)) == ("html", said, HEADER)
    assert cells(table) == ROWS


def test_the_charset_of_a_western_page_beats_a_likeness_to_chinese() -> None:
    """Cyrillic in windows-1251 has only bytes above 127, as Chinese in GBK has."""
    data = page([["Номер", "Стадия"], ["1", "Продажа"], ["2", "Отказ"]], '<meta charset="windows-1251">')
    table = read(data.encode("cp1251"))
    assert (table.encoding, table.columns) == ("cp1251", ("Номер", "Стадия"))


@pytest.mark.parametrize("start", ["<!DOCTYPE html>", "\n\n  ", "<!-- export -->", "<style>td {mso: '\\@'}</style>"])
def test_pages_begin_in_many_ways(start: str) -> None:
    assert cells(read(start + page([HEADER, *ROWS]))) == ROWS


def test_a_csv_that_holds_markup_is_a_csv() -> None:
    table = read("id,note\n1,<table>\n2,<b>x</b>\n")
    assert (table.kind, table.frame.rows()) == ("csv", [("1", "<table>"), ("2", "<b>x</b>")])


# --- cells --------------------------------------------------------------------------------------------------------


def test_what_stands_in_a_cell() -> None:
    text = (
        "<table><tr><th>id<th>name<th>note</tr>"
        "<tr><td>001<td>A&amp;B &lt;GmbH&gt;&nbsp;&#20013;<td><b>one</b><br>two <!-- not shown -->"
        "<script>x='<td>'</script></tr>"
        "<TR><TD title='a > b'>\n  002 \n</TD><TD><font color=red>c d</font></TD><td></td></TR></table>"
    )
    assert cells(read(text)) == [["001", "A&B <GmbH> 中", "one two"], ["002", "c d", ""]]


def test_tags_may_be_left_out_as_the_standard_allows() -> None:
    text = "<table><tr><td>id<td>stage<tr><td>1<td>Won<tr><td>2<td>Lost</table>"
    table = read(text)
    assert (table.columns, cells(table)) == (("id", "stage"), [["1", "Won"], ["2", "Lost"]])


def test_titles_and_group_headings_over_merged_cells() -> None:
    text = (
        "<table><tr><td colspan=3>Sales report</td></tr><tr><td>id</td><td>stage</td><td>amount</td></tr>"
        "<tr><td>1</td><td rowspan=2>Won</td><td>5</td></tr><tr><td>2</td><td>6</td></tr></table>"
    )
    table = read(text)
    assert (table.header_row, table.columns) == (2, ("id", "stage", "amount"))
    assert cells(table) == [["1", "Won", "5"], ["2", "Won", "6"]]
    assert table.row_numbers.to_list() == [3, 4]
    assert "reading.merged_cells" in codes(table)


def test_blank_rows_and_repeated_headers_are_counted() -> None:
    table = read(page([HEADER, *ROWS[:1], ["", "", "", ""], HEADER, *ROWS[1:]]))
    assert (cells(table), table.n_blank, table.n_repeated_header) == (ROWS, 1, 1)


# --- several tables -----------------------------------------------------------------------------------------------


def test_the_table_with_the_most_in_it_is_read_and_another_can_be_chosen() -> None:
    other = [["user", "role"], ["ann", "admin"], ["bob", "sales"]]
    text = page([["Report of 2024"]]) + page(other) + page([HEADER, *ROWS])
    table = read(text)
    assert (table.n_tables, table.table, cells(table)) == (2, 2, ROWS)  # a title alone is no table
    (finding,) = [f for f in table.findings if f.message.code == "reading.several_page_tables"]
    assert finding.n == 4  # three rows of the users, one of the title
    assert cells(read(text, table=1)) == other[1:]
    assert refusal(text, table=3) == "reading.unknown_table"


def test_a_page_laid_out_in_tables_gives_the_one_inside() -> None:
    text = f"<table><tr><td>menu</td><td>{page([HEADER, *ROWS])}</td></tr><tr><td>foot</td><td>er</td></tr></table>"
    assert cells(read(text)) == ROWS


def test_tables_one_above_the_other_in_one_sheet_are_told_apart_as_in_a_csv() -> None:
    """Excel writes a whole sheet as one table."""
    rows = [HEADER, *ROWS, ["", "", "", ""], ["user", "logins", "", ""], ["ann", "3", "", ""], ["bob", "4", "", ""]]
    table = read(page(rows))
    assert (table.n_tables, cells(table)) == (2, ROWS)
    assert cells(read(page(rows), table=2)) == [["ann", "3"], ["bob", "4"]]


XML = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
 <Worksheet ss:Name="Deals"><Table>
  <Row ss:Index="2"><Cell><Data ss:Type="String">id</Data></Cell><Cell><Data ss:Type="String">created</Data></Cell>
   <Cell><Data ss:Type="String">won</Data></Cell><Cell><Data ss:Type="String">amount</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String">001</Data><Comment><Data>seen</Data></Comment></Cell>
   <Cell><Data ss:Type="DateTime">2024-03-05T00:00:00.000</Data></Cell>
   <Cell><Data ss:Type="Boolean">1</Data></Cell><Cell><Data ss:Type="Number">12.5</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String">002</Data></Cell><Cell ss:Index="4"><Data ss:Type="Error">#N/A</Data></Cell></Row>
 </Table></Worksheet>
 <Worksheet ss:Name="Users"><Table><Row><Cell><Data ss:Type="String">user</Data></Cell>
  <Cell><Data ss:Type="String">role</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String">ann</Data></Cell><Cell><Data ss:Type="String"><![CDATA[R&D]]></Data></Cell></Row>
 </Table></Worksheet>
</Workbook>"""


def test_an_xml_spreadsheet_has_sheets() -> None:
    table = read(XML)
    assert (table.sheet, table.sheets, table.header_row) == ("Deals", ("Deals", "Users"), 2)
    assert cells(table) == [["001", "2024-03-05T00:00:00.000", "TRUE", "12.5"], ["002", "", "", ""]]
    assert {"reading.error_cells", "reading.several_sheets"} <= codes(table)
    assert cells(read(XML, sheet="Users")) == [["ann", "R&D"]]
    assert refusal(XML, sheet="x") == "reading.unknown_sheet"


# --- what cannot be read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<html><body>please log in</body></html>", "reading.not_a_table"),
        ("<table></table>", "reading.not_a_table"),
        ("<?xml version='1.0'?><leads><lead id='1'/></leads>", "reading.not_a_table"),
        (page([HEADER]), "reading.header_only"),
        (page([HEADER, *ROWS])[:-70], "reading.damaged"),  # cut off inside a cell
        (XML[:900], "reading.damaged"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    assert refusal(text) == code


def test_a_table_without_an_end_is_read_and_says_so() -> None:
    text = page([HEADER, *ROWS])
    table = read(text[: text.rindex("</table>")])
    assert cells(table) == ROWS
    assert "reading.open_table" in codes(table)


def test_a_span_is_cut_at_what_the_standard_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_MOST_SPAN", 3)
    text = "<table><tr><td colspan=9 rowspan=9>x</td><td>y</td></tr><tr><td>id</td><td>b</td></tr></table>"
    answer, table = pages.read_tables(text, None, None)
    assert answer["width"] == 5 and table is not None and table.rows == [{0: "x", 3: "y"}, {3: "id", 4: "b"}]


def test_cells_far_outside_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "<Row ss:Index='10'><Cell ss:Index='6'><Data>x</Data></Cell></Row>"
    page_, out = tmp_path / "page", tmp_path / "out.arrow"
    page_.write_text(f"<Workbook><Worksheet ss:Name='a'><Table>{rows}</Table></Worksheet></Workbook>", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["pages.py", str(page_), str(out), "", "0", "100"])
    for most, refused in ((60, False), (59, True)):
        monkeypatch.setattr(pages, "_MOST_CELLS", most)
        pages.main()
        answer = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
        assert (answer.get("error") == "reading.too_large") is refused


# --- anything -----------------------------------------------------------------------------------------------------

CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
PIECE = st.sampled_from(
    [
        "<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th colspan=2>", "<td rowspan=3>", "<br>", "<a",
        "<Row ss:Index='3'>", "<Cell ss:Index='4'>", "</Cell>", "<Worksheet ss:Name='a'>", "</Worksheet>", "a", "1",
        "<Data ss:Type='Error'>", "<!--", "-->", "<script>", "</script>", "&", "&amp;", "<![CDATA[", "]]>", "<", ">",
        "'", '"', "<td",
    ]
)  # fmt: skip


@examples(400)
@given(st.lists(PIECE, max_size=40).map("".join))
def test_any_markup_gives_an_answer(text: str) -> None:
    answer, table = pages.read_tables(text, None, None)
    assert "error" in answer or answer["width"] == 0 or table is not None
    if table is not None:
        assert all(column < table.width for row in table.rows for column in row)


@examples(15)
@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_what_was_written_is_read_back(rows: list[tuple[str, str, str]], encoding: str) -> None:
    """Cells come back as a browser shows them: runs of white space are one blank."""
    written = [[f"L{i} {a}", b, c] for i, (a, b, c) in enumerate(rows)]
    table = read(page([["id", "name", "stage"], *written]).encode(encoding), encoding=encoding, header_row=1)
    assert cells(table) == [[" ".join(cell.split()) for cell in row] for row in written]


@pytest.mark.parametrize("cut", range(60, 330, 18))
def test_a_cut_file_never_loses_rows_in_silence(cut: int) -> None:
    """Cut anywhere, the file is refused, or it says that it has no end."""
    text = page([HEADER, *ROWS])
    try:
        table = read(text[:cut])
    except InputError as error:
        assert error.message.code in ("reading.damaged", "reading.header_only", "reading.not_a_table")
    else:
        assert cells(table) == ROWS or "reading.open_table" in codes(table)


def test_a_page_and_a_csv_of_the_same_rows_are_the_same_table() -> None:
    rows = [["id", "stage", "created"], *([f"{i:04}", "Won" if i % 3 else "Lost", "05.03.2024"] for i in range(500))]
    text = "\n".join(",".join(row) for row in rows)
    from_page, from_csv = read(page(rows)), read(text)
    assert from_page.frame.equals(from_csv.frame)
    assert from_page.row_numbers.equals(from_csv.row_numbers)
    assert from_page.frame.schema == dict.fromkeys(rows[0], pl.String)
