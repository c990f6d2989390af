"""Tables as files: nothing that a spreadsheet would run, Chinese that Excel reads."""

from __future__ import annotations

import csv
import io

import polars as pl

from funnel.exports.tables import csv_bytes


def test_formulas_become_text_and_numbers_stay_numbers() -> None:
    frame = pl.DataFrame({"线索": ["=1+1", "+8613", "-x", "@a", "a=b", None], "n": [-1, 2, 3, 4, 5, 6]})
    data = csv_bytes(frame)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row["线索"] for row in rows] == ["'=1+1", "'+8613", "'-x", "'@a", "a=b", ""]
    assert rows[0]["n"] == "-1"


def test_excel_sees_the_byte_order_mark() -> None:
    assert csv_bytes(pl.DataFrame({"阶段": ["意向"]})).startswith(b"\xef\xbb\xbf")
