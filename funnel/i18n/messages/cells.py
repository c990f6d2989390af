"""Sentences about the cells of a file: units, amounts, currencies, ways of writing dates."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "intake.reading.times": N_("%(reading)s, times %(factor)s"),
    "intake.reading.about": N_("%(reading)s; “about 30” counts as 30, “50–80” as 65"),
    "intake.reading.exact": N_("%(reading)s; amounts that are not exact stay blank"),
    "intake.reading.positive": N_("%(reading)s; the dash is not a minus"),
    "intake.unit_of_header": N_(
        "The header of “%(column)s” names a unit: “%(written)s” is read as %(read)s. Cells with a unit of their own "
        "keep it (rows: %(n)s)."
    ),
    "intake.unit_of_cells": N_(
        "Amounts in “%(column)s” carry a unit: “%(written)s” is read as %(read)s (rows: %(n)s)."
    ),
    "intake.packed_history": N_(
        "“%(column)s” holds the history of a deal in one cell (rows: %(n)s). It is not read: a list with a row per "
        "change would tell when each stage was entered."
    ),
    "intake.amount_per_period": N_(
        "“%(column)s” may be an amount per period: “%(period)s” says %(examples)s in %(n)s rows. Each amount is "
        "counted once."
    ),
    "intake.done.multiplied": N_("counted with their unit"),
    "intake.reading.written_with": N_("%(reading)s where “%(mark)s” stands between"),
    "intake.reading.epoch_us": N_("microseconds since 1970"),
    "intake.cut_stamps": N_(
        "“%(column)s” holds %(n)s time stamps whose digits a spreadsheet cut (for example %(examples)s): their day is "
        "lost. Export the column as text, or choose “not used” for it."
    ),
    "intake.open_ends": N_("“%(column)s” holds %(day)s in %(n)s rows: no date, but a way to write that there is none."),
    "intake.zoned_times": N_("Times in “%(columns)s” name a time zone; they were converted to %(zone)s (rows: %(n)s)."),
    "intake.zones_as_written": N_(
        "Times in “%(columns)s” name a time zone and stay as written (%(written)s), because the workspace has no time "
        "zone. Choose one under Settings, Calendar & money, before importing."
    ),
    "intake.zones_in_utc": N_(
        "Times in “%(columns)s” name several time zones; they were converted to UTC, because the workspace has no time "
        "zone. Choose one under Settings, Calendar & money, before importing."
    ),
    "intake.done.converted": N_("converted"),
    "trust.far_off_dates": N_(
        "Dates far away from all others (%(days)s; all others lie between %(first)s and %(last)s), in %(n)s leads: "
        "mistyped years, perhaps."
    ),
    "trust.done.far_off": N_("Kept for the lead; neither the day of the data nor the start of the history follows it"),
    "intake.role.expected_amount": N_("Expected amount"),
    "intake.role.quantity": N_("Number of pieces (times the amount)"),
    "intake.price_times_pieces": N_(
        "“%(column)s” is the price of one piece and was multiplied by “%(pieces)s”: %(n_pieces)s × %(price)s = "
        "%(amount)s (rows: %(n)s)."
    ),
    "intake.pieces_missing": N_(
        "“%(column)s” is the price of one piece, but in %(n)s rows “%(pieces)s” does not say how many."
    ),
    "intake.done.times_pieces": N_("Multiplied by the number of pieces"),
    "intake.lines_unclear": N_(
        "%(n)s deals have several rows, such as “%(lead)s”. Are the amounts in “%(column)s” lines that add up, or one "
        "total that is repeated?"
    ),
    "intake.lines_added": N_("Lines with different products: their amounts were added up per deal (deals: %(n)s)."),
    "intake.lines_once": N_("The same amount in several rows of a deal: it counts once (deals: %(n)s)."),
    "intake.done.added": N_("added up"),
    "intake.unknown_currency": N_(
        "“%(column)s” names no known currency in %(n)s rows (for example %(examples)s); these amounts count in the "
        "workspace's currency."
    ),
    "intake.several_currencies": N_(
        "Amounts are in several currencies (%(currencies)s). They are never added up; pages show one of them."
    ),
    "intake.done.one_currency": N_("Kept each in its currency"),
}
