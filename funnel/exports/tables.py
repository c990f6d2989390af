"""Tables as files that open well in a spreadsheet."""

from __future__ import annotations

import polars as pl

_FORMULA = r"^[=+\-@\t\r]"


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """A frame as UTF-8 CSV with a byte-order mark (Excel then reads Chinese right).

    Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers.
    """
    text = pl.col(pl.String)
    safe = frame.with_columns(pl.when(text.str.contains(_FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep())
    return b"\xef\xbb\xbf" + safe.write_csv().encode()
