"""Sentences about the spend table."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "spend.no_month": N_(
        "%(file)s has no column of months (found: %(columns)s); name one month per row, such as 2024-03 or 2024年3月."
    ),
    "spend.no_amount": N_(
        "%(file)s has no column of amounts (found: %(columns)s); add one number per month and source."
    ),
    "spend.which_amount": N_(
        "Several columns of %(file)s are numbers (%(columns)s): choose the one with the money spent."
    ),
    "spend.amount_unclear": N_(
        "The amounts in column %(column)s of %(file)s can be read in two ways; write them like 1234.50."
    ),
    "spend.blank_cell": N_("Row %(row)s of %(file)s lacks its month or its amount; fill it in or delete the row."),
    "spend.row_incomplete": N_(
        "Row %(row)s of the spend table lacks its month or its amount: fill it in or delete the row."
    ),
    "spend.row_negative": N_("Row %(row)s of the spend table has the amount %(given)s: spend is zero or more."),
    "spend.row_twice": N_(
        "Rows %(first)s and %(row)s of the spend table are the same month, source and region: add them up."
    ),
    "spend.negative": N_("Row %(row)s of %(file)s has a negative amount; spend is zero or more."),
}
