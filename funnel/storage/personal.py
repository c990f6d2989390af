"""What names a lead, and taking it out: rows, findings, rejected cells and edits of the plan."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import duckdb

from funnel.storage import plain

ForgottenRow = tuple[str, str, str | None]
"""Salt, hash of the salted lead id, and the name that stands in its place (null: the lead was removed)."""


def forget_again(connection: duckdb.DuckDBPyConnection, forgotten: Sequence[ForgottenRow]) -> None:
    """Take leads out of a restored backup that were forgotten after it was made, inside the caller's transaction."""
    for salt, digest, pseudonym in forgotten:
        known = connection.execute("SELECT 1 FROM forgotten WHERE hash = ?", [digest]).fetchall()
        found = connection.execute(
            "SELECT DISTINCT lead_id FROM (SELECT lead_id FROM lead_rows UNION ALL SELECT lead_id FROM entries) "
            "WHERE sha256(? || lead_id) = ?",
            [salt, digest],
        ).fetchall()
        for (lead_id,) in found:
            take_out(connection, lead_id, pseudonym)
        if not known:
            connection.execute("INSERT INTO forgotten VALUES (?, ?, ?)", [salt, digest, pseudonym])


def take_out(cursor: duckdb.DuckDBPyConnection, lead_id: str, pseudonym: str | None) -> int:
    """Everything that names the lead, inside the caller's transaction. Returns how many edits of the plan named it."""
    names = cursor.execute(
        "SELECT DISTINCT unnest([lead_name, customer_id]) FROM lead_rows WHERE lead_id = ?", [lead_id]
    ).fetchall()
    shared = cursor.execute(
        "SELECT DISTINCT customer_id FROM lead_rows WHERE lead_id <> ? AND customer_id IS NOT NULL", [lead_id]
    ).fetchall()
    personal = ({lead_id} | {name for (name,) in names if name}) - {customer for (customer,) in shared}
    if pseudonym is None:
        cursor.execute("DELETE FROM lead_rows WHERE lead_id = ?", [lead_id])
        cursor.execute("DELETE FROM entries WHERE lead_id = ?", [lead_id])
    else:
        cursor.execute(
            "UPDATE lead_rows SET customer_id = ? WHERE lead_id = ? AND list_contains(?, customer_id)",
            [pseudonym, lead_id, sorted(personal)],
        )
        cursor.execute("UPDATE lead_rows SET lead_id = ?, lead_name = NULL WHERE lead_id = ?", [pseudonym, lead_id])
        cursor.execute("UPDATE entries SET lead_id = ? WHERE lead_id = ?", [pseudonym, lead_id])
    cursor.execute("UPDATE lead_rows SET referrer_id = ? WHERE referrer_id = ?", [pseudonym, lead_id])
    _blank_rejected(cursor, personal)
    findings = cursor.execute("SELECT batch_no, position, finding FROM findings").fetchall()
    for batch_no, position, text in findings:
        cleaned = plain.without(text, personal, pseudonym)
        if cleaned != text:
            cursor.execute(
                "UPDATE findings SET finding = ? WHERE batch_no = ? AND position = ?", [cleaned, batch_no, position]
            )
    n_records = 0
    for event_no, text in cursor.execute("SELECT event_no, changes FROM record_events").fetchall():
        cleaned = plain.without(text, personal, pseudonym)
        if cleaned != text:
            n_records += 1
            cursor.execute("UPDATE record_events SET changes = ? WHERE event_no = ?", [cleaned, event_no])
    return n_records


def _blank_rejected(cursor: duckdb.DuckDBPyConnection, personal: set[str]) -> None:
    """Rejected rows keep their number and reason; the cells of those that name the lead go."""
    rows = cursor.execute("SELECT DISTINCT batch_no, row_no, cells FROM rejected").fetchall()
    for batch_no, row_no, cells in rows:
        if personal & {cell.strip() for cell in _cells(cells)}:
            cursor.execute(
                "UPDATE rejected SET value = NULL, cells = '' WHERE batch_no = ? AND row_no = ?", [batch_no, row_no]
            )


def _cells(text: str) -> list[str]:
    """The single cells of a rejected row: JSON, or the line as it stood in the file."""
    try:
        cells = json.loads(text)
    except ValueError:
        return [part.strip("\"' ") for part in re.split(r"[,;\t|]", text)]
    values = cells.values() if isinstance(cells, dict) else cells if isinstance(cells, list) else [cells]
    return [str(cell) for cell in values if cell is not None]
