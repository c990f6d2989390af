"""The same small table as SheetJS and Gnumeric write it in the formats of spreadsheets: read, or refused by name."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from funnel.errors import InputError
from funnel.intake.reading.reader import read_table
from funnel.intake.reading.workers import dialects

FILES = Path(__file__).with_name("files")
COLUMNS = ("Opportunity ID", "Name", "Stage", "Amount", "Created", "Won")


@pytest.mark.parametrize("name", ["sheetjs.ods", "sheetjs.fods", "sheetjs.xlsb", "gnumeric.ods"])
def test_the_table_is_read(name: str) -> None:
    table = read_table(FILES / name, name)
    assert (table.columns, table.sheet, table.sheets) == (COLUMNS, "Deals", ("Deals", "Users"))
    assert table.row_numbers.to_list() == [2, 3, 5] and table.n_blank == 1
    assert table.frame.select(COLUMNS[:4]).rows() == [
        ("007", "Alder & Co", "Won", "100.5"), ("O2", "Birch", "Lost", "200"), ("O3", "Cedar\nline", "Won", "300"),
    ]  # fmt: skip
    # SheetJS writes the instant in UTC, with its Z: the zone is applied when dates are read
    assert [cell[:10] for cell in table.frame["Created"]] == ["2024-01-02", "2024-01-03", "2024-01-05"]
    assert re.fullmatch(r"2024-01-03[T ]14:05:00(\.0+Z?)?", table.frame["Created"][1])
    assert [cell.lower() for cell in table.frame["Won"]] == ["true", "false", "true"]
    assert read_table(FILES / name, name).frame.equals(table.frame)


@pytest.mark.parametrize(("name", "said"), [("sheetjs.slk", "SYLK"), ("sheetjs.dif", "DIF")])
def test_what_is_not_read_is_named(name: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_table(FILES / name, name)
    assert caught.value.message.code == "reading.save_as" and said in str(caught.value.message.params["given"])


@pytest.mark.parametrize("text", ["ID;Product;Stage\n1;Pump;Won\n2;Valve;Lost\n", "TABLE,n\n0,1\n1,2\n2,3\n"])
def test_a_csv_that_begins_like_such_a_file_is_a_csv(text: str) -> None:
    assert read_table(text.encode(), "t").kind == "csv"


def test_only_cells_without_a_column_are_rewritten() -> None:
    """Each short cell becomes a long one in the column after the one before; everything else stays as it is."""
    row, long_cell = bytes([0, 2, 9, 9]), bytes([7, 12, 3, 0, 0, 0]) + bytes(4) + bytes([1, 0, 0, 0])
    short_cell, end = bytes([18, 8]) + bytes(4) + bytes([2, 0, 0, 0]), bytes([0x92, 1, 0])
    made = dialects._with_columns(row + long_cell + short_cell + short_cell + end)
    after = [bytes([7, 12, column, 0, 0, 0]) + bytes(4) + bytes([2, 0, 0, 0]) for column in (4, 5)]
    assert made == row + long_cell + b"".join(after) + end
    assert dialects._with_columns(row + long_cell + end) == row + long_cell + end
    assert not dialects._has_short_cells(row + long_cell + end)


def test_white_space_within_a_cell_stays() -> None:
    content = b"<a>\n  <b><p>one <s>two</s> three</p></b>\n</a>"
    with zipfile.ZipFile(io.BytesIO(dialects._open_document(content))) as archive:
        assert archive.read("content.xml") == b"<a><b><p>one <s>two</s> three</p></b></a>"
