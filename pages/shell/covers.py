"""Who is in a file: the answers in words, asked on the Check step and kept in Settings."""

from __future__ import annotations

from funnel.i18n.translator import Translator
from funnel.schema import Covers


def who_is_in(t: Translator) -> dict[Covers, str]:
    """Each answer in words."""
    return {
        "all": t("All leads up to its day: who is missing is no longer in the CRM"),
        "part": t("Only a part of them"),
        "wins": t("All wins up to its day"),
        "changes": t("All changes since the file before"),
        "open": t("All open deals: who is missing has ended"),
    }
