"""Which range every step is compared with: the benchmark with its source and meaning, or the company's own past."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.charts.bottleneck_charts import step_name
from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator
from funnel.reports.bottleneck.report import BottleneckReport
from pages.shell.url import many_from_url, to_url
from pages.shell.words import plain_text

_LINK = "own_past"


def own_past_choice(definition: FunnelDefinition, workspace: str) -> frozenset[str]:
    """The stages judged against the own past, as the switches (or the link) say. Before the switches are drawn.

    Every workspace has switches of its own: funnels made from one template have the same stages.
    """
    marked = [stage.key for stage in definition.stages if stage.benchmark]
    many_from_url(_LINK, marked)
    linked = st.session_state.pop(_LINK, [])
    for key in marked:
        st.session_state.setdefault(_switch(workspace, key), key in linked)
    chosen = [key for key in marked if st.session_state[_switch(workspace, key)]]
    to_url(_LINK, chosen)
    return frozenset(chosen)


def ranges(report: BottleneckReport, workspace: str, t: Translator) -> None:
    """One row per step: its range with source and meaning; where there is a benchmark, the switch to the own past."""
    with st.expander(t("Where the ranges come from, and what they mean")):
        for row in report.steps.iter_rows(named=True):
            mark = report.definition.stage(row["stage"]).benchmark
            name, words, switch = st.columns([3, 5, 2], vertical_alignment="center")
            name.markdown(plain_text(step_name(row, report.definition, t)))
            if mark is None:
                words.caption(_own_past(row, t))
                continue
            source = f"{t.localized(mark.source)} {mark.year}" if mark.year else t.localized(mark.source)
            meaning = t.localized(mark.definition)
            lines = [f"**{t.percent_range(mark.low, mark.high, 0)}** · {plain_text(source)}", plain_text(meaning)]
            if row["reference"] != "benchmark":
                lines.append(_own_past(row, t))
            words.caption("  \n".join(line for line in lines if line))
            switch.toggle(
                t("Own past"), key=_switch(workspace, row["stage"]), persist_state="session",
                help=t("Compare with your own 12 months before the window instead of the benchmark."),
            )  # fmt: skip


def not_staked(report: BottleneckReport, t: Translator) -> str:
    """The steps for which a stake cannot be given, in one line; blank when there are none."""
    rows = report.steps.filter(pl.col("quarter_customers").is_null(), ~pl.col("is_post_sale")).iter_rows(named=True)
    return t.joined(plain_text(step_name(row, report.definition, t)) for row in rows)


def _own_past(row: dict, t: Translator) -> str:
    if row["reference"] == "own_past":
        return t(
            "Own past: %(range)s, the 95%% interval of %(advanced)s of %(n)s leads in the 12 months before the window.",
            range=t.percent_range(row["low"], row["high"], 0),
            advanced=row["past_advanced"],
            n=row["past_n"],
        )
    if row["window_start"] is None:
        return t("No own past: choose a window with a year of history before it.")
    return t("No own past: leads in the 12 months before the window: %(n)s, at least 20 are needed.", n=row["past_n"])


def _switch(workspace: str, stage: str) -> str:
    return f"bottleneck_own_{workspace}_{stage}"
