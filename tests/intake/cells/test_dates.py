"""Dates: every written form against the date it means, conventions judged per column, zones and the calendar's ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from funnel.errors import InputError
from funnel.intake.cells.date_patterns import READINGS
from funnel.intake.cells.dates import DateInference, infer_dates, parse_dates, zones_of
from funnel.intake.cells.month_names import LANGUAGES, MONTHS
from tests.examples import examples


def column(*values: str | None) -> pl.Series:
    return pl.Series("d", values, dtype=pl.String)


def infer(*values: str | None) -> DateInference:
    return infer_dates(column(*values))


def parse(reading: str, *values: str | None, time_zone: str | None = None) -> list[datetime | None]:
    return parse_dates(column(*values), reading, time_zone)["at"].to_list()


# --- one form after the other: the text, its reading, the moment it means, whether it carries a time -----------------

FORMS = [
    ("2024-03-05", "ymd", datetime(2024, 3, 5), False),
    ("2024/3/5", "ymd", datetime(2024, 3, 5), False),
    ("2024.03.05", "ymd", datetime(2024, 3, 5), False),
    ("2024-03-05 14:05", "ymd", datetime(2024, 3, 5, 14, 5), True),
    ("2024-03-05T14:05:06", "ymd", datetime(2024, 3, 5, 14, 5, 6), True),
    ("2024-03-05 14:05:06.789", "ymd", datetime(2024, 3, 5, 14, 5, 6, 789000), True),
    ("2024-03-05T14:05:06.123456Z", "ymd", datetime(2024, 3, 5, 14, 5, 6, 123456), True),
    ("2024-03-05T14:05:06.1234567+08:00", "ymd", datetime(2024, 3, 5, 14, 5, 6, 123456), True),
    ("2024-03-05 14:05:06 +0800", "ymd", datetime(2024, 3, 5, 14, 5, 6), True),
    ("2024-03-05 2:05 PM", "ymd", datetime(2024, 3, 5, 14, 5), True),
    ("2024年3月5日", "ymd", datetime(2024, 3, 5), False),
    ("2024年03月05日 10时30分", "ymd", datetime(2024, 3, 5, 10, 30), True),
    ("2024年3月5日10:30", "ymd", datetime(2024, 3, 5, 10, 30), True),
    ("2024年3月5日 10时30分15秒", "ymd", datetime(2024, 3, 5, 10, 30, 15), True),
    ("2024年3月5日 星期二 下午3:05", "ymd", datetime(2024, 3, 5, 15, 5), True),
    ("2024/3/5(火)", "ymd", datetime(2024, 3, 5), False),
    ("2024年3月5日(火) 10:30", "ymd", datetime(2024, 3, 5, 10, 30), True),
    ("2024年3月5日火曜日", "ymd", datetime(2024, 3, 5), False),
    ("2024. 3. 5. (화)", "ymd", datetime(2024, 3, 5), False),
    ("2024년 3월 5일 화요일", "ymd", datetime(2024, 3, 5), False),
    ("2024/3/5 週二", "ymd", datetime(2024, 3, 5), False),
    ("2024-03-05（二）", "ymd", datetime(2024, 3, 5), False),
    ("2024-03-05 (Tue) 14:05", "ymd", datetime(2024, 3, 5, 14, 5), True),
    ("2024-03-05 Tue", "ymd", datetime(2024, 3, 5), False),
    ("5 Mar 2024, Tuesday", "month_name", datetime(2024, 3, 5), False),
    ("113/03/05", "ymd", datetime(2024, 3, 5), False),
    ("113.3.5", "ymd", datetime(2024, 3, 5), False),
    ("民國113年3月5日", "ymd", datetime(2024, 3, 5), False),
    ("113年3月5日", "ymd", datetime(2024, 3, 5), False),
    ("令和6年3月5日(火)", "ymd", datetime(2024, 3, 5), False),
    ("平成31年4月30日", "ymd", datetime(2019, 4, 30), False),
    ("2024-03-05 上午12:05", "ymd", datetime(2024, 3, 5, 0, 5), True),
    ("２０２４－０３－０５", "ymd", datetime(2024, 3, 5), False),
    ("15 Apr, 2021 00:02:00", "month_name", datetime(2021, 4, 15, 0, 2), True),
    ("15 April 2021", "month_name", datetime(2021, 4, 15), False),
    ("April 15, 2021", "month_name", datetime(2021, 4, 15), False),
    ("Apr 15 2021 3:04 pm", "month_name", datetime(2021, 4, 15, 15, 4), True),
    ("15-Apr-21", "month_name", datetime(2021, 4, 15), False),
    ("Sept 3rd, 2021", "month_name", datetime(2021, 9, 3), False),
    ("2021-Apr-15", "month_name", datetime(2021, 4, 15), False),
    ("Thu, 15 Apr 2021 10:00:00 +0000", "month_name", datetime(2021, 4, 15, 10), True),
    ("15. März 2024", "month_name", datetime(2024, 3, 15), False),
    ("Fr., 15. Mrz. 2024 um 14:05 Uhr", "month_name", datetime(2024, 3, 15, 14, 5), True),
    ("15-Dez-24", "month_name", datetime(2024, 12, 15), False),
    ("1er août 2024", "month_name", datetime(2024, 8, 1), False),
    ("vendredi 15 FÉVR. 2024 à 14h05", "month_name", datetime(2024, 2, 15, 14, 5), True),
    ("15 fevrier 2024", "month_name", datetime(2024, 2, 15), False),
    ("15 de marzo de 2024", "month_name", datetime(2024, 3, 15), False),
    ("15/ene/2024 2:05 p. m.", "month_name", datetime(2024, 1, 15, 14, 5), True),
    ("15 de março de 2024 às 14:05", "month_name", datetime(2024, 3, 15, 14, 5), True),
    ("15/out/2024", "month_name", datetime(2024, 10, 15), False),
    ("lunedì 15 gennaio 2024", "month_name", datetime(2024, 1, 15), False),
    ("15-lug-24", "month_name", datetime(2024, 7, 15), False),
    ("Oktober 2024", "ym", datetime(2024, 10, 1), False),
    ("marzo de 2024", "ym", datetime(2024, 3, 1), False),
    ("15.04.2021 13:45", "dmy", datetime(2021, 4, 15, 13, 45), True),
    ("31.4.21 08:00", "ymd_short", datetime(2031, 4, 21, 8), True),
    ("15/04/2021", "dmy", datetime(2021, 4, 15), False),
    ("15-04-2021 13:45:10", "dmy", datetime(2021, 4, 15, 13, 45, 10), True),
    ("4/15/2021 1:45", "mdy", datetime(2021, 4, 15, 1, 45), True),
    ("4/15/2021 1:45 PM", "mdy", datetime(2021, 4, 15, 13, 45), True),
    ("4/15/2021 12:45 AM", "mdy", datetime(2021, 4, 15, 0, 45), True),
    ("02/23/26 08:55 PM", "mdy", datetime(2026, 2, 23, 20, 55), True),
    ("2024-03", "ym", datetime(2024, 3, 1), False),
    ("2024年3月", "ym", datetime(2024, 3, 1), False),
    ("03/2024", "ym", datetime(2024, 3, 1), False),
    ("March 2024", "ym", datetime(2024, 3, 1), False),
    ("20240305", "ymd_compact", datetime(2024, 3, 5), False),
    ("20240305T140506", "ymd_compact", datetime(2024, 3, 5, 14, 5, 6), True),
    ("20240305140506", "ymd_compact", datetime(2024, 3, 5, 14, 5, 6), True),
    ("45356", "excel_serial", datetime(2024, 3, 5), False),
    ("45356.4375", "excel_serial", datetime(2024, 3, 5, 10, 30), True),
    ("1709610000", "epoch_s", datetime(2024, 3, 5, 3, 40), True),
    ("1709610000000", "epoch_ms", datetime(2024, 3, 5, 3, 40), True),
]


@pytest.mark.parametrize(("text", "reading", "at", "has_time"), FORMS)
def test_a_form_is_recognised_and_read(text: str, reading: str, at: datetime, has_time: bool) -> None:
    found = infer(text, None, " ")
    assert (found.candidates, found.mixed, found.n_values, found.n_unreadable) == ((reading,), False, 1, 0)
    assert parse_dates(column(text, None), reading).rows() == [(at, has_time, True), (None, None, True)]


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "31/04/2024",
        "2024-13-01",
        "hello",
        "12",
        "3.5",
        "2024-03-05 25:00",
        "0024-03-05",
        "1/2",
        "13/2024/1",
    ],
)
def test_what_is_no_date_is_unreadable(text: str) -> None:
    found = infer(text)
    assert (found.candidates, found.mixed, found.n_unreadable, found.examples) == ((), False, 1, (text,))
    for reading in ("ymd", "dmy", "mdy", "month_name", "ym", "ymd_compact", "excel_serial+ymd"):
        if not (reading.startswith("excel") and text in ("12", "3.5")):
            assert parse_dates(column(text), reading).rows() == [(None, None, False)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", ["medium", "long", "full"])
def test_dates_as_a_country_writes_them_are_read(language: str, width: str) -> None:
    """Every day of a leap year in the forms that the locale data of that language prescribe."""
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(366)]
    texts = [format_date(day, width, locale=language) for day in days]
    if not any(char.isalpha() for char in texts[0]):
        return  # German and Portuguese write the medium form in digits
    assert infer_dates(column(*texts)).candidates == ("month_name",)
    assert parse("month_name", *texts) == [datetime(day.year, day.month, day.day) for day in days]


def test_no_name_means_two_months() -> None:
    """Each language's own names, read one by one, give its own months."""
    for language in LANGUAGES:
        for number in range(1, 13):
            for form in ("MMM", "MMMM", "LLL", "LLLL"):
                name = format_date(date(2024, number, 1), form, locale=language)
                assert MONTHS[name.lower().rstrip(".")] == number, (language, name)


