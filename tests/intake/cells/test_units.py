"""Units and currencies of headers and cells, each spelling by hand."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.cells.units import Unit, codes_of_column, currencies_of, split_header, unit_above
from tests.examples import examples

NO_UNIT = Unit()
HEADERS = [
    ("合同金额(万元)", "合同金额", 1e4, "CNY"),
    ("金额（万）", "金额", 1e4, None),
    ("金额/万元", "金额", 1e4, "CNY"),
    ("金额 万元", "金额", 1e4, "CNY"),
    ("金额万元", "金额", 1e4, "CNY"),
    ("金额（单位：千元）", "金额", 1e3, "CNY"),
    ("商机金额(元)", "商机金额", 1.0, "CNY"),
    ("预计金额(万美元)", "预计金额", 1e4, "USD"),
    ("人民币金额", "金额", 1.0, "CNY"),
    ("Amount (USD)", "Amount", 1.0, "USD"),
    ("Amount in USD", "Amount", 1.0, "USD"),
    ("Amount USD", "Amount", 1.0, "USD"),
    ("USD Amount", "Amount", 1.0, "USD"),
    ("revenue_usd", "revenue", 1.0, "USD"),
    ("Amount [k€]", "Amount", 1e3, "EUR"),
    ("Amount ($000)", "Amount", 1e3, "$"),
    ("Revenue (000s)", "Revenue", 1e3, None),
    ("Value (in thousands)", "Value", 1e3, None),
    ("Amount (million)", "Amount", 1e6, None),
    ("Deal value (k)", "Deal value", 1e3, None),
    ("ACV $k", "ACV", 1e3, "$"),
    ("Revenue (T€)", "Revenue", 1e3, "EUR"),
    ("Betrag in TEUR", "Betrag", 1e3, "EUR"),
    ("Umsatz in Tsd. EUR", "Umsatz", 1e3, "EUR"),
    ("Umsatz (Mio. €)", "Umsatz", 1e6, "EUR"),
    ("Montant (en k€)", "Montant", 1e3, "EUR"),
    ("Amount (Rs. in lakhs)", "Amount", 1e5, "INR"),
]


@pytest.mark.parametrize(("header", "name", "factor", "currency"), HEADERS)
def test_a_header_names_its_unit(header: str, name: str, factor: float, currency: str | None) -> None:
    assert split_header(header) == (name, Unit(factor, currency))


@pytest.mark.parametrize(
    "header",
    [
        "Amount",
        "Plan B",
        "Product M",
        "Stage in",
        "Close Date (A)",
        "Amount (converted)",
        "Probability (%)",
        "Total All",
        "value_currency",
        "Price/Unit",
        "Day/Month",
        "Country",
        "Annual Revenue",
        "In",
        "",
    ],
)
def test_a_header_without_a_unit_stays_whole(header: str) -> None:
    assert split_header(header) == (header, Unit())


def money(*cells: str | None, unit: Unit = NO_UNIT) -> list[list[float | None]]:
    """The column under each reading that is left."""
    values = pl.Series(cells, dtype=pl.String)
    return [parse_numbers(values, reading)["value"].to_list() for reading in infer_numbers(values, unit).candidates]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("1.200,-", "800,-", "100.000,-"), (1200, 800, 100000)),
        (("€ 1.200,-", "1.200,– €"), (1200, 1200)),
        (("1'200.-", "CHF 800.--", "Fr. 1'050.-"), (1200, 800, 1050)),
        (("1.200.-", "2.000.-"), (1200, 2000)),
        (("Rs. 1,20,000/-", "Rs. 500/-"), (120000, 500)),
        (("三万五", "两千三", "三百五", "十二万", "五千"), (35000, 2300, 350, 120000, 5000)),
        (("3万5千", "3万5", "12万5元", "2千5", "1亿2000万"), (35000, 35000, 125000, 2500, 120000000)),
        (("壹拾贰万叁仟元整", "人民币叁拾伍万元整", "伍拾元伍角"), (123000, 350000, 50.5)),
        (("三点五万", "一百零五万"), (35000, 1050000)),
        (("3.5w", "100W", "0.8w"), (35000, 1000000, 8000)),
        (("350 Tsd", "12 Tsd.", "80 Tsd. €"), (350000, 12000, 80000)),
        (("T€ 350", "350 T€", "TEUR 12"), (350000, 350000, 12000)),
        (("k€ 3,5", "12,5 k€", "k€ 7"), (3500, 12500, 7000)),
        (("2,5 Mio. €", "3 Mio.", "1,2 Mrd."), (2500000, 3000000, 1200000000)),
        (("3.5 lakh", "1 crore", "Rs. 2 lakhs"), (350000, 10000000, 200000)),
        (("R$ 1,5 milhão", "R$ 2 milhões"), (1500000, 2000000)),
        (("1,2 milioni di euro", "3 milioni di euro"), (1200000, 3000000)),
        (("2,5 miljoen", "1,1 miljoen"), (2500000, 1100000)),
        (("1,5 миллиона руб.", "3 миллиона руб."), (1500000, 3000000)),
        (("$1.5 million", "US$ 2 million", "$350K"), (1500000, 2000000, 350000)),
    ],
)
def test_spellings_with_one_meaning_are_read(cells: tuple[str, ...], numbers: tuple[float, ...]) -> None:
    assert money(*cells) == [list(numbers)]


def test_the_unit_of_the_header_holds_for_cells_without_one() -> None:
    assert money("12.5", "8", "12万", "三万五", unit=Unit(1e4)) == [[125000, 80000, 120000, 35000]]


def test_amounts_that_are_not_exact_are_a_question() -> None:
    cells = ("200多万", "约30万", "近50万", "100万左右", "50-80万", "十几万", "100万+", "20万")
    about, exact = money(*cells)
    assert about == [2e6, 3e5, 5e5, 1e6, 6.5e5, 1e5, 1e6, 2e5]
    assert exact == [None] * 7 + [2e5]
    assert money(">100k", "~30k", "ca. 20k")[0] == [1e5, 3e4, 2e4]
    assert money("$10k-$20k", "$5k")[0] == [15000, 5000]


@pytest.mark.parametrize("cells", [("2024-01-02", "2024-02-03"), ("0571-8888888", "x"), ("51-200", "11-50")])
def test_what_is_no_money_is_no_approximate_amount(cells: tuple[str, ...]) -> None:
    assert infer_numbers(pl.Series(cells, dtype=pl.String)).share_parsed == 0.0


def test_a_column_that_is_negative_throughout_is_a_question() -> None:
    assert money("-5", "-7") == [[5, 7], [-5, -7]]
    assert money("1.200,00-", "-3.000,00") == [[1200, 3000], [-1200, -3000]]
    assert money("-5", "-7", "3") == [[-5, -7, 3]]
    assert len(infer_numbers(pl.Series(["-5", "-7"])).candidates) == 1  # only money is asked about


def test_the_currency_of_a_cell() -> None:
    cells = ["$5", "€ 3", "5 US$", "HK$ 3", "五万元", "3", "3 Mio. EUR", "Rs. 5", None, "5万美元", "CHF 3", "kr 5"]
    named = ["$", "EUR", "USD", "HKD", "CNY", None, "EUR", "INR", None, "USD", "CHF", None]
    assert currencies_of(pl.Series(cells)).to_list() == named
    assert currencies_of(pl.Series(["$5", "￥5", "A$5"])).to_list() == ["$", "¥", "AUD"]  # shared signs stay signs


def test_the_currency_of_a_column() -> None:
    cells = ["USD", "usd", "US Dollar", "EUR - Euro", "人民币", "€", "x", None]
    assert codes_of_column(pl.Series(cells)).to_list() == ["USD", "USD", "USD", "EUR", "CNY", "EUR", None, None]


@examples(100)
@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=20),
    st.sampled_from([("k", 3), ("万", 4), ("万元", 4), ("Mio. €", 6), ("Tsd.", 3), (" lakh", 5), ("w", 4), ("亿", 8)]),
)
def test_whole_numbers_in_any_unit_come_back(numbers: list[int], unit: tuple[str, int]) -> None:
    word, power = unit
    assert money(*(f"{n}{word}" for n in numbers))[0] == [float(n) * 10**power for n in numbers]


@examples(100)
@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=20))
def test_whole_amounts_in_numerals_come_back(numbers: list[int]) -> None:
    """Written by the library's other direction; read by ours."""
    import cn2an

    for mode in ("low", "up"):
        assert money(*(cn2an.an2cn(n, mode) for n in numbers)) == [[float(n) for n in numbers]]


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("单位：万元", Unit(1e4, "CNY")),
        ("2024年商机台账（单位：千元）", Unit(1e3, "CNY")),
        ("金额单位：人民币万元", Unit(1e4, "CNY")),
        ("单位：分", Unit(0.01)),
        ("(in thousands)", Unit(1e3)),
        ("(USD, in 000s)", Unit(1e3, "USD")),
        ("Alle Beträge in Tsd. €", Unit(1e3, "EUR")),
        ("Montants en milliers d'euros", Unit(1e3, "EUR")),
        ("Суммы в тыс. руб.", Unit(1e3, "RUB")),
        ("単位：百万円", Unit(1e6, "JPY")),
        ("Currency: USD", Unit(1.0, "USD")),
        ("Sales pipeline (Q1)", Unit()),
        ("Plan (B)", Unit()),
        ("Pipeline in K", Unit()),
        ("All", Unit()),
        ("Report in May", Unit()),
    ],
)
def test_a_line_above_the_table_names_the_unit_of_all_money(line: str, unit: Unit) -> None:
    assert unit_above((line,)) == unit


def test_two_units_above_a_table_are_none() -> None:
    assert unit_above(("单位：万元", "(in thousands)")) == Unit()


@pytest.mark.parametrize("header", ["amount_in_cents", "amountCents", "Amount (cents)", "金额(分)", "Betrag in Cent"])
def test_hundredths_are_hundredths(header: str) -> None:
    assert split_header(header)[1] == Unit(0.01)
    reading = infer_numbers(pl.Series(["123456", "998"]), Unit(0.01)).candidates[0]
    assert parse_numbers(pl.Series(["123456", "998"]), reading)["value"].to_list() == [1234.56, 9.98]


def test_a_word_that_ends_like_a_currency_is_a_word() -> None:
    assert split_header("Lead bron") == ("Lead bron", Unit())


def test_a_text_of_many_letters_where_a_header_should_stand_has_no_unit() -> None:
    """Every way to cut it would be tried: a cell of 20,000 letters took minutes."""
    text = "x" * 20_000
    assert split_header(text) == (text, Unit())
    assert split_header(f"Amount ({text})")[1] == Unit()
