"""Charts of the retrospective: before and after by step, the two funnels, and why customers changed."""

from __future__ import annotations

from itertools import accumulate

import plotly.graph_objects as go
import polars as pl

from funnel.charts.marks import Beside, Names, set_axis, side_word, stage_names, verdict_word, wrapped
from funnel.charts.palette import Palette, base_figure, rate_ticks
from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator

_ROW = 74
"""Pixels per step: two labels above and below each pair of dots."""


def before_after_chart(
    comparison: pl.DataFrame, definition: FunnelDefinition, t: Translator, palette: Palette
) -> go.Figure:
    """Draw ``schema.StepComparison``: hollow dot before, filled dot after, the interval of the rate after behind them,
    verdict and n in words at the right. A step without a rate shows its verdict only."""
    rows = comparison.to_dicts()
    names = stage_names(definition, t)
    beside = Beside()
    figure = base_figure(palette, height=_ROW * len(rows) + 44, margin={"l": 8, "r": 176, "t": 8, "b": 30})
    places = [-index for index in range(len(rows))]
    for row, place in zip(rows, places, strict=True):
        colour = {"improved": palette.green, "worsened": palette.red}.get(row["verdict"], palette.muted)
        _pair(figure, beside, row, place, colour, names, t, palette)
        judged = row["verdict"] in ("improved", "worsened")
        beside.note(
            xref="paper", x=1, y=place, xanchor="left", xshift=16, align="left", showarrow=False,
            text=f"<b>{wrapped(verdict_word(row['verdict'], t), 20)}</b><br>{_n(row, t)}",
            font={"size": 13, "color": colour if judged else palette.muted},
        )  # fmt: skip
    set_axis(
        figure.layout.yaxis,
        tickmode="array",
        tickvals=places,
        ticktext=[wrapped(_step(row, definition, names), 22) for row in rows],
        range=[places[-1] - 0.55, 0.55],
        tickfont={"color": palette.ink, "size": 13},
        ticklabelstandoff=8,
    )
    widest = max((row[f"high_{side}"] or 0 for row in rows for side in ("before", "after")), default=0)
    end = min(1.02, widest * 1.12) or 1
    set_axis(figure.layout.xaxis, range=[0, end], tickformat=rate_ticks(end), nticks=6, tickangle=0)
    return beside.put_on(figure)


