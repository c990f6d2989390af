"""Sentences about the source of a workspace: why newer data were not taken in."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "source.missing": N_("“%(given)s” is not in the folder of sources, or cannot be read."),
    "source.table_missing": N_("“%(table)s” is missing in the source, which has: %(given)s."),
    "source.unreadable": N_("“%(table)s” cannot be read: %(problem)s"),
    "source.layout": N_("“%(table)s” has other columns than before; new: %(added)s; gone: %(removed)s."),
    "source.stages_changed": N_("Stages of “%(table)s” were renamed, added or removed: %(names)s."),
    "source.unknown_label": N_("“%(table)s” has words whose meaning nobody has confirmed: %(labels)s."),
    "source.rows_repeat": N_("“%(table)s” had one row per lead; now “%(column)s” repeats, so it may be a history."),
    "source.check": N_("“%(table)s” has an open question: %(problem)s"),
    "source.many_gone": N_("“%(table)s” no longer has many of its leads: %(n)s of %(of)s are gone."),
    "source.rejected": N_("Rows of “%(table)s” that could not be read: %(n)s of %(of)s."),
}
