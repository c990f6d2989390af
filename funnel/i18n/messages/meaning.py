"""Sentences of the questions about what a file means, and of what follows from each answer."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "intake.won_because.marked": N_("“%(stage)s” is the win, as it was marked."),
    "intake.consequence": N_("%(leads)s leads, %(won)s won, %(lost)s lost, %(open)s open, won value %(value)s"),
    "intake.consequence_without_value": N_("%(leads)s leads, %(won)s won, %(lost)s lost, %(open)s open"),
    "intake.answer": N_("%(answer)s → %(follows)s"),
    "intake.what_is_a_row": N_("“%(id)s” repeats in this file. Is each row a lead of its own, or one step of a lead?"),
    "intake.answer.changes": N_("Each row is a change of one “%(id)s”: “%(stage)s” on “%(time)s”"),
    "intake.answer.each_row": N_("Each row is a lead of its own"),
    "intake.answer.by_id": N_("Each “%(id)s” is one lead"),
    "intake.unknown_headers": N_("The headers of this file say nothing. Is it read rightly? %(columns)s"),
    "intake.unknown_headers_and_money": N_(
        "The headers of this file say nothing. Is it read rightly, and is one of these numbers the amount of the deal "
        "(%(numbers)s)? %(columns)s"
    ),
    "intake.answer.right_and": N_("That is right; %(answer)s (else change the columns below)"),
    "intake.column_as_role": N_("“%(column)s” as “%(role)s”"),
    "intake.answer.reading_is_right": N_("Yes, that is right (else change the columns below)"),
    "intake.no_label_known": N_(
        "No list knows the words in “%(column)s” (%(labels)s), and nothing in the file says their order. Is it right "
        "that all of them are open stages, in the order shown below?"
    ),
    "intake.answer.labels_are_right": N_("Yes, that is right (else change order and meaning below)"),
    "intake.which_date": N_("What happened on the date in “%(column)s” (%(examples)s)?"),
    "intake.answer.date_created_at": N_("The lead began: its creation"),
    "intake.answer.date_closed_at": N_("The lead ended: won or lost"),
    "intake.answer.date_entry": N_("A stage in between was reached"),
    "intake.answer.date_ignore": N_("Something else, leave it out"),
    "intake.which_label_is_won": N_("Which of these values of %(columns)s means that the deal is won? %(labels)s"),
    "intake.answer.label_is_won": N_("“%(label)s” means won"),
    "intake.answer.no_label_is_won": N_("None of them: no deal is won in this file"),
    "intake.what_does_label_mean": N_(
        "No list knows “%(label)s” in “%(column)s”, and its rows look closed. What does it mean?"
    ),
    "intake.no_or_blank": N_(
        "In “%(column)s” some cells say “%(label)s” and others are blank. What does “%(label)s” mean?"
    ),
    "intake.test_records": N_("Records that call themselves a test: %(n)s (%(names)s). Shall they be counted?"),
    "intake.answer.tests_out": N_("No, leave them out"),
    "intake.answer.tests_in": N_("Yes, count them"),
    "intake.answer.label_won": N_("“%(label)s” means won"),
    "intake.answer.label_lost": N_("“%(label)s” means lost"),
    "intake.answer.label_open": N_("“%(label)s” means still open"),
    "intake.answer.label_stage": N_("“%(label)s” is a stage before the win"),
    "intake.which_column_is_money": N_("Is one of these numbers the amount of the deal? %(columns)s"),
    "intake.answer.column_is_money": N_("“%(column)s” is the amount"),
    "intake.answer.no_column_is_money": N_("None of them is an amount"),
    "intake.price_of_one": N_(
        "“%(column)s” looks like the price of one piece. Is the amount of a row this price times “%(pieces)s”?"
    ),
    "intake.price_of_one_less_discount": N_(
        "“%(column)s” looks like the price of one piece, and “%(discount)s” is not taken off by itself. Is the amount "
        "of a row the price times “%(pieces)s”?"
    ),
    "intake.price_of_one_alone": N_(
        "“%(column)s” looks like the price of one piece, and no column says how many. Is it the amount of the deal?"
    ),
    "intake.answer.price_times_pieces": N_("The amount is “%(column)s” × “%(pieces)s”"),
    "intake.answer.price_is_all": N_("“%(column)s” is the whole amount already"),
    "intake.answer.price_is_none": N_("Neither: this file has no amount"),
    "intake.no_deals.pairs": N_(
        "“%(file)s” holds pairs of ids, such as which contact belongs to which deal: no leads. "
        "Import the list of deals instead."
    ),
    "intake.no_deals.raw_json": N_(
        "“%(file)s” is a raw table: each row is one cell of JSON. "
        "Bring the final table, in which each property has its own column."
    ),
    "intake.no_deals.lookup": N_(
        "“%(file)s” is a list of stages, not of leads: its names belong to the stages of another file."
    ),
    "intake.no_deals.activities": N_(
        "“%(file)s” is a list of activities (calls, mails, tasks, meetings), not of deals. Export the deals instead: "
        "one row a deal, with its stage, amount, creation and closing date."
    ),
    "intake.no_deals.line_items": N_(
        "“%(file)s” holds lines of orders (products, numbers, prices), not deals. Export the deals or orders instead: "
        "with their stage or result, creation and closing date."
    ),
    "intake.no_deals.products": N_(
        "“%(file)s” is a list of products and prices, not of deals. Export the deals instead: one row a deal, with its "
        "stage, amount, creation and closing date."
    ),
    "intake.no_deals.tickets": N_(
        "“%(file)s” is a list of tickets, not of deals: their states say what is solved, not what is sold. Export the "
        "deals instead."
    ),
    "intake.no_deals.users": N_(
        "“%(file)s” is a list of users of a program, not of deals. Export the deals instead: their owner stands there."
    ),
    "intake.no_deals.campaigns": N_(
        "“%(file)s” is a list of campaigns and what came of them, not of deals. Export the deals with their source "
        "instead; what was spent is imported in Settings."
    ),
    "intake.no_deals.payments": N_(
        "“%(file)s” is a list of payments, not of deals: one deal may be paid in parts. Export the deals instead, each "
        "with its stage or result and its amount."
    ),
    "intake.no_deals.spend": N_(
        "“%(file)s” looks like marketing spend, not a list of leads. Spend is imported in Settings."
    ),
    "intake.no_deals.people": N_(
        "“%(file)s” looks like a list of people: nothing in it says how far a deal came or how it ended."
    ),
    "intake.no_deals.accounts": N_(
        "“%(file)s” looks like a list of companies: nothing in it says how far a deal came or how it ended."
    ),
    "intake.answer.deals_all_the_same": N_("It holds leads all the same: read it as set below"),
    "reading.left_out.deleted": N_("This row is marked as deleted."),
    "reading.left_out.gone": N_("This deal is no longer in the source: none of its versions is valid now."),
    "intake.left_the_source": N_("Deals that the source no longer has; they are left out: %(n)s."),
    "reading.left_out.merged": N_("This deal went into another one when both were merged."),
    "reading.left_out.label": N_("This row is left out by what it is called."),
    "intake.role.old_value": N_("Old value"),
    "intake.role.valid_until": N_("End of the version"),
    "intake.role.deleted": N_("Deleted (yes = row left out)"),
    "intake.role.tick": N_("Stage reached (ticked)"),
    "intake.role.converted_id": N_("Goes on as (id)"),
    "intake.which_column_is_stage": N_(
        "Does one of these columns say how far a lead came, or how it ended? %(columns)s"
    ),
    "intake.answer.column_is_stage": N_("“%(column)s” says it"),
    "intake.answer.no_column_is_stage": N_("None of them"),
}
