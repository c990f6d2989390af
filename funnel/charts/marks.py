"""What charts share: safe names, line breaks, rows of bars, lines with a young tail, words for verdicts, type size."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go

from funnel.charts.palette import Palette
from funnel.definition.definition import FunnelDefinition
from funnel.harmless import chart_text
from funnel.i18n.translator import Translator

Names = dict[str, str]


def plain(text: str) -> str:
    """Text of people or files as a chart shows it: Plotly would read ``<b>`` or a link in it."""
    return chart_text(text)


def stage_names(definition: FunnelDefinition, t: Translator) -> Names:
    """Stage key → its name, safe in a chart."""
    return {stage.key: plain(t.localized(stage.name)) for stage in definition.stages}


def cut(text: str, width: int) -> str:
    """A label of at most ``width`` characters."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def wrapped(text: str, width: int) -> str:
    """A long label on several lines, broken at blanks (or anywhere between Chinese characters)."""
    lines = [""]
    for word in _pieces(text):
        if lines[-1] and _length(lines[-1] + word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return "<br>".join(line.strip() for line in lines if line.strip())


def _pieces(text: str) -> list[str]:
    """Words with the blank behind them; each Chinese character is a piece of its own."""
    pieces = [""]
    for letter in text:
        if _is_wide(letter):
            pieces += [letter, ""]
        else:
            pieces[-1] += letter
            if letter == " ":
                pieces.append("")
    return [piece for piece in pieces if piece]


def _is_wide(letter: str) -> bool:
    return "\u2e80" <= letter <= "\uffef"


def _length(text: str) -> int:
    """Length in narrow letters; a Chinese character is as wide as two."""
    return sum(2 if _is_wide(letter) else 1 for letter in html.unescape(text))


class Beside:
    """Notes and shapes for a figure, put on it all at once: for each one more Plotly makes all that are there anew."""

    def __init__(self) -> None:
        self._notes: list[dict[str, Any]] = []
        self._shapes: list[dict[str, Any]] = []

    def note(self, **said: Any) -> None:
        """An annotation, in Plotly's words."""
        self._notes.append(said)

    def shape(self, **said: Any) -> None:
        """A shape, in Plotly's words."""
        self._shapes.append(said)

    def put_on(self, figure: go.Figure) -> go.Figure:
        """The figure, with them."""
        if self._notes:
            figure.layout.annotations = self._notes
        if self._shapes:
            figure.layout.shapes = self._shapes
        return figure


def set_axis(axis: Any, **said: Any) -> None:
    """Properties of one axis (``figure.layout.xaxis``): ``update_xaxes`` looks for all axes it may mean, which takes
    twice as long."""
    for name, value in said.items():
        setattr(axis, name, value)


def ranked_rows(figure: go.Figure, labels: Sequence[str], palette: Palette) -> None:
    """Labels for bars at 0, -1, -2, …: one row per bar, the first on top."""
    set_axis(
        figure.layout.yaxis,
        tickmode="array",
        tickvals=[-place for place in range(len(labels))],
        ticktext=labels,
        range=[min(-len(labels), -1) + 0.5, 0.5],
        tickfont={"color": palette.ink, "size": 13},
        ticklabelstandoff=8,
    )


def maturing_line(
    figure: go.Figure,
    x: Sequence[str] | Sequence[date],
    y: Sequence[float],
    hover: Sequence[str],
    is_ripe: Sequence[bool],
    palette: Palette,
    *,
    marker: dict[str, Any],
    error: dict[str, Any] | None,
) -> None:
    """Draw rates over time: what can be judged as a line, the tail that still matures dotted and hollow.

    ``marker`` and ``error`` (Plotly's ``marker`` and ``error_y``) are those of the ripe points.
    """
    ripe, young = ([i for i, is_one in enumerate(is_ripe) if is_one is wanted] for wanted in (True, False))

    def draw(points: list[int], **style: Any) -> None:
        figure.add_scatter(
            x=[x[i] for i in points],
            y=[y[i] for i in points],
            mode="lines+markers",
            cliponaxis=False,  # a dot at 100% stands on the edge
            hovertext=[hover[i] for i in points],
            hovertemplate="%{hovertext}<extra></extra>",
            **style,
        )

    draw(ripe, line={"color": palette.accent, "width": 2}, marker=marker, error_y=error)
    if young:
        joined = [*ripe[-1:], *young] if ripe and ripe[-1] < young[0] else young
        draw(
            joined,
            line={"color": palette.muted, "width": 2, "dash": "dot"},
            marker={
                "size": [0 if is_ripe[i] else 8 for i in joined],
                "color": palette.paper,
                "line": {"color": palette.muted, "width": 2},
            },
        )


def side_word(side: str, t: Translator) -> str:
    """The heading of the before or the after window."""
    return {"before": t("before"), "after": t("after")}[side].capitalize()


def verdict_word(verdict: str, t: Translator) -> str:
    """A verdict of a comparison in a word or two."""
    terms = {
        "improved": "v_improved",
        "worsened": "v_worsened",
        "this_step_alone": "v_this_step_alone",
        "no_clear_change": "v_no_clear_change",
        "too_little_data": "v_too_little_data",
        "history_too_short": "history_too_short",
        "depends_on_skips": "v_depends_on_skips",
    }
    if verdict in terms:
        return t.term(terms[verdict])
    return {
        "not_mature": t("Cannot tell yet"),
        "undated": t("Dates are missing"),
        "faster": t("Faster"),
        "slower": t("Slower"),
    }[verdict]


def enlarged(figure: go.Figure, scale: float) -> go.Figure:
    """The same chart with larger type and some more room, for a shared screen, whose height it must not outgrow."""
    figure = go.Figure(figure)  # others show the same one
    layout = figure.layout
    layout.height = layout.height * (1 + (scale - 1) / 4)
    layout.font.size = layout.font.size * scale
    layout.margin.r = (layout.margin.r or 0) * scale
    for annotation in layout.annotations:
        annotation.font.size = (annotation.font.size or layout.font.size) * scale
        annotation.yshift = (annotation.yshift or 0) * scale
    for axis in (layout.xaxis, layout.yaxis):
        axis.tickfont.size = (axis.tickfont.size or 13) * scale
    for trace in figure.data:
        if getattr(trace, "textfont", None) is not None and trace.textfont.size:
            trace.textfont.size = trace.textfont.size * scale
    return figure


_TAG = re.compile(r"<[^>]*>")
_MOST_SPOKEN = 24
"""More points than this are not read out; the table beside the chart has them."""


def spoken(figure: go.Figure, finding: str) -> str:
    """A chart for who cannot see it: its finding, then what each point says when it is pointed at."""
    points = [
        "; ".join(part.strip() for part in _TAG.sub("", str(text).replace("<br>", "\n")).splitlines() if part.strip())
        for trace in figure.data
        for text in (trace.hovertext if isinstance(trace.hovertext, list | tuple) else ())
        if text
    ]
    said = list(dict.fromkeys(html.unescape(point) for point in points))
    more = f" (+{len(said) - _MOST_SPOKEN})" if len(said) > _MOST_SPOKEN else ""
    return ". ".join([finding.rstrip(".。"), *said[:_MOST_SPOKEN]]) + more
