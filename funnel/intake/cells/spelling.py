"""Words made comparable: width, case, accents and traditional characters folded, and taken apart into words."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]")
_RANGES = "㐀-鿿ぁ-ヿｦ-ﾟ가-힣ก-๛"
"""Scripts that put no blank between words: Han, kana, Hangul, Thai."""
UNSPACED = re.compile(f"[{_RANGES}]")
_TOKEN = re.compile(rf"[{_RANGES}]+|[^\W_{_RANGES}]+")
_LETTERS = str.maketrans("łøđı", "lodi")  # they come apart into no accent
_TRADITIONAL = str.maketrans(
    "階單贏輸創時間額負責來源區業產線機會戶稱類別關閉結進銷觸轉訂擊顯購續約簽據狀態歷記錄變幣預計際總彙報價談審當標丟無複標準開啟誰處個為實現條項應專員電訪問樣試購買離",
    "阶单赢输创时间额负责来源区业产线机会户称类别关闭结进销触转订击显购续约签据状态历记录变币预计际总汇报价谈审当标丢无复标准开启谁处个为实现条项应专员电访问样试购买离",
)


def plain(text: str) -> str:
    """A word for comparison: width, case and accents folded, without spaces and punctuation (``Close_Date`` →
    ``closedate``, ``Étape`` → ``etape``: many programs lose the accents).
    """
    return re.sub(r"[\W_]+", "", unaccented(unicodedata.normalize("NFKC", text).casefold()))


def unaccented(text: str) -> str:
    """Lower-case text without accents, traditional characters simplified (``Wartość`` → ``wartosc``, 階段 → 阶段)."""
    if text.isascii():
        return text
    bare = unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))
    return simplified(bare.translate(_LETTERS))


def simplified(text: str) -> str:
    """Text with the traditional characters of our word lists made simplified ones."""
    return text if text.isascii() else text.translate(_TRADITIONAL)


def tokens(text: str) -> list[str]:
    """The words of a header or label: camelCase, snake_case, spaces and runs of Han characters are told apart."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFKC", text))
    # French keyboards have the sign of degrees in place of the raised o: N° is No.
    return _TOKEN.findall(simplified(re.sub(r"\bn°", "no", spaced.casefold())))


def folded(label: str) -> str:
    """A label for comparison with other labels of a file: width, case and blanks folded, punctuation a blank.

    ``Closed Won``, ``closed-won`` and ``ＣＬＯＳＥＤ　ＷＯＮ`` are one label; ``1.1`` and ``11`` are two.
    """
    text = unicodedata.normalize("NFKC", label).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", text).split()) or text.strip()
