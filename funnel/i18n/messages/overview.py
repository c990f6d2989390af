"""Sentences of the overview."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "figure.leads": N_("Leads"),
    "figure.won_deals": N_("Won deals"),
    "overview.unknown_place": N_(
        "For %(n)s lost leads the data does not say at which stage they were lost, so the rates of those steps cannot "
        "be known; the overall conversion can. Import a stage history to see where they were lost."
    ),
    "overview.counts_only": N_(
        "This workspace holds stage totals, not single leads: it can show how much happened at each stage, but not who "
        "advanced, how long it took or where leads were lost. A ratio of two totals may exceed 100%. Import a list of "
        "leads into another workspace to see that."
    ),
    "overview.absent_stages": N_(
        "Not in this data: %(stages)s. No row names these stages, so the steps run past them."
    ),
    "overview.undated_stages": N_(
        "Dates are missing for: %(stages)s. How many came so far at least is known, and how many of the closed leads "
        "passed; how long it took, trends and deadlines are not. An export with one date column per stage, or the "
        "stage history, would tell."
    ),
    "overview.history_too_short": N_(
        "The history is too short to know how long leads usually take into: %(stages)s. The settled "
        "conversion is not shown there; it comes with time."
    ),
    "overview.only_winners": N_(
        "Nearly all leads of this data are won (%(n)s of %(n_leads)s): it looks like a list of customers. No rate is "
        "shown, since those who were not won are not in it. Import them too, or say under Settings, Data trust, that "
        "these are all."
    ),
    "overview.only_closed": N_(
        "Nearly all leads of this data are closed (%(n)s of %(n_leads)s). If open deals are left out, only those of "
        "the youngest leads that ended soon are here, and rates read too high. No change of a rate and no forecast "
        "is shown. Import the open deals too, or say under Settings, Data trust, that these are all."
    ),
    "overview.wins_not_recorded": N_(
        "Nothing in this data says that a lead was won: no label, no closing date of a win. How many were won, and any "
        "rate of it, is not known."
    ),
    "overview.undated_stages_at_least": N_(
        "Dates are missing for: %(stages)s. How many came so far at least is known; how many passed, how long it took, "
        "trends and deadlines are not. An export with one date column per stage, or the stage history, would tell."
    ),
    "overview.reason.only_closed": N_("open deals seem to be left out of this data."),
    "overview.reason.wins_not_recorded": N_("nothing in this data says that a lead was won"),
    "overview.reason.wins_undated": N_("too many wins have no date."),
    "overview.known_later": N_(
        "%(n)s wins lie after %(day)s, up to which all leads were followed. They count in All time and in no rate: of "
        "the other leads nobody knows what happened by then. Say under Settings, Data trust, who is in "
        "the newer file."
    ),
    "overview.groups.winners_only": N_(
        "No rates by this: it is known for %(advanced)s of %(n_advanced)s leads that advanced and for %(rest)s of "
        "%(n_rest)s others, so it tells the outcome."
    ),
    "overview.groups.uneven": N_(
        "Known for %(advanced)s of %(n_advanced)s leads that advanced and for %(rest)s of %(n_rest)s others; the "
        "difference may be chance."
    ),
    "overview.losses_not_recorded": N_(
        "Losses are not recorded (%(lost)s lost beside %(won)s won), so won among the closed deals says nothing."
    ),
    "overview.closing_undated": N_(
        "Won among the closed by month needs closing dates; without one: %(won)s wins and %(lost)s losses."
    ),
    # Why a figure or its change is not there.
    "overview.reason.no_leads": N_("no leads"),
    "overview.reason.no_customers": N_("no won deals"),
    "overview.reason.no_new_customers": N_("no customer was won for the first time here"),
    "overview.reason.no_opportunities": N_("no opportunities"),
    "overview.reason.no_closed": N_("nothing closed yet"),
    "overview.reason.unknown_place": N_("place of losses not known"),
    "overview.reason.undated": N_("stage dates missing"),
    "overview.reason.winners_only": N_("known for winners only"),
    "overview.reason.losses_not_recorded": N_("losses are not recorded"),
    "overview.reason.not_followed": N_("many open leads were last looked at before the as-of date"),
    "overview.reason.only_winners": N_("who was not won is not in this data"),
    "overview.reason.known_later": N_("wins are known of later days than the other leads"),
    "overview.reason.no_amounts": N_("no amounts in the data"),
    "overview.reason.no_dates": N_("no dates in the data"),
    "overview.reason.not_recorded": N_("not recorded in the data"),
    "overview.reason.no_spend": N_("No spend is known for this window: enter it in the settings."),
    "overview.reason.spend_incomplete": N_("Spend is missing for some months of this window."),
    "overview.reason.spend_not_by_filter": N_("Spend is known by month, source and region only."),
    "overview.reason.spend_not_by_source": N_("Spend is not split by source in every month."),
    "overview.reason.spend_not_by_region": N_("Spend is not split by region in every month."),
    "overview.reason.more_arrived_than_entered": N_(
        "over 100%: more arrived than entered, they are not the same leads"
    ),
    "overview.reason.all_time": N_("all time has no window before it; choose a shorter window."),
    "overview.reason.no_earlier_data": N_("there is no earlier data to compare with."),
    "overview.reason.leads_undated": N_("new leads have no day of creation, only that of a later stage."),
    "overview.reason.leads_not_known": N_(
        "only wins are known up to the last day of this window, new leads are not: import the leads up to that day."
    ),
    "overview.reason.earlier_data_incomplete": N_("the data does not cover the whole window before."),
}
