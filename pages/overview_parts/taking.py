"""The overview to take along: slides for a meeting, a picture for a chat group."""

from __future__ import annotations

import streamlit as st

from funnel.exports.overview import content
from funnel.exports.picture.drawing import funnel_picture
from funnel.exports.slides.overview import overview_slides
from funnel.exports.slides.package import SLIDES_MIME
from funnel.reports.counts import CountsReport
from funnel.reports.overview import OverviewReport
from pages.shell import Shell
from pages.shell.picture import offer_picture
from pages.shell.template import template_of


def offer(shell: Shell, report: OverviewReport | CountsReport, caption: str) -> None:
    """Both downloads; the picture is made when somebody asks for it. ``caption``: the line under the page's title."""
    t, data = shell.t, shell.data
    if data is None:
        return
    caption = " · ".join([caption, *content.chosen_groups(shell.filters, t)])
    st.subheader(t("Download the overview"))
    slides, picture = st.columns(2)
    template = template_of(t, "overview_template")
    name, day = data.name, data.day
    slides.download_button(
        t("Slides (PowerPoint)"), lambda: overview_slides(report, data.as_of, caption, t, name, template),
        file_name=f"overview_{day:%Y-%m-%d}.pptx", mime=SLIDES_MIME, key="overview_pptx", icon=":material/slideshow:",
        width="stretch", on_click="ignore",
    )  # fmt: skip
    with picture:
        offer_picture(
            report, t, lambda: _picture(shell, report, caption), name, caption, key="overview",
            file_name=f"overview_{day:%Y-%m-%d}.png",
        )  # fmt: skip


def _picture(shell: Shell, report: OverviewReport | CountsReport, caption: str) -> bytes:
    t, data = shell.t, shell.data
    is_totals = isinstance(report, CountsReport)
    said = content.totals_headline(report, t) if is_totals else content.headline(report, t)
    limits = (t.message_of("overview.counts_only"),) if is_totals else content.limits(report, t)
    return funnel_picture(
        t.term("page_overview_q"), said, content.bars(report, t), limits, caption, data.name if data else "",
    )  # fmt: skip
