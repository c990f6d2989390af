"""Numbers: every written form against the number it means, and which decimal mark a column uses."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.errors import InputError
from funnel.intake.cells.numbers import NumberInference, infer_numbers, parse_numbers
from funnel.intake.cells.units import Unit
from tests.examples import examples


def column(*values: str | None) -> pl.Series:
    return pl.Series("n", values, dtype=pl.String)


def infer(*values: str | None) -> NumberInference:
    return infer_numbers(column(*values))


def parse(reading: str, *values: str | None) -> list[float | None]:
    return parse_numbers(column(*values), reading)["value"].to_list()


PLAIN = [
    ("1234.5", 1234.5),
    ("1,234.50", 1234.5),
    ("1 234.50", 1234.5),
    ("1'234.50", 1234.5),
    ("12,34,567", 1234567.0),  # lakhs
    ("-500", -500.0),
    ("−500", -500.0),
    ("500-", -500.0),
    ("+500", 500.0),
    ("(500)", -500.0),
    ("($1,234.50)", -1234.5),
    ("-$5", -5.0),
    ("$-5", -5.0),
    ("$22,700.00", 22700.0),
    ("$342.09K", 342090.0),
    ("US$ 1.5M", 1500000.0),
    ("¥1200", 1200.0),
    ("￥１，２００．５", 1200.5),
    ("1200元", 1200.0),
    ("3.5万", 35000.0),
    ("¥3.5万元", 35000.0),
    ("1.2亿", 120000000.0),
    ("9.98%", 0.0998),
    ("-3 %", -0.03),
    ("5‰", 0.005),
    ("100 EUR", 100.0),
    ("CNY 100", 100.0),
    ("GBP 100", 100.0),
    ("5 kr", 5.0),
    ("Rs. 500", 500.0),
    ("Rs.500", 500.0),
    ("1.5e3", 1500.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("0", 0.0),
]
COMMA = [
    ("1234,5", 1234.5),
    ("1.234,50", 1234.5),
    ("1 234,50", 1234.5),
    ("1\u202f234,50", 1234.5),
    ("€ 3.500,00", 3500.0),
    ("3.500,00 €", 3500.0),
    ("1.234.567", 1234567.0),
    ("-1.234.567,8", -1234567.8),
    ("12,5 %", 0.125),
    ("2,5 Mio", 2500000.0),
]


@pytest.mark.parametrize(("text", "number"), PLAIN)
def test_forms_with_a_decimal_point(text: str, number: float) -> None:
    assert parse("plain", text, "1.25") == [pytest.approx(number, rel=1e-12), 1.25]
    assert "plain" in infer(text, "1.25").candidates and not infer(text, "1.25").mixed


@pytest.mark.parametrize(("text", "number"), COMMA)
def test_forms_with_a_decimal_comma(text: str, number: float) -> None:
    assert parse("comma_decimal", text) == [pytest.approx(number, rel=1e-12)]
    assert infer(text, "0,25").candidates == ("comma_decimal",)


@pytest.mark.parametrize(
    "text", ["abc", "1.2.3", "1,2,3", "inf", "(5", "5)", "--5", "-(5)", "5 apples", "1-2", "12:30", "$"]
)
def test_what_is_no_number_is_unreadable(text: str) -> None:
    found = infer(text, "1")
    assert (found.n_unreadable, found.examples) == (1, (text,))
    for reading in ("plain", "comma_decimal"):
        assert parse_numbers(column(text), reading).rows() == [(None, False, False)]


def test_blanks_and_placeholders_are_blank() -> None:
    assert parse_numbers(column(None, "", "-", "n/a", "无", "7"), "plain")["ok"].all()
    assert parse("plain", None, "", "-", "n/a", "7") == [None, None, None, None, 7.0]
    assert infer(None, "", "-") == NumberInference((), False, 0, 0, 0.0)


def test_one_separator_of_three_digits_throughout_is_a_question() -> None:
    for values in (("1.234", "22.700"), ("1,234", "22,700"), ("1.234", "500")):
        assert infer(*values).candidates == ("plain", "comma_decimal")
    assert parse("plain", "1.234") == [1.234]
    assert parse("comma_decimal", "1.234") == [1234.0]


def test_money_below_a_thousand_without_and_above_with_a_mark_shows_thousands() -> None:
    def money(*values: str) -> tuple[str, ...]:
        return infer_numbers(column(*values), Unit()).candidates

    small, large = ("730", "630", "5"), ("1,430", "2,250", "12,000")
    assert money(*small, *large) == ("plain",)
    assert money(*small, *(one.replace(",", ".") for one in large)) == ("comma_decimal",)
    for doubtful in ((*small, "1,430"), large[:2], (*small, *large, "1430")):
        assert len(money(*doubtful)) == 2


def test_money_has_no_three_decimals() -> None:
    """A dot before each three digits is a mark of thousands where the currency's markets write so; where a point may be
    meant it is asked, thousands first. No amount of pesos becomes a thousandth of itself in silence."""

    def money(*values: str, unit: Unit = Unit()) -> tuple[str, ...]:  # noqa: B008 (frozen)
        return infer_numbers(column(*values), unit).candidates

    for told in (
        ("1.075 €", "2.560 €"),
        ("R$ 1.500", "R$ 2.300"),
        ("COP 850.000", "COP 90.250"),
        ("1.500 kr", "2.300 kr"),
    ):
        assert money(*told) == ("comma_decimal",)
    assert money("1.500", "2.300", unit=Unit(currency="BRL")) == ("comma_decimal",)
    for told in (("$1,075", "$2,560"), ("1,075", "2,560", "12,000"), ("1,075 €", "2,560 €", "12,000 €")):
        assert money(*told) == ("plain",)
    for asked in (("$ 850.000", "$ 120.500"), ("¥1.075", "¥2.500"), ("1.075", "2.560", "12.000"), ("$1.200", "$850")):
        assert money(*asked) == ("comma_decimal", "plain")
    assert len(money("1.500 KWD", "2.250 KWD")) == 2  # a dinar has a thousand fils
    # decimals: a zero before the mark, a unit of thousands and more, another number of digits
    assert money("1.234", "0.125") == ("plain",) and money("1,234", "0,125") == ("comma_decimal",)
    assert money("1.5万", "2.125万") == ("plain",) and money("$1.234M", "$2.500M") == ("plain",)
    assert money("$850.125", "$120.5") == ("plain",)


def test_one_value_decides_for_the_column() -> None:
    assert infer("1.234", "22.7").candidates == ("plain",)
    assert infer("1.234", "22,7").candidates == ("comma_decimal",)
    assert infer("1,234", "1,234,567").candidates == ("plain",)
    assert infer("1,234", "$5").candidates == ("plain",)  # the dollar's markets write a point
    assert infer("1.234", "€5").candidates == ("plain", "comma_decimal")  # the euro's write both


def test_whole_numbers_are_no_question() -> None:
    assert infer("1", "22", "4711").candidates == ("plain",)


def test_both_marks_in_one_column_are_mixed() -> None:
    found = infer("1,5", "2.5", "3.25")
    assert (found.candidates, found.mixed, dict(found.fits)) == ((), True, {"plain": 2, "comma_decimal": 1})


def test_percent_signs_are_told() -> None:
    assert parse_numbers(column("9.98%", "0.11"), "plain")["is_percent"].to_list() == [True, False]


def test_an_unknown_reading_is_refused() -> None:
    with pytest.raises(InputError, match="unknown_number_reading"):
        parse_numbers(column("1"), "roman")


NUMBER = st.decimals(-(10**9), 10**9, places=2)


@examples(150)
@given(st.lists(NUMBER, min_size=1, max_size=20), st.sampled_from(["{:,.2f}", "{:.2f}", "${:,.2f}", "{:,.2f} USD"]))
def test_what_python_formats_is_read_back(numbers: list[float], form: str) -> None:
    written = [form.format(n).replace("$-", "-$") for n in numbers]
    assert parse("plain", *written) == [float(n) for n in numbers]
    assert infer(*written).candidates == ("plain",)
    german = [text.translate(str.maketrans(",.", ".,")) for text in written]
    assert parse("comma_decimal", *german) == [float(n) for n in numbers]


@examples(150)
@given(st.lists(st.none() | st.text("0123456789.,-+()%$€万kMe '", max_size=12), max_size=8))
def test_any_text_gives_one_row_per_value(values: list[str | None]) -> None:
    for reading in ("plain", "comma_decimal"):
        parsed = parse_numbers(column(*values), reading)
        assert parsed.columns == ["value", "is_percent", "ok"] and parsed.height == len(values)
        assert all(value is None or math.isfinite(value) for value in parsed["value"])
    found = infer(*values)
    assert found.n_unreadable <= found.n_values <= len(values)


@examples(100)
@given(st.lists(st.from_regex(r"-?[0-9]{1,7}(\.[0-9]{1,4})?", fullmatch=True), min_size=1, max_size=30))
def test_the_fast_way_agrees_with_the_general_one(values: list[str]) -> None:
    """A leading plus sign changes no number, but sends the column through the general parser."""
    signed = [*values, "+0.5"]
    assert parse("plain", *values) == parse("plain", *signed)[:-1]
    assert infer(*values, "0.5").fits["plain"] == infer(*signed).fits["plain"]
