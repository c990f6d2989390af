"""What is drawn of a report, made once and kept as long as the report: it costs more than all else of a rerun."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from funnel.i18n.translator import Translator
from pages.shell.session import palette

Made = TypeVar("Made")

_KEPT: dict[int, dict[tuple[Hashable, ...], Any]] = {}
"""Id of a report → what was drawn of it. It goes when the report goes out of its own cache."""


def drawn(report: object, t: Translator, make: Callable[[], Made], *asked: Hashable) -> Made:
    """``make()``, kept beside the report (or one table of it). ``asked`` names what is drawn and all that it rests on
    beside the report, the language, the currency and the colours. Sessions share it: never change it."""
    kept = _KEPT.get(id(report))
    if kept is None:
        kept = _KEPT[id(report)] = {}
        weakref.finalize(report, _KEPT.pop, id(report), None)
    key = (t.language, t.currency, palette(), *asked)
    if key not in kept:
        kept[key] = make()
    return kept[key]
