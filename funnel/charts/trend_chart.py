"""Rates over time: the benchmark as a band, the immature tail dotted and hollow."""

from __future__ import annotations

from datetime import date

import plotly.graph_objects as go
import polars as pl

from funnel.charts.marks import Beside, maturing_line, set_axis
from funnel.charts.palette import Palette, base_figure, rate_ticks
from funnel.i18n.translator import Translator

_MOST_LABELS = {"month": 12, "week": 7}
"""With more points than this, labels would cover the line and each other."""
_ENDS = ("rate_low", "rate_high")
_LINE = 0.08
"""What share of the plot's height a line of words takes with its distance from the point."""


def trend_chart(
    trend: pl.DataFrame, t: Translator, palette: Palette, every: str, benchmark: tuple[float, float, str] | None = None
) -> go.Figure:
    """Draw ``schema.Trend`` of one step, one row per period. ``benchmark`` = low, high and its
    words; ``every`` is "month" or "week"."""
    beside = Beside()
    figure = base_figure(palette, height=360, margin={"l": 8, "r": 24, "t": 24, "b": 8})
    rows = [row for row in trend.to_dicts() if row["rate"] is not None]
    names = [_period_name(row["period_start"], t, every) for row in rows]
    # Days, not words, are the places on the axis: "Oct" of two years are two places.
    places = [row["period_start"].isoformat() for row in rows]
    if benchmark:
        low, high, words = benchmark
        beside.shape(
            type="rect", xref="x domain", x0=0, x1=1, yref="y", y0=low, y1=high, layer="below",
            fillcolor=palette.band, line={"width": 0},
        )  # fmt: skip
        beside.note(
            xref="paper", x=0.01, y=high, yanchor="top", xanchor="left", text=words, showarrow=False,
            font={"color": palette.muted, "size": 12},
        )  # fmt: skip
    ripe = [i for i, row in enumerate(rows) if not row["is_provisional"]]
    maturing_line(
        figure,
        places,
        [row["rate"] for row in rows],
        [_hover(row, t, every) for row in rows],
        [not row["is_provisional"] for row in rows],
        palette,
        marker={"size": 8, "color": palette.accent},
        error=_interval([rows[i] for i in ripe], palette),
    )
    top = max([row["rate_high"] or row["rate"] for row in rows] + [benchmark[1] if benchmark else 0.05])
    end = min(top * 1.15, max(top, 1.02)) or 1
    if len(rows) <= _MOST_LABELS[every]:
        for i, row in enumerate(rows):
            text = t.percent(row["rate"], 0)
            # The words stand once, at the last point; left of it, since the plot ends there.
            last = row["is_provisional"] and i == len(rows) - 1
            low, high = (row[name] if i in ripe and row[name] is not None else row["rate"] for name in _ENDS)
            is_above = low < (2 if last else 1) * _LINE * end  # below it would stand on the names of the periods
            beside.note(
                x=places[i],
                y=high if is_above else low,
                text=f"{text}<br>{t('not settled yet')}" if last else text,
                showarrow=False,
                yanchor="bottom" if is_above else "top",
                yshift=(4 if i in ripe else 8) * (1 if is_above else -1),
                xanchor="right" if last else "center",
                xshift=14 if last else 0,
                align="right",
                font={"size": 12, "color": palette.ink if i in ripe else palette.muted},
            )
    set_axis(
        figure.layout.yaxis,
        range=[0, end],
        tickformat=rate_ticks(end),
        showgrid=True,
        gridcolor=palette.grid,
        nticks=6,
    )
    shown = range(0, len(rows), max(1, -(-len(rows) // _MOST_LABELS[every])))
    years = [rows[i]["period_start"].year for i in shown]
    is_new = [i == 0 or year != years[i - 1] for i, year in enumerate(years)]
    set_axis(
        figure.layout.xaxis,
        type="category",
        categoryorder="array",
        categoryarray=places,
        tickmode="array",
        tickvals=[places[i] for i in shown],
        ticktext=[
            f"{names[i]}<br>{year}" if new else names[i] for i, year, new in zip(shown, years, is_new, strict=True)
        ],
        tickangle=0,
    )
    return beside.put_on(figure)


def _interval(rows: list[dict], palette: Palette) -> dict:
    return {
        "type": "data",
        "symmetric": False,
        "array": [(row["rate_high"] or row["rate"]) - row["rate"] for row in rows],
        "arrayminus": [row["rate"] - (row["rate_low"] or row["rate"]) for row in rows],
        "color": palette.muted,
        "thickness": 1,
        "width": 0,
    }


def _period_name(day: date, t: Translator, every: str) -> str:
    """A month, or the first day of a week, without its year."""
    return f"{day:%m-%d}" if every == "week" else t.month(day, with_year=False)


def _hover(row: dict, t: Translator, every: str) -> str:
    counted = t("%(advanced)s of %(n)s", advanced=row["advanced"], n=row["n"])
    name = t.date(row["period_start"]) if every == "week" else t.month(row["period_start"])
    lines = [f"<b>{name}</b>", f"{t.percent(row['rate'])} · {counted}"]
    lines.append(t.labelled(t.term("interval_95"), t.percent_range(row["rate_low"], row["rate_high"])))
    if row["is_provisional"]:
        lines.append(t.term("immature"))
    return "<br>".join(lines)
