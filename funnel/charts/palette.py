"""The colours and the plain frame of every chart: one accent, red only for the bottleneck and for worse."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

FONT = '"Source Sans", "Source Sans Pro", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'
CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
"""For ``st.plotly_chart(config=…)``: no mode bar, no zoom by accident on a shared screen."""

_WHOLE_PER_CENT = 0.08
"""From here on seven marks lie at least one per cent apart."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Hex colours of one theme."""

    accent: str
    ink: str
    muted: str
    grid: str
    band: str
    red: str
    green: str
    paper: str
    categories: tuple[str, ...]


LIGHT = Palette(
    accent="#2B5C9E",
    ink="#1C2530",
    muted="#6B7785",
    grid="#E6EAEE",
    band="#E3E8EE",
    red="#C0392B",
    green="#197560",
    paper="#FFFFFF",
    categories=(
        "#2B5C9E", "#8496AD", "#C0392B", "#197560", "#C98A1B", "#6C5B9E", "#4A9DB8", "#98694D", "#AD5A87", "#66727F",
    ),
)  # fmt: skip
DARK = Palette(
    accent="#7FB0EA",
    ink="#E4E9EF",
    muted="#93A0AF",
    grid="#2C3541",
    band="#26303C",
    red="#F07A6A",
    green="#5CC4A4",
    paper="#11151C",
    categories=(
        "#7FB0EA", "#93A0AF", "#F07A6A", "#5CC4A4", "#E0AC4A", "#A594D6", "#6FBDD6", "#C39576", "#D286AE", "#8996A4",
    ),
)  # fmt: skip


def base_figure(palette: Palette, height: int, margin: dict[str, int] | None = None) -> go.Figure:
    """An empty figure: transparent, no legend, no zoom, quiet axes."""
    # Plotly asks pandas, wherever somebody has begun to import it, whether it was given a Series: of a module that
    # another visitor's thread is just loading it gets an error. This waits for the end of that.
    importlib.import_module("pandas")
    axis = {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"color": palette.muted},
        "automargin": True,
    }
    # All at once: every later update makes Plotly look for the axes it may mean, ten times as long.
    return go.Figure(
        layout={
            "height": height,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8} | (margin or {}),
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 13, "color": palette.ink},
            "showlegend": False,
            "dragmode": False,
            "hoverlabel": {"font": {"family": FONT, "size": 13}},
            "bargap": 0.35,
            "xaxis": axis,
            "yaxis": axis,
        }
    )


def rate_ticks(top: float) -> str:
    """The format of the marks on an axis of rates up to ``top``: so many digits that no two of some six read alike."""
    return ".0%" if top >= _WHOLE_PER_CENT else ".1%" if top >= _WHOLE_PER_CENT / 10 else ".2%"
