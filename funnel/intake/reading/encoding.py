"""Which encoding a text file has, judged from its bytes, and its content as UTF-8.

Order of judgement: byte-order mark → UTF-16 without a mark (by where its zero bytes stand) → UTF-8 → Korean, Japanese,
Cyrillic or Greek where nearly all would be letters of that script → GB18030 or Big5 where most of the non-ASCII
characters would be common Han → cp1252, unless no alphabet of western Europe holds its letters and one of central
Europe, the Baltic or Turkish holds those of another code page. "Common" needs no frequency list: the Chinese standards
and the Japanese one put the frequent characters in their first level (GB 2312 rows 16–55, Big5 A440–C67E). German or
French in cp1252 has single bytes above 127 between letters; read as GB18030 they are rare Han or nothing. Only half of
a Chinese text reads as Hangul and hardly any of it as common kanji; hardly a word of western Europe is made of letters
above 127 alone.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from funnel.errors import InputError

# What a person can choose. Names are Python's; detection only ever gives the first thirteen.
ENCODINGS: tuple[str, ...] = (
    "utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "cp1252", "cp1251", "shift_jis", "euc_kr",
    "cp1250", "cp1254", "cp1257", "cp1253", "iso-8859-1", "iso-8859-15", "utf-32-le", "utf-32-be",
)  # fmt: skip
_WRITTEN_BY_WINDOWS = {"big5": ("cp950", "big5hkscs"), "shift_jis": ("cp932",), "euc_kr": ("cp949",)}
"""The code pages that spreadsheets write under these names: the standard and more (㈱, 髙, €), best first."""
_ALIASES = {"utf8": "utf-8", "utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "utf-16": "utf-16-le"}
_DECLARED = _ALIASES | {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252", "windows-1250": "cp1250",
    "windows-1251": "cp1251", "windows-1253": "cp1253", "windows-1254": "cp1254", "iso-8859-9": "cp1254",
    "windows-1257": "cp1257", "shift-jis": "shift_jis", "euc-kr": "euc_kr", "big5-hkscs": "big5",
}  # fmt: skip
"""What web pages call an encoding."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FIRST_LEVEL = {"gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "shift_jis": (0x88, 0x98)}
"""First bytes of the frequent characters of each standard."""
_OF_MAKERS = (0x87, 0xED, 0xEE, 0xFA, 0xFB, 0xFC)
"""First bytes of the characters that makers added to the Japanese standard."""
_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_COMMON_SHARE = 0.6  # of non-ASCII characters, for Chinese
_SCRIPT_SHARE = 0.9  # of non-ASCII characters, for other scripts
_SPELLED_SHARE = 0.97  # of letters beyond a–z, for one alphabet
_CYRILLIC_WORD = re.compile(r"(?<![^\W_])(?:[А-ЯЁ]?[а-яё]+|[А-ЯЁ]{2,})(?![^\W_])")
_GREEK_WORD = re.compile(r"(?<![^\W_])(?:[Ά-Ϋ]?[ά-ώ]+|[Ά-Ϋ]{2,})(?![^\W_])")
_WORDS_OF = {"cp1251": _CYRILLIC_WORD, "cp1253": _GREEK_WORD}
_BEYOND_ASCII = re.compile(r"[^\W\d_a-zA-Z]|(?<=[a-zA-Z])[³¹²¿¡£¯]|[³¹²¿¡£¯](?=[a-zA-Z])")
"""Letters beyond a–z, and signs that stand where letters do."""
_WEST = (
    "äöüß", "àâçéèêëîïôùûüœ", "áéíóúüñªº¡¿", "áàâãçéêíóôõúüªº", "àéèìíîòóùúªº", "åäöæøéü", "áðéíóúýþæö", "àáçéèëïíóúüö",
)  # fmt: skip
"""Letters beyond a–z of the languages of cp1252: German, French, Spanish, Portuguese, Italian, the north, Icelandic,
Catalan and Dutch."""
_ELSEWHERE = {
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșşțţ", "čćđšž"),
    "cp1254": ("çğıöşüâîûi̇",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
}
"""The same of other code pages: Polish, Czech, Slovak, Hungarian, Romanian, south Slavic; Turkish; Lithuanian, Latvian,
Estonian."""
_BAD_SHARE = 0.1  # of characters beyond ASCII, for a damaged UTF-8 file; Chinese in GBK has far more
# Frequent in sales tables, and different in the two scripts' encodings: decides short texts that fit both standards.
_FREQUENT = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出会也时要就可以年月日期客户线索商机成交阶段金额负责人来源名称编号状态"
    "创建时间公司销售电话产品备注转化率访数级赢单丢失败跟进意向签约合同报价区域类型付款首次联系方式地址省市行业部门员工姓名总计"
    "客戶線索商機成交階段金額負責人來源名稱編號狀態創建時間公司銷售電話產品備註轉化率贏單丟單跟進意向簽約合約報價區域類型日期"
    "無與這個們來為時會說業務員聯絡資料訂單數量價格經理專案建立預計結案贏輸東西南北中文台灣北京上海廣州深圳"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text file as UTF-8 without a byte-order mark. ``n_bad``: byte sequences that the encoding does not know."""

    content: bytes
    encoding: str
    n_bad: int


def decode(data: bytes, encoding: str | None = None, declared: str | None = None) -> Decoded:
    """``data`` as UTF-8, in the encoding given or detected. Bytes that do not fit become U+FFFD and are counted.

    ``declared``: what the file says of itself (the charset of a web page); believed only where all bytes fit it and it
    is no UTF-8. Raises InputError for the name of an encoding that is not in ``ENCODINGS``.
    """
    marked, length = _mark(data)
    chosen = _known(encoding) if encoding is not None else marked or _declared(data, declared) or detect_encoding(data)
    start = length if marked == chosen else 0
    if chosen == "utf-8" and _is_utf8(data):
        return Decoded(data[start:] if start else data, chosen, 0)
    return _transcode(memoryview(data)[start:], chosen)


def detect_encoding(data: bytes) -> str:
    """The most likely encoding of ``data`` (without a byte-order mark): one of the first thirteen of ``ENCODINGS``."""
    if data.isascii() and b"\0" not in data[:_SAMPLE]:
        return "utf-8"
    wide = _utf16_without_mark(data)
    if wide is not None:
        return wide
    if _is_utf8(data):
        return "utf-8"
    n_bad, n_good = _utf8_damage(data)
    if n_bad <= _BAD_SHARE * n_good or (n_bad == 1 and n_good and _cut_off(data)):
        return "utf-8"
    sample = _sample_around_non_ascii(data)
    other = _other_script(sample)
    if other is not None:
        return other
    shares = {name: _common_share(sample, name) for name in ("gb18030", "big5")}
    best = max(shares, key=lambda name: shares[name])  # the first wins a tie: simplified script is the likelier
    return best if shares[best] >= _COMMON_SHARE else _latin(sample)


def _known(encoding: str) -> str:
    name = encoding.lower().replace("_", "-") if encoding.lower() not in ENCODINGS else encoding.lower()
    name = _ALIASES.get(name, name)
    if name not in ENCODINGS:
        raise InputError("reading.unknown_encoding", given=encoding, allowed=list(ENCODINGS))
    return name


def _declared(data: bytes, declared: str | None) -> str | None:
    name = (declared or "").lower()
    name = _DECLARED.get(name, name)
    if name not in ENCODINGS or name.startswith("utf-16") or _fits(data, "utf-8") or not _fits(data, name):
        return None
    return name


def _mark(data: bytes) -> tuple[str | None, int]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, len(mark)
    return None, 0


def _is_utf8(data: bytes) -> bool:
    return data.isascii() or _fits(data, "utf-8")


def _fits(data: bytes, encoding: str) -> bool:
    """Whether all bytes are characters of the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK], start + _CHUNK >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _utf8_damage(data: bytes) -> tuple[int, int]:
    """How many sequences of a sample are not UTF-8, and how many good ones of more than one byte it has."""
    text = data[: 4 * _SAMPLE].decode("utf-8", errors="replace")
    n_bad = text.count("\ufffd")
    return n_bad, sum(char > "\x7f" for char in text) - n_bad


