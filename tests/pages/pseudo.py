"""A language that nobody speaks: every text of the catalogues in circled letters, so that any other text stands out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

from funnel.definition.definition import Text
from funnel.i18n import translator

_KEPT = re.compile(r"(%\(\w+\)s|%%|:material/\w+:|\]\([^)]*\)|</?\w[^>]*>|\{[^}]*\})")
_NOT_SHOWN = re.compile(r":material/\w+:|:\w+-badge\[|:(?:red|green|blue|gray|grey|orange|violet|primary)\[|\]\([^)]*\)"
                        r"|%\{[^}]*\}|<style>.*?</style>|<script.*?</script>|<[^>]*>|&\w+;", re.DOTALL)  # fmt: skip
_WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")
_OF_DATES = re.compile(r"[年月日周时分秒第至]|上午|下午")
_SAID = {"label", "help", "body", "value", "placeholder", "options", "text", "caption", "alt", "header", "title"}
_IN_CHARTS = {"text", "hovertext", "ticktext", "title", "name", "hovertemplate"}


def pseudo(text: str) -> str:
    """``Save %(n)s rows`` → ``Ⓢⓐⓥⓔ %(n)s ⓡⓞⓦⓢ``: placeholders, icons, links and tags as they are."""
    return "".join(part if at % 2 else _circled(part) for at, part in enumerate(_KEPT.split(text)))


def _circled(text: str) -> str:
    return "".join(
        chr(0x24D0 + ord(letter) - 97) if "a" <= letter <= "z"
        else chr(0x24B6 + ord(letter) - 65) if "A" <= letter <= "Z" else letter
        for letter in text
    )  # fmt: skip


class _Catalogue:
    def gettext(self, text: str) -> str:
        return pseudo(text)


def speak_pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every translator speak it (ask for zh_Hans: its dates have no Latin letters)."""
    terms = {
        key: {language: pseudo(words["help_en" if language.startswith("help") else "en"]) for language in words}
        for key, words in translator._terms().items()
    }
    formulas = {key: dict.fromkeys(words, pseudo(words["en"])) for key, words in translator._formulas().items()}
    monkeypatch.setattr(translator, "_catalogue", lambda _: _Catalogue())
    monkeypatch.setattr(translator, "_terms", lambda: terms)
    monkeypatch.setattr(translator, "_formulas", lambda: formulas)
    monkeypatch.setattr(translator.Translator, "localized", lambda self, text: pseudo(text.in_language("en")))
    for name in ("country", "currency_name"):
        monkeypatch.setattr(translator.Translator, name, lambda self, code: pseudo(code))
    monkeypatch.setattr(Text, "in_language", lambda self, language: pseudo(self.en))
    st.cache_resource.clear()
    st.cache_data.clear()


def foreign(at: AppTest) -> list[str]:
    """Every shown text of a page that has words from outside the catalogues."""
    found = []
    for element in _elements(at._tree):
        proto = getattr(element, "proto", None)
        if proto is None or not hasattr(proto, "DESCRIPTOR"):
            continue
        for text in _texts(element, proto):
            shown = _OF_DATES.sub("", _NOT_SHOWN.sub(" ", text))
            if word := _WORD.search(shown):
                found.append(f"{element.type}: {shown[max(0, word.start() - 40) : word.end() + 40].strip()}")
    return sorted(set(found))


def _elements(node: Any) -> Iterator[Any]:
    children = getattr(node, "children", None)
    if children is None:
        yield node
        return
    yield node
    for child in children.values():
        yield from _elements(child)


def _texts(element: Any, proto: Any) -> Iterator[str]:
    if element.type == "plotly_chart":
        yield from _of_keys(json.loads(proto.spec), _IN_CHARTS)
        return
    if element.type in ("dataframe", "arrow_data_frame", "table"):
        frame = element.value
        config = json.loads(proto.columns) if getattr(proto, "columns", "") else {}
        config = {name: one for name, one in config.items() if isinstance(one, dict)}
        named = {name for name, one in config.items() if "label" in one}
        chosen = {name for name, one in config.items() if (one.get("type_config") or {}).get("type") == "selectbox"}
        yield from (str(name) for name in frame.columns if str(name) not in named)
        yield from _of_keys(config, {"label", "help"})
        for name in set(frame.columns) - chosen:  # what is chosen is shown by the label of its option
            yield from {str(cell) for cell in frame[name] if isinstance(cell, str)}
        return
    yield from _of_keys(MessageToDict(proto), _SAID)


def _of_keys(node: Any, keys: set[str], inside: bool = False) -> Iterator[str]:
    if isinstance(node, str):
        if inside:
            yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "labelVisibility":
                continue
            yield from _of_keys(value, keys, inside if isinstance(value, dict | list) and inside else key in keys)
    elif isinstance(node, list):
        for value in node:
            yield from _of_keys(value, keys, inside)
