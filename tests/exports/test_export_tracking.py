"""The tracking sheet on paper: the guide's layout in both languages, cells as text, and the way back."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

import fastexcel
import pytest

from funnel.exports.tracking import column_words, rate_word, sheet_csv, sheet_frame, sheet_workbook
from funnel.i18n.translator import LANGUAGES, Translator
from funnel.intake.reading.reader import read_table
from funnel.planning.tracking.pasting import HEADERS, parse_cells, parse_pasted
from funnel.planning.tracking.rows import COLUMNS, TrackingRow
from funnel.reports.tracking import merge_sheet, tracking_report
from tests.factories import GUIDE, lead, log
from tests.plan_samples import data_of, row

WEEK = "2026-W27"
GUIDE_HEADS = {
    "en": ["Stage", "Key action", "Owner", "Planned time", "Actual completed", "Conversion rate", "Issues & notes"],
    "zh_Hans": ["漏斗阶段", "关键动作", "负责人", "计划时间", "实际完成", "转化率", "问题与备注"],
}
DANGEROUS = ("=1+1", "+49 170", "-5 leads", "@SUM(A1)", '=HYPERLINK("http://x")')
ROWS = [
    row("a", WEEK, "lead", key_action="行业社群 + 线下沙龙", owner="Sun Yue", planned="2026-07", actual="500 leads"),
    row("b", WEEK, key_action="Questionnaire", planned="ongoing", actual="480", rate=0.185, state="done", position=1),
    row(
        "c", WEEK, "won", key_action="Contract", rate=1.0, notes='He said "no",\nthen yes', state="dropped", position=2
    ),
    *(row(f"d{i}", WEEK, "won", key_action=text, notes=text, position=3 + i) for i, text in enumerate(DANGEROUS)),
]


def report(rows: list[TrackingRow] | None = None):
    data = data_of(log(lead("x", "2026-06-30 lead, 2026-07-20 intent")))
    return tracking_report(data, ROWS if rows is None else rows, sheet=WEEK, day=date(2026, 7, 6))


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_guides_columns_in_its_order(language: str) -> None:
    t = Translator(language)
    assert list(column_words(t).values())[:7] == GUIDE_HEADS[language]
    lines = list(csv.reader(io.StringIO(sheet_csv(report(), GUIDE, t).decode("utf-8-sig"))))
    assert lines[0][:7] == GUIDE_HEADS[language] and len(lines) == len(ROWS) + 1


def test_the_import_knows_every_head_of_the_export() -> None:
    for language in LANGUAGES:
        for column, word in column_words(Translator(language)).items():
            assert word.lower() in HEADERS[column]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_cells_arrive_in_excel_as_text(language: str) -> None:
    """No formula in the file; the text is exactly what was written."""
    book = sheet_workbook(report(), GUIDE, Translator(language))
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
    assert len(sheets) == 2
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    frame = fastexcel.read_excel(book).load_sheet(0).to_polars()
    assert frame[:, 1].to_list()[3:] == list(DANGEROUS)


def test_cells_of_a_csv_cannot_be_calculated() -> None:
    lines = list(csv.reader(io.StringIO(sheet_csv(report(), GUIDE, Translator("en")).decode("utf-8-sig"))))
    for line in lines[1:]:
        assert not any(cell[:1] in ("=", "+", "-", "@") for cell in line)


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_exported_sheet_comes_back_as_it_was(language: str, kind: str) -> None:
    """Through the import's own reader, as an upload goes; nothing is new, nothing changed."""
    t = Translator(language)
    content = sheet_workbook(report(), GUIDE, t) if kind == "xlsx" else sheet_csv(report(), GUIDE, t)
    table = read_table(content, f"sheet.{kind}")
    lines = [list(table.columns), *(["" if v is None else str(v) for v in line] for line in table.frame.iter_rows())]
    back = parse_cells(lines, GUIDE, WEEK, [f"n{i}" for i in range(len(lines))])
    assert back.bad == () and back.ignored_columns == ()
    merged = merge_sheet(ROWS, back)
    assert (merged.added, merged.changed, merged.n_same) == ((), (), len(ROWS))


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_sheet_copied_out_of_excel_can_be_pasted(language: str) -> None:
    frame = sheet_frame(ROWS[:2], GUIDE, Translator(language))
    text = "\n".join("\t".join(line) for line in [frame.columns, *frame.rows()])
    back = parse_pasted(text, GUIDE, WEEK, ["x", "y"])
    assert [tuple(getattr(one, c) for c in COLUMNS) for one in back.rows] == [
        tuple(getattr(one, c) for c in COLUMNS) for one in ROWS[:2]
    ]


@pytest.mark.parametrize(
    ("rate", "word"), [(None, ""), (0.18, "18%"), (0.185, "18.5%"), (1.0, "100%"), (0.0, "0%"), (1.5, "150%")]
)
def test_a_rate_keeps_the_digits_it_was_written_with(rate: float | None, word: str) -> None:
    assert rate_word(rate) == word


def test_the_second_sheet_holds_both_figures() -> None:
    book = sheet_workbook(report(), GUIDE, Translator("en"))
    frame = fastexcel.read_excel(book).load_sheet(1).to_polars()
    lead_row = frame.row(0)
    assert (lead_row[2], lead_row[3]) == (500.0, 1.0)


def test_an_empty_sheet_is_a_header() -> None:
    t = Translator("en")
    assert sheet_frame([], GUIDE, t).columns == list(column_words(t).values())
    assert len(sheet_csv(report([]), GUIDE, t).decode().splitlines()) == 1
    assert sheet_workbook(report([]), GUIDE, t)[:2] == b"PK"