def _cut_off(data: bytes) -> bool:
    """The only damage is a character cut in two at the end of the file."""
    return any(_is_utf8(data[:-cut]) for cut in (1, 2, 3))


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 by its zero bytes: digits, commas and line ends put one in every second place."""
    sample = data[: _SAMPLE & ~1]
    n_zero = sample.count(0)
    if n_zero < 2 or n_zero * 20 < len(sample):
        return None
    odd = sample[1::2].count(0)
    name = "utf-16-le" if odd > n_zero - odd else "utf-16-be"
    if max(odd, n_zero - odd) < 0.95 * n_zero:
        return None
    text = sample.decode(name, errors="replace")
    odd_ones = sum((char < " " and char not in "\t\r\n\f") or char == "\ufffd" for char in text)
    return name if odd_ones <= 0.02 * len(text) + 1 else None


def _sample_around_non_ascii(data: bytes) -> bytes:
    """Lines of ``data`` that hold bytes above 127 (whole lines: two-byte characters must not be cut)."""
    lines: list[bytes] = []
    size = 0
    start = 0
    while size < _SAMPLE and start < len(data):
        chunk = data[start : start + 4 * _SAMPLE]
        end = chunk.rfind(b"\n") + 1 or len(chunk)
        for line in chunk[:end].splitlines(keepends=True):
            if not line.isascii():
                lines.append(line)
                size += len(line)
        start += end
    return b"".join(lines)


def _other_script(sample: bytes) -> str | None:
    """The encoding by which nearly all non-ASCII characters are Hangul, kana and common kanji, or Cyrillic words."""
    for name in ("euc_kr", "shift_jis", "cp1251", "cp1253"):
        try:
            text = sample.decode(_codec(sample, name))
        except UnicodeDecodeError:
            continue
        letters = [char for char in text if char > "\x7f" and not _is_cjk_mark(char)]
        if name == "shift_jis":  # neither for it nor against it: ①, ㈱, 髙
            letters = [char for char in letters if char.encode("cp932")[0] not in _OF_MAKERS]
        if name in _WORDS_OF:
            found = sum(len(word) for word in _WORDS_OF[name].findall(text))
        elif name == "euc_kr":
            found = sum("\uac00" <= char <= "\ud7a3" and _is_of_standard(char, name) for char in letters)
        else:
            found = sum("\u3041" <= char <= "\u30fc" or _is_first_level(char, name) for char in letters)
        if letters and found >= _SCRIPT_SHARE * len(letters):
            return name
    return None


def _latin(sample: bytes) -> str:
    """The code page of a Latin alphabet: cp1252 where one of its languages has all the letters, or none elsewhere."""
    if any(_is_spelled(sample, "cp1252", alphabet) for alphabet in _WEST):
        return "cp1252"
    spelled = [name for name, known in _ELSEWHERE.items() for one in known if _is_spelled(sample, name, one)]
    return spelled[0] if spelled else "cp1252"


def _is_spelled(sample: bytes, encoding: str, alphabet: str) -> bool:
    """Whether nearly all letters of the words beyond ASCII belong to one alphabet; signs inside a word do not."""
    letters = _BEYOND_ASCII.findall(sample.decode(encoding, errors="replace").lower())
    return bool(letters) and sum(char in alphabet for char in letters) >= _SPELLED_SHARE * len(letters)


def _codec(data: bytes | memoryview, encoding: str) -> str:
    """Python's codec for the name of an encoding: the code page of the standard that all bytes fit."""
    known = _WRITTEN_BY_WINDOWS.get(encoding, (encoding,))
    return next((name for name in known[:-1] if _fits(bytes(data), name)), known[-1]) if len(known) > 1 else known[0]


