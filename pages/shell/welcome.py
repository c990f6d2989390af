"""The first hour: what this is, a real funnel, three ways in, what happens to the data, and the method."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import streamlit as st

from funnel.charts.funnel_chart import funnel_chart
from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.reports.overview import OverviewReport, overview_report
from funnel.reports.workspace_data import load_workspace
from funnel.schema import Spend, facts_of
from pages.shell.chart import draw
from pages.shell.drawn import drawn
from pages.shell.empty import three_ways
from pages.shell.navigation import page_look, page_path
from pages.shell.sample import sample_leads
from pages.shell.session import palette
from pages.shell.workspaces import FIRST_TEMPLATE, templates

_SAMPLE_SHOWN = datetime(2026, 7, 1)
"""Only says after what the sample was read; its figures are as of the last day of its data."""


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
        report = _sample_report(t.language)
        st.caption(sample_words(report, t))
    with picture:
        figure = drawn(
            report,
            t,
            lambda: funnel_chart(report.status, report.definition, Translator(t.language), palette()),
            "start",
        )
        draw(figure, "sample_funnel", sample_words(report, t))
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


def sample_words(report: OverviewReport, t: Translator) -> str:
    """What the picture shows: also its text for those who cannot see it."""
    rows = report.status.to_dicts()
    won = rows[report.definition.won_position - 1]
    weak = report.status.filter("is_bottleneck").to_dicts()
    said = t(
        "The picture is the sample company: of %(leads)s leads %(won)s bought.",
        leads=rows[0]["n_counted"], won=won["n_counted"],
    )  # fmt: skip
    if weak:
        stage = next(one for one in report.definition.stages if one.key == weak[0]["stage"])
        said += " " + t(
            "Most is lost before “%(stage)s”: %(rate)s of %(n)s go on, %(range)s is usual.",
            stage=t.localized(stage.name), rate=t.percent(weak[0]["rate"], 0), n=weak[0]["n"],
            range=t.percent_range(weak[0]["benchmark_low"], weak[0]["benchmark_high"], 0),
        )  # fmt: skip
    return said


@st.cache_resource(show_spinner=False)
def _sample_report(language: str) -> OverviewReport:
    """The overview of the sample's leads, computed as for any workspace; nothing is stored."""
    definition = templates()[FIRST_TEMPLATE]
    data = load_workspace(
        name="",
        is_sample=True,
        facts=facts_of([sample_leads(language)], _SAMPLE_SHOWN),
        definition=definition,
        spend=pl.DataFrame(schema=Spend.create_empty().schema),
        settings={},
    )
    return overview_report(data, Filters())
