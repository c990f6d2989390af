"""Numbers as people write them: which decimal mark a whole column uses, and reading it.

| reading | examples |
|---|---|
| plain | 1234.5, 1,234.50, 1 234.50, 1'234.50, 12,34,567 |
| comma_decimal | 1234,5, 1.234,50, 1 234,50 |

Around the digits both readings take: a currency sign or code ($, €, ¥, US$, CNY, 元 …), a sign before or after,
brackets for negative amounts, a multiplier (K, M, B, 千, 万, 亿), a percent sign (9.98% is 0.0998)
and full-width characters.
A column whose separators allow both readings with different results ("1.234" throughout) has two candidates: ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from funnel.errors import InputError
from funnel.intake.cells.blanks import cells_of, spread

READINGS: tuple[str, ...] = ("plain", "comma_decimal")

_N_EXAMPLES = 5
_MULTIPLIERS = {
    "k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "mm": 1e6, "b": 1e9, "bn": 1e9,
    "百": 1e2, "千": 1e3, "万": 1e4, "萬": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "億": 1e8,
}  # fmt: skip
_CODES = (
    "usd|eur|gbp|cny|rmb|jpy|chf|hkd|twd|sgd|aud|cad|inr|krw|sek|nok|dkk|pln|czk|brl"
    "|mxn|zar|rub|try|thb|vnd|myr|idr|php"
)
_MONEY = rf"(?:(?:us|hk|nt|au|ca|c|a|s|r)?\$|\p{{Sc}}|{_CODES}|rs\.?|kr\.?|zł|rp\.?|人民币|美元|欧元|元|圆)"
_UNIT = "|".join(sorted(_MULTIPLIERS, key=len, reverse=True))
_END = rf"\s*[%‰]?\s*(?:{_MONEY})?\s*\)?\s*-?$"
# What may stand where: bracket, sign, money, sign; the digits; multiplier, percent, money, bracket, sign.
_SHAPE = rf"(?i)^\(?\s*[-+]?\s*(?:{_MONEY})?\s*[-+]?\s*[0-9.,][0-9.,' ’]*?(?:e[-+]?[0-9]{{1,3}})?\s*(?:{_UNIT})?{_END}"
# Only text of that shape is cut into these three: one pattern with a group per part is many times slower.
_CUT = r"^([^0-9]*?)([.,]?[0-9][0-9.,' ’]*(?:[eE][-+]?[0-9]{1,3})?)([^0-9]*)$"
_MULTIPLIER = rf"(?i)^\s*({_UNIT}){_END}"
_ABBREVIATED = r"(?i)\b(rs|kr|rp)\."  # its dot is no decimal point
_EXPONENT = r"(?:[eE][-+]?[0-9]{1,3})?$"
_PLAIN = r"^(?:[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}|[0-9]{1,3}(?:[ '’][0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?" + _EXPONENT
_COMMA = r"^(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,3}(?:[ '’][0-9]{3})+|[0-9]+)?(?:,[0-9]*)?" + _EXPONENT
# What most exports hold, and of it what a decimal comma would read as thousands
_DIGITS = r"^-?[0-9]+(?:\.[0-9]+)?$"
_DOT_GROUPS = r"^-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)$"
_DOT_MONEY = r"[$£¥￥₩₹元万亿]|(?i)usd|gbp|cny|rmb|jpy|hkd"  # markets that write a decimal point


@dataclass(frozen=True, slots=True)
class NumberInference:
    """What a column's values allow. Counts are of non-blank values (placeholders such as "-" or "n/a" are blank).

    ``candidates``: the readings that fit every value that is a number at all, best first; two of them mean that they
    give different figures: ask. ``mixed``: there are numbers, but neither reading fits them all. ``fits``: reading →
    number of values. ``n_percent``: values with a percent sign (read as fractions of 1). ``n_unreadable`` values fit
    no reading; ``examples`` shows some of them. ``share_parsed`` = readable / non-blank (0.0 for an empty column).
    """

    candidates: tuple[str, ...]
    mixed: bool
    n_values: int
    n_unreadable: int
    share_parsed: float
    n_percent: int = 0
    examples: tuple[str, ...] = ()
    fits: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_ambiguous(self) -> bool:
        return len(self.candidates) > 1

    @property
    def is_percent(self) -> bool:
        """Every value that can be read carries a percent sign."""
        return 0 < self.n_percent == self.n_values - self.n_unreadable


def infer_numbers(values: pl.Series) -> NumberInference:
    """Which readings fit the column ``values`` (String, any length). Judged from all values, never from a sample."""
    if values.count() and values.str.contains(_DIGITS).all():
        n = values.count()
        n_comma = int(values.str.contains(_DOT_GROUPS).sum() or 0)
        is_ambiguous = n_comma == n and values.str.contains(".", literal=True).any()
        candidates = READINGS if is_ambiguous else READINGS[:1]
        fits = {"plain": n, "comma_decimal": n_comma}
        return NumberInference(candidates, False, n, 0, 1.0, fits={key: count for key, count in fits.items() if count})
    cells = cells_of(values)
    weights = cells.n.filter(cells.text.is_not_null())
    text = cells.text.drop_nulls()
    n_values = int(weights.sum() or 0)
    if n_values == 0:
        return NumberInference((), False, 0, 0, 0.0)
    parts = _parts(text)
    read = {key: _value(parts, key) for key in READINGS}
    fits = {key: int(weights.filter(value.is_not_null()).sum() or 0) for key, value in read.items()}
    readable = read["plain"].is_not_null() | read["comma_decimal"].is_not_null()
    n_readable = int(weights.filter(readable).sum() or 0)
    candidates = tuple(key for key in READINGS if fits[key] == n_readable and n_readable)
    if len(candidates) == 2:
        same = read["plain"].equals(read["comma_decimal"], null_equal=True)
        if same or text.filter(readable).str.contains(_DOT_MONEY).any():
            candidates = ("plain",)
    percent = parts["percent"].is_not_null() & readable
    return NumberInference(
        candidates=candidates,
        mixed=not candidates and n_readable > 0,
        n_values=n_values,
        n_unreadable=n_values - n_readable,
        share_parsed=n_readable / n_values,
        n_percent=int(weights.filter(percent).sum() or 0),
        examples=tuple(text.filter(~readable).head(_N_EXAMPLES).to_list()),
        fits={key: n for key, n in fits.items() if n},
    )


def parse_numbers(values: pl.Series, reading: str) -> pl.DataFrame:
    """Read the column under ``reading``: one row per value with ``value`` (Float64), ``is_percent``, ``ok``.

    ``value`` is null for blanks and for values that do not fit; ``ok`` is false only for the latter. ``is_percent``
    tells that the value was written with a percent sign. Raises InputError for an unknown reading.
    """
    if reading not in READINGS:
        raise InputError("reading.unknown_number_reading", given=reading, allowed=list(READINGS))
    if reading == "plain" and values.str.contains(_DIGITS).all():
        number = values.cast(pl.Float64)
        return pl.select(value=number, is_percent=pl.repeat(False, number.len()), ok=pl.repeat(True, number.len()))
    cells = cells_of(values)
    parts = _parts(cells.text)
    parsed = pl.DataFrame({"value": _value(parts, reading), "is_percent": parts["percent"].is_not_null()})
    return spread(values, cells, parsed)


def _parts(text: pl.Series) -> pl.DataFrame:
    """What stands ``before`` the digits, the ``digits`` with separators, what stands ``after``; null: no number."""
    if text.str.contains(_ABBREVIATED).any():
        text = text.str.replace_all(_ABBREVIATED, "${1} ")
    shaped = pl.select(pl.when(text.str.contains(_SHAPE)).then(text)).to_series()
    found = shaped.str.extract_groups(_CUT).struct.unnest()
    found.columns = ["before", "digits", "after"]
    return found.with_columns(pl.col("digits").str.strip_chars(), percent=pl.col("after").str.extract("([%‰])"))


def _value(parts: pl.DataFrame, reading: str) -> pl.Series:
    """The number under a reading, null where the separators do not fit it (or brackets and signs contradict)."""
    digits, before, after = pl.col("digits"), pl.col("before"), pl.col("after")
    if reading == "plain":
        fits, body = digits.str.contains(_PLAIN), digits.str.replace_all(r"[ ,'’]", "")
    else:
        fits = digits.str.contains(_COMMA)
        body = digits.str.replace_all(r"[ .'’]", "").str.replace(",", ".", literal=True)
    opened, closed = before.str.contains("(", literal=True), after.str.contains(")", literal=True)
    minus = before.str.contains("-", literal=True) | after.str.contains("-", literal=True)
    n_signs = before.str.count_matches("[-+(]") + after.str.count_matches("-", literal=True)
    unit = after.str.extract(_MULTIPLIER).str.to_lowercase()
    factor = unit.replace_strict(_MULTIPLIERS, default=1.0, return_dtype=pl.Float64).fill_null(1.0)
    share = pl.col("percent").replace_strict({"%": 100.0, "‰": 1000.0}, default=1.0, return_dtype=pl.Float64)
    # divided, not multiplied by 0.01: 9.98 / 100 is the nearest number to 0.0998
    value = body.cast(pl.Float64, strict=False) * factor / share.fill_null(1.0)
    value = pl.when(minus | opened).then(-value).otherwise(value)
    valid = fits & (opened == closed) & (n_signs <= 1) & value.is_finite()
    return parts.select(value=pl.when(valid).then(value)).to_series()
