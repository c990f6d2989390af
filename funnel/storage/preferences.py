"""What a workspace remembers beside its data: settings, the spend table, and how files were mapped before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from funnel.errors import InputError
from funnel.filters import SPENT_BY
from funnel.schema import Spend, empty
from funnel.storage import plain
from funnel.storage.connection import Connected, bump, one

MIN_SHARED = 0.5
"""How alike two header rows must be (columns in both / columns in either) before an earlier mapping is offered."""


@dataclass(frozen=True)
class RememberedMapping:
    """A mapping confirmed earlier. ``shared`` = columns in both header rows / columns in either, 0–1."""

    signature: str
    columns: tuple[str, ...]
    mapping: dict[str, Any]
    shared: float


class Preferences(Connected):
    """Settings, spend and remembered mappings."""

    def settings(self) -> dict[str, Any]:
        """All settings by key (currency, calendar country, time zone, typed horizons …), values as they were set."""
        with self.reading() as cursor:
            rows = cursor.execute("SELECT key, value FROM settings ORDER BY key").fetchall()
        return {key: plain.loads(text) for key, text in rows}

    def set_setting(self, key: str, value: Any) -> int:
        """Set one setting (plain data, dates allowed; None removes it). Returns the settings version."""
        with self.writing("setting", about=key) as cursor:
            cursor.execute("DELETE FROM settings WHERE key = ?", [key])
            if value is not None:
                cursor.execute("INSERT INTO settings VALUES (?, ?)", [key, plain.dumps(value)])
            return bump(cursor, "settings")

    def spend(self) -> pl.DataFrame:
        """Money spent per month, source and region (schema ``Spend``), in this order. Empty before the first save."""
        with self.reading() as cursor:
            frame = cursor.sql(
                "SELECT month, source, amount, region FROM spend "
                "WHERE version = (SELECT max(version) FROM spend_versions)"
            ).pl()
        return Spend.validate(frame.sort("month", *SPENT_BY)) if frame.height else empty(Spend)

    def save_spend(self, frame: pl.DataFrame, *, who: str, now: datetime) -> int:
        """Replace the spend table (the earlier one stays in the file's history). Returns the data version.

        Raises InputError ``storage.spend_month`` (not the first of a month) or ``storage.spend_twice`` (a month,
        source and region stand twice).
        """
        frame = Spend.validate(frame)
        other_days = frame.filter(pl.col("month").dt.day() != 1)
        if other_days.height:
            raise InputError("storage.spend_month", given=other_days["month"][0])
        twice = frame.filter(frame.select("month", *SPENT_BY).is_duplicated())
        if twice.height:
            raise InputError("storage.spend_twice", month=twice["month"][0])
        with self.writing("spend", who=who) as cursor:
            version = int(one(cursor, "SELECT coalesce(max(version), 0) + 1 FROM spend_versions")[0])
            cursor.execute("INSERT INTO spend_versions VALUES (?, ?, ?)", [version, who, now])
            if frame.height:
                cursor.register("incoming", frame)
                cursor.execute("INSERT INTO spend SELECT ?, month, source, amount, region FROM incoming", [version])
                cursor.unregister("incoming")
            return bump(cursor, "data")

    def remember_mapping(self, signature: str, columns: Sequence[str], mapping: Mapping[str, Any]) -> None:
        """Keep a confirmed mapping under its header signature; the newest one counts."""
        with self.writing("reading") as cursor:
            cursor.execute(
                "INSERT INTO remembered_mappings "
                "SELECT coalesce(max(mapping_no), 0) + 1, ?, ?, ? FROM remembered_mappings",
                [signature, plain.dumps(list(columns)), plain.dumps(mapping)],
            )

    def remembered_mapping(self, signature: str) -> dict[str, Any] | None:
        """The newest mapping for exactly this header, or None."""
        with self.reading() as cursor:
            rows = cursor.execute(
                "SELECT mapping FROM remembered_mappings WHERE signature = ? ORDER BY mapping_no DESC LIMIT 1",
                [signature],
            ).fetchall()
        return plain.loads(rows[0][0]) if rows else None

    def closest_mapping(self, columns: Sequence[str]) -> RememberedMapping | None:
        """The remembered mapping whose header is most like ``columns`` (newest among equals), or None if none is."""
        with self.reading() as cursor:
            rows = cursor.execute(
                "SELECT signature, columns, mapping FROM remembered_mappings ORDER BY mapping_no DESC"
            ).fetchall()
        wanted = set(columns)
        best: RememberedMapping | None = None
        for signature, columns_text, mapping_text in rows:
            known = plain.loads(columns_text)
            either = wanted | set(known)
            shared = len(wanted & set(known)) / len(either) if either else 0.0
            if shared >= MIN_SHARED and (best is None or shared > best.shared):
                best = RememberedMapping(signature, tuple(known), plain.loads(mapping_text), shared)
        return best
