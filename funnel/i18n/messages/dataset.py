"""Sentences about an exported history that is read back, or that another program wrote."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "dataset.missing_file": N_(
        "This history is not complete: %(given)s is missing. Export it again, or add the file as docs/history.md says."
    ),
    "dataset.unknown_file": N_(
        "This history holds files that do not belong to it: %(given)s. It may hold: %(allowed)s."
    ),
    "dataset.bad_manifest": N_(
        "%(given)s of this history cannot be read (%(problem)s). Export the history again, or write the file as "
        "docs/history.md says."
    ),
    "dataset.other_version": N_(
        "This history is of the form “%(given)s”; this version of the app reads “%(allowed)s”. Update the app, or "
        "export it again."
    ),
    "dataset.bad_setting": N_(
        "Settings of this history that are not known or have no possible value: %(given)s. Known are: %(allowed)s."
    ),
    "dataset.missing_column": N_("Columns missing in %(file)s: %(given)s. It needs: %(allowed)s."),
    "dataset.unknown_column": N_("Columns that %(file)s cannot have: %(given)s. It has: %(allowed)s."),
    "dataset.wrong_type": N_("“%(column)s” in %(file)s is %(given)s; it must be %(allowed)s, without loss."),
    "dataset.bad_rows": N_(
        "Rows of %(file)s that break the rule “%(rule)s” of “%(column)s”: %(n)s. Correct them where the file was made."
    ),
    "dataset.unknown_value": N_(
        "“%(column)s” in %(file)s has values that mean nothing: %(given)s. Allowed are: %(allowed)s."
    ),
    "dataset.unknown_batch": N_(
        "Rows of %(file)s belong to imports that batches.parquet does not list: %(given)s. Add them there."
    ),
    "dataset.bad_parts": N_(
        "The parts of this history are described as %(given)s; it must be of the form %(allowed)s, with 1 to %(most)s "
        "parts. Export it again, or write it as docs/history.md says."
    ),
    "dataset.wrong_part": N_(
        "Leads that stand in a part of the history where they do not belong: %(n)s, such as %(given)s: it stands in "
        "%(file)s and belongs to %(allowed)s. All that is known of a customer must stand in one part: docs/history.md."
    ),
    "dataset.two_parts": N_(
        "Leads that stand in several parts of the history: %(n)s, such as %(given)s in %(files)s. All rows of a lead "
        "must stand in one part: docs/history.md."
    ),
    "dataset.split_referral": N_(
        "%(given)s is named as a referrer in %(files)s and stands in %(file)s. Leads that are linked by a referral "
        "must stand in one part: docs/history.md."
    ),
    "dataset.not_in_parts": N_(
        "“%(given)s” is not written in parts, so it can only be counted in one memory. Export it in parts, or choose "
        "that way."
    ),
    "dataset.no_follow_up": N_(
        "This history is made of %(given)s files and has no followed-….parquet: which file covers whom can only be "
        "found out in one memory. Export it in parts from a workspace, or write these files: docs/history.md."
    ),
    "dataset.changed": N_(
        "%(given)s was changed while it was counted. Open the page again when whoever writes it is done."
    ),
    "dataset.unreadable": N_("%(given)s is no Parquet file, or was not written to its end. Write it again."),
    "dataset.bad_finding": N_(
        "A finding in %(file)s cannot be read: %(given)s. Leave the file out; no figure needs it."
    ),
}
