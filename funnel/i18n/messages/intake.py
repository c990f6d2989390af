"""Sentences of the import: what a file says, what is asked, what was found."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "intake.open_question": N_("There is still a question to answer before this file can be imported: %(question)s"),
    "intake.bad_mapping": N_("The saved column settings cannot be used (%(given)s). Set the columns again."),
    "intake.not_a_lookup": N_(
        "“%(file)s” is not a list of stage names: one column with the number and one with the name "
        "of each stage are needed. Found: %(columns)s."
    ),
    "intake.no_stage": N_(
        "“%(file)s” names no stage: neither a stage column nor dates of stages were recognised "
        "among %(columns)s. Choose the column that holds the stage, or upload another file."
    ),
    "intake.column_gone": N_(
        "These columns are expected but not in “%(file)s”: %(columns)s. Choose other columns for them."
    ),
    "intake.role_twice": N_("Only one column can be “%(role)s”, but several are: %(columns)s. Keep one of them."),
    "intake.too_many_labels": N_(
        "Column “%(column)s” holds %(n)s different values, too many for stages (at most "
        "%(most)s). Choose another column."
    ),
    "intake.won_because.name": N_("“%(stage)s” is proposed as the win, by its name."),
    "intake.won_because.last_of": N_(
        "Several stages may mean the win: %(stages)s. “%(stage)s”, the last of them, is proposed, so that nothing of "
        "the sale itself counts as repeat business. Mark the one from which you count a customer."
    ),
    "intake.won_because.unknown": N_("No stage says by its name that the deal is won, so none is proposed."),
    "intake.counts_without_stage": N_(
        "“%(file)s” holds totals but does not say of which stage. A column with the stage, or "
        "one column per stage, is needed; found: %(columns)s."
    ),
    "intake.counts_without_measure": N_(
        "No column with the number of leads was recognised in “%(file)s”. Choose the column that "
        "counts; found: %(columns)s."
    ),
    "intake.choose_measure": N_(
        "Several columns hold numbers: %(columns)s. Choose the one that counts the leads of a stage."
    ),
    "intake.log_without_id": N_(
        "A list of changes needs a column that says which lead changed. Choose it; “%(file)s” has: %(columns)s."
    ),
    "intake.log_without_time": N_(
        "A list of changes needs a column that says when each change happened. Choose it; “%(file)s” has: %(columns)s."
    ),
    "intake.log_without_stage": N_(
        "A list of changes needs a column with the new stage. Choose it; “%(file)s” has: %(columns)s."
    ),
    "intake.fields_all_ignored": N_(
        "Every field of this change log is left out (%(fields)s). Say which one is the stage."
    ),
    "intake.no_lead_columns": N_(
        "Nothing in “%(file)s” says what a lead is: no id, no creation date, no stage. Choose at "
        "least one such column; found: %(columns)s."
    ),
    "intake.money_of_totals": N_("Amounts beside totals are not used: %(columns)s."),
    "intake.not_a_date": N_(
        "Column “%(column)s” is used as a date, but no value in it is one (for example "
        "%(examples)s). Choose another column."
    ),
    "intake.not_a_number": N_(
        "Column “%(column)s” is used as a number, but no value in it is one (for example "
        "%(examples)s). Choose another column."
    ),
    "intake.date_ambiguous": N_(
        "The dates in “%(column)s” can be read in several ways, and %(n)s rows come out "
        "differently. Choose how they were written: %(readings)s."
    ),
    "intake.date_mixed": N_(
        "“%(column)s” mixes several ways of writing dates, so no single way reads all of it. "
        "Choose how to read it, or correct the file: %(readings)s."
    ),
    "intake.number_ambiguous": N_(
        "The numbers in “%(column)s” can be read in several ways, and %(n)s rows come out "
        "differently. Choose one: %(readings)s."
    ),
    "intake.number_mixed": N_(
        "“%(column)s” mixes decimal points and decimal commas, so no single way reads all of it. "
        "Choose one, or correct the file: %(readings)s."
    ),
    "intake.date_ambiguous_asked": N_(
        "The dates in “%(column)s” can be read in several ways, and %(n)s rows come out differently. "
        "How were they written?"
    ),
    "intake.date_mixed_asked": N_(
        "“%(column)s” mixes several ways of writing dates, so no single way reads all of it. Choose how to read it, "
        "or correct the file."
    ),
    "intake.number_ambiguous_asked": N_(
        "The numbers in “%(column)s” can be read in several ways, and %(n)s rows come out differently. "
        "How were they written?"
    ),
    "intake.number_mixed_asked": N_(
        "“%(column)s” mixes decimal points and decimal commas, so no single way reads all of it. Choose one, or "
        "correct the file."
    ),
    "intake.day_year_ambiguous": N_(
        "Days are written without a year, first in “%(column)s”. Which year are they of? The answer counts for all "
        "days of the file that have none."
    ),
    "intake.year_ambiguous": N_("The periods (“%(column)s” …) name no year. Choose the year of the earliest of them."),
    "intake.reading.year": N_("%(year)s"),
    "intake.choice": N_(
        "%(reading)s (“%(written)s” is then %(read)s; rows that would close before they begin: "
        "%(contradictions)s; values that cannot be read: %(unreadable)s)"
    ),
    "intake.reading_both": N_("%(first)s, else %(then)s"),
    "intake.reading.ymd": N_("year, month, day"),
    "intake.reading.dmy": N_("day, month, year"),
    "intake.reading.mdy": N_("month, day, year"),
    "intake.reading.ymd_short": N_("two-digit year, month, day"),
    "intake.reading.month_name": N_("month as a word"),
    "intake.reading.ym": N_("year and month only"),
    "intake.reading.ymd_compact": N_("year, month, day without separators"),
    "intake.reading.dmy_compact": N_("day, month, year without separators"),
    "intake.reading.mdy_compact": N_("month, day, year without separators"),
    "intake.reading.excel_serial": N_("Excel day number"),
    "intake.reading.epoch_s": N_("seconds since 1970"),
    "intake.reading.epoch_ms": N_("milliseconds since 1970"),
    "intake.reading.plain": N_("decimal point, as in 1,234.50"),
    "intake.reading.comma_decimal": N_("decimal comma, as in 1.234,50"),
    "intake.rejected": N_("%(reason)s Rows not imported: %(n)s."),
    "intake.row_without_id": N_("The row has no lead id."),
    "intake.row_without_time": N_("The row does not say when the change happened."),
    "intake.row_without_value": N_("The row says nothing: the new value is blank."),
    "intake.row_without_stage": N_("The row names no stage."),
    "intake.row_without_count": N_("The row has no figure."),
    "intake.unreadable_date": N_("A date in the row cannot be read."),
    "intake.unreadable_number": N_("A number in the row cannot be read."),
    "intake.unreadable_period": N_("The period of the row cannot be read."),
    "intake.negative_count": N_("The count of the row is below zero."),
    "intake.new_labels": N_(
        "Labels that were not in the earlier file: %(n)s (%(labels)s). Look at what is proposed for them."
    ),
    "intake.unknown_labels": N_(
        "Labels that the settings do not know: %(labels)s. Rows with them: %(n)s; they count "
        "without a stage. Say what the labels mean."
    ),
    "intake.ignored_labels": N_(
        "Labels without a stage in this funnel: %(labels)s. Rows with them: %(n)s; they count "
        "without a stage. Map the labels if they matter."
    ),
    "intake.ignored_milestones": N_(
        "Date columns without a stage in this funnel: %(columns)s. Their dates are not counted. "
        "Map them if they matter."
    ),
    "intake.ignored_fields": N_("Rows about fields that are not used (%(fields)s): %(n)s."),
    "intake.blanked": N_("Values in “%(column)s” that cannot be read: %(n)s. The rows are imported without them."),
    "intake.trimmed": N_(
        "Values in “%(column)s” with blanks around them or a word for “nothing” (such as n/a): %(n)s."
    ),
    "intake.duplicate_rows": N_("Rows that repeat another row word for word: %(n)s."),
    "intake.duplicate_ids": N_("Rows whose lead id occurs before with other values: %(n)s."),
    "intake.duplicate_changes": N_("Changes that are listed twice: %(n)s."),
    "intake.row_is_the_unit": N_(
        "The file has no lead id, so each of its %(n)s rows counts as a lead of its own. A later "
        "file cannot update them."
    ),
    "intake.ids_like_floats": N_(
        "Lead ids that a spreadsheet seems to have turned into numbers (such as 1.2E+15): %(n)s. "
        "They may no longer match other files; export the id as text."
    ),
    "intake.marked_duplicate": N_("Leads that the file itself marks as duplicates: %(n)s."),
    "intake.attributes_only": N_(
        "The file says nothing about stages: it only adds creation dates and attributes to its "
        "%(n)s leads. A lead that no other file knows counts as a new lead in the first stage."
    ),
    "intake.undated_rows": N_("Leads without any date: %(n)s. They count in “All time” only."),
    "intake.closed_before_created": N_(
        "Closed leads whose closing date is before their creation: %(n)s. Check which of the two dates is right."
    ),
    "intake.expected_before_created": N_("Open leads whose expected close is before their creation: %(n)s."),
    "intake.entered_before_created": N_("Leads whose “%(column)s” is before their creation: %(n)s."),
    "intake.lost_before_created": N_("Leads that were lost before they were created: %(n)s."),
    "intake.future_dates": N_("Dates in “%(column)s” after today (%(day)s): %(n)s."),
    "intake.closed_in_future": N_("Closed leads whose closing date is after today (%(day)s): %(n)s."),
    "intake.won_without_date": N_("Won leads without the date of the win: %(n)s."),
    "intake.won_without_amount": N_("Won leads without an amount: %(n)s."),
    "intake.lost_without_date": N_("Lost leads without the date of the loss: %(n)s."),
    "intake.stage_and_status": N_("Leads whose stage and status contradict each other: %(n)s. At present %(rule)s."),
    "intake.rule.status": N_("the status decides"),
    "intake.rule.stage": N_("the stage decides"),
    "intake.missing_source": N_("Leads without a source: %(n)s."),
    "intake.missing_owner": N_("Leads without an owner: %(n)s."),
    "intake.negative_amounts": N_("Amounts below zero: %(n)s."),
    "intake.round_amounts": N_(
        "Amounts that are whole multiples of %(unit)s: %(n)s of %(total)s. They look estimated rather than billed."
    ),
    "intake.no_lead_column": N_(
        "“%(column)s” says of %(n)s rows that they are duplicates or tests. To leave them out, give the column the "
        "role “Deleted (yes = row left out)”; to keep them, leave it as it is."
    ),
    "intake.done.counted_as_leads": N_("They count as leads."),
    "intake.bulk_moment": N_(
        "Dates in “%(column)s” that carry the very same moment (%(moment)s): %(n)s. They were "
        "probably changed in bulk, and say little about when things happened."
    ),
    "intake.bulk_day": N_(
        "Dates in “%(column)s” that fall on %(day)s: %(n)s, against %(usual)s on a usual day. "
        "They were probably entered in bulk."
    ),
    "intake.one_day_owner": N_(
        "All %(wins)s wins of %(owner)s fall on one day, %(day)s. Check whether they were entered late."
    ),
    "intake.group_not_stated": N_("Rows without a value in “%(column)s”: %(n)s, with %(total)s in total."),
    "intake.counts_added_up": N_(
        "Rows that name the same stage, period and group: %(n)s. They differ in columns that are "
        "not used (%(columns)s)."
    ),
    "intake.done.waiting": N_("Waits for your answer"),
    "intake.done.proposed": N_("A meaning was proposed"),
    "intake.done.rejected": N_("Not imported; listed for download"),
    "intake.done.no_stage": N_("Kept, counted without a stage"),
    "intake.done.ignored": N_("Left out, as set"),
    "intake.done.blanked": N_("Kept, the value left blank"),
    "intake.done.trimmed": N_("Cleaned"),
    "intake.done.counted_once": N_("Counted once"),
    "intake.done.kept_each": N_("Each kept as a lead of its own"),
    "intake.done.merged": N_("Joined to one lead: earliest entry, newest values"),
    "intake.done.row_ids": N_("Each row got an id from its content"),
    "intake.done.kept": N_("Kept as it is"),
    "intake.done.added_to_leads": N_("Added to the leads by id"),
    "intake.done.left_out": N_("Left out of the figures"),
    "intake.done.duration_left_out": N_("Kept, left out of durations"),
    "intake.done.no_entry": N_("Kept as a forecast, never counted as an entry"),
    "intake.done.not_counted_yet": N_("Kept, not counted before that day"),
    "intake.done.date_unknown": N_("Counted, date unknown"),
    "intake.done.left_out_of_averages": N_("Counted, left out of averages"),
    "intake.done.status_rules": N_("The status was followed"),
    "intake.done.stage_rules": N_("The stage was followed"),
    "intake.done.not_stated": N_("Shown as “not stated”"),
    "intake.done.added_up": N_("Added up"),
    "intake.role.lead_id": N_("Lead id"),
    "intake.role.lead_name": N_("Lead name"),
    "intake.role.customer_id": N_("Customer"),
    "intake.role.referrer_id": N_("Referred by"),
    "intake.role.source": N_("Source"),
    "intake.role.owner": N_("Owner"),
    "intake.role.segment": N_("Segment"),
    "intake.role.region": N_("Region"),
    "intake.role.pipeline": N_("Pipeline"),
    "intake.role.currency": N_("Currency"),
    "intake.role.lost_reason": N_("Loss reason"),
    "intake.role.stage": N_("Stage"),
    "intake.role.status": N_("Status (open, won, lost)"),
    "intake.role.closed_flag": N_("Status, second yes/no"),
    "intake.role.entry": N_("Date a stage was entered"),
    "intake.role.created_at": N_("Creation date"),
    "intake.role.closed_at": N_("Closing date"),
    "intake.role.expected_close": N_("Expected closing date"),
    "intake.role.changed_at": N_("Time of the change"),
    "intake.role.lost_at": N_("Date of the loss"),
    "intake.role.repeat_at": N_("Date of a repeat purchase"),
    "intake.role.referral_at": N_("Date of a referral"),
    "intake.role.amount": N_("Amount"),
    "intake.role.count": N_("Count"),
    "intake.role.changed_field": N_("Which field changed"),
    "intake.role.new_value": N_("New value"),
    "intake.role.period": N_("Period"),
    "intake.role.ignore": N_("Not used"),
}
