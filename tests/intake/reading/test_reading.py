"""Reading delimited text: encodings, separators, ragged and odd files. Expectations are the text that was written."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from funnel.errors import InputError
from funnel.intake.mapping import RawTable
from funnel.intake.reading import containers, delimited, grid
from funnel.intake.reading.delimited import _read_lines, _read_quoted, _read_regular
from funnel.intake.reading.grid import grid_of, names
from funnel.intake.reading.reader import ReadOptions, only_values, read_table
from tests.examples import examples

LEADS = "编号,来源,金额\n0012345678901234567,线上,5\n007,展会,\n"


def read(text: str | bytes, **options: str | int) -> RawTable:
    table = read_table(text.encode() if isinstance(text, str) else text, "any name", ReadOptions(**options))  # type: ignore[arg-type]
    assert table.n_rows == (
        table.frame.height + table.n_blank + table.n_repeated_header + table.left_out.height + table.rejected.height
    )
    assert table.frame.columns == list(table.columns) and len(set(table.columns)) == len(table.columns)
    return table


def codes(table: RawTable) -> set[str]:
    return {finding.message.code for finding in table.findings}


def refusal(data: bytes, **options: str | int) -> str:
    with pytest.raises(InputError) as caught:
        read_table(data, "any name", ReadOptions(**options))  # type: ignore[arg-type]
    return caught.value.message.code


# --- encodings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
    ],
)
def test_simplified_chinese_in_every_encoding(encoding: str, shown: str) -> None:
    table = read(LEADS.encode(encoding))
    assert table.encoding == shown
    assert table.columns == ("编号", "来源", "金额")
    assert table.frame.rows() == [("0012345678901234567", "线上", "5"), ("007", "展会", None)]


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "utf-16-le"])
def test_traditional_chinese(encoding: str) -> None:
    table = read("客戶,金額,業務員\n台灣電子,5,王小明\n".encode(encoding))
    assert (table.encoding, table.columns) == (encoding, ("客戶", "金額", "業務員"))
    assert table.frame.rows() == [("台灣電子", "5", "王小明")]


@pytest.mark.parametrize(
    "text",
    [
        "Name;Größe;Straße\nMüller;süß;Köln, Äpfelstraße\nJäger;größer;Füßen ÄÖÜ\n",
        "société;créée;montant\nÉtablissements Élysée;été;5 €\n",
        "name,price\nShop,“5 €” – net\n",
        "nombre;año\nPeña;2024\n",
    ],
)
def test_western_text_in_cp1252_is_not_read_as_chinese(text: str) -> None:
    table = read(text.encode("cp1252"))
    expected = list(csv.reader(io.StringIO(text), delimiter=table.delimiter or ","))
    assert table.encoding == "cp1252"
    assert [list(table.columns), *map(list, table.frame.rows())] == expected


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "案件番号,顧客名,進捗\nK1,北斗商事,受注\nK2,山手クリニック,失注\n"),
        ("euc_kr", "고객명,단계,담당자\n한빛전자,계약,김철수\n대성물산,실주,이영희\n"),
        ("cp1251", "Название;Стадия\nСделка №12 «Вектор»;В работе\nНасос НЦ-40;Сделка успешна\n"),
        ("cp1250", "Etap;Źródło;Kwota\nWygrana;Łódź Paweł;5\nZamknięty;Dąbek;7\n"),
        ("cp1250", "Zákazník;Fáze;Částka\nŘehoř Novák;Vyhráno;5\nJiří Dvořák;Uzavřeno;6\n"),
        ("cp1250", "Ügyfél;Szakasz;Összeg\nKovács Győző;Elnyerve;5\nFűtés Kft;Lezárva;6\n"),
        ("cp1250", "Klijent;Faza;Iznos\nŽeljko Čović;Dobiveno;5\nĐuro;Izgubljeno;6\n"),
        ("cp1250", "Client;Etapă;Sumă\nŞtefan;Câştigat;5\nIoniţă;Pierdut;5\n"),
        ("cp1254", "Müşteri;Aşama;Tutar\nYılmaz İnşaat;Kazanıldı;5\nGüneş;Kaybedildi;6\n"),
        ("cp1257", "Klientas;Būsena;Suma\nŽalgiris;Laimėta;5\nĄžuolas;Pralaimėta;7\n"),
        ("cp1253", "Πελάτης;Στάδιο;Ποσό\nΑλέξανδρος;Κερδισμένη;5\nΜαρία;Χαμένη;6\n"),
    ],
)
def test_other_scripts_and_alphabets(encoding: str, text: str) -> None:
    table = read(text.encode(encoding))
    expected = list(csv.reader(io.StringIO(text), delimiter=table.delimiter or ","))
    assert table.encoding == encoding
    assert [list(table.columns), *map(list, table.frame.rows())] == expected


@pytest.mark.parametrize(
    ("page", "shown", "text"),
    [
        ("cp932", "shift_jis", "案件番号,顧客名,進捗\nK1,㈱北斗商事①,受注\nK2,髙橋クリニック,失注\n"),
        ("cp949", "euc_kr", "고객명,단계,담당자\n똠방전자,계약,김철수\n대성물산,실주,이영희\n"),
        ("cp950", "big5", "客戶名稱,階段,金額\n恒生銀行,成交,€ 5\n台灣電子,成交,6\n"),
    ],
)
def test_what_windows_adds_to_a_standard_is_read(page: str, shown: str, text: str) -> None:
    table = read(text.encode(page))
    assert table.encoding == shown
    assert [table.columns, *table.frame.rows()] == [tuple(line.split(",")) for line in text.splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "Name;Ort\nZoë;Genève\nJosé;Köln\n",
        "Þór;Ísland\nSæmundur;já\nbúð;ð\n",
        "Preis;n\n5 € ½;1\n",
        "Grad;n\n50°C;±3\n",
    ],
)
def test_several_western_languages_in_one_file_stay_western(text: str) -> None:
    assert read(text.encode("cp1252")).encoding == "cp1252"


@pytest.mark.parametrize("text", ["来源,n\n一级,5\n", "客户,n\n鑫,1\n", "阶段,n\n赢单,2\n", "姓名,n\n李,1\n"])
def test_short_gbk_is_recognised(text: str) -> None:
    table = read(text.encode("gbk"))
    assert (table.encoding, table.columns[0]) == ("gb18030", text[:2])


def test_a_damaged_utf8_file_stays_utf8_and_says_so() -> None:
    broken = (LEADS * 3).encode()
    table = read(broken[:72] + b"\xff" + broken[72:])
    assert table.encoding == "utf-8" and "reading.bad_bytes" in codes(table)
    assert table.columns == ("编号", "来源", "金额")


def test_an_encoding_can_be_set() -> None:
    assert read("来源,n\n一级,5\n".encode("gbk"), encoding="big5").encoding == "big5"
    assert read("name,n\nПродажи,5\n".encode("cp1251"), encoding="cp1251").frame.rows() == [("Продажи", "5")]
    assert refusal(b"a,b\n1,2\n", encoding="klingon") == "reading.unknown_encoding"


# --- separators and quotes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_separators_are_detected(delimiter: str) -> None:
    rows = [["id", "amount", "note"], ["1", "1,5", "a; b"], ["2", "2,75", "x|y"], ["3", "3,0", "tab\there"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    table = read(out.getvalue())
    assert table.delimiter == delimiter
    assert [list(table.columns), *map(list, table.frame.rows())] == rows


def test_decimal_commas_do_not_hide_semicolons() -> None:
    table = read("a;b;c\n1,5;2,5;3,5\n1,7;2,7;3,7\n1,9;2,9;3,9\n")
    assert (table.delimiter, table.columns) == (";", ("a", "b", "c"))


def test_ragged_file_keeps_its_separator() -> None:
    table = read("id,name,city\n1,Ann\n2,Bob,Rome\n3\n4,Cy,Oslo\n5,Di\n")
    assert table.delimiter == ","
    assert table.frame.rows()[0] == ("1", "Ann", None) and table.frame.height == 5
    assert [f.rows for f in table.findings if f.message.code == "reading.short_rows"] == [(2, 4, 6)]


def test_a_row_with_too_many_cells_is_rejected_with_its_text_and_number() -> None:
    table = read("id,name,n\n1,Ann,5\n2,Bob, Jr,6\n3,Cy,7\n")
    assert table.frame["id"].to_list() == ["1", "3"]
    assert table.row_numbers.to_list() == [2, 4]
    assert table.rejected.select("row_no", "code", "cells").rows() == [(3, "reading.too_many_cells", "2,Bob, Jr,6")]


def test_empty_cells_beyond_the_header_are_no_reason_to_reject() -> None:
    table = read("id,name\n1,Ann,,\n2,Bob,,\n")
    assert table.columns == ("id", "name") and table.frame.height == 2 and table.rejected.is_empty()


def test_one_column_has_no_separator() -> None:
    table = read("name\nAnn\nBob\n")
    assert (table.delimiter, table.columns, table.frame.rows()) == (None, ("name",), [("Ann",), ("Bob",)])


def test_blanks_separate_where_nothing_else_does() -> None:
    table = read(" customer_id  date number  value\n 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n")
    assert table.delimiter == " " and table.columns == ("customer_id", "date", "number", "value")
    assert table.frame.rows()[0] == ("00001", "19970101", "1", "11.77")


def test_line_breaks_and_quotes_inside_cells() -> None:
    table = read('id,note\n1,"first line\nsecond ""line"", with comma"\n2,"5"" pipe"\n')
    assert table.frame["note"].to_list() == ['first line\nsecond "line", with comma', '5" pipe']
    assert table.row_numbers.to_list() == [2, 3]


def test_a_stray_quote_swallows_no_rows() -> None:
    text = (
        "id,note,n\n" + "1,ok,5\n" + '2,"open,6\n' + "".join(f"{i},fine,{i}\n" for i in range(3, 9)) + '9,closed",7\n'
    )
    table = read(text)
    assert table.frame["id"].to_list() == [str(i) for i in range(1, 10)]
    assert "reading.stray_quote" in codes(table)


def test_inch_marks_are_plain_characters() -> None:
    table = read('id,size\n1,5" pipe\n2,6" pipe\n')
    assert table.frame["size"].to_list() == ['5" pipe', '6" pipe']


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends(line_end: str) -> None:
    table = read(LEADS.replace("\n", line_end))
    assert table.frame.rows() == [("0012345678901234567", "线上", "5"), ("007", "展会", None)]


def test_a_separator_can_be_set() -> None:
    assert read("a,b|c\n1,2|3\n", delimiter="|").columns == ("a,b", "c")
    assert refusal(b"a,b\n1,2\n", delimiter="ab") == "reading.unknown_delimiter"
    assert refusal(b"a,b\n1,2\n", delimiter="，") == "reading.unknown_delimiter"


# --- odd content --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "reading.empty_file"),
        (b" \n\r\n\t\n", "reading.empty_file"),
        (b"\xef\xbb\xbf", "reading.empty_file"),
        (b",,,\n,,,\n", "reading.header_only"),
        (b"a,b,c\n", "reading.header_only"),
        (b"a,b,c\n,,\n\n", "reading.header_only"),
        (b"%PDF-1.7 \x00\x01", "reading.not_a_table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "reading.not_a_table"),
        (bytes(range(256)) * 40, "reading.not_a_table"),
        (b"<html><body>hello</body></html>", "reading.not_a_table"),
        (b"\x1f\x8b\x08\x00 damaged", "reading.damaged"),
        (gzip.compress(LEADS.encode() * 50, mtime=0)[:-30], "reading.damaged"),
        (b"PAR1 no parquet", "reading.damaged"),
        (b"PK\x03\x04 no zip", "reading.damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "reading.damaged"),
    ],
)
def test_what_is_no_table_is_refused_by_name(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_too_many_columns_are_refused() -> None:
    header = ",".join(f"c{i}" for i in range(100_000))
    assert refusal(f"{header}\n{header}\n".encode()) == "reading.too_many_columns"


@pytest.mark.parametrize("cell", ["x", '"x"'])
def test_one_very_long_row_below_a_short_header_is_refused_before_a_column_is_made(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample that the separator is found in ends before it; once a column was made for each of its cells."""
    made: list[int] = []
    for module in (grid, delimited):
        monkeypatch.setattr(module, "names", lambda width: made.append(width) or names(width))
    monkeypatch.setattr(grid, "zip_longest", lambda *rows: made.append(len(rows[0])) or iter(()))
    row = ",".join([cell] * 600_000)
    assert refusal(f"Deal ID,Stage\n{row}\n".encode()) == "reading.too_many_columns"
    assert max(made, default=0) <= 2


