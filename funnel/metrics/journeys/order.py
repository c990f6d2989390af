"""Which file speaks last: by their days, not by the order in which somebody happened to import them.

A file that covers a group of leads, or of which somebody has said who is in it, speaks of its day. A selection without
that (a list of some wins) may tell of changes that its own dates do not show: it speaks of the day on which it came,
which is no earlier than that of any file imported before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from funnel.metrics.journeys.follow_up import covering_files
from funnel.metrics.journeys.looks import once
from funnel.schema import Facts


@once
def in_order(facts: Facts) -> Facts:
    """The facts with their batches numbered by the day they speak of; the same facts where that is their order, and
    of a part: who makes parts brings them into it."""
    places = None if facts.whole is not None else places_in_order(facts)
    if places is None:
        return facts
    frames = {
        name: renumbered(getattr(facts, name), places)
        for name in ("batches", "lead_rows", "entries", "labels", "counts")
    }
    return replace(facts, **frames)


def places_in_order(facts: Facts) -> dict[int, int] | None:
    """Old → new number of every batch; null where each keeps its own."""
    day = pl.coalesce("exported_on", pl.col("imported_at").dt.date())
    known = facts.batches.sort("batch_no").select("batch_no", day.alias("day"))
    if known["day"].is_sorted():
        return None
    covering, latest, spoken = covering_files(facts), known["day"][0], []
    for number, on in known.iter_rows():
        latest = max(latest, on)
        spoken.append((on if number in covering else latest, number))
    numbers = known["batch_no"].to_list()
    places = {old: new for (_, old), new in zip(sorted(spoken), numbers, strict=True)}
    return None if all(old == new for old, new in places.items()) else places


def renumbered(frame: pl.DataFrame, places: Mapping[int, int]) -> pl.DataFrame:
    """Rows of batches under the new numbers of these, and in their order."""
    number = pl.col("batch_no").replace_strict(dict(places), return_dtype=pl.Int32)
    return frame.with_columns(number).sort("batch_no", maintain_order=True)
