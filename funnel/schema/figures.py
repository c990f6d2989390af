"""The base of the frames that our own code makes for pages: small, many, and made anew at every change of a filter."""

from __future__ import annotations

from functools import cache
from typing import Any

import dataframely as dy
import polars as pl


class Figures(dy.Schema):
    """A schema whose ``validate`` looks at names and types only, unless ``check_every_rule`` was called.

    dataframely asks its rules in a query of its own, 2–3 ms for each frame, of which a page needs ten. A rule that does
    not hold is a mistake of ours, so the tests ask them all, in one expression that is built once; what comes from
    outside has schemas that are asked always.
    """

    @classmethod
    def validate(cls, df: Any, /, *, cast: bool = False, **kwargs: Any) -> Any:
        # Not by their schemas: to make one and compare it costs as much as a small query.
        is_alike = isinstance(df, pl.DataFrame) and not cast and (df.columns, df.dtypes) == _columns(cls)
        if is_alike and (not _asked or df.select(_holds(cls)).item()):
            return df
        return super().validate(df, cast=cast, **kwargs)

    @classmethod
    def create_empty(cls, *, lazy: bool = False) -> Any:
        return super().create_empty(lazy=True) if lazy else _empty(cls)


_asked: list[bool] = []


def check_every_rule() -> None:
    """From now on ``Figures.validate`` asks all rules of a schema: what tests and a search for a mistake need."""
    _asked.append(True)


@cache
def _empty(schema: type[Figures]) -> pl.DataFrame:
    return pl.DataFrame(schema={name: column.dtype for name, column in schema.columns().items()})


@cache
def _columns(schema: type[Figures]) -> tuple[list[str], list[pl.DataType]]:
    return _empty(schema).columns, _empty(schema).dtypes


@cache
def _holds(schema: type[Figures]) -> pl.Expr:
    """Whether every rule of every column holds in every row, and the primary key is unique."""
    columns = schema.columns()
    rules = [rule for name in columns for rule in columns[name].validation_rules(pl.col(name)).values()]
    if key := schema.primary_key():
        rules.append(pl.struct(key).is_unique())
    return pl.all_horizontal(rules).all()
