"""Units and currencies as people write them beside numbers and into headers: 万元, k€, Tsd., lakh, "Amount (USD)".

A unit multiplies (万 is 10,000), a currency only names what is counted. A cell's own unit wins over its header's. A
sign that several currencies share ($, ¥) stays a sign (``schema.currencies`` tells which is meant); ``kr`` names none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl
from babel import Locale
from babel.numbers import list_currencies

from funnel.intake.cells.blanks import tidy

MULTIPLIERS: Final[Mapping[str, float]] = {
    "k": 1e3, "thousand": 1e3, "thousands": 1e3, "tsd": 1e3, "tausend": 1e3, "mille": 1e3, "milliers": 1e3, "тыс": 1e3,
    "m": 1e6, "mn": 1e6, "mio": 1e6, "mm": 1e6, "mln": 1e6, "mill": 1e6, "million": 1e6, "millions": 1e6,
    "millionen": 1e6, "millones": 1e6, "millón": 1e6, "millon": 1e6, "milhão": 1e6, "milhões": 1e6, "milhao": 1e6,
    "milhoes": 1e6, "milione": 1e6, "milioni": 1e6, "miljoen": 1e6, "miljoner": 1e6, "millioner": 1e6, "milion": 1e6,
    "miliony": 1e6, "milionów": 1e6, "milionech": 1e6, "milyon": 1e6, "млн": 1e6, "миллион": 1e6, "миллиона": 1e6,
    "миллионов": 1e6, "миллионах": 1e6,
    "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9, "mrd": 1e9, "mld": 1e9, "mds": 1e9, "milliarden": 1e9,
    "milliards": 1e9, "млрд": 1e9,
    "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "crore": 1e7, "crores": 1e7, "cr": 1e7,
    "tys": 1e3, "tis": 1e3, "tusen": 1e3, "tusind": 1e3, "migliaia": 1e3, "milhares": 1e3, "miles": 1e3, "mil": 1e3,
    "tysiące": 1e3, "tysiącach": 1e3, "tisíc": 1e3, "duizend": 1e3, "duizenden": 1e3, "тысяч": 1e3, "тысячах": 1e3,
    "ribu": 1e3, "juta": 1e6, "nghìn": 1e3, "triệu": 1e6, "tỷ": 1e9, "천": 1e3, "만": 1e4, "백만": 1e6, "억": 1e8,
    "cent": 0.01, "cents": 0.01, "centimes": 0.01, "centavos": 0.01, "céntimos": 0.01, "分": 0.01, "角": 0.1,
    "w": 1e4, "个": 1.0, "百": 1e2, "千": 1e3, "万": 1e4, "萬": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7,
    "亿": 1e8, "億": 1e8,
}  # fmt: skip
"""Lower-case word → factor. "t" is a thousand only right before a currency (T€, TEUR): alone it may be a tonne."""
THOUSAND_OF_MONEY = "t"

_SIGNS: Final[Mapping[str, str]] = {
    "us$": "USD", "hk$": "HKD", "nt$": "TWD", "au$": "AUD", "a$": "AUD", "ca$": "CAD", "c$": "CAD", "s$": "SGD",
    "nz$": "NZD", "r$": "BRL", "mx$": "MXN", "$": "$", "€": "EUR", "£": "GBP", "¥": "¥", "￥": "¥", "₹": "INR",
    "₩": "KRW", "₽": "RUB", "₫": "VND", "₺": "TRY", "฿": "THB", "₪": "ILS", "₴": "UAH", "₱": "PHP", "₦": "NGN",
    "rmb": "CNY", "人民币": "CNY", "元": "CNY", "圆": "CNY", "圓": "CNY", "块": "CNY", "美元": "USD", "美金": "USD",
    "欧元": "EUR", "歐元": "EUR", "日元": "JPY", "日圆": "JPY", "円": "JPY", "港元": "HKD", "港币": "HKD",
    "英镑": "GBP", "新台币": "TWD", "台币": "TWD", "新加坡元": "SGD", "加元": "CAD", "澳元": "AUD", "韩元": "KRW",
    "rs": "INR", "rupees": "INR", "zł": "PLN", "rp": "IDR", "kč": "CZK", "ft": "HUF", "fr": "CHF", "sfr": "CHF",
    "руб": "RUB", "рублей": "RUB", "рублях": "RUB", "грн": "UAH", "원": "KRW", "圆整": "CNY", "reais": "BRL",
    "złotych": "PLN", "tl": "TRY", "đồng": "VND", "vnđ": "VND", "kronor": "SEK", "korun": "CZK", "lei": "RON",
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pounds": "GBP", "yuan": "CNY",
}  # fmt: skip
_CODES = (
    "usd|eur|gbp|cny|jpy|chf|hkd|twd|sgd|aud|cad|nzd|inr|krw|sek|nok|dkk|isk|pln|czk|huf|ron|bgn|brl|mxn|ars|clp|cop|pen"
    "|zar|rub|try|uah|kzt|ils|aed|sar|qar|kwd|egp|ngn|kes|thb|vnd|myr|idr|php|pkr|bdt|lkr|mop"
)
WHOLE_CURRENCIES = frozenset(
    (*(sign for sign in _SIGNS if not sign.isascii()), "eur", "usd", "gbp", "chf", "rmb", "euro", "$")
)
"""What as a whole header can mean nothing but money in a currency."""
_COMMON_CODES = frozenset(_CODES.split("|"))


def alternatives(words: Mapping[str, object]) -> str:
    """A part of a regular expression that matches any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


