"""One date cell at a time: the patterns of each reading and the calendar arithmetic, vectorised over a column."""

from __future__ import annotations

from functools import cached_property, lru_cache

import polars as pl

from funnel.intake.cells.month_names import ANY_MONTH, ANY_WEEKDAY, MONTHS

READINGS: tuple[str, ...] = (
    "ymd",
    "month_name",
    "dmy",
    "mdy",
    "ymd_short",
    "ym",
    "ymd_compact",
    "dmy_compact",
    "mdy_compact",
    "excel_serial",
    "epoch_s",
    "epoch_ms",
    "epoch_us",
)
_EPOCH_SCALES = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000}

# A column of numbers is only proposed as a date where it would mean these years; parsing accepts more.
_SERIAL_PROPOSED = (18264, 73050)  # 1950-01-01 .. 2099-12-31
_EPOCH_PROPOSED = (315_532_800, 4_102_444_800)  # 1980-01-01 .. 2100-01-01, seconds
_EPOCH_PARSED = (-2_208_988_800, 253_402_300_799)  # 1900-01-01 .. 9999-12-31
_SERIAL_PARSED = (1, 2_958_466)  # 1900-01-01 .. 9999-12-31
_COMPACT_YEARS = (1900, 2100)  # else every number of eight digits would be a date
_ERAS = {"民国": 1911, "民國": 1911, "令和": 2018, "平成": 1988}
"""What is added to the years of an era: the Republic in Taiwan, the reigns in Japan."""
_REPUBLIC_YEARS = (90, 199)  # of three digits: 2001 and later
FIRST_YEAR = 1000  # 0202-03-05 is a typing error
_LAST_SHORT_YEAR = 68  # two-digit years: 69 is 1969, 68 is 2068 (POSIX)

_MONTH = rf"({ANY_MONTH})\.?"
_WEEKDAY = rf"(?:(?:{ANY_WEEKDAY}|tues|wednes|thurs)\.?,?\s+(?:den\s+)?)?"
_OF = r"\s+(?:of|de|del|di)\s+"  # 15 de marzo de 2024
_ORDINAL = r"(?:st|nd|rd|th|er|[º°])?"
_DAY_SIGN = r"(?:星期|周|週|礼拜)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일"
# behind a date: 星期三, (水), (수), (Wed), Wed
_WEEKDAY_AFTER = (
    rf"(?:\s*(?:{_DAY_SIGN}|[(（\[]\s*(?:{_DAY_SIGN}|[一二三四五六日天月火水木金土월화수목금토일]|(?:{ANY_WEEKDAY})\.?)\s*"
    rf"[)）\]])|,?\s+(?:{ANY_WEEKDAY})\.?)?"
)
_ZONE = r"(z|utc|gmt|(?:utc|gmt)?[+-][0-9]{2}(?::?[0-9]{2})?)?(?:\s*\([^)]*\))?"
_CLOCK = (
    r"(上午|下午|午前|午後|오전|오후|凌晨|早上|中午|晚上|am|pm)?\s*([0-9]{1,2})\s*(?:[:时時点시h]\s*(?:([0-9]{1,2})\s*"
    r"(?:[:分분]\s*(?:([0-9]{1,2})(?:[.,]([0-9]{1,9})[0-9]*)?\s*[秒초]?)?)?)?)\s*([ap]\.?\s?m\.?|uhr)?\s*" + _ZONE
)
_TIME = r"(?:(?:\s*[t,]\s*|\s+|日)" + _CLOCK + r")?\s*$"
# "15 mars 2024 à 14:05", "15. März 2024 um 14:05"
_NAMED_TIME = r"(?:(?:\s*[t,]\s*|\s+)(?:(?:at|um|à|às|a las|alle(?: ore)?|kl\.?|klo|om|v|о|в)\s+)?" + _CLOCK + r")?\s*$"
_CN_TIME = r"(?:\s*[t,]?\s*" + _CLOCK + r")?\s*$"  # 日10:30 needs no blank between
_TIME_FIELDS = ("half", "hour", "minute", "second", "fraction", "half_after", "zone")

