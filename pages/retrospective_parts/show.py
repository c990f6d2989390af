"""Drawing the sections: sentences, charts and tables of ``funnel.exports.retrospective_content``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl
import streamlit as st

from funnel.charts.marks import enlarged
from funnel.exports.retrospective_content import Chart, Section, Sentence
from funnel.exports.sheets import Sheet
from funnel.harmless import html_text
from funnel.i18n.translator import Translator
from pages.shell.chart import draw
from pages.shell.drawn import drawn
from pages.shell.session import palette
from pages.shell.table import Figures
from pages.shell.table import show as figures
from pages.shell.words import plain_text

LARGE = 1.67
"""How much larger charts are drawn on a shared screen."""


def lead(sentences: Sequence[Sentence]) -> None:
    """The finding in large type; better and worse in their colours, which the words say too."""
    if not sentences:
        return
    colours = {"better": palette().green, "worse": palette().red}
    lines = []
    for one in sentences:
        style = f' style="color:{colours[one.tone]};font-weight:600"' if one.tone in colours else ""
        lines.append(f'<p class="retro-lead {one.tone}"{style}>{html_text(one.text)}</p>')
    st.html("".join(lines))


def notes(sentences: Iterable[Sentence]) -> None:
    """What else must be said, one line each."""
    lines = [f"- {plain_text(one.text)}" for one in sentences]
    if lines:
        st.markdown("\n".join(lines))


def chart(one: Chart, is_large: bool, finding: str = "") -> None:
    """One chart with its title; ``finding``: what it shows, for who cannot see it (blank: the title)."""
    if one.title:
        st.markdown(f"**{plain_text(one.title)}**")
    figure = enlarged(one.figure, LARGE) if is_large else one.figure
    draw(figure, f"retrospective_{one.key}", finding or one.title)


def table(one: Sheet, t: Translator, *, titled: bool = False) -> None:
    """One table; where a column holds whole sentences they are wrapped, else it can be sorted."""
    if titled:
        st.markdown(f"**{plain_text(one.title)}**")
    if not one.rows:
        return
    columns = [column for column in one.columns if not column.workbook_only]
    shown = drawn(one, t, lambda: one.shown(t))
    if any(column.kind == "long_text" for column in columns):
        words = {c.key: pl.Series([plain_text(v) for v in shown[c.key]], dtype=pl.String) for c in columns}
        st.table(
            pl.DataFrame({plain_text(c.label): words[c.key] for c in columns}), border="horizontal", hide_index=True
        )
        return
    words = {c.label: Figures(shown[c.key].to_list()) if c.is_number else shown[c.key].to_list() for c in columns}
    figures(words, f"retrospective_table_{one.key}", one.title)


def windows(content: Section) -> None:
    """Which leads are compared, where they are not those of the caption."""
    for one in content.windows:
        st.caption(plain_text(one.text))


def section(content: Section, t: Translator, is_large: bool) -> None:
    """A section as it is, without anything to edit."""
    lead(content.lead)
    windows(content)
    layouts = {"headline": _headline, "before_after": _before_after, "why": _why, "mix": _mix, "control": _control}
    layouts.get(content.key, _plain)(content, t, is_large)


def _headline(content: Section, t: Translator, is_large: bool) -> None:
    for one in content.notes:
        st.caption(plain_text(one.text))
    if is_large:
        table(content.sheets[0], t)
        return
    for one in content.sheets:
        with st.expander(plain_text(one.title)):
            table(one, t)


def _before_after(content: Section, t: Translator, is_large: bool) -> None:
    if len(content.charts) == 1:  # totals have no rates of single leads
        _plain(content, t, is_large)
        return
    dumbbells, funnels = content.charts
    rates, both, days = st.tabs([t("Rates by step"), plain_text(funnels.title), plain_text(content.sheets[1].title)])
    with rates:
        chart(dumbbells, is_large, " ".join(one.text for one in content.notes))
        st.caption(t("Hollow: before. Filled: after, with its 95% interval behind it. n: leads followed long enough."))
        table(content.sheets[0], t)
    with both:
        chart(Chart(funnels.key, "", funnels.figure), is_large, funnels.title)
        st.caption(t("What happened in each window: leads that arrived at each stage."))
    with days:
        table(content.sheets[1], t)
        if not content.sheets[1].rows:
            st.caption(t("No step has a history that is long enough."))
    with st.expander(t("The verdicts in sentences"), expanded=is_large):
        notes(content.notes)


def _why(content: Section, t: Translator, is_large: bool) -> None:
    if len(content.charts) > 1:
        names = [t("Customers"), t.term("revenue")]
        for place, one in zip(st.tabs(names), content.charts, strict=True):
            with place:
                chart(Chart(one.key, "", one.figure), is_large, content.title)
    else:
        for one in content.charts:
            chart(one, is_large, content.title)
    for one in content.notes:
        st.caption(plain_text(one.text))
    if content.sheets and not is_large:
        with st.expander(t("The figures behind the bars")):
            table(content.sheets[0], t)


def _mix(content: Section, t: Translator, is_large: bool) -> None:
    if not content.sheets:
        notes(content.notes)
        return
    table(content.sheets[0], t)
    for one in content.notes:
        st.caption(plain_text(one.text))
    if not is_large:
        with st.expander(plain_text(content.sheets[1].title)):
            table(content.sheets[1], t)


def _control(content: Section, t: Translator, is_large: bool) -> None:
    if not content.charts:
        notes(content.notes)
        return
    places = st.tabs([plain_text(one.title) for one in content.charts])
    for place, one, note in zip(places, content.charts, content.notes, strict=True):
        with place:
            chart(Chart(one.key, "", one.figure), is_large, note.text)
            st.caption(plain_text(note.text))


def _plain(content: Section, t: Translator, is_large: bool) -> None:
    for one in content.charts:
        chart(one, is_large)
    notes(content.notes)
    for one in content.sheets:
        table(one, t, titled=True)
