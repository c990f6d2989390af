"""Findings about the leads' stories, and what the metrics cannot accept."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "trust.skipped": N_(
        "Leads that skipped a stage: %(n)s of %(n_leads)s. They reached a later stage without an entry of their own."
    ),
    "trust.out_of_order": N_(
        "Leads whose dates run backwards: %(n)s. A later stage carries an earlier date than the stage before it."
    ),
    "trust.entry_before_created": N_("Leads that entered a stage before they were created: %(n)s."),
    "trust.win_revoked": N_("Wins that were taken back: %(n)s. These leads were won first and are not won any more."),
    "trust.won_then_back": N_(
        "Won deals that stand in an earlier stage again: %(n)s of %(n_all)s. Did these deals really reopen, or does "
        "your CRM reset them, for a new order or a renewal?"
    ),
    "trust.not_leads": N_(
        "Losses whose reason says duplicate or test: %(n)s of %(n_all)s. Are they lost deals, or rows that should not "
        "count?"
    ),
    "trust.done.won_then_back.reopened": N_("They count as open again; the win is taken back."),
    "trust.done.won_then_back.reset": N_("The win stays."),
    "trust.done.not_leads.keep": N_("They count as lost."),
    "trust.done.not_leads.out": N_("They are left out of all figures."),
    "trust.reopened": N_("Leads that were lost and came back: %(n)s."),
    "trust.moved_back": N_("Leads that now stand at an earlier stage than they had reached: %(n)s."),
    "trust.undated": N_("Leads without any date: %(n)s of %(n_leads)s."),
    "trust.no_creation": N_("Leads without a creation date: %(n)s."),
    "trust.closed_undated": N_("Closed leads whose closing date is not known, or lies after the as-of date: %(n)s."),
    "trust.unknown_place": N_("Losses of which the data does not tell the stage: %(n)s."),
    "trust.won_without_amount": N_("Wins without an amount: %(n)s of %(n_won)s."),
    "trust.reason_on_won": N_("Won leads that carry a loss reason: %(n)s."),
    "trust.every_lead_has_reason": N_(
        "Every lead has a loss reason, all %(n)s of them, so the column may not mean a loss. Check its role "
        "in the import."
    ),
    "trust.duplicates": N_("Leads that the data itself marks as duplicates: %(n)s."),
    "trust.later": N_("Leads that did not exist yet on %(as_of)s: %(n)s."),
    "trust.reentered": N_("Leads that entered the same stage more than once: %(n)s."),
    "trust.two_creations": N_("Leads with two creation dates under one id: %(n)s. Two leads may share the id."),
    "trust.closed_before_created": N_("Closed leads whose close date lies before their creation: %(n)s."),
    "trust.expected_before_created": N_("Open leads whose expected close lies before their creation: %(n)s."),
    "trust.future_dates": N_("Leads with a date after the day of the import: %(n)s."),
    "trust.unmapped_labels": N_(
        "Labels without a meaning in this funnel, in %(n)s rows: %(labels)s. Map them to a stage if they are one."
    ),
    "trust.covers_nobody": N_(
        "“%(file)s” names %(n)s leads and leaves out others of its time, so it does not tell how long those were "
        "followed. Say under Settings, Data trust, who is in it, to use it up to its last day."
    ),
    "trust.known_later": N_(
        "Leads whose win or loss lies after the day up to which all leads were followed: %(n)s. Of the others nobody "
        "knows what happened by then."
    ),
    "trust.only_won": N_(
        "Nearly all leads are won: %(n)s of %(n_leads)s. Are those who were not won in these files? Say below who is "
        "in them."
    ),
    "trust.only_closed": N_(
        "Nearly all leads are closed: %(n)s of %(n_leads)s. Are the open deals in these files? Say below who is in "
        "them."
    ),
    "trust.only_open": N_(
        "Nearly all leads are open: %(n)s of %(n_leads)s. Are the won and lost ones in these files? Say below who is "
        "in them."
    ),
    "trust.done.only_won": N_("Until then no rate is shown."),
    "trust.done.only_closed": N_("Until then no change of a rate and no forecast is shown."),
    "trust.done.only_open": N_("Until then these count as all leads."),
    "trust.missing_closings": N_(
        "Deals that closed before %(on)s seem to be missing: %(n)s leads began earlier, and about %(expected)s of them "
        "should have closed by then, but none has. Only those that took long are here, so their rates and days are not "
        "typical."
    ),
    "trust.done.missing_closings": N_(
        "They count. For rates choose a window that begins on that day, or bring all deals, whenever they closed."
    ),
    "trust.gone": N_("Leads that the newest file of their time no longer holds: %(n)s (deleted, merged or archived)."),
    "trust.done.follows_nobody": N_("It updates the leads it names and makes nobody followed for longer."),
    "trust.done.in_no_rate": N_("They count in All time, in no rate."),
    "trust.done.not_open": N_("From that day on they are in no list of open deals."),
    "trust.reason_on_open": N_(
        "Open deals that carry a loss reason, though this file has a label for lost: %(n)s of %(n_all)s. Are they "
        "still open, or lost?"
    ),
    "trust.done.reason_on_open.open": N_("They stay open; the reason is a note."),
    "trust.done.reason_on_open.lost": N_("They count as lost."),
    "trust.done.reached": N_("They count as having passed the stage; their time in it is left out."),
    "trust.done.no_days": N_("They count as reached; the negative number of days is left out."),
    "trust.done.fell_back": N_("The win does not count; the lead is lost or open in the step into won."),
    "trust.done.open_again": N_("They count as open, or as won if they were won later."),
    "trust.done.furthest": N_("The furthest stage that they reached counts."),
    "trust.done.all_time_only": N_("They count in All time only."),
    "trust.done.first_date": N_("Their first known date stands in for it."),
    "trust.done.no_date": N_("They count as closed, without a date."),
    "trust.done.own_line": N_("They stand on a line of their own; rates that would need their stage are not shown."),
    "trust.done.left_out_of_money": N_("They count as wins and are left out of revenue and deal size."),
    "trust.done.win_stays": N_("The win stays."),
    "trust.done.counted_lost": N_("They count as lost at the date of the reason, except won leads."),
    "trust.done.left_out": N_("They are left out of all figures."),
    "trust.done.first_entry": N_("The first entry counts."),
    "trust.done.first_creation": N_("The earliest creation counts."),
    "trust.done.forecast": N_("An expected date is a plan and is not used as an entry."),
    "trust.done.not_a_date": N_("Such dates are not used."),
    "trust.done.ignored": N_("These labels are passed over; the leads stay."),
    "horizons.first_stage": N_(
        "The first stage has no step before it, so it has no usual time: set one for a later stage than “%(given)s”."
    ),
    "horizons.not_positive": N_(
        "The usual time of “%(stage)s” was given as %(given)s days: enter a number of days above 0."
    ),
    "metrics.unknown_basis": N_("There is no way of counting called “%(given)s”: choose one of %(allowed)s."),
    "metrics.unknown_period": N_("A trend cannot be shown by “%(given)s”: choose one of %(allowed)s."),
}
