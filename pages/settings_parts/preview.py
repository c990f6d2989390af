"""What an edited funnel makes of today's data, before it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from funnel.i18n.translator import Translator
from funnel.reports.workspace_data import WorkspaceData
from pages.settings_parts.draft import Draft
from pages.shell.words import plain_text


def show_effect(draft: Draft, data: WorkspaceData, t: Translator) -> None:
    """Now and then, stage by stage; a sentence where no figure changes or there are no leads."""
    if not data.has_leads:
        st.caption(t("There are no leads in this workspace yet, so no figure changes."))
        return
    effect = draft.effect(data)
    if not effect.changes_figures:
        st.success(
            t("No figure changes: names, definitions and measures do not move any lead."), icon=":material/done:"
        )
    names = {stage.key: t.localized(stage.name) for stage in (*data.definition.stages, *draft.definition.stages)}
    rows = list(effect.stages.iter_rows(named=True))
    st.dataframe(
        pl.DataFrame(
            {
                "stage": [_stage(row, names, t) for row in rows],
                "now": [t.number(row["now_reached"]) for row in rows],
                "then": [t.number(row["then_reached"]) for row in rows],
                "rate_now": [_rate(row, "now", t) for row in rows],
                "rate_then": [_rate(row, "then", t) for row in rows],
                "days_now": [t.number(row["now_median_days"], 1) for row in rows],
                "days_then": [t.number(row["then_median_days"], 1) for row in rows],
            }
        ),
        hide_index=True,
        width="stretch",
        height="content",
        key="settings_effect",
        column_config={
            "stage": st.column_config.TextColumn(t.term("stage"), width=210),
            "now": _right(t("Reached now"), 95, t.explained("reached")),
            "then": _right(t("then"), 70, t.explained("reached")),
            "rate_now": _right(t("Conversion now"), 150, t.explained("conversion")),
            "rate_then": _right(t("then"), 150, t.explained("conversion")),
            "days_now": _right(t("Days now"), 80, t.explained("median_days")),
            "days_then": _right(t("then"), 65, t.explained("median_days")),
        },
    )
    st.caption(t("All time, all leads, as of %(day)s.", day=data.as_of))
    if effect.ignored:
        st.warning(
            t(
                "These labels of your files would count for nothing: %(labels)s. To keep them, merge stages instead.",
                labels=[plain_text(label) for label in effect.ignored],
            ),
            icon=":material/label_off:",
        )


def _right(label: str, width: int, help_text: str) -> Any:
    return st.column_config.TextColumn(label, width=width, help=help_text, alignment="right")


def _stage(row: Mapping[str, Any], names: Mapping[str, str], t: Translator) -> str:
    name = names[row["stage"]]
    if row["then_position"] is None:
        return t("%(stage)s (goes)", stage=name)
    if row["now_position"] is None:
        return t("%(stage)s (new)", stage=name)
    return name


def _rate(row: Mapping[str, Any], side: str, t: Translator) -> str:
    if row[f"{side}_rate"] is None:
        return "–"
    return t(
        "%(rate)s (%(x)s of %(n)s)",
        rate=t.percent(row[f"{side}_rate"]),
        x=row[f"{side}_advanced"],
        n=row[f"{side}_n"],
    )
