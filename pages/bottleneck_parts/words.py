"""Sentences of the report in the session's words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from funnel.errors import Message
from funnel.i18n.translator import Translator
from pages.shell.words import plain_text


def said(message: Message, t: Translator) -> str:
    """A sentence of the report, its amounts in the workspace's currency, safe to show as Markdown."""
    return plain_text(t.message(_with_money(message, t)))


def _with_money(message: Message, t: Translator) -> Message:
    params = {}
    for name, value in message.params.items():
        if isinstance(value, Message):
            params[name] = _with_money(value, t)
        else:
            params[name] = t.money(value) if name == "revenue" and value is not None else value
    return Message(message.code, params)


def headline(message: Message, t: Translator) -> None:
    """The finding of the page in large type."""
    with st.container(key="bottleneck_headline"):
        st.markdown(said(message, t))


def limits(messages: Sequence[Message], t: Translator) -> None:
    """What the figures cannot say, in one box."""
    if messages:
        lines = [said(message, t) for message in messages]
        st.info(lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines), icon=":material/info:")
