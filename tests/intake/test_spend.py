"""Spend from a file, recognised by its values."""

from __future__ import annotations

from datetime import date

import pytest

from funnel.errors import InputError
from funnel.i18n.translator import Translator
from funnel.intake.spend import read_spend, typed_spend, with_months_of
from tests.conftest import ROOT
from tests.factories import spend


def test_month_source_and_amount_are_found_in_any_order_and_added_up() -> None:
    read = read_spend(
        '费用,来源,月份\n"1,200.00",展会,2024年3月\n300,展会,2024-03\n50,,2024-04\n'.encode(), "x.csv"
    ).spend
    assert read.rows() == [(date(2024, 3, 1), "展会", 1500.0, None), (date(2024, 4, 1), None, 50.0, None)]


def test_region_and_source_are_the_columns_called_so() -> None:
    text = "大区,月份,花费,渠道\n华东,2024-03,10,展会\n华南,2024-03,5,展会\n华东,2024-03,1,展会\n"
    read = read_spend(text.encode(), "x.csv")
    assert read.by == {"source": "渠道", "region": "大区"}
    month = date(2024, 3, 1)
    assert read.spend.rows() == [(month, "展会", 11.0, "华东"), (month, "展会", 5.0, "华南")]


def test_both_languages_of_the_sample_hold_the_same_money() -> None:
    en, zh = (read_spend(ROOT / "data" / "sample" / f"spend_{x}.csv", f"spend_{x}.csv").spend for x in ("en", "zh"))
    plain = sum(
        float(line.rsplit(",", 1)[1])
        for line in (ROOT / "data/sample/spend_en.csv").read_text("utf-8").splitlines()[1:]
    )
    assert en["amount"].sum() == zh["amount"].sum() == plain


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Source,Spend\nfair,100\n", "spend.no_month"),
        ("Month,Source\n2024-03,fair\n", "spend.no_amount"),
        ("Month,Spend\n2024-03,100\n2024-04,-5\n", "spend.negative"),
        ("Month,Spend\n2024Q1,100\n", "spend.no_month"),
    ],
)
def test_a_file_that_is_no_spend_table_says_what_is_missing(text: str, code: str) -> None:
    with pytest.raises(InputError) as told:
        read_spend(text.encode(), "x.csv")
    assert told.value.message.code == code


def test_typed_rows_become_months_and_empty_rows_are_left_out() -> None:
    rows = spend((date(2024, 3, 17), " fair ", 5.0), (None, None, None), (date(2024, 3, 2), "", 0.0))
    assert typed_spend(rows).rows() == [(date(2024, 3, 1), "fair", 5.0, None), (date(2024, 3, 1), None, 0.0, None)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((date(2024, 4, 1), "fair", None), "spend.row_incomplete"),
        ((None, "fair", 3.0), "spend.row_incomplete"),
        ((date(2024, 4, 1), "fair", -1.0), "spend.row_negative"),
        ((date(2024, 3, 9), "fair", 1.0), "spend.row_twice"),
    ],
)
def test_a_typed_row_that_says_no_spend_is_named(row: tuple[date | None, str | None, float | None], code: str) -> None:
    with pytest.raises(InputError) as told:
        typed_spend(spend((date(2024, 3, 1), "fair", 5.0), row))
    assert (told.value.message.code, told.value.message.params["row"]) == (code, 2)
    assert all(Translator(language).message(told.value) for language in ("en", "zh_Hans"))


def test_a_file_rules_over_its_months_only() -> None:
    old = spend((date(2024, 3, 1), "fair", 5.0), (date(2024, 4, 1), "fair", 6.0))
    new = spend((date(2024, 4, 1), "web", 7.0))
    assert with_months_of(old, new).rows() == [old.row(0), new.row(0)]


@pytest.mark.parametrize(
    ("header", "amount"),
    [
        ("month,source,spend,clicks", "spend"),
        ("month,source,clicks,Cost (k€)", "Cost (k€)"),
        ("月份,来源,点击,花费", "花费"),
        ("month,source,clicks,x", "x"),
        ("month,source,leads,Amount", "Amount"),
    ],
)
def test_the_money_is_taken_by_its_name_not_by_its_place(header: str, amount: str) -> None:
    read = read_spend(f"{header}\n2024-03,fair,100,7\n2024-04,web,200,9\n".encode(), "x.csv")
    place = header.split(",").index(amount)
    factor = 1000 if "k€" in amount else 1
    assert read.amount == amount and set(read.amounts) == set(header.split(",")[2:])
    assert read.spend["amount"].to_list() == [(100, 7)[place - 2] * factor, (200, 9)[place - 2] * factor]


def test_columns_without_telling_names_are_asked_and_the_answer_counts() -> None:
    text = b"month,source,a,b\n2024-03,fair,100,7\n"
    with pytest.raises(InputError) as told:
        read_spend(text, "x.csv")
    assert told.value.message.code == "spend.which_amount"
    assert read_spend(text, "x.csv", "b").spend["amount"].to_list() == [7]