def test_five_megabytes_in_one_cell() -> None:
    table = read('id,note\n1,"' + "long text, " * 460_000 + '"\n2,short\n')
    assert table.frame["note"].str.len_bytes().to_list() == [11 * 460_000, 5]


def test_one_row_of_a_hundred_thousand_cells_does_not_widen_the_table() -> None:
    text = "id,name\n" + "".join(f"{i},n\n" for i in range(3000)) + "x" + ",y" * 100_000 + "\n"
    table = read(text)
    assert table.frame.shape == (3000, 2)
    assert table.rejected["row_no"].to_list() == [3002]


def test_zero_bytes_are_left_out_and_reported() -> None:
    table = read(b"id,name\n1,A\x00nn\n2,Bob\n" + b"3,Cy\n" * 20)
    assert table.frame["name"][0] == "Ann" and "reading.zero_bytes" in codes(table)


def test_numbers_that_a_spreadsheet_has_spoilt() -> None:
    table = read("id,account,n\n1.0,1.23457E+18,5\n2.0,1.23457E+18,5.5\n")
    assert table.frame["id"].to_list() == ["1", "2"] and table.frame["n"].to_list() == ["5", "5.5"]
    assert {"reading.float_ids", "reading.scientific_numbers"} <= codes(table)


def test_gzip_and_zip_of_one_file_are_opened() -> None:
    packed = gzip.compress(LEADS.encode("gbk"))
    assert read(packed).frame.height == 2
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x.csv", LEADS)
    assert read(out.getvalue()).frame.height == 2
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("y.csv", LEADS)
    assert refusal(out.getvalue()) == "reading.zip_of_several"