_WORDS = {word: code for word, code in _SIGNS.items() if word not in ("ft", "fr", "rs", "rp")}
MONEY = rf"(?:{alternatives(_WORDS)}|\p{{Sc}}|{_CODES}|s?fr\.?|rs\.?|kr\.?|rp\.?|ft)"
"""A currency sign, word or code beside the digits of a cell (regular expression of Polars, in lower case)."""
UNIT = alternatives(MULTIPLIERS)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a header says of all numbers below it. ``currency``: ISO code; null where none is named."""

    factor: float = 1.0
    currency: str | None = None

    def __bool__(self) -> bool:
        return self != Unit()


_FILLERS = {"in", "of", "the", "单位", "en", "de", "di", "von", "van", "i", "w", "v", "em", "в", "alle", "d"}
_BRACKET = re.compile(r"^(?P<name>.*?)\s*[(（\[【](?P<unit>[^()（）\[\]【】]*)[)）\]】]\s*$")
_MARK = re.compile(r"(?P<mark>\s+in\s+|\s*[/:：,，]\s*|[\s_\-]+)", re.IGNORECASE)
_CHINESE_TAIL = re.compile(
    r"^(?P<name>.*[㐀-鿿].*?)(?P<unit>(?:百|千|万|萬|十万|百万|千万|亿|億)(?:元|美元|欧元|人民币)?)$"
)
_CODE_TAIL = re.compile(r"^(?P<name>.*?[a-z])(?:In)?(?P<unit>[A-Z]{3}|Cents)$")
_SIGN_TAIL = re.compile(r"^(?P<name>.*[^\s$€£¥￥])\s*(?P<unit>[$€£¥￥₩₹₽])$")  # Contract $, 金额¥
_FRONT = re.compile(r"^(?P<unit>[^\s_]+)[\s_]+(?P<name>.+)$")
_CHINESE_FRONT = re.compile(r"^(?P<unit>人民币|[㐀-鿿]{1,3}元|美金|英镑|港币|台币|新台币)(?P<name>[㐀-鿿].*)$")
_NEEDS_COMPANY = {
    "分", "角", "mil", "tis", "i", "w", "v", "d", "di", "von", "van", "em", "alle", "k", "m", "b", "t", "mm",
    "cr", "mille", "百", "de", "元", "块", "fr", "ft", "rs", "rp",
}  # fmt: skip
"""Words that in the open end of a header may mean something else ("Plan B"): a unit only in brackets or beside more."""


_LONGEST_HEADER, _LONGEST_UNIT = 200, 40
"""Characters. Longer cells are text that stands where a header is expected (a file without one): nothing is looked for
in it, since a search through every way to cut it would take longer with each character."""


@lru_cache(maxsize=4096)
def split_header(header: str) -> tuple[str, Unit]:
    """A header without its unit, and the unit: ``合同金额(万元)`` → (``合同金额``, 10,000 CNY), ``Amount (USD)``,
    ``Umsatz in T€``, ``amount_usd``, ``Revenue ($000)``. The header as it is, and no unit, where none is named.
    """
    text = header.strip()
    if len(text) > _LONGEST_HEADER:
        return text, Unit()
    if match := _BRACKET.match(text):
        unit = _unit_of(match["unit"])
        return (match["name"].strip() or text, unit) if unit else (text, Unit())
    for pattern in (_CHINESE_TAIL, _CODE_TAIL, _SIGN_TAIL):
        if (match := pattern.match(text)) and match["name"] and (unit := _unit_of(match["unit"], is_open=True)):
            return match["name"].rstrip(" _-/:："), unit
    tails = [(text[: at.start()], at["mark"], text[at.end() :]) for at in _MARK.finditer(text) if at.start()]
    for name, mark, words in tails[-4:]:  # the longest tail that is a unit through and through
        unit = _unit_of(words, is_open=True)
        says_so = mark.strip().lower() in ("in", "/", ":", "：")
        if unit and (says_so or words.strip(" .").lower() not in _NEEDS_COMPANY):
            return re.sub(r"[\s_]+in$", "", name, flags=re.IGNORECASE).rstrip(" _-/:："), unit
    for pattern in (_FRONT, _CHINESE_FRONT):
        if (match := pattern.match(text)) and match["unit"].lower() not in _NEEDS_COMPANY:
            unit = _unit_of(match["unit"], is_open=True)
            if unit.currency and unit.factor == 1.0:
                return match["name"], unit
    return text, Unit()


_UNIT_WORDS = (
    "单位|單位|単位|단위|units?|币种|幣別|currency|währung|devise|monnaie|moneda|moeda|valuta|waluta|měna|валюта|единица"
    "|единица измерения|unità|unidad|unidade|unité|einheit|eenheid|enhet|jednostka"
)
_SAYS_UNIT = re.compile(rf"(?:{_UNIT_WORDS})(?: of [a-z]+)?\s*[:：]\s*(?P<unit>[^)）\]】]+)", re.IGNORECASE)
_INSIDE = re.compile(r"[(（\[【](?P<unit>[^()（）\[\]【】]{1,40})[)）\]】]")
_OPEN_END = re.compile(r"\S\s+(?P<unit>(?:in|en|em|w|v|i|в)\s\S.*)$", re.IGNORECASE)


def unit_above(titles: tuple[str, ...]) -> Unit:
    """The unit that the lines above a table give all its money: ``单位：万元``, ``(in thousands)``, ``Werte in TEUR``;
    no unit where none, or several different ones, are named.
    """
    found = {unit for title in titles for unit in _said_units(title) if unit}
    return found.pop() if len(found) == 1 else Unit()


def _said_units(title: str) -> list[Unit]:
    text = title.strip().rstrip("。.")
    said = [_unit_of(match["unit"]) for match in [_SAYS_UNIT.search(text)] if match]
    inside = [match["unit"] for match in _INSIDE.finditer(text)]
    said += [_unit_of(part) for part in inside if part.strip().lower() not in _NEEDS_COMPANY]
    ends = [match["unit"] for match in [_OPEN_END.search(text)] if match] + ([text] if len(text) < 40 else [])
    ends = [end for end in ends if end.split()[-1].strip(".").lower() not in _NEEDS_COMPANY]
    return [*said, *(_unit_of(end, is_open=True) for end in ends)]


def _unit_of(text: str, *, is_open: bool = False) -> Unit:
    """The unit that a piece of text names, every word of it; no unit when any word is something else.

    ``is_open``: it stands in no bracket, where ``All`` and ``Top`` are words rather than currencies of small countries.
    """
    if len(text) > _LONGEST_UNIT:
        return Unit()
    factor, currency = 1.0, None
    rest = tidy(pl.Series([text]))[0].lower().replace("d'", "").replace("'", "").strip()
    rest = re.sub(rf"^(?:{_UNIT_WORDS})\s*[:：]?\s*", "", rest)
    while rest:
        word, rest = _next_word(rest)
        code = currency_code(word)
        if is_open and word not in _SIGNS and word not in _COMMON_CODES:
            code = None
        if word in _FILLERS or (word and word in ".:/,，、;"):
            continue
        if word in ("000", "000s"):
            factor *= 1e3
        elif word in MULTIPLIERS:
            factor *= MULTIPLIERS[word]
        elif word == THOUSAND_OF_MONEY and rest and currency_code(rest.strip(" .")):
            factor *= 1e3
        elif code is not None and currency in (None, code):
            currency = code
        else:
            return Unit()
    return Unit(factor, currency)


_AFTER_A_LETTER = frozenset(
    ("eur", "euro", "euros", "usd", "gbp", "chf", "cny", "rmb", "jpy", "aud", "cad", "hkd", "twd", "sgd", "sek", "nok",
     "dkk", "pln", "czk", "inr", "brl")
)  # fmt: skip
"""Currencies that are written right behind one letter (TEUR, kUSD); with others it is a word (``bron``: source)."""


def _next_word(text: str) -> tuple[str, str]:
    """The first word of a unit and what follows: the longest known word where they stand together (万元, teur)."""
    text = text.lstrip()
    run = re.match(r"[^\W\d]+|000s?|\S", text)
    if run is None:
        return "", ""
    word = run[0]
    if word not in MULTIPLIERS and currency_code(word) is None and word not in _FILLERS:
        for size in range(len(word) - 1, 0, -1):
            front, back = word[:size], word[size:]
            is_known = front in MULTIPLIERS or front == THOUSAND_OF_MONEY or currency_code(front) is not None
            is_known = is_known and (size > 1 or not front.isascii() or back in _AFTER_A_LETTER)
            if is_known and (currency_code(back) is not None or back in MULTIPLIERS or _unit_of(back)):
                return front, text[size:]
    for sign in sorted(_SIGNS, key=len, reverse=True):
        if not sign.isalpha() and text.startswith(sign):
            return sign, text[len(sign) :]
    return word, text[len(word) :]


@lru_cache(maxsize=1)
def _all_codes() -> frozenset[str]:
    return frozenset(list_currencies())


def currency_code(text: str) -> str | None:
    """The ISO code that a sign, word or code means, or "$" and "¥" as they are; null for none."""
    word = text.strip().strip(".").lower()
    if word in _SIGNS:
        return _SIGNS[word]
    code = word.upper()
    return code if len(code) == 3 and code.isascii() and code in _all_codes() else None


def currencies_of(values: pl.Series) -> pl.Series:
    """The ISO code that each cell of an amount column names; null where it names none."""
    if not values.str.contains(r"[^0-9.,\s-]").any():
        return pl.Series(values.name, [None], dtype=pl.String).new_from_index(0, values.len())
    found = tidy(values).str.to_lowercase().str.extract(rf"({MONEY})")
    return _codes_of(found)


def codes_of_column(values: pl.Series) -> pl.Series:
    """The ISO code of each cell of a currency column (``USD``, ``US Dollar``, ``EUR - Euro``); null for none."""
    return _codes_of(tidy(values), by_name=True)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """What currencies are called in the languages of the files, in lower case → ISO code."""
    return {
        name.lower(): code
        for language in ("ko", "ja", "ru", "pl", "nl", "it", "pt", "es", "fr", "de", "zh", "en")
        for code, name in Locale(language).currencies.items()
    }


def _named_code(word: str) -> str | None:
    """The currency that a whole cell names, by code, sign or name, or by the code inside it."""
    inside = re.findall(r"\b[A-Z]{3}\b", word)
    return (
        currency_code(word)
        or _names().get(word.strip().lower())
        or next((code for text in inside if (code := currency_code(text)) is not None), None)
    )


def _codes_of(words: pl.Series, *, by_name: bool = False) -> pl.Series:
    code_of = _named_code if by_name else currency_code
    known = {word: code_of(word) for word in words.drop_nulls().unique().to_list()}
    if not known:
        return pl.Series(words.name, [None], dtype=pl.String).new_from_index(0, words.len())
    return words.replace_strict(known, default=None, return_dtype=pl.String)
