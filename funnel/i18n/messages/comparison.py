"""Sentences about before and after, promises, drivers, control charts and process simplification."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    # steps and words
    "comparison.step": N_("%(before)s → %(stage)s"),
    "comparison.rose": N_("rose"),
    "comparison.fell": N_("fell"),
    "comparison.dimension.source": N_("source"),
    "comparison.dimension.owner": N_("owner"),
    "comparison.dimension.segment": N_("segment"),
    "comparison.dimension.region": N_("region"),
    "comparison.factor.leads": N_("Leads (%(stage)s)"),
    "comparison.factor.amount_share": N_("Share of customers with an amount"),
    "comparison.factor.mean_amount": N_("Average recorded amount"),
    # verdicts
    "comparison.improved": N_(
        "%(step)s improved: %(before)s%% before (%(x_before)s of %(n_before)s), %(after)s%% after (%(x_after)s "
        "of %(n_after)s) within %(days)s days; a rise of %(change)s points, 95%% interval %(low)s to %(high)s."
    ),
    "comparison.worsened": N_(
        "%(step)s got worse: %(before)s%% before (%(x_before)s of %(n_before)s), %(after)s%% after (%(x_after)s"
        " of %(n_after)s) within %(days)s days; a fall of %(change)s points, 95%% interval %(low)s to %(high)s."
    ),
    "comparison.this_step_alone": N_(
        "%(step)s %(direction)s by %(change)s points (%(before)s%% of %(n_before)s, then %(after)s%% of "
        "%(n_after)s, within %(days)s days; 95%% interval %(low)s to %(high)s). That holds if this step alone is "
        "looked at: with all steps compared it may be chance."
    ),
    "comparison.no_clear_change": N_(
        "No clear change in %(step)s: %(before)s%% of %(n_before)s, then %(after)s%% of %(n_after)s, within "
        "%(days)s days (95%% interval %(low)s to %(high)s points); with %(n_before)s / %(n_after)s leads only rises "
        "of %(detectable)s points or more would show."
    ),
    "comparison.no_clear_change_swings": N_(
        "No clear change in %(step)s: %(before)s%% of %(n_before)s, then %(after)s%% of %(n_after)s, within "
        "%(days)s days. Its months swing %(swing)s times as widely as chance, and this difference does not stand out "
        "from that (by chance alone the interval would be %(low)s to %(high)s points). Only rises of %(detectable)s "
        "points or more would show."
    ),
    "comparison.no_dates": N_(
        "%(step)s cannot be compared: in these windows no lead carries the dates of both its stages."
    ),
    "comparison.no_clear_change_at_all": N_(
        "No clear change in %(step)s: %(before)s%% of %(n_before)s, then %(after)s%% of %(n_after)s, within "
        "%(days)s days (95%% interval %(low)s to %(high)s points); with so few leads no rise would show for "
        "certain."
    ),
    "comparison.too_little_data": N_(
        "Too little data for %(step)s: %(n_before)s leads before and %(n_after)s after were followed for %(days)s"
        " days, each side needs %(least)s."
    ),
    "comparison.history_too_short": N_(
        "The history of %(step)s is too short to know how long its leads take: type in a number of days, or wait "
        "for more leads to finish."
    ),
    "comparison.not_mature": N_(
        "%(step)s cannot be judged for this month yet: its leads need time to move on; look again from %(day)s."
    ),
    "comparison.depends_on_skips": N_(
        "Whether %(step)s changed depends on how skipped stages are counted: the two ways of counting give "
        "different answers."
    ),
    "comparison.undated": N_(
        "%(step)s cannot be compared: %(n)s leads moved on without a date, or were lost at an unknown place, so "
        "nobody knows whether it was within %(days)s days."
    ),
    # what else is said about a step
    "comparison.interim": N_(
        "An interim look at %(step)s: the verdict counts on the decision date only, because looking often finds "
        "changes that are chance."
    ),
    "comparison.moved_back": N_(
        "%(step)s compares %(after_start)s – %(after_end)s with %(before_start)s – %(before_end)s: moved back to the "
        "latest months of which enough leads were followed for %(days)s days."
    ),
    "comparison.shifted": N_(
        "%(step)s compares %(after_start)s – %(after_end)s with %(before_start)s – %(before_end)s: the time before "
        "ends %(days)s days before the change, because leads that were still open then got it too."
    ),
    "comparison.few_followed": N_(
        "Of the %(entries)s leads that could enter %(step)s in the window after, only %(n)s were followed for %(days)s "
        "days; the others are too young and are not counted."
    ),
    "comparison.swing_unknown": N_(
        "Nobody knows yet how much %(step)s swings from month to month by itself: %(n)s finished months lie before, "
        "%(least)s are needed."
    ),
    "comparison.cut": N_("The window before is shorter than asked for %(step)s, because the data begin on %(day)s."),
    "comparison.before_selection": N_(
        "%(step)s was picked because it looked bad, so that time is left out and its baseline is %(start)s to %(end)s."
    ),
    "comparison.shrunk": N_(
        "%(step)s was picked because it looked bad and there is no earlier data: %(points)s points are taken off "
        "its rise, because a step picked so recovers by itself."
    ),
    "comparison.varies": N_(
        "%(step)s varies from month to month by itself (%(n)s months looked at), so a change has to be larger to count."
    ),
    "comparison.needs": N_(
        "To show a change of %(promised)s points in %(step)s, %(leads)s leads on each side are needed; at the pace of "
        "the window after, a new window of so many takes about %(weeks)s weeks."
    ),
    "comparison.needs_leads": N_(
        "To show a change of %(promised)s points in %(step)s, %(leads)s leads on each side are needed."
    ),
    "comparison.needs_too_long": N_(
        "To show a change of %(promised)s points in %(step)s, %(leads)s leads on each side are needed. At the "
        "pace of the window after, that takes more than two years: aim at a larger change, or look at a step with "
        "more leads."
    ),
    "comparison.month_from": N_(
        "The month beginning %(month)s can be judged for %(step)s from %(day)s; until then no two months with "
        "%(least)s leads each can be compared."
    ),
    "comparison.month_from_else": N_(
        "The month beginning %(month)s can be judged for %(step)s from %(day)s; the latest that can be compared "
        "begins %(latest)s: %(x_before)s of %(n_before)s in the month before, %(x_after)s of %(n_after)s in it."
    ),
    "comparison.not_proof": N_("A change is not proof of cause: what else ran at the same time is listed beside it."),
    # mix and execution
    "comparison.mix": N_(
        "%(step)s changed by %(change)s points: %(rate_part)s from better or worse rates, %(mix_part)s from a "
        "different mix by %(dimension)s."
    ),
    "comparison.reversal.all_fell": N_(
        "%(step)s rose by %(change)s points in total although every %(dimension)s fell: only the mix changed, the"
        " rates did not get better."
    ),
    "comparison.reversal.all_rose": N_(
        "%(step)s fell by %(change)s points in total although every %(dimension)s rose: only the mix changed, the"
        " rates did not get worse."
    ),
    # promise against result
    "comparison.promise.rose": N_(
        "Continue “%(title)s”: with %(p_rose)s%% probability %(step)s rose, with %(p_half)s%% by at least half "
        "of the promised %(promised)s points (%(before)s%% of %(n_before)s, then %(after)s%% of %(n_after)s)."
    ),
    "comparison.promise.fell": N_(
        "Pause “%(title)s”: with %(p_fell)s%% probability %(step)s fell (%(before)s%% of %(n_before)s, then "
        "%(after)s%% of %(n_after)s)."
    ),
    "comparison.promise.stop_rule": N_("Pause “%(title)s”: its stop rule is broken."),
    "comparison.promise.promise_out_of_reach": N_(
        "Replace “%(title)s”: the promised %(promised)s points are out of reach in %(step)s (probability "
        "%(p_promise)s%%; half of it %(p_half)s%%)."
    ),
    "comparison.promise.not_settled": N_(
        "“%(title)s” is undecided: the change in %(step)s is %(change)s points; it rose with %(p_rose)s%% "
        "probability, kept the promised %(promised)s points with %(p_promise)s%%; on the decision date the "
        "manager chooses."
    ),
    "comparison.promise.too_little_data": N_(
        "“%(title)s” is undecided: %(n_before)s leads before and %(n_after)s after were followed long enough in "
        "%(step)s, each side needs %(least)s."
    ),
    "comparison.promise.history_too_short": N_(
        "“%(title)s” is undecided: the history of %(step)s is too short to know how long its leads take."
    ),
    "comparison.promise.undated": N_("“%(title)s” is undecided: too many leads moved on in %(step)s without a date."),
    # durations
    "comparison.duration.faster": N_(
        "Leads that advance in %(step)s do so faster: median %(after)s days (%(n_after)s leads) instead of "
        "%(before)s (%(n_before)s leads)."
    ),
    "comparison.duration.slower": N_(
        "Leads that advance in %(step)s do so more slowly: median %(after)s days (%(n_after)s leads) instead of "
        "%(before)s (%(n_before)s leads)."
    ),
    "comparison.duration.no_clear_change": N_(
        "No clear change in the time that %(step)s takes: median %(before)s days (%(n_before)s leads that "
        "advanced), then %(after)s (%(n_after)s)."
    ),
    "comparison.duration.too_little_data": N_(
        "Too few leads advanced in %(step)s to compare how long it takes: %(n_before)s before, %(n_after)s after,"
        " each side needs %(least)s."
    ),
    # control charts
    "comparison.control.no_limits": N_(
        "%(step)s has %(n)s finished months that no strategy has touched, %(least)s are needed to say what is usual; "
        "each month is shown with its own interval."
    ),
    "comparison.control.outside": N_("Months of %(step)s beyond the usual range: %(n)s, the latest begins %(last)s."),
    "comparison.control.inside": N_("All finished months of %(step)s lie within the usual range."),
    # headline
    "comparison.headline.customers_rose": N_(
        "Customers won rose from %(before)s to %(after)s; the largest part, %(part)s, comes from: %(factor)s."
    ),
    "comparison.headline.customers_fell": N_(
        "Customers won fell from %(before)s to %(after)s; the largest part, %(part)s, comes from: %(factor)s."
    ),
    "comparison.headline.customers_rose_against": N_(
        "Customers won rose from %(before)s to %(after)s; the largest part, %(part)s, comes from: %(factor)s; "
        "%(against)s from: %(other)s."
    ),
    "comparison.headline.customers_fell_against": N_(
        "Customers won fell from %(before)s to %(after)s; the largest part, %(part)s, comes from: %(factor)s; "
        "%(against)s from: %(other)s."
    ),
    "comparison.headline.customers_rose_only": N_("Customers won rose from %(before)s to %(after)s."),
    "comparison.headline.customers_fell_only": N_("Customers won fell from %(before)s to %(after)s."),
    "comparison.headline.cohort": N_(
        "Counted on the leads created %(after_start)s – %(after_end)s against those of %(before_start)s – "
        "%(before_end)s, each followed for %(days)s days:"
    ),
    "comparison.headline.customers_same": N_("Customers won stayed the same: %(before)s, then %(after)s."),
    "comparison.headline.customers_chance": N_(
        "Customers won: %(before)s, then %(after)s; the difference is within chance."
    ),
    "comparison.headline.no_change": N_("No step changed clearly (steps that can be judged: %(n)s)."),
    "comparison.headline.none_judged": N_("No step can be judged yet: too few leads were followed long enough."),
    # what a person may ask for
    "comparison.months_not_positive": N_("%(given)s months cannot be compared: give 1 or more."),
    "comparison.month_missing": N_("Choose the month that is to be compared with the one before."),
    "comparison.change_date_missing": N_("Choose the day of the change."),
    "comparison.change_after_as_of": N_(
        "The change on %(given)s lies after the data, which end on %(as_of)s: choose an earlier day."
    ),
    "comparison.window_without_dates": N_(
        "A comparison needs two windows with a first and a last day; “all time” has none."
    ),
    # process simplification
    "simplification.often_skipped": N_("%(share)s%% of the %(n)s leads that passed “%(stage)s” skipped it."),
    "simplification.passes_nearly_all": N_(
        "“%(stage)s” lets nearly everybody through: %(advanced)s of %(n)s (%(share)s%%) moved on."
    ),
    "simplification.takes_no_time": N_("Leads stay in “%(stage)s” for %(days)s days only (median of %(n)s leads)."),
    "simplification.propose_merge": N_("Proposal: merge “%(stage)s” into “%(into)s”; try it in the simulation first."),
    "simplification.propose_remove": N_("Proposal: remove “%(stage)s”; try it in the simulation first."),
    "simplification.simulated_merge": N_(
        "With “%(stage)s” merged into “%(into)s” the funnel has %(n)s stages; customers won: %(won)s of %(leads)s"
        " leads."
    ),
    "simplification.simulated_removal": N_(
        "Without “%(stage)s” the funnel has %(n)s stages; customers won: %(won)s of %(leads)s leads."
    ),
    "simplification.cycle": N_(
        "Counting differently makes nobody faster: the median sales cycle stays %(now)s days; if all the time in "
        "“%(stage)s” were saved as well, it would be %(shortest)s days at best."
    ),
    "simplification.benchmark_dropped": N_(
        "The step into “%(stage)s” would begin at another stage, so its benchmark and its time limit would be "
        "dropped: set new ones."
    ),
    "simplification.too_few_stages": N_(
        "The funnel has %(given)s stages and needs at least %(low)s: nothing can be merged or removed."
    ),
    "simplification.won_stays": N_(
        "“%(stage)s” is where the customer is won: it can be neither removed nor merged with another stage."
    ),
    "simplification.first_stays": N_(
        "“%(stage)s” is the first stage, where all leads are counted: it can be merged with the next, but not removed."
    ),
    "simplification.not_neighbours": N_(
        "“%(stage)s” can be merged with the stage right before or after it only; given: %(given)s."
    ),
    # the retrospective
    "retrospective.unreadable": N_(
        "This saved retrospective cannot be read (%(given)s): restore the workspace from a backup."
    ),
    "retrospective.two_bases": N_(
        "Customers are those won in each window; the verdicts on steps follow the leads that entered each step in it, "
        "so the two may move apart."
    ),
    "retrospective.cohort_too_young": N_(
        "No leads were followed long enough to split the change by leads of one period: what happened in each "
        "window is shown instead."
    ),
    "retrospective.undated": N_("Leads without a date, left out of all windows: %(n)s."),
    "retrospective.new_imports": N_("Imported since: %(files)s."),
    "retrospective.undone_imports": N_("Imports undone since: %(files)s."),
    "retrospective.new_definition": N_("The funnel definition has changed since."),
    "retrospective.other_day": N_("The figures stood for %(frozen)s, today's stand for %(today)s."),
    "retrospective.other_question": N_("Other windows or filters are chosen today than were then."),
    "retrospective.edited_strategies": N_("Strategies were added or changed since."),
    "retrospective.edited_feedback": N_("Customer feedback was added or changed since."),
    "retrospective.undated_wins": N_("%(said)s Left out: %(n)s of %(n_all)s wins, which have no date."),
    "retrospective.wins_undated": N_(
        "Whether more or fewer customers were won cannot be told: %(n)s of %(n_all)s wins have no date. A closing date "
        "in the export would tell."
    ),
    "retrospective.wins_at_the_start": N_(
        "%(said)s Wins of leads older than the data are missing in the window before, so a part of the rise is not "
        "real."
    ),
    "retrospective.totals_only": N_(
        "These are totals per stage, not single leads. They cannot say whether a change is real or chance, whether it "
        "was the mix of leads, or whether a strategy kept its promise. For that, import one row per lead with its "
        "dates."
    ),
    "retrospective.totals_begin": N_(
        "The totals begin on %(day)s, after the start of the window before (%(start)s), so the two windows cannot be "
        "compared: choose fewer months on each side, or import older totals."
    ),
    "retrospective.totals_left_out": N_(
        "Rows of totals left out, because their period lies only partly in a window or is unknown: %(n)s."
    ),
    "retrospective.only_winners": N_(
        "Who was not won is not in this data, so no step can be compared; only the wins themselves can."
    ),
    "retrospective.nothing_closed": N_(
        "No lead of this data is won or lost: whether more or fewer customers were won cannot be told."
    ),
    "retrospective.wins_not_recorded": N_(
        "Nothing in this data says that a lead was won: whether more or fewer customers were won cannot be told."
    ),
    "retrospective.data_begin_later": N_(
        "Customers won from %(start)s to %(end)s: %(n)s. There is nothing to compare them with: the data begin on "
        "%(first)s, after the start of the window before."
    ),
    "retrospective.steps_undated": N_(
        "No step can be judged: dates of the stages are missing. Waiting does not help; an export with one date column "
        "per stage, or the stage history, would."
    ),
    "retrospective.steps_of_winners": N_("No step can be judged: who was not won is not in this data."),
    "retrospective.leads_not_known": N_(
        "New leads are known up to %(day)s only, wins up to %(end)s: why the number of customers changed is not split "
        "into causes."
    ),
    "retrospective.start_of_data": N_(
        "The window before lies at the beginning of the data: customers from leads older than the data are "
        "missing in it. So a part of the rise in customers is not real; leads followed equally long are not "
        "affected."
    ),
}