@pytest.mark.parametrize("text", ["5 mardi 2024", "15 Montag 2024", "Martin 15 2024", "15 mayor 2024", "3 of 2024"])
def test_words_that_begin_like_months_are_none(text: str) -> None:
    assert parse("month_name", text) == [None]


def test_placeholders_are_blank() -> None:
    found = infer("2024-03-05", "-", "N/A", "0000-00-00", "无", "", None)
    assert (found.candidates, found.n_values, found.n_unreadable) == (("ymd",), 1, 0)
    assert parse_dates(column("-", "n/a"), "ymd").rows() == [(None, None, True)] * 2


# --- the convention of a column -------------------------------------------------------------------------------------


def test_one_value_decides_for_the_column() -> None:
    assert infer("03/05/2024", "04/06/2024").candidates == ("dmy", "mdy")
    assert infer("03/05/2024", "04/06/2024", "13/06/2024").candidates == ("dmy",)
    assert infer("03/05/2024", "04/06/2024", "06/13/2024").candidates == ("mdy",)


def test_readings_that_agree_everywhere_are_no_question() -> None:
    assert infer("05/05/2024", "06/06/2024").candidates == ("dmy",)


def test_dots_mean_day_first_where_that_fits() -> None:
    assert infer("03.05.2024", "04.06.2024").candidates == ("dmy",)
    assert infer("03.25.2024", "04.06.2024").candidates == ("mdy",)


