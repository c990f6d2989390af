"""Charts in a file that opens without a network: the script once, and each chart as a piece of HTML."""

from __future__ import annotations

from functools import lru_cache

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from funnel.charts.palette import CONFIG

Figure = go.Figure


@lru_cache(maxsize=1)
def plotly_script() -> str:
    """Plotly's own code, to stand in one ``<script>``, which ``</script>`` inside it would end."""
    return get_plotlyjs().replace("</script>", "<\\/script>")


def chart_html(figure: Figure, width: int, place: str) -> str:
    """A chart of a fixed width under the id ``place``. Plotly writes its data so that no text in it ends the script."""
    figure.update_layout(width=width, autosize=False)
    return figure.to_html(full_html=False, include_plotlyjs=False, config=CONFIG, div_id=place)