def test_what_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b"id,name\n" + b"1,Ann\n" * 40_000)
    assert read(packed).frame.height == 40_000
    monkeypatch.setattr(containers, "_FREE_UNPACKED", 100_000)
    monkeypatch.setattr(containers, "_MAX_RATIO", 5)
    monkeypatch.setattr(containers, "_CHUNK", 1 << 14)
    assert refusal(packed) == "reading.zip_bomb"


def test_parquet_keeps_its_names_and_becomes_text() -> None:
    out = io.BytesIO()
    pl.DataFrame({"id": [1, 2], "day": pl.Series(["2024-03-05", None]).str.to_date(), "x": [0.5, 2.0]}).write_parquet(
        out
    )
    table = read(out.getvalue())
    assert (table.kind, table.columns) == ("parquet", ("id", "day", "x"))
    assert table.frame.rows() == [("1", "2024-03-05", "0.5"), ("2", None, "2.0")]


def test_a_path_and_its_bytes_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "leads.xls"
    path.write_bytes(LEADS.encode("gbk"))
    by_path, by_bytes = read_table(path, "a"), read_table(path.read_bytes(), "b")
    assert by_path.content_hash == by_bytes.content_hash and by_path.frame.equals(by_bytes.frame)


# --- whatever comes -----------------------------------------------------------------------------------------------