def test_two_conventions_in_one_column_are_mixed_with_counts() -> None:
    found = infer("13/05/2024", "05/13/2024", "05/14/2024", "03/04/2024")
    assert (found.candidates, found.mixed, dict(found.fits)) == ((), True, {"dmy": 2, "mdy": 3})
    assert set(found.combinations) == {"dmy+mdy", "mdy+dmy"}
    assert parse("dmy+mdy", "03/04/2024", "05/13/2024") == [datetime(2024, 4, 3), datetime(2024, 5, 13)]
    assert parse("mdy+dmy", "03/04/2024", "13/05/2024") == [datetime(2024, 3, 4), datetime(2024, 5, 13)]


def test_iso_and_excel_numbers_in_one_column_are_mixed() -> None:
    found = infer("2024-03-05", "45356", "2024-03-06")
    assert found.mixed and dict(found.fits) == {"ymd": 2, "excel_serial": 1}
    assert found.combinations == ("ymd+excel_serial",)
    assert parse("ymd+excel_serial", "2024-03-05", "45356", "12") == [datetime(2024, 3, 5), datetime(2024, 3, 5), None]


def test_three_conventions_in_one_column_have_one_answer() -> None:
    found = infer("2024-03-05", "45356", "15 Apr 2021")
    assert found.mixed and found.combinations == ("ymd+month_name+excel_serial",)


