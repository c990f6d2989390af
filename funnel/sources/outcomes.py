"""How a look for newer data ended, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from funnel.errors import Message
from funnel.i18n.translator import Translator


@dataclass(frozen=True)
class Outcome:
    """How a look ended. ``n_rows``: rows taken in; ``n_deleted``: leads that the source no longer has; ``asks``: why
    nothing was stored.
    """

    state: Literal["no_source", "nothing_new", "taken_in", "asks"]
    n_rows: int = 0
    n_deleted: int = 0
    asks: Message | None = None


def in_words(outcome: Outcome, t: Translator) -> str:
    """The sentence for a page or a line of a log."""
    match outcome.state:
        case "no_source":
            return t("This workspace has no source: import from it once on the Import page.")
        case "nothing_new":
            return t("Nothing newer in the source.")
        case "asks":
            reason = t.value(outcome.asks) if outcome.asks is not None else ""
            return t("Nothing was stored. %(reason)s Import it once on the Import page.", reason=reason)
    said = t("Taken in from the source: %(n)s rows.", n=outcome.n_rows)
    if outcome.n_deleted:
        said += " " + t("Leads that the source no longer has: %(n)s.", n=outcome.n_deleted)
    return said
