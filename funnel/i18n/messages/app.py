"""Sentences of the application itself."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "app.unexpected": N_(
        "Something went wrong that we did not foresee. Your stored data is untouched. Reload the page; "
        "if it happens again, send the server log to whoever looks after this app."
    ),
    "app.figures": N_(
        "The figures of this workspace cannot be shown: something happened that we did not foresee. Your stored data "
        "is untouched. Take back what came last, or look at another workspace; the details are in the server log."
    ),
}
