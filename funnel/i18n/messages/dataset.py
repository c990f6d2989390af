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
    "dataset.bad_finding": N_(
        "A finding in %(file)s cannot be read: %(given)s. Leave the file out; no figure needs it."
    ),
}
