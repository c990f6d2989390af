"""English texts that count one thing: "1 row was rejected", not "1 rows were rejected"."""

from __future__ import annotations

import re
from functools import lru_cache

_ADJECTIVES = (
    "business|dated|different|earlier|finished|further|independent|lead|lost|merged|new|open|other|past|rejected|"
    "reported|separate|stage|time|waiting|won"
)
_NOUNS = {
    "cells": "cell", "characters": "character", "columns": "column", "customers": "customer", "days": "day",
    "deals": "deal", "entries": "entry", "files": "file", "groups": "group", "hours": "hour", "ids": "id",
    "leads": "lead", "lines": "line", "losses": "loss", "minutes": "minute", "months": "month", "names": "name",
    "notes": "note", "parts": "part", "points": "point", "reasons": "reason", "rows": "row", "sheets": "sheet",
    "stages": "stage", "stamps": "stamp", "tables": "table", "targets": "target", "times": "time", "tries": "try",
    "values": "value", "weeks": "week", "windows": "window", "wins": "win",
}  # fmt: skip
_VERBS = {
    "advance": "advances", "are": "is", "carry": "carries", "come": "comes", "have": "has", "lie": "lies",
    "say": "says", "stand": "stands", "were": "was",
}  # fmt: skip
# Behind a dash, "to" or "and" the number is the end of a range: 0–1 customers.
_COUNTED = re.compile(
    rf"(?<!–)(?<!s to )(?<!s and )%\((\w+)\)s((?: (?:{_ADJECTIVES}))*) ({'|'.join(_NOUNS)})\b"
    rf"( more)?(?: ({'|'.join(_VERBS)})\b)?"
)


@lru_cache(maxsize=4096)
def singular(text: str, ones: frozenset[str]) -> str:
    """The text as it reads where the placeholders ``ones`` are filled with 1. Only its own words change, never those
    that fill it."""

    def one(found: re.Match[str]) -> str:
        key, adjectives, noun, more, verb = found.groups()
        if key not in ones:
            return found.group()
        return f"%({key})s{adjectives} {_NOUNS[noun]}{more or ''}" + (f" {_VERBS[verb]}" if verb else "")

    return _COUNTED.sub(one, text)
