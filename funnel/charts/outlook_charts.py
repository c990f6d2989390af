"""The outlook: what is expected week by week with its range, and what was said on past days against what came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl

from funnel.charts.marks import Beside, set_axis
from funnel.charts.palette import Palette, base_figure
from funnel.i18n.translator import Translator

_MOST_DATES = 8


def path_chart(
    path: pl.DataFrame, as_of: date, t: Translator, palette: Palette, *, money: bool, goal: float | None
) -> go.Figure:
    """Draw ``schema.outlook.Path`` added up to the horizon: wins, or money, from deals open today and from new leads,
    the range at the end of every week, and the ``goal`` as a line."""
    names = ("money_open", "money_new", "money_low", "money_high") if money else ("of_open", "of_new", "low", "high")
    has_range = path[names[2]].null_count() == 0
    nothing: dict[str, Any] = {"on": as_of, **dict.fromkeys(names, 0.0)}
    rows = [nothing, *path.to_dicts()]
    beside = Beside()
    figure = base_figure(palette, 340, {"l": 8, "r": 150, "t": 24, "b": 8})
    days = [row["on"] for row in rows]
    opened = [row[names[0]] or 0.0 for row in rows]
    total = [(row[names[0]] or 0.0) + (row[names[1]] or 0.0) for row in rows]
    say: Callable[[float | None], str] = t.money if money else lambda n: few_digits(n, t)
    tips = [_tip(row, names, say, t) for row in rows]
    if has_range:
        figure.add_scatter(
            x=[*days, *days[::-1]],
            y=[*(row[names[3]] for row in rows), *(row[names[2]] for row in rows[::-1])],
            fill="toself", fillcolor=palette.band, line={"width": 0}, mode="lines", hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=days, y=opened, mode="lines", line={"color": palette.muted, "width": 2, "dash": "dot"}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=days, y=total, mode="lines+markers", line={"color": palette.accent, "width": 2}, marker={"size": 7},
        hovertext=tips, hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    labels = [(total[-1], f"<b>{say(total[-1])}</b> {t('in all')}", palette.ink)]
    labels.append((opened[-1], f"{say(opened[-1])} {t('open today')}", palette.muted))
    if has_range:
        low, high = rows[-1][names[2]], rows[-1][names[3]]
        labels.append((high, t("8 times of 10 to %(n)s", n=say(high)), palette.muted))
        labels.append((low, t("and from %(n)s", n=say(low)), palette.muted))
    if goal is not None:
        beside.shape(type="line", xref="paper", x0=0, x1=1, y0=goal, y1=goal, line={"color": palette.green, "width": 2})
        labels.append((goal, f"{t.term('target')} {say(goal)}", palette.green))
    top = max([value for value, _, _ in labels] + total) or 1.0
    for value, text, colour in _apart(labels, top):
        beside.note(
            x=1.01, xref="paper", y=value, text=text, showarrow=False, xanchor="left", align="left",
            font={"color": colour, "size": 13},
        )  # fmt: skip
    set_axis(figure.layout.yaxis, range=[0, top * 1.12], showgrid=True, gridcolor=palette.grid, nticks=6)
    set_axis(figure.layout.xaxis, tickvals=_few(days), ticktext=[f"{day:%m-%d}" for day in _few(days)], tickangle=0)
    return beside.put_on(figure)


def record_chart(past: pl.DataFrame, t: Translator, palette: Palette) -> go.Figure:
    """Draw ``schema.outlook.PastForecasts``: per past day what was said (with its range) and what came."""
    rows = past.sort("on").to_dicts()
    days = [row["on"] for row in rows]
    beside = Beside()
    figure = base_figure(palette, 300, {"l": 8, "r": 24, "t": 28, "b": 8})
    ranged = [row for row in rows if row["low"] is not None]
    for row in ranged:
        beside.shape(
            type="line", x0=row["on"], x1=row["on"], y0=row["low"], y1=row["high"],
            line={"color": palette.band, "width": 12}, layer="below",
        )  # fmt: skip
    figure.add_scatter(
        x=days, y=[row["expected"] for row in rows], mode="lines+markers", name=t("said"),
        line={"color": palette.muted, "width": 1.5, "dash": "dot"},
        marker={"size": 8, "color": palette.paper, "line": {"color": palette.muted, "width": 2}}, hoverinfo="skip",
    )  # fmt: skip
    colours = [palette.red if row["is_inside"] is False else palette.accent for row in rows]
    symbols = ["x" if row["is_inside"] is False else "circle" for row in rows]
    tips = [past_words(row, t).replace(" · ", "<br>") for row in rows]
    figure.add_scatter(
        x=days, y=[row["wins"] for row in rows], mode="markers", name=t("came"),
        marker={"size": 10, "color": colours, "symbol": symbols},
        hovertext=tips, hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    top = max(max(row["wins"], row["expected"], row["high"] or 0) for row in rows) or 1
    set_axis(figure.layout.yaxis, range=[0, top * 1.15], showgrid=True, gridcolor=palette.grid, nticks=6)
    shown = _few(days)
    set_axis(figure.layout.xaxis, tickvals=shown, ticktext=[f"{day:%Y-%m-%d}" for day in shown], tickangle=0)
    beside.note(
        x=0, xref="paper", y=1, yref="paper", yanchor="bottom", xanchor="left", showarrow=False,
        text=t("○ said · ● came inside the range · ✕ came outside it"), font={"color": palette.muted, "size": 12},
    )  # fmt: skip
    return beside.put_on(figure)


def few_digits(value: float | None, t: Translator) -> str:
    """An expected count: one decimal below 10."""
    return t.number(value, None if value is None or value == int(value) else 1 if value < 9.95 else 0)


def past_words(row: dict, t: Translator) -> str:
    """One past day in words."""
    parts = [
        t("%(start)s to %(end)s", start=t.date(row["on"]), end=t.date(row["until"])),
        t("said %(n)s", n=few_digits(row["expected"], t)),
        t("came %(n)s", n=row["wins"]),
    ]
    if row["low"] is not None:
        where = t("inside") if row["is_inside"] else t("outside")
        parts.append(f"{where} ({t.number(row['low'])}–{t.number(row['high'])})")
    return " · ".join(parts)


def _tip(row: dict, names: tuple[str, ...], say: Callable[[float | None], str], t: Translator) -> str:
    opened, new, low, high = (row[name] for name in names)
    lines = [f"<b>{t.date(row['on'])}</b>", f"{say((opened or 0) + (new or 0))} {t('in all')}"]
    lines.append(f"{say(opened)} {t('open today')} · {say(new)} {t('new leads')}")
    if low is not None and high:
        lines.append(t.labelled(t("8 times of 10"), f"{say(low)}–{say(high)}"))
    return "<br>".join(lines)


def _few(days: list) -> list:
    step = max(1, -(-len(days) // _MOST_DATES))
    return days[::-1][::step][::-1]


def _apart(labels: list[tuple[float, str, str]], top: float) -> list[tuple[float, str, str]]:
    """The labels at the right, moved apart so that none covers another."""
    gap, placed = top * 0.085, []
    at = -gap
    for value, text, colour in sorted(labels):
        at = max(value, at + gap)
        placed.append((at, text, colour))
    return placed
