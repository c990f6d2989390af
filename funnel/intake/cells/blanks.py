"""What counts as an empty cell, and cells made comparable: shared by the parsers of dates and numbers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

# Words that stand for "nothing here" in a date or number column (compared in lower case).
PLACEHOLDERS: tuple[str, ...] = (
    "", "-", "--", "---", "–", "—", "——", "/", "\\", "?", ".", "n/a", "#n/a", "na", "nan", "nat", "null", "none",
    "nil", "(blank)", "tbd", "无", "暂无", "空", "未知", "0000-00-00", "0000-00-00 00:00:00", "0000/00/00",
    "0001-01-01", "0001-01-01 00:00:00", "0001-01-01t00:00:00", "0001-01-01t00:00:00z", "1/1/0001", "01/01/0001",
    "01.01.0001", "01.01.0001 00:00:00", "1/1/0001 12:00:00 am",
)  # fmt: skip

_FULL_WIDTH = {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}
_SPACES = dict.fromkeys(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\r\n", " "
)
_INVISIBLE = dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202c", "")
_PLAIN = {**_FULL_WIDTH, **_SPACES, **_INVISIBLE, "\u2212": "-", "\u2011": "-", "\u2012": "-", "\u2215": "/", "。": "."}


@dataclass(frozen=True, slots=True)
class Cells:
    """A column prepared for parsing: its distinct values, or all of them where few repeat.

    ``text`` is the tidied cell, null where it is blank or a placeholder; ``n`` says how often it occurs.
    """

    raw: pl.Series
    text: pl.Series
    n: pl.Series
    is_distinct: bool


def cells_of(values: pl.Series) -> Cells:
    """Prepare a String column. Parsing each distinct value once pays where they repeat, as dates of a day do."""
    raw = values.rename("raw")
    if raw.n_unique() * 2 < raw.len():
        counted = raw.value_counts(name="n")
        raw, n, is_distinct = counted["raw"], counted["n"], True
    else:
        n, is_distinct = pl.repeat(1, raw.len(), dtype=pl.UInt32, eager=True).rename("n"), False
    text = tidy(raw).rename("text")
    blank = text.str.to_lowercase().is_in(PLACEHOLDERS)
    text = pl.select(pl.when(~blank).then(text))["text"] if blank.any() else text
    return Cells(raw, text, n, is_distinct)


def spread(values: pl.Series, cells: Cells, parsed: pl.DataFrame) -> pl.DataFrame:
    """Lay what was parsed row by row of ``cells`` over the whole column, in its order, and add ``ok``.

    ``ok``: the value is blank, or could be read (its first column is not null).
    """
    parsed = parsed.with_columns(ok=parsed.to_series(0).is_not_null() | cells.text.is_null())
    if not cells.is_distinct:
        return parsed
    lookup = parsed.with_columns(raw=cells.raw)
    column = values.rename("raw").to_frame()
    return column.join(lookup, on="raw", how="left", nulls_equal=True, maintain_order="left").drop("raw")


def tidy(values: pl.Series) -> pl.Series:
    """Full-width characters made plain, unusual spaces made blanks, invisible marks dropped, ends stripped."""
    if values.str.contains(r"[^\x20-\x7e]").any():
        values = values.str.replace_many(list(_PLAIN), list(_PLAIN.values()))
    return values.str.strip_chars()
