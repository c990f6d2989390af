"""Files that nobody here wrote, as they are and re-encoded: the same characters, the same rows, the right conventions.

Row counts and first cells were taken from the files with a text editor; totals are those of the folder's README.
"""

from __future__ import annotations

import csv
import html
import io
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from babel.dates import format_date

from funnel.intake.cells.dates import infer_dates, parse_dates
from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.mapping import RawTable
from funnel.intake.reading.reader import read_table

pytestmark = pytest.mark.real_data


def read(path: Path) -> RawTable:
    table = read_table(path, path.name)
    assert table.n_rows == (
        table.frame.height + table.n_blank + table.n_repeated_header + table.left_out.height + table.rejected.height
    )
    return table


@pytest.mark.parametrize(
    ("name", "kind", "encoding"),
    [
        ("流量练习数据.csv", "csv", "gb18030"),
        ("流量练习数据.xls", "xls", None),
        ("流量练习数据1.csv", "csv", "utf-8"),
        ("流量练习数据2.xls", "csv", "utf-8"),
    ],
)
def test_the_four_forms_of_one_chinese_table(real_data: Path, name: str, kind: str, encoding: str | None) -> None:
    table = read(real_data / "gb18030_traffic" / name)
    assert (table.kind, table.encoding, table.frame.height) == (kind, encoding, 22)
    assert table.columns[-5:] == ("流量来源", "来源明细", "访客数", "支付转化率", "客单价")
    assert table.frame["流量来源"][0] == "一级" and table.frame["来源明细"][0] == "-A"
    visitors = parse_numbers(table.frame["访客数"], infer_numbers(table.frame["访客数"]).candidates[0])["value"]
    assert visitors.sum() == 186_956
    rates = infer_numbers(table.frame["支付转化率"])
    assert parse_numbers(table.frame["支付转化率"], rates.candidates[0])["value"][0] == pytest.approx(0.0998)


