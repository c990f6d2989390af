"""Which file speaks last: by their days, not by the order in which somebody happened to import them.

A file that covers a group of leads, or of which somebody has said who is in it, speaks of its day. A selection without
that (a list of some wins) may tell of changes that its own dates do not show: it speaks of the day on which it came,
which is no earlier than that of any file imported before it.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from funnel.metrics.journeys.follow_up import covering_files
from funnel.metrics.journeys.looks import once
from funnel.schema import Facts


@once
def in_order(facts: Facts) -> Facts:
    """The facts with their batches numbered by the day they speak of; the same facts where that is their order."""
    day = pl.coalesce("exported_on", pl.col("imported_at").dt.date())
    known = facts.batches.sort("batch_no").select("batch_no", day.alias("day"))
    if known["day"].is_sorted():
        return facts
    covering, latest, spoken = covering_files(facts), known["day"][0], []
    for number, on in known.iter_rows():
        latest = max(latest, on)
        spoken.append((on if number in covering else latest, number))
    numbers = known["batch_no"].to_list()
    places = {old: new for (_, old), new in zip(sorted(spoken), numbers, strict=True)}
    if all(old == new for old, new in places.items()):
        return facts
    frames = {}
    for name in ("batches", "lead_rows", "entries", "labels", "counts"):
        frame = getattr(facts, name)
        renumbered = pl.col("batch_no").replace_strict(places, return_dtype=pl.Int32)
        frames[name] = frame.with_columns(renumbered).sort("batch_no", maintain_order=True)
    return replace(facts, **frames)