# Cells that survive: no blank-only cells (they become null), nothing a header would be mistaken for.
CELL = st.text(
    st.characters(codec="gb18030", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Co", "Cn")), max_size=12
)
NAMES = ["编号", "客户 name", "note; x"]


@examples(80)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read_back(
    rows: list[tuple[str, str, str]], encoding: str, delimiter: str, line_end: str
) -> None:
    rows = [(f"L{i} {a}", b, c) for i, (a, b, c) in enumerate(rows)]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end).writerows([NAMES, *rows])
    table = read(out.getvalue().encode(encoding), encoding=encoding, delimiter=delimiter, header_row=1)
    assert list(table.columns) == NAMES
    seen = [tuple(cell or "" for cell in row) for row in table.frame.rows()]
    float_ids = {f.message.params["names"][0] for f in table.findings if f.message.code == "reading.float_ids"}
    assert seen == rows or float_ids


@examples(300)
@given(st.binary(max_size=400) | st.text("ab1,;|\t\n\r\"' 一é\0", max_size=200).map(lambda s: s.encode()))
def test_any_bytes_give_a_table_or_a_refusal(data: bytes) -> None:
    try:
        read(data)
    except InputError as error:
        assert error.message.code.startswith("reading.")


@examples(300)
@given(st.lists(st.lists(st.text('ab1 ,"\n一', max_size=5), min_size=2, max_size=4), min_size=1, max_size=8))
@example([["", "", ""], ["", ""], ["", ""]])
@example([["", "", "", ""], ["", "", "", "\n\n\n"], ["", ""], ["", ""], ["", ""]])
def test_the_fast_ways_agree_with_the_csv_module(rows: list[list[str]]) -> None:
    """Polars' parser pads short rows silently: where a fast way answers, it must give the csv module's rows."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    content = out.getvalue().encode()
    parsed, _ = _read_quoted(content, ",")
    slow = grid_of(parsed).frame
    fast = _read_regular(content, ",")
    if fast is not None:
        assert len({len(row) for row in parsed if row}) == 1
        assert fast.frame.equals(slow)
    if b'"' not in content:
        lines = _read_lines(content, ",")
        assert lines is not None and lines.frame.equals(slow)


def test_a_file_of_one_row_too_short_is_not_taken_for_regular() -> None:
    assert _read_regular(b"a,b,c\n1,2,3\n4,5\n", ",") is None
    assert _read_regular(b"a,b,c\n1,2,3\n\n4,5,6\n", ",") is not None


def test_rows_of_other_pipelines_are_left_out_and_listed() -> None:
    """Two of five rows are of another pipeline; one says none and stays."""
    data = b"id,pipeline,stage\n1,A,Lead\n2,B,Lead\n3,A,Won\n4,,Won\n5,B,Won\n"
    found = read_table(data, "t.csv", ReadOptions(only=only_values("pipeline", ["A"])))
    assert found.frame["id"].to_list() == ["1", "3", "4"]
    assert found.left_out.select("row_no", "value", "cells").rows() == [(3, "B", "2,B,Lead"), (6, "B", "5,B,Won")]
    assert found.n_rows == found.frame.height + found.left_out.height
    with pytest.raises(InputError, match="column_is_gone"):
        read_table(data, "t.csv", ReadOptions(only=only_values("line", ["A"])))


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1, "amount": 10.50, "owner": {"name": "Ann"}}, {"id": 2, "amount": null, "owner": {"name": "Bob"}}]',
        '{"id": 1, "amount": 10.50, "owner": {"name": "Ann"}}\n\n{"id": 2, "owner": {"name": "Bob"}}\n',
        '{"paging": [], "results": [{"id": 1, "amount": 10.50, "owner": {"name": "Ann"}}, {"id": 2, "owner": '
        '{"name": "Bob"}}]}',
    ],
    ids=["list", "lines", "answer"],
)
def test_records_as_json_are_a_table(text: str) -> None:
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode()):
        table = read_table(data, "deals.json")
        assert table.kind == "json"
        assert table.columns == ("id", "amount", "owner.name")
        assert table.frame.rows() == [("1", "10.50", "Ann"), ("2", None, "Bob")]
        assert table.row_numbers.to_list() == [2, 3]


@pytest.mark.parametrize("text", ["[id],stage\n1,New\n2,Won\n3,New\n", "{x},stage\n1,New\n2,Won\n3,New\n"])
def test_a_bracket_at_the_beginning_makes_no_json(text: str) -> None:
    assert read_table(text.encode(), "deals.csv").kind == "csv"
