"""Words that tell of rows that are no records: totals, counts, signatures (``data/words/parts.tsv``)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from funnel.intake.cells.spelling import UNSPACED
from funnel.intake.words import parts

NUMBER = r"[-+]?[\d.,' ]*\d"
_TAIL = rf"\s*(?:[:：=]\s*)?(?:[(（]?\s*(?:{NUMBER})?\s*(?:records?|rows?|deals?|条记录|条|行|笔|个|项)?\s*[)）]?)?"


def folded(text: str) -> str:
    """A cell for comparison: width and case folded, blanks single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _alternatives(use: str, meaning: str | None = None) -> str:
    words = sorted({folded(word) for word in parts(use, meaning)}, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"[\s-]*") for word in words)


@dataclass(frozen=True)
class Words:
    """Patterns over folded cells: a total alone, a weaker word of statistics alone, a signature, a total put to a label
    behind and in front; ``maybe`` finds what may be any of them, fast.
    """

    total: re.Pattern[str]
    weak: re.Pattern[str]
    sign: re.Pattern[str]
    behind: re.Pattern[str]
    before: re.Pattern[str]
    maybe: str


@lru_cache(maxsize=1)
def words() -> Words:
    """The patterns, made once."""
    total, sign = _alternatives("total_word"), _alternatives("sign_word")
    marks = r"[\s*#>=–—-]*"
    of = r"(?:\s*(?:of|von|de|di|do|da|van|voor|för|за|по)\s[^\d:：]{1,40})?"
    latin, han = (
        "|".join(word for word in f"{total}|{sign}".split("|") if bool(UNSPACED.search(word)) is is_han)
        for is_han in (False, True)
    )
    return Words(
        total=re.compile(rf"{marks}(?:{total}){of}{_TAIL}{marks}"),
        weak=re.compile(rf"{marks}(?:{_alternatives('total_word', 'weak')}){of}{_TAIL}{marks}"),
        sign=re.compile(
            rf"{marks}(?:(?:{sign})\s*[:：].*|(?:{_alternatives('sign_word', 'open')})(?:\W.*|)"
            rf"|page\s*\d.*|第\s*\d+\s*页.*|共\s*\d+\s*(?:条|行|笔|个|页).*|{NUMBER}\s*(?:records?|rows?)|©.*)"
        ),
        behind=re.compile(rf"(?P<label>.+?)[\s_:：-]*(?:{total}){_TAIL}"),
        before=re.compile(rf"(?:{total})[\s:：-]+(?:for\s+|of\s+)?(?P<label>\D.*)"),
        maybe=rf"(?i)^[\W_]*(?:{latin})\b|\b(?:{latin})[\W_\d]*(?:records?|rows?)?\W*$|{han}"
        r"|^\W*page\s*\d|第\s*\d+\s*页|共\s*\d|^[\d.,' ]+(?:records?|rows?)|©",
    )


def is_total_word(text: str) -> bool:
    """Whether a whole cell or header says total, sum, count, … up to ":" and a number."""
    return words().total.fullmatch(folded(text)) is not None


def without_total(text: str) -> str | None:
    """The folded label to which a word for a total is put ("Closed Won Total", "2024 合计"); None without a word."""
    for pattern in (words().behind, words().before):
        if match := pattern.fullmatch(folded(text)):
            return match["label"].strip()
    return None


def is_weak_word(text: str) -> bool:
    """Whether the word for a total is one of statistics, which may be a name as well (Max, Media)."""
    return words().weak.fullmatch(folded(text)) is not None


def is_sign_word(text: str) -> bool:
    """Whether a cell is a signature, a page number, a line of copyright."""
    return words().sign.fullmatch(folded(text)) is not None


def reads_like_a_note(text: str) -> bool:
    """Whether a cell reads like a sentence rather than a name."""
    return ":" in text or "：" in text or (len(text) > 12 and len(text.split()) > 2)


def is_any_word(text: str) -> bool:
    """Whether a cell is a word for a total or a signature, or a label with a word for a total."""
    return len(text) < 200 and (is_total_word(text) or is_sign_word(text) or without_total(text) is not None)
