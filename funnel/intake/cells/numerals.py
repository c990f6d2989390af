"""Amounts in Chinese numerals as digits, and amounts that only name a number (200多万, ca. 30k, 50-80万)."""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

_NUMERALS = "〇零一二三四五六七八九十百千万亿两廿卅壹贰叁肆伍陆柒捌玖拾佰仟"
_TRADITIONAL = str.maketrans(
    {"貳": "贰", "參": "叁", "陸": "陆", "萬": "万", "億": "亿", "圓": "元", "圆": "元", "兩": "两"}
)
_ANY = r"[〇零一二三四五六七八九十两廿卅壹贰貳叁參肆伍陆陸柒捌玖拾佰仟]|[0-9]\s*[百千万亿萬億]\s*[0-9]"
"""What no other pattern can read: a numeral, or digits after a unit (3万5千)."""
_NUMERAL = re.compile(
    rf"^(?P<before>[-+(（]?\s*(?:人民币|RMB|CNY|[¥￥$])?\s*[:：]?\s*)"
    rf"(?P<number>[{_NUMERALS}0-9.点]*[{_NUMERALS}][{_NUMERALS}0-9.点]*)"
    r"(?P<coins>(?:[元块]?(?:[零壹贰叁肆伍陆柒捌玖一二三四五六七八九]角)?零?(?:[壹贰叁肆伍陆柒捌玖一二三四五六七八九]分)?)?)"
    r"(?P<after>(?:元|块|人民币|美元|欧元|港元|日元)?[整正]?\s*[)）]?)$"
)  # fmt: skip
MAY_BE_NUMBER = rf"[0-9十百千万{_NUMERALS}]"
"""What every number is written with, also an approximate one or a numeral."""
_UNITS = {"百": 2, "千": 3, "万": 4, "亿": 8}


def with_digits(text: pl.Series) -> pl.Series:
    """Cells in Chinese numerals as digits (三万五 → 35000, 壹拾贰万叁仟元整 → 123000元); all others as they are."""
    has_numerals = text.str.contains(_ANY)
    if not has_numerals.any():
        return text
    cells = text.to_list()
    read = [
        _in_digits(cell) if cell is not None and hit else cell for cell, hit in zip(cells, has_numerals, strict=True)
    ]
    return pl.Series(text.name, read, dtype=pl.String)


@lru_cache(maxsize=65_536)
def _in_digits(cell: str) -> str:
    """One cell with its numerals as digits; as it is where it is no number."""
    import cn2an  # noqa: PLC0415  (loaded only for files that need it)

    match = _NUMERAL.match(cell.translate(_TRADITIONAL).replace(" ", ""))
    if match is None:
        return cell
    number = match["number"]
    try:
        if "点" in number:
            bare = number.rstrip("百千万亿")
            value = float(cn2an.cn2an(bare, "smart")) * 10 ** sum(_UNITS[unit] for unit in number[len(bare) :])
        else:
            value = float(cn2an.cn2an(number, "smart"))
    except (ValueError, KeyError, TypeError):
        return cell
    coins = _digit_before("角", match["coins"]) / 10 + _digit_before("分", match["coins"]) / 100
    # its own unit has been counted: the header's must not be counted again
    own_unit = "个" if re.search("[百千万亿拾佰仟]", number) else ""
    return f"{match['before']}{_plain(value + coins)}{own_unit}"


def _digit_before(coin: str, text: str) -> int:
    place = text.find(coin)
    digits = "零一二三四五六七八九"
    formal = "零壹贰叁肆伍陆柒捌玖"
    return max(digits.find(text[place - 1]), formal.find(text[place - 1])) if place > 0 else 0


def _plain(value: float) -> str:
    """A number in digits that no decimal mark can misread where it is whole."""
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


# --- approximate amounts --------------------------------------------------------------------------------------------

_FRONT = re.compile(
    r"^(?:约合|大约|大概|估计|将近|接近|超过|不到|不足|至少|最多|约|近|超|逾|ca\.?|circa|approx\.?|approximately|about"
    r"|around|over|under|up to|at least|rund|etwa|env\.?|environ|[><≥≤~≈±]+)\s*",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\s*(?:左右|上下|以上|以下|以内|余|多|许|起|\++|or so|approx\.?|ca\.?)\s*(?P<unit>元?)$", re.IGNORECASE
)
_INSIDE = re.compile(r"(?<=[0-9十百千万])[多余几](?=[百千万亿元w])", re.IGNORECASE)
_RANGE = re.compile(
    r"^(?P<low>[^-–—~～至到]*[0-9十百千万][^-–—~～至到]*?)\s*(?:[-–—~～至到]|\bto\b|\bbis\b)+\s*(?P<high>.*[0-9十百千万].*)$"
)
_OUTSIDE_DIGITS = re.compile(r"^[^0-9]*[0-9][0-9.,' ]*\s*(?P<after>.*)$")


@lru_cache(maxsize=65_536)
def about_of(cell: str, *, is_money: bool) -> tuple[str, str] | None:
    """The exact amounts that an approximate cell names, twice the same or the two ends of a range; None for none.

    ``is_money``: the column is known to be money, so that a range needs neither unit nor currency.
    """
    text = _INSIDE.sub("", cell.strip())
    text = _FRONT.sub("", text)
    text = _BACK.sub(r"\g<unit>", text)
    match = _RANGE.match(text)
    if match is None:
        return (text, text) if text != cell.strip() and re.search(rf"[0-9{_NUMERALS}]", text) else None
    low, high = match["low"].strip(), match["high"].strip()
    end = _OUTSIDE_DIGITS.match(high)
    start = _OUTSIDE_DIGITS.match(low)
    after = end["after"] if end else ""
    if start and not start["after"] and after:
        low += after  # 50-80万: both are in 万
    has_unit = bool(after) or any(mark in low + high for mark in "$€£¥￥")
    if not (has_unit or is_money) or re.search(r"[-–—~～]", low + high):
        return None
    return low, high
