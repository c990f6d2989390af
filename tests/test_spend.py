"""Spend from a file, recognised by its values."""

from __future__ import annotations

from datetime import date

import pytest

from funnel.errors import InputError
from funnel.intake.spend import read_spend
from tests.conftest import ROOT


def test_month_source_and_amount_are_found_in_any_order_and_added_up() -> None:
    spend = read_spend('费用,来源,月份\n"1,200.00",展会,2024年3月\n300,展会,2024-03\n50,,2024-04\n'.encode(), "x.csv")
    assert spend.rows() == [(date(2024, 3, 1), "展会", 1500.0), (date(2024, 4, 1), None, 50.0)]


def test_both_languages_of_the_sample_hold_the_same_money() -> None:
    en, zh = (read_spend(ROOT / "data" / "sample" / f"spend_{x}.csv", f"spend_{x}.csv") for x in ("en", "zh"))
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
