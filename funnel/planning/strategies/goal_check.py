"""Is a goal executable? The guide (K3): "raise conversion" is not a goal, "5 precise new leads a day" is.

A text passes with a number, the unit of that number and a period. The check reads English and Chinese, also mixed in
one text. A time limit such as "within 24 hours" is an amount and a period in one. Otherwise what says *when* is taken
out first (so that the 3 of "in 3 months" is no amount), and in what is left a number must stand with its unit.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from funnel.errors import Message


@dataclass(frozen=True, slots=True)
class GoalCheck:
    """What was found in a goal, in its own words (null: not found), and what is missing.

    ``problems`` are messages ``goal.*``; none means executable.
    """

    number: str | None
    unit: str | None
    period: str | None
    problems: tuple[Message, ...]

    @property
    def is_executable(self) -> bool:
        return not self.problems


def check_goal(text: str) -> GoalCheck:
    """Check the words of a goal for a number, a unit and a period."""
    plain = unicodedata.normalize("NFKC", text).lower().strip()
    if not plain:
        return GoalCheck(None, None, None, (Message("goal.empty"),))
    limit = _time_limit(plain)
    if limit:
        return GoalCheck(*limit, ())
    rest, period = _take_out_periods(plain)
    number, unit = _amount(rest)
    problems = []
    if number is None:
        problems.append(Message("goal.no_number"))
    elif unit is None:
        problems.append(Message("goal.no_unit", {"given": number}))
    if period is None:
        problems.append(Message("goal.no_period"))
    return GoalCheck(number, unit, period, tuple(problems))


def check_commitment(text: str, *, owner: str, due_on: date | None, stage: str) -> tuple[Message, ...]:
    """What a strategy still needs to be executable: its goal (``check_goal``), an owner, a deadline, a stage."""
    missing = list(check_goal(text).problems)
    if not owner.strip():
        missing.append(Message("goal.no_owner"))
    if due_on is None:
        missing.append(Message("goal.no_due"))
    if not stage.strip():
        missing.append(Message("goal.no_stage"))
    return tuple(missing)


# --- numbers ---

_CN = "一二两三四五六七八九十百千万半"
_EN_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    "nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|a dozen|half a dozen|dozen"
)
# A digit glued to a letter or another digit group is a name or a date (B2B, 24/7, 4S店, 9:30), and 第3 an ordinal.
_DIGITS = r"(?<![a-z\d./:第#-])[+]?\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?|(?<![a-z\d./:第#])[+-]?\d+(?:\.\d+)?(?![\d:/]|\.\d)"
_EN_NUMBER = rf"(?:{_DIGITS}|\b(?:{_EN_NUMBERS})\b)"

# --- when ---

_EN_UNIT = r"(?:day|week|wk|month|quarter|year|hour|weekday|fortnight|morning|evening)"
_EN_COUNT = r"(?:\d+|one|two|three|four|five|six|eight|ten|twelve|few|couple of)"
_EN_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_EN_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_EN_SPAN = r"(?:working |business |calendar )?(?:days?|weeks?|months?|quarters?|years?)"
_CN_COUNT = rf"(?:\d+|[{_CN}])"
_PERIODS = [
    # English: how often
    rf"\b(?:a|an|per|each|every)\s+(?:(?:working|business|calendar|single|other|second)\s+)?{_EN_UNIT}\b",
    rf"\bper\s+[a-z]+\s+and\s+{_EN_UNIT}\b",
    rf"\b(?:each|every|on)\s+{_EN_WEEKDAY}s?\b",
    rf"\bevery\s+{_EN_COUNT}\s+{_EN_SPAN}",
    rf"(?<=[\w% ])/\s?(?:{_EN_UNIT}|d|w|m|mo)\b",
    r"\b(?:daily|weekly|monthly|quarterly|yearly|annually|annual|hourly|fortnightly|biweekly)\b",
    r"\b(?:month[- ]over[- ]month|week[- ]over[- ]week|year[- ]over[- ]year|mom|wow|yoy)\b",
    # English: by when
    r"\b(?:this|next|last|the coming|coming|current|previous)\s+(?:working\s+)?"
    r"(?:week|month|quarter|half[- ]?year|year)\b|\bsame\s+day\b",
    rf"\b(?:in|within|over|for|during|after|inside)\s+(?:the\s+)?(?:next\s+|coming\s+|first\s+)?{_EN_COUNT}\s+{_EN_SPAN}",
    rf"\b(?:in\s+)?(?:the\s+)?next\s+{_EN_COUNT}\s+{_EN_SPAN}",
    rf"\b(?:by|before|until|till|in|during|from|since|of)\s+(?:the\s+)?(?:end\s+of\s+|mid[- ]|early\s+|late\s+)?"
    rf"{_EN_MONTH}\b"
    r"(?:\s+\d{1,2}(?:st|nd|rd|th)?\b)?(?:,?\s+\d{4})?",
    rf"\b(?:by\s+|before\s+|until\s+|on\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_EN_MONTH}\b(?:,?\s+\d{{4}})?",
    rf"\b(?:by|before|until|till)\s+(?:next\s+|this\s+)?(?:{_EN_WEEKDAY}|tomorrow|tonight)\b",
    r"\b(?:by|before|until|at)\s+(?:the\s+)?(?:end\s+of\s+(?:the\s+|this\s+|next\s+)?)(?:week|month|quarter|year)\b",
    r"\b(?:by\s+)?(?:month|quarter|year|week)[- ]?end\b",
    r"\b(?:in\s+)?q[1-4]\b(?:\s*(?:of\s+)?\d{4})?",
    r"\bh[12]\b(?:\s*\d{4})?",
    # both: a written date or a year
    r"\b(?:by\s+|before\s+|until\s+)?\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?\b",
    r"\b(?:in|by|before)\s+20\d\d\b",
    # Chinese: how often
    rf"每隔?{_CN_COUNT}?个?(?:工作日|自然月|季度|星期|礼拜|半年|半月|小时|天|日|周|月|季|年|旬)[一二三四五六日天]?",
    r"每(?:个?半(?:个)?(?:月|年)|逢周[一二三四五六日天]|早|晚)",
    r"(?:日|周|月|季|年)均|按(?:天|日|周|月|季度|年)|(?:月|季|年|周)度|天天|隔天|环比|同比",
    r"/(?:天|日|周|月|季度?|年)",
    r"(?<!第)一(?:天|周|星期|个?月|个?季度|年)(?!内|之内|以内|后)",
    # Chinese: by when
    r"(?:本|这个?|上个?|下个?|当|次|首)(?:周|星期|月|季度?|年度?)(?:内|底|末|前)?(?:[一二三四五六日]前?)?",
    r"(?:今|明|后|去)年(?:底|内|初)?|(?:年|季|月|周)(?:内|底前?|末前?)|(?:上|下)半年|今天|明天|本日|当天|当日",
    rf"{_CN_COUNT}+个?(?:工作日|季度|星期|小时|天|日|周|月|年)(?:之内|以内|内|里|后|之后)",
    rf"(?:未来|接下来|今后|在|用|连续|持续|为期|近|头|前|首)\s*{_CN_COUNT}+\s*个?(?:工作日|季度|星期|天|周|月|年)",
    r"第\s*[一二三四五六七八九十\d]+\s*个?(?:季度|周|月)|[一二三四1-4]季度",
    r"(?:\d{4}年)?(?:\d{1,2}|十[一二]?|[一二三四五六七八九])月(?:\d{1,2}[日号]|份|底|末|初|[上中下]旬)?(?:之?前|以前|内)?",
    r"\d{4}年(?:底|内|前)?|\d{1,2}[日号](?:之?前|以前)?",
    r"(?:周|星期)[一二三四五六日天](?:之?前|以前)?|(?:春节|国庆|五一|元旦|中秋|双十一)(?:之?前|期间)?",
]
_PERIOD = re.compile("|".join(f"(?:{pattern})" for pattern in _PERIODS))
_CUT = " ¦ "
"""Stands where a period was taken out: no number reads across it."""

# --- how long at most ---

_LIMIT = re.compile(
    r"(?:within|in|under|less than|no later than|at most|max(?:imum)? of|inside)\s+"
    r"(?P<n>\d+(?:\.\d+)?|one|two|three|four)\s*"
    r"(?P<unit>minutes?|mins?|hours?|hrs?|h|(?:working |business )?days?)\b"
    r"|(?P<n2>\d+(?:\.\d+)?|[一二两三四五六七八九十半]+)\s*(?P<unit2>分钟|个?小时|个?工作日|天)(?:之内|以内|内)"
    r"|不超过\s*(?P<n3>\d+(?:\.\d+)?|[一二两三四五六七八九十半]+)\s*(?P<unit3>分钟|个?小时|个?工作日|天)"
)
_LONG_DAYS = 10
"""A limit of more days than this is a deadline of the whole goal, not of each piece of work."""
_VAGUE = re.compile(
    r"\b(?:improv|rais|increas|boost|enhanc|grow|optimi[sz]|strengthen|better|lift|accelerat|understand|become|learn)\w*\b"
    r"|提升|提高|优化|加强|改善|增加|增强|加快|促进|推进|强化|深化|完善|了解|努力|做好|做大|做强|争取|扩大"
)


_NAMED = re.compile(
    r"\b(?:number|no\.?|phase|step|stage|version|level|tier|top|priority|part)\s+(?:\d+|one|two|three)\b|\d+(?=[a-z]*店)"
)
"""Numbers that are names: "number one", "phase 2", 4S店."""


def _time_limit(plain: str) -> tuple[str, str, str] | None:
    """Number, unit and wording of "within 24 hours": each piece of work is due in it. Judged clause by clause."""
    for clause in re.split(r"[,;。、:]\s*(?!\d)", plain):
        found = _LIMIT.search(clause)
        if not found:
            continue
        number = found["n"] or found["n2"] or found["n3"]
        unit = found["unit"] or found["unit2"] or found["unit3"]
        in_days = unit.endswith(("day", "days", "天", "工作日"))
        is_long = in_days and number.replace(".", "").isdigit() and float(number) > _LONG_DAYS
        action = re.sub(r"[\W\d_]", "", clause[: found.start()] + clause[found.end() :])
        if action and not is_long and not _VAGUE.search(clause):
            return number, unit, found[0]
    return None


def _take_out_periods(plain: str) -> tuple[str, str | None]:
    found = _PERIOD.search(plain)
    return _NAMED.sub(_CUT, _PERIOD.sub(_CUT, plain)), found[0].strip() if found else None


# --- how much of what ---

_CN_UNITS = (
    r"个百分点|个?点(?!子|评|击|赞|亮)|百分点|%|万元|千元|元|块钱?|个?工作日|个?小时|分钟|天|个月|周|人次|人天|场次|"
    r"条(?!龙|件|款)|个(?!人|性|别|更)|次(?!性|要|日|月|周)|家(?!人)|位|名(?!单|片|列)|场(?!景)|篇|单|笔|份|人(?!才|力|员)|"
    r"通|户|组(?!织)|轮|件|套|台|封|支|期|节|堂|款|遍|批|箱|吨|趟|页|张|成(?!交|功|本|效|果|员|立|为|长|熟)|倍"
)
_CN_NOUNS = r"线索|客户|商机|电话|订单|意向|合同|方案|样品|视频|名片|问卷|老客户|新客户|拜访|访谈"
_CN_AMOUNT = re.compile(
    rf"(?P<n>{_DIGITS})\s*(?P<times>[万千百]?)\s*(?:多|余|来)?\s*(?P<unit>{_CN_UNITS}|{_CN_NOUNS})"
    rf"|(?<![第每周{_CN}\d])(?P<cn>[{_CN}]+)(?:多|余|来)?(?P<cn_unit>{_CN_UNITS})"
    r"|(?P<part>百分之)(?P<of>[一二两三四五六七八九十百\d]+)"
    r"|(?P<fold>翻(?:倍|番|[一两]番)|加倍|减半|一半)"
)
_EN_PERCENT = re.compile(
    rf"(?P<n>{_EN_NUMBER})\s*[- ]?\s*(?P<unit>%|per ?cent|percentage points?|points?|pts?|pp)(?![a-z])"
)
_EN_MONEY = re.compile(
    rf"(?P<sign>[¥$€£])\s*(?P<n>{_DIGITS})\s*(?:k|m|million)?\b"
    rf"|(?P<n2>{_DIGITS})\s*(?:k|m|million|thousand)?\s*(?P<unit>yuan|rmb|cny|usd|eur|dollars?|euros?)\b"
)
_EN_FOLD = re.compile(r"\b(?P<fold>double|triple|halve|twice|once|thrice|\d+(?:\.\d+)?x)\b")
_EN_NUMBERED = re.compile(rf"(?P<n>{_EN_NUMBER})(?P<tail>(?:k)?[\s-]+[a-z][a-z' /-]*)")
_EN_STOP_WORDS = """
a an per each every in by on for to from with this next at as than and or the within before until over more
better higher ones via if when who that
"""
_EN_THING_WORDS = """
account answer appointment article audit booking brochure call call-back callback case channel client comment
company complaint contact contract conversation customer day deal decision-maker demo demonstration discovery
email enquiry event feedback follow-up form hour inquiry interview intro introduction invitation invoice lead
letter mail meeting message minute negotiation newsletter offer opportunity order pain-point participant
partner people person phone piece pilot pitch post product project proposal prospect publication questionnaire
quotation quote recommendation referral reminder renewal repeat reply report request response retrospective
review round salon sample screening seminar session shop signature sms step store story survey talk task test
testimonial time touch touchpoint training trial unit upsell video visit visitor webinar week win workshop
"""
_EN_STOP, _EN_THINGS = frozenset(_EN_STOP_WORDS.split()), frozenset(_EN_THING_WORDS.split())
_NO_PLURAL = ("ss", "us", "is", "ous", "ics")


def _amount(rest: str) -> tuple[str | None, str | None]:
    """The first number that stands with a unit; else a bare number without one; else nothing."""
    for pattern in (_EN_PERCENT, _EN_MONEY, _CN_AMOUNT, _EN_FOLD):
        found = pattern.search(rest)
        if found:
            groups = found.groupdict()
            number = next(
                groups[name] for name in ("n", "n2", "cn", "of", "fold") if name in groups and groups[name] is not None
            )
            unit = next(
                (groups[name] for name in ("unit", "cn_unit", "sign", "part") if groups.get(name)),
                number,
            )
            return number.strip() + (groups.get("times") or ""), unit
    for found in _EN_NUMBERED.finditer(rest):
        thing = _thing(found["tail"])
        if thing:
            return found["n"].strip(), thing
    bare = re.search(_DIGITS, rest) or re.search(rf"\b(?:{_EN_NUMBERS})\b", rest)
    return (bare[0].strip(), None) if bare else (None, None)


def _thing(tail: str) -> str | None:
    """The countable thing among the words right after a number, with the words before it: "precise new leads"."""
    words: list[str] = []
    for word in re.findall(r"[a-z][a-z'-]*", tail)[:6]:
        if word in _EN_STOP and words != []:
            return None
        if word in _EN_STOP:
            break
        words.append(word)
        singular = word.removesuffix("s")
        is_plural = len(word) > 3 and word.endswith("s") and not word.endswith(_NO_PLURAL)
        if word in _EN_THINGS or singular in _EN_THINGS or is_plural:
            return " ".join(words)
    return None
