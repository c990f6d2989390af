"""What is found out of the facts is found out once per look at them: opening a workspace asks for most of it often.

Outside a look every call answers anew, and plans stay plans: they can run streamed or elsewhere. Inside one, a plan
that is asked for again has run already. Both give the same frames.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import polars as pl

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

_LOOK: ContextVar[dict[tuple[Any, ...], tuple[Any, Any]] | None] = ContextVar("_LOOK", default=None)


@contextmanager
def one_look() -> Generator[None]:
    """Within it, functions marked ``once`` keep what they found; afterwards it is gone."""
    before = _LOOK.set({})
    try:
        yield
    finally:
        _LOOK.reset(before)


def once(function: Callable[Asked, Found]) -> Callable[Asked, Found]:
    """Answer the same question only once within a look. Facts and definitions are the same where they are one object.

    What the function gives must never be changed by who asks.
    """

    @wraps(function)
    def found(*asked: Asked.args, **named: Asked.kwargs) -> Found:
        kept = _LOOK.get()
        if kept is None:
            return function(*asked, **named)
        given = (*asked, *named.items())
        key = (function, *(one if isinstance(one, date | tuple) else id(one) for one in given))
        if key not in kept:
            answer: Any = function(*asked, **named)
            # What was asked is kept too: else another object could take its place in memory, and its answer.
            kept[key] = (answer.collect().lazy() if isinstance(answer, pl.LazyFrame) else answer, given)
        return cast(Found, kept[key][0])

    return found
