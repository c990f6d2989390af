"""Key figures in words: name and value, the same on tiles, in tables and in files."""

from __future__ import annotations

from funnel.exports.sheets import Cell, Kind
from funnel.i18n.translator import Translator
from funnel.schema import KEY_FIGURES
from funnel.schema.key_figures import Unit

_KINDS: dict[Unit, Kind] = {"count": "count", "share": "percent", "money": "money", "days": "days"}


def figure_name(figure: str, t: Translator) -> str:
    """What a figure is called. The glossary names one lead; a figure counts many, and several deals may be of one
    customer."""
    known = KEY_FIGURES[figure]
    return t.message_of(f"figure.{known.plural}") if known.plural else t.term(known.term)


def figure_kind(figure: str) -> Kind:
    """How a figure's values read in a table."""
    return _KINDS[KEY_FIGURES[figure].unit]


def figure_text(figure: str, value: float | None, t: Translator) -> str:
    """A value of a figure; a dash where there is none."""
    match KEY_FIGURES[figure].unit:
        case "money":
            return t.money(value)
        case "share":
            return t.percent(value)
        case "days":
            return t.days(value, 0)
        case "count":
            return t.number(value)


def figure_cell(figure: str, value: float | None, t: Translator) -> Cell | None:
    """A value of a figure in a column that holds one unit a row."""
    return None if value is None else Cell(value, figure_kind(figure), figure_text(figure, value, t))
