"""The words that Streamlit itself writes on every upload field, in the language of the session."""

from __future__ import annotations

import json

import streamlit as st

from funnel.i18n.translator import DEFAULT_LANGUAGE, Translator

_FIELD = '[data-testid="stFileUploaderDropzone"]'


def translate_upload_fields(t: Translator) -> None:
    """Streamlit has these words in English only and takes no others: they are hidden and ours put in their place."""
    if t.language == DEFAULT_LANGUAGE:
        return
    megabytes = int(st.get_option("server.maxUploadSize"))
    size = f"{megabytes // 1024} GB" if megabytes % 1024 == 0 else f"{megabytes} MB"
    ours = {
        f"{_FIELD} button p": t("Upload"),
        '[data-testid="stFileUploaderDropzoneInstructions"] span': t("up to %(size)s per file", size=size),
    }
    rules = [
        f"{place} {{ font-size: 0 !important; }}\n"
        f"{place}::after {{ font-size: 0.875rem; content: {json.dumps(words, ensure_ascii=False)}; }}"
        for place, words in ours.items()
    ]
    st.html("<style>" + "\n".join(rules) + "</style>")
