"""Names of months and weekdays in the languages that exports are written in, from the CLDR data that Babel carries.

Full names and abbreviations, with and without their dots and accents (``févr.``, ``Fevrier``). A word that means
different months in two of the languages would be left out: a date with it stays unreadable rather than guessed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator

from babel import Locale

LANGUAGES = (
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "cs", "sv", "da", "nb", "fi", "tr", "ro", "ru", "uk", "id",
)  # fmt: skip
_BESIDE_CLDR = {"mrz": 3, "фев": 2, "сен": 9, "ноя": 11}
# Windows and Excel write "Mrz" where CLDR has "Mär" and "März", and Russian months with three letters


def _spellings(name: str) -> Iterator[str]:
    """A name in lower case without its dot, as it is and without accents."""
    word = name.lower().rstrip(".")
    yield word
    yield "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _months() -> dict[str, int]:
    meant: dict[str, set[int]] = defaultdict(set)
    for language in LANGUAGES:
        for forms in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in forms[width].items():
                    for word in _spellings(name):
                        if word.isalpha():  # a number is no name
                            meant[word].add(number)
    known = {word: numbers.pop() for word, numbers in meant.items() if len(numbers) == 1}
    return known | {word: number for word, number in _BESIDE_CLDR.items() if word not in meant}


def _weekdays() -> set[str]:
    return {
        word
        for language in LANGUAGES
        for forms in Locale(language).days.values()
        for width in ("wide", "abbreviated", "short")
        for name in forms.get(width, {}).values()
        for word in _spellings(name)
    }


def _alternatives(words: set[str]) -> str:
    """A part of a regular expression that matches any of the words, the longest first."""
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


MONTHS: dict[str, int] = _months()
"""Lower-case name → 1–12."""
ANY_MONTH = _alternatives(set(MONTHS))
ANY_WEEKDAY = _alternatives(_weekdays())
