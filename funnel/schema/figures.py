"""The base of small report frames, which are validated at every change of a filter."""

from __future__ import annotations

from functools import cache
from typing import Any

import dataframely as dy
import polars as pl


class Figures(dy.Schema):
    """A schema whose ``validate`` asks all rules in one expression that is built once.

    dataframely builds a query of its own for every frame, 2–3 ms each, of which a page needs ten. What does not hold
    goes to dataframely, which says why.
    """

    @classmethod
    def validate(cls, df: Any, /, *, cast: bool = False, **kwargs: Any) -> Any:
        if isinstance(df, pl.DataFrame) and not cast and df.schema == _dtypes(cls) and df.select(_holds(cls)).item():
            return df
        return super().validate(df, cast=cast, **kwargs)


@cache
def _dtypes(schema: type[Figures]) -> pl.Schema:
    return schema.create_empty().schema


@cache
def _holds(schema: type[Figures]) -> pl.Expr:
    """Whether every rule of every column holds in every row, and the primary key is unique."""
    columns = schema.columns()
    rules = [rule for name in columns for rule in columns[name].validation_rules(pl.col(name)).values()]
    if key := schema.primary_key():
        rules.append(pl.struct(key).is_unique())
    return pl.all_horizontal(rules).all()
