"""Both languages are equal: every text in both, with the same blanks to fill; no page speaks past the catalogue."""

from __future__ import annotations

import ast
import re
from datetime import date
from functools import cache

import pytest
from babel.messages.pofile import read_po

from funnel.errors import InputError, Message
from funnel.i18n.messages import MESSAGES
from funnel.i18n.singular import singular
from funnel.i18n.translator import LANGUAGES, Translator, _catalogue, _terms, language_of_browser
from tests.conftest import ROOT

SOURCES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py")), *sorted((ROOT / "funnel").rglob("*.py"))]
BLANK = re.compile(r"%\((\w+)\)s")


@cache
def _source() -> tuple[list[str], set[str], set[str]]:
    """Of the whole source: all texts, which are the first arguments of ``t(…)`` and ``N_(…)`` that are literal strings
    and those of messages; all literal strings; the codes of errors and messages."""
    texts, literals, codes = set(MESSAGES.values()), set(), set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name, said = getattr(node.func, "id", getattr(node.func, "attr", "")), node.args[0].value
                is_text = name in ("t", "N_") or (name == "self" and path.name == "translator.py")
                if is_text and isinstance(said, str):
                    texts.add(said)
                if name in ("InputError", "StorageError", "ConflictError", "FunnelError", "Message"):
                    codes.add(said)
    return sorted(texts), literals, codes


@cache
def _translated() -> list[tuple[str, str]]:
    """The file of each Chinese translation, and the text that it is of."""
    found = []
    for file in sorted((ROOT / "funnel" / "i18n" / "locales" / "zh_Hans").glob("*.po")):
        with file.open("rb") as opened:
            found += [(file.name, entry.id) for entry in read_po(opened) if entry.id]
    return found


def test_every_text_is_translated() -> None:
    catalogue = _catalogue("zh_Hans")
    missing = [
        text
        for text in _source()[0]
        if catalogue.gettext(text) == text and re.search(r"[A-Za-z]{2}", BLANK.sub("", text))
    ]
    assert missing == []


def test_no_translation_is_left_of_a_text_that_is_gone() -> None:
    """A text may reach the translator through a table: any literal of the code counts."""
    _, said, _ = _source()
    assert [text for _, text in _translated() if text not in said] == []


def test_translations_fill_the_same_blanks() -> None:
    catalogue = _catalogue("zh_Hans")
    wrong = {
        t: catalogue.gettext(t)
        for t in _source()[0]
        if set(BLANK.findall(t)) != set(BLANK.findall(catalogue.gettext(t)))
    }
    assert wrong == {}


def test_every_code_in_the_source_has_a_sentence() -> None:
    """A code is the first argument of an error or a Message; a name is looked up where it is a literal."""
    _, _, codes = _source()
    assert sorted(code for code in codes if code not in MESSAGES) == []


def test_pages_hold_no_text_outside_the_catalogue() -> None:
    """Labels, captions and messages handed to Streamlit are never bare literals with words in them."""
    takes_text = {
        "title", "header", "subheader", "caption", "markdown", "write", "info", "warning", "error", "success", "button",
        "text_input", "selectbox", "multiselect", "radio", "checkbox", "toggle", "metric", "expander", "tabs", "toast",
        "download_button", "file_uploader", "date_input", "number_input", "popover", "spinner", "status", "dialog",
    }  # fmt: skip
    bare = []
    for path in [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in takes_text and node.args:
                if ast.unparse(node.func).startswith("log."):  # the server's log speaks English
                    continue
                first = node.args[0]
                if (
                    isinstance(first, ast.Constant)
                    and isinstance(first.value, str)
                    and not first.value.startswith(":material/")
                    and re.search(r"[A-Za-z一-鿿]{2}", first.value)
                ):
                    bare.append((path.name, node.lineno, first.value))
    assert bare == []


def test_glossary_speaks_both_languages() -> None:
    for key, words in _terms().items():
        assert all(words[name].strip() for name in ("en", "zh_Hans", "help_en", "help_zh_Hans")), key


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", "zh_Hans"), ("zh-TW", "zh_Hans"), ("en-GB", "en"), ("de-DE", "en"), (None, "en")]
)
def test_the_browser_chooses_the_first_language(locale: str | None, language: str) -> None:
    assert language_of_browser(locale) == language


