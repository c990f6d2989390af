"""Targets as bars: how far each is, and where it should be by now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from funnel.charts.marks import Beside, plain, set_axis
from funnel.charts.palette import Palette, base_figure
from funnel.i18n.translator import Translator

_ROW = 46  # pixels per target
_MOST = 1.25
"""A bar that is longer than this share of its goal is cut; its label says how much it is."""


def amount_words(value: float | None, metric: str, t: Translator) -> str:
    """An amount of a target in its own unit: shares as per cent, counts as numbers."""
    if value is None:
        return t.number(None)
    return t.percent(value, 0) if metric == "on_time" else t.number(value, None if value == int(value) else 1)


def state_words(state: str, t: Translator) -> str:
    """Where a target stands, in two or three words."""
    return {
        "reached": t("reached"),
        "on_pace": t("on pace"),
        "behind": t("behind"),
        "missed": t("missed"),
        "not_started": t("not started"),
        "ended": t("ended"),
        "not_measured": t("no figure yet"),
    }[state]


def target_bars(progress: pl.DataFrame, names: Mapping[str, str], t: Translator, palette: Palette) -> go.Figure:
    """Draw ``schema.TargetProgress``: one bar per target up to its goal, with a mark where the pace should be today.

    ``names``: target id → how it is called. The words at the right say the state, so that colour is not alone.
    """
    rows = list(progress.iter_rows(named=True))
    beside = Beside()
    figure = base_figure(palette, _ROW * len(rows) + 30, {"l": 8, "r": 190, "t": 8, "b": 22})
    at = list(range(len(rows)))
    figure.add_bar(x=[1] * len(rows), y=at, orientation="h", marker_color=palette.band, width=0.42, hoverinfo="skip")
    figure.add_bar(
        x=[min(row["share"] or 0.0, _MOST) for row in rows],
        y=at,
        orientation="h",
        width=0.42,
        marker_color=[_colour(row, palette) for row in rows],
        customdata=[_tip(row, names[row["target_id"]], t) for row in rows],
        hovertemplate="%{customdata}<extra></extra>",
    )
    for index, row in enumerate(rows):
        if row["share_of_days"] is not None and row["days_left"]:
            beside.shape(
                type="line", x0=row["share_of_days"], x1=row["share_of_days"], y0=index - 0.32, y1=index + 0.32,
                line={"color": palette.ink, "width": 2},
            )  # fmt: skip
        beside.note(
            x=0, y=index - 0.42, text=plain(names[row["target_id"]]), showarrow=False, xanchor="left",
            font={"color": palette.ink, "size": 13},
        )  # fmt: skip
        beside.note(
            x=1.01, xref="paper", y=index, text=_label(row, t), showarrow=False, xanchor="left", align="left",
            font={"color": palette.muted if row["share"] is None else _colour(row, palette), "size": 13},
        )  # fmt: skip
    figure.update_layout(barmode="overlay")
    set_axis(figure.layout.xaxis, range=[0, _MOST], tickvals=[0, 0.5, 1], ticktext=["0%", "50%", "100%"], tickangle=0)
    set_axis(figure.layout.yaxis, range=[len(rows) - 0.5, -0.75], showticklabels=False)
    return beside.put_on(figure)


def _colour(row: Mapping[str, Any], palette: Palette) -> str:
    return {"reached": palette.green, "behind": palette.red, "missed": palette.red}.get(row["state"], palette.accent)


def _label(row: Mapping[str, Any], t: Translator) -> str:
    if row["share"] is None:
        return state_words(row["state"], t)
    done, goal = (amount_words(row[name], row["metric"], t) for name in ("done", "goal"))
    return f"{t('%(done)s of %(goal)s', done=done, goal=goal)} · {state_words(row['state'], t)}"


def _tip(row: Mapping[str, Any], name: str, t: Translator) -> str:
    lines = [plain(name), t.period(row["start"], row["end"]), _label(row, t)]
    if row["pace_needed"] is not None:
        lines.append(
            t(
                "%(n)s a working day are needed for the remaining %(days)s.",
                n=t.number(row["pace_needed"], 1),
                days=row["days_left"],
            )
        )
    return "<br>".join(lines)
