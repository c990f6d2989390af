"""Control charts of the steps, and the Pareto of what customers say."""

from __future__ import annotations

from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from funnel.charts.marks import Beside, maturing_line, plain, ranked_rows, set_axis, wrapped
from funnel.charts.palette import Palette, base_figure, rate_ticks
from funnel.i18n.translator import Translator

_MIDDLE = timedelta(days=14)
"""A month's point stands in the middle of the month, so that a strategy's start lies on the right side of it."""

_MOST_LABELS = 14


def control_chart(rows: pl.DataFrame, lines: pl.DataFrame, t: Translator, palette: Palette) -> go.Figure:
    """Draw one step of ``schema.ControlChart``: rates by month, the usual range, provisional months hollow.

    ``lines``: ``schema.StrategyLines`` of the strategies to mark. Without limits each month has its own interval.
    """
    months = [row for row in rows.sort("month").to_dicts() if row["rate"] is not None]
    figure = base_figure(palette, height=300, margin={"l": 8, "r": 64, "t": 40, "b": 8})
    if not months:
        return figure
    at, beside = [row["month"] + _MIDDLE for row in months], Beside()
    if months[0]["centre"] is not None:
        _limits(figure, beside, months, at, t, palette)
    ripe = [i for i, row in enumerate(months) if row["is_mature"]]
    young = [i for i, row in enumerate(months) if not row["is_mature"]]
    maturing_line(
        figure,
        at,
        [row["rate"] for row in months],
        [_hover(row, t) for row in months],
        [row["is_mature"] for row in months],
        palette,
        marker={
            "size": [13 if months[i]["is_outside"] else 8 for i in ripe],
            "symbol": ["diamond" if months[i]["is_outside"] else "circle" for i in ripe],
            "color": [palette.ink if months[i]["is_outside"] else palette.accent for i in ripe],
        },
        error=_intervals([months[i] for i in ripe], palette) if months[0]["centre"] is None else None,
    )
    if young:
        _labels(beside, [(at[young[-1]], months[young[-1]], t("not settled yet"))], t, palette)
    shown = ripe if len(ripe) <= _MOST_LABELS else [i for i in ripe if months[i]["is_outside"]]
    _labels(beside, [(at[i], months[i], t("unusual") if months[i]["is_outside"] else "") for i in shown], t, palette)
    _starts(beside, lines, months[0]["month"], months[-1]["month"] + timedelta(days=31), palette)
    top = max(max(row["rate"], row["high"] or 0, row["limit_high"] or 0) for row in months)
    end = min(1.05, top * 1.12) or 1
    set_axis(figure.layout.yaxis, range=[0, end], tickformat=rate_ticks(end), nticks=5, showgrid=True,
                        gridcolor=palette.grid)  # fmt: skip
    every = max(1, len(months) // 10)
    set_axis(
        figure.layout.xaxis,
        tickmode="array",
        tickvals=at[::every],
        ticktext=[_month(row["month"], i == 0, t) for i, row in enumerate(months[::every])],
        tickangle=0,
        range=[months[0]["month"] - timedelta(days=4), months[-1]["month"] + timedelta(days=34)],
    )
    return beside.put_on(figure)


def _limits(
    figure: go.Figure, beside: Beside, months: list[dict], at: list[date], t: Translator, palette: Palette
) -> None:
    figure.add_scatter(
        x=[*at, *reversed(at)],
        y=[*(row["limit_high"] for row in months), *(row["limit_low"] for row in reversed(months))],
        fill="toself", fillcolor=palette.band, line={"width": 0}, mode="lines", hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=at, y=[row["centre"] for row in months], mode="lines", hoverinfo="skip",
        line={"color": palette.muted, "width": 1, "dash": "dash"},
    )  # fmt: skip
    beside.note(
        xref="paper", x=1, xanchor="left", xshift=4, y=months[-1]["centre"], showarrow=False, align="left",
        text=f"{t('usual')}<br>{t.percent(months[-1]['centre'], 0)}", font={"size": 12, "color": palette.muted},
    )  # fmt: skip


def _starts(beside: Beside, lines: pl.DataFrame, first: date, last: date, palette: Palette) -> None:
    """Starts of strategies as labelled lines; the labels of neighbours stand on two heights."""
    inside = [row for row in lines.sort("starts_on").to_dicts() if first <= row["starts_on"] <= last]
    for index, row in enumerate(inside):
        is_late = row["starts_on"] > first + (last - first) * 0.6
        beside.shape(
            type="line", x0=row["starts_on"], x1=row["starts_on"], yref="paper", y0=0, y1=1,
            line={"color": palette.ink, "width": 1, "dash": "dot"},
        )  # fmt: skip
        beside.note(
            x=row["starts_on"], yref="paper", y=1, yanchor="bottom", yshift=16 * (index % 2),
            xanchor="right" if is_late else "left",
            xshift=-3 if is_late else 3, text=plain(row["title"]), showarrow=False,
            font={"size": 12, "color": palette.muted},
        )  # fmt: skip


def _labels(beside: Beside, points: list[tuple[date, dict, str]], t: Translator, palette: Palette) -> None:
    for day, row, word in points:
        text = t.percent(row["rate"], 0)
        beside.note(
            x=day, y=row["rate"], yanchor="bottom", yshift=7, showarrow=False, align="center",
            text=f"{word}<br>{text}" if word else text,
            font={"size": 12, "color": palette.ink if row["is_mature"] else palette.muted},
        )  # fmt: skip


def _intervals(months: list[dict], palette: Palette) -> dict:
    return {
        "type": "data", "symmetric": False, "color": palette.grid, "thickness": 5, "width": 0,
        "array": [row["high"] - row["rate"] for row in months],
        "arrayminus": [row["rate"] - row["low"] for row in months],
    }  # fmt: skip


def _month(day: date, is_first: bool, t: Translator) -> str:
    name = t.month(day, with_year=False)
    return f"{name}<br>{day.year}" if is_first or day.month == 1 else name


def _hover(row: dict, t: Translator) -> str:
    lines = [f"<b>{t.month(row['month'])}</b>"]
    counted = t("%(advanced)s of %(n)s", advanced=row["x"], n=row["n"])
    lines.append(f"{t.percent(row['rate'])} · {counted}")
    lines.append(t.labelled(t.term("interval_95"), t.percent_range(row["low"], row["high"])))
    if row["limit_low"] is not None:
        lines.append(t.labelled(t("Usual range"), t.percent_range(row["limit_low"], row["limit_high"])))
    if not row["is_mature"]:
        lines.append(t("Followed long enough: %(n)s of %(all)s", n=row["n"], all=row["n_entries"]))
    return "<br>".join(lines)


def pareto_chart(themes: pl.DataFrame, t: Translator, palette: Palette, most: int = 8) -> go.Figure:
    """Draw one voice, stage and month of ``schema.FeedbackThemes``: the most frequent themes, with the share that they
    make up together. Loss reasons of imports are the paler part of a bar."""
    rows = themes.sort("n", descending=True).head(most).to_dicts()
    beside = Beside()
    figure = base_figure(palette, height=34 * max(len(rows), 1) + 20, margin={"l": 8, "r": 120, "t": 4, "b": 4})
    places = [-index for index in range(len(rows))]
    for column, colour in (("written", palette.accent), ("n_import", palette.categories[1])):
        figure.add_bar(
            orientation="h", y=places, width=0.62, marker={"color": colour, "line": {"width": 0}},
            x=[row["n"] - row["n_import"] if column == "written" else row["n_import"] for row in rows],
            hovertext=[_theme_hover(row, t) for row in rows], hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    for row, place in zip(rows, places, strict=True):
        beside.note(
            x=row["n"], y=place, xanchor="left", xshift=6, showarrow=False, font={"size": 12, "color": palette.ink},
            text=f"<b>{t.number(row['n'])}</b>  {t('cumulative %(share)s', share=t.percent(row['cumulative'], 0))}",
        )  # fmt: skip
    figure.update_layout(barmode="stack")
    ranked_rows(figure, [wrapped(plain(row["theme"]), 30) for row in rows], palette)
    set_axis(figure.layout.xaxis, visible=False, range=[0, max((row["n"] for row in rows), default=1) * 1.02])
    return beside.put_on(figure)


def _theme_hover(row: dict, t: Translator) -> str:
    lines = [f"<b>{plain(row['theme'])}</b>", t("Named %(n)s times", n=row["n"])]
    if row["n_import"]:
        lines.append(t("of these loss reasons of imports: %(n)s", n=row["n_import"]))
    lines.append(t("Share: %(share)s", share=t.percent(row["share"], 0)))
    return "<br>".join(lines)