# name → (pattern, names of its groups): year, month, day as digits; sep and sep2 between them
_NUMERIC = (
    r"(?i)^" + _WEEKDAY + r"([0-9]{1,4})\s?([-/.])\s?([0-9]{1,2})\s?([-/.])\s?([0-9]{1,4})\.?" + _WEEKDAY_AFTER + _TIME,
    ("a", "sep", "b", "sep2", "c", *_TIME_FIELDS),
)
_CHINESE = (
    r"(?i)^(民[国國]|令和|平成)?\s*([0-9]{4}|[0-9]{2,3}|[0-9])\s*[年년]\s*([0-9]{1,2})\s*[月월]\s*([0-9]{1,2})\s*[日号일]?"
    + _WEEKDAY_AFTER
    + _CN_TIME,
    ("era", "year", "month", "day", *_TIME_FIELDS),
)
_NAMED = (
    (
        rf"(?i)^{_WEEKDAY}([0-9]{{1,2}}){_ORDINAL}(?:{_OF}|[-\s./]*){_MONTH}(?:{_OF}|[-\s./,]*)'?([0-9]{{4}}|[0-9]{{2}})"
        + r"(?:\s?[гр]\.)?" + _WEEKDAY_AFTER + _NAMED_TIME,
        ("day", "month", "year", *_TIME_FIELDS),
    ),
    (
        r"(?i)^" + _WEEKDAY + _MONTH + r"[-\s./]*([0-9]{1,2})" + _ORDINAL + r"[-\s./,]+'?([0-9]{4}|[0-9]{2})"
        + _WEEKDAY_AFTER + _NAMED_TIME,
        ("month", "day", "year", *_TIME_FIELDS),
    ),
    (
        r"(?i)^([0-9]{4})[-\s./]+" + _MONTH + r"[-\s./]+([0-9]{1,2})" + _WEEKDAY_AFTER + _NAMED_TIME,
        ("year", "month", "day", *_TIME_FIELDS),
    ),
)  # fmt: skip
_MONTH_ONLY = (
    (r"^([0-9]{4})\s?[-/.年년]\s?([0-9]{1,2})\s?[月월]?(?:份)?$", ("year", "month")),
    (r"^([0-9]{1,2})\s?[-/.]\s?([0-9]{4})$", ("month", "year")),
    (r"(?i)^" + _MONTH + rf"(?:{_OF}|[-\s./,]*)'?([0-9]{{4}})$", ("month", "year")),
    (r"(?i)^" + _MONTH + r"[-\s./,]+'?([0-9]{2})$", ("month", "year")),
)
_COMPACT = {
    "ymd_compact": (
        r"^([0-9]{4})([0-9]{2})([0-9]{2})(?:[tT ]?([0-9]{2}):?([0-9]{2}):?([0-9]{2})?(Z|z|[+-][0-9]{2}:?[0-9]{2})?)?$",
        ("year", "month", "day", "hour", "minute", "second", "zone"),
    ),
    "dmy_compact": (r"^([0-9]{2})([0-9]{2})([0-9]{4})$", ("day", "month", "year")),
    "mdy_compact": (r"^([0-9]{2})([0-9]{2})([0-9]{4})$", ("month", "day", "year")),
}
_NUMBER = r"^[0-9]{1,16}(?:\.[0-9]+)?$"
CUT_STAMP = r"^[0-9](?:[.,][0-9]{1,6})?[eE]\+?(?:0?9|12|15)$"
"""A time stamp whose digits a spreadsheet cut: 1.7E+12 may be any moment of three years."""
SPELLING = r"^[^0-9]{0,12}[0-9]{1,2}\s?([-/.])\s?[0-9]{1,2}\s?[-/.]\s?[0-9]{2,4}(?:$|[^0-9])"
"""Dates that may be day or month first; the separator tells two ways of writing in one column apart."""
ZONE_WRITTEN = r"(?i)[0-9](?:\.[0-9]+)?\s*(z|utc|gmt|(?:utc|gmt)?[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})(?:\s*\([^)]*\))?$"

