"""Tables as files that open well in a spreadsheet."""

from __future__ import annotations

import polars as pl

from funnel.harmless import csv_frame


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """A frame as UTF-8 CSV with a byte-order mark (Excel then reads Chinese right).

    Text, categories and headers that a spreadsheet would run as a formula get an apostrophe; numbers stay numbers.
    """
    return b"\xef\xbb\xbf" + csv_frame(frame).write_csv().encode()
