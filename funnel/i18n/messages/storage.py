"""Sentences about the workspace file: opening, saving, conflicts, backup."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    # opening a workspace
    "storage.in_use": N_(
        "The workspace “%(file)s” is open in another program, probably a second copy of this app: close that "
        "one, then reload the page."
    ),
    "storage.missing": N_(
        "The file “%(file)s” is no longer there: choose another workspace, or bring the file back to its folder."
    ),
    "storage.damaged": N_(
        "The file “%(file)s” is damaged or is not a workspace at all, so nothing was read from it: restore "
        "one of its backups."
    ),
    "storage.not_a_workspace": N_(
        "The file “%(file)s” is a database, but not a workspace of this app: choose another file."
    ),
    "storage.newer_version": N_(
        "The file “%(file)s” was written by a newer version of this app, which this version cannot read: "
        "update the app first."
    ),
    "storage.closed": N_("The workspace “%(file)s” has been closed: reload the page to open it again."),
    # reading and writing the file
    "storage.not_allowed": N_(
        "This app may not write to “%(file)s”: ask for the right to write to its folder, or choose another "
        "folder for the data."
    ),
    "storage.disk_full": N_(
        "The disk is full, so “%(file)s” could not be written and nothing was changed: free some space and try again."
    ),
    "storage.file_system": N_(
        "The file “%(file)s” could not be read or written (the system says: %(given)s): check its folder and try again."
    ),
    "storage.failed": N_(
        "The workspace “%(file)s” could not carry this out, and nothing was changed (technical detail: "
        "%(given)s): try again, and if it stays, restore a backup."
    ),
    "storage.not_written": N_(
        "The latest changes of “%(file)s” could not be written into the one file, so no copy was made: close "
        "other programs that use it and try again."
    ),
    # names of workspaces
    "storage.name_blank": N_("A workspace needs a name: type one, for example the product line or the market."),
    "storage.name_too_long": N_(
        "The name has %(given)s characters, at most %(allowed)s are possible: choose a shorter one."
    ),
    "storage.name_taken": N_("There is already a workspace named “%(given)s”: choose another name."),
    # imports and spend
    "storage.unknown_batch": N_(
        "There is no import number %(given)s in this workspace: reload the page to see the present list."
    ),
    "storage.imported_again": N_(
        "The file “%(file)s” was imported again as number %(stored)s after import %(given)s was undone, and "
        "would count twice: undo number %(stored)s first."
    ),
    "storage.spend_month": N_(
        "Spend is kept per calendar month, and %(given)s is not the first day of one: enter the month."
    ),
    "storage.spend_twice": N_(
        "%(month)s stands twice in the spend table with the same source and region: add the two amounts up in one row."
    ),
    "storage.unknown_lead": N_(
        "There is no lead “%(given)s” in this workspace: check its number in the list of leads."
    ),
    # the funnel definition
    "storage.unknown_definition": N_(
        "There is no version %(given)s of the funnel: choose one from the list of versions."
    ),
    "storage.definition_changed": N_(
        "%(who)s saved version %(stored)s of the funnel while you were editing version %(given)s, so yours "
        "was not saved: reload the page, look at the new version and make your change there."
    ),
    # the plan
    "storage.field_changed": N_(
        "%(who)s changed the same cell on %(at)s to “%(stored)s”, while you wrote “%(given)s”; nothing was "
        "overwritten: choose which one counts."
    ),
    "storage.record_changed": N_(
        "%(who)s changed this row on %(at)s, so it was not deleted: look at the change, then delete it if you "
        "still want to."
    ),
    "storage.record_deleted": N_(
        "%(who)s deleted this row on %(at)s, so your change was not saved: bring the row back first, or leave it."
    ),
    "storage.unknown_record": N_(
        "This entry (%(given)s) is not in the workspace: reload the page to see the present list."
    ),
    "storage.unknown_kind": N_("“%(given)s” is not a kind of plan entry: possible are %(allowed)s."),
    "storage.frozen": N_(
        "This retrospective was frozen on %(at)s and stays as it was decided: write what is new into the next one."
    ),
    "storage.value": N_(
        "A value stored in this workspace cannot be read, so it is damaged: restore one of its backups under Settings."
    ),
    # backup
    "storage.backup_content": N_(
        "“%(file)s” does not hold what a backup of this app holds (its part “%(given)s” is missing or wrong), so "
        "nothing was taken from it and the workspace stays as it is: choose another backup."
    ),
    "storage.backup_too_large": N_(
        "“%(file)s” is larger than any backup of this app, so nothing was taken from it and the workspace stays as it "
        "is: choose another backup."
    ),
    "storage.backup_too_slow": N_(
        "“%(file)s” could not be read to its end in two minutes, so nothing was taken from it and the workspace "
        "stays as it is: choose another backup."
    ),
    "storage.backup_differs": N_(
        "The backup “%(file)s” was not equal to the workspace when it was read back, so it was not kept: look after "
        "the disk, then try again."
    ),
    "storage.backup_onto_itself": N_(
        "A backup cannot be written over the workspace itself (%(given)s): choose another file name."
    ),
}
