"""The first hour: what this is, a real funnel, three ways in, what happens to the data, and the method."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import streamlit as st

from funnel.charts.funnel_chart import funnel_chart
from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator
from funnel.schema import StatusTable
from pages.shell.chart import draw
from pages.shell.config import DATA
from pages.shell.drawn import drawn
from pages.shell.empty import three_ways
from pages.shell.navigation import page_look, page_path
from pages.shell.session import palette
from pages.shell.workspaces import FIRST_TEMPLATE, templates


def welcome(t: Translator) -> None:
    """The start page, for somebody who has never seen it."""
    said, picture = st.columns([2, 3], gap="large", vertical_alignment="center")
    with said:
        st.markdown(
            t(
                "Bring the list of deals out of your CRM or spreadsheet: see where leads are lost, agree on what to do "
                "about it, and find out a month later whether it worked."
            )
        )
        figures = sample_figures()
        st.caption(sample_words(figures, t))
    with picture:
        figure = drawn(
            figures,
            t,
            lambda: funnel_chart(figures.status, figures.definition, Translator(t.language), palette()),
            "start",
        )
        draw(figure, "sample_funnel", sample_words(figures, t))
    st.subheader(t("No data yet? Three ways in"))
    three_ways(t, key="welcome", has_workspace=False)
    st.subheader(t("What happens to your data"))
    st.markdown(
        t(
            "It stays on the computer that runs this app: no account, no network, nothing is sent anywhere. A file is "
            "shown to you before anything is stored, an import can be taken back, and all of it can be saved as one "
            "backup file."
        )
    )
    five_steps(t)


def five_steps(t: Translator) -> None:
    """The method, one line and one way per step."""
    st.subheader(t("The method in five steps"))
    steps = (
        (t("Agree on the funnel"), t("Four to six stages, each with a meaning and a key action."), "settings"),
        (t("Find the weakest step"), t("Three to six months of history, each step against its range."), "bottleneck"),
        (t("Plan one strategy"), t("Who does what until when, and what it should change."), "plan"),
        (t("Keep at it every week"), t("A form of ten minutes: planned, done, and why not."), "tracking"),
        (t("Look back every month"), t("Did it work? What do customers say? What can be left out?"), "retrospective"),
    )  # fmt: skip
    for number, (name, line, stem) in enumerate(steps, 1):
        words, way = st.columns([5, 1.3], vertical_alignment="center")
        words.markdown(f"**{number} · {name}**  \n{line}")
        label, icon = page_look(stem, t)
        way.page_link(page_path(stem), label=label, icon=icon)


def sample_words(figures: SampleFigures, t: Translator) -> str:
    """What the picture shows: also its text for those who cannot see it."""
    rows = figures.status.to_dicts()
    won = rows[figures.definition.won_position - 1]
    weak = figures.status.filter("is_bottleneck").to_dicts()
    said = t(
        "The picture is the sample company: of %(leads)s leads %(won)s bought.",
        leads=rows[0]["n_counted"], won=won["n_counted"],
    )  # fmt: skip
    if weak:
        stage = next(one for one in figures.definition.stages if one.key == weak[0]["stage"])
        said += " " + t(
            "Most is lost before “%(stage)s”: %(rate)s of %(n)s go on, %(range)s is usual.",
            stage=t.localized(stage.name), rate=t.percent(weak[0]["rate"], 0), n=weak[0]["n"],
            range=t.percent_range(weak[0]["benchmark_low"], weak[0]["benchmark_high"], 0),
        )  # fmt: skip
    return said


@dataclass(frozen=True)
class SampleFigures:
    """What the start page shows of the sample: ``schema.StatusTable`` over all time, and its funnel."""

    status: pl.DataFrame
    definition: FunnelDefinition


@st.cache_resource(show_spinner=False)
def sample_figures() -> SampleFigures:
    """The figures of the sample as the app counts them, stored beside it (``data/sample/overview.py`` writes them, a
    test counts them again): reading and counting the sample would double the wait for the very first page.
    """
    status = pl.read_json(DATA / "sample" / "overview.json", schema=StatusTable.create_empty().schema)
    return SampleFigures(status, templates()[FIRST_TEMPLATE])