_EXPRESSIONS = tuple(
    dict.fromkeys([_NUMERIC[0], _CHINESE[0], _NUMBER, *(one[0] for one in (*_NAMED, *_MONTH_ONLY, *_COMPACT.values()))])
)


class Matches:
    """A column of tidied cells and the groups of each pattern on it, found once however many readings ask for them."""

    def __init__(self, text: pl.Series) -> None:
        self.text = text
        self._found: dict[str, pl.DataFrame | None] = {}
        self._has: dict[str, bool] = {}

    def look_for_all(self) -> bool:
        """Find at once which patterns any cell matches, and whether there is one. Most columns match none, and a look
        at each costs as much.
        """
        column = pl.col("text").str
        found = pl.DataFrame({"text": self.text}).select(
            column.contains(expression).any().alias(expression) for expression in _EXPRESSIONS
        )
        self._has |= found.row(0, named=True)
        return any(self._has.values())

    def has(self, expression: str) -> bool:
        """Whether any cell matches a pattern."""
        if expression not in self._has:
            self._has[expression] = bool(self.text.str.contains(expression).any())
        return self._has[expression]

    @cached_property
    def numbers(self) -> pl.DataFrame | None:
        """``number``: the cells that are a number and nothing else; None where no cell is."""
        if not self.has(_NUMBER):
            return None
        is_number = pl.col("text").str.contains(_NUMBER)
        frame = pl.DataFrame({"text": self.text})
        return frame.select(number=pl.when(is_number).then(pl.col("text")).cast(pl.Float64, strict=False))

    def groups(self, pattern: tuple[str, tuple[str, ...]]) -> pl.DataFrame | None:
        """The named groups of ``pattern``, one row per cell (null without a match); None where no cell matches."""
        expression, group_names = pattern
        key = f"{expression} {group_names}"
        if key not in self._found:
            if self.has(expression):
                found = self.text.str.extract_groups(expression).struct.unnest()
                self._found[key] = found.rename(dict(zip(found.columns, group_names, strict=True)))
            else:
                self._found[key] = None
        return self._found[key]


def parse_cells(cells: Matches, key: str, time_zone: str | None, *, proposing: bool = False) -> pl.DataFrame:
    """``at`` and ``timed`` (a time of day is written) of tidied cells under one reading.

    ``proposing`` keeps to years that make a number a likely date; without it everything that can be read is. A key with
    a separator ("dmy@-") reads only the cells that use it.
    """
    key, _, separator = key.partition("@")
    if separator:
        parsed = parse_cells(cells, key, time_zone, proposing=proposing)
        uses = cells.groups((SPELLING, ("separator",)))
        if uses is None:
            return parsed.clear(parsed.height)
        here = (uses["separator"] == separator).fill_null(False)
        return parsed.select(pl.when(here).then(pl.col(name)).alias(name) for name in parsed.columns)
    if key == "excel_serial" or key in _EPOCH_SCALES:
        return _parse_number(cells, key, time_zone, proposing=proposing)
    parts = _parts(cells, key)
    if parts is None:
        return _nothing(cells.text.len())
    return _assemble(parts, time_zone, compact=key.endswith("_compact"))


@lru_cache(maxsize=16)
def _nothing(n: int) -> pl.DataFrame:
    """No date in ``n`` cells; wide files ask for it a thousand times."""
    return pl.DataFrame(schema={"at": pl.Datetime("us"), "timed": pl.Boolean}).clear(n)


