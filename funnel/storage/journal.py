"""The journal of a workspace: who did what. The door of ``connection`` writes it; here it is read."""

from __future__ import annotations

import polars as pl

from funnel.schema import JournalLines, empty
from funnel.storage.connection import Connected


class Journal(Connected):
    """What was done to a workspace."""

    def journal(self) -> pl.DataFrame:
        """Every line, newest first (schema ``JournalLines``)."""
        with self.reading() as cursor:
            found = cursor.sql('SELECT no, "at", who, role, deed, about FROM journal ORDER BY no DESC').pl()
        return JournalLines.validate(found) if found.height else empty(JournalLines)
