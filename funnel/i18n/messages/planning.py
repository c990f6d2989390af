"""Sentences of the plan, the targets, the tracking form and the feedback."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    # the executable-goal check
    "goal.empty": N_("The goal is blank: write what is to be reached, such as “5 precise new leads a day”."),
    "goal.no_number": N_("The goal has no number: say how many, such as “5 precise new leads a day”."),
    "goal.no_unit": N_("The goal says %(given)s, but not of what: add the unit, such as leads, calls or interviews."),
    "goal.no_period": N_("The goal has no period: say a day, a week or a month, or by when."),
    "goal.no_owner": N_("Nobody is responsible yet: name the owner."),
    "goal.no_due": N_("There is no deadline yet: set the day by which it is done."),
    "goal.no_stage": N_("It belongs to no stage yet: choose the stage it works on."),
    # strategies
    "strategy.no_actions": N_("There are no actions yet: write at least one thing that somebody will do."),
    "strategy.no_promise": N_(
        "The expected effect is missing: state before the start by how many points the rate is to rise."
    ),
    "strategy.unknown_state": N_("A strategy cannot be “%(given)s”: it is one of %(allowed)s."),
    "strategy.unknown_role": N_("There is no role “%(given)s”: choose one of %(allowed)s."),
    "strategy.due_before_start": N_("The deadline %(due)s lies before the start %(start)s: change one of them."),
    "strategy.promise": N_("A rise of %(given)s points cannot be promised: give a number above 0 and up to 100."),
    "strategy.not_editable": N_("“%(given)s” cannot be edited by hand: it follows from what happens to the strategy."),
    "strategy.fixed_after_start": N_(
        "“%(field)s” stays %(stands)s: what a strategy is judged by is fixed once it has started. "
        "Plan a new strategy that replaces this one."
    ),
    "strategy.transition": N_(
        "A strategy that is %(state)s cannot become %(given)s; possible next states: %(allowed)s."
    ),
    "strategy.no_reason": N_("The reason is missing: say why the strategy becomes %(given)s."),
    "strategy.not_executable": N_("The strategy cannot start yet: %(missing)s"),
    "strategy.already_linked": N_(
        "“%(given)s” already stands for another strategy: choose or write a new one as the replacement."
    ),
    # stop rules
    "stop.unknown_metric": N_("A stop rule cannot watch “%(given)s”: choose one of %(allowed)s."),
    "stop.unknown_direction": N_("A stop rule looks %(allowed)s, not “%(given)s”."),
    "stop.weeks": N_("A stop rule needs at least 1 week in a row, %(given)s was given."),
    "stop.threshold": N_("The limit of a stop rule must be a number, %(given)s was given."),
    # targets
    "target.unknown_value": N_("“%(given)s” is not possible for “%(field)s” of a target: choose one of %(allowed)s."),
    "target.amount": N_("A target of %(given)s cannot be followed: give a number above 0."),
    "target.share": N_("A share of %(given)s is more than all: give at most 1, which stands for every lead on time."),
    "target.ends_before_start": N_("The target ends on %(end)s, before its start on %(start)s: change one of them."),
    # the tracking form
    "tracking.unknown_sheet": N_(
        "There is no sheet “%(given)s”: a week is written like 2026-W27 and a month like 2026-07."
    ),
    "tracking.unknown_column": N_("The form has no column “%(given)s”; its columns are %(allowed)s."),
    "tracking.unknown_state": N_("A row cannot be “%(given)s”: it is one of %(allowed)s."),
    "tracking.unknown_stage": N_("The funnel has no stage “%(given)s”: write one of %(allowed)s."),
    "tracking.bad_planned": N_(
        "“%(given)s” is not a planned time that can be read safely: write 2026-07-03, 2026-07, 2026-W27 or “ongoing”."
    ),
    "tracking.two_way_planned": N_(
        "“%(given)s” can be read with the day or with the month first: write it with the year first, like 2026-07-03."
    ),
    "tracking.two_way_amount": N_(
        "“%(given)s” can be read as %(first)s or as %(second)s: write the amount without a thousands mark, like 1200."
    ),
    "tracking.bad_rate": N_("“%(given)s” is not a conversion rate: write it like 18 or 18.5, in per cent."),
    "tracking.too_many_cells": N_(
        "This line has %(given)s cells where the form has %(allowed)s columns: check whether it moved sideways."
    ),
    "tracking.stale_sheet": N_(
        "The sheet has changed in the meantime, so this edit was not stored: look at the new rows and edit again."
    ),
    "tracking.count_differs": N_("Reported are %(reported)s, the imported data shows %(measured)s."),
    "tracking.rate_differs": N_("The reported rate is %(reported)s%%, the imported data shows %(measured)s%%."),
    # feedback
    "feedback.unknown_voice": N_("A voice comes from a customer who is one of %(allowed)s, not “%(given)s”."),
    # decisions
    "decision.unknown_state": N_("A decision cannot be “%(given)s”: it is one of %(allowed)s."),
    "decision.month": N_("A decision belongs to a month, given by its first day; %(given)s is another day."),
    # stored plans
    "plan.unknown_field": N_(
        "A stored plan (%(record)s) has an entry “%(given)s” that this version does not know: "
        "open the workspace with the newer version that wrote it."
    ),
    "plan.missing_field": N_("A stored plan (%(record)s) lacks its entry “%(field)s”: restore it from a backup."),
    "plan.bad_field": N_(
        "A stored plan (%(record)s) has “%(given)s” at “%(field)s”, which cannot be read: restore it from a backup."
    ),
    "plan.blank_cell": N_("It cannot be blank: give it a value, or delete the row."),
    "plan.not_toml": N_("The plan file cannot be read; reading stops here: %(given)s. Correct that line."),
    "plan.unknown_kind": N_("A plan file holds no “%(given)s”; it may hold %(allowed)s."),
    "plan.same_id": N_("The plan file has two records “%(given)s” of one kind: give each an id of its own."),
    # the playbook file
    "playbook.not_toml": N_("The playbook file cannot be read; reading stops here: %(given)s. Correct that line."),
    "playbook.no_entries": N_("The playbook file holds no entry: it needs at least one."),
    "playbook.duplicate_key": N_("The playbook has two entries “%(given)s”: give each a key of its own."),
    "playbook.not_a_table": N_(
        "In the playbook stands “%(given)s” at “%(where)s”, but a group of entries is needed there."
    ),
    "playbook.missing_key": N_("In the playbook “%(key)s” is missing at “%(where)s”: add it."),
    "playbook.unknown_key": N_(
        "The playbook has an unknown entry “%(given)s” at “%(where)s”; allowed are %(allowed)s."
    ),
    "playbook.unknown_value": N_("In the playbook “%(key)s” at “%(where)s” is “%(given)s”; allowed are %(allowed)s."),
    "playbook.wrong_kind": N_(
        "In the playbook “%(key)s” at “%(where)s” is “%(given)s”, which is not what is needed there."
    ),
    "playbook.both_languages": N_(
        "In the playbook “%(key)s” at “%(where)s” needs a text in English (en) and Chinese (zh)."
    ),
    "playbook.causes_or_figure": N_(
        "The playbook entry “%(where)s” needs either causes or one figure that speaks for it, and not both."
    ),
}
