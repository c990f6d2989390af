"""What only a person can decide about the money of a file: units of headers, and the rows of one deal."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.intake.cells.units import split_header
from funnel.intake.lines import lines_of
from funnel.intake.mapping import ColumnMapping, RawTable
from pages.import_steps.draft import Draft


def choose(draft: Draft, table: RawTable, mapping: ColumnMapping, t: Translator) -> ColumnMapping:
    """The mapping with the answers about its amounts; nothing is shown where nothing can be decided."""
    if mapping.shape == "counts":
        return mapping
    return _lines(draft, table, _units(draft, mapping, t), t)


def _units(draft: Draft, mapping: ColumnMapping, t: Translator) -> ColumnMapping:
    """A unit in a header counts; whoever knows better can take it off."""
    numbers = dict(mapping.number_readings)
    for column in (*mapping.columns("amount"), *mapping.columns("expected_amount")):
        factor = split_header(column)[1].factor
        reading = numbers.get(column, "")
        if factor == 1.0 or not reading:
            continue
        bare = "|".join(part for part in reading.split("|") if part != f"x{factor:.12g}")
        mark, *switches = bare.split("|")
        ways = {
            "|".join([mark, f"x{factor:.12g}", *switches]): t("times %(factor)s, as the header says", factor=factor),
            bare: t("as written"),
        }
        chosen = st.radio(
            plain_text(t("Numbers in “%(column)s”", column=column)),
            list(ways),
            index=list(ways).index(reading) if reading in ways else 0,
            format_func=ways.__getitem__,
            horizontal=True,
            key=f"unit_{draft.revision}_{column}",
        )
        numbers[column] = chosen or reading
    return replace(mapping, number_readings=numbers)


def _lines(draft: Draft, table: RawTable, mapping: ColumnMapping, t: Translator) -> ColumnMapping:
    key = f"lines:{mapping.roles!r}"
    if key not in draft.memo:
        draft.memo[key] = lines_of(table, mapping)
    found = draft.memo[key]
    if found is None:
        return mapping
    ways = {
        "sum": t("lines that add up"),
        "once": t("one total, repeated"),
    }
    said = mapping.line_amounts or found.way
    chosen = st.radio(
        plain_text(
            t(
                "%(n)s deals have several rows (such as “%(lead)s”). Their amounts are",
                n=found.n_leads,
                lead=found.example,
            )
        ),
        list(ways),
        index=list(ways).index(said) if said else None,
        format_func=ways.__getitem__,
        horizontal=True,
        key=f"lines_{draft.revision}",
    )
    if chosen is None or (chosen == found.way and mapping.line_amounts is None):
        return mapping
    return replace(mapping, line_amounts=chosen)
