"""Sentences about the cells of a file: units, amounts, currencies, ways of writing dates."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "intake.reading.times": N_("%(reading)s, times %(factor)s"),
    "intake.reading.about": N_("%(reading)s; “about 30” counts as 30, “50–80” as 65"),
    "intake.reading.exact": N_("%(reading)s; amounts that are not exact stay blank"),
    "intake.reading.positive": N_("%(reading)s; the dash is no minus"),
    "intake.unit_of_header": N_(
        "The header of “%(column)s” names a unit: “%(written)s” is read as %(read)s. Cells with a unit of their own "
        "keep it (rows: %(n)s)."
    ),
    "intake.unit_of_cells": N_(
        "Amounts in “%(column)s” carry a unit: “%(written)s” is read as %(read)s (rows: %(n)s)."
    ),
    "intake.done.multiplied": N_("counted with their unit"),
}
