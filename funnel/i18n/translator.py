"""Words, numbers and dates in the language of one session.

A ``Translator`` is passed around explicitly: nothing is installed globally, so one process serves a Chinese and an
English session side by side. English texts are the message ids; ``locales/<language>/*.po`` hold the others.
"""

from __future__ import annotations

import csv
import datetime as dt
import gettext
import io
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_name, get_currency_symbol

from funnel.definition.definition import Text
from funnel.errors import FunnelError, Message
from funnel.i18n.messages import MESSAGES
from funnel.i18n.singular import singular

HERE = Path(__file__).parent
LANGUAGES = {"en": "English", "zh_Hans": "简体中文"}
DEFAULT_LANGUAGE = "en"
_TOGETHER = re.compile(r"(?:%\((\w+)\)s(?:%%)? \()?%\((\w+)\)s(?:%%)?(?:–| to )%\((\w+)\)s")
NOTHING = "–"
"""What is shown where a value does not exist."""


class Translator:
    """Renders texts, codes, numbers and dates in one language ("en" or "zh_Hans")."""

    def __init__(self, language: str = DEFAULT_LANGUAGE, currency: str | None = None, glossary: str = "") -> None:
        """``glossary``: the address of the glossary page, for the links of help signs; blank outside of the screen."""
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self.currency = currency
        self.glossary = glossary
        self._catalogue = _catalogue(self.language)
        self._terms = _terms()

    # --- words

    def __call__(self, text: str, /, **params: Any) -> str:
        """The translation of an English text; ``%(name)s`` placeholders are filled from ``params``, rendered first."""
        translated = self._catalogue.gettext(text)
        if not params:
            return translated
        shown = {key: self.value(value) for key, value in params.items()} | self._alike(text, params)
        if self.language == "en" and (ones := frozenset(key for key, value in shown.items() if value == "1")):
            translated = singular(translated, ones)
        return translated % shown

    def _alike(self, text: str, params: Mapping[str, Any]) -> dict[str, str]:
        """A rate and its interval, or the two ends of one, as exact as the most exact of them: 26.4% (24.0–28.9%)."""
        found = {}
        for keys in _TOGETHER.findall(text):
            values = {key: params[key] for key in keys if key and type(params.get(key)) is float}
            digits = max((len(self.number(value).partition(".")[2]) for value in values.values()), default=0)
            found |= {key: self.number(value, digits) for key, value in values.items()}
        return found

    def term(self, key: str) -> str:
        """The interface's word for a concept of the glossary."""
        return self._terms[key][self.language]

    def explained(self, key: str) -> str:
        """The glossary's one sentence about a concept."""
        return self._terms[key][f"help_{self.language}"]

    def help(self, key: str) -> str:
        """The same for a help sign: with the formula in words, and on the screen with the way to the glossary."""
        said = [self.explained(key)]
        if formula := self.formula(key):
            said.append(f"= {formula}")
        if self.glossary:
            said.append(f"[{self.term('page_glossary')}]({self.glossary}?term={key}&lang={self.language})")
        return "\n\n".join(said)

    def formula(self, key: str) -> str:
        """How a figure of the glossary is made, in words; blank where it has no formula."""
        return _formulas().get(key, {}).get(self.language, "")

    def concepts(self) -> tuple[str, ...]:
        """The concepts of the glossary in its order."""
        return tuple(self._terms)

    def localized(self, text: Text) -> str:
        """A text of the definition, which carries both languages."""
        return text.in_language(self.language)

    def message(self, message: Message | FunnelError) -> str:
        """The sentence of a code. A code without a sentence is a bug of ours and raises KeyError."""
        fact = message.message if isinstance(message, FunnelError) else message
        return self(MESSAGES[fact.code], **fact.params) if fact.params else self._catalogue.gettext(MESSAGES[fact.code])

    def message_of(self, code: str) -> str:
        """The sentence of a code that stands alone, such as the reason for a missing figure in a frame."""
        return self.message(Message(code))

    def value(self, value: Any) -> str:
        """A parameter as text: codes as sentences, dates and numbers in the language's form, lists joined."""
        match value:
            case None:
                return NOTHING
            case Message() | FunnelError():
                return self.message(value)
            case Text():
                return self.localized(value)
            case bool():
                return self("yes") if value else self("no")
            case dt.datetime():
                return self.moment(value)
            case dt.date():
                return self.date(value)
            case int() | float():
                return self.number(value)
            case str():
                return value
            case Mapping():
                return self.joined(f"{key}: {self.value(item)}" for key, item in value.items())
            case Iterable():
                return self.joined(self.value(item) for item in value)
        return str(value)

    def joined(self, parts: Iterable[str]) -> str:
        """Items as one phrase."""
        return ("、" if self.language == "zh_Hans" else ", ").join(parts)

    def labelled(self, label: str, said: str) -> str:
        """A word and what is said of it, with the colon of the language."""
        return f"{label}{'：' if self.language == 'zh_Hans' else ': '}{said}"

    # --- numbers (null → "–")

    def number(self, value: float | None, digits: int | None = None) -> str:
        """A count or a quantity; ``digits`` after the point (default: none for whole numbers, else at most two)."""
        if value is None:
            return NOTHING
        value = _unsigned_nothing(value, 2 if digits is None else digits)
        pattern = "#,##0.##" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self.language)

    def percent(self, rate: float | None, digits: int = 1) -> str:
        """A rate 0–1 as per cent."""
        if rate is None:
            return NOTHING
        rate = _unsigned_nothing(rate, digits + 2)
        return format_percent(rate, format="0" + ("." + "0" * digits if digits else "") + "%", locale=self.language)

    def percent_range(self, low: float | None, high: float | None, digits: int = 1) -> str:
        """An interval of rates as ``19.7–23.0%``."""
        if low is None or high is None:
            return NOTHING
        return f"{self.number(low * 100, digits)}–{self.percent(high, digits)}"

    def rate(self, rate: float | None, low: float | None, high: float | None, said: str = "") -> str:
        """A rate with its interval, both as exact: ``21.7% (20.1–23.4%)``; ``said`` stands between them."""
        interval = "" if rate is None or low is None or high is None else f" ({self.percent_range(low, high)})"
        return f"{self.percent(rate)}{said}{interval}"

    def signed(self, value: float | None, digits: int | None = None) -> str:
        """A change with its sign; the ASCII hyphen, since a typographic minus reads as a rise in a metric tile."""
        if value is None:
            return NOTHING
        value = value if digits is None else round(value, digits)  # a rounded -0.0 is no fall
        return ("+" if value > 0 else "-" if value < 0 else "") + self.number(abs(value), digits)

    def points(self, change_pp: float | None, digits: int = 1) -> str:
        """A change in percentage points."""
        return NOTHING if change_pp is None else self("%(points)s pts", points=self.signed(change_pp, digits))

    def money(self, amount: float | None, digits: int = 0) -> str:
        """An amount in the workspace's currency; a plain number while the workspace has not said which."""
        if amount is None:
            return NOTHING
        if not self.currency:
            return self.number(amount, digits)
        symbol = get_currency_symbol(self.currency, locale="zh_Hans" if self.currency == "CNY" else self.language)
        pattern = "¤#,##0" if digits == 0 else "¤#,##0." + "0" * digits
        shown = format_currency(abs(amount), self.currency, format=pattern, locale=self.language, currency_digits=False)
        shown = shown.replace(get_currency_symbol(self.currency, locale=self.language), symbol)
        return ("-" if _unsigned_nothing(amount, digits) < 0 else "") + shown

    def country(self, code: str) -> str:
        """The name of a country (ISO code of two letters)."""
        return Locale.parse(self.language).territories.get(code, code)

    def currency_name(self, code: str) -> str:
        """The name of a currency with its ISO code."""
        return f"{get_currency_name(code, locale=self.language)} ({code})"

    def days(self, days: float | None, digits: int = 1) -> str:
        """A duration in days."""
        return NOTHING if days is None else self("%(n)s days", n=self.number(days, digits))

    # --- dates

    def date(self, day: dt.date | None) -> str:
        """A day, e.g. ``30 Jun 2026`` or ``2026年6月30日``."""
        if day is None:
            return NOTHING
        if self.language == "zh_Hans":
            return format_date(day, format="long", locale=self.language)
        return format_date(day, format="d MMM y", locale=self.language)

    def moment(self, at: dt.datetime | None) -> str:
        """A day with its time."""
        if at is None:
            return NOTHING
        pattern = "y年M月d日 HH:mm" if self.language == "zh_Hans" else "d MMM y HH:mm"
        return format_datetime(at, format=pattern, locale=self.language)

    def month(self, day: dt.date, with_year: bool = True) -> str:
        """A month, e.g. ``Jun 2026`` or ``2026年6月``."""
        return format_skeleton("yMMM" if with_year else "MMM", day, locale=self.language)

    def period(self, start: dt.date | None, end: dt.date | None) -> str:
        """A range of days; "all time" when it has no ends."""
        if start is None or end is None:
            return self.term("all_time")
        return f"{self.date(start)} – {self.date(end)}"


def _unsigned_nothing(value: float, digits: int) -> float:
    """The value; 0 where it rounds to that, so that no "-0" is shown."""
    return 0 if value < 0 and round(value, digits) == 0 else value


def language_of_browser(locale: str | None) -> str:
    """The nearest of our languages to a browser's locale ("zh-CN", "zh-TW", "en-GB" …)."""
    return "zh_Hans" if locale and locale.lower().startswith("zh") else DEFAULT_LANGUAGE


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """All ``.po`` files of a language as one catalogue, compiled in memory (so no binary file is kept in step)."""
    merged = Catalog(locale=language)
    for path in sorted((HERE / "locales" / language).glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale=language):
                if entry.id and entry.string:
                    merged[entry.id] = entry
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache
def _terms() -> dict[str, dict[str, str]]:
    with (HERE / "glossary.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["key"]: {
                "en": row["English"],
                "zh_Hans": row["简体中文"],
                "help_en": row["explanation_en"],
                "help_zh_Hans": row["explanation_zh"],
            }
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        }


@lru_cache
def _formulas() -> dict[str, dict[str, str]]:
    with (HERE / "formulas.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["key"]: {"en": row["English"], "zh_Hans": row["简体中文"]}
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        }