def _parts(cells: Matches, key: str) -> pl.DataFrame | None:
    """year, month, day (text, null where the reading does not fit) and the fields of the time, per cell."""
    if key in _COMPACT:
        return cells.groups(_COMPACT[key])
    if key == "ym":
        return _overlay([cells.groups(pattern) for pattern in _MONTH_ONLY])
    if key == "month_name":
        return _overlay([cells.groups(pattern) for pattern in _NAMED])
    order = {"ymd": "abc", "ymd_short": "abc", "dmy": "cba", "mdy": "cab"}[key]
    numeric = cells.groups(_NUMERIC)
    if numeric is not None:
        year, month, day = (pl.col(name) for name in order)
        n_year = year.str.len_chars()
        if key == "ymd":  # three digits: years of the Republic in Taiwan, 115/03/05
            fits = (n_year == 4) | (n_year == 3)
        elif key == "ymd_short":
            fits = (n_year == 2) & (pl.col("c").str.len_chars() <= 2)
        else:
            fits = ((n_year == 4) | (n_year == 2)) & (pl.col("a").str.len_chars() <= 2)
        fits = fits & (pl.col("sep") == pl.col("sep2"))
        numeric = numeric.select(
            pl.when(fits).then(year).alias("year"),
            pl.when(fits).then(month).alias("month"),
            pl.when(fits).then(day).alias("day"),
            *_TIME_FIELDS,
        )
        if numeric["year"].null_count() == numeric.height:
            numeric = None
    return _overlay([numeric, cells.groups(_CHINESE) if key == "ymd" else None])


def _overlay(found: list[pl.DataFrame | None]) -> pl.DataFrame | None:
    """One frame of parts out of several patterns: per cell the first pattern that gave a year."""
    frames = [frame for frame in found if frame is not None]
    if not frames:
        return None
    names = max((frame.columns for frame in frames), key=len)
    merged = frames[0]
    for frame in frames[1:]:
        empty = merged["year"].is_null()
        merged = pl.DataFrame(
            {
                name: pl.select(pl.when(empty).then(_column(frame, name)).otherwise(_column(merged, name))).to_series()
                for name in names
            }
        )
    return merged


def _column(frame: pl.DataFrame, name: str) -> pl.Series:
    return frame[name] if name in frame.columns else pl.Series([None] * frame.height, dtype=pl.String)


def _assemble(parts: pl.DataFrame, time_zone: str | None, *, compact: bool) -> pl.DataFrame:
    """``at`` and ``timed`` out of textual parts; null where they are no date of the calendar (30 February)."""
    missing = [name for name in ("day", "era", *_TIME_FIELDS) if name not in parts.columns]
    parts = parts.with_columns(
        pl.lit("1" if name == "day" else None, dtype=pl.String).alias(name) for name in missing
    ).with_columns(pl.col("half").fill_null(pl.col("half_after")).str.to_lowercase().str.replace_all(r"[.\s]", ""))
    written = pl.col("year").cast(pl.Int32, strict=False)
    two_digits = pl.col("year").str.len_chars() <= 2
    era = pl.col("era").replace_strict(_ERAS, default=None, return_dtype=pl.Int32)
    of_republic = written.is_between(*_REPUBLIC_YEARS) & (pl.col("year").str.len_chars() == 3)
    year = (
        pl.when(era.is_not_null())
        .then(written + era)
        .when(of_republic)
        .then(written + _ERAS["民国"])
        .when(two_digits)
        .then(written + pl.when(written <= _LAST_SHORT_YEAR).then(2000).otherwise(1900))
        .otherwise(written)
    )
    month = pl.coalesce(
        pl.col("month").cast(pl.Int32, strict=False),
        pl.col("month").str.to_lowercase().replace_strict(MONTHS, default=None, return_dtype=pl.Int32),
    )
    hour = pl.col("hour").cast(pl.Int32, strict=False)
    afternoon = pl.col("half").is_in(["pm", "下午", "晚上", "午後", "오후"]) | (
        (pl.col("half") == "中午") & (hour < 11)
    )
    hour24 = (
        pl.when(afternoon & (hour < 12)).then(hour + 12)
        .when(pl.col("half").is_in(["am", "上午", "凌晨", "早上", "午前", "오전"]) & (hour == 12)).then(0)
        .otherwise(hour)
    )  # fmt: skip
    zone = pl.col("zone").str.to_lowercase().str.replace(r"^(?:utc|gmt)", "")
    past_hour = zone.str.extract(r"^[+-][0-9]{2}:?([0-9]{2})$").cast(pl.Int32).fill_null(0)
    minutes = zone.str.slice(1, 2).cast(pl.Int32, strict=False) * 60 + past_hour
    east = pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes)
    offset = pl.when(zone.is_in(["z", ""])).then(0).otherwise(east)
    numbers = parts.select(
        year=year,
        digits=pl.when(era.is_null()).then(pl.col("year").str.len_chars()).otherwise(4),  # 1年2月3日 is a duration
        month=month,
        day=pl.col("day").cast(pl.Int32, strict=False),
        timed=hour.is_not_null(),
        hour=hour24.fill_null(0),
        minute=pl.col("minute").cast(pl.Int32, strict=False).fill_null(0),
        second=pl.col("second").cast(pl.Int32, strict=False).fill_null(0),
        micros=pl.col("fraction").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int32, strict=False).fill_null(0),
        offset=offset,
    )
    leap = (pl.col("year") % 4 == 0) & ((pl.col("year") % 100 != 0) | (pl.col("year") % 400 == 0))
    month_days = (
        pl.when(pl.col("month") == 2).then(28 + leap.cast(pl.Int32))
        .when(pl.col("month").is_in([4, 6, 9, 11])).then(30)
        .otherwise(31)
    )  # fmt: skip
    first, last = _COMPACT_YEARS if compact else (FIRST_YEAR, 9999)
    valid = (
        (pl.col("year").is_between(first, last) & (pl.col("digits") > 1))
        & pl.col("month").is_between(1, 12)
        & pl.col("day").is_between(1, month_days)
        & (pl.col("hour") < 24)
        & (pl.col("minute") < 60)
        & (pl.col("second") < 61)
    ).fill_null(False)

    def when_valid(name: str, otherwise: int) -> pl.Expr:
        return pl.when(valid).then(pl.col(name)).otherwise(otherwise)

    day = pl.date(when_valid("year", 2000), when_valid("month", 1), when_valid("day", 1)).cast(pl.Datetime("us"))
    clock = pl.duration(
        hours=when_valid("hour", 0), minutes=when_valid("minute", 0), seconds=when_valid("second", 0),
        microseconds=when_valid("micros", 0), time_unit="us",
    )  # fmt: skip
    at = day + clock
    if time_zone is not None:
        utc = at - pl.duration(minutes=pl.col("offset").fill_null(0), time_unit="us")
        local = _to_zone(utc, time_zone)
        # 9999-12-31 means "never": left as written where the zone would push it over the end of the calendar
        at = pl.when(pl.col("offset").is_null() | (local.dt.year() > 9999)).then(at).otherwise(local)
    return numbers.select(at=pl.when(valid).then(at), timed=pl.when(valid).then(pl.col("timed")))