def test_unreadable_values_do_not_hide_the_convention() -> None:
    found = infer(*["2024-03-05"] * 9, "next week")
    assert (found.candidates, found.n_unreadable, found.share_parsed, found.examples) == (
        ("ymd",),
        1,
        0.9,
        ("next week",),
    )


def test_two_digit_years_are_told_by_which_part_stays_put() -> None:
    days = [date(2024, 1, 1) + timedelta(days=17 * i) for i in range(30)]
    assert infer(*(f"{d:%y/%m/%d}" for d in days)).candidates == ("ymd_short",)
    assert infer(*(f"{d:%d/%m/%y}" for d in days)).candidates == ("dmy",)
    assert infer(*(f"{d:%m/%d/%y}" for d in days)).candidates == ("mdy",)
    assert len(infer("24/03/05", "23/05/06").candidates) == 2  # too few to tell: ask


def test_compact_dates_are_not_any_eight_digits() -> None:
    assert infer("12345678", "87654321").candidates == ()
    assert infer("05032024", "06042024").candidates == ("dmy_compact", "mdy_compact")


def test_small_numbers_are_not_proposed_as_dates() -> None:
    assert infer("1", "2", "3").candidates == ()
    assert infer("100", "5000").candidates == ()


# --- time of day, zones, the calendar's ends ----------------------------------------------------------------------


def test_midnight_throughout_is_a_date() -> None:
    assert parse_dates(column("2024-03-05 00:00:00", "2024-03-06 00:00"), "ymd")["has_time"].to_list() == [False, False]
    mixed = parse_dates(column("2024-03-05 00:00:00", "2024-03-06 09:30:00", "2024-03-07"), "ymd")
    assert mixed["has_time"].to_list() == [True, True, False]
    assert infer("2024-03-05 00:00:00", "2024-03-06 00:00:00").n_with_time == 0
    assert infer("2024-03-05 00:00:00", "2024-03-06 09:30:00").n_with_time == 2


def test_zoned_times_come_into_the_workspace_zone_and_others_stay() -> None:
    values = ("2024-07-01T20:00:00Z", "2024-07-01T20:00:00-05:00", "2024-07-01 20:00:00", "2024-07-01")
    expected = [datetime(2024, 7, 2, 4), datetime(2024, 7, 2, 9), datetime(2024, 7, 1, 20), datetime(2024, 7, 1)]
    assert parse("ymd", *values, time_zone="Asia/Shanghai") == expected
    summer, winter = parse("ymd", "2024-07-01T12:00Z", "2024-01-01T12:00Z", time_zone="Europe/Berlin")
    assert (summer, winter) == (datetime(2024, 7, 1, 14), datetime(2024, 1, 1, 13))
    assert parse("epoch_s", "1709610000", time_zone="Asia/Shanghai") == [datetime(2024, 3, 5, 11, 40)]