def _pair(
    figure: go.Figure,
    beside: Beside,
    row: dict,
    place: int,
    colour: str,
    names: Names,
    t: Translator,
    palette: Palette,
) -> None:
    before, after = row["rate_before"], row["rate_after"]
    if row["low_after"] is not None:
        figure.add_scatter(
            x=[row["low_after"], row["high_after"]], y=[place, place], mode="lines", hoverinfo="skip",
            line={"color": palette.band, "width": 12},
        )  # fmt: skip
    if before is not None and after is not None:
        figure.add_scatter(
            x=[before, after], y=[place, place], mode="lines", hoverinfo="skip", line={"color": colour, "width": 2}
        )
    for rate, side, fill, shift, ink in (
        (before, "before", palette.paper, -18, palette.muted),
        (after, "after", colour, 18, palette.ink),
    ):
        if rate is None:
            continue
        figure.add_scatter(
            x=[rate], y=[place], mode="markers", cliponaxis=False,
            marker={"size": 14, "color": fill, "line": {"color": colour, "width": 2}},
            hovertext=[_hover(row, side, names, t)], hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
        text = t.percent(rate, 0)
        beside.note(
            x=rate, y=place, yshift=shift, showarrow=False, font={"size": 13, "color": ink},
            text=f"<b>{text}</b>" if side == "after" else text,
        )  # fmt: skip


def _step(row: dict, definition: FunnelDefinition, names: Names) -> str:
    before = definition.stages[row["position"] - 2].key
    return f"{names[before]} → {names[row['stage']]}"


def _n(row: dict, t: Translator) -> str:
    return f"n {t.number(row['n_before'])} / {t.number(row['n_after'])}"


def _hover(row: dict, side: str, names: Names, t: Translator) -> str:
    word = t("before") if side == "before" else t("after")
    counted = t("%(advanced)s of %(n)s", advanced=row[f"x_{side}"], n=row[f"n_{side}"])
    lines = [f"<b>→ {names[row['stage']]}</b> · {word}"]
    lines.append(t.period(row[f"{side}_start"], row[f"{side}_end"]))
    lines.append(f"{t.percent(row[f'rate_{side}'])} · {counted}")
    lines.append(t.labelled(t.term("interval_95"), t.percent_range(row[f"low_{side}"], row[f"high_{side}"])))
    return "<br>".join(lines)


def two_funnels_chart(funnel: pl.DataFrame, definition: FunnelDefinition, t: Translator, palette: Palette) -> go.Figure:
    """Draw ``schema.WindowFunnel``: per stage the count before (hollow) above the count after (filled)."""
    rows = funnel.to_dicts()
    names = stage_names(definition, t)
    figure = base_figure(palette, height=64 * len(rows) + 20, margin={"l": 8, "r": 96, "t": 4, "b": 4})
    places = [-index for index in range(len(rows))]
    for side, shift, fill in (("before", 0.19, palette.band), ("after", -0.19, palette.accent)):
        word = t("before") if side == "before" else t("after")
        figure.add_bar(
            orientation="h", width=0.36, y=[place + shift for place in places], x=[row[f"n_{side}"] for row in rows],
            marker={"color": fill, "line": {"width": 0}}, textposition="outside", cliponaxis=False,
            text=[f"{t.number(row[f'n_{side}'])} {word}" for row in rows],
            textfont={"size": 12, "color": palette.muted if side == "before" else palette.ink},
            hovertext=[f"<b>{names[row['stage']]}</b> · {word}<br>{t.number(row[f'n_{side}'])}" for row in rows],
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    set_axis(
        figure.layout.yaxis,
        tickmode="array",
        tickvals=places,
        ticktext=[wrapped(names[row["stage"]], 18) for row in rows],
        range=[places[-1] - 0.5, 0.5],
        tickfont={"color": palette.ink, "size": 13},
        ticklabelstandoff=8,
    )
    widest = max((max(row["n_before"], row["n_after"]) for row in rows), default=1)
    set_axis(figure.layout.xaxis, visible=False, range=[0, max(widest, 1) * 1.02])
    figure.update_layout(barmode="overlay")
    return figure


def waterfall_chart(
    funnel: pl.DataFrame, drivers: pl.DataFrame, definition: FunnelDefinition, t: Translator, palette: Palette,
    measure: str = "customers",
) -> go.Figure:  # fmt: skip
    """Draw ``schema.DriverParts`` between the two totals of ``schema.WindowFunnel``: bars that add up.

    ``measure`` "customers" leaves out the factors that only move money; "revenue" shows all of them.
    """
    names = stage_names(definition, t)
    is_money = measure == "revenue"
    total = "amount" if is_money else "n"
    last = funnel.row(-1, named=True)
    ends = [last[f"{total}_{side}"] or 0 for side in ("before", "after")]
    parts = [row for row in drivers.to_dicts() if is_money or row["factor"] in ("leads", "step_rate")]
    show = t.money if is_money else t.number
    labels = [side_word("before", t), *(wrapped(_factor(row, names, t), 13) for row in parts), side_word("after", t)]
    values = [ends[0], *(row[measure] for row in parts), ends[1]]
    # A tenth of a customer only distracts where hundreds are counted.
    digits = 0 if max(abs(value) for value in values) >= 100 else 1
    signed = [_signed_money(row[measure], t) if is_money else t.signed(row[measure], digits) for row in parts]
    figure = base_figure(palette, height=380, margin={"l": 8, "r": 8, "t": 28, "b": 8})
    figure.add_waterfall(
        x=list(range(len(labels))),
        y=values,
        # "total" would draw the sum of the bars under the value of the data; the two are told apart in the tests.
        measure=["absolute", *["relative"] * len(parts), "absolute"],
        text=[show(ends[0]), *signed, show(ends[1])],
        textposition="outside",
        textfont={"color": palette.ink, "size": 13},
        cliponaxis=False,
        constraintext="none",
        increasing={"marker": {"color": palette.green}},
        decreasing={"marker": {"color": palette.red}},
        totals={"marker": {"color": palette.accent}},
        connector={"line": {"color": palette.grid, "width": 1}},
        hovertext=[side_word("before", t), *(_driver_hover(row, names, t) for row in parts), side_word("after", t)],
        hovertemplate="%{hovertext}<br><b>%{text}</b><extra></extra>",
    )
    set_axis(figure.layout.xaxis,
        tickmode="array", tickvals=list(range(len(labels))), ticktext=labels, tickangle=0, ticklabelstandoff=14,
        tickfont={"size": 12, "color": palette.ink},
    )  # fmt: skip
    # Room above and below for the words at the ends of the bars.
    levels = [0.0, *accumulate(values[:-1])]
    low, high = min(levels), max(levels)
    room = 0.08 * ((high - low) or 1.0)
    set_axis(figure.layout.yaxis, visible=False, range=[low - room if low < 0 else 0, high + room])
    return figure


def _factor(row: dict, names: Names, t: Translator) -> str:
    if row["factor"] == "step_rate":
        return f"→ {names[row['stage']]}"
    return {
        "leads": t("Number of leads"),
        "amount_share": t("Share with an amount"),
        "mean_amount": t("Average amount"),
    }[row["factor"]]


def _driver_hover(row: dict, names: Names, t: Translator) -> str:
    is_rate = row["factor"] in ("step_rate", "amount_share")
    show = t.percent if is_rate else t.money if row["factor"] == "mean_amount" else t.number
    return t.labelled(_factor(row, names, t), f"{show(row['before'])} → {show(row['after'])}")


def _signed_money(amount: float, t: Translator) -> str:
    return ("+" if amount > 0 else "") + t.money(amount)
