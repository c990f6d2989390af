"""Forgetting a lead that asks for it: through every import, the plan, and the bytes of the file itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from funnel.errors import InputError, StorageError
from funnel.storage.backups.backup import Backups, mark_for_rewriting
from funnel.storage.connection import bump, connect, one, translated
from funnel.storage.personal import take_out


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out, and which backups still hold the lead. ``not_checked``: backups that are gone or unreadable.

    ``n_rows`` counts rows of imports (live or undone), ``n_records`` edits of the plan that named the lead.
    """

    pseudonym: str | None
    n_rows: int
    n_records: int
    held_by: tuple[Path, ...]
    not_checked: tuple[Path, ...]


class Forgetting(Backups):
    """Remove a lead, or only what tells who it is."""

    def forget_lead(self, lead_id: str, *, keep_figures: bool, who: str, now: datetime) -> Forgotten:
        """Forget a lead in all imports, live or undone, in the plan, and in the file's free space.

        ``keep_figures`` True: its id is replaced by a random one and its name removed (also the customer id, where no
        other lead shares it), so that every figure stays. False: its rows are deleted. Backups are not changed: the
        result names those that still hold the lead. A later restore of one of them forgets the lead again.
        Raises InputError ``storage.unknown_lead``.
        """
        salt = secrets.token_hex(8)
        pseudonym = f"forgotten-{secrets.token_hex(4)}" if keep_figures else None
        with self._write_lock:
            with self.writing("forget", who=who) as cursor:
                (n_rows,) = one(
                    cursor,
                    "SELECT (SELECT count(*) FROM lead_rows WHERE lead_id = $1) "
                    "+ (SELECT count(*) FROM entries WHERE lead_id = $1)",
                    [lead_id],
                )
                if n_rows == 0:
                    raise InputError("storage.unknown_lead", given=lead_id)
                n_records = take_out(cursor, lead_id, pseudonym)
                cursor.execute("INSERT INTO forgotten VALUES (?, sha256(? || ?), ?)", [salt, salt, lead_id, pseudonym])
                cursor.execute("INSERT INTO upkeep VALUES (?, ?, 'forget', '')", [now, who])
                mark_for_rewriting(cursor)
                bump(cursor, "data")
                bump(cursor, "plan")
            self.rewrite()
            held_by, not_checked = self._holders(lead_id)
        return Forgotten(pseudonym, n_rows, n_records, held_by, not_checked)

    def _holders(self, lead_id: str) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        with self.reading() as cursor:
            noted = cursor.execute("SELECT DISTINCT file FROM upkeep WHERE action = 'backup'").fetchall()
        held_by, not_checked = [], []
        for path in [*(copy.path for copy in self.automatic_backups()), *(Path(file) for (file,) in noted)]:
            try:
                if _holds(path, lead_id):
                    held_by.append(path)
            except StorageError:
                not_checked.append(path)
        return tuple(held_by), tuple(not_checked)


def _holds(path: Path, lead_id: str) -> bool:
    if not path.is_file():
        raise StorageError("storage.missing", file=path.name)
    connection = connect(path, read_only=True)
    try:
        with translated(path):
            (n,) = one(
                connection,
                "SELECT (SELECT count(*) FROM lead_rows WHERE lead_id = $1) "
                "+ (SELECT count(*) FROM entries WHERE lead_id = $1)",
                [lead_id],
            )
    finally:
        connection.close()
    return bool(n)
