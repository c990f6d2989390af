"""A report as a picture for a chat group: made when somebody asks for it, shown, and to be downloaded."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from funnel.errors import InputError
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from pages.shell.drawn import drawn


def offer_picture(
    report: object, t: Translator, make: Callable[[], bytes], *asked: Hashable, key: str, file_name: str
) -> None:
    """The switch, and below it the picture with its download; ``asked`` as in ``drawn``. Where no font of this computer
    has the letters a sentence says so."""
    if not st.toggle(t("Picture for a chat group"), key=f"{key}_picture"):
        return
    try:
        image = drawn(report, t, make, "picture", *asked)
    except InputError as error:
        st.warning(plain_text(t.message(error)), icon=":material/font_download_off:")
        return
    st.image(image, width=540)
    st.download_button(
        t("Download the picture"), image, file_name=file_name, mime="image/png", key=f"{key}_png",
        icon=":material/image:", type="tertiary", on_click="ignore",
    )  # fmt: skip