def test_the_first_and_the_last_year_do_not_crash() -> None:
    for reading, first, last in (
        ("ymd", "1900-01-01", "9999-12-31"),
        ("dmy", "01.01.1900", "31.12.9999"),
        ("ymd", "1900-01-01 00:00:01", "9999-12-31 23:59:59"),
        ("excel_serial", "1", "2958465"),
    ):
        a, b = parse(reading, first, last)
        assert a is not None and b is not None and (a.year, b.year) == (1900, 9999)
    assert parse("ymd", "9999-12-31T23:59:59Z", time_zone="Asia/Shanghai") == [datetime(9999, 12, 31, 23, 59, 59)]
    assert infer("1900-01-01", "9999-12-31").candidates == ("ymd",)


def test_leap_days_follow_the_gregorian_rule() -> None:
    days = ("29/2/2000", "29/2/1900", "29/2/2024", "29/2/2023", "31/12/2023", "31/11/2023")
    assert parse("dmy", *days) == [
        datetime(2000, 2, 29), None, datetime(2024, 2, 29), None, datetime(2023, 12, 31), None,
    ]  # fmt: skip


def test_excel_counts_a_day_that_never_was() -> None:
    """Excel's 1900 system has a 29 February 1900 (serial 60), so that it counts as Lotus 1-2-3 did (Microsoft)."""
    assert parse("excel_serial", "1", "59", "60", "61") == [
        datetime(1900, 1, 1), datetime(1900, 2, 28), None, datetime(1900, 3, 1),
    ]  # fmt: skip


def test_an_unknown_reading_is_refused() -> None:
    with pytest.raises(InputError, match="unknown_date_reading"):
        parse_dates(column("2024-03-05"), "ymd+klingon")


def test_empty_columns() -> None:
    for values in ((), (None, None), ("", "-")):
        assert infer(*values) == DateInference((), False, 0, 0, 0.0)
        assert parse_dates(column(*values), "ymd")["ok"].all()


# --- against Python's own calendar --------------------------------------------------------------------------------

MOMENT = st.datetimes(datetime(1971, 1, 1), datetime(2068, 12, 31)).map(lambda at: at.replace(microsecond=0))
WRITTEN = {
    "ymd": ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y-%m-%dT%H:%M:%S"],
    "dmy": ["%d/%m/%Y %H:%M:%S", "%d.%m.%y %H:%M:%S", "%d-%m-%Y %I:%M:%S %p"],
    "mdy": ["%m/%d/%Y %I:%M:%S %p", "%m/%d/%y %H:%M:%S"],
    "month_name": ["%d %b, %Y %H:%M:%S", "%B %d, %Y %I:%M:%S %p", "%a, %d %b %Y %H:%M:%S"],
    "ymd_compact": ["%Y%m%d%H%M%S", "%Y%m%dT%H%M%S"],
}


@examples(120)
@given(st.lists(MOMENT, min_size=1, max_size=12), st.sampled_from([(r, f) for r, fs in WRITTEN.items() for f in fs]))
def test_what_strftime_writes_is_read_back(moments: list[datetime], how: tuple[str, str]) -> None:
    reading, form = how
    written = [at.strftime(form) for at in moments]
    assert parse(reading, *written) == moments
    found = infer(*written)
    assert reading in found.candidates or (found.candidates and parse(found.candidates[0], *written) == moments)


@examples(60)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_offsets_agree_with_python(at: datetime, minutes: int) -> None:
    moment = at.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    expected = moment.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
    assert parse("ymd", moment.isoformat(), time_zone="America/New_York") == [expected]
    seconds = int(moment.timestamp())
    assert parse("epoch_s", str(seconds)) == [datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)]


