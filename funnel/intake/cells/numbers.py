"""Numbers as people write them: which decimal mark a whole column uses, and reading it.

| reading | examples |
|---|---|
| plain | 1234.5, 1,234.50, 1 234.50, 1'234.50, 12,34,567 |
| comma_decimal | 1234,5, 1.234,50, 1 234,50 |

Around the digits both readings take: a currency sign, word or code, a sign before or after, brackets for negative
amounts, a unit (``units.MULTIPLIERS``: k, Mio., Tsd, lakh, 万 …; T€ and k$ before or after the digits), a percent sign
(9.98% is 0.0998), a mark for "no decimals" (1.200,- and 1'200.- are no negative numbers; neither is Rs. 500/-), Chinese
numerals (三万五, 3万5千, 壹拾贰万叁仟元整) and full-width characters.

A reading may carry more, joined by ``|``: ``x10000`` multiplies the cells that have no unit of their own (the unit of
the header); ``about`` reads 200多万, 约30万, 50-80万 as the number named (a range as its middle), ``exact`` leaves them
unread; ``positive`` drops the sign of a column that is negative throughout.
A column whose separators allow both readings with different results ("1.234" throughout) has two candidates: ask.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import polars as pl

from funnel.errors import InputError
from funnel.intake.cells.blanks import cells_of, spread
from funnel.intake.cells.numerals import MAY_BE_NUMBER, about_of, with_digits
from funnel.intake.cells.units import MONEY, MULTIPLIERS, THOUSAND_OF_MONEY, UNIT, Unit

READINGS: tuple[str, ...] = ("plain", "comma_decimal")

_N_EXAMPLES = 5
_FACTORS = {**MULTIPLIERS, THOUSAND_OF_MONEY: 1e3}
_END = rf"\s*[%‰]?\s*(?:(?:d[ei]\s+|d['’])?{MONEY}\.?)?整?\s*\)?\s*-?$"
_UNIT_BEFORE = rf"(?:(?:{UNIT}|{THOUSAND_OF_MONEY})\.?\s?{MONEY})"
_UNIT_AFTER = rf"(?:(?:{UNIT})\.?|{THOUSAND_OF_MONEY}\s?{MONEY})"
# What may stand where: bracket, sign, unit and money, sign; the digits; unit, percent, money, bracket, sign.
_SHAPE = (
    rf"(?i)^\(?\s*[-+]?\s*(?:{_UNIT_BEFORE}|{MONEY})?\s*[-+]?\s*"
    rf"[0-9.,][0-9.,' ’]*?(?:e[-+]?[0-9]{{1,3}})?\s*{_UNIT_AFTER}?{_END}"
)
# Only text of that shape is cut into these three: one pattern with a group per part is many times slower.
_CUT = r"^([^0-9]*?)([.,]?[0-9][0-9.,' ’]*(?:[eE][-+]?[0-9]{1,3})?)([^0-9]*)$"
_MULTIPLIER = rf"(?i)^\s*({UNIT})\.?{_END}"
_THOUSAND = rf"(?i)^\s*({THOUSAND_OF_MONEY})\s?{MONEY}{_END}"
_MULTIPLIER_BEFORE = rf"(?i)^[-+(\s]*({UNIT}|{THOUSAND_OF_MONEY})\.?\s?{MONEY}\s*[-+]?\s*$"
_ABBREVIATED = r"(?i)\b(rs|kr|rp|s?fr)\."  # its dot is no decimal point
# "1.200,-" and "1'200.--": the dash stands for the decimals; after a dot in "1.200.-" the groups have dots, too
_NO_DECIMALS = (
    (r"^(.*[0-9]\.[0-9]{3})\s?\.[-–—]{1,2}([^0-9-]*)$", "${1},00${2}"),
    (r"^(.*[0-9],[0-9]{3})\s?,[-–—]{1,2}([^0-9-]*)$", "${1}.00${2}"),
    (r"^(.*[0-9]\s?)([.,])[-–—]{1,2}([^0-9-]*)$", "${1}${2}00${3}"),
    (r"^(.*[0-9].*?)\s*/\s*[-=]\s*$", "${1}"),  # Rs. 500/-
)
_EXPONENT = r"(?:[eE][-+]?[0-9]{1,3})?$"
_PLAIN = r"^(?:[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}|[0-9]{1,3}(?:[ '’][0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?" + _EXPONENT
_COMMA = r"^(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,3}(?:[ '’][0-9]{3})+|[0-9]+)?(?:,[0-9]*)?" + _EXPONENT
# What most exports hold, and of it what a decimal comma would read as thousands
_DIGITS = r"^-?[0-9]+(?:\.[0-9]+)?$"
_DOT_GROUPS = r"^-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)$"
_FEW_GROUPED = 3
"""So many amounts with and without a mark of thousands show that it is one."""
_DOT_MONEY = r"(?:^|[^rR])\$|[£¥￥₩₹₪₱₦฿元万亿]|(?i)usd|gbp|cny|rmb|jpy|hkd|lakh|crore"  # where a point is decimal
_THREE_DECIMALS = r"(?i)\b(?:kwd|bhd|omr|tnd|jod|lyd|iqd)\b"  # currencies of a thousand parts
_COUNTED = rf"(?i)[0-9]\s*(?:{UNIT}|{THOUSAND_OF_MONEY})(?:$|[^a-z])"
_NAMED = rf"(?i){MONEY}|\b[a-z]{{3}}\b"


@dataclass(frozen=True, slots=True)
class NumberReading:
    """A reading taken apart: the decimal ``mark`` ("plain" or "comma_decimal"), the header's ``factor``, whether
    approximate cells are read (``about``), and whether the sign is dropped (``positive``).
    """

    mark: str
    factor: float = 1.0
    about: bool = False
    positive: bool = False


def taken_apart(reading: str) -> NumberReading:
    """``plain|x10000|about`` by its parts. Raises InputError ``reading.unknown_number_reading`` for an unknown one."""
    mark, *more = reading.split("|")
    factors = [float(word[1:]) for word in more if re.fullmatch(r"x[0-9]+(?:\.[0-9]+)?", word)]
    if mark not in READINGS or len(factors) + sum(word in _SWITCHES for word in more) != len(more) or len(factors) > 1:
        raise InputError("reading.unknown_number_reading", given=reading, allowed=list(READINGS))
    return NumberReading(mark, factors[0] if factors else 1.0, "about" in more, "positive" in more)


_SWITCHES = ("about", "exact", "positive")


@dataclass(frozen=True, slots=True)
class NumberInference:
    """What a column's values allow. Counts are of non-blank values (placeholders such as "-" or "n/a" are blank).

    ``candidates``: the readings that fit every value that is a number at all, best first; several mean that they
    give different figures: ask. ``mixed``: there are numbers, but no reading fits them all. ``fits``: decimal mark →
    number of values. ``n_about``: values that name
    a number without being one (200多万). ``n_unreadable`` values fit no reading; ``examples`` shows some of them.
    ``share_parsed`` = (readable + about) / non-blank (0.0 for an empty column).
    """

    candidates: tuple[str, ...]
    mixed: bool
    n_values: int
    n_unreadable: int
    share_parsed: float
    examples: tuple[str, ...] = ()
    fits: Mapping[str, int] = field(default_factory=dict)
    n_about: int = 0

    @property
    def is_ambiguous(self) -> bool:
        return len(self.candidates) > 1


def infer_numbers(values: pl.Series, unit: Unit | None = None) -> NumberInference:
    """Which readings fit the column ``values`` (String, any length). Judged from all values, never from a sample.

    ``unit``: given where the column is money, with what its header says: it multiplies, bare ranges (50-80) are
    approximate amounts, and a column that is negative throughout has two candidates.
    """
    if values.count() and values.str.contains(_DIGITS).all():
        n = values.count()
        n_comma = int(values.str.contains(_DOT_GROUPS).sum() or 0)
        is_ambiguous = n_comma == n and values.str.contains(".", literal=True).any()
        marks = READINGS if is_ambiguous else READINGS[:1]
        if is_ambiguous and unit is not None:
            marks = _of_money(values.drop_nulls(), values.drop_nulls(), unit) or marks
        fits = {"plain": n, "comma_decimal": n_comma}
        has_minus = unit is not None and values.str.starts_with("-").all()
        candidates = _with_switches(marks, unit, n_about=0, is_negative=bool(has_minus) and n > 1)
        return NumberInference(candidates, False, n, 0, 1.0, fits={key: count for key, count in fits.items() if count})
    cells = cells_of(values)
    weights = cells.n.filter(cells.text.is_not_null())
    text = cells.text.drop_nulls()
    n_values = int(weights.sum() or 0)
    if n_values == 0:
        return NumberInference((), False, 0, 0, 0.0)
    if not text.str.contains(MAY_BE_NUMBER).any():
        return NumberInference((), False, n_values, n_values, 0.0, tuple(text.head(_N_EXAMPLES).to_list()))
    parts = _parts(text)
    read = _values(parts, READINGS)
    fits = {key: int(weights.filter(value.is_not_null()).sum() or 0) for key, value in read.items()}
    readable = read["plain"].is_not_null() | read["comma_decimal"].is_not_null()
    about = _about(text, readable, is_money=unit is not None)
    if about is not None:
        named = {key: value.is_not_null() & ~readable for key, value in _about_values(about, READINGS).items()}
        is_about = named["plain"] | named["comma_decimal"]
    else:
        named = dict.fromkeys(READINGS, ~readable & False)
        is_about = ~readable & False
    n_about = int(weights.filter(is_about).sum() or 0)
    n_readable = int(weights.filter(readable).sum() or 0)
    n_fitting = {key: fits[key] + int(weights.filter(named[key]).sum() or 0) for key in READINGS}
    marks = tuple(key for key in READINGS if n_fitting[key] == n_readable + n_about and n_fitting[key])
    if len(marks) == 2:
        same = read["plain"].equals(read["comma_decimal"], null_equal=True)
        money = None if same or unit is None else _of_money(parts["digits"].filter(readable), text, unit)
        if money is not None:
            marks = money
        elif same or text.filter(readable | is_about).str.contains(_DOT_MONEY).any():
            marks = ("plain",)
    numbers = read[marks[0]].drop_nulls() if marks else pl.Series([], dtype=pl.Float64)
    is_negative = unit is not None and numbers.len() > 1 and bool((numbers <= 0).all()) and bool((numbers < 0).any())
    return NumberInference(
        candidates=_with_switches(marks, unit, n_about=n_about, is_negative=is_negative),
        mixed=not marks and n_readable > 0,
        n_values=n_values,
        n_unreadable=n_values - n_readable - n_about,
        share_parsed=(n_readable + n_about) / n_values,
        examples=tuple(text.filter(~readable & ~is_about).head(_N_EXAMPLES).to_list()),
        fits={key: n for key, n in fits.items() if n},
        n_about=n_about,
    )


def _of_money(digits: pl.Series, text: pl.Series, unit: Unit) -> tuple[str, ...] | None:
    """The readings of amounts whose marks fit both, best first; None where they do not say.

    ``digits``: the numbers with their marks, ``text``: the cells. A zero before a mark makes it the decimal one. Money
    has no three decimals, unless it is counted in thousands or more or in one of few currencies: a comma before groups
    of three is a mark of thousands, a dot where the currency is not one of those that write a decimal point, or
    where amounts below 1,000 have none.
    """
    marks = [mark for mark in ",." if digits.str.contains(mark, literal=True).any()]
    if len(marks) != 1:
        return None
    decimal, grouping = ("plain", "comma_decimal") if marks[0] == "." else ("comma_decimal", "plain")
    if digits.str.contains(rf"^-?0\{marks[0]}[0-9]").any():
        return (decimal,)
    marked = digits.str.contains(rf"^-?[1-9][0-9]{{0,2}}(?:\{marks[0]}[0-9]{{3}})+$")
    small = digits.str.contains(r"^-?(?:0|[1-9][0-9]{0,2})$")
    if (marked | small).all() and min(int(marked.sum()), int(small.sum())) >= _FEW_GROUPED:
        return (grouping,)
    names = text if unit.currency is None else pl.Series([unit.currency])
    has_point = names.str.contains(_DOT_MONEY).any()
    if marks[0] == "," and has_point and marked.any():
        return (grouping,)
    if (
        unit.factor != 1.0
        or text.str.contains(_COUNTED).any()
        or not (marked | digits.str.contains("^-?[0-9]+$")).all()
    ):
        return None
    if names.str.contains(_THREE_DECIMALS).any() or not (marked | small).all():
        return (grouping, decimal)
    if marks[0] == ".":
        is_told = not has_point and names.str.contains(_NAMED).all()
    else:
        is_told = digits.filter(marked).n_unique() >= _FEW_GROUPED
    return (grouping,) if is_told else (grouping, decimal)


def _with_switches(marks: tuple[str, ...], unit: Unit | None, *, n_about: int, is_negative: bool) -> tuple[str, ...]:
    """The readings of the decimal marks with everything else that is known or must be asked."""
    factor = unit.factor if unit is not None else 1.0
    return tuple(
        "|".join(part for part in parts if part)
        for parts in product(
            marks,
            (f"x{factor:.12g}",) if factor != 1.0 else ("",),
            ("about", "exact") if n_about else ("",),
            ("positive", "") if is_negative else ("",),
        )
    )


def parse_numbers(values: pl.Series, reading: str) -> pl.DataFrame:
    """Read the column under ``reading``: one row per value with ``value`` (Float64), ``is_percent``, ``ok``.

    ``value`` is null for blanks and for values that do not fit; ``ok`` is false only for the latter. ``is_percent``
    tells that the value was written with a percent sign. Raises InputError for an unknown reading.
    """
    how = taken_apart(reading)
    if reading == "plain" and values.str.contains(_DIGITS).all():
        number = values.cast(pl.Float64)
        number = pl.select(pl.when(number.is_finite()).then(number)).to_series()  # 400 digits are no number
        return pl.select(
            value=number, is_percent=pl.repeat(False, number.len()), ok=values.is_null() | number.is_not_null()
        )
    cells = cells_of(values)
    parts = _parts(cells.text)
    value = _values(parts, (how.mark,), how.factor)[how.mark]
    if how.about and (about := _about(cells.text, value.is_not_null(), is_money=True)) is not None:
        value = pl.select(pl.coalesce(value, _about_values(about, (how.mark,), how.factor)[how.mark])).to_series()
    if how.positive:
        value = value.abs()
    parsed = pl.DataFrame({"value": value.rename("value"), "is_percent": parts["percent"].is_not_null()})
    return spread(values, cells, parsed)


def _about(text: pl.Series, readable: pl.Series, *, is_money: bool) -> pl.DataFrame | None:
    """``low`` and ``high`` as exact text for the cells that are not ``readable`` but name a number; None for none."""
    open_cells = pl.select(pl.when(~readable & text.str.contains(MAY_BE_NUMBER)).then(text)).to_series()
    if open_cells.null_count() == open_cells.len():
        return None
    found = [about_of(cell, is_money=is_money) if cell is not None else None for cell in open_cells.to_list()]
    if not any(found):
        return None
    low = pl.Series("low", [pair[0] if pair else None for pair in found], dtype=pl.String)
    high = pl.Series("high", [pair[1] if pair else None for pair in found], dtype=pl.String)
    return pl.DataFrame([low, high])


def _about_values(about: pl.DataFrame, marks: Sequence[str], factor: float = 1.0) -> dict[str, pl.Series]:
    low, high = (_values(_parts(about[name]), marks, factor) for name in ("low", "high"))
    return {mark: (low[mark] + high[mark]) / 2 for mark in marks}


def _parts(text: pl.Series) -> pl.DataFrame:
    """What stands ``before`` the digits, the ``digits`` with separators, what stands ``after``; null: no number."""
    text = with_digits(text)
    if text.str.contains(_ABBREVIATED).any():
        text = text.str.replace_all(_ABBREVIATED, "${1} ")
    for pattern, plain in _NO_DECIMALS if text.str.contains(r"[.,/][-–—=]").any() else ():
        text = text.str.replace(pattern, plain)
    shaped = pl.select(pl.when(text.str.contains(_SHAPE)).then(text)).to_series()
    found = shaped.str.extract_groups(_CUT).struct.unnest()
    found.columns = ["before", "digits", "after"]
    return found.with_columns(pl.col("digits").str.strip_chars(), percent=pl.col("after").str.extract("([%‰])"))


def _values(parts: pl.DataFrame, marks: Sequence[str], factor: float = 1.0) -> dict[str, pl.Series]:
    """The number under each decimal mark, null where the separators do not fit it (or brackets and signs contradict).

    ``factor`` is the header's: it holds for cells without a unit of their own.
    """
    if parts["digits"].null_count() == parts.height:
        return dict.fromkeys(marks, pl.Series("value", [None] * parts.height, dtype=pl.Float64))
    before, after = pl.col("before"), pl.col("after")
    opened, closed = before.str.contains("(", literal=True), after.str.contains(")", literal=True)
    minus = before.str.contains("-", literal=True) | after.str.contains("-", literal=True)
    n_signs = before.str.count_matches("[-+(]") + after.str.count_matches("-", literal=True)
    unit = pl.coalesce(
        after.str.extract(_MULTIPLIER), after.str.extract(_THOUSAND), before.str.extract(_MULTIPLIER_BEFORE)
    ).str.to_lowercase()
    own = unit.replace_strict(_FACTORS, default=None, return_dtype=pl.Float64)
    share = pl.col("percent").replace_strict({"%": 100.0, "‰": 1000.0}, default=1.0, return_dtype=pl.Float64)
    around = parts.select(
        "digits",
        times=own.fill_null(factor),
        share=share.fill_null(1.0),
        is_minus=minus | opened,
        is_whole=(opened == closed) & (n_signs <= 1),
    )
    return dict(zip(marks, around.select(_under(mark).alias(mark) for mark in marks).get_columns(), strict=True))


def _under(mark: str) -> pl.Expr:
    """The value under one decimal mark, from the digits and what stands around them."""
    digits, times = pl.col("digits"), pl.col("times")
    if mark == "plain":
        fits, body = digits.str.contains(_PLAIN), digits.str.replace_all(r"[ ,'’]", "")
    else:
        fits = digits.str.contains(_COMMA)
        body = digits.str.replace_all(r"[ .'’]", "").str.replace(",", ".", literal=True)
    # divided, not multiplied by 0.01: 9.98 / 100 is the nearest number to 0.0998
    number = body.cast(pl.Float64, strict=False) / pl.col("share")
    value = pl.when(times < 1).then(number / (1 / times).round()).otherwise(number * times)
    value = pl.when(pl.col("is_minus")).then(-value).otherwise(value)
    return pl.when(fits & pl.col("is_whole") & value.is_finite()).then(value)
