"""Customer feedback: what won and lost customers say, editable, ranked by stage and month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from funnel.charts.control_chart import pareto_chart
from funnel.definition.definition import FunnelDefinition
from funnel.exports.retrospective_content import Chart, Section
from funnel.exports.retrospective_notes import stage_word, voice_word
from funnel.i18n.translator import Translator
from funnel.planning.feedback.voices import LOST, VOICES, Feedback
from funnel.planning.fields import from_fields, to_fields
from funnel.reports.retrospective.report import RetrospectiveReport
from funnel.storage.store import Store
from pages.retrospective_parts import show
from pages.retrospective_parts.editor import Spec, editable_table
from pages.shell.drawn import drawn
from pages.shell.session import palette

_ALL = "all"
_PRESENTED = 6
"""So many of the newest voices stand in large letters on a shared screen; the table below them has all."""


def themes(content: Section, report: RetrospectiveReport, t: Translator, is_large: bool) -> None:
    """What grew, and the Pareto of one voice, stage and month."""
    show.lead(content.lead)
    show.notes(content.notes)
    if not report.themes.is_empty():
        _pareto(report, t, is_large)
    for one in content.sheets:
        if one.key == "feedback" and is_large:
            show.table(replace(one, rows=one.rows[:_PRESENTED]), t)
        if one.key == "growing":
            n_clear = report.growing["is_clear"].sum()
            label = t("Themes named more often than the month before: %(n)s, beyond chance: %(m)s",
                      n=len(one.rows), m=n_clear)  # fmt: skip
            with st.expander(label, expanded=bool(content.lead)):
                show.table(one, t)


def _pareto(report: RetrospectiveReport, t: Translator, is_large: bool) -> None:
    names = {stage.key: t.localized(stage.name) for stage in report.definition.stages}
    voices = [voice for voice in reversed(VOICES) if voice in report.themes["voice"].unique().to_list()]
    first, second, third = st.columns(3)
    voice = first.segmented_control(
        t("Voice"), voices, default=voices[0], required=True, key="retrospective_voice",
        format_func=lambda key: voice_word(key, t),
    )  # fmt: skip
    mine = report.themes.filter(pl.col("voice") == voice)
    months = [_ALL, *(f"{month:%Y-%m}" for month in mine["month"].drop_nulls().unique().sort(descending=True))]
    month = second.selectbox(
        t("Month"), months, key=f"retrospective_voice_month_{voice}",
        format_func=lambda key: t.term("all_time") if key == _ALL else t.month(date.fromisoformat(f"{key}-01")),
    )  # fmt: skip
    wanted = pl.col("month").is_null() if month == _ALL else pl.col("month") == date.fromisoformat(f"{month}-01")
    mine = mine.filter(wanted)
    by_size = mine.group_by("stage").agg(pl.col("n").sum()).sort("n", "stage", descending=[True, False])
    stages = by_size["stage"].to_list()
    totals = dict(by_size.iter_rows())
    stage = third.selectbox(
        t.term("stage"), stages, key=f"retrospective_voice_stage_{voice}_{month}",
        format_func=lambda key: f"{stage_word(key, names, t)} · n = {t.number(totals[key])}",
    )  # fmt: skip
    rows = mine.filter(pl.col("stage") == stage)
    show.chart(
        Chart("pareto", "", drawn(report, t, lambda: pareto_chart(rows, t, palette()), "pareto", voice, month, stage)),
        is_large,
        t.term("customer_feedback"),
    )
    st.caption(t("Blue: written down by the team. Grey: loss reasons of imports. Each lost lead counts once."))


def editor(definition: FunnelDefinition, month: date, store: Store, t: Translator) -> None:
    """All written feedback, newest first; each edit is stored at once."""
    names = {stage.key: t.localized(stage.name) for stage in definition.stages}
    records = sorted(store.records("feedback"), key=lambda record: (str(record.fields["on"]), record.id), reverse=True)
    kept = {str(record.fields.get("stage") or "") for record in records}
    stages = ["", *names, *sorted(kept - set(names) - {""})]

    def make(record_id: str, cells: Mapping[str, Any]) -> dict[str, Any]:
        filled = {name: value for name, value in cells.items() if value not in (None, "")}
        start = {"feedback_id": record_id, "on": month.isoformat()}
        return to_fields(from_fields(Feedback, start | filled))

    spec = Spec(
        "feedback",
        "feedback",
        {"on": pl.Date, "voice": pl.String, "stage": pl.String, "theme": pl.String, "quote": pl.String,
         "lead_id": pl.String},
        make,
    )  # fmt: skip
    editable_table(
        spec, records, store, (str(store.name), t.language, month, *stages), t,
        num_rows="dynamic",
        column_config={
            "on": st.column_config.DateColumn(
                t("Date"), default=month, width=96, min_value=date(2000, 1, 1)
            ),
            "voice": st.column_config.SelectboxColumn(
                t("Voice"), options=list(VOICES), default=LOST, width=72,
                format_func=lambda key: voice_word(str(key), t),
            ),
            "stage": st.column_config.SelectboxColumn(
                t.term("stage"), options=stages, default="", width=130,
                format_func=lambda key: stage_word(str(key), names, t),
            ),
            "theme": st.column_config.TextColumn(
                t("Theme"), width=120, max_chars=80, help=t("A few words by which voices are counted together."),
            ),
            "quote": st.column_config.TextColumn(t("Quote"), width=230, max_chars=1000),
            "lead_id": st.column_config.TextColumn(t("Lead id"), width=80, max_chars=100),
        },
    )  # fmt: skip
    st.caption(t("Add a row at the foot of the table; every change is stored at once, with your name and the time."))
