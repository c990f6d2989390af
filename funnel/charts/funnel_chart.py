"""The funnel: left-aligned bars in stage order, and between two bars the step with its rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from funnel.charts.marks import Beside, set_axis, stage_names
from funnel.charts.palette import Palette, base_figure
from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator

_ROW = 62  # pixels per stage with its step


def funnel_chart(status: pl.DataFrame, definition: FunnelDefinition, t: Translator, palette: Palette) -> go.Figure:
    """Draw ``schema.StatusTable``: one bar per stage (its count), one line per step (rate, x of n, missed benchmark).

    ``customdata`` of a bar is its stage key: a click tells which stage.
    """
    rows = status.to_dicts()
    steps = [_step_text(row, t, palette) for row in rows[1:]]
    names = stage_names(definition, t)
    return _bars(rows, "n_counted", steps, [_hover(row, names, t) for row in rows], names, t, palette)


def counts_chart(totals: pl.DataFrame, definition: FunnelDefinition, t: Translator, palette: Palette) -> go.Figure:
    """Draw ``schema.ActivityCounts`` in total: one bar per stage, the ratio of two totals between them."""
    rows = totals.to_dicts()
    names = stage_names(definition, t)
    steps = [(_ratio_text(row, t), palette.muted) for row in rows[1:]]
    hover = [f"<b>{names[row['stage']]}</b><br>{t.number(row['n'])}" for row in rows]
    return _bars(rows, "n", steps, hover, names, t, palette)


def _ratio_text(row: dict, t: Translator) -> str:
    rate, reason = ratio_parts(row, t)
    return "↓ " + (" · ".join(part for part in (f"<b>{rate}</b>" if rate else "", reason) if part) or t.value(None))


def _bars(
    rows: list[dict],
    count: str,
    steps: list[tuple[str, str]],
    hover: list[str],
    names: dict[str, str],
    t: Translator,
    palette: Palette,
) -> go.Figure:
    """Bars of ``count`` in stage order, a line of text and its colour between two of them."""
    beside = Beside()
    figure = base_figure(palette, height=_ROW * len(rows) + 24, margin={"l": 8, "r": 90, "t": 4, "b": 4})
    places = [-2 * i for i in range(len(rows))]
    figure.add_bar(
        orientation="h",
        y=places,
        x=[row[count] for row in rows],
        width=0.92,
        marker={"color": palette.accent, "line": {"width": 0}},
        customdata=[row["stage"] for row in rows],
        text=[f"<b>{_at_least(row)}{t.number(row[count])}</b>" for row in rows],
        textposition="outside",
        cliponaxis=False,
        textfont={"color": palette.ink, "size": 14},
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0.45}},
    )
    for (text, colour), place in zip(steps, places[1:], strict=True):
        beside.note(
            x=0, y=place + 1, xref="x", yref="y", xanchor="left", yanchor="middle", xshift=2, showarrow=False,
            text=text, font={"size": 13, "color": colour}, align="left",
        )  # fmt: skip
    set_axis(
        figure.layout.yaxis,
        tickmode="array",
        tickvals=places,
        ticktext=[_wrapped(names[row["stage"]]) for row in rows],
        range=[places[-1] - 0.8, 0.8],
        tickfont={"color": palette.ink, "size": 13},
        ticklabelstandoff=8,
    )
    widest = max((row[count] or 0 for row in rows), default=0)
    set_axis(figure.layout.xaxis, visible=False, range=[0, max(widest, 1) * 1.02])
    return beside.put_on(figure)


def step_parts(row: Mapping[str, Any], t: Translator) -> tuple[str, str, str]:
    """What stands between two bars: the rate of the step (blank where it is not known), what it is counted of or why
    it is not known, and the benchmark that it clearly misses (blank where it does not)."""
    if row["rate"] is None:
        return "", t.message_of(f"overview.reason.{row['reason']}") if row["reason"] else t.value(None), ""
    if row["level"] == "placed":
        counted = t("%(advanced)s of %(n)s closed", advanced=row["closed_advanced"], n=row["closed_n"])
    else:
        counted = t("%(advanced)s of %(n)s", advanced=row["advanced"], n=row["n"])
    is_missed = row["verdict"] == "significantly_below" and row["benchmark_low"] is not None
    guide = t.percent_range(row["benchmark_low"], row["benchmark_high"], 0)
    return t.percent(row["rate"]), counted, t("benchmark %(range)s", range=guide) if is_missed else ""


def ratio_parts(row: Mapping[str, Any], t: Translator) -> tuple[str, str]:
    """The ratio of two totals, which are not the same leads, and what must be known of it; either may be blank."""
    rate = t.percent(row["rate"]) if row["rate"] is not None else ""
    return rate, t.message_of(f"overview.reason.{row['reason']}") if row["reason"] else ""


def _at_least(row: dict) -> str:
    """Where only the furthest stage of each lead is known, more may have come so far."""
    return "≥ " if row.get("is_at_least") else ""


def _step_text(row: dict, t: Translator, palette: Palette) -> tuple[str, str]:
    rate, counted, missed = step_parts(row, t)
    text = f"↓ <b>{rate}</b>  {counted}" if rate else f"↓ {counted}"
    return (f"{text} · {missed}", palette.red) if missed else (text, palette.muted)


def _hover(row: dict, names: dict[str, str], t: Translator) -> str:
    lines = [f"<b>{names[row['stage']]}</b>", t.labelled(t.term("reached"), t.number(row["n_reached"]))]
    lines.append(t.labelled(t.term("own_entry"), t.number(row["n_own_entries"])))
    if row["n"] is not None:
        for term, column in (("at_risk", "n"), ("advanced", "advanced"), ("lost", "lost"), ("waiting", "waiting")):
            lines.append(t.labelled(t.term(term), t.number(row[column])))
    if row["rate"] is not None:
        rate = t.rate(row["rate"], row["rate_low"], row["rate_high"])
        lines.append(t.labelled(t.term("conversion"), rate))
    return "<br>".join(lines)


def _wrapped(name: str, width: int = 22) -> str:
    """A long stage name on two lines."""
    if len(name) <= width or " " not in name:
        return name
    cut = name.rfind(" ", 0, width + 1)
    cut = cut if cut > 0 else name.find(" ")
    return f"{name[:cut]}<br>{name[cut + 1 :]}"