EXPECTED = {
    "maven_crm_iso/sales_pipeline.csv": (8800, 8, {"engage_date": "ymd", "close_date": "ymd"}),
    "enpal_pipedrive/deal_changes.csv": (15406, 4, {"change_time": "ymd"}),
    "metrocar_funnel/funnel.csv": (105, 6, {}),
    "cn_convertiq/sample_leads.csv": (10, 7, {"created_at": "ymd"}),
    "cn_convertiq/sample_lead_followup.csv": (10, 9, {"quote_time": "ymd", "payment_done_time": "ymd"}),
    "salesforce_demo_org/Opportunity.csv": (36, 19, {"CloseDate": "mdy", "CreatedDate": "mdy"}),
    "salesforce_demo_org/OpportunityHistory.csv": (48, 13, {"CreatedDate": "mdy", "CloseDate": "mdy"}),
    "cdnow/CDNOW_master.txt": (69659, 4, {"date": "ymd_compact"}),
    "retentioneering_ecom/ecom.csv.gz": (31106, 8, {"timestamp": "ymd"}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_rows_columns_and_date_conventions(real_data: Path, name: str) -> None:
    n_rows, n_columns, readings = EXPECTED[name]
    table = read(real_data / name)
    assert table.frame.shape == (n_rows, n_columns) and table.rejected.is_empty()
    for column, reading in readings.items():
        found = infer_dates(table.frame[column])
        assert (found.candidates, found.n_unreadable) == ((reading,), 0), column


def test_cdnow_customers(real_data: Path) -> None:
    table = read(real_data / "cdnow" / "CDNOW_master.txt")
    assert table.delimiter == " " and table.frame["customer_id"].n_unique() == 23_570
    bare = read(real_data / "cdnow" / "CDNOW_sample.txt")
    assert bare.header_row == 0 and bare.frame.shape == (6919, 5)


MAVEN = "maven_crm_iso/sales_pipeline.csv"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "gb18030", "big5", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_maven_re_encoded(real_data: Path, encoding: str, delimiter: str) -> None:
    original = read(real_data / MAVEN)
    rows = list(csv.reader(io.StringIO((real_data / MAVEN).read_text("utf-8"))))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    table = read_table(out.getvalue().encode(encoding), "x")
    assert table.delimiter == delimiter
    assert table.frame.equals(original.frame)


def test_maven_with_titles_blank_rows_and_repeated_headers(real_data: Path) -> None:
    original = read(real_data / MAVEN)
    header, *rows = (real_data / MAVEN).read_text("utf-8").splitlines()
    dirty = ["Sales pipeline", "as of 2017-12-31", "", header, *rows[:3000], "", header, *rows[3000:], header, ""]
    table = read_table("\r\n".join(dirty).encode(), "x")
    assert table.frame.equals(original.frame)
    assert (table.header_row, table.n_blank, table.n_repeated_header) == (4, 1, 2)


def test_maven_as_a_workbook(real_data: Path) -> None:
    """Real dates and real numbers in the cells, a merged title above: the same text but for the time of the dates."""
    original = read(real_data / MAVEN)
    typed = original.frame.with_columns(
        pl.col("engage_date", "close_date").str.to_date(), pl.col("close_value").cast(pl.Int64)
    )
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Pipeline")
        sheet.merge_range(0, 0, 0, typed.width - 1, "Sales pipeline")
        typed.write_excel(book, sheet, position=(2, 0))
    table = read_table(out.getvalue(), "x")
    assert (table.kind, table.header_row, table.sheet, table.frame.height) == ("xlsx", 3, "Pipeline", 8800)
    for column in ("engage_date", "close_date"):
        at = parse_dates(table.frame[column], "ymd")
        assert at["at"].dt.date().equals(typed[column]) and not at["has_time"].drop_nulls().any()
    others = [name for name in typed.columns if not name.endswith("_date")]
    assert table.frame.select(others).equals(original.frame.select(others))


def test_maven_as_a_web_page(real_data: Path) -> None:
    """As a web program exports it: a title over all columns, GBK, dates in German words, another table below."""
    original = read(real_data / MAVEN)
    dates = ("engage_date", "close_date")
    written = original.frame.with_columns(
        pl.col(name).str.to_date().map_elements(lambda day: format_date(day, "long", locale="de"), pl.String)
        for name in dates
    )
    lines = [
        "<tr>" + "".join(f"<td>{html.escape(cell or '')}</td>" for cell in row) + "</tr>" for row in written.rows()
    ]
    head = "<tr>" + "".join(f"<th>{name}</th>" for name in written.columns) + "</tr>"
    title = f"<tr><td colspan={written.width}>销售漏斗</td></tr>"
    other = "<table><tr><td>user</td><td>role</td></tr><tr><td>ann</td><td>admin</td></tr></table>"
    text = f"<html><meta charset=gb2312><table>{title}{head}{''.join(lines)}</table>{other}</html>"
    table = read_table(text.encode("gb18030"), "x.xls")
    assert (table.kind, table.encoding, table.header_row, table.n_tables) == ("html", "gb18030", 2, 2)
    for name in dates:
        assert infer_dates(table.frame[name]).candidates == ("month_name",)
        assert parse_dates(table.frame[name], "month_name")["at"].dt.date().equals(original.frame[name].str.to_date())
    assert table.frame.drop(dates).equals(original.frame.drop(dates))


def test_a_maven_column_that_mixes_conventions_is_seen(real_data: Path) -> None:
    dates = read(real_data / MAVEN).frame["close_date"].drop_nulls()
    day_first = dates.str.to_date().dt.strftime("%d/%m/%Y")
    month_first = dates.str.to_date().dt.strftime("%m/%d/%Y")
    assert infer_dates(day_first).candidates == ("dmy",) and infer_dates(month_first).candidates == ("mdy",)
    half = pl.Series(range(dates.len())) % 2 == 0
    for other in (dates, day_first):
        mixed = pl.select(pl.when(half).then(other).otherwise(month_first)).to_series()
        found = infer_dates(mixed)
        assert found.mixed and found.candidates == () and found.combinations
