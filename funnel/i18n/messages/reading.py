"""Sentences of reading files: what a file is, what is odd about it, what was done."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    # a file that cannot be read
    "reading.empty_file": N_("There is nothing in this file. Check that it was saved completely and upload it again."),
    "reading.header_only": N_(
        "This file has headings but no rows below them (%(given)s). Export it again with its data."
    ),
    "reading.not_a_table": N_(
        "This is not a table but %(given)s. Save it as an Excel workbook or as CSV and upload that file."
    ),
    "reading.save_as": N_(
        "This is a %(given)s file, which is not read here. Open it in your spreadsheet program, save it as an Excel "
        "workbook (.xlsx) or as CSV, and upload that file."
    ),
    "reading.open_table": N_(
        "The table has no end, so the file may have been cut off: rows read up to there: %(n)s. Compare the number of "
        "rows with the program that wrote it."
    ),
    "reading.several_page_tables": N_(
        "This web page has %(tables)s tables; rows of the others, which are not read: %(n)s. Another table "
        "can be chosen."
    ),
    "reading.content.pdf": N_("a PDF document"),
    "reading.content.image": N_("a picture"),
    "reading.content.archive": N_("a packed archive"),
    "reading.content.database": N_("a database file"),
    "reading.content.web_page": N_("a web page or an XML document"),
    "reading.content.binary": N_("a file of another program"),
    "reading.damaged": N_(
        "This %(given)s file is damaged or was not saved completely. Open it in its own program, save it again and "
        "upload the new file."
    ),
    "reading.too_slow": N_(
        "Reading this %(given)s file took more than %(minutes)s minutes and was stopped. Keep the sheet and the "
        "columns that are needed, or save the table as CSV, and upload that file."
    ),
    "reading.password": N_(
        "This file is protected with a password. Save a copy without the password and upload that copy."
    ),
    "reading.zip_bomb": N_(
        "Unpacked, this file would take more than %(allowed_mb)s MB, which no ordinary table does. Upload "
        "the table itself, "
        "not packed."
    ),
    "reading.zip_of_several": N_("This archive holds %(given)s files. Unpack it and upload the files themselves."),
    "reading.no_tables": N_("“%(file)s” holds no table. Choose the file that holds the deals."),
    "reading.too_many_tables": N_(
        "This file holds %(given)s tables, more than the %(allowed)s that can be taken. Put the tables of the deals "
        "into a file of their own."
    ),
    "reading.too_many_rows": N_(
        "A table of this file has more than %(allowed)s rows, the most that can be read here. Keep the rows and "
        "columns that are needed."
    ),
    "reading.own_workspace": N_(
        "This is a workspace or a backup of this app, not a table. Open it under Settings, Backup."
    ),
    "reading.too_large": N_(
        "This sheet reaches over %(given)s cells, more than the %(allowed)s that can be read. Often a stray cell far "
        "outside the table is the reason: copy the table into a new workbook, or save the sheet as CSV."
    ),
    "reading.too_many_columns": N_(
        "This file has %(given)s columns, more than the %(allowed)s that can be read. Keep the columns that "
        "are needed, "
        "or check which character separates the columns."
    ),
    # settings that do not fit
    "reading.unknown_encoding": N_("“%(given)s” is not a known text encoding. Choose one of: %(allowed)s."),
    "reading.unknown_delimiter": N_(
        "“%(given)s” cannot separate columns. Choose a comma, semicolon, tab, pipe or blanks."
    ),
    "reading.unknown_sheet": N_("There is no sheet “%(given)s” in this workbook. It has: %(allowed)s."),
    "reading.unknown_header_row": N_("Row %(given)s cannot be the header row: this file has %(allowed)s rows."),
    "reading.unknown_table": N_("There is no table %(given)s in this file. Tables found: %(allowed)s."),
    "reading.unknown_date_reading": N_("“%(given)s” is not a known way to read dates. Choose one of: %(allowed)s."),
    "reading.unknown_number_reading": N_("“%(given)s” is not a known way to read numbers. Choose one of: %(allowed)s."),
    # what is odd about a file that was read
    "reading.no_header": N_(
        "The first row looks like data, so this table has no headings. If it does, set the header row."
    ),
    "reading.unnamed_columns": N_("Columns without a heading: %(n)s (%(names)s)."),
    "reading.header_again": N_(
        "The header stands again further down, in another order or language: %(n)s times. Two exports under one "
        "another?"
    ),
    "reading.columns_without_place": N_("Headings further down that the table has no column for: %(n)s (%(names)s)."),
    "reading.repeated_columns": N_("Headings that occur more than once: %(n)s (%(names)s)."),
    "reading.several_tables": N_(
        "There are %(tables)s tables one above the other; rows of the others, which are not read: %(n)s. "
        "Another table can "
        "be chosen."
    ),
    "reading.several_sheets": N_("This workbook has %(n)s sheets; “%(sheet)s” was read. Another sheet can be chosen."),
    "reading.same_on_sheets": N_(
        "Of the %(n)s sheets of this workbook some hold the same records, such as the deals of another month; only "
        "“%(sheet)s” was read. If another one is newer, choose it."
    ),
    "reading.sheets_together": N_(
        "%(n)s of %(all)s sheets have the same columns and were read as one table; the row numbers run on from sheet "
        "to sheet: %(sheets)s. A single sheet can be chosen under “Change”."
    ),
    "reading.merged_cells": N_("Rows below a cell that is merged over several rows: %(n)s."),
    "reading.short_rows": N_(
        "Rows with fewer cells than the header: %(n)s. If a row was cut in two, correct the file."
    ),
    "reading.bad_bytes": N_(
        "Characters that cannot be read as %(encoding)s: %(n)s. If words look wrong, choose another encoding."
    ),
    "reading.zero_bytes": N_("Invisible zero characters in the text: %(n)s."),
    "reading.stray_quote": N_("Rows that a single quotation mark had run together: %(n)s."),
    "reading.json_cells": N_(
        "“%(column)s” holds a whole record in each cell; its values are read as columns of their own: %(columns)s."
    ),
    "reading.float_ids": N_(
        "Whole numbers that a spreadsheet has written with “.0”: %(n)s, in %(names)s. Ids may be among them."
    ),
    "reading.scientific_numbers": N_(
        "Long numbers that a spreadsheet has shortened (such as 1.23E+18): %(n)s, in %(names)s. If these are "
        "ids, their "
        "last digits are lost: export them again as text."
    ),
    "reading.cut_numbers": N_(
        "Numbers of more than 15 digits: %(n)s. Excel has replaced their last digits by zeros; ids of that "
        "length must be "
        "stored as text."
    ),
    "reading.error_cells": N_("Cells that hold an error of the spreadsheet (%(shown)s): %(n)s."),
    # rows that were not imported
    "reading.too_many_cells": N_("This row has more cells than the table has columns."),
    # rows that are no records
    "reading.left_out": N_("%(reason)s Rows: %(n)s."),
    "reading.left_out.total": N_("This is a row of totals or counts."),
    "reading.left_out.note": N_("This is a line of text, not a record."),
    "reading.left_out.task": N_("This row is a task, a call or a meeting among deals."),
    "reading.left_out.revision": N_("This row is an earlier revision; the latest one counts."),
    "reading.left_out.title": N_("This is the title of a part of the table."),
    "reading.left_out.pipeline": N_("This row is of a pipeline that is not read into this workspace."),
    "reading.column_is_gone": N_("The column “%(column)s”, by which rows were chosen, is not in this file."),
    "reading.left_out.group": N_("This is the heading of a group."),
    "reading.left_out.no_record": N_("This row has no id, and no date or stage either."),
    "reading.doubtful_rows": N_(
        "Rows that look a little like a total or a line of text: %(n)s. Check whether they are leads."
    ),
    "reading.hidden_rows": N_(
        "Rows that are hidden in the workbook, by a filter or collapsed: %(n)s. They are counted."
    ),
    "reading.below_table": N_("Rows that stand below the table of the workbook but look like its rows: %(n)s."),
    "reading.beside_table": N_("Cells that stand beside the table of the workbook: %(n)s."),
    "reading.total_columns": N_("Columns that only add up other columns: %(n)s (%(names)s)."),
    "reading.no_dates": N_("Cells of the date column “%(column)s” that say there is no date (%(shown)s): %(n)s."),
    "reading.group_cells": N_("Blank cells below the name of a group, in %(names)s: %(n)s."),
    # what was done
    "reading.done.named_by_letter": N_("Called by the column's letter"),
    "reading.done.numbered": N_("The later ones got a number"),
    "reading.done.other_tables_left": N_("Only the chosen table was read"),
    "reading.done.one_sheet": N_("Only this sheet was read"),
    "reading.done.together": N_("Read as one table"),
    "reading.done.read_by_it": N_("The rows below it were read by it"),
    "reading.done.filled_down": N_("Each got the value above it"),
    "reading.done.padded": N_("Kept, the missing cells left blank"),
    "reading.done.marked": N_("Kept, shown as �"),
    "reading.done.left_out": N_("Left out"),
    "reading.done.taken_apart": N_("Taken apart again"),
    "reading.done.one_column_each": N_("One column for each value"),
    "reading.done.float_ids": N_("The “.0” was left out"),
    "reading.done.kept": N_("Kept as it stands in the file"),
    "reading.done.left_blank": N_("Left blank"),
}