@examples(100)
@given(
    st.lists(st.none() | st.text("0123456789-/.:年月日 TZapmAPril,+", max_size=20), max_size=8),
    st.sampled_from(READINGS),
)
def test_any_text_gives_one_row_per_value(values: list[str | None], reading: str) -> None:
    parsed = parse_dates(column(*values), reading, "Asia/Shanghai")
    assert parsed.columns == ["at", "has_time", "ok"] and parsed.height == len(values)
    parsed.rows()  # every moment must fit into Python's calendar
    assert parsed["at"].is_null().to_list() == parsed["has_time"].is_null().to_list()
    assert infer(*values).n_values <= len(values)


# --- two ways of writing in one column, stamps, zones ---------------------------------------------------------------


def test_two_separators_are_asked_where_one_of_them_can_be_either() -> None:
    found = infer("10/25/2016", "10/29/2016", "01-11-16", "03-11-16")
    assert found.candidates == ("mdy", "dmy@-+mdy@/") and not found.mixed
    read = parse_dates(column("10/25/2016", "01-11-16"), "dmy@-+mdy@/")
    assert read["at"].dt.date().to_list() == [date(2016, 10, 25), date(2016, 11, 1)]
    assert infer("10/25/2016", "12-25-16").candidates == ("mdy",)  # each shows its order, and it is one
    assert "dmy@.+mdy@/" in infer("03.05.2024", "10/25/2016").candidates
    assert infer("10/25/2016", "25-10-16").combinations == ("dmy@-+mdy@/",)


def test_a_reading_of_one_separator_leaves_other_cells_unread() -> None:
    assert parse_dates(column("10/25/2016", "01-11-16"), "mdy@/")["ok"].to_list() == [True, False]


def test_stamps_of_ten_thirteen_and_sixteen_digits_are_one_moment() -> None:
    moment = datetime(2024, 1, 3, 9)
    for text, reading in (
        ("1704272400", "epoch_s"),
        ("1704272400000", "epoch_ms"),
        ("1704272400000000", "epoch_us"),
    ):
        assert infer(text).candidates == (reading,)
        assert parse_dates(column(text), reading)["at"].to_list() == [moment]


def test_a_stamp_that_was_cut_is_no_date_and_is_counted() -> None:
    found = infer("1.7E+12", "1.70427E+12")
    assert (found.n_cut, found.candidates, found.share_parsed) == (2, (), 1.0)


def test_zones_that_are_written() -> None:
    assert zones_of(column("2024-01-01T10:00:00Z", "2024-01-01T10:00:00+08:00"), "ymd") == {"utc", "+0800"}
    assert zones_of(column("2024-01-03T08:00:00.000000+00:00", "2024-03-05 10:00 UTC"), "ymd") == {"utc"}
    assert zones_of(column("05-03-24", "2024-03-05"), "dmy") == frozenset()
    assert zones_of(column("2024-01-01 10:00:00"), "ymd") == frozenset()
    assert zones_of(column("1704272400"), "epoch_s") == {"utc"}


@pytest.mark.parametrize(
    "days", [("3月1日", "12月31日"), ("5 mars", "1er avril"), ("Mar 5", "Feb 29"), ("5. März", "6. April")]
)
def test_days_without_a_year_wait_for_one(days: tuple[str, str]) -> None:
    values = pl.Series([days[0], None, days[1]], dtype=pl.String)
    found = infer_dates(values)
    assert found.is_bare and found.candidates == () and found.share_parsed == 1.0
    first, blank, second = parse_dates(values, "year:2024").rows()
    assert (first[0].year, first[0].month, first[1]) == (2024, 3, False)
    assert blank == (None, None, True) and second[0].year == 2024


def test_a_number_beside_a_word_is_no_day_without_a_year() -> None:
    assert not infer_dates(pl.Series(["12 Lead", "3 months"])).is_bare
    assert not infer_dates(pl.Series(["3月1日", "2024年3月2日"])).is_bare


def test_a_year_of_one_or_odd_three_digits_is_no_date() -> None:
    for text in ("1年2月3日", "202/03/05", "850.12.31"):
        assert infer_dates(pl.Series([text])).candidates == (), text