def test_numbers_and_dates_in_both_languages() -> None:
    en, zh = (Translator(language, "CNY") for language in LANGUAGES)
    day = date(2026, 6, 30)
    assert (en.date(day), zh.date(day)) == ("30 Jun 2026", "2026年6月30日")
    assert en.percent(0.213) == zh.percent(0.213) == "21.3%"
    assert en.number(1234567) == "1,234,567"
    assert en.money(22900) == zh.money(22900) == "¥22,900"
    assert Translator("en", "USD").money(-1500) == "-$1,500"
    assert Translator("en").money(-1500) == "-1,500"
    assert en.percent_range(0.197, 0.23) == "19.7–23.0%"
    for nothing in (en.number(None), en.percent(None), en.money(None), en.days(None), en.date(None), en.points(None)):
        assert nothing == "–"


def test_one_report_can_be_shown_in_two_languages() -> None:
    error = InputError("definition.unknown_stage", given="leed", allowed=["lead", "won"])
    en, zh = (Translator(language).message(error) for language in LANGUAGES)
    assert "leed" in en and "lead, won" in en
    assert "leed" in zh and "lead、won" in zh
    assert en != zh


def test_a_message_inside_a_message_is_rendered() -> None:
    inner = Message("definition.stage_count", {"given": 3, "low": 4, "high": 6})
    assert Translator("en").value([inner]) == Translator("en").message(inner)


def test_one_day_is_no_days() -> None:
    en = Translator("en")
    assert en("%(n)s days", n=1) == en.days(1, 0) == "1 day"
    assert (en.days(21, 0), en.days(1.0), en.days(-1, 0), en.days(0, 0)) == ("21 days", "1.0 days", "-1 days", "0 days")
    assert Translator("zh_Hans").days(1, 0) == "1 天"


def test_one_thing_is_no_several() -> None:
    """In English: the noun, the words before it and the verb behind it; what people wrote stays as it is."""
    en = Translator("en")
    assert en("%(n)s won deals have no amount", n=1) == "1 won deal has no amount"
    assert en("%(n)s won deals have no amount", n=21) == "21 won deals have no amount"
    assert en("%(n)s rows more say won, of deals that have one already (same id)", n=1) == (
        "1 row more says won, of deals that have one already (same id)"
    )
    assert en("**%(n)s rows read** = %(parts)s", n=1, parts="1 rows") == "**1 row read** = 1 rows"
    assert en("%(said)s wins were forecast in all, %(came)s came", said=1.0, came=1) == (
        "1 win was forecast in all, 1 came"
    )
    assert en("The last %(low)s–%(high)s days", low=0, high=1) == "The last 0–1 days"
    assert en("between %(low)s and %(high)s customers", low=0, high=1) == "between 0 and 1 customers"
    assert Translator("zh_Hans")("Import %(n)s rows", n=1) == "导入 1 行"


def test_every_counted_word_has_its_singular() -> None:
    """No text of the catalogue says "1 rows" with a word that the singular does not know."""
    between = r"(?:(?!(?:above|are|belong|below|has|holds|in|is|of|with|within|without)\b)[a-z]+ ){0,2}?"
    counted = re.compile(rf"(?<!–)(?<!s to )(?<!s and )%\((\w+)\)s {between}([a-z]+[^aiosu'\W]s)\b")
    no_nouns = {
        "begins", "belongs", "compares", "depends", "ends", "enters", "has", "holds", "is", "knows", "lacks", "leaves",
        "lies", "means", "needs", "others", "points", "pts", "reads", "says", "stands", "starts", "stays", "swings",
        "takes", "varies", "was",
    }  # fmt: skip
    plural = [
        (text, word)
        for text in _source()[0]
        for key, word in counted.findall(text)
        if word not in no_nouns and singular(text, frozenset([key])) == text
    ]
    assert plural == []


