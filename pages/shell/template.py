"""A company's own slides as the template of ours."""

from __future__ import annotations

import streamlit as st

from funnel.exports.slides.package import check_template
from funnel.i18n.translator import Translator
from pages.shell.boundary import error_boundary


def template_of(t: Translator, key: str) -> bytes | None:
    """The template that was given; null without one, or where it is none, which is said: the slides can be had
    without it."""
    given = st.file_uploader(
        t("Your company's template (.pptx or .potx), if the slides should look like it"), type=["pptx", "potx"], key=key
    )
    if given is None:
        return None
    with error_boundary(t):
        check_template(given.getvalue())
        return given.getvalue()
    return None
