"""Bottleneck: verdicts, deadlines, likely causes."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    # --- the sentence on top
    "bottleneck.no_leads": N_("There are no leads under these filters. Widen the filters or import a file."),
    "bottleneck.found": N_(
        "%(from_stage)s → %(stage)s is the bottleneck: %(rate)s%% of %(n)s leads advance, where %(low)s–%(high)s%% "
        "are expected (%(source)s). %(worth)s"
    ),
    "bottleneck.found_own_past": N_(
        "%(from_stage)s → %(stage)s is the bottleneck: %(rate)s%% of %(n)s leads advance, after %(low)s–%(high)s%% in"
        " your own 12 months before. %(worth)s"
    ),
    "bottleneck.worth_revenue": N_(
        "Lifting it to %(low)s%% is worth at most about %(customers)s customers and %(revenue)s of revenue a quarter,"
        " if the extra leads are as good."
    ),
    "bottleneck.worth_customers": N_(
        "Lifting it to %(low)s%% is worth at most about %(customers)s customers a quarter, if the extra leads are as "
        "good. Without amounts of wins it cannot be put in money."
    ),
    "bottleneck.worth_none": N_(
        "What lifting it to %(low)s%% would bring cannot be told yet, because a later step has too little history."
    ),
    "bottleneck.none": N_(
        "No step is significantly below its range (steps judged: %(n_steps)s), and none is below it at all."
    ),
    "bottleneck.none_but_below": N_(
        "No step is significantly below its range (steps judged: %(n_steps)s). %(from_stage)s → %(stage)s is below it,"
        " but not for certain: %(rate)s%% (%(rate_low)s–%(rate_high)s%%) where at least %(low)s%% are expected."
    ),
    "bottleneck.weakest": N_(
        "The weakest step is %(from_stage)s → %(stage)s: %(advanced)s of %(n)s leads advance, %(rate)s%% "
        "(%(rate_low)s–%(rate_high)s%%). %(why)s"
    ),
    "bottleneck.too_little": N_(
        "No step can be judged yet: each needs at least 20 leads that were followed long enough. Choose a longer "
        "window or import more history."
    ),
    "bottleneck.weakest_both": N_(
        "The weakest step is %(from_stage)s → %(stage)s: %(advanced)s of %(n)s leads advance, %(rate)s%% "
        "(%(rate_low)s–%(rate_high)s%%); counting the leads that jumped ahead it is %(reached_rate)s%%. %(why)s"
    ),
    "bottleneck.only_one": N_(
        "Only %(from_stage)s → %(stage)s can be rated: %(advanced)s of %(n)s leads advance, %(rate)s%% "
        "(%(rate_low)s–%(rate_high)s%%). %(why)s"
    ),
    "bottleneck.why_no_range": N_(
        "There is no range to compare it with: set a benchmark, or choose a window with a year of history before it."
    ),
    "bottleneck.why_skips": N_("Whether it is below its range depends on how skipped stages are counted."),
    "bottleneck.why_history_too_short": N_(
        "The history is too short to know how long this step takes, so leads may still advance."
    ),
    "bottleneck.why_all_closed": N_(
        "All of them have moved on or ended; the history is too short to compare the rate with a range."
    ),
    "bottleneck.cannot_know_where": N_(
        "This data cannot tell at which step leads are lost; how many are won overall is known. Import a stage "
        "history or one date column per stage."
    ),
    "bottleneck.step": N_("%(from_stage)s → %(stage)s"),
    # --- verdicts
    "bottleneck.significantly_below": N_(
        "%(from_stage)s → %(stage)s is significantly below its range: %(rate)s%% of %(n)s leads, %(low)s–%(high)s%% "
        "expected."
    ),
    "bottleneck.below_not_certain": N_(
        "%(from_stage)s → %(stage)s is below its range, but with %(n)s leads this may be chance: %(rate)s%% "
        "(%(rate_low)s–%(rate_high)s%%), %(low)s–%(high)s%% expected."
    ),
    "bottleneck.within": N_(
        "%(from_stage)s → %(stage)s is within its range: %(rate)s%% of %(n)s leads, %(low)s–%(high)s%% expected."
    ),
    "bottleneck.above": N_(
        "%(from_stage)s → %(stage)s is above its range: %(rate)s%% of %(n)s leads, %(low)s–%(high)s%% expected."
    ),
    "bottleneck.depends_on_skips": N_(
        "%(from_stage)s → %(stage)s: the verdict depends on how skipped stages are counted, %(own_rate)s%% without "
        "the leads that jumped ahead, %(reached_rate)s%% with them. Check how the team records this stage."
    ),
    "bottleneck.no_reference": N_(
        "%(from_stage)s → %(stage)s has no range to compare with: %(rate)s%% of %(n)s leads. Set a benchmark, or "
        "choose a window with a year of history before it."
    ),
    "bottleneck.too_little_data.few_leads": N_(
        "%(from_stage)s → %(stage)s: too little data. Leads followed long enough: %(n)s, at least %(few)s are needed."
    ),
    "bottleneck.too_little_data.history_too_short": N_(
        "%(from_stage)s → %(stage)s: the history is too short to know how long this step takes. Type the number of "
        "days after which a lead counts as followed long enough."
    ),
    "bottleneck.cannot_know.unknown_place": N_(
        "%(from_stage)s → %(stage)s cannot be judged, because some losses do not say at which stage they happened "
        "(%(n_unknown)s). Import a stage history or one date column per stage."
    ),
    "bottleneck.cannot_know.undated": N_(
        "%(from_stage)s → %(stage)s cannot be judged, because no lead that reached %(from_stage)s says when it "
        "entered it (%(n_undated)s)."
    ),
    "bottleneck.cannot_know.dates_missing": N_(
        "%(from_stage)s → %(stage)s cannot be judged, because dates of one of the two stages are missing. An export "
        "with one date column per stage, or the stage history, would tell."
    ),
    "bottleneck.cannot_know.only_winners": N_(
        "%(from_stage)s → %(stage)s cannot be judged, because who was not won is not in this data."
    ),
    "bottleneck.cannot_know.only_winners.several": N_(
        "These steps cannot be judged, because who was not won is not in this data: %(steps)s."
    ),
    "bottleneck.cannot_know.same_instant": N_(
        "%(from_stage)s → %(stage)s cannot be judged: all %(n)s leads carry the same date for both stages, so the "
        "file dates only one of them."
    ),
    "bottleneck.depends_on_skips.several": N_(
        "The verdict depends on how skipped stages are counted: %(steps)s. Check how the team records these stages."
    ),
    "bottleneck.no_reference.several": N_(
        "No range to compare with: %(steps)s. Set benchmarks, or choose a window with a year of history before it."
    ),
    "bottleneck.too_little_data.few_leads.several": N_(
        "Too little data, fewer than %(few)s leads followed long enough: %(steps)s."
    ),
    "bottleneck.too_little_data.history_too_short.several": N_(
        "The history is too short to know how long these steps take: %(steps)s. Type the number of days after which a"
        " lead counts as followed long enough."
    ),
    "bottleneck.cannot_know.unknown_place.several": N_(
        "These steps cannot be judged, because some losses do not say at which stage they happened (%(n_unknown)s): "
        "%(steps)s. Import a stage history or one date column per stage."
    ),
    "bottleneck.cannot_know.undated.several": N_(
        "These steps cannot be judged, because no lead says when it entered the stage before: %(steps)s."
    ),
    "bottleneck.cannot_know.dates_missing.several": N_(
        "These steps cannot be judged, because dates of their stages are missing: %(steps)s. An export with one date "
        "column per stage, or the stage history, would tell."
    ),
    "bottleneck.cannot_know.same_instant.several": N_(
        "These steps cannot be judged, because both stages always carry the same date: %(steps)s."
    ),
    "bottleneck.own_past.several": N_(
        "Compared with your own 12 months before the window, because no benchmark is used: %(steps)s."
    ),
    "bottleneck.post_sale_below": N_(
        "After the sale, %(from_stage)s → %(stage)s is significantly below its range: %(rate)s%% of %(n)s customers, "
        "at least %(low)s%% expected."
    ),
    "bottleneck.own_past": N_(
        "%(from_stage)s → %(stage)s is compared with your own 12 months before the window (%(past_n)s leads), because"
        " no benchmark is used for it."
    ),
    "bottleneck.groups_left_out": N_(
        "Not compared by %(dimension)s: it is known for %(advanced)s of %(n_advanced)s leads that advanced and for "
        "%(rest)s of %(n_rest)s others, so it tells the outcome."
    ),
    "bottleneck.losses_left_out": N_("Losses without a date, which only “All time” can count: %(n)s."),
    "bottleneck.not_stated": N_("not stated"),
    # --- deadlines
    "sla.whole_days": N_(
        "%(stage)s: where dates carry no time of day, the deadline in hours was judged in whole days (leads: %(n)s)."
    ),
    "sla.calendar_year": N_(
        "The calendar of %(country)s knows the working days of %(first)s to %(last)s, but not of %(given)s, so "
        "deadlines in business days are not judged. Enter the holidays and working days of that year in the settings "
        "and confirm them, or choose no country."
    ),
    "sla.unknown_country": N_(
        "No calendar is known for the country %(given)s. Choose another one, or none and enter your days off."
    ),
    "sla.bad_date": N_("%(given)s is not a date. Write days off as year-month-day, for example 2026-02-17."),
    # --- likely causes: the figure
    "causes.few_leads": N_("Fewer new leads: %(x)s in the last 13 weeks after %(n)s in the 13 weeks before."),
    "causes.slow_follow_up": N_("Slow follow-up: %(x)s of %(n)s leads (%(share)s%%) missed the deadline of this step."),
    "causes.late_converts_less": N_(
        "Late means lost: of the leads that came through after the deadline, %(x)s of %(n)s (%(share)s%%) went on in "
        "the next step. This is an association, not proof of a cause."
    ),
    "causes.long_wait": N_(
        "A slow step: on average it takes %(share)s%% of the sales cycle; half of the %(n)s wins with both dates took "
        "%(x)s days or less."
    ),
    "causes.left_lying": N_(
        "Leads kept waiting: %(x)s of %(n)s waiting leads (%(share)s%%) wait longer than nearly all leads take here."
    ),
    "causes.weak_source": N_(
        "One source pulls it down: %(detail)s has the largest shortfall, %(x)s of %(n)s leads advance (%(share)s%%)."
    ),
    "causes.uneven_owners": N_(
        "Rates differ between owners: %(detail)s has the largest shortfall, %(x)s of %(n)s leads advance (%(share)s%%)."
    ),
    "causes.weak_segment": N_(
        "One segment pulls it down: %(detail)s has the largest shortfall, %(x)s of %(n)s leads advance (%(share)s%%)."
    ),
    "causes.weak_region": N_(
        "One region pulls it down: %(detail)s has the largest shortfall, %(x)s of %(n)s leads advance (%(share)s%%)."
    ),
    "causes.weak_source.all_below": N_(
        "Not one source alone: all with 20 leads are below the range. The largest shortfall: %(detail)s, %(x)s of "
        "%(n)s leads advance (%(share)s%%)."
    ),
    "causes.uneven_owners.all_below": N_(
        "Not one person alone: all with 20 leads are below the range. The largest shortfall: %(detail)s, %(x)s of "
        "%(n)s leads advance (%(share)s%%)."
    ),
    "causes.weak_segment.all_below": N_(
        "Not one segment alone: all with 20 leads are below the range. The largest shortfall: %(detail)s, %(x)s of "
        "%(n)s leads advance (%(share)s%%)."
    ),
    "causes.weak_region.all_below": N_(
        "Not one region alone: all with 20 leads are below the range. The largest shortfall: %(detail)s, %(x)s of "
        "%(n)s leads advance (%(share)s%%)."
    ),
    "causes.handover_gap": N_("A gap in the handover: %(x)s of %(n)s leads (%(share)s%%) arrived without an owner."),
    "causes.no_decision": N_(
        "No decision: %(x)s of %(n)s losses with a reason (%(share)s%%) say that the customer decided nothing."
    ),
    "causes.price": N_("Price or quote: named in %(x)s of %(n)s losses with a reason (%(share)s%%)."),
    "causes.price.most_often": N_(
        "Price or quote: named in %(x)s of %(n)s losses with a reason (%(share)s%%), most often “%(detail)s”."
    ),
    "causes.no_budget": N_("Budget: named in %(x)s of %(n)s losses with a reason (%(share)s%%)."),
    "causes.no_budget.most_often": N_(
        "Budget: named in %(x)s of %(n)s losses with a reason (%(share)s%%), most often “%(detail)s”."
    ),
    "causes.competitor": N_("Competitors: named in %(x)s of %(n)s losses with a reason (%(share)s%%)."),
    "causes.competitor.most_often": N_(
        "Competitors: named in %(x)s of %(n)s losses with a reason (%(share)s%%), most often “%(detail)s”."
    ),
    "causes.poor_fit": N_("Poor lead quality: named in %(x)s of %(n)s losses with a reason (%(share)s%%)."),
    "causes.poor_fit.most_often": N_(
        "Poor lead quality: named in %(x)s of %(n)s losses with a reason (%(share)s%%), most often “%(detail)s”."
    ),
    "causes.not_reached": N_("Not reachable: named in %(x)s of %(n)s losses with a reason (%(share)s%%)."),
    "causes.not_reached.most_often": N_(
        "Not reachable: named in %(x)s of %(n)s losses with a reason (%(share)s%%), most often “%(detail)s”."
    ),
    "causes.reasons_unknown": N_("Reasons unknown: %(x)s of %(n)s losses (%(share)s%%) carry no reason."),
    # --- likely causes: why there is no figure
    "causes.weak_source.winners_only": N_(
        "One source pulls it down? The source is known for %(advanced)s of %(n_advanced)s leads that moved on "
        "and for %(rest)s of %(n_rest)s others, so it tells the outcome and no cause."
    ),
    "causes.uneven_owners.winners_only": N_(
        "Rates differ between owners? The owner is known for %(advanced)s of %(n_advanced)s leads that moved on "
        "and for %(rest)s of %(n_rest)s others, so it tells the outcome and no cause."
    ),
    "causes.weak_segment.winners_only": N_(
        "One segment pulls it down? The segment is known for %(advanced)s of %(n_advanced)s leads that moved on "
        "and for %(rest)s of %(n_rest)s others, so it tells the outcome and no cause."
    ),
    "causes.weak_region.winners_only": N_(
        "One region pulls it down? The region is known for %(advanced)s of %(n_advanced)s leads that moved on "
        "and for %(rest)s of %(n_rest)s others, so it tells the outcome and no cause."
    ),
    "causes.few_leads.unknown": N_(
        "Fewer new leads? The days of creation of 26 weeks, up to the last day of the data, are needed."
    ),
    "causes.slow_follow_up.unknown": N_(
        "Slow follow-up? Give this step a deadline in the settings, or wait until 20 leads can be judged."
    ),
    "causes.late_converts_less.unknown": N_(
        "Late means lost? At least 20 leads on each side of the deadline are needed."
    ),
    "causes.long_wait.unknown": N_(
        "A slow step? At least 20 wins are needed, most of them with the dates of every stage."
    ),
    "causes.left_lying.unknown": N_(
        "Leads kept waiting? Fewer than 20 leads are waiting here, or the usual duration is not known yet."
    ),
    "causes.weak_source.unknown": N_(
        "One source pulls it down? At least two sources with 20 leads each and a range to compare with are needed."
    ),
    "causes.uneven_owners.unknown": N_(
        "Rates differ between owners? At least two owners with 20 leads each and a range to compare with are needed."
    ),
    "causes.weak_segment.unknown": N_(
        "One segment pulls it down? At least two segments with 20 leads each and a range to compare with are needed."
    ),
    "causes.weak_region.unknown": N_(
        "One region pulls it down? At least two regions with 20 leads each and a range to compare with are needed."
    ),
    "causes.handover_gap.unknown": N_(
        "A gap in the handover? The data names no owners, or fewer than 20 leads were handed over."
    ),
    "causes.no_decision.unknown": N_("No decision? At least 20 losses with a reason in words are needed."),
    "causes.price.unknown": N_("Price? At least 20 losses with a reason in words are needed."),
    "causes.no_budget.unknown": N_("Budget? At least 20 losses with a reason in words are needed."),
    "causes.competitor.unknown": N_("Competitors? At least 20 losses with a reason in words are needed."),
    "causes.poor_fit.unknown": N_("Poor lead quality? At least 20 losses with a reason in words are needed."),
    "causes.not_reached.unknown": N_("Not reachable? At least 20 losses with a reason in words are needed."),
    "causes.reasons_unknown.unknown": N_("Reasons unknown? Fewer than 20 leads were lost here."),
    "causes.reasons_unknown.unknown.by_reason": N_(
        "Reasons unknown? In this data only its reason says that a lead is lost, so no loss can lack one."
    ),
    # --- the playbook's own figures
    "figures.skip_share": N_("Skipped: %(x)s of %(n)s leads that reached this stage (%(share)s%%) never entered it."),
    "figures.repurchase_rate": N_("Bought again: %(x)s of %(n)s customers (%(share)s%%)."),
    "figures.referral_rate": N_("Brought a new lead: %(x)s of %(n)s customers (%(share)s%%)."),
    "figures.lead_cost_change": N_("Cost of a lead: %(x)s, after %(n)s in the window before (%(share)s%% of that)."),
    "figures.top_source_share": N_("The largest source, %(detail)s, brought %(x)s of %(n)s leads (%(share)s%%)."),
    "figures.missing_source_share": N_("Leads without a source: %(x)s of %(n)s (%(share)s%%)."),
    "figures.lead_cost_change.unknown": N_(
        "Do leads cost more? Spend for this window and the one before, and 20 leads in each, are needed. All time has "
        "no window before it."
    ),
    "figures.lead_cost_change.chance": N_("Cost of a lead: %(x)s, after %(n)s in the window before: within chance."),
    "figures.top_source_share.unknown": N_(
        "One channel? At least 20 leads are needed, and a source for at least half of them."
    ),
    "figures.missing_source_share.unknown": N_("Leads without a source? The data hold no column of sources."),
    "figures.skip_share.unknown": N_("Skipped? No lead has a date for this stage, so the data does not record it."),
    "figures.repurchase_rate.unknown": N_("Bought again? The data does not record repeat purchases."),
    "figures.referral_rate.unknown": N_("Brought a new lead? The data does not record referrals."),
}