def test_nothing_has_no_sign_and_a_rate_is_as_exact_as_its_interval() -> None:
    en = Translator("en", "CNY")
    assert (en.number(-0.04, 1), en.percent(-0.0004), en.money(-0.4), en.days(-0.2, 0), en.signed(-0.04, 1)) == (
        "0.0", "0.0%", "¥0", "0 days", "0.0",
    )  # fmt: skip
    assert (en.number(-0.06, 1), en.percent(-0.0006), en.money(-0.6)) == ("-0.1", "-0.1%", "-¥1")
    assert en.rate(0.264, 0.24, 0.289) == "26.4% (24.0–28.9%)"
    said = en("%(rate)s%% (%(low)s–%(high)s%%), %(n)s leads", rate=26.4, low=24.0, high=28.9, n=1200)
    assert said == "26.4% (24.0–28.9%), 1,200 leads"
    assert Translator("zh_Hans").labelled("停滞", "无") == "停滞：无" and en.labelled("Stale", "no") == "Stale: no"
    assert (en.rate(0.264, None, None), en.rate(None, 0.1, 0.2)) == ("26.4%", "–")


def test_english_writes_per_cent_one_way() -> None:
    """A number and its sign stand together, on tables and in sentences alike."""
    apart = [text for text in _source()[0] if re.search(r"(\d|\)s) %%?(?![\w(])", text)]
    assert apart == []


def test_no_text_is_translated_twice() -> None:
    """Of two translations of one text in two files only the later one is ever shown."""
    seen: dict[str, str] = {}
    twice = []
    for file, text in _translated():
        if text in seen:
            twice.append((text, seen[text], file))
        seen[text] = file
    assert twice == []


def test_chinese_has_one_word_for_one_thing() -> None:
    """Words that stood beside the glossary's: readers take a second name for a second thing."""
    instead = {
        "输单": "丢单", "结案": "结束", "了结": "结束", "完结": "结束", "窗口": "时间范围", "时间段": "时间范围",
        "前一时段": "上一时段", "花费": "投入费用", "更换": "替换", "停止条件": "止损线", "进行中商机": "未结商机",
        "在跟进的商机": "未结商机", "条商机": "个商机", "变更历史": "变更记录", "转换率": "转化率", "拖后腿": "偏低",
        "跟踪表的": "周表单的", "你": "您", "～": "–", "……": "…",
    }  # fmt: skip
    catalogue = _catalogue("zh_Hans")
    said = [catalogue.gettext(text) for text in _source()[0]]
    said += [words[name] for words in _terms().values() for name in ("zh_Hans", "help_zh_Hans")]
    assert {text: f"{word} → {instead[word]}" for text in said for word in instead if word in text} == {}


INTO_SETTINGS = re.compile(r"Settings(?:,| →) ([A-Z][\w &]*)")


def test_a_way_into_the_settings_names_one_of_its_tabs() -> None:
    """In the texts of both kinds: those of the app, and the documents (not where they speak of another program)."""
    page = ast.parse((ROOT / "pages" / "settings.py").read_text(encoding="utf-8"))
    words = next(
        node.value
        for node in ast.walk(page)
        if isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == ["labels"]
    )
    t = Translator("en")
    assert isinstance(words, ast.Dict)
    tabs = tuple(eval(ast.unparse(value), {"t": t}) for value in words.values)
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    texts = [*_source()[0], *(one.read_text(encoding="utf-8") for one in documents if "your-data" not in one.name)]
    named = {found for text in texts for found in INTO_SETTINGS.findall(text)}
    assert len(named) > 5
    assert [one for one in sorted(named) if not one.startswith(tabs)] == []


def test_a_label_has_the_colon_of_its_language() -> None:
    """``labelled`` knows it; an English colon behind a translated word stood in Chinese sentences."""
    by_hand = re.compile(r"\{(?:[^{}]*\bt(?:\.\w+)?\(|words\[)[^{}]*\}: ?(?=[\"'{\\\\])")
    found = [
        (path.name, line.strip())
        for path in SOURCES if path.name != "translator.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if by_hand.search(line)
    ]  # fmt: skip
    assert found == []


def test_a_range_below_zero_is_no_row_of_dashes() -> None:
    """-16.1–-10.2 is hard to read: where English writes "to" between two changes, Chinese writes 至."""
    catalogue = _catalogue("zh_Hans")
    signed = [catalogue.gettext(text) for text in _source()[0] if "interval %(low)s to %(high)s" in text]
    assert len(signed) > 3 and [text for text in signed if "%(low)s 至 %(high)s" not in text] == []
