"""What charts of the retrospective share: safe names, line breaks, words for verdicts, type size."""

from __future__ import annotations

import html

import plotly.graph_objects as go

from funnel.definition import FunnelDefinition
from funnel.i18n.translator import Translator

Names = dict[str, str]


def plain(text: str) -> str:
    """Text of people or files as a chart shows it: Plotly would read ``<b>`` or a link in it."""
    return html.escape(text, quote=False)


def stage_names(definition: FunnelDefinition, t: Translator) -> Names:
    """Stage key → its name, safe in a chart."""
    return {stage.key: plain(t.localized(stage.name)) for stage in definition.stages}


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
    """The same chart with larger type and more room, for a shared screen."""
    layout = figure.layout
    layout.height = layout.height * scale
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
