"""The steps against their range, what each is worth, and where inside a step the shortfall sits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from funnel.charts.marks import Beside, cut, plain, ranked_rows, set_axis
from funnel.charts.palette import Palette, base_figure, rate_ticks
from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator

_ROW = 66  # pixels per step
_BAR = 38  # pixels per bar of a ranking


def verdict_words(row: Mapping[str, Any], t: Translator) -> str:
    """The verdict of a row of ``schema.StepVerdicts`` in two or three words."""
    verdict = row["verdict"]
    if verdict in ("significantly_below", "below_not_certain", "within", "above"):
        return t.term(verdict)
    if verdict == "too_little_data":
        return t.term("history_too_short" if row["reason"] == "history_too_short" else "v_too_little_data")
    return {
        "depends_on_skips": t("Depends on skipped stages"),
        "no_reference": t("No range to compare"),
        "cannot_know": t("Cannot be known"),
    }[verdict]


def can_draw(row: Mapping[str, Any]) -> bool:
    """Whether a rate may be drawn: not where the data cannot know it, such as two stages that share one date."""
    return row["rate"] is not None and row["verdict"] != "cannot_know"


def step_name(row: Mapping[str, Any], definition: FunnelDefinition, t: Translator) -> str:
    """The two stages of a step."""
    return " → ".join(t.localized(definition.stage(row[key]).name) for key in ("from_stage", "stage"))


def interval_chart(steps: pl.DataFrame, definition: FunnelDefinition, t: Translator, palette: Palette) -> go.Figure:
    """Draw ``schema.StepVerdicts``: the range as a band, the rate with its 95 % interval, the verdict in words.

    A rate that cannot be known is not drawn. Where skipped stages matter a hollow dot shows the rate that counts the
    leads that jumped ahead. ``customdata`` of a dot is the stage's key.
    """
    rows = [
        row | {"from_name": plain(t.localized(definition.stage(row["from_stage"]).name))} for row in steps.to_dicts()
    ]
    beside = Beside()
    figure = base_figure(palette, height=_ROW * len(rows) + 34, margin={"l": 8, "r": 218, "t": 4, "b": 4})
    for place, row in enumerate(rows):
        _band(beside, -place, row, palette)
        if can_draw(row):
            _rate(figure, -place, row, definition, t, palette)
        else:
            beside.note(
                x=0, y=-place, xanchor="left", xshift=4, showarrow=False, text=_why_not(row, t),
                font={"size": 12, "color": palette.muted},
            )  # fmt: skip
        beside.note(
            xref="paper", x=1, y=-place, xanchor="left", xshift=12, showarrow=False, align="left",
            text=_words(row, t, palette), font={"size": 12, "color": palette.muted},
        )  # fmt: skip
    set_axis(
        figure.layout.yaxis,
        tickmode="array",
        tickvals=[-place for place in range(len(rows))],
        ticktext=[_label(row, definition, t) for row in rows],
        range=[-len(rows) + 0.45, 0.55],
        tickfont={"color": palette.ink, "size": 13},
        ticklabelstandoff=10,
    )
    ends = [end for row in steps.to_dicts() for name in ("high", "rate_high", "reached_rate") if (end := row[name])]
    end = min(1.02, max(ends, default=1.0) * 1.08) or 1
    set_axis(figure.layout.xaxis,
        range=[0, end], tickformat=rate_ticks(end), nticks=7, tickangle=0,
        showgrid=True, gridcolor=palette.grid,
    )  # fmt: skip
    return beside.put_on(figure)


def stake_chart(steps: pl.DataFrame, definition: FunnelDefinition, t: Translator, palette: Palette) -> go.Figure:
    """Draw what each step of ``schema.StepVerdicts`` with a stake would bring per quarter, with its 80 % range."""
    rows = steps.filter(pl.col("quarter_customers").is_not_null()).to_dicts()
    beside = Beside()
    figure = base_figure(palette, height=52 * len(rows) + 12, margin={"l": 8, "r": 8, "t": 4, "b": 4})
    values = [row["quarter_customers"] for row in rows]
    figure.add_bar(
        orientation="h",
        y=[-place for place in range(len(rows))],
        x=values,
        width=0.5,
        marker={"color": [palette.red if row["is_bottleneck"] else palette.accent for row in rows]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, row["quarter_customers_high"] - row["quarter_customers"]) for row in rows],
            "arrayminus": [max(0.0, row["quarter_customers"] - row["quarter_customers_low"]) for row in rows],
            "color": palette.ink,
            "thickness": 1.5,
            "width": 5,
        },
        hovertext=[_stake_hover(row, definition, t) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    for place, row in enumerate(rows):
        beside.note(
            x=max(row["quarter_customers"], row["quarter_customers_high"]), y=-place, xanchor="left", xshift=8,
            showarrow=False, align="left", text=_stake_words(row, t), font={"size": 13, "color": palette.ink},
        )  # fmt: skip
    widest = max((row["quarter_customers_high"] for row in rows), default=0.0)
    set_axis(figure.layout.xaxis, visible=False, range=[0, max(widest, 0.1) * 1.9])
    ranked_rows(figure, [_label(row, definition, t) for row in rows], palette)
    return beside.put_on(figure)


def parts_chart(parts: pl.DataFrame, t: Translator, palette: Palette) -> go.Figure:
    """Draw the groups of one step and dimension of ``schema.ShortfallParts`` in the order given: leads missing to the
    low end of the range (left of the line: more than needed). Red: significantly below; grey: few leads."""
    rows = parts.to_dicts()
    beside = Beside()
    figure = base_figure(palette, height=_BAR * len(rows) + 12, margin={"l": 8, "r": 270, "t": 4, "b": 4})
    figure.add_bar(
        orientation="h",
        y=[-place for place in range(len(rows))],
        x=[row["part_leads"] for row in rows],
        width=0.62,
        marker={
            "color": [
                palette.band if row["is_few"] else palette.red if row["is_significant"] else palette.accent
                for row in rows
            ],
            "line": {"color": palette.muted, "width": [1 if row["is_few"] else 0 for row in rows]},
        },
        text=[t.signed(row["part_leads"], 0 if abs(row["part_leads"]) >= 10 else 1) for row in rows],
        textposition="outside",
        cliponaxis=False,
        textfont={"size": 13, "color": [palette.muted if row["is_few"] else palette.ink for row in rows]},
        hovertext=[_part_hover(row, t) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    for place, row in enumerate(rows):
        beside.note(
            xref="paper", x=1, y=-place, xanchor="left", xshift=10, showarrow=False, align="left",
            text=_part_words(row, t),
            font={"size": 12, "color": palette.red if row["is_significant"] else palette.muted},
        )  # fmt: skip
    names = [plain(cut(row["group"], 28)) if row["group"] is not None else t("not stated") for row in rows]
    ranked_rows(figure, names, palette)
    values = [row["part_leads"] for row in rows]
    low, high = min([0.0, *values]), max([0.0, *values])
    room = (high - low or 1.0) * 0.16
    set_axis(figure.layout.xaxis,
        showticklabels=False, zeroline=True, zerolinecolor=palette.muted, zerolinewidth=1,
        range=[low - room if low < 0 else low, high + room],
    )  # fmt: skip
    return beside.put_on(figure)


def _band(beside: Beside, place: int, row: Mapping[str, Any], palette: Palette) -> None:
    if row["low"] is None:
        return
    beside.shape(
        type="rect", x0=row["low"], x1=row["high"], y0=place - 0.3, y1=place + 0.3, fillcolor=palette.band,
        line={"width": 0}, layer="below",
    )  # fmt: skip


def _rate(
    figure: go.Figure, place: int, row: Mapping[str, Any], definition: FunnelDefinition, t: Translator, palette: Palette
) -> None:
    colour = _colour(row, palette)
    hover = _hover(row, definition, t)
    figure.add_scatter(
        x=[row["rate_low"], row["rate_high"]], y=[place, place], mode="lines", hoverinfo="skip",
        line={"color": colour, "width": 3},
    )  # fmt: skip
    if row["shows_both_counts"] and row["reached_rate"] is not None:
        figure.add_scatter(
            x=[row["reached_rate"]], y=[place], mode="markers+text", text=[t.percent(row["reached_rate"], 0)],
            textposition="bottom center", textfont={"size": 12, "color": palette.muted},
            marker={"size": 12, "color": palette.paper, "line": {"color": colour, "width": 2}},
            hovertext=[hover], hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=[row["rate"]], y=[place], mode="markers+text", text=[f"<b>{t.percent(row['rate'], 0)}</b>"],
        textposition="top center", textfont={"size": 13, "color": palette.ink},
        marker={
            "size": 13,
            "color": palette.paper if row["verdict"] == "below_not_certain" else colour,
            "line": {"color": colour, "width": 2},
        },
        customdata=[row["stage"]], hovertext=[hover], hovertemplate="%{hovertext}<extra></extra>", cliponaxis=False,
    )  # fmt: skip


def _why_not(row: Mapping[str, Any], t: Translator) -> str:
    """Why there is no rate to draw, in place of the dot."""
    match row["reason"]:
        case "unknown_place":
            return t.labelled(t.term("lost_place_unknown"), t.number(row["n_unknown_place"]))
        case "undated":
            return t("no entry into “%(stage)s” is dated", stage=row["from_name"])
        case "same_instant":
            return t("both stages always carry the same date")
    return t("no leads followed long enough")


def _colour(row: Mapping[str, Any], palette: Palette) -> str:
    if row["verdict"] == "significantly_below":
        return palette.red
    if row["verdict"] == "above":
        return palette.green
    return palette.muted if row["verdict"] == "too_little_data" else palette.accent


def _words(row: Mapping[str, Any], t: Translator, palette: Palette) -> str:
    """The verdict, and under it n and the range."""
    colour = {"significantly_below": palette.red, "above": palette.green}.get(row["verdict"], palette.ink)
    verdict = verdict_words(row, t)
    if row["is_bottleneck"]:
        verdict = t("Bottleneck: %(verdict)s", verdict=verdict)
    words = f'<b><span style="color:{colour}">{verdict}</span></b>'
    counted = f"n {t.number(row['n'])}"
    if row["low"] is not None:
        guide = t.percent_range(row["low"], row["high"], 0)
        counted += " · " + (
            t("own past %(range)s", range=guide)
            if row["reference"] == "own_past"
            else t("benchmark %(range)s", range=guide)
        )
    return f"{words}<br>{counted}"


def _hover(row: Mapping[str, Any], definition: FunnelDefinition, t: Translator) -> str:
    lines = [
        f"<b>{plain(step_name(row, definition, t))}</b>",
        f"{t.percent(row['rate'])} · {t('%(advanced)s of %(n)s', advanced=row['advanced'], n=row['n'])}",
        t.labelled(t.term("interval_95"), t.percent_range(row["rate_low"], row["rate_high"])),
    ]
    if row["shows_both_counts"]:
        counted = t("%(advanced)s of %(n)s", advanced=row["reached_advanced"], n=row["reached_n"])
        lines.append(t.labelled(t("With the leads that jumped ahead"), f"{t.percent(row['reached_rate'])} · {counted}"))
    lines.append(t("Entered: %(period)s", period=t.period(row["window_start"], row["window_end"])))
    for term in ("lost", "waiting"):
        lines.append(t.labelled(t.term(term), t.number(row[term])))
    if row["horizon_days"] is not None:
        lines.append(t.labelled(t.term("horizon"), t.days(row["horizon_days"], 0)))
    if row["n_immature"]:
        lines.append(t.labelled(t.term("immature"), t.number(row["n_immature"])))
    if row["p_adjusted"] is not None:
        lines.append(t.labelled(t("Chance of so low a rate at the low end"), _chance(row["p_adjusted"], t)))
    return "<br>".join(lines)


def _chance(p_value: float, t: Translator) -> str:
    return f"< {t.percent(0.001)}" if p_value < 0.001 else t.percent(p_value)


def _stake_words(row: Mapping[str, Any], t: Translator) -> str:
    if not row["quarter_customers"]:
        return f"<span>{t('nothing: the range is reached')}</span>"
    words = t("<b>%(n)s</b> customers", n=_about(row["quarter_customers"]))
    if row["quarter_revenue"]:
        words += f" · <b>{t.money(_about(row['quarter_revenue']))}</b>"
    return words


def _stake_hover(row: Mapping[str, Any], definition: FunnelDefinition, t: Translator) -> str:
    lines = [
        f"<b>{plain(step_name(row, definition, t))}</b>",
        t("At most, per quarter, when lifted to %(low)s", low=t.percent(row["low"], 0)),
        t.labelled(
            t.term("customer"),
            f"{t.number(row['quarter_customers'], 1)} "
            f"({t.number(row['quarter_customers_low'], 1)}–{t.number(row['quarter_customers_high'], 1)})",
        ),
    ]
    if row["quarter_revenue"] is not None:
        low, high = (t.money(_about(row[f"quarter_revenue_{end}"])) for end in ("low", "high"))
        lines.append(t.labelled(t.term("revenue"), f"{t.money(_about(row['quarter_revenue']))} ({low}–{high})"))
        size = f"{t.money(row['deal_size'])} (n = {t.number(row['n_deals'])})"
        lines.append(t.labelled(t.term("average_deal_size"), size))
    return "<br>".join(lines)


def _part_words(row: Mapping[str, Any], t: Translator) -> str:
    rate = t.percent(row["rate"], 0)
    counted = t("%(advanced)s of %(n)s", advanced=row["advanced"], n=row["n"])
    if row["is_few"]:
        return f"{counted} · {t.term('few_leads')}"
    words = f"<b>{rate}</b> · {counted}"
    return f"{words} · {t.term('significantly_below')}" if row["is_significant"] else words


def _part_hover(row: Mapping[str, Any], t: Translator) -> str:
    name = plain(row["group"]) if row["group"] is not None else t("not stated")
    lines = [
        f"<b>{name}</b>",
        f"{t.percent(row['rate'])} ({t.percent_range(row['rate_low'], row['rate_high'])})",
        t("%(advanced)s of %(n)s", advanced=row["advanced"], n=row["n"]),
        t.labelled(t("Leads missing to the low end"), t.signed(row["part_leads"], 1)),
    ]
    if row["part_customers"] is not None:
        lines.append(t.labelled(t.term("customer"), t.signed(row["part_customers"], 1)))
    if row["part_revenue"] is not None:
        lines.append(t.labelled(t.term("revenue"), t.money(_about(row["part_revenue"]))))
    return "<br>".join(lines)


def _label(row: Mapping[str, Any], definition: FunnelDefinition, t: Translator) -> str:
    """A step on two lines."""
    first, second = (plain(cut(t.localized(definition.stage(row[key]).name), 26)) for key in ("from_stage", "stage"))
    return f"{first} →<br>{second}"


def _about(value: float | None) -> float | None:
    """Two significant digits: what is estimated is not shown to the last digit."""
    return None if value is None else float(f"{value:.2g}")
