"""A small table of figures as a real table: nothing in it is cut, and a screen reader reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import streamlit as st

from funnel.i18n.translator import Translator
from pages.shell.words import plain_text

_STYLE = """<style>
.st-key-{key} table {{ font-size: 0.9rem; line-height: 1.35; }}
.st-key-{key} th, .st-key-{key} td {{ padding: 0.4rem 0.5rem !important; vertical-align: middle; }}
.st-key-{key} th p {{ overflow-wrap: normal; }}
{numbers} {{ text-align: right !important; }}
{cells} {{ white-space: nowrap !important; font-variant-numeric: tabular-nums; }}
</style>"""

MOST_ROWS = 14
"""A longer table is a grid that scrolls, sorts and can be searched."""
_ROW_HEIGHT = 36
WRAPPED_ROW = 62
"""Pixels of a grid's row that breaks its texts into three lines: from 4 rem on a cell does."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A column of figures: its cells as text, and what the head means (shown below the table, blank for nothing)."""

    cells: Sequence[str]
    meaning: str = ""


def show(words: Mapping[str, Sequence[str] | Figures], key: str, alt: str) -> None:
    """Draw the columns by their heads, figures to the right. ``alt``: what the table is, for who hears it."""
    n_rows = max((len(one.cells if isinstance(one, Figures) else one) for one in words.values()), default=0)
    if n_rows > MOST_ROWS:
        grid(words, key)
        return
    columns = {head: column.cells if isinstance(column, Figures) else column for head, column in words.items()}
    frame = pl.DataFrame(
        {plain_text(head): [plain_text(cell) for cell in cells] for head, cells in columns.items()},
        schema={plain_text(head): pl.String for head in columns},
    )
    places = [place for place, column in enumerate(words.values(), 1) if isinstance(column, Figures)]
    heads = ", ".join(f".st-key-{key} :is(th, td):nth-child({place})" for place in places) or f".st-key-{key}-none"
    cells = ", ".join(f".st-key-{key} td:nth-child({place}) *" for place in places) or f".st-key-{key}-none"
    with st.container(key=key):
        st.html(_STYLE.format(key=key, numbers=heads, cells=cells))
        st.table(frame, border="horizontal", hide_index=True, alt=alt)


def grid(words: Mapping[str, Sequence[str] | Figures], key: str) -> None:
    """The same columns as a grid: it scrolls, sorts, can be searched and copied from."""
    frame = pl.DataFrame({head: one.cells if isinstance(one, Figures) else one for head, one in words.items()})
    config = {
        head: st.column_config.TextColumn(head, help=plain_text(one.meaning) or None, alignment="right")
        for head, one in words.items()
        if isinstance(one, Figures)
    }
    st.dataframe(
        frame, hide_index=True, width="stretch", key=key, column_config=config,
        height="content" if frame.height <= MOST_ROWS else _ROW_HEIGHT * (MOST_ROWS + 1),
    )  # fmt: skip


def meanings(words: Mapping[str, Sequence[str] | Figures], t: Translator) -> None:
    """What the heads of the columns mean, to be opened."""
    with st.expander(t("What the columns mean")):
        for head, one in words.items():
            if isinstance(one, Figures) and one.meaning:
                st.markdown(f"**{plain_text(head)}**: {plain_text(one.meaning)}")