def _common_share(sample: bytes, encoding: str) -> float:
    """How much of the non-ASCII part reads as common Chinese (0 to 1, a little more for characters of sales tables)."""
    text = sample.decode(_codec(sample, encoding), errors="replace")
    common = total = frequent = 0
    for char in text:
        if char <= "\x7f":
            continue
        total += 1
        if _is_cjk_mark(char):
            common += 1
            continue
        if char in _FREQUENT:
            frequent += 1
        common += _is_first_level(char, encoding)
    if not total or not any("\u4e00" <= char <= "\u9fff" for char in text):
        return 0.0
    return common / total + 0.5 * frequent / total


def _is_cjk_mark(char: str) -> bool:
    return "\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff5e" or char in "“”‘’—…·￥"


def _is_of_standard(char: str, encoding: str) -> bool:
    """Whether the standard itself has a code of two bytes for a character: what a code page adds is rare in text."""
    try:
        return len(char.encode(encoding)) == 2
    except UnicodeEncodeError:
        return False


def _is_first_level(char: str, encoding: str) -> bool:
    if not "\u4e00" <= char <= "\u9fff":
        return False
    try:
        lead = char.encode("gb2312" if encoding == "gb18030" else encoding)[0]
    except UnicodeEncodeError:
        return False
    low, high = _FIRST_LEVEL[encoding]
    return low <= lead <= high


def _transcode(data: memoryview, encoding: str) -> Decoded:
    """Chunk by chunk, so that a large file is never held as one Python string."""
    decoder = codecs.getincrementaldecoder(_codec(data, encoding))("replace")
    parts: list[bytes] = []
    n_bad = 0
    for start in range(0, len(data), _CHUNK):
        text = decoder.decode(bytes(data[start : start + _CHUNK]), start + _CHUNK >= len(data))
        n_bad += text.count("\ufffd")
        # a lone half of a surrogate pair cannot be written as UTF-8
        parts.append(text.encode("utf-8", errors="replace"))
    return Decoded(b"".join(parts), encoding, n_bad)
