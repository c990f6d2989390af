"""Where the time goes, and why leads are lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from funnel.charts.marks import Beside, cut, plain, ranked_rows, set_axis
from funnel.charts.palette import Palette, base_figure
from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator

_BAR = 38  # pixels per bar


def cycle_chart(slow: pl.DataFrame, definition: FunnelDefinition, t: Translator, palette: Palette) -> go.Figure:
    """Draw the steps of ``schema.SlowSteps`` that take time: their mean share of the sales cycle and median days."""
    rows = slow.filter(pl.col("cycle_share") > 0).to_dicts()
    figure = base_figure(palette, height=_BAR * len(rows) + 12, margin={"l": 8, "r": 120, "t": 4, "b": 4})
    names = [t.localized(definition.stage(row["stage"]).name) for row in rows]
    figure.add_bar(
        orientation="h",
        y=[-place for place in range(len(rows))],
        x=[row["cycle_share"] for row in rows],
        width=0.6,
        marker={"color": palette.accent},
        text=[f"<b>{t.percent(row['cycle_share'], 0)}</b> · {t.days(row['median_days'])}" for row in rows],
        textposition="outside",
        cliponaxis=False,
        textfont={"size": 13, "color": palette.ink},
        hovertext=[_cycle_hover(row, name, t) for row, name in zip(rows, names, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    ranked_rows(figure, [f"→ {plain(name)}" for name in names], palette)
    set_axis(figure.layout.xaxis, visible=False, range=[0, max((row["cycle_share"] for row in rows), default=1.0)])
    return figure


def loss_chart(reasons: pl.DataFrame, t: Translator, palette: Palette) -> go.Figure:
    """Draw the rows of ``schema.LossReasons`` of one stage as a Pareto: bars are shares of the stage's losses, the dots
    the share that this and the reasons above it make together."""
    rows = reasons.to_dicts()
    beside = Beside()
    figure = base_figure(palette, height=_BAR * len(rows) + 40, margin={"l": 8, "r": 130, "t": 4, "b": 4})
    places = [-place for place in range(len(rows))]
    figure.add_bar(
        orientation="h",
        y=places,
        x=[row["share"] for row in rows],
        width=0.6,
        marker={
            "color": [palette.band if row["kind"] == "not_recorded" else palette.accent for row in rows],
            "line": {"color": palette.muted, "width": [1 if row["kind"] == "not_recorded" else 0 for row in rows]},
        },
        hovertext=[_loss_hover(row, t) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    if len(rows) > 1:
        figure.add_scatter(
            x=[row["cumulative_share"] for row in rows],
            y=places,
            mode="lines+markers",
            line={"color": palette.muted, "width": 1.5, "dash": "dot"},
            marker={"size": 7, "color": palette.paper, "line": {"color": palette.muted, "width": 1.5}},
            hovertext=[
                t("The reasons down to this one: %(share)s of the losses", share=t.percent(row["cumulative_share"]))
                for row in rows
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            cliponaxis=False,
        )
    for place, row in zip(places, rows, strict=True):
        beside.note(
            xref="paper", x=1, y=place, xanchor="left", xshift=14, showarrow=False, align="left",
            text=f"<b>{t.number(row['n'])}</b> · {t.percent(row['share'], 0)}",
            font={"size": 13, "color": palette.muted if row["kind"] == "not_recorded" else palette.ink},
        )  # fmt: skip
    ranked_rows(figure, [plain(cut(reason_name(row, t), 34)) for row in rows], palette)
    set_axis(figure.layout.xaxis,
        range=[0, 1.0], tickformat=".0%", nticks=6, tickangle=0, showgrid=True, gridcolor=palette.grid,
    )  # fmt: skip
    return beside.put_on(figure)


def reason_name(row: Mapping[str, Any], t: Translator) -> str:
    """A row of ``schema.LossReasons`` in words."""
    if row["kind"] == "reason":
        return str(row["reason"])
    return t("No decision") if row["kind"] == "no_decision" else t.term("not_recorded")


def _cycle_hover(row: Mapping[str, Any], name: str, t: Translator) -> str:
    lines = [
        f"<b>→ {plain(name)}</b>",
        t(
            "%(share)s of the sales cycle on average, typically %(days)s (median), %(n)s wins",
            share=t.percent(row["cycle_share"]),
            days=t.days(row["median_days"]),
            n=row["n_won"],
        ),
    ]
    if row["n_imputed"]:
        lines.append(t("With the date of a later stage, because one was skipped: %(n)s", n=row["n_imputed"]))
    return "<br>".join(lines)


def _loss_hover(row: Mapping[str, Any], t: Translator) -> str:
    lines = [f"<b>{plain(reason_name(row, t))}</b>", f"{t.number(row['n'])} · {t.percent(row['share'])}"]
    if row["kind"] == "no_decision":
        lines.append(plain(t.joined(row["labels"])))
    return "<br>".join(lines)
