"""A chart on a page: no theme of Streamlit's, no mode bar, and words for who cannot see it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from funnel.charts.marks import spoken
from funnel.charts.palette import CONFIG
from funnel.charts.paper import Figure


def draw(figure: Figure, key: str, finding: str, **asked: Any) -> Any:
    """Draw it. ``finding``: what it shows, in a sentence; what each point says is read out behind it."""
    return st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=spoken(figure, finding), **asked)