def _parse_number(cells: Matches, key: str, time_zone: str | None, *, proposing: bool) -> pl.DataFrame:
    """Numbers read as dates: Excel's serial days (1900 system), seconds and their parts since 1970 in UTC."""
    frame = cells.numbers
    if frame is None:
        return _nothing(cells.text.len())
    value = pl.col("number")
    if key == "excel_serial":
        low, high = _SERIAL_PROPOSED if proposing else _SERIAL_PARSED
        valid = value.is_between(low, high, closed="left") & ~value.is_between(60, 61, closed="left")  # no 1900-02-29
        # before the day that never was, serial 1 is 1900-01-01
        days = pl.when(value < 60).then(value + 1).otherwise(value)
        micros = (days * 86_400_000).round().cast(pl.Int64, strict=False) * 1000
        at = pl.datetime(1899, 12, 30, time_unit="us") + pl.duration(microseconds=micros, time_unit="us")
        timed = value != value.floor()
    else:
        scale = _EPOCH_SCALES[key]
        low, high = _EPOCH_PROPOSED if proposing else _EPOCH_PARSED
        valid = value.is_between(low * scale, high * scale)
        micros = (value * (1_000_000 // scale)).cast(pl.Int64, strict=False)
        at = micros.cast(pl.Datetime("us"))
        if time_zone is not None:
            local = _to_zone(at, time_zone)
            at = pl.when(local.dt.year() > 9999).then(at).otherwise(local)
        timed = pl.lit(True)
    return frame.select(at=pl.when(valid).then(at), timed=pl.when(valid).then(timed))


def _to_zone(utc: pl.Expr, time_zone: str) -> pl.Expr:
    return utc.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
