"""Sentences about the funnel definition and the filters."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    # the funnel itself
    "definition.stage_count": N_(
        "This funnel has %(given)s stages; %(low)s to %(high)s are recommended, because more are hard to keep apart "
        "and fewer hide where leads are lost."
    ),
    "definition.stage_count_not_allowed": N_(
        "A funnel needs %(low)s to %(high)s stages, this one has %(given)s: add or merge stages."
    ),
    "definition.bad_key": N_(
        "The stage key “%(given)s” cannot be used: a key begins with a small letter and holds only small letters a–z, "
        "digits and _; the name of the stage is free."
    ),
    "definition.duplicate_key": N_("The stage key “%(given)s” stands twice: give each stage a key of its own."),
    "definition.one_won_stage": N_(
        "Exactly one stage must be the one at which the customer is won; marked are: %(given)s."
    ),
    "definition.won_first": N_(
        "The first stage “%(given)s” cannot be the one at which the customer is won: put at least one stage before it."
    ),
    "definition.post_sale_order": N_(
        "The stage “%(given)s” stands on the wrong side of “%(won)s”: stages after the win are after-sales stages, "
        "stages before it are not; change the order or the mark."
    ),
    "definition.unknown_role": N_(
        "Nobody has the role “%(given)s” that the stage “%(stage)s” belongs to: choose one of %(allowed)s."
    ),
    "definition.bad_benchmark": N_(
        "The benchmark of “%(stage)s” goes from %(low)s to %(high)s: both ends must lie between 0 and 1 "
        "(0.3 stands for thirty per cent), the lower end first."
    ),
    "definition.bad_sla": N_("The time limit of “%(stage)s” is %(given)s: give a number above 0."),
    "definition.circular_merge": N_(
        "The merged stage “%(given)s” leads back to itself: let it end at a stage of the funnel."
    ),
    "definition.unknown_stage": N_("The funnel has no stage “%(given)s”: choose one of %(allowed)s."),
    "definition.won_not_in_labels": N_(
        "“%(given)s” is none of the stage labels: the won stage must be one of %(allowed)s."
    ),
    "definition.stage_without_name": N_("A stage needs a name in at least one language: type one."),
    "definition.unknown_position": N_(
        "There is no place number %(given)s in the funnel: choose one from 1 to %(high)s."
    ),
    "definition.half_benchmark": N_(
        "A benchmark is a range: give both ends in per cent (found: %(low)s and %(high)s), or neither."
    ),
    "definition.benchmark_without_source": N_(
        "The benchmark %(low)s–%(high)s%% has no source: write where it comes from, or leave the range blank."
    ),
    # a definition file
    "definition.at_line": N_("Line %(line)s of the file: %(problem)s"),
    "definition.not_toml": N_(
        "This file is not a funnel definition, reading stops here: %(given)s. Use a file that this app has exported."
    ),
    "definition.missing_key": N_("In the funnel definition “%(key)s” is missing under “%(given)s”: add it."),
    "definition.unknown_key": N_(
        "The funnel definition has an unknown entry “%(given)s” under “%(where)s”; allowed are %(allowed)s."
    ),
    "definition.unknown_scope": N_(
        "A label of the funnel definition is said to be read in “%(given)s”; allowed are %(allowed)s."
    ),
    "definition.unknown_unit": N_("A time limit is counted in “%(given)s”; allowed are %(allowed)s."),
    "definition.unknown_metric": N_("There is no metric “%(given)s”; allowed are %(allowed)s."),
    "definition.bad_text": N_(
        "The text at “%(where)s” of the funnel definition must be one text, or one each for en and zh."
    ),
    "definition.not_a_table": N_(
        "At “%(where)s” of the funnel definition stands “%(given)s”, but a group of entries is needed there."
    ),
    "definition.not_a_list": N_(
        "At “%(where)s” of the funnel definition stands “%(given)s”, but a list is needed there."
    ),
    "definition.not_a_number": N_(
        "At “%(where)s” of the funnel definition stands “%(given)s”, but a number is needed there."
    ),
    "definition.not_a_flag": N_(
        "At “%(where)s” of the funnel definition stands “%(given)s”, but only true or false can stand there."
    ),
    # filters
    "filters.window_needs_dates": N_(
        "The time range “%(given)s” needs a first and a last day, and only the range over all time has none."
    ),
    "filters.window_reversed": N_(
        "The time range begins on %(start)s and ends before that, on %(end)s: swap the two days."
    ),
    "filters.unknown_dimension": N_("Leads cannot be grouped by “%(given)s”: choose one of %(allowed)s."),
    "filters.unknown_preset": N_("There is no time range “%(given)s”: choose one of %(allowed)s."),
}
