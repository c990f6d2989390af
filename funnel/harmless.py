"""Text of files and people, made harmless: one function for each kind of place where text could act.

Nothing that stands in a file, a name or a note becomes a picture, a link, a colour, an icon, a tag or a formula. What
is shown reads as it was written; where a mark cannot be escaped, an invisible character takes its meaning away.
"""

from __future__ import annotations

import html
import re

import polars as pl

# An underscore inside a word marks nothing; it stays as it is, so that a header can be found by its own name.
_MARKDOWN = re.compile(r"([\\`*{}\[\]<>$#|~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|:(?=[^\s\d]))")
_LINE_START = re.compile(r"(?m)^([ \t]*)([-+](?=\s|$)|[-=](?=[-=]*\s*$)|\d+[.)](?=\s|$))")
_BREAK = "\u2060"  # word joiner: no width, no line break
# These act on the finished text, after escapes are resolved: bare addresses, mail addresses, icons and emoji.
_ADDRESS = re.compile(r"(?i)(https?:|ftp:|www(?=\.)|mailto:|xmpp:|(?<=[\w.+-])@(?=[\w-]+\.)|:(?=[\w+-]+[:/]))")
_FORMULA = r"^[\s\x00]*[=+\-@＝＋－＠]|^[\t\r\n]"


def plain_text(text: str) -> str:
    """Text where Streamlit reads Markdown: sentences, labels, tabs, expanders, tooltips, cells of ``st.table``."""
    quiet = _ADDRESS.sub(rf"\1{_BREAK}", text)
    marked = _MARKDOWN.sub(r"\\\1", quiet)
    return _LINE_START.sub(lambda found: _nbsp(found[1]) + _first(found[2]), marked)


def chart_text(text: str) -> str:
    """Text in a chart, where Plotly would read ``<b>``, a link, or ``%{…}`` of a template."""
    return html.escape(text, quote=False).replace("%{", f"%{_BREAK}{{")


def html_text(text: str) -> str:
    """Text in HTML, between tags and inside quoted attributes."""
    return html.escape(text)


def csv_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before every text, header or category that a spreadsheet would run as a formula."""
    texts = [name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    cell = pl.col(texts).cast(pl.String)
    safe = frame.with_columns(pl.when(cell.str.contains(_FORMULA)).then(pl.lit("'") + cell).otherwise(cell).name.keep())
    return safe.rename({name: f"'{name}" for name in frame.columns if re.search(_FORMULA, name)})


def _nbsp(blanks: str) -> str:
    return "\u00a0" * len(blanks)


def _first(mark: str) -> str:
    """A mark at the start of a line, which would begin a list or underline a heading."""
    return f"{mark[:-1]}\\{mark[-1]}"
