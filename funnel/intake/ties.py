"""What the rows of one id show together: whether they move through stages, differ, run forward, end several times."""

from __future__ import annotations

import polars as pl

from funnel.intake.proposing.headers import Sheet
from funnel.intake.values import share
from funnel.intake.words import STAGE_CONCEPTS, concept_of

ENDS = ("won", "lost", "junk")


def moves(sheet: Sheet, lead: str, stage: str, time: str) -> bool:
    """Whether ids pass through several states at several times: more (id, state) pairs than ids."""
    rows = pl.DataFrame({"id": sheet.text(lead), "label": sheet.text(stage), "at": sheet.dates(time)}).drop_nulls("id")
    counted = rows.group_by("id").agg(pl.col("label").drop_nulls().n_unique(), pl.col("at").drop_nulls().n_unique())
    pairs, n = int(counted["label"].sum() or 0), counted.height
    return n > 0 and pairs > 1.02 * n and bool((counted["at"] > 1).any())


def varies(sheet: Sheet, lead: str, column: str) -> bool:
    """Whether a column differs within more than a tenth of the ids that have several rows."""
    rows = pl.DataFrame({"id": sheet.text(lead), "value": sheet.text(column)}).drop_nulls("id")
    counted = rows.group_by("id").agg(pl.len(), pl.col("value").drop_nulls().n_unique()).filter(pl.col("len") > 1)
    return counted.height > 0 and share(counted["value"] > 1) > 0.1


def runs_forward(sheet: Sheet, lead: str, stage: str, time: str) -> bool:
    """Whether the rows of most ids, in the order of time, only go forward through known stages."""
    place = {label: _place(label) for label in sheet.text(stage).drop_nulls().unique().to_list()}
    if any(rank is None for rank in place.values()):
        return False
    rows = pl.DataFrame(
        {
            "id": sheet.text(lead),
            "rank": sheet.text(stage).replace_strict(place, default=None, return_dtype=pl.Int64),
            "at": sheet.dates(time),
        }
    ).drop_nulls()
    steps = rows.sort("id", "at").with_columns(step=pl.col("rank").diff().over("id")).drop_nulls("step")
    return steps.height >= 3 and share(steps["step"] > 0) >= 0.9


def _place(label: str) -> int | None:
    concept = concept_of(label)
    if concept in ("lost", "junk"):
        return len(STAGE_CONCEPTS)
    return STAGE_CONCEPTS.index(concept) if concept in STAGE_CONCEPTS else None


def several_ends(sheet: Sheet, lead: str, stage: str) -> bool:
    """Whether more than a twentieth of the ids have several rows that end them."""
    ends = [label for label in sheet.text(stage).drop_nulls().unique().to_list() if concept_of(label) in ENDS]
    rows = pl.DataFrame({"id": sheet.text(lead), "is_end": sheet.text(stage).is_in(ends)}).drop_nulls("id")
    counted = rows.group_by("id").agg(pl.col("is_end").sum())
    return counted.height > 0 and share(counted["is_end"] > 1) > 0.05
