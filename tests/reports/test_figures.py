"""Schemas of figures: one quick look, and dataframely's own words where something does not hold."""

from __future__ import annotations

import dataframely as dy
import polars as pl
import pytest
from dataframely.exc import SchemaError, ValidationError

from funnel.schema.figures import Figures


class Shelf(Figures):
    place = dy.Int8(primary_key=True)
    colour = dy.String(check=lambda colour: colour.is_in(["red", "blue"]))
    weight = dy.Float64(nullable=True)
    n = dy.Int64()


GOOD = pl.DataFrame(
    {"place": [1, 2], "colour": ["red", "blue"], "weight": [0.5, None], "n": [3, 4]},
    schema={"place": pl.Int8, "colour": pl.String, "weight": pl.Float64, "n": pl.Int64},
)


def test_a_good_frame_comes_back_as_it_is() -> None:
    assert Shelf.validate(GOOD) is GOOD
    assert Shelf.validate(GOOD.clear()).is_empty()


def test_columns_in_another_order_or_too_many_are_put_right_as_dataframely_does() -> None:
    turned = GOOD.select("n", "colour", "place", "weight", more=pl.lit(1))
    assert Shelf.validate(turned).equals(GOOD)


@pytest.mark.parametrize(
    "wrong",
    [
        pl.lit(1, pl.Int8).alias("place"),
        pl.lit("green").alias("colour"),
        pl.lit(float("nan")).alias("weight"),
        pl.lit(float("inf")).alias("weight"),
        pl.lit(None, pl.Int64).alias("n"),
    ],
)
def test_whatever_breaks_a_rule_is_refused(wrong: pl.Expr) -> None:
    with pytest.raises(ValidationError):
        Shelf.validate(GOOD.with_columns(wrong))


@pytest.mark.parametrize("wrong", [GOOD.drop("n"), GOOD.with_columns(n=pl.lit(1.0))])
def test_missing_columns_and_other_types_are_refused(wrong: pl.DataFrame) -> None:
    with pytest.raises(SchemaError):
        Shelf.validate(wrong)
