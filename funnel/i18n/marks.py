"""Marks a text for translation without translating it: for tables of messages that are rendered later."""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802  (the name that gettext's extractors look for)
    return text
