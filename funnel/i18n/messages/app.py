"""Sentences of the application itself."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "app.unexpected": N_(
        "Something went wrong that we did not foresee. Your stored data is untouched. Reload the page; "
        "if it happens again, send the server log to whoever looks after this app."
    ),
}
