"""Sentences of the outlook: why something cannot be said yet, and what must be said beside a figure."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "outlook.too_little_history": N_(
        "Too little history for a forecast: %(d)s days and %(w)s dated wins; it needs 90 days and 10 wins."
    ),
    "outlook.only_winners": N_(
        "Who was not won is not in this data, so nothing can be forecast from it: import the open and lost leads too."
    ),
    "outlook.only_closed": N_(
        "Open deals seem to be left out of this data, so nothing can be forecast from it: import them too, or say "
        "under Settings, Data trust, that these are all leads."
    ),
    "outlook.nothing_ahead": N_(
        "No deal is open and no lead came in the last 90 days: there is nothing to forecast from this data."
    ),
    "outlook.no_new_leads": N_(
        "No lead came in the last 90 days up to the as-of date, so new leads are taken to bring nothing: is the list "
        "of leads older than the list of wins?"
    ),
    "outlook.no_range": N_(
        "No range earned yet: this forecast could be checked on %(n_eff)s independent past windows of %(h)s days; it "
        "needs 2 (from %(date)s)."
    ),
    "outlook.no_range_wins": N_(
        "No range earned yet: this forecast rests on %(w)s dated wins; a range needs %(needed)s."
    ),
    "outlook.few_windows": N_("Range from only 2 independent windows."),
    "outlook.not_checked_yet": N_("First the forecast must have been checked: there is no range to plan with yet."),
    "outlook.no_amounts": N_("Fewer than 20 wins have an amount: nothing can be said in money."),
    "outlook.step_changed": N_(
        "%(before)s → %(stage)s changed about %(date)s: %(p0)s%% before, %(p1)s%% since (n = %(n)s). The forecast uses "
        "only the days since; its range is wider."
    ),
    "outlook.quarter_ends": N_(
        "Your wins cluster at quarter ends (%(p)s%%): 30 and 60 days are right on average only; choose to the end of "
        "the quarter."
    ),
    "outlook.dead_pipeline": N_(
        "%(n)s open leads have been in %(stage)s for over a year; they count with their measured chance of %(p)s%%."
    ),
    "outlook.left_out": N_("Some leads are left out because they have no date: %(n)s, of them won: %(won)s."),
    "outlook.stages_left_out": N_("Not every stage has dates, so the forecast walks past: %(stages)s."),
    "outlook.from_all": N_(
        "Too few wins under these filters: the chances are those of all leads, the deals and new leads those of the "
        "filter."
    ),
}
